/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/modules.h"
#include "io/runtime.h"
#include "source/builder.h"
#include "source/module.h"
#include "system/program.h"
#include "system/simple.h"

static void job_free(struct simple_job *job)
{
	list_remove(&job->list);
	free(job->zip);
	free(job->path);
	free(job);
}

void simple_order(struct simple *simple, struct simple_job *job)
{
	list_append(&simple->jobs, &job->list);
}

static void module_free(struct simple_module *module)
{
	list_remove(&module->list);
	free(module->name);
	free(module);
}

void simple_modules_clear(struct simple *simple)
{
	while (!list_empty(&simple->jobs))
		job_free(list_item(simple->jobs.next, struct simple_job, list));
	while (!list_empty(&simple->modules))
		module_free(list_item(simple->modules.next, struct simple_module, list));
}

static int find_folders(struct simple *simple, tsp_error *err)
{
	char *runtime = NULL;
	int rc = TSP_OK;

	if (simple->include == NULL)
		rc = program_include(&simple->include, err);
	if (rc < 0 || simple->cache != NULL)
		return rc;
	rc = runtime_path(&runtime, err); /* where there is no home; made only if it is needed */
	if (rc == TSP_OK)
		rc = build_cache_folder(runtime, &simple->cache, err);
	free(runtime);
	return rc;
}

static void build(struct simple *simple, const struct simple_job *job)
{
	struct build_result result = { 0 };
	struct build_limits limits;
	tsp_error err = { 0 };
	int rc = find_folders(simple, &err);

	if (rc == TSP_OK)
		rc = build_limits_read(
			admin_capability(simple->admin, BUILD_LIMITS_CAPABILITY), &limits, &err);
	if (rc < 0) {
		admin_built(
			simple->admin, job->module, rc, NULL, false, err.text, "", clock_read());
		return;
	}
	(void)build_source(job->zip, job->size, simple->cache, simple->include, &limits, &result);
	admin_built(simple->admin, job->module, result.code, result.path, result.prebuilt,
		result.reason, result.output, clock_read());
	build_result_clear(&result);
}

/* A class is asked for by its source's hash or its module's name, so it is kept under that. A module
 * that was replaced on disk comes after the one before: the newest is first. */
static int remember(struct simple *simple, uint64_t number, const tsp_module *opened)
{
	const struct module *known = module_by_id(simple->admin, number);
	struct simple_module *module = calloc(1, sizeof(*module));

	if (module == NULL || known == NULL) {
		free(module);
		return TSP_ENOMEM;
	}
	module->installed = known->name != NULL;
	module->module = opened;
	module->name = strdup(module->installed ? known->name : known->hash);
	list_init(&module->list);
	if (module->name == NULL) {
		module_free(module);
		return TSP_ENOMEM;
	}
	list_append(simple->modules.next, &module->list);
	return TSP_OK;
}

static void open_module(struct simple *simple, const struct simple_job *job)
{
	const tsp_module *module = NULL;
	tsp_builder *description = tsp_builder_new();
	tsp_value classes = { 0 };
	tsp_error err = { 0 };
	char hash[SUM_TEXT] = "";
	int rc = description != NULL ? module_check_hash(job->path, hash, &err) : TSP_ENOMEM;

	if (rc == TSP_OK)
		rc = module_open(job->path, &module, &err);

	if (rc == TSP_OK) {
		module_describe(module, description);
		rc = tsp_builder_value(description, &classes);
	}
	if (rc == TSP_OK)
		rc = remember(simple, job->module, module);
	if (rc < 0 && err.code == 0)
		tsp_fail(&err, rc, "%s", tsp_error_sentence(rc));
	admin_module_opened(simple->admin, job->module, rc, classes, hash, rc < 0 ? err.text : NULL,
		clock_read());
	tsp_builder_free(description);
}

bool simple_work(struct simple *simple)
{
	struct simple_job *job;

	if (list_empty(&simple->jobs))
		return false;
	job = list_item(simple->jobs.next, struct simple_job, list);
	list_remove(&job->list);
	if (job->build)
		build(simple, job);
	else
		open_module(simple, job);
	job_free(job);
	return true;
}

const tsp_class *simple_class(struct simple *simple, const char *source, const char *module,
	const char *class_name, tsp_error *err)
{
	const char *name = source != NULL ? source : module;

	for (struct list *at = simple->modules.next; at != &simple->modules; at = at->next) {
		const struct simple_module *known = list_item(at, struct simple_module, list);
		const tsp_class *class;

		if (known->installed != (source == NULL) || strcmp(known->name, name) != 0)
			continue;
		class = module_class(known->module, class_name);
		if (class == NULL)
			tsp_fail(err, TSP_ECLASS, "there is no class '%s' in '%s'", class_name,
				name);
		return class;
	}
	tsp_fail(err, TSP_ESOURCE, "'%s' is not opened here", name);
	return NULL;
}
