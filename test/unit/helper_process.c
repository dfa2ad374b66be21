/* SPDX-License-Identifier: MIT */
/* Programs of the command runner: signals that its own process gets change nothing of theirs. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/process.h"

static void on_alarm(int number)
{
	(void)number; /* ends a wait, that is all */
}

static void alarm_each_us(int us)
{
	struct itimerval often = { { 0, us }, { 0, us } };

	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void a_program_starts_and_is_killed(void **state)
{
	char *argv[] = { "sleep", "100", NULL };
	const struct process_order order = { .argv = argv };
	struct guard guard = { 0 };
	struct process process;
	int status;

	(void)state;
	assert_int_equal(process_start(&guard, &order, &process), 0);
	assert_false(process_has_ended(&process));
	status = process_finish(&guard, &process);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(process.end, -1);
	guard_end(&guard);
}

static void what_cannot_be_run_says_why(void **state)
{
	char *argv[] = { "/no/such/program", NULL };
	const struct process_order order = { .argv = argv };
	struct guard guard = { 0 };
	struct process process;

	(void)state;
	assert_int_equal(process_start(&guard, &order, &process), ENOENT);
	guard_end(&guard);
}

/* Its end is never seen: it is waited for as long as that may take, and no longer. */
static void signals_neither_cut_the_wait_short_nor_draw_it_out(void **state)
{
	char *argv[] = { "sleep", "100", NULL };
	const struct process_order order = { .argv = argv };
	struct sigaction action = { .sa_handler = on_alarm };
	struct guard guard = { 0 };
	struct process process;
	int64_t begin_ms;
	int ends[2];

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(process_start(&guard, &order, &process), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup3(ends[0], process.end, O_CLOEXEC), process.end);
	begin_ms = clock_ms();
	alarm_each_us(50000);
	(void)process_finish(&guard, &process);
	alarm_each_us(0);
	assert_in_range(clock_ms() - begin_ms, 1000, 4000);
	close(ends[0]);
	close(ends[1]);
	guard_end(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_starts_and_is_killed),
		cmocka_unit_test(what_cannot_be_run_says_why),
		cmocka_unit_test(signals_neither_cut_the_wait_short_nor_draw_it_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
