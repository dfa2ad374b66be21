/* SPDX-License-Identifier: MIT */
/* Lines that are datagrams': what actors tell each other may be lost there and is bounded, all else is as ever. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/member.h"
#include "trio.h"

static int setup(void **state)
{
	if (trio_setup(state) != 0)
		return -1;
	network.loose = true;
	network_cut(&network, &member, false);
	network_pass_ms(&network, 2000);
	return 0;
}

static void test_asks(void **state)
{
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);

	(void)state;
	assert_int_equal(attendees(&leader), 1);
	assert_non_null(ask(&member, echo, "Ada"));
	network.loses = true;
	assert_null(ask(&member, echo, "Bo"));
	network.loses = false;
	assert_non_null(ask(&member, echo, "Cy"));
	assert_int_equal(machine_counter(&member, "to_systems"), 3); /* the lost one, too */
}

/* What was lost is not counted: the two agree about what has come, on this line and the next. */
static void test_losses_and_new_lines(void **state)
{
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);
	uint64_t reply;

	(void)state;
	for (int64_t i = 0; i < 100; i++) {
		network.loses = i % 3 == 0;
		(void)machine_send(&member, echo, "Count", "{s:I}", "n", i);
		network_run(&network);
		if (i % 20 == 10)
			network_cut(&network, &member, false);
		network_pass_ms(&network, 300);
	}
	network.loses = false;
	network_pass_ms(&network, 5000);
	reply = machine_send(&member, echo, "Report", "{}");
	network_pass_ms(&network, 1000);
	assert_non_null(machine_reply(&member, reply));
	assert_in_range(tsp_get_int(machine_reply(&member, reply), "count", 0), 50, 70);
	assert_int_equal(attendees(&leader), 1);
	assert_int_equal(machine_counter(&leader, "forged"), 0);
}

static void test_status_is_not_lost(void **state)
{
	uint64_t reply;

	(void)state;
	network.loses = true;
	reply = machine_send(&member, (tsp_address){ LEADER, 0 }, "Thespian_StatusReq", "{}");
	network_pass_ms(&network, 1000);
	assert_non_null(machine_reply(&member, reply));
}

static tsp_message *tell_letters(tsp_address target, size_t size)
{
	char *letters = malloc(size + 1);
	uint64_t reply;

	assert_non_null(letters);
	memset(letters, 'x', size);
	letters[size] = '\0';
	reply = machine_send(&member, target, "Letters", "{s:s}", "all", letters);
	network_pass_ms(&network, 1000);
	free(letters);
	return machine_reply(&member, reply);
}

static void test_bound(void **state)
{
	tsp_address echo = machine_create(&leader, "Echo", NULL, TSP_HOST_DEFAULT);
	tsp_message *reply = tell_letters(echo, 70000);

	(void)state;
	assert_non_null(reply);
	assert_true(tsp_text_is(tsp_message_type(reply), "PoisonMessage"));
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_ETOOBIG);
	assert_true(tsp_text_is(tsp_get_text(reply, "outcome"), "refused"));
	reply = tell_letters(echo, 60000);
	assert_true(reply == NULL || !tsp_text_is(tsp_message_type(reply), "PoisonMessage") ||
		tsp_get_int(reply, "code", 0) != TSP_ETOOBIG);
	assert_int_equal(attendees(&leader), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, trio_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_asks),
		TEST(test_losses_and_new_lines),
		TEST(test_status_is_not_lost),
		TEST(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
