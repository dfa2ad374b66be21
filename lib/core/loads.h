/* SPDX-License-Identifier: MIT */
/* A package on its way: authority, build, nursery. Known by all its bytes while it travels. */
#ifndef TSP_CORE_LOADS_H
#define TSP_CORE_LOADS_H

#include "core/modules.h"

void load_failed(
	struct admin *admin, struct load *load, int code, const char *reason, const char *output);
void load_finished(struct admin *admin, struct load *load, struct module *module);
/* What waits for a source that will not come. */
void load_lacking(struct admin *admin, const char *hash, const char *reason);
/* Of a package's bytes, as text. */
void load_hash(struct admin *admin, tsp_text bytes, char out[HASH_TEXT]);
/* Has the authority judge a package; from hears of the outcome, if it is not a system that gave it. */
void load_package(struct admin *admin, tsp_address from, tsp_text bytes, tsp_text info);
void loads_clear(struct admin *admin);
struct module *module_new(struct admin *admin);
void module_fail(struct admin *admin, struct module *module, int code, const char *reason);

/* ---- packages.c ---- */

/* Asks for the package that a guest's creation needs. NULL: it is on its way; else why it is not. */
const char *package_fetch(struct admin *admin, const struct creation *creation);
bool package_is_fetched(const struct admin *admin, const char *hash);
/* Other systems may ask for it as long as it is loaded. */
void package_keep(struct module *module, const struct load *load);
clock_ns packages_tick(struct admin *admin);
void packages_clear(struct admin *admin);

/* ---- gifts.c ---- */

/* A system was handed the package of a loaded source. */
void gift_note(struct admin *admin, const char *hash, uint64_t system);
/* It was unloaded here. */
void gifts_withdraw(struct admin *admin, const char *hash);
/* A system is (again) there: what it was not told, it is told now. */
void gifts_remind(struct admin *admin, uint64_t system);
void gifts_clear(struct admin *admin);

#endif
