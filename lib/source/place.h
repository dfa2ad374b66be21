/* SPDX-License-Identifier: MIT */
/*
 * Where a member stands in a JSON text, so that a complaint about it can name line and column.
 * jansson has checked the text before and forgets places.
 */
#ifndef TSP_SOURCE_PLACE_H
#define TSP_SOURCE_PLACE_H

#include <stddef.h>

struct place {
	int line;   /* from 1; 0: not found */
	int column; /* from 1, in bytes */
};

/* The key at the end of path: depth names of objects within objects, from the outermost. json must
 * be well-formed. */
struct place place_find(const char *json, size_t size, const char *const *path, size_t depth);

#endif
