/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/names.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/account.h"
#include "core/actors.h"
#include "core/log_follow.h"
#include "core/parcel.h"
#include "core/route.h"

#define NAMES_A_REQUEST 10000

struct name *name_claim(struct admin *admin, tsp_text text, tsp_error *err)
{
	uint64_t number;
	struct name *name;

	if (address_check_name(text, err) < 0)
		return NULL;
	number = address_of_name(admin->config.system, text);
	name = table_get(&admin->names, number);
	if (name != NULL) {
		if (tsp_text_is(text, name->text))
			return name;
		tsp_fail(err, TSP_ENAME, "the name has the same number as '%s'", name->text);
		return NULL;
	}
	if (admin->names.count >= NAMES_LIMIT) {
		tsp_fail(err, TSP_ELIMIT, "there are %d names already", NAMES_LIMIT);
		return NULL;
	}
	name = calloc(1, sizeof(*name));
	if (name == NULL || (name->text = tsp_text_copy(text)) == NULL ||
		table_put(&admin->names, number, name) < 0) {
		if (name != NULL)
			free(name->text);
		free(name);
		tsp_fail(err, TSP_ENOMEM, "no memory for a name");
		return NULL;
	}
	name->number = number;
	list_init(&name->children);
	mailbox_init(&name->mailbox);
	name->mailbox.name = name;
	list_append(&admin->name_list, &name->link);
	return name;
}

static void name_free(struct admin *admin, struct name *name)
{
	(void)table_take(&admin->names, name->number);
	list_remove(&name->link);
	while (!list_empty(&name->children)) {
		struct actor *child = list_item(name->children.next, struct actor, sibling);

		list_remove(&child->sibling);
		list_append(&admin->top, &child->sibling);
		child->parent = 0;
		exit_request_send(admin, child->number, admin->address);
	}
	mailbox_clear(&name->mailbox);
	free(name->text);
	free(name);
}

void names_clear(struct admin *admin)
{
	while (!list_empty(&admin->name_list)) {
		struct name *name = list_item(admin->name_list.next, struct name, link);

		list_init(&name->children); /* the actors were freed before */
		name_free(admin, name);
	}
}

const char *name_text(const struct admin *admin, tsp_address address)
{
	const struct name *name = address_is_name(address.number) &&
			address.system == admin->config.system ?
		table_get(&admin->names, address.number) :
		NULL;

	return name != NULL ? name->text : NULL;
}

void name_drop(struct admin *admin, struct name *name, const char *reason)
{
	struct parcel *parcel;

	while ((parcel = mailbox_take(admin, &name->mailbox)) != NULL)
		parcel_return(admin, parcel, reason);
	if (name->holder == NULL && !name->kept)
		mailbox_release(admin, &name->mailbox);
	if (name->holder == NULL && !name->kept && name->owner == 0)
		name_free(admin, name);
}

void names_poison(struct admin *admin, struct name *name, const char *details)
{
	struct parcel *parcel;

	if (name->kept)
		return;
	while ((parcel = mailbox_take(admin, &name->mailbox)) != NULL)
		parcel_unstarted(admin, parcel, details);
}

static void unhold(struct name *name)
{
	struct actor *holder = name->holder;

	if (holder == NULL)
		return;
	for (struct name **at = &holder->held; *at != NULL; at = &(*at)->next_held) {
		if (*at == name) {
			*at = name->next_held;
			break;
		}
	}
	name->holder = NULL;
	name->next_held = NULL;
	list_remove(&name->mailbox.turn);
}

static void hold(struct admin *admin, struct name *name, struct actor *actor)
{
	struct host *before = name->holder != NULL ? name->holder->host : NULL;

	unhold(name);
	name->holder = actor;
	mailbox_resume(admin, &name->mailbox);
	if (actor != NULL) {
		name->next_held = actor->held;
		actor->held = name;
		actor_ready(admin, actor);
	}
	follow_moved(admin, name->number, before, actor != NULL ? actor->host : NULL);
}

static void release_one(struct admin *admin, struct name *name)
{
	name->ended++;
	name->holder = NULL;
	name->next_held = NULL;
	name->born = false;
	list_remove(&name->mailbox.turn);
	mailbox_resume(admin, &name->mailbox);
	if (!name->kept)
		name_drop(admin, name, "not delivered: the holder of the name has gone");
}

void names_released(struct admin *admin, struct actor *actor, struct name *born_under)
{
	uint64_t known_as = born_under != NULL ? born_under->number : actor->number;
	struct list *next;

	while (actor->held != NULL) {
		struct name *name = actor->held;

		actor->held = name->next_held;
		release_one(admin, name);
	}
	if ((born_under == NULL || !born_under->kept) && (actor->owned > 0 || born_under != NULL)) {
		for (struct list *at = admin->name_list.next; at != &admin->name_list; at = next) {
			struct name *name = list_item(at, struct name, link);

			next = at->next;
			if (name->owner != known_as)
				continue;
			name->owner = 0;
			name->kept = false;
			if (name->holder == NULL)
				name_drop(admin, name,
					"not delivered: the owner of the name has gone");
		}
	}
	if (born_under != NULL)
		release_one(admin, born_under);
}

clock_ns names_tick(struct admin *admin)
{
	clock_ns next_time = CLOCK_NEVER;
	struct list *next;

	for (struct list *at = admin->name_list.next; at != &admin->name_list; at = next) {
		struct name *name = list_item(at, struct name, link);

		next = at->next;
		if (!name->kept || name->kept_until == CLOCK_NEVER)
			continue;
		if (name->kept_until > admin->now) {
			if (name->kept_until < next_time)
				next_time = name->kept_until;
			continue;
		}
		name->kept = false;
		if (name->holder == NULL)
			name_drop(admin, name, "not delivered: nobody came to hold the name");
	}
	return next_time;
}

void names_end(struct admin *admin)
{
	struct list *next;

	for (struct list *at = admin->name_list.next; at != &admin->name_list; at = next) {
		struct name *name = list_item(at, struct name, link);

		next = at->next;
		name->kept = false;
		if (name->holder == NULL)
			name_drop(admin, name, "not delivered: the system has ended");
	}
}

void names_cancel(struct admin *admin, uint64_t reply_number)
{
	for (struct list *at = admin->name_list.next; at != &admin->name_list; at = at->next) {
		struct name *name = list_item(at, struct name, link);
		struct list *next;

		if (name->holder != NULL)
			continue;
		for (struct list *p = name->mailbox.parcels.next; p != &name->mailbox.parcels;
			p = next) {
			struct parcel *parcel = list_item(p, struct parcel, link);

			next = p->next;
			if (parcel->from.number != reply_number)
				continue;
			mailbox_remove(admin, &name->mailbox, parcel);
			mailbox_resume(admin, &name->mailbox);
			admin->counters.returned++; /* who asked has given up */
			parcel_free(parcel);
		}
	}
}

/* ---- Requests of owners ---- */

static void refuse(struct admin *admin, const struct request *request, tsp_text name,
	uint64_t holder, int code, const char *reason)
{
	tsp_address address = holder != 0 ? address_of(admin, holder) : TSP_NOBODY;

	notice_send(admin, request->from, admin->address, NOTICE_NAMES_REFUSED, "{s:t,s:a,s:i,s:s}",
		"name", name, "holder", address, "code", code, "reason", reason);
}

/* Walks the names of a request; false: the request is not of that form and was answered. */
static bool names_ok(struct admin *admin, const struct request *request, tsp_value *ret_names)
{
	tsp_value names = tsp_value_get(request->value, "names");
	tsp_value item;
	tsp_text text;
	tsp_walk at = { 0 };

	if (tsp_value_kind(names) != TSP_KIND_LIST || tsp_value_count(names) > NAMES_A_REQUEST) {
		refuse(admin, request, TSP_TEXT(""), 0, TSP_EVALUE, "names is not a list of names");
		return false;
	}
	while (tsp_value_next(names, &at, NULL, &item)) {
		if (!tsp_value_text(item, &text)) {
			refuse(admin, request, TSP_TEXT(""), 0, TSP_EVALUE,
				"names is not a list of names");
			return false;
		}
	}
	*ret_names = names;
	return true;
}

static bool may_take(struct admin *admin, const struct request *request, tsp_text text)
{
	const struct name *name;
	tsp_error err = { 0 };

	if (address_check_name(text, &err) < 0) {
		refuse(admin, request, text, 0, TSP_ENAME, err.text);
		return false;
	}
	name = table_get(&admin->names, address_of_name(admin->config.system, text));
	if (name == NULL ||
		(name->owner != 0 && name->owner == request_owner(request) &&
			tsp_text_is(text, name->text)))
		return true;
	if (name->holder == NULL && name->owner == 0 && !name->kept &&
		tsp_text_is(text, name->text))
		return true;
	refuse(admin, request, text, name->holder != NULL ? name->holder->number : name->owner,
		TSP_ENAME, "the name is held or owned by another");
	return false;
}

void names_take(struct admin *admin, const struct request *request)
{
	tsp_value names;
	tsp_value item;
	tsp_text text;
	tsp_walk at = { 0 };

	if (!names_ok(admin, request, &names))
		return;
	while (tsp_value_next(names, &at, NULL, &item)) {
		(void)tsp_value_text(item, &text);
		if (!may_take(admin, request, text))
			return;
	}
	at = (tsp_walk){ 0 };
	while (tsp_value_next(names, &at, NULL, &item)) {
		tsp_error err = { 0 };
		struct name *name;

		(void)tsp_value_text(item, &text);
		name = name_claim(admin, text, &err);
		if (name == NULL) {
			refuse(admin, request, text, 0, err.code, err.text);
			return;
		}
		if (name->owner == 0)
			request->actor->owned++;
		name->owner = request_owner(request);
	}
	notice_send(
		admin, request->from, admin->address, NOTICE_NAMES_TAKEN, "{s:v}", "names", names);
}

/* Every name of the request is owned by who asks, else it is refused as a whole. */
static bool owns_all(struct admin *admin, const struct request *request, tsp_value names)
{
	tsp_value item;
	tsp_text text;
	tsp_walk at = { 0 };

	while (tsp_value_next(names, &at, NULL, &item)) {
		const struct name *name;

		(void)tsp_value_text(item, &text);
		name = table_get(&admin->names, address_of_name(admin->config.system, text));
		if (name == NULL || !tsp_text_is(text, name->text) ||
			name->owner != request_owner(request)) {
			refuse(admin, request, text,
				name != NULL && name->holder != NULL ? name->holder->number : 0,
				TSP_EPERM, "the name is not owned by the one who asks");
			return false;
		}
	}
	return true;
}

static struct name *name_at(struct admin *admin, tsp_value item)
{
	tsp_text text = { NULL, 0 };

	(void)tsp_value_text(item, &text);
	return table_get(&admin->names, address_of_name(admin->config.system, text));
}

void names_give(struct admin *admin, const struct request *request)
{
	tsp_value targets = tsp_value_get(request->value, "targets");
	tsp_value names;
	tsp_value item;
	tsp_value target;
	tsp_walk at = { 0 };
	tsp_walk to = { 0 };

	if (!names_ok(admin, request, &names) || !owns_all(admin, request, names))
		return;
	if (tsp_value_count(targets) != tsp_value_count(names)) {
		refuse(admin, request, TSP_TEXT(""), 0, TSP_EVALUE,
			"as many targets as names are needed");
		return;
	}
	while (tsp_value_next(names, &at, NULL, &item) &&
		tsp_value_next(targets, &to, NULL, &target)) {
		struct name *name = name_at(admin, item);
		tsp_address address = TSP_NOBODY;
		struct actor *actor;

		(void)tsp_value_address(target, &address);
		actor = actor_find(admin, address);
		if (name->born)
			continue; /* the name of one born under it is never given on */
		hold(admin, name, actor);
		if (actor == NULL && !name->kept)
			name_drop(admin, name, "not delivered: who was given the name has gone");
	}
	notice_send(
		admin, request->from, admin->address, NOTICE_NAMES_GIVEN, "{s:v}", "names", names);
	for (struct list *h = admin->hosts.next; h != &admin->hosts; h = h->next)
		host_drain(admin, list_item(h, struct host, link));
}

void names_keep(struct admin *admin, const struct request *request)
{
	int64_t keep_ms = NAME_KEEP_MS;
	tsp_value names;
	tsp_value item;
	tsp_walk at = { 0 };

	if (!names_ok(admin, request, &names) || !owns_all(admin, request, names))
		return;
	(void)tsp_value_int(tsp_value_get(request->value, "keep_ms"), &keep_ms);
	while (tsp_value_next(names, &at, NULL, &item)) {
		struct name *name = name_at(admin, item);

		name->kept = true;
		admin->tick_at = 0;
		name->kept_until = clock_after(admin->now, keep_ms <= 0 ? NAME_KEEP_MS : keep_ms);
	}
	notice_send(
		admin, request->from, admin->address, NOTICE_NAMES_KEPT, "{s:v}", "names", names);
}

void names_free(struct admin *admin, const struct request *request)
{
	tsp_value names;
	tsp_value item;
	tsp_walk at = { 0 };

	if (!names_ok(admin, request, &names) || !owns_all(admin, request, names))
		return;
	while (tsp_value_next(names, &at, NULL, &item)) {
		struct name *name = name_at(admin, item);

		if (name == NULL)
			continue; /* twice in the request */
		name->kept = false;
		name->owner = 0;
		if (name->holder != NULL && !name->born)
			hold(admin, name, NULL);
		name_drop(admin, name, "not delivered: the name was freed");
	}
	notice_send(
		admin, request->from, admin->address, NOTICE_NAMES_FREED, "{s:v}", "names", names);
}
