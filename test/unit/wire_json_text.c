/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

static void base64_goes_both_ways(void **state)
{
	/* RFC 4648 part 10, without padding. */
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg" }, { "fo", "Zm8" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "__79" } };
	struct buffer buffer;
	uint8_t bytes[16];
	size_t size = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		buffer_init(&buffer, 100);
		assert_int_equal(json_put_base64(&buffer, tsp_text_of(vectors[i][0])), TSP_OK);
		assert_int_equal(buffer.size, strlen(vectors[i][1]));
		if (buffer.size > 0)
			assert_memory_equal(buffer.data, vectors[i][1], buffer.size);
		buffer_clear(&buffer);
		assert_int_equal(json_get_base64(tsp_text_of(vectors[i][1]), bytes, &size), TSP_OK);
		assert_int_equal(size, strlen(vectors[i][0]));
		assert_memory_equal(bytes, vectors[i][0], size);
	}
	buffer_init(&buffer, 5);
	assert_int_equal(json_put_base64(&buffer, TSP_TEXT("foobar")), TSP_ELIMIT);
	buffer_clear(&buffer);
}

static void other_base64_is_refused(void **state)
{
	static const char *const bad[] = { "A", "AAAAA", "Zh", "Zm9", "Zg==", "Z g", "Zm+v", "Zm/v",
		"Zm9v\n" };
	uint8_t bytes[16];
	size_t size = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(json_get_base64(tsp_text_of(bad[i]), bytes, &size), TSP_EVALUE);
	assert_int_equal(size, 77);
}

static void big_numbers_are_hidden(void **state)
{
	char text[] =
		"[9223372036854775808,18446744073709551615,18446744073709551616,9223372036854775807,"
		"\"9223372036854775808\",-9223372036854775808,9223372036854775808.0]";
	char same[sizeof(text)];
	uint64_t number = 0;
	char mark;

	(void)state;
	strcpy(same, text);
	mark = json_hide(text, strlen(text));
	assert_int_equal(mark, 1);
	assert_int_equal(strlen(text), strlen(same));
	assert_memory_equal(text + 1, "\"\\u0001", 7);
	assert_int_equal(text[19], '"');
	assert_memory_equal(text + 21, "\"\\u0001", 7);
	assert_string_equal(text + 41, same + 41);
	/* As a reader of JSON gives them. */
	text[7] = mark;
	text[27] = mark;
	assert_true(json_unhide((tsp_text){ text + 7, 12 }, mark, &number));
	assert_true(number == UINT64_C(1) << 63);
	assert_true(json_unhide((tsp_text){ text + 27, 13 }, mark, &number));
	assert_true(number == UINT64_MAX);
	assert_false(json_unhide((tsp_text){ text + 7, 12 }, 0, &number));
	assert_false(json_unhide((tsp_text){ text + 7, 12 }, 2, &number));
	assert_false(json_unhide(TSP_TEXT("\1"), 1, &number));
}

static void marks_are_free_ones(void **state)
{
	char text[1024] = "[9223372036854775808";

	(void)state;
	strcat(text, ",\"\\u0001\",\"\\u0003\"]");
	assert_int_equal(json_hide(text, strlen(text)), 2);
	/* 8 and 9 may stand in strings as \b and \t, too */
	strcpy(text, "[9223372036854775808,\"\\u0001\",\"\\u0002\",\"\\u0003\",\"\\u0004\","
		     "\"\\u0005\",\"\\u0006\",\"\\u0007\",\"\\bAAAAAAAAAAA\"]");
	assert_int_equal(json_hide(text, strlen(text)), 16);
	strcpy(text, "[9223372036854775808");
	for (int i = 0; i < 20; i++) {
		char one[] = ",\"\\u00  \"";

		one[6] = (char)('0' + i / 10);
		one[7] = (char)('0' + i % 10);
		strcat(text, one);
	}
	strcat(text, "]");
	assert_int_equal(json_hide(text, strlen(text)), 0);
	assert_memory_equal(text, "[9223372036854775808", 20);
}

static void places_are_counted(void **state)
{
	const tsp_text text =
		TSP_TEXT("{\"a\": [1, \"x]\\\"\"],\n  \"\303\251\": {\"b\": true}, \"c\":null}");
	static const int places[][2] = { { 1, 1 }, { 1, 2 }, { 1, 7 }, { 1, 8 }, { 1, 11 },
		{ 2, 3 }, { 2, 8 }, { 2, 9 }, { 2, 14 }, { 2, 21 }, { 2, 25 } };
	int line;
	int column;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		json_place(text, i, &line, &column);
		assert_int_equal(line, places[i][0]);
		assert_int_equal(column, places[i][1]);
	}
	json_place(text, 1000, &line, &column);
	assert_int_equal(line, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(other_base64_is_refused),
		cmocka_unit_test(big_numbers_are_hidden),
		cmocka_unit_test(marks_are_free_ones),
		cmocka_unit_test(places_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
