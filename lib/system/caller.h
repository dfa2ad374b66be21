/* SPDX-License-Identifier: MIT */
/*
 * The caller above its carrier: greets the admin, sends, tells the reply that is waited for from all
 * else that arrives, and says what a reply means.
 */
#ifndef TSP_SYSTEM_CALLER_H
#define TSP_SYSTEM_CALLER_H

#include "system/system.h"

#define CALLER_SEND_MS 60000 /* for calls that name no time of their own */

/* Takes the carrier over on success. */
int caller_new(const struct carrier_ops *ops, void *carrier, int port, struct tsp_system **ret_system,
	tsp_error *err);
/* Says HELLO and waits for the answer. */
int caller_greet(struct tsp_system *system, clock_ns deadline, tsp_error *err);
/* One frame from the admin; the body is borrowed for the call. TSP_EPROTOCOL ends the connection. */
int caller_receive(struct tsp_system *system, const struct frame *frame);

/* now + timeout_ms; a negative time is none. */
clock_ns caller_deadline(int64_t timeout_ms);
/* TSP_ETIMEOUT past the deadline: between waits, which what arrives without end must not put off. */
int caller_in_time(clock_ns deadline, tsp_error *err);
/* Around every public call: TSP_EUSAGE for a call from within one of an actor's handlers. */
int caller_enter(struct tsp_system *system, tsp_error *err);
void caller_leave(struct tsp_system *system);

tsp_address caller_base(const struct tsp_system *system);
int caller_send(struct tsp_system *system, tsp_address target, uint64_t from, tsp_value body, clock_ns deadline,
	tsp_error *err);
/*
 * Sends body from the reply address number and waits for what arrives there. *ret_reply may be any
 * message: see caller_judge. A wait that ends without a reply cancels the ask.
 */
int caller_ask(struct tsp_system *system, tsp_address target, uint64_t number, tsp_value body, clock_ns deadline,
	tsp_message **ret_reply, tsp_error *err);
/* Tells the admin that nobody waits there any more; where that fails, nothing but time is lost. */
void caller_cancel(struct tsp_system *system, uint64_t number);
/* What the system says of a message that could not be delivered, or of a request that cannot be met:
 * its code, and err filled; TSP_OK for all that is a reply. */
int caller_judge(const tsp_message *reply, tsp_error *err);

/* A number for the next ask, and for a request of this library. */
uint64_t caller_next_ask(struct tsp_system *system);
uint64_t caller_next_request(struct tsp_system *system);
/* A request to the admin, its value put into the system's builder by put (NULL: an empty map); the
 * answer, which caller_judge takes for a reply, is to be freed. */
typedef void caller_put_fn(tsp_builder *builder, const void *data);
int caller_request(struct tsp_system *system, enum system_request request, caller_put_fn *put, const void *data,
	clock_ns deadline, tsp_message **ret_reply, tsp_error *err);
/* The same from a reply address of the caller's choice. */
int caller_request_at(struct tsp_system *system, uint64_t number, enum system_request request, caller_put_fn *put,
	const void *data, clock_ns deadline, tsp_message **ret_reply, tsp_error *err);
/* A whole public call: sends a request and takes the one answer that is good; *ret_reply is to be freed. */
int caller_request_good(struct tsp_system *system, enum system_request kind, enum system_notice good,
	caller_put_fn *put, const void *data, int64_t timeout_ms, tsp_message **ret_reply, tsp_error *err);
/* What it is to get a reply that is neither what was asked for nor a refusal. Returns a code. */
int caller_unexpected(const tsp_message *reply, tsp_error *err);
/* Whether a reply says that an actor was created: create.c. As tsp_system_create. */
int caller_judge_created(const tsp_message *reply, tsp_address *ret_actor, tsp_error *err);

#endif
