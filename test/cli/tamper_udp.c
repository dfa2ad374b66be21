/* SPDX-License-Identifier: MIT */
/*
 * tamper_udp PORT TARGET MODE: takes datagrams on loopback at PORT and passes them on to TARGET and back, each way the
 * better for MODE: "replay": each twice, and each again after some others; "garbage": behind each some that nobody of
 * the two has sent, among them changed ones; "lose": every fifth is lost; "move": each twentieth goes on from another
 * port from then on.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEPT 32

struct kept {
	uint8_t bytes[65536];
	size_t size;
};

static struct kept kept[2][KEPT]; /* of the two ways */
static size_t passed[2];
static struct sockaddr_in client, target;
static int front, back;

static int socket_at(int port)
{
	struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&place, sizeof(place)) < 0)
		exit(1);
	return fd;
}

static void send_on(int way, const uint8_t *bytes, size_t size)
{
	const struct sockaddr_in *to = way == 0 ? &target : &client;

	(void)sendto(
		way == 0 ? back : front, bytes, size, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void send_garbage(int way, const struct kept *like)
{
	uint8_t bytes[65536];

	memcpy(bytes, like->bytes, like->size);
	bytes[like->size / 2] ^= 1;
	send_on(way, bytes, like->size);
	send_on(way, like->bytes, like->size / 2);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rand();
	send_on(way, bytes, 300);
	send_on(way, bytes, 0);
	memcpy(bytes, like->bytes, 8); /* a head that is true */
	send_on(way, bytes, 488);
	send_on(way, bytes, 65000);
}

static void pass(int way, const char *mode)
{
	struct kept *now = &kept[way][passed[way] % KEPT];
	socklen_t size = sizeof(client);
	struct sockaddr_in from;
	ssize_t got = recvfrom(way == 0 ? front : back, now->bytes, sizeof(now->bytes),
		MSG_DONTWAIT, (struct sockaddr *)&from, &size);

	if (got < 0)
		return;
	if (way == 0)
		client = from;
	now->size = (size_t)got;
	passed[way]++;
	if (strcmp(mode, "lose") == 0 && passed[way] % 5 == 0)
		return;
	if (strcmp(mode, "move") == 0 && way == 0 && passed[way] % 20 == 0) {
		close(back);
		back = socket_at(0);
		printf("moved\n");
	}
	send_on(way, now->bytes, now->size);
	if (strcmp(mode, "garbage") == 0)
		send_garbage(way, now);
	if (strcmp(mode, "replay") == 0) {
		send_on(way, now->bytes, now->size);
		now = &kept[way][(passed[way] + 1) % KEPT];
		if (now->size > 0)
			send_on(way, now->bytes, now->size);
	}
	printf("passed %zu %zu\n", passed[0], passed[1]);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	front = socket_at(atoi(argv[1]));
	back = socket_at(0);
	target = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(argv[2])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	for (;;) {
		struct pollfd polls[2] = { { .fd = front, .events = POLLIN },
			{ .fd = back, .events = POLLIN } };

		(void)poll(polls, 2, -1);
		pass(0, argv[3]);
		pass(1, argv[3]);
	}
}
