/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "wire/value.h"

#define VALUE(literal) ((tsp_value){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static void kinds_are_told_apart(void **state)
{
	static const struct {
		tsp_value value;
		enum tsp_kind kind;
		const char *name;
	} cases[] = {
		{ { NULL, 0 }, TSP_KIND_ABSENT, "absent" },
		{ { (const uint8_t *)"", 0 }, TSP_KIND_ABSENT, "absent" },
		{ { (const uint8_t *)"\xf6", 1 }, TSP_KIND_NULL, "null" },
		{ { (const uint8_t *)"\xf5", 1 }, TSP_KIND_BOOL, "bool" },
		{ { (const uint8_t *)"\x05", 1 }, TSP_KIND_INT, "int" },
		{ { (const uint8_t *)"\x25", 1 }, TSP_KIND_INT, "int" },
		{ { (const uint8_t *)"\xf9\0\0", 3 }, TSP_KIND_FLOAT, "float" },
		{ { (const uint8_t *)"\x61z", 2 }, TSP_KIND_TEXT, "text" },
		{ { (const uint8_t *)"\x41z", 2 }, TSP_KIND_BYTES, "bytes" },
		{ { (const uint8_t *)"\x80", 1 }, TSP_KIND_LIST, "list" },
		{ { (const uint8_t *)"\xa0", 1 }, TSP_KIND_MAP, "map" },
		{ { (const uint8_t *)"\xd9\xd9\xf8\x50", 4 }, TSP_KIND_ADDRESS, "address" },
		{ { (const uint8_t *)"\xd9\xd9\xf9\x82", 4 }, TSP_KIND_TYPED, "typed" },
		{ { (const uint8_t *)"\xd8\x18\x40", 3 }, TSP_KIND_ENCODED, "encoded" },
		{ { (const uint8_t *)"\xc0\x00", 2 }, TSP_KIND_ABSENT, "absent" },
		{ { (const uint8_t *)"\xf7", 1 }, TSP_KIND_ABSENT, "absent" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tsp_value_kind(cases[i].value), cases[i].kind);
		assert_string_equal(tsp_kind_name(tsp_value_kind(cases[i].value)), cases[i].name);
	}
	assert_non_null(tsp_kind_name((enum tsp_kind)99));
}

static void integers_are_read_where_they_fit(void **state)
{
	int64_t number = 7;
	uint64_t big = 7;
	double real = 7;

	(void)state;
	assert_true(tsp_value_int(VALUE("\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"), &number));
	assert_true(number == INT64_MAX);
	assert_true(tsp_value_int(VALUE("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"), &number));
	assert_true(number == INT64_MIN);
	number = 7;
	assert_false(tsp_value_int(VALUE("\x1b\x80\0\0\0\0\0\0\0"), &number));
	assert_false(tsp_value_int(VALUE("\x3b\x80\0\0\0\0\0\0\0"), &number));
	assert_false(tsp_value_int(VALUE("\xf5"), &number));
	assert_false(tsp_value_int((tsp_value){ 0 }, &number));
	assert_false(tsp_value_int(VALUE("\x1b\x80"), &number));
	assert_int_equal(number, 7);
	assert_true(tsp_value_uint(VALUE("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), &big));
	assert_true(big == UINT64_MAX);
	assert_false(tsp_value_uint(VALUE("\x20"), &big));
	assert_true(tsp_value_float(VALUE("\x20"), &real) && real == -1);
	assert_true(tsp_value_float(VALUE("\x18\x64"), &real) && real == 100);
	assert_true(tsp_value_float(VALUE("\xf9\x3e\x00"), &real) && real == 1.5);
	assert_true(tsp_value_float(VALUE("\xfa\x47\xc3\x50\x00"), &real) && real == 100000);
	assert_true(tsp_value_float(VALUE("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"), &real) &&
		real == 1.1);
	assert_false(tsp_value_float(VALUE("\x61x"), &real));
	assert_false(tsp_value_float(VALUE("\xf5"), &real));
	assert_true(real == 1.1);
}

static void others_are_read_by_their_own_reader(void **state)
{
	bool truth = false;
	tsp_text text = { 0 };
	tsp_address address = { 0 };
	tsp_value inner = { 0 };

	(void)state;
	assert_true(tsp_value_bool(VALUE("\xf5"), &truth) && truth);
	assert_true(tsp_value_bool(VALUE("\xf4"), &truth) && !truth);
	assert_false(tsp_value_bool(VALUE("\xf6"), &truth));
	assert_true(tsp_value_text(VALUE("\x62xy"), &text) && tsp_text_is(text, "xy"));
	assert_false(tsp_value_bytes(VALUE("\x62xy"), &text));
	assert_true(tsp_value_bytes(VALUE("\x42\0y"), &text) && text.size == 2);
	assert_false(tsp_value_text(VALUE("\x42xy"), &text));
	assert_false(tsp_value_text(VALUE("\x62x"), &text));
	assert_true(tsp_value_address(
		VALUE("\xd9\xd9\xf8\x50\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1\0"), &address));
	assert_true(address.system == 1 && address.number == 256);
	assert_false(tsp_value_address(
		VALUE("\xd9\xd9\xf8\x50\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1"), &address));
	assert_false(tsp_value_address(VALUE("\x01"), &address));
	assert_true(tsp_value_typed(VALUE("\xd9\xd9\xf9\x82\x61T\x82\1\2"), &text, &inner));
	assert_true(tsp_text_is(text, "T"));
	assert_int_equal(tsp_value_count(inner), 2);
	assert_false(tsp_value_typed(VALUE("\xd9\xd9\xf9\x82\x61T\x82\1"), &text, &inner));
	assert_false(tsp_value_typed(VALUE("\xd9\xd9\xf9\x82\1\1"), &text, &inner));
	assert_false(tsp_value_typed((tsp_value){ 0 }, &text, &inner));
	assert_true(tsp_value_encoded(VALUE("\xd8\x18\x42\x18\x64"), &inner) && inner.size == 2);
	assert_false(tsp_value_encoded(VALUE("\xd8\x18\x42\x18\x01"), &inner));
	assert_false(tsp_value_encoded(VALUE("\xd8\x18\x40"), &inner));
	assert_false(tsp_value_encoded(VALUE("\x01"), &inner));
}

static void members_are_found(void **state)
{
	const tsp_value map = VALUE("\xa4\x60\1\x61"
				    "b\x82\1\2\x61"
				    "d\3\x62"
				    "aa\4");
	int64_t number = 0;

	(void)state;
	assert_int_equal(tsp_value_check(map.data, map.size), TSP_OK);
	assert_int_equal(tsp_value_count(map), 4);
	assert_true(tsp_value_int(tsp_value_get(map, ""), &number) && number == 1);
	assert_true(tsp_value_int(tsp_value_get(map, "d"), &number) && number == 3);
	assert_true(tsp_value_int(tsp_value_get(map, "aa"), &number) && number == 4);
	assert_int_equal(tsp_value_get(map, "b").size, 3);
	assert_null(tsp_value_get(map, "a").data);
	assert_null(tsp_value_get(map, "c").data);
	assert_null(tsp_value_get(map, "ab").data);
	assert_null(tsp_value_get(map, "long").data);
	assert_null(tsp_value_get(VALUE("\x80"), "a").data);
	assert_null(tsp_value_get((tsp_value){ 0 }, "a").data);
	for (size_t size = 0; size < map.size; size++)
		assert_null(tsp_value_get((tsp_value){ map.data, size }, "aa").data);
	assert_null(tsp_value_get(VALUE("\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x61"
					"a"),
		"a")
			    .data);
}

static void many_members_are_found_in_one_walk(void **state)
{
	static const tsp_text keys[] = { { "", 0 }, { "a", 1 }, { "d", 1 }, { "aa", 2 },
		{ "zz", 2 }, { "aaa", 3 } };
	/* {"": 1, "b": "xy", "d": 3, "aa": 4, "zz": [1, 2]} */
	static const char map[] = "\xa5\x60\x01\x61"
				  "b\x62xy\x61"
				  "d\x03\x62"
				  "aa\x04\x62"
				  "zz\x82\x01\x02";
	tsp_value found[6];
	int64_t number = 0;
	size_t i;

	(void)state;
	value_pick(VALUE(map), keys, 6, found);
	assert_true(tsp_value_int(found[0], &number) && number == 1);
	assert_null(found[1].data);
	assert_true(tsp_value_int(found[2], &number) && number == 3);
	assert_true(tsp_value_int(found[3], &number) && number == 4);
	assert_int_equal(found[4].size, 3);
	assert_null(found[5].data);
	for (i = 0; i < sizeof(map) - 1; i++) { /* cut anywhere: nothing beyond is read */
		value_pick((tsp_value){ (const uint8_t *)map, i }, keys, 6, found);
		assert_null(found[4].data);
	}
	value_pick(VALUE("\x82\1\2"), keys, 6, found);
	for (i = 0; i < 6; i++)
		assert_null(found[i].data);
}

static void items_are_walked(void **state)
{
	const tsp_value list = VALUE("\x83\1\x82\2\3\4");
	const tsp_value map = VALUE("\xa2\x61"
				    "a\1\x61"
				    "b\2");
	tsp_walk at = { 0 };
	tsp_value key = { 0 };
	tsp_value value = { 0 };
	int64_t sum = 0;
	int64_t number = 0;
	tsp_text text;

	(void)state;
	assert_int_equal(tsp_value_at(list, 1).size, 3);
	assert_true(tsp_value_int(tsp_value_at(list, 2), &number) && number == 4);
	assert_null(tsp_value_at(list, 3).data);
	assert_null(tsp_value_at(map, 0).data);
	assert_null(tsp_value_at((tsp_value){ 0 }, 0).data);
	while (tsp_value_next(map, &at, &key, &value)) {
		assert_true(tsp_value_text(key, &text) && text.size == 1);
		assert_true(tsp_value_int(value, &number));
		sum = sum * 10 + number;
	}
	assert_int_equal(sum, 12);
	at = (tsp_walk){ 0 };
	sum = 0;
	while (tsp_value_next(list, &at, &key, NULL)) {
		assert_null(key.data);
		sum++;
	}
	assert_int_equal(sum, 3);
	assert_false(tsp_value_next(list, &at, NULL, NULL));
	at = (tsp_walk){ 0 };
	assert_false(tsp_value_next(VALUE("\x80"), &at, NULL, NULL));
	at = (tsp_walk){ 0 };
	assert_false(tsp_value_next(VALUE("\x01"), &at, NULL, NULL));
	at = (tsp_walk){ 0 };
	assert_false(tsp_value_next((tsp_value){ 0 }, &at, NULL, NULL));
	/* A head that lies. */
	at = (tsp_walk){ 0 };
	assert_int_equal(tsp_value_count(VALUE("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\1")), 0);
	assert_false(
		tsp_value_next(VALUE("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\1"), &at, NULL, NULL));
	at = (tsp_walk){ 0 };
	assert_true(tsp_value_next(VALUE("\x82\1\x61"), &at, NULL, NULL));
	assert_false(tsp_value_next(VALUE("\x82\1\x61"), &at, NULL, NULL));
	at = (tsp_walk){ 0 };
	assert_false(tsp_value_next(VALUE("\xa1\x61"), &at, NULL, NULL));
}

static void equal_is_the_same_bytes(void **state)
{
	(void)state;
	assert_true(tsp_value_equal(VALUE("\x82\1\2"), VALUE("\x82\1\2")));
	assert_false(tsp_value_equal(VALUE("\x82\1\2"), VALUE("\x82\1\3")));
	assert_false(tsp_value_equal(VALUE("\x01"), VALUE("\xf9\x3c\x00")));
	assert_true(tsp_value_equal((tsp_value){ 0 }, (tsp_value){ 0 }));
	assert_false(tsp_value_equal((tsp_value){ 0 }, VALUE("\xf6")));
	assert_false(tsp_value_equal(VALUE("\xf6"), (tsp_value){ 0 }));
}

static void bodies_are_split(void **state)
{
	tsp_text type = { 0 };
	tsp_value value = { 0 };

	(void)state;
	assert_int_equal(
		value_split(VALUE("\xd9\xd9\xf9\x82\x61T\x82\1\2"), &type, &value), TSP_OK);
	assert_true(tsp_text_is(type, "T"));
	assert_int_equal(value.size, 3);
	assert_int_equal(value_split(VALUE("\x61x"), &type, &value), TSP_OK);
	assert_true(tsp_text_is(type, "text"));
	assert_int_equal(value_split(VALUE("\xd8\x18\x41\x01"), &type, &value), TSP_OK);
	assert_true(tsp_text_is(type, "encoded"));
	assert_int_equal(value_split((tsp_value){ 0 }, &type, &value), TSP_EVALUE);
	assert_int_equal(value_split(VALUE("\xc0\x01"), &type, &value), TSP_EVALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(integers_are_read_where_they_fit),
		cmocka_unit_test(others_are_read_by_their_own_reader),
		cmocka_unit_test(members_are_found),
		cmocka_unit_test(many_members_are_found_in_one_walk),
		cmocka_unit_test(items_are_walked),
		cmocka_unit_test(equal_is_the_same_bytes),
		cmocka_unit_test(bodies_are_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
