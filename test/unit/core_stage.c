/* SPDX-License-Identifier: MIT */
/* A stage with an invented clock and link: what an actor sees, and what the admin is told. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_stage_rig.h"

static void test_hello_first(void **state)
{
	struct rig *rig = *state;
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = { SYSTEM, 5 },
		.from = { SYSTEM, 9 },
		.sequence = 1,
		.body = (const uint8_t *)"\xf6",
		.body_size = 1 };
	struct frame hello = {
		.kind = FRAME_HELLO, .body = (const uint8_t *)"\xa0", .body_size = 1
	};
	struct stage *other = NULL;

	assert_int_equal(stage_new(&rig_ops, rig, NULL, &other), TSP_OK);
	assert_int_equal(stage_receive(other, &frame), TSP_EPROTOCOL);
	assert_int_equal(stage_receive(other, &hello), TSP_EPROTOCOL);
	assert_false(stage_is_empty(other));
	stage_free(other);
	assert_int_equal(stage_poll_us(rig->stage), 20);
}

static void test_echo(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Echo", 1);
	assert_int_equal(rig->inits, 1);
	assert_int_equal(stage_count(rig->stage), 1);
	rig_send(rig, 5, 2, "Ping", "{s:i}", "n", 7);
	rig_collect(rig);
	assert_int_equal(rig->count, 1);
	assert_string_equal(rig->sent[0].type, "Pong");
	assert_int_equal(rig->sent[0].to.number, 99);
	assert_int_equal(rig->sent[0].from.number, 5);
	rig_assert_done(rig, 1, DONE_FINISHED);
	rig_assert_done(rig, 2, DONE_FINISHED);
	/* the answer comes ahead of the end of what it answers */
	assert_true(rig->sent[0].at < rig_done(rig, 2)->at);
}

static void test_dispatch_order(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Shapes", 1);
	rig_send(rig, 5, 2, "Shape.Circle", "n");
	rig_send(rig, 5, 3, "Shape.Square.Small", "n");
	rig_send(rig, 5, 4, "Shape.Super", "n");
	rig_send(rig, 5, 5, "Other", "n");
	rig_send(rig, 5, 6, "Shap", "n");
	assert_string_equal(rig->trace, "circle shape super shape receive receive ");
	rig_create(rig, 6, "Mute", 7);
	rig_send(rig, 6, 8, "Anything", "n");
	rig_collect(rig);
	rig_assert_done(rig, 8, DONE_FINISHED);
	assert_int_equal(atomic_load(&rig->page.ignored), 1);
}

static void test_retry_then_failed(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Faulty", 1);
	rig_send(rig, 5, 2, "Once", "n");
	rig_send(rig, 5, 3, "Always", "n");
	rig_send(rig, 5, 4, "Silent", "n");
	assert_string_equal(rig->trace, "once once always always silent silent ");
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_FINISHED);
	rig_assert_done(rig, 3, DONE_FAILED);
	rig_assert_done(rig, 4, DONE_FAILED);
	assert_string_equal(rig_done(rig, 3)->text, "second try");
	assert_int_equal(rig_done(rig, 3)->code, TSP_EIO);
	assert_string_equal(rig_done(rig, 4)->text, tsp_error_sentence(TSP_EFAILED));
	assert_int_equal(atomic_load(&rig->page.retried), 3);
}

static void test_poison_makes_no_poison(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Faulty", 1);
	rig_system(rig, 5, 2, "PoisonMessage", "{s:s}", "details", "x");
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_FINISHED);
	assert_non_null(rig_sent(rig, "LogRecord"));
}

static void test_reserved_is_refused(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Echo", 1);
	rig_send(rig, 5, 2, "ChildActorExited", "{s:i}", "n", 1);
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_FAILED);
	assert_int_equal(rig_done(rig, 2)->code, TSP_EPERM);
	assert_string_equal(rig_done(rig, 2)->text, "reserved type");
	assert_string_equal(rig->trace, "");
}

static void test_empty_is_finished(void **state)
{
	struct rig *rig = *state;
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.flags = FRAME_EMPTY | FRAME_NOTED,
		.to = { SYSTEM, 5 },
		.from = { SYSTEM, 99 },
		.sequence = 2 };

	rig_create(rig, 5, "Shapes", 1);
	assert_int_equal(stage_receive(rig->stage, &frame), TSP_OK);
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_FINISHED);
	assert_string_equal(rig->trace, "");
}

static void test_defer(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Lazy", 1);
	rig_send(rig, 5, 2, "Work", "n");
	rig_send(rig, 5, 3, "Work", "n");
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_KEPT);
	rig_assert_done(rig, 3, DONE_KEPT);
	assert_string_equal(rig->trace, "later later ");
	rig_send(rig, 5, 4, "Open", "n");
	rig_collect(rig);
	assert_string_equal(rig->trace, "later later open work work ");
	rig_assert_done(rig, 2, DONE_FINISHED);
	rig_assert_done(rig, 3, DONE_FINISHED);
	rig_assert_done(rig, 4, DONE_FINISHED);
	/* deferred to the end: undone, the admin returns it */
	rig_send(rig, 5, 5, "Shut", "n");
	rig_send(rig, 5, 6, "Work", "n");
	rig_send(rig, 5, 7, "ActorExitRequest", "{}");
	rig_collect(rig);
	rig_assert_done(rig, 6, DONE_KEPT);
	rig_assert_done(rig, 7, DONE_FINISHED);
	assert_non_null(rig_sent(rig, "Exited"));
}

static void test_init_fails(void **state)
{
	struct rig *rig = *state;
	struct sent *exited;

	rig_create(rig, 5, "Stillborn", 1);
	rig_send(rig, 5, 2, "Ping", "n");
	rig_collect(rig);
	exited = rig_sent(rig, "Exited");
	assert_non_null(exited);
	assert_int_equal(rig_uint(exited, "number"), 5);
	assert_string_equal(rig_text(exited, "reason"), "failed");
	assert_string_equal(rig_text(exited, "detail"), "no luck");
	assert_int_equal(rig->inits, 1);
	rig_assert_done(rig, 1, DONE_FAILED);
	assert_null(rig_done(rig, 2));
	assert_true(exited->at < rig_done(rig, 1)->at);
	assert_true(stage_is_empty(rig->stage));
}

static void test_unknown_class(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Nothing", 1);
	rig_collect(rig);
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "reason"), "failed");
	assert_true(stage_is_empty(rig->stage));
}

static void test_exit(void **state)
{
	struct rig *rig = *state;
	struct sent *exited;

	rig_create(rig, 5, "Echo", 1);
	rig_send(rig, 5, 2, "ActorExitRequest", "{}");
	rig_send(rig, 5, 3, "Ping", "n");
	rig_collect(rig);
	exited = rig_sent(rig, "Exited");
	assert_string_equal(rig_text(exited, "reason"), "exit request");
	assert_int_equal(rig->finis, 1);
	assert_string_equal(rig->trace, "exit ");
	rig_assert_done(rig, 2, DONE_FINISHED);
	assert_null(rig_done(rig, 3));
	assert_true(stage_is_empty(rig->stage));
}

static void test_exit_by_itself(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Echo", 1);
	rig_send(rig, 5, 2, "Leave", "n");
	rig_collect(rig);
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "reason"), "exited");
	assert_string_equal(rig->trace, "exit ");
	assert_int_equal(rig->finis, 1);
}

static void test_exit_waits_for_children(void **state)
{
	struct rig *rig = *state;
	uint64_t child;

	rig_create(rig, 5, "Parent", 1);
	rig_send(rig, 5, 2, "Adopt", "n");
	rig_collect(rig);
	child = rig_uint(rig_sent(rig, "Create"), "number");
	assert_int_equal(child >> 24, LEASE);
	assert_false(rig_bool(rig_sent(rig, "Create"), "local"));
	rig_send(rig, 5, 3, "ActorExitRequest", "n");
	rig_collect(rig);
	assert_null(rig_sent(rig, "Exited"));
	assert_int_equal(rig_ended_child(rig, 0), child);
	rig_send(rig, 5, 4, "Adopt", "n");
	rig_collect(rig);
	rig_assert_done(rig, 4, DONE_KEPT); /* its credit comes back */
	rig_system(rig, 5, 5, "ChildActorExited", "{s:a}", "childAddress",
		((tsp_address){ SYSTEM, child }));
	rig_collect(rig);
	assert_non_null(rig_sent(rig, "Exited"));
	rig_assert_done(rig, 5, DONE_FINISHED);
	assert_true(stage_is_empty(rig->stage));
}

static void test_exit_not_recursive(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Parent", 1);
	rig_send(rig, 5, 2, "Adopt", "n");
	rig_send(rig, 5, 3, "ActorExitRequest", "{s:b}", "recursive", 0);
	rig_collect(rig);
	assert_non_null(rig_sent(rig, "Exited"));
	assert_false(rig_bool(rig_sent(rig, "Exited"), "recursive"));
	assert_null(rig_sent(rig, "ActorExitRequest"));
}

static void test_exit_all(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Echo", 1);
	rig_create(rig, 6, "Mute", 2);
	stage_exit_all(rig->stage);
	rig_run(rig);
	assert_true(stage_is_empty(rig->stage));
	assert_int_equal(rig->finis, 1);
}

static void test_status(void **state)
{
	struct rig *rig = *state;
	struct sent *status;

	rig_create(rig, 5, "Parent", 1);
	rig_send(rig, 5, 2, "Adopt", "n");
	rig_send(rig, 5, 3, "Thespian_StatusReq", "n");
	rig_collect(rig);
	status = rig_sent(rig, "Thespian_ActorStatus");
	assert_non_null(status);
	assert_string_equal(rig_text(status, "actorClass"), "Parent");
	assert_int_equal(tsp_value_count(tsp_value_get(status->value, "childActors")), 1);
	assert_false(rig_bool(status, "exiting"));
	rig_assert_done(rig, 3, DONE_FINISHED);
}

static void test_page(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Watcher", 1);
	rig->now = 1234;
	rig_send(rig, 5, 2, "Look", "n");
	assert_int_equal(rig->seen_in_work, 2);
	assert_int_equal(rig->seen_since, 1234);
	assert_int_equal(rig->seen_actor, 5);
	assert_int_equal(atomic_load(&rig->page.in_work), 0);
	assert_int_equal(atomic_load(&rig->page.dispatched), 2);
	assert_int_equal(atomic_load(&rig->page.handled), 1);
	rig_send(rig, 5, 3, "LookLater", "n");
	assert_int_equal(atomic_load(&rig->page.local_waiting), 1);
	rig_run(rig);
	assert_true(rig->seen_in_work == PAGE_LOCAL);
	assert_int_equal(atomic_load(&rig->page.local_waiting), 0);
	assert_int_equal(atomic_load(&rig->page.dispatched), 3);
}

static void test_protocol(void **state)
{
	struct rig *rig = *state;
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = { SYSTEM, 5 },
		.from = { SYSTEM, 99 },
		.sequence = 1,
		.body = (const uint8_t *)"\xf6",
		.body_size = 1 };

	rig_create(rig, 5, "Echo", 1);
	assert_int_equal(stage_receive(rig->stage, &frame), TSP_EPROTOCOL); /* a number twice */
	frame.sequence = 2;
	frame.to.system = 1;
	assert_int_equal(stage_receive(rig->stage, &frame), TSP_EPROTOCOL);
	frame = (struct frame){ .kind = FRAME_DONE, .body = frame.body, .body_size = 1 };
	assert_int_equal(stage_receive(rig->stage, &frame), TSP_EPROTOCOL);
}

/* A byte string of 100,000 bytes, or something that only looks like one. */
static uint8_t large[100005];

static tsp_value large_value(bool valid)
{
	static const uint8_t head[] = { 0x5a, 0x00, 0x01, 0x86, 0xa0 };

	memset(large, 'x', sizeof(large));
	memcpy(large, head, sizeof(head));
	return (tsp_value){ large, sizeof(large) - (valid ? 0 : 1) };
}

static int send_large(tsp_actor *self, const tsp_message *message)
{
	tsp_address far = { SYSTEM, 99 };

	(void)message;
	assert_int_equal(tsp_send(self, far, "Before", (tsp_value){ NULL, 0 }), TSP_OK);
	assert_int_equal(tsp_send(self, far, "Large", large_value(true)), TSP_OK);
	assert_int_equal(tsp_send(self, far, "After", (tsp_value){ NULL, 0 }), TSP_OK);
	assert_int_equal(tsp_send(self, far, "Large", large_value(false)), TSP_EVALUE);
	assert_int_equal(tsp_send(self, far, "\xff", large_value(true)), TSP_EVALUE);
	return TSP_OK;
}

static void test_large_messages_are_not_copied(void **state)
{
	struct rig *rig = *state;
	tsp_text bytes;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, send_large);
	rig_collect(rig);
	assert_int_equal(rig->writes, 1);
	assert_int_equal(rig_sent_count(rig, "Large"), 1);
	assert_true(rig_sent(rig, "Before")->at < rig_sent(rig, "Large")->at);
	assert_true(rig_sent(rig, "Large")->at < rig_sent(rig, "After")->at);
	assert_true(tsp_value_bytes(rig_sent(rig, "Large")->value, &bytes));
	assert_int_equal(bytes.size, 100000);
	assert_int_equal(bytes.data[99999], 'x');
}

static void test_large_messages_wait_in_a_pause(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_frame(rig, FRAME_PAUSE, 99);
	rig_script(rig, 5, 2, send_large);
	rig_collect(rig);
	assert_int_equal(rig->writes, 0);
	assert_int_equal(rig_sent_count(rig, "Large"), 0);
	rig_frame(rig, FRAME_RESUME, 99);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Large"), 1);
	assert_true(rig_sent(rig, "Before")->at < rig_sent(rig, "Large")->at);
}

static void test_capabilities_and_force_exit(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Echo", 1);
	rig_system(rig, 0, 0, "NewCapabilities", "{s:v}", "capabilities",
		((tsp_value){ (const uint8_t *)"\xa1\x61x\x05", 4 }));
	rig_send(rig, 5, 2, "Capability", "n");
	rig_collect(rig);
	assert_int_equal(rig->seen_in_work, 5);
	rig_system(rig, 0, 0, "ForceExit", "{}");
	rig_run(rig);
	assert_true(stage_is_empty(rig->stage));
}

static void test_describe(void **state)
{
	struct rig *rig = *state;
	char text[200];

	rig_create(rig, 5, "Watcher", 1);
	rig_send(rig, 5, 2, "Describe", "n");
	assert_string_equal(rig->trace,
		"actors 1, waiting 0, handled 0, in work @4d.5 Watcher on Describe for 0 ms");
	stage_describe(rig->stage, rig->now, text, sizeof(text));
	assert_string_equal(text, "actors 1, waiting 0, handled 1, idle @4d.5 Watcher");
	stage_describe(rig->stage, rig->now, text, 12);
	assert_string_equal(text, "actors 1, w");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_hello_first),
		RIG_TEST(test_echo),
		RIG_TEST(test_dispatch_order),
		RIG_TEST(test_retry_then_failed),
		RIG_TEST(test_poison_makes_no_poison),
		RIG_TEST(test_reserved_is_refused),
		RIG_TEST(test_empty_is_finished),
		RIG_TEST(test_defer),
		RIG_TEST(test_init_fails),
		RIG_TEST(test_unknown_class),
		RIG_TEST(test_exit),
		RIG_TEST(test_exit_by_itself),
		RIG_TEST(test_exit_waits_for_children),
		RIG_TEST(test_exit_not_recursive),
		RIG_TEST(test_exit_all),
		RIG_TEST(test_status),
		RIG_TEST(test_page),
		RIG_TEST(test_protocol),
		cmocka_unit_test_setup_teardown(
			test_large_messages_are_not_copied, rig_open_writing, rig_close),
		cmocka_unit_test_setup_teardown(
			test_large_messages_wait_in_a_pause, rig_open_writing, rig_close),
		RIG_TEST(test_capabilities_and_force_exit),
		RIG_TEST(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
