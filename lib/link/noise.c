/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/noise.h"

#include <string.h>

#include <sodium.h>

#include "base/error.h"

static const char protocol[] = "Noise_IK_25519_ChaChaPoly_SHA512";

_Static_assert(crypto_scalarmult_BYTES == NOISE_KEY, "keys of Curve25519");
_Static_assert(crypto_hash_sha512_BYTES == NOISE_HASH, "a hash of SHA-512");
_Static_assert(crypto_auth_hmacsha512_BYTES == NOISE_HASH, "and its HMAC");
_Static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == NOISE_TAG, "a tag of Poly1305");

int noise_pair_fill(struct noise_pair *pair)
{
	return crypto_scalarmult_base(pair->public, pair->secret) == 0 ? 0 : TSP_EVALUE;
}

static void hmac(const uint8_t key[NOISE_HASH], const void *a, size_t a_size, const void *b, size_t b_size,
	uint8_t out[NOISE_HASH])
{
	crypto_auth_hmacsha512_state state;

	crypto_auth_hmacsha512_init(&state, key, NOISE_HASH);
	crypto_auth_hmacsha512_update(&state, a, a_size);
	crypto_auth_hmacsha512_update(&state, b, b_size);
	crypto_auth_hmacsha512_final(&state, out);
	sodium_memzero(&state, sizeof(state));
}

/* HKDF with two outputs; libsodium 1.0.18 has none. */
static void derive(const uint8_t chaining[NOISE_HASH], const void *material, size_t size,
	uint8_t first[NOISE_HASH], uint8_t second[NOISE_HASH])
{
	static const uint8_t one = 1;
	static const uint8_t two = 2;
	uint8_t key[NOISE_HASH];

	hmac(chaining, material, size, "", 0, key);
	hmac(key, &one, 1, "", 0, first);
	hmac(key, first, NOISE_HASH, &two, 1, second);
	sodium_memzero(key, sizeof(key));
}

static void mix_hash(struct noise *noise, const void *bytes, size_t size)
{
	crypto_hash_sha512_state state;

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, noise->hash, NOISE_HASH);
	crypto_hash_sha512_update(&state, bytes, size);
	crypto_hash_sha512_final(&state, noise->hash);
}

static void mix_key(struct noise *noise, const void *material, size_t size)
{
	uint8_t chaining[NOISE_HASH];
	uint8_t key[NOISE_HASH];

	derive(noise->chaining, material, size, chaining, key);
	memcpy(noise->chaining, chaining, NOISE_HASH);
	memcpy(noise->cipher.key, key, NOISE_KEY);
	noise->cipher.counter = 0;
	sodium_memzero(key, sizeof(key));
}

/* libsodium refuses results that do not depend on our key. */
static int mix_shared(struct noise *noise, const uint8_t secret[NOISE_KEY], const uint8_t public[NOISE_KEY])
{
	uint8_t shared[NOISE_KEY];

	if (crypto_scalarmult(shared, secret, public) != 0)
		return TSP_EVALUE;
	mix_key(noise, shared, sizeof(shared));
	sodium_memzero(shared, sizeof(shared));
	return 0;
}

static void nonce_of(uint64_t counter, uint8_t nonce[12])
{
	memset(nonce, 0, 4);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(counter >> 8 * i);
}

int noise_seal(struct noise_cipher *cipher, const void *with, size_t with_size, const uint8_t *text, size_t size,
	uint8_t *to)
{
	uint8_t nonce[12];

	if (cipher->counter == UINT64_MAX)
		return TSP_ELIMIT;
	nonce_of(cipher->counter++, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(
		to, NULL, text, size, with, with_size, NULL, nonce, cipher->key);
	return 0;
}

int noise_open(struct noise_cipher *cipher, const void *with, size_t with_size, const uint8_t *sealed, size_t size,
	uint8_t *to)
{
	uint8_t nonce[12];

	if (size < NOISE_TAG || cipher->counter == UINT64_MAX)
		return TSP_EPROTOCOL;
	nonce_of(cipher->counter, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(
		    to, NULL, NULL, sealed, size, with, with_size, nonce, cipher->key) != 0)
		return TSP_EPROTOCOL;
	cipher->counter++;
	return 0;
}

void noise_rekey(struct noise_cipher *cipher)
{
	uint8_t block[NOISE_KEY + NOISE_TAG] = { 0 };
	uint8_t nonce[12];

	nonce_of(UINT64_MAX, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(
		block, NULL, block, NOISE_KEY, NULL, 0, NULL, nonce, cipher->key);
	memcpy(cipher->key, block, NOISE_KEY);
	sodium_memzero(block, sizeof(block));
}

void noise_begin(struct noise *noise, const struct noise_pair *own, const struct noise_pair *ephemeral,
	const uint8_t *peer, const void *prologue, size_t size)
{
	memset(noise, 0, sizeof(*noise));
	noise->own = *own;
	noise->ephemeral = *ephemeral;
	memcpy(noise->hash, protocol, sizeof(protocol) - 1); /* shorter than a hash: padded with zeros */
	memcpy(noise->chaining, noise->hash, NOISE_HASH);
	mix_hash(noise, prologue, size);
	if (peer != NULL)
		memcpy(noise->peer, peer, NOISE_KEY);
	mix_hash(noise, peer != NULL ? peer : own->public, NOISE_KEY); /* known before: the responder's */
}

/* Appends size bytes sealed under the hash of all that went before. */
static int put_sealed(struct noise *noise, const void *bytes, size_t size, struct buffer *out)
{
	static const uint8_t tag[NOISE_TAG] = { 0 };
	size_t at = out->size;
	int rc = buffer_put(out, bytes, size);

	if (rc == 0)
		rc = buffer_put(out, tag, sizeof(tag));
	if (rc == 0)
		rc = noise_seal(&noise->cipher, noise->hash, NOISE_HASH, out->data + at, size,
			out->data + at);
	if (rc == 0)
		mix_hash(noise, out->data + at, size + NOISE_TAG);
	return rc;
}

/* Opens size bytes, tag included, of which the hash is taken before. */
static int take_sealed(struct noise *noise, const uint8_t *bytes, size_t size, uint8_t *ret_text)
{
	if (noise_open(&noise->cipher, noise->hash, NOISE_HASH, bytes, size, ret_text) < 0)
		return TSP_EPROTOCOL;
	mix_hash(noise, bytes, size);
	return 0;
}

int noise_write_first(struct noise *noise, const void *payload, size_t size, struct buffer *out)
{
	int rc = buffer_put(out, noise->ephemeral.public, NOISE_KEY);

	if (rc < 0)
		return rc;
	mix_hash(noise, noise->ephemeral.public, NOISE_KEY);
	rc = mix_shared(noise, noise->ephemeral.secret, noise->peer);
	if (rc == 0)
		rc = put_sealed(noise, noise->own.public, NOISE_KEY, out);
	if (rc == 0)
		rc = mix_shared(noise, noise->own.secret, noise->peer);
	return rc == 0 ? put_sealed(noise, payload, size, out) : rc;
}

int noise_read_first(struct noise *noise, const uint8_t *message, size_t size, uint8_t *ret_payload)
{
	if (size < NOISE_FIRST)
		return TSP_EPROTOCOL;
	memcpy(noise->peer_ephemeral, message, NOISE_KEY);
	mix_hash(noise, noise->peer_ephemeral, NOISE_KEY);
	message += NOISE_KEY;
	if (mix_shared(noise, noise->own.secret, noise->peer_ephemeral) < 0 ||
		take_sealed(noise, message, NOISE_KEY + NOISE_TAG, noise->peer) < 0)
		return TSP_EPROTOCOL;
	message += NOISE_KEY + NOISE_TAG;
	if (mix_shared(noise, noise->own.secret, noise->peer) < 0)
		return TSP_EPROTOCOL;
	return take_sealed(noise, message, size - NOISE_FIRST + NOISE_TAG, ret_payload);
}

int noise_write_second(struct noise *noise, const void *payload, size_t size, struct buffer *out)
{
	int rc = buffer_put(out, noise->ephemeral.public, NOISE_KEY);

	if (rc < 0)
		return rc;
	mix_hash(noise, noise->ephemeral.public, NOISE_KEY);
	rc = mix_shared(noise, noise->ephemeral.secret, noise->peer_ephemeral);
	if (rc == 0)
		rc = mix_shared(noise, noise->ephemeral.secret, noise->peer);
	return rc == 0 ? put_sealed(noise, payload, size, out) : rc;
}

int noise_read_second(struct noise *noise, const uint8_t *message, size_t size, uint8_t *ret_payload)
{
	if (size < NOISE_SECOND)
		return TSP_EPROTOCOL;
	memcpy(noise->peer_ephemeral, message, NOISE_KEY);
	mix_hash(noise, noise->peer_ephemeral, NOISE_KEY);
	if (mix_shared(noise, noise->ephemeral.secret, noise->peer_ephemeral) < 0 ||
		mix_shared(noise, noise->own.secret, noise->peer_ephemeral) < 0)
		return TSP_EPROTOCOL;
	return take_sealed(noise, message + NOISE_KEY, size - NOISE_KEY, ret_payload);
}

void noise_split(struct noise *noise, struct noise_cipher *ret_initiators, struct noise_cipher *ret_responders)
{
	uint8_t first[NOISE_HASH];
	uint8_t second[NOISE_HASH];

	derive(noise->chaining, "", 0, first, second);
	memcpy(ret_initiators->key, first, NOISE_KEY);
	memcpy(ret_responders->key, second, NOISE_KEY);
	ret_initiators->counter = 0;
	ret_responders->counter = 0;
	sodium_memzero(first, sizeof(first));
	sodium_memzero(second, sizeof(second));
	sodium_memzero(noise, sizeof(*noise));
}
