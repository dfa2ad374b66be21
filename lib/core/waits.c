/* SPDX-License-Identifier: MIT */
/* Who waits in an ask for whom, and where that goes round in a circle. */
#include "config.h"

#include <stdlib.h>
#include "core/account.h"
#include "core/actors.h"
#include "core/asks.h"
#include "core/hosts.h"
#include "core/parcel.h"
#include "core/requests.h"
#include "core/status.h"

#define PARCELS_LOOKED ((size_t)100000) /* for where a question stands, in one listing */

struct wait {
	const struct link *caller;
	struct open_ask ask;
	struct host *host;   /* that the caller's process comes from */
	struct actor *waiter; /* at work there */
	struct actor *target; /* NULL: gone, or a name that nobody holds */
	unsigned circle;     /* from 1 on */
};

struct waits {
	struct wait *items;
	size_t count;
	size_t looked;
};

static struct actor *only_actor(const struct host *host)
{
	return host->actor_count == 1 ? list_item(host->actors.next, struct actor, host_link) : NULL;
}

/* Whose handler asks. What a host does in other threads, or processes, blocks none of its handlers: its
 * actor waits all the same where there is but one. */
static void find_waiter(struct admin *admin, struct wait *wait)
{
	struct host *host = wait->caller->of_host != 0 ? host_find(admin, wait->caller->of_host) : NULL;
	clock_ns since = host != NULL ? host_busy_since(host) : 0;

	wait->host = host;
	if (host == NULL)
		return;
	if (since == 0 || since > wait->ask.since) {
		wait->waiter = only_actor(host);
		return;
	}
	wait->waiter = table_get(&admin->actors, page_get(&host->page->actor));
	if (wait->waiter != NULL && wait->waiter->host != host)
		wait->waiter = NULL;
	if (wait->waiter != NULL && (host->wait == NULL || wait->ask.since < host->wait->ask.since))
		host->wait = wait;
}

static bool gather(struct admin *admin, struct waits *waits)
{
	const struct open_ask *ask;
	size_t room = 0;

	for (struct list *at = admin->callers.next; at != &admin->callers; at = at->next)
		for (size_t i = 0; asks_next(list_item(at, struct link, list), &i) != NULL;)
			room++;
	waits->items = calloc(room + 1, sizeof(*waits->items));
	if (waits->items == NULL)
		return false;
	for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next) {
		list_item(at, struct host, link)->wait = NULL;
		list_item(at, struct host, link)->seen = 0;
	}
	for (struct list *at = admin->callers.next; at != &admin->callers; at = at->next) {
		const struct link *link = list_item(at, struct link, list);
		size_t i = 0;

		while ((ask = asks_next(link, &i)) != NULL) {
			struct wait *wait = &waits->items[waits->count++];

			*wait = (struct wait){ .caller = link, .ask = *ask };
			wait->target = actor_find(admin, own_address(admin, ask->target));
			find_waiter(admin, wait);
		}
	}
	return true;
}

static struct host *waited_for(const struct host *host)
{
	return host->wait != NULL && host->wait->target != NULL ? host->wait->target->host : NULL;
}

/* A host's handler waits for one other at a time: from each there is at most one way on. */
static void find_circles(struct admin *admin)
{
	unsigned circles = 0;
	unsigned walk = 0;

	for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next) {
		struct host *host = list_item(at, struct host, link);

		walk++;
		while (host != NULL && host->seen == 0) {
			host->seen = walk;
			host = waited_for(host);
		}
		if (host == NULL || host->seen != walk)
			continue;
		circles++;
		for (; host->wait->circle == 0; host = waited_for(host))
			host->wait->circle = circles;
	}
}

static bool is_asked(const struct parcel *parcel, const struct wait *wait)
{
	return parcel->from.number == wait->ask.number;
}

static bool is_in(struct waits *waits, const struct list *parcels, const struct wait *wait)
{
	for (const struct list *at = parcels->next; at != parcels; at = at->next) {
		if (is_asked(list_item(at, struct parcel, link), wait))
			return true;
		if (waits->looked++ >= PARCELS_LOOKED)
			return false;
	}
	return false;
}

static bool is_kept(struct waits *waits, const struct host *host, const struct wait *wait)
{
	const struct parcel *parcel;
	size_t at = 0;

	while (waits->looked++ < PARCELS_LOOKED &&
		(parcel = table_next(&host->kept, &at, NULL)) != NULL)
		if (is_asked(parcel, wait))
			return true;
	return false;
}

static const struct mailbox *mailbox_of(
	const struct admin *admin, const struct wait *wait, const struct actor *target)
{
	const struct name *name =
		address_is_name(wait->ask.target) ? table_get(&admin->names, wait->ask.target) : NULL;

	if (name != NULL)
		return &name->mailbox;
	return target != NULL ? target->mailbox : NULL;
}

/* Where the question stands. NULL: too much lies about to look for it. */
static const char *state_of(const struct admin *admin, struct waits *waits, const struct wait *wait)
{
	const struct mailbox *mailbox = mailbox_of(admin, wait, wait->target);
	const struct host *host = wait->target != NULL ? wait->target->host : NULL;
	const struct parcel *parcel;

	if (waits->looked >= PARCELS_LOOKED)
		return NULL;
	if (host != NULL && host_busy_since(host) > 0) {
		parcel = host_parcel(host, page_get(&host->page->in_work));
		if (parcel != NULL && is_asked(parcel, wait))
			return "in work";
	}
	if ((mailbox != NULL && is_in(waits, &mailbox->parcels, wait)) ||
		(host != NULL && is_in(waits, &host->sent, wait)))
		return "waiting";
	if (host != NULL && is_kept(waits, host, wait))
		return "kept";
	return waits->looked < PARCELS_LOOKED ? "handled" : NULL;
}

static void put_who(tsp_builder *b, const struct admin *admin, const char *key,
	const char *class_key, const char *name_key, const struct actor *actor)
{
	const struct name *name = actor != NULL && actor->born_under != NULL ? actor->born_under :
		actor != NULL							? actor->held :
										  NULL;

	put_somebody(b, admin, key, actor != NULL ? actor->number : 0);
	put_member(b, class_key, actor != NULL && actor->class != NULL ? actor->class->name : NULL);
	put_member(b, name_key, name != NULL ? name->text : NULL);
}

static void put_wait(
	tsp_builder *b, const struct admin *admin, struct waits *waits, const struct wait *wait)
{
	tsp_begin_map(b);
	put_who(b, admin, "waiter", "waiterClass", "waiterName", wait->waiter);
	put_number(b, "pid", (uint64_t)wait->caller->pid);
	put_address(b, admin, "target", wait->ask.target);
	put_who(b, admin, "actor", "class", "name", wait->target);
	put_ms_since(b, admin, "wait_ms", wait->ask.since);
	put_member(b, "state", state_of(admin, waits, wait));
	put_number(b, "circle", wait->circle);
	tsp_end(b);
}

/* Those in circles first, that none is left out. */
static void put_waits(tsp_builder *b, const struct admin *admin, struct waits *waits)
{
	size_t left = STATUS_LIST_LIMIT;

	tsp_put_key(b, "waits");
	tsp_begin_list(b);
	for (int other = 0; other < 2; other++) {
		for (size_t i = 0; i < waits->count && left > 0; i++) {
			if ((waits->items[i].circle == 0) != (other == 1))
				continue;
			put_wait(b, admin, waits, &waits->items[i]);
			left--;
		}
	}
	tsp_end(b);
	put_number(b, "waitCount", waits->count);
}

void request_waits(struct admin *admin, const struct request *request)
{
	tsp_builder *b = admin->builder;
	struct waits waits = { 0 };

	if (!gather(admin, &waits)) {
		request_failed(admin, request, TSP_ENOMEM, "no memory for the list");
		return;
	}
	find_circles(admin);
	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_WAITS));
	tsp_begin_map(b);
	put_waits(b, admin, &waits);
	tsp_end(b);
	tsp_end(b);
	request_answer(admin, request);
	free(waits.items);
}
