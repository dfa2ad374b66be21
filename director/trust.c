/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "director/state.h"
#include "director/system_key.h"

/* The system signs what it says of itself with a key that lies about unprotected: nobody's packages. */
static int read_system_key(struct trust *trust, tsp_error *err)
{
	char *path = file_join(trust->folder, SYSTEM_KEY_PUBLIC);
	int rc = path ? public_key_open(path, &trust->system, err) :
			tsp_fail(err, TSP_ENOMEM, "out of memory");

	free(path);
	return rc == TSP_ENOENT ? TSP_OK : rc;
}

#define DAY	  ((int64_t)24 * 60 * 60) /* s */
#define WARN_DAYS 30

int trust_open(const char *folder, struct trust *ret_trust, tsp_error *err)
{
	struct trust trust = { .folder = strdup(folder), .now = (int64_t)time(NULL) };
	int rc = trust.folder ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && access(folder, F_OK) == 0) {
		rc = trust_rules_read(folder, &trust.rules, err);
		if (rc >= 0)
			rc = keyring_open(folder, &trust.keyring, err);
		if (rc >= 0)
			rc = read_system_key(&trust, err);
	}
	if (rc >= 0)
		*ret_trust = trust;
	else
		trust_clear(&trust);
	return rc;
}

void trust_clear(struct trust *trust)
{
	free(trust->folder);
	keyring_clear(&trust->keyring);
	trust_rules_clear(&trust->rules);
	free(trust->system.path);
	*trust = (struct trust){ 0 };
}

static bool is_system_key(const struct trust *trust, const struct public_key *key)
{
	return trust->system.path && !memcmp(trust->system.key, key->key, sizeof(key->key));
}

const char *trust_key_state(const struct trust *trust, const char *id)
{
	const struct trust_key *key = trust_rules_key(&trust->rules, id);

	char system[KEY_ID_TEXT];

	if (trust_rules_revoked(&trust->rules, id))
		return "revoked";
	if (trust->system.path && !strcmp(key_id_text(trust->system.id, system), id))
		return "signs nothing";
	if (!trust->rules.exist)
		return "signs for all groups";
	if (!key || key->group_count == 0)
		return "signs nothing";
	return trust_key_end(key) <= trust->now ? "expired" : "signs";
}

bool trust_key_ends(const struct trust *trust, const struct trust_key *key, char *sentence, size_t size)
{
	int64_t end = trust_key_end(key);
	int64_t days = (end - trust->now) / DAY;

	if (key->group_count == 0 || days > WARN_DAYS ||
		trust_rules_revoked(&trust->rules, key->id))
		return false;
	if (end <= trust->now)
		(void)snprintf(sentence, size, "key %s ended on %s", key->id, key->expires);
	else
		(void)snprintf(sentence, size, "key %s ends on %s, in %d days", key->id,
			key->expires, (int)days);
	return true;
}

const char *trust_key_file(const struct public_key *key)
{
	const char *slash = key->path ? strrchr(key->path, '/') : NULL;

	return slash ? slash + 1 : key->path;
}

/* Whether this very content was loaded before: it may start again when its key has expired since. */
static bool was_accepted(const struct trust *trust, const struct package *package)
{
	struct state state = { 0 };
	bool accepted;

	if (state_read(trust->folder, package->group, &state, NULL) < 0)
		return false;
	accepted = !strcmp(state.mark.hash, package->hash) ||
		state_entries_find(&state.history, package->hash) != NULL;
	state_clear(&state);
	return accepted;
}

/* Whether a signature that holds counts for this group; why not is said in reason. */
static bool key_counts(const struct trust *trust, const struct package *package,
	const struct public_key *signer, char *reason, size_t size)
{
	char id[KEY_ID_TEXT];
	const struct trust_key *key = trust_rules_key(&trust->rules, key_id_text(signer->id, id));

	if (trust_rules_revoked(&trust->rules, id))
		(void)snprintf(reason, size, "key %s is revoked", id);
	else if (is_system_key(trust, signer))
		(void)snprintf(
			reason, size, "key %s is the system's own, which signs no packages", id);
	else if (!trust->rules.exist)
		return true;
	else if (!key)
		(void)snprintf(reason, size, "trust.cfg does not name key %s", id);
	else if (!trust_key_may(key, package->group))
		(void)snprintf(
			reason, size, "key %s may not sign for group '%s'", id, package->group);
	else if (trust_key_end(key) <= trust->now && !was_accepted(trust, package))
		(void)snprintf(reason, size, "key %s expired on %s", id, key->expires);
	else
		return true;
	return false;
}

/* A key under two ids is one key. */
static bool is_counted(
	const struct public_key *const *counted, size_t count, const struct public_key *key)
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(counted[i]->key, key->key, sizeof(key->key)))
			return true;
	return false;
}

/* The first of those that count, the development key behind all others. A copy of that one under another
 * name is the same key. */
static const struct public_key *pick_signer(
	const struct trust *trust, const struct public_key *const *counted, size_t count)
{
	const struct public_key *development = NULL;

	for (size_t i = 0; i < trust->keyring.count && !development; i++)
		if (trust_key_is_development(&trust->keyring.keys[i]))
			development = &trust->keyring.keys[i];
	for (size_t i = 0; i < count; i++)
		if (!development || !is_counted(&development, 1, counted[i]))
			return counted[i];
	return development;
}

int trust_verify(const struct trust *trust, struct package *package, tsp_error *err)
{
	const struct public_key *counted[PACKAGE_SIGNATURES];
	int64_t need = trust_rules_need(&trust->rules, package->group);
	char reason[160] = "";
	size_t count = 0;
	int rc = package_verify(package, &trust->keyring, err);

	if (rc < 0)
		return rc;
	package->verified_by = NULL;
	for (size_t i = 0; i < package->signature_count; i++) {
		const struct public_key *key = package->signers[i];

		if (key && key_counts(trust, package, key, reason, sizeof(reason)) &&
			!is_counted(counted, count, key))
			counted[count++] = key;
	}
	if ((int64_t)count >= need) {
		package->verified_by = pick_signer(trust, counted, count);
		return TSP_OK;
	}
	if (need == 1)
		return tsp_fail(err, TSP_EUNTRUSTED, "%s", reason);
	return tsp_fail(err, TSP_EUNTRUSTED,
		"group '%s' needs %d keys that may sign for it, %d did%s%s", package->group,
		(int)need, (int)count, reason[0] ? ": " : "", reason);
}

bool trust_key_is_development(const struct public_key *key)
{
	const char *file = trust_key_file(key);

	return file && !strcmp(file, DEVELOPMENT_FILE);
}

bool trust_version_is_development(const char *version)
{
	return !strncmp(version, DEVELOPMENT_VERSION, strlen(DEVELOPMENT_VERSION));
}

bool trust_is_development(const struct package *package)
{
	return trust_version_is_development(package->version) ||
		(package->verified_by && trust_key_is_development(package->verified_by));
}
