/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log/definitions.h"

static const char whole[] =
	"{\"version\": 1, \"formatters\": {\"f\": {\"format\": \"%(message)s\"}},"
	" \"handlers\": {"
	"  \"main\": {\"class\": \"file\", \"path\": \"a.log\", \"level\": \"DEBUG\", \"formatter\": \"f\","
	"   \"max_bytes\": 4096, \"when\": \"hour\", \"interval\": 6, \"backup_count\": 7, \"compress\": true},"
	"  \"sys\": {\"class\": \"syslog\", \"facility\": \"local3\", \"ident\": \"me\", \"level\": \"error\","
	"   \"filters\": [\"notActorLog\"]},"
	"  \"err\": {\"class\": \"stderr\", \"filters\": [\"isActorLog\"]}},"
	" \"loggers\": {\"a\": {\"handlers\": [\"sys\"]}, \"a.b\": {\"level\": \"debug\"},"
	"  \"a.b.c\": {\"propagate\": false, \"handlers\": [\"err\"]}},"
	" \"root\": {\"level\": \"warning\", \"handlers\": [\"main\", \"err\"]}}";

static struct log_definitions *read(const char *json)
{
	struct log_definitions *definitions = NULL;
	tsp_error err = { 0 };

	if (log_definitions_read(json, &definitions, &err) < 0)
		print_message("%s\n", err.text);
	assert_non_null(definitions);
	return definitions;
}

static void test_whole(void **state)
{
	struct log_definitions *definitions = read(whole);
	const struct log_handler *handler = NULL;
	size_t i;

	(void)state;
	assert_int_equal(definitions->handler_count, 3);
	assert_int_equal(definitions->logger_count, 4);
	for (i = 0; i < 3; i++)
		if (strcmp(definitions->handlers[i].name, "main") == 0)
			handler = &definitions->handlers[i];
	assert_non_null(handler);
	assert_int_equal(handler->max_bytes, 4096);
	assert_int_equal(handler->interval_s, 6 * 3600);
	assert_int_equal(handler->backup_count, 7);
	assert_true(handler->compress);
	assert_string_equal(handler->path, "a.log");
	assert_int_equal(log_definitions_place(definitions, "/var/log"), TSP_OK);
	assert_string_equal(handler->path, "/var/log/a.log");
	log_definitions_free(definitions);
}

static void test_loggers(void **state)
{
	struct log_definitions *definitions = read(whole);
	const struct log_logger *logger;

	(void)state;
	logger = log_definitions_logger(definitions, TSP_TEXT("a.b.c.d.e"));
	assert_string_equal(logger->name, "a.b.c");
	assert_int_equal(log_definitions_level(definitions, logger), LOG_LEVEL_DEBUG);
	logger = log_definitions_above(definitions, logger);
	assert_string_equal(logger->name, "a.b");
	logger = log_definitions_above(definitions, logger);
	assert_string_equal(logger->name, "a");
	assert_int_equal(log_definitions_level(definitions, logger), LOG_LEVEL_WARNING);
	logger = log_definitions_above(definitions, logger);
	assert_string_equal(logger->name, "");
	assert_null(log_definitions_above(definitions, logger));
	assert_string_equal(log_definitions_logger(definitions, TSP_TEXT("ab"))->name, "");
	assert_string_equal(log_definitions_logger(definitions, (tsp_text){ NULL, 0 })->name, "");
	log_definitions_free(definitions);
}

static void least_is(const char *json, enum log_level level)
{
	struct log_definitions *definitions = read(json);

	assert_int_equal(log_definitions_least(definitions), level);
	log_definitions_free(definitions);
}

static void test_least(void **state)
{
	(void)state;
	least_is(whole, LOG_LEVEL_DEBUG);
	least_is("{}", LOG_LEVEL_OFF);
	least_is("{\"root\": {\"level\": \"debug\"}}", LOG_LEVEL_OFF);
	least_is(
		"{\"handlers\": {\"e\": {\"class\": \"stderr\"}}, \"root\": {\"handlers\": [\"e\"]}}",
		LOG_LEVEL_WARNING); /* as in the original */
	least_is("{\"handlers\": {\"e\": {\"class\": \"stderr\", \"level\": \"error\"}},"
		 " \"root\": {\"level\": \"info\", \"handlers\": [\"e\"]}}",
		LOG_LEVEL_ERROR);
	least_is(
		"{\"handlers\": {\"e\": {\"class\": \"stderr\"}}, \"loggers\": {\"x\": {\"level\": \"debug\"}},"
		" \"root\": {\"level\": \"error\", \"handlers\": [\"e\"]}}",
		LOG_LEVEL_DEBUG);
}

static void test_wrong(void **state)
{
	static const char *const cases[][2] = {
		{ "[]", ": a JSON object is expected" },
		{ "{\"color\": 1}", "color: there is no such member" },
		{ "{\"version\": 2}", "version: a number from 1 to 1 is expected" },
		{ "{\"folder\": \"here\"}", "folder: an absolute path is expected" },
		{ "{\"formatters\": {\"f\": {\"format\": \"%(oops)s\"}}}",
			"formatters.f.format: nothing is known for '%(oops)s'" },
		{ "{\"formatters\": {\"f\": {}}}", "formatters.f.format: a text is expected" },
		{ "{\"handlers\": {\"h\": {}}}",
			"handlers.h.class: not one of file, stderr, syslog" },
		{ "{\"handlers\": {\"h\": {\"class\": \"file\"}}}",
			"handlers.h.path: a text is expected" },
		{ "{\"handlers\": {\"h\": {\"class\": \"file\", \"path\": \"x\", \"max_bytes\": 5}}}",
			"handlers.h.max_bytes: a number from 1024 to" },
		{ "{\"handlers\": {\"h\": {\"class\": \"file\", \"path\": \"x\", \"when\": \"noon\"}}}",
			"handlers.h.when: not one of" },
		{ "{\"handlers\": {\"h\": {\"class\": \"file\", \"path\": \"x\", \"interval\": 2}}}",
			"handlers.h.interval: without 'when'" },
		{ "{\"handlers\": {\"h\": {\"class\": \"stderr\", \"path\": \"x\"}}}",
			"handlers.h.path: there is no such member" },
		{ "{\"handlers\": {\"h\": {\"class\": \"stderr\", \"level\": \"loud\"}}}",
			"handlers.h.level: not one of debug" },
		{ "{\"handlers\": {\"h\": {\"class\": \"stderr\", \"formatter\": \"f\"}}}",
			"handlers.h.formatter: there is no formatter" },
		{ "{\"handlers\": {\"h\": {\"class\": \"stderr\", \"filters\": [\"x\"]}}}",
			"handlers.h.filters: not isActorLog" },
		{ "{\"handlers\": {\"h\": {\"class\": \"syslog\", \"facility\": \"kern\"}}}",
			"handlers.h.facility: not daemon" },
		{ "{\"loggers\": {\"l\": {\"handlers\": [\"none\"]}}}",
			"loggers.l.handlers: there is no handler" },
		{ "{\"root\": {\"propagate\": true}}", "root.propagate: there is no such member" },
		{ "{\"root\": 1}", "root: a JSON object is expected" },
		{ "{", "line 1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct log_definitions *definitions = NULL;
		tsp_error err = { 0 };

		assert_int_equal(log_definitions_read(cases[i][0], &definitions, &err), TSP_EUSAGE);
		assert_null(definitions);
		if (strstr(err.text, cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_loggers),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
