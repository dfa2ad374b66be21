/* SPDX-License-Identifier: MIT */
/*
 * A log file that moves aside: PATH becomes PATH.1, that PATH.2, and so on, compressed as PATH.1.gz if
 * wanted. What cannot be written is counted and tried again with the next line, a second later.
 */
#ifndef TSP_LOG_ROTATING_FILE_H
#define TSP_LOG_ROTATING_FILE_H

#include "log/definitions.h"

/* Says, once each time it begins or ends, that something does not work. */
typedef void log_trouble_fn(void *data, const char *text);

struct rotating_file {
	const struct log_handler *handler;
	log_trouble_fn *trouble; /* may be NULL */
	void *data;
	int fd; /* -1: not open */
	bool is_regular;
	bool troubled;
	uint64_t lost; /* lines since then */
	int64_t size;
	int64_t period;	      /* that the file belongs to */
	int64_t looked_us;    /* when its place was looked at */
	uint64_t identity[2]; /* of what is open: device, inode */
};

/* Opens nothing yet. */
void rotating_file_init(struct rotating_file *file, const struct log_handler *handler,
	log_trouble_fn *trouble, void *data);
void rotating_file_close(struct rotating_file *file);
/* Writes a whole line, by one write, or none of it. */
void rotating_file_write(
	struct rotating_file *file, const char *line, size_t size, int64_t wall_us);

#endif
