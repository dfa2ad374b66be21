/* SPDX-License-Identifier: MIT */
/* Two members of a convention: introduced by their leader, linked directly or by it, and then without it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "trio.h"

static tsp_text way(struct machine *machine)
{
	tsp_value between = network_status(machine, "conventionBetween");
	tsp_text text = { "", 0 };
	tsp_value none, item;
	tsp_walk at = { 0 };

	if (tsp_value_next(between, &at, &none, &item))
		(void)tsp_value_text(tsp_value_get(item, "way"), &text);
	return text;
}

static void add_at(const char *address)
{
	network_add(&network, &third, THIRD, address, "leader:1900", "\"camera\": true");
	network_run(&network);
}

static void test_by_the_leader(void **state)
{
	tsp_address echo;
	tsp_message *reply;

	(void)state;
	add_at(NULL);
	echo = machine_create(&third, "Echo", NULL, TSP_HOST_DEFAULT);
	reply = ask(&member, echo, "Ada");
	assert_non_null(reply);
	assert_true(tsp_text_is(tsp_get_text(reply, "hello"), "Ada"));
	assert_true(network.passed_on > 0);
	assert_true(tsp_text_is(way(&member), "by a leader"));
	assert_int_equal(leader.host_count, 0);
}

static void test_directly(void **state)
{
	tsp_address echo;

	(void)state;
	add_at("third:1900");
	echo = machine_create(&third, "Echo", NULL, TSP_HOST_DEFAULT);
	assert_non_null(ask(&member, echo, "Ada"));
	assert_int_equal(network.passed_on, 0);
	assert_true(tsp_text_is(way(&member), "direct"));
	/* they need their leader no more */
	network_kill(&network, &leader);
	network_pass_ms(&network, 15000);
	assert_non_null(ask(&member, echo, "still there"));
}

/* Where nobody answers at its address, and the other one cannot come either. */
static void test_falls_back(void **state)
{
	tsp_address echo;
	uint64_t reply;

	(void)state;
	add_at("third:1900");
	echo = machine_create(&third, "Echo", NULL, TSP_HOST_DEFAULT);
	network.only_leaders = true;
	reply = machine_send(&member, echo, "Echo", "{s:s}", "hello", "Ada");
	network_pass_ms(&network, 3000);
	assert_non_null(machine_reply(&member, reply));
	assert_true(tsp_text_is(way(&member), "by a leader"));
}

static void test_unknown_comes_back(void **state)
{
	(void)state;
	add_at(NULL);
	assert_true(tsp_message_is(
		ask(&member, (tsp_address){ 0xd4, 0x101 }, "nobody"), "PoisonMessage"));
}

/* What nobody uses is closed, and made anew when it is. */
static void test_idle(void **state)
{
	tsp_address echo;

	(void)state;
	add_at("third:1900");
	echo = machine_create(&third, "Echo", NULL, TSP_HOST_DEFAULT);
	assert_non_null(ask(&member, echo, "Ada"));
	network_pass_ms(&network, 70000);
	assert_int_equal(way(&member).size, 0);
	assert_int_equal(way(&third).size, 0);
	assert_non_null(ask(&member, echo, "again"));
	assert_true(tsp_text_is(way(&member), "direct"));
}

/* A leader's word about who sent something counts for nothing. */
static void test_leader_cannot_forge(void **state)
{
	struct frame frame = { .kind = FRAME_ENVELOPE };
	tsp_address echo;
	tsp_builder *b = tsp_builder_new();
	tsp_value value;

	(void)state;
	add_at(NULL);
	echo = machine_create(&third, "Echo", NULL, TSP_HOST_DEFAULT);
	tsp_put_format(b, "{s:s}", "hello", "forged");
	assert_int_equal(tsp_builder_value(b, &value), 0);
	frame.to = echo;
	frame.from = (tsp_address){ MEMBER, 0x101 };
	frame.body = value.data;
	frame.body_size = value.size;
	for (size_t i = 0; i < NETWORK_WIRES; i++)
		for (int end = 0; network.wires[i].used && end < 2; end++)
			if (network.wires[i].ends[end].machine == &third)
				(void)admin_receive(third.admin, network.wires[i].ends[end].link,
					&frame, third.now);
	tsp_builder_free(b);
	network_run(&network);
	assert_true(tsp_value_kind(network_status(&third, "conventionLeader")) != TSP_KIND_NULL);
	assert_non_null(strstr(third.last_log, "forged sender"));
}

static void test_expelled(void **state)
{
	tsp_address echo;

	(void)state;
	add_at("third:1900");
	echo = machine_create(&third, "Echo", NULL, TSP_HOST_DEFAULT);
	assert_non_null(ask(&member, echo, "Ada"));
	for (size_t i = 0; i < NETWORK_WIRES; i++)
		for (int end = 0; network.wires[i].used && end < 2; end++)
			if (network.wires[i].ends[end].machine == &leader &&
				network.wires[i].ends[1 - end].machine == &third) {
				admin_system_expelled(
					leader.admin, network.wires[i].ends[end].link, leader.now);
				end = 2;
			}
	network.unreachable = true;
	network_run(&network);
	assert_int_equal(way(&member).size, 0);
	assert_true(tsp_message_is(ask(&member, echo, "gone"), "PoisonMessage"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, trio_setup, trio_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_by_the_leader),
		TEST(test_directly),
		TEST(test_falls_back),
		TEST(test_unknown_comes_back),
		TEST(test_idle),
		TEST(test_leader_cannot_forge),
		TEST(test_expelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
