/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/builder.h"

static tsp_builder *builder;

static int set_up(void **state)
{
	(void)state;
	builder = tsp_builder_new();
	return builder != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	tsp_builder_free(builder);
	return 0;
}

/* What was built, as hexadecimal digits, checked on the way; the builder is reset. */
static const char *built(void)
{
	static char hex[4096];
	tsp_value value;

	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_value_check(value.data, value.size), TSP_OK);
	assert_true(value.size < sizeof(hex) / 2);
	text_hex(value.data, value.size, hex);
	tsp_builder_reset(builder);
	return hex;
}

static int failed(void)
{
	tsp_value value = { 0 };
	int rc = tsp_builder_value(builder, &value);

	assert_null(value.data);
	tsp_builder_reset(builder);
	return rc;
}

static void scalars_take_the_shortest_form(void **state)
{
	static const struct {
		int64_t number;
		const char *hex;
	} ints[] = { { 0, "00" }, { 23, "17" }, { 24, "1818" }, { 1000, "1903e8" },
		{ 1000000, "1a000f4240" }, { 1000000000000, "1b000000e8d4a51000" }, { -1, "20" },
		{ -100, "3863" }, { INT64_MIN, "3b7fffffffffffffff" } };
	static const struct {
		double number;
		const char *hex;
	} floats[] = { { 0.0, "f90000" }, { -0.0, "f98000" }, { 1.0, "f93c00" },
		{ 1.1, "fb3ff199999999999a" }, { 65504.0, "f97bff" }, { 100000.0, "fa47c35000" },
		{ 3.4028234663852886e+38, "fa7f7fffff" }, { 1.0e+300, "fb7e37e43c8800759c" },
		{ 5.960464477539063e-8, "f90001" }, { 0.00006103515625, "f90400" },
		{ -4.1, "fbc010666666666666" }, { 65505, "fa477fe100" } };

	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		tsp_put_int(builder, ints[i].number);
		assert_string_equal(built(), ints[i].hex);
	}
	for (size_t i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
		tsp_put_float(builder, floats[i].number);
		assert_string_equal(built(), floats[i].hex);
	}
	tsp_put_uint(builder, UINT64_MAX);
	assert_string_equal(built(), "1bffffffffffffffff");
	tsp_put_null(builder);
	assert_string_equal(built(), "f6");
	tsp_put_bool(builder, true);
	assert_string_equal(built(), "f5");
	tsp_put_string(builder, "a\303\274");
	assert_string_equal(built(), "6361c3bc");
	tsp_put_string(builder, NULL);
	assert_string_equal(built(), "f6");
	tsp_put_text(builder, TSP_TEXT(""));
	assert_string_equal(built(), "60");
	tsp_put_bytes(builder, "\1\2", 2);
	assert_string_equal(built(), "420102");
	tsp_put_bytes(builder, NULL, 0);
	assert_string_equal(built(), "40");
	tsp_put_address(builder, (tsp_address){ 1, 2 });
	assert_string_equal(built(), "d9d9f85000000000000000010000000000000002");
}

static void maps_are_sorted(void **state)
{
	(void)state;
	tsp_begin_map(builder);
	tsp_put_key(builder, "aa");
	tsp_put_int(builder, 1);
	tsp_put_key(builder, "b");
	tsp_begin_map(builder);
	tsp_put_key(builder, "z");
	tsp_put_int(builder, 2);
	tsp_put_key(builder, "y");
	tsp_put_int(builder, 3);
	tsp_end(builder);
	tsp_put_key(builder, "a");
	tsp_begin_list(builder);
	tsp_end(builder);
	tsp_end(builder);
	assert_string_equal(built(),
		"a361618061"
		"62a2617903617a0262616101");
}

static void big_maps_and_lists_are_sorted_too(void **state)
{
	char key[16];
	tsp_value value;
	int64_t number;

	(void)state;
	tsp_begin_map(builder);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%d", i * 617 % 1000);
		tsp_put_key(builder, key);
		tsp_put_int(builder, i * 617 % 1000);
	}
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_value_check(value.data, value.size), TSP_OK);
	assert_int_equal(tsp_value_count(value), 1000);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_true(tsp_value_int(tsp_value_get(value, key), &number) && number == i);
	}
	tsp_builder_reset(builder);
	tsp_begin_list(builder);
	for (int i = 0; i < 70000; i++)
		tsp_put_int(builder, i);
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_value_check(value.data, value.size), TSP_OK);
	assert_true(tsp_value_int(tsp_value_at(value, 69999), &number) && number == 69999);
	tsp_builder_reset(builder);
}

static void double_keys_are_refused(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		tsp_begin_map(builder);
		tsp_put_key(builder, more != 0 ? "b" : "a");
		tsp_put_null(builder);
		tsp_put_key(builder, "a");
		tsp_put_null(builder);
		if (more != 0) {
			tsp_put_key(builder, "b");
			tsp_put_null(builder);
		}
		tsp_end(builder);
		assert_int_equal(failed(), TSP_EVALUE);
	}
}

static void wrong_turns_stick(void **state)
{
	(void)state;
	assert_int_equal(failed(), TSP_EVALUE); /* nothing */
	tsp_put_int(builder, 1);
	tsp_put_int(builder, 2);
	tsp_end(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_list(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_end(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_put_key(builder, "a");
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_list(builder);
	tsp_put_key(builder, "a");
	tsp_end(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_map(builder);
	tsp_put_int(builder, 1);
	tsp_end(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_map(builder);
	tsp_put_key(builder, "a");
	tsp_put_key(builder, "b");
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_map(builder);
	tsp_put_key(builder, "a");
	tsp_end(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_map(builder);
	tsp_put_key(builder, NULL);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_map(builder);
	tsp_put_key(builder, "\xff");
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_map(builder);
	builder_put_key(builder, (tsp_text){ "a\0b", 3 });
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_typed(builder, "T");
	tsp_end(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_typed(builder, "T");
	tsp_put_int(builder, 1);
	tsp_put_int(builder, 1);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_typed(builder, "");
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_typed(builder, NULL);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_put_string(builder, "\xc3");
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_put_float(builder, NAN);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_put_float(builder, -INFINITY);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_put_value(builder, (tsp_value){ (const uint8_t *)"\x18\x01", 2 });
	assert_int_equal(failed(), TSP_EVALUE);
	builder_put_raw(builder, "", 0);
	assert_int_equal(failed(), TSP_EVALUE);
}

static void values_go_into_values(void **state)
{
	const tsp_value list = { (const uint8_t *)"\x82\1\2", 3 };

	(void)state;
	tsp_begin_typed(builder, "T");
	tsp_begin_list(builder);
	tsp_put_value(builder, list);
	tsp_put_value(builder, (tsp_value){ 0 });
	tsp_put_encoded(builder, list);
	tsp_put_encoded(builder, (tsp_value){ 0 });
	builder_put_raw(builder, list.data, list.size);
	tsp_end(builder);
	tsp_end(builder);
	assert_string_equal(built(), "d9d9f982615485820102f6d81843820102f6820102");
}

static void depth_counts_from_the_top(void **state)
{
	uint8_t deep[TSP_DEPTH_LIMIT + 1];

	(void)state;
	memset(deep, 0x81, TSP_DEPTH_LIMIT);
	deep[TSP_DEPTH_LIMIT] = 1;
	for (int extra = 0; extra < 2; extra++) {
		for (int i = 0; i < TSP_DEPTH_LIMIT + extra; i++)
			tsp_begin_list(builder);
		for (int i = 0; i < TSP_DEPTH_LIMIT + extra; i++)
			tsp_end(builder);
		if (extra == 0)
			built();
		else
			assert_int_equal(failed(), TSP_EVALUE);
	}
	tsp_put_value(builder, (tsp_value){ deep, sizeof(deep) });
	built();
	tsp_begin_list(builder);
	tsp_put_value(builder, (tsp_value){ deep, sizeof(deep) });
	tsp_end(builder);
	assert_int_equal(failed(), TSP_EVALUE);
	tsp_begin_list(builder);
	tsp_put_encoded(builder, (tsp_value){ deep, sizeof(deep) });
	tsp_end(builder);
	built();
}

static void a_value_has_a_limit(void **state)
{
	uint8_t *bytes = calloc(1, VALUE_SIZE_LIMIT);
	tsp_value value;

	(void)state;
	assert_non_null(bytes);
	tsp_put_bytes(builder, bytes, VALUE_SIZE_LIMIT - 5);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(value.size, VALUE_SIZE_LIMIT);
	tsp_builder_reset(builder);
	assert_int_equal(builder->capacity, 0);
	tsp_put_bytes(builder, bytes, VALUE_SIZE_LIMIT - 4);
	assert_int_equal(failed(), TSP_ETOOBIG);
	tsp_put_bytes(builder, bytes, SIZE_MAX);
	assert_int_equal(failed(), TSP_ETOOBIG);
	builder_set_limit(builder, VALUE_WRAP_LIMIT);
	tsp_put_bytes(builder, bytes, VALUE_SIZE_LIMIT - 4);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	builder_set_limit(builder, 16);
	tsp_begin_list(builder);
	for (int i = 0; i < 10; i++)
		tsp_put_string(builder, "abc");
	tsp_end(builder);
	assert_int_equal(failed(), TSP_ETOOBIG);
	builder_set_limit(builder, VALUE_SIZE_LIMIT);
	free(bytes);
}

static void memory_is_used_again(void **state)
{
	uint8_t *data;
	size_t size;

	(void)state;
	tsp_put_string(builder, "some text");
	data = builder->data;
	for (int i = 0; i < 100; i++) {
		tsp_builder_reset(builder);
		tsp_put_string(builder, "other text");
		assert_ptr_equal(builder->data, data);
	}
	assert_int_equal(builder_take(builder, &data, &size), TSP_OK);
	assert_int_equal(size, 11);
	assert_null(builder->data);
	free(data);
	assert_int_equal(builder_take(builder, &data, &size), TSP_EVALUE);
	tsp_put_null(builder);
	assert_string_equal(built(), "f6");
	tsp_builder_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_take_the_shortest_form),
		cmocka_unit_test(maps_are_sorted),
		cmocka_unit_test(big_maps_and_lists_are_sorted_too),
		cmocka_unit_test(double_keys_are_refused),
		cmocka_unit_test(wrong_turns_stick),
		cmocka_unit_test(values_go_into_values),
		cmocka_unit_test(depth_counts_from_the_top),
		cmocka_unit_test(a_value_has_a_limit),
		cmocka_unit_test(memory_is_used_again),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
