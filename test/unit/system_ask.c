/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "system_fake.h"

#define FIRST_ASK CALLER_ASKS

static struct fake fake;
static tsp_system *caller;
static tsp_error err;

static int setup(void **state)
{
	(void)state;
	err = (tsp_error){ 0 };
	caller = fake_system(&fake);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tsp_close(caller);
	fake_close(&fake);
	return 0;
}

static tsp_address actor(uint64_t number)
{
	return (tsp_address){ FAKE_SYSTEM, number };
}

static tsp_value no_value(void)
{
	return (tsp_value){ NULL, 0 };
}

static uint64_t start(int64_t timeout_ms)
{
	uint64_t number = 0;

	assert_int_equal(tsp_ask_start(caller, actor(99), "Question", no_value(), timeout_ms, &number, &err), TSP_OK);
	assert_int_not_equal(number, 0);
	return number;
}

/* Finishes that ask, 0: any, whose answer is n. */
static uint64_t finish(uint64_t number, int64_t n)
{
	tsp_message *reply = NULL;

	assert_int_equal(tsp_ask_finish(caller, &number, &reply, &err), TSP_OK);
	assert_int_equal(tsp_get_int(reply, "n", -1), n);
	tsp_message_free(reply);
	return number;
}

static void asks_that_are_started_end_in_any_order(void **state)
{
	tsp_message *message = NULL;
	struct frame frame;
	uint64_t asks[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		asks[i] = start(1000);
		assert_string_equal(fake_hear_type(&fake, &frame, NULL), "Question");
		assert_int_equal(frame.from.number, FAKE_NUMBER(FIRST_ASK + (uint64_t)i));
	}
	assert_false(tsp_ask_ready(caller, asks[0]) || tsp_ask_ready(caller, 0));
	fake_say(&fake, FIRST_ASK + 2, 0, "Answer", "{s:i}", "n", 2);
	fake_say(&fake, FIRST_ASK + 1, 0, "Answer", "{s:i}", "n", 1);
	fake_say(&fake, FIRST_ASK + 1, 0, "Answer", "{s:i}", "n", 11);
	fake_say(&fake, FIRST_ASK + 3, 0, "Answer", "{s:i}", "n", 3);
	fake_say(&fake, FIRST_ASK, 0, "Answer", "{s:i}", "n", 0);
	assert_int_equal(tsp_ask(caller, actor(99), NULL, no_value(), 1000, &message, &err), TSP_OK);
	assert_int_equal(tsp_get_int(message, "n", -1), 3);
	tsp_message_free(message);
	assert_true(tsp_ask_ready(caller, asks[1]) && tsp_ask_ready(caller, 0));
	assert_int_equal(finish(asks[0], 0), asks[0]);
	assert_int_equal(finish(0, 2), asks[2]);
	assert_int_equal(finish(0, 1), asks[1]);
	assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_OK);
	assert_int_equal(tsp_get_int(message, "n", -1), 11); /* of the second answers to one ask */
	tsp_message_free(message);
	asks[0] = 0;
	assert_int_equal(tsp_ask_finish(caller, &asks[0], &message, &err), TSP_ENOENT);
	assert_int_equal(tsp_ask_finish(caller, &asks[2], &message, &err), TSP_ENOENT);
	assert_string_equal(err.text, "cannot wait for an answer: no such ask is open");
}

static void each_ask_that_is_started_has_its_time(void **state)
{
	tsp_message *reply = NULL;
	struct frame frame;
	tsp_value value;
	uint64_t number = 0;
	uint64_t any = 0;
	uint64_t patient = start(TSP_FOREVER);
	uint64_t hasty = start(20);

	(void)state;
	assert_int_equal(tsp_ask_finish(caller, &any, &reply, &err), TSP_ETIMEOUT);
	assert_string_equal(err.text, "cannot ask '@1234.63': no answer in time");
	assert_int_equal(any, hasty);
	for (int i = 0; i < 2; i++)
		assert_string_equal(fake_hear_type(&fake, &frame, NULL), "Question");
	assert_string_equal(fake_hear_type(&fake, &frame, &value), "CancelAsk");
	assert_true(tsp_value_uint(tsp_value_get(value, "number"), &number));
	assert_int_equal(number, FAKE_NUMBER(FIRST_ASK + 1));
	tsp_ask_cancel(caller, patient);
	assert_string_equal(fake_hear_type(&fake, &frame, &value), "CancelAsk");
	tsp_ask_cancel(caller, patient);
	assert_int_equal(tsp_ask_finish(caller, &patient, &reply, &err), TSP_ENOENT);
	fake_say(&fake, FIRST_ASK, 0, "Answer", "{s:i}", "n", 1);
	assert_int_equal(tsp_listen(caller, 1000, &reply, &err), TSP_OK);
	tsp_message_free(reply);
}

static void so_many_asks_may_be_started(void **state)
{
	tsp_message *reply = NULL;
	uint64_t asks[TSP_ASK_LIMIT];
	uint64_t more = 0;

	(void)state;
	for (int i = 0; i < TSP_ASK_LIMIT; i++)
		asks[i] = start(1000);
	assert_int_equal(tsp_ask_start(caller, actor(9), NULL, no_value(), 1000, &more, &err), TSP_ELIMIT);
	assert_string_equal(err.text, "cannot ask '@1234.9': 16 asks are open already");
	assert_int_equal(more, 0);
	fake_say(&fake, FIRST_ASK + 4, FRAME_SYSTEM, "PoisonMessage", "{s:i, s:s, s:s}", "code", TSP_EDEAD, "details",
		"because", "outcome", "returned");
	assert_int_equal(tsp_ask_finish(caller, &asks[4], &reply, &err), TSP_EDEAD);
	assert_string_equal(err.text, "cannot ask '@1234.63': because");
	more = start(1000);
	tsp_interrupt();
	assert_int_equal(tsp_ask_finish(caller, &more, &reply, &err), TSP_EINTERRUPT);
	/* What has come is given, then that nothing comes any more. */
	fake_say(&fake, FIRST_ASK + 2, 0, "Answer", "{s:i}", "n", 2);
	assert_int_equal(shutdown(fake.fd, SHUT_WR), 0);
	assert_int_equal(finish(0, 2), asks[2]);
	assert_int_equal(tsp_ask_finish(caller, &more, &reply, &err), TSP_ENOSYSTEM);
	for (int i = 0; i < TSP_ASK_LIMIT - 2; i++) {
		more = 0;
		assert_int_equal(tsp_ask_finish(caller, &more, &reply, &err), TSP_ENOSYSTEM);
	}
	more = 0;
	assert_int_equal(tsp_ask_finish(caller, &more, &reply, &err), TSP_ENOENT);
}

static void the_descriptor_is_readable_while_a_reply_is_held(void **state)
{
	struct pollfd watched = { .fd = tsp_descriptor(caller), .events = POLLIN };
	tsp_message *message = NULL;
	uint64_t number = start(1000);

	(void)state;
	fake_say(&fake, FIRST_ASK, 0, "Answer", "{s:i}", "n", 1);
	assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_ETIMEOUT);
	assert_int_equal(poll(&watched, 1, 0), 1);
	(void)finish(number, 1);
	assert_int_equal(poll(&watched, 1, 0), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(asks_that_are_started_end_in_any_order),
		TEST(each_ask_that_is_started_has_its_time),
		TEST(so_many_asks_may_be_started),
		TEST(the_descriptor_is_readable_while_a_reply_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
