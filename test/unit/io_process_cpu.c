/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/process_cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_SECONDS 30

static void test_own(void **state)
{
	uint64_t before = process_cpu(0);
	time_t until = time(NULL) + WAIT_SECONDS;

	(void)state;
	while (process_cpu(0) < before + 20 && time(NULL) < until)
		continue;
	assert_true(process_cpu(0) >= before + 20);
}

static void test_by_number(void **state)
{
	time_t until = time(NULL) + WAIT_SECONDS;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		alarm(2 * WAIT_SECONDS); /* should the test die before it ends it */
		for (;;)
			continue;
	}
	assert_true(pid > 0);
	while (process_cpu(pid) < 20 && time(NULL) < until)
		continue;
	assert_true(process_cpu(pid) >= 20);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(process_cpu(pid), 0);
	assert_int_equal(process_cpu(4194305), 0); /* more than there can be */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
