/* SPDX-License-Identifier: MIT */
/* Opening a built module: its ELF file is checked before any code of it runs. */
#ifndef TSP_SOURCE_MODULE_H
#define TSP_SOURCE_MODULE_H

#include "source/manifest.h"
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

/* A module's file, held open: who checks it and runs its code may be another user than who opened
 * it, to whom its path says nothing. */
struct module_file {
	const char *path; /* borrowed */
	int fd;		  /* -1: it could not be opened, which error says */
	bool built;	  /* it is of the cache; sum is set */
	bool handed_on;	  /* its path says nothing to who opens it */
	struct sum sum;
	tsp_error error;
};

/* What goes wrong is said by module_file_check. */
void module_file_open(const char *path, struct module_file *ret_file);
/* From here on the path is not used any more; one of our own cache gets a mode by which others may
 * read what they hold. */
void module_file_hand_on(struct module_file *file);
void module_file_close(struct module_file *file);
/* As module_check and module_open; ret_hash (of SUM_TEXT; may be NULL): what the file's hash is. A process loads
 * one file in its life: the loader knows it by the number of its descriptor, which the next may get. */
int module_file_check(const struct module_file *file, char *ret_hash, tsp_error *err);
int module_file_load(const struct module_file *file, const tsp_module **ret_module, tsp_error *err);

#endif
