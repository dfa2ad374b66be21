/* SPDX-License-Identifier: MIT */
/*
 * Who greets by datagrams may have forged where it comes from. So a greeting ends with two tags, as in WireGuard
 * (parts 5.4.4 and 5.4.7 of its paper):
 *
 *   the first shows that who greets knows the public key of whom it greets: for others nothing is computed, and to
 *   them that port stays silent;
 *   the second shows that it has the cookie that was sent to its address. It is zeros until it is asked for one.
 *
 * A cookie follows from the address, a secret and the time, so nothing is kept for who has got one. It goes sealed,
 * bound to the first tag of the greeting that it answers: who has not seen that one cannot forge it. Tags are keyed
 * BLAKE2b, the seal is XChaCha20-Poly1305. Without I/O; what is random is handed in.
 */
#ifndef TSP_LINK_COOKIE_H
#define TSP_LINK_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "link/noise.h"

#define COOKIE_TAG    16
#define COOKIE_TAGS   (2 * COOKIE_TAG)
#define COOKIE_SIZE   16
#define COOKIE_NONCE  24
#define COOKIE_SEALED (COOKIE_NONCE + COOKIE_SIZE + 16)
#define COOKIE_SECRET 32
#define COOKIE_HOLDS  (120 * CLOCK_SECOND) /* at most, from the secret's last change on */

/* Appends the tags to a greeting of size bytes. key: of whom it is for; cookie: NULL where there is none. */
void cookie_tag(const uint8_t key[NOISE_KEY], const uint8_t *cookie, uint8_t *greeting, size_t size);
/* Whether the first tag holds; size does not count the tags. */
bool cookie_knows(const uint8_t key[NOISE_KEY], const uint8_t *greeting, size_t size);

/* The cookie of who sends from place now. */
void cookie_of(const uint8_t secret[COOKIE_SECRET], const char *place, clock_ns now, uint8_t ret_cookie[COOKIE_SIZE]);
/* Whether the second tag was made with it. */
bool cookie_shown(const uint8_t cookie[COOKIE_SIZE], const uint8_t *greeting, size_t size);

/* tag: the first one of the greeting that is answered; key: of whom it was for. */
void cookie_seal(const uint8_t key[NOISE_KEY], const uint8_t tag[COOKIE_TAG], const uint8_t nonce[COOKIE_NONCE],
	const uint8_t cookie[COOKIE_SIZE], uint8_t out[COOKIE_SEALED]);
/* False: it is no answer to that greeting. */
bool cookie_open(const uint8_t key[NOISE_KEY], const uint8_t tag[COOKIE_TAG], const uint8_t sealed[COOKIE_SEALED],
	uint8_t ret_cookie[COOKIE_SIZE]);

#endif
