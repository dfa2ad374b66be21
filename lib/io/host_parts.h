/* SPDX-License-Identifier: MIT */
/* Inside of a host's process; private to the host_*.c files. */
#ifndef TSP_IO_HOST_PARTS_H
#define TSP_IO_HOST_PARTS_H

#include <poll.h>
#include "core/stage.h"
#include "io/host.h"
#include "io/poll_budget.h"

/* What one actor watches. */
struct watch {
	uint64_t actor;
	int *descriptors;
	size_t count;
};

struct host_process {
	const struct host_config *config;
	const tsp_module *module;
	tsp_error module_error;
	struct stage *stage;
	bool ended; /* the link has */
	int wake;   /* eventfd that signal handlers and actors' own threads write to */
	struct buffer in;
	size_t next;	     /* where the frame behind the one in work begins */
	size_t need;	     /* bytes that the frame at the end of in still lacks */
	size_t want;	     /* how much to read at once */
	bool more;	     /* the last read took as much as it could */
	struct buffer early; /* read while a handler runs */
	size_t early_seen;   /* looked through for pauses */
	bool split;	     /* in ends with a whole frame, the rest is in early */
	uint64_t out_put;    /* bodies that were put into the area for the admin, */
	size_t out_at;	     /* where the next one goes, */
	size_t out_ready;    /* and bytes of it that have memory */
	struct poll_budget budget;
	struct watch *watches;
	size_t watch_count;
	size_t descriptor_count;
	struct pollfd *polls;
	size_t poll_capacity;
};

/* ---- host_link.c ---- */

void host_link_open(struct host_process *host);
void host_link_close(struct host_process *host);
/* Reads what is there without waiting; false: nothing. The end of the link sets host->ended. */
bool host_link_read(struct host_process *host);
/* Gives the stage the frames that are there. TSP_EPROTOCOL, TSP_ENOMEM: the host ends. */
int host_link_dispatch(struct host_process *host);
/* Writes the outbox away; waits for the socket if need be. */
void host_link_flush(struct host_process *host);
/* The same in the midst of a handler; pauses that the admin has sent meanwhile are heard. */
void host_link_flush_early(void *io);
/* As host_link_flush_early, and these two parts of a frame behind it. */
void host_link_write(void *io, tsp_value head, tsp_value rest);
/* Whether there is so much that it is not given back before every sleep, but after a while. */
bool host_link_is_roomy(const struct host_process *host);
/* Memory of the last burst goes back. */
void host_link_trim(struct host_process *host);

/* ---- host_area.c: bodies of large messages, which go by memory ---- */

/* The frame in work lies apart. As stage_receive. */
int host_area_receive(struct host_process *host, struct frame *frame);
/* Room for a body that the admin is to fetch; NULL: there is none. */
uint8_t *host_area_room(struct host_process *host, size_t size, size_t *ret_place);
bool host_area_is_used(const struct host_process *host);
void host_area_trim(struct host_process *host);

/* ---- host_wait.c ---- */

int host_watch(void *io, uint64_t actor, const int *descriptors, size_t count);
void host_watch_clear(struct host_process *host);
/* Waits for the link, a timer, a watched descriptor or a signal, polling before it sleeps. */
void host_wait(struct host_process *host);

/* ---- host_signals.c ---- */

/* 0 or TSP_EIO; *ret_wake is readable when signals have come; to be closed after the stage's end, since
 * actors' threads write there. */
int host_signals_open(struct stage *stage, int *ret_wake);
void host_signals_close(void);
/* Ends the wait, in any thread; io is the host. */
void host_signals_wake(void *io);
/* The wait has seen that it is readable. */
void host_signals_drain(struct host_process *host);
/* Where SIGUSR1 writes (a stage_ops.log_file); NULL: to standard error, "@NAME": to the admin's
 * socket of that name, since the file is not ours to write. */
void host_signals_log_file(void *io, const char *path);
/* Writes the outbox away and ends the process: by the same signal, or with the same status (a stage_ops.crash;
 * io is the host). */
void host_signals_crash(void *io, int status);
/* Does what the signals that came ask for. */
void host_signals_handle(struct host_process *host);

#endif
