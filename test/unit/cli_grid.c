/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/grid.h"

static void check(struct grid *grid, int indent, bool heads, const char *expected)
{
	struct buffer text;
	buffer_init(&text, 4096);
	assert_int_equal(grid_print(grid, &text, indent, heads), TSP_OK);
	assert_int_equal(buffer_put(&text, "", 1), TSP_OK);
	assert_string_equal((const char *)text.data, expected);
	buffer_clear(&text);
}

static void test_alignment(void **state)
{
	(void)state;
	struct grid grid;
	grid_init(&grid);
	check(&grid, 0, true, "");
	assert_int_equal(grid_add_row(&grid), TSP_OK);
	assert_int_equal(grid_put(&grid, "name", TSP_TEXT("Gr\xc3\xbc\xc3\x9f")), TSP_OK);
	assert_int_equal(grid_put(&grid, "empty", TSP_TEXT("")), TSP_OK);
	assert_int_equal(grid_put(&grid, "n", TSP_TEXT("1")), TSP_OK);
	assert_int_equal(grid_add_row(&grid), TSP_OK);
	assert_int_equal(grid_put(&grid, "name", TSP_TEXT("a\nb")), TSP_OK);
	check(&grid, 2, true, "  NAME    N\n  Gr\xc3\xbc\xc3\x9f    1\n  a\\x0ab\n");
	/* The rows are forgotten, the columns are not. */
	check(&grid, 2, true, "");
	grid_clear(&grid);
}

static void test_columns_are_limited(void **state)
{
	(void)state;
	struct grid grid;
	char name[16];
	grid_init(&grid);
	assert_int_equal(grid_put(&grid, "early", TSP_TEXT("x")), TSP_OK);
	assert_int_equal(grid_add_row(&grid), TSP_OK);
	for (int i = 0; i < GRID_COLUMNS; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_int_equal(grid_put(&grid, name, TSP_TEXT("x")), TSP_OK);
	}
	assert_int_equal(grid_put(&grid, "more", TSP_TEXT("x")), TSP_ELIMIT);
	assert_int_equal(grid_put(&grid, "c3", TSP_TEXT("again")), TSP_OK);
	grid_clear(&grid);
}

static void test_buffer_is_full(void **state)
{
	(void)state;
	struct grid grid;
	struct buffer text;
	grid_init(&grid);
	buffer_init(&text, 4);
	assert_int_equal(grid_add_row(&grid), TSP_OK);
	assert_int_equal(grid_put(&grid, "c", TSP_TEXT("longer than that")), TSP_OK);
	assert_int_equal(grid_print(&grid, &text, 0, false), TSP_ELIMIT);
	buffer_clear(&text);
	grid_clear(&grid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_columns_are_limited),
		cmocka_unit_test(test_buffer_is_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
