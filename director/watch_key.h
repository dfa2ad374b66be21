/* SPDX-License-Identifier: MIT */
/* The key that `watch` signs with: DIR/development.sec, made on first use, or one that was named. */
#ifndef TSP_DIRECTOR_WATCH_KEY_H
#define TSP_DIRECTOR_WATCH_KEY_H

#include "director/context.h"

struct watch_key {
	struct secret_key *secret;
	char id[KEY_ID_TEXT];
	bool named; /* by the user */
};

/* given: FILE.sec, NULL: the development key, which is made where there is none (and said on stderr).
 * After keys_init. */
int watch_key_open(const struct context *context, const char *given, struct watch_key *ret_key,
	tsp_error *err);
void watch_key_clear(struct watch_key *key);
/* A load was refused: adds as hint what lets the key sign for the group, where that is the reason. */
void watch_key_hint(const struct context *context, const struct watch_key *key, const char *group,
	tsp_error *err);

#endif
