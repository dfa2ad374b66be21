/* SPDX-License-Identifier: MIT */
/* Formats, files that move aside, syslog: what becomes of a record. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "log/sink.h"

static char folder[64];
static char heard[600]; /* by syslog, or of trouble */
static int heard_priority;

/* In place of libc's, under the name that the headers may give it. */
static void take_syslog(int priority, const char *format, va_list args)
{
	heard_priority = priority;
	vsnprintf(heard, sizeof(heard), format, args);
}

void syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	take_syslog(priority, format, args);
	va_end(args);
}

void __syslog_chk(int priority, int flag, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	take_syslog(priority, format, args);
	va_end(args);
}

static void on_trouble(void *data, const char *text)
{
	(void)data;
	snprintf(heard, sizeof(heard), "%s", text);
}

static int open_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/log-sink-XXXXXX");
	heard[0] = '\0';
	setenv("TZ", "UTC", 1);
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	(void)state;
	return file_remove_tree(folder, NULL);
}

static struct log_sink *sink_of(const char *json)
{
	struct log_definitions *definitions = NULL;
	struct log_sink *sink;
	tsp_error err = { 0 };

	if (log_definitions_read(json, &definitions, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(log_definitions_place(definitions, folder), TSP_OK);
	sink = log_sink_new(definitions, "here:1900", on_trouble, NULL);
	assert_non_null(sink);
	return sink;
}

/* One file "log" with the bare message, and what else is said of it. */
static struct log_sink *file_sink(const char *more)
{
	char json[600];

	snprintf(json, sizeof(json),
		"{\"formatters\": {\"m\": {\"format\": \"%%(message)s\"}},"
		" \"handlers\": {\"f\": {\"class\": \"file\", \"path\": \"log\", \"formatter\": \"m\"%s}},"
		" \"root\": {\"level\": \"debug\", \"handlers\": [\"f\"]}}",
		more);
	return sink_of(json);
}

static void say(struct log_sink *sink, int64_t wall_s, const char *text)
{
	const struct log_record record = {
		.level = LOG_LEVEL_INFO, .wall_us = wall_s * 1000000, .text = tsp_text_of(text)
	};

	log_sink_write(sink, &record);
}

static char *contents(const char *name)
{
	char *path = file_join(folder, name);
	struct buffer buffer;
	int rc;

	buffer_init(&buffer, 1 << 20);
	rc = file_read(path, &buffer, NULL);
	free(path);
	if (rc < 0)
		return NULL;
	assert_int_equal(buffer_put(&buffer, "", 1), TSP_OK);
	return (char *)buffer.data;
}

static void holds(const char *name, const char *wanted)
{
	char *text = contents(name);

	if (wanted == NULL) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_format(void **state)
{
	static const char all[] =
		"%(asctime)s %% %(levelname)s [%(actorAddress)s] %(actorClass)s %(process)d "
		"%(system)s %(name)s: %(message)s";
	struct log_record record = { .level = LOG_LEVEL_ERROR,
		.wall_us = 1700000000123456,
		.actor = { 0xab, 0xcd },
		.class_name = TSP_TEXT("Class"),
		.pid = 42,
		.logger = TSP_TEXT("a.b"),
		.text = TSP_TEXT("tail\nforged \x1b[31m") };
	struct log_format *format = NULL;
	struct buffer line;

	(void)state;
	buffer_init(&line, 10000);
	assert_int_equal(log_format_new(all, &format, NULL), TSP_OK);
	assert_int_equal(log_format_put(format, &record, "here:1900", &line), TSP_OK);
	assert_int_equal(buffer_put(&line, "", 1), TSP_OK);
	assert_string_equal((char *)line.data,
		"2023-11-14 22:13:20,123 % error [@ab.cd] Class 42 here:1900 a.b: "
		"tail\\x0aforged \\x1b[31m\n");
	/* F141: one without an address has a word in its place */
	record = (struct log_record){ .text = TSP_TEXT("") };
	line.size = 0;
	assert_int_equal(log_format_put(format, &record, "here:1900", &line), TSP_OK);
	assert_int_equal(buffer_put(&line, "", 1), TSP_OK);
	assert_string_equal((char *)line.data,
		"1970-01-01 00:00:00,000 % debug [-not-actor-] - 0 here:1900 root: \n");
	log_format_free(format);
	buffer_clear(&line);
	assert_int_equal(log_format_new("%(nothing)s", &format, NULL), TSP_EVALUE);
	assert_int_equal(log_format_new("%", &format, NULL), TSP_EVALUE);
	assert_int_equal(log_format_new("%d", &format, NULL), TSP_EVALUE);
}

static void test_size(void **state)
{
	struct log_sink *sink = file_sink(", \"max_bytes\": 1024, \"backup_count\": 2");
	char text[501] = "";
	int i;

	(void)state;
	memset(text, 'x', 500);
	for (i = 0; i < 9; i++) {
		text[0] = (char)('0' + i);
		say(sink, 1000, text);
	}
	log_sink_free(sink);
	for (i = 0; i < 3; i++) {
		static const char *const names[] = { "log", "log.1", "log.2" };
		char *have = contents(names[i]);

		assert_non_null(have);
		assert_int_equal(have[0], '8' - 2 * i);
		assert_true(strlen(have) <= 1024);
		free(have);
	}
	holds("log.3", NULL);
}

static void test_time(void **state)
{
	struct log_sink *sink = file_sink(", \"when\": \"minute\"");

	(void)state;
	say(sink, 6000000001, "one");
	say(sink, 6000000059, "two");
	say(sink, 6000000060, "three");
	say(sink, 6000000300, "four");
	log_sink_free(sink);
	holds("log", "four\n");
	holds("log.1", "three\n");
	holds("log.2", "one\ntwo\n");
}

static void test_midnight_of_an_older_file(void **state)
{
	struct log_sink *sink = file_sink(", \"when\": \"midnight\", \"backup_count\": 1");
	struct timespec old[2] = { { .tv_sec = 86400 * 1000 + 80000 },
		{ .tv_sec = 86400 * 1000 + 80000 } };
	char *path = file_join(folder, "log");

	(void)state;
	assert_int_equal(file_create(path, "before\n", 7, 0600, NULL), TSP_OK);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	say(sink, 86400 * 1000 + 86399, "same day");
	say(sink, 86400 * 1001 + 1, "next day");
	log_sink_free(sink);
	holds("log.1", "before\nsame day\n");
	holds("log", "next day\n");
	free(path);
}

static void test_compressed(void **state)
{
	struct log_sink *sink =
		file_sink(", \"when\": \"second\", \"compress\": true, \"backup_count\": 2");
	uint8_t *bytes;

	(void)state;
	say(sink, 6000000001, "one");
	say(sink, 6000000002, "two");
	say(sink, 6000000003, "three");
	say(sink, 6000000004, "four");
	log_sink_free(sink);
	holds("log", "four\n");
	holds("log.1", NULL);
	holds("log.1.gz.part", NULL);
	holds("log.3.gz", NULL);
	bytes = (uint8_t *)contents("log.2.gz");
	assert_non_null(bytes);
	assert_int_equal(bytes[0], 0x1f);
	assert_int_equal(bytes[1], 0x8b);
	free(bytes);
}

static void test_what_cannot_be_compressed_says_why(void **state)
{
	char *path = file_join(folder, "log"), *real = file_join(folder, "real");
	char *part = file_join(folder, "log.1.gz.part");
	struct log_sink *sink;

	(void)state;
	assert_int_equal(symlink(real, path), 0); /* it moves aside as a link, which is not followed */
	sink = file_sink(", \"when\": \"second\", \"compress\": true, \"backup_count\": 2");
	say(sink, 6000000001, "one");
	say(sink, 6000000002, "two");
	assert_non_null(strstr(heard, "cannot compress log file"));
	assert_non_null(strstr(heard, strerror(ELOOP)));
	heard[0] = '\0';
	assert_int_equal(mkdir(part, 0700), 0);
	say(sink, 6000000003, "three");
	assert_non_null(strstr(heard, "cannot compress log file"));
	assert_non_null(strstr(heard, strerror(EISDIR)));
	log_sink_free(sink);
	holds("log.1", "two\n");
	holds("log", "three\n");
	free(path);
	free(real);
	free(part);
}

static void test_moved_by_another(void **state)
{
	struct log_sink *sink = file_sink("");
	char *path = file_join(folder, "log"), *away = file_join(folder, "away");

	(void)state;
	say(sink, 1000, "one");
	assert_int_equal(rename(path, away), 0);
	say(sink, 1002, "two");
	log_sink_free(sink);
	holds("away", "one\n");
	holds("log", "two\n");
	free(path);
	free(away);
}

static void test_trouble_is_said_once_and_ends(void **state)
{
	char *path = file_join(folder, "log");
	struct log_sink *sink;

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0); /* nothing can be written there */
	sink = file_sink("");
	say(sink, 1000, "one");
	assert_non_null(strstr(heard, "cannot open log file"));
	heard[0] = '\0';
	say(sink, 1000, "two");
	say(sink, 1002, "three");
	assert_string_equal(heard, "");
	assert_int_equal(rmdir(path), 0);
	say(sink, 1004, "four");
	assert_non_null(strstr(heard, "can write to log file '"));
	assert_non_null(strstr(heard, "/log' again: 3 records were lost"));
	log_sink_free(sink);
	holds("log", "four\n");
	free(path);
}

static void test_pipe_that_nobody_reads(void **state)
{
	char *path = file_join(folder, "log");
	struct log_sink *sink;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	sink = file_sink("");
	say(sink, 1000, "one"); /* and goes on */
	assert_non_null(strstr(heard, "cannot open log file"));
	log_sink_free(sink);
	free(path);
}

static void test_syslog(void **state)
{
	struct log_sink *sink = sink_of(
		"{\"formatters\": {\"m\": {\"format\": \"%(name)s %(message)s\"}},"
		" \"handlers\": {\"s\": {\"class\": \"syslog\", \"facility\": \"local3\","
		"  \"formatter\": \"m\", \"filters\": [\"isActorLog\"]}},"
		" \"root\": {\"level\": \"debug\", \"handlers\": [\"s\"]}}");
	struct log_record record = {
		.level = LOG_LEVEL_CRITICAL, .logger = TSP_TEXT("x"), .text = TSP_TEXT("100 %s")
	};

	(void)state;
	log_sink_write(sink, &record);
	assert_string_equal(heard, "");
	record.actor = (tsp_address){ 1, 2 };
	log_sink_write(sink, &record);
	assert_string_equal(heard, "x 100 %s");
	assert_int_equal(heard_priority, LOG_LOCAL3 | LOG_CRIT);
	log_sink_free(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_format, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_size, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_time, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			test_midnight_of_an_older_file, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_compressed, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_compressed_says_why, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_moved_by_another, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			test_trouble_is_said_once_and_ends, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			test_pipe_that_nobody_reads, open_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_syslog, open_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
