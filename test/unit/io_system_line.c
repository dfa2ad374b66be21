/* SPDX-License-Identifier: MIT */
/* Who may link with whom, and what the session's states lead to, over TCP. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	system_open(&member, 0xb2, TCP, leader.address);
	system_pin(&member, &leader);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	system_close(&member);
	system_close(&leader);
	return 0;
}

static bool has_no_line(struct system *system)
{
	return system->server->lines == 0;
}

static void links(void **state)
{
	(void)state;
	system_pin(&leader, &member);
	assert_true(systems_link(&leader, &member));
	assert_int_equal(leader.server->lines, 1);
	assert_int_equal(leader.server->lines_pending, 0);
	assert_int_equal(member.server->lines_pending, 0);
	assert_true(list_empty(&leader.server->due[DUE_LINK]));
}

static void unknown_key_gets_no_answer(void **state)
{
	char text[PIN_TEXT];

	(void)state;
	assert_true(systems_log(&leader, "is no member; to let it in: thespian-director admit"));
	assert_true(has_logged(&leader, pin_text(member.server->keys.public, text)));
	assert_true(systems_log(&member, "it closed the connection"));
	assert_true(systems_wait(has_no_line, &leader));
	assert_int_equal(leader.server->lines_pending, 0);
}

static void token_makes_a_member_once(void **state)
{
	uint8_t key[PIN_KEY], secret[PIN_KEY];
	char token[INVITE_TEXT];
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(
		pins_invite(leader.keys, 1 << 30, token, &err), TSP_OK); /* over for long */
	assert_true(pins_token(token, key, secret));
	assert_int_equal(pins_set_join_secret(member.keys, key, secret, &err), TSP_OK);
	assert_true(systems_log(&leader, "shows an invitation that is used up, over, or not ours"));
	assert_int_equal(pins_judge(leader.keys, member.server->keys.public), 0);
	assert_int_equal(pins_invite(leader.keys, (int64_t)1 << 40, token, &err), TSP_OK);
	assert_true(pins_token(token, key, secret));
	assert_int_equal(pins_set_join_secret(member.keys, key, secret, &err), TSP_OK);
	assert_true(systems_log(&leader, "has joined by an invitation"));
	assert_true(systems_link(&leader, &member));
	assert_int_equal(pins_judge(leader.keys, member.server->keys.public), 1);
	assert_false(pins_burn(leader.keys, secret, 0));
	assert_false(pins_join_secret(member.keys, key, secret)); /* nothing more to be shown */
}

static void expelled_is_cut_off(void **state)
{
	tsp_error err = { 0 };

	(void)state;
	system_pin(&leader, &member);
	assert_true(systems_link(&leader, &member));
	assert_int_equal(pins_expel(leader.keys, member.server->keys.public, &err), TSP_OK);
	assert_true(systems_log(&leader, "its key is no member any more"));
	assert_true(systems_wait(has_no_line, &leader));
	assert_true(systems_log(&leader, "was expelled; to take it back"));
}

/* Bytes of no protocol of ours, and the beginning of one. */
static void strangers(void **state)
{
	int http = system_connect(&leader, SOCK_STREAM, 0, 2);
	int cut = system_connect(&leader, SOCK_STREAM, 0, 3);

	(void)state;
	assert_int_equal(send(http, "GET / HTTP/1.1\r\n", 16, 0), 16);
	assert_int_equal(send(cut, "TSPLINK\n", 8, 0), 8);
	assert_true(systems_log(&leader, "link from 127.0.0.2 closed: it speaks HTTP"));
	assert_true(is_closed(http));
	assert_false(is_closed(cut));
	shutdown(cut, SHUT_WR);
	assert_true(systems_log(&leader,
		"link from 127.0.0.3 closed: it closed the connection before it had proved who it is"));
	close(http);
	close(cut);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(links),
		TEST(unknown_key_gets_no_answer),
		TEST(token_makes_a_member_once),
		TEST(expelled_is_cut_off),
		TEST(strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
