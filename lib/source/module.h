/* SPDX-License-Identifier: MIT */
/* Opening a built module: its ELF file is checked before any code of it runs. */
#ifndef TSP_SOURCE_MODULE_H
#define TSP_SOURCE_MODULE_H

#include "source/sum.h"

#define MODULE_SIZE_LIMIT ((size_t)1 << 30)

/*
 * No executable stack, no RPATH, no malloc of its own, tsp_module_exported is there. A module of
 * the cache (a .sum lies beside it) must have the hash that it was built with and need no
 * library but libc, libm, libpthread, libgcc_s and those that pkg-config gave at the build; what
 * an installed module needs is its installer's affair. TSP_EVALUE says which rule.
 */
int module_check(const char *path, tsp_error *err);
/* The same, and what the file's hash is. */
int module_check_hash(const char *path, char ret_hash[SUM_TEXT], tsp_error *err);
/* For a module that was just built; needed: "foo" permits libfoo.so. */
int module_check_needed(const char *path, const struct manifest_names *needed, tsp_error *err);
/* For the bytes of one; err has the cause alone. */
int module_check_bytes(
	const void *bytes, size_t size, const struct manifest_names *needed, tsp_error *err);
/* Opens with RTLD_NOW | RTLD_LOCAL and reads the export; never closed. TSP_EBUILD with dlerror's
 * text, TSP_EVALUE for a wrong ABI, a class without name or twice the same. */
int module_open(const char *path, const tsp_module **ret_module, tsp_error *err);
const tsp_class *module_class(const tsp_module *module, const char *name); /* NULL: none */
/* Puts [{name, host: int, check: bool, requires: [{capability, json}]}] for admin_module_opened. */
void module_describe(const tsp_module *module, tsp_builder *into);

#endif
