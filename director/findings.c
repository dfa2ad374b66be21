/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define LINE_LIMIT ((size_t)64 * 1024)

/* Letters that mean themselves in a shell, wherever they stand. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@%+=:,-"

static void keep(struct findings *findings, int rc)
{
	if (findings->rc >= 0 && rc < 0)
		findings->rc = rc;
}

static char *format_line(struct findings *findings, const char *format, va_list args)
{
	char *line = NULL;

	if (vasprintf(&line, format, args) < 0) {
		keep(findings, TSP_ENOMEM);
		return NULL;
	}
	return line;
}

/* ---- Telling --------------------------------------------------------------------------------- */

static void add(struct findings *findings, bool fault, const char *format, va_list args)
{
	struct finding *grown = reallocarray(findings->items, findings->count + 1, sizeof(*grown));
	char *text = format_line(findings, format, args);

	if (grown)
		findings->items = grown;
	if (!grown || !text) {
		keep(findings, TSP_ENOMEM);
		free(text);
		return;
	}
	grown[findings->count++] =
		(struct finding){ .fault = fault, .check = findings->check, .text = text };
}

void findings_fault(struct findings *findings, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(findings, true, format, args);
	va_end(args);
}

void findings_note(struct findings *findings, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(findings, false, format, args);
	va_end(args);
}

/* Takes hint over. */
static void set_hint(struct findings *findings, char *hint, bool command)
{
	struct finding *last = findings->count > 0 ? &findings->items[findings->count - 1] : NULL;

	if (!last || last->hint || findings->rc < 0) { /* its fault may have been lost */
		free(hint);
		return;
	}
	last->hint = hint;
	last->command = command;
}

void findings_hint(struct findings *findings, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_hint(findings, format_line(findings, format, args), false);
	va_end(args);
}

static int put_word(struct buffer *line, const char *word)
{
	int rc;

	if (*word && strspn(word, PLAIN) == strlen(word))
		return buffer_put(line, word, strlen(word));
	rc = buffer_put(line, "'", 1);
	for (; rc >= 0 && *word; word++)
		rc = *word == '\'' ? buffer_put(line, "'\\''", 4) : buffer_put(line, word, 1);
	return rc < 0 ? rc : buffer_put(line, "'", 1);
}

void findings_command(struct findings *findings, const char *otherwise, const char *const *words)
{
	struct buffer line;
	char *hint = NULL;
	int rc = TSP_OK;

	buffer_init(&line, LINE_LIMIT);
	for (size_t i = 0; rc >= 0 && words[i]; i++) {
		if (i > 0)
			rc = buffer_put(&line, " ", 1);
		if (rc >= 0)
			rc = put_word(&line, words[i]);
	}
	if (rc >= 0 && otherwise)
		rc = buffer_printf(&line, "  # %s", otherwise);
	if (rc >= 0) {
		hint = tsp_text_copy((tsp_text){ (char *)line.data, line.size });
		rc = hint ? TSP_OK : TSP_ENOMEM;
	}
	keep(findings, rc);
	set_hint(findings, hint, true);
	buffer_clear(&line);
}

void findings_clear(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->items[i].text);
		free(findings->items[i].hint);
	}
	free(findings->items);
	*findings = (struct findings){ 0 };
}

/* ---- Showing --------------------------------------------------------------------------------- */

size_t findings_faults(const struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->items[i].fault;
	return count;
}

static void put_fault(const struct finding *finding, struct output *output)
{
	output_begin(output, NULL, NULL);
	output_string(output, "check", NULL, finding->check);
	output_string(output, "fault", NULL, finding->text);
	output_string(output, "hint", NULL, finding->hint);
	output_bool(output, "command", NULL, finding->command);
	output_end(output);
}

static void put_note(const struct finding *finding, struct output *output)
{
	output_begin(output, NULL, NULL);
	output_string(output, "check", NULL, finding->check);
	output_string(output, "note", NULL, finding->text);
	output_end(output);
}

static void say(const struct finding *finding, struct output *output)
{
	output_say(output, "%s: %s", finding->fault ? "fault" : "note", finding->text);
	if (finding->hint)
		output_say(output, "hint: %s", finding->hint);
}

void findings_put(const struct findings *findings, struct output *output)
{
	output_begin(output, NULL, NULL);
	for (int fault = 1; fault >= 0; fault--) {
		if (output_form(output) == OUTPUT_JSON)
			output_list(output, fault ? "faults" : "notes", NULL);
		for (size_t i = 0; i < findings->count; i++) {
			const struct finding *finding = &findings->items[i];

			if (finding->fault != (fault == 1))
				continue;
			if (output_form(output) == OUTPUT_TEXT)
				say(finding, output);
			else if (fault)
				put_fault(finding, output);
			else
				put_note(finding, output);
		}
		if (output_form(output) == OUTPUT_JSON)
			output_end(output);
	}
	output_end(output);
}
