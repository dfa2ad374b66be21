/* SPDX-License-Identifier: MIT */
/* Members of the maps that tell how the system is doing. */
#ifndef TSP_CORE_PUT_H
#define TSP_CORE_PUT_H

#include <thespian.h>

#define STATUS_LIST_LIMIT 1000 /* entries of a list in a status, whose count stands beside it */
#define STATUS_MESSAGES	  20   /* messages that a status shows */
#define STATUS_TEXT	  150  /* bytes of each */

static inline void put_member(tsp_builder *b, const char *key, const char *text)
{
	tsp_put_key(b, key);
	tsp_put_string(b, text); /* NULL: null */
}

static inline void put_text(tsp_builder *b, const char *key, tsp_text text)
{
	tsp_put_key(b, key);
	tsp_put_text(b, text); /* absent: null */
}

static inline void put_number(tsp_builder *b, const char *key, uint64_t number)
{
	tsp_put_key(b, key);
	tsp_put_uint(b, number);
}

static inline void put_bool(tsp_builder *b, const char *key, bool truth)
{
	tsp_put_key(b, key);
	tsp_put_bool(b, truth);
}

#endif
