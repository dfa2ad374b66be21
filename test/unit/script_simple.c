/* SPDX-License-Identifier: MIT */
/* Scripts in the simple base: their host is the program itself, which outlives what becomes of them. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <thespian.h>

#define TIMEOUT_MS 20000

/* Deaf reads no more when it is ready; Counter says the number of each message. */
static const char source[] =
	"#include <thespian.h>\n"
	"#define SCRIPT(NAME, TEXT) \\\n"
	"static const tsp_script NAME##_text = { #NAME, TEXT, sizeof(TEXT) - 1 }; \\\n"
	"static int NAME##_init(tsp_actor *self, tsp_value argument) \\\n"
	"{ return tsp_script_init(self, &NAME##_text, argument); } \\\n"
	"static const tsp_class NAME = { .name = #NAME, .state_size = sizeof(void *), \\\n"
	"  .init = NAME##_init, .fini = tsp_script_fini, .receive = tsp_script_receive };\n"
	"SCRIPT(Deaf, \"#!/bin/sh\\nread -r line\\nexec 0<&-\\necho '{\\\"ready\\\":true}'\\n\"\n"
	"  \"until [ -e \\\"$HOME/go\\\" ]; do sleep 0.02; done\\nexit 3\\n\")\n"
	"SCRIPT(Counter, \"#!/bin/sh\\nread -r line\\necho '{\\\"ready\\\":true}'\\n\"\n"
	"  \"while read -r line; do\\n  id=${line#*:}\\n\"\n"
	"  \"  echo '{\\\"reply\\\":{\\\"message\\\":'${id%%,*}'}}'\\n  echo '{\\\"done\\\":true}'\\ndone\\n\")\n"
	"TSP_EXPORT(&Deaf, &Counter)\n";

static char folder[64];

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	char command[600];
	FILE *file;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/script-simple-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command), "%s/scripts.c", folder);
	file = fopen(command, "we");
	assert_non_null(file);
	assert_true(fputs(source, file) >= 0);
	assert_int_equal(fclose(file), 0);
	snprintf(command, sizeof(command), "cc -shared -fPIC -I%s/lib -o %s/scripts.so %s/scripts.c",
		TSP_TEST_TOP, folder, folder);
	run(command);
	setenv("THESPIAN_PATH", folder, 1);
	setenv("HOME", folder, 1);
	return 0;
}

static int tear_down(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	run(command);
	return 0;
}

static tsp_system *open_simple(void)
{
	const tsp_open_options options = { .base = "simpleSystemBase", .log_definitions = TSP_LOG_OFF };
	tsp_system *system = NULL;

	assert_int_equal(tsp_open(&options, &system, NULL), TSP_OK);
	return system;
}

static tsp_address create(tsp_system *system, const char *class_name)
{
	tsp_address actor;
	tsp_error err = { 0 };

	if (tsp_system_create(system, class_name, NULL, TIMEOUT_MS, &actor, &err) < 0)
		fail_msg("%s", err.text);
	return actor;
}

static int64_t ask_id(tsp_system *system, tsp_address actor)
{
	static const uint8_t empty = 0xa0; /* {} */
	tsp_message *reply = NULL;
	int64_t id = 0;

	assert_int_equal(tsp_ask(system, actor, "Id", (tsp_value){ &empty, 1 }, TIMEOUT_MS, &reply, NULL),
		TSP_OK);
	assert_true(tsp_value_int(tsp_message_value(reply), &id));
	tsp_message_free(reply);
	return id;
}

/* SIGPIPE is as it is in any program: it would end this one. */
static void one_that_reads_no_more_harms_nobody(void **state)
{
	static const uint8_t empty = 0xa0; /* {} */
	tsp_system *system = open_simple();
	tsp_address deaf = create(system, "scripts:Deaf");
	tsp_message *reply = NULL;
	sigset_t pending;
	char path[100];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/go", folder);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(tsp_ask(system, deaf, "Id", (tsp_value){ &empty, 1 }, TIMEOUT_MS, &reply, NULL),
		TSP_OK);
	assert_true(tsp_message_is(reply, "PoisonMessage"));
	tsp_message_free(reply);
	assert_int_equal(sigpending(&pending), 0);
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
	tsp_close(system);
}

static void each_counts_its_own_messages(void **state)
{
	tsp_system *system = open_simple();
	tsp_address one = create(system, "scripts:Counter"), two = create(system, "scripts:Counter");

	(void)state;
	assert_int_equal(ask_id(system, one), 1);
	assert_int_equal(ask_id(system, one), 2);
	assert_int_equal(ask_id(system, two), 1);
	assert_int_equal(ask_id(system, one), 3);
	tsp_close(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_reads_no_more_harms_nobody),
		cmocka_unit_test(each_counts_its_own_messages),
	};

	return cmocka_run_group_tests_name("script_simple", tests, set_up, tear_down);
}
