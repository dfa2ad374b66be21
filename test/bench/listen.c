/* SPDX-License-Identifier: MIT */
/*
 * What the admin and a host do for N messages, for a counter of instructions: nobody listens in, or one
 * did before, or one does, to all, to the actor, with all bounds as a trace has them, or to a class of none
 * of these. The rate is as a trace has it, and invented time passes as at 100,000 messages a second.
 *
 *	listen off|ended|all|actor|default|class N
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/admin.h"
#include "machine.h"
#include "machine_actors.h"
#include "wire/address.h"

#define BATCH	   100
#define MESSAGE_NS 10000

static struct machine machine;

static void listen_in(const char *whom, tsp_address actor)
{
	uint64_t base = machine.caller.lease << ADDRESS_LEASE_SHIFT | 1;

	if (strcmp(whom, "all") == 0)
		(void)machine_request(
			&machine, "Trace", "{s:u, s:i}", "events", base, "limit", 1000000);
	else if (strcmp(whom, "actor") == 0)
		(void)machine_request(&machine, "Trace", "{s:u, s:a, s:i}", "events", base, "actor",
			actor, "limit", 1000000);
	else if (strcmp(whom, "default") == 0 || strcmp(whom, "ended") == 0)
		(void)machine_request(
			&machine, "Trace", "{s:u, s:a}", "events", base, "actor", actor);
	else if (strcmp(whom, "class") == 0)
		(void)machine_request(
			&machine, "Trace", "{s:u, s:s}", "events", base, "class", "None");
	if (strcmp(whom, "ended") == 0)
		(void)machine_request(&machine, "TraceEnd", "{}");
}

int main(int argc, char **argv)
{
	const struct admin_config config = { .cores = 1 };
	tsp_address sink;
	int left = argc == 3 ? atoi(argv[2]) : 0;

	if (left <= 0) {
		fputs("usage: listen off|ended|all|actor|default|class N\n", stderr);
		return 2;
	}
	machine_open(&machine, &config, machine_classes);
	sink = machine_create(&machine, "Echo", NULL, TSP_HOST_OWN);
	listen_in(argv[1], sink);
	for (; left > 0; left -= BATCH) {
		for (int i = 0; i < BATCH; i++)
			(void)machine_send(&machine, sink, "Count", "{s:i}", "n", i);
		machine.now += (clock_ns)BATCH * MESSAGE_NS;
		machine_run(&machine);
	}
	printf("%zu\n", machine.caller.count);
	machine_close(&machine);
	return 0;
}
