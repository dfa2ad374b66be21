/* SPDX-License-Identifier: MIT */
/* Definitions at work: takes records, writes lines. */
#ifndef TSP_LOG_SINK_H
#define TSP_LOG_SINK_H

#include "log/rotating_file.h"

/* What holds where nobody defined anything and there is no internal log for it: the simple base. */
#define LOG_DEFINITIONS_STDERR                                                          \
	"{\"handlers\": {\"stderr\": {\"class\": \"stderr\", \"level\": \"warning\"}}," \
	" \"root\": {\"level\": \"warning\", \"handlers\": [\"stderr\"]}}"

struct log_sink;

/* Takes the definitions over, on success only. system: as people know it; copied. NULL: no memory. */
struct log_sink *log_sink_new(struct log_definitions *definitions, const char *system,
	log_trouble_fn *trouble, void *data);
void log_sink_free(struct log_sink *sink);
/* Never fails: trouble is told to trouble. The record's time must be set. */
void log_sink_write(struct log_sink *sink, const struct log_record *record);

#endif
