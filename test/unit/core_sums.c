/* SPDX-License-Identifier: MIT */
/* Whatever happens, in whatever order, every message ends in exactly one way: seeded disorder (F061, W15, W17). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "machine.h"
#include "wire/address.h"

#define SEEDS  200
#define STEPS  300
#define ACTORS 24

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

struct state {
	tsp_address friend;
	int64_t kept;
};

static int on_echo(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_forward(self, sender, message);
}

static int on_ping(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Pong", "n");
}

static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_fail_text(self, TSP_EVALUE, "on purpose");
}

static int on_crash(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	machine_crash = true;
	return TSP_OK;
}

static int on_defer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)message;
	(void)sender;
	return state->kept++ % 3 != 2 ? TSP_DEFER : TSP_OK;
}

static int on_pass(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	for (int64_t i = tsp_get_int(message, "times", 1); i > 0; i--)
		(void)tsp_sendf(self, tsp_get_address(message, "to"), "Ping", "n");
	return TSP_OK;
}

static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_create_options options = { .host = (enum tsp_host)tsp_get_int(message, "host", 0) };

	return tsp_sendf(self, sender, "Made", "{s:a}", "child", tsp_create(self, "Any", &options));
}

static int on_take(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_take_names(self, (const char *const[]){ "one", "two" }, 2);
}

static int on_give(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_address to[] = { tsp_get_address(message, "to"), tsp_get_address(message, "too") };

	(void)sender;
	return tsp_give_names(self, (const char *const[]){ "one", "two" }, to, 2);
}

static int on_keep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_keep_names(self, (const char *const[]){ "one", "two" }, 2, 200);
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "Echo", on_echo },
	{ "Ping", on_ping },
	{ "Fail", on_fail },
	{ "Crash", on_crash },
	{ "Defer", on_defer },
	{ "Pass", on_pass },
	{ "Make", on_make },
	{ "Take", on_take },
	{ "Give", on_give },
	{ "Keep", on_keep },
	{ 0 },
};
static const tsp_class any = {
	.name = "Any",
	.state_size = sizeof(struct state),
	.handlers = handlers,
	.receive = on_other,
};
static const tsp_class *const classes[] = { &any, NULL };

static tsp_address actors[ACTORS];

static tsp_address somebody(struct machine *machine)
{
	if (draw(5) == 0)
		return machine_name(machine, draw(2) == 0 ? "one" : "two");
	return actors[draw(ACTORS)];
}

static void step(struct machine *machine)
{
	static const char *const plain[] = { "Echo", "Fail", "Defer", "Take", "Keep", "Echo",
		"Echo" };
	size_t at;

	switch (draw(12)) {
	case 0:
		at = draw(ACTORS);
		if (machine->host_count < MACHINE_HOSTS - 8)
			actors[at] = machine_create(machine, "Any", NULL,
				draw(2) == 0 ? TSP_HOST_OWN : TSP_HOST_SHARED);
		break;
	case 1:
		if (draw(3) == 0)
			(void)machine_send(machine, somebody(machine), "Crash", "{}");
		break;
	case 2:
		if (machine->host_count > 0)
			machine->hosts[draw(machine->host_count)]->stopped = draw(2) == 0;
		break;
	case 3:
		if (machine->host_count > 0 && draw(3) == 0) {
			struct machine_host *host = machine->hosts[draw(machine->host_count)];

			host->killed = true;
			host->status = 9;
		}
		break;
	case 4:
		(void)machine_send(machine, somebody(machine), "Give", "{s:a, s:a}", "to",
			somebody(machine), "too", somebody(machine));
		break;
	case 5:
		(void)machine_send(machine, somebody(machine), "Pass", "{s:a, s:i}", "to",
			somebody(machine), "times", (int)draw(200));
		break;
	case 6:
		if (machine->host_count < MACHINE_HOSTS - 8)
			(void)machine_send(
				machine, somebody(machine), "Make", "{s:i}", "host", (int)draw(3));
		break;
	case 7:
		(void)machine_send(machine, somebody(machine), "ActorExitRequest", "{}");
		break;
	case 8:
		machine->now += (clock_ns)draw(100) * CLOCK_MS;
		machine_run(machine);
		break;
	default:
		(void)machine_send(machine, somebody(machine), plain[draw(7)], "{}");
		break;
	}
}

static void run_seed(uint64_t number)
{
	const struct admin_config config = { .cores = 2 };
	struct machine *machine = calloc(1, sizeof(*machine));
	int64_t accepted;
	int64_t ended;

	assert_non_null(machine);
	seed = number * 0x9e3779b97f4a7c15u + 1;
	machine_open(machine, &config, classes);
	for (size_t i = 0; i < ACTORS; i++)
		actors[i] = machine_create(
			machine, "Any", NULL, i % 2 == 0 ? TSP_HOST_OWN : TSP_HOST_SHARED);
	for (int i = 0; i < STEPS; i++)
		step(machine);
	for (size_t i = 0; i < machine->host_count; i++)
		machine->hosts[i]->stopped = false;
	machine_run(machine);
	/* what is deferred is handled or returned at the latest when its actor goes */
	(void)machine_request(machine, "SystemShutdown", "{}");
	machine_pass_ms(machine, 6000);
	assert_true(machine->stopped);
	accepted = machine_counter(machine, "accepted");
	ended = machine_counter(machine, "finished") + machine_counter(machine, "poisoned") +
		machine_counter(machine, "returned") + machine_counter(machine, "outcome_unknown") +
		machine_counter(machine, "refused") + machine_counter(machine, "to_callers");
	if (accepted != ended)
		fail_msg("seed %d: %d messages accepted, %d ended", (int)number, (int)accepted,
			(int)ended);
	assert_int_equal(machine_counter(machine, "mailbox_bytes"), 0);
	assert_int_equal(machine_counter(machine, "forged"), 0);
	machine_close(machine);
	free(machine);
}

static void test_sums_agree(void **state)
{
	const char *seeds = getenv("TSP_SEEDS");
	uint64_t count = seeds != NULL ? strtoull(seeds, NULL, 10) : SEEDS;

	(void)state;
	for (uint64_t number = 1; number <= count; number++)
		run_seed(number);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sums_agree) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
