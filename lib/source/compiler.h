/* SPDX-License-Identifier: MIT */
/*
 * The C compiler of this machine and the commands for it. Nothing of a package becomes a flag but a
 * standard, definitions and names of libraries, which the manifest has checked.
 */
#ifndef TSP_SOURCE_COMPILER_H
#define TSP_SOURCE_COMPILER_H

#include "source/builder.h"
#include "source/manifest.h"

enum compiler_kind { COMPILER_GCC, COMPILER_CLANG, COMPILER_TCC };

struct compiler {
	char path[64];
	enum compiler_kind kind;
	char version[256]; /* first line of --version */
};

/* What pkg-config says about the libraries of a package. */
struct compiler_libraries {
	struct manifest_names names;   /* as asked */
	struct manifest_names compile; /* flags */
	struct manifest_names link;
	struct manifest_names needed; /* "foo" of -lfoo */
	char sum[65];                 /* of the whole answer; "" without libraries */
};

/* Looks in fixed folders. cache (may be NULL): where the version is remembered. TSP_EBUILD:
 * none. */
int compiler_find(const char *cache, struct compiler *ret_compiler, tsp_error *err);
/* A text that changes with the flags that every build gets. */
const char *compiler_flags_text(const struct compiler *compiler);

/* TSP_EBUILD: one is not installed. Clear with compiler_libraries_clear. */
int compiler_libraries_find(const struct manifest_names *names, const char *temporary,
	struct compiler_libraries *ret_libraries, tsp_error *err);
void compiler_libraries_clear(struct compiler_libraries *libraries);

struct compiler_job {
	const struct compiler *compiler;
	const struct manifest *manifest;
	const struct manifest_names *sources;
	const struct compiler_libraries *libraries;
	const char *include; /* folder of thespian.h */
	const char *tree;    /* where it runs */
	const char *output;  /* NULL: check the syntax only */
};
/* The whole command, ended by NULL in items[count]. TSP_ENOMEM. */
int compiler_command(const struct compiler_job *job, struct manifest_names *ret_command);

#endif
