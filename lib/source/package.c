/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/package.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/claim.h"

#define FIRST_LINE "THESPIAN-SOURCE 1\n"
#define FIRST_SIZE (sizeof(FIRST_LINE) - 1)

/* The first signature says what all are for. */
static int read_comment(tsp_text text, struct package *package, tsp_error *err)
{
	if (package->signature_count > 0) {
		if (!tsp_text_is(text, package->comment))
			return tsp_fail(
				err, TSP_EUNTRUSTED, "its signatures are for different claims");
		return 0;
	}
	return claim_parse(text, package, err);
}

static int read_signature(tsp_text *rest, struct package *package, tsp_error *err)
{
	struct minisig *signature = &package->signatures[package->signature_count];
	tsp_text comment;

	int rc = minisig_take(rest, signature, &comment, err);
	if (rc == 0)
		rc = read_comment(comment, package, err);
	if (rc < 0)
		return rc;
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
	tsp_text rest = { (const char *)bytes + FIRST_SIZE, size - FIRST_SIZE };
	int rc = read_signature(&rest, &package, NULL);
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
	tsp_text rest = { (const char *)bytes + FIRST_SIZE, size - FIRST_SIZE };
	while (rest.size > 0 && *rest.data != '\n') {
		if (package->signature_count == PACKAGE_SIGNATURES)
			return tsp_fail(
				err, TSP_EUNTRUSTED, "more than %d signatures", PACKAGE_SIGNATURES);
		int rc = read_signature(&rest, package, err);
		if (rc < 0)
			return rc;
	}
	if (package->signature_count == 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "it has no signature");
	if (rest.size < 2)
		return tsp_fail(err, TSP_EUNTRUSTED, "it ends before its zip");
	package->zip = (const uint8_t *)rest.data + 1;
	package->zip_size = rest.size - 1;
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
	uint8_t digest[MINISIG_DIGEST_SIZE];
	char id[KEY_ID_TEXT];
	const struct public_key *first = NULL;

	minisig_digest(package->zip, package->zip_size, digest);
	for (size_t i = 0; i < package->signature_count; i++) {
		const struct minisig *signature = &package->signatures[i];
		const struct public_key *key = keyring_find(keyring, signature->key_id);
		if (!key)
			continue;
		if (!minisig_holds(signature, digest, package->comment, key))
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

static int sign_claim(const struct secret_key *key, const void *zip, size_t zip_size,
	const char *comment, struct minisig *ret_signature)
{
	uint8_t digest[MINISIG_DIGEST_SIZE];
	minisig_digest(zip, zip_size, digest);
	return minisig_sign(key, digest, comment, ret_signature);
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
	struct minisig signature;
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
	block = minisig_print(&signature, comment);
	rc = block ? join(block, zip, zip_size, ret_bytes, ret_size, err) :
		     tsp_fail(err, TSP_ENOMEM, "out of memory");
	free(block);
	return rc < 0 ? tsp_wrap(err, rc, "cannot package '%s'", claim->group) : 0;
}

/* Appends a block to the text; on failure the text is gone. */
static char *add_block(char *text, const struct minisig *signature, const char *comment)
{
	char *block = minisig_print(signature, comment);
	char *longer = text && block ? text_format("%s%s", text, block) : NULL;
	free(text);
	free(block);
	return longer;
}

int package_cosign(const struct package *package, const struct secret_key *key, uint8_t **ret_bytes,
	size_t *ret_size, tsp_error *err)
{
	struct minisig mine;
	char id[KEY_ID_TEXT];
	char *text = text_format("%s", "");
	size_t at = 0;
	if (package->signature_count == PACKAGE_SIGNATURES) {
		free(text);
		return tsp_fail(
			err, TSP_ELIMIT, "%d keys have signed it already", PACKAGE_SIGNATURES);
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
		minisig_print(&package->signatures[index], package->comment) :
		NULL;
}
