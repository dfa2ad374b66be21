/* SPDX-License-Identifier: MIT */
/* The admin and stages together: every message ends in exactly one way (messages.md). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/gate.h"
#include "machine.h"
#include "machine_actors.h"

static int setup(void **state)
{
	static struct machine machine;
	const struct admin_config config = { .cores = 2 };

	machine_open(&machine, &config, machine_classes);
	*state = &machine;
	return 0;
}

static int teardown(void **state)
{
	machine_close(*state);
	return 0;
}

static void test_ask(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	uint64_t reply;

	assert_false(tsp_address_is_nobody(echo));
	reply = machine_send(machine, echo, "Echo", "{s:s}", "hello", "Ada");
	machine_run(machine);
	assert_non_null(machine_reply(machine, reply));
	assert_true(tsp_text_is(tsp_get_text(machine_reply(machine, reply), "hello"), "Ada"));
	assert_int_equal(machine_counter(machine, "finished"), 1);
}

static void test_order_and_credit(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_SHARED);
	uint64_t reply;

	for (int64_t i = 0; i < 5000; i++)
		(void)machine_send(machine, echo, "Count", "{s:I}", "n", i);
	reply = machine_send(machine, echo, "Report", "{}");
	machine_run(machine);
	assert_non_null(machine_reply(machine, reply));
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "count", 0), 5000);
	assert_false(tsp_get_bool(machine_reply(machine, reply), "disorder", true));
	assert_int_equal(machine_counter(machine, "mailbox_bytes"), 0);
}

static void test_poison_after_one_retry(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	uint64_t reply = machine_send(machine, echo, "Fail", "{}");
	tsp_message *poison;

	machine_run(machine);
	poison = machine_reply(machine, reply);
	assert_non_null(poison);
	assert_true(tsp_message_is(poison, "PoisonMessage"));
	assert_true(tsp_message_is_system(poison));
	assert_true(tsp_text_is(tsp_get_text(poison, "details"), "tried 2 times"));
	assert_true(tsp_text_is(tsp_get_text(poison, "outcome"), "failed"));
	assert_int_equal(tsp_get_int(poison, "code", 0), TSP_EVALUE);
}

/* What a Parent heard last of its children; NULL: nothing. */
static tsp_message *last_heard(const struct machine *machine)
{
	tsp_message *heard = NULL;

	for (size_t i = 0; i < machine->caller.count; i++) {
		if (tsp_message_is(machine->caller.inbox[i], "Heard"))
			heard = machine->caller.inbox[i];
	}
	return heard;
}

static void test_crash(void **state)
{
	struct machine *machine = *state;
	tsp_address parent = machine_create(machine, "Parent", NULL, TSP_HOST_DEFAULT);
	uint64_t made = machine_send(machine, parent, "Make", "{s:s}", "class", "Echo");
	tsp_address child;
	uint64_t crash;
	uint64_t behind;
	tsp_message *heard;

	machine_run(machine);
	child = tsp_get_address(machine_reply(machine, made), "child");
	crash = machine_send(machine, child, "Crash", "{}");
	behind = machine_send(machine, child, "Echo", "{}");
	machine_run(machine);
	assert_true(tsp_text_is(tsp_get_text(machine_reply(machine, crash), "outcome"), "crashed"));
	assert_non_null(
		strstr(tsp_get_text(machine_reply(machine, crash), "details").data, "signal 11"));
	assert_true(
		tsp_text_is(tsp_get_text(machine_reply(machine, behind), "outcome"), "returned"));
	assert_int_equal(tsp_get_int(machine_reply(machine, behind), "code", 0), TSP_EDEAD);
	heard = last_heard(machine);
	assert_non_null(heard);
	assert_true(tsp_text_is(tsp_get_text(heard, "type"), "ChildActorExited"));
	assert_int_equal(machine_counter(machine, "hosts_died"), 1);
	/* dead is dead: at once */
	behind = machine_send(machine, child, "Echo", "{}");
	machine_run(machine);
	assert_int_equal(tsp_get_int(machine_reply(machine, behind), "code", 0), TSP_EDEAD);
}

static void test_init_fails(void **state)
{
	struct machine *machine = *state;
	uint64_t number = (machine->caller.lease << 24) | 0x900;
	uint64_t reply = machine_request(machine, "Create", "{s:u, s:s, s:s}", "number", number,
		"class", "Bad", "module", "test");

	assert_true(tsp_message_is(machine_reply(machine, reply), "CreateFailed"));
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_ESTART);
	assert_true(tsp_text_is(tsp_get_text(machine_reply(machine, reply), "detail"), "no luck"));
	assert_int_equal(machine->host_count, 0);
	reply = machine_request(machine, "Create", "{s:u, s:s, s:s}", "number", number + 1, "class",
		"Nobody", "module", "test");
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_ECLASS);
	reply = machine_request(machine, "Create", "{s:u, s:s, s:s}", "number", number + 2, "class",
		"Echo", "source", "abcdef");
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_ESOURCE);
}

static void test_requirements(void **state)
{
	struct machine *machine = *state;
	uint64_t number = (machine->caller.lease << 24) | 0x900;
	tsp_builder *b = tsp_builder_new();
	tsp_value needs;
	uint64_t reply;

	tsp_put_format(b, "{s:s}", "Colour", "red");
	assert_int_equal(tsp_builder_value(b, &needs), 0);
	reply = machine_request(machine, "Create", "{s:u, s:s, s:s, s:e}", "number", number,
		"class", "Echo", "module", "test", "requirements", needs);
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_ECAPABILITY);
	(void)machine_request(
		machine, "UpdateCapability", "{s:s, s:s}", "name", "Colour", "value", "red");
	reply = machine_request(machine, "Create", "{s:u, s:s, s:s, s:e}", "number", number + 1,
		"class", "Echo", "module", "test", "requirements", needs);
	assert_true(tsp_message_is(machine_reply(machine, reply), "Created"));
	tsp_builder_free(b);
}

static void test_one_actor_a_name(void **state)
{
	struct machine *machine = *state;
	tsp_address first = machine_create(machine, "Echo", "greeter", TSP_HOST_DEFAULT);
	uint64_t started = machine->started;

	assert_true(tsp_address_equal(first, machine_name(machine, "greeter")));
	assert_true(tsp_address_equal(
		machine_create(machine, "Nonsense", "greeter", TSP_HOST_DEFAULT), first));
	assert_int_equal(machine->started, started);
	/* free again after its exit */
	(void)machine_send(machine, first, "ActorExitRequest", "{}");
	machine_run(machine);
	assert_int_equal(machine_counter(machine, "returned"), 0);
	assert_true(tsp_address_equal(
		machine_create(machine, "Echo", "greeter", TSP_HOST_DEFAULT), first));
	assert_int_equal(machine->started, started + 1);
}

static void test_names_are_given_without_loss(void **state)
{
	struct machine *machine = *state;
	tsp_address owner = machine_create(machine, "Parent", NULL, TSP_HOST_DEFAULT);
	tsp_address old = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	tsp_address new = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	tsp_address service = machine_name(machine, "service");
	uint64_t asks[1500];
	struct machine_host *host;

	(void)machine_send(machine, owner, "Take", "{}");
	machine_run(machine);
	(void)machine_send(machine, owner, "Give", "{s:a}", "to", old);
	machine_run(machine);
	host = machine_host_of(machine, "Echo");
	host->stopped = true;
	for (size_t i = 0; i < 1000; i++)
		asks[i] = machine_send(machine, service, "Echo", "{}");
	(void)machine_send(machine, owner, "Give", "{s:a}", "to", new);
	machine_run(machine);
	for (size_t i = 1000; i < 1500; i++)
		asks[i] = machine_send(machine, service, "Echo", "{}");
	machine_run(machine);
	/* what the old one had on its link it answers; all else the new one answers */
	host->stopped = false;
	machine_run(machine);
	for (size_t i = 0; i < 1500; i++) {
		assert_non_null(machine_reply(machine, asks[i]));
		assert_true(tsp_message_is(machine_reply(machine, asks[i]), "Echo"));
	}
	assert_int_equal(machine_counter(machine, "returned"), 0);
}

/* Whose host is told to end gets nothing more: it waits for the next holder. */
static void test_names_outlive_the_killed(void **state)
{
	struct machine *machine = *state;
	tsp_address owner = machine_create(machine, "Parent", NULL, TSP_HOST_DEFAULT);
	tsp_address old = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	tsp_address system = { 0x5157, 0 };
	uint64_t ask;

	(void)machine_send(machine, owner, "Take", "{}");
	machine_run(machine);
	(void)machine_send(machine, owner, "Give", "{s:a}", "to", old);
	(void)machine_send(machine, owner, "Keep", "{}");
	machine_run(machine);
	(void)machine_send(machine, system, "Kill", "{s:a, s:i}", "address", old, "grace_ms", 0);
	ask = machine_send(machine, machine_name(machine, "service"), "Echo", "{}");
	machine_run(machine);
	assert_null(machine_reply(machine, ask));
	(void)machine_send(machine, owner, "Give", "{s:a}", "to",
		machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT));
	machine_run(machine);
	assert_non_null(machine_reply(machine, ask));
	assert_true(tsp_message_is(machine_reply(machine, ask), "Echo"));
}

static void test_mailbox_bound(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	int64_t refused = 0;
	uint64_t reply;

	machine_host_of(machine, "Echo")->stopped = true;
	for (int64_t i = 0; i < 150000; i++)
		(void)machine_send(machine, echo, "Count", "{s:I}", "n", i);
	machine_run(machine);
	refused = machine_counter(machine, "refused");
	assert_true(refused > 0);
	assert_true(machine_counter(machine, "mailbox_bytes") < 4 * 1024 * 1024);
	machine_host_of(machine, "Echo")->stopped = false;
	machine_run(machine);
	reply = machine_send(machine, echo, "Report", "{}");
	machine_run(machine);
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "count", 0), 150000 - refused);
	assert_false(tsp_get_bool(machine_reply(machine, reply), "disorder", true));
	assert_int_equal(machine_counter(machine, "accepted"),
		machine_counter(machine, "finished") + machine_counter(machine, "refused") +
			machine_counter(machine, "to_callers"));
}

static void test_bounds_are_capabilities(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);

	(void)machine_request(machine, "UpdateCapability", "{s:s, s:i}", "name", "Mailbox Messages",
		"value", 100);
	(void)machine_request(
		machine, "UpdateCapability", "{s:s, s:i}", "name", "Memory Limit", "value", 4000);
	machine_host_of(machine, "Echo")->stopped = true;
	for (int64_t i = 0; i < 2000; i++)
		(void)machine_send(machine, echo, "Count", "{s:I}", "n", i);
	assert_true(machine_counter(machine, "refused") > 1000);
	assert_true(machine_counter(machine, "mailbox_bytes") <= 4000);
}

static void test_dead_letters(void **state)
{
	struct machine *machine = *state;
	tsp_address handler = machine_create(machine, "Parent", NULL, TSP_HOST_DEFAULT);
	tsp_address sender = machine_create(machine, "Parent", NULL, TSP_HOST_DEFAULT);
	tsp_address nobody = { 0x5157, 77 };
	uint64_t reply = machine_send(machine, handler, "Letters", "{}");

	machine_run(machine);
	(void)machine_send(machine, sender, "PassOn", "{s:a}", "to", nobody);
	machine_run(machine);
	assert_non_null(machine_reply(machine, reply));
	assert_true(
		tsp_text_is(tsp_get_text(machine_reply(machine, reply), "type"), "DeadEnvelope"));
	assert_int_equal(machine_counter(machine, "dead_letters"), 1);
}

static void test_load_needs_an_authority(void **state)
{
	struct machine *machine = *state;
	uint64_t reply = machine_request(
		machine, "LoadSource", "{s:B, s:s}", "data", "good", (size_t)4, "info", "x");

	assert_true(tsp_message_is(machine_reply(machine, reply), "SourceFailed"));
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_ENOAUTHORITY);
}

/* Who loads several at once must know which of them is refused. */
static void test_refused_load_has_its_hash(void **state)
{
	struct machine *machine = *state;
	const struct admin_config config = { .cores = 2,
		.authority = "test:Parent",
		.director = "test:Parent=x",
		.memory_limit = 100 * 1000 };
	static char first[70 * 1000], second[40 * 1000];
	tsp_text hash;
	uint64_t one, two;

	machine_close(machine);
	machine_open(machine, &config, machine_classes);
	assert_int_equal(admin_is_ready(machine->admin, NULL), 1);
	for (size_t i = 0; i < machine->host_count; i++)
		machine->hosts[i]->stopped = true;
	one = machine_request(
		machine, "LoadSource", "{s:B, s:s}", "data", first, sizeof(first), "info", "first");
	two = machine_request(machine, "LoadSource", "{s:B, s:s}", "data", second, sizeof(second),
		"info", "second");
	assert_null(machine_reply(machine, one));
	assert_true(tsp_message_is(machine_reply(machine, two), "SourceFailed"));
	assert_int_equal(tsp_get_int(machine_reply(machine, two), "code", 0), TSP_EBACKLOG);
	hash = tsp_get_text(machine_reply(machine, two), "sourceHash");
	assert_int_equal(hash.size, 64);
	assert_true(tsp_text_is(tsp_get_text(machine_reply(machine, two), "sourceInfo"), "second"));
}

static void test_load_with_authority(void **state)
{
	struct machine *machine = *state;
	const struct admin_config config = {
		.cores = 2, .authority = "test:Parent", .director = "test:Parent=x"
	};
	uint64_t number;
	uint64_t reply;
	char *hash;

	machine_close(machine);
	machine_open(machine, &config, machine_classes);
	assert_int_equal(admin_is_ready(machine->admin, NULL), 1);
	reply = machine_request(
		machine, "LoadSource", "{s:B, s:s}", "data", "bad", (size_t)3, "info", "x");
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EUNTRUSTED);
	reply = machine_request(
		machine, "LoadSource", "{s:B, s:s}", "data", "good", (size_t)4, "info", "x");
	assert_true(tsp_message_is(machine_reply(machine, reply), "LoadedSource"));
	hash = tsp_text_copy(tsp_get_text(machine_reply(machine, reply), "sourceHash"));
	number = (machine->caller.lease << 24) | 0x900;
	reply = machine_request(machine, "Create", "{s:u, s:s, s:s}", "number", number, "class",
		"Echo", "source", hash);
	assert_true(tsp_message_is(machine_reply(machine, reply), "Created"));
	reply = machine_request(machine, "UnloadSource", "{s:s}", "hash", hash);
	assert_true(tsp_message_is(machine_reply(machine, reply), "UnloadedSource"));
	reply = machine_request(machine, "Create", "{s:u, s:s, s:s}", "number", number + 1, "class",
		"Echo", "source", hash);
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_ESOURCE);
	/* who runs goes on */
	reply = machine_send(machine, (tsp_address){ 0x5157, number }, "Echo", "{}");
	machine_run(machine);
	assert_true(tsp_message_is(machine_reply(machine, reply), "Echo"));
	machine->build_code = TSP_EBUILD;
	reply = machine_request(
		machine, "LoadSource", "{s:B, s:s}", "data", "gone", (size_t)4, "info", "x");
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EBUILD);
	assert_true(
		tsp_text_is(tsp_get_text(machine_reply(machine, reply), "output"), "a.c:1: no"));
	free(hash);
}

/* What the start named keeps the admin's user; all others of the same module get another nursery. */
static void test_user_is_kept_for_the_start_only(void **state)
{
	struct machine *machine = *state;
	struct admin_config config = { .cores = 2,
		.authority = "test:Parent",
		.director = "test:Parent=x",
		.hosts_apart = true };

	machine_close(machine);
	machine_open(machine, &config, machine_classes);
	assert_true(machine->kept_user);
	assert_int_equal(machine->opened, 1); /* for both */
	(void)machine_create(machine, "Parent", NULL, TSP_HOST_SHARED);
	assert_false(machine->kept_user);
	assert_int_equal(machine->opened, 2);
	(void)machine_create(machine, "Echo", NULL, TSP_HOST_SHARED);
	assert_int_equal(machine->opened, 2);
	/* where hosts are the admin's user anyway there is one for all */
	machine_close(machine);
	config.hosts_apart = false;
	machine_open(machine, &config, machine_classes);
	(void)machine_create(machine, "Parent", NULL, TSP_HOST_SHARED);
	assert_false(machine->kept_user);
	assert_int_equal(machine->opened, 1);
}

static void test_director_comes_back(void **state)
{
	struct machine *machine = *state;
	const struct admin_config config = {
		.cores = 2, .authority = "test:Parent", .director = "test:Parent=x"
	};
	tsp_address director;
	uint64_t made;
	uint64_t waits;
	uint64_t lives;
	tsp_address child;

	machine_close(machine);
	machine_open(machine, &config, machine_classes);
	director = machine_name(machine, "Director");
	made = machine_send(machine, director, "Make", "{s:s}", "class", "Echo");
	machine_run(machine);
	child = tsp_get_address(machine_reply(machine, made), "child");
	(void)machine_send(machine, director, "Crash", "{}");
	waits = machine_send(machine, director, "Echo", "{}");
	machine_run(machine);
	lives = machine_send(machine, child, "Echo", "{}");
	machine_run(machine);
	assert_non_null(machine_reply(machine, lives));
	assert_true(tsp_message_is(machine_reply(machine, lives), "Echo"));
	/* what was on its link is returned, what comes now waits in the kept name */
	assert_true(tsp_message_is(machine_reply(machine, waits), "PoisonMessage"));
	waits = machine_send(machine, director, "Echo", "{}");
	machine_pass_ms(machine, 2000);
	assert_non_null(machine_reply(machine, waits));
	assert_true(tsp_message_is(machine_reply(machine, waits), "Echo"));
}

/* Nobody else is created under its name, also where it has never come yet. */
static void test_director_name(void **state)
{
	struct machine *machine = *state;
	const struct admin_config config = {
		.cores = 2, .authority = "test:Bad", .director = "test:Parent"
	};

	machine_close(machine);
	machine_open(machine, &config, machine_classes);
	assert_true(tsp_address_is_nobody(
		machine_create(machine, "Echo", "Director", TSP_HOST_DEFAULT)));
}

static void test_gate(void **state)
{
	struct machine *machine = *state;
	int caller = 0;

	for (int kind = 0; kind < REQUEST_COUNT; kind++) {
		uint64_t reply;

		assert_false(gate_allows((enum system_request)kind, REQUESTER_COUNT));
		if (gate_allows((enum system_request)kind, REQUESTER_CALLER)) {
			caller++;
			continue;
		}
		reply = machine_request(
			machine, system_request_name((enum system_request)kind), "{}");
		assert_true(tsp_message_is(machine_reply(machine, reply), "RequestFailed"));
		assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EPERM);
	}
	assert_in_range(caller, 8, REQUEST_COUNT - 8);
}

static void test_forged(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = echo,
		.from = echo,
		.body = (const uint8_t *)"\xa0",
		.body_size = 1 };
	uint64_t reply =
		machine_send(machine, echo, "ChildActorExited", "{s:a}", "childAddress", echo);

	machine_run(machine);
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EPERM);
	assert_int_equal(
		admin_receive(machine->admin, machine->caller.link, &frame, machine->now), 0);
	assert_int_equal(machine_counter(machine, "forged"), 1);
	frame.from = (tsp_address){ 0x5157, machine->caller.lease << 24 | 1 };
	frame.body = (const uint8_t *)"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff";
	frame.body_size = 9;
	assert_int_equal(admin_receive(machine->admin, machine->caller.link, &frame, machine->now),
		TSP_EPROTOCOL);
}

/* F146: what is reported is true: of the living nothing is, and of the dead to the living. */
static void test_report_exit(void **state)
{
	struct machine *machine = *state;
	tsp_address parent = machine_create(machine, "Parent", NULL, TSP_HOST_DEFAULT);
	uint64_t made = machine_send(machine, parent, "Make", "{s:s}", "class", "Echo");
	tsp_address child;
	uint64_t reply;

	machine_run(machine);
	child = tsp_get_address(machine_reply(machine, made), "child");
	reply = machine_request(
		machine, "ReportExit", "{s:a, s:a}", "parent", parent, "child", child);
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EEXIST);
	assert_null(last_heard(machine));
	(void)machine_send(machine, child, "Crash", "{}");
	machine_run(machine);
	while (machine->caller.count > 0)
		tsp_message_free(machine->caller.inbox[--machine->caller.count]);
	reply = machine_request(
		machine, "ReportExit", "{s:a, s:a}", "parent", parent, "child", child);
	assert_true(tsp_message_is(machine_reply(machine, reply), "ExitReported"));
	assert_non_null(last_heard(machine));
	assert_true(tsp_text_is(tsp_get_text(last_heard(machine), "type"), "ChildActorExited"));
	reply = machine_request(
		machine, "ReportExit", "{s:a, s:a}", "parent", child, "child", parent);
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EDEAD);
	reply = machine_request(machine, "ReportExit", "{}");
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EDEAD);
}

static void test_kill_and_shutdown(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	uint64_t reply;

	machine_host_of(machine, "Echo")->stopped = true;
	reply = machine_request(machine, "Kill", "{s:a, s:i}", "address", echo, "grace_ms", 1000);
	assert_true(tsp_message_is(machine_reply(machine, reply), "Killed"));
	machine_pass_ms(machine, 900);
	assert_int_equal(machine->host_count, 1);
	machine_pass_ms(machine, 200);
	assert_int_equal(machine->host_count, 0);
	(void)machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	(void)machine_create(machine, "Parent", NULL, TSP_HOST_SHARED);
	reply = machine_request(machine, "SystemShutdown", "{}");
	assert_true(machine->stopped);
	assert_int_equal(machine->host_count, 0);
	assert_true(tsp_message_is(machine_reply(machine, reply), "ShutdownCompleted"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ask, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_and_credit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_poison_after_one_retry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_init_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_requirements, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_actor_a_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_are_given_without_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_outlive_the_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mailbox_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds_are_capabilities, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dead_letters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_load_needs_an_authority, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_load_has_its_hash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_load_with_authority, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_user_is_kept_for_the_start_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_director_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_director_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_report_exit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kill_and_shutdown, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
