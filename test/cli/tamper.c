/* SPDX-License-Identifier: MIT */
/*
 * tamper LISTEN TARGET MODE: stands between two systems on loopback and passes their bytes on; in the first
 * connection it does something to the tenth record of the one who dialled: flip (a bit), replay (twice), drop, swap
 * (with the next), cut (and closes), or to his preamble: downgrade. Prints a line for each connection.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/session.h"

#define VICTIM 10 /* which record */

struct stream {
	uint8_t bytes[1 << 17];
	size_t size;
	size_t greeting; /* bytes of it that have gone */
	int records;
};

static struct stream stream;
static uint8_t kept[1 << 16];
static size_t kept_size;

static int address(int port, int connecting)
{
	struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;

	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (connecting ? connect(fd, (struct sockaddr *)&place, sizeof(place)) :
			 bind(fd, (struct sockaddr *)&place, sizeof(place)) < 0 || listen(fd, 8)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void put(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		bytes += sent;
		size -= (size_t)sent;
	}
}

/* One record; false: the connection is to be closed. */
static int pass(int to, uint8_t *record, size_t size, const char *mode)
{
	stream.records++;
	if (kept_size > 0) { /* the one before comes behind this one */
		put(to, record, size);
		put(to, kept, kept_size);
		kept_size = 0;
		return 1;
	}
	if (stream.records != VICTIM) {
		put(to, record, size);
		return 1;
	}
	if (strcmp(mode, "flip") == 0)
		record[size / 2] ^= 4;
	if (strcmp(mode, "swap") == 0) {
		memcpy(kept, record, size);
		kept_size = size;
		return 1;
	}
	if (strcmp(mode, "drop") != 0)
		put(to, record, strcmp(mode, "cut") == 0 ? size / 2 : size);
	if (strcmp(mode, "replay") == 0)
		put(to, record, size);
	return strcmp(mode, "cut") != 0;
}

/* What the one who dialled has said. */
static int carry(int to, const char *mode)
{
	size_t at = 0;

	if (stream.greeting < SESSION_FIRST) {
		size_t part = SESSION_FIRST - stream.greeting;

		part = part < stream.size ? part : stream.size;
		if (strcmp(mode, "downgrade") == 0 && stream.greeting == 0 && part > 10)
			memset(stream.bytes + 8, 0, 4);
		put(to, stream.bytes, part);
		stream.greeting += part;
		at = part;
	}
	while (stream.size - at >= 2) {
		size_t size = 3 + (stream.bytes[at] | (size_t)stream.bytes[at + 1] << 8);

		if (stream.size - at < size)
			break;
		if (!pass(to, stream.bytes + at, size, mode))
			return 0;
		at += size;
	}
	memmove(stream.bytes, stream.bytes + at, stream.size - at);
	stream.size -= at;
	return 1;
}

static void between(int from, int to, const char *mode)
{
	uint8_t bytes[4096];

	memset(&stream, 0, sizeof(stream));
	kept_size = 0;
	for (;;) {
		struct pollfd fds[2] = { { .fd = from, .events = POLLIN },
			{ .fd = to, .events = POLLIN } };
		ssize_t size;

		if (poll(fds, 2, -1) < 0)
			return;
		if (fds[0].revents) {
			size = recv(from, stream.bytes + stream.size,
				sizeof(stream.bytes) - stream.size, 0);
			if (size <= 0)
				return;
			stream.size += (size_t)size;
			if (!carry(to, mode))
				return;
		}
		if (fds[1].revents) {
			size = recv(to, bytes, sizeof(bytes), 0);
			if (size <= 0)
				return;
			put(from, bytes, (size_t)size);
		}
	}
}

int main(int argc, char **argv)
{
	int listener;

	if (argc != 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	listener = address(atoi(argv[1]), 0);
	if (listener < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int count = 1;; count++) {
		int from = accept(listener, NULL, NULL);
		int to = from >= 0 ? address(atoi(argv[2]), 1) : -1;

		printf("connection %d\n", count);
		if (from >= 0 && to >= 0)
			between(from, to, count == 1 ? argv[3] : "honest");
		if (from >= 0)
			close(from);
		if (to >= 0)
			close(to);
	}
}
