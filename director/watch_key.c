/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/watch_key.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/password.h"

static int make_key(const char *secret, const char *public, tsp_error *err)
{
	uint8_t id[KEY_ID_SIZE];
	int rc = keys_generate(secret, public, NULL, id, err);

	if (rc == TSP_EEXIST)
		return status_hint(err,
			"its secret half is not there: name it with --key, or remove '%s' for a new pair",
			public);
	if (rc >= 0)
		(void)fprintf(stderr, "made %s, the development key, without a password\n", secret);
	return rc;
}

int watch_key_open(
	const struct context *context, const char *given, struct watch_key *ret_key, tsp_error *err)
{
	struct watch_key key = { .named = given != NULL };
	char *secret = given ? strdup(given) :
			       text_format("%s/" DEVELOPMENT_NAME ".sec", context->folder);
	char *public = text_format("%s/" DEVELOPMENT_FILE, context->folder);
	int rc = secret && public ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && !given && access(secret, F_OK) < 0)
		rc = make_key(secret, public, err);
	if (rc >= 0)
		rc = secret_key_open(secret, password_ask, NULL, &key.secret, err);
	if (rc >= 0) {
		(void)key_id_text(secret_key_id(key.secret), key.id);
		*ret_key = key;
	}
	free(secret);
	free(public);
	return rc;
}

void watch_key_clear(struct watch_key *key)
{
	secret_key_free(key->secret);
	*key = (struct watch_key){ 0 };
}

/* Whether the folder has the public half. */
static bool is_known(const struct trust *trust, const struct watch_key *key)
{
	return keyring_find(&trust->keyring, secret_key_id(key->secret)) != NULL;
}

/* `key trust` says all that a key may sign, so what it may already is said again. */
static void hint_trust(
	const struct trust *trust, const struct watch_key *key, const char *group, tsp_error *err)
{
	const struct trust_key *rule = trust_rules_key(&trust->rules, key->id);
	struct buffer groups;
	int rc = TSP_OK;

	buffer_init(&groups, 200); /* of a hint */
	for (size_t i = 0; rule && rc >= 0 && i < rule->group_count; i++)
		rc = buffer_printf(&groups, "%s ", rule->groups[i]);
	(void)status_hint(err, "'thespian-director key trust %s %.*s%s' lets it sign",
		key->named ? key->id : DEVELOPMENT_NAME, (int)groups.size,
		groups.data ? (const char *)groups.data : "", group);
	buffer_clear(&groups);
}

void watch_key_hint(const struct context *context, const struct watch_key *key, const char *group,
	tsp_error *err)
{
	const struct trust_key *rule;
	struct trust trust = { 0 };

	if (context_trust(context, &trust, NULL) < 0)
		return; /* the error itself says what is wrong there */
	rule = trust_rules_key(&trust.rules, key->id);
	if (!is_known(&trust, key))
		(void)status_hint(
			err, "the public half of key %s is not in '%s'", key->id, context->folder);
	else if (trust_rules_revoked(&trust.rules, key->id))
		(void)status_hint(err, "a revoked key stays so: --key FILE.sec signs with another");
	else if (trust.rules.exist && (!rule || !trust_key_may(rule, group)))
		hint_trust(&trust, key, group, err);
	trust_clear(&trust);
}
