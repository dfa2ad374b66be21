/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/testimony.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/fields.h"
#include "director/json.h"
#include "director/system_key.h"
#include "source/proof_keys.h"

static int read_answer(tsp_value answer, struct testimony *testimony, tsp_error *err)
{
	tsp_text id = { 0 }, key = { 0 };

	testimony->text = view_text(answer, "document");
	testimony->lines = view_text(answer, "signature");
	if (!tsp_value_bytes(tsp_value_get(answer, "key_id"), &id) || id.size != KEY_ID_SIZE ||
		!tsp_value_bytes(tsp_value_get(answer, "key"), &key) || key.size != KEY_PUBLIC_SIZE ||
		testimony->text.size == 0 || testimony->text.size > PROOF_LIMIT)
		return tsp_fail(err, TSP_EPROTOCOL, "its Director gave an answer that is none");
	memcpy(testimony->key.id, id.data, KEY_ID_SIZE);
	memcpy(testimony->key.key, key.data, KEY_PUBLIC_SIZE);
	return TSP_OK;
}

/* The key that it has to be signed by, in place of the one that it says. */
static int find_key(
	const struct witness *witness, const char *pins, struct testimony *testimony, tsp_error *err)
{
	char *own = file_join(witness->folder, SYSTEM_KEY_PUBLIC);
	tsp_error why = { 0 };
	int rc;

	if (witness->link_key)
		rc = proof_key_find(pins, witness->link_key, &testimony->key, &why);
	else
		rc = own ? public_key_open(own, &testimony->key, &why) :
			   tsp_fail(&why, TSP_ENOMEM, "out of memory");
	free(own);
	testimony->is_new = rc == TSP_ENOENT && witness->link_key;
	if (rc >= 0 || testimony->is_new)
		return TSP_OK;
	*err = why;
	return rc;
}

static int check_system(uint64_t system, tsp_value document, tsp_error *err)
{
	char asked[17], shown[80];

	(void)snprintf(asked, sizeof(asked), "%016" PRIx64, system);
	if (tsp_text_is(view_text(document, "system"), asked))
		return TSP_OK;
	return tsp_fail(err, TSP_EUNTRUSTED, "it is of system '%s', and %s was asked",
		text_quote(view_text(document, "system"), shown, sizeof(shown)), asked);
}

static int check(const struct witness *witness, const struct testimony *testimony, tsp_error *err)
{
	struct json_file document = { 0 };
	int rc = proof_check(testimony->text, testimony->lines, &testimony->key, err);

	if (rc >= 0)
		rc = json_parse("its document", testimony->text.data, testimony->text.size, &document, err);
	if (rc >= 0)
		rc = proof_check_document(document.value, witness->nonce, err);
	if (rc >= 0)
		rc = check_system(witness->system, document.value, err);
	json_clear(&document);
	return rc < 0 ? tsp_wrap(err, rc, "its proof is not believed") : rc;
}

/* Another key than the pinned one is a change that its operator knows of, or somebody else. */
static void hint_change(const struct witness *witness, const struct testimony *testimony,
	const struct public_key *said, tsp_error *err)
{
	if (witness->link_key && memcmp(said->key, testimony->key.key, sizeof(said->key)) != 0)
		(void)status_hint(err, "if its operator has made a new key, put its system.pub at '%s'",
			testimony->key.path);
}

static int pin(const struct witness *witness, const char *pins, struct testimony *testimony, tsp_error *err)
{
	int rc = proof_key_pin(pins, witness->link_key, &testimony->key, err);

	if (rc == TSP_EEXIST)
		return tsp_fail(err, rc, "another command has pinned its key meanwhile: prove it again");
	if (rc < 0)
		return rc;
	testimony->key.path = proof_key_path(pins, witness->link_key);
	return testimony->key.path ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");
}

int testimony_judge(
	tsp_value answer, const struct witness *witness, struct testimony *ret_testimony, tsp_error *err)
{
	struct testimony testimony = { .is_new = false };
	struct public_key said;
	char *pins = file_join(witness->folder, "convention");
	int rc = pins ? read_answer(answer, &testimony, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	said = testimony.key;
	if (rc >= 0)
		rc = find_key(witness, pins, &testimony, err);
	if (rc >= 0) {
		rc = check(witness, &testimony, err);
		if (rc < 0)
			hint_change(witness, &testimony, &said, err);
	}
	if (rc >= 0 && testimony.is_new)
		rc = pin(witness, pins, &testimony, err);
	if (rc >= 0)
		*ret_testimony = testimony;
	else
		testimony_clear(&testimony);
	free(pins);
	return rc;
}

void testimony_clear(struct testimony *testimony)
{
	free(testimony->key.path);
	*testimony = (struct testimony){ .is_new = false };
}
