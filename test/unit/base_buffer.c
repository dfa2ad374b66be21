/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"

static void puts_grow_up_to_the_limit(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1000);
	assert_int_equal(buffer_put(&buffer, NULL, 0), TSP_OK);
	assert_null(buffer.data);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buffer_put(&buffer, "0123456789", 10), TSP_OK);
	assert_int_equal(buffer.size, 1000);
	assert_true(buffer.capacity <= 1000);
	assert_int_equal(buffer_put(&buffer, "x", 1), TSP_ELIMIT);
	assert_int_equal(buffer.size, 1000);
	assert_memory_equal(buffer.data + 990, "0123456789", 10);
	buffer_clear(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.limit, 1000);
}

static void huge_sizes_do_not_wrap(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, SIZE_MAX);
	assert_int_equal(buffer_put(&buffer, "abc", 3), TSP_OK);
	assert_int_equal(buffer_reserve(&buffer, SIZE_MAX - 1), TSP_ELIMIT);
	assert_int_equal(buffer.size, 3);
	buffer_clear(&buffer);
}

static void reserve_makes_room_only(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 600);
	assert_int_equal(buffer_reserve(&buffer, 600), TSP_OK);
	assert_int_equal(buffer.size, 0);
	assert_true(buffer.capacity >= 600);
	assert_int_equal(buffer_reserve(&buffer, 601), TSP_ELIMIT);
	buffer_clear(&buffer);
}

static void fit_takes_no_more_than_needed(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 10000);
	assert_int_equal(buffer_put(&buffer, "abc", 3), TSP_OK);
	assert_int_equal(buffer_fit(&buffer, 997), TSP_OK);
	assert_int_equal(buffer.size, 3);
	assert_int_equal(buffer.capacity, 1000);
	assert_memory_equal(buffer.data, "abc", 3);
	assert_int_equal(buffer_fit(&buffer, 10), TSP_OK);
	assert_int_equal(buffer.capacity, 1000);
	assert_int_equal(buffer_fit(&buffer, 9998), TSP_ELIMIT);
	assert_int_equal(buffer_fit(&buffer, SIZE_MAX), TSP_ELIMIT);
	assert_int_equal(buffer.capacity, 1000);
	buffer_clear(&buffer);
}

static void printf_appends(void **state)
{
	struct buffer buffer;
	char long_text[400];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	buffer_init(&buffer, 405);
	assert_int_equal(buffer_printf(&buffer, "%d-%s", 42, "a"), TSP_OK);
	assert_memory_equal(buffer.data, "42-a", 4);
	assert_int_equal(buffer_printf(&buffer, "%s", long_text), TSP_OK);
	assert_int_equal(buffer.size, 403);
	assert_int_equal(buffer_printf(&buffer, "%s", long_text), TSP_ELIMIT);
	assert_int_equal(buffer_printf(&buffer, "abc"), TSP_ELIMIT);
	assert_int_equal(buffer_printf(&buffer, "ab"), TSP_OK);
	assert_int_equal(buffer.size, 405);
	buffer_clear(&buffer);
}

static void drop_moves_up(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 100);
	buffer_put(&buffer, "abcdef", 6);
	buffer_drop(&buffer, 0);
	assert_int_equal(buffer.size, 6);
	buffer_drop(&buffer, 2);
	assert_int_equal(buffer.size, 4);
	assert_memory_equal(buffer.data, "cdef", 4);
	buffer_drop(&buffer, 99);
	assert_int_equal(buffer.size, 0);
	buffer_clear(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_grow_up_to_the_limit),
		cmocka_unit_test(huge_sizes_do_not_wrap),
		cmocka_unit_test(reserve_makes_room_only),
		cmocka_unit_test(fit_takes_no_more_than_needed),
		cmocka_unit_test(printf_appends),
		cmocka_unit_test(drop_moves_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
