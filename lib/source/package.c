/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/package.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/base64.h"
#include "source/claim.h"

#define FIRST_LINE         "THESPIAN-SOURCE 1\n"
#define FIRST_SIZE         (sizeof(FIRST_LINE) - 1)
#define UNTRUSTED_LINE     "untrusted comment: signature from minisign secret key"
#define TRUSTED_START      "trusted comment: "
#define TRUSTED_START_SIZE (sizeof(TRUSTED_START) - 1)
#define RAW_SIZE           (2 + KEY_ID_SIZE + 64) /* "ED", key id, signature */
#define LINE_LIMIT         (TRUSTED_START_SIZE + CLAIM_TEXT_LIMIT)

/* What is left to read. */
struct reader {
	const char *at;
	size_t left;
};

/* Takes a line, without its LF; false where there is none within the limit. */
static bool take_line(struct reader *reader, tsp_text *ret_line)
{
	size_t most = reader->left <= LINE_LIMIT ? reader->left : LINE_LIMIT + 1;
	const char *end = most ? memchr(reader->at, '\n', most) : NULL;
	if (!end)
		return false;
	*ret_line = (tsp_text){ reader->at, (size_t)(end - reader->at) };
	reader->left -= ret_line->size + 1;
	reader->at = end + 1;
	return true;
}

static int read_comment(tsp_text line, struct package *package, tsp_error *err)
{
	if (line.size < TRUSTED_START_SIZE ||
		memcmp(line.data, TRUSTED_START, TRUSTED_START_SIZE) != 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "a signature has no trusted comment");
	tsp_text text = { line.data + TRUSTED_START_SIZE, line.size - TRUSTED_START_SIZE };
	if (package->signature_count > 0) {
		if (!tsp_text_is(text, package->comment))
			return tsp_fail(
				err, TSP_EUNTRUSTED, "its signatures are for different claims");
		return 0;
	}
	return claim_parse(text, package, err);
}

static int read_signature(struct reader *reader, struct package *package, tsp_error *err)
{
	tsp_text lines[4];
	uint8_t raw[RAW_SIZE];
	struct package_signature *signature = &package->signatures[package->signature_count];

	for (int i = 0; i < 4; i++)
		if (!take_line(reader, &lines[i]))
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
	memcpy(signature->key_id, raw + 2, KEY_ID_SIZE);
	memcpy(signature->signature, raw + 2 + KEY_ID_SIZE, sizeof(signature->signature));
	int rc = read_comment(lines[2], package, err);
	if (rc < 0)
		return rc;
	if (base64_decode(
		    lines[3].data, lines[3].size, signature->global, sizeof(signature->global)) < 0)
		return tsp_fail(err, TSP_EUNTRUSTED,
			"a global signature is not canonical base64 of 64 bytes");
	if (package->signature_count > 0 &&
		memcmp(signature[-1].key_id, signature->key_id, KEY_ID_SIZE) >= 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "its key ids are not distinct and ascending");
	package->signature_count++;
	return 0;
}

int package_read_group(const void *bytes, size_t size, char ret_group[65])
{
	struct package package;
	memset(&package, 0, sizeof(package));
	if (size < FIRST_SIZE || memcmp(bytes, FIRST_LINE, FIRST_SIZE) != 0)
		return TSP_EUNTRUSTED;
	struct reader reader = { (const char *)bytes + FIRST_SIZE, size - FIRST_SIZE };
	int rc = read_signature(&reader, &package, NULL);
	if (rc == 0)
		memcpy(ret_group, package.group, sizeof(package.group));
	return rc;
}

static int read_envelope(const void *bytes, size_t size, struct package *package, tsp_error *err)
{
	if (size < FIRST_SIZE || memcmp(bytes, FIRST_LINE, FIRST_SIZE) != 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "not a signed package");
	if (size > PACKAGE_LIMIT)
		return tsp_fail(err, TSP_EUNTRUSTED, "larger than 63 MiB");
	struct reader reader = { (const char *)bytes + FIRST_SIZE, size - FIRST_SIZE };
	while (reader.left > 0 && *reader.at != '\n') {
		if (package->signature_count == PACKAGE_SIGNATURES)
			return tsp_fail(
				err, TSP_EUNTRUSTED, "more than %d signatures", PACKAGE_SIGNATURES);
		int rc = read_signature(&reader, package, err);
		if (rc < 0)
			return rc;
	}
	if (package->signature_count == 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "it has no signature");
	if (reader.left < 2)
		return tsp_fail(err, TSP_EUNTRUSTED, "it ends before its zip");
	package->zip = (const uint8_t *)reader.at + 1;
	package->zip_size = reader.left - 1;
	return 0;
}

static void hash_of_claim(const struct package *package, uint8_t ret_hash[PACKAGE_HASH_SIZE])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, PACKAGE_HASH_SIZE);
	crypto_generichash_update(&state, (const uint8_t *)FIRST_LINE, FIRST_SIZE);
	crypto_generichash_update(
		&state, (const uint8_t *)package->comment, strlen(package->comment));
	crypto_generichash_update(&state, (const uint8_t *)"\n", 1);
	crypto_generichash_update(&state, package->zip, package->zip_size);
	crypto_generichash_final(&state, ret_hash, PACKAGE_HASH_SIZE);
}

int package_read(const void *bytes, size_t size, struct package *ret_package, tsp_error *err)
{
	uint8_t hash[PACKAGE_HASH_SIZE];
	struct package package;
	memset(&package, 0, sizeof(package));
	int rc = read_envelope(bytes, size, &package, err);
	if (rc < 0)
		return rc;
	hash_of_claim(&package, hash);
	text_hex(hash, sizeof(hash), package.hash);
	*ret_package = package;
	return 0;
}

void package_hash(const void *bytes, size_t size, uint8_t ret_hash[PACKAGE_HASH_SIZE])
{
	static const uint8_t damaged[] = "THESPIAN-SOURCE 1 damaged";
	struct package package;
	memset(&package, 0, sizeof(package));
	if (read_envelope(bytes, size, &package, NULL) == 0) {
		hash_of_claim(&package, ret_hash);
		return;
	}
	/* A damaged package is hashed with a key: without its signatures its bytes could else be
	 * those that the hash of a good one is made of. */
	bool ours = size >= FIRST_SIZE && memcmp(bytes, FIRST_LINE, FIRST_SIZE) == 0;
	crypto_generichash(ret_hash, PACKAGE_HASH_SIZE, bytes, size, ours ? damaged : NULL,
		ours ? sizeof(damaged) - 1 : 0);
}

/* What the second signature is over: the first one and the claim. */
static size_t global_text(const struct package_signature *signature, const char *comment,
	uint8_t out[64 + CLAIM_TEXT_LIMIT])
{
	size_t size = strlen(comment);
	memcpy(out, signature->signature, 64);
	memcpy(out + 64, comment, size);
	return 64 + size;
}

static bool signature_holds(const struct package *package,
	const struct package_signature *signature, const uint8_t digest[64],
	const struct public_key *key)
{
	uint8_t text[64 + CLAIM_TEXT_LIMIT];
	size_t size = global_text(signature, package->comment, text);
	return crypto_sign_verify_detached(signature->signature, digest, 64, key->key) == 0 &&
		crypto_sign_verify_detached(signature->global, text, size, key->key) == 0;
}

static int fail_unknown(const struct package *package, tsp_error *err)
{
	char ids[PACKAGE_SIGNATURES * (KEY_ID_TEXT + 1) + 1] = "";
	char *at = ids;
	for (size_t i = 0; i < package->signature_count; i++) {
		*at++ = ' ';
		key_id_text(package->signatures[i].key_id, at);
		at += KEY_ID_TEXT - 1;
	}
	return tsp_fail(err, TSP_EUNTRUSTED, "not signed by a known key (signed by%s)", ids);
}

int package_verify(struct package *package, const struct keyring *keyring, tsp_error *err)
{
	uint8_t digest[64];
	char id[KEY_ID_TEXT];
	const struct public_key *first = NULL;

	crypto_generichash(digest, sizeof(digest), package->zip, package->zip_size, NULL, 0);
	for (size_t i = 0; i < package->signature_count; i++) {
		const struct package_signature *signature = &package->signatures[i];
		const struct public_key *key = keyring_find(keyring, signature->key_id);
		if (!key)
			continue;
		if (!signature_holds(package, signature, digest, key))
			return tsp_fail(err, TSP_EUNTRUSTED,
				"its signature by key %s does not verify",
				key_id_text(key->id, id));
		package->signers[i] = key;
		first = first ? first : key;
	}
	if (!first)
		return fail_unknown(package, err);
	if (package->runtime != PACKAGE_RUNTIME)
		return tsp_fail(err, TSP_EREJECTED, "it needs runtime level %d, this one has %d",
			package->runtime, PACKAGE_RUNTIME);
	package->verified_by = first;
	return 0;
}

/* The four lines of a block; NULL: no memory. */
static char *block_text(const struct package_signature *signature, const char *comment)
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

static int sign_claim(const struct secret_key *key, const void *zip, size_t zip_size,
	const char *comment, struct package_signature *ret_signature)
{
	uint8_t digest[64];
	uint8_t text[64 + CLAIM_TEXT_LIMIT];
	crypto_generichash(digest, sizeof(digest), zip, zip_size, NULL, 0);
	memcpy(ret_signature->key_id, secret_key_id(key), KEY_ID_SIZE);
	int rc = secret_key_sign(key, digest, sizeof(digest), ret_signature->signature);
	if (rc < 0)
		return rc;
	size_t size = global_text(ret_signature, comment, text);
	return secret_key_sign(key, text, size, ret_signature->global);
}

/* The whole file: blocks, an empty line, the zip. */
static int join(const char *blocks, const void *zip, size_t zip_size, uint8_t **ret_bytes,
	size_t *ret_size, tsp_error *err)
{
	size_t blocks_size = strlen(blocks);
	size_t size = FIRST_SIZE + blocks_size + 1 + zip_size;
	uint8_t *bytes = size <= PACKAGE_LIMIT ? malloc(size) : NULL;
	if (!bytes)
		return size > PACKAGE_LIMIT ? tsp_fail(err, TSP_ELIMIT, "larger than 63 MiB") :
					      tsp_fail(err, TSP_ENOMEM, "out of memory");
	memcpy(bytes, FIRST_LINE, FIRST_SIZE);
	memcpy(bytes + FIRST_SIZE, blocks, blocks_size);
	bytes[FIRST_SIZE + blocks_size] = '\n';
	memcpy(bytes + FIRST_SIZE + blocks_size + 1, zip, zip_size);
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

int package_write(const struct package_claim *claim, const void *zip, size_t zip_size,
	const struct secret_key *key, uint8_t **ret_bytes, size_t *ret_size, tsp_error *err)
{
	char comment[CLAIM_TEXT_LIMIT + 1];
	struct package_signature signature;
	char *block = NULL;
	int rc = claim_print(claim, comment, err);
	if (rc < 0)
		return rc;
	if (zip_size == 0 || zip_size > PACKAGE_LIMIT)
		return tsp_fail(err, TSP_ELIMIT,
			"cannot package '%s': its zip is larger than 63 MiB, or empty",
			claim->group);
	rc = sign_claim(key, zip, zip_size, comment, &signature);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot sign '%s'", claim->group);
	block = block_text(&signature, comment);
	rc = block ? join(block, zip, zip_size, ret_bytes, ret_size, err) :
		     tsp_fail(err, TSP_ENOMEM, "out of memory");
	free(block);
	return rc < 0 ? tsp_wrap(err, rc, "cannot package '%s'", claim->group) : 0;
}

/* Appends a block to the text; on failure the text is gone. */
static char *add_block(
	char *text, const struct package_signature *signature, const char *comment)
{
	char *block = block_text(signature, comment);
	char *longer = text && block ? text_format("%s%s", text, block) : NULL;
	free(text);
	free(block);
	return longer;
}

int package_cosign(const struct package *package, const struct secret_key *key, uint8_t **ret_bytes,
	size_t *ret_size, tsp_error *err)
{
	struct package_signature mine;
	char id[KEY_ID_TEXT];
	char *text = text_format("%s", "");
	size_t at = 0;
	if (package->signature_count == PACKAGE_SIGNATURES) {
		free(text);
		return tsp_fail(err, TSP_ELIMIT, "%d keys have signed it already", PACKAGE_SIGNATURES);
	}
	int rc = sign_claim(key, package->zip, package->zip_size, package->comment, &mine);
	if (rc < 0)
		rc = tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	/* in the order of the key ids, as the format wants them */
	for (; rc == 0 && at < package->signature_count; at++) {
		int order = memcmp(package->signatures[at].key_id, mine.key_id, KEY_ID_SIZE);
		if (order == 0)
			rc = tsp_fail(err, TSP_EEXIST, "key %s has signed it already",
				key_id_text(mine.key_id, id));
		if (order >= 0)
			break;
		text = add_block(text, &package->signatures[at], package->comment);
	}
	if (rc == 0)
		text = add_block(text, &mine, package->comment);
	for (; rc == 0 && at < package->signature_count; at++)
		text = add_block(text, &package->signatures[at], package->comment);
	if (rc == 0)
		rc = text ? join(text, package->zip, package->zip_size, ret_bytes, ret_size, err) :
			    tsp_fail(err, TSP_ENOMEM, "out of memory");
	free(text);
	return rc;
}

char *package_minisig(const struct package *package, size_t index)
{
	return index < package->signature_count ?
		block_text(&package->signatures[index], package->comment) :
		NULL;
}
