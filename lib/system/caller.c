/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/caller.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "wire/message.h"
#include "wire/value.h"

#define PRIVATE_END_MS 8000  /* an actor's grace, and some */
#define PRIVATE_KILL_MS 3000

#define POLL_DEFAULT_US 20
#define POLL_MOST_US 1000

int caller_new(const struct carrier_ops *ops, void *carrier, int port, struct tsp_system **ret_system,
	tsp_error *err)
{
	struct tsp_system *system = calloc(1, sizeof(*system));

	if (system == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot open a system: out of memory");
	system->builder = tsp_builder_new();
	if (system->builder == NULL) {
		free(system);
		return tsp_fail(err, TSP_ENOMEM, "cannot open a system: out of memory");
	}
	inbox_init(&system->inbox);
	system->ops = ops;
	system->carrier = carrier;
	system->port = port;
	system->busy = &system->own_busy;
	system->next_actor = CALLER_BASE + 1;
	system->next_request = CALLER_REQUESTS;
	system->next_ask = CALLER_ASKS;
	*ret_system = system;
	return TSP_OK;
}

/* In order, as by tsp_shutdown, but not at leisure: its actors are nobody else's. */
static void end_private(struct tsp_system *system)
{
	clock_ns deadline = clock_after(clock_read(), PRIVATE_END_MS);
	int rc;

	do
		rc = tsp_shutdown(system, (deadline - clock_read()) / CLOCK_MS, NULL, NULL);
	while (rc == TSP_EINTERRUPT && clock_read() < deadline);
	if (rc < 0 && system->ops->kill != NULL)
		system->ops->kill(system->carrier, clock_after(clock_read(), PRIVATE_KILL_MS));
}

void tsp_close(tsp_system *system)
{
	if (system == NULL)
		return;
	if (system->is_private)
		end_private(system);
	system->ops->free(system->carrier);
	inbox_clear(&system->inbox);
	pending_clear(&system->pending);
	tsp_message_free(system->reply);
	tsp_builder_free(system->builder);
	free(system);
}

int caller_greet(struct tsp_system *system, clock_ns deadline, tsp_error *err)
{
	struct frame frame = { .kind = FRAME_HELLO };
	tsp_value body;
	int rc;

	tsp_builder_reset(system->builder);
	tsp_put_format(system->builder, "{s:i, s:I, s:s}", "protocol", FRAME_PROTOCOL, "pid", (int64_t)getpid(),
		"class", "caller");
	rc = tsp_builder_value(system->builder, &body);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot greet the system: %s", tsp_error_sentence(rc));
	frame.body = body.data;
	frame.body_size = body.size;
	rc = system->ops->send(system->carrier, &frame, deadline, err);
	while (rc == TSP_OK && !system->greeted && system->refused == 0)
		rc = system->ops->wait(system->carrier, deadline, err);
	if (rc < 0)
		return rc;
	if (system->refused != 0)
		return tsp_fail(err, system->refused, "%s",
			system->refused == TSP_EPROTOCOL ? "it speaks another protocol" :
			system->refusal[0] != '\0'	  ? system->refusal :
							   tsp_error_sentence(system->refused));
	return TSP_OK;
}

static int receive_hello(struct tsp_system *system, const struct frame *frame)
{
	tsp_value body = { frame->body, frame->body_size };
	int64_t protocol = 0;
	int64_t code = 0;
	int64_t poll_us = POLL_DEFAULT_US;
	bool adaptive = true;
	tsp_value capabilities;
	tsp_text reason = { "", 0 };

	if (system->greeted || system->refused != 0 || value_check(body.data, body.size, NULL) < 0)
		return TSP_EPROTOCOL;
	(void)tsp_value_text(tsp_value_get(body, "reason"), &reason);
	if (tsp_value_int(tsp_value_get(body, "code"), &code) && code < 0 && code >= INT32_MIN) {
		system->refused = (int)code;
		text_quote(reason, system->refusal, sizeof(system->refusal));
		return TSP_OK;
	}
	if (!tsp_value_int(tsp_value_get(body, "protocol"), &protocol) || protocol != FRAME_PROTOCOL ||
	    !tsp_value_uint(tsp_value_get(body, "system"), &system->id) || system->id == 0 ||
	    !tsp_value_uint(tsp_value_get(body, "lease"), &system->lease) || system->lease == 0 ||
	    system->lease >= ADDRESS_NAME_BIT >> ADDRESS_LEASE_SHIFT) {
		system->refused = TSP_EPROTOCOL;
		return TSP_OK;
	}
	capabilities = tsp_value_get(body, "capabilities");
	(void)tsp_value_int(tsp_value_get(capabilities, "Poll Microseconds"), &poll_us);
	if (tsp_value_bool(tsp_value_get(capabilities, "Adaptive Polling"), &adaptive) && !adaptive)
		poll_us = 0;
	(void)tsp_value_int(tsp_value_get(body, "poll_us"), &poll_us);
	system->poll_us = poll_us < 0 ? 0 : poll_us > POLL_MOST_US ? POLL_MOST_US : (int)poll_us;
	system->greeted = true;
	return TSP_OK;
}

/* What the system says on its own, or to a request that this library gave up, is for nobody. */
static bool is_shown(const struct tsp_system *system, const tsp_message *message, uint64_t to)
{
	if (!tsp_message_is_system(message) || tsp_message_is(message, system_notice_name(NOTICE_POISON)) ||
	    tsp_message_is(message, system_notice_name(NOTICE_SYSTEM_STATUS)) ||
	    tsp_message_is(message, system_notice_name(NOTICE_ACTOR_STATUS)) ||
	    tsp_message_is(message, system_notice_name(NOTICE_TRACED)) ||
	    tsp_message_is(message, system_notice_name(NOTICE_LOGGED)))
		return true;
	if (tsp_message_is(message, system_notice_name(NOTICE_HANDLED)))
		return false; /* of a message of the morgue that was sent again, and answered */
	return to != CALLER_BASE || system->asked_admin;
}

/* What actors may send to actors, and a caller has no use for: it neither exits nor has a status. */
static bool is_for_actors(const tsp_message *message)
{
	return tsp_message_is(message, SYSTEM_EXIT_REQUEST) || tsp_message_is(message, SYSTEM_STATUS_REQUEST);
}

static int receive_envelope(struct tsp_system *system, const struct frame *frame)
{
	tsp_value body = { frame->body, frame->body_size };
	uint64_t to = frame->to.number & ADDRESS_COUNTER_MASK;
	bool from_system = (frame->flags & FRAME_SYSTEM) != 0;
	bool awaited = frame->to.number == system->awaited && system->awaited != 0 && system->reply == NULL;
	tsp_message *message;

	if (frame->to.system != system->id || address_lease(frame->to.number) != system->lease ||
	    value_check(body.data, body.size, NULL) < 0)
		return TSP_EPROTOCOL;
	if (!awaited && to >= CALLER_REQUESTS && to < CALLER_REQUESTS_END)
		return TSP_OK; /* the late answer to a request of this library */
	message = message_new(body, frame->from, frame->to, from_system);
	if (message == NULL) {
		system->inbox.dropped++;
		return TSP_OK;
	}
	if (is_for_actors(message))
		tsp_message_free(message);
	else if (awaited)
		system->reply = message;
	else if (pending_reply(&system->pending, frame->to.number, message))
		inbox_hold(&system->inbox, system->pending.held);
	else if (from_system && tsp_message_is(message, system_notice_name(NOTICE_TRACE_ENDED)))
		(void)inbox_put_end(&system->inbox, message);
	else if (is_shown(system, message, to))
		(void)inbox_put(&system->inbox, message); /* what is dropped is counted */
	else
		tsp_message_free(message);
	return TSP_OK;
}

int caller_receive(struct tsp_system *system, const struct frame *frame)
{
	switch (frame->kind) {
	case FRAME_HELLO: return receive_hello(system, frame);
	case FRAME_ENVELOPE: return system->greeted ? receive_envelope(system, frame) : TSP_EPROTOCOL;
	case FRAME_PAUSE:
	case FRAME_RESUME: return TSP_OK; /* a caller is held back by what is refused */
	default: return TSP_EPROTOCOL;
	}
}

clock_ns caller_deadline(int64_t timeout_ms)
{
	return clock_after(clock_read(), timeout_ms < 0 ? 0 : timeout_ms);
}

int caller_in_time(clock_ns deadline, tsp_error *err)
{
	if (deadline == CLOCK_NEVER || clock_read() < deadline)
		return TSP_OK;
	return tsp_fail(err, TSP_ETIMEOUT, "%s", tsp_error_sentence(TSP_ETIMEOUT));
}

int caller_enter(struct tsp_system *system, tsp_error *err)
{
	if (system == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot call a system: none is given");
	if (*system->busy)
		return tsp_fail(err, TSP_EUSAGE, "cannot call the system: a call of it is running already");
	*system->busy = true;
	return TSP_OK;
}

void caller_leave(struct tsp_system *system)
{
	*system->busy = false;
}

tsp_address caller_base(const struct tsp_system *system)
{
	return (tsp_address){ system->id, system->lease << ADDRESS_LEASE_SHIFT | CALLER_BASE };
}

uint64_t caller_next_ask(struct tsp_system *system)
{
	uint64_t counter = system->next_ask++;

	if (system->next_ask == CALLER_ASKS_END)
		system->next_ask = CALLER_ASKS;
	return system->lease << ADDRESS_LEASE_SHIFT | counter;
}

uint64_t caller_next_request(struct tsp_system *system)
{
	uint64_t counter = system->next_request++;

	if (system->next_request == CALLER_REQUESTS_END)
		system->next_request = CALLER_REQUESTS;
	return system->lease << ADDRESS_LEASE_SHIFT | counter;
}

int caller_send(struct tsp_system *system, tsp_address target, uint64_t from, tsp_value body, clock_ns deadline,
	tsp_error *err)
{
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.to = target,
		.from = { system->id, from },
		.body = body.data,
		.body_size = body.size,
	};

	return system->ops->send(system->carrier, &frame, deadline, err);
}

void caller_cancel(struct tsp_system *system, uint64_t number)
{
	tsp_value body;

	tsp_builder_reset(system->builder);
	tsp_begin_typed(system->builder, system_request_name(REQUEST_CANCEL));
	tsp_put_format(system->builder, "{s:u}", "number", number);
	tsp_end(system->builder);
	if (tsp_builder_value(system->builder, &body) == TSP_OK)
		(void)caller_send(system, tsp_admin(system), caller_base(system).number, body, clock_read(), NULL);
}

int caller_ask(struct tsp_system *system, tsp_address target, uint64_t number, tsp_value body, clock_ns deadline,
	tsp_message **ret_reply, tsp_error *err)
{
	int rc;

	system->awaited = number;
	rc = caller_send(system, target, number, body, deadline, err);
	while (rc == TSP_OK && system->reply == NULL) {
		rc = system->ops->wait(system->carrier, deadline, err);
		if (rc == TSP_OK && system->reply == NULL)
			rc = caller_in_time(deadline, err);
	}
	system->awaited = 0;
	if (system->reply != NULL) {
		*ret_reply = system->reply;
		system->reply = NULL;
		return TSP_OK;
	}
	if (rc == TSP_ETIMEOUT || rc == TSP_EINTERRUPT)
		caller_cancel(system, number);
	return rc;
}

static int judge_text(const tsp_message *reply, const char *key, int code, tsp_error *err)
{
	tsp_text text = tsp_get_text(reply, key);

	if (text.size == 0)
		return tsp_fail(err, code, "%s", tsp_error_sentence(code));
	return tsp_fail(err, code, "%.*s", (int)(text.size < 4096 ? text.size : 4096), text.data);
}

/* A message that a handler failed at, or died of, comes back as a reply; one that was never handled
 * does not. A failure's code is the handler's own, so the outcome decides where it is said. */
static bool is_reply(const tsp_message *poison)
{
	tsp_text outcome = tsp_get_text(poison, "outcome");
	int64_t code = tsp_get_int(poison, "code", 0);

	if (tsp_text_is(outcome, "failed") || tsp_text_is(outcome, "crashed"))
		return true;
	return code >= 0 || code == TSP_EFAILED;
}

int caller_judge(const tsp_message *reply, tsp_error *err)
{
	bool poison = tsp_message_is(reply, system_notice_name(NOTICE_POISON));
	int64_t code;

	if (!tsp_message_is_system(reply))
		return TSP_OK;
	if (poison ? is_reply(reply) : !tsp_message_is(reply, system_notice_name(NOTICE_REQUEST_FAILED)))
		return TSP_OK;
	code = tsp_get_int(reply, "code", TSP_EFAILED);
	if (code >= 0 || code < TSP_ESHUTDOWN)
		code = TSP_EFAILED;
	return judge_text(reply, poison ? "details" : "reason", (int)code, err);
}

int caller_request_at(struct tsp_system *system, uint64_t number, enum system_request request, caller_put_fn *put,
	const void *data, clock_ns deadline, tsp_message **ret_reply, tsp_error *err)
{
	tsp_message *reply = NULL;
	tsp_value body;
	int rc;

	tsp_builder_reset(system->builder);
	tsp_begin_typed(system->builder, system_request_name(request));
	tsp_begin_map(system->builder);
	if (put != NULL)
		put(system->builder, data);
	tsp_end(system->builder);
	tsp_end(system->builder);
	rc = tsp_builder_value(system->builder, &body);
	if (rc < 0)
		return tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	rc = caller_ask(system, tsp_admin(system), number, body, deadline, &reply, err);
	if (rc < 0)
		return rc;
	*ret_reply = reply;
	return TSP_OK;
}

int caller_request(struct tsp_system *system, enum system_request request, caller_put_fn *put, const void *data,
	clock_ns deadline, tsp_message **ret_reply, tsp_error *err)
{
	return caller_request_at(
		system, caller_next_request(system), request, put, data, deadline, ret_reply, err);
}

/* A reply that is neither what was asked for nor a refusal. */
int caller_unexpected(const tsp_message *reply, tsp_error *err)
{
	tsp_text type = tsp_message_type(reply);
	tsp_text details = tsp_get_text(reply, "details");

	if (tsp_message_is_system(reply) && tsp_message_is(reply, system_notice_name(NOTICE_POISON)))
		return tsp_fail(err, TSP_EFAILED, "%.*s", (int)details.size, details.size > 0 ? details.data : "");
	return tsp_fail(err, TSP_EPROTOCOL, "the system answered with '%.*s'", (int)type.size, type.data);
}

/* Sends a request and takes the one answer that is good; *ret_reply is to be freed. */
int caller_request_good(struct tsp_system *system, enum system_request kind, enum system_notice good,
	caller_put_fn *put, const void *data, int64_t timeout_ms, tsp_message **ret_reply, tsp_error *err)
{
	tsp_message *reply = NULL;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = caller_request(system, kind, put, data, caller_deadline(timeout_ms), &reply, err);
	if (rc == TSP_OK)
		rc = caller_judge(reply, err);
	if (rc == TSP_OK && !(tsp_message_is_system(reply) && tsp_message_is(reply, system_notice_name(good))))
		rc = caller_unexpected(reply, err);
	caller_leave(system);
	if (rc < 0) {
		tsp_message_free(reply);
		return rc;
	}
	*ret_reply = reply;
	return TSP_OK;
}
