/* SPDX-License-Identifier: MIT */
/* Links by datagrams, and strangers that send some to the port where they are taken. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/system_datagram.h"
#include "systems.h"

static struct system leader, member;

static int setup(void **state)
{
	(void)state;
	system_open(&leader, 0xa1, UDP, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	system_close(&member);
	system_close(&leader);
	return 0;
}

static void open_member(void)
{
	system_open(&member, 0xb2, UDP, leader.address);
	system_pin(&member, &leader);
	system_pin(&leader, &member);
}

static bool has_no_line(struct system *system)
{
	return system->server->lines == 0;
}

static void links_and_leaves(void **state)
{
	(void)state;
	open_member();
	assert_true(systems_link(&leader, &member));
	assert_int_equal(leader.server->lines_by_index.count, 1);
	assert_int_equal(leader.server->lines_pending, 0);
	admin_shutdown(member.server->admin, member.server->now);
	assert_true(systems_wait(has_no_line, &member));
	assert_true(systems_wait(has_no_line, &leader)); /* at once: the end was told */
	assert_int_equal(leader.server->lines_by_index.count, 0);
	assert_true(list_empty(&leader.server->due[DUE_DATAGRAM]));
}

static void nobody_is_there(void **state)
{
	(void)state;
	open_member();
	server_unlisten_systems(leader.server);
	assert_true(systems_log(&member, "nothing answers there by UDP"));
	assert_true(systems_wait(has_no_line, &member));
	assert_int_equal(member.server->lines_by_index.count, 0);
}

static void greet(int fd, uint8_t index)
{
	uint8_t first[DATAGRAM_FIRST] = { DATAGRAM_IS_FIRST, 0, 0, 0, index };
	static const uint8_t any[CONVENTION_SIZE];

	preamble_write(first + 8, any);
	memset(first + 8 + PREAMBLE_SIZE, index, NOISE_KEY);
	assert_int_equal(send(fd, first, sizeof(first), 0), sizeof(first));
}

/* Each costs one look, and no more than so many of one address have it; another one is not held up. */
static void flood(void **state)
{
	int fd = system_connect(&leader, SOCK_DGRAM, 0, 2);
	char byte;

	(void)state;
	for (int i = 0; i < 2 * LINE_GREETED; i++)
		greet(fd, (uint8_t)(i + 1));
	assert_true(systems_log(&leader, "link from 127.0.0.2 closed: "));
	open_member();
	for (int i = 0; i < LINE_GREETED; i++)
		greet(fd, (uint8_t)(i + 1));
	assert_true(systems_link(&leader, &member));
	assert_int_equal(leader.server->lines, 1);
	assert_int_equal(leader.server->lines_by_index.count, 1);
	assert_true(recv(fd, &byte, 1, MSG_DONTWAIT) < 0); /* nobody was answered */
	close(fd);
}

/* Counts that allow nothing for now. */
static size_t used_up(const struct system *system)
{
	size_t count = 0;

	for (size_t i = 0; i < SERVER_GREETINGS; i++)
		count += system->server->greetings[i].until > system->server->now;
	return count;
}

static bool has_used_up(struct system *system)
{
	return used_up(system) > 0;
}

static int flooder;

static bool is_limited(struct system *system)
{
	greet(flooder, 7);
	return has_logged(system, "others from there have not proved who they are yet");
}

/* Who floods uses up its own, and of those of others hardly all. */
static void counts_of_an_address(void **state)
{
	(void)state;
	flooder = system_connect(&leader, SOCK_DGRAM, 0, 2);
	for (int i = 0; i < 2 * LINE_GREETED; i++)
		greet(flooder, (uint8_t)(i + 1));
	assert_true(systems_wait(has_used_up, &leader));
	assert_in_range(used_up(&leader), 1, LINE_COUNTS);
	assert_true(systems_wait(is_limited, &leader)); /* once the log takes lines again */
	close(flooder);
}

static void foreign_datagrams(void **state)
{
	static const uint8_t sealed[200] = { DATAGRAM_IS_SEALED, 0, 0, 0, 1 };
	int fd = system_connect(&leader, SOCK_DGRAM, 0, 2);

	(void)state;
	assert_int_equal(send(fd, sealed, sizeof(sealed), 0), sizeof(sealed)); /* of no line */
	assert_int_equal(send(fd, "", 0, 0), 0);
	assert_int_equal(send(fd, "GET / HTTP/1.1\r\n", 16, 0), 16);
	assert_true(systems_log(&leader, "datagram from 127.0.0.2 dropped: it speaks HTTP"));
	assert_int_equal(leader.server->lines, 0);
	open_member();
	assert_true(systems_link(&leader, &member));
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(links_and_leaves),
		TEST(nobody_is_there),
		TEST(flood),
		TEST(counts_of_an_address),
		TEST(foreign_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
