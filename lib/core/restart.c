/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/restart.h"

#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/create.h"
#include "core/names.h"
#include "core/requests.h"
#include "core/route.h"
#include "core/waiters.h"

/* What an actor is created with again. */
struct again {
	struct list waiters; /* callers that asked for it */
	bool wanted;
	enum tsp_host host;
	size_t argument_size;
	size_t requirements_size;
	uint8_t bytes[]; /* these two */
};

static struct again *again_new(struct admin *admin, const struct creation *creation)
{
	size_t size = creation != NULL ? creation->argument_size + creation->requirements_size : 0;
	struct again *again;

	if (size > AGAIN_BYTES || admin->again_bytes + size > AGAIN_ALL_BYTES)
		return NULL;
	again = calloc(1, sizeof(*again) + size);
	if (again == NULL)
		return NULL;
	list_init(&again->waiters);
	if (creation == NULL)
		return again;
	again->host = creation->host;
	again->argument_size = creation->argument_size;
	again->requirements_size = creation->requirements_size;
	if (creation->argument_size > 0)
		memcpy(again->bytes, creation->argument, creation->argument_size);
	if (creation->requirements_size > 0)
		memcpy(again->bytes + creation->argument_size, creation->requirements,
			creation->requirements_size);
	admin->again_bytes += size;
	return again;
}

void restart_forget(struct admin *admin, struct actor *actor)
{
	struct again *again = actor->again;

	if (again == NULL)
		return;
	admin->again_bytes -= again->argument_size + again->requirements_size;
	waiters_clear(&again->waiters);
	free(again);
	actor->again = NULL;
}

void restart_learn(struct admin *admin, struct actor *actor)
{
	const struct creation *creation = actor->creation;

	if (creation == NULL || actor->parent != 0)
		return;
	actor->repeatable = true;
	if (creation->argument_size == 0 && creation->requirements_size == 0 &&
		creation->host == TSP_HOST_DEFAULT)
		return; /* most are: nothing is to be kept of them */
	actor->again = again_new(admin, creation);
	actor->repeatable = actor->again != NULL;
	actor->unlearned = actor->again == NULL;
}

/* Its parent, or the system as with what the start named, will hear of its end. */
static bool is_for_another(const struct admin *admin, const struct actor *actor)
{
	return actor->parent != 0 || actor->abroad != NULL || admin->authority_order.actor == actor ||
		admin->director_order.actor == actor;
}

/* Whether it can be created again; answers if not. */
static bool is_repeatable(
	struct admin *admin, const struct request *request, const struct actor *actor)
{
	if (actor->unlearned)
		request_failed(admin, request, TSP_ETOOBIG,
			"what it was created with was too much to be kept: it could not be created again");
	else if (!actor->repeatable)
		request_failed(admin, request, TSP_EPERM,
			"its parent has gone: nobody would create it again");
	else if (actor->module->hash[0] != '\0' && !actor->module->loaded)
		request_failed(admin, request, TSP_ESOURCE,
			"its source was unloaded: it could not be created again");
	else
		return true;
	return false;
}

static int want(struct admin *admin, struct actor *actor, tsp_address asker)
{
	if (actor->again == NULL)
		actor->again = again_new(admin, NULL);
	if (actor->again == NULL || waiter_add(&actor->again->waiters, asker) < 0)
		return TSP_ENOMEM;
	actor->again->wanted = true;
	return 0;
}

void request_restart(struct admin *admin, const struct request *request)
{
	int sharing = 0;
	struct actor *actor = request_victim(admin, request, &sharing);

	if (actor == NULL)
		return;
	if (admin->in_shutdown) {
		request_failed(admin, request, TSP_ESHUTDOWN, "the system is shutting down");
		return;
	}
	if (actor->state != ACTOR_RUNNING) {
		request_failed(admin, request, TSP_ESTART, "it has not started yet");
		return;
	}
	if (is_for_another(admin, actor)) {
		notice_send(admin, request->from, admin->address, NOTICE_KILLED, "{s:a,s:i}",
			"address", address_of(admin, actor->number), "sharing", sharing);
	} else if (!is_repeatable(admin, request, actor)) {
		return;
	} else if (want(admin, actor, request->from) < 0) {
		request_failed(admin, request, TSP_ENOMEM, "no memory for its creation");
		return;
	}
	request_end(admin, request, actor);
}

/* It will not come again: who asked for that waits for nothing. */
static void tell_failed(
	struct admin *admin, struct list *waiters, int code, const char *reason)
{
	for (struct list *at = waiters->next; at != waiters; at = at->next)
		notice_send(admin, list_item(at, struct waiter, link)->address, admin->address,
			NOTICE_CREATE_FAILED, "{s:i,s:s,s:s}", "code", code, "reason", reason,
			"detail", "");
	waiters_clear(waiters);
}

bool restart_begin(struct admin *admin, struct actor *actor, struct name *born_under)
{
	if (actor->again == NULL || !actor->again->wanted)
		return false;
	if (admin->in_shutdown) {
		tell_failed(admin, &actor->again->waiters, TSP_ESHUTDOWN,
			"the system is shutting down");
		return false;
	}
	if (born_under != NULL) {
		born_under->kept = true;
		born_under->kept_until = CLOCK_NEVER;
	}
	return true;
}

static tsp_value part(const struct again *again, size_t at, size_t size)
{
	return (tsp_value){ size > 0 ? again->bytes + at : NULL, size };
}

static int fill(struct creation *creation, const struct actor *former)
{
	const struct module *module = former->module;
	const struct again *again = former->again;

	creation->host = again->host;
	if (module->hash[0] == '\0') {
		creation->module_name = strdup(module->name);
		if (creation->module_name == NULL)
			return TSP_ENOMEM;
	} else {
		memcpy(creation->hash, module->hash, sizeof(creation->hash));
	}
	if (creation_keep(part(again, 0, again->argument_size), &creation->argument,
		    &creation->argument_size) < 0)
		return TSP_ENOMEM;
	return creation_keep(part(again, again->argument_size, again->requirements_size),
		&creation->requirements, &creation->requirements_size);
}

void restart_finish(struct admin *admin, struct actor *former, struct name *born_under)
{
	uint64_t number = ((uint64_t)LEASE_OF_ADMIN << ADDRESS_LEASE_SHIFT) | ++admin->next_own;
	struct list *waiters = &former->again->waiters;
	struct creation *creation;
	struct actor *actor;

	if (born_under != NULL) {
		born_under->kept = false;
		born_under->born = true;
	}
	actor = actor_new(admin, number, 0, born_under);
	creation = actor != NULL ? creation_new(actor, former->class->name) : NULL;
	if (creation != NULL) {
		while (!list_empty(waiters)) {
			struct list *first = waiters->next;

			list_remove(first);
			list_append(&creation->waiters, first);
		}
		if (former->role != NULL)
			actor->role = strdup(former->role);
	}
	if (creation == NULL)
		tell_failed(admin, waiters, TSP_ENOMEM, "no memory for its creation");
	if (creation == NULL || fill(creation, former) < 0) {
		if (actor != NULL)
			actor_failed(admin, actor, TSP_ENOMEM, "no memory for its creation", "");
		else if (born_under != NULL)
			name_drop(admin, born_under, "not delivered: no memory for its creation");
		return;
	}
	admin->counters.restarts++;
	admin->tick_at = 0;
	list_append(&admin->restarts, &creation->link);
}

clock_ns restarts_tick(struct admin *admin)
{
	while (!list_empty(&admin->restarts)) {
		struct creation *creation = list_item(admin->restarts.next, struct creation, link);

		list_remove(&creation->link);
		create_resolve(admin, creation->actor, NULL, false);
	}
	return CLOCK_NEVER;
}
