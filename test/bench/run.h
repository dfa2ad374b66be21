/* SPDX-License-Identifier: MIT */
/* A system of our own to be measured: its folders, its start, its actors, its end. */
#ifndef TSP_BENCH_RUN_H
#define TSP_BENCH_RUN_H

#include <sys/types.h>
#include "bench.h"

struct run_options {
	int core;		     /* for all of it, or RAW_ANYWHERE */
	int port;		     /* 0: that of all others */
	const char *capabilities;    /* JSON; NULL: none */
	const char *authority;	     /* NULL: none */
	const char *log_definitions; /* NULL: none */
};

/* Makes the folders below bench's and names them in the environment, for all systems to come. */
int run_prepare(const struct bench *bench, tsp_error *err);
int run_open(const struct run_options *options, tsp_system **ret_system, tsp_error *err);
/* Ends it; takes NULL. */
void run_close(tsp_system *system);

/* An actor of bench_actors. */
int run_create(tsp_system *system, const char *class_name, tsp_address *ret_actor, tsp_error *err);
/* The same, at the system that has the capability far. */
int run_create_far(
	tsp_system *system, const char *class_name, tsp_address *ret_actor, tsp_error *err);
/* Tells an actor to begin, and how; what it measured itself: seconds, and how many of what. */
int run_go(tsp_system *system, tsp_address actor, double *ret_seconds, double *ret_count,
	tsp_error *err, const char *format, ...);
/* The same with all that it says. */
int run_go_reply(tsp_system *system, tsp_address actor, tsp_message **ret_reply, tsp_error *err,
	const char *format, ...);
/* Processes of actors, as the system lists them: at most limit, *ret_count of them. */
int run_pids(tsp_system *system, tsp_text class_name, pid_t *ret_pids, int limit, int *ret_count,
	tsp_error *err);
int run_admin_pid(tsp_system *system, pid_t *ret_pid, tsp_error *err);

#endif
