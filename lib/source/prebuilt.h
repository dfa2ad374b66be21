/* SPDX-License-Identifier: MIT */
/*
 * Modules that were built elsewhere and travel in the package, signed with it: the file
 * prebuilt/TARGET/module.so, and an entry of source.json that says what it needs.
 */
#ifndef TSP_SOURCE_PREBUILT_H
#define TSP_SOURCE_PREBUILT_H

#include "source/manifest.h"

struct json_t; /* jansson's */

#define PREBUILT_NEEDED_LIMIT 100 /* libraries of one module */

/* source.json's "prebuilt". read: TSP_EVALUE, TSP_ENOMEM; write: NULL where there is none. */
#define PREBUILT_RULE \
	"a list of {\"target\", \"abi\", \"hash\", \"compiler\", \"needed\"}, each target once, 16 at most"
int prebuilt_read(struct manifest *manifest, struct json_t *value);
struct json_t *prebuilt_write(const struct manifest *manifest);
void prebuilt_clear(struct manifest *manifest);
/* "prebuilt/TARGET/module.so" */
#define PREBUILT_NAME_SIZE 80
char *prebuilt_name(const char *target, char out[PREBUILT_NAME_SIZE]);
/* Each is there, is not executable, and has the hash that the manifest says. TSP_EVALUE. */
int prebuilt_check_files(
	const struct archive *archive, const struct manifest *manifest, tsp_error *err);

/* For this machine; NULL: none. */
const struct manifest_prebuilt *prebuilt_find(const struct manifest *manifest, const char *target);
/* Appends an entry for this machine's target and the module to the archive. TSP_EEXIST: there is one. */
int prebuilt_add(struct manifest *manifest, struct archive *archive, const void *module,
	size_t size, const char *compiler, tsp_error *err);
/* The same with the entry of another package and its module. */
int prebuilt_copy(struct manifest *manifest, struct archive *archive,
	const struct manifest_prebuilt *entry, const struct archive *from, tsp_error *err);

/*
 * Whether the package has a module that can run here: for this target and TSP_ABI, and all libraries are
 * there in versions that it needs, which are read, never loaded, to see that. TSP_ENOENT: the package has no module
 * at all, and err is empty; TSP_EVALUE: err says what does not fit.
 */
int prebuilt_fit(const struct manifest *manifest, const struct archive *archive,
	const struct archive_file **ret_module, tsp_error *err);
/* The libraries alone, of a module's bytes. */
int prebuilt_fit_libraries(const void *module, size_t size, tsp_error *err);
/* For module_check_needed: "z" of "libz.so.1". Clear with manifest_names_clear. */
int prebuilt_permit(const struct manifest_prebuilt *entry, struct manifest_names *ret_needed);

#endif
