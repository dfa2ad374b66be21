/* SPDX-License-Identifier: MIT */
/* Part A: actors, addresses, messages. */
#include "config.h"

#include "scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Actors and their children ---- */

static void counts(struct scenario *s)
{
	tsp_address counter = create(s, "Counter", NULL);

	for (int i = 0; i < 3; i++)
		tell(s, counter, "Add", "n");
	CHECK_INT(3, tsp_get_int(ask(s, counter, "Count", "n"), "count", -1));
	CHECK_INT(0, tsp_get_int(ask(s, create(s, "Counter", NULL), "Count", "n"), "count", -1));
}

static void address_at_once(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	int64_t begun = now_ms();
	tsp_address child = agent_create(s, parent, "{s:s, s:b, s:{s:i}}", "class", "Slow", "own",
		1, "argument", "ms", 2000);

	CHECK(now_ms() - begun < 1000);
	(void)ask(s, child, "Hello", "n");
	CHECK(now_ms() - begun >= 2000);
}

static void address_before_init(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, parent, "{s:s}", "class", "Slow");

	CHECK(!tsp_address_equal(child, parent));
	CHECK_TYPE("Hello", ask(s, child, "Hello", "n"));
}

/* All of them wait in the child's mailbox while it starts. */
static void in_order(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address child =
		agent_create(s, parent, "{s:s, s:{s:i}}", "class", "Slow", "argument", "ms", 300);
	tsp_message *heard;

	CHECK_INT(1000,
		tsp_get_int(ask(s, parent, "Send", "{s:a, s:s, s:i, s:b}", "to", child, "type", "N",
				    "times", 1000, "numbered", 1),
			"sent", -1));
	heard = agent_await(s, parent, "N", 1000);
	for (int i = 0; i < 1000; i++) {
		int64_t n = -1;

		CHECK(tsp_value_int(heard_value(heard, (size_t)i, "n"), &n));
		CHECK_INT(i, n);
	}
}

/* ---- Addresses ---- */

static void child_is_sender(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, parent, "{s:s}", "class", "Echo");
	tsp_address sender;

	(void)ask(s, parent, "Send", "{s:a, s:s}", "to", child, "type", "Hello");
	sender = heard_sender(agent_await(s, parent, "Hello", 1), 0);
	CHECK_SAME(child, sender);
	CHECK_SAME(sender, child);
}

/* A message that holds the address of one that starts slowly does not wait, and does not overtake. */
static void nothing_held_back(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address reader = agent_create(s, parent, "{s:s}", "class", "Agent");
	tsp_address slow = agent_create(s, parent, "{s:s}", "class", "Slow");
	tsp_address inside = TSP_NOBODY;
	tsp_message *heard;

	(void)ask(s, parent, "Send", "{s:a, s:s, s:{s:a}}", "to", reader, "type", "First", "value",
		"slow", slow);
	(void)ask(s, parent, "Send", "{s:a, s:s}", "to", reader, "type", "Second");
	heard = agent_await(s, reader, "", 2);
	CHECK(tsp_value_address(heard_value(heard, 0, "slow"), &inside));
	CHECK_SAME(slow, inside);
	CHECK(tsp_value_equal(tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 1), "type"),
		value_of(s, "s", "Second")));
}

static void passed_on(struct scenario *s)
{
	tsp_address subject = create(s, "Echo", NULL);
	tsp_address seen = subject;

	for (int i = 0; i < 3; i++) {
		tsp_address agent = create(s, "Agent", NULL);
		tsp_address read = TSP_NOBODY;

		tell(s, agent, "Look", "{s:a}", "at", seen);
		CHECK(tsp_value_address(
			heard_value(agent_await(s, agent, "Look", 1), 0, "at"), &read));
		seen = read;
	}
	CHECK_SAME(subject, seen);
	CHECK_TYPE("Hello", ask(s, seen, "Hello", "n"));
}

static int compare(const void *a, const void *b)
{
	return tsp_address_compare(*(const tsp_address *)a, *(const tsp_address *)b);
}

static void sorted_keys(struct scenario *s)
{
	tsp_address sorted[8], made[8];

	for (int i = 0; i < 8; i++)
		sorted[i] = made[i] = create(s, "Counter", NULL);
	qsort(sorted, 8, sizeof(*sorted), compare);
	for (int i = 0; i < 8; i++) {
		CHECK(bsearch(&made[i], sorted, 8, sizeof(*sorted), compare) != NULL);
		CHECK(i == 0 || compare(&sorted[i - 1], &sorted[i]) < 0);
		CHECK(!tsp_address_is_nobody(made[i]));
	}
}

static void address_as_text(struct scenario *s)
{
	tsp_address actor = create(s, "Echo", NULL), read = TSP_NOBODY;
	char text[TSP_ADDRESS_TEXT];

	CHECK(tsp_address_text(actor, text) == text);
	CHECK(text[0] == '@' && strlen(text) < TSP_ADDRESS_TEXT);
	CHECK_INT(TSP_OK, tsp_address_parse(text, &read));
	CHECK_SAME(actor, read);
	CHECK_TYPE("Hello", ask(s, read, "Hello", "n"));
	CHECK_INT(TSP_EVALUE, tsp_address_parse("localhost:1900", &read));
}

/* Nothing of an address depends on the way to it: two connections see the same. */
static void same_by_all_ways(struct scenario *s)
{
	tsp_open_options options = { .base = s->base, .port = s->port, .timeout_ms = WAIT_MS };
	tsp_address actor = create(s, "Echo", &(tsp_create_options){ .name = name_of(s, "echo") });
	tsp_system *other = s->system;
	tsp_address holder[2];

	if (!s->simple)
		CHECK_CODE(TSP_OK, tsp_open(&options, &other, &s->err));
	CHECK_SAME(tsp_admin(s->system), tsp_admin(other));
	CHECK_SAME(actor, tsp_system_name_address(other, name_of(s, "echo")));
	CHECK_CODE(
		TSP_OK, tsp_resolve(s->system, name_of(s, "echo"), WAIT_MS, &holder[0], &s->err));
	CHECK_CODE(TSP_OK, tsp_resolve(other, name_of(s, "echo"), WAIT_MS, &holder[1], &s->err));
	CHECK_SAME(holder[0], holder[1]);
	if (other != s->system)
		tsp_close(other);
}

static void target_is_checked(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);

	CHECK_INT(TSP_EVALUE,
		tsp_get_int(
			ask(s, agent, "Send", "{s:s, s:s}", "to", "x", "type", "M"), "code", 0));
	CHECK_SAME(agent, tsp_get_address(ask(s, agent, "Self", "n"), "address"));
}

/* ---- Wake-ups ---- */

static void wakes_up(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	int64_t armed =
		tsp_get_int(ask(s, agent, "Wake", "{s:i, s:i}", "ms", 100, "times", 5), "ms", 0);
	tsp_message *heard = agent_await(s, agent, "WakeupMessage", 5);

	for (size_t i = 0; i < 5; i++) {
		tsp_value item = tsp_value_at(tsp_get(heard, "messages"), i);
		int64_t ms = 0, period = 0;

		CHECK_SAME(agent, heard_sender(heard, i));
		CHECK(tsp_value_int(tsp_value_get(item, "ms"), &ms) && ms - armed >= 99);
		CHECK(tsp_value_int(heard_value(heard, i, "delayPeriod"), &period));
		CHECK_INT(100, period);
	}
	(void)ask(s, agent, "Wake", "{s:i}", "ms", 60000);
	(void)ask(s, agent, "Exit", "n");
	wait_dead(s, agent);
}

/* Each hop of the ball is a message that is there already when the wake-ups are due. */
static void wakes_up_busy(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_address echo = create(s, "Echo", NULL);

	(void)ask(s, agent, "Send", "{s:a, s:s, s:i}", "to", echo, "type", "Ball", "times", 1000);
	(void)ask(s, agent, "Wake", "{s:i, s:i}", "ms", 0, "times", 20);
	(void)ask(s, agent, "Send", "{s:a, s:s, s:i}", "to", echo, "type", "Ball", "times", 1000);
	(void)agent_await(s, agent, "WakeupMessage", 20);
	(void)agent_await(s, agent, "Ball", 2000);
}

/* ---- Handlers ---- */

#define CHECK_TOOK(who, message) check_took(s, (who), (message))

static void check_took(struct scenario *s, const char *who, const tsp_message *reply)
{
	tsp_text took = { NULL, 0 };

	(void)s;
	CHECK_TYPE("Took", reply);
	CHECK(tsp_value_text(tsp_message_value(reply), &took));
	CHECK_TEXT(who, took);
}

static void by_type(struct scenario *s)
{
	tsp_address shapes = create(s, "Shapes", NULL);

	CHECK_TOOK("int", ask(s, shapes, NULL, "i", 1));
	CHECK_TOOK("circle", ask(s, shapes, "Shape.Circle", "n"));
	CHECK_TOOK("shape", ask(s, shapes, "Shape.Square", "n"));
	CHECK_TOOK("shape", ask(s, shapes, "Shape.Square.Small", "n"));
}

static void searches_on(struct scenario *s)
{
	tsp_address shapes = create(s, "Shapes", NULL), mute = create(s, "Mute", NULL);
	tsp_message *reply = NULL;

	CHECK_TOOK("shape", ask(s, shapes, "Shape.Circle", "{s:b}", "super", 1));
	CHECK_TOOK(
		"receive", ask(s, shapes, "Shape.Circle", "{s:b, s:b}", "super", 1, "further", 1));
	CHECK_TOOK("receive", ask(s, shapes, "Unheard", "n"));
	CHECK_CODE(TSP_ETIMEOUT, try_ask(s, 300, &reply, mute, "Unheard", "n"));
	listen_silence(s, 100);
	CHECK_TOOK("int", ask(s, mute, NULL, "i", 1));
}

static void system_messages(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, agent, "{s:s}", "class", "Echo");
	tsp_message *heard;
	bool is_system = true;

	tell(s, agent, "Mine", "n");
	heard = agent_await(s, agent, "Mine", 1);
	CHECK(tsp_value_bool(
		tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 0), "system"), &is_system));
	CHECK(!is_system);
	tell(s, child, "ActorExitRequest", "{}");
	(void)ask(s, agent, "Wake", "{s:i}", "ms", 1);
	heard = agent_await(s, agent, "WakeupMessage", 1);
	CHECK(tsp_value_bool(tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 0), "system"),
		      &is_system) &&
		is_system);
	heard = agent_await(s, agent, "ChildActorExited", 1);
	CHECK(tsp_value_bool(tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 0), "system"),
		      &is_system) &&
		is_system);
	CHECK_INT(TSP_EPERM,
		tsp_get_int(ask(s, agent, "Send", "{s:a, s:s}", "to", child, "type",
				    "ChildActorExited"),
			"code", 0));
}

/* A message is data: comparing runs nobody's code, and what would not be equal to itself is no value. */
static void odd_values(struct scenario *s)
{
	tsp_address echo = create(s, "Echo", NULL), agent = create(s, "Agent", NULL);
	tsp_value value, first, last;
	tsp_message *heard;

	tsp_builder_reset(s->builder);
	tsp_put_float(s->builder, (double)NAN);
	CHECK_INT(TSP_EVALUE, tsp_builder_value(s->builder, &value));
	CHECK_INT(100,
		tsp_get_int(ask(s, agent, "Send", "{s:a, s:s, s:i, s:{s:d, s:[n,[n]]}}", "to", echo,
				    "type", "Odd", "times", 100, "value", "zero", -0.0, "list"),
			"sent", 0));
	heard = agent_await(s, agent, "Odd", 100);
	first = tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 0), "value");
	last = tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 99), "value");
	CHECK(tsp_value_equal(first, last));
	CHECK(!tsp_value_equal(first, tsp_value_get(first, "list")));
}

/* The receiver has what was sent, whatever the sender does with its own afterwards. */
static void not_shared(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	uint8_t bytes[] = { 0x63, 'o', 'l', 'd' };
	tsp_text text = { NULL, 0 };

	CHECK_CODE(TSP_OK,
		tsp_tell(s->system, agent, "Word", (tsp_value){ bytes, sizeof(bytes) }, &s->err));
	memcpy(bytes + 1, "new", 3);
	CHECK(tsp_value_text(
		tsp_value_get(
			tsp_value_at(tsp_get(agent_await(s, agent, "Word", 1), "messages"), 0),
			"value"),
		&text));
	CHECK_TEXT("old", text);
}

const struct row rows_actors[] = {
	{ "F001", "three messages are counted; the next actor counts anew", EVERYWHERE, NULL,
		counts },
	{ "F002",
		"a parent has its child's address while that still starts, for 2 s in a host of its own",
		SIMPLE | WAITS, "one thread runs all: who starts slowly is waited for",
		address_at_once },
	{ "F002", "a child's address is there before it has started", EVERYWHERE, NULL,
		address_before_init },
	{ "F003", "1..1000 to a child that starts slowly arrive in order", EVERYWHERE, NULL,
		in_order },
	{ "F004",
		"a child's address is the sender of its messages; final when made, there are no placeholders",
		EVERYWHERE, NULL, child_is_sender },
	{ "F005",
		"a message with the address of one that still starts is not held back; order is kept",
		EVERYWHERE, NULL, nothing_held_back },
	{ "F006", "an address that went through three actors is the same and still works",
		EVERYWHERE, NULL, passed_on },
	{ "F007",
		"addresses are sorted and found by tsp_address_compare, where they could not be hashed",
		EVERYWHERE, NULL, sorted_keys },
	{ "F008", "an address has a short text that is read back, the same all its life",
		EVERYWHERE, NULL, address_as_text },
	{ "F009", "an address is equal by whichever connection: no host name or port is in it",
		EVERYWHERE, NULL, same_by_all_ways },
	{ "F010", "a send checks its target; an actor's own address is the one it was created with",
		EVERYWHERE, NULL, target_is_checked },
	{ "F011",
		"five wake-ups of 100 ms come from itself, in time; an exit drops one that is pending",
		EVERYWHERE, NULL, wakes_up },
	{ "F012", "a busy actor gets its wake-ups of 0 ms", EVERYWHERE, NULL, wakes_up_busy },
	{ "F013", "a handler by type, then by each dot, also for plain values", EVERYWHERE, NULL,
		by_type },
	{ "F014",
		"TSP_SUPER searches on, receive takes the rest; without it no answer and no poison",
		EVERYWHERE, NULL, searches_on },
	{ "F016", "what the system says is known as such, what a user says is not and cannot be",
		EVERYWHERE, NULL, system_messages },
	{ "F017", "messages are data: comparing them runs no code and cannot fail; NaN is no value",
		EVERYWHERE, NULL, odd_values },
	{ "F018", "a message is its receiver's own, also in the simple base", EVERYWHERE, NULL,
		not_shared },
	{ 0 },
};
