/* SPDX-License-Identifier: MIT */
/* key list | trust | revoke | expiry | need: what trust.cfg says, and its changes. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/audit.h"
#include "director/commands.h"
#include "director/context.h"

/* One call: its words, and what the folder says. */
struct key_call {
	struct context *context;
	int argc; /* behind the verb */
	char *const *argv;
	struct trust trust;
	char note[200]; /* for the audit log */
};

/* ---- Which key ------------------------------------------------------------------------------- */

/* Whether word means this key: the beginning of its id, or the NAME of its file NAME_tls.key. */
static bool is_meant(const struct public_key *key, const char *word)
{
	char id[KEY_ID_TEXT];
	const char *name = trust_key_file(key);
	size_t size = strlen(word);

	if (size >= 6 && !strncasecmp(key_id_text(key->id, id), word, size))
		return true;
	return name && !strncmp(name, word, size) && !strcmp(name + size, "_tls.key");
}

/* Its id; a whole id need not be that of a key in the folder. */
static int find_key(
	const struct key_call *call, const char *word, char ret_id[KEY_ID_TEXT], tsp_error *err)
{
	const struct keyring *ring = &call->trust.keyring;
	const struct public_key *found = NULL;
	char shown[80];

	for (size_t i = 0; i < ring->count; i++) {
		if (!is_meant(&ring->keys[i], word))
			continue;
		if (found && memcmp(found->id, ring->keys[i].id, KEY_ID_SIZE) != 0)
			return tsp_fail(err, TSP_EVALUE,
				"cannot tell which key is meant by '%s': more than one begins so",
				word);
		found = &ring->keys[i];
	}
	if (found) {
		(void)key_id_text(found->id, ret_id);
		return TSP_OK;
	}
	if (strlen(word) == KEY_ID_TEXT - 1 &&
		strspn(word, "0123456789ABCDEF") == KEY_ID_TEXT - 1) {
		memcpy(ret_id, word, KEY_ID_TEXT);
		return TSP_OK;
	}
	(void)tsp_fail(err, TSP_ENOENT, "cannot find key '%s': no key of '%s' is called so",
		text_quote(tsp_text_of(word), shown, sizeof(shown)), call->context->folder);
	return status_hint(err, "'key list' shows them; an id has 16 upper-case digits");
}

/* ---- list ------------------------------------------------------------------------------------ */

/* A list in JSON, a cell of a table in text; both whole. */
static void put_groups(struct output *output, const struct trust_key *key)
{
	struct buffer cell;
	int rc = TSP_OK;

	output_list(output, "groups", NULL);
	for (size_t i = 0; key && i < key->group_count; i++)
		output_string(output, "", "", key->groups[i]);
	output_end(output);
	if (!key || key->group_count == 0 || output_form(output) == OUTPUT_JSON)
		return;
	buffer_init(&cell, SIZE_MAX);
	for (size_t i = 0; rc >= 0 && i < key->group_count; i++)
		rc = buffer_printf(&cell, "%s%s", i > 0 ? " " : "", key->groups[i]);
	if (rc >= 0)
		output_text(output, NULL, "GROUPS", (tsp_text){ (char *)cell.data, cell.size });
	else
		output_string(output, NULL, "GROUPS", "(out of memory)");
	buffer_clear(&cell);
}

static void put_key(
	struct output *output, const struct trust *trust, const char *id, const char *file)
{
	const struct trust_key *key = trust_rules_key(&trust->rules, id);

	output_begin(output, NULL, NULL);
	output_string(output, "id", "ID", id);
	output_string(output, "file", "FILE", file);
	put_groups(output, key);
	output_string(output, "expires", "EXPIRES", key && key->expires[0] ? key->expires : NULL);
	output_string(output, "state", "STATE", trust_key_state(trust, id));
	output_end(output);
}

static int list_keys(struct key_call *call, tsp_error *err)
{
	const struct trust *trust = &call->trust;
	struct output *output = context_output(call->context);
	char id[KEY_ID_TEXT];

	(void)err; /* what can fail has been read */
	output_begin(output, NULL, NULL);
	output_bool(output, "rules", NULL, trust->rules.exist);
	output_list(output, "keys", NULL);
	for (size_t i = 0; i < trust->keyring.count; i++)
		put_key(output, trust, key_id_text(trust->keyring.keys[i].id, id),
			trust_key_file(&trust->keyring.keys[i]));
	output_end(output);
	output_list(output, "need", trust->rules.need_count > 0 ? "Keys needed" : NULL);
	for (size_t i = 0; i < trust->rules.need_count; i++) {
		output_begin(output, NULL, NULL);
		output_string(output, "group", "GROUP", trust->rules.needs[i].pattern);
		output_int(output, "keys", "KEYS", trust->rules.needs[i].keys);
		output_end(output);
	}
	output_end(output);
	output_list(output, "revoked", trust->rules.revoked_count > 0 ? "Revoked" : NULL);
	for (size_t i = 0; i < trust->rules.revoked_count; i++)
		output_string(output, "", "", trust->rules.revoked[i]);
	output_end(output);
	output_end(output);
	return output_finish(output);
}

/* ---- Changes --------------------------------------------------------------------------------- */

/* The first rule of all must not take from the other keys what they may: they are named, too. */
static int name_all(struct trust *trust, tsp_error *err)
{
	struct trust_key *key;
	char id[KEY_ID_TEXT];

	for (size_t i = 0; !trust->rules.exist && i < trust->keyring.count; i++)
		if (trust_rules_name(
			    &trust->rules, key_id_text(trust->keyring.keys[i].id, id), &key) < 0 ||
			trust_key_allow(key, "*") < 0)
			return tsp_fail(err, TSP_ENOMEM, "out of memory");
	return TSP_OK;
}

static int named_key(struct key_call *call, struct trust_key **ret_key, tsp_error *err)
{
	char id[KEY_ID_TEXT];
	int rc = find_key(call, call->argv[0], id, err);

	if (rc >= 0)
		rc = name_all(&call->trust, err);
	if (rc >= 0 && trust_rules_name(&call->trust.rules, id, ret_key) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	return rc;
}

static int trust_key(struct key_call *call, tsp_error *err)
{
	struct trust_key *key;
	int rc = named_key(call, &key, err);

	if (rc < 0)
		return rc;
	if (trust_rules_revoked(&call->trust.rules, key->id))
		return tsp_fail(err, TSP_EPERM,
			"cannot trust key %s: it is revoked, and what is revoked stays so",
			key->id);
	for (size_t i = 0; i < key->group_count; i++)
		free(key->groups[i]);
	key->group_count = 0;
	for (int i = 1; i < call->argc; i++) {
		if (!trust_pattern_ok(call->argv[i])) {
			char shown[80];

			return tsp_fail(err, TSP_EUSAGE,
				"cannot trust a key for '%s': not a group's name (* stands for any text)",
				text_quote(tsp_text_of(call->argv[i]), shown, sizeof(shown)));
		}
		if (trust_key_allow(key, call->argv[i]) < 0)
			return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	(void)snprintf(call->note, sizeof(call->note), "key %s may sign for %d pattern%s", key->id,
		call->argc - 1, call->argc == 2 ? "" : "s");
	return TSP_OK;
}

static int revoke_key(struct key_call *call, tsp_error *err)
{
	char id[KEY_ID_TEXT];
	int rc = find_key(call, call->argv[0], id, err);

	if (rc < 0)
		return rc;
	rc = name_all(&call->trust, err);
	if (rc >= 0 && trust_rules_revoke(&call->trust.rules, id) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	(void)snprintf(call->note, sizeof(call->note), "key %s is revoked", id);
	return rc;
}

static int expire_key(struct key_call *call, tsp_error *err)
{
	const char *date = call->argv[1];
	bool never = !strcmp(date, "never");
	struct trust_key *key;
	char shown[80];
	int rc;

	if (!never && !trust_date_ok(date))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot set the expiry '%s': a day as 2027-01-01, or never, is expected",
			text_quote(tsp_text_of(date), shown, sizeof(shown)));
	rc = named_key(call, &key, err);
	if (rc < 0)
		return rc;
	(void)snprintf(key->expires, sizeof(key->expires), "%s", never ? "" : date);
	(void)snprintf(call->note, sizeof(call->note), "key %s expires %s%s", key->id,
		never ? "" : "on ", date);
	return TSP_OK;
}

static int need_keys(struct key_call *call, tsp_error *err)
{
	int64_t keys;
	int rc;

	if (!trust_pattern_ok(call->argv[0]) ||
		text_to_int(call->argv[1], 1, PACKAGE_SIGNATURES, &keys) < 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot set what a group needs: a group's name and a number from 1 to %d are expected",
			PACKAGE_SIGNATURES);
	rc = name_all(&call->trust, err);
	if (rc >= 0 && trust_rules_set_need(&call->trust.rules, call->argv[0], keys) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	(void)snprintf(call->note, sizeof(call->note), "group %.64s needs %d key%s", call->argv[0],
		(int)keys, keys == 1 ? "" : "s");
	return rc;
}

/* ---- The command ----------------------------------------------------------------------------- */

static const struct key_verb {
	const char *name;
	int args_min, args_max;
	int (*run)(struct key_call *call, tsp_error *err);
} verbs[] = {
	{ "list", 0, 0, list_keys },
	{ "trust", 2, 100, trust_key },
	{ "revoke", 1, 1, revoke_key },
	{ "expiry", 2, 2, expire_key },
	{ "need", 2, 2, need_keys },
};

static const struct key_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

/* The record comes first: a change that nobody could trace is not made. */
static int keep_change(struct key_call *call, tsp_error *err)
{
	struct output *output;
	int rc = context_make_folder(call->context, err);

	if (rc >= 0)
		rc = audit_write(call->context->folder, "trust changed", NULL, call->argv[0],
			call->note, err);
	if (rc >= 0)
		rc = trust_rules_write(call->context->folder, &call->trust.rules, err);
	if (rc < 0)
		return rc;
	output = context_output(call->context);
	output_begin(output, NULL, NULL);
	output_string(output, "changed", NULL, call->note);
	output_say(output, "%s", call->note);
	output_end(output);
	return output_finish(output);
}

static int key_run(void *data, const struct command_call *command, tsp_error *err)
{
	const struct key_verb *verb = find_verb(command->argv[0]);
	struct key_call call = {
		.context = data, .argc = command->argc - 1, .argv = command->argv + 1
	};
	char shown[80];
	int rc;

	if (!verb)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run 'key %s': list, trust, revoke, expiry or need is expected",
			text_quote(tsp_text_of(command->argv[0]), shown, sizeof(shown)));
	if (call.argc < verb->args_min || call.argc > verb->args_max) {
		(void)tsp_fail(err, TSP_EUSAGE, "cannot run 'key %s': wrong number of arguments",
			verb->name);
		return status_hint(err, "'help key' shows what it takes");
	}
	rc = context_trust(call.context, &call.trust, err);
	if (rc >= 0)
		rc = verb->run(&call, err);
	if (rc >= 0 && verb->run != list_keys)
		rc = keep_change(&call, err);
	trust_clear(&call.trust);
	return rc;
}

const struct command key_command = {
	.name = "key",
	.synopsis = "list | trust KEY GROUP... | revoke KEY | expiry KEY DATE | need GROUP N",
	.summary = "show or change what keys may sign",
	.details =
		"KEY: an id, its first 6 digits or more, or NAME of NAME_tls.key. GROUP may hold *, any text.\n"
		"trust: the key may sign for these groups and no others. revoke: it signs nothing any more,\n"
		"nor does what it signed alone start again. expiry: the first day on which it signs nothing\n"
		"new, as 2027-01-01, or never. need: so many distinct keys must have signed. The first change\n"
		"makes trust.cfg, in which all keys of the folder are named; one added later is not.",
	.args_min = 1,
	.args_max = -1,
	.run = key_run,
};
