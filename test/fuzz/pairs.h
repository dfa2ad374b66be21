/* SPDX-License-Identifier: MIT */
/* Who talks in the harnesses of links, and by which keys. */
#ifndef TSP_FUZZ_PAIRS_H
#define TSP_FUZZ_PAIRS_H

#include <string.h>

#include "test/fuzz/fuzz.h"
#include "link/session.h"

#define OURS		pair_of(0)
#define OUR_EPHEMERAL	pair_of(1)
#define THEIRS		pair_of(2)
#define THEIR_EPHEMERAL pair_of(3)

static const uint8_t convention[CONVENTION_SIZE] = { 7 };
static const struct session_hello our_hello = { .system = 0xa1, .address = "ours:1900" };

/* Secrets need not be secret here: the same input is always the same run. */
static const struct noise_pair *pair_of(uint8_t number)
{
	static struct noise_pair pairs[4];
	struct noise_pair *pair = &pairs[number];

	if (pair->secret[0] == 0) {
		memset(pair->secret, number + 1, NOISE_KEY);
		FUZZ_CHECK(noise_pair_fill(pair) == 0);
	}
	return pair;
}

#endif
