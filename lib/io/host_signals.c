/* SPDX-License-Identifier: MIT */
/*
 * Signals of a host: SIGTERM, SIGQUIT and SIGABRT let its actors exit in order, SIGUSR1 writes what is in
 * work to the internal log at once, however busy it is, any other that can be caught is logged and
 * survived. A crash stays a crash.
 */
#include "config.h"

#include "io/host_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIGNAL_LIMIT 65
#define LOG_PATH     4096
#define DAY_SECONDS  86400

/* A handler has no other way to its data. */
static struct {
	struct stage *stage;
	char log_file[LOG_PATH]; /* "": standard error */
	int wake;
	volatile sig_atomic_t any;
	volatile sig_atomic_t came[SIGNAL_LIMIT];
} signals = { .wake = -1 };

static const int ending[] = { SIGTERM, SIGQUIT, SIGABRT };
static const int survived[] = { SIGHUP, SIGINT, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPOLL,
	SIGPWR, SIGXFSZ };

static void on_signal(int number)
{
	const uint64_t one = 1;
	int saved = errno;

	signals.came[number] = 1;
	signals.any = 1;
	if (write(signals.wake, &one, sizeof(one)) < 0)
		errno = 0; /* it is full, hence readable */
	errno = saved;
}

/* A number with leading zeros; neither printf nor gmtime may be called in a signal handler. */
static char *put_digits(char *at, long number, int count)
{
	for (int i = count - 1; i >= 0; i--, number /= 10)
		at[i] = (char)('0' + number % 10);
	return at + count;
}

/* "2026-11-26T20:45:00.123Z", by the civil calendar's rule of 400 years (from 0000-03-01 on). */
static char *put_time(char *at, const struct timespec *now)
{
	long days = (long)(now->tv_sec / DAY_SECONDS) + 719468;
	long seconds = (long)(now->tv_sec % DAY_SECONDS);
	long era = days / 146097;
	long day = days - era * 146097;
	long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	long month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	year += era * 400 + (month <= 2 ? 1 : 0);
	at = put_digits(at, year, 4);
	*at++ = '-';
	at = put_digits(at, month, 2);
	*at++ = '-';
	at = put_digits(at, day + 1, 2);
	*at++ = 'T';
	at = put_digits(at, seconds / 3600, 2);
	*at++ = ':';
	at = put_digits(at, seconds / 60 % 60, 2);
	*at++ = ':';
	at = put_digits(at, seconds % 60, 2);
	*at++ = '.';
	at = put_digits(at, now->tv_nsec / 1000000, 3);
	*at++ = 'Z';
	return at;
}

static char *put_string(char *at, const char *text)
{
	while (*text != '\0')
		*at++ = *text++;
	return at;
}

static char *put_pid(char *at, long pid)
{
	int count = 1;

	for (long rest = pid; rest >= 10; rest /= 10)
		count++;
	return put_digits(at, pid, count);
}

/* One write, since the handler at work may never end. */
static void write_record(const char *text, size_t size)
{
	int fd = STDERR_FILENO;

	if (signals.log_file[0] != '\0')
		fd = open(signals.log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, text, size) < 0)
		errno = 0; /* nobody to tell here */
	if (fd != STDERR_FILENO)
		close(fd);
}

/* To the admin, who writes it. */
static void send_record(const char *text, size_t size)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t name = strlen(signals.log_file) - 1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (name < sizeof(to.sun_path)) {
		memcpy(to.sun_path + 1, signals.log_file + 1, name); /* behind a NUL: no file */
		(void)sendto(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + name));
	}
	close(fd);
}

static void on_describe(int number)
{
	char text[640];
	struct timespec wall, now;
	int saved = errno;
	char *at = text;
	char *said;

	(void)number;
	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &now);
	at = put_time(at, &wall);
	at = put_pid(put_string(at, " p"), (long)getpid());
	said = put_string(at, " info ");
	at = put_string(said, "status: ");
	stage_describe(signals.stage, (clock_ns)now.tv_sec * CLOCK_SECOND + now.tv_nsec, at,
		sizeof(text) - (size_t)(at - text) - 1);
	at += strlen(at);
	if (signals.log_file[0] == '@') {
		send_record(said, (size_t)(at - said));
	} else {
		*at++ = '\n';
		write_record(text, (size_t)(at - text));
	}
	errno = saved;
}

void host_signals_log_file(void *io, const char *path)
{
	sigset_t describe, before;

	(void)io;
	sigemptyset(&describe);
	sigaddset(&describe, SIGUSR1);
	sigprocmask(SIG_BLOCK, &describe, &before);
	snprintf(signals.log_file, sizeof(signals.log_file), "%s", path != NULL ? path : "");
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void set_handler(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	(void)sigaction(number, &action, NULL); /* fails for numbers only that no kernel has */
}

int host_signals_open(struct stage *stage, int *ret_wake)
{
	const char *log_file = getenv("THESPLOG_FILE");
	size_t i;

	signals.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (signals.wake < 0)
		return TSP_EIO;
	signals.stage = stage;
	host_signals_log_file(NULL, log_file); /* until the admin says where it is */
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		set_handler(ending[i], on_signal);
	for (i = 0; i < sizeof(survived) / sizeof(survived[0]); i++)
		set_handler(survived[i], on_signal);
	set_handler(SIGUSR1, on_describe);
	set_handler(SIGPIPE, SIG_IGN);
	*ret_wake = signals.wake;
	return TSP_OK;
}

void host_signals_close(void)
{
	size_t i;

	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		set_handler(ending[i], SIG_DFL);
	for (i = 0; i < sizeof(survived) / sizeof(survived[0]); i++)
		set_handler(survived[i], SIG_DFL);
	set_handler(SIGUSR1, SIG_IGN);
	signals.stage = NULL;
	signals.wake = -1;
}

void host_signals_wake(void *io)
{
	const struct host_process *host = io;
	const uint64_t one = 1;

	if (write(host->wake, &one, sizeof(one)) < 0)
		return; /* it is full, hence readable */
}

void host_signals_drain(struct host_process *host)
{
	uint64_t count;

	if (read(host->wake, &count, sizeof(count)) < 0)
		return; /* it is emptied only so that poll waits again */
}

void host_signals_crash(void *io, int status)
{
	struct host_process *host = io;
	sigset_t all;

	host_link_flush(host);
	if (WIFSIGNALED(status)) {
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* what a core would be of has ended already */
		set_handler(WTERMSIG(status), SIG_DFL);
		sigfillset(&all);
		(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
		(void)raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
}

void host_signals_handle(struct host_process *host)
{
	size_t i;

	if (!signals.any)
		return;
	signals.any = 0;
	for (i = 0; i < sizeof(survived) / sizeof(survived[0]); i++) {
		char text[80];

		if (!signals.came[survived[i]])
			continue;
		signals.came[survived[i]] = 0;
		snprintf(text, sizeof(text), "signal %d (%s) came and was survived", survived[i],
			strsignal(survived[i]));
		stage_log_line(host->stage, LOG_LEVEL_WARNING, text);
	}
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		if (!signals.came[ending[i]])
			continue;
		signals.came[ending[i]] = 0;
		if (stage_count(host->stage) == 0)
			host->ended = true;
		stage_exit_all(host->stage);
	}
}
