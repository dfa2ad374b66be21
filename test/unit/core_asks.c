/* SPDX-License-Identifier: MIT */
/* Who waits for whom in an ask, as ListWaits says it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "machine.h"
#include "wire/address.h"

static struct machine machine;

static int on_answer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, NULL, "s", "answer");
}

static int on_silent(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_OK;
}

static int on_defer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_DEFER;
}

static const tsp_handler handlers[] = {
	{ "Answer", on_answer },
	{ "Silent", on_silent },
	{ "Defer", on_defer },
	{ 0 },
};
static const tsp_class asked_class = { .name = "Asked", .handlers = handlers };
static const tsp_class other_class = { .name = "Other", .handlers = handlers };
static const tsp_class *const classes[] = { &asked_class, &other_class, NULL };

static int setup(void **state)
{
	const struct admin_config config = { .cores = 1, .pid = 7, .port = 1900 };

	(void)state;
	machine_open(&machine, &config, classes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&machine);
	return 0;
}

static uint64_t ask(tsp_address to, const char *type)
{
	machine.caller.counter |= ADDRESS_CALLER_ASKS;
	return machine_send(&machine, to, type, "n");
}

static tsp_message *list(void)
{
	uint64_t reply;

	machine.caller.counter &= ~ADDRESS_CALLER_ASKS;
	reply = machine_request(&machine, "ListWaits", "{}");
	assert_true(tsp_message_is(machine_reply(&machine, reply), "WaitList"));
	return machine_reply(&machine, reply);
}

static int64_t count(void)
{
	return tsp_get_int(list(), "waitCount", -1);
}

static tsp_value entry(size_t at)
{
	return tsp_value_at(tsp_get(list(), "waits"), at);
}

static int64_t number(tsp_value map, const char *key)
{
	int64_t number = -1;

	if (!tsp_value_int(tsp_value_get(map, key), &number))
		fail_msg("no number '%s'", key);
	return number;
}

static void assert_text(tsp_value map, const char *key, const char *wanted)
{
	tsp_text text = { NULL, 0 };

	(void)tsp_value_text(tsp_value_get(map, key), &text);
	if (!tsp_text_is(text, wanted))
		fail_msg("%s is '%.*s', not '%s'", key, (int)text.size, text.data, wanted);
}

static void test_from_ask_to_answer(void **state)
{
	tsp_address actor = machine_create(&machine, "Asked", "name", TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(&machine, "Asked");
	tsp_address address;

	(void)state;
	host->stopped = true;
	(void)ask(actor, "Answer");
	machine.now += 1500 * CLOCK_MS;
	assert_int_equal(count(), 1);
	assert_int_equal(number(entry(0), "wait_ms"), 1500);
	assert_int_equal(number(entry(0), "circle"), 0);
	assert_int_equal(number(entry(0), "pid"), 1);
	assert_text(entry(0), "state", "waiting");
	assert_text(entry(0), "class", "Asked");
	assert_text(entry(0), "name", "name");
	assert_true(tsp_value_address(tsp_value_get(entry(0), "target"), &address));
	assert_true(tsp_address_equal(address, actor));
	assert_true(tsp_value_kind(tsp_value_get(entry(0), "waiter")) == TSP_KIND_NULL);
	host->stopped = false;
	machine_run(&machine);
	assert_int_equal(count(), 0);
}

static void test_states(void **state)
{
	tsp_address actor = machine_create(&machine, "Asked", NULL, TSP_HOST_OWN);
	uint64_t silent = ask(actor, "Silent");

	(void)state;
	machine_run(&machine);
	assert_text(entry(0), "state", "handled");
	(void)ask(actor, "Defer");
	machine_run(&machine);
	assert_text(entry(1), "state", "kept");
	/* who asked has given up */
	(void)machine_request(&machine, "CancelAsk", "{s:u}", "number", silent);
	assert_int_equal(count(), 1);
	/* poison is an answer, too */
	(void)machine_send(&machine, actor, "ActorExitRequest", "{}");
	machine_run(&machine);
	assert_int_equal(count(), 0);
	(void)ask(actor, "Answer");
	machine_run(&machine);
	assert_int_equal(count(), 0);
}

static void test_bound(void **state)
{
	tsp_address actor = machine_create(&machine, "Asked", NULL, TSP_HOST_OWN);

	(void)state;
	for (int i = 0; i < 40; i++) {
		machine.now += CLOCK_MS;
		(void)ask(actor, "Silent");
	}
	machine_run(&machine);
	assert_int_equal(count(), 16);
	assert_int_equal(number(entry(0), "wait_ms"), 15);
	/* what is told and not asked is no ask */
	machine.caller.counter &= ~ADDRESS_CALLER_ASKS;
	(void)machine_send(&machine, actor, "Silent", "n");
	assert_int_equal(count(), 16);
}

/* A caller whose process comes from the host: its handler is at work and asks. */
struct inner {
	struct link *link;
	struct buffer in;
	uint64_t lease;
};

static void send_inner(struct inner *inner, struct frame *frame, const char *format, ...)
{
	tsp_builder *b = tsp_builder_new();
	tsp_value body;
	va_list args;

	va_start(args, format);
	tsp_put_vformat(b, format, args);
	va_end(args);
	assert_int_equal(tsp_builder_value(b, &body), 0);
	frame->body = body.data;
	frame->body_size = body.size;
	assert_int_equal(admin_receive(machine.admin, inner->link, frame, machine.now), 0);
	tsp_builder_free(b);
}

static void inner_open(struct inner *inner, struct machine_host *host, int pid)
{
	struct frame hello = { .kind = FRAME_HELLO };
	struct frame frame;
	size_t need = 0;

	admin_host_born(machine.admin, host->id, pid, machine.now);
	buffer_init(&inner->in, FRAME_LIMIT);
	inner->link = admin_caller_opened(machine.admin, &inner->in, true, machine.now, NULL);
	assert_non_null(inner->link);
	assert_false(admin_caller_from(machine.admin, inner->link, pid + 1000));
	assert_true(admin_caller_from(machine.admin, inner->link, pid));
	send_inner(inner, &hello, "{s:i, s:i}", "protocol", FRAME_PROTOCOL, "pid", pid);
	assert_true(frame_get(inner->in.data, inner->in.size, FRAME_LIMIT, &frame, &need) > 0);
	assert_true(tsp_value_uint(
		tsp_value_get((tsp_value){ frame.body, frame.body_size }, "lease"), &inner->lease));
}

static void inner_ask(struct inner *inner, struct machine_host *host, tsp_address actor, tsp_address to)
{
	struct frame frame = { .kind = FRAME_ENVELOPE, .to = to,
		.from = { 0x5157, inner->lease << ADDRESS_LEASE_SHIFT | ADDRESS_CALLER_ASKS } };

	host->stopped = true;
	atomic_store(&host->page.in_work, 2);
	atomic_store(&host->page.actor, actor.number);
	atomic_store(&host->page.since_ns, machine.now);
	machine.now += CLOCK_MS;
	send_inner(inner, &frame, "n");
}

static void inner_close(struct inner *inner, struct machine_host *host)
{
	atomic_store(&host->page.in_work, 0);
	admin_link_ended(machine.admin, inner->link, machine.now);
	buffer_clear(&inner->in);
}

static void test_circle(void **state)
{
	tsp_address first = machine_create(&machine, "Asked", NULL, TSP_HOST_OWN);
	tsp_address second = machine_create(&machine, "Other", "second", TSP_HOST_OWN);
	struct machine_host *host_first = machine_host_of(&machine, "Asked");
	struct machine_host *host_second = machine_host_of(&machine, "Other");
	struct inner of_first, of_second;

	(void)state;
	inner_open(&of_first, host_first, 101);
	inner_open(&of_second, host_second, 102);
	(void)ask(first, "Answer"); /* from outside: waits for the circle, and is not of it */
	inner_ask(&of_first, host_first, first, machine_name(&machine, "second"));
	assert_int_equal(number(entry(1), "circle"), 0);
	assert_true(tsp_value_address(tsp_value_get(entry(1), "actor"), &second)); /* its own */
	inner_ask(&of_second, host_second, second, first);
	assert_int_equal(count(), 3);
	assert_int_equal(number(entry(0), "circle"), 1);
	assert_int_equal(number(entry(1), "circle"), 1);
	assert_int_equal(number(entry(2), "circle"), 0);
	assert_text(entry(0), "waiterClass", "Asked");
	assert_text(entry(0), "class", "Other");
	assert_text(entry(1), "waiterName", "second");
	/* an end of one of the two is the end of the circle */
	inner_close(&of_second, host_second);
	assert_int_equal(count(), 2);
	assert_int_equal(number(entry(0), "circle"), 0);
	inner_close(&of_first, host_first);
	assert_int_equal(count(), 1);
}

/* One that asks itself, or one that shares its host. */
static void test_circle_of_one(void **state)
{
	tsp_address actor = machine_create(&machine, "Asked", NULL, TSP_HOST_SHARED);
	tsp_address near = machine_create(&machine, "Asked", NULL, TSP_HOST_SHARED);
	struct machine_host *host = machine_host_of(&machine, "Asked");
	struct inner inner;

	(void)state;
	inner_open(&inner, host, 101);
	inner_ask(&inner, host, actor, near);
	assert_int_equal(number(entry(0), "circle"), 1);
	/* not where it asked before the handler began: another thread, or a process of its own */
	atomic_store(&host->page.since_ns, machine.now + CLOCK_MS);
	assert_int_equal(number(entry(0), "circle"), 0);
	assert_true(tsp_value_kind(tsp_value_get(entry(0), "waiter")) == TSP_KIND_NULL);
	inner_close(&inner, host);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_from_ask_to_answer),
		TEST(test_states),
		TEST(test_bound),
		TEST(test_circle),
		TEST(test_circle_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
