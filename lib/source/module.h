/* SPDX-License-Identifier: MIT */
/* Opening a built module: its ELF file is checked before any code of it runs. */
#ifndef TSP_SOURCE_MODULE_H
#define TSP_SOURCE_MODULE_H

#include "base/error.h"

/* No executable stack, no RPATH, no needed library but libc, libm, libpthread, libgcc_s and those given
 * by pkg-config at the build, tsp_module_exported is there. TSP_EVALUE says which rule. */
int module_check(const char *path, tsp_error *err);
/* Opens with RTLD_NOW | RTLD_LOCAL and reads the export; never closed. TSP_EBUILD with dlerror's text,
 * TSP_EVALUE for a wrong ABI, a class without name or twice the same. */
int module_open(const char *path, const tsp_module **ret_module, tsp_error *err);
const tsp_class *module_class(const tsp_module *module, const char *name); /* NULL: none */
/* Puts [{name, host: int, requires: [{capability, json}]}] for admin_module_opened. */
void module_describe(const tsp_module *module, tsp_builder *into);

#endif
