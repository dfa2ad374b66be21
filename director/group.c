/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "source/package.h"

struct parse {
	const struct json_file *file;
	struct group_file *group;
	tsp_error *err;
};

/* ---- ${ENV:NAME:default} ------------------------------------------------------------------- */

#define EXPANDED_LIMIT ((size_t)64 * 1024)
#define ENV_OPEN       "${ENV:"

static int expand_one(struct buffer *into, const char *inside, size_t size)
{
	const char *colon = memchr(inside, ':', size);
	size_t length = colon ? (size_t)(colon - inside) : size;
	char name[128];
	const char *found;

	if (length == 0 || length >= sizeof(name))
		return TSP_EVALUE;
	memcpy(name, inside, length);
	name[length] = '\0';
	found = getenv(name);
	if (found)
		return buffer_put(into, found, strlen(found));
	return colon ? buffer_put(into, colon + 1, size - length - 1) : TSP_OK;
}

static int expand_text(tsp_text text, struct buffer *into)
{
	size_t at = 0;
	int rc = TSP_OK;

	while (rc >= 0 && at < text.size) {
		const char *open =
			memmem(text.data + at, text.size - at, ENV_OPEN, sizeof(ENV_OPEN) - 1);
		const char *inside = open ? open + sizeof(ENV_OPEN) - 1 : NULL;
		const char *end = text.data + text.size;
		const char *close = open ? memchr(inside, '}', (size_t)(end - inside)) : NULL;

		if (!close)
			return buffer_put(into, text.data + at, text.size - at);
		rc = buffer_put(into, text.data + at, (size_t)(open - text.data) - at);
		if (rc >= 0)
			rc = expand_one(into, inside, (size_t)(close - inside));
		at = (size_t)(close + 1 - text.data);
	}
	return rc;
}

/* Keys stay as they are; a list has none. */
static int put_key_of(tsp_builder *into, tsp_value key)
{
	tsp_text text;
	char *copy;

	if (!tsp_value_text(key, &text))
		return TSP_OK;
	copy = tsp_text_copy(text);
	if (!copy)
		return TSP_ENOMEM;
	tsp_put_key(into, copy);
	free(copy);
	return TSP_OK;
}

static int expand_value(tsp_builder *into, tsp_value value)
{
	tsp_walk at = { 0 };
	tsp_value key, item, inner;
	tsp_text text;
	struct buffer expanded;
	int rc = TSP_OK;

	switch (tsp_value_kind(value)) {
	case TSP_KIND_TEXT:
		(void)tsp_value_text(value, &text); /* the kind says so */
		buffer_init(&expanded, EXPANDED_LIMIT);
		rc = expand_text(text, &expanded);
		if (rc >= 0)
			tsp_put_text(into,
				(tsp_text){ expanded.size ? (char *)expanded.data : "",
					expanded.size });
		buffer_clear(&expanded);
		return rc;
	case TSP_KIND_LIST:
	case TSP_KIND_MAP:
		if (tsp_value_kind(value) == TSP_KIND_MAP)
			tsp_begin_map(into);
		else
			tsp_begin_list(into);
		while (rc >= 0 && tsp_value_next(value, &at, &key, &item)) {
			rc = put_key_of(into, key);
			if (rc >= 0)
				rc = expand_value(into, item);
		}
		tsp_end(into);
		return rc;
	case TSP_KIND_TYPED: {
		char *type = tsp_value_typed(value, &text, &inner) ? tsp_text_copy(text) : NULL;

		if (!type)
			return TSP_ENOMEM;
		tsp_begin_typed(into, type);
		rc = expand_value(into, inner);
		tsp_end(into);
		free(type);
		return rc;
	}
	default:
		tsp_put_value(into, value);
		return TSP_OK;
	}
}

/* ---- The file's members -------------------------------------------------------------------- */

static int want_text(
	struct parse *parse, const struct json_path *path, tsp_value value, char **ret_text)
{
	tsp_text text;

	if (!tsp_value_text(value, &text) || text.size == 0 || memchr(text.data, 0, text.size))
		return json_fail(
			parse->file, path, parse->err, "a string that is not empty is expected");
	*ret_text = tsp_text_copy(text);
	return *ret_text ? TSP_OK : tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
}

/* The rule for names is thespian.h's, by "Global names". */
static bool name_ok(const char *name)
{
	if (strlen(name) > 120 || name[0] == '#' || strchr(name, '@'))
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return true;
}

static int parse_on_load(struct parse *parse, const struct json_path *path, tsp_value section,
	struct group_actor *actor)
{
	tsp_walk at = { 0 };
	tsp_value key, value;
	int rc = TSP_OK;

	while (rc >= 0 && tsp_value_next(section, &at, &key, &value)) {
		struct json_path below;
		tsp_text name = { 0 };

		(void)tsp_value_text(key, &name); /* JSON has text keys only */
		below = json_below(path, name);
		if (tsp_text_is(name, "Role"))
			rc = want_text(parse, &below, value, &actor->role);
		else if (tsp_text_is(name, "GlobalName"))
			rc = want_text(parse, &below, value, &actor->name);
		else if (tsp_text_is(name, "Message"))
			actor->on_load = value;
		else
			rc = json_fail(parse->file, &below, parse->err,
				"unknown key '%.*s' (Role, GlobalName, Message are known)",
				(int)name.size, name.data);
		if (rc >= 0 && tsp_text_is(name, "GlobalName") && !name_ok(actor->name))
			rc = json_fail(
				parse->file, &below, parse->err, "not usable as a global name");
	}
	return rc;
}

static int parse_message(struct parse *parse, const struct json_path *path, tsp_value section,
	tsp_value *ret_message)
{
	tsp_walk at = { 0 };
	tsp_value key, value;

	while (tsp_value_next(section, &at, &key, &value)) {
		struct json_path below;
		tsp_text name = { 0 };

		(void)tsp_value_text(key, &name); /* JSON has text keys only */
		below = json_below(path, name);
		if (!tsp_text_is(name, "Message"))
			return json_fail(parse->file, &below, parse->err,
				"unknown key '%.*s' (Message is known)", (int)name.size, name.data);
		*ret_message = value;
	}
	return TSP_OK;
}

static int parse_actor(struct parse *parse, const struct json_path *path, tsp_value sections,
	struct group_actor *actor)
{
	tsp_walk at = { 0 };
	tsp_value key, section;
	int rc = TSP_OK;

	if (tsp_value_kind(sections) != TSP_KIND_MAP)
		return json_fail(parse->file, path, parse->err, "an object is expected");
	while (rc >= 0 && tsp_value_next(sections, &at, &key, &section)) {
		struct json_path below;
		tsp_text name = { 0 };

		(void)tsp_value_text(key, &name); /* JSON has text keys only */
		below = json_below(path, name);
		if (!tsp_text_is(name, "OnLoad") && !tsp_text_is(name, "OnDeactivate") &&
			!tsp_text_is(name, "OnReactivate"))
			rc = json_fail(parse->file, &below, parse->err,
				"unknown key '%.*s' (OnLoad, OnDeactivate, OnReactivate are known)",
				(int)name.size, name.data);
		else if (tsp_value_kind(section) != TSP_KIND_MAP)
			rc = json_fail(parse->file, &below, parse->err, "an object is expected");
		else if (tsp_text_is(name, "OnLoad"))
			rc = parse_on_load(parse, &below, section, actor);
		else
			rc = parse_message(parse, &below, section,
				tsp_text_is(name, "OnDeactivate") ? &actor->on_deactivate :
								    &actor->on_reactivate);
	}
	return rc;
}

static int parse_actors(struct parse *parse, const struct json_path *path, tsp_value actors)
{
	struct group_file *group = parse->group;
	tsp_walk at = { 0 };
	tsp_value key, sections;
	int rc = TSP_OK;

	if (tsp_value_kind(actors) != TSP_KIND_MAP)
		return json_fail(parse->file, path, parse->err, "an object is expected");
	if (tsp_value_count(actors) > GROUP_ACTOR_LIMIT)
		return json_fail(
			parse->file, path, parse->err, "more than %d actors", GROUP_ACTOR_LIMIT);
	group->actors = calloc(tsp_value_count(actors) + 1, sizeof(*group->actors));
	if (!group->actors)
		return tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
	while (rc >= 0 && tsp_value_next(actors, &at, &key, &sections)) {
		struct group_actor *actor = &group->actors[group->count++];
		struct json_path below;
		tsp_text name = { 0 };

		(void)tsp_value_text(key, &name); /* JSON has text keys only */
		below = json_below(path, name);
		rc = want_text(parse, &below, key, &actor->class_name);
		if (rc >= 0)
			rc = parse_actor(parse, &below, sections, actor);
		if (rc >= 0 && strchr(actor->class_name, ':'))
			rc = json_fail(parse->file, &below, parse->err,
				"a class of the package is expected");
		for (size_t i = 0; rc >= 0 && actor->name && i + 1 < group->count; i++)
			if (group->actors[i].name && !strcmp(group->actors[i].name, actor->name))
				rc = json_fail(parse->file, &below, parse->err,
					"the global name '%s' stands here twice", actor->name);
	}
	return rc;
}

static int parse_required(struct parse *parse, const struct json_path *path, tsp_value list)
{
	struct group_file *group = parse->group;
	tsp_walk at = { 0 };
	tsp_value key, value;

	if (tsp_value_kind(list) != TSP_KIND_LIST)
		return json_fail(
			parse->file, path, parse->err, "a list of names of groups is expected");
	if (tsp_value_count(list) > GROUP_REQUIRE_LIMIT)
		return json_fail(
			parse->file, path, parse->err, "more than %d groups", GROUP_REQUIRE_LIMIT);
	group->required = calloc(tsp_value_count(list) + 1, sizeof(*group->required));
	if (!group->required)
		return tsp_fail(parse->err, TSP_ENOMEM, "out of memory");
	while (tsp_value_next(list, &at, &key, &value)) {
		char **name = &group->required[group->required_count];
		int rc = want_text(parse, path, value, name);

		if (rc < 0)
			return rc;
		group->required_count++;
		if (!package_group_ok(*name))
			return json_fail(parse->file, path, parse->err,
				"'%s' is not the name of a group", *name);
	}
	return TSP_OK;
}

static int parse_auto_unload(struct parse *parse, const struct json_path *path, tsp_value value)
{
	int64_t number;
	bool yes;

	if (tsp_value_bool(value, &yes))
		parse->group->auto_unload = yes ? GROUP_UNLOAD_FORMER : GROUP_UNLOAD_NONE;
	else if (tsp_value_int(value, &number) && number > 0)
		parse->group->auto_unload = number;
	else
		return json_fail(parse->file, path, parse->err,
			"true, false or a number above 0 is expected");
	return TSP_OK;
}

static int parse_number(struct parse *parse, const struct json_path *path, tsp_value value,
	int64_t least, int64_t most, int64_t *ret_number)
{
	int64_t number;

	if (tsp_value_int(value, &number) && number >= least && number <= most) {
		*ret_number = number;
		return TSP_OK;
	}
	if (most == INT64_MAX)
		return json_fail(parse->file, path, parse->err, "a number above %lld is expected",
			(long long)least - 1);
	return json_fail(parse->file, path, parse->err, "a number from %lld to %lld is expected",
		(long long)least, (long long)most);
}

static int parse_member(
	struct parse *parse, const struct json_path *root, tsp_text name, tsp_value value)
{
	struct json_path path = json_below(root, name);

	if (tsp_text_is(name, "Actors"))
		return parse_actors(parse, &path, value);
	if (tsp_text_is(name, "AutoUnload"))
		return parse_auto_unload(parse, &path, value);
	if (tsp_text_is(name, "TLS_Keep_Limit"))
		return parse_number(parse, &path, value, 1, INT64_MAX, &parse->group->keep_limit);
	if (tsp_text_is(name, "Drain"))
		return parse_number(
			parse, &path, value, 0, GROUP_DRAIN_LIMIT_S, &parse->group->drain_s);
	if (tsp_text_is(name, "Requires"))
		return parse_required(parse, &path, value);
	return json_fail(parse->file, &path, parse->err,
		"unknown key '%.*s' (Actors, AutoUnload, TLS_Keep_Limit, Drain, Requires are known)",
		(int)name.size, name.data);
}

int group_parse(const struct json_file *file, enum group_source source,
	struct group_file *ret_group, tsp_error *err)
{
	struct group_file group = GROUP_FILE_EMPTY;
	struct parse parse = { .file = file, .group = &group, .err = err };
	struct json_path root = { .count = 0 };
	tsp_value value = { 0 }, key, member;
	tsp_walk at = { 0 };
	int rc = TSP_OK;

	if (tsp_value_kind(file->value) != TSP_KIND_MAP)
		return json_fail(file, &root, err, "a JSON object is expected");
	group.builder = tsp_builder_new();
	if (!group.builder)
		return tsp_fail(err, TSP_ENOMEM, "cannot read '%s': out of memory", file->label);
	if (source == GROUP_ENVIRONMENT)
		rc = expand_value(group.builder, file->value);
	else
		tsp_put_value(group.builder, file->value);
	if (rc >= 0)
		rc = tsp_builder_value(group.builder, &value);
	if (rc < 0)
		rc = json_fail(file, &root, err, "%s", tsp_error_sentence(rc));
	while (rc >= 0 && tsp_value_next(value, &at, &key, &member)) {
		tsp_text name = { 0 };

		(void)tsp_value_text(key, &name); /* JSON has text keys only */
		rc = parse_member(&parse, &root, name, member);
	}
	if (rc < 0)
		group_clear(&group);
	else
		*ret_group = group;
	return rc;
}

void group_clear(struct group_file *group)
{
	for (size_t i = 0; i < group->count; i++) {
		free(group->actors[i].class_name);
		free(group->actors[i].role);
		free(group->actors[i].name);
	}
	for (size_t i = 0; i < group->required_count; i++)
		free(group->required[i]);
	free(group->required);
	free(group->actors);
	tsp_builder_free(group->builder);
	*group = GROUP_FILE_EMPTY;
}
