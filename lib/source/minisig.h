/* SPDX-License-Identifier: MIT */
/*
 * A signature as minisign writes it in its hashed form: four lines over any bytes, with a trusted comment
 * that a second signature covers. In one spelling only: LF, canonical base64, minisign's own untrusted
 * comment.
 */
#ifndef TSP_SOURCE_MINISIG_H
#define TSP_SOURCE_MINISIG_H

#include "source/keys.h"

#define MINISIG_COMMENT_LIMIT 256
#define MINISIG_DIGEST_SIZE   64

struct minisig {
	uint8_t key_id[KEY_ID_SIZE];
	uint8_t signature[64];
	uint8_t global[64];
};

/* What is signed of the bytes. */
void minisig_digest(const void *bytes, size_t size, uint8_t ret_digest[MINISIG_DIGEST_SIZE]);
int minisig_sign(const struct secret_key *key, const uint8_t digest[MINISIG_DIGEST_SIZE],
	const char *comment, struct minisig *ret_signature);
bool minisig_holds(const struct minisig *signature, const uint8_t digest[MINISIG_DIGEST_SIZE],
	const char *comment, const struct public_key *key);
/* The four lines; free() them; NULL: no memory. */
char *minisig_print(const struct minisig *signature, const char *comment);
/* Takes four lines off the text; ret_comment is borrowed from it. TSP_EUNTRUSTED: what is wrong. */
int minisig_take(
	tsp_text *text, struct minisig *ret_signature, tsp_text *ret_comment, tsp_error *err);

#endif
