/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/render.h"
#include "shell/roll.h"
#include "shell/shell.h"

#define TREE_INDENT_LIMIT \
	40 /* levels that are drawn further in; below them depth is in --json only */

/* What is not as of an actor that runs, has nothing to do and came with the system: to be freed. */
static char *tree_more(const struct roll_entry *entry)
{
	char version[ROLL_VERSION];
	char mailbox[48] = "";
	tsp_text state = roll_text(entry, "state");
	int64_t count = roll_mailbox(entry);
	char *busy = roll_busy(entry);
	bool runs = tsp_text_is(state, "running");
	roll_version(entry, version);
	if (count > 0)
		snprintf(mailbox, sizeof(mailbox), ", mailbox %lld", (long long)count);
	char *text = text_format("%s%s%s%.*s%s%s%s", version[0] != '\0' ? ", " : "", version,
		runs ? "" : ", ", runs ? 0 : (int)state.size, runs ? "" : state.data,
		busy != NULL ? ", busy since " : "", busy != NULL ? busy : "", mailbox);
	free(busy);
	return text;
}

static void tree_say(
	struct shell *shell, struct output *output, const struct roll_entry *entry, int depth)
{
	char address[CONTACT_TEXT];
	tsp_text class_name = roll_text(entry, "class");
	tsp_text name = roll_text(entry, "name");
	int indent = (depth < TREE_INDENT_LIMIT ? depth : TREE_INDENT_LIMIT) * 2;
	char *more = tree_more(entry);
	output_say(output, "%*s%.*s %s%s%.*s%s", indent, "", (int)class_name.size,
		class_name.data != NULL ? class_name.data : "",
		contacts_text(&shell->contacts, entry->address, address), name.size > 0 ? " " : "",
		(int)name.size, name.data != NULL ? name.data : "", more != NULL ? more : "");
	free(more);
}

/* What people see: one line each. */
static int tree_draw(
	struct shell *shell, const struct roll *roll, size_t below, bool whole, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	output_aside(output);
	output_begin(output, NULL, NULL);
	if (whole)
		output_say(output, "system %s",
			contacts_text(&shell->contacts, tsp_admin(shell->system),
				(char[CONTACT_TEXT]){ 0 }));
	for (size_t i = 0; i < below; i++)
		tree_say(
			shell, output, &roll->entries[i], roll->entries[i].depth + (whole ? 1 : 0));
	output_end(output);
	return render_finish(output, err);
}

static int tree_show(
	struct shell *shell, const struct roll *roll, size_t below, bool whole, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	output_quiet(output);
	output_begin(output, NULL, NULL);
	output_list(output, "actors", NULL);
	for (size_t i = 0; i < below; i++) {
		output_begin(output, NULL, NULL);
		output_int(output, "depth", NULL, roll->entries[i].depth + (whole ? 1 : 0));
		roll_render(shell, output, &roll->entries[i]);
		output_end(output);
	}
	output_end(output);
	output_end(output);
	int rc = render_finish(output, err);
	return rc >= 0 && shell->form == OUTPUT_TEXT ? tree_draw(shell, roll, below, whole, err) :
						       rc;
}

static int tree_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct roll roll = { 0 };
	tsp_address root = TSP_NOBODY;
	size_t below = 0;
	int rc = TSP_OK;
	if (call->argc > 0)
		rc = shell_resolve(shell, call->argv[0], &root, err);
	if (rc >= 0)
		rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	bool whole = call->argc == 0 || tsp_address_equal(root, tsp_admin(shell->system));
	rc = roll_order(&roll, whole ? TSP_NOBODY : root, &below);
	if (rc < 0)
		rc = tsp_fail(err, rc, "out of memory");
	else if (!whole && below == 0)
		rc = tsp_fail(err, TSP_EDEAD, "cannot show '%s': no such actor", call->argv[0]);
	else
		rc = tree_show(shell, &roll, below, whole, err);
	roll_clear(&roll);
	return rc;
}

const struct command cmd_tree = {
	.name = "tree",
	.synopsis = "[ADDR]",
	.summary = "show actors below the system, or below an actor",
	.details = "Behind each, where there is something to say: GROUP@VERSION of its source, its state,\n"
		   "since when it is busy with what, and how many messages it has not handled.\n"
		   "example: tree Greeter",
	.args_max = 1,
	.complete = { COMPLETE_ADDRESS },
	.run = tree_run,
};
