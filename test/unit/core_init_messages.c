/* SPDX-License-Identifier: MIT */
/* F172: messages that an actor needs before all others. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core_stage_rig.h"

static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char word[64];

	(void)self;
	(void)sender;
	snprintf(word, sizeof(word), "%.*s:%d ", (int)tsp_message_type(message).size,
		tsp_message_type(message).data, (int)tsp_get_int(message, "n", -1));
	rig_trace(word);
	return TSP_OK;
}

static int on_done(tsp_actor *self)
{
	int64_t n = -1;
	char word[64];

	(void)tsp_value_int(tsp_value_get(tsp_init_value(self, "Setup"), "n"), &n);
	snprintf(word, sizeof(word), "done:%d,%llu ", (int)n,
		(unsigned long long)tsp_init_sender(self, "Setup").number);
	rig_trace(word);
	return rig_now->result;
}

static const char *const types[] = { "Setup", "text", NULL };
static const tsp_init_messages needs = { .types = types, .done = on_done };
static const tsp_init_messages passes = { .types = types, .done = on_done, .pass_through = true };
static const tsp_class needy = {
	.name = "Needy", .receive = on_any, .init_messages = &needs, .host = TSP_HOST_SHARED
};
static const tsp_class open = { .name = "Open", .receive = on_any, .init_messages = &passes };
static const tsp_class *const classes[] = { &needy, &open, NULL };

static void test_held(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig_create(rig, 5, "Needy", 1);
	rig_send(rig, 5, 2, "Job", "{s:i}", "n", 1);
	rig_send(rig, 5, 3, "Setup", "{s:i}", "n", 7);
	rig_send(rig, 5, 4, "Job", "{s:i}", "n", 2);
	rig_system(rig, 5, 5, "WakeupMessage", "{s:i}", "n", 3); /* the system's pass */
	rig_send_from(rig, 42, 5, 6, "Setup", "{s:i}", "n", 8);	 /* the last of a type wins */
	rig_collect(rig);
	assert_string_equal(rig->trace, "WakeupMessage:3 ");
	rig_assert_done(rig, 2, DONE_KEPT);
	rig_assert_done(rig, 3, DONE_FINISHED);
	rig_assert_done(rig, 4, DONE_KEPT);
	rig_send(rig, 5, 7, NULL, "s", "a plain text");
	rig_collect(rig);
	assert_string_equal(rig->trace, "WakeupMessage:3 done:8,42 Job:1 Job:2 ");
	rig_assert_done(rig, 2, DONE_FINISHED);
	rig_assert_done(rig, 4, DONE_FINISHED);
	rig_assert_done(rig, 7, DONE_FINISHED);
	rig->trace[0] = '\0';
	rig_send(rig, 5, 8, "Setup", "{s:i}", "n", 9); /* from now on like any other */
	assert_string_equal(rig->trace, "Setup:9 ");
}

static void test_pass_through(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig_create(rig, 5, "Open", 1);
	rig_send(rig, 5, 2, "Job", "{s:i}", "n", 1);
	rig_send(rig, 5, 3, "Setup", "{s:i}", "n", 7);
	rig_send(rig, 5, 4, NULL, "s", "x");
	assert_string_equal(rig->trace, "Job:1 Setup:7 done:7,99 text:-1 ");
}

static void test_done_fails(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig->result = TSP_EFAILED;
	rig_create(rig, 5, "Needy", 1);
	rig_send(rig, 5, 2, "Job", "{s:i}", "n", 1);
	rig_send(rig, 5, 3, "Setup", "{s:i}", "n", 7);
	rig_send(rig, 5, 4, NULL, "s", "x");
	rig_collect(rig);
	assert_int_equal(stage_count(rig->stage), 0);
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "reason"), "failed");
	rig_assert_done(rig, 2, DONE_KEPT); /* the admin returns what is not done by then */
	rig_assert_done(rig, 4, DONE_KEPT);
	assert_string_equal(rig->trace, "done:7,99 ");
}

static tsp_address twin;

static int make_two(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	rig_now->child = tsp_create(self, "Needy", NULL);
	twin = tsp_create(self, "Needy", NULL);
	(void)tsp_sendf(self, rig_now->child, "Job", "{s:i}", "n", 1);
	(void)tsp_sendf(self, twin, "Job", "{s:i}", "n", 2);
	(void)tsp_sendf(self, rig_now->child, "Setup", "{s:i}", "n", 7);
	return tsp_sendf(self, rig_now->child, NULL, "s", "x");
}

static int end_twin(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	rig_now->result = TSP_EFAILED;
	(void)tsp_sendf(self, twin, "Setup", "{s:i}", "n", 7);
	return tsp_sendf(self, twin, NULL, "s", "x");
}

/* Each has its own, among actors of one host as well; what it held goes back with its end. */
static void test_local(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_two);
	rig_run(rig);
	assert_string_equal(rig->trace, "done:7,5 Job:1 ");
	rig_script(rig, 5, 3, end_twin);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(stage_count(rig->stage), 2);
	assert_int_equal(rig_sent_count(rig, "Job"), 1);
	assert_true(tsp_address_equal(rig_sent(rig, "Job")->to, twin));
	assert_true(rig_sent(rig, "Job")->at < rig_sent(rig, "Exited")->at);
	assert_int_equal(rig_sent_count(rig, ""), 1); /* the text that completed it */
}

static void test_exit_while_held(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig_create(rig, 5, "Needy", 1);
	rig_send(rig, 5, 2, "Job", "{s:i}", "n", 1);
	rig_send(rig, 5, 3, "ActorExitRequest", "{}");
	rig_collect(rig);
	assert_int_equal(stage_count(rig->stage), 0);
	rig_assert_done(rig, 2, DONE_KEPT);
	assert_string_equal(rig->trace, "ActorExitRequest:-1 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_held),
		RIG_TEST(test_pass_through),
		RIG_TEST(test_done_fails),
		RIG_TEST_SHARED(test_local),
		RIG_TEST(test_exit_while_held),
	};

	return cmocka_run_group_tests_name("F172: initialising messages", tests, NULL, NULL);
}
