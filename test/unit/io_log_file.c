/* SPDX-License-Identifier: MIT */
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <sys/un.h>

#include "base/file.h"
#include "io/log_file.h"
#include "io/poll_budget.h"
#include "io/ready.h"
#include "io/server.h"

static char folder[64];
static char file[96];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/tsp-log-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/log", folder);
	setenv("THESPLOG_FILE", file, 1);
	unsetenv("THESPLOG_FILE_MAXSIZE");
	unsetenv("THESPLOG_THRESHOLD");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return file_remove_tree(folder, NULL);
}

static char *contents(const char *path)
{
	struct buffer buffer;

	buffer_init(&buffer, 1024 * 1024);
	if (file_read(path, &buffer, NULL) < 0)
		return NULL;
	assert_int_equal(buffer_put(&buffer, "", 1), TSP_OK);
	return (char *)buffer.data;
}

static void lines_below_the_threshold_are_left_out(void **state)
{
	struct log_file log;
	char *text;

	(void)state;
	assert_int_equal(log_file_open(&log, NULL, NULL, NULL), TSP_OK);
	log_file_write(&log, LOG_LEVEL_INFO, "quiet");
	log_file_write(&log, LOG_LEVEL_WARNING, "loud\x1b[31m");
	log_file_close(&log);
	text = contents(file);
	assert_non_null(text);
	assert_null(strstr(text, "quiet"));
	assert_non_null(strstr(text, "warning loud"));
	assert_null(strchr(text, '\x1b'));
	free(text);
}

static void full_file_moves_aside(void **state)
{
	struct log_file log;
	char old[128], line[512];
	struct stat st;
	int i;

	(void)state;
	setenv("THESPLOG_FILE_MAXSIZE", "10240", 1);
	assert_int_equal(log_file_open(&log, NULL, NULL, NULL), TSP_OK);
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (i = 0; i < 30; i++)
		log_file_write(&log, LOG_LEVEL_ERROR, line);
	log_file_close(&log);
	snprintf(old, sizeof(old), "%s.old", file);
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size > 0 && st.st_size <= 10240);
	assert_int_equal(stat(old, &st), 0);
	assert_true(st.st_size > 9000 && st.st_size <= 10240);
}

static void what_is_no_file_stays_where_it_is(void **state)
{
	char old[128], line[600];
	struct log_file log;
	struct stat st;
	int reader;

	(void)state;
	assert_int_equal(mkfifo(file, 0600), 0);
	reader = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	setenv("THESPLOG_FILE_MAXSIZE", "10240", 1);
	assert_int_equal(log_file_open(&log, NULL, NULL, NULL), TSP_OK);
	memset(line, 'x', 500);
	line[500] = '\0';
	for (int i = 0; i < 40; i++)
		log_file_write(&log, LOG_LEVEL_ERROR, line);
	log_file_close(&log);
	close(reader);
	snprintf(old, sizeof(old), "%s.old", file);
	assert_int_equal(stat(old, &st), -1);
}

static void file_that_cannot_move_begins_anew(void **state)
{
	char old[128], line[600];
	struct log_file log;
	struct stat st;

	(void)state;
	snprintf(old, sizeof(old), "%s.old", file);
	assert_int_equal(mkdir(old, 0700), 0); /* no file can take the place of a folder */
	setenv("THESPLOG_FILE_MAXSIZE", "10240", 1);
	assert_int_equal(log_file_open(&log, NULL, NULL, NULL), TSP_OK);
	memset(line, 'x', 500);
	line[500] = '\0';
	for (int i = 0; i < 40; i++)
		log_file_write(&log, LOG_LEVEL_ERROR, line);
	log_file_close(&log);
	assert_int_equal(stat(file, &st), 0);
	assert_in_range(st.st_size, 500, 10240);
}

static void file_that_was_away_is_opened_again(void **state)
{
	char away[128], line[600];
	struct log_file log;
	struct stat st;
	char *text;

	(void)state;
	setenv("THESPLOG_FILE_MAXSIZE", "10240", 1);
	assert_int_equal(log_file_open(&log, NULL, NULL, NULL), TSP_OK);
	memset(line, 'x', 500);
	line[500] = '\0';
	for (int i = 0; i < 18; i++)
		log_file_write(&log, LOG_LEVEL_ERROR, line);
	/* Descriptors have run out, say, at the moment when the file has moved aside. */
	close(log.fd);
	log.fd = -1;
	snprintf(away, sizeof(away), "%s.away", file);
	assert_int_equal(rename(file, away), 0);
	log_file_write(&log, LOG_LEVEL_ERROR, "back again");
	log_file_close(&log);
	assert_int_equal(stat(file, &st), 0);
	text = contents(file);
	assert_non_null(strstr(text, "back again"));
	free(text);
}

static void small_limit_writes_nothing_and_bad_settings_are_named(void **state)
{
	struct log_file log;
	tsp_error err = { 0 };

	(void)state;
	setenv("THESPLOG_FILE_MAXSIZE", "10239", 1);
	assert_int_equal(log_file_open(&log, NULL, NULL, NULL), TSP_OK);
	log_file_write(&log, LOG_LEVEL_ERROR, "nothing");
	log_file_close(&log);
	assert_int_equal(access(file, F_OK), -1);
	setenv("THESPLOG_FILE_MAXSIZE", "lots", 1);
	assert_int_equal(log_file_open(&log, NULL, NULL, &err), TSP_EUSAGE);
	assert_non_null(strstr(err.text, "'lots'"));
	unsetenv("THESPLOG_FILE_MAXSIZE");
	setenv("THESPLOG_THRESHOLD", "shout", 1);
	assert_int_equal(log_file_open(&log, NULL, NULL, &err), TSP_EUSAGE);
	assert_non_null(strstr(err.text, "'shout'"));
}

static void ready_line_goes_both_ways(void **state)
{
	tsp_error err = { 0 };
	int ends[2];
	int pid = 0;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	ready_tell(ends[1], 0, NULL);
	assert_int_equal(ready_wait(ends[0], 1000, &pid, &err), TSP_OK);
	assert_int_equal(pid, getpid());
	close(ends[0]);
	assert_int_equal(pipe(ends), 0);
	ready_tell(ends[1], TSP_EEXIST, "one runs there");
	assert_int_equal(ready_wait(ends[0], 1000, &pid, &err), TSP_EEXIST);
	assert_string_equal(err.text, "one runs there");
	close(ends[0]);
	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	assert_int_equal(ready_wait(ends[0], 1000, &pid, &err), TSP_ECLOSED);
	close(ends[0]);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(ready_wait(ends[0], 10, &pid, &err), TSP_ETIMEOUT);
	close(ends[0]);
	close(ends[1]);
}

static void service_manager_is_notified(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct rlimit before;
	struct rlimit none;
	char text[32] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", folder);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	ready_notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
	ready_notify("STOPPING=1");
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 7);
	assert_string_equal(text, "READY=1");
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), -1);
	/* also where no descriptor is left any more */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	ready_notify("WATCHDOG=1");
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 10);
	close(fd);
}

static void watchdog_is_half_of_what_is_asked(void **state)
{
	static const struct {
		const char *usec;
		int64_t ms;
	} rows[] = {
		{ "30000000", 15000 },
		{ "1000000", 500 },
		{ "1", 10 },
		{ "9223372036854775807", (int64_t)24 * 3600 * 1000 },
		{ "0", 0 },
		{ "-5", 0 },
		{ "soon", 0 },
		{ "", 0 },
	};
	char pid[24];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("WATCHDOG_USEC", rows[i].usec, 1);
		assert_int_equal(ready_watchdog_ms(), rows[i].ms);
	}
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", "1", 1); /* it is another that is watched */
	assert_int_equal(ready_watchdog_ms(), 0);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(ready_watchdog_ms(), 15000);
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(ready_watchdog_ms(), 0);
	unsetenv("WATCHDOG_PID");
}

static void budget_follows_hits_misses_and_short_sleeps(void **state)
{
	struct poll_budget budget = { 0 };

	(void)state;
	poll_budget_set(&budget, 20);
	assert_int_equal(budget.now, 20000);
	poll_budget_miss(&budget);
	assert_int_equal(budget.now, 10000);
	poll_budget_set(&budget, 20); /* the same: what was learned stays */
	assert_int_equal(budget.now, 10000);
	poll_budget_hit(&budget);
	assert_int_equal(budget.now, 20000);
	for (int i = 0; i < 5; i++)
		poll_budget_miss(&budget);
	assert_int_equal(budget.now, 0);
	poll_budget_slept(&budget, 90000);
	assert_int_equal(budget.now, 0);
	poll_budget_slept(&budget, 70000);
	assert_int_equal(budget.now, 20000);
	poll_budget_looked(&budget, 20000, 519999);
	assert_int_equal(budget.now, 20000);
	poll_budget_looked(&budget, 20000, 520000); /* the core was taken: no look for many sleeps */
	assert_int_equal(budget.now, 0);
	for (int i = 0; i < 1000; i++) {
		poll_budget_slept(&budget, 1);
		assert_int_equal(budget.now, 0);
	}
	poll_budget_slept(&budget, 1);
	assert_int_equal(budget.now, 20000);
	poll_budget_set(&budget, 0);
	poll_budget_slept(&budget, 0);
	assert_int_equal(budget.now, 0);
}

static void a_look_may_take_as_long_as_it_was_planned(void **state)
{
	struct poll_budget budget = { 0 };

	(void)state;
	poll_budget_set(&budget, 1000);
	assert_int_equal(poll_budget_end(&budget, 5000, CLOCK_NEVER), 1005000);
	assert_int_equal(poll_budget_end(&budget, 5000, 6000), 6000);
	assert_int_equal(poll_budget_end(&budget, 5000, 4000), 5000); /* it is overdue, not late */
	poll_budget_miss(&budget);
	poll_budget_looked(&budget, 1005000, 1006000);
	assert_int_equal(budget.now, 500000);
	assert_int_equal(budget.barred, 0);
	poll_budget_looked(&budget, 1005000, 600000); /* a hit, before it was to end */
	assert_int_equal(budget.barred, 0);
}

static void strangers_are_guessed(void **state)
{
	static const struct {
		const char *bytes;
		const char *name;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n", "HTTP" },
		{ "\x16\x03\x01\x02", "TLS" },
		{ "SSH-2.0-x", "SSH" },
		{ "hello there\n", "text" },
		{ "\x01\x02\x03", "binary data of no known protocol" },
		{ "", "nothing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
			server_guess((const uint8_t *)rows[i].bytes, strlen(rows[i].bytes)),
			rows[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			lines_below_the_threshold_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(full_file_moves_aside, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_stays_where_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(file_that_cannot_move_begins_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(file_that_was_away_is_opened_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			small_limit_writes_nothing_and_bad_settings_are_named, setup, teardown),
		cmocka_unit_test(ready_line_goes_both_ways),
		cmocka_unit_test_setup_teardown(service_manager_is_notified, setup, teardown),
		cmocka_unit_test(watchdog_is_half_of_what_is_asked),
		cmocka_unit_test(budget_follows_hits_misses_and_short_sleeps),
		cmocka_unit_test(a_look_may_take_as_long_as_it_was_planned),
		cmocka_unit_test(strangers_are_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
