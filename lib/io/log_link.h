/* SPDX-License-Identifier: MIT */
/*
 * The admin's end of the log process: starts it, again if it dies, and hands it what is to be logged.
 * Nothing waits for it: what it does not take is kept within a bound, then dropped and counted.
 */
#ifndef TSP_IO_LOG_LINK_H
#define TSP_IO_LOG_LINK_H

#include <sys/types.h>
#include "base/clock.h"
#include "base/error.h"
#include "wire/log_record.h"

#define LOG_LINK_BYTES ((size_t)1024 * 1024) /* that may wait for the process */

struct server;
struct log_link;

/* definitions: JSON that was checked. folder: of relative paths. Starts nothing yet. TSP_ENOMEM. */
int log_link_new(struct server *server, const char *definitions, const char *folder,
	struct log_link **ret_link, tsp_error *err);
/* Takes NULL. */
void log_link_free(struct log_link *link);
/* The record's time must be set. */
void log_link_write(struct log_link *link, const struct log_record *record);
/* Starts the process if it is time, writes what waits; when to be called again at the latest. */
clock_ns log_link_turn(struct log_link *link, clock_ns now);
/* A child has ended: true if it was this one. */
bool log_link_reaped(struct log_link *link, pid_t pid);
/* The last records are in: the process writes them and ends; it is killed if that takes long. */
void log_link_finish(struct log_link *link);

#endif
