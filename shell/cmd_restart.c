/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/status.h"
#include "shell/render.h"
#include "shell/roll.h"
#include "shell/sharing.h"
#include "shell/shell.h"

#define RESTART_LOOK_MS 100 /* between two looks at who is there */

/* One restart: who it was, and who came. */
struct restart {
	struct roll before;
	const struct roll_entry *former; /* of before; NULL: it was gone already */
	tsp_address number;		 /* its own */
	tsp_address successor;
	bool by_system; /* else its parent sees to it, or who else made it */
	int sharing;
};

static bool restart_same(
	const struct roll_entry *a, const struct roll_entry *b, const char *member)
{
	tsp_text left = roll_text(a, member);
	tsp_text right = roll_text(b, member);
	return left.size == right.size &&
		(left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

/* One that was not there before, runs, and is what it was: of its name, or else of its parent, class and role. */
static bool restart_is_successor(const struct restart *restart, const struct roll_entry *entry)
{
	const struct roll_entry *former = restart->former;
	if (roll_find(&restart->before, entry->number) != NULL ||
		!tsp_text_is(roll_text(entry, "state"), "running"))
		return false;
	if (roll_text(former, "name").size > 0)
		return restart_same(former, entry, "name");
	return tsp_address_equal(former->parent, entry->parent) &&
		restart_same(former, entry, "class") && restart_same(former, entry, "role");
}

static int restart_look(struct shell *shell, struct restart *restart, tsp_error *err)
{
	struct roll now;
	int rc = roll_call(shell, &now, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < now.count; i++)
		if (restart_is_successor(restart, &now.entries[i]))
			restart->successor = now.entries[i].number;
	roll_clear(&now);
	return TSP_OK;
}

static int restart_absent(struct shell *shell, const struct restart *restart, tsp_error *err)
{
	char actor[TSP_ADDRESS_TEXT];
	char parent[CONTACT_TEXT];
	(void)tsp_fail(err, TSP_EFAILED,
		"cannot restart '%s': it was ended, its parent %s decides, and nobody came in its place in time",
		tsp_address_text(restart->number, actor),
		contacts_text(&shell->contacts, restart->former->parent, parent));
	return status_hint(err, "'log' and 'actors' show what its parent does");
}

/* What arrives meanwhile is kept for listen. */
static int restart_wait(struct shell *shell, struct restart *restart, clock_ns end, tsp_error *err)
{
	while (tsp_address_is_nobody(restart->successor)) {
		int rc = shell_pause(shell, RESTART_LOOK_MS, err);
		if (rc >= 0)
			rc = restart_look(shell, restart, err);
		if (rc < 0)
			return rc;
		if (tsp_address_is_nobody(restart->successor) && clock_read() >= end)
			return restart_absent(shell, restart, err);
	}
	return TSP_OK;
}

static int restart_end(struct shell *shell, struct restart *restart, bool force, tsp_error *err)
{
	tsp_address again = TSP_NOBODY;
	int64_t grace_ms = force ? 0 : SHARING_GRACE_MS;
	int rc = tsp_restart(shell->system, restart->number, grace_ms, force, shell->timeout_ms,
		&restart->sharing, &again, err);
	if (rc == TSP_EPERM && restart->sharing > 0 && sharing_confirm(shell, restart->sharing))
		rc = tsp_restart(shell->system, restart->number, grace_ms, true, shell->timeout_ms,
			&restart->sharing, &again, err);
	if (rc == TSP_EPERM && restart->sharing > 0)
		sharing_refused(err, "restart", restart->number, restart->sharing);
	restart->by_system = rc >= 0 && !tsp_address_is_nobody(again);
	/* with a name it goes by that: the number is its holder's */
	if (restart->by_system && roll_text(restart->former, "name").size == 0)
		restart->successor = again;
	return rc;
}

static int restart_show(struct shell *shell, const struct restart *restart, tsp_error *err)
{
	char text[CONTACT_TEXT];
	tsp_text name = roll_text(restart->former, "name");
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	render_address(shell, output, "address", NULL, restart->number);
	render_address(shell, output, "successor", NULL, restart->successor);
	output_text(output, "name", NULL, name);
	output_string(output, "by", NULL, restart->by_system ? "system" : "parent");
	output_int(output, "sharing", NULL, restart->sharing);
	output_say(output, "%s%s%.*s", contacts_text(&shell->contacts, restart->successor, text),
		name.size > 0 ? " " : "", (int)name.size, name.size > 0 ? name.data : "");
	output_end(output);
	return render_finish(output, err);
}

/* Who goes by that address: a number, the name it was created under, or one that it was given. */
static const struct roll_entry *restart_who(
	struct shell *shell, const struct roll *roll, tsp_address address)
{
	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_entry *entry = &roll->entries[i];
		char *name = tsp_text_copy(roll_text(entry, "name"));
		bool named = name != NULL && name[0] != '\0' &&
			tsp_address_equal(tsp_system_name_address(shell->system, name), address);
		free(name);
		if (named || tsp_address_equal(entry->number, address))
			return entry;
	}
	return NULL;
}

static int restart_do(struct shell *shell, struct restart *restart, bool force, tsp_error *err)
{
	clock_ns end = clock_after(clock_read(), shell->timeout_ms);
	char text[CONTACT_TEXT];
	int rc = roll_call(shell, &restart->before, err);
	if (rc < 0)
		return rc;
	restart->former = restart_who(shell, &restart->before, restart->number);
	if (restart->former == NULL)
		return tsp_fail(err, TSP_EDEAD, "cannot restart '%s': the actor is dead",
			tsp_address_text(restart->number, text));
	restart->number = restart->former->number;
	/* Said before it is done: a name may have another holder by the time it is read. */
	if (shell->form == OUTPUT_TEXT) {
		printf("%s\n", contacts_text(&shell->contacts, restart->number, text));
		fflush(stdout);
	}
	rc = restart_end(shell, restart, force, err);
	if (rc >= 0)
		rc = restart_wait(shell, restart, end, err);
	return rc < 0 ? rc : restart_show(shell, restart, err);
}

static int restart_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct restart restart = { .number = TSP_NOBODY, .successor = TSP_NOBODY };
	int rc = shell_resolve(shell, call->argv[0], &restart.number, err);
	if (rc >= 0)
		rc = restart_do(
			shell, &restart, options_count(&call->options, "force") > 0, err);
	roll_clear(&restart.before);
	return shell_call_by_name(err, rc, call->argv[0], restart.number);
}

static const struct option_spec restart_options[] = {
	{ "force", 'f', NULL, "end its host at once, and whoever shares it", COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_restart = {
	.name = "restart",
	.synopsis = "ADDR [--force]",
	.summary = "end an actor and have it come back",
	.details =
		"A global name is first resolved to its holder, which is printed; that one ends as by kill, and\n"
		"the number of the next one is printed. What a shell or a program created, the system creates\n"
		"again as it was; all others are for their parents (the Director starts its own again). Status 1:\n"
		"nobody came in time.\n"
		"example: restart Greeter",
	.options = restart_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.changes = true,
	.undo = "what the actor had in its memory is gone; 'dead' shows the messages that it did not get to",
	.run = restart_run,
};
