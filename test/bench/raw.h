/* SPDX-License-Identifier: MIT */
/* What the bare machine does: processes, sockets and nothing between. */
#ifndef TSP_BENCH_RAW_H
#define TSP_BENCH_RAW_H

#include <sched.h>
#include "base/error.h"

#define RAW_ANYWHERE (-1) /* instead of a core: where the kernel likes */

/* Binds a process (0: this one) and what it starts later to a core; ret_before may be NULL. */
int raw_pin(pid_t pid, int core, cpu_set_t *ret_before, tsp_error *err);
void raw_unpin(const cpu_set_t *before);

/* All of these bytes, blocking; false: the other side has ended. */
bool raw_read(int fd, uint8_t *bytes, size_t size);
bool raw_write(int fd, const uint8_t *bytes, size_t size);

/* Two processes pass a frame to and fro over a Unix socketpair, blocking: microseconds there and
 * back. */
int raw_round_trip(int here, int there, int count, double *ret_us, tsp_error *err);
/* One process writes frames, batch of them at once, another reads: frames a second. */
int raw_flow(int batch, int count, double *ret_rate, tsp_error *err);
/* The same with large messages, each written and read as one: bytes a second. */
int raw_bulk(size_t size, int count, double *ret_rate, tsp_error *err);
/*
 * Processes that say nothing to each other but through a switch, which is this process: epoll, what a
 * batch of reads brings is written at the end of the batch. ring: one frame goes round them; else
 * frames go from the first to each of the others, and back, again and again. All on a core, or
 * RAW_ANYWHERE. Frames that passed the switch, a second.
 */
int raw_switch(int members, bool ring, int core, int count, double *ret_rate, tsp_error *err);
/* Socketpair, fork, one frame up, exit, wait: microseconds each. */
int raw_birth(int count, double *ret_us, tsp_error *err);
/* Starts a program in a folder (NULL: here) with its output dropped, and waits: milliseconds, median
 * of count. TSP_EFAILED: its status is not 0. */
int raw_command(
	const char *const *argv, const char *folder, int count, double *ret_ms, tsp_error *err);
/* connect, a frame there and back, close, to a Unix socket made in folder: milliseconds, median. */
int raw_connection(const char *folder, int count, double *ret_ms, tsp_error *err);

/* Two processes pass a frame to and fro over TCP on loopback, blocking: microseconds there and back. */
int raw_tcp_round_trip(int count, double *ret_us, tsp_error *err);
/* So many bytes sealed in records of 16 KiB with the cipher of the links, and nothing else: bytes a second. */
int raw_seal(size_t bytes, double *ret_rate, tsp_error *err);

#endif
