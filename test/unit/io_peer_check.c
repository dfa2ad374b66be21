/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/peer_check.h"

static void own_peer_is_taken_and_named(void **state)
{
	int ends[2];
	pid_t pid = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(peer_check(ends[0], &pid, NULL), TSP_OK);
	assert_int_equal(pid, getpid());
	close(ends[0]);
	close(ends[1]);
}

static void other_users_are_refused(void **state)
{
	int ends[2];
	int status;
	pid_t child;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can be another user\n");
		skip();
	}
	child = fork();
	if (child == 0) {
		tsp_error err = { 0 };
		pid_t pid = 0;

		/* The pair is user 4321's; seen as user 4322, then as the same. */
		if (seteuid(4321) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ||
			seteuid(0) < 0 || seteuid(4322) < 0)
			_exit(9);
		if (peer_check(ends[0], &pid, &err) != TSP_EPERM ||
			strstr(err.text, "4321") == NULL)
			_exit(1);
		if (seteuid(0) < 0 || seteuid(4321) < 0)
			_exit(9);
		_exit(peer_check(ends[0], &pid, &err) == TSP_OK ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void descent_is_followed_upwards(void **state)
{
	int status;
	pid_t child;

	(void)state;
	assert_true(peer_descends(getpid(), getpid()));
	assert_true(peer_descends(getpid(), getppid()));
	assert_true(peer_descends(getpid(), 1));
	assert_false(peer_descends(getppid(), getpid()));
	assert_false(peer_descends(1, getpid()));
	assert_false(peer_descends(0, getpid())); /* of another pid namespace */
	child = fork();
	if (child == 0)
		_exit(peer_descends(getpid(), getppid()) && !peer_descends(getppid(), getpid()) ?
				0 :
				1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(peer_descends(child, getpid())); /* gone: the lesser rights */
	assert_false(peer_is_below(child, getpid()));
	assert_false(peer_is_below(getpid(), getpid()));
	assert_true(peer_is_below(getpid(), getppid()));
	assert_false(peer_is_below(getppid(), getpid()));
}

static void pidfd_says_whose_it_is(void **state)
{
	int ends[2];
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	pid_t child = fork();
	int pidfd;

	(void)state;
	if (child == 0)
		for (;;)
			pause();
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	assert_true(pidfd >= 0);
	assert_int_equal(peer_of_pidfd(pidfd), child);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(peer_of_pidfd(pidfd), 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(peer_of_pidfd(file), -1);
	assert_int_equal(peer_of_pidfd(ends[0]), -1);
	close(pidfd);
	assert_int_equal(peer_of_pidfd(pidfd), -1);
	close(file);
	close(ends[0]);
	close(ends[1]);
}

static void kernel_says_who_sends(void **state)
{
	int ends[2];
	int status;
	char byte = 0;
	pid_t child, pid = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(peer_check_enable(ends[0], true), TSP_OK);
	assert_int_equal(peer_check_receive(ends[0], &byte, 1, &pid), -1);
	assert_int_equal(errno, EAGAIN);
	child = fork();
	if (child == 0)
		_exit(write(ends[1], "k", 1) == 1 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(peer_check_receive(ends[0], &byte, 1, &pid), 1);
	assert_int_equal(pid, child);
	assert_int_equal(byte, 'k');
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_peer_is_taken_and_named),
		cmocka_unit_test(other_users_are_refused),
		cmocka_unit_test(descent_is_followed_upwards),
		cmocka_unit_test(pidfd_says_whose_it_is),
		cmocka_unit_test(kernel_says_who_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
