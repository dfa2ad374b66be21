/* SPDX-License-Identifier: MIT */
/* A package on its way: authority, build, nursery. Known by all its bytes while it travels. */
#ifndef TSP_CORE_LOADS_H
#define TSP_CORE_LOADS_H

#include "core/modules.h"

void load_failed(
	struct admin *admin, struct load *load, int code, const char *reason, const char *output);
void load_finished(struct admin *admin, struct load *load, struct module *module);
void loads_clear(struct admin *admin);
struct module *module_new(struct admin *admin);
void module_fail(struct admin *admin, struct module *module, int code, const char *reason);

#endif
