/* SPDX-License-Identifier: MIT */
/* What the system and an actor say of themselves, and that it fits into a message. */
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

#define MANY_NAMES  1000000
#define MANY_ACTORS 10000
#define A_REQUEST   10000

struct worker {
	tsp_address near;
	int64_t named;
	int64_t statuses;
	int64_t waiting;
};

static int on_status_wanted(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_request_status(self, tsp_my_address(self));
}

static int on_status(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct worker *worker = tsp_state(self);

	(void)sender;
	if (tsp_address_equal(tsp_get_address(message, "actorAddress"), tsp_my_address(self)))
		worker->statuses++;
	worker->waiting = tsp_get_int(message, "wakeupCount", -1);
	return TSP_OK;
}

static int on_report(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct worker *worker = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, "Report", "{s:I, s:I}", "statuses", worker->statuses,
		"wakeups", worker->waiting);
}

static int on_names(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	static char texts[A_REQUEST][24];
	static const char *names[A_REQUEST];
	struct worker *worker = tsp_state(self);

	(void)message;
	(void)sender;
	for (size_t i = 0; i < A_REQUEST; i++) {
		snprintf(texts[i], sizeof(texts[i]), "name %07lld", (long long)worker->named++);
		names[i] = texts[i];
	}
	return tsp_take_names(self, names, A_REQUEST);
}

static int on_children(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const tsp_create_options options = { .host = TSP_HOST_SHARED };
	struct worker *worker = tsp_state(self);

	(void)sender;
	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--)
		worker->near = tsp_create(self, "Worker", &options);
	return TSP_OK;
}

/* Letters to a neighbour, who is not to handle them: the host dies first. */
static int on_fill(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct worker *worker = tsp_state(self);

	(void)sender;
	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--)
		(void)tsp_sendf(self, worker->near, "Other", "n");
	machine_crash = true;
	return TSP_OK;
}

static int on_chat(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct worker *worker = tsp_state(self);

	(void)sender;
	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--)
		(void)tsp_sendf(self, worker->near, "Other", "n");
	return TSP_OK;
}

static int on_near(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Near", "{s:a}", "near",
		((const struct worker *)tsp_state(self))->near);
}

static int on_defer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_DEFER;
}

static int on_wake(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	(void)tsp_wakeup_after(self, 60000, (tsp_value){ NULL, 0 });
	return tsp_wakeup_after(self, 30000, (tsp_value){ NULL, 0 });
}

static int on_take(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_take_names(self, (const char *const[]){ "service" }, 1);
}

static int on_give(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_address to = tsp_get_address(message, "to");

	(void)sender;
	return tsp_give_names(self, (const char *const[]){ "service" }, &to, 1);
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "AskYourself", on_status_wanted },
	{ "Thespian_ActorStatus", on_status },
	{ "Report", on_report },
	{ "Names", on_names },
	{ "Breed", on_children },
	{ "Fill", on_fill },
	{ "Chat", on_chat },
	{ "Near", on_near },
	{ "Defer", on_defer },
	{ "Wake", on_wake },
	{ "Take", on_take },
	{ "Give", on_give },
	{ 0 },
};
static const tsp_class worker_class = {
	.name = "Worker",
	.state_size = sizeof(struct worker),
	.handlers = handlers,
	.receive = on_other,
};
static const tsp_class *const classes[] = { &worker_class, NULL };

static struct machine machine;

static int setup(void **state)
{
	const struct admin_config config = { .cores = 1, .pid = 7, .port = 1900 };

	(void)state;
	machine_open(&machine, &config, classes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&machine);
	return 0;
}

static tsp_message *ask(tsp_address to, const char *type)
{
	uint64_t reply = machine_send(&machine, to, type, "{}");

	machine_run(&machine);
	assert_non_null(machine_reply(&machine, reply));
	return machine_reply(&machine, reply);
}

static tsp_message *system_status(void)
{
	return ask((tsp_address){ 0x5157, 0 }, "Thespian_StatusReq");
}

static tsp_value entry_of(tsp_address actor)
{
	tsp_value list = tsp_get(ask((tsp_address){ 0x5157, 0 }, "ListActors"), "actors");
	tsp_walk at = { 0 };
	tsp_value none, entry;
	tsp_address address;

	while (tsp_value_next(list, &at, &none, &entry)) {
		if (tsp_value_address(tsp_value_get(entry, "address"), &address) &&
			tsp_address_equal(address, actor))
			return entry;
	}
	fail_msg("the actor is not in the list");
	return (tsp_value){ NULL, 0 };
}

static int64_t number(tsp_value map, const char *key)
{
	int64_t number = -1;

	if (!tsp_value_int(tsp_value_get(map, key), &number))
		fail_msg("no number '%s'", key);
	return number;
}

static bool truth(tsp_value map, const char *key)
{
	bool truth = false;

	if (!tsp_value_bool(tsp_value_get(map, key), &truth))
		fail_msg("no bool '%s'", key);
	return truth;
}

static void test_entry_waiting(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(&machine, "Worker");
	tsp_value entry = entry_of(actor);

	(void)state;
	assert_true(truth(entry, "idle"));
	assert_int_equal(number(entry, "oldest_ms"), 0);
	host->stopped = true;
	for (int i = 0; i < 600; i++)
		(void)machine_send(&machine, actor, "Other", "n");
	machine.now += 1500 * CLOCK_MS;
	entry = entry_of(actor);
	assert_false(truth(entry, "idle"));
	assert_int_equal(number(entry, "waiting"), 88);
	assert_int_equal(number(entry, "sent"), 512);
	assert_int_equal(number(entry, "high"), 88);
	assert_int_equal(number(entry, "oldest_ms"), 1500);
	assert_true(number(entry, "bytes") > 0);
	host->stopped = false;
	machine_run(&machine);
	entry = entry_of(actor);
	assert_true(truth(entry, "idle"));
	assert_int_equal(number(entry, "waiting"), 0);
	assert_int_equal(number(entry, "high"), 88);
	assert_int_equal(number(entry, "oldest_ms"), 0);
}

static void test_entry_kept(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_value entry;

	(void)state;
	(void)machine_send(&machine, actor, "Defer", "n");
	machine_run(&machine);
	entry = entry_of(actor);
	assert_int_equal(number(entry, "kept"), 1);
	assert_int_equal(number(entry, "waiting"), 0);
	assert_false(truth(entry, "idle"));
}

/* Also what never came by the admin, and of each of those who share a host its own. */
static void test_entry_handled(void **state)
{
	tsp_address own = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_address shared = machine_create(&machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_address near;

	(void)state;
	assert_int_equal(number(entry_of(own), "handled"), 0);
	for (int i = 0; i < 7; i++)
		(void)machine_send(&machine, own, "Other", "n");
	(void)machine_send(&machine, shared, "Breed", "{s:i}", "count", 1);
	machine_run(&machine);
	assert_int_equal(number(entry_of(own), "handled"), 7);
	assert_int_equal(number(entry_of(shared), "handled"), 1);
	(void)machine_send(&machine, shared, "Chat", "{s:i}", "count", 25);
	machine_run(&machine);
	near = tsp_get_address(ask(shared, "Near"), "near");
	assert_int_equal(number(entry_of(near), "handled"), 25);
	assert_int_equal(number(entry_of(shared), "handled"), 3);
	assert_true(tsp_value_kind(tsp_value_get(entry_of(near), "info")) == TSP_KIND_NULL);
}

/* Those of a shared host for whom the page has no place are counted by the admin. */
static void test_entry_handled_crowd(void **state)
{
	tsp_address first = machine_create(&machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_message *list;
	tsp_walk at = { 0 };
	tsp_value none, entry;
	tsp_address to;
	int64_t handled = 0;

	(void)state;
	(void)machine_send(&machine, first, "Breed", "{s:i}", "count", 400);
	machine_run(&machine);
	list = ask((tsp_address){ 0x5157, 0 }, "ListActors");
	while (tsp_value_next(tsp_get(list, "actors"), &at, &none, &entry))
		if (tsp_value_address(tsp_value_get(entry, "address"), &to))
			(void)machine_send(&machine, to, "Other", "n");
	machine_run(&machine);
	list = ask((tsp_address){ 0x5157, 0 }, "ListActors");
	at = (tsp_walk){ 0 };
	while (tsp_value_next(tsp_get(list, "actors"), &at, &none, &entry))
		handled += number(entry, "handled");
	assert_int_equal(handled, 402);
}

/* As its page says while a handler does not return. */
static void test_entry_busy(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(&machine, "Worker");
	tsp_text type = { NULL, 0 };
	tsp_value entry, status;

	(void)state;
	admin_host_born(machine.admin, host->id, 4711, machine.now);
	host->stopped = true;
	(void)machine_send(&machine, actor, "Long.Work", "n");
	atomic_store(&host->page.in_work, 2); /* after its creation */
	atomic_store(&host->page.actor, actor.number);
	atomic_store(&host->page.since_ns, machine.now);
	machine.now += 2500 * CLOCK_MS;
	entry = entry_of(actor);
	assert_true(truth(entry, "busy"));
	assert_int_equal(number(entry, "busy_ms"), 2500);
	assert_true(tsp_value_text(tsp_value_get(entry, "in_work"), &type));
	assert_true(tsp_text_is(type, "Long.Work"));
	assert_int_equal(number(entry, "memory"), 2000);
	assert_int_equal(number(entry, "cpu_ms"), machine.now / CLOCK_MS);
	status = tsp_value_at(tsp_get(system_status(), "hosts"), 0);
	assert_true(truth(status, "busy"));
	assert_int_equal(number(status, "busy_ms"), 2500);
	assert_int_equal(number(status, "pid"), 4711);
	atomic_store(&host->page.in_work, 0);
}

/* A name outlives its holders: how many, its next holder says. */
static void test_restarts(void **state)
{
	tsp_address owner = machine_create(&machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_address holder;

	(void)state;
	(void)machine_send(&machine, owner, "Take", "n");
	for (int64_t i = 0; i < 3; i++) {
		holder = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
		(void)machine_send(&machine, owner, "Give", "{s:a}", "to", holder);
		machine_run(&machine);
		assert_int_equal(number(entry_of(holder), "restarts"), i);
		machine.hosts[machine.host_count - 1]->killed = true;
		machine.hosts[machine.host_count - 1]->status = 9;
		machine_run(&machine);
	}
	/* one that gave its name on has not ended under it */
	holder = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	(void)machine_send(&machine, owner, "Give", "{s:a}", "to", holder);
	(void)machine_send(&machine, owner, "Give", "{s:a}", "to", owner);
	(void)machine_send(&machine, holder, "ActorExitRequest", "{}");
	machine_run(&machine);
	assert_int_equal(number(entry_of(owner), "restarts"), 3);
}

static void test_lost_in_host(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_SHARED);

	(void)state;
	(void)machine_send(&machine, actor, "Breed", "{s:i}", "count", 1);
	machine_run(&machine);
	assert_int_equal(machine_counter(&machine, "lost_in_host"), 0);
	(void)machine_send(&machine, actor, "Fill", "{s:i}", "count", 25);
	machine_run(&machine);
	assert_int_equal(machine_counter(&machine, "lost_in_host"), 25);
	assert_int_equal(machine_counter(&machine, "poisoned"), 1);
}

static void test_system_fields(void **state)
{
	static const char *const fields[] = { "adminAddress", "conventionLeader",
		"conventionRegisterTime", "conventionAttendees", "capabilities", "inShutdown",
		"deadLetterHandler", "deadLetterAddresses", "notifyAddresses", "globalActors",
		"sourceAuthority", "loadedSources", "pendingMessages", "receivedMessages",
		"pendingWakeups", "childActors", "governer", "miscKeyVals", "counters", "hosts" };
	tsp_address actor = machine_create(&machine, "Worker", "service", TSP_HOST_OWN);
	tsp_message *status;
	tsp_text text = { NULL, 0 };
	tsp_value entry;

	(void)state;
	machine_host_of(&machine, "Worker")->stopped = true;
	for (int i = 0; i < 512 + 30; i++)
		(void)machine_send(&machine, actor, "Other", "{s:i}", "n", i);
	machine.now += 700 * CLOCK_MS;
	status = system_status();
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (tsp_get(status, fields[i]).data == NULL)
			fail_msg("no field '%s'", fields[i]);
	assert_int_equal(tsp_get_int(status, "memory", 0), 1000);
	assert_int_equal(tsp_value_count(tsp_get(status, "pendingMessages")), 20);
	assert_int_equal(tsp_get_int(status, "pendingCount", 0), 30);
	assert_int_equal(tsp_get_int(status, "pendingHigh", 0), 30);
	assert_int_equal(tsp_get_int(status, "oldest_ms", 0), 700);
	entry = tsp_value_at(tsp_get(status, "pendingMessages"), 0);
	assert_true(tsp_value_text(tsp_value_get(entry, "text"), &text));
	assert_true(tsp_text_is(text, "Other {\"n\":512}"));
	assert_int_equal(
		number(tsp_get(status, "miscKeyVals"), "Admin Message Received.Type.StatusReq"), 1);
	assert_int_equal(tsp_get_int(status, "childCount", 0), 1);
	assert_int_equal(tsp_get_int(status, "globalCount", 0), 1);
}

static void test_actor_fields(void **state)
{
	static const char *const fields[] = { "actorAddress", "actorClass", "adminAddress",
		"parentAddress", "sourceHash", "exiting", "pendingMessages", "receivedMessages",
		"pendingWakeups", "childActors", "governer", "miscKeyVals", "counters" };
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_message *status;
	tsp_text text = { NULL, 0 };
	tsp_value entry;

	(void)state;
	(void)machine_send(&machine, actor, "Wake", "n");
	(void)machine_send(&machine, actor, "Breed", "{s:i}", "count", 3);
	(void)machine_send(&machine, actor, "Defer", "{s:s}", "why", "later");
	status = ask(actor, "Thespian_StatusReq");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (tsp_get(status, fields[i]).data == NULL)
			fail_msg("no field '%s'", fields[i]);
	assert_int_equal(tsp_get_int(status, "wakeupCount", 0), 2);
	entry = tsp_value_at(tsp_get(status, "pendingWakeups"), 0);
	assert_int_equal(number(entry, "due_ms"), 30000);
	assert_int_equal(tsp_get_int(status, "childCount", 0), 3);
	assert_int_equal(tsp_get_int(status, "receivedCount", 0), 1);
	entry = tsp_value_at(tsp_get(status, "receivedMessages"), 0);
	assert_true(tsp_value_text(tsp_value_get(entry, "text"), &text));
	assert_true(tsp_text_is(text, "Defer {\"why\":\"later\"}"));
	assert_int_equal(number(tsp_get(status, "miscKeyVals"), "Actor.Instance Created"), 3);
	assert_int_equal(
		number(tsp_get(status, "miscKeyVals"), "Actor.Message Received.Status Request"), 1);
	assert_int_equal(tsp_get_int(status, "hostActors", 0), 4);
}

static void test_asks_itself(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_message *report;

	(void)state;
	(void)machine_send(&machine, actor, "Wake", "n");
	(void)machine_send(&machine, actor, "AskYourself", "n");
	machine_run(&machine);
	report = ask(actor, "Report");
	assert_int_equal(tsp_get_int(report, "statuses", 0), 1);
	assert_int_equal(tsp_get_int(report, "wakeups", 0), 2);
}

/* A long text is looked at as far as it is shown. */
static void test_long_message(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	char *big = malloc(1000001);
	tsp_text text = { NULL, 0 };
	tsp_message *status;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 1000000);
	big[1000000] = '\0';
	machine_host_of(&machine, "Worker")->stopped = true;
	(void)machine_send(&machine, actor, "Other", "s", big);
	(void)machine_send(&machine, actor, "Other", "s", big);
	free(big);
	status = system_status();
	assert_true(tsp_value_text(
		tsp_value_get(tsp_value_at(tsp_get(status, "pendingMessages"), 0), "text"), &text));
	assert_int_equal(text.size, 150);
	assert_memory_equal(text.data, "Other \"xxxx", 11);
}

/* 10,000 actors and 1,000,000 names: the lists are cut, their counts stand. */
static void test_bounded(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_message *status;

	(void)state;
	for (int i = 0; i < MANY_NAMES / A_REQUEST; i++)
		(void)machine_send(&machine, actor, "Names", "n");
	(void)machine_send(&machine, actor, "Breed", "{s:i}", "count", MANY_ACTORS - 1);
	machine_run(&machine);
	status = system_status();
	assert_true(tsp_message_is(status, "Thespian_SystemStatus"));
	assert_int_equal(tsp_get_int(status, "globalCount", 0), MANY_NAMES);
	assert_int_equal(tsp_value_count(tsp_get(status, "globalActors")), 1000);
	assert_int_equal(tsp_get_int(status, "actors", 0), MANY_ACTORS);
	assert_true(tsp_message_body(status).size < (size_t)1024 * 1024);
	status = ask(actor, "Thespian_StatusReq");
	assert_int_equal(tsp_value_count(tsp_get(status, "childActors")), 1000);
	assert_int_equal(tsp_get_int(status, "childCount", 0), MANY_ACTORS - 1);
	assert_int_equal(
		tsp_value_count(tsp_get(ask((tsp_address){ 0x5157, 0 }, "ListActors"), "actors")),
		MANY_ACTORS);
}

static bool is_outside(tsp_address address)
{
	uint64_t reply = machine_request(&machine, "Resolve", "{s:a}", "address", address);
	tsp_message *answer = machine_reply(&machine, reply);

	assert_non_null(answer);
	assert_true(tsp_message_is(answer, "Resolved"));
	assert_true(tsp_address_equal(tsp_get_address(answer, "address"), address));
	return truth(tsp_message_value(answer), "outside");
}

static void test_who_is_outside(void **state)
{
	tsp_address actor = machine_create(&machine, "Worker", "named", TSP_HOST_OWN);
	uint64_t reply = machine_request(&machine, "ListActors", "{}");

	(void)state;
	assert_true(is_outside((tsp_address){ 0x5157, reply }));
	assert_false(is_outside(actor));
	assert_false(is_outside((tsp_address){ 0x5157, 0 }));
	assert_false(is_outside((tsp_address){ 0x5158, reply }));
	assert_false(is_outside((tsp_address){ 0x5157, reply + ((uint64_t)1 << 30) }));
}

static void test_list_of_a_source(void **state)
{
	uint64_t reply;
	tsp_message *list;

	(void)state;
	(void)machine_create(&machine, "Worker", NULL, TSP_HOST_OWN);
	reply = machine_request(&machine, "ListActors", "{s:s}", "source", "0123456789");
	list = machine_reply(&machine, reply);
	assert_true(tsp_message_is(list, "ActorList"));
	assert_true(tsp_text_is(tsp_get_text(list, "source"), "0123456789"));
	assert_int_equal(tsp_value_count(tsp_get(list, "actors")), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_who_is_outside),
		TEST(test_list_of_a_source),
		TEST(test_entry_waiting),
		TEST(test_entry_kept),
		TEST(test_entry_handled),
		TEST(test_entry_handled_crowd),
		TEST(test_entry_busy),
		TEST(test_restarts),
		TEST(test_lost_in_host),
		TEST(test_system_fields),
		TEST(test_actor_fields),
		TEST(test_asks_itself),
		TEST(test_long_message),
		TEST(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
