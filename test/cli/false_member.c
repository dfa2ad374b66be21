/* SPDX-License-Identifier: MIT */
/*
 * false_member PORT FOLDER KEY MODE [SOURCE]: dials a system on loopback with the key pair of a folder of
 * convention keys, and once it is linked says something that no member says: see said[]; "hold" says nothing,
 * "linger" for longer. It prints its public key, "open SYSTEM", and "closed" with the bytes that it got; exit 0 when it
 * was closed, 3 if it still is not in time. "flood" makes connections that never end their handshake, from SOURCE,
 * until it is ended.
 */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "link/session.h"
#include "source/pins.h"
#include "wire/frame.h"

#define WAIT_MS	    4000
#define LINGER_MS   15000
#define FLOOD_KEPT  512 /* connections of a flood that it holds at once */

static struct pin_pair own;
static uint64_t peer_system;
static size_t got; /* bytes of the other side */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int dial(int port, const char *source)
{
	struct sockaddr_in place = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)inet_pton(AF_INET, source, &place.sin_addr);
	if (fd < 0 || bind(fd, (struct sockaddr *)&place, sizeof(place)) < 0)
		exit(1);
	place.sin_port = htons((uint16_t)port);
	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&place, sizeof(place)) < 0)
		exit(1);
	return fd;
}

static void flood(int port, const char *source)
{
	static const uint8_t convention[CONVENTION_SIZE];
	static int fds[FLOOD_KEPT];
	uint8_t preamble[PREAMBLE_SIZE];

	preamble_write(preamble, convention);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (long count = 0;; count++) {
		int *fd = &fds[count % FLOOD_KEPT];

		if (*fd > 0)
			close(*fd);
		*fd = dial(port, source);
		(void)!send(*fd, preamble, sizeof(preamble), MSG_NOSIGNAL);
		if (count % 1000 == 0)
			printf("%ld\n", count);
	}
}

/* ---- What it says ---- */

static void header(struct buffer *out, uint32_t size, uint8_t kind, uint64_t from, uint8_t flags)
{
	const struct frame frame = { .kind = kind,
		.flags = flags,
		.to = { peer_system, 0 },
		.from = { from, 0 } };
	uint8_t bytes[FRAME_HEADER];

	frame_header(bytes, &frame, 0);
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(size >> 8 * i);
	buffer_put(out, bytes, sizeof(bytes));
}

static void with_body(struct buffer *out, const void *body, size_t size, uint64_t from, uint8_t flags)
{
	header(out, (uint32_t)(FRAME_HEADER + size), FRAME_ENVELOPE, from, flags);
	buffer_put(out, body, size);
}

static void say_long(struct buffer *out)
{
	header(out, UINT32_MAX, FRAME_ENVELOPE, 77, 0);
}

static void say_short(struct buffer *out)
{
	header(out, 5, FRAME_ENVELOPE, 77, 0);
}

static void say_kind(struct buffer *out)
{
	header(out, FRAME_HEADER, 200, 77, 0);
}

static void say_hello(struct buffer *out)
{
	header(out, FRAME_HEADER, FRAME_HELLO, 77, 0);
}

static void say_apart(struct buffer *out)
{
	with_body(out, "\0\0\0\0\0\0\0\x7f", 8, 77, FRAME_APART);
}

static void say_deep(struct buffer *out)
{
	uint8_t body[1001];

	memset(body, 0x81, sizeof(body) - 1); /* a list of one */
	body[sizeof(body) - 1] = 1;
	with_body(out, body, sizeof(body), 77, 0);
}

static void say_count(struct buffer *out)
{
	with_body(out, "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", 9, 77, 0);
}

static void say_bomb(struct buffer *out)
{
	with_body(out, "\x9a\xff\xff\xff\xff", 5, 77, FRAME_SYSTEM);
}

static void say_done(struct buffer *out)
{
	const struct frame frame = { .kind = FRAME_DONE, .sequence = UINT64_MAX };

	frame_put(out, &frame);
}

/* As if another system, or one of the leader's own, had sent it. */
static void say_forged(struct buffer *out)
{
	with_body(out, "\x61x", 2, 4711, 0);
	with_body(out, "\x61x", 2, peer_system, 0);
	with_body(out, "\x61x", 2, peer_system, FRAME_SYSTEM);
}

static const struct {
	const char *mode;
	void (*say)(struct buffer *out);
} said[] = {
	{ "long", say_long },
	{ "short", say_short },
	{ "kind", say_kind },
	{ "hello", say_hello },
	{ "apart", say_apart },
	{ "deep", say_deep },
	{ "count", say_count },
	{ "bomb", say_bomb },
	{ "done", say_done },
	{ "forged", say_forged },
};

static void say(struct session *session, const char *mode)
{
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		if (strcmp(said[i].mode, mode) == 0)
			said[i].say(session_pending(session));
	session_seal(session);
}

/* ---- The connection ---- */

static void write_out(int fd, struct session *session)
{
	struct buffer *out = session_out(session);
	ssize_t sent = out->size > 0 ? send(fd, out->data, out->size, MSG_NOSIGNAL) : 0;

	if (sent > 0)
		buffer_drop(out, (size_t)sent);
}

/* False: it has not been closed in time. */
static bool talk(int fd, struct session *session, const char *mode)
{
	uint8_t bytes[4096];
	bool open = false;
	int64_t end = now_ms() + (strcmp(mode, "linger") == 0 ? LINGER_MS : WAIT_MS);

	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		ssize_t size;
		int64_t left = end - now_ms();

		write_out(fd, session);
		if (left <= 0 || poll(&poller, 1, (int)left) <= 0)
			return false;
		size = recv(fd, bytes, sizeof(bytes), 0);
		if (size <= 0)
			return true;
		got += (size_t)size;
		session_receive(session, bytes, (size_t)size);
		if (session_state(session) == SESSION_OPEN && !open) {
			open = true;
			peer_system = session_peer_hello(session)->system;
			printf("open %016" PRIx64 "\n", peer_system);
			fflush(stdout);
			if (strcmp(mode, "own") == 0) /* its id is all that is wanted */
				return true;
			say(session, mode);
		}
		if (session_state(session) == SESSION_CLOSED ||
			session_state(session) == SESSION_BROKEN)
			return true;
	}
}

static bool link_with(int port, const uint8_t key[PIN_KEY], const char *mode, uint64_t system)
{
	static const uint8_t convention[CONVENTION_SIZE];
	const struct session_hello hello = { .system = system };
	struct noise_pair pair, ephemeral;
	struct session *session;
	int fd = dial(port, "127.0.0.1");
	bool closed;

	memcpy(pair.secret, own.secret, NOISE_KEY);
	memcpy(pair.public, own.public, NOISE_KEY);
	randombytes_buf(ephemeral.secret, NOISE_KEY);
	if (noise_pair_fill(&ephemeral) < 0)
		exit(1);
	session = session_dial(&pair, &ephemeral, key, convention, &hello);
	if (session == NULL)
		exit(1);
	closed = talk(fd, session, mode);
	session_free(session);
	close(fd);
	return closed;
}

int main(int argc, char **argv)
{
	uint8_t key[PIN_KEY];
	char text[PIN_TEXT];
	tsp_error err = { 0 };
	const char *mode = argc > 4 ? argv[4] : "";

	if (argc < 5 || sodium_init() < 0 || !pin_parse(argv[3], key))
		return 2;
	if (strcmp(mode, "flood") == 0)
		flood(atoi(argv[1]), argc > 5 ? argv[5] : "127.0.0.1");
	if (pins_own(argv[2], true, &own, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("key %s\n", pin_text(own.public, text));
	if (strcmp(mode, "key") == 0)
		return 0;
	if (strcmp(mode, "own") == 0) { /* says that it is the one whom it has dialled */
		link_with(atoi(argv[1]), key, mode, 77);
		mode = "hold";
		if (!link_with(atoi(argv[1]), key, mode, peer_system))
			return 3;
	} else if (!link_with(atoi(argv[1]), key, mode, 77)) {
		return 3;
	}
	printf("closed %zu\n", got);
	return 0;
}
