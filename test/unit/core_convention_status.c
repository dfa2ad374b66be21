/* SPDX-License-Identifier: MIT */
/* What a status tells of a convention of very many systems. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/member.h"
#include "core/put.h"
#include "machine.h"

#define SYSTEMS (STATUS_LIST_LIMIT + 500)

static struct machine machine;
static struct buffer wires[SYSTEMS];

static int setup(void **state)
{
	const struct admin_config config = { .cores = 1, .pid = 7, .port = 1900 };
	const tsp_class *const none[] = { NULL };
	tsp_error err = { 0 };

	(void)state;
	machine_open(&machine, &config, none);
	for (uint64_t i = 0; i < SYSTEMS; i++) {
		const struct system_hello hello = { .key = { i & 0xff, i >> 8, 7 }, .system = 0x9000 + i };

		buffer_init(&wires[i], 65536);
		assert_non_null(admin_system_opened(machine.admin, &wires[i], &hello, machine.now, &err));
	}
	for (struct list *at = machine.admin->members.next; at != &machine.admin->members; at = at->next)
		list_item(at, struct member, link)->registered = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&machine);
	for (size_t i = 0; i < SYSTEMS; i++)
		buffer_clear(&wires[i]);
	return 0;
}

static void a_whole_status_lists_some(void **state)
{
	uint64_t reply = machine_request(&machine, "Thespian_StatusReq", "{}");
	const tsp_message *status = machine_reply(&machine, reply);

	(void)state;
	assert_int_equal(tsp_value_count(tsp_get(status, "conventionAttendees")), STATUS_LIST_LIMIT);
	assert_int_equal(tsp_get_int(status, "attendeeCount", -1), SYSTEMS);
	assert_int_equal(tsp_get_int(status, "port", -1), 1900);
}

static void one_about_the_convention_lists_all(void **state)
{
	uint64_t reply = machine_request(&machine, "Thespian_StatusReq", "{s:s}", "about", "convention");
	const tsp_message *status = machine_reply(&machine, reply);
	tsp_walk at = { 0 };
	tsp_value none, attendee;
	size_t listed = 0;

	(void)state;
	assert_true(tsp_message_is(status, "Thespian_SystemStatus"));
	assert_int_equal(tsp_get_int(status, "attendeeCount", -1), SYSTEMS);
	assert_int_equal(tsp_get_int(status, "port", -1), -1); /* nothing else */
	while (tsp_value_next(tsp_get(status, "conventionAttendees"), &at, &none, &attendee)) {
		assert_null(tsp_value_get(attendee, "capabilities").data);
		listed++;
	}
	assert_int_equal(listed, SYSTEMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_whole_status_lists_some, setup, teardown),
		cmocka_unit_test_setup_teardown(one_about_the_convention_lists_all, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
