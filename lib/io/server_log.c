/* SPDX-License-Identifier: MIT */
/*
 * The two logs of a system: the internal one, which the admin writes itself, and the normal one, which
 * the log process writes by the definitions. Where there are none the internal log takes both.
 */
#include "config.h"

#include "io/server.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_BURST 10 /* lines about strangers a second */

static int64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool has_definitions(const struct server *server)
{
	return server->config.log_definitions != NULL;
}

static void fill_levels(const struct server *server, struct log_levels *levels)
{
	const struct log_file *file = server->config.log_file;

	levels->internal = file != NULL ? file->threshold : LOG_LEVEL_OFF;
	levels->normal = has_definitions(server) ? server->config.log_least : levels->internal;
	levels->file = NULL;
	if (file != NULL && file->on)
		levels->file = server->word >= 0 ? server->word_name : file->path;
}

int server_open_log(struct server *server, tsp_error *err)
{
	const char *definitions = server->config.log_definitions;
	struct log_levels levels;
	int rc = TSP_OK;

	server->log_forward = true;
	if (definitions != NULL && strcmp(definitions, TSP_LOG_OFF) != 0)
		rc = log_link_new(
			server, definitions, server->config.runtime_folder, &server->log, err);
	if (rc < 0)
		return rc;
	fill_levels(server, &levels);
	admin_set_logging(server->admin, &levels);
	return TSP_OK;
}

void server_log_record(struct server *server, const struct log_record *record, unsigned places)
{
	struct log_record timed = *record;

	/* what is only in the normal log comes from an actor itself, and always goes there */
	if (places == LOG_PLACE_BOTH && !server->log_forward)
		places = LOG_PLACE_INTERNAL;
	if (server->config.log_file != NULL &&
		((places & LOG_PLACE_INTERNAL) != 0 || !has_definitions(server)))
		log_file_record(server->config.log_file, record);
	if ((places & LOG_PLACE_NORMAL) == 0 || server->log == NULL ||
		record->level < server->config.log_least)
		return;
	if (timed.wall_us == 0)
		timed.wall_us = wall_us();
	log_link_write(server->log, &timed);
}

static void log_text(struct server *server, enum log_level level, const char *text, unsigned places)
{
	struct log_record record = {
		.level = level, .pid = server->config.admin.pid, .text = { text, strlen(text) }
	};

	server_log_record(server, &record, places);
}

void server_log(struct server *server, enum log_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_text(server, level, text, LOG_PLACE_BOTH);
	if (server->admin != NULL)
		admin_said(server->admin, level, text);
}

void server_log_internal(struct server *server, enum log_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_text(server, level, text, LOG_PLACE_INTERNAL);
}

void server_log_stranger(struct server *server, const char *format, ...)
{
	char text[512];
	va_list args;

	if (server->now - server->log_refill >= CLOCK_SECOND) {
		if (server->log_dropped > 0)
			server_log(server, LOG_LEVEL_WARNING,
				"%u more lines about connections left out", server->log_dropped);
		server->log_dropped = 0;
		server->log_tokens = LOG_BURST;
		server->log_refill = server->now;
	}
	if (server->log_tokens == 0) {
		server->log_dropped++;
		return;
	}
	server->log_tokens--;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	server_log(server, LOG_LEVEL_WARNING, "%s", text);
}

void server_set_logging(
	struct server *server, const struct log_change *change, struct log_levels *levels)
{
	struct log_file *file = server->config.log_file;

	if (change->forward >= 0)
		server->log_forward = change->forward > 0;
	if (file != NULL)
		log_file_change(file, change);
	fill_levels(server, levels);
}

void server_tell_status(struct server *server)
{
	char text[1024];

	if (server->config.log_file == NULL)
		return;
	admin_describe(server->admin, text, sizeof(text));
	log_file_tell(server->config.log_file, LOG_LEVEL_INFO, (long)getpid(), text);
}
