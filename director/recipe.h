/* SPDX-License-Identifier: MIT */
/* What goes into a new package: source.json made from what the user gave. */
#ifndef TSP_DIRECTOR_RECIPE_H
#define TSP_DIRECTOR_RECIPE_H

#include "source/manifest.h"

struct recipe {
	const char *group;
	const char *folder;	/* of the sources */
	const char *version;	/* NULL: what FOLDER/source.json says, else none */
	const char *group_file; /* NULL: FOLDER/GROUP.tli, where there is one */
	const char *libraries;	/* file with names for pkg-config, one a line; NULL: none */
};

/*
 * Reads FOLDER/source.json where there is one (group, version and runtime may be missing there), the
 * group file and the libraries. Every complaint names its file. Clear with manifest_clear.
 */
int recipe_read(const struct recipe *recipe, struct manifest *ret_manifest, tsp_error *err);

#endif
