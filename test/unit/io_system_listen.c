/* SPDX-License-Identifier: MIT */
/* Slots of those that have not proved who they are; where it is listened. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "systems.h"

static struct system leader;
static int fds[LINE_SLOTS + 8];
static size_t fd_count;
static size_t expected;

static int setup(void **state)
{
	(void)state;
	fd_count = 0;
	system_open(&leader, 0xa1, TCP, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	while (fd_count > 0)
		close(fds[--fd_count]);
	system_close(&leader);
	return 0;
}

static bool has_expected(struct system *system)
{
	return system->server->lines_pending == expected;
}

/* One more from there; the leader has seen it. False: it was turned away. */
static bool one_from(int high, int low, size_t pending)
{
	int fd = system_connect(&leader, SOCK_STREAM, high, low);

	fds[fd_count++] = fd;
	expected = pending;
	(void)systems_wait(has_expected, &leader);
	for (int i = 0; i < 3; i++) /* it may have been as many before */
		(void)systems_wait(has_expected, &leader);
	assert_int_equal(leader.server->lines_pending, pending);
	return !is_closed(fd);
}

static bool is_seen(struct system *system)
{
	(void)system;
	return is_closed(fds[fd_count - 1]);
}

static void four_of_one_address(void **state)
{
	(void)state;
	for (size_t i = 1; i <= LINE_SLOTS_SOURCE; i++)
		assert_true(one_from(0, 2, i));
	fds[fd_count++] = system_connect(&leader, SOCK_STREAM, 0, 2);
	assert_true(systems_wait(is_seen, &leader));
	assert_true(systems_log(&leader, "others from there have not proved who they are yet"));
	assert_true(one_from(0, 3, LINE_SLOTS_SOURCE + 1));
}

/* All slots are taken, 4 of each address but the oldest: the second oldest gives way. */
static void most_gives_way(void **state)
{
	(void)state;
	for (int i = 0; i < LINE_SLOTS; i++)
		assert_true(one_from(1, i == 0 ? 99 : (i + 3) / 4 + 1, (size_t)i + 1));
	fds[fd_count++] = system_connect(&leader, SOCK_STREAM, 0, 2);
	assert_true(systems_log(&leader,
		"link from 127.0.1.2 closed: it has not proved who it is, and another wants in"));
	assert_int_equal(leader.server->lines_pending, LINE_SLOTS);
	assert_false(is_closed(fds[0]));
	assert_true(is_closed(fds[1]));
	assert_false(is_closed(fds[2]));
	assert_false(is_closed(fds[fd_count - 1]));
}

static void each_has_one(void **state)
{
	(void)state;
	for (int i = 0; i < LINE_SLOTS; i++)
		assert_true(one_from(1, i + 1, (size_t)i + 1));
	fds[fd_count++] =
		system_connect(&leader, SOCK_STREAM, 1, 7); /* it has as many as anybody */
	assert_true(systems_wait(is_seen, &leader));
	assert_true(systems_log(&leader, "too many others have not proved who they are yet"));
	fds[fd_count++] = system_connect(&leader, SOCK_STREAM, 0, 2);
	assert_true(systems_log(&leader, "link from 127.0.1.1 closed: it has not proved"));
	assert_true(is_closed(fds[0]));
	assert_false(is_closed(fds[fd_count - 1]));
}

static void is_counted_by(const char *place, const char *source)
{
	char out[LINE_PLACE];

	line_source(place, out);
	assert_string_equal(out, source);
}

static void a_source_is_a_network(void **state)
{
	(void)state;
	is_counted_by("192.0.2.7", "192.0.2.7");
	is_counted_by("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
	is_counted_by("2001:db8:1:3:3:4:5:6", "2001:db8:1:3::");
	is_counted_by("::ffff:192.0.2.7", "::ffff:192.0.2.7");
	is_counted_by("leader.example:1900", "leader.example:1900");
}

/* Whoever has a network of IPv6 has no more slots by changing his address in it. */
static void four_of_one_network(void **state)
{
	char place[LINE_PLACE];

	(void)state;
	for (int i = 1; i <= LINE_SLOTS_SOURCE + 1; i++) {
		int ends[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		fds[fd_count++] = ends[0];
		snprintf(place, sizeof(place), "2001:db8::%x", i);
		assert_true((line_accept(leader.server, ends[1], place) != NULL) ==
			(i <= LINE_SLOTS_SOURCE));
	}
	assert_true(systems_log(&leader, "others from there have not proved who they are yet"));
	assert_null(line_make_room(leader.server, "2001:db8:0:1::1"));
	assert_int_equal(leader.server->lines_pending, LINE_SLOTS_SOURCE);
}

static void none_while_it_shuts_down(void **state)
{
	(void)state;
	admin_shutdown(leader.server->admin, leader.server->now);
	assert_string_equal(
		line_make_room(leader.server, "127.0.0.2"), "the system is shutting down");
}

static void wrong_places(void **state)
{
	tsp_error err = { 0 };

	(void)state;
	server_unlisten_systems(leader.server);
	assert_int_equal(leader.server->link_fd, -1);
	leader.server->config.listen = "nowhere.example:1900";
	assert_true(server_listen_systems(leader.server, &err) < 0);
	assert_non_null(strstr(err.text, "nowhere.example"));
	leader.server->config.listen = "192.0.2.1:1900"; /* of documents, hence nobody's */
	assert_true(server_listen_systems(leader.server, &err) < 0);
	assert_non_null(strstr(err.text, "cannot listen for other systems at '192.0.2.1:1900'"));
	assert_int_equal(leader.server->link_fd, -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(four_of_one_address),
		TEST(most_gives_way),
		TEST(each_has_one),
		TEST(a_source_is_a_network),
		TEST(four_of_one_network),
		TEST(none_while_it_shuts_down),
		TEST(wrong_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
