/* SPDX-License-Identifier: MIT */
/* The director's folder of convention keys, and the addresses of leaders. */
#ifndef TSP_DIRECTOR_CONVENTION_H
#define TSP_DIRECTOR_CONVENTION_H

#include "director/context.h"
#include "source/pins.h"

/* FOLDER/convention; free() it. NULL: no memory. */
char *convention_folder(const struct context *context);
#define CONVENTION_PORT 1900 /* of a leader's address without one */

/* HOST[:PORT] of a leader with its port; free() it. NULL: no memory. */
char *convention_address(tsp_text place);
/* The same of another place: port where it has none. */
char *convention_place(tsp_text place, int port);
/* The leaders of convleader.cfg, joined by commas as the capability has them; free() it. *ret_text is NULL where
 * there are none. TSP_ENOMEM. */
int convention_leaders(const struct settings *settings, char **ret_text);
/* The one whose name is text, or whose key begins with it (8 digits at least). TSP_ENOENT; TSP_EUSAGE: more
 * than one. */
int convention_find(const char *folder, const char *text, struct pin *ret_pin, tsp_error *err);
/* Seconds since 1970. */
int64_t convention_now(void);
/* A name for listings: printable, one line, not too long. */
int convention_check_name(const char *name, tsp_error *err);

#endif
