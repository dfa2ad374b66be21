/* SPDX-License-Identifier: MIT */
/* Who it is that asks: a caller from outside, an actor, or another system's. Only the systems know, and are asked. */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "director/actor.h"

#define ASKER_LIMIT 1000
#define ASKER_AGE   (60 * CLOCK_SECOND)

static struct asker *find(struct director *director, tsp_address address)
{
	for (struct list *a = director->askers.next; a != &director->askers; a = a->next) {
		struct asker *asker = list_item(a, struct asker, link);

		if (tsp_address_equal(asker->address, address))
			return asker;
	}
	return NULL;
}

void asker_forget(struct director *director, struct asker *asker)
{
	list_remove(&asker->link);
	director->asker_count--;
	free(asker);
}

/* Those who gave up meanwhile do not come again. */
static void forget_old(struct director *director)
{
	clock_ns now = clock_read();
	struct list *next;

	for (struct list *a = director->askers.next; a != &director->askers; a = next) {
		struct asker *asker = list_item(a, struct asker, link);

		next = a->next;
		if (now - asker->since > ASKER_AGE)
			asker_forget(director, asker);
	}
}

/* Whether it is a caller is known at its own system, whether that one leads is known here. */
static int ask_systems(tsp_actor *self, const struct asker *asker)
{
	tsp_address there = { asker->address.system, 0 };
	int rc = tsp_sendf(self, tsp_my_system(self), "Resolve", "{s:a}", "address", asker->address);

	if (rc >= 0 && asker->foreign)
		rc = tsp_sendf(self, there, "Resolve", "{s:a}", "address", asker->address);
	return rc;
}

struct asker *asker_get(tsp_actor *self, tsp_address address)
{
	struct director *director = tsp_state(self);
	struct asker *asker = find(director, address);

	if (asker)
		return asker;
	forget_old(director);
	asker = director->asker_count < ASKER_LIMIT ? calloc(1, sizeof(*asker)) : NULL;
	if (!asker)
		return NULL;
	asker->address = address;
	asker->since = clock_read();
	asker->foreign = address.system != tsp_my_system(self).system;
	list_append(&director->askers, &asker->link);
	director->asker_count++;
	if (ask_systems(self, asker) >= 0)
		return asker;
	asker_forget(director, asker);
	return NULL;
}

bool asker_known(const struct asker *asker)
{
	return asker->here && (asker->there || !asker->foreign);
}

void asker_resolved(tsp_actor *self, const tsp_message *message)
{
	struct asker *asker = find(tsp_state(self), tsp_get_address(message, "address"));
	tsp_address sender = tsp_message_sender(message);
	bool outside = tsp_get_bool(message, "outside", false);

	if (!asker)
		return;
	if (tsp_address_equal(sender, tsp_my_system(self))) {
		asker->here = true;
		asker->leader = tsp_get_bool(message, "leader", false);
		asker->member = tsp_get_bool(message, "member", false);
		if (!asker->foreign)
			asker->outside = outside;
	} else if (asker->foreign && sender.number == 0 && sender.system == asker->address.system) {
		asker->there = true;
		asker->outside = outside;
	}
}

void askers_clear(struct director *director)
{
	while (!list_empty(&director->askers))
		asker_forget(director, list_item(director->askers.next, struct asker, link));
}
