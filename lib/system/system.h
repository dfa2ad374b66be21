/* SPDX-License-Identifier: MIT */
/*
 * A tsp_system from inside: what an outside caller knows of the system that it talks to, whichever way
 * it is reached. A carrier moves frames, over a socket (connection.h) or in memory (simple.h); all
 * above it is the same for both.
 */
#ifndef TSP_SYSTEM_SYSTEM_H
#define TSP_SYSTEM_SYSTEM_H

#include "base/clock.h"
#include "base/error.h"
#include "system/inbox.h"
#include "system/pending.h"
#include "wire/address.h"
#include "wire/frame.h"
#include "wire/system.h"

/*
 * How the caller's lease is divided. Reply addresses come round again after millions of asks; an
 * actor's number never does.
 */
#define CALLER_BASE 1                           /* the caller's own address */
#define CALLER_ACTORS_END ADDRESS_CALLER_ACTORS /* actors it created: 2 and up */
#define CALLER_REQUESTS ((uint64_t)1 << 22)     /* this library's own requests */
#define CALLER_REQUESTS_END ADDRESS_CALLER_ASKS
#define CALLER_ASKS ADDRESS_CALLER_ASKS         /* tsp_ask, tsp_ask_start */
#define CALLER_ASKS_END ((uint64_t)1 << 24)

struct carrier_ops {
	/* Hands a frame over; header and body are borrowed for the call. TSP_ETIMEOUT and TSP_EINTERRUPT:
	 * nothing was sent, or all of it will be. TSP_ENOSYSTEM. */
	int (*send)(void *carrier, const struct frame *frame, clock_ns deadline, tsp_error *err);
	/* Hands what arrives to caller_receive; returns after at least one frame. Looks once where the
	 * deadline has passed. TSP_ETIMEOUT, TSP_EINTERRUPT, TSP_ENOSYSTEM, TSP_EPROTOCOL. */
	int (*wait)(void *carrier, clock_ns deadline, tsp_error *err);
	/* After a ShutdownCompleted: waits until nothing is left of the system. */
	int (*wait_end)(void *carrier, clock_ns deadline, tsp_error *err);
	int (*descriptor)(const void *carrier);
	/* Another caller of the same system. */
	int (*another)(void *carrier, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err);
	/* Ends the system at once, and waits for that. NULL: there is nothing but free. */
	void (*kill)(void *carrier, clock_ns deadline);
	void (*free)(void *carrier);
};

struct tsp_system {
	const struct carrier_ops *ops;
	void *carrier;
	int port; /* 0: the simple base */
	uint64_t id;
	uint64_t lease;
	int poll_us;
	uint64_t next_actor;
	uint64_t next_request;
	uint64_t next_ask;
	bool greeted;
	int refused;         /* code of a HELLO that says no, */
	char refusal[160];   /* and why, or "" */
	bool asked_admin;    /* what the admin sends to the base address answers this caller */
	bool *busy;          /* in the midst of a call: a handler of the simple base may not enter */
	bool own_busy;       /* what it points to, where no handle shares it */
	bool is_private;     /* the system ends with this handle */
	uint64_t awaited;    /* number of the running ask, 0: none */
	tsp_message *reply;  /* to it, once it is there */
	struct pending pending;
	struct inbox inbox;
	tsp_builder *builder;
};

#endif
