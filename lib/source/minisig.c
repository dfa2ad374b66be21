/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/minisig.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "source/base64.h"

#define UNTRUSTED_LINE	   "untrusted comment: signature from minisign secret key"
#define TRUSTED_START	   "trusted comment: "
#define TRUSTED_START_SIZE (sizeof(TRUSTED_START) - 1)
#define RAW_SIZE	   (2 + KEY_ID_SIZE + 64) /* "ED", key id, signature */
#define LINE_LIMIT	   (TRUSTED_START_SIZE + MINISIG_COMMENT_LIMIT)

void minisig_digest(const void *bytes, size_t size, uint8_t ret_digest[MINISIG_DIGEST_SIZE])
{
	crypto_generichash(ret_digest, MINISIG_DIGEST_SIZE, bytes, size, NULL, 0);
}

/* What the second signature is over: the first one and the comment. 0: it is too long. */
static size_t global_text(const struct minisig *signature, const char *comment,
	uint8_t out[64 + MINISIG_COMMENT_LIMIT])
{
	size_t size = strlen(comment);
	if (size > MINISIG_COMMENT_LIMIT)
		return 0;
	memcpy(out, signature->signature, 64);
	memcpy(out + 64, comment, size);
	return 64 + size;
}

bool minisig_holds(const struct minisig *signature, const uint8_t digest[MINISIG_DIGEST_SIZE],
	const char *comment, const struct public_key *key)
{
	uint8_t text[64 + MINISIG_COMMENT_LIMIT];
	size_t size = global_text(signature, comment, text);
	return size > 0 && memcmp(signature->key_id, key->id, KEY_ID_SIZE) == 0 &&
		crypto_sign_verify_detached(
			signature->signature, digest, MINISIG_DIGEST_SIZE, key->key) == 0 &&
		crypto_sign_verify_detached(signature->global, text, size, key->key) == 0;
}

int minisig_sign(const struct secret_key *key, const uint8_t digest[MINISIG_DIGEST_SIZE],
	const char *comment, struct minisig *ret_signature)
{
	uint8_t text[64 + MINISIG_COMMENT_LIMIT];
	memcpy(ret_signature->key_id, secret_key_id(key), KEY_ID_SIZE);
	int rc = secret_key_sign(key, digest, MINISIG_DIGEST_SIZE, ret_signature->signature);
	if (rc < 0)
		return rc;
	size_t size = global_text(ret_signature, comment, text);
	return size > 0 ? secret_key_sign(key, text, size, ret_signature->global) : TSP_ELIMIT;
}

char *minisig_print(const struct minisig *signature, const char *comment)
{
	uint8_t raw[RAW_SIZE] = "ED";
	char line[BASE64_SIZE(RAW_SIZE)];
	char global[BASE64_SIZE(64)];
	memcpy(raw + 2, signature->key_id, KEY_ID_SIZE);
	memcpy(raw + 2 + KEY_ID_SIZE, signature->signature, 64);
	base64_encode(raw, sizeof(raw), line);
	base64_encode(signature->global, 64, global);
	return text_format(
		"%s\n%s\n%s%s\n%s\n", UNTRUSTED_LINE, line, TRUSTED_START, comment, global);
}

/* Takes a line, without its LF; false where there is none within the limit. */
static bool take_line(tsp_text *text, tsp_text *ret_line)
{
	size_t most = text->size <= LINE_LIMIT ? text->size : LINE_LIMIT + 1;
	const char *end = most ? memchr(text->data, '\n', most) : NULL;
	if (!end)
		return false;
	*ret_line = (tsp_text){ text->data, (size_t)(end - text->data) };
	*text = (tsp_text){ end + 1, text->size - ret_line->size - 1 };
	return true;
}

int minisig_take(
	tsp_text *text, struct minisig *ret_signature, tsp_text *ret_comment, tsp_error *err)
{
	tsp_text lines[4];
	uint8_t raw[RAW_SIZE];
	uint8_t global[64];

	for (int i = 0; i < 4; i++)
		if (!take_line(text, &lines[i]))
			return tsp_fail(err, TSP_EUNTRUSTED,
				"it ends, or has too long a line, within a signature");
	if (!tsp_text_is(lines[0], UNTRUSTED_LINE))
		return tsp_fail(err, TSP_EUNTRUSTED, "a signature does not begin with '%s'",
			UNTRUSTED_LINE);
	if (base64_decode(lines[1].data, lines[1].size, raw, sizeof(raw)) < 0)
		return tsp_fail(
			err, TSP_EUNTRUSTED, "a signature is not canonical base64 of 74 bytes");
	if (memcmp(raw, "ED", 2) != 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "a signature is not of the kind ED (hashed)");
	if (lines[2].size < TRUSTED_START_SIZE ||
		memcmp(lines[2].data, TRUSTED_START, TRUSTED_START_SIZE) != 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "a signature has no trusted comment");
	if (base64_decode(lines[3].data, lines[3].size, global, sizeof(global)) < 0)
		return tsp_fail(err, TSP_EUNTRUSTED,
			"a global signature is not canonical base64 of 64 bytes");
	memcpy(ret_signature->key_id, raw + 2, KEY_ID_SIZE);
	memcpy(ret_signature->signature, raw + 2 + KEY_ID_SIZE, 64);
	memcpy(ret_signature->global, global, sizeof(global));
	*ret_comment = (tsp_text){ lines[2].data + TRUSTED_START_SIZE,
		lines[2].size - TRUSTED_START_SIZE };
	return 0;
}
