/* SPDX-License-Identifier: MIT */
/* The logs of the simple base: no process, the definitions are applied here. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "system/simple.h"

#define SYSTEM_NAME "simple"

static void trouble(void *data, const char *text)
{
	struct simple *simple = data;

	log_file_write(&simple->log_file, LOG_LEVEL_ERROR, text);
}

static int open_sink(struct simple *simple, const char *json, tsp_error *err)
{
	struct log_definitions *definitions = NULL;
	char *folder;
	int rc = log_definitions_read(
		json != NULL ? json : LOG_DEFINITIONS_STDERR, &definitions, err);

	if (rc < 0)
		return rc;
	folder = getcwd(NULL, 0);
	simple->log_least = log_definitions_least(definitions);
	if (log_definitions_place(definitions, folder != NULL ? folder : "/") == TSP_OK)
		simple->sink = log_sink_new(definitions, SYSTEM_NAME, trouble, simple);
	free(folder);
	if (simple->sink != NULL)
		return TSP_OK;
	log_definitions_free(definitions);
	return tsp_fail(err, TSP_ENOMEM, "cannot open a system: out of memory");
}

static void fill_levels(const struct simple *simple, struct log_levels *levels)
{
	*levels = (struct log_levels){ .normal = simple->log_least,
		.internal = simple->log_file.threshold,
		.file = simple->log_file.on ? simple->log_file.path : NULL };
}

int simple_log_open(struct simple *simple, const char *definitions, tsp_error *err)
{
	struct log_levels levels;
	int rc = log_file_open(&simple->log_file, NULL, NULL, err);

	simple->log_forward = true;
	simple->log_least = LOG_LEVEL_OFF;
	if (rc == TSP_OK && (definitions == NULL || strcmp(definitions, TSP_LOG_OFF) != 0))
		rc = open_sink(simple, definitions, err);
	if (rc < 0)
		return rc;
	fill_levels(simple, &levels);
	admin_set_logging(simple->admin, &levels);
	return TSP_OK;
}

void simple_log_close(struct simple *simple)
{
	log_sink_free(simple->sink);
	simple->sink = NULL;
	log_file_close(&simple->log_file);
}

void simple_log_record(struct simple *simple, const struct log_record *record, unsigned places)
{
	struct log_record timed = *record;
	struct timespec now;

	if (places == LOG_PLACE_BOTH && !simple->log_forward)
		places = LOG_PLACE_INTERNAL;
	if ((places & LOG_PLACE_INTERNAL) != 0)
		log_file_record(&simple->log_file, record);
	if ((places & LOG_PLACE_NORMAL) == 0 || simple->sink == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	timed.wall_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	timed.pid = (int)getpid();
	log_sink_write(simple->sink, &timed);
}

void simple_log_set(
	struct simple *simple, const struct log_change *change, struct log_levels *levels)
{
	if (change->forward >= 0)
		simple->log_forward = change->forward > 0;
	log_file_change(&simple->log_file, change);
	fill_levels(simple, levels);
}
