/* SPDX-License-Identifier: MIT */
/* What differs between the files of two archives, by lines. */
#ifndef TSP_DIRECTOR_DIFF_H
#define TSP_DIRECTOR_DIFF_H

#include "source/archive.h"

/* Text that differs by more lines than this is counted as if none of it stayed. */
#define DIFF_EDIT_LIMIT 2000

enum diff_kind { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED };

struct diff_file {
	const char *name; /* borrowed from its archive */
	enum diff_kind kind;
	size_t added; /* lines */
	size_t removed;
};

struct diff {
	struct diff_file *files; /* in the order of their names */
	size_t count;
};

/* before NULL: everything was added. TSP_ENOMEM. */
int diff_archives(const struct archive *before, const struct archive *after, struct diff *ret_diff);
void diff_clear(struct diff *diff);
/* Lines that must go and come to make one text of the other; as few as possible. TSP_ENOMEM. */
int diff_lines(const void *before, size_t before_size, const void *after, size_t after_size,
	size_t *ret_added, size_t *ret_removed);

#endif
