/* SPDX-License-Identifier: MIT */
/*
 * What is logged where: a JSON object in the manner of Python's dictConfig, restricted to what is
 * written here and checked as a whole (share/doc/logging.md has it for people).
 */
#ifndef TSP_LOG_DEFINITIONS_H
#define TSP_LOG_DEFINITIONS_H

#include "base/error.h"
#include "base/log.h"
#include "log/format.h"

#define LOG_DEFINITIONS_LIMIT ((size_t)64 * 1024) /* bytes of JSON */
#define LOG_HANDLERS_LIMIT    64
#define LOG_LOGGERS_LIMIT     256

enum log_handler_kind { LOG_TO_FILE, LOG_TO_STDERR, LOG_TO_SYSLOG };
enum log_when { LOG_WHEN_NEVER, LOG_WHEN_SECONDS, LOG_WHEN_MIDNIGHT };
enum log_filter { LOG_FILTER_ACTOR = 1, LOG_FILTER_NOT_ACTOR = 2 };

struct log_handler {
	char *name;
	enum log_handler_kind kind;
	enum log_level level;
	unsigned filters;
	struct log_format *format;
	/* of a file */
	char *path;	   /* absolute once log_definitions_place has been called */
	int64_t max_bytes; /* 0: no bound */
	enum log_when when;
	int64_t interval_s;
	int64_t backup_count;
	bool compress;
	/* of syslog */
	int facility;
	char *ident; /* NULL: "thespian" */
};

struct log_logger {
	char *name; /* "": the root */
	bool has_level;
	enum log_level level;
	bool propagate;
	size_t handlers[LOG_HANDLERS_LIMIT]; /* places in log_definitions.handlers */
	size_t handler_count;
};

struct log_definitions {
	char *folder; /* of relative paths; NULL: the one that log_definitions_place gives */
	struct log_handler handlers[LOG_HANDLERS_LIMIT];
	size_t handler_count;
	struct log_logger loggers[LOG_LOGGERS_LIMIT]; /* the first is the root */
	size_t logger_count;
};

/* TSP_EUSAGE with what is wrong and where; free it with log_definitions_free. */
int log_definitions_read(
	const char *json, struct log_definitions **ret_definitions, tsp_error *err);
void log_definitions_free(struct log_definitions *definitions);
/* Makes relative paths absolute, below the definitions' own folder or this one. TSP_ENOMEM. */
int log_definitions_place(struct log_definitions *definitions, const char *folder);
/* The lowest level that some handler takes from some logger; OFF: none takes anything. */
enum log_level log_definitions_least(const struct log_definitions *definitions);
/* The logger of a name, or the next above it that is defined: "a.b", then "a", then the root. */
const struct log_logger *log_definitions_logger(
	const struct log_definitions *definitions, tsp_text name);
/* The level that holds for a logger: its own, or that of the next above that has one. */
enum log_level log_definitions_level(
	const struct log_definitions *definitions, const struct log_logger *logger);
/* The next one above; NULL: logger is the root. */
const struct log_logger *log_definitions_above(
	const struct log_definitions *definitions, const struct log_logger *logger);

#endif
