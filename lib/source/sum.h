/* SPDX-License-Identifier: MIT */
/*
 * KEY.sum beside a module KEY.so of the cache: the module's hash, and which libraries it was built
 * with. A module is used only as long as it has that hash.
 */
#ifndef TSP_SOURCE_SUM_H
#define TSP_SOURCE_SUM_H

#include "source/manifest.h"

#define SUM_TEXT 65 /* a BLAKE2b-256 in hexadecimal, and a NUL */

struct sum {
	char hash[SUM_TEXT];             /* of the module's file */
	char flags[SUM_TEXT];            /* of what pkg-config said; "" without libraries */
	struct manifest_names libraries; /* asked of pkg-config */
	struct manifest_names needed;    /* "foo": it may need libfoo.so */
};

/* Reads the file beside module ("X.so": "X.sum"). TSP_ENOENT, TSP_EVALUE, TSP_EIO. */
int sum_read(const char *module, struct sum *ret_sum, tsp_error *err);
int sum_write(const char *module, const struct sum *sum, tsp_error *err);
void sum_clear(struct sum *sum);
char *sum_of(const void *bytes, size_t size, char out[SUM_TEXT]);

#endif
