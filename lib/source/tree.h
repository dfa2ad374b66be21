/* SPDX-License-Identifier: MIT */
/* A private folder for one build: the files of the package, and room for temporary ones. */
#ifndef TSP_SOURCE_TREE_H
#define TSP_SOURCE_TREE_H

#include "source/archive.h"

#define TREE_TIME      315532800 /* 1980-01-01, as in the zip: when each file was changed last */
#define TREE_TIME_TEXT "315532800"

struct tree {
	char *folder;    /* mode 0700; NULL: none */
	char *files;     /* below it: what the package holds */
	char *temporary; /* below it: TMPDIR */
	char *output;    /* below it: a file that is not there yet */
};

/* Makes it below parent and unpacks. tree_close removes it. */
int tree_open(
	const char *parent, const struct archive *archive, struct tree *ret_tree, tsp_error *err);
void tree_close(struct tree *tree);

#endif
