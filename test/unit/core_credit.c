/* SPDX-License-Identifier: MIT */
/* Credit and pauses come back to whoever waits for them. The simulator (test/sim) found each of these. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "machine.h"

struct state {
	int64_t count;
};

static int on_hold(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_DEFER;
}

static int on_count(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)message;
	(void)sender;
	state->count++;
	return TSP_OK;
}

static int on_report(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, "Report", "{s:I}", "count", state->count);
}

static int on_leave(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_exit(self);
}

static int on_pass(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	return tsp_sendf(self, tsp_get_address(message, "to"), "Count", "{}");
}

static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const tsp_create_options options = { .host = TSP_HOST_OWN };

	(void)message;
	(void)sender;
	(void)tsp_create(self, "Child", &options);
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "Hold", on_hold },
	{ "Count", on_count },
	{ "Report", on_report },
	{ "Leave", on_leave },
	{ "Pass", on_pass },
	{ "Make", on_make },
	{ 0 },
};
static const tsp_class any = {
	.name = "Any", .state_size = sizeof(struct state), .handlers = handlers
};
static const tsp_class child = {
	.name = "Child", .state_size = sizeof(struct state), .handlers = handlers
};
static const tsp_class *const classes[] = { &any, &child, NULL };

static int setup(void **state)
{
	static struct machine machine;
	const struct admin_config config = { .cores = 1 };

	machine_open(&machine, &config, classes);
	*state = &machine;
	return 0;
}

static int teardown(void **state)
{
	machine_close(*state);
	return 0;
}

static int64_t count_of(struct machine *machine, tsp_address to)
{
	uint64_t reply = machine_send(machine, to, "Report", "{}");

	machine_run(machine);
	return machine_reply(machine, reply) != NULL ?
		tsp_get_int(machine_reply(machine, reply), "count", -1) :
		-1;
}

/* More than a window of messages comes while it waits for its child. */
static void test_exit_behind_a_flood(void **state)
{
	struct machine *machine = *state;
	tsp_address parent = machine_create(machine, "Any", NULL, TSP_HOST_OWN);
	uint64_t late = 0;

	(void)machine_send(machine, parent, "Make", "{}");
	machine_run(machine);
	machine_host_of(machine, "Child")->stopped = true;
	(void)machine_send(machine, parent, "ActorExitRequest", "{}");
	machine_run(machine);
	for (int i = 0; i < 600; i++)
		late = machine_send(machine, parent, "Count", "{}");
	machine_run(machine);
	assert_int_equal(machine->host_count, 2);
	machine_host_of(machine, "Child")->stopped = false;
	machine_run(machine);
	assert_int_equal(machine->host_count, 0);
	assert_non_null(machine_reply(machine, late));
	assert_true(tsp_message_is(machine_reply(machine, late), "PoisonMessage"));
}

/* What one leaves undone held the credit that another waits for. */
static void test_exit_gives_credit_back(void **state)
{
	struct machine *machine = *state;
	tsp_address leaver = machine_create(machine, "Any", NULL, TSP_HOST_SHARED);
	tsp_address stays = machine_create(machine, "Child", NULL, TSP_HOST_SHARED);
	uint8_t *pad = calloc(1, 250000);
	uint64_t reply;

	assert_non_null(pad);
	assert_int_equal(machine->host_count, 1);
	machine->hosts[0]->stopped = true;
	(void)machine_send(machine, leaver, "Leave", "{}");
	(void)machine_send(machine, leaver, "Count", "{s:B}", "pad", pad, (size_t)250000);
	reply = machine_send(machine, stays, "Report", "{s:B}", "pad", pad, (size_t)20000);
	machine_run(machine);
	machine->hosts[0]->stopped = false;
	machine_run(machine);
	assert_non_null(machine_reply(machine, reply));
	free(pad);
}

static void test_deferring_gives_credit_back(void **state)
{
	struct machine *machine = *state;
	tsp_address keeper = machine_create(machine, "Any", NULL, TSP_HOST_SHARED);

	for (int i = 0; i < 200; i++)
		(void)machine_send(machine, keeper, "Hold", "{}");
	(void)machine_send(machine, keeper, "Count", "{}");
	machine_run(machine);
	assert_int_equal(count_of(machine, keeper), 1);
}

static void test_wider_bounds_resume(void **state)
{
	struct machine *machine = *state;
	tsp_address keeper = machine_create(machine, "Any", NULL, TSP_HOST_OWN);
	tsp_address sender = machine_create(machine, "Any", NULL, TSP_HOST_OWN);

	(void)machine_request(
		machine, "UpdateCapability", "{s:s, s:i}", "name", "Mailbox Messages", "value", 2);
	for (int i = 0; i < 2; i++)
		(void)machine_send(machine, keeper, "Hold", "{}");
	machine_run(machine);
	for (int i = 0; i < 3; i++) {
		(void)machine_send(machine, sender, "Pass", "{s:a}", "to", keeper);
		machine_run(machine);
	}
	assert_int_equal(count_of(machine, keeper), 1); /* the others are paused */
	(void)machine_request(machine, "UpdateCapability", "{s:s, s:i}", "name", "Mailbox Messages",
		"value", 100);
	machine_run(machine);
	assert_int_equal(count_of(machine, keeper), 3);
}

/* Where memory is short all are asked to pause, also for mailboxes that nothing is taken out of. */
static void test_memory_resumes(void **state)
{
	struct machine *machine = *state;
	tsp_address keeper = machine_create(machine, "Any", NULL, TSP_HOST_OWN);
	tsp_address hoard = machine_create(machine, "Child", NULL, TSP_HOST_OWN);
	tsp_address sender = machine_create(machine, "Any", NULL, TSP_HOST_OWN);
	uint8_t *pad = calloc(1, 97000);

	assert_non_null(pad);
	(void)machine_request(
		machine, "UpdateCapability", "{s:s, s:i}", "name", "Mailbox Messages", "value", 8);
	(void)machine_request(
		machine, "UpdateCapability", "{s:s, s:i}", "name", "Memory Limit", "value", 100000);
	(void)machine_send(machine, keeper, "Hold", "{}");
	(void)machine_send(machine, hoard, "Hold", "{s:B}", "pad", pad, (size_t)97000);
	machine_run(machine);
	for (int i = 0; i < 5; i++) {
		(void)machine_send(machine, sender, "Pass", "{s:a}", "to", keeper);
		machine_run(machine);
	}
	assert_in_range(count_of(machine, keeper), 0, 4);
	(void)machine_send(machine, hoard, "ActorExitRequest", "{}");
	machine_run(machine);
	assert_int_equal(count_of(machine, keeper), 5);
	free(pad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_exit_behind_a_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exit_gives_credit_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deferring_gives_credit_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wider_bounds_resume, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_resumes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
