/* SPDX-License-Identifier: MIT */
/*
 * By which key each system of the convention signs what it proves: FOLDER/proofs/KEY.pub, FOLDER being that of the
 * convention (pins.h), KEY the text of the key that the system links with. A file of minisign, put there by hand, or
 * when the system's first proof came over its link; it is never replaced by itself.
 */
#ifndef TSP_SOURCE_PROOF_KEYS_H
#define TSP_SOURCE_PROOF_KEYS_H

#include "source/keys.h"
#include "source/pins.h"

/* Where it lies; free() it. NULL: no memory. */
char *proof_key_path(const char *folder, const uint8_t system[PIN_KEY]);
/* free() ret_key->path. TSP_ENOENT: none is pinned; TSP_EVALUE, .. */
int proof_key_find(
	const char *folder, const uint8_t system[PIN_KEY], struct public_key *ret_key, tsp_error *err);
/* Pins it. TSP_EEXIST: there is one. */
int proof_key_pin(
	const char *folder, const uint8_t system[PIN_KEY], const struct public_key *key, tsp_error *err);

#endif
