/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wire/value.h"

/* Reads JSON and prints it again; NULL: it is refused, and err says why. */
static char *round_trip(const char *json, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	char *text = NULL;
	tsp_value value = { 0 };
	int rc = tsp_value_from_json(json, strlen(json), builder, err);

	if (rc == TSP_OK) {
		assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
		assert_int_equal(tsp_value_check(value.data, value.size), TSP_OK);
		assert_int_equal(tsp_value_to_json(value, TSP_JSON_COMPACT, &text), TSP_OK);
	} else {
		assert_int_equal(rc, err->code);
		assert_int_equal(tsp_builder_value(builder, &value), rc);
	}
	tsp_builder_free(builder);
	return text;
}

static void good_texts_are_read(void **state)
{
	static const struct {
		const char *json;
		const char *same;
	} cases[] = {
		{ " null ", "null" },
		{ "[true,false]", "[true,false]" },
		{ "{\"b\":1,\"a\":{}}", "{\"a\":{},\"b\":1}" },
		{ "1.0", "1.0" },
		{ "1e3", "1000.0" },
		{ "-0.0", "-0.0" },
		{ "0.1", "0.1" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "9223372036854775808", "9223372036854775808" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "[\"\\u0001\\u0002\", 12345678901234567890, \"a\\\"12345678901234567890\", 9223372036854775807]",
			"[\"\\u0001\\u0002\",12345678901234567890,\"a\\\"12345678901234567890\",9223372036854775807]" },
		{ "{\"$bytes\":\"AP8\"}", "{\"$bytes\":\"AP8\"}" },
		{ "{\"$bytes\":\"\"}", "{\"$bytes\":\"\"}" },
		{ "{\"$bytes\":\"-_-_\"}", "{\"$bytes\":\"-_-_\"}" },
		{ "{\"$address\":\"@1.FF\"}", "{\"$address\":\"@1.ff\"}" },
		{ "{\"value\":1,\"$type\":\"T\"}", "{\"$type\":\"T\",\"value\":1}" },
		{ "{\"$encoded\":{\"$type\":\"T\",\"value\":[1]}}",
			"{\"$encoded\":{\"$type\":\"T\",\"value\":[1]}}" },
		{ "{\"$$\":1,\"$$$x\":2,\"a$\":3}", "{\"$$\":1,\"a$\":3,\"$$$x\":2}" },
		{ "\"\\u0000\\ud83c\\udfad\"", "\"\\u0000\360\237\216\255\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tsp_error err = { 0 };
		char *text = round_trip(cases[i].json, &err);

		if (text == NULL)
			fail_msg("%s: %s", cases[i].json, err.text);
		assert_string_equal(text, cases[i].same);
		free(text);
	}
}

static void bad_texts_say_where(void **state)
{
	static const struct {
		const char *json;
		const char *place;
	} cases[] = {
		{ "", "line 1, column 1: " },
		{ "[1,\n 2,,3]", "line 2, column 4: " },
		{ "[1] x", "line 1, column 5: " },
		{ "{\"a\":1,\"a\":2}", "line 1, column " },
		{ "{\"a\":1,\n\"$b\":2}", "line 2, column 1: '$b': unknown key" },
		{ "{\"\303\251\":[1,{\"$\":2}]}", "line 1, column 10: '$': unknown key" },
		{ "{\"$type\":\"T\",\"value\":1,\"more\":2}", "line 1, column 2: '$type'" },
		{ "{\"$type\":5,\"value\":1}", "line 1, column 2: '$type'" },
		{ "{\"$bytes\":5}", "line 1, column 2: '$bytes'" },
		{ "[0, {\"$type\":\"\",\"value\":1}]", "line 1, column 5: '$type' is empty" },
		{ "[{\"$bytes\":\"AA\"},{\"value\":[7],\"$type\":\"x\"},{\"$bytes\":\"A\"}]",
			"line 1, column 44: '$bytes' is not" },
		{ "{\"$bytes\":\"AB\"}", "line 1, column 1: '$bytes' is not" },
		{ "{\"$bytes\":\"AA==\"}", "line 1, column 1: '$bytes' is not" },
		{ "{\"$bytes\":\"A+\"}", "line 1, column 1: '$bytes' is not" },
		{ "[{\"$address\":\"@1.2\"},{\"$address\":\"x\"}]",
			"line 1, column 22: '$address' is not" },
		{ "{\"$address\":\"@1.2\\u0000\"}", "line 1, column 1: '$address' is not" },
		{ "{\"$type\":\"T\",\"value\":{\"$x\":1}}", "line 1, column 23: '$x'" },
		{ "{\"value\":{\"$x\":1},\"$type\":\"T\"}", "line 1, column 11: '$x'" },
		{ "{\"$encoded\":[1,{\"$x\":1}]}", "line 1, column 17: '$x'" },
		{ "18446744073709551616", "line 1, column 20: " },
		{ "[18446744073709551615, 18446744073709551616]", "line 1, column 43: " },
		{ "-9223372036854775809", "line 1, column 20: " },
		{ "1e999", "line 1, column " },
		{ "NaN", "line 1, column " },
		{ "'a'", "line 1, column " },
		{ "\"\xff\"", "line 1, column " },
		{ "\"\\ud800\"", "line 1, column " },
		{ "{\"a\\u0000\":1}", "line 1, column " },
		{ "{1:2}", "line 1, column " },
		{ "[1 // no\n]", "line 1, column " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tsp_error err = { 0 };
		char *text = round_trip(cases[i].json, &err);

		if (text != NULL)
			fail_msg("taken: %s", cases[i].json);
		assert_int_equal(err.code, TSP_EVALUE);
		assert_memory_equal(err.text, "cannot read JSON: ", 18);
		if (strncmp(err.text + 18, cases[i].place, strlen(cases[i].place)) != 0)
			fail_msg("%s: %s", cases[i].json, err.text);
	}
}

static void depth_has_a_bound(void **state)
{
	char json[100000];
	tsp_error err = { 0 };
	char *text;

	(void)state;
	memset(json, '[', 32);
	memset(json + 32, ']', 32);
	json[64] = '\0';
	text = round_trip(json, &err);
	assert_non_null(text);
	free(text);
	memset(json, '[', 33);
	memset(json + 33, ']', 33);
	json[66] = '\0';
	assert_null(round_trip(json, &err));
	assert_string_equal(err.text, "cannot read JSON: line 1, column 33: it is nested too deep");
	memset(json, '[', sizeof(json) - 1);
	json[sizeof(json) - 1] = '\0';
	assert_null(round_trip(json, &err));
	/* Values as bytes begin their depth anew, but not without end. */
	json[0] = '\0';
	for (int i = 0; i < 300; i++)
		strcat(json, "{\"$encoded\":");
	strcat(json, "1");
	for (int i = 0; i < 300; i++)
		strcat(json, "}");
	assert_null(round_trip(json, &err));
	assert_non_null(strstr(err.text, "nested too deep"));
}

static void it_goes_into_what_is_open(void **state)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;

	(void)state;
	tsp_begin_typed(builder, "T");
	assert_int_equal(tsp_value_from_json("{\"a\":[]}", 8, builder, NULL), TSP_OK);
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_value_kind(value), TSP_KIND_TYPED);
	assert_int_equal(tsp_value_from_json("1", 1, builder, NULL), TSP_EVALUE);
	tsp_builder_reset(builder);
	assert_int_equal(tsp_value_from_json("[", 1, builder, NULL), TSP_EVALUE);
	tsp_builder_reset(builder);
	assert_int_equal(tsp_value_from_json(NULL, 0, builder, NULL), TSP_EVALUE);
	tsp_builder_free(builder);
}

static void what_is_too_big_is_refused_unread(void **state)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(tsp_value_from_json("[]", SIZE_MAX, builder, &err), TSP_ETOOBIG);
	assert_int_equal(err.code, TSP_ETOOBIG);
	tsp_builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_are_read),
		cmocka_unit_test(bad_texts_say_where),
		cmocka_unit_test(depth_has_a_bound),
		cmocka_unit_test(it_goes_into_what_is_open),
		cmocka_unit_test(what_is_too_big_is_refused_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
