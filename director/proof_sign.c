/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"
#include "director/fields.h"
#include "director/proof.h"
#include "director/system_key.h"
#include "source/minisig.h"

#define COMMENT_START "thespian-proof " /* no package's comment begins so */

bool proof_nonce_ok(tsp_text nonce)
{
	return nonce.size > 0 && nonce.size <= PROOF_NONCE && !memchr(nonce.data, '\0', nonce.size) &&
		text_is_utf8(nonce.data, nonce.size);
}

static int sign(const struct proof *proof, const char *text, const struct secret_key *key,
	char **ret_lines, tsp_error *err)
{
	uint8_t digest[MINISIG_DIGEST_SIZE];
	struct minisig signature;
	char system[17], comment[MINISIG_COMMENT_LIMIT];
	int rc;

	proof_system_id(proof->system, system);
	(void)snprintf(
		comment, sizeof(comment), COMMENT_START "system:%s time:%s", system, proof->time);
	minisig_digest(text, strlen(text), digest);
	rc = minisig_sign(key, digest, comment, &signature);
	if (rc < 0)
		return tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	*ret_lines = minisig_print(&signature, comment);
	return *ret_lines ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");
}

int proof_make(struct proof *proof, const char *folder, struct proof_signed *ret_signed, tsp_error *err)
{
	struct proof_signed made = { 0 };
	struct secret_key *key = NULL;
	time_t now = time(NULL);
	struct tm utc;
	int rc;

	if (!gmtime_r(&now, &utc) || strftime(proof->time, PROOF_TIME, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		return tsp_fail(err, TSP_EVALUE, "cannot tell the time");
	rc = system_key_open(folder, &key, err);
	if (rc >= 0)
		rc = proof_write(proof, &made.text, err);
	if (rc >= 0)
		rc = sign(proof, made.text, key, &made.lines, err);
	if (rc >= 0) {
		secret_key_public(key, &made.key);
		*ret_signed = made;
	} else {
		proof_signed_clear(&made);
	}
	secret_key_free(key);
	return rc;
}

void proof_signed_clear(struct proof_signed *made)
{
	free(made->text);
	free(made->lines);
	*made = (struct proof_signed){ 0 };
}

/* The signature comes last: without it, or with an older one, the document is no proof. */
int proof_save(const char *path, tsp_text text, tsp_text lines, tsp_error *err)
{
	char *lines_path = text_format("%s.minisig", path);
	int rc = lines_path ? file_replace(path, text.data, text.size, 0644, err) :
			      tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = file_replace(lines_path, lines.data, lines.size, 0644, err);
	free(lines_path);
	return rc;
}

int proof_check(tsp_text text, tsp_text lines, const struct public_key *key, tsp_error *err)
{
	uint8_t digest[MINISIG_DIGEST_SIZE];
	char comment[MINISIG_COMMENT_LIMIT + 1], id[KEY_ID_TEXT];
	struct minisig signature;
	tsp_text said;
	int rc = minisig_take(&lines, &signature, &said, err);

	if (rc < 0)
		return rc;
	if (lines.size > 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "more follows its signature");
	if (memcmp(signature.key_id, key->id, sizeof(key->id)) != 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "it is signed by key %s",
			key_id_text(signature.key_id, id));
	(void)snprintf(comment, sizeof(comment), "%.*s", (int)said.size, said.data);
	minisig_digest(text.data, text.size, digest);
	if (strlen(comment) != said.size || !minisig_holds(&signature, digest, comment, key))
		return tsp_fail(err, TSP_EUNTRUSTED, "its signature by key %s does not verify",
			key_id_text(key->id, id));
	if (strncmp(comment, COMMENT_START, sizeof(COMMENT_START) - 1) != 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "it was signed as something else");
	return TSP_OK;
}

int proof_check_document(tsp_value document, const char *nonce, tsp_error *err)
{
	char shown[PROOF_NONCE * 4 + 1];

	if (!tsp_text_is(view_text(document, "format"), PROOF_FORMAT))
		return tsp_fail(err, TSP_EUNTRUSTED, "it is not of the format " PROOF_FORMAT);
	if (nonce && !tsp_text_is(view_text(document, "nonce"), nonce))
		return tsp_fail(err, TSP_EUNTRUSTED, "its nonce is '%s', not the one asked for",
			text_quote(view_text(document, "nonce"), shown, sizeof(shown)));
	return TSP_OK;
}
