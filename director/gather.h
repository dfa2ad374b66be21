/* SPDX-License-Identifier: MIT */
/* The files of a source: those below a folder whose names match patterns, in sorted order. */
#ifndef TSP_DIRECTOR_GATHER_H
#define TSP_DIRECTOR_GATHER_H

#include "source/archive.h"

/* Whether a path matches: `*` and `?` and [..] within a part, `**` any number of parts. A pattern
 * without a slash matches the last part anywhere below. */
bool gather_matches(const char *pattern, const char *path);
/*
 * Adds what matches any of the patterns to archive, whose limits hold. Hidden files and folders and
 * links are left out. TSP_ENOENT names a pattern that matches nothing. With count 0: *.c and *.h. The
 * also_count names of also are added, too, where they are there.
 */
int gather_files(const char *folder, char *const *patterns, size_t count, char *const *also,
	size_t also_count, struct archive *archive, tsp_error *err);

/* What the *.c and *.h files, those that can be executed and the Executable of source.json look like from
 * outside: another number when one of them was written, made, removed or renamed since. A folder that cannot
 * be read has one, too. */
uint64_t gather_stamp(const char *folder);
/* Puts one file more into a stamp; it need not be there. */
uint64_t gather_stamp_file(const char *path, uint64_t stamp);

#endif
