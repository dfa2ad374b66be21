/* SPDX-License-Identifier: MIT */
/*
 * Modules: the code that actors come from, either a loaded source or an installed file. A package
 * passes the authority (a load), is built, and is opened in a nursery of its own.
 */
#ifndef TSP_CORE_MODULES_H
#define TSP_CORE_MODULES_H

#include "core/gate.h"

/* The source whose hash begins with prefix and that is loaded; NULL: none, or more than one. */
struct module *module_find_source(const struct admin *admin, tsp_text prefix);
struct load *load_find(const struct admin *admin, tsp_text prefix);
struct module *module_by_id(const struct admin *admin, uint64_t id);
/* The installed module of that name as it is on disk now, as it is for those whose hosts keep the
 * admin's user, or for all others: these share no process. NULL with err. */
struct module *module_find_installed(
	struct admin *admin, const char *name, bool keep_user, tsp_error *err);
const struct class_entry *module_class_entry(const struct module *module, const char *name);
/* Creates what its creation waits for, or has it wait until the module is open. */
void module_create(struct admin *admin, struct module *module, struct actor *actor);
/* After an actor or a host has gone: an unloaded module that nothing uses goes too. */
void module_settle(struct admin *admin, struct module *module);
void modules_clear(struct admin *admin);
/* Loads whose authority stays silent are given up; returns when the next one is. */
clock_ns modules_tick(struct admin *admin);
/* The authority is there (again): what waits for it is handed over. */
void modules_ask_authority(struct admin *admin);
void modules_forget_watcher(struct admin *admin, tsp_address watcher);

void modules_load(struct admin *admin, const struct request *request);
void modules_unload(struct admin *admin, const struct request *request);
/* Nothing is created from it any more; who watches is told, and who has it from here. */
void module_unload(struct admin *admin, struct module *module);
void modules_validated(struct admin *admin, const struct request *request);
void modules_watch(struct admin *admin, const struct request *request);

#endif
