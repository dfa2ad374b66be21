/* SPDX-License-Identifier: MIT */
/*
 * notify_listen SOCKET: a service manager's ear. Each datagram that comes to the socket is a line: the milliseconds
 * at which the kernel took it from its sender, and the text.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static int open_ear(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int on = 1;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) < 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

/* 0 where the kernel does not say. */
static int64_t sent_ms(struct msghdr *header)
{
	struct timeval sent = { 0 };

	for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at != NULL; at = CMSG_NXTHDR(header, at))
		if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMP)
			memcpy(&sent, CMSG_DATA(at), sizeof(sent));
	return (int64_t)sent.tv_sec * 1000 + sent.tv_usec / 1000;
}

int main(int argc, char **argv)
{
	_Alignas(struct cmsghdr) char control[128];
	char text[256];
	struct iovec part = { text, sizeof(text) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };
	ssize_t size;
	int fd;

	if (argc != 2)
		return 2;
	fd = open_ear(argv[1]);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		header.msg_controllen = sizeof(control);
		size = recvmsg(fd, &header, 0);
		if (size < 0)
			return 1;
		printf("%lld %.*s\n", (long long)sent_ms(&header), (int)size, text);
		fflush(stdout);
	}
}
