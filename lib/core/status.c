/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/requests.h"

#include "core/parcel.h"
#include "core/route.h"

static const char *state_name(const struct actor *actor)
{
	static const char *const names[] = { "waiting", "starting", "running", "exiting" };

	return names[actor->state];
}

static void put_member(tsp_builder *b, const char *key, const char *text)
{
	tsp_put_key(b, key);
	if (text != NULL)
		tsp_put_string(b, text);
	else
		tsp_put_null(b);
}

static void put_number(tsp_builder *b, const char *key, uint64_t number)
{
	tsp_put_key(b, key);
	tsp_put_uint(b, number);
}

static void put_address(tsp_builder *b, const struct admin *admin, const char *key, uint64_t number)
{
	tsp_put_key(b, key);
	tsp_put_address(b, own_address(admin, number));
}

static void put_names(tsp_builder *b, const struct actor *actor)
{
	tsp_put_key(b, "names");
	tsp_begin_list(b);
	if (actor->born_under != NULL)
		tsp_put_string(b, actor->born_under->text);
	for (const struct name *name = actor->held; name != NULL; name = name->next_held)
		tsp_put_string(b, name->text);
	tsp_end(b);
}

static const char *first_name(const struct actor *actor)
{
	if (actor->born_under != NULL)
		return actor->born_under->text;
	return actor->held != NULL ? actor->held->text : NULL;
}

static size_t waiting(const struct actor *actor)
{
	size_t count = actor->mailbox != NULL ? actor->mailbox->count : 0;

	if (actor->born_under != NULL)
		count += actor->born_under->mailbox.count;
	for (const struct name *name = actor->held; name != NULL; name = name->next_held)
		count += name->mailbox.count;
	return count;
}

static const char *class_name(const struct actor *actor)
{
	if (actor->class != NULL)
		return actor->class->name;
	return actor->creation != NULL ? actor->creation->class_name : "";
}

static void put_actor(tsp_builder *b, const struct admin *admin, const struct actor *actor)
{
	const struct host *host = actor->host;
	const struct module *module = actor->module;

	tsp_begin_map(b);
	put_address(b, admin, "address", actor_known_as(actor));
	put_address(b, admin, "number", actor->number);
	put_member(b, "class", class_name(actor));
	put_address(b, admin, "parent", actor->parent);
	put_number(b, "host", host != NULL ? host->id : 0);
	put_number(b, "pid", host != NULL ? (uint64_t)host->pid : 0);
	tsp_put_key(b, "shared");
	tsp_put_bool(b, host != NULL && host->shared);
	put_member(b, "source", module != NULL && module->hash[0] != '\0' ? module->hash : NULL);
	put_member(b, "module", module != NULL ? module->name : NULL);
	put_member(b, "name", first_name(actor));
	put_names(b, actor);
	put_member(b, "role", actor->role);
	put_number(b, "waiting", waiting(actor));
	put_number(b, "sent", actor->sent_count);
	put_number(b, "age_ms", (uint64_t)((admin->now - actor->since) / CLOCK_MS));
	put_number(b, "since_ms",
		(uint64_t)(admin->config.wall_ms + (actor->since - admin->born) / CLOCK_MS));
	put_member(b, "state", state_name(actor));
	tsp_end(b);
}

static void answer(struct admin *admin, const struct request *request)
{
	tsp_value body;

	if (tsp_builder_value(admin->builder, &body) == 0)
		notice_put(admin, request->from, admin->address, body.data, body.size);
	else
		request_failed(
			admin, request, TSP_ETOOBIG, "the answer does not fit into one message");
}

void request_actors(struct admin *admin, const struct request *request)
{
	tsp_builder *b = admin->builder;
	const struct actor *actor;
	size_t at = 0;

	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_ACTORS));
	tsp_begin_map(b);
	tsp_put_key(b, "actors");
	tsp_begin_list(b);
	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL)
		put_actor(b, admin, actor);
	tsp_end(b);
	tsp_end(b);
	tsp_end(b);
	answer(admin, request);
}

void request_children(struct admin *admin, const struct request *request)
{
	const struct list *family = request->actor->born_under != NULL ?
		&request->actor->born_under->children :
		&request->actor->children;
	tsp_builder *b = admin->builder;

	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_CHILDREN));
	tsp_begin_map(b);
	tsp_put_key(b, "children");
	tsp_begin_list(b);
	for (const struct list *at = family->next; at != family; at = at->next)
		put_actor(b, admin, list_item(at, struct actor, sibling));
	tsp_end(b);
	tsp_end(b);
	tsp_end(b);
	answer(admin, request);
}

static void put_counters(tsp_builder *b, const struct admin *admin)
{
	const struct counters *c = &admin->counters;

	tsp_put_key(b, "counters");
	tsp_begin_map(b);
	put_number(b, "accepted", c->accepted);
	put_number(b, "finished", c->finished);
	put_number(b, "poisoned", c->poisoned);
	put_number(b, "returned", c->returned);
	put_number(b, "outcome_unknown", c->unknown);
	put_number(b, "refused", c->refused);
	put_number(b, "dead_letters", c->dead_letters);
	put_number(b, "to_callers", c->to_callers);
	put_number(b, "requests", c->requests);
	put_number(b, "denied", c->denied);
	put_number(b, "forged", c->forged);
	put_number(b, "dropped_poison", c->dropped_poison);
	put_number(b, "system_messages", c->system_messages);
	put_number(b, "actors_created", c->actors_created);
	put_number(b, "actors_failed", c->actors_failed);
	put_number(b, "actors_ended", c->actors_ended);
	put_number(b, "hosts_started", c->hosts_started);
	put_number(b, "hosts_died", c->hosts_died);
	put_number(b, "restarts", c->restarts);
	put_number(b, "mailbox_bytes", admin->mailbox_bytes);
	tsp_end(b);
}

static void put_hosts(tsp_builder *b, const struct admin *admin)
{
	tsp_put_key(b, "hosts");
	tsp_begin_list(b);
	for (const struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next) {
		const struct host *host = list_item(at, struct host, link);
		const struct page *page = host->page;

		tsp_begin_map(b);
		put_number(b, "host", host->id);
		put_number(b, "pid", (uint64_t)host->pid);
		put_number(b, "actors", host->actor_count);
		tsp_put_key(b, "shared");
		tsp_put_bool(b, host->shared);
		put_number(b, "sent", host->sent_count);
		if (page != NULL) { /* live reads: they may be torn against each other */
			bool busy = atomic_load_explicit(&page->in_work, memory_order_relaxed) != 0;
			clock_ns since =
				atomic_load_explicit(&page->since_ns, memory_order_relaxed);

			put_number(b, "handled",
				atomic_load_explicit(&page->handled, memory_order_relaxed));
			put_number(b, "busy_ms",
				busy && since > 0 && since < admin->now ?
					(uint64_t)((admin->now - since) / CLOCK_MS) :
					0);
		}
		tsp_end(b);
	}
	tsp_end(b);
}

static const char *module_state_name(const struct module *module)
{
	static const char *const names[] = { "building", "opening", "loaded", "loaded", "failed" };

	return module->loaded || module->load != NULL ? names[module->state] : "unloaded";
}

static void put_sources(tsp_builder *b, const struct admin *admin)
{
	tsp_put_key(b, "loadedSources");
	tsp_begin_list(b);
	for (const struct list *at = admin->modules.next; at != &admin->modules; at = at->next) {
		const struct module *module = list_item(at, struct module, link);

		if (module->hash[0] == '\0')
			continue;
		tsp_begin_map(b);
		put_member(b, "hash", module->hash);
		put_member(b, "info", module->info);
		put_member(b, "state", module_state_name(module));
		put_number(b, "actors", module->actors);
		tsp_end(b);
	}
	for (const struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
		const struct load *load = list_item(at, struct load, link);

		if (load->bytes == NULL)
			continue; /* shown as the module that it is being built into */
		tsp_begin_map(b);
		put_member(b, "hash", load->hash);
		put_member(b, "info", load->info);
		put_member(b, "state", "validating");
		put_number(b, "actors", 0);
		tsp_end(b);
	}
	tsp_end(b);
}

static void put_globals(tsp_builder *b, const struct admin *admin)
{
	tsp_put_key(b, "globalActors");
	tsp_begin_list(b);
	for (const struct list *at = admin->name_list.next; at != &admin->name_list;
		at = at->next) {
		const struct name *name = list_item(at, struct name, link);

		tsp_begin_map(b);
		put_member(b, "name", name->text);
		put_address(b, admin, "address", name->number);
		tsp_put_key(b, "holder");
		if (name->holder != NULL)
			tsp_put_address(b, own_address(admin, name->holder->number));
		else
			tsp_put_null(b);
		put_number(b, "waiting", name->mailbox.count);
		tsp_put_key(b, "kept");
		tsp_put_bool(b, name->kept);
		tsp_end(b);
	}
	tsp_end(b);
}

void request_status(struct admin *admin, const struct request *request)
{
	tsp_builder *b = admin->builder;

	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_SYSTEM_STATUS));
	tsp_begin_map(b);
	tsp_put_key(b, "adminAddress");
	tsp_put_address(b, admin->address);
	put_number(b, "systemId", admin->config.system);
	put_member(b, "base", admin->config.base);
	put_number(b, "port", (uint64_t)admin->config.port);
	put_number(b, "pid", (uint64_t)admin->config.pid);
	put_number(b, "uptime_ms", (uint64_t)((admin->now - admin->born) / CLOCK_MS));
	tsp_put_key(b, "capabilities");
	tsp_put_value(b, (tsp_value){ admin->capabilities, admin->capabilities_size });
	tsp_put_key(b, "inShutdown");
	tsp_put_bool(b, admin->in_shutdown);
	put_number(b, "actors", admin->actors.count);
	put_number(b, "callers", admin->caller_count);
	tsp_put_key(b, "sourceAuthority");
	if (admin->authority != 0)
		tsp_put_address(b, own_address(admin, admin->authority));
	else
		tsp_put_null(b);
	tsp_put_key(b, "sourceAuthorityNamed");
	tsp_put_bool(b, admin->authority_order.wanted);
	tsp_put_key(b, "deadLetterHandler");
	if (admin->dead_letters != 0)
		tsp_put_address(b, own_address(admin, admin->dead_letters));
	else
		tsp_put_null(b);
	put_hosts(b, admin);
	put_sources(b, admin);
	put_globals(b, admin);
	put_counters(b, admin);
	tsp_end(b);
	tsp_end(b);
	answer(admin, request);
}
