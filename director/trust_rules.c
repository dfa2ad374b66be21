/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/trust_rules.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"
#include "source/package.h"

#define TRUST_FILE     "trust.cfg"
#define PATTERN_LIMIT  64
#define PATTERN_LETTER "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-*"

struct parse {
	const struct json_file *file;
	struct trust_rules *rules;
	tsp_error *err;
};

/* ---- Questions ------------------------------------------------------------------------------ */

struct trust_key *trust_rules_key(const struct trust_rules *rules, const char *id)
{
	for (size_t i = 0; i < rules->key_count; i++)
		if (!strcmp(rules->keys[i].id, id))
			return &rules->keys[i];
	return NULL;
}

bool trust_rules_revoked(const struct trust_rules *rules, const char *id)
{
	for (size_t i = 0; i < rules->revoked_count; i++)
		if (!strcmp(rules->revoked[i], id))
			return true;
	return false;
}

static bool matches(const char *pattern, const char *group)
{
	return fnmatch(pattern, group, FNM_NOESCAPE) == 0;
}

int64_t trust_rules_need(const struct trust_rules *rules, const char *group)
{
	int64_t need = 1;

	for (size_t i = 0; i < rules->need_count; i++)
		if (rules->needs[i].keys > need && matches(rules->needs[i].pattern, group))
			need = rules->needs[i].keys;
	return need;
}

bool trust_key_may(const struct trust_key *key, const char *group)
{
	for (size_t i = 0; i < key->group_count; i++)
		if (matches(key->groups[i], group))
			return true;
	return false;
}

/* Whether some text is meant by both patterns: meets[i][j] is that for their ends from i and j on. */
static bool patterns_meet(const char *a, const char *b)
{
	bool meets[PATTERN_LIMIT + 2][PATTERN_LIMIT + 2] = { { false } };
	size_t a_size = strlen(a), b_size = strlen(b);

	for (size_t i = a_size + 1; i-- > 0;)
		for (size_t j = b_size + 1; j-- > 0;)
			if (i == a_size && j == b_size)
				meets[i][j] = true;
			else if (a[i] == '*')
				meets[i][j] = meets[i + 1][j] || (j < b_size && meets[i][j + 1]);
			else if (b[j] == '*')
				meets[i][j] = meets[i][j + 1] || (i < a_size && meets[i + 1][j]);
			else
				meets[i][j] = a[i] == b[j] && meets[i + 1][j + 1];
	return meets[0][0];
}

bool trust_key_meets(const struct trust_key *key, const char *pattern)
{
	for (size_t i = 0; i < key->group_count; i++)
		if (patterns_meet(key->groups[i], pattern))
			return true;
	return false;
}

static bool read_date(const char *date, struct tm *ret_day)
{
	struct tm day = { 0 };
	const char *end = strlen(date) == TRUST_DATE - 1 ? strptime(date, "%Y-%m-%d", &day) : NULL;
	struct tm normal = day;

	if (!end || *end || day.tm_year < 70)
		return false;
	(void)timegm(&normal); /* the 30th of February becomes a day of March */
	*ret_day = day;
	return normal.tm_mday == day.tm_mday && normal.tm_mon == day.tm_mon;
}

bool trust_date_ok(const char *date)
{
	struct tm day;

	return read_date(date, &day);
}

int64_t trust_key_end(const struct trust_key *key)
{
	struct tm day;

	return read_date(key->expires, &day) ? (int64_t)timegm(&day) : INT64_MAX;
}

/* ---- Changes -------------------------------------------------------------------------------- */

int trust_rules_name(struct trust_rules *rules, const char *id, struct trust_key **ret_key)
{
	struct trust_key *key = trust_rules_key(rules, id);

	if (!key) {
		struct trust_key *keys =
			reallocarray(rules->keys, rules->key_count + 1, sizeof(*keys));

		if (!keys)
			return TSP_ENOMEM;
		rules->keys = keys;
		key = &keys[rules->key_count++];
		*key = (struct trust_key){ 0 };
		(void)strncat(key->id, id, sizeof(key->id) - 1);
	}
	*ret_key = key;
	return TSP_OK;
}

int trust_key_allow(struct trust_key *key, const char *pattern)
{
	char **groups;

	for (size_t i = 0; i < key->group_count; i++)
		if (!strcmp(key->groups[i], pattern))
			return TSP_OK;
	groups = reallocarray(key->groups, key->group_count + 1, sizeof(*groups));
	if (!groups)
		return TSP_ENOMEM;
	key->groups = groups;
	groups[key->group_count] = strdup(pattern);
	return groups[key->group_count] ? (key->group_count++, TSP_OK) : TSP_ENOMEM;
}

int trust_rules_revoke(struct trust_rules *rules, const char *id)
{
	char(*revoked)[KEY_ID_TEXT];

	if (trust_rules_revoked(rules, id))
		return TSP_OK;
	revoked = reallocarray(rules->revoked, rules->revoked_count + 1, sizeof(*revoked));
	if (!revoked)
		return TSP_ENOMEM;
	rules->revoked = revoked;
	revoked[rules->revoked_count][0] = '\0';
	(void)strncat(revoked[rules->revoked_count++], id, KEY_ID_TEXT - 1);
	return TSP_OK;
}

int trust_rules_set_need(struct trust_rules *rules, const char *pattern, int64_t keys)
{
	struct trust_need *needs;
	char *copy;

	for (size_t i = 0; i < rules->need_count; i++) {
		if (strcmp(rules->needs[i].pattern, pattern) != 0)
			continue;
		rules->needs[i].keys = keys;
		return TSP_OK;
	}
	copy = strdup(pattern);
	needs = copy ? reallocarray(rules->needs, rules->need_count + 1, sizeof(*needs)) : NULL;
	if (!needs) {
		free(copy);
		return TSP_ENOMEM;
	}
	rules->needs = needs;
	needs[rules->need_count++] = (struct trust_need){ copy, keys };
	return TSP_OK;
}

bool trust_pattern_ok(const char *pattern)
{
	size_t size = strlen(pattern);

	return size > 0 && size <= PATTERN_LIMIT && strspn(pattern, PATTERN_LETTER) == size;
}

void trust_rules_clear(struct trust_rules *rules)
{
	for (size_t i = 0; i < rules->key_count; i++) {
		for (size_t j = 0; j < rules->keys[i].group_count; j++)
			free(rules->keys[i].groups[j]);
		free(rules->keys[i].groups);
	}
	for (size_t i = 0; i < rules->need_count; i++)
		free(rules->needs[i].pattern);
	free(rules->keys);
	free(rules->needs);
	free(rules->revoked);
	*rules = (struct trust_rules){ 0 };
}

/* ---- Reading -------------------------------------------------------------------------------- */

static bool is_id(tsp_text text)
{
	if (text.size != KEY_ID_TEXT - 1)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (!strchr("0123456789ABCDEF", text.data[i]) || !text.data[i])
			return false;
	return true;
}

static int read_id(struct parse *parse, const struct json_path *path, tsp_value value,
	char ret_id[KEY_ID_TEXT])
{
	tsp_text text = { 0 };

	if (!tsp_value_text(value, &text) || !is_id(text))
		return json_fail(parse->file, path, parse->err,
			"not the id of a key (16 upper-case hexadecimal digits)");
	memcpy(ret_id, text.data, text.size);
	ret_id[text.size] = '\0';
	return TSP_OK;
}

/* A pattern of group names, in new memory. */
static int read_pattern(
	struct parse *parse, const struct json_path *path, tsp_value value, char **ret_pattern)
{
	tsp_text text = { 0 };
	char *pattern;

	if (!tsp_value_text(value, &text))
		return json_fail(parse->file, path, parse->err, "the name of a group is expected");
	pattern = tsp_text_copy(text);
	if (!pattern)
		return tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
	if (strlen(pattern) != text.size || !trust_pattern_ok(pattern)) {
		free(pattern);
		return json_fail(parse->file, path, parse->err,
			"not the name of a group (* stands for any text)");
	}
	*ret_pattern = pattern;
	return TSP_OK;
}

static int read_groups(
	struct parse *parse, const struct json_path *path, tsp_value list, struct trust_key *key)
{
	tsp_walk at = { 0 };
	tsp_value none, value;
	int rc = TSP_OK;

	if (tsp_value_kind(list) != TSP_KIND_LIST)
		return json_fail(parse->file, path, parse->err, "a list is expected");
	while (rc >= 0 && tsp_value_next(list, &at, &none, &value)) {
		char *pattern = NULL;

		rc = read_pattern(parse, path, value, &pattern);
		if (rc >= 0 && trust_key_allow(key, pattern) < 0)
			rc = tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
		free(pattern);
	}
	return rc;
}

static int read_expires(
	struct parse *parse, const struct json_path *path, tsp_value value, struct trust_key *key)
{
	tsp_text text = { 0 };

	if (tsp_value_text(value, &text) && text.size == TRUST_DATE - 1) {
		memcpy(key->expires, text.data, text.size);
		if (trust_date_ok(key->expires))
			return TSP_OK;
	}
	return json_fail(parse->file, path, parse->err, "a day as \"2027-01-01\" is expected");
}

static int read_key(
	struct parse *parse, const struct json_path *path, tsp_value name, tsp_value members)
{
	char id[KEY_ID_TEXT];
	struct trust_key *key = NULL;
	tsp_walk at = { 0 };
	tsp_value member, value;
	int rc = read_id(parse, path, name, id);

	if (rc >= 0 && tsp_value_kind(members) != TSP_KIND_MAP)
		rc = json_fail(parse->file, path, parse->err, "an object is expected");
	if (rc >= 0 && trust_rules_name(parse->rules, id, &key) < 0)
		rc = tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
	while (rc >= 0 && tsp_value_next(members, &at, &member, &value)) {
		struct json_path below;
		tsp_text text = { 0 };

		(void)tsp_value_text(member, &text); /* JSON has text keys only */
		below = json_below(path, text);
		if (tsp_text_is(text, "groups"))
			rc = read_groups(parse, &below, value, key);
		else if (tsp_text_is(text, "expires"))
			rc = read_expires(parse, &below, value, key);
		else
			rc = json_fail(parse->file, &below, parse->err,
				"unknown key '%.*s' (groups, expires are known)", (int)text.size,
				text.data);
	}
	return rc;
}

static int read_need(
	struct parse *parse, const struct json_path *path, tsp_value name, tsp_value value)
{
	char *pattern = NULL;
	int64_t keys;
	int rc;

	if (!tsp_value_int(value, &keys) || keys < 1 || keys > PACKAGE_SIGNATURES)
		return json_fail(parse->file, path, parse->err, "a number from 1 to %d is expected",
			PACKAGE_SIGNATURES);
	rc = read_pattern(parse, path, name, &pattern);
	if (rc >= 0 && trust_rules_set_need(parse->rules, pattern, keys) < 0)
		rc = tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
	free(pattern);
	return rc;
}

static int read_revoked(struct parse *parse, const struct json_path *path, tsp_value list)
{
	char id[KEY_ID_TEXT];
	tsp_walk at = { 0 };
	tsp_value none, value;
	int rc = TSP_OK;

	if (tsp_value_kind(list) != TSP_KIND_LIST)
		return json_fail(parse->file, path, parse->err, "a list is expected");
	while (rc >= 0 && tsp_value_next(list, &at, &none, &value)) {
		rc = read_id(parse, path, value, id);
		if (rc >= 0 && trust_rules_revoke(parse->rules, id) < 0)
			rc = tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
	}
	return rc;
}

typedef int read_fn(
	struct parse *parse, const struct json_path *path, tsp_value name, tsp_value value);

static int read_object(
	struct parse *parse, const struct json_path *path, tsp_value object, read_fn *read)
{
	tsp_walk at = { 0 };
	tsp_value name, value;
	int rc = TSP_OK;

	if (tsp_value_kind(object) != TSP_KIND_MAP)
		return json_fail(parse->file, path, parse->err, "an object is expected");
	while (rc >= 0 && tsp_value_next(object, &at, &name, &value)) {
		struct json_path below;
		tsp_text text = { 0 };

		(void)tsp_value_text(name, &text); /* JSON has text keys only */
		below = json_below(path, text);
		rc = read(parse, &below, name, value);
	}
	return rc;
}

static int read_member(
	struct parse *parse, const struct json_path *path, tsp_value name, tsp_value value)
{
	tsp_text text = { 0 };

	(void)tsp_value_text(name, &text); /* JSON has text keys only */
	if (tsp_text_is(text, "keys"))
		return read_object(parse, path, value, read_key);
	if (tsp_text_is(text, "need"))
		return read_object(parse, path, value, read_need);
	if (tsp_text_is(text, "revoked"))
		return read_revoked(parse, path, value);
	return json_fail(parse->file, path, parse->err,
		"unknown key '%.*s' (keys, need, revoked are known)", (int)text.size, text.data);
}

int trust_rules_read(const char *folder, struct trust_rules *ret_rules, tsp_error *err)
{
	char *path = file_join(folder, TRUST_FILE);
	const struct json_path root = { .count = 0 };
	struct trust_rules rules = { 0 };
	struct json_file file = { 0 };
	struct parse parse = { &file, &rules, err };
	int rc = path ? json_read(path, &file, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0) {
		rules.exist = true;
		rc = read_object(&parse, &root, file.value, read_member);
	} else if (rc == TSP_ENOENT) {
		rc = TSP_OK;
	}
	if (rc >= 0)
		*ret_rules = rules;
	else
		trust_rules_clear(&rules);
	json_clear(&file);
	free(path);
	return rc;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static void put_keys(tsp_builder *builder, const struct trust_rules *rules)
{
	tsp_put_key(builder, "keys");
	tsp_begin_map(builder);
	for (size_t i = 0; i < rules->key_count; i++) {
		const struct trust_key *key = &rules->keys[i];

		tsp_put_key(builder, key->id);
		tsp_begin_map(builder);
		tsp_put_key(builder, "groups");
		tsp_begin_list(builder);
		for (size_t j = 0; j < key->group_count; j++)
			tsp_put_string(builder, key->groups[j]);
		tsp_end(builder);
		if (key->expires[0]) {
			tsp_put_key(builder, "expires");
			tsp_put_string(builder, key->expires);
		}
		tsp_end(builder);
	}
	tsp_end(builder);
}

static void put_rules(tsp_builder *builder, const struct trust_rules *rules)
{
	tsp_begin_map(builder);
	put_keys(builder, rules);
	tsp_put_key(builder, "need");
	tsp_begin_map(builder);
	for (size_t i = 0; i < rules->need_count; i++) {
		tsp_put_key(builder, rules->needs[i].pattern);
		tsp_put_int(builder, rules->needs[i].keys);
	}
	tsp_end(builder);
	tsp_put_key(builder, "revoked");
	tsp_begin_list(builder);
	for (size_t i = 0; i < rules->revoked_count; i++)
		tsp_put_string(builder, rules->revoked[i]);
	tsp_end(builder);
	tsp_end(builder);
}

int trust_rules_write(const char *folder, const struct trust_rules *rules, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	char *path = file_join(folder, TRUST_FILE);
	char *text = NULL, *line = NULL;
	tsp_value value;
	int rc = builder && path ? TSP_OK : TSP_ENOMEM;

	if (rc >= 0) {
		put_rules(builder, rules);
		rc = tsp_builder_value(builder, &value);
	}
	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_PRETTY, &text);
	line = rc >= 0 ? text_format("%s\n", text) : NULL;
	if (!line)
		rc = tsp_fail(err, rc < 0 ? rc : TSP_ENOMEM, "cannot write '%s': %s", TRUST_FILE,
			tsp_error_sentence(rc < 0 ? rc : TSP_ENOMEM));
	else
		rc = file_replace(path, line, strlen(line), 0600, err);
	free(line);
	free(text);
	free(path);
	tsp_builder_free(builder);
	return rc;
}
