/* SPDX-License-Identifier: MIT */
/*
 * The handshake Noise_IK_25519_ChaChaPoly_SHA512 of the Noise Protocol Framework, revision 34, over libsodium:
 * the one who dials knows the other's key, and both have proved their own when it is over. The prologue is what
 * both saw before it. Ephemeral keys are handed in, so that published vectors can be replayed.
 */
#ifndef TSP_LINK_NOISE_H
#define TSP_LINK_NOISE_H

#include "base/buffer.h"

#define NOISE_KEY  32
#define NOISE_HASH 64
#define NOISE_TAG  16
/* What the two messages have beside their payloads. */
#define NOISE_FIRST  (NOISE_KEY + NOISE_KEY + NOISE_TAG + NOISE_TAG)
#define NOISE_SECOND (NOISE_KEY + NOISE_TAG)

struct noise_pair {
	uint8_t secret[NOISE_KEY];
	uint8_t public[NOISE_KEY];
};

struct noise_cipher {
	uint8_t key[NOISE_KEY];
	uint64_t counter; /* of the next message; at the last one the cipher is used up */
};

struct noise {
	struct noise_pair own;
	struct noise_pair ephemeral;
	uint8_t peer[NOISE_KEY];
	uint8_t peer_ephemeral[NOISE_KEY];
	uint8_t chaining[NOISE_HASH];
	uint8_t hash[NOISE_HASH];
	struct noise_cipher cipher; /* of the payloads of the handshake */
};

/* The public key of a secret one; TSP_EVALUE: it is none. */
int noise_pair_fill(struct noise_pair *pair);

/* peer: whom the initiator expects; NULL for a responder, who learns it. */
void noise_begin(struct noise *noise, const struct noise_pair *own, const struct noise_pair *ephemeral,
	const uint8_t *peer, const void *prologue, size_t size);

/* The initiator's first message, appended: NOISE_FIRST bytes more than the payload. TSP_EVALUE: the peer's key
 * is of no use; TSP_ENOMEM. */
int noise_write_first(struct noise *noise, const void *payload, size_t size, struct buffer *out);
/* The responder reads it: noise->peer is proved when it is over. ret_payload has room for size - NOISE_FIRST.
 * TSP_EPROTOCOL: it does not hold. */
int noise_read_first(struct noise *noise, const uint8_t *message, size_t size, uint8_t *ret_payload);
int noise_write_second(struct noise *noise, const void *payload, size_t size, struct buffer *out);
int noise_read_second(struct noise *noise, const uint8_t *message, size_t size, uint8_t *ret_payload);

/* The keys of what follows; the handshake is wiped. */
void noise_split(struct noise *noise, struct noise_cipher *ret_initiators, struct noise_cipher *ret_responders);

/* Seals size bytes to another place, or in place; NOISE_TAG bytes more are written behind them. TSP_ELIMIT: the
 * cipher is used up. */
int noise_seal(struct noise_cipher *cipher, const void *with, size_t with_size, const uint8_t *text, size_t size,
	uint8_t *to);
/* Opens size bytes, tag included, to another place, or in place. TSP_EPROTOCOL: the seal does not hold. */
int noise_open(struct noise_cipher *cipher, const void *with, size_t with_size, const uint8_t *sealed, size_t size,
	uint8_t *to);
/* A key that the one before does not follow from (part 11.3 of Noise). */
void noise_rekey(struct noise_cipher *cipher);

#endif
