/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

#include <thespian.h>

#define LOG_TEXT_LIMIT 2048

static log_fn *log_sink;
static void *log_data;

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_CRITICAL] = "critical",
};

#define LEVEL_COUNT (sizeof(level_names) / sizeof(level_names[0]))

void log_set_sink(log_fn *sink, void *data)
{
	log_sink = sink;
	log_data = data;
}

void log_write(enum log_level level, const char *format, ...)
{
	if (log_sink == NULL)
		return;

	char text[LOG_TEXT_LIMIT];
	va_list args;

	va_start(args, format);
	int size = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (size >= 0)
		log_sink(log_data, level, text);
}

const char *log_level_name(enum log_level level)
{
	return (size_t)level < LEVEL_COUNT ? level_names[level] : "info";
}

int log_level_parse(const char *name, enum log_level *ret)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret = (enum log_level)i;
			return TSP_OK;
		}
	}
	return TSP_EVALUE;
}
