/* SPDX-License-Identifier: MIT */
/* The example `hello` as a signed package that was never built before, and the command that builds it. */
#ifndef TSP_BENCH_PACKAGE_H
#define TSP_BENCH_PACKAGE_H

#include "base/buffer.h"
#include "bench.h"
#include "source/manifest.h"
#include "source/package.h"

#define PACKAGE_OUTPUT "../compiled.so" /* of the command */

struct bench_package {
	uint8_t *bytes;
	size_t size;
	char *folder; /* with the same files, for the command to run in */
	struct manifest_names command;
};

/* Signed with a key that the Director's folder trusts. package_clear it, whatever happens. */
int package_make(const struct bench *bench, struct bench_package *ret_package, tsp_error *err);
/* Its two halves, for hello.c of any content: bytes and size, with rules (JSON, or NULL) as the group file;
 * folder and command. */
int package_sign(const struct bench *bench, const struct package_claim *claim, const char *rules,
	const struct buffer *code, struct bench_package *package, tsp_error *err);
int package_unpack(const struct bench *bench, const struct buffer *code,
	struct bench_package *package, tsp_error *err);
void package_clear(struct bench_package *package);

#endif
