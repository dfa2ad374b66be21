/* SPDX-License-Identifier: MIT */
/* Bounds are capabilities: what they may be, and what holds where none is given. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/bounds.h"

static tsp_value capabilities_of(
	tsp_builder *b, const char *format, const char *name, int64_t value)
{
	tsp_value map;

	tsp_builder_reset(b);
	tsp_put_format(b, format, name, value);
	assert_int_equal(tsp_builder_value(b, &map), 0);
	return map;
}

static void test_read(void **state)
{
	tsp_builder *b = tsp_builder_new();
	struct bounds bounds;

	(void)state;
	bounds_read((tsp_value){ NULL, 0 }, &bounds);
	assert_int_equal(bounds.mailbox_messages, 10000);
	assert_int_equal(bounds.outbox_messages, 4096);
	assert_int_equal(bounds.memory_limit, 0);
	bounds_read(capabilities_of(b, "{s:I}", "Outbox Messages", 3), &bounds);
	assert_int_equal(bounds.outbox_messages, 3);
	assert_int_equal(bounds.local_messages, 16384);
	bounds_read(capabilities_of(b, "{s:I}", "Outbox Messages", 0), &bounds);
	assert_int_equal(bounds.outbox_messages, 4096);
	tsp_builder_free(b);
}

static void test_check(void **state)
{
	tsp_builder *b = tsp_builder_new();
	tsp_error err = { 0 };
	tsp_value map;

	(void)state;
	map = capabilities_of(b, "{s:I}", "Wakeups", 1);
	assert_int_equal(bounds_check_all(map, &err), 0);
	map = capabilities_of(b, "{s:I}", "Wakeups", -1);
	assert_int_equal(bounds_check_all(map, &err), TSP_EVALUE);
	assert_string_equal(err.text, "'Wakeups' is not a whole number from 1 to 1000000000");
	map = capabilities_of(b, "{s:I}", "Watches", 4097);
	assert_int_equal(bounds_check_all(map, &err), TSP_EVALUE);
	map = capabilities_of(b, "{s:I}", "Somebody's own", -1);
	assert_int_equal(bounds_check_all(map, &err), 0);
	tsp_builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
