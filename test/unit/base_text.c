/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static void utf8_is_told_from_other_bytes(void **state)
{
	(void)state;
	assert_true(text_is_utf8(NULL, 0));
	assert_true(text_is_utf8(BYTES("plain text of more than eight bytes")));
	assert_true(text_is_utf8(BYTES("a\0b")));
	assert_true(text_is_utf8(BYTES("\xc2\x80\xdf\xbf")));
	assert_true(text_is_utf8(BYTES("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf")));
	assert_true(text_is_utf8(BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")));
	assert_false(text_is_utf8(BYTES("\x80")));
	assert_false(text_is_utf8(BYTES("\xc0\xaf")));
	assert_false(text_is_utf8(BYTES("\xc1\xbf")));
	assert_false(text_is_utf8(BYTES("\xc2")));
	assert_false(text_is_utf8(BYTES("\xc2g")));
	assert_false(text_is_utf8(BYTES("\xe0\x9f\xbf")));
	assert_false(text_is_utf8(BYTES("\xed\xa0\x80")));
	assert_false(text_is_utf8(BYTES("\xe1\x80")));
	assert_false(text_is_utf8(BYTES("\xe1\x80z")));
	assert_false(text_is_utf8(BYTES("\xf0\x8f\xbf\xbf")));
	assert_false(text_is_utf8(BYTES("\xf4\x90\x80\x80")));
	assert_false(text_is_utf8(BYTES("\xf1\x80\x80")));
	assert_false(text_is_utf8(BYTES("\xf5\x80\x80\x80")));
	assert_false(text_is_utf8(BYTES("\xff")));
	assert_false(text_is_utf8(BYTES("eight by\xfe")));
	assert_false(text_is_utf8(BYTES("1234567\xfe")));
}

static const char *quote(const char *text)
{
	static char out[200];

	return text_quote(tsp_text_of(text), out, sizeof(out));
}

static void unsafe_text_is_shown_as_digits(void **state)
{
	(void)state;
	assert_string_equal(quote("plain é 🎭 \\ 'x'"), "plain é 🎭 \\ 'x'");
	assert_string_equal(quote("a\033[31m\n\t\x7f"), "a\\x1b[31m\\x0a\\x09\\x7f");
	assert_string_equal(quote("\xc2\x9b"), "\\xc2\\x9b");
	assert_string_equal(quote("\xe2\x80\xae"), "\\xe2\\x80\\xae");
	assert_string_equal(quote("\xe2\x81\xa6"), "\\xe2\\x81\\xa6");
	assert_string_equal(quote("\xff\xc3(\xc3"), "\\xff\\xc3(\\xc3");
	assert_string_equal(quote(""), "");
	assert_string_equal(quote(NULL), "");
}

static void a_cut_splits_nothing(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(text_quote(tsp_text_of("12345678"), out, sizeof(out)), "1234567");
	assert_string_equal(text_quote(tsp_text_of("123456é"), out, sizeof(out)), "123456");
	assert_string_equal(text_quote(tsp_text_of("12345\n"), out, sizeof(out)), "12345");
	assert_string_equal(text_quote(tsp_text_of("abc"), out, 1), "");
	out[0] = 'x';
	text_quote(tsp_text_of("abc"), out, 0);
	assert_int_equal(out[0], 'x');
}

static void streams_may_keep_lines(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	text_print(stream, tsp_text_of("a\n\tb\033"), true);
	text_print(stream, tsp_text_of("a\n\tb"), false);
	fclose(stream);
	assert_string_equal(text, "a\n\tb\\x1ba\\x0a\\x09b");
	free(text);
}

static void numbers_are_whole_and_in_range(void **state)
{
	static const char *const bad[] = { "", "-", " 1", "1 ", "+1", "0x1", "1.0", "1e3", "--1",
		"9223372036854775808", "-9223372036854775809", "99999999999999999999999" };
	int64_t number = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(text_to_int(bad[i], INT64_MIN, INT64_MAX, &number), TSP_EVALUE);
		assert_int_equal(number, 77);
	}
	assert_int_equal(text_to_int("9223372036854775807", INT64_MIN, INT64_MAX, &number), TSP_OK);
	assert_true(number == INT64_MAX);
	assert_int_equal(
		text_to_int("-9223372036854775808", INT64_MIN, INT64_MAX, &number), TSP_OK);
	assert_true(number == INT64_MIN);
	assert_int_equal(text_to_int("5", 1, 5, &number), TSP_OK);
	assert_int_equal(text_to_int("6", 1, 5, &number), TSP_EVALUE);
	assert_int_equal(text_to_int("0", 1, 5, &number), TSP_EVALUE);
	assert_int_equal(number, 5);
}

static void seconds_become_milliseconds(void **state)
{
	static const char *const bad[] = { "", ".5", "1.", "-1", "1.5s", "1e3", " 1", "1 ", "1.5.5",
		"1000000000001", "99999999999999999999", "nan", "inf" };
	int64_t ms = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(text_to_ms(bad[i], &ms), TSP_EVALUE);
	assert_int_equal(ms, 77);
	assert_int_equal(text_to_ms("1.5", &ms), TSP_OK);
	assert_int_equal(ms, 1500);
	assert_int_equal(text_to_ms("0", &ms), TSP_OK);
	assert_int_equal(ms, 0);
	assert_int_equal(text_to_ms("10", &ms), TSP_OK);
	assert_int_equal(ms, 10000);
	assert_int_equal(text_to_ms("0.0001", &ms), TSP_OK);
	assert_int_equal(ms, 1);
	assert_int_equal(text_to_ms("0.1230", &ms), TSP_OK);
	assert_int_equal(ms, 123);
}

static void hexadecimal_goes_both_ways(void **state)
{
	uint8_t bytes[4] = { 0 };
	char text[9];

	(void)state;
	assert_string_equal(text_hex("\x00\xff\x1a\xb2", 4, text), "00ff1ab2");
	assert_int_equal(text_unhex("00Ff1aB2", 4, bytes), TSP_OK);
	assert_memory_equal(bytes, "\x00\xff\x1a\xb2", 4);
	assert_int_equal(text_unhex("00ff1a", 4, bytes), TSP_EVALUE);
	assert_int_equal(text_unhex("0g", 1, bytes), TSP_EVALUE);
	assert_int_equal(text_unhex("", 1, bytes), TSP_EVALUE);
	assert_memory_equal(bytes, "\x00\xff\x1a\xb2", 4);
	assert_string_equal(text_hex(NULL, 0, text), "");
}

static void texts_are_compared_and_copied(void **state)
{
	char *copy = tsp_text_copy(TSP_TEXT("abc"));

	(void)state;
	assert_string_equal(copy, "abc");
	free(copy);
	copy = tsp_text_copy(tsp_text_of(NULL));
	assert_string_equal(copy, "");
	free(copy);
	copy = text_format("%d %s", 1, "x");
	assert_string_equal(copy, "1 x");
	free(copy);
	assert_true(tsp_text_is(TSP_TEXT("abc"), "abc"));
	assert_false(tsp_text_is(TSP_TEXT("abc"), "ab"));
	assert_false(tsp_text_is(TSP_TEXT("abc"), "abd"));
	assert_false(tsp_text_is(tsp_text_of(NULL), ""));
	assert_true(tsp_text_is(tsp_text_of(""), ""));
}

static void what_is_not_utf8_is_mended(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "a\xc3\xa4z", "a\xc3\xa4z" },
		{ "a\xe4z", "a?z" },
		{ "\xff\xfe", "??" },
		{ "a\xc3", "a" },
		{ "a\xe2\x82", "a" },
		{ "a\xf0\x9f\x8e", "a" },
		{ "a\x80", "a?" },
		{ "\xe2\x82z", "??z" },
		{ "\xed\xa0\x80", "???" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char text[16];

		strcpy(text, pairs[i][0]);
		assert_string_equal(text_mend(text), pairs[i][1]);
	}
}

static void a_cut_text_ends_with_a_character(void **state)
{
	static const struct {
		const char *text;
		size_t limit;
		const char *wanted;
	} rows[] = {
		{ "", 0, "" },
		{ "abc", 3, "abc" },
		{ "abc", 2, "ab" },
		{ "abc", 0, "" },
		{ "a\xc3\xa4z", 3, "a\xc3\xa4" },
		{ "a\xc3\xa4z", 2, "a" },
		{ "\xf0\x9f\x8e\xad", 3, "" },
		{ "\x80\x80\x80", 2, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(tsp_text_is(
			text_cut(tsp_text_of(rows[i].text), rows[i].limit), rows[i].wanted));
	assert_null(text_cut((tsp_text){ NULL, 0 }, 5).data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_told_from_other_bytes),
		cmocka_unit_test(unsafe_text_is_shown_as_digits),
		cmocka_unit_test(a_cut_splits_nothing),
		cmocka_unit_test(streams_may_keep_lines),
		cmocka_unit_test(numbers_are_whole_and_in_range),
		cmocka_unit_test(seconds_become_milliseconds),
		cmocka_unit_test(hexadecimal_goes_both_ways),
		cmocka_unit_test(texts_are_compared_and_copied),
		cmocka_unit_test(what_is_not_utf8_is_mended),
		cmocka_unit_test(a_cut_text_ends_with_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
