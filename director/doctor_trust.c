/* SPDX-License-Identifier: MIT */
/* Keys, and what trust.cfg says of them. */
#include "config.h"

#include "director/doctor.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

/* ---- Secret keys ----------------------------------------------------------------------------- */

static void check_secret_key(struct doctor *doctor, const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0 || !S_ISREG(status.st_mode) || !(status.st_mode & 077))
		return;
	findings_fault(&doctor->findings,
		"cannot rely on the secret key '%s': others may read it, its mode is %04o", path,
		(unsigned)(status.st_mode & 07777));
	findings_command(&doctor->findings,
		"who may have read it? 'key revoke' ends a key that got about",
		WORDS("chmod", "0600", path));
}

/* What watch makes: no fault, since there it may belong. */
static void note_development(struct doctor *doctor)
{
	char *path = file_join(doctor->context->folder, DEVELOPMENT_NAME ".sec");

	if (!path)
		doctor->findings.rc = TSP_ENOMEM;
	else if (access(path, F_OK) == 0)
		findings_note(&doctor->findings,
			"'%s' has no password: who reads it can load code, so a machine that matters has none",
			path);
	free(path);
}

/* They lie where keygen was called: here; the director's folder is the wrong place, and a likely one. */
void doctor_check_secret_keys(struct doctor *doctor)
{
	const char *folder = doctor->context->folder;
	char here[PATH_MAX];

	if (doctor->folder_there) {
		doctor_each_file(doctor, folder, ".sec", check_secret_key);
		note_development(doctor);
	}
	if (getcwd(here, sizeof(here)) && strcmp(here, folder) != 0)
		doctor_each_file(doctor, here, ".sec", check_secret_key);
}

/* ---- Public keys ----------------------------------------------------------------------------- */

static void tell_key(void *data, const char *path, const tsp_error *fault)
{
	struct doctor *doctor = data;

	if (!doctor_reader_fault(doctor, path, fault))
		doctor_put_away(doctor, path, "or bring it back from who made it");
}

/* The one before it in the keyring that is the same key; NULL: none. */
static const struct public_key *find_double(const struct keyring *ring, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!memcmp(ring->keys[i].key, ring->keys[index].key, sizeof(ring->keys[i].key)))
			return &ring->keys[i];
	return NULL;
}

static void check_double(struct doctor *doctor, const struct keyring *ring, size_t index)
{
	const struct public_key *key = &ring->keys[index];
	const struct public_key *other = find_double(ring, index);
	bool same_id;

	if (!other)
		return;
	same_id = !memcmp(other->id, key->id, sizeof(key->id));
	findings_fault(&doctor->findings, "cannot count key '%s': '%s' is the same key%s",
		key->path, other->path, same_id ? "" : " under another id");
	if (same_id)
		findings_command(&doctor->findings, NULL, WORDS("rm", key->path));
	else
		doctor_put_away(doctor, key->path, "or the other; find out who made it");
}

void doctor_check_public_keys(struct doctor *doctor)
{
	const char *folder = doctor->context->folder;
	size_t found = doctor->findings.count;
	struct keyring ring = { 0 };
	tsp_error fault = { 0 };

	if (keyring_survey(folder, tell_key, doctor, &ring, &fault) < 0) {
		(void)doctor_reader_fault(doctor, folder, &fault);
		return;
	}
	for (size_t i = 0; i < ring.count; i++)
		check_double(doctor, &ring, i);
	if (ring.count == 0 && doctor->findings.count == found)
		findings_note(&doctor->findings, "no key in the folder: every load is refused");
	keyring_clear(&ring);
}

/* ---- trust.cfg ------------------------------------------------------------------------------- */

static const struct public_key *find_public(const struct keyring *ring, const char *id)
{
	char text[KEY_ID_TEXT];

	for (size_t i = 0; i < ring->count; i++)
		if (!strcmp(key_id_text(ring->keys[i].id, text), id))
			return &ring->keys[i];
	return NULL;
}

static void check_named(struct doctor *doctor, const struct trust_key *key)
{
	const struct trust *trust = &doctor->trust;

	if (key->group_count == 0 || trust_rules_revoked(&trust->rules, key->id) ||
		find_public(&trust->keyring, key->id))
		return;
	findings_fault(&doctor->findings,
		"cannot use key %s that '%s/trust.cfg' names: the folder has no such public key",
		key->id, trust->folder);
	findings_hint(&doctor->findings,
		"put its NAME_tls.key into the folder, or end it for good with 'thespian-director key revoke %s'",
		key->id);
}

static void check_expiry(struct doctor *doctor, const struct trust_key *key)
{
	time_t later = (time_t)doctor->trust.now + (time_t)365 * 24 * 60 * 60;
	char sentence[80], date[TRUST_DATE];
	struct tm day;

	if (!trust_key_ends(&doctor->trust, key, sentence, sizeof(sentence)) ||
		!gmtime_r(&later, &day) || !strftime(date, sizeof(date), "%Y-%m-%d", &day))
		return;
	findings_fault(
		&doctor->findings, "%s, says '%s/trust.cfg'", sentence, doctor->trust.folder);
	doctor_director(doctor, "if it is to be trusted still; else 'key revoke' it",
		WORDS("key", "expiry", key->id, date));
}

/* An expired key, too: that is told of already. */
static bool may_sign(
	const struct trust *trust, const struct public_key *public, const char *pattern)
{
	char id[KEY_ID_TEXT];
	const struct trust_key *key = trust_rules_key(&trust->rules, key_id_text(public->id, id));

	return key && !trust_rules_revoked(&trust->rules, id) && trust_key_meets(key, pattern);
}

/* Distinct keys of the folder that may sign for some group that the pattern means. */
static int64_t count_signers(const struct trust *trust, const char *pattern)
{
	const struct keyring *ring = &trust->keyring;
	int64_t count = 0;

	for (size_t i = 0; i < ring->count; i++) {
		bool counts = may_sign(trust, &ring->keys[i], pattern);

		for (size_t j = 0; j < i && counts; j++)
			counts = memcmp(ring->keys[i].key, ring->keys[j].key,
					 sizeof(ring->keys[i].key)) != 0 ||
				!may_sign(trust, &ring->keys[j], pattern);
		count += counts;
	}
	return count;
}

static void check_need(struct doctor *doctor, const struct trust_need *need)
{
	const struct trust *trust = &doctor->trust;
	int64_t count = count_signers(trust, need->pattern);

	if (count >= need->keys)
		return;
	findings_fault(&doctor->findings,
		"cannot meet what '%s/trust.cfg' needs for '%s': %d keys, and %d may sign",
		trust->folder, need->pattern, (int)need->keys, (int)count);
	if (count > 0)
		findings_hint(&doctor->findings,
			"'thespian-director key trust KEY \"%s\"' lets one more sign, 'key need' asks for less",
			need->pattern);
	else
		findings_hint(&doctor->findings,
			"'thespian-director key trust KEY \"%s\"' lets a key sign", need->pattern);
}

static void note_unnamed(struct doctor *doctor)
{
	const struct trust *trust = &doctor->trust;

	for (size_t i = 0; trust->rules.exist && i < trust->keyring.count; i++) {
		const struct public_key *key = &trust->keyring.keys[i];
		char id[KEY_ID_TEXT];

		if (!trust_rules_key(&trust->rules, key_id_text(key->id, id)) &&
			!trust_rules_revoked(&trust->rules, id))
			findings_note(&doctor->findings,
				"key %s (%s) signs nothing: trust.cfg does not name it", id,
				trust_key_file(key));
	}
}

void doctor_check_trust(struct doctor *doctor)
{
	const char *folder = doctor->context->folder;
	struct trust_rules rules = { 0 };
	tsp_error fault = { 0 };
	char *path;

	if (trust_rules_read(folder, &rules, &fault) < 0) {
		path = file_join(folder, "trust.cfg");
		/* to put it away would let every key sign for every group */
		if (path && !doctor_reader_fault(doctor, path, &fault))
			findings_hint(&doctor->findings,
				"correct it there, as thespian-source(5) says; until then every load is refused");
		free(path);
		return;
	}
	trust_rules_clear(&rules);
	if (context_trust(doctor->context, &doctor->trust, NULL) < 0)
		return; /* a key of the folder is no good, which has been told */
	doctor->trusted = true;
	for (size_t i = 0; i < doctor->trust.rules.key_count; i++) {
		check_named(doctor, &doctor->trust.rules.keys[i]);
		check_expiry(doctor, &doctor->trust.rules.keys[i]);
	}
	for (size_t i = 0; i < doctor->trust.rules.need_count; i++)
		check_need(doctor, &doctor->trust.rules.needs[i]);
	note_unnamed(doctor);
}
