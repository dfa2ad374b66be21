/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "wire/builder.h"
#include "wire/json.h"

#define VALUE(literal) ((tsp_value){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static void expect(const char *text, enum tsp_json style, const char *format, ...)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	char *json = NULL;
	va_list args;

	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_value_to_json(value, style, &json), TSP_OK);
	assert_string_equal(json, text);
	free(json);
	tsp_builder_free(builder);
}

static void floats_keep_their_point(void **state)
{
	(void)state;
	expect("[1,1.0,0.1,-2.5,1e+300,0.3333333333333333,123456789.0]", TSP_JSON_COMPACT,
		"[i,d,d,d,d,d,d]", 1, 1.0, 0.1, -2.5, 1e300, 1.0 / 3, 123456789.0);
	expect("[4.94065645841247e-324,1.7976931348623157e+308]", TSP_JSON_COMPACT, "[d,d]", 5e-324,
		1.7976931348623157e308);
	/* Where it is installed; else this shows the same again. */
	if (setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL)
		expect("[0.5,1e+300]", TSP_JSON_COMPACT, "[d,d]", 0.5, 1e300);
	setlocale(LC_NUMERIC, "C");
}

static void text_is_escaped_where_it_acts(void **state)
{
	(void)state;
	expect("\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001b\\u007f\"", TSP_JSON_COMPACT, "t",
		TSP_TEXT("\"\\\b\f\n\r\t\0\033\177"));
	expect("\"\\u009b\\u061c\\u200f\\u202e\\u2069/\303\251\342\202\254\360\237\216\255\"",
		TSP_JSON_COMPACT, "s",
		"\302\233\330\234\342\200\217\342\200\256\342\201\251/\303\251\342\202\254\360\237\216\255");
	expect("{\"\\n\":1}", TSP_JSON_COMPACT, "{s:i}", "\n", 1);
}

static void dollars_are_doubled(void **state)
{
	(void)state;
	expect("{\"$$\":1,\"$$$type\":3,\"$$bytes\":2}", TSP_JSON_COMPACT, "{s:i,s:i,s:i}", "$", 1,
		"$bytes", 2, "$$type", 3);
	expect("\"$x\"", TSP_JSON_COMPACT, "s", "$x");
}

static void pretty_has_lines(void **state)
{
	(void)state;
	expect("{\n  \"a\": [],\n  \"b\": [\n    1,\n    {\n      \"c\": {}\n    }\n  ]\n}",
		TSP_JSON_PRETTY, "{s:[],s:[i,{s:{}}]}", "a", "b", 1, "c");
	expect("[\n  {\"$bytes\": \"AQ\"},\n  {\"$address\": \"@1.2\"}\n]", TSP_JSON_PRETTY,
		"[B,a]", "\1", (size_t)1, (tsp_address){ 1, 2 });
}

static void what_is_no_value_is_refused(void **state)
{
	static const tsp_value bad[] = {
		{ NULL, 0 },
		{ (const uint8_t *)"\xff", 1 },
		{ (const uint8_t *)"\xc0\x01", 2 },
		{ (const uint8_t *)"\x82\x01", 2 },
		{ (const uint8_t *)"\x62x", 2 },
		{ (const uint8_t *)"\x42x", 2 },
		{ (const uint8_t *)"\xa1\x01\x01", 3 },
		{ (const uint8_t *)"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", 9 },
		{ (const uint8_t *)"\xfb\x7f\xf0\0\0\0\0\0\0", 9 },
		{ (const uint8_t *)"\xd9\xd9\xf8\x50\0", 5 },
		{ (const uint8_t *)"\xd9\xd9\xf9\x82\x01\x01", 6 },
		{ (const uint8_t *)"\xd8\x18\x41\xff", 4 },
	};
	uint8_t deep[1000];
	char *json = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (tsp_value_to_json(bad[i], TSP_JSON_COMPACT, &json) != TSP_EVALUE)
			fail_msg("taken: %zu", i);
	memset(deep, 0x81, sizeof(deep));
	deep[999] = 1;
	assert_int_equal(
		tsp_value_to_json((tsp_value){ deep, sizeof(deep) }, TSP_JSON_PRETTY, &json),
		TSP_EVALUE);
	assert_null(json);
}

static void an_excerpt_is_cut(void **state)
{
	tsp_builder *b = tsp_builder_new();
	tsp_value value;
	char out[16];
	char *big = malloc(200001);

	(void)state;
	assert_non_null(big);
	tsp_begin_typed(b, "Hello");
	tsp_put_format(b, "{s:i}", "n", 5);
	tsp_end(b);
	assert_int_equal(tsp_builder_value(b, &value), 0);
	assert_string_equal(value_excerpt(value, out, sizeof(out)), "Hello {\"n\":5}");
	assert_string_equal(value_excerpt(value, out, 9), "Hello {\"");
	tsp_builder_reset(b);
	memset(big, 'x', 200000);
	big[200000] = '\0';
	tsp_put_string(b, big);
	free(big);
	assert_int_equal(tsp_builder_value(b, &value), 0);
	assert_string_equal(value_excerpt(value, out, sizeof(out)), "\"xxxxxxxxxxxxxx");
	tsp_builder_reset(b);
	tsp_put_string(b, "\xc3\xa9\xc3\xa9\xc3\xa9"); /* a character is not cut in two */
	assert_int_equal(tsp_builder_value(b, &value), 0);
	assert_string_equal(value_excerpt(value, out, 5), "\"\xc3\xa9");
	tsp_builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floats_keep_their_point),
		cmocka_unit_test(text_is_escaped_where_it_acts),
		cmocka_unit_test(dollars_are_doubled),
		cmocka_unit_test(pretty_has_lines),
		cmocka_unit_test(what_is_no_value_is_refused),
		cmocka_unit_test(an_excerpt_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
