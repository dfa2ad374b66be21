/* SPDX-License-Identifier: MIT */
/* Parts K and L: helpers, and what came after 3.6.1. */
#include "config.h"

#include "scenario.h"

#include <stdlib.h>
#include <string.h>

static void generation(struct scenario *s)
{
	tsp_value value = tsp_value_get(
		tsp_get(ask(s, create(s, "Agent", NULL), "Self", "n"), "capabilities"),
		"Thespian Generation");

	CHECK(tsp_value_equal(value,
		value_of(s, "[i,i]", atoi(TSP_VERSION), atoi(strchr(TSP_VERSION, '.') + 1))));
}

static void payload(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_message *heard;

	(void)ask(s, agent, "Wake", "{s:i, s:{s:s}}", "ms", 10, "payload", "word", "back");
	heard = agent_await(s, agent, "WakeupMessage", 1);
	CHECK(tsp_value_equal(
		heard_value(heard, 0, "payload"), value_of(s, "{s:s}", "word", "back")));
}

static void argument(struct scenario *s)
{
	tsp_address echo = create(s, "Echo", NULL);
	tsp_create_options options = { .argument = value_of(s, "{s:a}", "target", echo) };
	tsp_address forwarder = create(s, "Forwarder", &options);

	tell(s, forwarder, "Hello", "n");
	CHECK(!tsp_value_equal(
		tsp_get(ask(s, create(s, "Agent", NULL), "Self", "n"), "capabilities"),
		(tsp_value){ NULL, 0 }));
	CHECK_CODE(TSP_ESTART, try_create(s, "Forwarder", NULL, &echo));
}

static void own_name(struct scenario *s)
{
	tsp_create_options options = { .name = name_of(s, "me") };

	CHECK_TEXT(options.name,
		tsp_get_text(ask(s, create(s, "Agent", &options), "Self", "n"), "name"));
	CHECK(tsp_value_kind(tsp_get(ask(s, create(s, "Agent", NULL), "Self", "n"), "name")) ==
		TSP_KIND_NULL);
}

static void is_true(struct scenario *s)
{
	static const char *const none[] = { "i", "s", "[]", "b" };

	s->system = system_start(s, NULL, NULL);
	CHECK_CODE(TSP_OK,
		tsp_system_update_capability(
			s->system, "Blue", value_of(s, "i", 5), WAIT_MS, &s->err));
	(void)create(s, "Blue", NULL);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		tsp_value value = none[i][0] == 's' ? value_of(s, "s", "") :
						      value_of(s, none[i], 0);
		tsp_address actor = TSP_NOBODY;

		CHECK_CODE(TSP_OK,
			tsp_system_update_capability(s->system, "Blue", value, WAIT_MS, &s->err));
		CHECK_CODE(TSP_ECAPABILITY, try_create(s, "Blue", NULL, &actor));
	}
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void make_slow(struct scenario *s)
{
	tsp_create_options options = { .name = name_of(s, "slow"),
		.argument = value_of(s, "{s:i}", "ms", 300) };

	CHECK_TYPE("Hello", ask(s, create(s, "Slow", &options), "Hello", "n"));
}

static void name_first(struct scenario *s)
{
	tsp_create_options named = { .name = name_of(s, "known") };
	tsp_address known = create(s, "Echo", &named), found = TSP_NOBODY;
	int pids[3];

	CHECK_CODE(TSP_OK, try_create(s, "Bogus", &named, &found));
	CHECK_SAME(known, found);
	for (int i = 0; i < 3 && !s->simple; i++)
		pids[i] = process_start(s, make_slow);
	make_slow(s);
	for (int i = 0; i < 3 && !s->simple; i++)
		process_end(pids[i]);
}

const struct row rows_helpers[] = {
	{ "F164", "the generation is the released major and minor number", EVERYWHERE, NULL,
		generation },
	{ "F166", "the payload of a wake-up comes back", EVERYWHERE, NULL, payload },
	{ "F167", "init has its argument and the capabilities", EVERYWHERE, NULL, argument },
	{ "F168", "an actor knows the name it was made under", EVERYWHERE, NULL, own_name },
	{ "F169", "5 satisfies a requirement without a value; 0, \"\", [] and false do not",
		EVERYWHERE, NULL, is_true },
	{ "F170",
		"a name that is held wins over the class; all who create under it wait for one start",
		EVERYWHERE, NULL, name_first },
	{ 0 },
};
