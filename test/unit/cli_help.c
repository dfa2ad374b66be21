/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/help.h"

static const struct option_spec load_options[] = {
	{ "force", 'f', NULL, "all the same", COMPLETE_NONE },
	{ "a-name-that-is-much-too-long", 0, "VALUE", "a line of its own", COMPLETE_NONE },
	{ "hidden", 0, NULL, NULL, COMPLETE_NONE },
	{ 0 },
};

static const struct command load = {
	.name = "load",
	.synopsis = "FILE [--force]",
	.summary = "load a file",
	.details = "More about it.",
	.options = load_options,
	.args_min = 1,
	.args_max = 1,
};

static const struct command stop = { .name = "stop", .synopsis = "", .summary = "end it" };
static const struct command *const commands[] = { &load, &stop, NULL };

static const struct program program = {
	.name = "tool",
	.synopsis = "COMMAND [ARGS]",
	.summary = "A tool.",
	.commands = commands,
};

static void check(void (*print)(FILE *stream), const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	print(stream);
	fclose(stream);
	assert_string_equal(text, expected);
	free(text);
}

static void print_program(FILE *stream)
{
	help_print_program(&program, stream);
}

static void print_load(FILE *stream)
{
	help_print_command(&load, "tool", stream);
}

static void print_stop(FILE *stream)
{
	help_print_command(&stop, NULL, stream);
}

static void print_version(FILE *stream)
{
	help_print_version(&program, stream);
}

static void test_program(void **state)
{
	(void)state;
	check(print_program,
		"usage: tool COMMAND [ARGS]\n\nA tool.\n\ncommands:\n"
		"  load  load a file\n"
		"  stop  end it\n"
		"\noptions:\n"
		"  -h, --help     say how it is used\n"
		"  -V, --version  print the version\n");
}

static void test_command(void **state)
{
	(void)state;
	check(print_load,
		"usage: tool load FILE [--force]\n\nload a file\n\noptions:\n"
		"  -f, --force  all the same\n"
		"      --a-name-that-is-much-too-long VALUE\n"
		"               a line of its own\n"
		"\nMore about it.\n");
	check(print_stop, "usage: stop\n\nend it\n");
	check(print_version, "tool " TSP_VERSION "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
