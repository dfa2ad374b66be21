/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"

static void check(const char *what, size_t done, size_t total, const char *label, size_t columns,
	const char *expected)
{
	char line[200];

	progress_line(what, done, total, label, columns, line);
	assert_string_equal(line, expected);
	assert_true(strlen(line) <= columns);
}

static void the_line_says_how_far_it_is(void **state)
{
	(void)state;
	check("refresh", 0, 50, "g1", 60, "refresh [>                   ] 0 of 50: g1");
	check("refresh", 25, 50, "g1", 60, "refresh [==========>         ] 25 of 50: g1");
	check("refresh", 50, 50, "", 60, "refresh [====================] 50 of 50");
	check("refresh", 51, 50, "", 60, "refresh [====================] 51 of 50");
	check("load", 0, 0, "hello 1, building", 60, "load: hello 1, building");
	check("load", 0, 0, "", 60, "load");
}

static void it_fits_the_terminal(void **state)
{
	(void)state;
	check("refresh", 7, 50, "hello", 20, "refresh 7 of 50: hel");
	check("refresh", 7, 50, "hello", 1, "r");
	check("refresh", 7, 50, "hello", 0, "");
	check("load", 0, 0, "Gr\xc3\xbc\xc3\x9f", 9, "load: Gr");
	check("load", 0, 0, "Gr\xc3\xbc\xc3\x9f", 10, "load: Gr\xc3\xbc");
	for (size_t columns = 7; columns < 10; columns++)
		check("load", 0, 0, "x\xe2\x82\xac", columns, "load: x");
	check("load", 0, 0, "x\xe2\x82\xac", 10, "load: x\xe2\x82\xac");
	for (size_t columns = 6; columns < 10; columns++)
		check("load", 0, 0, "\xf0\x9f\x8e\xad!", columns, "load: ");
	check("load", 0, 0, "\xf0\x9f\x8e\xad!", 10, "load: \xf0\x9f\x8e\xad");
}

static void what_it_names_is_escaped(void **state)
{
	(void)state;
	check("load", 0, 0, "a\x1b[2J\nb", 60, "load: a\\x1b[2J\\x0ab");
}

static void without_a_terminal_there_is_none(void **state)
{
	(void)state;
	assert_false(progress_open(false));
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	assert_false(progress_open(true));
	progress_show("load", 0, 0, ""); /* nothing is open: nothing is shown */
	progress_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_says_how_far_it_is),
		cmocka_unit_test(it_fits_the_terminal),
		cmocka_unit_test(what_it_names_is_escaped),
		cmocka_unit_test(without_a_terminal_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
