/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/cookie.h"

#include <string.h>

#include <sodium.h>

#include "link/number.h"

_Static_assert(COOKIE_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "the nonce of the seal");
_Static_assert(COOKIE_SEALED == COOKIE_NONCE + COOKIE_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
	"a sealed cookie");

#define LABEL 16 /* bytes, as a key of BLAKE2b has at least */

static const uint8_t of_tags[LABEL + 1] = "tsp greeting tag";
static const uint8_t of_cookies[LABEL + 1] = "tsp cookie's key";

/* What both know who know the public key. */
static void shared(const uint8_t label[LABEL + 1], const uint8_t key[NOISE_KEY], uint8_t ret[32])
{
	crypto_generichash(ret, 32, key, NOISE_KEY, label, LABEL);
}

static void first_tag(
	const uint8_t key[NOISE_KEY], const uint8_t *greeting, size_t size, uint8_t ret_tag[COOKIE_TAG])
{
	uint8_t with[32];

	shared(of_tags, key, with);
	crypto_generichash(ret_tag, COOKIE_TAG, greeting, size, with, sizeof(with));
}

/* It stands behind the first one, and binds that, too. */
static void second_tag(
	const uint8_t cookie[COOKIE_SIZE], const uint8_t *greeting, size_t size, uint8_t ret_tag[COOKIE_TAG])
{
	crypto_generichash(ret_tag, COOKIE_TAG, greeting, size + COOKIE_TAG, cookie, COOKIE_SIZE);
}

void cookie_tag(const uint8_t key[NOISE_KEY], const uint8_t *cookie, uint8_t *greeting, size_t size)
{
	first_tag(key, greeting, size, greeting + size);
	if (cookie != NULL)
		second_tag(cookie, greeting, size, greeting + size + COOKIE_TAG);
	else
		memset(greeting + size + COOKIE_TAG, 0, COOKIE_TAG);
}

bool cookie_knows(const uint8_t key[NOISE_KEY], const uint8_t *greeting, size_t size)
{
	uint8_t tag[COOKIE_TAG];

	first_tag(key, greeting, size, tag);
	return sodium_memcmp(tag, greeting + size, COOKIE_TAG) == 0;
}

void cookie_of(const uint8_t secret[COOKIE_SECRET], const char *place, clock_ns now, uint8_t ret_cookie[COOKIE_SIZE])
{
	crypto_generichash_state state;
	uint8_t period[8];

	put_number(period, (uint64_t)(now / COOKIE_HOLDS), sizeof(period));
	crypto_generichash_init(&state, secret, COOKIE_SECRET, COOKIE_SIZE);
	crypto_generichash_update(&state, period, sizeof(period));
	crypto_generichash_update(&state, (const uint8_t *)place, strlen(place));
	crypto_generichash_final(&state, ret_cookie, COOKIE_SIZE);
}

bool cookie_shown(const uint8_t cookie[COOKIE_SIZE], const uint8_t *greeting, size_t size)
{
	uint8_t tag[COOKIE_TAG];

	second_tag(cookie, greeting, size, tag);
	return sodium_memcmp(tag, greeting + size + COOKIE_TAG, COOKIE_TAG) == 0;
}

void cookie_seal(const uint8_t key[NOISE_KEY], const uint8_t tag[COOKIE_TAG], const uint8_t nonce[COOKIE_NONCE],
	const uint8_t cookie[COOKIE_SIZE], uint8_t out[COOKIE_SEALED])
{
	uint8_t with[32];

	shared(of_cookies, key, with);
	memcpy(out, nonce, COOKIE_NONCE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(
		out + COOKIE_NONCE, NULL, cookie, COOKIE_SIZE, tag, COOKIE_TAG, NULL, nonce, with);
}

bool cookie_open(const uint8_t key[NOISE_KEY], const uint8_t tag[COOKIE_TAG], const uint8_t sealed[COOKIE_SEALED],
	uint8_t ret_cookie[COOKIE_SIZE])
{
	uint8_t with[32];

	shared(of_cookies, key, with);
	return crypto_aead_xchacha20poly1305_ietf_decrypt(ret_cookie, NULL, NULL, sealed + COOKIE_NONCE,
		       COOKIE_SEALED - COOKIE_NONCE, tag, COOKIE_TAG, sealed, with) == 0;
}
