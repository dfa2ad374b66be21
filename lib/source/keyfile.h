/* SPDX-License-Identifier: MIT */
/*
 * minisign's key files, reader and writer. Used by keys.c and keyring.c only; what is secret
 * lies in memory of sodium_malloc.
 */
#ifndef TSP_SOURCE_KEYFILE_H
#define TSP_SOURCE_KEYFILE_H

#include "source/keys.h"

#define KEYFILE_BODY_SIZE     104 /* id, secret key, checksum: what a password encrypts */
#define KEYFILE_PASSWORD_SIZE 1024
#define KEYFILE_OPS_MAX       ((uint64_t)1 << 25)
#define KEYFILE_MEMORY_MAX    ((uint64_t)1 << 30)

struct keyfile_secret {
	bool encrypted;
	uint8_t salt[32];
	uint64_t ops_limit;
	uint64_t memory_limit;
	/* The body, in the order of the file; encrypted as long as keyfile_xor was not called. */
	uint8_t id[KEY_ID_SIZE];
	uint8_t secret[64];
	uint8_t checksum[32];
};

struct keyfile_secret *keyfile_new(void); /* zeroed, in memory of sodium_malloc; NULL: no memory */
void keyfile_free(struct keyfile_secret *file);
/* Free *ret_file with keyfile_free. TSP_EPERM: others can read it. */
int keyfile_read_secret(const char *path, struct keyfile_secret **ret_file, tsp_error *err);
int keyfile_read_public(
	const char *path, struct public_key *ret_key, tsp_error *err); /* path: NULL */
/* Derives the bytes to XOR the body with; TSP_ENOMEM. */
int keyfile_stream(const struct keyfile_secret *file, const char *password,
	uint8_t ret_stream[KEYFILE_BODY_SIZE]);
void keyfile_xor(struct keyfile_secret *file, const uint8_t stream[KEYFILE_BODY_SIZE]);
bool keyfile_checksum_ok(const struct keyfile_secret *file);
int keyfile_write_public(const char *path, const struct public_key *public, tsp_error *err);
/* Writes both; file is encrypted on the way if there is a password. */
int keyfile_write_pair(const char *secret_path, const char *public_path, const char *password,
	struct keyfile_secret *file, const struct public_key *public, tsp_error *err);

#endif
