/* SPDX-License-Identifier: MIT */
/*
 * The key that a system signs with what it says of itself. It is made when it is first needed, lies
 * unprotected in the folder, and is no *_tls.key: it signs no packages, even where somebody names it so.
 */
#ifndef TSP_DIRECTOR_SYSTEM_KEY_H
#define TSP_DIRECTOR_SYSTEM_KEY_H

#include "source/keys.h"

#define SYSTEM_KEY_SECRET "system.sec" /* mode 0600 */
#define SYSTEM_KEY_PUBLIC "system.pub"

/* Of the folder, which is there; makes the pair where there is none. secret_key_free it; after keys_init. */
int system_key_open(const char *folder, struct secret_key **ret_key, tsp_error *err);

#endif
