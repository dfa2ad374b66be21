/* SPDX-License-Identifier: MIT */
/*
 * Where the admin's log lines go: the file that THESPLOG_FILE names (moved to FILE.old when it
 * would grow past THESPLOG_FILE_MAXSIZE, default 50 KiB; below 10 KiB nothing is written), and a
 * stream. THESPLOG_THRESHOLD is the least level that counts (default warning).
 */
#ifndef TSP_IO_LOG_FILE_H
#define TSP_IO_LOG_FILE_H

#include <stdio.h>

#include "base/error.h"
#include "base/log.h"

struct log_file {
	char *path; /* NULL: no file */
	int fd;
	size_t limit;
	size_t size;
	bool is_regular; /* else, as with /dev/null, it has no size and never moves aside */
	enum log_level threshold;
	FILE *stream; /* may be NULL */
};

/* Reads the environment. path: used where THESPLOG_FILE is not set; may be NULL. TSP_EUSAGE for
 * a bad setting; a file that cannot be opened is TSP_EIO. */
int log_file_open(struct log_file *log, const char *path, FILE *stream, tsp_error *err);
void log_file_close(struct log_file *log);
/* A log_fn; data is the log. Control characters are shown as \xHH. */
void log_file_write(void *log, enum log_level level, const char *text);

#endif
