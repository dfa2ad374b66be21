/* SPDX-License-Identifier: MIT */
/*
 * A way into a JSON document: . is all of it, .name and ."any name" a member, [0] an entry (from 0), one
 * behind the other: .actors[0].class. It reads what --json prints, so that of a typed value ."$type" and
 * .value are the members, and of an address ."$address".
 */
#ifndef TSP_SHELL_PATH_H
#define TSP_SHELL_PATH_H

#include <thespian.h>

/* Size of the path that text begins with; 0: it begins with none. A lone "." counts only where nothing
 * that could be a name follows it. */
size_t path_size(const char *text);
/*
 * What stands at a path of size bytes (0: all); absent where there is nothing. Borrowed from root, or from
 * builder, which is emptied. TSP_EUSAGE: it is not a path.
 */
int path_get(tsp_value root, const char *path, size_t size, tsp_builder *builder,
	tsp_value *ret_value, tsp_error *err);

#endif
