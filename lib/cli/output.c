/* SPDX-License-Identifier: MIT */
/*
 * In JSON, and for a keeper, the document is built as a value and used at the end. In text, records are kept as
 * rows of fields until they end, since only then their widths are known.
 */
#include "config.h"

#include "cli/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cli/grid.h"

#define OUTPUT_DEPTH  16
#define OUTPUT_INDENT 2
#define OUTPUT_LIMIT  ((size_t)64 * 1024 * 1024)

/* A record or a list that is open; text only. */
struct output_level {
	bool list;
	bool plain;  /* list of plain entries */
	bool hidden; /* within a row of a table: there is no place for it */
	int indent;
	struct grid grid;
};

struct output {
	FILE *stream;
	enum output_form form;
	int rc;		      /* first failure */
	tsp_builder *builder; /* NULL in text that nobody keeps */
	bool people;
	bool silent; /* a document for the keeper alone */
	output_keeper_fn *keeper;
	void *keeper_data;
	struct buffer text;
	struct output_level levels[OUTPUT_DEPTH];
	size_t depth;
};

/* As the sink of a log: one a process. */
static output_keeper_fn *output_keeper;
static void *output_keeper_data;

void output_set_keeper(output_keeper_fn *keeper, void *data)
{
	output_keeper = keeper;
	output_keeper_data = data;
}

struct output *output_new(FILE *stream, enum output_form form)
{
	struct output *output = calloc(1, sizeof(*output));
	if (output == NULL)
		return NULL;
	output->stream = stream;
	output->form = form;
	output->keeper = output_keeper;
	output->keeper_data = output_keeper_data;
	buffer_init(&output->text, OUTPUT_LIMIT);
	if (form == OUTPUT_JSON || output->keeper != NULL) {
		output->builder = tsp_builder_new();
		if (output->builder == NULL) {
			free(output);
			return NULL;
		}
	}
	return output;
}

enum output_form output_form(const struct output *output)
{
	return output == NULL ? OUTPUT_TEXT : output->form;
}

void output_people(struct output *output, bool on)
{
	if (output != NULL)
		output->people = on;
}

void output_quiet(struct output *output)
{
	if (output == NULL || output->form == OUTPUT_JSON)
		return;
	output->form = OUTPUT_JSON;
	output->silent = true;
}

void output_aside(struct output *output)
{
	if (output != NULL)
		output->keeper = NULL;
}

static bool output_builds(const struct output *output)
{
	return output->builder != NULL && !output->people;
}

static void output_keep(struct output *output, int rc)
{
	if (output->rc == TSP_OK && rc < 0)
		output->rc = rc;
}

/* Writes what a level has gathered so far. */
static void output_flush(struct output *output, struct output_level *level)
{
	if (!level->hidden)
		output_keep(output,
			grid_print(&level->grid, &output->text, level->indent,
				level->list && !level->plain));
}

static struct output_level *output_top(struct output *output)
{
	return output->depth == 0 ? NULL : &output->levels[output->depth - 1];
}

/* The list that the record on top is an entry of; NULL if it is none. */
static struct output_level *output_table(struct output *output)
{
	if (output->depth < 2 || output->levels[output->depth - 1].list ||
		!output->levels[output->depth - 2].list)
		return NULL;
	return &output->levels[output->depth - 2];
}

/* A field in text: a cell of the table, an entry of a plain list, or a row of the record. */
static void output_put_field(struct output *output, const char *label, tsp_text text)
{
	struct output_level *top = output_top(output);
	struct output_level *table = output_table(output);
	if (label == NULL || top == NULL || text.data == NULL)
		return;
	if (table != NULL) {
		output_keep(output, grid_put(&table->grid, label, text));
		return;
	}
	output_keep(output, grid_add_row(&top->grid));
	top->plain = top->list;
	if (!top->list)
		output_keep(output, grid_put(&top->grid, "label", tsp_text_of(label)));
	output_keep(output, grid_put(&top->grid, "value", text));
}

/* Opens a record or a list; text only. */
static void output_push(struct output *output, bool list, const char *label)
{
	struct output_level *top = output_top(output);
	if (output->depth == OUTPUT_DEPTH) {
		output_keep(output, TSP_ELIMIT);
		return;
	}
	struct output_level *level = &output->levels[output->depth];
	*level = (struct output_level){ .list = list };
	grid_init(&level->grid);
	if (top != NULL) {
		level->indent = top->indent;
		level->hidden = top->hidden || output_table(output) != NULL || (list && top->list);
		if (top->list) {
			output_keep(output, grid_add_row(&top->grid));
		} else if (!level->hidden) {
			output_flush(output, top);
			if (label != NULL) {
				level->indent += OUTPUT_INDENT;
				output_keep(output,
					buffer_printf(
						&output->text, "%*s%s\n", top->indent, "", label));
			}
		}
	}
	output->depth++;
}

static void output_key(struct output *output, const char *key)
{
	if (key != NULL && key[0] != '\0')
		tsp_put_key(output->builder, key);
}

void output_begin(struct output *output, const char *key, const char *label)
{
	if (output == NULL)
		return;
	if (output_builds(output)) {
		output_key(output, key);
		tsp_begin_map(output->builder);
	}
	if (output->form == OUTPUT_TEXT)
		output_push(output, false, label);
}

void output_list(struct output *output, const char *key, const char *label)
{
	if (output == NULL)
		return;
	if (output_builds(output)) {
		output_key(output, key);
		tsp_begin_list(output->builder);
	}
	if (output->form == OUTPUT_TEXT)
		output_push(output, true, label);
}

void output_end(struct output *output)
{
	if (output == NULL)
		return;
	if (output_builds(output))
		tsp_end(output->builder);
	struct output_level *top = output_top(output);
	if (top == NULL)
		return;
	output_flush(output, top);
	grid_clear(&top->grid);
	output->depth--;
}

void output_text(struct output *output, const char *key, const char *label, tsp_text text)
{
	if (output == NULL)
		return;
	if (output->form == OUTPUT_TEXT)
		output_put_field(output, label, text);
	if (key == NULL || !output_builds(output))
		return;
	output_key(output, key);
	if (text.data == NULL)
		tsp_put_null(output->builder);
	else
		tsp_put_text(output->builder, text);
}

void output_string(struct output *output, const char *key, const char *label, const char *text)
{
	output_text(output, key, label, tsp_text_of(text));
}

void output_int(struct output *output, const char *key, const char *label, int64_t number)
{
	char shown[32];
	if (output == NULL)
		return;
	if (output->form == OUTPUT_TEXT) {
		snprintf(shown, sizeof(shown), "%" PRId64, number);
		output_put_field(output, label, tsp_text_of(shown));
	}
	if (key != NULL && output_builds(output)) {
		output_key(output, key);
		tsp_put_int(output->builder, number);
	}
}

void output_bool(struct output *output, const char *key, const char *label, bool yes)
{
	if (output == NULL)
		return;
	if (output->form == OUTPUT_TEXT)
		output_put_field(output, label, yes ? TSP_TEXT("yes") : TSP_TEXT("no"));
	if (key != NULL && output_builds(output)) {
		output_key(output, key);
		tsp_put_bool(output->builder, yes);
	}
}

void output_value(struct output *output, const char *key, const char *label, tsp_value value)
{
	tsp_text text;
	char *json = NULL;
	if (output == NULL)
		return;
	if (key != NULL && output_builds(output)) {
		output_key(output, key);
		tsp_put_value(output->builder, value);
	}
	if (output->form == OUTPUT_JSON || label == NULL ||
		tsp_value_kind(value) == TSP_KIND_ABSENT)
		return;
	if (tsp_value_text(value, &text)) {
		output_put_field(output, label, text);
		return;
	}
	output_keep(output, tsp_value_to_json(value, TSP_JSON_COMPACT, &json));
	output_put_field(output, label, tsp_text_of(json));
	free(json);
}

void output_ms(struct output *output, const char *key, const char *label, int64_t ms)
{
	char shown[64];
	if (output == NULL)
		return;
	if (ms >= 0)
		output_int(output, key, NULL, ms);
	else
		output_text(output, key, label, (tsp_text){ 0 });
	if (output->form == OUTPUT_JSON || ms < 0)
		return;
	int64_t s = ms / 1000;
	if (s < 60)
		snprintf(shown, sizeof(shown), "%" PRId64 ".%" PRId64 " s", s, ms % 1000 / 100);
	else if (s < 3600)
		snprintf(shown, sizeof(shown), "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(shown, sizeof(shown), "%" PRId64 " h %" PRId64 " min", s / 3600,
			s / 60 % 60);
	else
		snprintf(shown, sizeof(shown), "%" PRId64 " d %" PRId64 " h", s / 86400,
			s / 3600 % 24);
	output_put_field(output, label, tsp_text_of(shown));
}

void output_say(struct output *output, const char *format, ...)
{
	if (output == NULL || output->form == OUTPUT_JSON)
		return;
	struct buffer line;
	va_list args;
	buffer_init(&line, OUTPUT_LIMIT);
	va_start(args, format);
	int rc = buffer_vprintf(&line, format, args);
	va_end(args);
	char *shown = rc < 0 ? NULL : malloc(line.size * 4 + 1);
	if (shown == NULL) {
		output_keep(output, rc < 0 ? rc : TSP_ENOMEM);
	} else {
		struct output_level *top = output_top(output);
		if (top != NULL)
			output_flush(output, top);
		text_quote(
			(tsp_text){ (const char *)line.data, line.size }, shown, line.size * 4 + 1);
		output_keep(output, buffer_printf(&output->text, "%s\n", shown));
	}
	free(shown);
	buffer_clear(&line);
}

/* Whether a character could change how a terminal shows the rest: controls, marks of direction,
 * characters without width. */
static bool output_is_unsafe(unsigned code)
{
	return (code >= 0x7f && code < 0xa0) || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
		(code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
		code == 0xfeff;
}

/* JSON as it is, but for unsafe characters, which can stand in texts only and so may be \u escapes;
 * all of them take three bytes at most. */
static void output_print_json(FILE *stream, const char *json)
{
	const unsigned char *at = (const unsigned char *)json;
	while (*at != '\0') {
		unsigned code = *at;
		size_t size = 1;
		if ((at[0] & 0xe0) == 0xc0 && at[1] != '\0') {
			code = (unsigned)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
			size = 2;
		} else if ((at[0] & 0xf0) == 0xe0 && at[1] != '\0' && at[2] != '\0') {
			code = (unsigned)(at[0] & 0x0f) << 12 | (unsigned)(at[1] & 0x3f) << 6 |
				(at[2] & 0x3f);
			size = 3;
		} else if ((at[0] & 0xf8) == 0xf0 && at[1] != '\0' && at[2] != '\0' && at[3] != '\0') {
			size = 4; /* none of them is unsafe */
		}
		if (output_is_unsafe(code))
			fprintf(stream, "\\u%04x", code);
		else
			fwrite(at, 1, size, stream);
		at += size;
	}
}

static void output_print_value(struct output *output, tsp_value value, enum tsp_json style)
{
	tsp_text text;
	char *json = NULL;
	if (output->form == OUTPUT_TEXT && tsp_value_text(value, &text)) {
		text_print(output->stream, text, true);
		fputc('\n', output->stream);
		return;
	}
	int rc = tsp_value_to_json(value, style, &json);
	output_keep(output, rc);
	if (rc < 0)
		return;
	output_print_json(output->stream, json);
	fputc('\n', output->stream);
	free(json);
}

void output_document(struct output *output, tsp_value value)
{
	if (output == NULL)
		return;
	if (output_builds(output))
		tsp_put_value(output->builder, value);
	if (output->form == OUTPUT_TEXT)
		output_print_value(output, value, TSP_JSON_PRETTY);
}

void output_drop(struct output *output)
{
	if (output == NULL)
		return;
	while (output->depth > 0)
		grid_clear(&output->levels[--output->depth].grid);
	buffer_clear(&output->text);
	tsp_builder_free(output->builder);
	free(output);
}

/* The document, once it is whole; in text it may be none, which harms nobody. */
static void output_finish_document(struct output *output)
{
	tsp_value value = { 0 };
	int rc = tsp_builder_value(output->builder, &value);
	if (output->form == OUTPUT_JSON) {
		output_keep(output, rc);
		if (output->rc == TSP_OK && !output->silent)
			output_print_value(output, value, TSP_JSON_COMPACT);
	}
	if (rc >= 0 && output->rc == TSP_OK && output->keeper != NULL)
		output->keeper(output->keeper_data, value);
}

int output_finish(struct output *output)
{
	if (output == NULL)
		return TSP_ENOMEM;
	while (output->form == OUTPUT_TEXT && output->depth > 0)
		output_end(output);
	if (output->builder != NULL)
		output_finish_document(output);
	if (output->form == OUTPUT_TEXT && output->rc == TSP_OK && output->text.size > 0)
		fwrite(output->text.data, 1, output->text.size, output->stream);
	if (output->rc == TSP_OK && (fflush(output->stream) != 0 || ferror(output->stream) != 0))
		output->rc = TSP_EIO;
	int rc = output->rc;
	output_drop(output);
	return rc;
}
