/* SPDX-License-Identifier: MIT */
/* What the morgue keeps, within its bounds, and how it is sent again; and how an actor comes back. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/morgue.h"
#include "machine.h"
#include "wire/address.h"

#define SYSTEM 0x5157

struct state {
	bool healed;
	int64_t begun; /* the argument */
	tsp_address last;
	tsp_address child;
};

static int init(tsp_actor *self, tsp_value argument)
{
	struct state *state = tsp_state(self);

	(void)tsp_value_int(argument, &state->begun);
	return TSP_OK;
}

static int on_order(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	state->last = sender;
	if (tsp_get_bool(message, "crash", false))
		machine_crash = true;
	if (!state->healed)
		return tsp_fail_text(self, TSP_EVALUE, "no such order");
	return tsp_get_bool(message, "quiet", false) ? TSP_OK : tsp_sendf(self, sender, "Done", "{}");
}

static int on_heal(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct state *state = tsp_state(self);

	(void)message;
	(void)sender;
	state->healed = true;
	return TSP_OK;
}

/* Sends so many, of so many bytes, to somebody. */
static int on_send(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t count = tsp_get_int(message, "count", 1);
	int64_t size = tsp_get_int(message, "size", 0);
	char *bytes = calloc(1, (size_t)size + 1);

	(void)sender;
	if (bytes == NULL)
		return TSP_ENOMEM;
	for (int64_t i = 0; i < count; i++)
		(void)tsp_sendf(self, tsp_get_address(message, "to"), "Order", "{s:I, s:B}", "n", i,
			"bytes", (const void *)bytes, (size_t)size);
	free(bytes);
	return TSP_OK;
}

static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const tsp_create_options options = { .host = TSP_HOST_SHARED };
	struct state *state = tsp_state(self);

	(void)message;
	state->child = tsp_create(self, "Worker", &options);
	return tsp_sendf(self, sender, NULL, "a", state->child);
}

static int on_tell(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct state *state = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, "Told", "{s:I, s:a, s:b}", "begun", state->begun, "last",
		state->last, "healed", (int)state->healed);
}

static const tsp_handler handlers[] = { { "Order", on_order }, { "Heal", on_heal },
	{ "Send", on_send }, { "Make", on_make }, { "Tell", on_tell }, { 0 } };
static const tsp_class worker = { .name = "Worker", .state_size = sizeof(struct state),
	.init = init, .handlers = handlers };
static const tsp_class *const classes[] = { &worker, NULL };

static int setup(void **state)
{
	static struct machine machine;
	const struct admin_config config = { .cores = 1, .wall_ms = 1000000 };

	machine_open(&machine, &config, classes);
	*state = &machine;
	return 0;
}

static int teardown(void **state)
{
	machine_close(*state);
	return 0;
}

static tsp_message *ask(
	struct machine *machine, tsp_address to, const char *type)
{
	uint64_t reply = machine_send(machine, to, type, "{}");

	machine_run(machine);
	return machine_reply(machine, reply);
}

static tsp_message *shelf_of(struct machine *machine, enum tsp_morgue shelf)
{
	uint64_t reply = machine_request(machine, "ListMorgue", "{s:i}", "shelf", (int)shelf);

	assert_true(tsp_message_is(machine_reply(machine, reply), "Morgue"));
	return machine_reply(machine, reply);
}

static tsp_value entry_at(const tsp_message *shelf, size_t index)
{
	return tsp_value_at(tsp_get(shelf, "entries"), index);
}

static size_t count_of(const tsp_message *shelf)
{
	return tsp_value_count(tsp_get(shelf, "entries"));
}

static int64_t number_of(tsp_value entry, const char *member)
{
	int64_t number = -1;

	(void)tsp_value_int(tsp_value_get(entry, member), &number);
	return number;
}

static tsp_text text_of(tsp_value entry, const char *member)
{
	tsp_text text = { 0 };

	(void)tsp_value_text(tsp_value_get(entry, member), &text);
	return text;
}

static tsp_address address_of(tsp_value entry, const char *member)
{
	tsp_address address = TSP_NOBODY;

	(void)tsp_value_address(tsp_value_get(entry, member), &address);
	return address;
}

static const tsp_address dead = { SYSTEM, 0x7000001 };

/* As an ask does, from its own reply address. */
static tsp_message *send_to(
	struct machine *machine, enum tsp_morgue shelf, int64_t id, tsp_address to)
{
	uint64_t reply;

	machine->caller.counter |= ADDRESS_CALLER_ASKS;
	if (tsp_address_is_nobody(to))
		reply = machine_request(
			machine, "SendMorgue", "{s:i, s:I}", "shelf", (int)shelf, "id", id);
	else
		reply = machine_request(machine, "SendMorgue", "{s:i, s:I, s:a}", "shelf",
			(int)shelf, "id", id, "to", to);
	machine->caller.counter &= ~ADDRESS_CALLER_ASKS;
	return machine_reply(machine, reply);
}

static tsp_message *send_again(struct machine *machine, enum tsp_morgue shelf, int64_t id)
{
	return send_to(machine, shelf, id, TSP_NOBODY);
}

static void poison_is_kept(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_message *reply = ask(machine, actor, "Order");
	tsp_value entry = entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0);
	tsp_value body;
	tsp_text type;

	assert_true(tsp_message_is(reply, "PoisonMessage"));
	assert_int_equal(count_of(shelf_of(machine, TSP_MORGUE_POISON)), 1);
	assert_true(tsp_text_is(text_of(entry, "class"), "Worker"));
	assert_true(tsp_text_is(text_of(entry, "type"), "Order"));
	assert_true(tsp_text_is(text_of(entry, "text"), "no such order"));
	assert_true(tsp_text_is(text_of(entry, "outcome"), "failed"));
	assert_int_equal(number_of(entry, "code"), TSP_EVALUE);
	assert_int_equal(number_of(entry, "tried"), 2);
	assert_true(tsp_address_equal(address_of(entry, "to"), actor));
	assert_true(number_of(entry, "at_ms") >= 1000000);
	reply = machine_reply(machine,
		machine_request(machine, "ShowMorgue", "{s:i, s:I}", "shelf", 1, "id",
			number_of(entry, "id")));
	assert_true(tsp_value_encoded(tsp_get(reply, "body"), &body));
	assert_true(tsp_value_typed(body, &type, &body));
	assert_true(tsp_text_is(type, "Order"));
	assert_int_equal(machine_counter(machine, "poison_kept"), 1);
}

/* What fails again keeps its number and its sender; what a healed actor takes is answered to who asks. */
static void poison_is_retried(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	uint64_t sender = machine_send(machine, actor, "Order", "{}");
	tsp_value entry;

	machine_run(machine);
	entry = entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0);
	assert_true(tsp_message_is(
		send_again(machine, TSP_MORGUE_POISON, number_of(entry, "id")), "PoisonMessage"));
	assert_int_equal(count_of(shelf_of(machine, TSP_MORGUE_POISON)), 1);
	entry = entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0);
	assert_int_equal(number_of(entry, "id"), 1);
	assert_int_equal(number_of(entry, "tried"), 4);
	assert_int_equal(number_of(entry, "sent"), 1);
	assert_int_equal(address_of(entry, "from").number, sender);
	(void)ask(machine, actor, "Heal");
	assert_true(tsp_message_is(send_again(machine, TSP_MORGUE_POISON, 1), "Done"));
	assert_int_equal(machine_counter(machine, "accepted"),
		machine_counter(machine, "finished") + machine_counter(machine, "poisoned") +
			machine_counter(machine, "to_callers"));
}

static void crash_says_how_it_ended(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_value entry;

	machine_crash_status = 11;
	(void)machine_send(machine, actor, "Order", "{s:b}", "crash", 1);
	machine_run(machine);
	machine_crash_status = 0;
	entry = entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0);
	assert_true(tsp_text_is(text_of(entry, "outcome"), "crashed"));
	assert_int_equal(number_of(entry, "tried"), 1);
	assert_non_null(memmem(text_of(entry, "text").data, text_of(entry, "text").size,
		"signal 11", strlen("signal 11")));
}

/* The name is free again by the time somebody looks, and is what a person knows the actor by. */
static void poison_has_the_name_that_it_was_for(void **state)
{
	struct machine *machine = *state;
	tsp_address name = machine_name(machine, "worker");
	tsp_message *reply = machine_reply(machine,
		machine_request(machine, "Create", "{s:u, s:s, s:s, s:s}", "number",
			(uint64_t)(machine->caller.lease << 24) | ++machine->caller.counter, "class",
			"Worker", "module", "test", "name", "worker"));

	assert_true(tsp_message_is(reply, "Created"));
	machine_crash_status = 11;
	(void)machine_send(machine, name, "Order", "{s:b}", "crash", 1);
	machine_run(machine);
	machine_crash_status = 0;
	reply = machine_reply(machine, machine_request(machine, "Resolve", "{s:s}", "name", "worker"));
	assert_true(tsp_message_is(reply, "RequestFailed"));
	assert_true(tsp_text_is(
		text_of(entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0), "name"), "worker"));
}

static void oldest_letters_fall_out(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_message *shelf;

	(void)machine_send(machine, actor, "Send", "{s:a, s:i}", "to", dead, "count", 300);
	machine_run(machine);
	shelf = shelf_of(machine, TSP_MORGUE_DEAD);
	assert_int_equal(count_of(shelf), MORGUE_ENTRIES);
	assert_int_equal(tsp_get_int(shelf, "fallen", 0), 300 - MORGUE_ENTRIES);
	assert_int_equal(number_of(entry_at(shelf, 0), "id"), 300 - MORGUE_ENTRIES + 1);
	assert_int_equal(number_of(entry_at(shelf, MORGUE_ENTRIES - 1), "id"), 300);
	assert_true(tsp_text_is(text_of(entry_at(shelf, 0), "text"), "the actor is dead"));
	assert_int_equal(machine_counter(machine, "dead_kept"), MORGUE_ENTRIES);
	assert_int_equal(machine_counter(machine, "dead_fallen_out"), 300 - MORGUE_ENTRIES);
	machine_request(machine, "DropMorgue", "{s:i, s:i}", "shelf", 0, "id", 0);
	assert_int_equal(count_of(shelf_of(machine, TSP_MORGUE_DEAD)), 0);
	assert_int_equal(tsp_get_int(shelf_of(machine, TSP_MORGUE_DEAD), "bytes", -1), 0);
}

static void large_bodies_are_bounded(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_message *shelf;
	tsp_message *reply;

	(void)machine_send(machine, actor, "Send", "{s:a, s:i, s:i}", "to", dead, "count", 30,
		"size", 250000);
	(void)machine_send(machine, actor, "Send", "{s:a, s:i}", "to", dead, "size", 300000);
	machine_run(machine);
	shelf = shelf_of(machine, TSP_MORGUE_DEAD);
	assert_true(tsp_get_int(shelf, "bytes", -1) <= (int64_t)MORGUE_BYTES);
	assert_int_equal(count_of(shelf), 17);
	assert_int_equal(tsp_get_int(shelf, "fallen", 0), 14);
	assert_true(number_of(entry_at(shelf, 16), "size") > 300000);
	reply = send_again(machine, TSP_MORGUE_DEAD, 31);
	assert_true(tsp_message_is(reply, "RequestFailed"));
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_ETOOBIG);
}

/* Who asks is told; who only tells may never listen. */
static void asks_are_not_kept(void **state)
{
	struct machine *machine = *state;

	(void)ask(machine, dead, "Order");
	assert_int_equal(count_of(shelf_of(machine, TSP_MORGUE_DEAD)), 0);
}

static void letter_goes_as_from_its_sender(void **state)
{
	struct machine *machine = *state;
	tsp_address sender = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_address name = machine_name(machine, "late");
	tsp_address late;
	tsp_message *reply;
	uint64_t number;

	(void)machine_send(machine, sender, "Send", "{s:a}", "to", name);
	machine_run(machine);
	number = machine_request(machine, "SendMorgue", "{s:i, s:i, s:a, s:b}", "shelf", 0, "id", 1,
		"to", sender, "as_sender", 1);
	reply = machine_reply(machine, number);
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_EPERM); /* to nobody else */
	late = machine_create(machine, "Worker", "late", TSP_HOST_OWN);
	(void)ask(machine, late, "Heal");
	number = machine_request(machine, "SendMorgue", "{s:i, s:i, s:b}", "shelf", 0, "id", 1,
		"as_sender", 1);
	assert_true(tsp_message_is(machine_reply(machine, number), "MorgueSent"));
	assert_int_equal(count_of(shelf_of(machine, TSP_MORGUE_DEAD)), 0);
	reply = ask(machine, late, "Tell");
	assert_true(tsp_address_equal(tsp_get_address(reply, "last"), sender));
}

/* A letter stays until who asked drops it: it is the same whatever becomes of it. */
static void letter_that_fails_is_poison(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);

	(void)machine_send(machine, actor, "Send", "{s:a}", "to", dead);
	machine_run(machine);
	assert_int_equal(
		tsp_get_int(send_again(machine, TSP_MORGUE_DEAD, 1), "code", 0), TSP_EDEAD);
	assert_int_equal(count_of(shelf_of(machine, TSP_MORGUE_DEAD)), 1);
	assert_true(tsp_message_is(send_to(machine, TSP_MORGUE_DEAD, 1, actor), "PoisonMessage"));
	assert_int_equal(count_of(shelf_of(machine, TSP_MORGUE_DEAD)), 0);
	assert_int_equal(
		number_of(entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0), "id"), 1);
}

/* Nobody gets, by a way round, what its sender never sent to him. */
static void letter_stays_for_whom_it_was(void **state)
{
	struct machine *machine = *state;
	tsp_address sender = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_address other = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_message *reply;
	tsp_value entry;

	(void)machine_send(machine, sender, "Send", "{s:a}", "to", dead);
	machine_run(machine);
	(void)send_to(machine, TSP_MORGUE_DEAD, 1, other);
	entry = entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0);
	assert_true(tsp_address_equal(address_of(entry, "to"), dead));
	assert_true(tsp_address_equal(address_of(entry, "from"), sender));
	assert_true(tsp_address_equal(address_of(entry, "actor"), other));
	(void)machine_request(machine, "SendMorgue", "{s:i, s:i, s:b}", "shelf", 1, "id", 1,
		"as_sender", 1);
	reply = ask(machine, other, "Tell");
	assert_false(tsp_address_equal(tsp_get_address(reply, "last"), sender));
}

/* Who listens in on that one sees it go out, as when it went out first. */
static void letter_is_traced_as_its_senders(void **state)
{
	struct machine *machine = *state;
	uint64_t base = machine->caller.lease << ADDRESS_LEASE_SHIFT | 1;
	tsp_address sender = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_message *event;

	(void)machine_send(machine, sender, "Send", "{s:a}", "to", machine_name(machine, "late"));
	machine_run(machine);
	(void)machine_create(machine, "Worker", "late", TSP_HOST_OWN);
	(void)machine_request(machine, "Trace", "{s:u, s:a}", "events", base, "actor", sender);
	(void)machine_request(machine, "SendMorgue", "{s:i, s:i, s:b}", "shelf", 0, "id", 1,
		"as_sender", 1);
	event = machine_reply(machine, base);
	assert_non_null(event);
	assert_true(tsp_message_is(event, "Traced"));
	assert_true(tsp_text_is(tsp_get_text(event, "direction"), "out"));
	assert_true(tsp_text_is(tsp_get_text(event, "type"), "Order"));
}

/* Who looks at what is waited for sees it as any other ask. */
static void what_is_sent_again_is_waited_for(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_message *reply;

	(void)machine_send(machine, actor, "Order", "{}");
	machine_run(machine);
	machine_host_of(machine, "Worker")->stopped = true;
	assert_null(send_again(machine, TSP_MORGUE_POISON, 1));
	reply = machine_reply(machine, machine_request(machine, "ListWaits", "{}"));
	assert_int_equal(tsp_get_int(reply, "waitCount", -1), 1);
	machine_host_of(machine, "Worker")->stopped = false;
	machine_run(machine);
	reply = machine_reply(machine, machine_request(machine, "ListWaits", "{}"));
	assert_int_equal(tsp_get_int(reply, "waitCount", -1), 0);
}

static void poison_within_a_host_is_kept(void **state)
{
	struct machine *machine = *state;
	tsp_address mother = machine_create(machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_message *reply = ask(machine, mother, "Make");
	tsp_address child = TSP_NOBODY;
	tsp_value entry;

	assert_true(tsp_value_address(tsp_message_value(reply), &child));
	(void)machine_send(machine, mother, "Send", "{s:a}", "to", child);
	machine_run(machine);
	entry = entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0);
	assert_true(tsp_address_equal(address_of(entry, "from"), mother));
	assert_true(tsp_address_equal(address_of(entry, "to"), child));
	assert_true(tsp_text_is(text_of(entry, "class"), "Worker"));
	assert_int_equal(machine_counter(machine, "forged"), 0);
}

/* A body that would not be kept does not leave its host for that. */
static void large_poison_stays_in_its_host(void **state)
{
	struct machine *machine = *state;
	tsp_address mother = machine_create(machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_message *reply = ask(machine, mother, "Make");
	struct machine_host *host = machine_host_of(machine, "Worker");
	tsp_address child = TSP_NOBODY;
	struct frame frame;
	tsp_value entry;
	bool kept = true;

	assert_true(tsp_value_address(tsp_message_value(reply), &child));
	(void)machine_send(machine, mother, "Send", "{s:a, s:i}", "to", child, "size", 300000);
	assert_true(frame_get(host->in.data, host->in.size, FRAME_LIMIT, &frame, NULL) > 0);
	assert_true(stage_receive(host->stage, &frame) >= 0);
	buffer_drop(&host->in, host->in.size);
	while (stage_run(host->stage, 1000))
		;
	assert_true(stage_outbox(host->stage)->size < 1000);
	machine_run(machine);
	entry = entry_at(shelf_of(machine, TSP_MORGUE_POISON), 0);
	assert_true(tsp_text_is(text_of(entry, "type"), "Order"));
	assert_true(number_of(entry, "size") > 300000);
	assert_true(tsp_value_bool(tsp_value_get(entry, "kept"), &kept));
	assert_false(kept);
	assert_int_equal(machine_counter(machine, "forged"), 0);
}

static void what_is_not_there_is_said(void **state)
{
	struct machine *machine = *state;

	assert_int_equal(
		tsp_get_int(send_again(machine, TSP_MORGUE_DEAD, 9), "code", 0), TSP_ENOENT);
	assert_int_equal(
		tsp_get_int(send_again(machine, (enum tsp_morgue)7, 9), "code", 0), TSP_EVALUE);
}

static tsp_message *restart(struct machine *machine, tsp_address actor, int grace_ms, bool others)
{
	uint64_t reply = machine_request(machine, "Restart", "{s:a, s:i, s:b}", "address", actor,
		"grace_ms", grace_ms, "others", (int)others);

	machine_run(machine);
	return machine_reply(machine, reply);
}

/* It is created again as it was, and what waits at its name is for the next. */
static void restart_creates_it_again(void **state)
{
	struct machine *machine = *state;
	uint64_t number = (machine->caller.lease << 24) | ++machine->caller.counter;
	uint8_t seven[] = { 7 };
	tsp_address name = machine_name(machine, "worker");
	struct machine_host *host;
	tsp_message *reply;
	uint64_t waits;

	reply = machine_reply(machine,
		machine_request(machine, "Create", "{s:u, s:s, s:s, s:s, s:e}", "number", number,
			"class", "Worker", "module", "test", "name", "worker", "argument",
			(tsp_value){ seven, sizeof(seven) }));
	assert_true(tsp_message_is(reply, "Created"));
	(void)ask(machine, name, "Heal");
	host = machine_host_of(machine, "Worker");
	host->stopped = true; /* a handler that never returns */
	for (int i = 0; i < 600; i++)
		waits = machine_send(machine, name, "Tell", "{}");
	reply = restart(machine, (tsp_address){ SYSTEM, number }, 5000, false);
	assert_null(reply);
	machine_pass_ms(machine, 5100);
	machine_run(machine);
	reply = machine_reply(machine, waits);
	assert_true(tsp_message_is(reply, "Told"));
	assert_int_equal(tsp_get_int(reply, "begun", 0), 7);
	assert_false(tsp_get_bool(reply, "healed", true));
	assert_int_equal(machine_counter(machine, "restarts"), 1);
	reply = machine_reply(machine, machine_request(machine, "Resolve", "{s:s}", "name", "worker"));
	assert_int_not_equal(tsp_get_address(reply, "holder").number, number);
}

static void restart_of_a_child_is_its_parents(void **state)
{
	struct machine *machine = *state;
	tsp_address mother = machine_create(machine, "Worker", NULL, TSP_HOST_OWN);
	tsp_address child = TSP_NOBODY;
	tsp_message *reply = ask(machine, mother, "Make");

	assert_true(tsp_value_address(tsp_message_value(reply), &child));
	assert_true(tsp_message_is(restart(machine, child, 0, false), "Killed"));
	assert_int_equal(tsp_get_int(restart(machine, child, 0, false), "code", 0), TSP_EDEAD);
	reply = restart(machine, mother, 0, false);
	assert_true(tsp_message_is(reply, "Created"));
	assert_false(tsp_address_equal(tsp_get_address(reply, "address"), mother));
}

/* Twice asked for is once done, and both hear of it. */
static void restart_is_shared(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_address other = machine_create(machine, "Worker", NULL, TSP_HOST_SHARED);
	tsp_message *reply = restart(machine, actor, 0, false);
	uint64_t first;
	uint64_t second;

	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_EPERM);
	assert_int_equal(tsp_get_int(reply, "sharing", 0), 1);
	first = machine_send(machine, (tsp_address){ SYSTEM, 0 }, "Restart", "{s:a, s:i, s:b}",
		"address", actor, "grace_ms", 5000, "others", 1);
	second = machine_send(machine, (tsp_address){ SYSTEM, 0 }, "Restart", "{s:a, s:i, s:b}",
		"address", actor, "grace_ms", 5000, "others", 1);
	machine_run(machine);
	assert_true(tsp_message_is(machine_reply(machine, first), "Created"));
	assert_true(tsp_message_is(machine_reply(machine, second), "Created"));
	assert_true(tsp_message_is(ask(machine, other, "Tell"), "Told"));
	assert_int_equal(machine_counter(machine, "restarts"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(poison_is_kept),
		TEST(poison_is_retried),
		TEST(crash_says_how_it_ended),
		TEST(poison_has_the_name_that_it_was_for),
		TEST(oldest_letters_fall_out),
		TEST(large_bodies_are_bounded),
		TEST(asks_are_not_kept),
		TEST(letter_goes_as_from_its_sender),
		TEST(letter_that_fails_is_poison),
		TEST(letter_stays_for_whom_it_was),
		TEST(letter_is_traced_as_its_senders),
		TEST(what_is_sent_again_is_waited_for),
		TEST(poison_within_a_host_is_kept),
		TEST(large_poison_stays_in_its_host),
		TEST(what_is_not_there_is_said),
		TEST(restart_creates_it_again),
		TEST(restart_of_a_child_is_its_parents),
		TEST(restart_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
