/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "source/place.h"

#define KEY_SHOWN 256 /* a longer key is not looked for */

static int fail_at(
	const struct json_file *file, struct place place, tsp_error *err, const char *cause)
{
	return tsp_fail(err, TSP_EVALUE, "%s:%d:%d: %s", file->label,
		place.line > 0 ? place.line : 1, place.column > 0 ? place.column : 1, cause);
}

int json_fail(const struct json_file *file, const struct json_path *path, tsp_error *err,
	const char *format, ...)
{
	char keys[JSON_PATH_LIMIT][KEY_SHOWN];
	const char *at[JSON_PATH_LIMIT];
	struct place place = { 0 };
	char cause[320];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(cause, sizeof(cause), format, args);
	va_end(args);
	for (size_t i = 0; i < path->count; i++) {
		(void)snprintf(
			keys[i], KEY_SHOWN, "%.*s", (int)path->keys[i].size, path->keys[i].data);
		at[i] = keys[i];
	}
	if (path->count > 0)
		place = place_find(file->text, file->size, at, path->count);
	return fail_at(file, place, err, cause);
}

struct json_path json_below(const struct json_path *path, tsp_text key)
{
	struct json_path below = *path;

	if (below.count < JSON_PATH_LIMIT)
		below.keys[below.count++] = key;
	return below;
}

/* The syntax, with its place; values are read by the rules of messages afterwards. */
static int check_syntax(const struct json_file *file, tsp_error *err)
{
	json_error_t where;
	json_t *json = json_loadb(
		file->text, file->size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);

	if (!json)
		return fail_at(file, (struct place){ where.line, where.column }, err, where.text);
	json_decref(json);
	return TSP_OK;
}

int json_parse(const char *label, const char *text, size_t size, struct json_file *ret_file,
	tsp_error *err)
{
	struct json_file file = { 0 };
	tsp_error cause = { 0 };
	int rc = TSP_ENOMEM;

	file.label = strdup(label);
	file.text = malloc(size + 1);
	file.size = size;
	file.builder = tsp_builder_new();
	if (!file.label || !file.text || !file.builder) {
		(void)tsp_fail(err, rc, "cannot read '%s': out of memory", label);
		goto out;
	}
	memcpy(file.text, text, size);
	file.text[size] = '\0';
	rc = check_syntax(&file, err);
	if (rc < 0)
		goto out;
	rc = tsp_value_from_json(file.text, size, file.builder, &cause);
	if (rc >= 0)
		rc = tsp_builder_value(file.builder, &file.value);
	if (rc < 0) {
		rc = fail_at(&file, (struct place){ 0 }, err,
			cause.text[0] ? cause.text : tsp_error_sentence(rc));
		goto out;
	}
	*ret_file = file;
	return TSP_OK;
out:
	json_clear(&file);
	return rc;
}

int json_read(const char *path, struct json_file *ret_file, tsp_error *err)
{
	struct buffer bytes;
	int rc;

	buffer_init(&bytes, JSON_FILE_LIMIT);
	rc = file_read(path, &bytes, err);
	if (rc >= 0)
		rc = json_parse(path, bytes.data ? (const char *)bytes.data : "", bytes.size,
			ret_file, err);
	buffer_clear(&bytes);
	return rc;
}

void json_clear(struct json_file *file)
{
	free(file->label);
	free(file->text);
	tsp_builder_free(file->builder);
	*file = (struct json_file){ 0 };
}
