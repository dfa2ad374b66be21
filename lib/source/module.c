/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define CLASSES_LIMIT      1000
#define REQUIREMENTS_LIMIT 100

/* Types that come before all others are few, and a leader, who handles nothing, needs none. */
static const char *wrong_init_messages(const tsp_class *class)
{
	const tsp_init_messages *order = class->init_messages;
	size_t count = 0;

	if (class->troupe)
		return "is a troupe, which has no initialising messages";
	while (order->types && order->types[count] && count <= REQUIREMENTS_LIMIT)
		count++;
	if (count == 0)
		return "names no type of an initialising message";
	return count > REQUIREMENTS_LIMIT ? "names too many initialising messages" : NULL;
}

static const char *wrong_trait(const tsp_class *class)
{
	if (class->troupe && (class->troupe->max_count < 0 || class->troupe->idle_count < 0))
		return "has a troupe with less than no workers";
	if (class->transient && class->transient->exit_delay_ms < 0)
		return "is to exit before its first message";
	return class->init_messages ? wrong_init_messages(class) : NULL;
}

static int check_class(const tsp_module *module, size_t index, const char *path, tsp_error *err)
{
	const tsp_class *class = module->classes[index];
	if (!class->name || !class->name[0] || strlen(class->name) > 200 ||
		!text_is_utf8(class->name, strlen(class->name)))
		return tsp_fail(err, TSP_EVALUE,
			"cannot open module '%s': class number %zu has no usable name", path,
			index + 1);
	for (size_t i = 0; i < index; i++)
		if (strcmp(module->classes[i]->name, class->name) == 0)
			return tsp_fail(err, TSP_EVALUE,
				"cannot open module '%s': class '%s' is there twice", path,
				class->name);
	if ((int)class->host < TSP_HOST_DEFAULT || (int)class->host > TSP_HOST_SHARED)
		return tsp_fail(err, TSP_EVALUE,
			"cannot open module '%s': class '%s' wants a kind of host that "
			"is not known",
			path, class->name);
	const char *wrong = wrong_trait(class);
	if (wrong)
		return tsp_fail(err, TSP_EVALUE, "cannot open module '%s': class '%s' %s", path,
			class->name, wrong);
	return 0;
}

static int check_export(const tsp_module *module, const char *path, tsp_error *err)
{
	if (module->abi != TSP_ABI)
		return tsp_fail(err, TSP_EVALUE,
			"cannot open module '%s': built for level %d of thespian.h, "
			"this is level %d",
			path, module->abi, TSP_ABI);
	if (!module->classes || !module->classes[0])
		return tsp_fail(
			err, TSP_EVALUE, "cannot open module '%s': it exports no class", path);
	for (size_t i = 0; module->classes[i]; i++) {
		if (i == CLASSES_LIMIT)
			return tsp_fail(err, TSP_ELIMIT,
				"cannot open module '%s': more than %d classes", path,
				CLASSES_LIMIT);
		int rc = check_class(module, i, path, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* dlerror puts the path before the cause, or not. */
static int fail_load(const char *name, const char *path, const char *cause, tsp_error *err)
{
	size_t size = strlen(name);
	if (strncmp(cause, name, size) == 0 && strncmp(cause + size, ": ", 2) == 0)
		cause += size + 2;
	return tsp_fail(err, TSP_EBUILD, "cannot open module '%s': %s", path, cause);
}

/* name is what it is opened by, path what people know it by. */
static int load(
	const char *name, const char *path, const tsp_module **ret_module, tsp_error *err)
{
	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return fail_load(name, path, dlerror(), err);
	const tsp_module *module = dlsym(handle, TSP_MODULE_SYMBOL);
	if (!module)
		return tsp_fail(
			err, TSP_EVALUE, "cannot open module '%s': it has no TSP_EXPORT", path);
	int rc = check_export(module, path, err);
	if (rc == 0)
		*ret_module = module;
	return rc;
}

int module_open(const char *path, const tsp_module **ret_module, tsp_error *err)
{
	if (!strchr(path, '/'))
		return tsp_fail(err, TSP_EVALUE, "cannot open module '%s': not a path", path);
	return load(path, path, ret_module, err);
}

int module_file_load(const struct module_file *file, const tsp_module **ret_module, tsp_error *err)
{
	char name[40];
	/* by path only where there is no other way: it may be another file by now */
	if (!file->handed_on && access("/proc/self/fd", F_OK) < 0)
		return module_open(file->path, ret_module, err);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file->fd);
	if (access(name, R_OK) < 0)
		return tsp_fail(err, TSP_EPERM, "cannot open module '%s' as user %ld: %s",
			file->path, (long)getuid(), strerror(errno));
	return load(name, file->path, ret_module, err);
}

const tsp_class *module_class(const tsp_module *module, const char *name)
{
	for (size_t i = 0; module->classes[i]; i++)
		if (strcmp(module->classes[i]->name, name) == 0)
			return module->classes[i];
	return NULL;
}

static void describe_class(const tsp_class *class, tsp_builder *into)
{
	const tsp_requirement *need = class->requires_capabilities;
	tsp_begin_map(into);
	tsp_put_key(into, "name");
	tsp_put_string(into, class->name);
	tsp_put_key(into, "host");
	tsp_put_int(into, class->host);
	tsp_put_key(into, "check");
	tsp_put_bool(into, class->check != NULL);
	tsp_put_key(into, "requires");
	tsp_begin_list(into);
	for (size_t i = 0; need && need[i].capability && i < REQUIREMENTS_LIMIT; i++) {
		tsp_begin_map(into);
		tsp_put_key(into, "capability");
		tsp_put_string(into, need[i].capability);
		tsp_put_key(into, "json");
		if (need[i].json)
			tsp_put_string(into, need[i].json);
		else
			tsp_put_null(into);
		tsp_end(into);
	}
	tsp_end(into);
	tsp_end(into);
}

void module_describe(const tsp_module *module, tsp_builder *into)
{
	tsp_begin_list(into);
	for (size_t i = 0; module->classes[i]; i++)
		describe_class(module->classes[i], into);
	tsp_end(into);
}
