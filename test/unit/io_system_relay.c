/* SPDX-License-Identifier: MIT */
/* Sessions that a leader passes on between two members, as the bytes of a socket at each. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/relay.h"
#include "systems.h"

#define LEADER 0xa1
#define ONE    0xb2
#define OTHER  0xc3
#define DIAL   7

static struct system leader, one, other;
static int fd; /* where a session of one's would write */

static int setup(void **state)
{
	(void)state;
	fd = -1;
	system_open(&leader, LEADER, TCP, NULL);
	system_open(&one, ONE, TCP, leader.address);
	system_open(&other, OTHER, TCP, leader.address);
	system_pin(&leader, &one);
	system_pin(&leader, &other);
	system_pin(&one, &leader);
	system_pin(&other, &leader);
	assert_true(systems_link(&one, &leader));
	assert_true(systems_link(&other, &leader));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (fd >= 0)
		close(fd);
	system_close(&one);
	system_close(&other);
	system_close(&leader);
	return 0;
}

static bool is_over(struct system *system)
{
	return is_closed(fd) && system->server->relay_count == 0;
}

static bool has_relay(struct system *system)
{
	return system->server->relay_count == 1;
}

static bool has_none(struct system *system)
{
	return system->server->relay_count == 0;
}

static void say(const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What begins as a session has a slot there, which its end gives back at both. */
static void bytes_arrive(void **state)
{
	(void)state;
	assert_true(server_dial_over(one.server, DIAL, LEADER, OTHER, &fd));
	say("TSPLINK\n");
	assert_true(systems_wait(has_relay, &other));
	assert_int_equal(other.server->lines_pending, 1);
	assert_false(is_closed(fd));
	close(fd);
	fd = -1;
	assert_true(systems_wait(has_none, &one));
	assert_true(systems_wait(has_none, &other));
	assert_true(systems_log(&other,
		"link from system 00000000000000b2 by a leader closed: it closed the connection"));
	assert_int_equal(other.server->lines_pending, 0);
}

static void strangers_are_sent_away(void **state)
{
	(void)state;
	assert_true(server_dial_over(one.server, DIAL, LEADER, OTHER, &fd));
	say("GET / HTTP/1.1\r\n\r\n");
	assert_true(systems_log(&other, "by a leader closed: it speaks HTTP"));
	assert_true(systems_wait(is_over, &one));
	assert_true(systems_wait(has_none, &other));
}

static void no_such_system(void **state)
{
	(void)state;
	assert_true(server_dial_over(one.server, DIAL, LEADER, 0xdead, &fd));
	say("TSPLINK\n");
	assert_true(systems_wait(is_over, &one));
}

static void no_such_leader(void **state)
{
	(void)state;
	assert_true(server_dial_over(one.server, DIAL, 0xdead, OTHER, &fd));
	say("TSPLINK\n");
	assert_true(systems_wait(is_over, &one));
}

static void ends_with_its_leader(void **state)
{
	(void)state;
	assert_true(server_dial_over(one.server, DIAL, LEADER, OTHER, &fd));
	say("TSPLINK\n");
	assert_true(systems_wait(has_relay, &other));
	system_close(&leader);
	assert_true(systems_wait(is_over, &one));
	assert_true(systems_wait(has_none, &other));
}

/* It says that it took more than was sent, or sends more than was taken. */
static void counts_wrong(void **state)
{
	static uint8_t piece[RELAY_PIECE];
	struct frame frame = {
		.kind = FRAME_RELAY, .to = { ONE, DIAL }, .from = { OTHER, 2 }, .sequence = 5
	};

	(void)state;
	assert_true(server_dial_over(one.server, DIAL, LEADER, OTHER, &fd));
	server_relayed(one.server, LEADER, &frame);
	assert_true(systems_wait(is_over, &one));
	close(fd);
	assert_true(server_dial_over(one.server, DIAL, LEADER, OTHER, &fd));
	frame.sequence = 0;
	frame.body = piece;
	frame.body_size = sizeof(piece);
	server_relayed(one.server, LEADER, &frame);
	assert_true(has_relay(&one));
	for (size_t i = 0; i < 70 && has_relay(&one); i++) /* the session reads none of it */
		server_relayed(one.server, LEADER, &frame);
	assert_true(has_none(&one));
}

/* What is no beginning, or of another way, begins nothing. */
static void out_of_place(void **state)
{
	struct frame frame = { .kind = FRAME_RELAY,
		.to = { OTHER, DIAL },
		.from = { ONE, 2 },
		.body = (const uint8_t *)"TSPLINK\n",
		.body_size = 8 };

	(void)state;
	server_relayed(other.server, LEADER, &frame);
	assert_true(has_none(&other));
	frame.from.number = 1;
	frame.sequence = 1;
	server_relayed(other.server, LEADER, &frame);
	assert_true(has_none(&other));
	frame.sequence = 0;
	server_relayed(other.server, LEADER, &frame);
	assert_true(has_relay(&other));
	frame.kind = FRAME_RELAY_END;
	server_relayed(other.server, 0xdead, &frame);
	assert_true(has_relay(&other));
	server_relayed(other.server, LEADER, &frame);
	assert_true(has_none(&other));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(bytes_arrive),
		TEST(strangers_are_sent_away),
		TEST(no_such_system),
		TEST(no_such_leader),
		TEST(ends_with_its_leader),
		TEST(counts_wrong),
		TEST(out_of_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
