/* SPDX-License-Identifier: MIT */
/* The side where an actor of another system lives: it is created on order, and its end is told. */
#include "config.h"
#include "core/placement.h"

#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/convention.h"
#include "core/create.h"
#include "core/hosts.h"
#include "core/modules.h"
#include "core/route.h"

static void refuse(
	struct admin *admin, const struct word *word, tsp_address child, int code, const char *reason)
{
	word_send_by(admin, word->member, word->system, WORD_PLACE_FAILED, "{s:a,s:i,s:s,s:s}", "child",
		child, "code", code, "reason", reason, "detail", "");
}

static int fill(struct creation *creation, tsp_value order)
{
	tsp_value argument = { NULL, 0 };
	tsp_value requirements = { NULL, 0 };
	tsp_text module = { NULL, 0 };
	tsp_text source = { NULL, 0 };
	int64_t host = 0;

	(void)tsp_value_text(tsp_value_get(order, "module"), &module);
	(void)tsp_value_text(tsp_value_get(order, "source"), &source);
	(void)tsp_value_int(tsp_value_get(order, "host"), &host);
	(void)tsp_value_encoded(tsp_value_get(order, "argument"), &argument);
	(void)tsp_value_encoded(tsp_value_get(order, "requirements"), &requirements);
	if (host < TSP_HOST_DEFAULT || host > TSP_HOST_SHARED ||
		(module.data == NULL) == (source.data == NULL) || source.size >= HASH_TEXT)
		return TSP_EVALUE;
	creation->host = (enum tsp_host)host;
	if (module.data != NULL)
		creation->module_name = tsp_text_copy(module);
	else
		memcpy(creation->hash, source.data, source.size);
	if (module.data != NULL && creation->module_name == NULL)
		return TSP_ENOMEM;
	if (creation_keep(argument, &creation->argument, &creation->argument_size) < 0)
		return TSP_ENOMEM;
	return creation_keep(
		requirements, &creation->requirements, &creation->requirements_size);
}

static struct actor *enter(struct admin *admin, const struct word *word, tsp_address child)
{
	uint64_t key = address_key(admin->config.system, child);
	tsp_text class_name = { NULL, 0 };
	tsp_text role = { NULL, 0 };
	struct actor *actor = actor_new(admin, key, 0, NULL);
	struct abroad *abroad = actor != NULL ? abroad_new(actor) : NULL;
	char *name;

	(void)tsp_value_text(tsp_value_get(word->value, "class"), &class_name);
	(void)tsp_value_text(tsp_value_get(word->value, "role"), &role);
	name = tsp_text_copy(class_name);
	if (abroad != NULL && name != NULL)
		(void)creation_new(actor, name);
	free(name);
	if (actor == NULL || abroad == NULL || actor->creation == NULL ||
		fill(actor->creation, word->value) < 0) {
		if (actor != NULL)
			actor_forget(admin, actor);
		return NULL;
	}
	if (role.data != NULL)
		actor->role = tsp_text_copy(role);
	abroad->here = true;
	abroad->birth = child;
	abroad->member = word->member;
	abroad->system = word->system;
	(void)tsp_value_address(tsp_value_get(word->value, "parent"), &abroad->parent);
	list_append(&word->member->guests, &abroad->link);
	return actor;
}

void placement_hear_order(struct admin *admin, const struct word *word)
{
	tsp_address child = TSP_NOBODY;
	struct actor *actor;

	if (!tsp_value_address(tsp_value_get(word->value, "child"), &child) ||
		child.system != word->system || child.number == 0)
		return;
	if (admin->in_shutdown) {
		refuse(admin, word, child, TSP_EEXIST, "the system is shutting down");
		return;
	}
	if (table_get(&admin->actors, address_key(admin->config.system, child)) != NULL) {
		refuse(admin, word, child, TSP_EEXIST, "an actor of that address is here already");
		return;
	}
	actor = enter(admin, word, child);
	if (actor == NULL) {
		refuse(admin, word, child, TSP_EEXIST, "no memory for its creation");
		return;
	}
	placement_read_tried(actor, tsp_value_get(word->value, "tried"));
	create_resolve(admin, actor, NULL, false);
}

/* A guest is among those of the member as long as its way holds. */
static struct member *path_of(const struct abroad *abroad)
{
	return list_empty(&abroad->link) ? NULL : abroad->member;
}

bool placement_path(const struct admin *admin, tsp_address guest, struct member **ret_member)
{
	const struct actor *actor =
		guest.system != admin->config.system ? actor_find(admin, guest) : NULL;

	if (actor != NULL)
		*ret_member = path_of(actor->abroad);
	return actor != NULL;
}

void placement_started(struct admin *admin, const struct actor *actor)
{
	const struct abroad *abroad = actor->abroad;

	word_send_by(admin, path_of(abroad), abroad->system, WORD_PLACED, "{s:a}", "child",
		abroad->birth);
}

void placement_failed(struct admin *admin, const struct actor *actor, int code,
	const char *reason, const char *detail)
{
	const struct abroad *abroad = actor->abroad;

	word_send_by(admin, path_of(abroad), abroad->system, WORD_PLACE_FAILED, "{s:a,s:i,s:s,s:s}",
		"child", abroad->birth, "code", code, "reason", reason, "detail", detail);
}

void placement_ended(struct admin *admin, const struct actor *actor, const char *reason,
	const char *detail, int status)
{
	const struct abroad *abroad = actor->abroad;

	word_send_by(admin, path_of(abroad), abroad->system, WORD_PLACED_ENDED, "{s:a,s:s,s:s,s:i}",
		"child", abroad->birth, "reason", reason, "detail", detail, "status", status);
}

void placement_hear_end(struct admin *admin, const struct word *word)
{
	tsp_address child = TSP_NOBODY;
	int64_t grace_ms = 0;
	struct actor *actor;

	(void)tsp_value_address(tsp_value_get(word->value, "child"), &child);
	(void)tsp_value_int(tsp_value_get(word->value, "grace_ms"), &grace_ms);
	actor = actor_find(admin, child);
	if (actor == NULL || actor->abroad == NULL || !actor->abroad->here ||
		child.system != word->system)
		return;
	/* others of its host have done nothing */
	if (actor->host == NULL || grace_ms > 0 || actor->host->actor_count > 1)
		exit_request_send(admin, actor->number, (tsp_address){ word->system, 0 });
	else
		host_kill(admin, actor->host);
}

/* Their parents have gone, and so do they. */
static void end_guests(struct admin *admin, struct member *member)
{
	while (!list_empty(&member->guests)) {
		struct abroad *abroad = list_item(member->guests.next, struct abroad, link);
		struct actor *actor = abroad->actor;

		list_remove(&abroad->link);
		if (actor->host == NULL)
			actor_failed(admin, actor, TSP_ESTART, "the system of its birth has gone", "");
		else
			exit_request_send(admin, actor->number, admin->address);
	}
}

void placement_member_gone(struct admin *admin, struct member *member, const char *reason)
{
	end_guests(admin, member);
	placement_lose_emigrants(admin, member, reason);
}
