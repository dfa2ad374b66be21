/* SPDX-License-Identifier: MIT */
/*
 * The internal log: the file that THESPLOG_FILE names (moved to FILE.old when it would grow past
 * THESPLOG_FILE_MAXSIZE, default 50 KiB; below 10 KiB nothing is written), and a stream.
 * THESPLOG_THRESHOLD is the least level that counts (default warning). What cannot be written does
 * not hold up anybody: the file is tried again with the next line.
 */
#ifndef TSP_IO_LOG_FILE_H
#define TSP_IO_LOG_FILE_H

#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "core/admin.h"
#include "wire/log_record.h"

struct log_file {
	char *path; /* NULL: no file */
	bool on;    /* the file is written */
	int fd;
	size_t limit;
	size_t size;
	bool is_regular; /* else, as with /dev/null, it has no size and never moves aside */
	enum log_level threshold;
	FILE *stream; /* may be NULL */
};

/* Reads the environment. path: used where THESPLOG_FILE is not set; may be NULL. TSP_EUSAGE for
 * a bad setting. */
int log_file_open(struct log_file *log, const char *path, FILE *stream, tsp_error *err);
void log_file_close(struct log_file *log);
/* What SetLogging asks for, as far as it is the file's. */
void log_file_change(struct log_file *log, const struct log_change *change);
/* A record as one line: who it is about stands before it. */
void log_file_record(struct log_file *log, const struct log_record *record);
/* A line whatever its level, about process pid: what a signal asked for. */
void log_file_tell(struct log_file *log, enum log_level level, long pid, const char *text);
/* A log_fn; data is the log. Control characters are shown as \xHH. */
void log_file_write(void *log, enum log_level level, const char *text);

#endif
