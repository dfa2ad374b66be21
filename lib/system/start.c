/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/start.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/ready.h"
#include "system/interrupt.h"
#include "system/program.h"

#define READY_FD 3
#define READY_FD_TEXT "3"
#define LIFELINE_FD 4 /* of a private system: a pidfd of the process that it belongs to */
#define LIFELINE_FD_TEXT "4"
#define LINE_SIZE 1024
#define EXEC_FAILED "error -3 cannot run thespian-admin\n"

struct command {
	char *program;
	char port[12];
	const char *argv[20];
	size_t count;
	int lifeline; /* -1: none */
};

static void command_add(struct command *command, const char *option, const char *value)
{
	if (value == NULL)
		return;
	command->argv[command->count++] = option;
	command->argv[command->count++] = value;
	command->argv[command->count] = NULL;
}

static int command_make(struct command *command, const tsp_open_options *options, tsp_error *err)
{
	int rc = program_find("thespian-admin", &command->program, err);

	if (rc < 0)
		return rc;
	snprintf(command->port, sizeof(command->port), "%d", options->port);
	command->argv[0] = command->program;
	command->count = 1;
	command_add(command, command->lifeline >= 0 ? "--private-port" : "--port", command->port);
	if (command->lifeline >= 0)
		command_add(command, "--lifeline-fd", LIFELINE_FD_TEXT);
	command_add(command, "--base", options->base);
	command_add(command, "--capabilities", options->capabilities_json);
	command_add(command, "--authority", options->authority);
	command_add(command, "--director", options->director);
	command_add(command, "--log-definitions", options->log_definitions);
	command_add(command, "--ready-fd", READY_FD_TEXT);
	return TSP_OK;
}

/* In the forked child, where only what is safe in a signal handler may be called. */
static void become_admin(const struct command *command, int ready)
{
	int lifeline = command->lifeline;
	sigset_t none;
	int null;

	sigemptyset(&none);
	for (int number = 1; number < 32; number++)
		(void)signal(number, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* Out of the way of 0, 1 and 2, which may not have been open. */
	ready = fcntl(ready, F_DUPFD, LIFELINE_FD + 1);
	lifeline = lifeline >= 0 ? fcntl(lifeline, F_DUPFD, LIFELINE_FD + 1) : -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0 && null <= 2)
		(void)fcntl(null, F_SETFD, 0); /* dup2 to itself would leave the flag */
	if (ready < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		_exit(1);
	if (dup2(ready, READY_FD) < 0 || (lifeline >= 0 && dup2(lifeline, LIFELINE_FD) < 0))
		_exit(1);
	/* What our program has open is nothing that a daemon should keep open. */
	(void)close_range(lifeline >= 0 ? LIFELINE_FD + 1 : LIFELINE_FD, ~0U, 0);
	(void)execv(command->program, (char *const *)(uintptr_t)command->argv);
	if (write(READY_FD, EXEC_FAILED, sizeof(EXEC_FAILED) - 1) < 0)
		_exit(1);
	_exit(1);
}

/* Forks twice: the daemon is nobody's child here, and leaves nothing behind to be waited for. */
static int launch(const struct command *command, int ready, tsp_error *err)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return tsp_fail_errno(err, "start", "thespian-admin");
	if (pid == 0) {
		(void)setsid();
		pid = fork();
		if (pid == 0)
			become_admin(command, ready);
		_exit(pid < 0 ? 1 : 0);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno == ECHILD) /* the program ignores SIGCHLD: the pipe tells */
			return TSP_OK;
		if (errno != EINTR)
			return tsp_fail_errno(err, "start", "thespian-admin");
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return tsp_fail(err, TSP_EIO, "cannot start 'thespian-admin': no process could be made");
	return TSP_OK;
}

/* 1: readable. */
static int wait_readable(int fd, clock_ns deadline, tsp_error *err)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = interrupt_descriptor(), .events = POLLIN },
	};
	clock_ns now = clock_read();
	clock_ns left = deadline > now ? deadline - now : 0;
	struct timespec wait = { (time_t)(left / CLOCK_SECOND), (long)(left % CLOCK_SECOND) };
	int rc = ppoll(fds, 2, deadline == CLOCK_NEVER ? NULL : &wait, NULL);

	if (rc > 0 && (fds[1].revents & POLLIN))
		interrupt_drain();
	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	if (rc > 0 && fds[0].revents != 0)
		return 1;
	if (rc < 0 && errno != EINTR)
		return tsp_fail_errno(err, "wait for", "thespian-admin");
	if (clock_read() >= deadline)
		return tsp_fail(err, TSP_ETIMEOUT, "cannot start a system: it was not ready in time");
	return 0;
}

static int judge_line(char *line, tsp_error *err)
{
	char *text;
	long code;

	if (strncmp(line, "ready", 5) == 0)
		return TSP_OK;
	if (strncmp(line, "error ", 6) != 0)
		return tsp_fail(err, TSP_ESTART, "cannot start a system: thespian-admin ended without saying why");
	code = strtol(line + 6, &text, 10);
	if (code >= 0 || code < TSP_ESHUTDOWN)
		code = TSP_ESTART;
	text += strspn(text, " ");
	return tsp_fail(err, (int)code, "%s", *text != '\0' ? text : tsp_error_sentence((int)code));
}

int start_read_line(int fd, clock_ns deadline, tsp_error *err)
{
	char line[LINE_SIZE];
	size_t size = 0;

	while (size < sizeof(line) - 1) {
		ssize_t got;
		int rc = wait_readable(fd, deadline, err);

		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		got = read(fd, line + size, sizeof(line) - 1 - size);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			break;
		size += (size_t)got;
		if (memchr(line, '\n', size) != NULL)
			break;
	}
	line[size] = '\0';
	line[strcspn(line, "\n")] = '\0';
	ready_break(line);
	return judge_line(line, err);
}

int start_system(const tsp_open_options *options, clock_ns deadline, tsp_error *err)
{
	struct command command = { .lifeline = -1 };
	int fds[2] = { -1, -1 };
	int rc;

	if (options->flags & TSP_PRIVATE_SYSTEM) {
		command.lifeline = (int)syscall(SYS_pidfd_open, getpid(), 0);
		if (command.lifeline < 0)
			return tsp_fail_errno(err, "start", "a private system");
	}
	rc = command_make(&command, options, err);
	if (rc < 0)
		goto out;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) {
		rc = tsp_fail_errno(err, "start", "thespian-admin");
		goto out;
	}
	rc = launch(&command, fds[1], err);
	close(fds[1]);
	if (rc == TSP_OK)
		rc = start_read_line(fds[0], deadline, err);
	close(fds[0]);
out:
	if (command.lifeline >= 0)
		close(command.lifeline);
	free(command.program);
	return rc;
}
