/* SPDX-License-Identifier: MIT */
/*
 * What another system's Director answers to DirectorProve, before any of it is believed: the document must hold, have
 * our nonce, be of the system that was asked, and be signed by the key that counts for it.
 */
#ifndef TSP_DIRECTOR_TESTIMONY_H
#define TSP_DIRECTOR_TESTIMONY_H

#include "director/proof.h"
#include "source/pins.h"

/* Of whom it is to be. */
struct witness {
	const char *nonce;
	uint64_t system;
	const uint8_t *link_key; /* of PIN_KEY bytes: the system links with it; NULL: it is the one here */
	const char *folder;	 /* the Director's here, which has its own key and, below, those that are pinned */
};

struct testimony {
	tsp_text text;	       /* the document, borrowed from the answer */
	tsp_text lines;	       /* its signature, too */
	struct public_key key; /* by which it is believed; its path is freed by testimony_clear */
	bool is_new;	       /* nothing was pinned: the key came with it, and is pinned now */
};

/* TSP_EUNTRUSTED: why it is not believed, with the remedy as hint where a pinned key is against it; TSP_EPROTOCOL: the
 * answer is none; TSP_EEXIST: two commands at once have pinned a key; and as public_key_open. */
int testimony_judge(
	tsp_value answer, const struct witness *witness, struct testimony *ret_testimony, tsp_error *err);
void testimony_clear(struct testimony *testimony);

#endif
