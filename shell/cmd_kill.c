/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/sharing.h"
#include "shell/shell.h"

static int kill_end(
	struct shell *shell, tsp_address actor, bool force, int *ret_sharing, tsp_error *err)
{
	int sharing = 0;
	int64_t grace_ms = force ? 0 : SHARING_GRACE_MS;
	int rc = tsp_kill(shell->system, actor, grace_ms, force, &sharing, err);
	if (rc == TSP_EPERM && sharing > 0 && sharing_confirm(shell, sharing))
		rc = tsp_kill(shell->system, actor, grace_ms, true, &sharing, err);
	if (rc == TSP_EPERM && sharing > 0)
		sharing_refused(err, "kill", actor, sharing);
	*ret_sharing = sharing;
	return rc;
}

static int kill_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_address actor;
	int sharing = 0;
	char text[CONTACT_TEXT];
	bool force = options_count(&call->options, "force") > 0;
	int rc = shell_resolve(shell, call->argv[0], &actor, err);
	if (rc < 0)
		return rc;
	/* Said before it is done: a name may have another holder by the time it is read. */
	if (shell->form == OUTPUT_TEXT) {
		printf("%s\n", contacts_text(&shell->contacts, actor, text));
		fflush(stdout);
	}
	rc = kill_end(shell, actor, force, &sharing, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_quiet(output);
	output_begin(output, NULL, NULL);
	render_address(shell, output, "address", NULL, actor);
	output_int(output, "sharing", NULL, sharing);
	output_end(output);
	return render_finish(output, err);
}

static const struct option_spec kill_options[] = {
	{ "force", 'f', NULL, "end its host at once, and whoever shares it", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_kill = {
	.name = "kill",
	.synopsis = "ADDR [--force]",
	.summary = "end an actor: exit request, and its host after 5 s",
	.details =
		"A global name is first resolved to its holder, which is printed; only that one is ended.\n"
		"example: kill Greeter",
	.options = kill_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.changes = true,
	.undo = "'create' makes a new one, what it had in memory is gone; 'dead' shows what it did not get to",
	.run = kill_run,
};
