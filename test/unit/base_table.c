/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <thespian.h>

#include "base/table.h"

#define MANY 20000

static int items[MANY];

static void an_empty_table_has_nothing(void **state)
{
	struct table table;
	size_t at = 0;

	(void)state;
	table_init(&table);
	assert_null(table_get(&table, 0));
	assert_null(table_take(&table, 0));
	assert_null(table_next(&table, &at, NULL));
	table_clear(&table);
}

static void sequences_are_found(void **state)
{
	static const unsigned int shifts[] = { 0, 3, 24, 40, 63 };

	(void)state;
	for (size_t s = 0; s < sizeof(shifts) / sizeof(shifts[0]); s++) {
		struct table table;
		uint64_t most = shifts[s] == 63 ? 2 : MANY;

		table_init(&table);
		for (uint64_t i = 0; i < most; i++)
			assert_int_equal(table_put(&table, i << shifts[s], &items[i]), TSP_OK);
		assert_int_equal(table.count, most);
		for (uint64_t i = 0; i < most; i++)
			assert_ptr_equal(table_get(&table, i << shifts[s]), &items[i]);
		assert_null(table_get(&table, UINT64_MAX));
		table_clear(&table);
	}
}

static void put_replaces(void **state)
{
	struct table table;

	(void)state;
	table_init(&table);
	table_put(&table, 7, &items[0]);
	table_put(&table, 7, &items[1]);
	assert_int_equal(table.count, 1);
	assert_ptr_equal(table_get(&table, 7), &items[1]);
	assert_ptr_equal(table_take(&table, 7), &items[1]);
	assert_null(table_take(&table, 7));
	assert_int_equal(table.count, 0);
	table_clear(&table);
}

/* Against a plain array, with as many takes as puts. */
static void it_agrees_with_an_array(void **state)
{
	static void *plain[512];
	struct table table;
	uint32_t random = 1;
	size_t count = 0;

	(void)state;
	table_init(&table);
	for (int i = 0; i < 200000; i++) {
		random = random * 1664525 + 1013904223;

		uint64_t key = random >> 16 & 511;
		void *was = plain[key];

		if ((random >> 8 & 1) != 0) {
			plain[key] = &items[i % MANY];
			assert_int_equal(table_put(&table, key << 24, plain[key]), TSP_OK);
			count += was == NULL;
		} else {
			plain[key] = NULL;
			assert_ptr_equal(table_take(&table, key << 24), was);
			count -= was != NULL;
		}
		assert_int_equal(table.count, count);
	}
	assert_true(table.capacity <= 2048);
	for (uint64_t key = 0; key < 512; key++)
		assert_ptr_equal(table_get(&table, key << 24), plain[key]);
	table_clear(&table);
}

static void a_window_of_numbers_does_not_fill_it(void **state)
{
	struct table table;

	(void)state;
	table_init(&table);
	for (uint64_t i = 0; i < 1000000; i++) {
		table_put(&table, i, &items[i % MANY]);
		if (i >= 50)
			assert_ptr_equal(table_take(&table, i - 50), &items[(i - 50) % MANY]);
	}
	assert_int_equal(table.count, 50);
	assert_true(table.capacity <= 256);
	table_clear(&table);
}

static void a_walk_may_take_what_it_saw(void **state)
{
	struct table table;
	uint64_t key = 0;
	uint64_t sum = 0;
	size_t seen = 0;
	size_t at = 0;
	void *item;

	(void)state;
	table_init(&table);
	for (uint64_t i = 0; i < 1000; i++)
		table_put(&table, i, &items[i]);
	while ((item = table_next(&table, &at, &key)) != NULL) {
		assert_ptr_equal(item, &items[key]);
		sum += key;
		seen++;
		if (key % 3 != 0)
			assert_ptr_equal(table_take(&table, key), item);
	}
	assert_int_equal(seen, 1000);
	assert_int_equal(sum, 999 * 1000 / 2);
	assert_int_equal(table.count, 334);
	table_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_table_has_nothing),
		cmocka_unit_test(sequences_are_found),
		cmocka_unit_test(put_replaces),
		cmocka_unit_test(it_agrees_with_an_array),
		cmocka_unit_test(a_window_of_numbers_does_not_fill_it),
		cmocka_unit_test(a_walk_may_take_what_it_saw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
