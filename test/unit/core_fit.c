/* SPDX-License-Identifier: MIT */
/* Capabilities and requirements: what fits, in the admin and in the stages. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/fit.h"
#include "core_stage_rig.h"
#include "machine.h"

static tsp_builder *builders[2];

static tsp_value value_of(int which, const char *format, ...)
{
	tsp_value value = { NULL, 0 };
	va_list args;

	if (builders[which] == NULL)
		builders[which] = tsp_builder_new();
	tsp_builder_reset(builders[which]);
	va_start(args, format);
	tsp_put_vformat(builders[which], format, args);
	va_end(args);
	assert_int_equal(tsp_builder_value(builders[which], &value), TSP_OK);
	return value;
}

static int forget(void **state)
{
	(void)state;
	tsp_builder_free(builders[0]);
	tsp_builder_free(builders[1]);
	return 0;
}

/* F081, F169 */
static void test_requirements(void **state)
{
	tsp_value have = value_of(0, "{s:i, s:s, s:i}", "five", 5, "colour", "red", "none", 0);
	tsp_text missing = { NULL, 0 };

	(void)state;
	assert_true(fit_requirements(have, (tsp_value){ NULL, 0 }, &missing));
	assert_true(fit_requirements(have, value_of(1, "{s:b}", "five", 1), &missing));
	assert_true(fit_requirements(
		have, value_of(1, "{s:i, s:s}", "five", 5, "colour", "red"), &missing));
	assert_false(fit_requirements(
		have, value_of(1, "{s:i, s:s}", "five", 5, "colour", "blue"), &missing));
	assert_true(tsp_text_is(missing, "colour"));
	assert_false(fit_requirements(have, value_of(1, "{s:b}", "none", 1), &missing));
	assert_false(fit_requirements(have, value_of(1, "{s:b}", "absent", 1), &missing));
	assert_true(tsp_text_is(missing, "absent"));
	assert_true(fit_requirements(have, value_of(1, "i", 1), &missing)); /* asks for nothing */
}

/* F082: each of them must hold; F169: a valueless one is met by any true value. */
static void test_class(void **state)
{
	tsp_value have = value_of(0, "{s:i, s:s}", "five", 5, "colour", "red");
	tsp_text missing = { NULL, 0 };

	(void)state;
	assert_true(fit_class(have,
		value_of(1, "[{s:s, s:n}, {s:s, s:s}]", "capability", "five", "json", "capability",
			"colour", "json", "\"red\""),
		&missing));
	assert_false(fit_class(have,
		value_of(1, "[{s:s, s:n}, {s:s, s:s}]", "capability", "five", "json", "capability",
			"colour", "json", "\"blue\""),
		&missing));
	assert_true(tsp_text_is(missing, "colour"));
	assert_false(fit_class(
		have, value_of(1, "[{s:s, s:s}]", "capability", "five", "json", "6"), &missing));
}

/* ---- in a stage ---- */

static bool likes_blue(tsp_value capabilities, tsp_value requirements)
{
	int64_t wanted = 0;
	int64_t blue = 0;

	(void)tsp_value_int(tsp_value_get(requirements, "Blue"), &wanted);
	(void)tsp_value_int(tsp_value_get(capabilities, "Blue"), &blue);
	rig_trace("check ");
	return blue >= wanted;
}

static int picky_init(tsp_actor *self, tsp_value argument)
{
	int64_t wanted = -1;

	(void)argument;
	(void)tsp_value_int(tsp_value_get(tsp_my_requirements(self), "Blue"), &wanted);
	rig_now->result = (int)wanted;
	rig_trace("init ");
	return TSP_OK;
}

static int picky_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	rig_now->result = tsp_capability_check(self, tsp_message_value(message));
	return TSP_OK;
}

static bool never(tsp_value capabilities, tsp_value requirements)
{
	(void)capabilities;
	(void)requirements;
	return false;
}

static const tsp_class picky = {
	.name = "Picky", .check = likes_blue, .init = picky_init, .receive = picky_any
};
static const tsp_class plain = { .name = "Plain", .init = picky_init, .receive = picky_any };
static const tsp_class shy = { .name = "Shy", .check = never, .host = TSP_HOST_SHARED };
static const tsp_class *const classes[] = { &picky, &plain, &shy, NULL };

static void set_blue(struct rig *rig, int blue)
{
	rig_system(rig, 0, 0, "NewCapabilities", "{s:v}", "capabilities",
		value_of(0, "{s:i}", "Blue", blue));
	rig_run(rig);
}

static void create_needing(
	struct rig *rig, uint64_t number, const char *class_name, uint64_t sequence, int blue)
{
	rig_system(rig, number, sequence, "CreateActor", "{s:s, s:s, s:a, s:e}", "class",
		class_name, "source", "feed", "parent", ((tsp_address){ SYSTEM, 98 }),
		"requirements", value_of(1, "{s:i}", "Blue", blue));
}

/* F081, F167: the check decides before init, which hears of the requirements. */
static void test_check(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	create_needing(rig, 5, "Picky", 1, 3);
	rig_collect(rig);
	assert_string_equal(rig->trace, "check ");
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "reason"), "unfit");
	assert_string_equal(
		rig_text(rig_sent(rig, "Exited"), "detail"), "the check of class 'Picky' says no");
	rig_assert_done(rig, 1, DONE_FAILED);
	set_blue(rig, 4);
	create_needing(rig, 6, "Picky", 2, 3);
	assert_int_equal(stage_count(rig->stage), 1);
	assert_int_equal(rig->result, 3);
	rig_send(rig, 6, 3, "Ask", "{s:b}", "Blue", 1);
	assert_int_equal(rig->result, true);
	rig_send(rig, 6, 4, "Ask", "{s:i}", "Blue", 3);
	assert_int_equal(rig->result, false);
}

/* F083: what no longer fits gets an exit request, whether its class or its creator says so. */
static void test_fit_anew(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	set_blue(rig, 4);
	create_needing(rig, 5, "Picky", 1, 3);
	create_needing(rig, 6, "Plain", 2, 4);
	rig_create(rig, 7, "Plain", 3);
	assert_int_equal(stage_count(rig->stage), 3);
	set_blue(rig, 3);
	assert_int_equal(stage_count(rig->stage), 2);
	rig_collect(rig);
	assert_int_equal(rig_uint(rig_sent(rig, "Exited"), "number"), 6);
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "reason"), "exit request");
	set_blue(rig, 2);
	assert_int_equal(stage_count(rig->stage), 1);
	/* one that the admin had placed before it heard of the change */
	create_needing(rig, 8, "Plain", 4, 3);
	rig_collect(rig);
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "detail"),
		"capability 'Blue' is missing or differs here");
}

static int make_shy(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	rig_now->child = tsp_create(self, "Shy", NULL);
	return tsp_sendf(self, rig_now->child, "Hello", "n");
}

static void test_local_check(void **state)
{
	struct rig *rig = *state;

	rig->more = classes;
	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_shy);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(stage_count(rig->stage), 1);
	assert_string_equal(rig_text(rig_sent(rig, "Exited"), "reason"), "unfit");
	assert_true(rig_sent(rig, "Hello")->at < rig_sent(rig, "Exited")->at);
}

/* ---- with the admin ---- */

static bool has_green(tsp_value capabilities, tsp_value requirements)
{
	bool refuse = false;

	(void)tsp_value_bool(tsp_value_get(requirements, "Refuse"), &refuse);
	return !refuse && fit_is_true(tsp_value_get(capabilities, "Green"));
}

static int on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_create_options options = { .requirements = tsp_message_value(message) };
	tsp_address child = tsp_create(self, "Green", &options);

	return tsp_sendf(self, sender, "Made", "{s:a}", "child", child);
}

static int on_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_address *heard = tsp_state(self);

	(void)sender;
	*heard = tsp_get_address(message, "childAddress");
	return TSP_OK;
}

static int on_heard(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Heard", "{s:a}", "child", *(tsp_address *)tsp_state(self));
}

static const tsp_handler creator_handlers[] = { { "Go", on_go }, { "ChildActorExited", on_exited },
	{ "Heard?", on_heard }, { 0 } };
static const tsp_class creator = {
	.name = "Creator", .state_size = sizeof(tsp_address), .handlers = creator_handlers
};
static const tsp_class green = { .name = "Green", .check = has_green };
static const tsp_class *const machine_classes[] = { &creator, &green, NULL };

static int open_machine(void **state)
{
	static const struct admin_config config = { .system = 0x5157,
		.base = "test",
		.cores = 2,
		.memory_limit = (uint64_t)1024 * 1024 * 1024 };
	static struct machine machine;

	machine_open(&machine, &config, machine_classes);
	*state = &machine;
	return 0;
}

static int close_machine(void **state)
{
	machine_close(*state);
	return 0;
}

static const tsp_message *create(
	struct machine *machine, uint64_t number, const char *class_name, tsp_value needs)
{
	return machine_reply(machine,
		machine_request(machine, "Create", "{s:u, s:s, s:s, s:e}", "number",
			machine->caller.lease << 24 | number, "class", class_name, "module", "test",
			"requirements", needs));
}

static const tsp_message *ask(
	struct machine *machine, tsp_address actor, const char *type, int refuse)
{
	uint64_t reply = machine_send(machine, actor, type, "{s:b}", "Refuse", refuse);

	machine_run(machine);
	return machine_reply(machine, reply);
}

static void set(struct machine *machine, const char *name, int value)
{
	(void)machine_request(
		machine, "UpdateCapability", "{s:s, s:i}", "name", name, "value", value);
	machine_run(machine);
}

/* F026, F081: an outside caller hears which capability is missing, or that the class says no. */
static void test_caller_hears(void **state)
{
	struct machine *machine = *state;
	const tsp_message *reply =
		create(machine, 0x900, "Creator", value_of(0, "{s:b}", "Red", 1));

	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_ECAPABILITY);
	assert_true(tsp_text_is(
		tsp_get_text(reply, "reason"), "capability 'Red' is missing or differs here"));
	reply = create(machine, 0x901, "Green", value_of(0, "{s:b}", "Red", 1));
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_ECAPABILITY);
	assert_true(
		tsp_text_is(tsp_get_text(reply, "detail"), "the check of class 'Green' says no"));
	set(machine, "Green", 5);
	/* the class judges, not the admin: it does not care for Red */
	reply = create(machine, 0x902, "Green", value_of(0, "{s:b}", "Red", 1));
	assert_true(tsp_message_is(reply, "Created"));
}

/* F083, and what an actor requires is judged as what a caller does. */
static void test_capability_goes(void **state)
{
	struct machine *machine = *state;
	tsp_address parent = machine_create(machine, "Creator", NULL, TSP_HOST_DEFAULT);
	const tsp_message *reply;
	tsp_address child;
	uint64_t exited;

	set(machine, "Green", 1);
	(void)machine_send(machine, parent, "Go", "{s:b}", "Refuse", 1);
	machine_run(machine);
	reply = ask(machine, parent, "Heard?", 0);
	assert_false(tsp_address_is_nobody(tsp_get_address(reply, "child")));
	reply = ask(machine, parent, "Go", 0);
	child = tsp_get_address(reply, "child");
	exited = (uint64_t)machine_counter(machine, "actors_ended");
	set(machine, "Green", 1); /* changes nothing, disturbs nobody */
	set(machine, "Other", 1);
	assert_int_equal(machine_counter(machine, "actors_ended"), exited);
	set(machine, "Green", 0);
	assert_int_equal(machine_counter(machine, "actors_ended"), exited + 1);
	reply = ask(machine, parent, "Heard?", 0);
	assert_true(tsp_address_equal(tsp_get_address(reply, "child"), child));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requirements),
		cmocka_unit_test(test_class),
		RIG_TEST(test_check),
		RIG_TEST(test_fit_anew),
		RIG_TEST_SHARED(test_local_check),
		cmocka_unit_test_setup_teardown(test_caller_hears, open_machine, close_machine),
		cmocka_unit_test_setup_teardown(test_capability_goes, open_machine, close_machine),
	};

	return cmocka_run_group_tests_name("F081, F083, F167", tests, NULL, forget);
}
