/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/help.h"

/* What the last run saw. */
struct seen {
	int runs;
	int prepared;
	char text[256];
	int result;
};

static int run_any(void *context, const struct command_call *call, tsp_error *err)
{
	struct seen *seen = context;
	seen->runs++;
	snprintf(seen->text, sizeof(seen->text), "%s", call->command->name);
	for (int i = 0; i < call->argc; i++) {
		strcat(seen->text, " ");
		strcat(seen->text, call->argv[i]);
	}
	if (options_count(&call->options, "force") > 0)
		strcat(seen->text, " forced");
	if (options_get(&call->options, "dir") != NULL)
		strcat(seen->text, options_get(&call->options, "dir"));
	return seen->result < 0 ? tsp_fail(err, seen->result, "it went wrong") : seen->result;
}

static const struct option_spec unload_options[] = {
	{ "force", 'f', NULL, "all the same", COMPLETE_NONE },
	{ "key", 0, "FILE", "a key", COMPLETE_PATH },
	{ 0 },
};

static const struct command unload = {
	.name = "unload",
	.synopsis = "--key FILE HASH | GROUP [--force]",
	.summary = "remove a source",
	.options = unload_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_HASH },
	.run = run_any,
};

static const struct command gensrc = {
	.name = "gensrc",
	.synopsis = "[--key FILE] GROUP SRCDIR [PATTERN...]",
	.summary = "make a package",
	.options = unload_options,
	.args_min = 2,
	.args_max = -1,
	.complete = { COMPLETE_GROUP, COMPLETE_PATH, COMPLETE_NONE },
	.run = run_any,
};

static const struct command ask = {
	.name = "ask",
	.synopsis = "ADDR MESSAGE",
	.summary = "ask",
	.args_min = 2,
	.args_max = 2,
	.raw_from = 1,
	.complete = { COMPLETE_ADDRESS },
	.run = run_any,
};

static const struct command *const commands[] = { &unload, &gensrc, &ask, &help_command, NULL };

static const struct option_spec common[] = {
	{ "dir", 0, "DIR", "folder", COMPLETE_PATH },
	{ 0 },
};

static int prepare(void *context, const struct options *options, tsp_error *err)
{
	struct seen *seen = context;
	(void)options;
	(void)err;
	seen->prepared++;
	return TSP_OK;
}

static const struct program program = {
	.name = "tool",
	.synopsis = "COMMAND",
	.summary = "A tool.",
	.options = common,
	.commands = commands,
	.prepare = prepare,
};

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static int run(struct seen *seen, char **words, bool inner, tsp_error *err)
{
	int count = 0;
	while (words[count] != NULL)
		count++;
	return command_run(&program, seen, count, words, inner, err);
}

static void test_dispatch(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	assert_int_equal(
		run(&seen, WORDS("gensrc", "g", "--dir", "d", "s", "-f", "p", "q"), true, NULL),
		TSP_OK);
	assert_string_equal(seen.text, "gensrc g s p q forcedd");
	assert_int_equal(seen.prepared, 1);
	seen.result = 7;
	assert_int_equal(run(&seen, WORDS("unload", "h"), false, NULL), 7);
	assert_int_equal(seen.prepared, 1);
	assert_int_equal(seen.runs, 2);
}

static void check_error(char **words, const char *text)
{
	struct seen seen = { 0 };
	tsp_error err = { 0 };
	assert_int_equal(run(&seen, words, false, &err), TSP_EUSAGE);
	char *line = strchr(err.text, '\n');
	if (line != NULL)
		*line = '\0';
	assert_string_equal(err.text, text);
	assert_int_equal(seen.runs, 0);
}

static void test_usage_errors(void **state)
{
	(void)state;
	check_error(WORDS("nope"), "cannot run 'nope': no such command");
	check_error(WORDS("unload"), "cannot run 'unload': HASH or GROUP is missing");
	check_error(WORDS("unload", "a", "b"), "cannot run 'unload': one argument too many: 'b'");
	check_error(WORDS("gensrc", "a"), "cannot run 'gensrc': SRCDIR is missing");
	check_error(WORDS("ask", "--nope"), "cannot run 'ask': unknown option '--nope'");
	/* A line of the shell does not take the program's own options. */
	check_error(
		WORDS("unload", "--dir", "d", "h"), "cannot run 'unload': unknown option '--dir'");
}

static void test_raw_argument(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	assert_int_equal(run(&seen, WORDS("ask", "#1", "--help is text"), false, NULL), TSP_OK);
	assert_string_equal(seen.text, "ask #1 --help is text");
}

static void test_error_of_command(void **state)
{
	(void)state;
	struct seen seen = { .result = TSP_EDEAD };
	tsp_error err = { 0 };
	assert_int_equal(run(&seen, WORDS("unload", "h"), false, &err), TSP_EDEAD);
	assert_string_equal(err.text, "it went wrong");
}

static bool sets(const struct command_call *call)
{
	return call->argc > 1;
}

static const struct command setting = {
	.name = "set",
	.synopsis = "NAME [VALUE]",
	.summary = "show or set",
	.args_min = 1,
	.args_max = 2,
	.changes = true,
	.changes_if = sets,
	.run = run_any,
};

static int permit_none(void *context, const struct command_call *call, tsp_error *err)
{
	(void)context;
	return command_changes(call) ? tsp_fail(err, TSP_EPERM, "not '%s'", call->argv[1]) : TSP_OK;
}

static void test_permit(void **state)
{
	(void)state;
	static const struct command *const table[] = { &setting, &unload, NULL };
	static const struct program looking = {
		.name = "look", .synopsis = "", .commands = table, .permit = permit_none
	};
	struct seen seen = { 0 };
	tsp_error err = { 0 };
	char *show[] = { "set", "a", NULL };
	char *set[] = { "set", "a", "b", NULL };
	char *wrong[] = { "set", "a", "b", "c", NULL };
	char *help[] = { "set", "a", "b", "--help", NULL };
	assert_int_equal(command_run(&looking, &seen, 2, show, false, &err), TSP_OK);
	assert_int_equal(command_run(&looking, &seen, 3, set, false, &err), TSP_EPERM);
	assert_string_equal(err.text, "not 'b'");
	assert_int_equal(command_run(&looking, &seen, 4, wrong, false, &err), TSP_EUSAGE);
	assert_int_equal(seen.runs, 1);
	assert_false(command_would_change(&looking, 2, show));
	assert_true(command_would_change(&looking, 3, set));
	assert_false(command_would_change(&looking, 4, wrong));
	assert_false(command_would_change(&looking, 4, help));
	assert_false(command_would_change(&looking, 0, show));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dispatch),
		cmocka_unit_test(test_usage_errors),
		cmocka_unit_test(test_raw_argument),
		cmocka_unit_test(test_error_of_command),
		cmocka_unit_test(test_permit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
