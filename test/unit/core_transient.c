/* SPDX-License-Identifier: MIT */
/* Actors that end by themselves after a time. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core_stage_rig.h"

static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	if (tsp_message_is(message, "Remind"))
		return tsp_wakeup_after(self, 60000, (tsp_value){ NULL, 0 });
	rig_trace(tsp_message_is(message, "ActorExitRequest") ? "exit " : "heard ");
	return tsp_message_is(message, "Later") ? TSP_DEFER : TSP_OK;
}

static const tsp_transient after_first = { 0 };
static const tsp_transient after_last = { .exit_delay_ms = 500, .idle = true };
static const tsp_class once = { .name = "Once", .receive = on_any, .transient = &after_first };
static const tsp_class idle = { .name = "Idle", .receive = on_any, .transient = &after_last };
static const tsp_class *const classes[] = { &once, &idle, NULL };

static void test_after_first(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig_create(rig, 5, "Once", 1);
	rig_pass_ms(rig, 60000);
	assert_int_equal(stage_count(rig->stage), 1); /* one that never gets a message stays */
	rig_send(rig, 5, 2, "A", "n");
	assert_true(stage_deadline(rig->stage) != CLOCK_NEVER);
	rig_pass_ms(rig, 9000);
	rig_send(rig, 5, 3, "B", "n"); /* changes nothing */
	assert_int_equal(stage_count(rig->stage), 1);
	rig_pass_ms(rig, 1000);
	assert_int_equal(stage_count(rig->stage), 0);
	assert_string_equal(rig->trace, "heard heard exit "); /* no message of the timer is seen */
	rig_collect(rig);
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "reason"), "exited");
	assert_true(stage_deadline(rig->stage) == CLOCK_NEVER);
}

static void test_after_last(void **state)
{
	struct rig *rig = *state;
	uint64_t sequence = 2;

	rig->more = classes;
	rig_create(rig, 5, "Idle", 1);
	for (int i = 0; i < 5; i++) {
		rig_send(rig, 5, sequence++, "A", "n");
		rig_pass_ms(rig, 400);
	}
	assert_int_equal(stage_count(rig->stage), 1);
	rig_system(rig, 5, sequence++, "WakeupMessage", "{}"); /* not one that counts */
	rig_send(rig, 5, sequence++, "Thespian_StatusReq", "{}");
	rig_pass_ms(rig, 100);
	assert_int_equal(stage_count(rig->stage), 0);
}

/* The timer of its end is the stage's own, and none of the actor's wake-ups. */
static void test_status(void **state)
{
	struct rig *rig = *state;
	struct sent *status;

	rig->more = classes;
	rig_create(rig, 5, "Idle", 1);
	rig_send(rig, 5, 2, "Remind", "n");
	rig_send(rig, 5, 3, "Thespian_StatusReq", "{}");
	rig_collect(rig);
	status = rig_sent(rig, "Thespian_ActorStatus");
	assert_int_equal(rig_uint(status, "wakeupCount"), 1);
	assert_int_equal(tsp_value_count(tsp_value_get(status->value, "pendingWakeups")), 1);
}

/* The first message of any kind begins it; what is deferred does not begin it anew for ever. */
static void test_idle_and_deferred(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig_create(rig, 5, "Idle", 1);
	rig_send(rig, 5, 2, "Later", "n");
	rig_pass_ms(rig, 300);
	rig_system(rig, 5, 3, "WakeupMessage", "{}"); /* Later is delivered again */
	rig_pass_ms(rig, 200);
	assert_int_equal(stage_count(rig->stage), 0);
	rig_create(rig, 6, "Idle", 4);
	rig_system(rig, 6, 5, "WakeupMessage", "{}");
	rig_pass_ms(rig, 500);
	assert_int_equal(stage_count(rig->stage), 0);
}

static void test_gone_before(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	for (uint64_t i = 0; i < 200; i++) {
		rig_create(rig, 100 + i, "Once", 3 * i + 1);
		rig_send(rig, 100 + i, 3 * i + 2, "A", "n");
		rig_send(rig, 100 + i, 3 * i + 3, "ActorExitRequest", "{}");
	}
	assert_int_equal(stage_count(rig->stage), 0);
	rig_pass_ms(rig, 20000);
	assert_true(stage_deadline(rig->stage) == CLOCK_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_after_first, rig_open, rig_close),
		cmocka_unit_test_setup_teardown(test_after_last, rig_open, rig_close),
		cmocka_unit_test_setup_teardown(test_status, rig_open, rig_close),
		cmocka_unit_test_setup_teardown(test_idle_and_deferred, rig_open, rig_close),
		cmocka_unit_test_setup_teardown(test_gone_before, rig_open_shared, rig_close),
	};

	return cmocka_run_group_tests_name("F159: transient", tests, NULL, NULL);
}
