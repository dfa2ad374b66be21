/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "log/definitions.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "log/definitions_read.h"

void log_definitions_free(struct log_definitions *definitions)
{
	size_t i;

	if (definitions == NULL)
		return;
	for (i = 0; i < definitions->handler_count; i++) {
		struct log_handler *handler = &definitions->handlers[i];

		free(handler->name);
		free(handler->path);
		free(handler->ident);
		log_format_free(handler->format);
	}
	for (i = 0; i < definitions->logger_count; i++)
		free(definitions->loggers[i].name);
	free(definitions->folder);
	free(definitions);
}

int log_definitions_read(const char *json, struct log_definitions **ret_definitions, tsp_error *err)
{
	struct log_definitions *definitions = calloc(1, sizeof(*definitions));
	tsp_builder *builder = tsp_builder_new();
	tsp_error why = { 0 };
	tsp_value value;
	int rc = definitions == NULL || builder == NULL ?
		tsp_fail(&why, TSP_ENOMEM, "out of memory") :
		TSP_OK;

	if (rc == TSP_OK && strlen(json) > LOG_DEFINITIONS_LIMIT)
		rc = tsp_fail(&why, TSP_EUSAGE, "they are bigger than 64 KiB");
	if (rc == TSP_OK)
		rc = tsp_value_from_json(json, strlen(json), builder, &why);
	if (rc == TSP_OK)
		rc = tsp_builder_value(builder, &value);
	if (rc == TSP_OK)
		rc = definitions_read_value(definitions, value, &why);
	tsp_builder_free(builder);
	if (rc < 0) {
		log_definitions_free(definitions);
		return tsp_fail(err, rc == TSP_ENOMEM ? rc : TSP_EUSAGE,
			"cannot use the log definitions: %s",
			why.text[0] != '\0' ? why.text : tsp_error_sentence(rc));
	}
	*ret_definitions = definitions;
	return TSP_OK;
}

int log_definitions_place(struct log_definitions *definitions, const char *folder)
{
	size_t i;

	if (definitions->folder != NULL)
		folder = definitions->folder;
	for (i = 0; i < definitions->handler_count; i++) {
		struct log_handler *handler = &definitions->handlers[i];
		char *path;

		if (handler->path == NULL || handler->path[0] == '/')
			continue;
		path = file_join(folder, handler->path);
		if (path == NULL)
			return TSP_ENOMEM;
		free(handler->path);
		handler->path = path;
	}
	return TSP_OK;
}

/* ---- loggers ---- */

static const struct log_logger *find(const struct log_definitions *definitions, tsp_text name)
{
	size_t i;

	for (i = 0; i < definitions->logger_count; i++)
		if (tsp_text_is(name, definitions->loggers[i].name))
			return &definitions->loggers[i];
	return NULL;
}

const struct log_logger *log_definitions_logger(
	const struct log_definitions *definitions, tsp_text name)
{
	while (name.size > 0) {
		const struct log_logger *logger = find(definitions, name);

		if (logger != NULL)
			return logger;
		while (name.size > 0 && name.data[name.size - 1] != '.')
			name.size--;
		if (name.size > 0)
			name.size--;
	}
	return &definitions->loggers[0];
}

const struct log_logger *log_definitions_above(
	const struct log_definitions *definitions, const struct log_logger *logger)
{
	const char *dot = strrchr(logger->name, '.');

	if (logger == &definitions->loggers[0])
		return NULL;
	return log_definitions_logger(definitions,
		(tsp_text){ logger->name, dot != NULL ? (size_t)(dot - logger->name) : 0 });
}

enum log_level log_definitions_level(
	const struct log_definitions *definitions, const struct log_logger *logger)
{
	while (!logger->has_level) {
		const struct log_logger *above = log_definitions_above(definitions, logger);

		if (above == NULL)
			return LOG_LEVEL_WARNING;
		logger = above;
	}
	return logger->level;
}

enum log_level log_definitions_least(const struct log_definitions *definitions)
{
	enum log_level least = LOG_LEVEL_OFF;
	size_t i, k;

	for (i = 0; i < definitions->logger_count; i++) {
		const struct log_logger *logger = &definitions->loggers[i];
		enum log_level level = log_definitions_level(definitions, logger);
		const struct log_logger *at = logger;

		while (at != NULL) {
			for (k = 0; k < at->handler_count; k++) {
				enum log_level most = definitions->handlers[at->handlers[k]].level;

				if (most < level)
					most = level;
				if (most < least)
					least = most;
			}
			at = at->propagate ? log_definitions_above(definitions, at) : NULL;
		}
	}
	return least;
}
