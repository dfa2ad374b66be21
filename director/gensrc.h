/* SPDX-License-Identifier: MIT */
/* How a folder becomes a signed package; `gensrc` and `watch` share it. */
#ifndef TSP_DIRECTOR_GENSRC_H
#define TSP_DIRECTOR_GENSRC_H

#include "director/context.h"
#include "director/recipe.h"
#include "source/archive.h"
#include "source/keys.h"

struct gensrc {
	struct context *context;
	struct recipe recipe;
	char *const *patterns; /* of files to take; count 0: *.c and *.h */
	size_t pattern_count;
	bool prebuilt;		   /* a module goes along */
	const char *prebuilt_from; /* a package whose modules do; NULL: none */
	int64_t time; /* that the package claims, seconds since 1970 */
	/* gathered: */
	struct manifest manifest;
	struct archive archive;
};

/* Reads the recipe and the files, and has the compiler check them, whose lines go to stderr. TSP_EBUILD
 * where they do not compile, TSP_ENOENT, TSP_EVALUE... Clear with gensrc_clear in any case. */
int gensrc_gather(struct gensrc *gensrc, tsp_error *err);
/* Zips and signs what was gathered; free() *ret_bytes. */
int gensrc_sign(struct gensrc *gensrc, const struct secret_key *key, uint8_t **ret_bytes,
	size_t *ret_size, tsp_error *err);
void gensrc_clear(struct gensrc *gensrc);

#endif
