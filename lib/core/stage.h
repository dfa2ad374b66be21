/* SPDX-License-Identifier: MIT */
/*
 * A stage: all the cells (actors) of one host, without any I/O. Frames from the admin go in with
 * stage_receive, frames to it collect in an outbox that the owner writes away. Used by
 * thespian-host over a socketpair, by the simple base over memory, and by unit tests.
 */
#ifndef TSP_CORE_STAGE_H
#define TSP_CORE_STAGE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "wire/frame.h"
#include "wire/page.h"

struct stage;

struct stage_ops {
	/* The class named class_name of a loaded source (full hash), or of an installed module, or NULL
	 * with err filled. source and module: one of them is NULL. */
	const tsp_class *(*find_class)(void *io, const char *source, const char *module,
		const char *class_name, tsp_error *err);
	/* The outbox is past 64 KiB in the midst of a handler: write it away now (may wait for the
	 * socket, since the admin always reads). May be NULL. */
	void (*flush)(void *io);
	/* An actor watches these descriptors until its next message (count 0: none), instead of what it
	 * watched before. May be NULL: tsp_watch is then not implemented. */
	int (*watch)(void *io, uint64_t actor, const int *descriptors, size_t count);
	/* In any thread: stage_run is to be called soon, since an actor's thread has sent something. May be
	 * NULL: it is found at the next one. Not called any more once stage_free has returned. */
	void (*wake)(void *io);
	/* Where the internal log is, for SIGUSR1; NULL: nowhere. May be NULL. */
	void (*log_file)(void *io, const char *path);
	/* Current time, for wake-ups asked for in a handler and "in work since". */
	clock_ns (*now)(void *io);
	/* Writes what the outbox holds (stage_outbox), then these two, away now: parts of one frame, borrowed
	 * for the call. As flush; may be NULL: large messages then go through the outbox, too. */
	void (*write_through)(void *io, tsp_value head, tsp_value rest);
	/* Writes what the outbox holds away, then ends this process as waitpid's status says, as if an actor of it
	 * had done so: does not return. NULL: this process is not the actors' own. */
	void (*crash)(void *io, int status);
};

/* page may be NULL. The stage is empty and knows nothing until the admin's HELLO. */
int stage_new(const struct stage_ops *ops, void *io, struct page *page, struct stage **ret_stage);
void stage_free(struct stage *stage); /* without any handler being called */

/*
 * Takes one frame from the admin; the body is borrowed for the call only. Envelopes are handled at
 * once, in order; never call it from inside of a handler, but for PAUSE and RESUME (from flush).
 * TSP_EPROTOCOL: the admin does not keep to the protocol; TSP_ENOMEM: something could not be kept that
 * must not be lost. The host ends either way.
 */
int stage_receive(struct stage *stage, const struct frame *frame);
/* Handles up to budget messages between the stage's own actors, and wake-ups that are due. True if
 * there is more to do at once. Call it after each batch of frames, and at stage_deadline. */
bool stage_run(struct stage *stage, size_t budget);
/* When stage_run has something to do at the latest: 0: at once; CLOCK_NEVER: not before the next frame. */
clock_ns stage_deadline(const struct stage *stage);
/* Descriptors of an actor became readable: a WatchMessage is queued, for stage_run; its watch ends. */
void stage_readable(struct stage *stage, uint64_t actor, const int *descriptors, size_t count);
/* Appends the DONE of what was handled since, then hands the outbox over: the owner writes it and
 * drops (buffer_drop) what was written. */
struct buffer *stage_outbox(struct stage *stage);
/* Every actor gets an exit request, as from SIGTERM; they are handled by stage_run. */
void stage_exit_all(struct stage *stage);
/* Something that must not be lost found no memory: the host is to end, as a failed stage_receive says. */
bool stage_is_broken(const struct stage *stage);
/* True when there was at least one actor, and the last has gone: an own or shared host then ends
 * when its outbox is written away. */
bool stage_is_empty(const struct stage *stage);
size_t stage_count(const struct stage *stage);
/* What the HELLO said: adaptive polling in microseconds (0: off). */
int stage_poll_us(const struct stage *stage);
/* And whether actors come that share this host. */
bool stage_is_shared(const struct stage *stage);
/* A line for the log of the system, from the host itself. */
void stage_log_line(struct stage *stage, enum log_level level, const char *text);
/* Whether a large message left memory that the next one may use: stage_trim then waits a while. */
bool stage_is_roomy(const struct stage *stage);
/* What an actor is made of has ended as waitpid's status says, and the actor is to end as if that had
 * happened to itself. Returns only where this process is not the actors' own (the simple base): nothing is done. */
void stage_crash(tsp_actor *actor, int status);
/* Gives back memory that was kept for the next burst: before a long wait. */
void stage_trim(struct stage *stage);
/* Address, class, type in work and since when, for SIGUSR1; may be called in a signal handler. */
void stage_describe(const struct stage *stage, clock_ns now, char *out, size_t size);

#endif
