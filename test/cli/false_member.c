/* SPDX-License-Identifier: MIT */
/*
 * false_member PORT FOLDER KEY MODE [SOURCE]: dials a system on loopback with the key pair of a folder of
 * convention keys, and once it is linked says something that no member says: see said[]; "hold" says nothing,
 * "linger" for longer. It prints its public key, "open SYSTEM", and "closed" with the bytes that it got; exit 0 when it
 * was closed, 3 if it still is not in time. "flood" makes connections that never end their handshake, from SOURCE,
 * until it is ended; "crowd" holds 64 of them, 4 from each of SOURCE.1 to SOURCE.16, and makes anew what is closed.
 * "udp-flood" and "udp-crowd" do that with datagrams: garbage and the greeting of an unknown key, and the greeting of
 * a member, again and again; both show the cookies that they are sent. "udp-forged" sends the two greetings from
 * addresses of loopback, each time another, and receives nothing.
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

#include "link/datagram.h"
#include "link/number.h"
#include "source/pins.h"
#include "wire/frame.h"

#define WAIT_MS	    4000
#define LINGER_MS   15000
#define FLOOD_KEPT  512 /* connections of a flood that it holds at once */
#define BURST	    50	/* datagrams a millisecond of a flood */
#define CROWD	    64
#define CROWD_EACH  4 /* of one address */
#define AGAIN_MS    20

static struct pin_pair own;
static uint64_t peer_system;
static size_t got; /* bytes of the other side */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int dial_by(int type, int port, const char *source)
{
	struct sockaddr_in place = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type, 0);

	(void)inet_pton(AF_INET, source, &place.sin_addr);
	if (fd < 0 || bind(fd, (struct sockaddr *)&place, sizeof(place)) < 0)
		exit(1);
	place.sin_port = htons((uint16_t)port);
	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&place, sizeof(place)) < 0)
		exit(1);
	return fd;
}

static int dial(int port, const char *source)
{
	return dial_by(SOCK_STREAM, port, source);
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

/* The first datagram of who has that key, or of nobody in particular. */
static void greeting(const struct pin_pair *keys, const uint8_t key[PIN_KEY], uint8_t first[DATAGRAM_FIRST])
{
	static const uint8_t convention[CONVENTION_SIZE];
	const struct session_hello hello = { .system = 77 };
	struct noise_pair pair, ephemeral;
	struct session *session;

	randombytes_buf(pair.secret, NOISE_KEY);
	if (keys != NULL)
		memcpy(pair.secret, keys->secret, NOISE_KEY);
	randombytes_buf(ephemeral.secret, NOISE_KEY);
	if (noise_pair_fill(&pair) < 0 || noise_pair_fill(&ephemeral) < 0)
		exit(1);
	session = session_dial(&pair, &ephemeral, key, convention, &hello);
	if (session == NULL)
		exit(1);
	put_number(first, DATAGRAM_IS_FIRST, 4);
	memcpy(first + 8, session_out(session)->data, SESSION_FIRST);
	session_free(session);
}

/* A socket that greets, and the cookie for its address. */
struct greeter {
	int fd;
	bool has_cookie;
	uint8_t tag[COOKIE_TAG];
	uint8_t cookie[COOKIE_SIZE];
};

static void greet(struct greeter *greeter, uint8_t first[DATAGRAM_FIRST], const uint8_t key[PIN_KEY], uint64_t index)
{
	uint8_t came[DATAGRAM_SECOND];

	while (recv(greeter->fd, came, sizeof(came), MSG_DONTWAIT) == DATAGRAM_COOKIE)
		if (cookie_open(key, greeter->tag, came + 8, greeter->cookie))
			greeter->has_cookie = true;
	put_number(first + 4, index, 4);
	cookie_tag(key, greeter->has_cookie ? greeter->cookie : NULL, first, DATAGRAM_BARE);
	memcpy(greeter->tag, first + DATAGRAM_BARE, COOKIE_TAG);
	(void)!send(greeter->fd, first, DATAGRAM_FIRST, 0);
}

static void udp_flood(int port, const char *source, const uint8_t key[PIN_KEY])
{
	uint8_t garbage[DATAGRAM_FIRST], unknown[DATAGRAM_FIRST];
	struct greeter greeter = { .fd = dial_by(SOCK_DGRAM, port, source) };

	greeting(NULL, key, unknown);
	memcpy(garbage, unknown, sizeof(garbage));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (long count = 0;; count++) {
		if (count % 4 == 0) {
			greet(&greeter, unknown, key, (uint64_t)count + 1);
		} else {
			put_number(garbage, count % 4 == 3 ? DATAGRAM_IS_SEALED : DATAGRAM_IS_FIRST, 4);
			put_number(garbage + 4, (uint64_t)count + 1, 4);
			randombytes_buf(garbage + 8 + PREAMBLE_SIZE, NOISE_KEY);
			(void)!send(greeter.fd, garbage,
				count % 4 == 2 ? randombytes_uniform(200) : DATAGRAM_FIRST, 0);
		}
		if (count % BURST == 0)
			poll(NULL, 0, 1);
		if (count % 1000 == 0)
			printf("%ld\n", count);
	}
}

static void udp_forged(int port, const uint8_t key[PIN_KEY])
{
	uint8_t firsts[2][DATAGRAM_FIRST];
	char place[32];

	greeting(NULL, key, firsts[0]);
	greeting(&own, key, firsts[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (long count = 0;; count++) {
		struct greeter greeter = { .has_cookie = false };

		snprintf(place, sizeof(place), "127.%u.%u.%u", 1 + randombytes_uniform(254),
			randombytes_uniform(256), 1 + randombytes_uniform(254));
		greeter.fd = dial_by(SOCK_DGRAM, port, place);
		greet(&greeter, firsts[count % 2], key, (uint64_t)count + 1);
		close(greeter.fd);
		if (count % BURST == 0)
			poll(NULL, 0, 10);
		if (count % 1000 == 0)
			printf("%ld\n", count);
	}
}

static void udp_crowd(int port, const char *source, const uint8_t key[PIN_KEY])
{
	struct greeter all[CROWD] = { 0 };
	uint8_t first[DATAGRAM_FIRST];
	char place[32];

	greeting(&own, key, first);
	for (int i = 0; i < CROWD; i++) {
		snprintf(place, sizeof(place), "%s.%d", source, i / CROWD_EACH + 1);
		all[i].fd = dial_by(SOCK_DGRAM, port, place);
	}
	for (uint64_t round = 0;; round++) {
		for (int i = 0; i < CROWD; i++)
			greet(&all[i], first, key, round * CROWD + (uint64_t)i + 1);
		(void)poll(NULL, 0, AGAIN_MS);
	}
}

static void crowd(int port, const char *source)
{
	static const uint8_t convention[CONVENTION_SIZE];
	uint8_t preamble[PREAMBLE_SIZE];
	struct pollfd all[CROWD];
	char place[32];

	preamble_write(preamble, convention);
	for (int i = 0; i < CROWD; i++)
		all[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	for (;;) {
		for (int i = 0; i < CROWD; i++) {
			if (all[i].revents == 0 && all[i].fd >= 0)
				continue;
			close(all[i].fd);
			snprintf(place, sizeof(place), "%s.%d", source, i / CROWD_EACH + 1);
			all[i].fd = dial(port, place);
			(void)!send(all[i].fd, preamble, sizeof(preamble), MSG_NOSIGNAL);
		}
		(void)poll(all, CROWD, AGAIN_MS);
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
	if (strcmp(mode, "udp-flood") == 0)
		udp_flood(atoi(argv[1]), argc > 5 ? argv[5] : "127.0.0.1", key);
	if (pins_own(argv[2], true, &own, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (argc > 5 && strcmp(mode, "crowd") == 0)
		crowd(atoi(argv[1]), argv[5]);
	if (argc > 5 && strcmp(mode, "udp-crowd") == 0)
		udp_crowd(atoi(argv[1]), argv[5], key);
	if (strcmp(mode, "udp-forged") == 0)
		udp_forged(atoi(argv[1]), key);
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
