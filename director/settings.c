/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/settings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/endpoint.h"
#include "base/text.h"
#include "director/json.h"

const struct setting settings_table[SETTINGS_COUNT] = {
	{ "thespbase", SETTING_BASE, "system base", "multiprocTCPBase" },
	{ "adminport", SETTING_PORT, "admin port", "1900" },
	{ "convleader", SETTING_PLACES, "convention leader", NULL },
	{ "othercaps", SETTING_OBJECT, "other capabilities", NULL },
	{ "thesplog", SETTING_OBJECT, "logging", NULL },
	{ "thesplogd", SETTING_PATH, "log folder", NULL },
	{ "thesplogf", SETTING_PATH, "internal log file", NULL },
	{ "thesplogs", SETTING_NUMBER, "internal log size", "51200" },
	{ "oldthespbase", SETTING_BASE, "old system base", NULL },
	{ "trust", SETTING_OBJECT, "what keys may sign", NULL },
	{ "listen", SETTING_PLACES, "addresses to listen on", NULL },
	{ "advertise", SETTING_PLACES, "addresses to advertise", NULL },
	{ "runtime", SETTING_FOLDER, "folder of the sockets", NULL },
};

static const char *const base_names[] = {
	"simpleSystemBase",
	"multiprocQueueBase",
	"multiprocTCPBase",
	"multiprocUDPBase",
};

static bool base_ok(const char *value)
{
	for (size_t i = 0; i < sizeof(base_names) / sizeof(base_names[0]); i++)
		if (!strcmp(value, base_names[i]))
			return true;
	return false;
}

/* Checks HOST[:PORT] lines; label is the file. */
static int places_check(const char *label, const char *value, tsp_error *err)
{
	size_t number = 0;

	for (const char *line = value; *line; number++) {
		size_t size = strcspn(line, "\n");
		const char *colon = memrchr(line, ':', size);
		size_t host = colon ? (size_t)(colon - line) : 0;
		struct endpoint endpoint;
		bool spaced = memchr(line, ' ', size) || memchr(line, '\t', size);

		if (!spaced && !endpoint_parse((tsp_text){ line, size }, &endpoint) && host > 0 &&
			endpoint_parse((tsp_text){ line, host }, &endpoint))
			return tsp_fail(err, TSP_EVALUE,
				"%s:%zu:%zu: a port from 1 to 65535 is expected", label, number + 1,
				host + 2);
		if (spaced || !endpoint_parse((tsp_text){ line, size }, &endpoint))
			return tsp_fail(err, TSP_EVALUE, "%s:%zu:1: HOST[:PORT] is expected", label,
				number + 1);
		line += size + (line[size] == '\n');
	}
	return TSP_OK;
}

static int object_check(const char *label, const char *value, tsp_error *err)
{
	struct json_file file;
	struct json_path root = { .count = 0 };
	int rc = json_parse(label, value, strlen(value), &file, err);

	if (rc < 0)
		return rc;
	if (tsp_value_kind(file.value) != TSP_KIND_MAP)
		rc = json_fail(&file, &root, err, "a JSON object is expected");
	json_clear(&file);
	return rc;
}

static int setting_check(
	const struct setting *setting, const char *label, const char *value, tsp_error *err)
{
	int64_t number;

	switch (setting->kind) {
	case SETTING_BASE:
		if (!base_ok(value))
			return tsp_fail(err, TSP_EVALUE, "%s:1:1: no such system base", label);
		return TSP_OK;
	case SETTING_PORT:
		if (text_to_int(value, 1, 65535, &number) < 0)
			return tsp_fail(err, TSP_EVALUE,
				"%s:1:1: a port from 1 to 65535 is expected", label);
		return TSP_OK;
	case SETTING_NUMBER:
		if (text_to_int(value, 0, INT64_MAX, &number) < 0)
			return tsp_fail(err, TSP_EVALUE, "%s:1:1: a number is expected", label);
		return TSP_OK;
	case SETTING_PATH:
		if (!*value || strchr(value, '\n'))
			return tsp_fail(err, TSP_EVALUE, "%s:1:1: one path is expected", label);
		return TSP_OK;
	case SETTING_FOLDER:
		if (*value != '/' || strchr(value, '\n'))
			return tsp_fail(
				err, TSP_EVALUE, "%s:1:1: one absolute path is expected", label);
		return TSP_OK;
	case SETTING_PLACES:
		return places_check(label, value, err);
	case SETTING_OBJECT:
		return object_check(label, value, err);
	}
	return TSP_OK;
}

const struct setting *setting_find(const char *name)
{
	size_t length = strlen(name);

	if (length > 4 && !strcmp(name + length - 4, ".cfg"))
		length -= 4;
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		if (strlen(settings_table[i].name) == length &&
			!strncmp(settings_table[i].name, name, length))
			return &settings_table[i];
	return NULL;
}

/* A whole small file as text, space at its end cut off; free() *ret_value. */
static int value_read(const char *path, char **ret_value, tsp_error *err)
{
	struct buffer bytes;
	char *value = NULL;
	int rc;

	buffer_init(&bytes, JSON_FILE_LIMIT);
	rc = file_read(path, &bytes, err);
	if (rc < 0)
		goto out;
	while (bytes.size > 0 && isspace(bytes.data[bytes.size - 1]))
		bytes.size--;
	if (bytes.size > 0 &&
		(!text_is_utf8(bytes.data, bytes.size) || memchr(bytes.data, 0, bytes.size))) {
		rc = tsp_fail(err, TSP_EVALUE, "%s:1:1: not text", path);
		goto out;
	}
	value = tsp_text_copy((tsp_text){ bytes.size ? (const char *)bytes.data : "", bytes.size });
	if (!value) {
		rc = tsp_fail(err, TSP_ENOMEM, "cannot read '%s': out of memory", path);
		goto out;
	}
	*ret_value = value;
out:
	buffer_clear(&bytes);
	return rc;
}

static int settings_read_one(struct settings *settings, const char *file_name, tsp_error *err)
{
	const struct setting *setting = setting_find(file_name);
	char *path = file_join(settings->folder, file_name);
	char *value = NULL;
	int rc;

	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "cannot read '%s': out of memory", file_name);
	if (!setting) {
		rc = tsp_fail(err, TSP_EVALUE, "%s:1:1: there is no setting of this name", path);
		goto out;
	}
	rc = value_read(path, &value, err);
	if (rc >= 0)
		rc = setting_check(setting, path, value, err);
	if (rc >= 0) {
		settings->values[setting - settings_table] = value;
		value = NULL;
	}
out:
	free(value);
	free(path);
	return rc;
}

static int is_setting_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 4 && !strcmp(entry->d_name + length - 4, ".cfg");
}

/* In byte order, whatever the locale: of several faults the same one is the first each time. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int settings_survey(const char *folder, settings_fault_fn *tell, void *data,
	struct settings *ret_settings, tsp_error *err)
{
	struct settings settings = { .folder = strdup(folder) };
	struct dirent **entries = NULL;
	int count = 0;
	int rc = TSP_OK;

	if (!settings.folder)
		return tsp_fail(err, TSP_ENOMEM, "cannot read '%s': out of memory", folder);
	count = scandir(folder, &entries, is_setting_file, compare_names);
	if (count < 0 && errno != ENOENT)
		rc = tsp_fail_errno(err, "read", folder);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		tsp_error fault = { 0 };

		if (rc >= 0 && !tell)
			rc = settings_read_one(&settings, name, err);
		else if (rc >= 0 && settings_read_one(&settings, name, &fault) < 0)
			tell(data, name, &fault);
		free(entries[i]);
	}
	free(entries);
	if (rc >= 0)
		*ret_settings = settings;
	else
		settings_clear(&settings);
	return rc;
}

int settings_read(const char *folder, struct settings *ret_settings, tsp_error *err)
{
	return settings_survey(folder, NULL, NULL, ret_settings, err);
}

void settings_clear(struct settings *settings)
{
	free(settings->folder);
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		free(settings->values[i]);
	*settings = (struct settings){ 0 };
}

const char *settings_get(const struct settings *settings, const char *name)
{
	const struct setting *setting = setting_find(name);

	if (!setting)
		return NULL;
	if (settings->values[setting - settings_table])
		return settings->values[setting - settings_table];
	return setting->value_default;
}

int setting_write(const char *folder, const char *name, const char *value, tsp_error *err)
{
	const struct setting *setting = setting_find(name);
	char *path = NULL, *text = NULL;
	int rc;

	if (!setting)
		return tsp_fail(
			err, TSP_EUSAGE, "cannot set '%s': there is no setting of this name", name);
	path = text_format("%s/%s.cfg", folder, setting->name);
	text = text_format("%s\n", value);
	if (!path || !text) {
		rc = tsp_fail(err, TSP_ENOMEM, "cannot set '%s': out of memory", name);
		goto out;
	}
	rc = setting_check(setting, path, value, err);
	if (rc >= 0)
		rc = file_make_folder(folder, 0700, err);
	if (rc >= 0)
		rc = file_replace(path, text, strlen(text), 0644, err);
out:
	free(path);
	free(text);
	return rc;
}

char *settings_default_folder(void)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (geteuid() == 0)
		return strdup("/opt/thespian/director");
	if (data && *data == '/')
		return text_format("%s/thespian/director", data);
	return text_format("%s/.local/share/thespian/director", home && *home ? home : "");
}
