/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/morgue.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/render.h"

#define MORGUE_TEXT_SHOWN 60 /* bytes of a reason in a table */

uint64_t morgue_id(tsp_value entry)
{
	uint64_t id = 0;
	(void)tsp_value_uint(tsp_value_get(entry, "id"), &id);
	return id;
}

static int64_t morgue_int(tsp_value entry, const char *member)
{
	int64_t number = 0;
	(void)tsp_value_int(tsp_value_get(entry, member), &number);
	return number;
}

static tsp_text morgue_text(tsp_value entry, const char *member)
{
	tsp_text text = { 0 };
	(void)tsp_value_text(tsp_value_get(entry, member), &text);
	return text;
}

/* The first line, as far as it fits into a table. */
static tsp_text morgue_cut(tsp_text text)
{
	const char *newline = text.size > 0 ? memchr(text.data, '\n', text.size) : NULL;
	if (newline != NULL)
		text.size = (size_t)(newline - text.data);
	if (text.size <= MORGUE_TEXT_SHOWN)
		return text;
	text.size = MORGUE_TEXT_SHOWN;
	while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xc0) == 0x80)
		text.size--;
	return text;
}

/* In JSON all of it, in text its beginning or, where whole is, not at all: that has lines of its own. */
static void morgue_render(
	struct shell *shell, struct output *output, tsp_value entry, enum tsp_morgue shelf, bool whole)
{
	bool poison = shelf == TSP_MORGUE_POISON;
	tsp_text text = morgue_text(entry, "text");
	int64_t sent = morgue_int(entry, "sent");
	bool kept = true;
	(void)tsp_value_bool(tsp_value_get(entry, "kept"), &kept);
	output_int(output, "id", "Id", (int64_t)morgue_id(entry));
	output_ms(output, "age_ms", "Age", morgue_int(entry, "age_ms"));
	output_int(output, "at_ms", NULL, morgue_int(entry, "at_ms"));
	render_member(shell, output, entry, "from", "from", "From");
	render_member(shell, output, entry, "to", "to", "To");
	render_member(shell, output, entry, "name", "name", "Name");
	if (poison) {
		render_member(shell, output, entry, "actor", "actor", whole ? "Actor" : NULL);
		render_member(shell, output, entry, "class", "class", "Class");
	}
	render_member(shell, output, entry, "type", "type", "Type");
	output_int(output, "size", "Size", morgue_int(entry, "size"));
	output_bool(output, "kept", NULL, kept);
	if (poison) {
		render_member(shell, output, entry, "outcome", "outcome", "Outcome");
		output_int(output, "code", NULL, morgue_int(entry, "code"));
		output_string(output, NULL, whole ? "Code" : NULL,
			tsp_error_name((int)morgue_int(entry, "code")));
		output_int(output, "tried", "Tried", morgue_int(entry, "tried"));
	}
	output_int(output, "sent", NULL, sent);
	if (sent > 0)
		output_int(output, NULL, "Sent again", sent);
	output_text(output, poison ? "details" : "reason", NULL, text);
	if (!whole)
		output_text(output, NULL, poison ? "Details" : "Reason", morgue_cut(text));
}

static const char *morgue_name(enum tsp_morgue shelf)
{
	return shelf == TSP_MORGUE_POISON ? "poison message" : "dead letter";
}

static int morgue_list(struct shell *shell, enum tsp_morgue shelf, tsp_error *err)
{
	tsp_message *list = NULL;
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value entry;
	int rc = tsp_morgue_list(shell->system, shelf, shell->timeout_ms, &list, err);
	if (rc < 0)
		return rc;
	tsp_value entries = tsp_get(list, "entries");
	int64_t fallen = tsp_get_int(list, "fallen", 0);
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_list(output, "messages", NULL);
	while (tsp_value_next(entries, &at, &none, &entry)) {
		output_begin(output, NULL, NULL);
		morgue_render(shell, output, entry, shelf, false);
		output_end(output);
	}
	output_end(output);
	output_int(output, "bytes", NULL, tsp_get_int(list, "bytes", 0));
	output_int(output, "fallen_out", NULL, fallen);
	if (tsp_value_count(entries) == 0)
		output_say(output, "no %ss", morgue_name(shelf));
	if (fallen > 0)
		output_say(output, "%lld more fell out, the oldest first", (long long)fallen);
	output_end(output);
	tsp_message_free(list);
	return render_finish(output, err);
}

/* The reason, or what a handler said, line by line. */
static void morgue_say_lines(struct output *output, const char *label, tsp_text text)
{
	output_say(output, "%s", label);
	while (text.size > 0) {
		const char *newline = memchr(text.data, '\n', text.size);
		size_t size = newline != NULL ? (size_t)(newline - text.data) : text.size;
		output_say(output, "  %.*s", (int)size, text.data);
		size += newline != NULL;
		text.data += size;
		text.size -= size;
	}
}

static void morgue_render_body(struct output *output, tsp_value entry)
{
	tsp_value body = { 0 };
	(void)tsp_value_encoded(tsp_value_get(entry, "body"), &body);
	output_value(output, "body", NULL, body);
	if (body.data == NULL)
		output_say(output, "Body: too big, not kept");
	else
		output_say(output, "Body");
}

/* In text the body is a document of its own, behind the rest. */
static int morgue_show_body(tsp_value entry, tsp_error *err)
{
	tsp_value body = { 0 };
	struct output *output;
	if (!tsp_value_encoded(tsp_value_get(entry, "body"), &body))
		return TSP_OK;
	output = output_new(stdout, OUTPUT_TEXT);
	output_document(output, body);
	return render_finish(output, err);
}

static int morgue_show(struct shell *shell, enum tsp_morgue shelf, uint64_t id, tsp_error *err)
{
	tsp_message *entry = NULL;
	int rc = tsp_morgue_show(shell->system, shelf, id, shell->timeout_ms, &entry, err);
	if (rc < 0)
		return rc;
	tsp_value value = tsp_message_value(entry);
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	morgue_render(shell, output, value, shelf, true);
	morgue_say_lines(output, shelf == TSP_MORGUE_POISON ? "Details" : "Reason",
		morgue_text(value, "text"));
	morgue_render_body(output, value);
	output_end(output);
	rc = render_finish(output, err);
	if (rc >= 0 && shell->form == OUTPUT_TEXT)
		rc = morgue_show_body(value, err);
	tsp_message_free(entry);
	return rc;
}

static int morgue_drop(struct shell *shell, enum tsp_morgue shelf, uint64_t id, tsp_error *err)
{
	uint64_t count = 0;
	int rc = tsp_morgue_drop(shell->system, shelf, id, shell->timeout_ms, &count, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "dropped", NULL, (int64_t)count);
	output_say(output, "%llu %s%s dropped", (unsigned long long)count, morgue_name(shelf),
		count == 1 ? "" : "s");
	output_end(output);
	return render_finish(output, err);
}

/* What is meant: *ret_id 0 for all. TSP_EUSAGE. */
static int morgue_which(const struct command_call *call, uint64_t *ret_id, tsp_error *err)
{
	const char *name = call->command->name;
	bool all = options_count(&call->options, "all") > 0;
	char shown[80];
	int64_t id = 0;
	*ret_id = 0;
	if (all != (call->argc < 2))
		return tsp_fail(err, TSP_EUSAGE, "cannot run '%s %s': %s", name, call->argv[0],
			all ? "ID or --all, not both" : "ID or --all is missing");
	if (all)
		return TSP_OK;
	if (text_to_int(call->argv[1], 1, INT64_MAX, &id) < 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot run '%s %s': '%s' is not an id", name,
			call->argv[0], text_quote(tsp_text_of(call->argv[1]), shown, sizeof(shown)));
	*ret_id = (uint64_t)id;
	return TSP_OK;
}

/* Options and ids that the word has no use for. */
static int morgue_check(const struct command_call *call, const char *again, tsp_error *err)
{
	const char *word = call->argc > 0 ? call->argv[0] : "list";
	bool sends = strcmp(word, again) == 0;
	bool alone = strcmp(word, "list") == 0;
	bool one = strcmp(word, "show") == 0;
	char shown[80];
	if (!sends && !alone && !one && strcmp(word, "drop") != 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run '%s': '%s' is none of list, show, %s and drop", call->command->name,
			text_quote(tsp_text_of(word), shown, sizeof(shown)), again);
	if (alone && call->argc > 1)
		return tsp_fail(err, TSP_EUSAGE, "cannot run '%s list': one argument too many",
			call->command->name);
	if ((alone || one) && options_count(&call->options, "all") > 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot run '%s %s': it takes no --all",
			call->command->name, word);
	if (!sends && (options_count(&call->options, "to") > 0 ||
			      options_count(&call->options, "as-sender") > 0))
		return tsp_fail(err, TSP_EUSAGE, "cannot run '%s %s': only %s takes that option",
			call->command->name, word, again);
	return TSP_OK;
}

bool morgue_changes(const struct command_call *call)
{
	return call->argc > 0 && strcmp(call->argv[0], "list") != 0 &&
		strcmp(call->argv[0], "show") != 0;
}

int morgue_run(struct shell *shell, const struct command_call *call, enum tsp_morgue shelf,
	const char *again, tsp_error *err)
{
	const char *target = options_get(&call->options, "to");
	tsp_address to = TSP_NOBODY;
	tsp_system *system = NULL;
	uint64_t id = 0;
	int rc = morgue_check(call, again, err);
	bool lists = call->argc == 0 || strcmp(call->argv[0], "list") == 0;
	if (rc >= 0 && !lists)
		rc = morgue_which(call, &id, err);
	if (rc >= 0)
		rc = shell_attach(shell, &system, err);
	if (rc >= 0 && target != NULL)
		rc = shell_address(shell, target, &to, err);
	if (rc < 0)
		return rc;
	if (lists)
		return morgue_list(shell, shelf, err);
	if (strcmp(call->argv[0], "show") == 0)
		return morgue_show(shell, shelf, id, err);
	if (strcmp(call->argv[0], "drop") == 0)
		return morgue_drop(shell, shelf, id, err);
	return morgue_send(
		shell, shelf, id, to, options_count(&call->options, "as-sender") > 0, err);
}

const struct option_spec morgue_options[] = {
	{ "all", 0, NULL, "every one that is kept", COMPLETE_NONE },
	{ "to", 0, "ADDR", "send it there, not to the one it was for", COMPLETE_ADDRESS },
	{ "as-sender", 0, NULL, "as from the actor that had sent it, which gets the answer",
		COMPLETE_NONE },
	{ 0 },
};
