/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/requests.h"

#include "core/actors.h"
#include "core/convention.h"
#include "core/route.h"
#include "core/status.h"

static const char *state_name(const struct actor *actor)
{
	static const char *const names[] = { "waiting", "starting", "running", "exiting" };

	return names[actor->state];
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

static void put_actor(tsp_builder *b, struct admin *admin, const struct actor *actor)
{
	const struct host *host = actor->host;
	const struct module *module = actor->module;

	tsp_begin_map(b);
	tsp_put_key(b, "address");
	tsp_put_address(b, actor_address(admin, actor));
	put_address(b, admin, "number", actor->number);
	put_member(b, "class", actor_class_name(actor));
	tsp_put_key(b, "parent");
	tsp_put_address(b, actor->abroad != NULL && actor->abroad->here ?
			actor->abroad->parent :
			address_of(admin, actor->parent));
	if (actor->abroad != NULL && !actor->abroad->here)
		put_number(b, "system", actor->abroad->system);
	put_number(b, "host", host != NULL ? host->id : 0);
	put_number(b, "pid", host != NULL ? (uint64_t)host->pid : 0);
	put_bool(b, "shared", host != NULL && host->shared);
	put_member(b, "source", module != NULL && module->hash[0] != '\0' ? module->hash : NULL);
	put_member(b, "info", module != NULL ? module->info : NULL);
	put_member(b, "module", module != NULL ? module->name : NULL);
	put_member(b, "name", actor_first_name(actor));
	put_names(b, actor);
	put_member(b, "role", actor->role);
	put_number(b, "sent", actor->sent_count);
	put_number(b, "age_ms", (uint64_t)((admin->now - actor->since) / CLOCK_MS));
	put_number(b, "since_ms",
		(uint64_t)(admin->config.wall_ms + (actor->since - admin->born) / CLOCK_MS));
	put_member(b, "state", state_name(actor));
	put_actor_load(b, admin, actor);
	tsp_end(b);
}

void request_answer(struct admin *admin, const struct request *request)
{
	tsp_value body;

	if (tsp_builder_value(admin->builder, &body) == 0)
		notice_put(admin, request->from, admin->address, body.data, body.size);
	else
		request_failed(
			admin, request, TSP_ETOOBIG, "the answer does not fit into one message");
}

static bool is_of_source(const struct actor *actor, tsp_text source)
{
	return actor->module != NULL && tsp_text_is(source, actor->module->hash);
}

void request_actors(struct admin *admin, const struct request *request)
{
	tsp_builder *b = admin->builder;
	const struct actor *actor;
	tsp_text source = { NULL, 0 };
	size_t at = 0;

	(void)tsp_value_text(tsp_value_get(request->value, "source"), &source);
	load_prepare(admin);
	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_ACTORS));
	tsp_begin_map(b);
	tsp_put_key(b, "actors");
	tsp_begin_list(b);
	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL)
		if (source.data == NULL || is_of_source(actor, source))
			put_actor(b, admin, actor);
	tsp_end(b);
	if (source.data != NULL) {
		tsp_put_key(b, "source");
		tsp_put_text(b, source);
	}
	tsp_end(b);
	tsp_end(b);
	request_answer(admin, request);
}

void request_children(struct admin *admin, const struct request *request)
{
	const struct list *family = request->actor->born_under != NULL ?
		&request->actor->born_under->children :
		&request->actor->children;
	tsp_builder *b = admin->builder;

	load_prepare(admin);
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
	request_answer(admin, request);
}

/* At most so many entries, and how many there are. */
static void put_hosts(tsp_builder *b, struct admin *admin)
{
	size_t left = STATUS_LIST_LIMIT;

	tsp_put_key(b, "hosts");
	tsp_begin_list(b);
	for (struct list *at = admin->hosts.next; at != &admin->hosts && left-- > 0;
		at = at->next) {
		struct host *host = list_item(at, struct host, link);

		tsp_begin_map(b);
		put_number(b, "host", host->id);
		put_number(b, "pid", (uint64_t)host->pid);
		put_number(b, "actors", host->actor_count);
		put_bool(b, "shared", host->shared);
		put_host_load(b, admin, host);
		tsp_end(b);
	}
	tsp_end(b);
	put_number(b, "hostCount", admin->hosts_by_id.count);
}

static void put_children(tsp_builder *b, const struct admin *admin)
{
	size_t count = 0;

	tsp_put_key(b, "childActors");
	tsp_begin_list(b);
	for (const struct list *at = admin->top.next; at != &admin->top; at = at->next) {
		if (count++ < STATUS_LIST_LIMIT)
			tsp_put_address(b,
				actor_address(admin, list_item(at, struct actor, sibling)));
	}
	tsp_end(b);
	put_number(b, "childCount", count);
}

static void put_watchers(tsp_builder *b, const struct admin *admin)
{
	size_t count = 0;

	tsp_put_key(b, "notifyAddresses");
	tsp_begin_list(b);
	for (const struct list *at = admin->source_watchers.next; at != &admin->source_watchers;
		at = at->next) {
		if (count++ < STATUS_LIST_LIMIT)
			tsp_put_address(b, list_item(at, struct waiter, link)->address);
	}
	tsp_end(b);
	put_number(b, "notifyCount", count);
}

static const char *module_state_name(const struct module *module)
{
	static const char *const names[] = { "building", "opening", "loaded", "loaded", "failed" };

	return module->loaded || module->load != NULL ? names[module->state] : "unloaded";
}

static const char *file_hash(const struct module *module)
{
	return module != NULL && module->file_hash[0] != '\0' ? module->file_hash : NULL;
}

/* module: NULL as long as there is none of it. */
static void put_source(tsp_builder *b, const char *hash, const char *info, const char *state,
	const struct module *module)
{
	tsp_begin_map(b);
	put_member(b, "hash", hash);
	put_member(b, "info", info);
	put_member(b, "state", state);
	put_number(b, "actors", module != NULL ? module->actors : 0);
	put_member(b, "module_hash", file_hash(module));
	put_bool(b, "prebuilt", module != NULL && module->prebuilt);
	tsp_end(b);
}

static void put_sources(tsp_builder *b, const struct admin *admin)
{
	size_t count = 0;

	tsp_put_key(b, "loadedSources");
	tsp_begin_list(b);
	for (const struct list *at = admin->modules.next; at != &admin->modules; at = at->next) {
		const struct module *module = list_item(at, struct module, link);

		if (module->hash[0] != '\0' && count++ < STATUS_LIST_LIMIT)
			put_source(
				b, module->hash, module->info, module_state_name(module), module);
	}
	for (const struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
		const struct load *load = list_item(at, struct load, link);

		/* without bytes it is shown as the module that it is being built into */
		if (load->bytes != NULL && count++ < STATUS_LIST_LIMIT)
			put_source(b, load->hash, load->info, "validating", NULL);
	}
	tsp_end(b);
	put_number(b, "sourceCount", count);
}

static void put_installed(tsp_builder *b, const struct admin *admin)
{
	size_t count = 0;

	tsp_put_key(b, "modules");
	tsp_begin_list(b);
	for (const struct list *at = admin->modules.next; at != &admin->modules; at = at->next) {
		const struct module *module = list_item(at, struct module, link);

		if (module->name == NULL || count++ >= STATUS_LIST_LIMIT)
			continue;
		tsp_begin_map(b);
		put_member(b, "name", module->name);
		put_member(b, "path", module->path);
		put_member(b, "module_hash", file_hash(module));
		put_number(b, "actors", module->actors);
		tsp_end(b);
	}
	tsp_end(b);
	put_number(b, "moduleCount", count);
}

static void put_globals(tsp_builder *b, const struct admin *admin)
{
	size_t left = STATUS_LIST_LIMIT;

	tsp_put_key(b, "globalActors");
	tsp_begin_list(b);
	for (const struct list *at = admin->name_list.next; at != &admin->name_list && left-- > 0;
		at = at->next) {
		const struct name *name = list_item(at, struct name, link);

		tsp_begin_map(b);
		put_member(b, "name", name->text);
		put_address(b, admin, "address", name->number);
		put_somebody(b, admin, "holder", name->holder != NULL ? name->holder->number : 0);
		put_number(b, "waiting", name->mailbox.count);
		put_number(b, "refused", name->mailbox.refused);
		put_bool(b, "kept", name->kept);
		tsp_end(b);
	}
	tsp_end(b);
	put_number(b, "globalCount", admin->names.count);
}

/* Lists that we never have anything for, so that who reads the original's status finds them. */
static void put_nothing(tsp_builder *b)
{
	static const char *const empty[] = { "deadLetterAddresses", "pendingWakeups",
		"receivedMessages" };

	for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
		tsp_put_key(b, empty[i]);
		tsp_begin_list(b);
		tsp_end(b);
	}
	put_number(b, "receivedCount", 0);
	put_number(b, "wakeupCount", 0);
	put_member(b, "governer", "none: credit and bounds hold senders back");
}

static void put_head(tsp_builder *b, struct admin *admin)
{
	tsp_put_key(b, "adminAddress");
	tsp_put_address(b, admin->address);
	put_number(b, "systemId", admin->config.system);
	put_member(b, "base", admin->config.base);
	put_number(b, "port", (uint64_t)admin->config.port);
	put_number(b, "pid", (uint64_t)admin->config.pid);
	put_number(b, "memory", admin->ops->memory != NULL ? admin->ops->memory(admin->io, 0) : 0);
	put_ms_since(b, admin, "uptime_ms", admin->born);
	tsp_put_key(b, "capabilities");
	tsp_put_value(b, (tsp_value){ admin->capabilities, admin->capabilities_size });
	put_bool(b, "inShutdown", admin->in_shutdown);
	put_member(b, "hostUser", admin->config.host_user);
	put_number(b, "hostUid", (uint64_t)admin->config.host_uid);
	put_bool(b, "hostsApart", admin->config.hosts_apart);
	put_number(b, "actors", admin->actors.count);
	put_number(b, "callers", admin->caller_count);
	put_somebody(b, admin, "sourceAuthority", admin->authority);
	put_bool(b, "sourceAuthorityNamed", admin->authority_order.wanted);
	put_somebody(b, admin, "deadLetterHandler", admin->dead_letters);
}

static void put_all(tsp_builder *b, struct admin *admin)
{
	load_begin_reads(admin);
	put_head(b, admin);
	put_children(b, admin);
	put_watchers(b, admin);
	put_hosts(b, admin);
	put_sources(b, admin);
	put_installed(b, admin);
	put_globals(b, admin);
	put_waiting(b, admin);
	put_counters(b, admin);
	put_convention(b, admin, false);
	put_nothing(b);
}

void request_status(struct admin *admin, const struct request *request)
{
	tsp_builder *b = admin->builder;
	tsp_text about = { NULL, 0 };

	(void)tsp_value_text(tsp_value_get(request->value, "about"), &about);
	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_SYSTEM_STATUS));
	tsp_begin_map(b);
	if (tsp_text_is(about, "convention"))
		put_convention(b, admin, true);
	else
		put_all(b, admin);
	tsp_end(b);
	tsp_end(b);
	request_answer(admin, request);
}
