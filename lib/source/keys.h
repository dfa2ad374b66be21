/* SPDX-License-Identifier: MIT */
/*
 * Ed25519 keys in minisign's files (packages.md, "Keys"). The only file that touches secrets: they
 * lie in memory of sodium_malloc and are wiped when freed.
 */
#ifndef TSP_SOURCE_KEYS_H
#define TSP_SOURCE_KEYS_H

#include "base/error.h"

#define KEY_ID_SIZE     8
#define KEY_PUBLIC_SIZE 32
#define KEY_ID_TEXT     17 /* 16 upper-case hex digits, as minisign prints them, and a NUL */

struct public_key {
	uint8_t id[KEY_ID_SIZE];
	uint8_t key[KEY_PUBLIC_SIZE];
	char *path; /* the file that it was read from */
};

struct keyring {
	struct public_key *keys;
	size_t count;
};

struct secret_key; /* opaque, wiped when freed */

/* sodium_init; each main calls it once before any of the rest. TSP_EFAILED. */
int keys_init(tsp_error *err);
char *key_id_text(const uint8_t id[KEY_ID_SIZE], char out[KEY_ID_TEXT]);
/* Reads a public key's file; free() ret_key->path. TSP_ENOENT, TSP_EVALUE. */
int public_key_open(const char *path, struct public_key *ret_key, tsp_error *err);
/* Writes one, never over another: TSP_EEXIST. */
int public_key_create(const char *path, const struct public_key *key, tsp_error *err);
/* Reads every *_tls.key of a folder, sorted by name. A file that is no key is an error that
 * names it. */
int keyring_open(const char *folder, struct keyring *ret_keyring, tsp_error *err);
/* The same, but a file that is no good is told and left out. tell NULL: as keyring_open. */
typedef void keyring_fault_fn(void *data, const char *path, const tsp_error *fault);
int keyring_survey(const char *folder, keyring_fault_fn *tell, void *data,
	struct keyring *ret_keyring, tsp_error *err);
void keyring_clear(struct keyring *keyring);
const struct public_key *keyring_find(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE]);

/* Asks for a password into out (NUL-terminated); TSP_EUSAGE where there is no terminal. */
typedef int key_password_fn(void *data, const char *prompt, char *out, size_t size, tsp_error *err);
/* Reads a secret key file, plain (kdf 0,0) or scrypt ("Sc"; limits bounded before use); refuses a
 * file that others can read. password may be NULL: a protected key is then TSP_EPERM. */
int secret_key_open(const char *path, key_password_fn *password, void *data,
	struct secret_key **ret_key, tsp_error *err);
void secret_key_free(struct secret_key *key);
const uint8_t *secret_key_id(const struct secret_key *key);
void secret_key_public(
	const struct secret_key *key, struct public_key *ret_public); /* path: NULL */
/* Detached Ed25519 signature of bytes. */
int secret_key_sign(
	const struct secret_key *key, const void *bytes, size_t size, uint8_t ret_signature[64]);
/* Makes a new pair and writes both files; the secret one 0600, neither is ever overwritten
 * (TSP_EEXIST). password NULL: not protected. */
int keys_generate(const char *secret_path, const char *public_path, const char *password,
	uint8_t ret_id[KEY_ID_SIZE], tsp_error *err);

#endif
