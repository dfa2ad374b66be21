/* SPDX-License-Identifier: MIT */
/*
 * A package whose actor is a script: what source.json says of it ("Executable": "backup.sh"), and the C file
 * that makes a module of it. The module holds the script's bytes, so what covers a module (signature, cache,
 * hash) covers the script; what runs it is thespian.h's tsp_script_init.
 */
#ifndef TSP_SOURCE_SCRIPT_H
#define TSP_SOURCE_SCRIPT_H

#include "base/buffer.h"
#include "source/manifest.h"

struct json_t; /* jansson's */

#define SCRIPT_SIZE_LIMIT ((size_t)1024 * 1024)
#define SCRIPT_CLASS_SIZE 128
/* What the package's own TSP_EXPORT defines where there is a script: the generated file exports its classes. */
#define SCRIPT_DEFINITION "tsp_module_exported=tsp_module_of_package"
#define SCRIPT_SOURCE	  ".thespian_script.c" /* no file of a package can be called so */

/* A text or an object, of "Executable". TSP_EVALUE, TSP_ENOMEM. */
int script_read(struct manifest *manifest, struct json_t *value);
struct json_t *script_write(const struct manifest *manifest);
/* The name of its class: the last part of the file's name, without extension. */
char *script_class(const char *file, char out[SCRIPT_CLASS_SIZE]);
/* Whether it can be an actor: at most 1 MiB, and it says by whom it is run. TSP_EVALUE, TSP_ELIMIT. */
int script_check(const struct archive *archive, const struct manifest *manifest, tsp_error *err);
/* The C file; the script must be in the archive. TSP_ENOMEM. */
int script_generate(const struct archive *archive, const struct manifest *manifest,
	struct buffer *into, tsp_error *err);

#endif
