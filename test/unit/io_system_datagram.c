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

/* Who greets, and what it has got to show. */
static struct greeter {
	int fd;
	bool knows; /* our key */
	bool has_cookie;
	uint8_t tag[COOKIE_TAG];
	uint8_t cookie[COOKIE_SIZE];
} greeter;

static void greeter_open(bool knows)
{
	greeter = (struct greeter){ .fd = system_connect(&leader, SOCK_DGRAM, 0, 2), .knows = knows };
}

static void greet(void)
{
	static const uint8_t any[CONVENTION_SIZE];
	static uint8_t index;
	uint8_t first[DATAGRAM_FIRST] = { DATAGRAM_IS_FIRST, 0, 0, 0, ++index, 1 };
	uint8_t key[NOISE_KEY];

	preamble_write(first + 8, any);
	memset(first + 8 + PREAMBLE_SIZE, index, NOISE_KEY);
	memcpy(key, leader.server->keys.public, sizeof(key));
	key[0] ^= !greeter.knows;
	cookie_tag(key, greeter.has_cookie ? greeter.cookie : NULL, first, DATAGRAM_BARE);
	memcpy(greeter.tag, first + DATAGRAM_BARE, COOKIE_TAG);
	assert_int_equal(send(greeter.fd, first, sizeof(first), 0), sizeof(first));
}

static void greet_often(void)
{
	for (int i = 0; i < 2 * GREETINGS_BURST; i++)
		greet();
}

static bool takes_cookie(struct system *system)
{
	uint8_t came[DATAGRAM_LIMIT];
	ssize_t size;

	(void)system;
	while ((size = recv(greeter.fd, came, sizeof(came), MSG_DONTWAIT)) > 0) {
		assert_int_equal(size, DATAGRAM_COOKIE); /* and nothing else */
		greeter.has_cookie |=
			cookie_open(leader.server->keys.public, greeter.tag, came + 8, greeter.cookie);
	}
	return greeter.has_cookie;
}

/* Who does not know our key gets no byte, and nothing is counted for it. */
static void flood_of_who_knows_nothing(void **state)
{
	char byte;

	(void)state;
	greeter_open(false);
	greet_often();
	assert_true(systems_log(&leader, "link from 127.0.0.2 closed: it does not know our key"));
	assert_int_equal(leader.server->greetings.bare, 0);
	assert_int_equal(leader.server->lines, 0);
	open_member();
	greet_often();
	assert_true(systems_link(&leader, &member));
	assert_true(recv(greeter.fd, &byte, 1, MSG_DONTWAIT) < 0);
	close(greeter.fd);
}

static bool is_asked(struct system *system)
{
	greet();
	return has_logged(system, "greeting from 127.0.0.2: many come");
}

/* Of who may be anybody a few are looked at; others have to show a cookie then, and are not held up. */
static void flood_without_cookies(void **state)
{
	(void)state;
	greeter_open(true);
	greet_often();
	assert_true(systems_wait(is_asked, &leader)); /* once the log takes lines again */
	open_member();
	greet_often();
	assert_true(systems_link(&leader, &member));
	assert_int_equal(leader.server->lines, 1);
	assert_int_equal(leader.server->lines_by_index.count, 1);
	assert_true(systems_wait(takes_cookie, &leader));
	close(greeter.fd);
}

/* Counts that allow nothing for now. */
static size_t used_up(const struct system *system)
{
	size_t count = 0;

	for (size_t i = 0; i < GREETINGS_COUNTS; i++)
		count += system->server->greetings.shown[i] >= system->server->now;
	return count;
}

static bool is_limited(struct system *system)
{
	greet();
	return has_logged(system, "others from there have not proved who they are yet");
}

/* Who floods with its cookie uses up its own counts, and of those of others hardly all. */
static void flood_with_cookies(void **state)
{
	(void)state;
	greeter_open(true);
	greet_often();
	assert_true(systems_wait(takes_cookie, &leader));
	greet_often();
	assert_true(systems_wait(is_limited, &leader));
	greet_often();
	open_member();
	assert_true(systems_link(&leader, &member));
	assert_in_range(used_up(&leader), 0, GREETINGS_EACH);
	close(greeter.fd);
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
		TEST(flood_of_who_knows_nothing),
		TEST(flood_without_cookies),
		TEST(flood_with_cookies),
		TEST(foreign_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
