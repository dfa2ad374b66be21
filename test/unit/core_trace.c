/* SPDX-License-Identifier: MIT */
/* Listening in: who may, what is seen of messages, and that it stays within its bounds. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/gate.h"
#include "core/trace.h"
#include "machine.h"
#include "machine_actors.h"
#include "wire/address.h"

static struct machine machine;
static size_t told; /* events that next_event has given */

static int setup(void **state)
{
	const struct admin_config config = { .cores = 1 };

	(void)state;
	machine_open(&machine, &config, machine_classes);
	told = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&machine);
	return 0;
}

static uint64_t base_number(void)
{
	return machine.caller.lease << ADDRESS_LEASE_SHIFT | 1;
}

/* The next of what came to the caller's own address; NULL: nothing more. */
static const tsp_message *next_event(void)
{
	size_t at = 0;

	for (size_t i = 0; i < machine.caller.count; i++) {
		if (machine.caller.inbox[i]->target.number == base_number() && at++ == told) {
			told++;
			return machine.caller.inbox[i];
		}
	}
	return NULL;
}

static void assert_event(const char *type, const char *direction, const char *outcome)
{
	const tsp_message *event = next_event();

	assert_non_null(event);
	assert_true(tsp_message_is(event, "Traced"));
	assert_true(tsp_message_is_system(event));
	assert_true(tsp_text_is(tsp_get_text(event, "type"), type));
	assert_true(tsp_text_is(tsp_get_text(event, "direction"), direction));
	assert_true(tsp_text_is(tsp_get_text(event, "outcome"), outcome));
}

static void assert_ended(const char *reason, int64_t seen, int64_t shown, int64_t skipped)
{
	const tsp_message *event = next_event();

	assert_non_null(event);
	assert_true(tsp_message_is(event, "TraceEnded"));
	assert_true(tsp_text_is(tsp_get_text(event, "reason"), reason));
	assert_int_equal(tsp_get_int(event, "seen", -1), seen);
	assert_int_equal(tsp_get_int(event, "shown", -1), shown);
	assert_int_equal(tsp_get_int(event, "skipped", -1), skipped);
	assert_null(next_event());
}

static void assert_started(uint64_t reply, int64_t actors)
{
	const tsp_message *answer = machine_reply(&machine, reply);

	assert_non_null(answer);
	assert_true(tsp_message_is(answer, "TraceStarted"));
	assert_int_equal(tsp_get_int(answer, "actors", -1), actors);
}

static void assert_refused(uint64_t reply, int code)
{
	const tsp_message *answer = machine_reply(&machine, reply);

	assert_non_null(answer);
	assert_true(tsp_message_is(answer, "RequestFailed"));
	assert_int_equal(tsp_get_int(answer, "code", 0), code);
}

static void trace_actor(tsp_address actor, int64_t actors)
{
	assert_started(machine_request(&machine, "Trace", "{s:u, s:a, s:i}", "events",
			       base_number(), "actor", actor, "body_limit", 64),
		actors);
}

static void trace_of_class(const char *name, int64_t actors)
{
	assert_started(machine_request(&machine, "Trace", "{s:u, s:s}", "events", base_number(),
			       "class", name),
		actors);
}

static void test_callers_alone_may(void **state)
{
	(void)state;
	for (int by = 0; by < REQUESTER_COUNT; by++) {
		assert_int_equal(
			gate_allows(REQUEST_TRACE, (enum requester)by), by == REQUESTER_CALLER);
		assert_int_equal(
			gate_allows(REQUEST_TRACE_END, (enum requester)by), by == REQUESTER_CALLER);
	}
}

static void test_in_and_out(void **state)
{
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);
	tsp_address other = machine_create(&machine, "Parent", NULL, TSP_HOST_OWN);
	const tsp_message *event;
	tsp_value body;

	(void)state;
	trace_actor(echo, 1);
	(void)machine_send(&machine, other, "Echo", "n");
	(void)machine_send(&machine, echo, "Echo", "{s:i}", "n", 7);
	machine_run(&machine);
	/* the answer is on its way before the message is done with */
	event = next_event();
	assert_true(tsp_text_is(tsp_get_text(event, "direction"), "out"));
	assert_true(tsp_text_is(tsp_get_text(event, "outcome"), "delivered"));
	event = next_event();
	assert_true(tsp_text_is(tsp_get_text(event, "direction"), "in"));
	assert_true(tsp_text_is(tsp_get_text(event, "class"), "Echo"));
	assert_true(tsp_text_is(tsp_get_text(event, "outcome"), "handled"));
	assert_true(tsp_value_encoded(tsp_get(event, "body"), &body));
	assert_int_equal(body.size, tsp_get_int(event, "size", 0));
	assert_false(tsp_get_bool(event, "cut", true));
	assert_true(tsp_address_equal(tsp_get_address(event, "to"), echo));
	assert_null(next_event());
	assert_true(tsp_message_is(
		machine_reply(&machine, machine_request(&machine, "TraceEnd", "{}")), "Updated"));
	assert_ended("asked", 2, 2, 0);
	assert_refused(machine_request(&machine, "TraceEnd", "{}"), TSP_ENOENT);
	(void)machine_send(&machine, echo, "Echo", "n");
	machine_run(&machine);
	assert_null(next_event());
}

static void test_outcomes(void **state)
{
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);

	(void)state;
	trace_actor(echo, 1);
	(void)machine_send(&machine, echo, "Fail", "n");
	machine_run(&machine);
	assert_event("Fail", "in", "failed");
	machine_crash_status = 6;
	(void)machine_send(&machine, echo, "Crash", "n");
	machine_run(&machine);
	assert_event("Crash", "in", "crashed");
	(void)machine_send(&machine, echo, "Echo", "n");
	machine_run(&machine);
	assert_event("Echo", "in", "dead");
	assert_null(next_event());
	assert_refused(
		machine_request(&machine, "Trace", "{s:u}", "events", base_number()), TSP_EEXIST);
	(void)machine_request(&machine, "TraceEnd", "{}");
	assert_ended("asked", 3, 3, 0);
	assert_refused(machine_request(&machine, "Trace", "{s:u, s:a}", "events", base_number(),
			       "actor", echo),
		TSP_EDEAD);
}

static void test_class_and_those_to_come(void **state)
{
	tsp_address first = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);
	tsp_address second;

	(void)state;
	(void)machine_create(&machine, "Parent", NULL, TSP_HOST_OWN);
	trace_of_class("Echo", 1);
	second = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);
	(void)machine_send(&machine, first, "Count", "{s:i}", "n", 0);
	machine_run(&machine);
	assert_event("Count", "in", "handled");
	(void)machine_send(&machine, second, "Count", "{s:i}", "n", 0);
	machine_run(&machine);
	assert_event("Count", "in", "handled");
	(void)machine_request(&machine, "TraceEnd", "{}");
	assert_ended("asked", 2, 2, 0);
	/* an earlier trace's mark on an actor is none of the next one's */
	trace_of_class("other:Echo", 0);
	(void)machine_send(&machine, first, "Count", "{s:i}", "n", 1);
	machine_run(&machine);
	assert_null(next_event());
	(void)machine_request(&machine, "TraceEnd", "{}");
	assert_ended("asked", 0, 0, 0);
	trace_of_class("test:Echo", 2);
}

static void test_name_follows_its_holder(void **state)
{
	tsp_address parent = machine_create(&machine, "Parent", NULL, TSP_HOST_OWN);
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);

	(void)state;
	trace_actor(machine_name(&machine, "service"), 0);
	(void)machine_send(&machine, machine_name(&machine, "service"), "Echo", "n");
	machine_run(&machine);
	assert_event("Echo", "in", "dead");
	(void)machine_send(&machine, parent, "Take", "n");
	machine_run(&machine);
	(void)machine_send(&machine, parent, "Give", "{s:a}", "to", echo);
	machine_run(&machine);
	assert_null(next_event());
	(void)machine_send(&machine, machine_name(&machine, "service"), "Echo", "n");
	machine_run(&machine);
	assert_event("Echo", "out", "delivered");
	assert_event("Echo", "in", "handled");
	assert_null(next_event());
}

static void test_type_and_limit(void **state)
{
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);

	(void)state;
	assert_started(machine_request(&machine, "Trace", "{s:u, s:s, s:s, s:i}", "events",
			       base_number(), "class", "Echo", "type", "Count", "limit", 2),
		1);
	for (int i = 0; i < 5; i++) {
		(void)machine_send(&machine, echo, "Report", "n");
		(void)machine_send(&machine, echo, "Count", "{s:i}", "n", i);
	}
	machine_run(&machine);
	assert_event("Count", "in", "handled");
	assert_event("Count", "in", "handled");
	assert_ended("limit", 2, 2, 0);
}

static void test_rate_skips_and_counts(void **state)
{
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);

	(void)state;
	assert_started(machine_request(&machine, "Trace", "{s:u, s:s, s:i, s:i}", "events",
			       base_number(), "class", "Echo", "rate", 3, "duration_ms", 5000),
		1);
	for (int i = 0; i < 50; i++)
		(void)machine_send(&machine, echo, "Count", "{s:i}", "n", i);
	machine_run(&machine);
	for (int i = 0; i < 3; i++)
		assert_event("Count", "in", "handled");
	assert_null(next_event());
	machine_pass_ms(&machine, 1000);
	for (int i = 0; i < 50; i++)
		(void)machine_send(&machine, echo, "Count", "{s:i}", "n", 50 + i);
	machine_run(&machine);
	for (int i = 0; i < 3; i++)
		assert_event("Count", "in", "handled");
	machine_pass_ms(&machine, 5000);
	assert_ended("time", 100, 6, 94);
}

static void test_large_bodies_are_cut(void **state)
{
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);
	char text[200];
	const tsp_message *event;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	trace_actor(echo, 1);
	(void)machine_send(&machine, echo, "Fail", "s", text);
	machine_run(&machine);
	event = next_event();
	assert_true(tsp_get_bool(event, "cut", false));
	assert_int_equal(tsp_value_kind(tsp_get(event, "body")), TSP_KIND_ABSENT);
	assert_in_range(tsp_get_text(event, "excerpt").size, 10, 150);
}

static void test_bad_requests(void **state)
{
	uint64_t base = base_number();

	(void)state;
	assert_refused(machine_request(&machine, "Trace", "{}"), TSP_EVALUE);
	assert_refused(machine_request(&machine, "Trace", "{s:u}", "events", base + (1u << 24)),
		TSP_EVALUE);
	assert_refused(machine_request(&machine, "Trace", "{s:u, s:i}", "events", base, "limit", 0),
		TSP_EVALUE);
	assert_refused(
		machine_request(&machine, "Trace", "{s:u, s:i}", "events", base, "rate", 100001),
		TSP_EVALUE);
	assert_refused(
		machine_request(&machine, "Trace", "{s:u, s:s}", "events", base, "rate", "fast"),
		TSP_EVALUE);
	assert_refused(machine_request(&machine, "Trace", "{s:u, s:i}", "events", base,
			       "body_limit", TRACE_BODY_MOST + 1),
		TSP_EVALUE);
	assert_null(next_event());
}

/* What an actor sent while an earlier trace was open waits, and is none of a later one's. */
static void test_sent_before(void **state)
{
	tsp_address parent = machine_create(&machine, "Parent", NULL, TSP_HOST_OWN);
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(&machine, "Echo");

	(void)state;
	trace_actor(parent, 1);
	host->stopped = true;
	(void)machine_send(&machine, parent, "PassOn", "{s:a}", "to", echo);
	machine_run(&machine);
	assert_event("PassOn", "in", "handled");
	(void)machine_request(&machine, "TraceEnd", "{}");
	assert_ended("asked", 1, 1, 0);
	machine_pass_ms(&machine, 10);
	trace_of_class("None", 0);
	host->killed = true;
	host->status = 9;
	machine_run(&machine);
	assert_null(actor_find(machine.admin, echo));
	assert_null(next_event());
}

/* An address of another system, or the admin of one, is nobody's here. */
static void test_other_systems(void **state)
{
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);

	(void)state;
	trace_actor(echo, 1);
	(void)machine_send(&machine, (tsp_address){ 0x4711, echo.number }, "Echo", "n");
	machine_run(&machine);
	assert_null(next_event());
	(void)machine_request(&machine, "TraceEnd", "{}");
	assert_ended("asked", 0, 0, 0);
	trace_of_class("Echo", 1);
	(void)machine_send(&machine, (tsp_address){ 0x4711, 0 }, "Echo", "n");
	machine_run(&machine);
	assert_null(next_event());
}

/* A trace that has ended leaves nothing behind that a message would be looked at for. */
static void test_nothing_stays(void **state)
{
	struct admin *admin = machine.admin;
	struct actor *actor = actor_find(admin, machine_create(&machine, "Echo", "service", TSP_HOST_OWN));

	(void)state;
	trace_of_class("Echo", 1);
	assert_int_not_equal(actor->traced, 0);
	(void)machine_request(&machine, "TraceEnd", "{}");
	assert_int_equal(actor->traced, 0);
	trace_actor(machine_name(&machine, "service"), 1);
	assert_int_not_equal(trace_bits(admin, actor), 0);
	(void)machine_request(&machine, "TraceEnd", "{}");
	(void)machine_request(&machine, "Trace", "{s:u, s:i}", "events", base_number(), "duration_ms", 5);
	assert_int_not_equal(admin->trace_all, 0);
	machine_pass_ms(&machine, 100);
	assert_int_equal(admin->trace_count, 0);
	assert_int_equal(admin->trace_names | admin->trace_all | admin->sending | actor->traced, 0);
	for (size_t i = 0; i < TRACES; i++)
		assert_null(admin->traces[i]);
}

/* Another caller, of which nothing is read but its lease. */
static struct link *open_caller(struct buffer *in, int pid, uint64_t *ret_lease)
{
	struct frame frame = { .kind = FRAME_HELLO };
	struct link *link = admin_caller_opened(machine.admin, in, false, machine.now, NULL);
	tsp_builder *b = tsp_builder_new();
	tsp_value body;

	assert_non_null(link);
	if (pid != 0)
		admin_caller_is(link, pid);
	tsp_put_format(b, "{s:i, s:i}", "protocol", FRAME_PROTOCOL, "pid", 1);
	assert_int_equal(tsp_builder_value(b, &body), 0);
	frame.body = body.data;
	frame.body_size = body.size;
	assert_int_equal(admin_receive(machine.admin, link, &frame, machine.now), 0);
	assert_true(frame_get(in->data, in->size, FRAME_LIMIT, &frame, NULL) > 0);
	assert_true(tsp_value_uint(
		tsp_value_get((tsp_value){ frame.body, frame.body_size }, "lease"), ret_lease));
	tsp_builder_free(b);
	in->size = 0;
	return link;
}

static void caller_traces(struct link *link, uint64_t lease)
{
	uint64_t base = lease << ADDRESS_LEASE_SHIFT | 1;
	struct frame frame = {
		.kind = FRAME_ENVELOPE, .to = { 0x5157, 0 }, .from = { 0x5157, base }
	};
	tsp_builder *b = tsp_builder_new();
	tsp_value body;

	tsp_begin_typed(b, "Trace");
	tsp_put_format(b, "{s:u}", "events", base);
	tsp_end(b);
	assert_int_equal(tsp_builder_value(b, &body), 0);
	frame.body = body.data;
	frame.body_size = body.size;
	assert_int_equal(admin_receive(machine.admin, link, &frame, machine.now), 0);
	tsp_builder_free(b);
}

static void test_eight_and_one_that_goes(void **state)
{
	tsp_address echo = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);
	struct buffer in[TRACES];
	struct link *links[TRACES];

	(void)state;
	for (size_t i = 0; i < TRACES; i++) {
		uint64_t lease = 0;

		buffer_init(&in[i], FRAME_LIMIT);
		links[i] = open_caller(&in[i], 0, &lease);
		caller_traces(links[i], lease);
		in[i].size = 0;
	}
	assert_refused(
		machine_request(&machine, "Trace", "{s:u}", "events", base_number()), TSP_ELIMIT);
	(void)machine_send(&machine, echo, "Count", "{s:i}", "n", 0);
	machine_run(&machine);
	for (size_t i = 0; i < TRACES; i++)
		assert_true(in[i].size > 0);
	admin_link_ended(machine.admin, links[3], machine.now);
	trace_of_class("Echo", 1);
	(void)machine_send(&machine, echo, "Count", "{s:i}", "n", 1);
	machine_run(&machine);
	assert_event("Count", "in", "handled");
	for (size_t i = 0; i < TRACES; i++) {
		if (i != 3)
			admin_link_ended(machine.admin, links[i], machine.now);
		buffer_clear(&in[i]);
	}
}

/* Who listens in is said by what is known of it, and not by what it claims. */
static void test_who_it_is(void **state)
{
	struct buffer in;
	uint64_t lease = 0;
	struct link *link;

	(void)state;
	buffer_init(&in, FRAME_LIMIT);
	link = open_caller(&in, 4711, &lease);
	caller_traces(link, lease);
	assert_non_null(strstr(machine.last_log, "pid 4711 listens in"));
	admin_link_ended(machine.admin, link, machine.now);
	in.size = 0;
	link = open_caller(&in, 0, &lease);
	caller_traces(link, lease);
	assert_non_null(strstr(machine.last_log, "pid 1 listens in"));
	admin_link_ended(machine.admin, link, machine.now);
	buffer_clear(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_callers_alone_may, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_and_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outcomes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_class_and_those_to_come, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_follows_its_holder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_type_and_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rate_skips_and_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_bodies_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sent_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_systems, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(test_eight_and_one_that_goes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
