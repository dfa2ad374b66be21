/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "log/sink.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/file.h"

#define LINE_LIMIT ((size_t)256 * 1024)

struct log_sink {
	struct log_definitions *definitions;
	char *system;
	struct rotating_file files[LOG_HANDLERS_LIMIT];
	struct buffer line;
	const char *ident; /* that syslog was opened with */
};

struct log_sink *log_sink_new(struct log_definitions *definitions, const char *system,
	log_trouble_fn *trouble, void *data)
{
	struct log_sink *sink = calloc(1, sizeof(*sink));
	size_t i;

	if (sink != NULL)
		sink->system = strdup(system);
	if (sink == NULL || sink->system == NULL) {
		free(sink);
		return NULL;
	}
	sink->definitions = definitions;
	buffer_init(&sink->line, LINE_LIMIT);
	for (i = 0; i < definitions->handler_count; i++)
		rotating_file_init(&sink->files[i], &definitions->handlers[i], trouble, data);
	return sink;
}

void log_sink_free(struct log_sink *sink)
{
	size_t i;

	if (sink == NULL)
		return;
	for (i = 0; i < sink->definitions->handler_count; i++)
		rotating_file_close(&sink->files[i]);
	if (sink->ident != NULL)
		closelog();
	log_definitions_free(sink->definitions);
	buffer_clear(&sink->line);
	free(sink->system);
	free(sink);
}

static void write_syslog(
	struct log_sink *sink, const struct log_handler *handler, enum log_level level)
{
	static const int priorities[] = { [LOG_LEVEL_DEBUG] = LOG_DEBUG,
		[LOG_LEVEL_INFO] = LOG_INFO,
		[LOG_LEVEL_WARNING] = LOG_WARNING,
		[LOG_LEVEL_ERROR] = LOG_ERR,
		[LOG_LEVEL_CRITICAL] = LOG_CRIT };
	const char *ident = handler->ident != NULL ? handler->ident : "thespian";

	if (sink->ident != ident) {
		openlog(ident, LOG_PID, handler->facility);
		sink->ident = ident;
	}
	syslog(handler->facility | priorities[level], "%.*s", (int)sink->line.size - 1,
		(const char *)sink->line.data);
}

static void write_handler(struct log_sink *sink, size_t number, const struct log_record *record)
{
	const struct log_handler *handler = &sink->definitions->handlers[number];
	bool is_actor = !tsp_address_is_nobody(record->actor);

	if (record->level < handler->level ||
		((handler->filters & LOG_FILTER_ACTOR) != 0 && !is_actor) ||
		((handler->filters & LOG_FILTER_NOT_ACTOR) != 0 && is_actor))
		return;
	sink->line.size = 0;
	if (log_format_put(handler->format, record, sink->system, &sink->line) < 0)
		return;
	switch (handler->kind) {
	case LOG_TO_FILE:
		rotating_file_write(&sink->files[number], (const char *)sink->line.data,
			sink->line.size, record->wall_us);
		break;
	case LOG_TO_STDERR:
		(void)file_write_all(STDERR_FILENO, sink->line.data, sink->line.size);
		break;
	case LOG_TO_SYSLOG:
		write_syslog(sink, handler, record->level);
		break;
	}
}

void log_sink_write(struct log_sink *sink, const struct log_record *record)
{
	const struct log_definitions *definitions = sink->definitions;
	const struct log_logger *logger = log_definitions_logger(definitions, record->logger);
	size_t i;

	if (record->level < log_definitions_level(definitions, logger))
		return;
	while (logger != NULL) {
		for (i = 0; i < logger->handler_count; i++)
			write_handler(sink, logger->handlers[i], record);
		logger = logger->propagate ? log_definitions_above(definitions, logger) : NULL;
	}
}
