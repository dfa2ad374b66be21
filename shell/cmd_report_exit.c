/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "base/error.h"
#include "cli/status.h"
#include "shell/shell.h"

static int report_exit_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_address parent;
	tsp_address child;
	int rc = shell_address(shell, call->argv[0], &parent, err);
	if (rc >= 0)
		rc = shell_address(shell, call->argv[1], &child, err);
	if (rc < 0)
		return rc;
	rc = tsp_report_exit(shell->system, parent, child, err);
	if (rc == TSP_EEXIST)
		(void)status_hint(err, "'kill' ends it, and tells its parent");
	return shell_call_by_name(err, rc, call->argv[1], child);
}

const struct command cmd_report_exit = {
	.name = "report_exit",
	.synopsis = "PARENT CHILD",
	.summary = "tell a parent that its child is gone",
	.details =
		"For a parent that still counts on a child that has ended. A child that is alive is refused.\n"
		"example: report_exit #1 #2",
	.args_min = 2,
	.args_max = 2,
	.complete = { COMPLETE_ADDRESS, COMPLETE_ADDRESS },
	.changes = true,
	.undo = "nothing: what the parent was told it has handled",
	.run = report_exit_run,
};
