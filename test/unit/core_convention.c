/* SPDX-License-Identifier: MIT */
/* Systems that find each other, lose each other, and carry each other's messages. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/member.h"
#include "trio.h"

static void test_joins(void **state)
{
	(void)state;
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(attendees(&member), 1);
	assert_true(leader_of(&member) == LEADER);
	assert_true(leader_of(&leader) == 0);
	network_pass_ms(&network, 60000);
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(network.dialled, 1);
}

/* Who has dialled hears from which address it was seen to come. */
static void test_seen_as(void **state)
{
	tsp_walk at = { 0 };
	tsp_value none, attendee;
	tsp_text seen = { NULL, 0 };

	(void)state;
	assert_true(tsp_value_next(network_status(&member, "conventionAttendees"), &at, &none, &attendee));
	assert_true(tsp_value_text(tsp_value_get(attendee, "seen_as"), &seen));
	assert_true(tsp_text_is(seen, "192.0.2.1"));
	at = (tsp_walk){ 0 };
	assert_true(tsp_value_next(network_status(&leader, "conventionAttendees"), &at, &none, &attendee));
	assert_false(tsp_value_text(tsp_value_get(attendee, "seen_as"), &seen));
}

static void test_asks_across(void **state)
{
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);
	tsp_message *reply;

	(void)state;
	reply = ask(&member, echo, "Ada");
	assert_non_null(reply);
	assert_true(tsp_text_is(tsp_get_text(reply, "hello"), "Ada"));
	assert_true(tsp_address_equal(tsp_message_sender(reply), echo));
}

static void test_order_across(void **state)
{
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);
	uint64_t reply;

	(void)state;
	for (int64_t i = 0; i < 5000; i++) {
		(void)machine_send(&member, echo, "Count", "{s:I}", "n", i);
		if (i % 1000 == 0)
			network_run(&network);
		if (i % 1500 == 0)
			network_cut(&network, &member, false);
	}
	reply = machine_send(&member, echo, "Report", "{}");
	network_pass_ms(&network, 3000);
	assert_non_null(machine_reply(&member, reply));
	assert_int_equal(tsp_get_int(machine_reply(&member, reply), "count", 0), 5000);
	assert_false(tsp_get_bool(machine_reply(&member, reply), "disorder", true));
	assert_int_equal(machine_counter(&member, "to_systems"), 5001);
}

/* Both directions at once, and the wire cut in the middle of it. */
static void test_nothing_is_doubled(void **state)
{
	tsp_address there = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);
	tsp_address here = machine_create(&member, "Echo", NULL, TSP_HOST_DEFAULT);
	uint64_t replies[2];

	(void)state;
	for (int64_t i = 0; i < 300; i++) {
		(void)machine_send(&member, there, "Count", "{s:I}", "n", i);
		(void)machine_send(&leader, here, "Count", "{s:I}", "n", i);
		if (i % 7 == 3)
			network_run(&network);
		if (i % 50 == 20)
			network_cut(&network, &member, false);
		if (i % 20 == 9)
			network_pass_ms(&network, 400);
	}
	replies[0] = machine_send(&member, there, "Report", "{}");
	replies[1] = machine_send(&leader, here, "Report", "{}");
	network_pass_ms(&network, 3000);
	assert_int_equal(tsp_get_int(machine_reply(&member, replies[0]), "count", 0), 300);
	assert_false(tsp_get_bool(machine_reply(&member, replies[0]), "disorder", true));
	assert_int_equal(tsp_get_int(machine_reply(&leader, replies[1]), "count", 0), 300);
	assert_false(tsp_get_bool(machine_reply(&leader, replies[1]), "disorder", true));
}

/* More than a window of them, and no heartbeat between. */
static void test_large_across(void **state)
{
	size_t size = 1024 * 1024;
	char *text = test_malloc(size);
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);
	int64_t count = 2 * MEMBER_WINDOW_BYTES / (int64_t)size;
	uint64_t reply;

	(void)state;
	memset(text, 'x', size);
	text[size - 1] = '\0';
	for (int64_t i = 0; i < count; i++) {
		(void)machine_send(&member, echo, "Count", "{s:I, s:s}", "n", i, "text", text);
		network_run(&network);
	}
	reply = machine_send(&member, echo, "Report", "{}");
	network_run(&network);
	assert_int_equal(tsp_get_int(machine_reply(&member, reply), "count", 0), count);
	test_free(text);
}

/* A target that takes nothing has its senders wait at home, and nothing is refused or out of order. */
static void test_slow_target(void **state)
{
	static char padding[1000];
	tsp_address slow = machine_create(&leader, "Echo", NULL, TSP_HOST_OWN);
	tsp_address other = machine_create(&leader, "Echo", NULL, TSP_HOST_OWN);
	struct machine_host *host = leader.hosts[0];
	uint64_t reply;

	(void)state;
	memset(padding, 'x', sizeof(padding) - 1);
	host->stopped = true;
	for (int64_t i = 0; i < 15000; i++) {
		(void)machine_send(&member, slow, "Count", "{s:I, s:s}", "n", i, "text", padding);
		if (i % 100 == 0)
			network_run(&network);
	}
	reply = machine_send(&member, slow, "Report", "{}");
	assert_non_null(ask(&member, other, "not held up"));
	assert_true(machine_counter(&leader, "mailbox_bytes") < 13000 * 1200);
	host->stopped = false;
	network_pass_ms(&network, 2000);
	assert_non_null(machine_reply(&member, reply));
	assert_int_equal(tsp_get_int(machine_reply(&member, reply), "count", 0), 15000);
	assert_false(tsp_get_bool(machine_reply(&member, reply), "disorder", true));
	assert_int_equal(machine_counter(&member, "refused"), 0);
	assert_int_equal(machine_counter(&member, "mailbox_bytes"), 0);
}

/* F108: a warning is the leader's to know, too; that an actor has started is not. */
static void test_warnings_reach_the_leader(void **state)
{
	tsp_address echo;

	(void)state;
	leader.last_log[0] = '\0';
	echo = machine_create(&member, "Echo", NULL, TSP_HOST_OWN);
	network_run(&network);
	assert_string_equal(leader.last_log, "");
	(void)machine_send(&member, echo, "Crash", "{}");
	network_run(&network);
	assert_non_null(strstr(leader.last_log, "actor of class 'Echo' ended: killed"));
}

static void test_dead_across(void **state)
{
	tsp_address nobody = { LEADER, 0x7000001 };
	tsp_message *reply = ask(&member, nobody, "Ada");

	(void)state;
	assert_non_null(reply);
	assert_true(tsp_message_is(reply, "PoisonMessage"));
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_EDEAD);
	assert_int_equal(machine_counter(&member, "returned"), 1);
	assert_int_equal(machine_counter(&member, "to_systems"), 0);
}

/* The handler of dead letters of that machine; *ret_reply: where it is heard what it got. */
static void handle_letters(struct machine *machine, uint64_t *ret_reply)
{
	tsp_address handler = machine_create(machine, "Parent", NULL, TSP_HOST_OWN);

	*ret_reply = machine_send(machine, handler, "Letters", "{}");
	network_run(&network);
}

static tsp_address dead_address(tsp_message *heard)
{
	tsp_address address = TSP_NOBODY;

	(void)tsp_value_address(tsp_value_get(tsp_get(heard, "value"), "deadAddress"), &address);
	return address;
}

/* F069: a letter to one who has died on another system is its sender's system's, whose handler has it and no other. */
static void test_dead_letter_across(void **state)
{
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_OWN);
	tsp_address sender = machine_create(&member, "Parent", NULL, TSP_HOST_OWN);
	uint64_t here, there;
	tsp_message *letter;

	(void)state;
	handle_letters(&leader, &there);
	handle_letters(&member, &here);
	assert_non_null(ask(&member, echo, "Ada"));
	(void)machine_request(&leader, "Kill", "{s:a, s:i}", "address", echo, "grace_ms", 5000);
	network_run(&network);
	(void)machine_send(&member, sender, "PassOn", "{s:a}", "to", echo);
	network_run(&network);
	letter = machine_reply(&member, here);
	assert_non_null(letter);
	assert_true(tsp_text_is(tsp_get_text(letter, "type"), "DeadEnvelope"));
	assert_true(tsp_address_equal(dead_address(letter), echo));
	assert_int_equal(machine_counter(&member, "dead_letters"), 1);
	assert_null(machine_reply(&leader, there));
	assert_int_equal(machine_counter(&leader, "dead_letters"), 0);
	assert_int_equal(machine_counter(&leader, "to_systems"), 1);
}

static void test_silence_is_noticed(void **state)
{
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);
	uint64_t reply;

	(void)state;
	network_cut(&network, &member, true);
	network.unreachable = true;
	reply = machine_send(&member, echo, "Echo", "{}");
	network_pass_ms(&network, 7000);
	assert_int_equal(attendees(&leader), 1);
	network_pass_ms(&network, 3000);
	assert_int_equal(attendees(&leader), 0);
	assert_int_equal(attendees(&member), 0);
	assert_true(leader_of(&member) == 0);
	assert_true(tsp_message_is(machine_reply(&member, reply), "PoisonMessage"));
	network.unreachable = false;
	network_pass_ms(&network, 60000);
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(attendees(&member), 1);
	assert_non_null(ask(&member, echo, "Ada"));
}

/* A frame is under way for longer than silence may last; both ask for signs of life all the same. */
static void test_a_long_frame_is_no_silence(void **state)
{
	struct wire_end *ends = network.wires[0].ends;
	size_t pings = network.pings;

	(void)state;
	network_cut(&network, &member, true);
	network.unreachable = true;
	for (int i = 0; i < 30; i++) {
		network_pass_ms(&network, 1000);
		for (int end = 0; end < 2; end++)
			admin_system_flows(ends[end].machine->admin, ends[end].link, ends[end].machine->now);
	}
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(attendees(&member), 1);
	assert_true(network.pings >= pings + 2 * 10);
	network_pass_ms(&network, 11000);
	assert_int_equal(attendees(&leader), 0);
	assert_int_equal(attendees(&member), 0);
}

static void test_restart_is_noticed(void **state)
{
	(void)state;
	network_kill(&network, &member);
	network_add(&network, &member, MEMBER + 1, NULL, "leader:1900", "");
	network_pass_ms(&network, 1000);
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(attendees(&member), 1);
	assert_non_null(
		ask(&leader, machine_create(&member, "Echo", NULL, TSP_HOST_DEFAULT), "Ada"));
}

/* A machine that was copied with its keys does not put the first one out. */
static void test_copied_keys(void **state)
{
	static struct machine copy;
	uint64_t reply;

	(void)state;
	network_add(&network, &copy, 0xc0, NULL, "leader:1900", "");
	network.keys[2] = network.keys[1];
	network_pass_ms(&network, 60000);
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(attendees(&copy), 0);
	reply = machine_send(&leader, (tsp_address){ MEMBER, 0 }, "Thespian_StatusReq", "{}");
	network_run(&network);
	assert_true(tsp_message_is(machine_reply(&leader, reply), "Thespian_SystemStatus"));
}

/* What a hello counts is about the life of ours that it names. */
static void test_counts_of_another_life(void **state)
{
	struct wire_end end = { .machine = &leader };
	struct system_hello hello = { .key = { 2 },
		.system = MEMBER,
		.about = LEADER + 1,
		.received = 1000 };
	tsp_error err = { 0 };

	(void)state;
	buffer_init(&end.in, FRAME_LIMIT);
	assert_non_null(admin_system_opened(leader.admin, &end, &hello, leader.now, &err));
	hello.about = LEADER; /* of ours it cannot have so many */
	assert_null(admin_system_opened(leader.admin, &end, &hello, leader.now, &err));
	assert_int_equal(err.code, TSP_EPROTOCOL);
	buffer_clear(&end.in);
}

static void test_leaves(void **state)
{
	(void)state;
	(void)machine_request(&member, "SystemShutdown", "{}");
	network_run(&network);
	assert_int_equal(attendees(&leader), 0);
}

/* ---- Who watches ---- */

/* How many joins less how many leaves a watcher has told its asker, and how often it told anything. */
static int told(struct machine *machine, uint64_t reply, int *ret_times)
{
	int balance = 0;
	int times = 0;

	for (size_t i = 0; i < machine->caller.count; i++) {
		const tsp_message *heard = machine->caller.inbox[i];
		bool added = false;

		if (heard->target.number != reply || !tsp_message_is(heard, "Heard") ||
			!tsp_text_is(tsp_get_text(heard, "type"), "ActorSystemConventionUpdate"))
			continue;
		assert_true(tsp_value_bool(
			tsp_value_get(tsp_get(heard, "value"), "remoteAdded"), &added));
		balance += added ? 1 : -1;
		times++;
	}
	if (ret_times != NULL)
		*ret_times = times;
	return balance;
}

static uint64_t watch(struct machine *machine, tsp_address *ret_watcher)
{
	tsp_address watcher = machine_create(machine, "Parent", NULL, TSP_HOST_OWN);
	uint64_t reply = machine_send(machine, watcher, "Watch", "{s:b}", "enable", 1);

	if (ret_watcher != NULL)
		*ret_watcher = watcher;
	network_run(&network);
	return reply;
}

/* F092, F093: several hear of each join and leave once; who comes later hears of those that are here. */
static void test_watchers_hear(void **state)
{
	tsp_address first_watcher;
	uint64_t first = watch(&leader, &first_watcher);
	uint64_t second = watch(&leader, NULL);
	uint64_t third_watcher;
	int times;

	(void)state;
	assert_int_equal(told(&leader, first, NULL), 1);
	add_third();
	third_watcher = watch(&leader, NULL);
	assert_int_equal(told(&leader, first, NULL), 2);
	assert_int_equal(told(&leader, second, NULL), 2);
	assert_int_equal(told(&leader, third_watcher, NULL), 2);
	(void)machine_send(&leader, first_watcher, "Leave", "{}");
	network_run(&network);
	(void)machine_request(&third, "SystemShutdown", "{}");
	network_pass_ms(&network, 15000);
	assert_int_equal(told(&leader, first, &times), 2);
	assert_int_equal(times, 2);
	assert_int_equal(told(&leader, second, &times), 1);
	assert_int_equal(times, 3);
	assert_int_equal(machine_counter(&leader, "dead_letters"), 0);
}

/* F094: the address of the update is one that can be asked. */
static void test_remote_admin_answers(void **state)
{
	uint64_t reply =
		machine_send(&member, (tsp_address){ LEADER, 0 }, "Thespian_StatusReq", "{}");
	tsp_message *status;

	(void)state;
	network_run(&network);
	status = machine_reply(&member, reply);
	assert_non_null(status);
	assert_true(tsp_message_is(status, "Thespian_SystemStatus"));
	assert_true(tsp_get_address(status, "adminAddress").system == LEADER);
	/* but it does nothing else that a caller of its own could ask */
	reply = machine_send(&member, (tsp_address){ LEADER, 0 }, "SystemShutdown", "{}");
	network_run(&network);
	assert_true(tsp_message_is(machine_reply(&member, reply), "RequestFailed"));
	assert_int_equal(attendees(&leader), 1);
}

/* F091, F104: check-ins go on for as long as anybody is there. */
static void test_stays_for_hours(void **state)
{
	uint64_t reply = watch(&leader, NULL);
	int times;

	(void)state;
	network_pass_ms(&network, 2 * 3600 * 1000);
	assert_int_equal(told(&leader, reply, &times), 1);
	assert_int_equal(times, 1);
	assert_true(network.pings > 3600);
}

/* F095, F096: invited again and again until it is there, and told of only then; let go by its address. */
static void test_invitations(void **state)
{
	tsp_address inviter = machine_create(&leader, "Parent", NULL, TSP_HOST_OWN);
	uint64_t reply = watch(&leader, NULL);
	static struct machine late;

	(void)state;
	(void)machine_send(&leader, inviter, "Invite", "{s:s}", "remote", "late:1900");
	(void)machine_send(&leader, inviter, "Invite", "{s:s}", "remote", "nobody:1900");
	network_pass_ms(&network, 10000);
	assert_int_equal(told(&leader, reply, NULL), 1);
	network_add(&network, &late, 0xf6, "late:1900", NULL, "");
	network_pass_ms(&network, 60000);
	assert_int_equal(told(&leader, reply, NULL), 2);
	assert_true(leader_of(&late) == LEADER);
	(void)machine_send(&leader, inviter, "Invite", "{s:s, s:b}", "remote", "late:1900", "drop", 1);
	network_pass_ms(&network, 60000);
	assert_int_equal(told(&leader, reply, NULL), 1);
	/* F098: it waits until somebody invites it anew */
	assert_true(leader_of(&late) == 0);
	assert_int_equal(attendees(&late), 0);
	(void)machine_send(&leader, inviter, "Invite", "{s:s}", "remote", "late:1900");
	network_pass_ms(&network, 10000);
	assert_int_equal(told(&leader, reply, NULL), 2);
}

/* F097: removed, then added. */
static void test_restart_is_told(void **state)
{
	uint64_t reply = watch(&leader, NULL);
	int times;

	(void)state;
	network_kill(&network, &member);
	network_add(&network, &member, MEMBER + 1, NULL, "leader:1900", "");
	network_pass_ms(&network, 1000);
	assert_int_equal(told(&leader, reply, &times), 1);
	assert_int_equal(times, 3);
}

/* F099: dials that come to nothing grow rarer, up to 45 s, and one that is there at once is dialled at once. */
static void test_dials_grow_rarer(void **state)
{
	size_t before;

	(void)state;
	network_kill(&network, &leader);
	network_pass_ms(&network, 600000);
	before = network.dialled;
	network_pass_ms(&network, 600000);
	assert_true(network.dialled - before <= 600 / 45 + 1);
	assert_true(network.dialled - before >= 600 / 60);
}

/* F176, W13: the second takes over within seconds, and gives way when the first is back. */
static void test_two_leaders(void **state)
{
	static struct machine second;
	static struct machine fourth;

	(void)state;
	network_add(&network, &second, 0xd4, "second:1900", "leader:1900,second:1900", "");
	network_add(&network, &fourth, 0xe5, NULL, "leader:1900,second:1900", "");
	network_run(&network);
	assert_true(leader_of(&fourth) == LEADER);
	network_kill(&network, &leader);
	network_pass_ms(&network, 11000);
	assert_true(leader_of(&fourth) == 0xd4);
	assert_non_null(
		ask(&fourth, machine_create(&second, "Echo", NULL, TSP_HOST_DEFAULT), "Ada"));
	network_add(&network, &leader, LEADER + 1, "leader:1900", NULL, "");
	network_pass_ms(&network, 60000);
	assert_true(leader_of(&fourth) == LEADER + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, trio_setup, trio_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_joins),
		TEST(test_seen_as),
		TEST(test_asks_across),
		TEST(test_order_across),
		TEST(test_nothing_is_doubled),
		TEST(test_large_across),
		TEST(test_slow_target),
		TEST(test_warnings_reach_the_leader),
		TEST(test_dead_across),
		TEST(test_dead_letter_across),
		TEST(test_silence_is_noticed),
		TEST(test_a_long_frame_is_no_silence),
		TEST(test_restart_is_noticed),
		TEST(test_copied_keys),
		TEST(test_counts_of_another_life),
		TEST(test_leaves),
		TEST(test_watchers_hear),
		TEST(test_remote_admin_answers),
		TEST(test_stays_for_hours),
		TEST(test_invitations),
		TEST(test_restart_is_told),
		TEST(test_dials_grow_rarer),
		TEST(test_two_leaders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
