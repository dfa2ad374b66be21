/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

static const struct option_spec common[] = {
	{ "dir", 0, "DIR", "folder", COMPLETE_PATH },
	{ "port", 'p', "PORT", "port", COMPLETE_NONE },
	{ "verbose", 'v', NULL, "say more", COMPLETE_NONE },
	{ "version", 'V', NULL, "version", COMPLETE_NONE },
	{ 0 },
};

static const struct option_spec own[] = {
	{ "version", 0, "V", "of the package", COMPLETE_NONE },
	{ "force", 'f', NULL, "do it all the same", COMPLETE_NONE },
	{ 0 },
};

static const struct option_spec *const tables[] = { own, common, NULL };

/* Parses words up to a NULL. */
static int parse(struct options *options, char **words, int limit, int raw_after, tsp_error *err)
{
	int count = 0;
	while (words[count] != NULL)
		count++;
	options_init(options);
	return options_parse(options, tables, count, words, limit, raw_after, err);
}

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static void test_forms(void **state)
{
	(void)state;
	struct options options;
	assert_int_equal(
		parse(&options,
			WORDS("a", "--dir=x", "-p", "12", "b", "-vvf", "-p13", "--dir", "y"), -1,
			-1, NULL),
		9);
	assert_int_equal(options.argument_count, 2);
	assert_string_equal(options.arguments[0], "a");
	assert_string_equal(options.arguments[1], "b");
	assert_null(options.arguments[2]);
	assert_string_equal(options_get(&options, "dir"), "y");
	assert_string_equal(options_get(&options, "port"), "13");
	assert_int_equal(options_count(&options, "verbose"), 2);
	assert_int_equal(options_count(&options, "force"), 1);
	assert_null(options_get(&options, "version"));
	options_clear(&options);
}

static void test_repeated(void **state)
{
	(void)state;
	struct options options;
	size_t at = 0;
	assert_int_equal(parse(&options, WORDS("--dir", "1", "-p9", "--dir="), -1, -1, NULL), 4);
	assert_string_equal(options_next(&options, "dir", &at), "1");
	assert_string_equal(options_next(&options, "dir", &at), "");
	assert_null(options_next(&options, "dir", &at));
	options_clear(&options);
}

static void test_end_of_options(void **state)
{
	(void)state;
	struct options options;
	assert_int_equal(parse(&options, WORDS("-f", "--", "-v", "--"), -1, -1, NULL), 4);
	assert_int_equal(options.argument_count, 2);
	assert_string_equal(options.arguments[0], "-v");
	assert_string_equal(options.arguments[1], "--");
	assert_int_equal(options_count(&options, "verbose"), 0);
	options_clear(&options);
	assert_int_equal(parse(&options, WORDS("-"), -1, -1, NULL), 1);
	assert_int_equal(options.argument_count, 1);
	options_clear(&options);
}

static void test_limit(void **state)
{
	(void)state;
	struct options options;
	assert_int_equal(parse(&options, WORDS("-v", "-p", "1", "load", "-f"), 0, -1, NULL), 3);
	assert_int_equal(options.argument_count, 0);
	assert_int_equal(options_count(&options, "force"), 0);
	options_clear(&options);
}

static void test_raw(void **state)
{
	(void)state;
	struct options options;
	assert_int_equal(parse(&options, WORDS("-v", "#1", "--dir is text"), -1, 1, NULL), 3);
	assert_int_equal(options.argument_count, 2);
	assert_string_equal(options.arguments[1], "--dir is text");
	options_clear(&options);
}

static void test_abbreviations(void **state)
{
	(void)state;
	struct options options;
	tsp_error err = { 0 };
	assert_int_equal(parse(&options, WORDS("--verb", "--di", "x"), -1, -1, NULL), 3);
	assert_int_equal(options_count(&options, "verbose"), 1);
	assert_string_equal(options_get(&options, "dir"), "x");
	options_clear(&options);
	assert_int_equal(parse(&options, WORDS("--ver"), -1, -1, &err), TSP_EUSAGE);
	assert_string_equal(err.text, "ambiguous option '--ver'");
	options_clear(&options);
	/* The first table's own --version wins, and it takes a value. */
	assert_int_equal(parse(&options, WORDS("--version", "2"), -1, -1, NULL), 2);
	assert_string_equal(options_get(&options, "version"), "2");
	options_clear(&options);
}

static void check_error(char **words, const char *text)
{
	struct options options;
	tsp_error err = { 0 };
	assert_int_equal(parse(&options, words, -1, -1, &err), TSP_EUSAGE);
	assert_string_equal(err.text, text);
	options_clear(&options);
}

static void test_errors(void **state)
{
	(void)state;
	check_error(WORDS("--nope=3"), "unknown option '--nope'");
	check_error(WORDS("-x"), "unknown option '-x'");
	check_error(WORDS("-vx"), "unknown option '-x'");
	check_error(WORDS("--=3"), "unknown option '--'");
	check_error(WORDS("--dir"), "option '--dir' needs DIR");
	check_error(WORDS("-p"), "option '--port' needs PORT");
	check_error(WORDS("--force=1"), "option '--force' takes no value");
	check_error(WORDS("--\033[1m"), "unknown option '--\\x1b[1m'");
}

static void test_numbers(void **state)
{
	(void)state;
	struct options options;
	tsp_error err = { 0 };
	int64_t number = 7;
	assert_int_equal(parse(&options, WORDS("-p", "1900", "--dir", "1.5"), -1, -1, NULL), 4);
	assert_int_equal(options_get_int(&options, "port", 1, 65535, &number, NULL), TSP_OK);
	assert_int_equal(number, 1900);
	assert_int_equal(options_get_ms(&options, "dir", &number, NULL), TSP_OK);
	assert_int_equal(number, 1500);
	assert_int_equal(options_get_int(&options, "version", 1, 2, &number, NULL), TSP_OK);
	assert_int_equal(number, 1500);
	assert_int_equal(options_get_int(&options, "port", 1, 99, &number, &err), TSP_EUSAGE);
	assert_string_equal(
		err.text, "cannot use '1900' for '--port': not a whole number from 1 to 99");
	assert_int_equal(number, 1500);
	options_clear(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_end_of_options),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_abbreviations),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
