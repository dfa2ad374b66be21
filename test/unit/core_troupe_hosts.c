/* SPDX-License-Identifier: MIT */
/* F157, F158, F171: a troupe in hosts of its own, with the admin between them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core_troupe_crew.h"

static int open_machine(void **state)
{
	static struct machine machine;
	const struct admin_config config = { .cores = 2 };

	rig_now = NULL;
	machine_open(&machine, &config, classes);
	*state = &machine;
	return 0;
}

static int close_machine(void **state)
{
	machine_close(*state);
	return 0;
}

static const tsp_message *settled(struct machine *machine, uint64_t reply)
{
	machine_run(machine);
	return machine_reply(machine, reply);
}

static void test_hosts(void **state)
{
	struct machine *machine = *state;
	tsp_address leader = machine_create(machine, "Crew", NULL, TSP_HOST_DEFAULT);
	uint64_t replies[20];
	const tsp_message *poison;

	for (int n = 0; n < 20; n++)
		replies[n] = machine_send(machine, leader, "Job", "{s:i}", "n", n);
	machine_run(machine);
	for (int n = 0; n < 20; n++) {
		assert_non_null(machine_reply(machine, replies[n]));
		assert_int_equal(tsp_get_int(machine_reply(machine, replies[n]), "n", -1), n);
	}
	assert_int_equal(machine->started, 4);
	assert_int_equal(machine_counter(machine, "finished"), 20);
	poison = settled(machine, machine_send(machine, leader, "Bad", "{s:i}", "n", 1));
	assert_true(tsp_text_is(tsp_get_text(poison, "outcome"), "failed"));
	assert_true(tsp_text_is(tsp_get_text(poison, "details"), "no luck"));
	assert_true(tsp_address_equal(tsp_get_address(poison, "target"), leader));
	/* a message that kills workers comes back after the second */
	poison = settled(machine, machine_send(machine, leader, "Crash", "{s:i}", "n", 1));
	assert_non_null(poison);
	assert_true(tsp_text_is(tsp_get_text(poison, "outcome"), "crashed"));
	assert_int_equal(machine_counter(machine, "hosts_died"), 2);
	replies[0] = machine_send(machine, leader, "Job", "{s:i}", "n", 77);
	assert_int_equal(tsp_get_int(settled(machine, replies[0]), "n", -1), 77);
	assert_int_equal(machine_counter(machine, "mailbox_bytes"), 0);
}

/* A leader that is full hears that workers are done all the same, and what its workers send it. */
static void test_full(void **state)
{
	struct machine *machine = *state;
	tsp_address leader;
	int64_t waiting;
	uint64_t reply;

	(void)machine_request(
		machine, "UpdateCapability", "{s:s, s:i}", "name", "Mailbox Messages", "value", 50);
	leader = machine_create(machine, "Crew", NULL, TSP_HOST_DEFAULT);
	for (int n = 0; n < 3; n++)
		(void)machine_send(machine, leader, "Long", "n");
	for (int n = 0; n < 400; n++)
		(void)machine_send(machine, leader, "Job", "{s:i}", "n", n);
	machine_run(machine);
	waiting = machine_counter(machine, "mailbox_bytes");
	assert_true(waiting > 0);
	assert_int_equal(machine_counter(machine, "finished"), 0);
	/* the three workers are told to end their work */
	for (size_t i = 0; i < machine->host_count; i++)
		assert_non_null(machine->hosts[i]->stage);
	reply = machine_request(machine, "ListActors", "{}");
	for (size_t i = 0; i < 4; i++) {
		tsp_value entry = tsp_value_at(
			tsp_value_get(tsp_message_value(machine_reply(machine, reply)), "actors"),
			i);
		tsp_address address = TSP_NOBODY;

		assert_true(tsp_value_address(tsp_value_get(entry, "address"), &address));
		if (!tsp_address_equal(address, leader))
			(void)machine_send(machine, address, "Step", "n");
	}
	machine_run(machine);
	assert_int_equal(machine_counter(machine, "finished"), 406);
	assert_int_equal(machine_counter(machine, "mailbox_bytes"), 0);
}

/* Only between parent and child, and not from a caller. */
static void test_forged(void **state)
{
	struct machine *machine = *state;
	tsp_address leader = machine_create(machine, "Crew", NULL, TSP_HOST_DEFAULT);
	tsp_address other = machine_create(machine, "Crew", NULL, TSP_HOST_DEFAULT);
	struct frame frame = { .kind = FRAME_ENVELOPE, .to = leader, .from = other };
	tsp_builder *builder = tsp_builder_new();
	int64_t denied = machine_counter(machine, "denied");
	const tsp_message *poison;
	tsp_value body;

	poison = settled(machine, machine_send(machine, leader, "TroupeDone", "{s:i}", "code", 0));
	assert_int_equal(tsp_get_int(poison, "code", 0), TSP_EPERM);
	assert_int_equal(machine_counter(machine, "denied"), denied + 1);
	tsp_begin_typed(builder, "TroupeWork");
	tsp_put_format(builder, "{}");
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &body), TSP_OK);
	frame.body = body.data;
	frame.body_size = body.size;
	for (size_t i = 0; i < machine->host_count; i++)
		(void)admin_receive(machine->admin, machine->hosts[i]->link, &frame, machine->now);
	machine_run(machine);
	/* once with a forged sender, once between actors that are no troupe */
	assert_int_equal(machine_counter(machine, "denied"), denied + 2);
	tsp_builder_free(builder);
}

/* However many: they are dropped, and no host is ended for it, though the lane is a short one. */
static void test_short_lane(void **state)
{
	struct machine *machine = *state;
	tsp_address leader;
	struct frame frame = { .kind = FRAME_ENVELOPE };
	tsp_builder *builder = tsp_builder_new();
	tsp_value list, entry, body;
	tsp_walk at = { 0 };

	for (size_t i = 0; i < 2; i++)
		(void)machine_request(machine, "UpdateCapability", "{s:s, s:i}", "name",
			i == 0 ? "System Messages" : "Host Window Messages", "value", 4);
	leader = machine_create(machine, "Crew", NULL, TSP_HOST_DEFAULT);
	(void)machine_send(machine, leader, "Long", "n");
	machine_run(machine);
	list = tsp_get(machine_reply(machine, machine_request(machine, "ListActors", "{}")), "actors");
	machine_host_of(machine, "Crew")->stopped = true;
	tsp_begin_typed(builder, "TroupeDone");
	tsp_put_format(builder, "{s:i}", "code", 0);
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &body), TSP_OK);
	frame.to = leader;
	frame.body = body.data;
	frame.body_size = body.size;
	while (tsp_value_next(list, &at, NULL, &entry)) {
		assert_true(tsp_value_address(tsp_value_get(entry, "address"), &frame.from));
		for (size_t i = 0; i < machine->host_count * 20; i++)
			(void)admin_receive(machine->admin,
				machine->hosts[i % machine->host_count]->link, &frame, machine->now);
	}
	machine_run(machine);
	assert_int_equal(machine_counter(machine, "hosts_died"), 0);
	assert_false(machine_host_of(machine, "Crew")->killed);
	tsp_builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts, open_machine, close_machine),
		cmocka_unit_test_setup_teardown(test_full, open_machine, close_machine),
		cmocka_unit_test_setup_teardown(test_forged, open_machine, close_machine),
		cmocka_unit_test_setup_teardown(test_short_lane, open_machine, close_machine),
	};

	return cmocka_run_group_tests_name("F157, F158, F171: troupe in hosts", tests, NULL, NULL);
}
