/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "source/sandbox.h"
#include "source/tree.h"

#define DESCRIPTORS  256
#define OUTPUT_READS 64 /* more than a pipe holds */
#define NICENESS     19 /* of the compiler: who wakes up does not wait for it */

/* What the child needs between vfork and exec; everything is made before. */
struct launch {
	char *const *argv;
	char **environment;
	const char *folder;
	const struct build_limits *limits;
	pid_t group;
	int in;
	int out;
	int sandbox;
	int error; /* set by the child, which shares our memory until it execs */
};

struct running {
	pid_t guard;   /* leads the group, and kills it when we are gone */
	int guard_end; /* open as long as we live */
	pid_t child;
	int child_end; /* pidfd; -1 where the system has none */
	int output;
};

/* A signal of the program that we are part of must not leave a zombie, or no status. */
static void reap(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		;
}

/* Keeps our descriptors out of the way of 0, 1 and 2. */
static int lift(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	int lifted = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return lifted;
}

static int open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return TSP_EIO;
	ends[0] = lift(ends[0]);
	ends[1] = lift(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	close(ends[0]);
	close(ends[1]);
	return TSP_EIO;
}

static void close_from(unsigned first)
{
	if (close_range(first, ~0U, 0) == 0)
		return;
	for (int fd = (int)first; fd < 1024; fd++)
		close(fd);
}

static void guard_run(int end) __attribute__((noreturn));

static void guard_run(int end)
{
	char byte;
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setpgid(0, 0);
	if (dup2(end, 0) < 0)
		_exit(1);
	close_from(1);
	while (read(0, &byte, 1) < 0 && errno == EINTR)
		;
	kill(-getpid(), SIGKILL);
	_exit(1);
}

static int guard_start(struct running *running)
{
	int ends[2];
	if (open_pipe(ends) < 0)
		return TSP_EIO;
	running->guard = fork();
	if (running->guard == 0)
		guard_run(ends[0]);
	close(ends[0]);
	if (running->guard < 0) {
		close(ends[1]);
		return TSP_EIO;
	}
	setpgid(running->guard, running->guard); /* either of us may be first */
	running->guard_end = ends[1];
	return 0;
}

static void limit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit now;
	if (getrlimit(resource, &now) == 0 && now.rlim_max < hard)
		hard = now.rlim_max;
	if (soft > hard)
		soft = hard;
	setrlimit(resource, &(struct rlimit){ soft, hard });
}

static void limit_all(const struct build_limits *limits)
{
	limit(RLIMIT_CPU, (rlim_t)limits->cpu_s, (rlim_t)limits->cpu_s + 1);
	limit(RLIMIT_AS, limits->memory, limits->memory);
	limit(RLIMIT_FSIZE, limits->output, limits->output);
	limit(RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS);
	limit(RLIMIT_CORE, 0, 0);
}

static void become(struct launch *launch) __attribute__((noreturn));

/* In the child, which borrows our memory: system calls only. Signals are blocked until the end. */
static void become(struct launch *launch)
{
	sigset_t none;
	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			signal(number, SIG_DFL);
	umask(077);
	(void)setpriority(PRIO_PROCESS, 0, NICENESS); /* what runs goes on, whatever is built */
	if (setpgid(0, launch->group) == 0 && chdir(launch->folder) == 0 &&
		dup2(launch->in, 0) == 0 && dup2(launch->out, 1) == 1 &&
		dup2(launch->out, 2) == 2 && sandbox_enter(launch->sandbox) == 0) {
		close_from(3);
		limit_all(launch->limits);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(launch->argv[0], launch->argv, launch->environment);
	}
	launch->error = errno;
	_exit(127);
}

/* vfork: a fork of a large process would take longer than all the rest. */
static pid_t __attribute__((noinline)) launch_child(struct launch *launch)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid_t child = vfork();
	if (child == 0)
		become(launch);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return child;
}

static int child_start(const struct run_request *request, struct running *running, tsp_error *err)
{
	char path[] = "PATH=/usr/bin:/bin";
	char locale[] = "LC_ALL=C";
	/* the time of all files of a package: what is built is the same whenever it is */
	char epoch[] = "SOURCE_DATE_EPOCH=" TREE_TIME_TEXT;
	char zone[] = "TZ=UTC0";
	char *temporary = text_format("TMPDIR=%s", request->temporary);
	char *environment[] = { path, locale, epoch, zone, temporary, NULL };
	struct launch launch = { .argv = request->argv,
		.environment = environment,
		.folder = request->folder,
		.limits = request->limits,
		.sandbox = request->sandbox,
		.group = running->guard };
	int ends[2] = { -1, -1 };
	int rc = TSP_EIO;

	launch.in = lift(open("/dev/null", O_RDONLY | O_CLOEXEC));
	if (!temporary || launch.in < 0 || open_pipe(ends) < 0) {
		tsp_fail_errno(err, "run", request->argv[0]);
		goto out;
	}
	launch.out = ends[1];
	running->child = launch_child(&launch);
	if (running->child > 0 && launch.error) {
		reap(running->child, NULL);
		running->child = -1;
		errno = launch.error;
	}
	if (running->child < 0) {
		tsp_fail_errno(err, "run", request->argv[0]);
		close(ends[0]);
		goto out;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	running->output = ends[0];
	running->child_end = (int)syscall(SYS_pidfd_open, running->child, 0);
	rc = 0;
out:
	if (ends[1] >= 0)
		close(ends[1]);
	if (launch.in >= 0)
		close(launch.in);
	free(temporary);
	return rc;
}

/* Takes what is there, but not for ever from one that never stops; false at the end of the output. */
static bool output_take(int fd, struct run_outcome *outcome)
{
	uint8_t bytes[16384];
	ssize_t got = 0;
	for (int i = 0; i < OUTPUT_READS && (got = read(fd, bytes, sizeof(bytes))) > 0; i++) {
		size_t room = outcome->output.limit - outcome->output.size;
		size_t kept = (size_t)got < room ? (size_t)got : room;
		if (buffer_put(&outcome->output, bytes, kept) < 0)
			kept = 0;
		outcome->dropped += (size_t)got - kept;
	}
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool child_has_ended(const struct running *running, struct run_outcome *outcome)
{
	return waitpid(running->child, &outcome->status, WNOHANG) == running->child;
}

/* Until the child has ended or the time is over. Returns whether it has been reaped. */
static bool child_wait(
	struct running *running, const struct build_limits *limits, struct run_outcome *outcome)
{
	clock_ns deadline = clock_after(clock_read(), (int64_t)limits->wall_s * 1000);
	struct pollfd ends[] = { { .fd = running->output, .events = POLLIN },
		{ .fd = running->child_end, .events = POLLIN } };

	while (!child_has_ended(running, outcome)) {
		int64_t left = (deadline - clock_read()) / CLOCK_MS + 1;
		if (left <= 0 || deadline <= clock_read()) {
			outcome->timed_out = true;
			return false;
		}
		if (running->child_end < 0 && left > 10)
			left = 10; /* nothing tells us of its end */
		if (poll(ends, 2, left > INT32_MAX ? INT32_MAX : (int)left) > 0 &&
			ends[0].revents && !output_take(running->output, outcome))
			ends[0].fd = -1;
	}
	return true;
}

int run_program(const struct run_request *request, struct run_outcome *ret_outcome, tsp_error *err)
{
	struct running running = { .child_end = -1, .output = -1 };
	struct run_outcome outcome = { .status = 0 };
	buffer_init(&outcome.output, request->limits->messages);

	if (guard_start(&running) < 0)
		return tsp_fail_errno(err, "run", request->argv[0]);
	int rc = child_start(request, &running, err);
	bool reaped = rc == 0 && child_wait(&running, request->limits, &outcome);
	kill(-running.guard, SIGKILL);
	/* Before it has made its group, the guard is to be found by its number only. */
	kill(running.guard, SIGKILL);
	if (rc == 0 && !reaped)
		reap(running.child, &outcome.status);
	reap(running.guard, NULL);
	close(running.guard_end);
	if (rc == 0) {
		output_take(running.output, &outcome);
		*ret_outcome = outcome;
		close(running.output);
	}
	if (running.child_end >= 0)
		close(running.child_end);
	return rc;
}
