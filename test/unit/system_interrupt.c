/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "system/interrupt.h"

static int readable(void)
{
	struct pollfd wait = { .fd = interrupt_descriptor(), .events = POLLIN };

	return poll(&wait, 1, 0);
}

static void before_there_is_a_descriptor(void **state)
{
	(void)state;
	assert_int_equal(interrupt_descriptor(), -1);
	interrupt_drain();
	tsp_interrupt();
	assert_true(interrupt_take());
	assert_false(interrupt_take());
}

static void one_interrupt_is_taken_once(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(interrupt_open(), TSP_OK);
	fd = interrupt_descriptor();
	assert_int_equal(interrupt_open(), TSP_OK);
	assert_int_equal(interrupt_descriptor(), fd);
	assert_int_equal(readable(), 0);
	tsp_interrupt();
	tsp_interrupt();
	assert_int_equal(readable(), 1);
	interrupt_drain();
	assert_int_equal(readable(), 0);
	assert_true(interrupt_take());
	assert_false(interrupt_take());
}

static void who_asks_takes_it(void **state)
{
	(void)state;
	assert_false(tsp_interrupted());
	tsp_interrupt();
	assert_true(tsp_interrupted());
	assert_false(tsp_interrupted());
	assert_false(interrupt_take());
	assert_int_equal(readable(), 0);
}

static void errno_is_left_alone(void **state)
{
	(void)state;
	errno = ENOTTY;
	tsp_interrupt();
	assert_int_equal(errno, ENOTTY);
	assert_true(interrupt_take());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_there_is_a_descriptor),
		cmocka_unit_test(one_interrupt_is_taken_once),
		cmocka_unit_test(who_asks_takes_it),
		cmocka_unit_test(errno_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
