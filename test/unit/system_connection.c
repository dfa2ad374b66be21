/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/connection.h"
#include "system_fake.h"

#define FIRST_ASK CALLER_ASKS
#define BIG ((size_t)8 * 1024 * 1024)

static struct fake fake;
static tsp_system *caller;
static tsp_error err;

static int setup(void **state)
{
	(void)state;
	err = (tsp_error){ 0 };
	caller = fake_system(&fake);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tsp_close(caller);
	fake_close(&fake);
	return 0;
}

static tsp_address actor(uint64_t number)
{
	return (tsp_address){ FAKE_SYSTEM, number };
}

static tsp_value no_value(void)
{
	return (tsp_value){ NULL, 0 };
}

static int ask(int64_t timeout_ms, tsp_message **ret_reply)
{
	return tsp_ask(caller, actor(99), "Question", no_value(), timeout_ms, ret_reply, &err);
}

static void an_ask_has_an_address_of_its_own(void **state)
{
	tsp_message *reply = NULL;
	struct frame frame;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		fake_say(&fake, FIRST_ASK + i, 0, "Answer", "{s:i}", "n", (int)i);
		assert_int_equal(ask(1000, &reply), TSP_OK);
		assert_true(tsp_message_is(reply, "Answer"));
		assert_int_equal(tsp_get_int(reply, "n", -1), i);
		tsp_message_free(reply);
		assert_string_equal(fake_hear_type(&fake, &frame, NULL), "Question");
		assert_int_equal(frame.from.number, FAKE_NUMBER(FIRST_ASK + i));
		assert_int_equal(frame.from.system, FAKE_SYSTEM);
		assert_int_equal(frame.to.number, 99);
	}
}

static void a_late_ask_is_cancelled_and_its_answer_is_listened_to(void **state)
{
	tsp_message *reply = NULL;
	uint64_t number = 0;
	struct frame frame;
	tsp_value value;
	clock_ns begin = clock_read();

	(void)state;
	assert_int_equal(ask(50, &reply), TSP_ETIMEOUT);
	assert_in_range(clock_read() - begin, 49 * CLOCK_MS, 2000 * CLOCK_MS);
	assert_non_null(strstr(err.text, "cannot ask '@1234.63': no answer in time"));
	assert_string_equal(fake_hear_type(&fake, &frame, NULL), "Question");
	assert_string_equal(fake_hear_type(&fake, &frame, &value), "CancelAsk");
	assert_int_equal(frame.to.number, 0);
	assert_int_equal(frame.from.number, FAKE_NUMBER(CALLER_BASE));
	assert_true(tsp_value_uint(tsp_value_get(value, "number"), &number));
	assert_int_equal(number, FAKE_NUMBER(FIRST_ASK));

	fake_say(&fake, FIRST_ASK, 0, "Answer", "{s:i}", "n", 1);
	fake_say(&fake, FIRST_ASK + 1, 0, "Answer", "{s:i}", "n", 2);
	assert_int_equal(ask(1000, &reply), TSP_OK);
	assert_int_equal(tsp_get_int(reply, "n", -1), 2);
	tsp_message_free(reply);
	assert_int_equal(tsp_listen(caller, 0, &reply, &err), TSP_OK);
	assert_int_equal(tsp_get_int(reply, "n", -1), 1);
	tsp_message_free(reply);
	assert_int_equal(tsp_listen(caller, 0, &reply, &err), TSP_ETIMEOUT);
}

static void poison(int code, const char *outcome)
{
	static uint64_t next;

	if (caller->next_ask == CALLER_ASKS)
		next = 0;
	fake_say(&fake, FIRST_ASK + next++, FRAME_SYSTEM, "PoisonMessage", "{s:i, s:s, s:s}", "code", code, "details",
		"because", "outcome", outcome);
}

static void what_was_not_delivered_is_an_error(void **state)
{
	tsp_message *reply = NULL;

	(void)state;
	poison(TSP_EDEAD, "returned");
	assert_int_equal(ask(1000, &reply), TSP_EDEAD);
	assert_string_equal(err.text, "cannot ask '@1234.63': because");
	poison(TSP_EBACKLOG, "refused");
	assert_int_equal(ask(1000, &reply), TSP_EBACKLOG);
	poison(TSP_EFAILED, "crashed");
	assert_int_equal(ask(1000, &reply), TSP_OK);
	assert_true(tsp_message_is_system(reply));
	tsp_message_free(reply);
	poison(TSP_EVALUE, "failed"); /* the handler's own code */
	assert_int_equal(ask(1000, &reply), TSP_OK);
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_EVALUE);
	tsp_message_free(reply);
}

static void poison_that_an_actor_sends_is_a_reply(void **state)
{
	tsp_message *reply = NULL;

	(void)state;
	fake_say(&fake, FIRST_ASK, 0, "PoisonMessage", "{s:i}", "code", TSP_EDEAD);
	assert_int_equal(ask(1000, &reply), TSP_OK);
	assert_false(tsp_message_is_system(reply));
	tsp_message_free(reply);
}

static void a_refused_request_is_an_error(void **state)
{
	tsp_address holder = TSP_NOBODY;
	struct frame frame;
	tsp_text name;
	tsp_value value;

	(void)state;
	fake_say(&fake, CALLER_REQUESTS, FRAME_SYSTEM, "RequestFailed", "{s:i, s:s}", "code", TSP_ENOENT, "reason",
		"nobody holds that name");
	assert_int_equal(tsp_resolve(caller, "Ada", 1000, &holder, &err), TSP_ENOENT);
	assert_string_equal(err.text, "cannot resolve 'Ada': nobody holds that name");
	assert_true(tsp_address_is_nobody(holder));
	assert_string_equal(fake_hear_type(&fake, &frame, &value), "Resolve");
	assert_true(tsp_value_text(tsp_value_get(value, "name"), &name));
	assert_true(tsp_text_is(name, "Ada"));
	fake_say(&fake, CALLER_REQUESTS + 1, FRAME_SYSTEM, "Resolved", "{s:a}", "holder", actor(5));
	assert_int_equal(tsp_resolve(caller, "Ada", 1000, &holder, &err), TSP_OK);
	assert_int_equal(holder.number, 5);
	/* An actor cannot answer in the system's place. */
	fake_say(&fake, CALLER_REQUESTS + 2, 0, "Resolved", "{s:a}", "holder", actor(6));
	assert_int_equal(tsp_resolve(caller, "Ada", 1000, &holder, &err), TSP_EPROTOCOL);
	assert_int_equal(holder.number, 5);
}

static void only_what_is_for_the_caller_is_listened_to(void **state)
{
	tsp_message *message = NULL;

	(void)state;
	fake_say(&fake, CALLER_BASE, FRAME_SYSTEM, "ChildActorExited", "{}");
	fake_say(&fake, CALLER_REQUESTS + 9, FRAME_SYSTEM, "Killed", "{}");
	fake_say(&fake, CALLER_BASE, FRAME_SYSTEM, "PoisonMessage", "{}");
	fake_say(&fake, CALLER_BASE, 0, "Hello", "{}");
	assert_int_equal(tsp_listen(caller, 1000, &message, &err), TSP_OK);
	assert_true(tsp_message_is(message, "PoisonMessage"));
	tsp_message_free(message);
	assert_int_equal(tsp_listen(caller, 1000, &message, &err), TSP_OK);
	assert_true(tsp_message_is(message, "Hello"));
	tsp_message_free(message);
	assert_int_equal(tsp_tell(caller, tsp_admin(caller), "NotifyOnSourceAvailability", no_value(), &err), TSP_OK);
	fake_say(&fake, CALLER_BASE, FRAME_SYSTEM, "LoadedSource", "{}");
	assert_int_equal(tsp_listen(caller, 1000, &message, &err), TSP_OK);
	assert_true(tsp_message_is(message, "LoadedSource"));
	tsp_message_free(message);
}

static void an_end_is_told_after_what_came_before(void **state)
{
	tsp_message *message = NULL;
	int killed = -1;

	(void)state;
	fake_say(&fake, CALLER_BASE, 0, "Last", "{}");
	close(fake.fd);
	fake.fd = -1;
	assert_int_equal(ask(5000, &message), TSP_ENOSYSTEM);
	assert_non_null(strstr(err.text, "the system is gone"));
	assert_int_equal(tsp_listen(caller, 5000, &message, &err), TSP_OK);
	assert_true(tsp_message_is(message, "Last"));
	tsp_message_free(message);
	assert_int_equal(tsp_listen(caller, 5000, &message, &err), TSP_ENOSYSTEM);
	assert_int_equal(tsp_tell(caller, actor(1), "X", no_value(), &err), TSP_ENOSYSTEM);
	assert_int_equal(tsp_shutdown(caller, 1000, &killed, &err), TSP_OK);
	assert_int_equal(tsp_shutdown(caller, 1000, &killed, &err), TSP_OK);
	assert_int_equal(killed, 0);
}

static void a_lie_ends_the_connection(void **state)
{
	uint8_t bad[FRAME_HEADER] = { 0xff, 0xff, 0xff, 0xff, FRAME_ENVELOPE };
	tsp_message *message = NULL;

	(void)state;
	fake_write(&fake, bad, sizeof(bad));
	assert_int_equal(ask(1000, &message), TSP_EPROTOCOL);
	assert_int_equal(tsp_tell(caller, actor(1), "X", no_value(), &err), TSP_EPROTOCOL);
}

static void a_body_that_is_no_value_ends_the_connection(void **state)
{
	static const uint8_t body[] = { 0x5f, 0xff };
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.to = { FAKE_SYSTEM, FAKE_NUMBER(FIRST_ASK) },
		.body = body,
		.body_size = sizeof(body),
	};
	tsp_message *message = NULL;

	(void)state;
	fake_frame(&fake, &frame);
	assert_int_equal(ask(1000, &message), TSP_EPROTOCOL);
}

static void another_ones_message_ends_the_connection(void **state)
{
	static const uint8_t body[] = { 0xf6 };
	struct frame frame = {
		.kind = FRAME_ENVELOPE, .to = { FAKE_SYSTEM, 1 }, .body = body, .body_size = sizeof(body)
	};
	tsp_message *message = NULL;

	(void)state;
	fake_frame(&fake, &frame);
	assert_int_equal(tsp_listen(caller, 1000, &message, &err), TSP_EPROTOCOL);
}

static void what_is_wrong_is_not_sent(void **state)
{
	static const uint8_t cut[] = { 0x62, 'a' };
	tsp_message *message = NULL;
	struct frame frame;

	(void)state;
	assert_int_equal(tsp_tell(caller, actor(9), "ChildActorExited", no_value(), &err), TSP_EPERM);
	assert_int_equal(tsp_ask(caller, actor(9), "PoisonMessage", no_value(), 10, &message, &err), TSP_EPERM);
	assert_int_equal(tsp_tell(caller, actor(9), "X", (tsp_value){ cut, sizeof(cut) }, &err), TSP_EVALUE);
	assert_int_equal(tsp_tell(caller, TSP_NOBODY, "X", no_value(), &err), TSP_EDEAD);
	assert_int_equal(tsp_tell(caller, actor(9), "", no_value(), &err), TSP_EVALUE);
	assert_false(fake_hear(&fake, 0, &frame));
	assert_int_equal(tsp_tell(caller, actor(9), "ActorExitRequest", no_value(), &err), TSP_OK);
	assert_string_equal(fake_hear_type(&fake, &frame, NULL), "ActorExitRequest");
	assert_int_equal(frame.from.number, FAKE_NUMBER(CALLER_BASE));
}

static void the_descriptor_is_readable_while_something_waits(void **state)
{
	struct pollfd wait = { .fd = tsp_descriptor(caller), .events = POLLIN };
	tsp_message *message = NULL;

	(void)state;
	assert_int_equal(poll(&wait, 1, 0), 0);
	fake_say(&fake, CALLER_BASE, 0, "One", "{}");
	assert_int_equal(poll(&wait, 1, 1000), 1);
	fake_say(&fake, FIRST_ASK, 0, "Answer", "{}");
	assert_int_equal(ask(1000, &message), TSP_OK);
	tsp_message_free(message);
	assert_int_equal(poll(&wait, 1, 0), 1); /* read already, but not listened to */
	assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_OK);
	tsp_message_free(message);
	assert_int_equal(poll(&wait, 1, 0), 0);
}

static void on_alarm(int number)
{
	(void)number;
	tsp_interrupt();
}

static void an_interrupt_ends_one_wait(void **state)
{
	struct itimerval soon = { .it_value = { .tv_usec = 30000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	tsp_message *message = NULL;
	clock_ns begin = clock_read();

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(ask(10000, &message), TSP_EINTERRUPT);
	assert_true(clock_read() - begin < 5 * CLOCK_SECOND);
	assert_int_equal(tsp_listen(caller, 20, &message, &err), TSP_ETIMEOUT);
	tsp_interrupt();
	tsp_interrupt();
	assert_int_equal(tsp_listen(caller, 10000, &message, &err), TSP_EINTERRUPT);
	assert_int_equal(tsp_listen(caller, 20, &message, &err), TSP_ETIMEOUT);
}

static void on_tick(int number)
{
	(void)number;
}

static void signals_do_not_lengthen_a_wait(void **state)
{
	struct itimerval often = { .it_interval = { .tv_usec = 5000 }, .it_value = { .tv_usec = 5000 } };
	struct itimerval never = { 0 };
	struct sigaction action = { .sa_handler = on_tick };
	tsp_message *message = NULL;
	clock_ns begin = clock_read();

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(tsp_listen(caller, 100, &message, &err), TSP_ETIMEOUT);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_in_range(clock_read() - begin, 99 * CLOCK_MS, 3000 * CLOCK_MS);
}

/* Echoes each frame to where it came from, a little at a time. */
static void echo(int fd)
{
	static uint8_t bytes[BIG + 4096];
	size_t size = 0;
	struct frame frame;
	long whole;

	while ((whole = frame_get(bytes, size, FRAME_LIMIT, &frame, NULL)) == 0) {
		ssize_t got = read(fd, bytes + size, sizeof(bytes) - size);

		if (got <= 0)
			_exit(1);
		size += (size_t)got;
	}
	if (whole < 0)
		_exit(1);
	frame_header(bytes, &(struct frame){ .kind = FRAME_ENVELOPE, .to = frame.from, .from = frame.to },
		frame.body_size);
	for (size_t at = 0; at < size;) {
		size_t part = size - at < 100000 ? size - at : 100000;
		ssize_t put = write(fd, bytes + at, part);

		if (put <= 0)
			_exit(1);
		at += (size_t)put;
	}
	_exit(0);
}

static void big_messages_go_both_ways(void **state)
{
	uint8_t *bytes = calloc(1, BIG);
	tsp_builder *builder = tsp_builder_new();
	tsp_message *reply = NULL;
	tsp_value value;
	tsp_text text = { 0 };
	pid_t pid;
	int status;

	(void)state;
	for (size_t i = 0; i < BIG; i++)
		bytes[i] = (uint8_t)(i * 7);
	tsp_put_bytes(builder, bytes, BIG);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		echo(fake.fd);
	assert_int_equal(tsp_ask(caller, actor(9), "Echo", value, 20000, &reply, &err), TSP_OK);
	assert_true(tsp_value_bytes(tsp_message_value(reply), &text));
	assert_int_equal(text.size, BIG);
	assert_memory_equal(text.data, bytes, BIG);
	tsp_message_free(reply);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	tsp_builder_free(builder);
	free(bytes);
}

static void half_a_frame_is_followed_by_its_other_half(void **state)
{
	uint8_t *bytes = calloc(1, BIG);
	tsp_builder *builder = tsp_builder_new();
	tsp_message *reply = NULL;
	struct frame frame;
	tsp_value value;
	pid_t pid;
	int status;

	(void)state;
	tsp_put_bytes(builder, bytes, BIG);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	/* Nobody reads: the message cannot be written in time. */
	assert_int_equal(tsp_ask(caller, actor(9), "Big", value, 30, &reply, &err), TSP_ETIMEOUT);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool good = fake_hear(&fake, 5000, &frame) && frame.body_size > BIG &&
			strcmp(fake_hear_type(&fake, &frame, NULL), "Small") == 0;

		_exit(good ? 0 : 1);
	}
	assert_int_equal(tsp_tell(caller, actor(9), "Small", no_value(), &err), TSP_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	tsp_builder_free(builder);
	free(bytes);
}

/* In a process of its own: says something else, without end. */
static pid_t flood(void)
{
	pid_t pid = fork();
	struct buffer out;
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = { FAKE_SYSTEM, FAKE_NUMBER(CALLER_BASE) },
		.from = { FAKE_SYSTEM, 99 },
		.body = (const uint8_t *)"\x01",
		.body_size = 1 };

	if (pid != 0)
		return pid;
	alarm(5); /* a failed test is not to hang */
	buffer_init(&out, 1024 * 1024);
	while (out.size < 60000)
		if (frame_put(&out, &frame) < 0)
			_exit(1);
	for (;;)
		if (send(fake.fd, out.data, out.size, MSG_NOSIGNAL) < 0)
			_exit(1);
}

static void a_flood_puts_no_deadline_off(void **state)
{
	clock_ns begin = clock_read();
	tsp_message *reply = NULL;
	pid_t pid = flood();

	(void)state;
	assert_int_equal(ask(100, &reply), TSP_ETIMEOUT);
	assert_in_range(clock_read() - begin, 99 * CLOCK_MS, 3000 * CLOCK_MS);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_full_inbox_says_what_was_lost(void **state)
{
	tsp_message *message = NULL;
	tsp_message *reply = NULL;

	(void)state;
	for (size_t i = 0; i < INBOX_MESSAGES + 2; i++) {
		fake_say(&fake, CALLER_BASE, 0, "One", "{}");
		if (i % 50 == 0 || i >= INBOX_MESSAGES)
			assert_int_equal(ask(0, &reply), TSP_ETIMEOUT);
	}
	for (size_t i = 0; i < INBOX_MESSAGES; i++) {
		assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_OK);
		tsp_message_free(message);
	}
	assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_EBACKLOG);
	assert_non_null(strstr(err.text, "2 messages were lost"));
	assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_ETIMEOUT);
}

static void a_full_inbox_takes_the_end_of_a_trace(void **state)
{
	tsp_message *message = NULL;
	tsp_message *reply = NULL;

	(void)state;
	for (size_t i = 0; i < INBOX_MESSAGES + 1; i++) {
		fake_say(&fake, CALLER_BASE, FRAME_SYSTEM, "Traced", "{}");
		if (i % 50 == 0)
			assert_int_equal(ask(0, &reply), TSP_ETIMEOUT);
	}
	fake_say(&fake, CALLER_BASE, FRAME_SYSTEM, "TraceEnded", "{s:i}", "seen", 2001);
	assert_int_equal(ask(0, &reply), TSP_ETIMEOUT);
	for (size_t i = 0; i < INBOX_MESSAGES; i++) {
		assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_OK);
		assert_true(tsp_message_is(message, "Traced"));
		tsp_message_free(message);
	}
	assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_OK);
	assert_true(tsp_message_is(message, "TraceEnded"));
	tsp_message_free(message);
	assert_int_equal(tsp_listen(caller, 0, &message, &err), TSP_EBACKLOG);
}

static void a_shutdown_waits_for_the_end(void **state)
{
	int killed = -1;

	(void)state;
	fake_say(&fake, CALLER_REQUESTS, FRAME_SYSTEM, "ShutdownCompleted", "{s:i}", "killed", 2);
	assert_int_equal(tsp_shutdown(caller, 50, &killed, &err), TSP_ETIMEOUT);
	assert_int_equal(killed, -1);
	fake_say(&fake, CALLER_REQUESTS + 1, FRAME_SYSTEM, "ShutdownCompleted", "{s:i}", "killed", 2);
	assert_int_equal(shutdown(fake.fd, SHUT_WR), 0);
	assert_int_equal(tsp_shutdown(caller, 1000, &killed, &err), TSP_OK);
	assert_int_equal(killed, 2);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_ask_has_an_address_of_its_own),
		TEST(a_late_ask_is_cancelled_and_its_answer_is_listened_to),
		TEST(what_was_not_delivered_is_an_error),
		TEST(poison_that_an_actor_sends_is_a_reply),
		TEST(a_refused_request_is_an_error),
		TEST(only_what_is_for_the_caller_is_listened_to),
		TEST(an_end_is_told_after_what_came_before),
		TEST(a_lie_ends_the_connection),
		TEST(a_body_that_is_no_value_ends_the_connection),
		TEST(another_ones_message_ends_the_connection),
		TEST(what_is_wrong_is_not_sent),
		TEST(the_descriptor_is_readable_while_something_waits),
		TEST(an_interrupt_ends_one_wait),
		TEST(signals_do_not_lengthen_a_wait),
		TEST(big_messages_go_both_ways),
		TEST(half_a_frame_is_followed_by_its_other_half),
		TEST(a_flood_puts_no_deadline_off),
		TEST(a_full_inbox_says_what_was_lost),
		TEST(a_full_inbox_takes_the_end_of_a_trace),
		TEST(a_shutdown_waits_for_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
