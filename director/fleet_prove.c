/* SPDX-License-Identifier: MIT */
/* What each system of the fleet runs, signed there by its own key, as files. Only what is believed is written. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/file.h"
#include "base/text.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/testimony.h"

#define DEFAULT_FOLDER "proofs"
#define NONCE_BYTES    16

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

static int take(const struct fleet *fleet, struct fleet_system *system, const char *folder, tsp_error *err)
{
	const struct witness witness = { fleet->nonce, system->system, system->is_here ? NULL : system->key,
		fleet->client.context->folder };
	struct testimony testimony = { .is_new = false };
	char *path = path_of(fleet, system, folder);
	int rc = path ? testimony_judge(tsp_message_value(system->answer), &witness, &testimony, err) :
			tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = proof_save(path, testimony.text, testimony.lines, err);
	if (rc < 0) {
		testimony_clear(&testimony);
		free(path);
		return rc;
	}
	system->proof = path;
	system->proof_key = testimony.key.path;
	system->proof_key_new = testimony.is_new;
	(void)key_id_text(testimony.key.id, system->proof_key_id);
	return TSP_OK;
}

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
	int rc = make_nonce(made, err);

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
			(void)take(&fleet, &fleet.systems[i], folder, &fleet.systems[i].err);
	if (rc >= 0)
		rc = fleet_print(&fleet, err);
	fleet_close(&fleet);
	return rc;
}
