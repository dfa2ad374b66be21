/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "helper/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXEC_WAIT_MS 10000
#define KILL_WAIT_MS 1000
#define FREE_PLACE   10 /* descriptors below it are given their places */

/* ---- in the children: between fork and exec only what a signal handler might do ---- */

static void reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void guard_main(int line)
{
	pid_t group = 0;
	pid_t told;

	(void)setpgid(0, 0); /* who kills its starter's group is not to kill it first */
	reset_signals();
	(void)prctl(PR_SET_NAME, "command guard", 0, 0, 0);
	if (dup2(line, 0) < 0 || close_range(1, ~0U, 0) < 0)
		_exit(1);
	while (read(0, &told, sizeof(told)) == (ssize_t)sizeof(told))
		group = told;
	if (group > 1)
		(void)kill(-group, SIGKILL);
	_exit(0);
}

static bool place(int from, int to)
{
	int high = fcntl(from, F_DUPFD, FREE_PLACE);

	return high >= 0 && dup2(high, to) >= 0;
}

static _Noreturn void child_main(
	const struct process_order *order, int input, int out, int err, int sync)
{
	char go;
	int failed;

	(void)setpgid(0, 0);
	reset_signals();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	sync = fcntl(sync, F_DUPFD_CLOEXEC, FREE_PLACE);
	if (sync < 0 || read(sync, &go, 1) != 1)
		_exit(127); /* nobody is there any more */
	if (place(input, 0) && place(out, 1) && place(err, 2) &&
		(!order->has_script || place(order->script, PROCESS_SCRIPT)) &&
		close_range(order->has_script ? PROCESS_SCRIPT + 1 : PROCESS_SCRIPT, ~0U,
			CLOSE_RANGE_CLOEXEC) == 0) {
		if (order->envp != NULL)
			execvpe(order->argv[0], order->argv, order->envp);
		else
			execvp(order->argv[0], order->argv);
	}
	failed = errno;
	if (write(sync, &failed, sizeof(failed)) < 0)
		_exit(126);
	_exit(127);
}

/* ---- here ---- */

static void close_one(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

/* Whether it is readable, or at its end, within so long: signals neither shorten nor prolong that. */
static bool wait_readable(int descriptor, int ms)
{
	struct pollfd wait = { .fd = descriptor, .events = POLLIN };
	int64_t end_ms = clock_ms() + ms;
	int64_t left = ms;
	int count;

	while ((count = poll(&wait, 1, (int)left)) < 0 && errno == EINTR) {
		left = end_ms - clock_ms();
		if (left < 0)
			left = 0;
	}
	return count > 0;
}

static int guard_start(struct guard *guard)
{
	int ends[2];

	if (guard->pid > 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return errno;
	guard->pid = fork();
	if (guard->pid == 0)
		guard_main(ends[0]);
	close(ends[0]);
	if (guard->pid < 0) {
		int failed = errno;

		close(ends[1]);
		guard->pid = 0;
		return failed;
	}
	guard->line = ends[1];
	return 0;
}

static bool guard_tell(const struct guard *guard, pid_t group)
{
	return send(guard->line, &group, sizeof(group), MSG_NOSIGNAL) == (ssize_t)sizeof(group);
}

void guard_end(struct guard *guard)
{
	if (guard->pid <= 0)
		return;
	close(guard->line);
	(void)kill(guard->pid, SIGKILL);
	(void)waitpid(guard->pid, NULL, 0);
	guard->pid = 0;
}

/* Somebody may have killed the guard: then another takes its place. */
static int guard_watch(struct guard *guard, pid_t group)
{
	int failed;

	if (guard_tell(guard, group))
		return 0;
	guard_end(guard);
	failed = guard_start(guard);
	return failed != 0 ? failed : guard_tell(guard, group) ? 0 : errno;
}

/* What it reads, as a file of which nobody else knows: writing it never waits. */
static int open_input(const struct process_order *order)
{
	const char *at = order->input;
	size_t left = order->input_size;
	int input;

	if (order->input == NULL)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	input = memfd_create("input", MFD_CLOEXEC);
	while (input >= 0 && left > 0) {
		ssize_t size = write(input, at, left);

		if (size < 0)
			close_one(&input);
		else
			left -= (size_t)size, at += size;
	}
	if (input >= 0)
		(void)lseek(input, 0, SEEK_SET);
	return input;
}

/* Lets the child go on to its exec. 0, or what that failed with. */
static int let_go(int sync)
{
	int failed = 0;

	if (send(sync, "g", 1, MSG_NOSIGNAL) != 1)
		return errno;
	if (!wait_readable(sync, EXEC_WAIT_MS))
		return ETIMEDOUT;
	return recv(sync, &failed, sizeof(failed), MSG_DONTWAIT) > 0 ? failed : 0;
}

struct pipes {
	int input;
	int feed; /* the other end of input, where it is a pipe */
	int out[2];
	int err[2];
	int sync[2];
};

static void close_pipes(struct pipes *pipes)
{
	close_one(&pipes->input);
	close_one(&pipes->feed);
	for (int i = 0; i < 2; i++) {
		close_one(&pipes->out[i]);
		close_one(&pipes->err[i]);
		close_one(&pipes->sync[i]);
	}
}

static bool open_feed(struct pipes *pipes)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pipes->input = ends[0];
	pipes->feed = ends[1];
	return fcntl(pipes->feed, F_SETFL, O_NONBLOCK) == 0;
}

static int open_pipes(struct pipes *pipes, const struct process_order *order)
{
	*pipes = (struct pipes){ -1, -1, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (!order->talks)
		pipes->input = open_input(order);
	else if (!open_feed(pipes))
		return errno;
	if (pipes->input >= 0 && pipe2(pipes->out, O_CLOEXEC) == 0 &&
		pipe2(pipes->err, O_CLOEXEC) == 0 &&
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pipes->sync) == 0 &&
		fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) == 0 &&
		fcntl(pipes->err[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	return errno;
}

int process_start(
	struct guard *guard, const struct process_order *order, struct process *ret_process)
{
	struct process process = { 0, -1, -1, -1, -1 };
	struct pipes pipes;
	int failed = open_pipes(&pipes, order);

	if (failed == 0)
		failed = guard_start(guard);
	if (failed != 0)
		goto out;
	process.pid = fork();
	if (process.pid == 0)
		child_main(order, pipes.input, pipes.out[1], pipes.err[1], pipes.sync[1]);
	if (process.pid < 0) {
		failed = errno;
		goto out;
	}
	(void)setpgid(process.pid, process.pid);
	process.end = (int)syscall(SYS_pidfd_open, process.pid, 0);
	failed = process.end < 0 ? errno : guard_watch(guard, process.pid);
	close_one(&pipes.sync[1]); /* so that the exec is seen */
	if (failed == 0)
		failed = let_go(pipes.sync[0]);
	if (failed != 0) {
		(void)process_finish(guard, &process);
		goto out;
	}
	process.out = pipes.out[0];
	process.err = pipes.err[0];
	process.in = pipes.feed;
	pipes.out[0] = pipes.err[0] = pipes.feed = -1;
	*ret_process = process;
out:
	close_pipes(&pipes);
	return failed;
}

void process_signal(const struct process *process, int number)
{
	if (process->pid > 1)
		(void)kill(-process->pid, number);
}

void process_end_input(struct process *process)
{
	close_one(&process->in);
}

bool process_has_ended(const struct process *process)
{
	struct pollfd end = { .fd = process->end, .events = POLLIN };

	return poll(&end, 1, 0) > 0;
}

int process_finish(struct guard *guard, struct process *process)
{
	int status = -1;

	/* before it is reaped: its number, and so its group's, is nobody else's until then */
	process_signal(process, SIGKILL);
	(void)wait_readable(process->end, KILL_WAIT_MS);
	if (waitpid(process->pid, &status, WNOHANG) != process->pid)
		status = -1;
	(void)guard_tell(guard, 0);
	close_one(&process->end);
	close_one(&process->out);
	close_one(&process->err);
	close_one(&process->in);
	process->pid = 0;
	return status;
}
