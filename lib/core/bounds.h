/* SPDX-License-Identifier: MIT */
/*
 * How much may wait where (messages.md): each bound is a capability, a whole number of messages or
 * bytes. The admin judges them when they are set; a host reads its own from what the admin sends it.
 */
#ifndef TSP_CORE_BOUNDS_H
#define TSP_CORE_BOUNDS_H

#include <thespian.h>

#define BOUND_MEBIBYTE	   ((size_t)1024 * 1024)
#define BOUND_LIMIT_COUNT  ((size_t)1000000000) /* what a number of messages may be set to */
#define BOUND_LIMIT_BYTES  ((size_t)1 << 46)
#define BOUND_LIMIT_WINDOW ((size_t)65536) /* the admin looks through what is out with a host */
#define BOUND_LIMIT_OUTBOX ((size_t)1 << 32)

#define MAILBOX_MESSAGES 10000
#define MAILBOX_BYTES	 ((size_t)64 * 1024 * 1024)
#define SENDER_GRACE	 ((size_t)1024 * 1024) /* what a sender may add past the soft bound */
#define BREACH_MESSAGES	 10000		       /* envelopes past a pause that end a host */
#define SYSTEM_LANE	 1024		       /* system messages that may wait for an actor */
#define CALLER_BYTES	 ((size_t)32 * 1024 * 1024)
#define CALLER_LIMIT	 1024
#define WINDOW_MESSAGES	 512 /* credit of a host */
#define WINDOW_BYTES	 ((size_t)256 * 1024)
#define ACTOR_WINDOW	 64 /* credit of an actor in a shared host */

#define PAUSED_COUNT_LIMIT  4096
#define PAUSED_SIZE_LIMIT   ((size_t)4 * 1024 * 1024)
#define OUTBOX_LIMIT	    ((size_t)64 * 1024 * 1024)
#define LOCAL_COUNT_LIMIT   16384			/* letters waiting for one cell */
#define LOCAL_SIZE_LIMIT    ((size_t)64 * 1024 * 1024)	/* and their bytes */
#define STAGE_LETTERS_LIMIT ((size_t)256 * 1024 * 1024) /* letters of a whole stage */
#define WAKEUPS_LIMIT	    65536			/* pending wake-ups of one cell */
#define WATCH_LIMIT	    1024			/* descriptors that one cell watches */

/* X(field, capability, default, highest that may be set) */
#define BOUNDS(X)                                                                       \
	X(mailbox_messages, "Mailbox Messages", MAILBOX_MESSAGES, BOUND_LIMIT_COUNT)    \
	X(mailbox_bytes, "Mailbox Bytes", MAILBOX_BYTES, BOUND_LIMIT_BYTES)             \
	X(sender_grace, "Sender Grace Bytes", SENDER_GRACE, BOUND_LIMIT_BYTES)          \
	X(breach_messages, "Breach Messages", BREACH_MESSAGES, BOUND_LIMIT_COUNT)       \
	X(system_messages, "System Messages", SYSTEM_LANE, BOUND_LIMIT_COUNT)           \
	X(caller_bytes, "Caller Bytes", CALLER_BYTES, 128 * BOUND_MEBIBYTE)             \
	X(callers, "Callers", CALLER_LIMIT, 1000000)                                    \
	X(window_messages, "Host Window Messages", WINDOW_MESSAGES, BOUND_LIMIT_WINDOW) \
	X(window_bytes, "Host Window Bytes", WINDOW_BYTES, 64 * BOUND_MEBIBYTE)         \
	X(actor_window, "Actor Window Messages", ACTOR_WINDOW, BOUND_LIMIT_WINDOW)      \
	X(outbox_messages, "Outbox Messages", PAUSED_COUNT_LIMIT, BOUND_LIMIT_COUNT)    \
	X(outbox_bytes, "Outbox Bytes", PAUSED_SIZE_LIMIT, BOUND_LIMIT_OUTBOX)          \
	X(host_outbox_bytes, "Host Outbox Bytes", OUTBOX_LIMIT, BOUND_LIMIT_OUTBOX)     \
	X(local_messages, "Local Messages", LOCAL_COUNT_LIMIT, BOUND_LIMIT_COUNT)       \
	X(local_bytes, "Local Bytes", LOCAL_SIZE_LIMIT, BOUND_LIMIT_BYTES)              \
	X(host_local_bytes, "Host Local Bytes", STAGE_LETTERS_LIMIT, BOUND_LIMIT_BYTES) \
	X(wakeups, "Wakeups", WAKEUPS_LIMIT, BOUND_LIMIT_COUNT)                         \
	X(watches, "Watches", WATCH_LIMIT, 4096)                                        \
	/* 0: what the start found fitting the machine */                               \
	X(memory_limit, "Memory Limit", 0, BOUND_LIMIT_BYTES)

struct bounds {
#define BOUNDS_MEMBER(field, capability, otherwise, highest) size_t field;
	BOUNDS(BOUNDS_MEMBER)
#undef BOUNDS_MEMBER
};

/* Reads them from a map of capabilities; what is not there, or is no such number, has its default. */
void bounds_read(tsp_value capabilities, struct bounds *ret_bounds);
/* Whether a capability of that name may have that value (absent or null: none, its default). 0 for all that
 * are not bounds, too; TSP_EVALUE with a sentence that names it. */
int bounds_check(tsp_text name, tsp_value value, tsp_error *err);
/* The same of a whole map. */
int bounds_check_all(tsp_value capabilities, tsp_error *err);

#endif
