/* SPDX-License-Identifier: MIT */
/* Part E: the bases and capabilities. */
#include "config.h"

#include "scenario.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define ALONE "the system lives in this process, and needs no port"

static void update(struct scenario *s, const char *name, tsp_value value)
{
	CHECK_CODE(TSP_OK, tsp_system_update_capability(s->system, name, value, WAIT_MS, &s->err));
}

static tsp_value capability(struct scenario *s, const char *name)
{
	tsp_message *reply = ask(s, create(s, "Agent", NULL), "Self", "n");

	return tsp_value_get(tsp_get(reply, "capabilities"), name);
}

static void same_on_all(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, agent, "{s:s}", "class", "Echo");
	tsp_text base = { NULL, 0 };

	(void)ask(s, agent, "Send", "{s:a, s:s, s:s}", "to", child, "type", "Hello", "value",
		"world");
	CHECK(tsp_value_equal(value_of(s, "s", "world"),
		tsp_value_get(
			tsp_value_at(tsp_get(agent_await(s, agent, "Hello", 1), "messages"), 0),
			"value")));
	CHECK(tsp_value_text(capability(s, "Thespian ActorSystem Name"), &base));
	CHECK_TEXT(s->base, base);
}

static void common_capabilities(struct scenario *s)
{
	tsp_text text = { NULL, 0 };
	int64_t major = 0, minor = 0;
	tsp_value generation = capability(s, "Thespian Generation");

	CHECK(tsp_value_int(tsp_value_at(generation, 0), &major) &&
		tsp_value_int(tsp_value_at(generation, 1), &minor));
	CHECK_INT(atoi(TSP_VERSION), major);
	CHECK_INT(atoi(strchr(TSP_VERSION, '.') + 1), minor);
	CHECK(tsp_value_text(capability(s, "Thespian Version"), &text));
	CHECK_TEXT(TSP_VERSION, text);
	CHECK(tsp_value_kind(capability(s, "Thespian ActorSystem Version")) == TSP_KIND_INT);
	CHECK(tsp_value_kind(capability(s, "Thespian Watch Supported")) == TSP_KIND_BOOL);
	CHECK_CODE(TSP_EPERM,
		tsp_system_update_capability(
			s->system, "Thespian Version", value_of(s, "s", "9"), WAIT_MS, &s->err));
}

static void placement(struct scenario *s)
{
	tsp_address actor = TSP_NOBODY;

	s->system = system_start(s, NULL, NULL);
	CHECK_CODE(TSP_ECAPABILITY, try_create(s, "Blue", NULL, &actor));
	CHECK_HAS("Blue", s->err.text);
	update(s, "Blue", value_of(s, "b", 1));
	CHECK_TYPE("Hello", ask(s, create(s, "Blue", NULL), "Hello", "n"));
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void two_requirements(struct scenario *s)
{
	tsp_address actor = TSP_NOBODY;

	s->system = system_start(s, NULL, NULL);
	update(s, "Blue", value_of(s, "s", "dark"));
	CHECK_CODE(TSP_ECAPABILITY, try_create(s, "BigBlue", NULL, &actor));
	CHECK_HAS("Size", s->err.text);
	update(s, "Size", value_of(s, "s", "small"));
	CHECK_CODE(TSP_ECAPABILITY, try_create(s, "BigBlue", NULL, &actor));
	update(s, "Size", value_of(s, "s", "big"));
	CHECK_TYPE("Hello", ask(s, create(s, "BigBlue", NULL), "Hello", "n"));
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void checked_again(struct scenario *s)
{
	tsp_address parent, child, twin;
	tsp_system *here, *there;

	here = system_start(s, NULL, NULL);
	there = system_start(s, NULL, NULL);
	s->system = there;
	update(s, "Blue", value_of(s, "b", 1));
	twin = create(s, "Blue", NULL);
	s->system = here;
	update(s, "Blue", value_of(s, "b", 1));
	parent = create(s, "Agent", NULL);
	child = agent_create(s, parent, "{s:s}", "class", "Blue");
	CHECK_TYPE("Hello", ask(s, child, "Hello", "n"));
	update(s, "Blue", value_of(s, "n"));
	(void)agent_await(s, parent, "ChildActorExited", 1);
	wait_dead(s, child);
	s->system = there;
	CHECK_TYPE("Hello", ask(s, twin, "Hello", "n"));
	CHECK_CODE(TSP_OK, tsp_shutdown(there, WAIT_MS, NULL, &s->err));
	CHECK_CODE(TSP_OK, tsp_shutdown(here, WAIT_MS, NULL, &s->err));
}

static void by_an_actor(struct scenario *s)
{
	tsp_address agent;

	s->system = system_start(s, NULL, NULL);
	agent = create(s, "Agent", NULL);
	(void)ask(s, agent, "Request", "{s:s, s:s, s:b}", "what", "capability", "name", "Blue",
		"value", 1);
	(void)agent_await(s, agent, "Updated", 1);
	(void)create(s, "Blue", NULL);
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void system_is_no_actor(struct scenario *s)
{
	tsp_message *status = NULL;

	tell(s, tsp_admin(s->system), "ActorExitRequest", "{}");
	CHECK_TYPE("Hello", ask(s, create(s, "Echo", NULL), "Hello", "n"));
	CHECK_CODE(TSP_OK, tsp_status(s->system, tsp_admin(s->system), WAIT_MS, &status, &s->err));
}

static void wakes_in_calls(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	int64_t begun;

	(void)ask(s, agent, "Wake", "{s:i}", "ms", 100);
	(void)agent_await(s, agent, "WakeupMessage", 1);
	(void)ask(s, agent, "Wake", "{s:i}", "ms", 60000);
	begun = now_ms();
	listen_silence(s, 100);
	CHECK(now_ms() - begun < 5000);
}

static void startup_methods(struct scenario *s)
{
	static const char *const capabilities[] = { "{\"Process Startup Method\": \"fork\"}",
		"{\"Process Startup Method\": \"forkserver\"}",
		"{\"Process Startup Method\": \"spawn\"}" };

	for (int i = 0; i < 3; i++) {
		tsp_open_options options = { .capabilities_json = capabilities[i] };

		s->system = system_start(s, &options, NULL);
		CHECK_TYPE("Hello", ask(s, create(s, "Echo", NULL), "Hello", "n"));
		CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
		tsp_close(s->system);
		s->system = NULL;
	}
}

static void default_port(struct scenario *s)
{
	int port = strcmp(s->base, "multiprocUDPBase") == 0 ? 1029 : 1900;
	tsp_open_options attach = { .base = s->base, .timeout_ms = WAIT_MS };
	tsp_system *system = NULL;
	int64_t number = 0;

	s->system = system_start(s, NULL, &port);
	CHECK_CODE(TSP_OK, tsp_open(&attach, &system, &s->err));
	CHECK_SAME(tsp_admin(s->system), tsp_admin(system));
	CHECK(tsp_value_int(capability(s, "Admin Port"), &number));
	CHECK_INT(port, number);
	tsp_close(system);
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void second_start(struct scenario *s)
{
	tsp_open_options options = {
		.base = s->base, .port = s->port, .flags = TSP_OPEN_START, .timeout_ms = WAIT_MS
	};
	tsp_system *system = NULL;

	CHECK_CODE(TSP_OK, tsp_open(&options, &system, &s->err));
	CHECK_SAME(tsp_admin(s->system), tsp_admin(system));
	tsp_close(system);
	options.flags |= TSP_OPEN_ONLY_NEW;
	CHECK_CODE(TSP_EEXIST, tsp_open(&options, &system, &s->err));
}

const struct row rows_bases[] = {
	{ "F079", "the same actors do the same on every base, which knows its name", EVERYWHERE,
		NULL, same_on_all },
	{ "F080", "every base has the common capabilities, which nobody changes", EVERYWHERE, NULL,
		common_capabilities },
	{ "F081", "a class that requires a capability: refused by its name without, made with it",
		EVERYWHERE, NULL, placement },
	{ "F082", "of two requirements both must hold, and a value be equal (W32)", EVERYWHERE,
		NULL, two_requirements },
	{ "F083", "a capability taken away ends who needs it, in this system only", EVERYWHERE,
		NULL, checked_again },
	{ "F084", "an actor changes a capability; then what needs it is made", EVERYWHERE, NULL,
		by_an_actor },
	{ "F084", "an exit request to the system has no effect", EVERYWHERE, NULL,
		system_is_no_actor },
	{ "F085", "wake-ups come in the midst of an ask; a listen ends in time with one pending",
		EVERYWHERE, NULL, wakes_in_calls },
	{ "F086", "fork, forkserver and spawn each start actors", SIMPLE,
		"there is no process to start", startup_methods },
	{ "F087",
		"the default port is 1900, of the UDP base 1029; it names the system on this machine",
		SIMPLE, ALONE, default_port },
	{ "F088", "a second start attaches to the first, or is refused", SIMPLE, ALONE,
		second_start },
	{ 0 },
};
