/* SPDX-License-Identifier: MIT */
/* What the command runner keeps of a program's output. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "helper/capture.h"

static void put(struct capture *capture, const char *text)
{
	capture_put(capture, text, strlen(text));
}

static void whole_up_to_its_limit(void **state)
{
	struct capture capture;
	tsp_text halves[2];

	(void)state;
	capture_begin(&capture, 20);
	capture_halves(&capture, halves);
	assert_true(tsp_text_is(halves[0], ""));
	put(&capture, "0123456789");
	put(&capture, "abcdefghij");
	capture_halves(&capture, halves);
	assert_true(tsp_text_is(halves[0], "0123456789abcdefghij"));
	assert_null(halves[1].data);
	put(&capture, "k");
	capture_halves(&capture, halves);
	assert_true(tsp_text_is(halves[0], "0123456789"));
	assert_true(tsp_text_is(halves[1], "bcdefghijk"));
	capture_clear(&capture);
}

static void first_and_last_of_much(void **state)
{
	struct capture capture;
	tsp_text halves[2];
	char line[32];

	(void)state;
	for (size_t step = 1; step < 4; step++) {
		capture_begin(&capture, 40);
		for (int i = 1000; i < 9000; i++) {
			snprintf(line, sizeof(line), "%d,", i);
			for (size_t at = 0; at < strlen(line); at += step) {
				size_t left = strlen(line) - at;

				capture_put(&capture, line + at, left < step ? left : step);
			}
		}
		capture_halves(&capture, halves);
		assert_true(tsp_text_is(halves[0], "1000,1001,1002,1003,"));
		assert_true(tsp_text_is(halves[1], "8996,8997,8998,8999,"));
		assert_true(capture.capacity <= 64);
		capture_clear(&capture);
	}
}

static void cut_at_whole_characters(void **state)
{
	struct capture capture;
	tsp_text halves[2];

	(void)state;
	assert_int_equal(capture_whole("a\xc3", 2), 1);
	assert_int_equal(capture_whole("a\xc3\xa4", 3), 3);
	assert_int_equal(capture_whole("\xf0\x9f\x98", 3), 0);
	assert_int_equal(capture_whole("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(capture_whole("", 0), 0);
	capture_begin(&capture, 16);
	for (int i = 0; i < 20; i++)
		put(&capture, i == 0 ? "ab" : "\xe2\x82\xac"); /* 3 bytes each */
	capture_halves(&capture, halves);
	assert_true(tsp_text_is(halves[0], "ab\xe2\x82\xac\xe2\x82\xac"));
	assert_true(tsp_text_is(halves[1], "\xe2\x82\xac\xe2\x82\xac"));
	capture_clear(&capture);
}

static void text_or_bytes(void **state)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;

	(void)state;
	tsp_begin_list(builder);
	capture_put_output(builder, TSP_TEXT("gr\xc3\xbc\xc3\x9f"));
	capture_put_output(builder, TSP_TEXT("a\xff"));
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_value_kind(tsp_value_at(value, 0)), TSP_KIND_TEXT);
	assert_int_equal(tsp_value_kind(tsp_value_at(value, 1)), TSP_KIND_BYTES);
	tsp_builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_up_to_its_limit),
		cmocka_unit_test(first_and_last_of_much),
		cmocka_unit_test(cut_at_whole_characters),
		cmocka_unit_test(text_or_bytes),
	};

	return cmocka_run_group_tests_name("F173: output", tests, NULL, NULL);
}
