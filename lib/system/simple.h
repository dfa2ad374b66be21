/* SPDX-License-Identifier: MIT */
/*
 * simpleSystemBase: the admin and one stage in the caller's own process, run while a caller is inside
 * of tsp_tell, tsp_ask, tsp_listen and the like. No other process but the compiler's, no page, no
 * nursery: a crash of an actor is the caller's. Modules are opened here and never closed. Its handles
 * belong to one thread; the system ends with the last of them.
 */
#ifndef TSP_SYSTEM_SIMPLE_H
#define TSP_SYSTEM_SIMPLE_H

#include "base/list.h"
#include "base/table.h"
#include "core/admin.h"
#include "core/stage.h"
#include "io/log_file.h"
#include "log/sink.h"
#include "system/caller.h"

#define SIMPLE_WATCHES 1024 /* descriptors watched in all */
#define SIMPLE_TELL_MS 50   /* how long a tell goes on handling what it set off */

struct simple;

/* One end of a connection in memory, as the admin sees it. */
struct simple_peer {
	struct simple *simple;
	struct link *link;    /* NULL: not there, or ended */
	struct buffer frames; /* from the admin, not yet taken */
	bool broken;          /* a frame was lost for want of memory */
};

/* A handle: the carrier behind a tsp_system. */
struct simple_caller {
	struct list list; /* in simple.callers */
	struct simple *simple;
	struct simple_peer peer;
	struct tsp_system *system;
	uint64_t received; /* frames handed to it */
};

/* What was asked for and is done at the next step. */
struct simple_job {
	struct list list;
	uint64_t module;
	bool build;   /* else: open */
	uint8_t *zip; /* of a build */
	size_t size;
	char *path;   /* of what is to be opened */
};

struct simple_module {
	struct list list;
	char *name; /* of an installed module, or the hash of a source */
	bool installed;
	const tsp_module *module;
};

struct simple_watched {
	uint64_t actor;
	int descriptor;
};

struct simple {
	struct admin *admin;
	struct stage *stage; /* NULL: no host runs */
	struct simple_peer host;
	struct list callers;
	bool busy; /* some caller is in the midst of a call */
	int bell;  /* eventfd: an actor's own thread has sent something */
	struct buffer running; /* frames that the stage is being given */
	size_t running_at;
	uint64_t host_number;
	bool kill;    /* the host is to be ended by force */
	bool stopped;
	int broken;   /* code: nothing goes on any more */
	clock_ns tick; /* when the admin wants to be called */
	clock_ns now;
	struct list jobs;
	struct list modules;
	struct simple_watched watches[SIMPLE_WATCHES];
	size_t watch_count;
	char *cache;   /* found when first needed */
	char *include;
	char *folder;  /* of the program */
	struct log_file log_file; /* the internal log */
	struct log_sink *sink;	  /* the normal one; NULL: none */
	enum log_level log_least; /* of its definitions */
	bool log_forward;	  /* what the internal log hears is for the normal one, too */
};

int simple_open(const tsp_open_options *options, clock_ns deadline, struct tsp_system **ret_system,
	tsp_error *err);

/* ---- simple_log.c ---- */
/* definitions: JSON, NULL: warnings to standard error, TSP_LOG_OFF: no normal log. */
int simple_log_open(struct simple *simple, const char *definitions, tsp_error *err);
void simple_log_close(struct simple *simple);
void simple_log_record(struct simple *simple, const struct log_record *record, unsigned places);
void simple_log_set(
	struct simple *simple, const struct log_change *change, struct log_levels *levels);

/* ---- simple_turn.c: what goes on ---- */
/* Does one thing that is to be done. False: there is nothing, before the time or a descriptor that
 * simple_sleep waits for. */
bool simple_step(struct simple *simple);
/* Sleeps until there is something to do, the deadline or an interrupt. */
int simple_sleep(struct simple *simple, clock_ns deadline, tsp_error *err);
/* What an actor watches from now on, instead of what it watched before. */
int simple_watch(struct simple *simple, uint64_t actor, const int *descriptors, size_t count);
/* Ends the sleep, in any thread; io is the simple. */
void simple_ring(void *io);
/* Hands what the stage has to say to the admin. */
void simple_flush(struct simple *simple);
void simple_break(struct simple *simple, int code);

/* ---- simple_admin.c: the operations of the admin ---- */
extern const struct admin_ops simple_admin_ops;
/* The one host has ended: the admin is told, what it held is forgotten. */
void simple_end_stage(struct simple *simple, int status);

/* ---- simple_module.c: builds, modules, classes ---- */
void simple_order(struct simple *simple, struct simple_job *job);
/* Does the first job, if there is one. */
bool simple_work(struct simple *simple);
const tsp_class *simple_class(struct simple *simple, const char *source, const char *module,
	const char *class_name, tsp_error *err);
void simple_modules_clear(struct simple *simple);

#endif
