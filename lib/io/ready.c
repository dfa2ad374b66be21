/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/ready.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define READY_LINE     640
#define READY_BREAK    '\x1f' /* stands for a line's end in a text, in front of a hint */
#define WATCHDOG_LEAST 10
#define WATCHDOG_MOST  ((int64_t)24 * 3600 * 1000)

static void exchange(char *text, char from, char to)
{
	for (; *text != '\0'; text++)
		if (*text == from)
			*text = to;
}

void ready_tell(int fd, int code, const char *text)
{
	char line[READY_LINE];
	int size;

	if (fd < 0)
		return;
	if (code == 0)
		size = snprintf(line, sizeof(line), "ready %ld ", (long)getpid());
	else
		size = snprintf(line, sizeof(line), "error %d %s ", code, text);
	if (size >= (int)sizeof(line))
		size = sizeof(line) - 1;
	exchange(line, '\n', READY_BREAK);
	line[size - 1] = '\n';
	file_write_all(fd, line, (size_t)size);
	close(fd);
}

void ready_break(char *line)
{
	exchange(line, READY_BREAK, '\n');
}

static int parse_line(const char *line, int *ret_pid, tsp_error *err)
{
	int code = 0;
	int at = 0;
	int pid = 0;

	if (sscanf(line, "ready %d", &pid) == 1) {
		*ret_pid = pid;
		return TSP_OK;
	}
	if (sscanf(line, "error %d %n", &code, &at) == 1 && code < 0 && at > 0)
		return tsp_fail(err, code, "%s", line + at);
	return tsp_fail(err, TSP_ECLOSED, "the system ended while it was starting");
}

int ready_wait(int fd, int64_t deadline_ms, int *ret_pid, tsp_error *err)
{
	clock_ns end = clock_after(clock_read(), deadline_ms);
	char line[READY_LINE];
	size_t size = 0;

	while (size < sizeof(line) - 1 && memchr(line, '\n', size) == NULL) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		clock_ns left = end - clock_read();
		ssize_t got;

		if (left <= 0)
			return tsp_fail(err, TSP_ETIMEOUT, "the system did not start in time");
		if (left > 60 * CLOCK_SECOND)
			left = 60 * CLOCK_SECOND;
		if (poll(&wait, 1, (int)(left / CLOCK_MS) + 1) <= 0)
			continue;
		got = read(fd, line + size, sizeof(line) - 1 - size);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			break;
		size += (size_t)got;
	}
	line[size] = '\0';
	line[strcspn(line, "\n")] = '\0';
	ready_break(line);
	return parse_line(line, ret_pid, err);
}

/* Kept from the first text on: a watched process that has no descriptor left must still say that it is
 * well. */
static int notify_fd = -1;

void ready_notify(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
		strlen(path) >= sizeof(address.sun_path))
		return;
	strcpy(address.sun_path, path);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	if (notify_fd < 0)
		notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_fd < 0)
		return;
	sendto(notify_fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&address, size);
}

int64_t ready_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t us, of, ms;

	if (usec == NULL || text_to_int(usec, 1, INT64_MAX, &us) < 0)
		return 0;
	if (pid != NULL && (text_to_int(pid, 1, INT32_MAX, &of) < 0 || of != getpid()))
		return 0;
	ms = us / 2000;
	if (ms < WATCHDOG_LEAST)
		return WATCHDOG_LEAST;
	return ms < WATCHDOG_MOST ? ms : WATCHDOG_MOST;
}
