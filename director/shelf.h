/* SPDX-License-Identifier: MIT */
/* Packages and keys of the Director's folder, as its operations take them. */
#ifndef TSP_DIRECTOR_SHELF_H
#define TSP_DIRECTOR_SHELF_H

#include "director/actor.h"

/* As they are at this moment. */
struct shelf {
	struct trust trust;
	struct folder_list list;
};

/* group NULL: of all. Clear it also where it failed. */
int shelf_open(struct director *director, const char *group, struct shelf *shelf, tsp_error *err);
void shelf_clear(struct shelf *shelf);
/* Reads and verifies a file; a refusal is recorded. On failure nothing is handed over. */
int shelf_read(struct director *director, const char *path, const struct trust *trust,
	struct package_file *file, tsp_error *err);
/* The same of one that was listed, and which it must still be: TSP_EUNTRUSTED. */
int shelf_take(struct director *director, const struct folder_entry *entry,
	const struct trust *trust, struct package_file *file, tsp_error *err);

#endif
