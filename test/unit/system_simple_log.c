/* SPDX-License-Identifier: MIT */
/* What the simple base logs, as a program sees it; the actors are those of test/cli/log_*.bats. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
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

static char folder[64];
static char text[65536];

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	char command[600];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/simple-log-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command),
		"cc -shared -fPIC -I%s/lib -o %s/log_actors.so %s/test/cli/log_actors.c",
		TSP_TEST_TOP, folder, TSP_TEST_TOP);
	run(command);
	setenv("THESPIAN_PATH", folder, 1);
	unsetenv("THESPLOG_FILE");
	unsetenv("THESPLOG_THRESHOLD");
	unsetenv("THESPLOG_FILE_MAXSIZE");
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

static const char *contents(const char *name)
{
	char path[128];
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	text[0] = '\0';
	if (fd < 0)
		return text;
	size = read(fd, text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	close(fd);
	return text;
}

static void ask(tsp_system *system, tsp_address actor, const char *type, const char *json)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_message *reply = NULL;
	tsp_value value;

	assert_int_equal(tsp_value_from_json(json, strlen(json), builder, NULL), TSP_OK);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_ask(system, actor, type, value, TIMEOUT_MS, &reply, NULL), TSP_OK);
	tsp_message_free(reply);
	tsp_builder_free(builder);
}

/* A warning, an info and a failure in a system with these definitions; standard error is in "stderr". */
static void use(const char *definitions)
{
	const tsp_open_options options = { .base = "simpleSystemBase",
		.log_definitions = definitions };
	tsp_system *system = NULL;
	tsp_address actor;
	tsp_error err = { 0 };
	char path[128];
	int saved = dup(STDERR_FILENO);
	int fd, rc;

	snprintf(path, sizeof(path), "%s/stderr", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && saved >= 0);
	dup2(fd, STDERR_FILENO);
	close(fd);
	rc = tsp_open(&options, &system, &err);
	if (rc == TSP_OK)
		rc = tsp_system_create(system, "log_actors:Logger", NULL, TIMEOUT_MS, &actor, &err);
	if (rc == TSP_OK) {
		ask(system, actor, "Log", "{\"level\": \"warning\", \"text\": \"careful\"}");
		ask(system, actor, "Log", "{\"level\": \"info\", \"text\": \"by the way\"}");
		ask(system, actor, "Fail", "{}");
	}
	tsp_close(system);
	dup2(saved, STDERR_FILENO);
	close(saved);
	if (rc < 0)
		fail_msg("%s", err.text);
}

/* F084: warnings appear on standard error, less does not. */
static void test_default_of_f084(void **state)
{
	(void)state;
	use(NULL);
	assert_non_null(strstr(contents("stderr"), "Logger careful 0\n"));
	assert_non_null(strstr(text, "error @"));
	assert_non_null(strstr(text, "failed twice on 'Fail': on purpose\n"));
	assert_null(strstr(text, "by the way"));
}

static void test_definitions(void **state)
{
	char definitions[300];

	(void)state;
	snprintf(definitions, sizeof(definitions),
		"{\"folder\": \"%s\", \"handlers\": {\"f\": {\"class\": \"file\", \"path\": \"log\"}},"
		" \"root\": {\"level\": \"info\", \"handlers\": [\"f\"]}}",
		folder);
	use(definitions);
	assert_string_equal(contents("stderr"), "");
	assert_non_null(strstr(contents("log"), "info @"));
	assert_non_null(strstr(text, "by the way 0\n"));
	assert_non_null(strstr(text, "failed twice"));
}

/* F153: nothing is configured, and actors start; the internal log is another matter. */
static void test_off_of_f153(void **state)
{
	char path[128];

	(void)state;
	use(TSP_LOG_OFF);
	assert_string_equal(contents("stderr"), "");
	/* F151: the variable counts that was set after the program had started */
	snprintf(path, sizeof(path), "%s/internal", folder);
	setenv("THESPLOG_FILE", path, 1);
	use(TSP_LOG_OFF);
	assert_string_equal(contents("stderr"), "");
	assert_non_null(strstr(contents("internal"), "failed twice"));
	assert_null(strstr(text, "careful"));
}

static void test_wrong(void **state)
{
	const tsp_open_options options = { .base = "simpleSystemBase",
		.log_definitions = "{\"x\": 1}" };
	tsp_system *system = NULL;
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(tsp_open(&options, &system, &err), TSP_EUSAGE);
	assert_string_equal(err.text, "cannot use the log definitions: x: there is no such member");
	assert_null(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_default_of_f084, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_definitions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_off_of_f153, set_up, tear_down),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
