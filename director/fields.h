/* SPDX-License-Identifier: MIT */
/* Members of a map that may not be there: what messages say, and documents. */
#ifndef TSP_DIRECTOR_FIELDS_H
#define TSP_DIRECTOR_FIELDS_H

#include <thespian.h>

/* Text member of a map; "" where there is none. */
tsp_text view_text(tsp_value map, const char *key);
bool view_bool(tsp_value map, const char *key);
int64_t view_int(tsp_value map, const char *key, int64_t otherwise);

#endif
