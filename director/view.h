/* SPDX-License-Identifier: MIT */
/* How groups of a DirectorAnswer are shown; `list` and `status` share it. */
#ifndef TSP_DIRECTOR_VIEW_H
#define TSP_DIRECTOR_VIEW_H

#include "cli/output.h"
#include "director/fields.h"

/* Groups with their versions and actors: as the Director gives them in JSON, as headings and tables
 * in text. Within a record. */
void view_groups(struct output *output, tsp_value groups);

#endif
