/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/keys.h"

#include <sodium.h>
#include <string.h>

#include "source/keyfile.h"

struct secret_key {
	uint8_t id[KEY_ID_SIZE];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

int keys_init(tsp_error *err)
{
	if (sodium_init() < 0)
		return tsp_fail(err, TSP_EFAILED, "cannot start libsodium");
	return 0;
}

char *key_id_text(const uint8_t id[KEY_ID_SIZE], char out[KEY_ID_TEXT])
{
	for (int i = 0; i < KEY_ID_SIZE; i++) /* a little-endian number */
		snprintf(out + 2 * i, 3, "%02X", id[KEY_ID_SIZE - 1 - i]);
	return out;
}

/* The key that an encrypted body is XORed with comes from the password. */
static int body_decrypt(struct keyfile_secret *file, key_password_fn *password, void *data,
	const char *path, tsp_error *err)
{
	if (file->ops_limit > KEYFILE_OPS_MAX || file->memory_limit > KEYFILE_MEMORY_MAX)
		return tsp_fail(err, TSP_ELIMIT,
			"cannot open key '%s': it asks for more than "
			"1 GiB or 2^25 operations",
			path);
	if (!password)
		return tsp_fail(err, TSP_EPERM, "cannot open key '%s': it needs a password", path);
	char *typed = sodium_malloc(KEYFILE_PASSWORD_SIZE);
	uint8_t *stream = sodium_malloc(KEYFILE_BODY_SIZE);
	int rc = TSP_ENOMEM;
	if (!typed || !stream) {
		tsp_fail(err, rc, "cannot open key '%s': out of memory", path);
		goto out;
	}
	typed[0] = '\0';
	rc = password(data, "Password: ", typed, KEYFILE_PASSWORD_SIZE, err);
	if (rc < 0)
		goto out;
	rc = keyfile_stream(file, typed, stream);
	if (rc < 0) {
		tsp_fail(err, rc, "cannot open key '%s': out of memory", path);
		goto out;
	}
	keyfile_xor(file, stream);
	if (!keyfile_checksum_ok(file))
		rc = tsp_fail(err, TSP_EPERM, "cannot open key '%s': wrong password", path);
out:
	sodium_free(typed);
	sodium_free(stream);
	return rc;
}

/* A plain file has no checksum: the public half must follow from the secret one. */
static bool pair_agrees(const uint8_t secret[crypto_sign_SECRETKEYBYTES])
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t *again = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	if (!again)
		return false;
	crypto_sign_seed_keypair(public, again, secret);
	bool same = sodium_memcmp(again, secret, crypto_sign_SECRETKEYBYTES) == 0;
	sodium_free(again);
	return same;
}

int secret_key_open(const char *path, key_password_fn *password, void *data,
	struct secret_key **ret_key, tsp_error *err)
{
	struct secret_key *key = NULL;
	struct keyfile_secret *file = NULL;
	int rc = keyfile_read_secret(path, &file, err);
	if (rc < 0)
		return rc;
	if (file->encrypted)
		rc = body_decrypt(file, password, data, path, err);
	if (rc < 0)
		goto out;
	if (!pair_agrees(file->secret)) {
		rc = tsp_fail(
			err, TSP_EVALUE, "cannot open key '%s': the key in it is damaged", path);
		goto out;
	}
	key = sodium_malloc(sizeof(*key));
	if (!key) {
		rc = tsp_fail(err, TSP_ENOMEM, "cannot open key '%s': out of memory", path);
		goto out;
	}
	memcpy(key->id, file->id, sizeof(key->id));
	memcpy(key->secret, file->secret, sizeof(key->secret));
	*ret_key = key;
out:
	keyfile_free(file);
	return rc;
}

void secret_key_free(struct secret_key *key)
{
	sodium_free(key);
}

const uint8_t *secret_key_id(const struct secret_key *key)
{
	return key->id;
}

void secret_key_public(const struct secret_key *key, struct public_key *ret_public)
{
	memcpy(ret_public->id, key->id, sizeof(ret_public->id));
	/* An Ed25519 secret key is its seed, then the public key. */
	memcpy(ret_public->key, key->secret + crypto_sign_SEEDBYTES, sizeof(ret_public->key));
	ret_public->path = NULL;
}

int secret_key_sign(
	const struct secret_key *key, const void *bytes, size_t size, uint8_t ret_signature[64])
{
	if (crypto_sign_detached(ret_signature, NULL, bytes, size, key->secret) != 0)
		return TSP_EFAILED;
	return 0;
}

int keys_generate(const char *secret_path, const char *public_path, const char *password,
	uint8_t ret_id[KEY_ID_SIZE], tsp_error *err)
{
	struct public_key public = { .path = NULL };
	struct keyfile_secret *file = keyfile_new();
	if (!file)
		return tsp_fail(
			err, TSP_ENOMEM, "cannot make key '%s': out of memory", secret_path);
	randombytes_buf(file->id, sizeof(file->id));
	crypto_sign_keypair(public.key, file->secret);
	memcpy(public.id, file->id, sizeof(public.id));
	int rc = keyfile_write_pair(secret_path, public_path, password, file, &public, err);
	if (rc == 0)
		memcpy(ret_id, public.id, KEY_ID_SIZE);
	keyfile_free(file);
	return rc;
}
