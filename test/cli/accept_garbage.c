/* SPDX-License-Identifier: MIT */
/*
 * A caller that does not keep to the protocol. usage:
 *
 *	accept_garbage SOCKET hello      a good HELLO: prints "greeted" (0) or "closed" (1)
 *	accept_garbage SOCKET attacks    each is to end its connection at once; prints those that do not (1)
 *	accept_garbage SOCKET random N   N connections of random bytes, each is to end
 *	accept_garbage SOCKET hold N     N connections, half of them a byte a moment, until all are closed;
 *	                                 prints the milliseconds that it took
 *	accept_garbage SOCKET greedy N   N callers, each of which announces 64 MiB and sends little of it;
 *	                                 prints "ready", ends with its standard input
 *	accept_garbage SOCKET forge TO   an envelope to this number that claims to be of the system itself
 *	accept_garbage SOCKET leave PID  a caller that goes with an answer unread while much of what it said
 *	                                 is still on its way to the admin, process PID
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thespian.h>
#include <time.h>
#include <unistd.h>

#include "wire/frame.h"

#define HOLD_MOST 64
#define CLOSE_MS  2000

struct attack {
	const char *name;
	const char *bytes;
	size_t size;
};
#define ATTACK(name, literal)                      \
	{                                          \
		name, literal, sizeof(literal) - 1 \
	}

/* Bodies of envelopes: what their first bytes claim is not there, or may not be. */
static const struct attack bodies[] = {
	ATTACK("nothing", ""),
	ATTACK("text of 4 GiB in five bytes", "\x7a\xff\xff\xff\xff"),
	ATTACK("bytes of 4 GiB in five bytes", "\x5a\xff\xff\xff\xff"),
	ATTACK("list of 4 G in five bytes", "\x9a\xff\xff\xff\xff"),
	ATTACK("map of 4 G in five bytes", "\xba\xff\xff\xff\xff"),
	ATTACK("list of 2^64 - 1", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff"),
	ATTACK("map of 2^63", "\xbb\x80\x00\x00\x00\x00\x00\x00\x00"),
	ATTACK("text of 2^64 - 1", "\x7b\xff\xff\xff\xff\xff\xff\xff\xff"),
	ATTACK("list without an end", "\x9f\x01\xff"),
	ATTACK("map without an end", "\xbf\x61\x61\x01\xff"),
	ATTACK("longer form than needed", "\x18\x01"),
	ATTACK("not a number", "\xf9\x7e\x00"),
	ATTACK("bad UTF-8", "\x62\xc0\xaf"),
	ATTACK("double key", "\xa2\x61\x61\x01\x61\x61\x02"),
	ATTACK("unsorted keys", "\xa2\x61\x62\x01\x61\x61\x02"),
	ATTACK("unknown tag", "\xda\xff\xff\xff\xff\x01"),
	ATTACK("two values", "\x01\x02"),
	ATTACK("break alone", "\xff"),
};

/* First bytes of a connection, padded to a header's size where they are shorter. */
static const struct attack greetings[] = {
	ATTACK("HTTP", "GET /index.html HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"),
	ATTACK("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
	ATTACK("SSH", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n--------------------"),
	ATTACK("JSON",
		"{\"jsonrpc\": \"2.0\", \"method\": \"status\", \"params\": {}, \"id\": 1}\n"),
	ATTACK("escapes",
		"\x1b]0;owned\x07\x1b[31m\x1b[2J\x1b[H\x1b[31m-----------------------------------"),
	ATTACK("zeros",
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
};

static const char *path;

static int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 2 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

static void put(int fd, const void *bytes, size_t size)
{
	(void)!send(fd, bytes, size, MSG_NOSIGNAL); /* it may be closed already */
}

static void put_frame(int fd, struct frame frame, const void *body, size_t size)
{
	uint8_t bytes[FRAME_HEADER + 4096];

	frame_header(bytes, &frame, size);
	if (size > 0)
		memcpy(bytes + FRAME_HEADER, body, size);
	put(fd, bytes, FRAME_HEADER + size);
}

/* Whether the other side ends the connection; what it says before is skipped. */
static bool is_closed(int fd, int wait_ms)
{
	char bytes[4096];

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		if (poll(&wait, 1, wait_ms) <= 0)
			return false;
		if (read(fd, bytes, sizeof(bytes)) <= 0)
			return true;
	}
}

static bool greet(int fd, struct frame *ret_hello)
{
	static uint8_t bytes[FRAME_HEADER + FRAME_HELLO_LIMIT];
	tsp_builder *builder = tsp_builder_new();
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	tsp_value body;
	ssize_t size;
	bool good;

	tsp_put_format(builder, "{s:i, s:i, s:s}", "protocol", FRAME_PROTOCOL, "pid", (int)getpid(),
		"class", "x");
	if (tsp_builder_value(builder, &body) == 0)
		put_frame(fd, (struct frame){ .kind = FRAME_HELLO }, body.data, body.size);
	tsp_builder_free(builder);
	good = poll(&wait, 1, CLOSE_MS) > 0;
	size = good ? read(fd, bytes, sizeof(bytes)) : 0;
	return size > 0 && frame_get(bytes, (size_t)size, sizeof(bytes), ret_hello, NULL) > 0 &&
		ret_hello->kind == FRAME_HELLO;
}

/* An envelope of this caller to the admin, as it should be but for what the attack changes. */
static struct frame envelope(const struct frame *hello)
{
	uint64_t system = 0, lease = 0;
	tsp_value body = { hello->body, hello->body_size };

	(void)tsp_value_uint(tsp_value_get(body, "system"), &system);
	(void)tsp_value_uint(tsp_value_get(body, "lease"), &lease);
	return (struct frame){
		.kind = FRAME_ENVELOPE, .to = { system, 0 }, .from = { system, lease << 24 | 1 }
	};
}

static int failures;

static void expect_closed(int fd, const char *name)
{
	if (!is_closed(fd, CLOSE_MS)) {
		printf("not closed: %s\n", name);
		failures++;
	}
	close(fd);
}

static void attack_body(const char *name, const void *bytes, size_t size)
{
	struct frame hello;
	int fd = dial();

	if (!greet(fd, &hello)) {
		printf("not greeted: %s\n", name);
		failures++;
	}
	put_frame(fd, envelope(&hello), bytes, size);
	expect_closed(fd, name);
}

static void attack_greeting(const struct attack *attack)
{
	uint8_t bytes[128] = { 0 };
	int fd = dial();

	memcpy(bytes, attack->bytes, attack->size);
	put(fd, bytes, attack->size < FRAME_HEADER ? FRAME_HEADER : attack->size);
	expect_closed(fd, attack->name);
}

/* Headers that lie: the size in the first four bytes, kind, flags, reserved bits. */
static void attack_header(
	const char *name, bool greeted, uint32_t size, uint8_t kind, uint8_t flags, uint8_t zero)
{
	uint8_t bytes[FRAME_HEADER] = { (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16),
		(uint8_t)(size >> 24), kind, flags, zero };
	struct frame hello;
	int fd = dial();

	if (greeted && !greet(fd, &hello)) {
		printf("not greeted: %s\n", name);
		failures++;
	}
	put(fd, bytes, sizeof(bytes));
	expect_closed(fd, name);
}

static int run_attacks(void)
{
	uint8_t deep[4000];

	for (size_t i = 0; i < sizeof(greetings) / sizeof(*greetings); i++)
		attack_greeting(&greetings[i]);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		attack_body(bodies[i].name, bodies[i].bytes, bodies[i].size);
	memset(deep, 0x81, sizeof(deep));
	attack_body("4,000 lists deep", deep, sizeof(deep));
	memset(deep, 0xd8, sizeof(deep));
	attack_body("tags of tags", deep, sizeof(deep));
	for (int greeted = 0; greeted < 2; greeted++) {
		attack_header("size 0", greeted, 0, FRAME_ENVELOPE, 0, 0);
		attack_header("size 47", greeted, 47, FRAME_ENVELOPE, 0, 0);
		attack_header("size 4 GiB", greeted, UINT32_MAX, FRAME_ENVELOPE, 0, 0);
		attack_header("size past the limit", greeted, (uint32_t)FRAME_LIMIT + 1,
			FRAME_ENVELOPE, 0, 0);
		attack_header("hello of 1 MiB", greeted, 1 << 20, FRAME_HELLO, 0, 0);
		attack_header("unknown kind", greeted, 48, 77, 0, 0);
		attack_header("unknown flags", greeted, 48, FRAME_ENVELOPE, 0xf0, 0);
		attack_header("reserved bits", greeted, 48, FRAME_ENVELOPE, 0, 1);
		attack_header("done of a caller", greeted, 48, FRAME_DONE, 0, 0);
		attack_header("pause of a caller", greeted, 48, FRAME_PAUSE, 0, 0);
		attack_header("hello of nothing", greeted, 48, FRAME_HELLO, 0, 0);
	}
	return failures > 0;
}

static int run_random(int count)
{
	uint8_t bytes[4096];

	srandom(1);
	for (int i = 0; i < count; i++) {
		int fd = dial();
		size_t size = 1 + (size_t)random() % sizeof(bytes);

		for (size_t k = 0; k < size; k++)
			bytes[k] = (uint8_t)random();
		if (i % 2 == 0 && size > 8)
			bytes[2] = bytes[3] = 0; /* a size that may be */
		put(fd, bytes, size);
		(void)shutdown(fd, SHUT_WR);
		expect_closed(fd, "random bytes");
	}
	return failures > 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int run_hold(int count)
{
	static const uint8_t drop = 0x30;
	int64_t start = now_ms();
	int fds[HOLD_MOST], open = 0;

	for (; open < count && open < HOLD_MOST; open++)
		fds[open] = dial();
	while (open > 0 && now_ms() - start < 20000) {
		int kept = 0;

		for (int i = 0; i < open; i++) {
			if (i % 2 == 0)
				put(fds[i], &drop, 1);
			if (!is_closed(fds[i], 2))
				fds[kept++] = fds[i];
			else
				close(fds[i]);
		}
		open = kept;
		(void)poll(NULL, 0, 100);
	}
	printf("%lld\n", (long long)(now_ms() - start));
	return open > 0;
}

static int run_greedy(int count)
{
	static uint8_t some[4096];

	for (int i = 0; i < count; i++) {
		struct frame hello;
		uint8_t header[FRAME_HEADER];
		struct frame frame;
		int fd = dial();

		if (!greet(fd, &hello))
			return 1;
		frame = envelope(&hello);
		frame_header(header, &frame, (size_t)64 << 20);
		put(fd, header, sizeof(header));
		put(fd, some, sizeof(some));
	}
	puts("ready");
	fflush(stdout);
	(void)getchar();
	return 0;
}

static int run_forge(uint64_t to)
{
	struct frame hello;
	struct frame frame;
	tsp_builder *builder = tsp_builder_new();
	tsp_value body;
	int fd = dial();

	if (!greet(fd, &hello))
		return 1;
	frame = envelope(&hello);
	frame.to.number = to;
	frame.from.number = 0;
	frame.flags = FRAME_SYSTEM;
	tsp_begin_typed(builder, "Forged");
	tsp_put_null(builder);
	tsp_end(builder);
	if (tsp_builder_value(builder, &body) < 0)
		return 1;
	put_frame(fd, frame, body.data, body.size);
	frame = envelope(&hello);
	frame.to.number = to;
	frame.flags = FRAME_SYSTEM; /* a true sender with the system's flag: the flag is cleared */
	put_frame(fd, frame, body.data, body.size);
	(void)is_closed(fd, 300);
	tsp_builder_free(builder);
	close(fd);
	return 0;
}

/* The end is then told with an error, ahead of what is still to be read. */
static int run_leave(pid_t admin)
{
	struct frame hello;
	int fd = dial();
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	if (!greet(fd, &hello))
		return 1;
	put_frame(fd, envelope(&hello), "\x01", 1); /* no request: the answer says so */
	if (poll(&wait, 1, CLOSE_MS) <= 0 || kill(admin, SIGSTOP) < 0)
		return 1;
	for (int i = 0; i < 40; i++) {
		uint8_t body[4000] = { 0x59, 3997 >> 8, 3997 & 255 };

		put_frame(fd, envelope(&hello), body, sizeof(body));
	}
	close(fd);
	return kill(admin, SIGCONT) < 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[2] : "";
	int count = argc > 3 ? atoi(argv[3]) : 1;
	struct frame hello;

	if (argc < 3)
		return 2;
	path = argv[1];
	if (strcmp(mode, "attacks") == 0)
		return run_attacks();
	if (strcmp(mode, "random") == 0)
		return run_random(count);
	if (strcmp(mode, "hold") == 0)
		return run_hold(count);
	if (strcmp(mode, "greedy") == 0)
		return run_greedy(count);
	if (strcmp(mode, "forge") == 0)
		return run_forge(argc > 3 ? strtoull(argv[3], NULL, 16) : 0);
	if (strcmp(mode, "leave") == 0)
		return run_leave(count);
	if (greet(dial(), &hello)) {
		puts("greeted");
		return 0;
	}
	puts("closed");
	return 1;
}
