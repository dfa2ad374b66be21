/* SPDX-License-Identifier: MIT */
/* A caller sees what is logged as it comes, and hosts make no more than somebody wants. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/actors.h"
#include "machine.h"
#include "wire/address.h"

static struct machine machine;

static int on_say(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--)
		tsp_log(self, "debug", "said %d", (int)i);
	return TSP_OK;
}

static int on_take(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_take_names(self, (const char *const[]){ "service" }, 1);
}

static int on_give(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_address target = tsp_get_address(message, "to");

	(void)sender;
	return tsp_give_names(self, (const char *const[]){ "service" }, &target, 1);
}

static const tsp_handler handlers[] = { { "Say", on_say }, { "Take", on_take }, { "Give", on_give }, { 0 } };
static const tsp_class first_class = { .name = "First", .handlers = handlers };
static const tsp_class second_class = { .name = "Second", .handlers = handlers };
static const tsp_class *const classes[] = { &first_class, &second_class, NULL };

static int setup(void **state)
{
	const struct admin_config config = { .cores = 1, .pid = 7, .port = 1900 };
	const struct log_levels levels = { LOG_LEVEL_ERROR, LOG_LEVEL_OFF, NULL };

	(void)state;
	machine_open(&machine, &config, classes);
	admin_set_logging(machine.admin, &levels);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&machine);
	return 0;
}

static void say(tsp_address to, int count)
{
	(void)machine_send(&machine, to, "Say", "{s:i}", "count", count);
	machine_run(&machine);
}

static int64_t follow(tsp_address target, const char *class_name, const char *level)
{
	uint64_t reply = machine_request(&machine, "FollowLog", "{s:a, s:s, s:s}", "address", target,
		"class", class_name, "level", level);

	return tsp_message_is(machine_reply(&machine, reply), "Updated") ?
		0 :
		tsp_get_int(machine_reply(&machine, reply), "code", 0);
}

/* Copies that came so far, those without a text apart; the last one's text. */
static size_t copies(size_t *ret_counts, tsp_message **ret_last)
{
	size_t count = 0;

	for (size_t i = 0; i < machine.caller.count; i++) {
		tsp_message *message = machine.caller.inbox[i];

		if (!tsp_message_is(message, "LoggedRecord"))
			continue;
		assert_true(tsp_message_is_system(message));
		if (tsp_get_text(message, "text").data != NULL)
			count++;
		else
			(*ret_counts)++;
		*ret_last = message;
	}
	return count;
}

static size_t heard(void)
{
	size_t counts = 0;
	tsp_message *last = NULL;

	return copies(&counts, &last);
}

static void test_actor(void **state)
{
	tsp_address first = machine_create(&machine, "First", NULL, TSP_HOST_OWN);
	tsp_address second = machine_create(&machine, "First", NULL, TSP_HOST_OWN);
	tsp_message *last = NULL;
	size_t counts = 0;

	(void)state;
	machine.last_log[0] = '\0';
	say(first, 3);
	assert_int_equal(heard(), 0);
	assert_int_equal(follow(first, NULL, "debug"), 0);
	say(first, 3);
	say(second, 3);
	assert_int_equal(copies(&counts, &last), 3);
	assert_true(tsp_text_is(tsp_get_text(last, "text"), "said 1"));
	assert_true(tsp_text_is(tsp_get_text(last, "level"), "debug"));
	assert_true(tsp_text_is(tsp_get_text(last, "class"), "First"));
	assert_true(tsp_address_equal(tsp_get_address(last, "actor"), first));
	assert_int_equal(tsp_get_int(last, "skipped", -1), 0);
	assert_string_equal(machine.last_log, ""); /* the log itself wants none of it */
	assert_int_equal(follow(first, NULL, "warning"), 0);
	say(first, 3);
	assert_int_equal(heard(), 3);
	assert_int_equal(follow(first, NULL, NULL), 0);
	say(first, 3);
	assert_int_equal(heard(), 3);
}

/* By class and by name it goes on with who comes later. */
static void test_class_and_name(void **state)
{
	tsp_address actor;

	(void)state;
	assert_int_equal(follow(TSP_NOBODY, "Second", "debug"), 0);
	say(machine_create(&machine, "Second", NULL, TSP_HOST_OWN), 1);
	say(machine_create(&machine, "First", NULL, TSP_HOST_OWN), 1);
	say(machine_create(&machine, "Second", NULL, TSP_HOST_SHARED), 1);
	assert_true(heard() >= 2);
	assert_int_equal(follow(TSP_NOBODY, "Second", NULL), 0);
	actor = machine_create(&machine, "First", "name", TSP_HOST_OWN);
	assert_int_equal(follow(actor, NULL, "debug"), 0);
	(void)machine_send(&machine, actor, "ActorExitRequest", "{}");
	machine_run(&machine);
	size_t before = heard();
	say(machine_create(&machine, "First", "name", TSP_HOST_OWN), 1);
	assert_true(heard() > before);
}

static void give(tsp_address owner, tsp_address to)
{
	(void)machine_send(&machine, owner, "Give", "{s:a}", "to", to);
	machine_run(&machine);
}

static enum log_level told(tsp_address actor)
{
	return actor_find(machine.admin, actor)->host->told_least;
}

/* A name that is given on: its holder's host makes the records, and the one before makes none any more. */
static void test_name_given(void **state)
{
	tsp_address owner = machine_create(&machine, "Second", NULL, TSP_HOST_OWN);
	tsp_address first = machine_create(&machine, "First", NULL, TSP_HOST_OWN);
	tsp_address second = machine_create(&machine, "First", NULL, TSP_HOST_OWN);

	(void)state;
	(void)machine_send(&machine, owner, "Take", "n");
	machine_run(&machine);
	give(owner, first);
	assert_int_equal(follow(machine_name(&machine, "service"), NULL, "debug"), 0);
	say(first, 1);
	assert_int_equal(heard(), 1);
	give(owner, second);
	assert_int_equal(told(first), LOG_LEVEL_ERROR);
	assert_int_equal(told(second), LOG_LEVEL_DEBUG);
	say(first, 1);
	assert_int_equal(heard(), 1);
	say(second, 1);
	assert_int_equal(heard(), 2);
}

/* Whom it is about has gone, and its host lives on. */
static void test_gone_from_a_host(void **state)
{
	tsp_address first = machine_create(&machine, "First", NULL, TSP_HOST_SHARED);
	tsp_address second = machine_create(&machine, "First", NULL, TSP_HOST_SHARED);

	(void)state;
	assert_ptr_equal(actor_find(machine.admin, first)->host, actor_find(machine.admin, second)->host);
	assert_int_equal(follow(first, NULL, "debug"), 0);
	assert_int_equal(told(second), LOG_LEVEL_DEBUG);
	(void)machine_send(&machine, first, "ActorExitRequest", "{}");
	machine_run(&machine);
	assert_null(actor_find(machine.admin, first));
	assert_int_equal(told(second), LOG_LEVEL_ERROR);
}

static void test_system_words(void **state)
{
	size_t before;

	(void)state;
	assert_int_equal(follow((tsp_address){ 0x5157, 0 }, NULL, "error"), 0);
	admin_said(machine.admin, LOG_LEVEL_WARNING, "below");
	assert_int_equal(heard(), 0);
	admin_said(machine.admin, LOG_LEVEL_ERROR, "bad \xff byte");
	machine_run(&machine);
	before = heard();
	assert_int_equal(before, 1);
}

static void test_bounds(void **state)
{
	tsp_message *last = NULL;
	size_t counts = 0;

	(void)state;
	assert_int_equal(follow((tsp_address){ 0x5157, 0 }, NULL, "debug"), 0);
	for (int i = 0; i < 3000; i++)
		admin_said(machine.admin, LOG_LEVEL_ERROR, "flood");
	machine_run(&machine);
	assert_true(copies(&counts, &last) >= 2000);
	assert_true(copies(&counts, &last) < 2010);
	machine.now += 2000 * CLOCK_MS;
	(void)admin_tick(machine.admin, machine.now);
	machine_run(&machine);
	counts = 0;
	(void)copies(&counts, &last);
	assert_int_equal(counts, 1);
	assert_in_range(tsp_get_int(last, "skipped", 0), 990, 1000);
}

static void test_refused(void **state)
{
	tsp_address actor = machine_create(&machine, "First", NULL, TSP_HOST_OWN);

	(void)state;
	assert_int_equal(follow(actor, NULL, "loud"), TSP_EVALUE);
	assert_int_equal(follow(actor, NULL, "a level with a name that is too long"), TSP_EVALUE);
	assert_int_equal(follow((tsp_address){ 0x5157, 4711 }, NULL, "debug"), TSP_EDEAD);
	/* a wish that was refused leaves the one before as it is */
	assert_int_equal(follow(actor, NULL, "debug"), 0);
	assert_int_equal(follow(actor, NULL, "loud"), TSP_EVALUE);
	say(actor, 1);
	assert_int_equal(heard(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_actor),
		TEST(test_class_and_name),
		TEST(test_name_given),
		TEST(test_gone_from_a_host),
		TEST(test_system_words),
		TEST(test_bounds),
		TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
