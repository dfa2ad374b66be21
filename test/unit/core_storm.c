/* SPDX-License-Identifier: MIT */
/*
 * Many systems and one seed: wires are cut or fall silent, systems lose power and come back, while messages go every
 * way. Whatever happened, when it is over all have found each other again, and each message was handled once, or
 * its sender was told that it was not, or that nobody knows.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "network.h"

#define SYSTEMS 4
#define STEPS	120
#define SEEDS	40

struct way {
	tsp_address echo;
	int64_t sent;
	uint64_t replies[STEPS * 8];
};

static struct network network;
static struct machine machines[SYSTEMS];
static struct way ways[SYSTEMS]; /* from machine i to an actor on the next one */
static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % sides;
}

static void begin(uint64_t number)
{
	seed = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
	memset(&network, 0, sizeof(network));
	memset(ways, 0, sizeof(ways));
	network_add(&network, &machines[0], 0xa0, "leader:1900", NULL, "");
	for (size_t i = 1; i < SYSTEMS; i++)
		network_add(&network, &machines[i], 0xa0 + i, NULL, "leader:1900", "");
	network_run(&network);
	for (size_t i = 0; i < SYSTEMS; i++)
		ways[i].echo = machine_create(
			&machines[(i + 1) % SYSTEMS], "Echo", NULL, TSP_HOST_SHARED);
}

static void send_some(size_t from)
{
	struct way *way = &ways[from];

	for (unsigned count = roll(8); count > 0; count--) {
		way->replies[way->sent] =
			machine_send(&machines[from], way->echo, "Count", "{s:I}", "n", way->sent);
		way->sent++;
	}
}

static void step(void)
{
	struct machine *machine = &machines[roll(SYSTEMS)];

	for (size_t i = 0; i < SYSTEMS; i++)
		send_some(i);
	switch (roll(10)) {
	case 0:
	case 1:
		network_cut(&network, machine, false);
		break;
	case 2:
		network_cut(&network, machine, true);
		break;
	case 3:
		network.unreachable = !network.unreachable;
		break;
	case 4:
		network_pass_ms(&network, 100 * (1 + roll(150)));
		break;
	default:
		network_run(&network);
		break;
	}
	network_pass_ms(&network, 50 * roll(4));
}

static int64_t poisons(const struct machine *machine, const struct way *way)
{
	int64_t count = 0;

	for (size_t i = 0; i < machine->caller.count; i++) {
		const tsp_message *reply = machine->caller.inbox[i];

		if (!tsp_message_is(reply, "PoisonMessage"))
			continue;
		for (int64_t n = 0; n < way->sent; n++)
			if (way->replies[n] == reply->target.number) {
				count++;
				break;
			}
	}
	return count;
}

/* What a leader could not deliver, and could not give back either, is a dead letter of its own. */
static void judge(uint64_t number)
{
	int64_t all_sent = 0;
	int64_t ended = machine_counter(&machines[0], "returned") +
		machine_counter(&machines[0], "outcome_unknown");

	for (size_t i = 0; i < SYSTEMS; i++) {
		struct way *way = &ways[i];
		uint64_t report = machine_send(&machines[i], way->echo, "Report", "{}");
		int64_t handled;

		network_pass_ms(&network, 1000);
		assert_non_null(machine_reply(&machines[i], report));
		handled = tsp_get_int(machine_reply(&machines[i], report), "count", -1);
		if (handled > way->sent)
			fail_msg("seed %d: system %d sent %d, handled were %d", (int)number, (int)i,
				(int)way->sent, (int)handled);
		all_sent += way->sent;
		ended += handled + poisons(&machines[i], way);
		assert_int_equal(machine_counter(&machines[i], "mailbox_bytes"), 0);
	}
	if (ended < all_sent)
		fail_msg("seed %d: %d sent, %d have ended", (int)number, (int)all_sent, (int)ended);
}

static void test_storms(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= SEEDS; number++) {
		begin(number);
		for (int i = 0; i < STEPS; i++)
			step();
		network.unreachable = false;
		network_pass_ms(&network, 90000);
		for (size_t i = 0; i < SYSTEMS; i++) {
			size_t others = i == 0 ? SYSTEMS - 1 : 1;
			size_t found = tsp_value_count(
				network_status(&machines[i], "conventionAttendees"));

			if (found != others)
				fail_msg("seed %d: system %d sees %d others", (int)number, (int)i,
					(int)found);
		}
		judge(number);
		network_close(&network);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_storms) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
