/* SPDX-License-Identifier: MIT */
/* A restart that comes to nothing: whoever asked for it hears so. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/parts.h"
#include "machine.h"
#include "machine_actors.h"

static const tsp_address admin_address = { 0x5157, 0 };

/* Linked in front of calloc: for things of that size there is no memory. 0: for all. */
static size_t unavailable;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return unavailable != 0 && size == unavailable ? NULL : __real_calloc(count, size);
}

static int setup(void **state)
{
	static struct machine machine;
	const struct admin_config config = { .cores = 1 };

	machine_open(&machine, &config, machine_classes);
	*state = &machine;
	return 0;
}

static int teardown(void **state)
{
	unavailable = 0;
	machine_close(*state);
	return 0;
}

static uint64_t restart(struct machine *machine, tsp_address actor, int grace_ms)
{
	uint64_t reply = machine_send(machine, admin_address, "Restart", "{s:a, s:i}", "address",
		actor, "grace_ms", grace_ms);

	assert_null(machine_reply(machine, reply));
	return reply;
}

static void assert_failed(struct machine *machine, uint64_t reply, int code)
{
	const tsp_message *answer = machine_reply(machine, reply);

	assert_non_null(answer);
	assert_true(tsp_message_is(answer, "CreateFailed"));
	assert_int_equal(tsp_get_int(answer, "code", 0), code);
}

static void fail_without(struct machine *machine, const char *name, size_t size)
{
	tsp_address actor = machine_create(machine, "Echo", name, TSP_HOST_OWN);
	uint64_t first = restart(machine, actor, 0);
	uint64_t second = restart(machine, actor, 0);
	uint64_t asked = name != NULL ? machine_send(machine, actor, "Echo", "n") : 0;

	unavailable = size;
	machine_run(machine);
	unavailable = 0;
	assert_failed(machine, first, TSP_ENOMEM);
	assert_failed(machine, second, TSP_ENOMEM);
	if (name != NULL)
		assert_true(tsp_message_is(machine_reply(machine, asked), "PoisonMessage"));
}

static void test_no_memory_for_the_actor(void **state)
{
	fail_without(*state, NULL, sizeof(struct actor));
	fail_without(*state, "named", sizeof(struct actor));
}

static void test_no_memory_for_its_creation(void **state)
{
	fail_without(*state, NULL, sizeof(struct creation));
	fail_without(*state, "named", sizeof(struct creation));
}

/* Its end was asked for, and what ends it is the shutdown. */
static void test_shutdown_before_its_end(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Echo", NULL, TSP_HOST_OWN);
	uint64_t reply = restart(machine, actor, 5000);

	admin_shutdown(machine->admin, machine->now);
	machine_run(machine);
	assert_true(machine->stopped);
	assert_failed(machine, reply, TSP_ESHUTDOWN);
	assert_int_equal(machine->started, 1);
}

/* It has ended, and what is created in its place has not gone on its way. */
static void test_shutdown_before_the_next(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Echo", NULL, TSP_HOST_OWN);
	const struct machine_host *host = machine_host_of(machine, "Echo");
	uint64_t reply = restart(machine, actor, 0);

	machine_end_host(machine, host);
	admin_shutdown(machine->admin, machine->now);
	machine_run(machine);
	assert_true(machine->stopped);
	assert_failed(machine, reply, TSP_ESHUTDOWN);
	assert_int_equal(machine->started, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_memory_for_the_actor),
		TEST(test_no_memory_for_its_creation),
		TEST(test_shutdown_before_its_end),
		TEST(test_shutdown_before_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
