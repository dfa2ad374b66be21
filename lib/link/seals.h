/* SPDX-License-Identifier: MIT */
/*
 * Seals of datagrams, which may be lost, come twice and in any order: each has its number in the clear, bound by the
 * seal, and is opened once. A key holds for 2^20 numbers; who opens keeps the last two.
 */
#ifndef TSP_LINK_SEALS_H
#define TSP_LINK_SEALS_H

#include <stdbool.h>

#include "link/noise.h"

#define SEALS_CLEAR  16	  /* bytes in front of what is sealed, the last 8 the number */
#define SEALS_WINDOW 1024 /* numbers that may come late */

struct seals {
	struct noise_cipher sending;
	struct noise_cipher receiving; /* of the epoch */
	struct noise_cipher former;    /* of the one before, if that was not the first */
	uint64_t epoch;
	uint64_t next; /* behind the highest number that was opened */
	uint64_t seen[SEALS_WINDOW / 64 + 1];
};

void seals_begin(struct seals *seals, const struct noise_cipher *sending,
	const struct noise_cipher *receiving);
/* Seals size bytes behind SEALS_CLEAR, and writes the number and the tag (NOISE_TAG bytes more). TSP_ELIMIT: the
 * numbers are used up. */
int seals_close(struct seals *seals, uint8_t *datagram, size_t size);
/* How many bytes were sealed; TSP_EPROTOCOL: it is none of the other side's, was opened already or is too old. */
long seals_open(struct seals *seals, uint8_t *datagram, size_t size);

#endif
