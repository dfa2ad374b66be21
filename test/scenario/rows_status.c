/* SPDX-License-Identifier: MIT */
/* Part J, as far as programs outside see it; logs are test/cli's. */
#include "config.h"

#include "scenario.h"

static void status_of_all(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), here = TSP_NOBODY;
	tsp_address child = agent_create(s, agent, "{s:s}", "class", "Echo"), found = TSP_NOBODY;
	tsp_message *status = NULL;
	uint64_t handled = 0;

	CHECK_CODE(TSP_OK, tsp_status(s->system, agent, WAIT_MS, &status, &s->err));
	CHECK_TYPE("Thespian_ActorStatus", status);
	CHECK_SAME(agent, tsp_get_address(status, "actorAddress"));
	CHECK_INT(1, (int64_t)tsp_value_count(tsp_get(status, "childActors")));
	CHECK(tsp_value_address(tsp_value_at(tsp_get(status, "childActors"), 0), &found));
	CHECK_SAME(child, found);
	CHECK(tsp_value_uint(tsp_value_get(tsp_get(status, "counters"), "handled"), &handled) &&
		handled > 0);
	CHECK_CODE(TSP_OK, tsp_status(s->system, tsp_admin(s->system), WAIT_MS, &status, &s->err));
	CHECK_TYPE("Thespian_SystemStatus", status);
	CHECK(tsp_value_kind(tsp_get(status, "counters")) == TSP_KIND_MAP);
	(void)here;
}

static void lists_actors(struct scenario *s)
{
	tsp_address agent = create(
		s, "Agent", &(tsp_create_options){ .name = name_of(s, "one"), .role = "lister" });
	tsp_message *list = NULL;
	tsp_value actors;
	int found = 0;

	CHECK_CODE(TSP_OK, tsp_actors(s->system, WAIT_MS, &list, &s->err));
	actors = tsp_get(list, "actors");
	for (size_t i = 0; i < tsp_value_count(actors); i++) {
		tsp_value actor = tsp_value_at(actors, i);
		tsp_address address = TSP_NOBODY;
		tsp_text role = { NULL, 0 };

		if (!tsp_value_address(tsp_value_get(actor, "address"), &address) ||
			!tsp_address_equal(address, agent))
			continue;
		CHECK(tsp_value_text(tsp_value_get(actor, "role"), &role));
		CHECK_TEXT("lister", role);
		found++;
	}
	CHECK_INT(1, found);
}

const struct row rows_status[] = {
	{ "F147", "an actor's status has its children and counters, the system's its own",
		EVERYWHERE, NULL, status_of_all },
	{ "F147", "every actor is in the system's list, with name and role", EVERYWHERE, NULL,
		lists_actors },
	{ 0 },
};
