/* SPDX-License-Identifier: MIT */
/* Bounds are capabilities: tiny ones refuse exactly what is past them, and what waited goes on. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/bounds.h"
#include "machine.h"

/* Floods a target; a later question tells how often it was refused. */
struct flood {
	tsp_address to;
	tsp_address near;
	int64_t sent;
	int64_t refused;
	int64_t poisoned;
	int64_t got;
};

static struct machine machine;

static int on_flood(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct flood *flood = tsp_state(self);

	(void)sender;
	flood->to = tsp_get_address(message, "to");
	if (tsp_address_is_nobody(flood->to)) {
		if (tsp_address_is_nobody(flood->near))
			flood->near = tsp_create(
				self, "Flood", &(tsp_create_options){ .host = TSP_HOST_SHARED });
		flood->to = flood->near;
	}
	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--) {
		static const uint8_t bytes[100 * 1024];
		size_t size = tsp_get_bool(message, "large", false) ? sizeof(bytes) : 0;
		int rc = tsp_sendf(self, flood->to, "Drop", "B", bytes, size);

		flood->sent += rc == TSP_OK;
		flood->refused += rc == TSP_EBACKLOG;
	}
	if (tsp_get_bool(message, "large", false)) /* it hears nothing for a while */
		machine.hosts[machine.host_count - 1]->stopped = true;
	return TSP_OK;
}

static int on_report(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct flood *flood = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, "Report", "{s:I, s:I, s:I, s:I, s:a}", "sent", flood->sent,
		"refused", flood->refused, "poisoned", flood->poisoned, "got", flood->got, "near",
		flood->near);
}

static int on_drop(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct flood *flood = tsp_state(self);

	(void)message;
	(void)sender;
	flood->got++;
	return TSP_OK;
}

static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct flood *flood = tsp_state(self);

	(void)sender;
	if (tsp_text_is(tsp_get_text(message, "outcome"), "refused") &&
		tsp_get_int(message, "code", 0) == TSP_EBACKLOG)
		flood->poisoned += tsp_get_int(message, "count", 1);
	return TSP_OK;
}

static int on_wake(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t refused = 0;

	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--)
		refused += tsp_wakeup_after(self, 60000, (tsp_value){ NULL, 0 }) == TSP_ELIMIT;
	return tsp_sendf(self, sender, "Report", "{s:I}", "refused", refused);
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "Flood", on_flood },
	{ "Report", on_report },
	{ "Drop", on_drop },
	{ "PoisonMessage", on_poison },
	{ "Wake", on_wake },
	{ 0 },
};
static const tsp_class flood_class = {
	.name = "Flood",
	.state_size = sizeof(struct flood),
	.handlers = handlers,
	.receive = on_other,
};
static const tsp_class *const classes[] = { &flood_class, NULL };


static void open_with(const char *capabilities)
{
	const struct admin_config config = { .cores = 1, .capabilities = capabilities };

	machine_open(&machine, &config, classes);
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&machine);
	return 0;
}

static tsp_message *report(tsp_address actor)
{
	uint64_t reply = machine_send(&machine, actor, "Report", "{}");

	machine_run(&machine);
	assert_non_null(machine_reply(&machine, reply));
	return machine_reply(&machine, reply);
}

static tsp_message *set(const char *name, int64_t number)
{
	return machine_reply(&machine,
		machine_request(
			&machine, "UpdateCapability", "{s:s, s:I}", "name", name, "value", number));
}

static void test_bad_at_start(void **state)
{
	static const char *const bad[] = { "{\"Mailbox Messages\": 0}", "{\"Callers\": \"many\"}",
		"{\"Outbox Bytes\": 1.5}", "{\"Host Window Messages\": 65537}" };
	static const struct admin_ops ops = { 0 };
	struct admin *admin = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct admin_config config = {
			.system = 1, .base = "b", .capabilities = bad[i]
		};
		tsp_error err = { 0 };

		assert_int_equal(admin_new(&config, &ops, NULL, 1, &admin, &err), TSP_EUSAGE);
		assert_non_null(strstr(err.text, "cannot use the capabilities: '"));
		assert_non_null(strstr(err.text, "is not a whole number from 1 to"));
	}
}

static void test_bad_at_run_time(void **state)
{
	tsp_message *reply;
	int64_t number = 0;

	(void)state;
	open_with("{\"Mailbox Messages\": 7}");
	reply = set("Mailbox Messages", 0);
	assert_true(tsp_message_is(reply, "RequestFailed"));
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_EVALUE);
	assert_true(tsp_value_int(admin_capability(machine.admin, "Mailbox Messages"), &number));
	assert_int_equal(number, 7);
	assert_true(tsp_message_is(set("Mailbox Messages", 8), "Updated"));
	assert_true(tsp_value_int(admin_capability(machine.admin, "Mailbox Messages"), &number));
	assert_int_equal(number, 8);
}

/* A caller is not paused: past the soft bound there is its grace, past that TSP_EBACKLOG. */
static void test_mailbox(void **state)
{
	tsp_address sink;
	int64_t finished;

	(void)state;
	open_with(
		"{\"Mailbox Messages\": 3, \"Sender Grace Bytes\": 1, \"Host Window Messages\": 2}");
	sink = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	finished = machine_counter(&machine, "finished");
	machine_host_of(&machine, "Flood")->stopped = true;
	for (int i = 0; i < 100; i++)
		(void)machine_send(&machine, sink, "Drop", "n");
	machine_run(&machine);
	assert_int_equal(machine_counter(&machine, "refused"), 95); /* 2 sent, 3 wait */
	machine_host_of(&machine, "Flood")->stopped = false;
	machine_run(&machine);
	assert_int_equal(machine_counter(&machine, "finished"), finished + 5);
	assert_int_equal(tsp_get_int(report(sink), "got", 0), 5);
	assert_int_equal(machine_counter(&machine, "mailbox_bytes"), 0);
}

/* Sender and receiver in hosts of their own: what is refused, where, adds up. */
static void flood_other(int64_t count)
{
	tsp_address sink = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	struct machine_host *sinks = machine_host_of(&machine, "Flood");
	tsp_address source = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	tsp_message *from, *to;

	sinks->stopped = true;
	for (int i = 0; i < 3; i++) { /* the pause is heard between */
		(void)machine_send(
			&machine, source, "Flood", "{s:a, s:I}", "to", sink, "count", count);
		machine_run(&machine);
	}
	sinks->stopped = false;
	machine_run(&machine);
	from = report(source);
	to = report(sink);
	assert_int_equal(tsp_get_int(from, "sent", 0) + tsp_get_int(from, "refused", 0), 3 * count);
	assert_int_equal(tsp_get_int(to, "got", 0) + tsp_get_int(from, "poisoned", 0),
		tsp_get_int(from, "sent", 0));
	assert_true(tsp_get_int(from, "refused", 0) > 0);
	assert_true(tsp_get_int(to, "got", 0) > 0);
	assert_int_equal(
		machine_counter(&machine, "refused_in_hosts"), tsp_get_int(from, "refused", 0));
	assert_int_equal(machine_counter(&machine, "refused"), tsp_get_int(from, "poisoned", 0));
}

static void test_outbox_messages(void **state)
{
	(void)state;
	open_with("{\"Mailbox Messages\": 1, \"Outbox Messages\": 2}");
	flood_other(600);
}

static void test_outbox_bytes(void **state)
{
	(void)state;
	open_with("{\"Mailbox Messages\": 1, \"Outbox Bytes\": 300, \"Host Window Messages\": 3}");
	flood_other(600);
}

static void test_host_outbox_bytes(void **state)
{
	(void)state;
	open_with("{\"Host Outbox Bytes\": 1000}");
	flood_other(600);
}

static void test_local(void **state)
{
	tsp_address source;
	tsp_message *from;

	(void)state;
	open_with("{\"Local Messages\": 3}");
	source = machine_create(&machine, "Flood", NULL, TSP_HOST_SHARED);
	(void)machine_send(&machine, source, "Flood", "{s:I}", "count", (int64_t)50);
	machine_run(&machine);
	from = report(source);
	/* its creation is a letter, too */
	assert_int_equal(tsp_get_int(from, "sent", 0), 2);
	assert_int_equal(tsp_get_int(from, "refused", 0), 48);
	assert_int_equal(tsp_get_int(report(tsp_get_address(from, "near")), "got", 0), 2);
	assert_int_equal(machine_counter(&machine, "refused_in_hosts"), 48);
	/* wider at run time: the host hears of it */
	assert_true(tsp_message_is(set("Local Messages", 10), "Updated"));
	(void)machine_send(&machine, source, "Flood", "{s:I}", "count", (int64_t)50);
	machine_run(&machine);
	assert_int_equal(tsp_get_int(report(source), "sent", 0), 2 + 10);
}

static void test_wakeups(void **state)
{
	tsp_address actor;
	uint64_t reply;

	(void)state;
	open_with("{\"Wakeups\": 2}");
	actor = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	reply = machine_send(&machine, actor, "Wake", "{s:i}", "count", 5);
	machine_run(&machine);
	assert_int_equal(tsp_get_int(machine_reply(&machine, reply), "refused", 0), 3);
	assert_int_equal(machine_counter(&machine, "refused_in_hosts"), 3);
}

/* Who floods a full target is told of all refusals, and its system lane does not overflow by them. */
static void test_refusals_put_together(void **state)
{
	tsp_address sink, source;
	tsp_message *from;

	(void)state;
	open_with(
		"{\"Mailbox Messages\": 1, \"Sender Grace Bytes\": 1, \"Host Window Messages\": 3,"
		" \"System Messages\": 8}");
	sink = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	machine_host_of(&machine, "Flood")->stopped = true;
	source = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	(void)machine_send(&machine, source, "Flood", "{s:a, s:i}", "to", sink, "count", 3000);
	machine_run(&machine);
	from = report(source);
	assert_int_equal(tsp_get_int(from, "sent", 0), 3000);
	assert_int_equal(tsp_get_int(from, "poisoned", 0), 3000 - 3 - 1);
	assert_int_equal(machine_counter(&machine, "refused"), 3000 - 3 - 1);
	assert_int_equal(machine_counter(&machine, "hosts_died"), 0);
}

/* What waits to be told does not hold every large message that was refused. */
static void test_large_refusals_put_together(void **state)
{
	struct machine_host *host;
	tsp_address sink, source;
	tsp_message *from;

	(void)state;
	open_with("{\"Mailbox Messages\": 1, \"Host Window Messages\": 1}");
	sink = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	machine_host_of(&machine, "Flood")->stopped = true;
	source = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	host = machine.hosts[machine.host_count - 1];
	(void)machine_send(&machine, source, "Flood", "{s:a, s:i, s:b}", "to", sink, "count", 300,
		"large", 1);
	machine_run(&machine);
	assert_true(machine_counter(&machine, "refused") > 250);
	assert_true(machine_counter(&machine, "mailbox_bytes") < 4 * 1024 * 1024);
	host->stopped = false;
	machine_run(&machine);
	from = report(source);
	assert_int_equal(tsp_get_int(from, "poisoned", 0), machine_counter(&machine, "refused"));
}

/* Paused for want of memory that others took: when there is some again, the sender goes on, though nothing
 * ever waited at its own target. */
static void test_memory_comes_back(void **state)
{
	tsp_address full, source, sink;
	struct machine_host *stopped, *slow;

	(void)state;
	open_with("{\"Memory Limit\": 20000, \"Host Window Messages\": 1}");
	sink = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	full = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	stopped = machine.hosts[machine.host_count - 1];
	stopped->stopped = true;
	source = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	slow = machine.hosts[machine.host_count - 1];
	slow->stopped = true;
	(void)machine_send(&machine, source, "Flood", "{s:a, s:i}", "to", sink, "count", 3);
	for (int i = 0; i < 1000; i++)
		(void)machine_send(&machine, full, "Drop", "n");
	slow->stopped = false;
	machine_run(&machine);
	stopped->stopped = false;
	machine_run(&machine);
	assert_int_equal(tsp_get_int(report(source), "poisoned", 0), 3);
	(void)machine_send(&machine, source, "Flood", "{s:a, s:i}", "to", sink, "count", 3);
	machine_run(&machine);
	assert_int_equal(tsp_get_int(report(sink), "got", 0), 3);
}

/* A source that floods a sink twice, the second time as the system asked it to spare the sink: memory is
 * full of what waits for others. ret_full: hosts that do not run, of which the second frees a part. */
static void press_source(tsp_address *ret_source, tsp_address *ret_sink, struct machine_host *ret_full[2])
{
	struct machine_host *slow;
	tsp_address full[2];

	open_with("{\"Memory Limit\": 20000, \"Host Window Messages\": 1}");
	*ret_sink = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	for (int i = 0; i < 2; i++) {
		full[i] = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
		ret_full[i] = machine.hosts[machine.host_count - 1];
		ret_full[i]->stopped = true;
	}
	*ret_source = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	slow = machine.hosts[machine.host_count - 1];
	slow->stopped = true;
	for (int i = 0; i < 2; i++)
		(void)machine_send(&machine, *ret_source, "Flood", "{s:a, s:i}", "to", *ret_sink,
			"count", 3);
	while (machine_counter(&machine, "mailbox_bytes") < 16500)
		(void)machine_send(&machine, full[0], "Drop", "n");
	while (machine_counter(&machine, "refused") == 0)
		(void)machine_send(&machine, full[1], "Drop", "n");
	slow->stopped = false;
	machine_run(&machine);
}

/* A target that goes lets those go on that were paused for it, though nothing waited there. */
static void test_paused_for_the_dead(void **state)
{
	struct machine_host *full[2];
	tsp_address source, sink;
	int64_t returned;

	(void)state;
	press_source(&source, &sink, full);
	returned = machine_counter(&machine, "returned");
	machine.hosts[0]->killed = true;
	machine.hosts[0]->status = 9;
	machine_run(&machine);
	assert_int_equal(machine_counter(&machine, "returned"), returned + 3);
}

/* Memory that stays fuller than the soft bounds like is no reason to wait for ever. */
static void test_memory_comes_back_a_little(void **state)
{
	struct machine_host *full[2];
	tsp_address source, sink;

	(void)state;
	press_source(&source, &sink, full);
	full[1]->stopped = false;
	machine_run(&machine);
	assert_true(machine_counter(&machine, "mailbox_bytes") > 15000);
	machine_pass_ms(&machine, 200);
	assert_int_equal(tsp_get_int(report(sink), "got", 0), 3);
}

/* Who ends with its children is not kept waiting by what fills the system. */
static void test_exit_while_full(void **state)
{
	struct machine_host *parent_host;
	tsp_address parent, full;
	int64_t ended;

	(void)state;
	open_with("{\"Memory Limit\": 20000, \"Host Window Messages\": 1}");
	parent = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	parent_host = machine.hosts[machine.host_count - 1];
	(void)machine_send(&machine, parent, "Flood", "{s:i}", "count", 1); /* makes a child */
	machine_run(&machine);
	full = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	machine.hosts[machine.host_count - 1]->stopped = true;
	parent_host->stopped = true;
	(void)machine_send(&machine, parent, "ActorExitRequest", "{}");
	while (machine_counter(&machine, "refused") == 0)
		(void)machine_send(&machine, full, "Drop", "n");
	ended = machine_counter(&machine, "actors_ended");
	parent_host->stopped = false;
	machine_run(&machine);
	assert_int_equal(machine_counter(&machine, "actors_ended"), ended + 2);
}

static void test_callers(void **state)
{
	struct buffer in;
	tsp_error err = { 0 };

	(void)state;
	open_with("{\"Callers\": 1}");
	buffer_init(&in, 1000);
	assert_null(admin_caller_opened(machine.admin, &in, false, machine.now, &err));
	assert_int_equal(err.code, TSP_ELIMIT);
	assert_string_equal(err.text, "1 callers are connected already, as the capability 'Callers' allows");
}

/* What waits for credit goes on when there is more of it. */
static void test_wider_window(void **state)
{
	tsp_address sink;

	(void)state;
	open_with("{\"Host Window Messages\": 1}");
	sink = machine_create(&machine, "Flood", NULL, TSP_HOST_OWN);
	machine_host_of(&machine, "Flood")->stopped = true;
	for (int i = 0; i < 10; i++)
		(void)machine_send(&machine, sink, "Drop", "n");
	machine_run(&machine);
	assert_true(machine_counter(&machine, "mailbox_bytes") > 0);
	assert_true(tsp_message_is(set("Host Window Messages", 100), "Updated"));
	machine_run(&machine);
	assert_int_equal(machine_counter(&machine, "mailbox_bytes"), 0); /* all are on the link */
}

/* Two that flood each other, and a ring of five, with bounds of one to three: all of it ends. */
static void flood_in_circle(const char *capabilities, size_t count, enum tsp_host host)
{
	tsp_address ring[5];
	int64_t sent = 0, refused = 0, poisoned = 0, got = 0;

	open_with(capabilities);
	for (size_t i = 0; i < count; i++)
		ring[i] = machine_create(&machine, "Flood", NULL, host);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < count; i++)
			(void)machine_send(&machine, ring[i], "Flood", "{s:a, s:i}", "to",
				ring[(i + 1) % count], "count", 50);
		machine_run(&machine);
	}
	for (size_t i = 0; i < count; i++) {
		tsp_message *from = report(ring[i]);

		sent += tsp_get_int(from, "sent", 0);
		refused += tsp_get_int(from, "refused", 0);
		poisoned += tsp_get_int(from, "poisoned", 0);
		got += tsp_get_int(from, "got", 0);
	}
	assert_int_equal((int64_t)count * 20 * 50, sent + refused);
	assert_int_equal(sent, got + poisoned);
	assert_true(got > 0);
	assert_int_equal(machine_counter(&machine, "mailbox_bytes"), 0);
	machine_close(&machine);
}

static void test_circles(void **state)
{
	static const char *const tiny[] = {
		"{\"Mailbox Messages\": 1, \"Sender Grace Bytes\": 1, \"Host Window Messages\": 1,"
		" \"Actor Window Messages\": 1, \"Outbox Messages\": 1, \"Local Messages\": 1}",
		"{\"Mailbox Messages\": 2, \"Sender Grace Bytes\": 100, \"Host Window Messages\": 2,"
		" \"Actor Window Messages\": 1, \"Outbox Messages\": 2, \"Local Messages\": 3}",
		"{\"Mailbox Messages\": 3, \"Mailbox Bytes\": 50, \"Host Window Messages\": 3,"
		" \"Actor Window Messages\": 2, \"Outbox Messages\": 3, \"Outbox Bytes\": 1}",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		flood_in_circle(tiny[i], 2, TSP_HOST_OWN);
		flood_in_circle(tiny[i], 5, TSP_HOST_OWN);
		flood_in_circle(tiny[i], 2, TSP_HOST_SHARED);
		flood_in_circle(tiny[i], 5, TSP_HOST_SHARED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_at_start),
		cmocka_unit_test_teardown(test_bad_at_run_time, teardown),
		cmocka_unit_test_teardown(test_mailbox, teardown),
		cmocka_unit_test_teardown(test_outbox_messages, teardown),
		cmocka_unit_test_teardown(test_outbox_bytes, teardown),
		cmocka_unit_test_teardown(test_host_outbox_bytes, teardown),
		cmocka_unit_test_teardown(test_local, teardown),
		cmocka_unit_test_teardown(test_wakeups, teardown),
		cmocka_unit_test_teardown(test_refusals_put_together, teardown),
		cmocka_unit_test_teardown(test_large_refusals_put_together, teardown),
		cmocka_unit_test_teardown(test_memory_comes_back, teardown),
		cmocka_unit_test_teardown(test_paused_for_the_dead, teardown),
		cmocka_unit_test_teardown(test_memory_comes_back_a_little, teardown),
		cmocka_unit_test_teardown(test_exit_while_full, teardown),
		cmocka_unit_test_teardown(test_callers, teardown),
		cmocka_unit_test_teardown(test_wider_window, teardown),
		cmocka_unit_test(test_circles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
