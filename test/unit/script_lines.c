/* SPDX-License-Identifier: MIT */
/* Lines as they come through a pipe, whole, in pieces, too long and cut off. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "script/lines.h"

static struct lines lines;
static int ends[2];

static int set_up(void **state)
{
	(void)state;
	lines_init(&lines, 10);
	return pipe(ends);
}

static int tear_down(void **state)
{
	(void)state;
	lines_clear(&lines);
	close(ends[0]);
	return close(ends[1]);
}

static void put(const char *text)
{
	assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
	assert_true(lines_read(&lines, ends[0]));
}

static void take(const char *expected, bool expected_cut)
{
	tsp_text line;
	bool cut;

	assert_true(lines_next(&lines, &line, &cut));
	if (!tsp_text_is(line, expected))
		fail_msg("'%.*s' is not '%s'", (int)line.size, line.data, expected);
	assert_int_equal(cut, expected_cut);
}

static void take_none(void)
{
	tsp_text line;
	bool cut;

	assert_false(lines_next(&lines, &line, &cut));
}

static void in_pieces_as_they_come(void **state)
{
	(void)state;
	take_none();
	put("one\n\ntw");
	take("one", false);
	take("", false);
	take_none();
	put("o");
	take_none();
	put("\nthree\n");
	take("two", false);
	take("three", false);
	take_none();
}

static void of_one_too_long_the_front(void **state)
{
	(void)state;
	put("0123456789\n0123456789x\nnext\n");
	take("0123456789", false);
	take("0123456789", true);
	take("next", false);
	take_none();
	put("0123456789x");
	take("0123456789", true);
	take_none();
	put("yz, and so on");
	take_none();
	put("still\nnext\n");
	take("next", false);
	take_none();
}

static void one_too_long_is_known_by_its_end(void **state)
{
	(void)state;
	put("0123456789 and a\nnext\n");
	take("0123456789", true);
	assert_false(lines_dropped(&lines, "end"));
	take("next", false);
	assert_false(lines_dropped(&lines, "end"));
	put("0123456789, en");
	take("0123456789", true);
	assert_false(lines_dropped(&lines, "end"));
	put("d");
	take_none();
	assert_false(lines_dropped(&lines, "end"));
	put("\nnext\n");
	take("next", false);
	assert_true(lines_dropped(&lines, "end"));
	assert_false(lines_dropped(&lines, "end"));
	put("0123456789, end\n");
	take("0123456789", true);
	take_none();
	assert_true(lines_dropped(&lines, "end"));
}

static void the_last_needs_no_end(void **state)
{
	int other = dup(ends[1]);

	(void)state;
	put("last");
	take_none();
	close(ends[1]);
	close(other);
	assert_false(lines_read(&lines, ends[0]));
	take("last", false);
	take_none();
	assert_true(lines.ended);
	ends[1] = dup(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_pieces_as_they_come, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_one_too_long_the_front, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_too_long_is_known_by_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_last_needs_no_end, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("script_lines", tests, NULL, NULL);
}
