/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/peer_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GENERATIONS 4096 /* a pid that comes back while we climb must not keep us climbing */

int peer_check(int fd, pid_t *ret_pid, tsp_error *err)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return tsp_fail_errno(err, "look at", "the caller");
	if (who.uid != geteuid() && who.uid != 0)
		return tsp_fail(err, TSP_EPERM,
			"connection of pid %ld closed: user %lu is neither this one nor root",
			(long)who.pid, (unsigned long)who.uid);
	*ret_pid = who.pid;
	return TSP_OK;
}

/* A small file of /proc as a text; false: it is not to be looked at. */
static bool read_text(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		return false;
	size = read(fd, text, room - 1);
	close(fd);
	if (size <= 0)
		return false;
	text[size] = '\0';
	return true;
}

pid_t peer_parent(pid_t pid)
{
	char path[40];
	char text[512];
	const char *end;
	int parent = -1;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (!read_text(path, text, sizeof(text)))
		return -1;
	end = strrchr(text, ')'); /* the name before it may hold anything */
	if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1)
		return -1;
	return parent;
}

enum descent { DESCENT_NONE, DESCENT_UNKNOWN, DESCENT_SURE };

static enum descent climb(pid_t pid, pid_t ancestor)
{
	int i;

	for (i = 0; i < GENERATIONS && pid > 0; i++) {
		if (pid == ancestor)
			return DESCENT_SURE;
		if (pid == 1)
			return DESCENT_NONE;
		pid = peer_parent(pid);
	}
	return pid != 0 ? DESCENT_UNKNOWN : DESCENT_NONE;
}

bool peer_descends(pid_t pid, pid_t ancestor)
{
	return climb(pid, ancestor) != DESCENT_NONE;
}

bool peer_is_below(pid_t pid, pid_t ancestor)
{
	return pid != ancestor && climb(pid, ancestor) == DESCENT_SURE;
}

pid_t peer_of_pidfd(int fd)
{
	char path[40];
	char text[512];
	const char *line;
	int pid = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (!read_text(path, text, sizeof(text)))
		return -1;
	line = strstr(text, "\nPid:\t"); /* no other kind of descriptor has it */
	if (line == NULL || sscanf(line + 5, "%d", &pid) != 1)
		return -1;
	if (pid == 0) /* of another pid namespace */
		return -1;
	return pid < 0 ? 0 : pid;
}

int peer_check_enable(int fd, bool enable)
{
	int on = enable;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ? TSP_EIO : TSP_OK;
}

ssize_t peer_check_receive(int fd, void *buffer, size_t size, pid_t *ret_pid)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec part = { buffer, size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *item;
	ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got <= 0)
		return got;
	for (item = CMSG_FIRSTHDR(&message); item != NULL; item = CMSG_NXTHDR(&message, item)) {
		if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_CREDENTIALS) {
			struct ucred who;

			memcpy(&who, CMSG_DATA(item), sizeof(who));
			*ret_pid = who.pid;
		}
	}
	return got;
}
