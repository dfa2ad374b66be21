/* SPDX-License-Identifier: MIT */
/* What a host leaves when it dies, judged by its page. The simulator (test/sim) found each of these. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "machine.h"

struct state {
	bool released;
	int64_t count;
	int64_t noted;
	bool disorder;
};

static int on_hold(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)sender;
	if (!state->released || machine_crash)
		return TSP_DEFER;
	machine_crash = tsp_get_bool(message, "crash", false);
	return TSP_OK;
}

static int on_release(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)message;
	(void)sender;
	state->released = true;
	return TSP_OK;
}

static int on_count(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)sender;
	state->disorder = state->disorder || tsp_get_int(message, "n", -1) != state->count;
	state->count++;
	return TSP_OK;
}

static int on_handled(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)message;
	(void)sender;
	state->noted++;
	return TSP_OK;
}

static int on_report(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, "Report", "{s:I, s:b, s:I}", "count", state->count,
		"disorder", (int)state->disorder, "noted", state->noted);
}

static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const tsp_create_options options = { .host = TSP_HOST_SHARED };

	(void)message;
	(void)sender;
	(void)tsp_create(self, "Last", &options);
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "Hold", on_hold },
	{ "Release", on_release },
	{ "Count", on_count },
	{ "Handled", on_handled },
	{ "Report", on_report },
	{ "Make", on_make },
	{ 0 },
};

static int quit(tsp_actor *self, tsp_value argument)
{
	(void)self;
	(void)argument;
	machine_crash = true;
	machine_crash_status = 0;
	return TSP_OK;
}

/* Says a last word to its parent. */
static int on_end(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_send_noted(self, 7, tsp_my_parent(self), "Count", (tsp_value){ NULL, 0 });
}

static const tsp_handler last_handlers[] = { { "ActorExitRequest", on_end }, { 0 } };

static const tsp_class keeper = {
	.name = "Keeper",
	.state_size = sizeof(struct state),
	.handlers = handlers,
};
static const tsp_class quitter = { .name = "Quitter", .init = quit };
static const tsp_class last = { .name = "Last", .handlers = last_handlers };
static const tsp_class *const classes[] = { &keeper, &quitter, &last, NULL };

static int open_with(void **state, const struct admin_config *config)
{
	static struct machine machine;

	machine_open(&machine, config, classes);
	*state = &machine;
	return 0;
}

static int setup(void **state)
{
	const struct admin_config config = { .cores = 1 };

	return open_with(state, &config);
}

static int setup_director(void **state)
{
	const struct admin_config config = { .cores = 1,
		.director = "test:Keeper",
		.capabilities = "{\"Actor Host\": \"shared\"}" };

	return open_with(state, &config);
}

static int teardown(void **state)
{
	machine_close(*state);
	return 0;
}

static bool begins(const tsp_message *message, const char *text)
{
	tsp_text details = tsp_get_text(message, "details");

	return details.size >= strlen(text) && memcmp(details.data, text, strlen(text)) == 0;
}

static void assert_outcome(
	struct machine *machine, uint64_t reply, const char *outcome, const char *details)
{
	const tsp_message *message = machine_reply(machine, reply);

	assert_non_null(message);
	assert_true(tsp_message_is(message, "PoisonMessage"));
	assert_true(tsp_text_is(tsp_get_text(message, "outcome"), outcome));
	assert_true(begins(message, details));
}

static void test_begun_order(void **state)
{
	struct machine *machine = *state;

	assert_true(
		tsp_address_is_nobody(machine_create(machine, "Quitter", NULL, TSP_HOST_DEFAULT)));
	assert_int_equal(machine->started, 1);
}

static void test_order_of_the_placed_again(void **state)
{
	struct machine *machine = *state;
	uint64_t number;
	uint64_t reply;

	(void)machine_create(machine, "Keeper", NULL, TSP_HOST_SHARED);
	machine->hosts[0]->stopped = true;
	number = machine->caller.lease << 24 | ++machine->caller.counter;
	(void)machine_request(machine, "Create", "{s:u, s:s, s:s, s:s, s:i}", "number", number,
		"class", "Keeper", "module", "test", "name", "red", "host", (int)TSP_HOST_SHARED);
	for (int i = 0; i < 100; i++)
		(void)machine_send(
			machine, (tsp_address){ 0x5157, number }, "Count", "{s:i}", "n", i);
	machine->hosts[0]->killed = true;
	machine->hosts[0]->status = 0;
	machine_run(machine);
	reply = machine_send(machine, (tsp_address){ 0x5157, number }, "Report", "{}");
	machine_run(machine);
	assert_non_null(machine_reply(machine, reply));
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "count", 0), 100);
	assert_false(tsp_get_bool(machine_reply(machine, reply), "disorder", true));
}

static void test_deferred_in_work(void **state)
{
	struct machine *machine = *state;
	tsp_address to = machine_create(machine, "Keeper", NULL, TSP_HOST_OWN);
	uint64_t in_work = machine_send(machine, to, "Hold", "{s:b}", "crash", 1);
	uint64_t waits = machine_send(machine, to, "Hold", "{}");

	machine_run(machine);
	machine_crash_number = 2; /* behind its creation */
	(void)machine_send(machine, to, "Release", "{}");
	machine_run(machine);
	assert_outcome(machine, in_work, "crashed", "killed by signal 11");
	assert_outcome(machine, waits, "returned", "not delivered");
}

static void test_deferred_ended_unsaid(void **state)
{
	struct machine *machine = *state;
	tsp_address to = machine_create(machine, "Keeper", NULL, TSP_HOST_OWN);
	uint64_t ended = machine_send(machine, to, "Hold", "{}");
	uint64_t in_work = machine_send(machine, to, "Hold", "{s:b}", "crash", 1);
	uint64_t waits = machine_send(machine, to, "Hold", "{}");

	machine_run(machine);
	machine_crash_number = 3;
	(void)machine_send(machine, to, "Release", "{}");
	machine_run(machine);
	assert_outcome(machine, ended, "returned", "outcome unknown");
	assert_outcome(machine, in_work, "crashed", "killed by signal 11");
	assert_outcome(machine, waits, "returned", "outcome unknown");
	assert_int_equal(machine_counter(machine, "outcome_unknown"), 3); /* Release, too */
}

static void test_note_of_the_dead(void **state)
{
	struct machine *machine = *state;
	tsp_address director = machine_name(machine, "Director");
	uint64_t reply;

	(void)machine_send(machine, director, "Make", "{}");
	machine_run(machine);
	(void)machine_send(machine, director, "ActorExitRequest", "{}");
	machine_pass_ms(machine, 2000);
	reply = machine_send(machine, director, "Report", "{}");
	machine_run(machine);
	assert_non_null(machine_reply(machine, reply));
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "noted", -1), 0);
}

static void test_kept_at_the_end(void **state)
{
	struct machine *machine = *state;
	tsp_address director = machine_name(machine, "Director");
	uint64_t waits;

	(void)machine_send(machine, director, "ActorExitRequest", "{}");
	machine_run(machine);
	waits = machine_send(machine, director, "Report", "{}");
	machine_run(machine);
	assert_null(machine_reply(machine, waits));
	(void)machine_request(machine, "SystemShutdown", "{}");
	assert_true(machine->stopped);
	assert_outcome(machine, waits, "returned", "not delivered: the system has ended");
	assert_int_equal(machine_counter(machine, "mailbox_bytes"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_begun_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_of_the_placed_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deferred_in_work, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deferred_ended_unsaid, setup, teardown),
		cmocka_unit_test_setup_teardown(test_note_of_the_dead, setup_director, teardown),
		cmocka_unit_test_setup_teardown(test_kept_at_the_end, setup_director, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
