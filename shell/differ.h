/* SPDX-License-Identifier: MIT */
/* Two values, and where they differ: by path, such as ".orders[2].price". */
#ifndef TSP_SHELL_DIFFER_H
#define TSP_SHELL_DIFFER_H

#include <thespian.h>

#define DIFFER_PATH 256

/* One difference; a value that is absent is not there on that side. */
typedef void differ_fn(void *data, const char *path, tsp_value before, tsp_value after);

/* Calls found for each, at most limit of them; returns how many there are, or more than limit. Addresses
 * are all alike: they name who lives now. */
size_t differ_find(tsp_value before, tsp_value after, size_t limit, differ_fn *found, void *data);

#endif
