/* SPDX-License-Identifier: MIT */
/*
 * Lets a process run and does it harm at one of its system calls, so that a test can reach every step
 * of it without a fault point in the product:
 *
 *	cut [--at N] [--exit] [--calls NAME,...] [--path TEXT] [--fail CAUSE | --short]
 *	    --report FILE (--pid PID [--born K] | -- COMMAND...)
 *
 * Calls count from the moment that FILE says "ready", or from just before the command's exec; with --calls or
 * --path only those of that name, or on a file whose path has that text. --at N kills at the N-th, at
 * its entry or, with --exit, behind it; without it nothing is killed. --fail lets calls (the N-th, or all) fail
 * with CAUSE instead (ENOSPC, EROFS, EIO, EACCES), --short lets them write half. --born K: the victim is the K-th
 * child that PID makes from now on. Ends with the victim, or by SIGTERM, which lets the victim go on;
 * then FILE says "calls N" and, if harm was done, "cut N NAME". Status: a command's own, 137 if it was
 * killed; of a PID 0, 3 where that call never came; 77 where tracing is not possible.
 */
#include "config.h"

#include <elf.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

#define NOT_POSSIBLE 77
#define NEVER_CAME   3
#define LIFE_S	     600
#define CALLED(stop) ((stop) == (SIGTRAP | 0x80))

/* Calls with names; which of their arguments are descriptors (bits) and paths. */
static const struct call {
	const char *name;
	long number;
	unsigned descriptors, paths;
} calls[] = {
	{ "read", SYS_read, 1, 0 },
	{ "write", SYS_write, 1, 0 },
	{ "pwrite64", SYS_pwrite64, 1, 0 },
	{ "openat", SYS_openat, 0, 2 },
	{ "fsync", SYS_fsync, 1, 0 },
	{ "ftruncate", SYS_ftruncate, 1, 0 },
	{ "fchmod", SYS_fchmod, 1, 0 },
	{ "close", SYS_close, 1, 0 },
	{ "flock", SYS_flock, 1, 0 },
	{ "sendmsg", SYS_sendmsg, 0, 0 },
	{ "pidfd_open", SYS_pidfd_open, 0, 0 },
	{ "unlinkat", SYS_unlinkat, 0, 2 },
	{ "mkdirat", SYS_mkdirat, 0, 2 },
	{ "renameat2", SYS_renameat2, 0, 2 | 8 },
#ifdef SYS_renameat
	{ "rename", SYS_renameat, 0, 2 | 8 },
#endif
#ifdef SYS_rename
	{ "rename", SYS_rename, 0, 1 | 2 },
#endif
#ifdef SYS_unlink
	{ "unlink", SYS_unlink, 0, 1 },
#endif
#ifdef SYS_mkdir
	{ "mkdir", SYS_mkdir, 0, 1 },
#endif
};

static const struct cause {
	const char *name;
	int number;
} causes[] = {
	{ "ENOSPC", ENOSPC },
	{ "EROFS", EROFS },
	{ "EIO", EIO },
	{ "EACCES", EACCES },
};

static struct {
	long at; /* 0: none, or all that are to fail */
	bool at_exit, is_short;
	const char *names, *path;
	int cause; /* 0: kills */
	long born;
} wish;

static pid_t watched; /* whose children are counted; 0: nobody's */
static pid_t victim;
static long count, births;
static long done_at; /* 0: no harm was done yet */
static char done_name[32];
static bool failing; /* the call under way must end with the cause */
static volatile sig_atomic_t ended;
static FILE *report;

static void on_end(int number)
{
	(void)number;
	ended = 1;
}

static void give_up(const char *what)
{
	fprintf(stderr, "cut: %s: %s\n", what, strerror(errno));
	exit(errno == EPERM || errno == ENOSYS ? NOT_POSSIBLE : 1);
}

/* ---- Which call ------------------------------------------------------------------------------ */

static const struct call *find_call(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

static bool is_listed(const char *names, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = names; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, name, size) && (at[size] == ',' || at[size] == '\0'))
			return true;
	return false;
}

/* A text of the victim's memory, page by page: the one behind it may not be there. */
static void peek_text(uint64_t from, char *out, size_t size)
{
	size_t have = 0;

	out[0] = '\0';
	while (have < size - 1 && strlen(out) == have) {
		size_t room = 4096 - (from + have) % 4096;
		struct iovec ours = { out + have, size - 1 - have < room ? size - 1 - have : room };
		struct iovec theirs = { (void *)(uintptr_t)(from + have), ours.iov_len };
		ssize_t got = process_vm_readv(victim, &ours, 1, &theirs, 1, 0);

		if (got <= 0)
			break;
		have += (size_t)got;
		out[have] = '\0';
	}
}

static bool is_about(const struct call *call, const __u64 arguments[6])
{
	char text[4096], link[64];

	for (unsigned i = 0; i < 6; i++) {
		text[0] = '\0';
		if (call->paths & 1U << i)
			peek_text(arguments[i], text, sizeof(text));
		if (call->descriptors & 1U << i) {
			ssize_t size;

			(void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", victim, (int)arguments[i]);
			size = readlink(link, text, sizeof(text) - 1);
			text[size > 0 ? size : 0] = '\0';
		}
		if (strstr(text, wish.path))
			return true;
	}
	return false;
}

static bool is_meant(const struct ptrace_syscall_info *info)
{
	const struct call *call = find_call((long)info->entry.nr);

	if (wish.names && !(call && is_listed(wish.names, call->name)))
		return false;
	return !wish.path || (call && is_about(call, info->entry.args));
}

/* ---- What is done to it ---------------------------------------------------------------------- */

/* Registers, as far as they are ours to change: the call's number, its third argument, its result. */
#if defined(__x86_64__)
static void change(bool entry)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, victim, NULL, &registers) < 0)
		give_up("registers");
	if (!entry)
		registers.rax = (unsigned long long)-(long long)wish.cause;
	else if (wish.is_short)
		registers.rdx -= registers.rdx / 2;
	else
		registers.orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, victim, NULL, &registers) < 0)
		give_up("registers");
}
#elif defined(__aarch64__)
static void change(bool entry)
{
	struct user_regs_struct registers;
	struct iovec all = { &registers, sizeof(registers) };
	int none = -1;
	struct iovec number = { &none, sizeof(none) };

	if (entry && !wish.is_short) {
		if (ptrace(PTRACE_SETREGSET, victim, (void *)NT_ARM_SYSTEM_CALL, &number) < 0)
			give_up("registers");
		return;
	}
	if (ptrace(PTRACE_GETREGSET, victim, (void *)NT_PRSTATUS, &all) < 0)
		give_up("registers");
	if (entry)
		registers.regs[2] -= registers.regs[2] / 2;
	else
		registers.regs[0] = (unsigned long long)-(long long)wish.cause;
	if (ptrace(PTRACE_SETREGSET, victim, (void *)NT_PRSTATUS, &all) < 0)
		give_up("registers");
}
#else
static void change(bool entry)
{
	(void)entry;
	errno = ENOSYS;
	give_up("registers of this processor");
}
#endif

static void note_harm(long number)
{
	const struct call *call = find_call(number);

	if (done_at == 0)
		done_at = count;
	if (call)
		(void)snprintf(done_name, sizeof(done_name), "%s", call->name);
	else
		(void)snprintf(done_name, sizeof(done_name), "call-%ld", number);
}

/* The victim stands at a call's entry or exit. */
static void at_call(void)
{
	static struct ptrace_syscall_info info;
	static bool due; /* it is killed behind the call that it is in */
	bool harms = wish.cause != 0 || wish.is_short;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, victim, (void *)sizeof(info), &info) < 0) {
		if (errno != ESRCH)
			give_up("the call");
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (failing)
			change(false);
		failing = false;
		if (due)
			kill(victim, SIGKILL);
		due = false;
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !is_meant(&info))
		return;
	count++;
	if ((wish.at != 0 && count != wish.at) || (wish.at == 0 && !harms))
		return;
	note_harm((long)info.entry.nr);
	if (harms) {
		change(true);
		failing = wish.cause != 0;
	} else if (wish.at_exit) {
		due = true;
	} else {
		kill(victim, SIGKILL);
	}
}

/* ---- Tracing --------------------------------------------------------------------------------- */

static pid_t parent_of(pid_t pid)
{
	char path[64], line[512] = "";
	int parent = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) && strrchr(line, ')'))
		(void)sscanf(strrchr(line, ')'), ") %*c %d", &parent);
	(void)fclose(file);
	return parent;
}

static void go_on(pid_t pid, int signal_number)
{
	/* gone meanwhile: its end is reported next */
	(void)ptrace(pid == victim ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL,
		(void *)(intptr_t)signal_number);
}

/* A child that one of ours made stands at its beginning. */
static void at_birth(pid_t pid)
{
	if (watched != 0 && parent_of(pid) == watched && ++births == wish.born) {
		victim = pid;
		go_on(pid, 0);
	} else {
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	}
}

static void at_stop(pid_t pid, int status)
{
	int stop = WSTOPSIG(status), event = status >> 16;

	if (pid != victim && pid != watched) {
		at_birth(pid);
		return;
	}
	if (CALLED(stop)) {
		at_call();
		go_on(pid, 0);
	} else if (event == PTRACE_EVENT_STOP && stop != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, pid, NULL, NULL); /* stopped by a signal: it stays so */
	} else {
		go_on(pid, event != 0 ? 0 : stop);
	}
}

/* Status of the victim's end; -1: it goes on without us. */
static int follow(void)
{
	int status;

	while (!ended) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return -1;
		if (WIFSTOPPED(status))
			at_stop(pid, status);
		else if (pid == victim)
			return status;
		else if (pid == watched)
			return -1;
	}
	return -1;
}

static void seize(pid_t pid)
{
	long options = PTRACE_O_TRACESYSGOOD;

	if (wish.born > 0)
		options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0)
		give_up("tracing");
	if (wish.born > 0)
		watched = pid;
	else
		victim = pid;
}

/* From here on each of its calls is seen; what it waits in counts as one, begun anew. */
static void take(pid_t pid)
{
	int status;

	seize(pid);
	if (wish.born > 0)
		return;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		give_up("tracing");
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		give_up("stopping it");
	at_stop(pid, status);
}

static void attach(pid_t pid)
{
	take(pid);
	fprintf(report, "ready\n");
	(void)fflush(report);
}

static void start(char **argv)
{
	int gate[2];
	pid_t pid;
	char byte;

	if (pipe(gate) < 0 || (pid = fork()) < 0)
		give_up("starting it");
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &byte, 1) == 1) {
			close(gate[0]);
			execvp(argv[0], argv);
		}
		_exit(127);
	}
	close(gate[0]);
	take(pid);
	if (write(gate[1], "", 1) != 1)
		give_up("starting it");
	close(gate[1]);
}

/* ---- Words ----------------------------------------------------------------------------------- */

static int cause_number(const char *name)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (!strcmp(causes[i].name, name))
			return causes[i].number;
	fprintf(stderr, "cut: no such cause: %s\n", name);
	exit(2);
}

static pid_t read_words(int argc, char **argv)
{
	static const struct option options[] = { { "at", 1, NULL, 'a' }, { "exit", 0, NULL, 'x' },
		{ "calls", 1, NULL, 'c' }, { "path", 1, NULL, 'p' }, { "fail", 1, NULL, 'f' },
		{ "short", 0, NULL, 's' }, { "pid", 1, NULL, 'i' }, { "born", 1, NULL, 'b' },
		{ "report", 1, NULL, 'r' }, { 0 } };
	pid_t pid = 0;
	int word;

	while ((word = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		switch (word) {
		case 'a':
			wish.at = strtol(optarg, NULL, 10);
			break;
		case 'x':
			wish.at_exit = true;
			break;
		case 'c':
			wish.names = optarg;
			break;
		case 'p':
			wish.path = optarg;
			break;
		case 'f':
			wish.cause = cause_number(optarg);
			break;
		case 's':
			wish.is_short = true;
			break;
		case 'i':
			pid = (pid_t)strtol(optarg, NULL, 10);
			break;
		case 'r':
			report = fopen(optarg, "we");
			break;
		case 'b':
			wish.born = strtol(optarg, NULL, 10);
			break;
		default:
			exit(2);
		}
	}
	if (!report || (pid > 0) == (optind < argc))
		exit(2);
	return pid;
}

int main(int argc, char **argv)
{
	pid_t pid = read_words(argc, argv);
	struct sigaction end = { .sa_handler = on_end };
	int status;

	sigaction(SIGTERM, &end, NULL);
	(void)alarm(LIFE_S);
	if (pid > 0)
		attach(pid);
	else
		start(argv + optind);
	status = follow();
	fprintf(report, "calls %ld\n", count);
	if (done_at > 0)
		fprintf(report, "cut %ld %s\n", done_at, done_name);
	(void)fclose(report);
	if (pid > 0)
		return done_at > 0 ? 0 : NEVER_CAME;
	if (status < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
