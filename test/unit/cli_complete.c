/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/help.h"

static void offer(void *context, enum complete_kind kind, struct complete *into)
{
	(void)context;
	if (kind == COMPLETE_HASH) {
		complete_add(into, "abc123");
		complete_add(into, "abd456");
		complete_add(into, "abc123");
		complete_add(into, "ab;rm -rf");
		complete_add(into, "ab\033[1m");
	} else if (kind == COMPLETE_GROUP) {
		complete_add(into, "hello");
	} else if (kind == COMPLETE_ADDRESS) {
		complete_add(into, "#1");
		complete_add(into, "Gr\xc3\xbc\xc3\x9f");
		complete_add(into, "\xe2\x80\xaeoverride");
	}
}

static const struct option_spec unload_options[] = {
	{ "force", 'f', NULL, "all the same", COMPLETE_NONE },
	{ "key", 0, "FILE", "a key", COMPLETE_PATH },
	{ "hidden", 0, NULL, NULL, COMPLETE_NONE },
	{ 0 },
};

static const struct command unload = {
	.name = "unload",
	.synopsis = "HASH [--force]",
	.summary = "remove a source",
	.options = unload_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_HASH },
};

static const struct command gensrc = {
	.name = "gensrc",
	.synopsis = "GROUP SRCDIR [PATTERN...]",
	.summary = "make a package",
	.args_min = 2,
	.args_max = -1,
	.complete = { COMPLETE_GROUP, COMPLETE_PATH, COMPLETE_NONE },
};

static const struct command ask = {
	.name = "ask",
	.synopsis = "ADDR MESSAGE",
	.summary = "ask",
	.args_min = 2,
	.args_max = 2,
	.raw_from = 1,
	.complete = { COMPLETE_ADDRESS },
};

static const struct command *const commands[] = { &unload, &gensrc, &ask, &help_command, NULL };

static const struct option_spec common[] = {
	{ "dir", 0, "DIR", "folder", COMPLETE_PATH },
	{ 0 },
};

static const struct program program = {
	.name = "tool",
	.synopsis = "COMMAND",
	.summary = "A tool.",
	.options = common,
	.commands = commands,
	.complete = offer,
};

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static void check_complete(char **words, bool inside, const char *expected)
{
	struct complete found;
	char text[512] = "";
	int count = 0;
	while (words[count] != NULL)
		count++;
	complete_words(&program, NULL, count, words, inside, &found);
	for (size_t i = 0; i < found.count; i++) {
		strcat(text, found.items[i]);
		strcat(text, " ");
	}
	assert_string_equal(text, expected);
	complete_clear(&found);
}

static void test_complete(void **state)
{
	(void)state;
	check_complete(WORDS(""), false, "ask gensrc help unload ");
	check_complete((char *[]){ NULL }, true, "ask gensrc help unload ");
	check_complete(WORDS("un"), false, "unload ");
	check_complete(WORDS("help", "g"), false, "gensrc ");
	check_complete(WORDS("unload", ""), true, "abc123 abd456 ");
	check_complete(WORDS("unload", "--force", "abc"), true, "abc123 ");
	check_complete(WORDS("unload", "abc123", ""), true, "");
	check_complete(WORDS("unload", "--"), true, "--force --key ");
	check_complete(WORDS("unload", "--d"), false, "--dir ");
	check_complete(WORDS("unload", "--d"), true, "");
	check_complete(WORDS("--dir", "/x", "gensrc", ""), false, "hello ");
	check_complete(WORDS("nope", ""), false, "");
	check_complete(WORDS("ask", ""), true, "#1 Gr\xc3\xbc\xc3\x9f ");
	check_complete(WORDS("ask", "#1", "--"), true, "");
	check_complete(WORDS("unload", "--key", "/proc/self/stat"), true,
		"/proc/self/stat /proc/self/statm /proc/self/status ");
}

static void test_limit(void **state)
{
	(void)state;
	struct complete found;
	char name[16];
	complete_init(&found, "n");
	for (int i = 0; i < COMPLETE_LIMIT + 10; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		complete_add(&found, name);
	}
	complete_add(&found, NULL);
	assert_int_equal(found.count, COMPLETE_LIMIT);
	complete_clear(&found);
	assert_int_equal(found.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
