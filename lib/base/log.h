/* SPDX-License-Identifier: MIT */
/* Where a library says something to its operator: a sink that the program hands in. */
#ifndef TSP_BASE_LOG_H
#define TSP_BASE_LOG_H

#include <stdarg.h>

/* OFF is a threshold only: no record has it. */
enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_CRITICAL,
	LOG_LEVEL_OFF,
};

/* Where a record goes; both is as usual for the system's own, an actor's go to the normal log. */
enum log_place { LOG_PLACE_INTERNAL = 1, LOG_PLACE_NORMAL = 2, LOG_PLACE_BOTH = 3 };

typedef void log_fn(void *data, enum log_level level, const char *text);

/* One sink a process; NULL (the default): silence. */
void log_set_sink(log_fn *sink, void *data);
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *log_level_name(enum log_level level);          /* "debug" "info" "warning" "error" "critical" */
int log_level_parse(const char *name, enum log_level *ret); /* TSP_EVALUE */

#endif
