/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "helper/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES	   5 /* of the begin and of the end of a stream */
#define LINE_LIMIT 1000

/* ---- the log ---- */

/* With "..." for each omit_string; NULL: no memory. */
static char *without_omitted(const struct command *command, const char *text)
{
	const char *omit = command->omit;
	size_t size = omit != NULL ? strlen(omit) : 0;
	char *out = malloc(3 * strlen(text) + 4);
	size_t at = 0;

	while (out != NULL && *text != '\0') {
		if (size > 0 && strncmp(text, omit, size) == 0) {
			memcpy(out + at, "...", 3);
			at += 3;
			text += size;
		} else {
			out[at++] = *text++;
		}
	}
	if (out != NULL)
		out[at] = '\0';
	return out;
}

static void log_text(
	tsp_actor *self, const struct command *command, const char *level, const char *text)
{
	char *shown = without_omitted(command, text);

	if (shown == NULL)
		return;
	if (tsp_address_is_nobody(command->log_to))
		tsp_log_to(self, command->logger, level, "%s", shown);
	else
		(void)tsp_sendf(self, command->log_to, "CommandLog", "{s:s, s:s}", "level", level,
			"text", shown);
	free(shown);
}

static void log_line(tsp_actor *self, const struct command *command, const char *level,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static void log_line(
	tsp_actor *self, const struct command *command, const char *level, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int rc;

	if (command->quiet)
		return;
	va_start(args, format);
	rc = vasprintf(&text, format, args);
	va_end(args);
	if (rc < 0)
		return;
	log_text(self, command, level, text);
	free(text);
}

static size_t count_lines(tsp_text text)
{
	size_t count = text.size > 0 && text.data[text.size - 1] != '\n' ? 1 : 0;

	for (size_t i = 0; i < text.size; i++)
		count += text.data[i] == '\n';
	return count;
}

/* Logs the lines from first on, at most count. */
static void log_lines(tsp_actor *self, const struct command *command, const char *name,
	tsp_text text, size_t first, size_t count)
{
	for (size_t line = 0; text.size > 0 && count > 0; line++) {
		const char *end = memchr(text.data, '\n', text.size);
		size_t size = end != NULL ? (size_t)(end - text.data) : text.size;

		if (line >= first) {
			log_line(self, command, "info", "%s %s| %.*s", command->tag, name,
				(int)(size < LINE_LIMIT ? size : LINE_LIMIT), text.data);
			count--;
		}
		size += end != NULL;
		text.data += size;
		text.size -= size;
	}
}

static void log_stream(tsp_actor *self, const struct command *command, const char *name,
	const struct capture *capture)
{
	tsp_text halves[2];
	tsp_text last;
	size_t count;

	capture_halves(capture, halves);
	last = halves[1].data != NULL ? halves[1] : halves[0];
	count = count_lines(last);
	if (halves[1].data == NULL && count <= 2 * (size_t)LINES) {
		log_lines(self, command, name, last, 0, count);
		return;
	}
	log_lines(self, command, name, halves[0], 0, LINES);
	log_line(self, command, "info", "%s %s| ...", command->tag, name);
	log_lines(self, command, name, last, count > LINES ? count - LINES : 0, LINES);
}

static void log_result(
	tsp_actor *self, const struct command *command, const struct outcome *outcome)
{
	if (command->quiet)
		return;
	log_stream(self, command, "OUT", outcome->out);
	log_stream(self, command, "ERR", outcome->err);
	if (outcome->error[0] == '\0')
		log_line(self, command, "info", "%s: done in %lld ms: %s", command->tag,
			(long long)outcome->duration_ms, command->line);
	else
		log_line(self, command, command->error_ok ? "info" : "error",
			"%s: %s, after %lld ms: %s", command->tag, outcome->error,
			(long long)outcome->duration_ms, command->line);
}

/* ---- answers ---- */

static int send_built(tsp_actor *self, const struct command *command, tsp_address to,
	const char *type, tsp_builder *builder)
{
	tsp_value value;
	int rc = tsp_builder_value(builder, &value);

	if (rc == TSP_OK)
		rc = tsp_send(self, to, type, value);
	if (rc < 0 && (rc != TSP_EBACKLOG || strcmp(type, "CommandResult") == 0))
		log_line(self, command, "error", "%s: cannot send '%s': %s", command->tag, type,
			tsp_error_sentence(rc));
	return rc;
}

static tsp_builder *begin(const struct command *command)
{
	tsp_builder *builder = tsp_builder_new();

	if (builder == NULL)
		return NULL;
	tsp_begin_map(builder);
	tsp_put_key(builder, "command");
	command_put(command, builder);
	return builder;
}

void report_start(tsp_actor *self, const struct command *command, pid_t pid)
{
	tsp_builder *builder;

	log_line(self, command, "info", "%s: runs as process %ld: %s", command->tag, (long)pid,
		command->line);
	builder = command->report ? begin(command) : NULL;
	if (builder == NULL)
		return;
	tsp_put_key(builder, "pid");
	tsp_put_int(builder, pid);
	tsp_end(builder);
	(void)send_built(self, command, command->sender, "CommandStarted", builder);
	tsp_builder_free(builder);
}

int report_output(tsp_actor *self, const struct command *command, const char *type, tsp_text output)
{
	tsp_builder *builder = begin(command);
	int rc;

	if (builder == NULL)
		return TSP_ENOMEM;
	tsp_put_key(builder, "output");
	capture_put_output(builder, output);
	tsp_end(builder);
	rc = send_built(self, command, command->updates, type, builder);
	tsp_builder_free(builder);
	return rc;
}

/* The text; or of more than was to be kept the first half and the last. */
static void put_stream(tsp_builder *builder, const char *key, const struct capture *capture)
{
	tsp_text halves[2];

	capture_halves(capture, halves);
	tsp_put_key(builder, key);
	if (halves[1].data != NULL)
		tsp_begin_list(builder);
	capture_put_output(builder, halves[0]);
	if (halves[1].data == NULL)
		return;
	capture_put_output(builder, halves[1]);
	tsp_end(builder);
}

void report_result(tsp_actor *self, const struct command *command, const struct outcome *outcome)
{
	tsp_builder *builder = begin(command);

	log_result(self, command, outcome);
	if (builder == NULL)
		return;
	tsp_put_key(builder, "exitcode");
	tsp_put_int(builder, outcome->code);
	tsp_put_key(builder, "errorstr");
	tsp_put_string(builder, outcome->error);
	tsp_put_key(builder, "duration_ms");
	tsp_put_int(builder, outcome->duration_ms);
	put_stream(builder, "stdout", outcome->out);
	put_stream(builder, "stderr", outcome->err);
	tsp_end(builder);
	(void)send_built(self, command, command->sender, "CommandResult", builder);
	tsp_builder_free(builder);
}
