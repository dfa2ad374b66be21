/* SPDX-License-Identifier: MIT */
/*
 * Builds a verified zip into a module, in a process of its own with limits and an empty
 * environment: unzip, read source.json, run the compiler, put the result into the cache.
 * `thespian-host --build` runs it; the zip comes by descriptor, the answer goes back by
 * descriptor.
 */
#ifndef TSP_SOURCE_BUILDER_H
#define TSP_SOURCE_BUILDER_H

#include "source/archive.h"

struct build_limits {
	int cpu_s;	 /* 60 */
	int wall_s;	 /* 120 */
	uint64_t memory; /* 2 GiB */
	uint64_t output; /* 64 MiB a file */
	size_t messages; /* 64 KiB of the compiler's lines */
	bool sandbox;	 /* false; true: no build where the kernel cannot shut it in */
};
extern const struct build_limits build_default_limits;

struct build_result {
	int code;     /* 0, or TSP_EBUILD, TSP_ELIMIT, TSP_EVALUE, TSP_EIO.. */
	char *path;   /* of the module in the cache */
	bool cached;  /* it was there: nothing had to be made */
	bool prebuilt; /* it came with the package */
	char *reason; /* one sentence, where code is not 0 */
	char *output; /* the compiler's lines with file:line as in the package, or "" */
};
void build_result_clear(struct build_result *result);

/* The cache folder: $XDG_CACHE_HOME/thespian, else ~/.cache/thespian, else in the runtime folder
 * given. Made with mode 0700. free() *ret_path. */
int build_cache_folder(const char *runtime_folder, char **ret_path, tsp_error *err);
/* Its path, whether or not it is there; NULL as runtime_folder: TSP_ENOENT where that would be needed. */
int build_cache_path(const char *runtime_folder, char **ret_path, tsp_error *err);
/* Takes the package's own module where one fits (source/prebuilt.h), else builds in this process's
 * children; returns when done. Never loads what it builds. include: folder of thespian.h. Fills the
 * result whatever happens and returns its code; build_result_clear it. */
int build_source(const void *zip, size_t size, const char *cache, const char *include,
	const struct build_limits *limits, struct build_result *ret_result);
/* Compiles, whatever comes with the package or lies in a cache; folder: absolute, as a cache is. */
int build_anew(const void *zip, size_t size, const char *folder, const char *include,
	const struct build_limits *limits, struct build_result *ret_result);
/* Syntax check of the C files of a folder as gensrc does it; output as in build_result. */
int build_check(const struct archive *archive, const char *include,
	const struct build_limits *limits, struct build_result *ret_result);
/* "CPU_S:WALL_S:MEMORY:OUTPUT:MESSAGES:SANDBOX", decimal, as build_main takes it. */
#define BUILD_LIMITS_TEXT 128
char *build_limits_print(const struct build_limits *limits, char out[BUILD_LIMITS_TEXT]);
int build_limits_parse(const char *text, struct build_limits *ret_limits); /* TSP_EVALUE */
/* From the capability of that name, {cpu_s, wall_s, memory_mib, output_mib, sandbox: "required"}: what
 * is not there is as
 * in build_default_limits, all of it where the capability is absent or null. TSP_EVALUE. */
#define BUILD_LIMITS_CAPABILITY "Build Limits"
int build_limits_read(tsp_value capability, struct build_limits *ret_limits, tsp_error *err);
/* main of `thespian-host --build CACHE INCLUDE [LIMITS]`, with main's argv and LIMITS as above:
 * zip from descriptor 3, answer (CBOR map {code, path, cached, prebuilt, reason, output}) to descriptor 4.
 * Returns an exit status. */
int build_main(int argc, char **argv);

#endif
