/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/loads.h"

#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/route.h"
#include "core/waiters.h"

static void load_free(struct load *load)
{
	list_remove(&load->link);
	waiters_clear(&load->requesters);
	free(load->info);
	free(load->bytes);
	free(load);
}

void loads_clear(struct admin *admin)
{
	while (!list_empty(&admin->loads))
		load_free(list_item(admin->loads.next, struct load, link));
	waiters_clear(&admin->source_watchers);
}

struct load *load_find(const struct admin *admin, tsp_text prefix)
{
	for (struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
		struct load *load = list_item(at, struct load, link);

		if (prefix.size >= HASH_PREFIX && prefix.size < HASH_TEXT &&
			strncmp(load->hash, prefix.data, prefix.size) == 0)
			return load;
	}
	return NULL;
}

/* Creations that named the source while it was on its way. */
static void release_creations(
	struct admin *admin, const char *hash, struct module *module, const char *reason)
{
	struct list *next;

	for (struct list *at = admin->creations.next; at != &admin->creations; at = next) {
		struct creation *creation = list_item(at, struct creation, link);

		next = at->next;
		if (strncmp(hash, creation->hash, strlen(creation->hash)) != 0)
			continue;
		list_remove(&creation->link);
		if (module != NULL)
			module_create(admin, module, creation->actor);
		else
			actor_failed(admin, creation->actor, TSP_ESOURCE,
				"the source was not accepted", reason);
	}
}

void load_lacking(struct admin *admin, const char *hash, const char *reason)
{
	release_creations(admin, hash, NULL, reason);
}

static void tell_source(struct admin *admin, struct list *waiters, enum system_notice notice,
	const char *hash, const char *info)
{
	for (struct list *at = waiters->next; at != waiters; at = at->next)
		notice_send(admin, list_item(at, struct waiter, link)->address, admin->address,
			notice, "{s:s,s:s}", "sourceHash", hash, "sourceInfo", info);
}

static void source_failed(struct admin *admin, tsp_address to, const char *hash, tsp_text info,
	int code, const char *reason, const char *output)
{
	notice_send(admin, to, admin->address, NOTICE_SOURCE_FAILED, "{s:s,s:t,s:i,s:s,s:s}",
		"sourceHash", hash, "sourceInfo", info, "code", code, "reason", reason, "output",
		output);
}

void load_failed(
	struct admin *admin, struct load *load, int code, const char *reason, const char *output)
{
	struct module *module = NULL;
	char hash[HASH_TEXT];

	for (struct list *at = admin->modules.next; at != &admin->modules; at = at->next) {
		module = list_item(at, struct module, link);
		if (module->load == load)
			module->load = NULL;
	}
	memcpy(hash, load->hash, sizeof(hash));
	for (struct list *at = load->requesters.next; at != &load->requesters; at = at->next)
		source_failed(admin, list_item(at, struct waiter, link)->address, load->hash,
			tsp_text_of(load->info), code, reason, output);
	admin->ops->log(admin->io, LOG_LEVEL_WARNING, reason);
	load_free(load);
	if (load_find(admin, (tsp_text){ hash, sizeof(hash) - 1 }) == NULL)
		release_creations(admin, hash, NULL, reason);
	modules_ask_authority(admin);
}

void load_finished(struct admin *admin, struct load *load, struct module *module)
{
	module->load = NULL;
	module->loaded = true;
	tell_source(admin, &load->requesters, NOTICE_LOADED, module->hash, module->info);
	tell_source(admin, &admin->source_watchers, NOTICE_LOADED, module->hash, module->info);
	load_free(load);
	release_creations(admin, module->hash, module, "");
	modules_ask_authority(admin);
}

/* One load of a hash at a time is with the authority, whose answer names the hash only. */
static bool hash_is_asked(const struct admin *admin, const struct load *other)
{
	for (struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
		struct load *load = list_item(at, struct load, link);

		if (load != other && load->asked && strcmp(load->hash, other->hash) == 0)
			return true;
	}
	return false;
}

void modules_ask_authority(struct admin *admin)
{
	struct list *next;

	if (admin->authority == 0)
		return;
	for (struct list *at = admin->loads.next; at != &admin->loads; at = next) {
		struct load *load = list_item(at, struct load, link);

		next = at->next;
		if (load->asked || load->bytes == NULL || hash_is_asked(admin, load))
			continue;
		load->asked = true;
		notice_send(admin, own_address(admin, admin->authority), admin->address,
			NOTICE_VALIDATE, "{s:s,s:B,s:s}", "sourceHash", load->hash, "sourceData",
			load->bytes, load->size, "sourceInfo", load->info);
	}
}

static struct load *load_same(const struct admin *admin, const char *hash, tsp_text bytes)
{
	for (struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
		struct load *load = list_item(at, struct load, link);

		if (strcmp(load->hash, hash) == 0 && load->size == bytes.size &&
			load->bytes != NULL && memcmp(load->bytes, bytes.data, bytes.size) == 0)
			return load;
	}
	return NULL;
}

static struct load *load_new(struct admin *admin, const char *hash, tsp_text bytes, tsp_text info)
{
	struct load *load = calloc(1, sizeof(*load));

	if (load == NULL)
		return NULL;
	list_init(&load->link);
	list_init(&load->requesters);
	memcpy(load->hash, hash, HASH_TEXT);
	load->bytes = malloc(bytes.size + 1);
	load->info = tsp_text_copy(info.data != NULL ? info : TSP_TEXT(""));
	if (load->bytes == NULL || load->info == NULL) {
		load_free(load);
		return NULL;
	}
	memcpy(load->bytes, bytes.data, bytes.size);
	load->size = bytes.size;
	load->until = clock_after(admin->now, AUTHORITY_MS);
	list_append(&admin->loads, &load->link);
	admin->tick_at = 0;
	return load;
}

/* What waits is held in memory until the authority has looked at it. */
static bool loads_are_full(const struct admin *admin, size_t size)
{
	uint64_t bytes = size;
	size_t count = 0;

	for (struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
		const struct load *load = list_item(at, struct load, link);

		if (load->bytes == NULL)
			continue;
		bytes += load->size;
		count++;
	}
	return count >= LOADS_LIMIT || (count > 0 && bytes > admin->config.memory_limit);
}

void load_hash(struct admin *admin, tsp_text bytes, char out[HASH_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[32];

	admin->ops->hash(admin->io, bytes.data, bytes.size, hash);
	for (size_t i = 0; i < sizeof(hash); i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[HASH_TEXT - 1] = '\0';
}

void load_package(struct admin *admin, tsp_address from, tsp_text bytes, tsp_text info)
{
	char hash[HASH_TEXT];
	struct module *module;
	struct load *load;

	load_hash(admin, bytes, hash);
	module = module_find_source(admin, tsp_text_of(hash));
	if (module != NULL && module->loaded && module->load == NULL) {
		if (from.number != 0)
			module->fetched_from = 0;
		notice_send(admin, from, admin->address, NOTICE_LOADED, "{s:s,s:s}",
			"sourceHash", module->hash, "sourceInfo", module->info);
		return;
	}
	load = load_same(admin, hash, bytes);
	if (load == NULL && loads_are_full(admin, bytes.size)) {
		source_failed(admin, from, hash, info, TSP_EBACKLOG,
			"too many packages wait for the source authority", "");
		return;
	}
	if (load == NULL) {
		load = load_new(admin, hash, bytes, info);
		if (load != NULL && from.number == 0)
			load->fetched_from = from.system;
	} else if (from.number != 0) {
		load->fetched_from = 0;
	}
	if (load == NULL) {
		source_failed(admin, from, hash, info, TSP_ENOMEM,
			"no memory for the package", "");
		return;
	}
	if (waiter_add(&load->requesters, from) < 0) {
		source_failed(admin, from, hash, info, TSP_ENOMEM,
			"no memory for the answer", "");
		if (list_empty(&load->requesters))
			load_failed(admin, load, TSP_ENOMEM, "no memory for the answer", "");
	} else if (admin->in_shutdown) {
		load_failed(admin, load, TSP_ESHUTDOWN, "the system is shutting down", "");
	} else if (admin->authority == 0 && !admin->authority_order.wanted) {
		load_failed(admin, load, TSP_ENOAUTHORITY,
			"there is no source authority in this system", "");
	} else {
		modules_ask_authority(admin);
	}
}

void modules_load(struct admin *admin, const struct request *request)
{
	tsp_text bytes = { NULL, 0 };
	tsp_text info = { "", 0 };

	if (!tsp_value_bytes(tsp_value_get(request->value, "data"), &bytes)) {
		request_failed(admin, request, TSP_EVALUE, "a load needs the package's bytes");
		return;
	}
	(void)tsp_value_text(tsp_value_get(request->value, "info"), &info);
	load_package(admin, request->from, bytes, info);
}

static struct load *load_of_verdict(const struct admin *admin, tsp_text hash)
{
	for (struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
		struct load *load = list_item(at, struct load, link);

		if (load->asked && load->bytes != NULL && tsp_text_is(hash, load->hash))
			return load;
	}
	return NULL;
}

/* From here on the package is only for other systems. */
static void give_package(const struct admin *admin, struct load *load, struct module *module)
{
	if (module != NULL && admin->ops->dial != NULL)
		package_keep(module, load);
	if (module != NULL)
		module->fetched_from = load->fetched_from;
	free(load->bytes);
	load->bytes = NULL;
}

static void build(struct admin *admin, struct load *load, tsp_text zip)
{
	struct module *module = module_find_source(admin, tsp_text_of(load->hash));

	load->until = CLOCK_NEVER; /* the builder has its own limits */
	if (module != NULL && (module->state == MODULE_OPEN || module->state == MODULE_CLOSED)) {
		give_package(admin, load, module);
		load_finished(admin, load, module); /* it was unloaded and is still there */
		return;
	}
	module = module_new(admin);
	give_package(admin, load, module);
	if (module == NULL || (module->info = strdup(load->info)) == NULL) {
		load_failed(admin, load, TSP_ENOMEM, "no memory for the source", "");
		return;
	}
	memcpy(module->hash, load->hash, HASH_TEXT);
	module->load = load;
	module->state = MODULE_BUILDING;
	admin->ops->build(admin->io, module->id, zip.data, zip.size);
}

void modules_validated(struct admin *admin, const struct request *request)
{
	tsp_text hash = { NULL, 0 };
	tsp_text zip = { NULL, 0 };
	tsp_text reason = { NULL, 0 };
	struct load *load;
	int64_t code = TSP_EREJECTED;
	char *text;

	if (request->actor == NULL || request->actor->number != admin->authority) {
		admin->counters.denied++;
		admin->ops->log(admin->io, LOG_LEVEL_WARNING,
			"a verdict on a source by another than the authority was ignored");
		return;
	}
	(void)tsp_value_text(tsp_value_get(request->value, "sourceHash"), &hash);
	load = load_of_verdict(admin, hash);
	if (load == NULL) {
		admin->ops->log(admin->io, LOG_LEVEL_WARNING,
			"a verdict on a source that was not asked for was ignored");
		return;
	}
	if (tsp_value_bytes(tsp_value_get(request->value, "sourceZip"), &zip)) {
		build(admin, load, zip);
		return;
	}
	(void)tsp_value_int(tsp_value_get(request->value, "code"), &code);
	(void)tsp_value_text(tsp_value_get(request->value, "reason"), &reason);
	text = tsp_text_copy(
		reason.data != NULL ? reason : TSP_TEXT("rejected by the source authority"));
	load_failed(admin, load, code < 0 ? (int)code : TSP_EREJECTED,
		text != NULL ? text : "rejected", "");
	free(text);
}

void module_unload(struct admin *admin, struct module *module)
{
	module->loaded = false;
	gifts_withdraw(admin, module->hash);
	tell_source(admin, &admin->source_watchers, NOTICE_UNLOADED, module->hash, module->info);
	module_settle(admin, module);
}

void modules_unload(struct admin *admin, const struct request *request)
{
	tsp_text hash = { NULL, 0 };
	struct module *module;

	(void)tsp_value_text(tsp_value_get(request->value, "hash"), &hash);
	module = module_find_source(admin, hash);
	if (module == NULL || !module->loaded) {
		request_failed(admin, request, TSP_ESOURCE,
			"no loaded source, or more than one, has that hash");
		return;
	}
	notice_send(admin, request->from, admin->address, NOTICE_UNLOADED, "{s:s,s:s}",
		"sourceHash", module->hash, "sourceInfo", module->info);
	module_unload(admin, module);
}

void modules_forget_watcher(struct admin *admin, tsp_address watcher)
{
	waiter_drop(&admin->source_watchers, watcher);
}

void modules_watch(struct admin *admin, const struct request *request)
{
	bool enable = true;

	(void)tsp_value_bool(tsp_value_get(request->value, "enable"), &enable);
	modules_forget_watcher(admin, request->from);
	if (!enable)
		return;
	if (waiter_add(&admin->source_watchers, request->from) < 0) {
		request_failed(admin, request, TSP_ENOMEM, "no memory for one more watcher");
		return;
	}
	for (struct list *at = admin->modules.next; at != &admin->modules; at = at->next) {
		struct module *module = list_item(at, struct module, link);

		if (module->hash[0] != '\0' && module->loaded && module->load == NULL)
			notice_send(admin, request->from, admin->address, NOTICE_LOADED,
				"{s:s,s:s}", "sourceHash", module->hash, "sourceInfo",
				module->info);
	}
}

clock_ns modules_tick(struct admin *admin)
{
	clock_ns next_time = CLOCK_NEVER;
	bool again = true;

	while (again) {
		again = false;
		next_time = CLOCK_NEVER;
		for (struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
			struct load *load = list_item(at, struct load, link);

			if (load->until <= admin->now) {
				load_failed(admin, load, TSP_EREJECTED,
					"the source authority did not answer in time", "");
				again = true;
				break;
			}
			if (load->until < next_time)
				next_time = load->until;
		}
	}
	return next_time;
}
