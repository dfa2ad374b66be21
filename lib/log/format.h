/* SPDX-License-Identifier: MIT */
/* A record as a line, by a format such as "%(asctime)s %(levelname)s %(message)s". */
#ifndef TSP_LOG_FORMAT_H
#define TSP_LOG_FORMAT_H

#include "base/buffer.h"
#include "base/error.h"
#include "wire/log_record.h"

#define LOG_NOT_ACTOR "-not-actor-" /* the address of a record that has none */
#define LOG_FORMAT_DEFAULT \
	"%(asctime)s p%(process)d %(levelname)s %(actorAddress)s %(actorClass)s %(message)s"

struct log_format;

/*
 * %(asctime)s (local time), %(levelname)s, %(actorAddress)s, %(actorClass)s, %(process)d, %(system)s,
 * %(name)s, %(message)s, and %%. TSP_EVALUE: another one. Free it with log_format_free.
 */
int log_format_new(const char *text, struct log_format **ret_format, tsp_error *err);
void log_format_free(struct log_format *format);
/* Appends the line, with its newline, nothing that could be mistaken for another line. system: of the
 * records, as people know it. TSP_ENOMEM, TSP_ELIMIT. */
int log_format_put(const struct log_format *format, const struct log_record *record,
	const char *system, struct buffer *line);

#endif
