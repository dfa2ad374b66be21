/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "trio.h"

#include <string.h>

struct network network;
struct machine leader;
struct machine member;
struct machine third;

int trio_setup(void **state)
{
	(void)state;
	memset(&network, 0, sizeof(network));
	network_add(&network, &leader, LEADER, "leader:1900", NULL, "");
	network_add(&network, &member, MEMBER, NULL, "leader:1900", "");
	network_run(&network);
	return 0;
}

int trio_teardown(void **state)
{
	(void)state;
	network_close(&network);
	return 0;
}

size_t attendees(struct machine *machine)
{
	return tsp_value_count(network_status(machine, "conventionAttendees"));
}

uint64_t leader_of(struct machine *machine)
{
	tsp_address address = TSP_NOBODY;

	(void)tsp_value_address(network_status(machine, "conventionLeader"), &address);
	return address.system;
}

tsp_message *ask(struct machine *machine, tsp_address to, const char *text)
{
	uint64_t reply = machine_send(machine, to, "Echo", "{s:s}", "hello", text);

	network_run(&network);
	return machine_reply(machine, reply);
}

void add_third(void)
{
	network_add(&network, &third, THIRD, NULL, "leader:1900", "\"camera\": true");
	network_run(&network);
}
