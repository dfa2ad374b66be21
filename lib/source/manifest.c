/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/manifest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/package.h"
#include "source/place.h"
#include "source/prebuilt.h"
#include "source/script.h"

#define NAMES_LIMIT 10000
#define WORD        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static const char *const standards[] = { "c99", "c11", "c17", "c18", "c2x", "c23", "gnu99", "gnu11",
	"gnu17", "gnu18", "gnu2x", "gnu23", NULL };

/* A member: its key, how it is read from JSON and how it is written to it. */
struct member {
	const char *key;
	const char *rule; /* what its value must be */
	int (*read)(struct manifest *manifest, json_t *value);
	json_t *(*write)(const struct manifest *manifest); /* NULL: left out */
};

int manifest_names_add(struct manifest_names *names, const char *name)
{
	char **items = realloc(names->items, (names->count + 1) * sizeof(*items));
	char *copy = strdup(name);
	if (items)
		names->items = items;
	if (!items || !copy) {
		free(copy);
		return TSP_ENOMEM;
	}
	names->items[names->count++] = copy;
	return 0;
}

void manifest_names_clear(struct manifest_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct manifest_names){ NULL, 0 };
}

void manifest_clear(struct manifest *manifest)
{
	free(manifest->group);
	free(manifest->version);
	free(manifest->standard);
	free(manifest->group_json);
	manifest_names_clear(&manifest->sources);
	manifest_names_clear(&manifest->definitions);
	manifest_names_clear(&manifest->libraries);
	manifest_names_clear(&manifest->executables);
	free(manifest->script.file);
	prebuilt_clear(manifest);
	memset(manifest, 0, sizeof(*manifest));
}

/* Text without a NUL in it, or NULL. */
static const char *text_of(const json_t *value)
{
	const char *text = json_string_value(value);
	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

static int set_text(char **target, const char *text)
{
	*target = strdup(text);
	return *target ? 0 : TSP_ENOMEM;
}

static int read_names(struct manifest_names *names, json_t *value, bool (*allowed)(const char *))
{
	if (!json_is_array(value) || json_array_size(value) > NAMES_LIMIT)
		return TSP_EVALUE;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *name = text_of(json_array_get(value, i));
		if (!name || !allowed(name))
			return TSP_EVALUE;
		if (manifest_names_add(names, name) < 0)
			return TSP_ENOMEM;
	}
	return 0;
}

static json_t *write_names(const struct manifest_names *names)
{
	json_t *list = names->count ? json_array() : NULL;
	for (size_t i = 0; i < names->count; i++)
		json_array_append_new(list, json_string(names->items[i]));
	return list;
}

static int read_group(struct manifest *manifest, json_t *value)
{
	const char *text = text_of(value);
	return text && package_group_ok(text) ? set_text(&manifest->group, text) : TSP_EVALUE;
}

static json_t *write_group(const struct manifest *manifest)
{
	return json_string(manifest->group ? manifest->group : "");
}

static int read_version(struct manifest *manifest, json_t *value)
{
	const char *text = text_of(value);
	return text && package_version_ok(text) ? set_text(&manifest->version, text) : TSP_EVALUE;
}

static json_t *write_version(const struct manifest *manifest)
{
	return json_string(manifest->version ? manifest->version : "none");
}

static int read_runtime(struct manifest *manifest, json_t *value)
{
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < 1 || number > 9999)
		return TSP_EVALUE;
	manifest->runtime = (int)number;
	return 0;
}

static json_t *write_runtime(const struct manifest *manifest)
{
	return json_integer(manifest->runtime);
}

static bool source_ok(const char *name)
{
	size_t size = strlen(name);
	return archive_name_ok(name) && size > 2 && strcmp(name + size - 2, ".c") == 0;
}

static int read_sources(struct manifest *manifest, json_t *value)
{
	return read_names(&manifest->sources, value, source_ok);
}

static json_t *write_sources(const struct manifest *manifest)
{
	return write_names(&manifest->sources);
}

static int read_standard(struct manifest *manifest, json_t *value)
{
	const char *text = text_of(value);
	for (size_t i = 0; text && standards[i]; i++)
		if (strcmp(text, standards[i]) == 0)
			return set_text(&manifest->standard, text);
	return TSP_EVALUE;
}

static json_t *write_standard(const struct manifest *manifest)
{
	return manifest->standard ? json_string(manifest->standard) : NULL;
}

/* NAME or NAME=VALUE; printable, so that no compiler and no message can be confused by it. */
static bool definition_ok(const char *text)
{
	size_t name = strspn(text, WORD);
	size_t size = strlen(text);
	if (name == 0 || name > 128 || size > 1024 || (text[0] >= '0' && text[0] <= '9'))
		return false;
	if (text[name] && text[name] != '=')
		return false;
	for (size_t i = 0; i < size; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

/* "NAME": text, a number, true (no value) or false (not defined). */
static int read_definition(struct manifest *manifest, const char *name, const json_t *value)
{
	char *text = NULL;
	if (strchr(name, '='))
		return TSP_EVALUE;
	if (json_is_false(value))
		return definition_ok(name) ? 0 : TSP_EVALUE;
	if (json_is_true(value))
		text = text_format("%s", name);
	else if (json_is_integer(value))
		text = text_format("%s=%lld", name, (long long)json_integer_value(value));
	else if (text_of(value))
		text = text_format("%s=%s", name, text_of(value));
	else
		return TSP_EVALUE;
	int rc = text && definition_ok(text) ? manifest_names_add(&manifest->definitions, text) :
					       TSP_EVALUE;
	free(text);
	return rc;
}

static int read_definitions(struct manifest *manifest, json_t *value)
{
	const char *name;
	json_t *item;
	if (json_is_array(value))
		return read_names(&manifest->definitions, value, definition_ok);
	if (!json_is_object(value))
		return TSP_EVALUE;
	json_object_foreach(value, name, item)
	{
		int rc = read_definition(manifest, name, item);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static json_t *write_definitions(const struct manifest *manifest)
{
	return write_names(&manifest->definitions);
}

static bool library_ok(const char *name)
{
	size_t size = strlen(name);
	return size > 0 && size <= 64 && name[0] != '.' && name[0] != '-' && name[0] != '+' &&
		strspn(name, WORD "+.-") == size;
}

static int read_libraries(struct manifest *manifest, json_t *value)
{
	return read_names(&manifest->libraries, value, library_ok);
}

static json_t *write_libraries(const struct manifest *manifest)
{
	return write_names(&manifest->libraries);
}

static int read_executables(struct manifest *manifest, json_t *value)
{
	return json_is_array(value) ? read_names(&manifest->executables, value, archive_name_ok) :
				      script_read(manifest, value);
}

static json_t *write_executables(const struct manifest *manifest)
{
	return manifest->script.file ? script_write(manifest) : write_names(&manifest->executables);
}

static int read_group_file(struct manifest *manifest, json_t *value)
{
	if (!json_is_object(value))
		return TSP_EVALUE;
	manifest->group_json = json_dumps(value, JSON_COMPACT);
	return manifest->group_json ? 0 : TSP_ENOMEM;
}

static json_t *write_group_file(const struct manifest *manifest)
{
	return manifest->group_json ?
		json_loads(manifest->group_json, JSON_REJECT_DUPLICATES, NULL) :
		NULL;
}

static const struct member members[] = {
	{ "group", "a group's name", read_group, write_group },
	{ "version", "a version", read_version, write_version },
	{ "runtime", "a level from 1", read_runtime, write_runtime },
	{ "sources", "a list of names of C files", read_sources, write_sources },
	{ "standard", "one of c99 c11 c17 c18 c2x c23 gnu99 gnu11 gnu17 gnu18 gnu2x gnu23",
		read_standard, write_standard },
	{ "definitions", "an object of text, numbers, true or false, or a list of \"NAME=VALUE\"",
		read_definitions, write_definitions },
	{ "libraries", "a list of names for pkg-config", read_libraries, write_libraries },
	{ "Executable",
		"the name of a script, or {\"script\", \"troupe\": {\"max_count\", \"idle_count\"}}, or a list "
		"of names of files",
		read_executables, write_executables },
	{ "prebuilt", PREBUILT_RULE, prebuilt_read, prebuilt_write },
	{ "Group", "an object", read_group_file, write_group_file },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static const struct member *find_member(const char *key)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(members[i].key, key) == 0)
			return &members[i];
	return NULL;
}

static int fail_member(
	const void *json, size_t size, const char *key, const struct member *member, tsp_error *err)
{
	char quoted[160];
	struct place place = place_find(json, size, &key, 1);
	text_quote(tsp_text_of(key), quoted, sizeof(quoted));
	if (!member)
		return tsp_fail(err, TSP_EVALUE,
			MANIFEST_NAME " line %d column %d: unknown key '%s'", place.line,
			place.column, quoted);
	return tsp_fail(err, TSP_EVALUE, MANIFEST_NAME " line %d column %d: '%s' must be %s",
		place.line, place.column, quoted, member->rule);
}

static int read_members(
	const void *json, size_t size, json_t *root, struct manifest *manifest, tsp_error *err)
{
	const char *key;
	json_t *value;
	json_object_foreach(root, key, value)
	{
		const struct member *member = find_member(key);
		int rc = member ? member->read(manifest, value) : TSP_EVALUE;
		if (rc == TSP_ENOMEM)
			return tsp_fail(err, rc, "cannot read " MANIFEST_NAME ": out of memory");
		if (rc < 0)
			return fail_member(json, size, key, member, err);
	}
	for (size_t i = 0; i < 3; i++) /* group, version and runtime must be there */
		if (!json_object_get(root, members[i].key))
			return tsp_fail(err, TSP_EVALUE,
				MANIFEST_NAME " line 1 column 1: there is no '%s'", members[i].key);
	return 0;
}

int manifest_read(const void *json, size_t size, struct manifest *ret_manifest, tsp_error *err)
{
	struct manifest manifest;
	json_error_t where;
	char quoted[200];
	memset(&manifest, 0, sizeof(manifest));

	if (size > MANIFEST_SIZE_LIMIT)
		return tsp_fail(err, TSP_ELIMIT, MANIFEST_NAME " is larger than 1 MiB");
	json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return tsp_fail(err, TSP_EVALUE, MANIFEST_NAME " line %d column %d: %s", where.line,
			where.column, text_quote(tsp_text_of(where.text), quoted, sizeof(quoted)));
	int rc = json_is_object(root) ?
		read_members(json, size, root, &manifest, err) :
		tsp_fail(err, TSP_EVALUE, MANIFEST_NAME " line 1 column 1: not an object");
	json_decref(root);
	if (rc < 0)
		manifest_clear(&manifest);
	else
		*ret_manifest = manifest;
	return rc;
}

int manifest_write(const struct manifest *manifest, char **ret_text, tsp_error *err)
{
	struct manifest again;
	char *text = NULL;
	char *line = NULL;
	json_t *root = json_object();
	for (size_t i = 0; i < MEMBERS && root; i++) {
		json_t *value = members[i].write(manifest);
		if (value && json_object_set_new(root, members[i].key, value) < 0)
			break;
	}
	int rc = TSP_ENOMEM;
	text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	line = text ? text_format("%s\n", text) : NULL;
	if (!line) {
		tsp_fail(err, rc, "cannot write " MANIFEST_NAME ": out of memory");
		goto out;
	}
	/* What is written must be readable. */
	rc = manifest_read(line, strlen(line), &again, err);
	if (rc < 0)
		goto out;
	manifest_clear(&again);
	*ret_text = line;
	line = NULL;
out:
	json_decref(root);
	free(text);
	free(line);
	return rc;
}
