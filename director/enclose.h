/* SPDX-License-Identifier: MIT */
/* `gensrc --prebuilt` and `--prebuilt-from`: modules that travel in the new package. */
#ifndef TSP_DIRECTOR_ENCLOSE_H
#define TSP_DIRECTOR_ENCLOSE_H

#include "director/context.h"
#include "source/manifest.h"

struct enclose {
	struct context *context;
	struct manifest *manifest; /* both grow by what is enclosed */
	struct archive *archive;   /* with source.json, which is written anew */
};

/* Builds the package's sources here and puts the module in. */
int enclose_built(const struct enclose *enclose, tsp_error *err);
/* Takes the modules of another package of the same sources, which a trusted key has signed, but the one
 * that is in already. TSP_EVALUE: a file, or how it is built, differs. */
int enclose_from(const struct enclose *enclose, const char *name, tsp_error *err);

#endif
