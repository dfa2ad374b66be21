/* SPDX-License-Identifier: MIT */
/*
 * Signals of a host: SIGTERM, SIGQUIT and SIGABRT let its actors exit in order, SIGUSR1 writes what is in
 * work to THESPLOG_FILE, any other that can be caught is logged and survived. A crash stays a crash.
 */
#include "config.h"

#include "io/host_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SIGNAL_LIMIT 65

/* A handler has no other way to its data. */
static struct {
	struct stage *stage;
	char *log_file;
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

static void on_describe(int number)
{
	char text[512];
	int saved = errno;
	size_t size;
	int fd;

	(void)number;
	stage_describe(signals.stage, text, sizeof(text) - 1);
	size = strlen(text);
	text[size++] = '\n';
	fd = open(signals.log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd >= 0) {
		if (write(fd, text, size) < 0)
			errno = 0; /* nobody to tell here */
		close(fd);
	}
	errno = saved;
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
	signals.log_file = log_file != NULL && log_file[0] != '\0' ? strdup(log_file) : NULL;
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		set_handler(ending[i], on_signal);
	for (i = 0; i < sizeof(survived) / sizeof(survived[0]); i++)
		set_handler(survived[i], on_signal);
	set_handler(SIGUSR1, signals.log_file != NULL ? on_describe : SIG_IGN);
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
	free(signals.log_file);
	signals.stage = NULL;
	signals.log_file = NULL;
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
