/* SPDX-License-Identifier: MIT */
/* Whole programs, and a connection to one that listens. */
#include "config.h"

#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"

#define COUNT_LIMIT 1000

static int run_once(
	const char *const *argv, const posix_spawn_file_actions_t *actions, tsp_error *err)
{
	int status = 0;
	pid_t pid = 0;
	int error =
		posix_spawnp(&pid, argv[0], actions, NULL, (char *const *)(uintptr_t)argv, environ);

	if (error != 0)
		return tsp_fail(err, TSP_ENOENT, "cannot run '%s': %s", argv[0], strerror(error));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return tsp_fail_errno(err, "wait for", argv[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return tsp_fail(err, TSP_EFAILED, "cannot run '%s': its status is %d", argv[0],
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return TSP_OK;
}

int raw_command(
	const char *const *argv, const char *folder, int count, double *ret_ms, tsp_error *err)
{
	posix_spawn_file_actions_t actions;
	double ms[COUNT_LIMIT];
	int rc = TSP_OK;
	int i;

	if (count > COUNT_LIMIT)
		count = COUNT_LIMIT;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (folder != NULL)
		posix_spawn_file_actions_addchdir_np(&actions, folder);
	for (i = 0; i < count && rc == TSP_OK; i++) {
		clock_ns begin = clock_read();

		rc = run_once(argv, &actions, err);
		ms[i] = (double)(clock_read() - begin) / 1e6;
	}
	posix_spawn_file_actions_destroy(&actions);
	if (rc == TSP_OK)
		*ret_ms = bench_median(ms, count);
	return rc;
}

static void serve(int listener)
{
	for (;;) {
		uint8_t frame[BENCH_FRAME];
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		ssize_t got;

		if (fd < 0)
			_exit(1);
		got = read(fd, frame, sizeof(frame));
		if (got > 0)
			got = send(fd, frame, (size_t)got, MSG_NOSIGNAL);
		close(fd);
	}
}

/* A process that answers one frame a connection, until it is killed. */
static int start_listener(struct sockaddr_un *address, pid_t *ret_pid, tsp_error *err)
{
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid = 0;

	(void)unlink(address->sun_path);
	if (listener < 0 || bind(listener, (struct sockaddr *)address, sizeof(*address)) < 0 ||
		listen(listener, 16) < 0) {
		tsp_fail_errno(err, "listen at", address->sun_path);
		if (listener >= 0)
			close(listener);
		return TSP_EIO;
	}
	pid = fork();
	if (pid == 0)
		serve(listener);
	close(listener);
	if (pid < 0)
		return tsp_fail_errno(err, "start", "a process");
	*ret_pid = pid;
	return TSP_OK;
}

static bool connect_once(const struct sockaddr_un *address)
{
	uint8_t frame[BENCH_FRAME] = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 &&
		connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
		send(fd, frame, sizeof(frame), MSG_NOSIGNAL) == BENCH_FRAME &&
		read(fd, frame, sizeof(frame)) == BENCH_FRAME;

	if (fd >= 0)
		close(fd);
	return good;
}

int raw_connection(const char *folder, int count, double *ret_ms, tsp_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	double ms[COUNT_LIMIT];
	bool good = true;
	pid_t pid = 0;
	int rc, i;

	if (count > COUNT_LIMIT)
		count = COUNT_LIMIT;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/raw.sock", folder);
	rc = start_listener(&address, &pid, err);
	if (rc < 0)
		return rc;
	for (i = 0; i < count && good; i++) {
		clock_ns begin = clock_read();

		good = connect_once(&address);
		ms[i] = (double)(clock_read() - begin) / 1e6;
	}
	(void)kill(pid, SIGKILL); /* it is our child and not waited for yet */
	(void)waitpid(pid, NULL, 0);
	(void)unlink(address.sun_path);
	if (!good)
		return tsp_fail_errno(err, "connect to", address.sun_path);
	*ret_ms = bench_median(ms, count);
	return TSP_OK;
}
