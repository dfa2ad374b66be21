/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"

#define RENDER_NAME  64 /* bytes of a key or label made from a member's name; the rest is cut */
#define RENDER_DEPTH 8

int render_finish(struct output *output, tsp_error *err)
{
	int rc = output_finish(output);
	if (rc == TSP_EIO)
		return tsp_fail(err, rc, "cannot write to standard output: %s", strerror(errno));
	return rc < 0 ? tsp_fail(err, rc, "cannot show the answer: %s", tsp_error_sentence(rc)) :
			TSP_OK;
}

static bool render_is_poison(const tsp_message *message)
{
	return tsp_message_is_system(message) && tsp_message_is(message, "PoisonMessage");
}

/* The type's name in front of the value, where the message has one. */
static void render_type(const tsp_message *message, FILE *stream)
{
	tsp_text type;
	tsp_value value;
	if (!tsp_value_typed(tsp_message_body(message), &type, &value))
		return;
	text_print(stream, type, false);
	fputc(' ', stream);
}

static int render_to(
	struct shell *shell, FILE *stream, const tsp_message *message, tsp_error *err)
{
	struct output *output = output_new(stream, shell->form);
	contacts_add_all(&shell->contacts, tsp_message_body(message));
	if (shell->form == OUTPUT_JSON) {
		output_document(output, tsp_message_body(message));
	} else {
		output_value(output, "", NULL, tsp_message_body(message));
		output_people(output, true);
		render_type(message, stream);
		output_document(output, tsp_message_value(message));
	}
	int rc = render_finish(output, err);
	return rc == TSP_OK && render_is_poison(message) ? STATUS_FAILED : rc;
}

int render_message(struct shell *shell, const tsp_message *message, tsp_error *err)
{
	return render_to(shell, stdout, message, err);
}

int render_answer(struct shell *shell, const tsp_message *message, tsp_error *err)
{
	return render_to(shell, shell->answers != NULL ? shell->answers : stdout, message, err);
}

void render_notice(struct shell *shell, const tsp_message *message, FILE *stream)
{
	char from[CONTACT_TEXT];
	tsp_address sender = tsp_message_sender(message);
	contacts_add_all(&shell->contacts, tsp_message_body(message));
	fprintf(stream, "message from %s: ", contacts_text(&shell->contacts, sender, from));
	render_type(message, stream);
	struct output *output = output_new(stream, OUTPUT_TEXT);
	output_aside(output); /* it comes while a command runs, and is not of it */
	output_document(output, tsp_message_value(message));
	(void)output_finish(output); /* a notice that cannot be shown is still kept for listen */
}

void render_address(struct shell *shell, struct output *output, const char *key, const char *label,
	tsp_address address)
{
	char text[CONTACT_TEXT];
	if (tsp_address_is_nobody(address)) {
		output_string(output, key, label, NULL);
		return;
	}
	output_string(output, key, NULL, tsp_address_text(address, text));
	if (output_form(output) == OUTPUT_TEXT)
		output_string(output, NULL, label, contacts_text(&shell->contacts, address, text));
}

/* "loadedSources" as "loaded_sources", or as "Loaded sources" where blank is ' '. */
static void render_name(tsp_text member, char blank, char out[RENDER_NAME])
{
	size_t used = 0;
	bool lower = false; /* the character before was a small letter */
	for (size_t i = 0; i < member.size && used + 2 < RENDER_NAME; i++) {
		char c = member.data[i];
		bool capital = c >= 'A' && c <= 'Z';
		if (c == '_' || c == ' ')
			c = blank;
		if (capital && lower)
			out[used++] = blank;
		out[used++] = capital ? (char)(c - 'A' + 'a') : c;
		lower = c >= 'a' && c <= 'z';
	}
	out[used] = '\0';
	if (blank == ' ' && out[0] >= 'a' && out[0] <= 'z')
		out[0] = (char)(out[0] - 'a' + 'A');
}

/* A value that is neither an address nor, in text, worth lines of its own. */
static void render_plain(struct output *output, const char *key, const char *label, tsp_value value)
{
	bool yes;
	if (tsp_value_kind(value) == TSP_KIND_NULL)
		output_text(output, key, label, (tsp_text){ 0 });
	else if (tsp_value_bool(value, &yes))
		output_bool(output, key, label, yes);
	else
		output_value(output, key, label, value);
}

static void render_map_below(struct shell *shell, struct output *output, tsp_value map, int depth);

static void render_field(struct shell *shell, struct output *output, const char *key,
	const char *label, tsp_value value, int depth)
{
	tsp_address address;
	tsp_value entry;
	tsp_value none;
	tsp_walk at = { 0 };
	enum tsp_kind kind = tsp_value_kind(value);
	if (tsp_value_address(value, &address)) {
		render_address(shell, output, key, label, address);
	} else if (kind == TSP_KIND_MAP && depth < RENDER_DEPTH) {
		output_begin(output, key, label);
		render_map_below(shell, output, value, depth + 1);
		output_end(output);
	} else if (kind == TSP_KIND_LIST && depth < RENDER_DEPTH) {
		output_list(output, key, tsp_value_count(value) > 0 ? label : NULL);
		while (tsp_value_next(value, &at, &none, &entry))
			render_field(shell, output,
				tsp_value_kind(entry) == TSP_KIND_MAP ? NULL : "", "", entry,
				depth + 1);
		output_end(output);
	} else {
		render_plain(output, key, label, value);
	}
}

static void render_verbatim_members(struct output *output, tsp_value map)
{
	tsp_walk at = { 0 };
	tsp_value member;
	tsp_value value;
	tsp_text name;
	char shown[4 * RENDER_NAME];
	while (tsp_value_next(map, &at, &member, &value))
		if (tsp_value_text(member, &name))
			output_value(output, NULL, text_quote(name, shown, sizeof(shown)), value);
}

void render_verbatim(struct output *output, tsp_value map)
{
	output_value(output, "", NULL, map);
	output_people(output, true);
	output_begin(output, NULL, NULL);
	render_verbatim_members(output, map);
	output_end(output);
	output_people(output, false);
}

/* The same as a field. */
static void render_verbatim_field(
	struct output *output, const char *key, const char *label, tsp_value map)
{
	output_value(output, key, NULL, map);
	output_people(output, true);
	output_begin(output, NULL, tsp_value_count(map) > 0 ? label : NULL);
	render_verbatim_members(output, map);
	output_end(output);
	output_people(output, false);
}

/* Members that are one line each, or those that are more. */
static void render_members(
	struct shell *shell, struct output *output, tsp_value map, bool nested, int depth)
{
	tsp_walk at = { 0 };
	tsp_value member;
	tsp_value value;
	tsp_text name;
	char key[RENDER_NAME];
	char label[RENDER_NAME];
	int64_t ms;
	while (tsp_value_next(map, &at, &member, &value)) {
		enum tsp_kind kind = tsp_value_kind(value);
		if ((kind == TSP_KIND_MAP || kind == TSP_KIND_LIST) != nested ||
			!tsp_value_text(member, &name))
			continue;
		render_name(name, '_', key);
		render_name(name, ' ', label);
		size_t size = strlen(label);
		if (size > 3 && strcmp(label + size - 3, " ms") == 0 && tsp_value_int(value, &ms)) {
			label[size - 3] = '\0';
			output_ms(output, key, label, ms);
		} else if (strcmp(key, "capabilities") == 0 && kind == TSP_KIND_MAP) {
			render_verbatim_field(output, key, label, value);
		} else {
			render_field(shell, output, key, label, value, depth);
		}
	}
}

/* Lines first, tables behind them. */
static void render_map_below(struct shell *shell, struct output *output, tsp_value map, int depth)
{
	render_members(shell, output, map, false, depth);
	render_members(shell, output, map, true, depth);
}

void render_map(struct shell *shell, struct output *output, tsp_value map)
{
	render_map_below(shell, output, map, 0);
}

void render_member(struct shell *shell, struct output *output, tsp_value map, const char *member,
	const char *key, const char *label)
{
	tsp_value value = tsp_value_get(map, member);
	tsp_address address;
	if (tsp_value_address(value, &address))
		render_address(shell, output, key, label, address);
	else
		render_plain(output, key, label, value);
}
