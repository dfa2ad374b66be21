/* SPDX-License-Identifier: MIT */
/* The example `hello` as a signed package that was never built before, and the command that builds it. */
#ifndef TSP_BENCH_PACKAGE_H
#define TSP_BENCH_PACKAGE_H

#include "bench.h"
#include "source/manifest.h"

struct bench_package {
	uint8_t *bytes;
	size_t size;
	char *folder; /* with the same files, for the command to run in */
	struct manifest_names command;
};

/* Signed with a key that the Director's folder trusts. package_clear it, whatever happens. */
int package_make(const struct bench *bench, struct bench_package *ret_package, tsp_error *err);
void package_clear(struct bench_package *package);

#endif
