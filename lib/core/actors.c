/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/actors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/account.h"
#include "core/admin_log.h"
#include "core/appointed.h"
#include "core/convention.h"
#include "core/hosts.h"
#include "core/log_follow.h"
#include "core/modules.h"
#include "core/names.h"
#include "core/parcel.h"
#include "core/placement.h"
#include "core/restart.h"
#include "core/route.h"
#include "core/waiters.h"

struct list *actor_family(struct admin *admin, uint64_t number)
{
	if (number == 0)
		return &admin->top;
	if (address_is_name(number)) {
		struct name *name = table_get(&admin->names, number);

		return name != NULL ? &name->children : NULL;
	}
	struct actor *actor = table_get(&admin->actors, number);

	return actor != NULL ? &actor->children : NULL;
}

struct actor *actor_new(
	struct admin *admin, uint64_t number, uint64_t parent, struct name *born_under)
{
	struct list *family = actor_family(admin, parent);
	struct actor *actor = calloc(1, sizeof(*actor));

	if (actor == NULL || table_put(&admin->actors, number, actor) < 0) {
		free(actor);
		return NULL;
	}
	actor->number = number;
	actor->parent = family != NULL ? parent : 0;
	actor->born_under = born_under;
	actor->state = ACTOR_WAITING;
	actor->since = admin->now;
	list_init(&actor->sibling);
	list_init(&actor->children);
	list_init(&actor->host_link);
	list_append(family != NULL ? family : &admin->top, &actor->sibling);
	if (born_under != NULL)
		born_under->holder = actor;
	return actor;
}

struct actor *actor_find(const struct admin *admin, tsp_address address)
{
	const struct name *name;
	struct actor *actor;

	if (address.system != admin->config.system) {
		actor = table_get(&admin->actors, address_key(admin->config.system, address));
		return actor != NULL && tsp_address_equal(actor->abroad->birth, address) ? actor : NULL;
	}
	if (!address_is_name(address.number))
		return table_get(&admin->actors, address.number);
	name = table_get(&admin->names, address.number);
	return name != NULL ? name->holder : NULL;
}

struct actor *actor_sender(const struct admin *admin, tsp_address address)
{
	const struct name *name;

	if (address.system != admin->config.system || !address_is_name(address.number))
		return actor_find(admin, address);
	name = table_get(&admin->names, address.number);
	return name != NULL && name->holder != NULL && name->holder->born_under == name ?
		name->holder :
		NULL;
}

struct creation *creation_new(struct actor *actor, const char *class_name)
{
	struct creation *creation = calloc(1, sizeof(*creation));

	if (creation == NULL)
		return NULL;
	list_init(&creation->link);
	list_init(&creation->waiters);
	creation->class_name = strdup(class_name);
	if (creation->class_name == NULL) {
		free(creation);
		return NULL;
	}
	creation->actor = actor;
	actor->creation = creation;
	return creation;
}

void creation_put(tsp_builder *b, const struct creation *creation)
{
	if (creation->argument != NULL) {
		tsp_put_key(b, "argument");
		tsp_put_encoded(b, (tsp_value){ creation->argument, creation->argument_size });
	}
	if (creation->requirements != NULL) {
		tsp_put_key(b, "requirements");
		tsp_put_encoded(
			b, (tsp_value){ creation->requirements, creation->requirements_size });
	}
}

void creation_free(struct creation *creation)
{
	if (creation == NULL)
		return;
	list_remove(&creation->link);
	waiters_clear(&creation->waiters);
	free(creation->class_name);
	free(creation->module_name);
	free(creation->argument);
	free(creation->requirements);
	free(creation);
}

const char *actor_class_name(const struct actor *actor)
{
	if (actor->class != NULL)
		return actor->class->name;
	if (actor->creation != NULL)
		return actor->creation->class_name;
	return actor->abroad != NULL && actor->abroad->class_name != NULL ?
		actor->abroad->class_name :
		"";
}

static void log_start(struct admin *admin, const struct actor *actor)
{
	const char *name = actor->born_under != NULL ? actor->born_under->text : NULL;

	admin_log(admin, LOG_LEVEL_INFO, actor, "actor of class '%s' started%s%s%s",
		actor_class_name(actor), name != NULL ? " as '" : "",
		name != NULL ? name : "", name != NULL ? "'" : "");
}

/* An end that nobody asked for is a warning. */
static void log_end(
	struct admin *admin, const struct actor *actor, const char *reason, const char *detail)
{
	bool violent = strcmp(reason, "killed") == 0 || strcmp(reason, "lost") == 0;

	admin_log(admin, violent ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, actor,
		"actor of class '%s' ended: %s%s%s", actor_class_name(actor), reason,
		detail[0] != '\0' ? ", " : "", detail);
}

void actor_started(struct admin *admin, struct actor *actor)
{
	struct creation *creation = actor->creation;

	if (actor->state == ACTOR_STARTING)
		actor->state = ACTOR_RUNNING;
	admin->counters.actors_created++;
	log_start(admin, actor);
	if (creation == NULL)
		return;
	for (struct list *at = creation->waiters.next; at != &creation->waiters; at = at->next)
		if (route_caller(admin, list_item(at, struct waiter, link)->address) != NULL)
			notice_send(admin, list_item(at, struct waiter, link)->address,
				admin->address, NOTICE_CREATED, "{s:a}", "address",
				actor_address(admin, actor));
	if (actor->abroad == NULL)
		restart_learn(admin, actor);
	else if (actor->abroad->here)
		placement_started(admin, actor);
	actor->creation = NULL;
	creation_free(creation);
	appointed_started(admin, actor);
}

tsp_address address_of(const struct admin *admin, uint64_t number)
{
	const struct actor *actor = (number & (ADDRESS_FOREIGN_BIT | ADDRESS_NAME_BIT)) ==
			ADDRESS_FOREIGN_BIT ?
		table_get(&admin->actors, number) :
		NULL;

	return actor != NULL ? actor_address(admin, actor) : own_address(admin, number);
}

static void tell_parent(struct admin *admin, const struct actor *actor, const char *reason,
	const char *detail, int status)
{
	tsp_address child = actor_address(admin, actor);

	if (actor->parent == 0)
		return;
	if (status >= 0)
		notice_send(admin, own_address(admin, actor->parent), child, NOTICE_CHILD_EXITED,
			"{s:a,s:s,s:s,s:i}", "childAddress", child, "reason", reason, "detail",
			detail, "status", status);
	else
		notice_send(admin, own_address(admin, actor->parent), child, NOTICE_CHILD_EXITED,
			"{s:a,s:s,s:s}", "childAddress", child, "reason", reason, "detail", detail);
}

/*
 * Children of the dead get an exit request, unless it was told to exit alone; those of a kept name wait
 * for its next holder.
 */
static void end_family(struct admin *admin, struct actor *actor)
{
	struct list *family = &actor->children;

	if (actor->born_under != NULL) {
		if (actor->born_under->kept)
			return;
		family = &actor->born_under->children;
	}
	while (!list_empty(family)) {
		struct actor *child = list_item(family->next, struct actor, sibling);

		list_remove(&child->sibling);
		list_append(&admin->top, &child->sibling);
		child->parent = 0;
		if (!actor->spares_children)
			exit_request_send(admin, child->number, admin->address);
	}
}

static void forget_actor(struct admin *admin, struct actor *actor)
{
	if (admin->authority == actor->number)
		admin->authority = 0;
	if (admin->dead_letters == actor->number)
		admin->dead_letters = 0;
	modules_forget_watcher(admin, actor_address(admin, actor));
	convention_forget(admin, actor_address(admin, actor));
	for (struct list *at = admin->kills.next; at != &admin->kills; at = at->next) {
		struct kill_order *kill = list_item(at, struct kill_order, link);

		if (kill->number == actor->number)
			kill->number = 0;
	}
}

void actor_free(struct admin *admin, struct actor *actor)
{
	struct host *host = actor->host;

	(void)table_take(&admin->actors, actor->number);
	while (!list_empty(&actor->children)) /* at the end of the admin parents may go first */
		list_remove(actor->children.next);
	list_remove(&actor->sibling);
	list_remove(&actor->host_link);
	if (actor->mailbox != NULL) {
		mailbox_clear(actor->mailbox);
		free(actor->mailbox);
	}
	creation_free(actor->creation);
	restart_forget(admin, actor);
	placement_forget(actor);
	free(actor->role);
	if (host != NULL) {
		host->actor_count--;
		if (host->actor_count == 0 && !admin->config.one_host)
			host->closing = true; /* it ends by itself */
	}
	free(actor);
}

void actor_forget(struct admin *admin, struct actor *actor)
{
	struct member *member = actor->abroad->member;
	struct parcel *parcel;

	/* who knew its address already: the system of its birth has the rest of it */
	while (actor->mailbox != NULL && (parcel = mailbox_take(admin, actor->mailbox)) != NULL)
		member_post_parcel(admin, member, parcel);
	actor_free(admin, actor);
}

static void remove_actor(struct admin *admin, struct actor *actor)
{
	struct module *module = actor->module;
	struct name *born_under = actor->born_under;
	bool again;

	forget_actor(admin, actor);
	follow_left(admin, actor);
	end_family(admin, actor);
	again = restart_begin(admin, actor, born_under);
	actor->born_under = NULL;
	names_released(admin, actor, born_under);
	if (again)
		restart_finish(admin, actor, born_under);
	appointed_ended(admin, actor);
	actor_free(admin, actor);
	if (module != NULL) {
		module->actors--;
		module_settle(admin, module);
	}
}

/* A caller gets the reason, an actor what it gets of any child that did not start. */
static void tell_waiters(
	struct admin *admin, struct actor *actor, int code, const char *reason, const char *detail)
{
	struct list *waiters = &actor->creation->waiters;
	tsp_address child = actor_address(admin, actor);

	for (struct list *at = waiters->next; at != waiters; at = at->next) {
		tsp_address to = list_item(at, struct waiter, link)->address;

		if (route_caller(admin, to) != NULL)
			notice_send(admin, to, admin->address, NOTICE_CREATE_FAILED,
				"{s:i,s:s,s:s}", "code", code, "reason", reason, "detail", detail);
		else
			notice_send(admin, to, child, NOTICE_CHILD_EXITED, "{s:a,s:s,s:s}",
				"childAddress", child, "reason", "failed", "detail", reason);
	}
	waiters_clear(waiters);
}

void actor_failed(
	struct admin *admin, struct actor *actor, int code, const char *reason, const char *detail)
{
	struct creation *creation = actor->creation;
	char text[700];

	if (placement_elsewhere(admin, actor, code, reason, detail))
		return;
	if (actor->abroad != NULL && actor->abroad->here)
		placement_failed(admin, actor, code, reason, detail);
	admin->counters.actors_failed++;
	actor->leaving = true;
	snprintf(text, sizeof(text), "not created: %s%s%s", reason, detail[0] != '\0' ? ": " : "",
		detail);
	text_mend(text);
	if (creation != NULL)
		tell_waiters(admin, actor, code, reason, detail);
	admin_log(admin, code == TSP_ESHUTDOWN ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, actor, "%s", text);
	appointed_failed(admin, actor, text);
	account_actor_gone(admin, actor, true, text);
	if (actor->born_under != NULL)
		names_poison(admin, actor->born_under, text);
	tell_parent(admin, actor, "failed", text, -1);
	remove_actor(admin, actor);
}

void actor_ended(struct admin *admin, struct actor *actor, const char *reason, const char *detail,
	int status)
{
	bool failed = strcmp(reason, "failed") == 0;
	char text[300];

	if (actor->state == ACTOR_WAITING || actor->state == ACTOR_STARTING) {
		actor_failed(admin, actor, TSP_ESTART, reason, detail);
		return;
	}
	admin->counters.actors_ended++;
	log_end(admin, actor, reason, detail);
	actor->leaving = true; /* its own letters of this would outlive it */
	if (actor->sent_count > 0 || actor->kept_count > 0 || actor->mailbox != NULL) {
		snprintf(text, sizeof(text), "not delivered: the actor has gone (%s%s%s)", reason,
			detail[0] != '\0' ? ": " : "", detail);
		text_mend(text);
		account_actor_gone(admin, actor, failed, text);
	}
	tell_parent(admin, actor, reason, detail, status);
	if (actor->abroad != NULL && actor->abroad->here)
		placement_ended(admin, actor, reason, detail, status);
	remove_actor(admin, actor);
}
