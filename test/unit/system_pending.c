/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "system/pending.h"
#include "wire/message.h"

static struct pending pending;

static int setup(void **state)
{
	(void)state;
	memset(&pending, 0, sizeof(pending));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pending_clear(&pending);
	assert_int_equal(pending.count, 0);
	assert_int_equal(pending.held, 0);
	return 0;
}

static tsp_message *make(void)
{
	static const uint8_t null = 0xf6;
	tsp_message *message = message_new((tsp_value){ &null, 1 }, TSP_NOBODY, TSP_NOBODY, false);

	assert_non_null(message);
	return message;
}

static void add(uint64_t number, clock_ns deadline)
{
	assert_int_equal(pending_add(&pending, number, TSP_NOBODY, deadline), TSP_OK);
}

static void reply(uint64_t number)
{
	assert_true(pending_reply(&pending, number, make()));
}

static uint64_t first(void)
{
	struct pending_ask *ask = pending_find(&pending, 0);

	return ask != NULL ? ask->number : 0;
}

static void end(uint64_t number)
{
	tsp_message_free(pending_end(&pending, pending_find(&pending, number)));
}

static void each_is_found_by_its_number(void **state)
{
	(void)state;
	assert_null(pending_find(&pending, 0));
	add(7, 100);
	add(8, 100);
	assert_int_equal(pending_find(&pending, 8)->number, 8);
	assert_null(pending_find(&pending, 9));
	end(7);
	assert_null(pending_find(&pending, 7));
	assert_int_equal(pending_find(&pending, 8)->number, 8);
}

static void the_first_is_whose_reply_came_first_else_whose_time_is_up_first(void **state)
{
	(void)state;
	add(1, 300);
	add(2, 100);
	add(3, 200);
	assert_int_equal(first(), 2);
	reply(3);
	reply(1);
	assert_int_equal(first(), 3);
	end(3);
	assert_int_equal(first(), 1);
	end(1);
	assert_int_equal(first(), 2);
	end(2);
	assert_int_equal(first(), 0);
}

static void an_ask_takes_one_reply(void **state)
{
	tsp_message *message = make();

	(void)state;
	add(1, 100);
	assert_false(pending_reply(&pending, 2, message));
	assert_false(pending_reply(&pending, 0, message));
	assert_int_equal(pending.held, 0);
	reply(1);
	assert_int_equal(pending.held, 1);
	assert_false(pending_reply(&pending, 1, message));
	tsp_message_free(message);
}

static void there_is_room_for_so_many(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= TSP_ASK_LIMIT; i++)
		add(i, 100);
	assert_int_equal(pending_add(&pending, 99, TSP_NOBODY, 100), TSP_ELIMIT);
	reply(5);
	assert_int_equal(pending_add(&pending, 99, TSP_NOBODY, 100), TSP_ELIMIT);
	end(5);
	add(99, 100);
	assert_int_equal(pending_find(&pending, 99)->number, 99);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_is_found_by_its_number),
		TEST(the_first_is_whose_reply_came_first_else_whose_time_is_up_first),
		TEST(an_ask_takes_one_reply),
		TEST(there_is_room_for_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
