/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void clocks_do_not_run_backwards(void **state)
{
	clock_ns first = clock_read();
	clock_ns coarse = clock_read_coarse();

	(void)state;
	assert_true(first > 0);
	assert_true(clock_read() >= first);
	assert_true(clock_read_coarse() >= coarse);
	assert_true(first - coarse < CLOCK_SECOND && coarse - first < CLOCK_SECOND);
}

static void after_does_not_overflow(void **state)
{
	(void)state;
	assert_true(clock_after(5, 2) == 5 + 2 * CLOCK_MS);
	assert_true(clock_after(5, 0) == 5);
	assert_true(clock_after(5, INT64_MAX) == CLOCK_NEVER);
	assert_true(clock_after(CLOCK_NEVER - 10, 1) == CLOCK_NEVER);
	assert_true(clock_after(CLOCK_NEVER, 0) == CLOCK_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_do_not_run_backwards),
		cmocka_unit_test(after_does_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
