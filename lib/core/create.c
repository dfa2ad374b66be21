/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/create.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/actors.h"
#include "core/hosts.h"
#include "core/log_follow.h"
#include "core/loads.h"
#include "core/names.h"
#include "core/route.h"
#include "core/trace.h"
#include "core/waiters.h"
#include "wire/value.h"

/* What a Create says. */
struct wish {
	uint64_t number;
	tsp_text class_name;
	tsp_text source;
	tsp_text module;
	tsp_text name;
	tsp_text role;
	tsp_value argument;
	tsp_value requirements;
	int64_t host;
	bool local;
};

/* In a map's order. */
enum wish_key {
	WISH_HOST,
	WISH_NAME,
	WISH_ROLE,
	WISH_CLASS,
	WISH_LOCAL,
	WISH_MODULE,
	WISH_NUMBER,
	WISH_SOURCE,
	WISH_ARGUMENT,
	WISH_REQUIREMENTS,
	WISH_KEYS
};

static int wish_read(tsp_value value, struct wish *wish)
{
	static const tsp_text keys[WISH_KEYS] = { { "host", 4 }, { "name", 4 }, { "role", 4 },
		{ "class", 5 }, { "local", 5 }, { "module", 6 }, { "number", 6 }, { "source", 6 },
		{ "argument", 8 }, { "requirements", 12 } };
	tsp_value members[WISH_KEYS];

	memset(wish, 0, sizeof(*wish));
	value_pick(value, keys, WISH_KEYS, members);
	(void)tsp_value_uint(members[WISH_NUMBER], &wish->number);
	(void)tsp_value_text(members[WISH_CLASS], &wish->class_name);
	(void)tsp_value_text(members[WISH_SOURCE], &wish->source);
	(void)tsp_value_text(members[WISH_MODULE], &wish->module);
	(void)tsp_value_text(members[WISH_NAME], &wish->name);
	(void)tsp_value_text(members[WISH_ROLE], &wish->role);
	(void)tsp_value_encoded(members[WISH_ARGUMENT], &wish->argument);
	(void)tsp_value_encoded(members[WISH_REQUIREMENTS], &wish->requirements);
	(void)tsp_value_int(members[WISH_HOST], &wish->host);
	(void)tsp_value_bool(members[WISH_LOCAL], &wish->local);
	if (wish->host < TSP_HOST_DEFAULT || wish->host > TSP_HOST_SHARED)
		return TSP_EVALUE;
	return 0;
}

/* Also one that an actor's process has opened, which has an actor's rights. */
static bool is_from_caller(const struct request *request)
{
	return request->link != NULL && request->link->kind == LINK_CALLER;
}

/* A creation that comes to nothing before there is an actor: caller and actor are told alike. */
static void refuse(struct admin *admin, const struct request *request, const struct wish *wish,
	int code, const char *reason)
{
	tsp_error err = { 0 };
	bool named = wish->name.data != NULL && address_check_name(wish->name, &err) == 0;
	/* as tsp_create returned it */
	tsp_address child = own_address(
		admin, named ? address_of_name(admin->config.system, wish->name) : wish->number);

	admin->counters.actors_failed++;
	if (is_from_caller(request))
		notice_send(admin, request->from, admin->address, NOTICE_CREATE_FAILED,
			"{s:i,s:s,s:s}", "code", code, "reason", reason, "detail", "");
	else
		notice_send(admin, request->from, child, NOTICE_CHILD_EXITED, "{s:a,s:s,s:s}",
			"childAddress", child, "reason", "failed", "detail", reason);
}

/* Callers wait for the outcome; so do actors for that of a name, whose parent is the system. */
static int waiter_join(
	struct creation *creation, const struct request *request, const struct name *name)
{
	if (creation == NULL || (!is_from_caller(request) && name == NULL))
		return 0;
	return waiter_add(&creation->waiters, request->from);
}

/* The name is held or about to be: nothing is started. True: answered. */
static bool join_holder(struct admin *admin, const struct request *request, const struct wish *wish,
	const struct name *name)
{
	if (name->holder == NULL)
		return false;
	if (name->holder->creation != NULL) {
		if (waiter_join(name->holder->creation, request, name) < 0)
			refuse(admin, request, wish, TSP_ENOMEM, "no memory for its creation");
	} else if (is_from_caller(request)) {
		notice_send(admin, request->from, admin->address, NOTICE_CREATED, "{s:a}",
			"address", own_address(admin, name->number));
	}
	return true;
}

static bool number_is_leased(
	const struct admin *admin, const struct request *request, uint64_t number)
{
	return !address_is_name(number) && (number & ADDRESS_COUNTER_MASK) != 0 &&
		(!is_from_caller(request) || !address_is_of_caller(number)) &&
		table_get(&admin->leases, address_lease(number)) == request->link &&
		table_get(&admin->actors, number) == NULL;
}

/* The system of a guest's birth has the package. */
static void create_without_source(struct admin *admin, struct actor *actor)
{
	struct creation *creation = actor->creation;
	const char *why = "no loaded source has that hash";

	if (actor->abroad != NULL && actor->abroad->here)
		why = package_fetch(admin, creation);
	if (why == NULL)
		list_append(&admin->creations, &creation->link);
	else
		actor_failed(admin, actor, TSP_ESOURCE, why, creation->hash);
}

void create_resolve(
	struct admin *admin, struct actor *actor, const struct request *request, bool keep_user)
{
	struct creation *creation = actor->creation;
	struct module *module;
	tsp_error err = { 0 };

	if (creation->module_name != NULL) {
		module = module_find_installed(admin, creation->module_name, keep_user, &err);
		if (module == NULL)
			actor_failed(admin, actor, TSP_ECLASS, "no such module", err.text);
		else
			module_create(admin, module, actor);
		return;
	}
	module = module_find_source(admin, tsp_text_of(creation->hash));
	if (module != NULL && module->load == NULL &&
		(module->loaded || (request != NULL && request->actor != NULL &&
					   request->actor->module == module)))
		module_create(admin, module, actor);
	else if (load_find(admin, tsp_text_of(creation->hash)) != NULL)
		list_append(&admin->creations, &creation->link);
	else
		create_without_source(admin, actor);
}

int creation_keep(tsp_value value, uint8_t **ret_bytes, size_t *ret_size)
{
	if (value.data == NULL)
		return 0;
	*ret_bytes = malloc(value.size);
	if (*ret_bytes == NULL)
		return TSP_ENOMEM;
	memcpy(*ret_bytes, value.data, value.size);
	*ret_size = value.size;
	return 0;
}

static int creation_fill(struct creation *creation, const struct wish *wish)
{
	creation->host = (enum tsp_host)wish->host;
	if (wish->module.data != NULL) {
		creation->module_name = tsp_text_copy(wish->module);
		if (creation->module_name == NULL)
			return TSP_ENOMEM;
	} else {
		memcpy(creation->hash, wish->source.data, wish->source.size);
	}
	if (creation_keep(wish->argument, &creation->argument, &creation->argument_size) < 0)
		return TSP_ENOMEM;
	return creation_keep(
		wish->requirements, &creation->requirements, &creation->requirements_size);
}

/* A shared host has made it already: only the directory needs to know. */
static int adopt_local(struct admin *admin, const struct request *request, const struct wish *wish)
{
	struct host *host = request->link->host;
	struct module *module = request->actor->module;
	const struct class_entry *class;
	struct actor *actor;
	char class_name[128];

	if ((!host->shared && !admin->config.one_host) || wish->name.data != NULL ||
		wish->class_name.size >= sizeof(class_name))
		return TSP_EPROTOCOL;
	memcpy(class_name, wish->class_name.data, wish->class_name.size);
	class_name[wish->class_name.size] = '\0';
	class = module_class_entry(module, class_name);
	if (class == NULL)
		return TSP_EPROTOCOL;
	actor = actor_new(admin, wish->number, actor_known_as(request->actor), NULL);
	if (actor == NULL)
		return TSP_ENOMEM;
	if (wish->role.data != NULL)
		actor->role = tsp_text_copy(wish->role);
	actor->module = module;
	actor->class = class;
	trace_class(admin, actor);
	actor->state = ACTOR_RUNNING;
	module->actors++;
	admin->counters.actors_created++;
	host_adopt(host, actor);
	follow_placed(admin, actor);
	return 0;
}

/* 0: go on; 1: answered. */
static int claim_name(struct admin *admin, const struct request *request, const struct wish *wish,
	struct name **ret_name)
{
	tsp_error err = { 0 };
	struct name *name = name_claim(admin, wish->name, &err);

	if (name == NULL) {
		refuse(admin, request, wish, err.code, err.text);
		return 1;
	}
	if (join_holder(admin, request, wish, name))
		return 1;
	if (name->owner != 0 || name->kept) {
		refuse(admin, request, wish, TSP_ENAME, "the name is kept for another");
		return 1;
	}
	name->born = true;
	*ret_name = name;
	return 0;
}

int create_request(struct admin *admin, const struct request *request)
{
	struct name *name = NULL;
	struct creation *creation;
	struct actor *actor;
	struct wish wish;
	char *class_name;
	uint64_t parent;

	if (wish_read(request->value, &wish) < 0 || !number_is_leased(admin, request, wish.number))
		return TSP_EPROTOCOL;
	if (wish.local)
		return request->actor != NULL ? adopt_local(admin, request, &wish) : TSP_EPROTOCOL;
	if (admin->in_shutdown) {
		refuse(admin, request, &wish, TSP_ESHUTDOWN, "the system is shutting down");
		return 0;
	}
	if (wish.name.data != NULL && claim_name(admin, request, &wish, &name) != 0)
		return 0;
	if (wish.class_name.size == 0 || (wish.module.data == NULL) == (wish.source.data == NULL) ||
		(wish.source.data != NULL &&
			(wish.source.size < HASH_PREFIX || wish.source.size >= HASH_TEXT))) {
		refuse(admin, request, &wish, TSP_ECLASS,
			"a class needs the hash of its source, at least 6 digits, or its module: MODULE:CLASS");
		if (name != NULL)
			name_drop(admin, name, "");
		return 0;
	}
	parent = name == NULL && request->actor != NULL ? actor_known_as(request->actor) : 0;
	class_name = tsp_text_copy(wish.class_name);
	actor = class_name != NULL ? actor_new(admin, wish.number, parent, name) : NULL;
	creation = actor != NULL ? creation_new(actor, class_name) : NULL;
	free(class_name);
	if (creation == NULL || creation_fill(creation, &wish) < 0 ||
		waiter_join(creation, request, name) < 0) {
		if (actor != NULL)
			actor_failed(admin, actor, TSP_ENOMEM, "no memory for its creation", "");
		else
			refuse(admin, request, &wish, TSP_ENOMEM, "no memory for its creation");
		if (actor == NULL && name != NULL)
			name_drop(admin, name, "");
		return 0;
	}
	if (wish.role.data != NULL)
		actor->role = tsp_text_copy(wish.role);
	create_resolve(admin, actor, request, false);
	return 0;
}

/* Nobody else may be created under it or take it, also before its holder is. */
static struct name *claim_appointed(struct admin *admin, const struct appointed *order, tsp_error *err)
{
	struct name *name = name_claim(admin, tsp_text_of(order->name), err);

	if (name == NULL)
		return NULL;
	name->kept = true;
	name->kept_until = CLOCK_NEVER;
	return name;
}

void create_claim(struct admin *admin, const struct appointed *order)
{
	tsp_error err = { 0 };

	if (order->wanted && order->name != NULL &&
		claim_appointed(admin, order, &err) == NULL)
		admin->ops->log(admin->io, LOG_LEVEL_ERROR, err.text);
}

int create_appointed(struct admin *admin, struct appointed *order, tsp_error *err)
{
	uint64_t number = ((uint64_t)LEASE_OF_ADMIN << ADDRESS_LEASE_SHIFT) | ++admin->next_own;
	struct name *name = NULL;
	struct wish wish = { .module = tsp_text_of(order->module) };
	struct creation *creation;
	struct actor *actor;
	tsp_value argument = { NULL, 0 };

	if (order->name != NULL) {
		name = claim_appointed(admin, order, err);
		if (name == NULL)
			return err->code;
		if (name->holder != NULL)
			return tsp_fail(err, TSP_ENAME, "'%s' is held by another", order->name);
		name->born = true;
	}
	if (order->argument != NULL) {
		tsp_builder_reset(admin->builder);
		tsp_put_string(admin->builder, order->argument);
		if (tsp_builder_value(admin->builder, &argument) == 0)
			wish.argument = argument;
	}
	actor = actor_new(admin, number, 0, name);
	creation = actor != NULL ? creation_new(actor, order->class_name) : NULL;
	if (creation == NULL || creation_fill(creation, &wish) < 0) {
		if (actor != NULL)
			actor_failed(admin, actor, TSP_ENOMEM, "no memory for its creation", "");
		return tsp_fail(err, TSP_ENOMEM, "no memory for its creation");
	}
	order->actor = actor;
	create_resolve(admin, actor, NULL, admin->config.hosts_apart);
	return 0;
}
