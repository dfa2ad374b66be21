/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "core/actors.h"
#include "core/fit.h"
#include "core/hosts.h"
#include "core/loads.h"
#include "core/route.h"
#include "core/trace.h"

#define MODULE_PATH 4096

struct module *module_by_id(const struct admin *admin, uint64_t id)
{
	return table_get(&admin->modules_by_id, id);
}

struct module *module_new(struct admin *admin)
{
	struct module *module = calloc(1, sizeof(*module));

	if (module == NULL || table_put(&admin->modules_by_id, admin->next_module, module) < 0) {
		free(module);
		return NULL;
	}
	module->id = admin->next_module++;
	list_init(&module->hosts);
	list_init(&module->creations);
	list_append(&admin->modules, &module->link);
	return module;
}

static void classes_clear(struct module *module)
{
	for (size_t i = 0; i < module->class_count; i++)
		free(module->classes[i].name);
	free(module->classes);
	free(module->description);
	module->classes = NULL;
	module->class_count = 0;
	module->description = NULL;
}

static void module_free(struct admin *admin, struct module *module)
{
	(void)table_take(&admin->modules_by_id, module->id);
	list_remove(&module->link);
	classes_clear(module);
	free(module->name);
	free(module->info);
	free(module->path);
	free(module->package);
	free(module);
}

void modules_clear(struct admin *admin)
{
	while (!list_empty(&admin->modules))
		module_free(admin, list_item(admin->modules.next, struct module, link));
	loads_clear(admin);
}

static bool hash_begins(const char *hash, tsp_text prefix)
{
	return prefix.size >= HASH_PREFIX && prefix.size < HASH_TEXT &&
		strncmp(hash, prefix.data, prefix.size) == 0;
}

/* loaded ones first: an unloaded one is found only where no other fits. */
struct module *module_find_source(const struct admin *admin, tsp_text prefix)
{
	struct module *found = NULL;
	size_t loaded = 0;
	size_t all = 0;

	for (struct list *at = admin->modules.next; at != &admin->modules; at = at->next) {
		struct module *module = list_item(at, struct module, link);

		if (module->hash[0] == '\0' || !hash_begins(module->hash, prefix))
			continue;
		all++;
		if (module->loaded && loaded++ == 0)
			found = module;
		else if (found == NULL)
			found = module;
	}
	return loaded == 1 || (loaded == 0 && all == 1) ? found : NULL;
}

struct module *module_find_installed(
	struct admin *admin, const char *name, bool keep_user, tsp_error *err)
{
	char path[MODULE_PATH];
	uint64_t identity[4] = { 0 };
	struct module *module;

	if (admin->ops->find_module(admin->io, name, path, sizeof(path), identity, err) < 0)
		return NULL;
	for (struct list *at = admin->modules.next; at != &admin->modules; at = at->next) {
		module = list_item(at, struct module, link);
		if (module->name != NULL && strcmp(module->name, name) == 0 &&
			module->keep_user == keep_user &&
			strcmp(module->path, path) == 0 &&
			memcmp(module->identity, identity, sizeof(identity)) == 0 &&
			module->state != MODULE_FAILED)
			return module;
	}
	module = module_new(admin);
	if (module == NULL || (module->name = strdup(name)) == NULL ||
		(module->path = strdup(path)) == NULL) {
		if (module != NULL)
			module_free(admin, module);
		tsp_fail(err, TSP_ENOMEM, "no memory for module '%s'", name);
		return NULL;
	}
	memcpy(module->identity, identity, sizeof(identity));
	module->loaded = true;
	module->keep_user = keep_user;
	module->state = MODULE_CLOSED;
	return module;
}

const struct class_entry *module_class_entry(const struct module *module, const char *name)
{
	for (size_t i = 0; i < module->class_count; i++) {
		if (strcmp(module->classes[i].name, name) == 0)
			return &module->classes[i];
	}
	return NULL;
}

/* A class with a check judges what its creator requires itself, in the host. */
static bool fits(const struct admin *admin, const struct class_entry *class,
	const struct creation *creation, tsp_text *ret_missing)
{
	tsp_value capabilities = { admin->capabilities, admin->capabilities_size };
	tsp_value requirements = { creation->requirements, creation->requirements_size };

	return fit_class(capabilities, class->requires, ret_missing) &&
		(class->checks || fit_requirements(capabilities, requirements, ret_missing));
}

static void place(struct admin *admin, struct module *module, struct actor *actor)
{
	const struct class_entry *class = module_class_entry(module, actor->creation->class_name);
	tsp_text missing;
	char reason[256];

	if (class == NULL) {
		snprintf(reason, sizeof(reason), "no class '%s' in %s", actor->creation->class_name,
			module->name != NULL ? module->name : "the source");
		actor_failed(admin, actor, TSP_ECLASS, text_mend(reason), "");
		return;
	}
	if (!fits(admin, class, actor->creation, &missing)) {
		snprintf(reason, sizeof(reason), "capability '%.*s' is missing or differs here",
			(int)(missing.size < 160 ? missing.size : 160), missing.data);
		actor_failed(admin, actor, TSP_ECAPABILITY, text_mend(reason), "");
		return;
	}
	actor->class = class;
	trace_class(admin, actor);
	host_place(admin, actor);
}

static void open_module(struct admin *admin, struct module *module)
{
	module->state = MODULE_OPENING;
	admin->ops->open_module(admin->io, module->id, module->path, module->keep_user);
}

void module_create(struct admin *admin, struct module *module, struct actor *actor)
{
	actor->module = module;
	module->actors++;
	if (module->state == MODULE_OPEN) {
		place(admin, module, actor);
		return;
	}
	list_remove(&actor->creation->link);
	list_append(&module->creations, &actor->creation->link);
	if (module->state == MODULE_CLOSED)
		open_module(admin, module);
}

void module_settle(struct admin *admin, struct module *module)
{
	if (module->actors > 0 || !list_empty(&module->hosts) || module->load != NULL)
		return;
	if (module->loaded && module->name == NULL)
		return;
	if (module->name != NULL && module->state != MODULE_FAILED)
		return;
	if (module->state == MODULE_OPENING || module->state == MODULE_BUILDING)
		return;
	admin->ops->close_module(admin->io, module->id);
	module_free(admin, module);
}

void module_fail(struct admin *admin, struct module *module, int code, const char *reason)
{
	bool source = module->name == NULL;

	module->state = MODULE_FAILED;
	module->loaded = false;
	/* each failed creation takes itself out of the module, which must outlive the last */
	module->actors++;
	while (!list_empty(&module->creations)) {
		struct creation *creation =
			list_item(module->creations.next, struct creation, link);

		list_remove(&creation->link);
		actor_failed(admin, creation->actor, source ? TSP_ESOURCE : code,
			"the module could not be opened", reason);
	}
	module->actors--;
	module_settle(admin, module);
}

static int classes_read(struct module *module, tsp_value classes)
{
	size_t count = tsp_value_count(classes);
	tsp_value copy;
	tsp_value item;
	tsp_walk at = { 0 };

	classes_clear(module);
	module->description = malloc(classes.size + 1);
	module->classes = calloc(count + 1, sizeof(*module->classes));
	if (module->description == NULL || module->classes == NULL)
		return TSP_ENOMEM;
	memcpy(module->description, classes.data, classes.size);
	copy = (tsp_value){ module->description, classes.size };
	while (tsp_value_next(copy, &at, NULL, &item)) {
		struct class_entry *class = &module->classes[module->class_count];
		tsp_text name = { NULL, 0 };
		int64_t host = 0;
		bool threads = false;

		if (!tsp_value_text(tsp_value_get(item, "name"), &name))
			return TSP_EVALUE;
		class->name = tsp_text_copy(name);
		if (class->name == NULL)
			return TSP_ENOMEM;
		module->class_count++;
		(void)tsp_value_int(tsp_value_get(item, "host"), &host);
		class->host = host == TSP_HOST_OWN || host == TSP_HOST_SHARED ?
			(enum tsp_host)host :
			TSP_HOST_DEFAULT;
		class->requires = tsp_value_get(item, "requires");
		(void)tsp_value_bool(tsp_value_get(item, "check"), &class->checks);
		if (tsp_value_bool(tsp_value_get(item, "threads"), &threads) && threads)
			module->threads = true;
	}
	return 0;
}

void admin_module_opened(struct admin *admin, uint64_t id, int code, tsp_value classes,
	const char *hash, const char *reason, clock_ns now)
{
	struct module *module = module_by_id(admin, id);
	bool known;

	admin->now = now;
	if (module == NULL)
		return;
	known = module->description != NULL;
	if (code == 0 && !known)
		code = classes_read(module, classes);
	if (code < 0) {
		if (module->load != NULL)
			load_failed(admin, module->load, code == TSP_ENOMEM ? code : TSP_EBUILD,
				reason != NULL ? reason : "the module could not be opened", "");
		module_fail(admin, module, code,
			reason != NULL ? reason : "the module could not be opened");
		return;
	}
	module->state = MODULE_OPEN;
	snprintf(module->file_hash, sizeof(module->file_hash), "%s", hash != NULL ? hash : "");
	if (module->load != NULL)
		load_finished(admin, module->load, module);
	/* as in module_fail: the module must outlive the last creation that comes to nothing */
	module->actors++;
	while (!list_empty(&module->creations)) {
		struct creation *creation =
			list_item(module->creations.next, struct creation, link);

		list_remove(&creation->link);
		place(admin, module, creation->actor);
	}
	module->actors--;
	module_settle(admin, module);
}

void admin_built(struct admin *admin, uint64_t id, int code, const char *path, bool prebuilt,
	const char *reason, const char *output, clock_ns now)
{
	struct module *module = module_by_id(admin, id);

	admin->now = now;
	if (module == NULL || module->state != MODULE_BUILDING)
		return;
	module->prebuilt = prebuilt;
	if (code == 0) {
		free(module->path);
		module->path = strdup(path);
		if (module->path == NULL)
			code = TSP_ENOMEM;
	}
	if (code < 0) {
		if (module->load != NULL)
			load_failed(admin, module->load, code == TSP_ENOMEM ? code : TSP_EBUILD,
				reason != NULL ? reason : "the build failed",
				output != NULL ? output : "");
		module_fail(admin, module, code, reason != NULL ? reason : "the build failed");
		return;
	}
	open_module(admin, module);
}

void admin_module_ended(struct admin *admin, uint64_t id, clock_ns now)
{
	struct module *module = module_by_id(admin, id);

	admin->now = now;
	if (module != NULL && module->state == MODULE_OPEN)
		module->state = MODULE_CLOSED;
}
