/* SPDX-License-Identifier: MIT */
/* source.json of a package: what it is and how it is built. Data only; nothing in it is a flag
 * or code. */
#ifndef TSP_SOURCE_MANIFEST_H
#define TSP_SOURCE_MANIFEST_H

#include "source/archive.h"

#define MANIFEST_NAME       "source.json"
#define MANIFEST_SIZE_LIMIT ((size_t)1024 * 1024)

struct manifest_names {
	char **items; /* in the order of the file */
	size_t count;
};

/* A module that the package brings along (source/prebuilt.h). */
struct manifest_prebuilt {
	char *target;		      /* "x86_64-linux-gnu" */
	int abi;		      /* TSP_ABI of the thespian.h that it was built with */
	char hash[65];		      /* of the module: BLAKE2b-256 */
	char *compiler;		      /* what it said of itself */
	struct manifest_names needed; /* "libz.so.1": the libraries that it wants */
};

/* A script that is an actor (source/script.h). */
struct manifest_script {
	char *file; /* NULL: none */
	bool troupe;
	int max_count; /* 0: as thespian.h has it */
	int idle_count;
};

struct manifest {
	char *group;
	char *version; /* "none": no version */
	int runtime;
	struct manifest_names sources;     /* C files; none: all *.c */
	char *standard;                    /* "c17"; NULL: the builder's choice */
	struct manifest_names definitions; /* "NAME" or "NAME=VALUE" */
	struct manifest_names libraries;   /* names for pkg-config */
	struct manifest_names executables; /* "Executable": files of mode 0755 */
	struct manifest_script script;	   /* "Executable" that is no list; of executables, too */
	struct manifest_prebuilt *prebuilt;
	size_t prebuilt_count;
	char *group_json;                  /* "Group": the group file, as JSON text; NULL: none */
};

/* Reads and checks; TSP_EVALUE with line and column. Clear with manifest_clear. */
int manifest_read(const void *json, size_t size, struct manifest *ret_manifest, tsp_error *err);
/* The same from a package's files; also what it says about them must be true. */
int manifest_read_archive(
	const struct archive *archive, struct manifest *ret_manifest, tsp_error *err);
/* The same manifest gives the same text; free() *ret_text. TSP_EVALUE: what manifest_read would
 * refuse. */
int manifest_write(const struct manifest *manifest, char **ret_text, tsp_error *err);
void manifest_clear(struct manifest *manifest);
/* Appends a copy; TSP_ENOMEM. */
int manifest_names_add(struct manifest_names *names, const char *name);
/* The C files to compile: sources, or all *.c of the archive; none only beside a script. Clear with
 * manifest_names_clear. */
int manifest_list_sources(const struct manifest *manifest, const struct archive *archive,
	struct manifest_names *ret_sources, tsp_error *err);
void manifest_names_clear(struct manifest_names *names);

#endif
