/* SPDX-License-Identifier: MIT */
/*
 * What each system of the fleet runs, signed there by its own key. A proof must hold that was asked for now (one nonce
 * for all), be of the system that was asked, and be signed by the key that is pinned for it; only then is it written.
 * Where none is pinned, the link says who it is, and the key that came with the proof is pinned.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/convention.h"
#include "director/fleet.h"
#include "director/json.h"
#include "director/proof.h"
#include "director/system_key.h"
#include "director/view.h"
#include "source/proof_keys.h"

#define DEFAULT_FOLDER "proofs"
#define NONCE_BYTES    16

/* What came as a system's proof; borrowed from its answer, but for path. */
struct testimony {
	tsp_text text;
	tsp_text lines;
	struct public_key key; /* said, then the one that counts */
	bool is_new;	       /* they are the same, nothing was pinned */
};

/* ---- Judging one ----------------------------------------------------------------------------------- */

static int read_answer(const struct fleet_system *system, struct testimony *testimony, tsp_error *err)
{
	tsp_text id = { 0 }, key = { 0 };

	testimony->text = view_text(tsp_message_value(system->answer), "document");
	testimony->lines = view_text(tsp_message_value(system->answer), "signature");
	if (!tsp_value_bytes(fleet_said(system, "key_id"), &id) || id.size != KEY_ID_SIZE ||
		!tsp_value_bytes(fleet_said(system, "key"), &key) || key.size != KEY_PUBLIC_SIZE ||
		testimony->text.size == 0 || testimony->text.size > PROOF_LIMIT)
		return tsp_fail(err, TSP_EPROTOCOL, "its Director gave an answer that is none");
	memcpy(testimony->key.id, id.data, KEY_ID_SIZE);
	memcpy(testimony->key.key, key.data, KEY_PUBLIC_SIZE);
	return TSP_OK;
}

/* The key that its proof has to be signed by, in place of the one that it says. */
static int find_key(const struct fleet *fleet, const struct fleet_system *system, const char *pins,
	struct testimony *testimony, tsp_error *err)
{
	char *own = system->is_here ? file_join(fleet->client.context->folder, SYSTEM_KEY_PUBLIC) : NULL;
	tsp_error why = { 0 };
	int rc;

	if (!system->is_here)
		rc = proof_key_find(pins, system->key, &testimony->key, &why);
	else
		rc = own ? public_key_open(own, &testimony->key, &why) :
			   tsp_fail(&why, TSP_ENOMEM, "out of memory");
	free(own);
	testimony->is_new = rc == TSP_ENOENT && !system->is_here;
	if (rc >= 0 || testimony->is_new)
		return TSP_OK;
	*err = why;
	return rc;
}

static int check_system(const struct fleet_system *system, tsp_value document, tsp_error *err)
{
	char asked[17], shown[80];

	(void)snprintf(asked, sizeof(asked), "%016" PRIx64, system->system);
	if (tsp_text_is(view_text(document, "system"), asked))
		return TSP_OK;
	return tsp_fail(err, TSP_EUNTRUSTED, "it is of system '%s', and %s was asked",
		text_quote(view_text(document, "system"), shown, sizeof(shown)), asked);
}

static int check(const struct fleet *fleet, const struct fleet_system *system,
	const struct testimony *testimony, tsp_error *err)
{
	struct json_file document = { 0 };
	int rc = proof_check(testimony->text, testimony->lines, &testimony->key, err);

	if (rc >= 0)
		rc = json_parse("its proof", testimony->text.data, testimony->text.size, &document, err);
	if (rc >= 0)
		rc = proof_check_document(document.value, fleet->nonce, err);
	if (rc >= 0)
		rc = check_system(system, document.value, err);
	json_clear(&document);
	return rc < 0 ? tsp_wrap(err, rc, "its proof is not believed") : rc;
}

/* Another key than the pinned one is a change that its operator knows of, or somebody else. */
static int hint_key(const struct testimony *testimony, tsp_error *err)
{
	return status_hint(err, "if its operator has made a new key, put its system.pub at '%s'",
		testimony->key.path);
}

/* Its testimony, as far as it is to be believed. */
static int judge(const struct fleet *fleet, const struct fleet_system *system, const char *pins,
	struct testimony *testimony, tsp_error *err)
{
	int rc = read_answer(system, testimony, err);

	if (rc >= 0)
		rc = find_key(fleet, system, pins, testimony, err);
	if (rc < 0)
		return rc;
	rc = check(fleet, system, testimony, err);
	if (rc == TSP_EUNTRUSTED && testimony->key.path)
		(void)hint_key(testimony, err);
	if (rc < 0 || !testimony->is_new)
		return rc;
	rc = proof_key_pin(pins, system->key, &testimony->key, err);
	if (rc == TSP_EEXIST) /* another command was faster, and asks for the same one */
		return tsp_fail(err, rc, "its key was pinned by another command meanwhile: prove it again");
	testimony->key.path = rc >= 0 ? proof_key_path(pins, system->key) : NULL;
	return rc;
}

/* ---- Writing it ------------------------------------------------------------------------------------- */

static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return name[0] != '.' && name[0] != '-' && name[strspn(name, plain)] == '\0';
}

/* FOLDER/NAME.json, or with the whole key in place of a name that is no file's, or of several systems: no name is as
 * long as a key. */
static char *path_of(const struct fleet *fleet, const struct fleet_system *system, const char *folder)
{
	char key[PIN_TEXT];
	bool own = is_plain(system->name);

	for (size_t i = 0; i < fleet->count && own && !system->is_here; i++)
		own = &fleet->systems[i] == system || strcmp(fleet->systems[i].name, system->name) != 0;
	return text_format("%s/%s.json", folder, own ? system->name : pin_text(system->key, key));
}

static int take(const struct fleet *fleet, struct fleet_system *system, const char *pins, const char *folder,
	tsp_error *err)
{
	struct testimony testimony = { .is_new = false };
	char *path = path_of(fleet, system, folder);
	int rc = path ? judge(fleet, system, pins, &testimony, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = proof_save(path, testimony.text, testimony.lines, err);
	if (rc < 0) {
		free(testimony.key.path);
		free(path);
		return rc;
	}
	system->proof = path;
	system->proof_key = testimony.key.path;
	system->proof_key_new = testimony.is_new;
	(void)key_id_text(testimony.key.id, system->proof_key_id);
	return TSP_OK;
}

/* ---- The command ------------------------------------------------------------------------------------ */

static int make_nonce(char out[NONCE_BYTES * 2 + 1], tsp_error *err)
{
	uint8_t bytes[NONCE_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return tsp_fail_errno(err, "make", "a nonce");
	for (size_t i = 0; i < NONCE_BYTES; i++)
		(void)snprintf(out + i * 2, 3, "%02x", bytes[i]);
	return TSP_OK;
}

static int ask(struct fleet *fleet, tsp_error *err)
{
	tsp_builder *request = tsp_builder_new();
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (request) {
		tsp_put_format(request, "{s:s}", "nonce", fleet->nonce);
		rc = tsp_builder_value(request, &value);
	}
	if (rc < 0)
		(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	else
		rc = fleet_ask(fleet, "Proving", "DirectorProve", value, err);
	tsp_builder_free(request);
	return rc;
}

int fleet_prove(struct context *context, const char *nonce, const char *folder, tsp_error *err)
{
	struct fleet fleet = { 0 };
	char made[NONCE_BYTES * 2 + 1];
	char *pins = convention_folder(context);
	int rc = pins ? make_nonce(made, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	folder = folder ? folder : DEFAULT_FOLDER;
	if (rc >= 0)
		rc = fleet_open(context, CLIENT_ATTACH, DIRECTOR_TIMEOUT_MS, &fleet, err);
	fleet.nonce = nonce ? nonce : made;
	if (rc >= 0)
		rc = ask(&fleet, err);
	if (rc >= 0)
		rc = file_make_folder(folder, 0777, err);
	for (size_t i = 0; i < fleet.count && rc >= 0; i++)
		if (fleet.systems[i].err.code >= 0)
			(void)take(&fleet, &fleet.systems[i], pins, folder, &fleet.systems[i].err);
	if (rc >= 0)
		rc = fleet_print(&fleet, err);
	fleet_close(&fleet);
	free(pins);
	return rc;
}
