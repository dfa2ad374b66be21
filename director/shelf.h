/* SPDX-License-Identifier: MIT */
/* The folder's keys and packages as a step of an operation sees them: at this moment. */
#ifndef TSP_DIRECTOR_SHELF_H
#define TSP_DIRECTOR_SHELF_H

#include "director/actor.h"

struct shelf {
	struct trust trust;
	struct folder_list list;
};

/* group NULL: packages of all. To be cleared in any case. */
int shelf_open(struct director *director, const char *group, struct shelf *shelf, tsp_error *err);
void shelf_clear(struct shelf *shelf);
/* Reads and verifies a file; a refusal is recorded. On failure nothing is handed over. */
int shelf_read(struct director *director, const char *path, const struct trust *trust,
	struct package_file *file, tsp_error *err);
/* The same of one that was listed, and which it must still be: TSP_EUNTRUSTED. */
int shelf_take(struct director *director, const struct folder_entry *entry,
	const struct trust *trust, struct package_file *file, tsp_error *err);
/* Hands a package, which is taken, over to the replacement. */
void shelf_hand_over(
	tsp_actor *self, struct group *group, struct package_file *file, enum activation_kind kind);

#endif
