/* SPDX-License-Identifier: MIT */
/* Modules: built and opened some time later, or not, and nurseries that die. */
#include "config.h"
#include "sim/sim.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static struct sim_module *find(uint64_t id)
{
	for (size_t i = 0; i < sim->module_count; i++) {
		if (sim->modules[i].id == id)
			return &sim->modules[i];
	}
	return NULL;
}

static struct sim_module *find_or_add(uint64_t id)
{
	struct sim_module *module = find(id);

	if (module == NULL) {
		assert(sim->module_count < SIM_MODULES);
		module = &sim->modules[sim->module_count++];
		module->id = id;
	}
	return module;
}

bool nursery_is_open(uint64_t id)
{
	const struct sim_module *module = find(id);

	return module != NULL && module->open;
}

static void built(void *data, uint64_t id)
{
	bool bad = sim->profile->losses && sim_chance(20);

	(void)data;
	sim_trace("module %d is built: %s", (int)id, bad ? "no" : "yes");
	memory_arm(true);
	admin_built(sim->admin, id, bad ? TSP_EBUILD : 0, "built", false, "it does not compile",
		"a.c:1", sim->now);
	memory_arm(false);
	switch_after();
}

void sim_build(void *io, uint64_t module, const void *zip, size_t size)
{
	bool was = memory_arm(false);

	(void)io;
	(void)zip;
	(void)size;
	sim_at(sim->now + 10 * sim_delay(), built, NULL, module);
	memory_arm(was);
}

static void describe(tsp_builder *b)
{
	tsp_begin_list(b);
	for (size_t i = 0; sim_classes[i] != NULL; i++) {
		const tsp_requirement *requirement = sim_classes[i]->requires_capabilities;

		if (requirement != NULL)
			tsp_put_format(b, "{s:s, s:i, s:[{s:s}]}", "name", sim_classes[i]->name,
				"host", (int)sim_classes[i]->host, "requires", "capability",
				requirement->capability);
		else
			tsp_put_format(b, "{s:s, s:i, s:[]}", "name", sim_classes[i]->name, "host",
				(int)sim_classes[i]->host, "requires");
	}
	tsp_end(b);
}

static void opened(void *data, uint64_t id)
{
	bool bad = sim->profile->losses && sim_chance(15);
	struct sim_module *module = find_or_add(id);
	tsp_builder *b = tsp_builder_new();
	tsp_value classes;

	(void)data;
	if (module->gone)
		bad = true;
	module->open = !bad;
	describe(b);
	assert(tsp_builder_value(b, &classes) == 0);
	sim_trace("module %d is opened: %s", (int)id, bad ? "no" : "yes");
	memory_arm(true);
	admin_module_opened(
		sim->admin, id, bad ? TSP_EBUILD : 0, classes, NULL, "it does not open", sim->now);
	memory_arm(false);
	tsp_builder_free(b);
	switch_after();
}

void sim_open_module(void *io, uint64_t module, const char *path, bool keep_user)
{
	bool was = memory_arm(false);

	(void)io;
	(void)path;
	(void)keep_user;
	sim_at(sim->now + 5 * sim_delay(), opened, NULL, module);
	memory_arm(was);
}

void sim_close_module(void *io, uint64_t id)
{
	struct sim_module *module = find(id);

	(void)io;
	if (module != NULL) {
		module->open = false;
		module->gone = true;
	}
}

int sim_find_module(void *io, const char *name, char *ret_path, size_t size,
	uint64_t ret_identity[4], tsp_error *err)
{
	(void)io;
	(void)err;
	if (strcmp(name, "one") != 0 && strcmp(name, "two") != 0)
		return TSP_ENOENT;
	snprintf(ret_path, size, "/%s.so", name);
	ret_identity[0] = (uint64_t)name[0];
	return 0;
}

static void ended(void *data, uint64_t id)
{
	(void)data;
	admin_module_ended(sim->admin, id, sim->now);
	switch_after();
}

/* Until the admin hears of it, it asks for hosts in vain. */
void nursery_die(void)
{
	struct sim_module *module;

	if (sim->module_count == 0)
		return;
	module = &sim->modules[sim_draw(sim->module_count)];
	if (!module->open)
		return;
	sim_trace("the nursery of module %d dies", (int)module->id);
	module->open = false;
	sim_at(sim->now + sim_delay(), ended, NULL, module->id);
}
