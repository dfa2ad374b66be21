/* SPDX-License-Identifier: MIT */
/* A host in a process of its own; the test is its admin. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "io/host.h"
#include "wire/frame.h"
#include "wire/value.h"

#define WAIT_MS 5000
#define BURST	30000

struct peer {
	pid_t pid;
	int link;
	struct page *page;
	struct buffer in;
	size_t at;
	uint64_t sequence;
	uint8_t *fetched; /* the last body that lay apart */
	uint64_t fetches;
	bool slow; /* the host is not told that we have it */
};

static int on_ping(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Pong", "{}");
}

static int on_crash(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	abort();
}

static int on_wake(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	if (tsp_message_is(message, "WakeupMessage"))
		return tsp_sendf(self, (tsp_address){ 77, 99 }, "Woken", "{}");
	return tsp_wakeup_after(self, 30, (tsp_value){ NULL, 0 });
}

/* Sends until the target is paused and its queue is full. */
static int on_burst(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t count = 0;

	(void)message;
	while (count < BURST && tsp_sendf(self, sender, "Data", "{s:I}", "n", count) == TSP_OK)
		count++;
	return tsp_sendf(self, (tsp_address){ 77, 98 }, "Burst", "{s:I}", "count", count);
}

static int on_watch(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int *ends = tsp_state(self);

	if (tsp_message_is(message, "WatchMessage"))
		return tsp_sendf(self, (tsp_address){ 77, 99 }, "Ready", "{}");
	(void)sender;
	if (pipe(ends) < 0 || tsp_watch(self, ends, 1) < 0 || write(ends[1], "x", 1) < 0)
		return TSP_EIO;
	return TSP_OK;
}

static int on_large(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_send(self, sender, "Large", tsp_message_value(message));
}

static const tsp_handler handlers[] = { { "Ping", on_ping }, { "Crash", on_crash },
	{ "Wake", on_wake }, { "WakeupMessage", on_wake }, { "Burst", on_burst },
	{ "Large", on_large }, { "Watch", on_watch }, { "WatchMessage", on_watch }, { 0 } };
static const tsp_class echo = {
	.name = "Echo", .state_size = 2 * sizeof(int), .handlers = handlers
};
static const tsp_class *const classes[] = { &echo, NULL };
static const tsp_module module = { TSP_ABI, classes };

static void peer_put(
	struct peer *peer, struct frame *frame, const char *type, const char *format, ...)
{
	tsp_builder *builder = tsp_builder_new();
	struct buffer out;
	tsp_value value;
	va_list args;

	buffer_init(&out, FRAME_LIMIT);
	if (type != NULL)
		tsp_begin_typed(builder, type);
	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	if (type != NULL)
		tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	frame->body = value.data;
	frame->body_size = value.size;
	assert_int_equal(frame_put(&out, frame), TSP_OK);
	assert_int_equal(send(peer->link, out.data, out.size, MSG_NOSIGNAL), (ssize_t)out.size);
	buffer_clear(&out);
	tsp_builder_free(builder);
}

static void peer_send(struct peer *peer, const char *type)
{
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = { 77, 5 },
		.from = { 77, 99 },
		.sequence = ++peer->sequence };

	peer_put(peer, &frame, type, "{}");
}

/* Its body is where the host has put it, which knows that we have it when we have looked. */
static void peer_fetch(struct peer *peer, struct frame *frame)
{
	assert_int_equal(frame_join(frame, page_out(peer->page), PAGE_OUT_SIZE), TSP_OK);
	free(peer->fetched);
	peer->fetched = malloc(frame->body_size);
	assert_non_null(peer->fetched);
	memcpy(peer->fetched, frame->body, frame->body_size);
	frame->body = peer->fetched;
	peer->fetches++;
	if (!peer->slow)
		atomic_store(&peer->page->fetched, peer->fetches);
}

/* The next frame; false: the link has ended. It lives until the next call. */
static bool peer_next(struct peer *peer, struct frame *frame)
{
	clock_ns until = clock_after(clock_read(), WAIT_MS);

	for (;;) {
		struct pollfd poll_link = { .fd = peer->link, .events = POLLIN };
		long size = frame_get(peer->in.data + peer->at, peer->in.size - peer->at,
			FRAME_LIMIT, frame, NULL);
		ssize_t got;

		assert_true(size >= 0);
		if (size > 0) {
			peer->at += (size_t)size;
			if (frame->flags & FRAME_APART)
				peer_fetch(peer, frame);
			return true;
		}
		buffer_drop(&peer->in, peer->at);
		peer->at = 0;
		assert_true(clock_read() < until);
		if (poll(&poll_link, 1, 100) <= 0)
			continue;
		assert_int_equal(buffer_reserve(&peer->in, 65536), TSP_OK);
		got = recv(peer->link, peer->in.data + peer->in.size, 65536, 0);
		if (got <= 0)
			return false;
		peer->in.size += (size_t)got;
	}
}

/* Waits for a message of the type; its value lives until the next frame is read. */
static tsp_value peer_await(struct peer *peer, const char *type)
{
	struct frame frame;
	tsp_value value;
	tsp_text found;

	do {
		assert_true(peer_next(peer, &frame));
	} while (frame.kind != FRAME_ENVELOPE ||
		!tsp_value_typed((tsp_value){ frame.body, frame.body_size }, &found, &value) ||
		!tsp_text_is(found, type));
	return value;
}

static int peer_wait(struct peer *peer)
{
	clock_ns until = clock_after(clock_read(), WAIT_MS);
	int status = -1;

	while (waitpid(peer->pid, &status, WNOHANG) == 0) {
		assert_true(clock_read() < until);
		(void)poll(NULL, 0, 1);
	}
	peer->pid = 0;
	return status;
}

static void become_host(struct peer *peer, int link)
{
	const struct host_config config = { .link = link,
		.page = peer->page,
		.module = &module,
		.title = "test-host" };

	close(peer->link);
	_exit(host_run(&config));
}

static int open_peer(void **state)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct frame frame = { .kind = FRAME_HELLO };
	int ends[2];

	assert_non_null(peer);
	buffer_init(&peer->in, FRAME_LIMIT);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	peer->page = mmap(
		NULL, PAGE_WHOLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(peer->page != MAP_FAILED);
	peer->link = ends[0];
	peer->pid = fork();
	assert_true(peer->pid >= 0);
	if (peer->pid == 0)
		become_host(peer, ends[1]);
	close(ends[1]);
	assert_true(peer_next(peer, &frame));
	assert_int_equal(frame.kind, FRAME_HELLO);
	*state = peer;
	frame = (struct frame){ .kind = FRAME_HELLO };
	peer_put(peer, &frame, NULL, "{s:i, s:i, s:i, s:v, s:i}", "protocol", 1, "system", 77,
		"lease", 9, "capabilities", (tsp_value){ (const uint8_t *)"\xa0", 1 }, "poll_us",
		20);
	frame = (struct frame){ .kind = FRAME_ENVELOPE,
		.flags = FRAME_SYSTEM,
		.to = { 77, 5 },
		.from = { 77, 0 },
		.sequence = ++peer->sequence };
	peer_put(peer, &frame, "CreateActor", "{s:s, s:s}", "class", "Echo", "module", "m");
	return 0;
}

static int close_peer(void **state)
{
	struct peer *peer = *state;

	close(peer->link);
	if (peer->pid > 0) {
		kill(peer->pid, SIGKILL);
		waitpid(peer->pid, NULL, 0);
	}
	munmap(peer->page, PAGE_WHOLE_SIZE);
	buffer_clear(&peer->in);
	free(peer->fetched);
	free(peer);
	return 0;
}

static void test_answers(void **state)
{
	struct peer *peer = *state;
	int i;

	for (i = 0; i < 100; i++) {
		peer_send(peer, "Ping");
		(void)peer_await(peer, "Pong");
	}
}

static void test_ends_with_its_last_actor(void **state)
{
	struct peer *peer = *state;

	peer_send(peer, "ActorExitRequest");
	(void)peer_await(peer, "Exited");
	assert_int_equal(peer_wait(peer), 0);
}

static void test_ends_with_its_link(void **state)
{
	struct peer *peer = *state;

	peer_send(peer, "Ping");
	(void)peer_await(peer, "Pong");
	shutdown(peer->link, SHUT_RDWR);
	assert_true(WIFEXITED(peer_wait(peer)));
}

static void test_signals(void **state)
{
	struct peer *peer = *state;
	tsp_text text;

	peer_send(peer, "Ping");
	(void)peer_await(peer, "Pong");
	kill(peer->pid, SIGHUP);
	assert_true(tsp_value_text(tsp_value_get(peer_await(peer, "LogRecord"), "text"), &text));
	peer_send(peer, "Ping");
	(void)peer_await(peer, "Pong");
	kill(peer->pid, SIGTERM);
	(void)peer_await(peer, "Exited");
	assert_int_equal(peer_wait(peer), 0);
}

static void test_crash_is_a_crash(void **state)
{
	struct peer *peer = *state;
	int status;

	peer_send(peer, "Crash");
	status = peer_wait(peer);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_int_equal(atomic_load(&peer->page->in_work), 2);
}

static void test_timer_and_watch(void **state)
{
	struct peer *peer = *state;

	peer_send(peer, "Wake");
	(void)peer_await(peer, "Woken");
	peer_send(peer, "Watch");
	(void)peer_await(peer, "Ready");
}

static void test_pause_in_a_handler(void **state)
{
	struct peer *peer = *state;
	struct frame frame = { .kind = FRAME_PAUSE, .to = { 77, 99 } };
	int64_t count = 0;
	int64_t n = 0;

	peer_send(peer, "Burst");
	peer_put(peer, &frame, NULL, "n");
	peer_send(peer, "Wake"); /* read in the midst of the handler, handled after it */
	assert_true(tsp_value_int(tsp_value_get(peer_await(peer, "Burst"), "count"), &count));
	assert_in_range(count, 4096, BURST - 1);
	frame = (struct frame){ .kind = FRAME_RESUME, .to = { 77, 99 } };
	peer_put(peer, &frame, NULL, "n");
	do {
		assert_true(tsp_value_int(tsp_value_get(peer_await(peer, "Data"), "n"), &n));
	} while (n != count - 1);
	(void)peer_await(peer, "Woken");
	assert_int_equal(atomic_load(&peer->page->handled), 3);
}

static void test_big_message(void **state)
{
	struct peer *peer = *state;
	size_t size = (size_t)3 * 1024 * 1024;
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = { 77, 5 },
		.from = { 77, 99 },
		.sequence = ++peer->sequence };
	uint8_t *bytes = calloc(1, size);

	assert_non_null(bytes);
	peer_put(peer, &frame, "Ping", "B", bytes, size);
	(void)peer_await(peer, "Pong");
	free(bytes);
}

/* Puts a frame that says of its body that it lies apart. */
static void peer_put_apart(struct peer *peer, const void *body, size_t size)
{
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = { 77, 5 },
		.from = { 77, 99 },
		.sequence = ++peer->sequence,
		.body_size = size };
	uint8_t header[FRAME_HEADER];
	uint8_t out[FRAME_APART_SIZE];

	if (body != NULL)
		memcpy(page_area(peer->page), body, size);
	frame_header(header, &frame, size);
	frame_make_apart(out, header, 0);
	assert_int_equal(send(peer->link, out, sizeof(out), MSG_NOSIGNAL), (ssize_t)sizeof(out));
}

/* Sends a body of that many bytes, which comes back. */
static void pass_body(struct peer *peer, size_t size, uint8_t first)
{
	tsp_builder *builder = tsp_builder_new();
	uint8_t *bytes = malloc(size);
	tsp_value value;
	tsp_text got;

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 5 + (i >> 8));
	bytes[0] = first;
	tsp_begin_typed(builder, "Large");
	tsp_put_bytes(builder, bytes, size);
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	peer_put_apart(peer, value.data, value.size);
	assert_true(tsp_value_bytes(peer_await(peer, "Large"), &got));
	assert_int_equal(got.size, size);
	assert_memory_equal(got.data, bytes, size);
	peer_send(peer, "Ping");
	(void)peer_await(peer, "Pong");
	free(bytes);
	tsp_builder_free(builder);
}

static void test_body_in_the_area(void **state)
{
	struct peer *peer = *state;

	for (uint8_t round = 1; round <= 3; round++) {
		pass_body(peer, (size_t)1024 * 1024, round); /* it is done with it then */
		assert_int_equal(atomic_load(&peer->page->taken), round);
	}
}

/* As long as the admin has not what lies there the next goes behind it, and by the link when there is no room. */
static void test_body_to_the_admin(void **state)
{
	struct peer *peer = *state;

	pass_body(peer, 100000, 1);
	pass_body(peer, 1 << 20, 2);
	assert_int_equal(peer->fetches, 2);
	peer->slow = true;
	for (uint8_t i = 3; i <= 12; i++)
		pass_body(peer, 1 << 20, i);
	assert_int_equal(peer->fetches, 2 + 7);
	peer->slow = false;
	atomic_store(&peer->page->fetched, peer->fetches);
	pass_body(peer, 1 << 20, 13);
	assert_int_equal(peer->fetches, 2 + 7 + 1);
}

static void test_body_larger_than_the_area(void **state)
{
	struct peer *peer = *state;
	int status;

	peer_put_apart(peer, NULL, PAGE_AREA_SIZE + 1);
	status = peer_wait(peer);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

#define PEER_TEST(test) cmocka_unit_test_setup_teardown(test, open_peer, close_peer)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEER_TEST(test_answers),
		PEER_TEST(test_ends_with_its_last_actor),
		PEER_TEST(test_ends_with_its_link),
		PEER_TEST(test_signals),
		PEER_TEST(test_crash_is_a_crash),
		PEER_TEST(test_timer_and_watch),
		PEER_TEST(test_pause_in_a_handler),
		PEER_TEST(test_big_message),
		PEER_TEST(test_body_in_the_area),
		PEER_TEST(test_body_to_the_admin),
		PEER_TEST(test_body_larger_than_the_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
