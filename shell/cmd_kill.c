/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/render.h"
#include "shell/shell.h"

#define KILL_GRACE_MS 5000

/* Everything but a clear yes is a no. */
static bool kill_confirm(int sharing)
{
	char question[120];
	snprintf(question, sizeof(question),
		"%d other actor%s in the same host end%s with it; go on? [y/N] ", sharing,
		sharing == 1 ? "" : "s", sharing == 1 ? "s" : "");
	return shell_confirm(question);
}

static int kill_end(
	struct shell *shell, tsp_address actor, bool force, int *ret_sharing, tsp_error *err)
{
	int sharing = 0;
	int64_t grace_ms = force ? 0 : KILL_GRACE_MS;
	int rc = tsp_kill(shell->system, actor, grace_ms, force, &sharing, err);
	if (rc == TSP_EPERM && sharing > 0 && shell->terminal && kill_confirm(sharing))
		rc = tsp_kill(shell->system, actor, grace_ms, true, &sharing, err);
	if (rc == TSP_EPERM && sharing > 0) {
		char text[TSP_ADDRESS_TEXT];
		(void)tsp_fail(err, rc,
			"cannot kill '%s': %d other actor%s in the same host would end with it",
			tsp_address_text(actor, text), sharing, sharing == 1 ? "" : "s");
		(void)status_hint(err, "--force ends them too");
	}
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
		"A global name is first resolved to its holder, which is printed; only that one is ended.",
	.options = kill_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.changes = true,
	.undo = "'create' makes a new one; what waited there is gone",
	.run = kill_run,
};
