/* SPDX-License-Identifier: MIT */
/* The folder of built modules: KEY.so and KEY.sum. Ours alone, or it is not used. */
#ifndef TSP_SOURCE_CACHE_H
#define TSP_SOURCE_CACHE_H

#include "source/compiler.h"
#include "source/sum.h"

#define CACHE_KEY_TEXT 65

/* Makes the folder if need be. TSP_EPERM: others may write there. Sweeps what dead builders
 * left. */
int cache_open(const char *folder, tsp_error *err);
/* Whether the folder is ours alone; TSP_EPERM, TSP_ENOENT: not made yet. */
int cache_check(const char *folder, tsp_error *err);
/* Everything that decides what is built, but for what pkg-config says. */
int cache_key(const void *zip, size_t size, const struct compiler *compiler, const char *include,
	char ret_key[CACHE_KEY_TEXT], tsp_error *err);
/* The same for a module that comes with the zip: it depends on that and this machine only. */
void cache_key_prebuilt(const void *zip, size_t size, char ret_key[CACHE_KEY_TEXT]);
/* Where the module of that key lies, whether it is there or not; free() it; NULL: no memory. */
char *cache_path(const char *folder, const char *key);
/* The module's path; free() it. NULL: not there, or not what it was, which is logged. */
char *cache_find(const char *folder, const char *key);
/* Moves module there, with its sum. free() *ret_path. */
int cache_store(const char *folder, const char *key, const char *module,
	const struct compiler_libraries *libraries, char **ret_path, tsp_error *err);

#endif
