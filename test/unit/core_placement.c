/* SPDX-License-Identifier: MIT */
/* Actors that live on another system than their creator: found a place, ended, and missed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/parts.h"
#include "core/placement.h"
#include "trio.h"

/* What came of it. */
static tsp_message *create_class(
	struct machine *machine, const char *class_name, const char *requirements)
{
	uint64_t number = (machine->caller.lease << 24) | ++machine->caller.counter;
	tsp_builder *b = tsp_builder_new();
	tsp_value value;
	uint64_t reply;

	assert_int_equal(
		tsp_value_from_json(requirements, strlen(requirements), b, NULL), TSP_OK);
	assert_int_equal(tsp_builder_value(b, &value), 0);
	reply = machine_request(machine, "Create", "{s:u, s:s, s:s, s:e}", "number", number, "class",
		class_name, "module", "test", "requirements", value);
	tsp_builder_free(b);
	network_run(&network);
	return machine_reply(machine, reply);
}

/* An actor that only the member has a place for. */
static tsp_address create_where(struct machine *machine, const char *requirements)
{
	tsp_message *answer = create_class(machine, "Echo", requirements);

	if (answer != NULL && tsp_message_is(answer, "Created"))
		return tsp_get_address(answer, "address");
	return TSP_NOBODY;
}

static void test_creates_elsewhere(void **state)
{
	tsp_address echo;
	tsp_message *reply;

	(void)state;
	add_third();
	echo = create_where(&leader, "{\"camera\": true}");
	assert_true(echo.system == LEADER);
	assert_int_equal(third.host_count, 1);
	reply = ask(&leader, echo, "Ada");
	assert_non_null(reply);
	assert_true(tsp_text_is(tsp_get_text(reply, "hello"), "Ada"));
	assert_true(tsp_address_equal(tsp_message_sender(reply), echo));
	assert_non_null(ask(&third, echo, "there"));
	assert_non_null(ask(&member, echo, "over the leader"));
	assert_true(tsp_address_is_nobody(create_where(&leader, "{\"microphone\": true}")));
}

/* A member asks its leader, which knows another. */
static void test_creates_by_the_leader(void **state)
{
	tsp_address echo;
	tsp_message *reply;

	(void)state;
	add_third();
	echo = create_where(&member, "{\"camera\": true}");
	assert_true(echo.system == MEMBER);
	assert_int_equal(third.host_count, 1);
	assert_int_equal(leader.host_count, 0);
	reply = ask(&member, echo, "Ada");
	assert_non_null(reply);
	assert_true(tsp_address_equal(tsp_message_sender(reply), echo));
	assert_non_null(ask(&leader, echo, "Ada"));
	/* it asks to be ended, and its creator's system hears of it */
	(void)machine_request(&member, "Kill", "{s:a, s:i}", "address", echo, "grace_ms", 5000);
	network_run(&network);
	assert_int_equal(third.host_count, 0);
	reply = ask(&member, echo, "gone");
	assert_true(tsp_message_is(reply, "PoisonMessage"));
}

static void test_loses_what_lived_there(void **state)
{
	tsp_address echo;

	(void)state;
	add_third();
	echo = create_where(&leader, "{\"camera\": true}");
	network_kill(&network, &third);
	network_pass_ms(&network, 12000);
	assert_true(tsp_message_is(ask(&leader, echo, "gone"), "PoisonMessage"));
	assert_int_equal(tsp_value_count(network_status(&leader, "childActors")), 0);
}

/* The leader tells whoever it found a place for. */
static void test_hears_of_the_loss_by_the_leader(void **state)
{
	tsp_address echo;

	(void)state;
	add_third();
	echo = create_where(&member, "{\"camera\": true}");
	network_kill(&network, &third);
	network_pass_ms(&network, 12000);
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(tsp_value_count(network_status(&member, "childActors")), 0);
	assert_true(tsp_message_is(ask(&member, echo, "gone"), "PoisonMessage"));
}

static void test_ends_by_the_leader(void **state)
{
	(void)state;
	add_third();
	assert_false(tsp_address_is_nobody(create_where(&member, "{\"camera\": true}")));
	network_kill(&network, &member);
	network_pass_ms(&network, 12000);
	assert_int_equal(third.host_count, 0);
}

static void test_guests_end_with_their_system(void **state)
{
	(void)state;
	add_third();
	assert_false(tsp_address_is_nobody(create_where(&member, "{\"camera\": true}")));
	assert_false(tsp_address_is_nobody(create_where(&leader, "{\"camera\": true}")));
	assert_int_equal(third.host_count, 2);
	(void)machine_request(&leader, "SystemShutdown", "{}");
	network_pass_ms(&network, 12000);
	assert_int_equal(third.host_count, 0);
}

static bool says(tsp_message *answer, const char *text)
{
	tsp_text detail = tsp_get_text(answer, "detail");

	return memmem(detail.data, detail.size, text, strlen(text)) != NULL;
}

/* F081, F100: a class's own check, which only its code knows, refuses here and is asked elsewhere. */
static void test_check_refuses(void **state)
{
	tsp_message *answer;

	(void)state;
	answer = create_class(&leader, "Picky", "{}");
	assert_true(tsp_message_is(answer, "CreateFailed"));
	assert_int_equal(tsp_get_int(answer, "code", 0), TSP_ECAPABILITY);
	assert_true(says(answer, "a1: this system does not fit: the check of class 'Picky' says no"));
	assert_true(says(answer, "b2: this system does not fit: the check of class 'Picky' says no"));
	network_add(&network, &third, THIRD, NULL, "leader:1900", "\"camera\": true, \"lens\": 50");
	network_run(&network);
	answer = create_class(&leader, "Picky", "{}");
	assert_true(tsp_message_is(answer, "Created"));
	assert_non_null(machine_host_of(&third, "Picky"));
	assert_int_equal(leader.host_count + member.host_count, 0);
	assert_non_null(ask(&leader, tsp_get_address(answer, "address"), "Ada"));
	assert_true(tsp_message_is(create_class(&member, "Picky", "{}"), "Created"));
	assert_int_equal(third.host_count, 2);
}

/* What is required is for the check alone to read: no system has a lens of 35, and one of 50 will do. */
static void test_check_reads_requirements(void **state)
{
	tsp_message *answer;

	(void)state;
	network_add(&network, &third, THIRD, NULL, "leader:1900", "\"camera\": true, \"lens\": 50");
	network_run(&network);
	assert_true(tsp_message_is(create_class(&leader, "Picky", "{\"lens\": 35}"), "Created"));
	assert_int_equal(third.host_count, 1);
	assert_true(tsp_message_is(create_class(&member, "Picky", "{\"lens\": 35}"), "Created"));
	assert_int_equal(third.host_count, 2);
	answer = create_class(&leader, "Picky", "{\"lens\": 85}");
	assert_true(tsp_message_is(answer, "CreateFailed"));
	assert_true(says(answer, "c3: this system does not fit: the check of class 'Picky' says no"));
}

/* What cannot run anywhere says where it was refused and why. */
static void test_says_what_is_missing(void **state)
{
	uint64_t number = (member.caller.lease << 24) | ++member.caller.counter;
	uint64_t reply;
	tsp_text detail;

	(void)state;
	reply = machine_request(&member, "Create", "{s:u, s:s, s:s}", "number", number, "class", "Ekko",
		"module", "test");
	network_run(&network);
	assert_true(tsp_message_is(machine_reply(&member, reply), "CreateFailed"));
	detail = tsp_get_text(machine_reply(&member, reply), "detail");
	assert_non_null(memmem(detail.data, detail.size, "b2: no class 'Ekko'", 19));
	assert_non_null(memmem(detail.data, detail.size, "a1: no class 'Ekko'", 19));
}

/* F101: two that both have no place are asked once each. */
static void test_each_is_asked_once(void **state)
{
	uint64_t number = (leader.caller.lease << 24) | ++leader.caller.counter;
	uint64_t reply;
	tsp_text detail;

	(void)state;
	add_third();
	reply = machine_request(&leader, "Create", "{s:u, s:s, s:s}", "number", number, "class",
		"Ekko", "module", "test");
	network_run(&network);
	assert_true(tsp_message_is(machine_reply(&leader, reply), "CreateFailed"));
	detail = tsp_get_text(machine_reply(&leader, reply), "detail");
	assert_non_null(memmem(detail.data, detail.size, "a1: no class", 12));
	assert_non_null(memmem(detail.data, detail.size, "b2: no class", 12));
	assert_non_null(memmem(detail.data, detail.size, "c3: no class", 12));
}

/* A convention may have more systems than are remembered to have refused; none is asked again. */
static void test_gives_up(void **state)
{
	tsp_address child = { LEADER, (leader.caller.lease << 24) + leader.caller.counter + 1 };
	tsp_builder *b = tsp_builder_new();
	struct actor *actor;
	tsp_value systems;

	(void)state;
	add_third();
	network_cut(&network, &member, true);
	assert_null(create_class(&leader, "Ekko", "{}")); /* the member is asked, and silent */
	actor = actor_find(leader.admin, child);
	assert_non_null(actor);
	tsp_begin_list(b);
	for (uint64_t i = 1; i <= 64; i++)
		tsp_put_uint(b, i);
	tsp_end(b);
	assert_int_equal(tsp_builder_value(b, &systems), 0);
	free(actor->abroad->tried);
	placement_read_tried(actor, systems);
	tsp_builder_free(b);
	network_pass_ms(&network, 12000);
	assert_int_equal(leader.caller.count, 1);
	assert_true(tsp_message_is(leader.caller.inbox[0], "CreateFailed"));
}

/* W12: the parent of what lived there is told. */
static void test_parent_hears(void **state)
{
	tsp_address parent = machine_create(&leader, "Parent", NULL, TSP_HOST_DEFAULT);
	uint64_t reply;
	bool heard = false;

	(void)state;
	add_third();
	reply = machine_send(&leader, parent, "MakeThere", "{s:s}", "requires", "camera");
	network_run(&network);
	assert_int_equal(third.host_count, 1);
	network_kill(&network, &third);
	network_pass_ms(&network, 12000);
	for (size_t i = 0; i < leader.caller.count; i++) {
		const tsp_message *message = leader.caller.inbox[i];

		if (message->target.number == reply && tsp_message_is(message, "Heard") &&
			tsp_text_is(tsp_get_text(message, "type"), "ChildActorExited"))
			heard = true;
	}
	assert_true(heard);
}

/* A member's actor by the leader at the third, which the member then links with, too: the way stays. */
static tsp_address create_two_ways(void)
{
	tsp_address inviter = machine_create(&member, "Parent", NULL, TSP_HOST_OWN);
	tsp_address echo;

	network_add(&network, &third, THIRD, "third:1900", "leader:1900", "\"camera\": true");
	network_run(&network);
	echo = create_where(&member, "{\"camera\": true}");
	assert_true(echo.system == MEMBER);
	(void)machine_send(&member, inviter, "Invite", "{s:s}", "remote", "third:1900");
	network_pass_ms(&network, 1000);
	assert_int_equal(attendees(&member), 2);
	return echo;
}

static void test_speaks_by_the_way_it_came(void **state)
{
	tsp_address echo = create_two_ways();

	(void)state;
	assert_non_null(ask(&member, echo, "Ada"));
	assert_int_equal(machine_counter(&member, "forged"), 0);
	assert_int_equal(machine_counter(&leader, "forged"), 0);
}

static void test_ends_by_the_way_it_came(void **state)
{
	tsp_address echo = create_two_ways();

	(void)state;
	(void)machine_request(&member, "Kill", "{s:a, s:i}", "address", echo, "grace_ms", 5000);
	network_run(&network);
	assert_int_equal(third.host_count, 0);
	assert_int_equal(tsp_value_count(network_status(&member, "childActors")), 1); /* who invited */
}

/* Whose creator's system has gone has words on the way when it is told to end. */
static void test_last_words_are_no_forgery(void **state)
{
	tsp_address echo;
	uint64_t reply;

	(void)state;
	add_third();
	echo = create_where(&member, "{\"camera\": true}");
	third.hosts[0]->stopped = true;
	reply = machine_send(&leader, echo, "Echo", "{}");
	network_kill(&network, &member);
	network_pass_ms(&network, 12000);
	third.hosts[0]->stopped = false;
	network_run(&network);
	assert_non_null(machine_reply(&leader, reply));
	assert_int_equal(machine_counter(&leader, "forged"), 0);
	assert_int_equal(third.host_count, 0);
}

/* It was given up where it was born, and says something before it hears so. */
static void test_last_words_to_its_own(void **state)
{
	tsp_address echo;
	int64_t before;

	(void)state;
	add_third();
	echo = create_where(&member, "{\"camera\": true}");
	third.hosts[0]->stopped = true;
	(void)machine_send(&member, echo, "Echo", "{}");
	network_run(&network);
	network_cut(&network, &member, true);
	network_pass_ms(&network, 20000);
	assert_int_equal(attendees(&member), 1);
	before = machine_counter(&third, "dead_letters");
	third.hosts[0]->stopped = false;
	network_run(&network);
	assert_int_equal(machine_counter(&member, "forged"), 0);
	/* nobody is left there who could say for whom it speaks */
	assert_int_equal(machine_counter(&third, "dead_letters"), before + 1);
}

/* W27, W28: of those that fit, it is the one with the fewest actors. */
static void test_spreads(void **state)
{
	static struct machine fourth;

	(void)state;
	add_third();
	network_add(&network, &fourth, 0xd4, NULL, "leader:1900", "\"camera\": true");
	network_run(&network);
	for (int i = 0; i < 6; i++)
		assert_false(tsp_address_is_nobody(create_where(&leader, "{\"camera\": true}")));
	assert_int_equal(third.host_count, 3);
	assert_int_equal(fourth.host_count, 3);
}

/* W30: what a leader becomes able to do is known to its members at once. */
static void test_learns_at_once(void **state)
{
	(void)state;
	assert_true(tsp_address_is_nobody(create_where(&member, "{\"printer\": true}")));
	(void)machine_request(&leader, "UpdateCapability", "{s:s, s:b}", "name", "printer", "value", 1);
	network_run(&network);
	assert_false(tsp_address_is_nobody(create_where(&member, "{\"printer\": true}")));
	assert_int_equal(leader.host_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, trio_setup, trio_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_creates_elsewhere),
		TEST(test_creates_by_the_leader),
		TEST(test_loses_what_lived_there),
		TEST(test_hears_of_the_loss_by_the_leader),
		TEST(test_ends_by_the_leader),
		TEST(test_guests_end_with_their_system),
		TEST(test_check_refuses),
		TEST(test_check_reads_requirements),
		TEST(test_says_what_is_missing),
		TEST(test_each_is_asked_once),
		TEST(test_gives_up),
		TEST(test_parent_hears),
		TEST(test_speaks_by_the_way_it_came),
		TEST(test_ends_by_the_way_it_came),
		TEST(test_last_words_are_no_forgery),
		TEST(test_last_words_to_its_own),
		TEST(test_spreads),
		TEST(test_learns_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
