/* SPDX-License-Identifier: MIT */
/* Strictly: a member that is not known here is an error, named by its path. */
#include "config.h"

#include "log/definitions_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "base/text.h"

#define PATH_LIMIT  300
#define BYTES_LEAST 1024
#define COUNT_MOST  1000

/* Where reading is: definitions, formatters by name, the path for complaints. */
struct reader {
	struct log_definitions *definitions;
	tsp_value formatters;
	char path[PATH_LIMIT];
	tsp_error *err;
};

static int complain(struct reader *reader, const char *member, const char *what)
{
	return tsp_fail(reader->err, TSP_EVALUE, "%s%s%s: %s", reader->path,
		reader->path[0] != '\0' && member[0] != '\0' ? "." : "", member, what);
}

static int no_memory(struct reader *reader)
{
	return tsp_fail(reader->err, TSP_ENOMEM, "out of memory");
}

/* known: names, ended by NULL. */
static int check_members(struct reader *reader, tsp_value map, const char *const *known)
{
	tsp_value key, item;
	tsp_walk at = { 0 };
	tsp_text name;
	char shown[100];

	if (tsp_value_kind(map) != TSP_KIND_MAP)
		return complain(reader, "", "a JSON object is expected");
	while (tsp_value_next(map, &at, &key, &item)) {
		size_t i;

		(void)tsp_value_text(key, &name); /* keys of a map are text */
		for (i = 0; known[i] != NULL && !tsp_text_is(name, known[i]); i++)
			;
		if (known[i] == NULL)
			return complain(reader, text_quote(name, shown, sizeof(shown)),
				"there is no such member");
	}
	return TSP_OK;
}

/* 0: absent, 1: read. */
static int read_text(struct reader *reader, tsp_value map, const char *key, tsp_text *ret_text)
{
	tsp_value value = tsp_value_get(map, key);

	if (tsp_value_kind(value) == TSP_KIND_ABSENT)
		return 0;
	if (!tsp_value_text(value, ret_text) || ret_text->size == 0)
		return complain(reader, key, "a text is expected");
	return 1;
}

static int read_copy(struct reader *reader, tsp_value map, const char *key, char **ret_text)
{
	tsp_text text;
	int rc = read_text(reader, map, key, &text);

	if (rc <= 0)
		return rc;
	if (memchr(text.data, '\0', text.size) != NULL)
		return complain(reader, key, "a text without NUL is expected");
	*ret_text = tsp_text_copy(text);
	return *ret_text != NULL ? 1 : no_memory(reader);
}

static int read_bool(struct reader *reader, tsp_value map, const char *key, bool *ret)
{
	tsp_value value = tsp_value_get(map, key);

	if (tsp_value_kind(value) != TSP_KIND_ABSENT && !tsp_value_bool(value, ret))
		return complain(reader, key, "true or false is expected");
	return TSP_OK;
}

static int read_number(struct reader *reader, tsp_value map, const char *key, int64_t least,
	int64_t most, int64_t *ret)
{
	tsp_value value = tsp_value_get(map, key);
	int64_t number;
	char text[80];

	if (tsp_value_kind(value) == TSP_KIND_ABSENT)
		return TSP_OK;
	if (!tsp_value_int(value, &number) || number < least || number > most) {
		snprintf(text, sizeof(text), "a number from %lld to %lld is expected",
			(long long)least, (long long)most);
		return complain(reader, key, text);
	}
	*ret = number;
	return TSP_OK;
}

/* 0: absent, 1: read. Python's capital names serve as well. */
static int read_level(
	struct reader *reader, tsp_value map, const char *key, enum log_level *ret_level)
{
	tsp_text text;
	int rc = read_text(reader, map, key, &text);

	if (rc <= 0)
		return rc;
	for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_CRITICAL; i++) {
		const char *name = log_level_name((enum log_level)i);

		if (strlen(name) == text.size && strncasecmp(name, text.data, text.size) == 0) {
			*ret_level = (enum log_level)i;
			return 1;
		}
	}
	return complain(reader, key, "not one of debug, info, warning, error, critical");
}

/* ---- handlers ---- */

static int read_format(struct reader *reader, tsp_value map, struct log_handler *handler)
{
	static const char *const known[] = { "format", NULL };
	tsp_value formatter;
	tsp_text name;
	tsp_error why = { 0 };
	char *format = NULL;
	char *key;
	int rc = read_text(reader, map, "formatter", &name);

	if (rc < 0)
		return rc;
	if (rc > 0) {
		key = tsp_text_copy(name);
		if (key == NULL)
			return no_memory(reader);
		formatter = tsp_value_get(reader->formatters, key);
		free(key);
		if (tsp_value_kind(formatter) == TSP_KIND_ABSENT)
			return complain(reader, "formatter", "there is no formatter of this name");
		rc = check_members(reader, formatter, known);
		if (rc == TSP_OK)
			rc = read_copy(reader, formatter, "format", &format);
		if (rc < 0)
			return rc;
	}
	rc = log_format_new(format != NULL ? format : LOG_FORMAT_DEFAULT, &handler->format, &why);
	free(format);
	return rc < 0 ? complain(reader, "formatter", why.text) : TSP_OK;
}

static int read_filters(struct reader *reader, tsp_value map, struct log_handler *handler)
{
	tsp_value filters = tsp_value_get(map, "filters");
	tsp_value key, item;
	tsp_walk at = { 0 };
	tsp_text name;

	if (tsp_value_kind(filters) == TSP_KIND_ABSENT)
		return TSP_OK;
	if (tsp_value_kind(filters) != TSP_KIND_LIST)
		return complain(reader, "filters", "a list is expected");
	while (tsp_value_next(filters, &at, &key, &item)) {
		if (!tsp_value_text(item, &name))
			name = (tsp_text){ NULL, 0 };
		if (tsp_text_is(name, "isActorLog"))
			handler->filters |= LOG_FILTER_ACTOR;
		else if (tsp_text_is(name, "notActorLog"))
			handler->filters |= LOG_FILTER_NOT_ACTOR;
		else
			return complain(reader, "filters", "not isActorLog or notActorLog");
	}
	return TSP_OK;
}

static int read_when(struct reader *reader, tsp_value map, struct log_handler *handler)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", 86400 } };
	int64_t interval = 1;
	tsp_text when;
	int rc = read_text(reader, map, "when", &when);

	if (rc == 0 && tsp_value_kind(tsp_value_get(map, "interval")) != TSP_KIND_ABSENT)
		return complain(reader, "interval", "without 'when' it means nothing");
	if (rc <= 0)
		return rc;
	rc = read_number(reader, map, "interval", 1, 10000, &interval);
	if (rc < 0)
		return rc;
	if (tsp_text_is(when, "midnight")) {
		handler->when = LOG_WHEN_MIDNIGHT;
		return interval == 1 ? TSP_OK :
				       complain(reader, "interval", "midnight comes once a day");
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!tsp_text_is(when, units[i].name))
			continue;
		handler->when = LOG_WHEN_SECONDS;
		handler->interval_s = interval * units[i].seconds;
		return TSP_OK;
	}
	return complain(reader, "when", "not one of second, minute, hour, day, midnight");
}

static int read_file(struct reader *reader, tsp_value map, struct log_handler *handler)
{
	static const char *const known[] = { "class", "level", "filters", "formatter", "path",
		"max_bytes", "when", "interval", "backup_count", "compress", NULL };
	int rc = check_members(reader, map, known);

	if (rc == TSP_OK)
		rc = read_copy(reader, map, "path", &handler->path);
	if (rc == 0)
		rc = complain(reader, "path", "a text is expected");
	handler->backup_count = 3;
	if (rc > 0)
		rc = read_number(reader, map, "max_bytes", BYTES_LEAST, INT64_C(1) << 40,
			&handler->max_bytes);
	if (rc == TSP_OK)
		rc = read_number(
			reader, map, "backup_count", 0, COUNT_MOST, &handler->backup_count);
	if (rc == TSP_OK)
		rc = read_bool(reader, map, "compress", &handler->compress);
	return rc == TSP_OK ? read_when(reader, map, handler) : rc;
}

static int read_syslog(struct reader *reader, tsp_value map, struct log_handler *handler)
{
	static const char *const known[] = { "class", "level", "filters", "formatter", "facility",
		"ident", NULL };
	static const struct {
		const char *name;
		int facility;
	} facilities[] = { { "daemon", LOG_DAEMON }, { "user", LOG_USER }, { "local0", LOG_LOCAL0 },
		{ "local1", LOG_LOCAL1 }, { "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
		{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 },
		{ "local7", LOG_LOCAL7 } };
	tsp_text name;
	int rc = check_members(reader, map, known);

	handler->facility = LOG_DAEMON;
	if (rc == TSP_OK)
		rc = read_copy(reader, map, "ident", &handler->ident);
	if (rc >= 0)
		rc = read_text(reader, map, "facility", &name);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		if (tsp_text_is(name, facilities[i].name)) {
			handler->facility = facilities[i].facility;
			return TSP_OK;
		}
	}
	return complain(reader, "facility", "not daemon, user or local0 to local7");
}

static int read_handler(struct reader *reader, tsp_value map, struct log_handler *handler)
{
	static const char *const plain[] = { "class", "level", "filters", "formatter", NULL };
	tsp_text class = { NULL, 0 };
	int rc;

	if (tsp_value_kind(map) != TSP_KIND_MAP)
		return complain(reader, "", "a JSON object is expected");
	rc = read_text(reader, map, "class", &class);
	if (rc < 0)
		return rc;
	if (tsp_text_is(class, "file")) {
		handler->kind = LOG_TO_FILE;
		rc = read_file(reader, map, handler);
	} else if (tsp_text_is(class, "stderr")) {
		handler->kind = LOG_TO_STDERR;
		rc = check_members(reader, map, plain);
	} else if (tsp_text_is(class, "syslog")) {
		handler->kind = LOG_TO_SYSLOG;
		rc = read_syslog(reader, map, handler);
	} else {
		return complain(reader, "class", "not one of file, stderr, syslog");
	}
	if (rc == TSP_OK)
		rc = read_level(reader, map, "level", &handler->level);
	if (rc >= 0)
		rc = read_filters(reader, map, handler);
	return rc >= 0 ? read_format(reader, map, handler) : rc;
}

/* ---- loggers ---- */

static int read_names(struct reader *reader, tsp_value map, struct log_logger *logger)
{
	struct log_definitions *definitions = reader->definitions;
	tsp_value names = tsp_value_get(map, "handlers");
	tsp_value key, item;
	tsp_walk at = { 0 };
	tsp_text name;

	if (tsp_value_kind(names) == TSP_KIND_ABSENT)
		return TSP_OK;
	if (tsp_value_kind(names) != TSP_KIND_LIST)
		return complain(reader, "handlers", "a list is expected");
	while (tsp_value_next(names, &at, &key, &item)) {
		size_t i;

		if (!tsp_value_text(item, &name))
			return complain(reader, "handlers", "names of handlers are expected");
		for (i = 0; i < definitions->handler_count; i++)
			if (tsp_text_is(name, definitions->handlers[i].name))
				break;
		if (i == definitions->handler_count)
			return complain(reader, "handlers", "there is no handler of this name");
		if (logger->handler_count == LOG_HANDLERS_LIMIT)
			return complain(reader, "handlers", "too many");
		logger->handlers[logger->handler_count++] = i;
	}
	return TSP_OK;
}

static int read_logger(struct reader *reader, tsp_value map, struct log_logger *logger)
{
	static const char *const root[] = { "level", "handlers", NULL };
	static const char *const other[] = { "level", "handlers", "propagate", NULL };
	int rc = check_members(reader, map, logger->name[0] == '\0' ? root : other);

	logger->propagate = true;
	if (rc == TSP_OK)
		rc = read_level(reader, map, "level", &logger->level);
	if (rc < 0)
		return rc;
	logger->has_level = rc > 0;
	rc = read_bool(reader, map, "propagate", &logger->propagate);
	return rc == TSP_OK ? read_names(reader, map, logger) : rc;
}

/* ---- the whole ---- */

typedef int read_item_fn(struct reader *reader, tsp_value item, char *name);

static int add_handler(struct reader *reader, tsp_value item, char *name)
{
	struct log_definitions *definitions = reader->definitions;
	struct log_handler *handler;

	if (definitions->handler_count == LOG_HANDLERS_LIMIT) {
		free(name);
		return complain(reader, "", "too many handlers");
	}
	handler = &definitions->handlers[definitions->handler_count++];
	handler->name = name;
	return read_handler(reader, item, handler);
}

static int add_logger(struct reader *reader, tsp_value item, char *name)
{
	struct log_definitions *definitions = reader->definitions;
	struct log_logger *logger;

	if (definitions->logger_count == LOG_LOGGERS_LIMIT || name == NULL) {
		free(name);
		return name == NULL ? no_memory(reader) : complain(reader, "", "too many loggers");
	}
	logger = &definitions->loggers[definitions->logger_count++];
	logger->name = name;
	return read_logger(reader, item, logger);
}

/* Each member of a map of named things. */
static int read_items(
	struct reader *reader, tsp_value value, const char *member, read_item_fn *read)
{
	tsp_value map = tsp_value_get(value, member);
	tsp_value key, item;
	tsp_walk at = { 0 };
	char shown[100];
	int rc = TSP_OK;

	if (tsp_value_kind(map) == TSP_KIND_ABSENT)
		return TSP_OK;
	if (tsp_value_kind(map) != TSP_KIND_MAP)
		return complain(reader, member, "a JSON object is expected");
	while (rc == TSP_OK && tsp_value_next(map, &at, &key, &item)) {
		tsp_text name = { NULL, 0 };
		char *copy;

		(void)tsp_value_text(key, &name);
		copy = tsp_text_copy(name);
		if (copy == NULL)
			return no_memory(reader);
		snprintf(reader->path, sizeof(reader->path), "%s.%s", member,
			text_quote(name, shown, sizeof(shown)));
		rc = read(reader, item, copy);
		reader->path[0] = '\0';
	}
	return rc;
}

static int check_formatter(struct reader *reader, tsp_value item, char *name)
{
	static const char *const known[] = { "format", NULL };
	struct log_format *format = NULL;
	tsp_error why = { 0 };
	char *text = NULL;
	int rc;

	free(name);
	rc = check_members(reader, item, known);
	if (rc == TSP_OK)
		rc = read_copy(reader, item, "format", &text);
	if (rc == 0)
		rc = complain(reader, "format", "a text is expected");
	if (rc > 0 && log_format_new(text, &format, &why) < 0)
		rc = complain(reader, "format", why.text);
	log_format_free(format);
	free(text);
	return rc < 0 ? rc : TSP_OK;
}

int definitions_read_value(struct log_definitions *definitions, tsp_value value, tsp_error *err)
{
	static const char *const known[] = { "version", "folder", "formatters", "handlers",
		"loggers", "root", NULL };
	static const uint8_t empty_map[] = { 0xa0 };
	struct reader reader = { .definitions = definitions,
		.formatters = tsp_value_get(value, "formatters"),
		.err = err };
	tsp_value root = tsp_value_get(value, "root");
	int64_t version;
	int rc = check_members(&reader, value, known);

	if (rc == TSP_OK)
		rc = read_number(&reader, value, "version", 1, 1, &version);
	if (rc == TSP_OK)
		rc = read_copy(&reader, value, "folder", &definitions->folder);
	if (rc > 0 && definitions->folder[0] != '/')
		rc = complain(&reader, "folder", "an absolute path is expected");
	if (rc >= 0)
		rc = read_items(&reader, value, "formatters", check_formatter);
	if (rc == TSP_OK)
		rc = read_items(&reader, value, "handlers", add_handler);
	if (tsp_value_kind(root) == TSP_KIND_ABSENT)
		root = (tsp_value){ empty_map, sizeof(empty_map) };
	snprintf(reader.path, sizeof(reader.path), "root");
	if (rc == TSP_OK)
		rc = add_logger(&reader, root, strdup(""));
	reader.path[0] = '\0';
	return rc == TSP_OK ? read_items(&reader, value, "loggers", add_logger) : rc;
}
