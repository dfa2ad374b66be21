/* SPDX-License-Identifier: MIT */
/* Why a dial comes to nothing, as the log says it, and that it leaves nothing behind. */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
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

static struct system leader, member;

static int setup(void **state)
{
	(void)state;
	system_open(&leader, 0xa1, TCP, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	system_close(&member);
	system_close(&leader);
	return 0;
}

/* A member whose leader is at that address, as far as it knows, and has the leader's key. */
static void open_member(const char *address)
{
	char text[PIN_TEXT];
	char path[80];
	FILE *file;

	system_open(&member, 0xb2, TCP, address);
	system_pin(&member, &leader);
	snprintf(path, sizeof(path), "%s/leaders", member.keys);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "%s %s\n", address, pin_text(leader.server->keys.public, text));
	assert_int_equal(fclose(file), 0);
}

static bool has_no_line(struct system *system)
{
	return system->server->lines == 0 && system->server->lookups == 0;
}

static void fails_with(const char *address, const char *why)
{
	open_member(address);
	assert_true(systems_log(&member, why));
	assert_true(systems_wait(has_no_line, &member));
	assert_int_equal(member.server->lines_pending, 0);
}

static void nobody_is_there(void **state)
{
	char address[32];

	(void)state;
	server_unlisten_systems(leader.server);
	snprintf(address, sizeof(address), "127.0.0.1:%d", leader.port);
	fails_with(address, "Connection refused");
}

static void no_port(void **state)
{
	(void)state;
	fails_with("localhost:nothing", "it is not of the form HOST:PORT");
}

static void no_such_name(void **state)
{
	(void)state;
	fails_with("1:2:3", "unknown node or service"); /* which asks no name server */
}

static void a_name_is_looked_up(void **state)
{
	char address[32];

	(void)state;
	snprintf(address, sizeof(address), "localhost:%d", leader.port);
	open_member(address);
	system_pin(&leader, &member);
	assert_true(systems_link(&leader, &member));
}

static int socket_of(struct system *system)
{
	struct peer *peer = list_item(system->server->peers.next, struct peer, list);

	assert_non_null(peer->line);
	return peer->fd;
}

/* Both ends send at once, and what does not leave the machine is not paced. */
static void sockets_are_tuned(void **state)
{
	int probe = socket(AF_INET, SOCK_STREAM, 0);
	bool has_cubic = setsockopt(probe, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) == 0;
	struct system *ends[] = { &leader, &member };

	(void)state;
	close(probe);
	open_member(leader.address);
	system_pin(&leader, &member);
	assert_true(systems_link(&leader, &member));
	for (int i = 0; i < 2; i++) {
		int fd = socket_of(ends[i]), on = 0;
		socklen_t size = sizeof(on);
		char name[16] = "";

		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
		assert_int_equal(on, 1);
		size = sizeof(name);
		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size), 0);
		if (has_cubic)
			assert_string_equal(name, "cubic");
	}
}

static void no_key_is_pinned(void **state)
{
	(void)state;
	system_open(&member, 0xb2, TCP, leader.address);
	assert_true(systems_log(&member, "no key is pinned for it"));
	assert_int_equal(leader.server->lines, 0);
}

/* Who may not link with us is not dialled, either. */
static void expelled_here(void **state)
{
	tsp_error err = { 0 };

	(void)state;
	system_open(&member, 0xb2, TCP, leader.address);
	system_pin(&member, &leader);
	assert_int_equal(pins_expel(member.keys, leader.server->keys.public, &err), TSP_OK);
	assert_true(systems_log(&member, "was expelled here; to link with it again"));
	assert_int_equal(leader.server->lines, 0);
}

static bool has_dialled(struct system *system)
{
	return system->server->lines_pending == 1;
}

/* Something listens there that hangs up at once. */
static void hangs_up(void **state)
{
	struct sockaddr_in place = { .sin_family = AF_INET };
	socklen_t size = sizeof(place);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char address[32];
	int fd;

	(void)state;
	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&place, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &size), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%d", ntohs(place.sin_port));
	open_member(address);
	assert_true(systems_wait(has_dialled, &member));
	fd = accept(listener, NULL, NULL); /* the kernel has it already */
	assert_true(fd >= 0);
	close(fd);
	assert_true(systems_log(&member, "it closed the connection"));
	close(listener);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nobody_is_there),
		TEST(no_port),
		TEST(no_such_name),
		TEST(a_name_is_looked_up),
		TEST(sockets_are_tuned),
		TEST(no_key_is_pinned),
		TEST(expelled_here),
		TEST(hangs_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
