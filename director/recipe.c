/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/recipe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "director/group.h"
#include "source/package.h"

/* Puts a member in front of the others where it is missing, on the same line, so that line numbers
 * in complaints stay those of the file. */
static int put_member(
	struct buffer *text, const struct json_file *file, const char *key, const char *json)
{
	if (tsp_value_kind(tsp_value_get(file->value, key)) != TSP_KIND_ABSENT)
		return TSP_OK;
	return buffer_printf(text, "\"%s\":%s,", key, json);
}

static int complete_text(
	const struct recipe *recipe, const struct json_file *file, struct buffer *text)
{
	const char *open = strchr(file->text, '{');
	char group[80], version[80], runtime[16];
	int rc;

	(void)snprintf(group, sizeof(group), "\"%s\"", recipe->group);
	(void)snprintf(
		version, sizeof(version), "\"%s\"", recipe->version ? recipe->version : "none");
	(void)snprintf(runtime, sizeof(runtime), "%d", PACKAGE_RUNTIME);
	rc = buffer_put(text, file->text, (size_t)(open + 1 - file->text));
	if (rc >= 0)
		rc = put_member(text, file, "group", group);
	if (rc >= 0)
		rc = put_member(text, file, "version", version);
	if (rc >= 0)
		rc = put_member(text, file, "runtime", runtime);
	if (rc >= 0 && tsp_value_count(file->value) == 0 && text->size > 0 &&
		text->data[text->size - 1] == ',')
		text->size--;
	return rc < 0 ? rc : buffer_put(text, open + 1, strlen(open + 1));
}

/* What source.json says must agree with the command line; the version may be said in either. */
static int settle_version(
	const struct recipe *recipe, const char *path, struct manifest *manifest, tsp_error *err)
{
	if (strcmp(manifest->group, recipe->group) != 0)
		return tsp_fail(err, TSP_EVALUE, "'%s' is of group '%s', not '%s'", path,
			manifest->group, recipe->group);
	if (recipe->version && strcmp(manifest->version, recipe->version) != 0) {
		free(manifest->version);
		manifest->version = strdup(recipe->version);
		if (!manifest->version)
			return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	return TSP_OK;
}

static int read_source_json(
	const struct recipe *recipe, struct manifest *ret_manifest, tsp_error *err)
{
	char *path = file_join(recipe->folder, MANIFEST_NAME);
	struct json_file file = { 0 };
	struct json_path root = { .count = 0 };
	struct manifest manifest = { 0 };
	struct buffer text;
	int rc;

	buffer_init(&text, MANIFEST_SIZE_LIMIT);
	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = json_read(path, &file, err);
	if (rc == TSP_ENOENT)
		rc = json_parse(path, "{}", 2, &file, err);
	if (rc >= 0 && tsp_value_kind(file.value) != TSP_KIND_MAP)
		rc = json_fail(&file, &root, err, "a JSON object is expected");
	if (rc < 0)
		goto out;
	rc = complete_text(recipe, &file, &text);
	if (rc < 0) {
		(void)tsp_fail(err, rc, "cannot read '%s': %s", path, tsp_error_sentence(rc));
		goto out;
	}
	rc = manifest_read(text.data, text.size, &manifest, err);
	if (rc < 0) {
		rc = tsp_wrap(err, rc, "cannot read '%s'", path);
		goto out;
	}
	if (manifest.prebuilt_count > 0)
		rc = tsp_fail(err, TSP_EVALUE,
			"cannot use '%s': 'prebuilt' is made by --prebuilt, not written", path);
	else
		rc = settle_version(recipe, path, &manifest, err);
	if (rc < 0)
		goto out;
	*ret_manifest = manifest;
	manifest = (struct manifest){ 0 };
out:
	manifest_clear(&manifest);
	json_clear(&file);
	buffer_clear(&text);
	free(path);
	return rc;
}

static int check_group_file(const struct json_file *file, tsp_error *err)
{
	struct group_file group;
	int rc = group_parse(file, GROUP_AS_WRITTEN, &group, err);

	if (rc >= 0)
		group_clear(&group);
	return rc;
}

static int read_group_file(const struct recipe *recipe, struct manifest *manifest, tsp_error *err)
{
	char *path = recipe->group_file ? strdup(recipe->group_file) :
					  text_format("%s/%s.tli", recipe->folder, recipe->group);
	struct json_file file = { 0 };
	int rc;

	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = json_read(path, &file, err);
	if (rc == TSP_ENOENT && !recipe->group_file) {
		rc = TSP_OK;
		if (manifest->group_json)
			rc = json_parse(MANIFEST_NAME " (Group)", manifest->group_json,
				strlen(manifest->group_json), &file, err);
		if (rc >= 0 && manifest->group_json)
			rc = check_group_file(&file, err);
	} else if (rc >= 0) {
		rc = check_group_file(&file, err);
		if (rc >= 0) {
			free(manifest->group_json);
			manifest->group_json = strdup(file.text);
			if (!manifest->group_json)
				rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
		}
	}
	json_clear(&file);
	free(path);
	return rc;
}

static int read_libraries(const char *path, struct manifest *manifest, tsp_error *err)
{
	struct buffer bytes;
	char *rest;
	int rc;

	buffer_init(&bytes, JSON_FILE_LIMIT);
	rc = file_read(path, &bytes, err);
	if (rc >= 0)
		rc = buffer_put(&bytes, "", 1);
	rest = (char *)bytes.data;
	for (char *line = rc >= 0 ? strsep(&rest, "\n") : NULL; rc >= 0 && line;
		line = strsep(&rest, "\n")) {
		line[strcspn(line, "#\r")] = '\0';
		line += strspn(line, " \t");
		line[strcspn(line, " \t")] = '\0';
		if (*line)
			rc = manifest_names_add(&manifest->libraries, line);
	}
	buffer_clear(&bytes);
	return rc;
}

int recipe_read(const struct recipe *recipe, struct manifest *ret_manifest, tsp_error *err)
{
	struct manifest manifest = { 0 };
	int rc = read_source_json(recipe, &manifest, err);

	if (rc >= 0)
		rc = read_group_file(recipe, &manifest, err);
	if (rc >= 0 && recipe->libraries)
		rc = read_libraries(recipe->libraries, &manifest, err);
	if (rc < 0)
		manifest_clear(&manifest);
	else
		*ret_manifest = manifest;
	return rc;
}
