/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wire/builder.h"

/* Builds by format and compares with JSON; NULL: it is to be refused. */
static void expect(const char *json, const char *format, ...)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	char *text = NULL;
	va_list args;

	assert_non_null(builder);
	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	if (json == NULL) {
		if (tsp_builder_value(builder, &value) != TSP_EVALUE)
			fail_msg("taken: %s", format);
	} else {
		assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
		assert_int_equal(tsp_value_check(value.data, value.size), TSP_OK);
		assert_int_equal(tsp_value_to_json(value, TSP_JSON_COMPACT, &text), TSP_OK);
		assert_string_equal(text, json);
		free(text);
	}
	tsp_builder_free(builder);
}

static void every_atom_is_put(void **state)
{
	const tsp_value list = { (const uint8_t *)"\x82\1\2", 3 };

	(void)state;
	expect("\"x\"", "s", "x");
	expect("null", "s", NULL);
	expect("\"xy\"", "t", TSP_TEXT("xy"));
	expect("-5", " i ", -5);
	expect("-9223372036854775808", "I", INT64_MIN);
	expect("18446744073709551615", "u", UINT64_MAX);
	expect("1.5", "d", 1.5);
	expect("true", "b", 2);
	expect("false", "b", 0);
	expect("{\"$address\":\"@1.2\"}", "a", (tsp_address){ 1, 2 });
	expect("[1,2]", "v", list);
	expect("{\"$encoded\":[1,2]}", "e", list);
	expect("{\"$bytes\":\"AQ\"}", "B", "\1", (size_t)1);
	expect("null", "n");
}

static void containers_are_put(void **state)
{
	(void)state;
	expect("[]", "[]");
	expect("{}", " { } ");
	expect("[1,[2],{\"a\":3}]", "[i,[i]{s:i}]", 1, 2, "a", 3);
	expect("{\"a\":[],\"b\":{\"c\":null},\"aa\":1}", "{s:i, t : [ ], s:{s:n}}", "aa", 1,
		TSP_TEXT("a"), "b", "c");
}

static void wrong_formats_are_refused(void **state)
{
	static const char *const bad[] = { "", " ", "x", "[", "]", "{", "}", "[}", "{]", "nn",
		"n n", "[]n", "{n:n}", "n]", "{s}", "{s n}", "{:n}", "[n:n]", "[n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(NULL, bad[i], "a", "b", "c", "d");
	expect(NULL, "{s:n,s:n}", "a", "a");
	expect(NULL, "{s:}", "a");
	expect(NULL, "{s:n", "a");
	expect(NULL, "{s:n}", NULL);
	expect(NULL, "[s]", "\xff");
	expect(NULL, NULL);
}

static void a_format_stays_in_its_container(void **state)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;

	(void)state;
	tsp_begin_list(builder);
	tsp_put_format(builder, "{s:i}", "a", 1);
	tsp_put_format(builder, "i", 2);
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_value_count(value), 2);
	tsp_builder_reset(builder);
	tsp_begin_list(builder);
	tsp_put_format(builder, "]");
	assert_int_equal(tsp_builder_value(builder, &value), TSP_EVALUE);
	tsp_builder_free(builder);
}

static void messages_are_encoded(void **state)
{
	uint8_t *bytes = NULL;
	size_t size = 0;
	tsp_text type;
	tsp_value value;

	(void)state;
	assert_int_equal(value_encode(&bytes, &size, "Count", "{s:i}", "n", 7), TSP_OK);
	assert_int_equal(tsp_value_check(bytes, size), TSP_OK);
	assert_int_equal(value_split((tsp_value){ bytes, size }, &type, &value), TSP_OK);
	assert_true(tsp_text_is(type, "Count"));
	free(bytes);
	bytes = NULL;
	assert_int_equal(value_encode(&bytes, &size, NULL, "i", 7), TSP_OK);
	assert_int_equal(size, 1);
	free(bytes);
	bytes = NULL;
	assert_int_equal(value_encode(&bytes, &size, "Count", "{s:", "n"), TSP_EVALUE);
	assert_int_equal(value_encode(&bytes, &size, "", "n"), TSP_EVALUE);
	assert_null(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_atom_is_put),
		cmocka_unit_test(containers_are_put),
		cmocka_unit_test(wrong_formats_are_refused),
		cmocka_unit_test(a_format_stays_in_its_container),
		cmocka_unit_test(messages_are_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
