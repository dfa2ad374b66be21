/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "source/version.h"

int package_file_open(const char *path, const struct trust *trust,
	struct package_file *ret_file, tsp_error *err)
{
	struct package_file file = { .path = strdup(path) };
	int rc;

	if (!file.path)
		return tsp_fail(err, TSP_ENOMEM, "cannot read '%s': out of memory", path);
	buffer_init(&file.bytes, PACKAGE_LIMIT + 64 * 1024);
	rc = file_read(path, &file.bytes, err);
	if (rc >= 0)
		rc = package_read(file.bytes.data, file.bytes.size, &file.package, err);
	if (rc < 0) {
		package_file_clear(&file);
		return rc;
	}
	rc = trust_verify(trust, &file.package, err);
	*ret_file = file;
	return rc;
}

void package_file_clear(struct package_file *file)
{
	free(file->path);
	buffer_clear(&file->bytes);
	*file = (struct package_file){ 0 };
}

/* ---- Listing ------------------------------------------------------------------------------- */

static int entry_compare(const void *left, const void *right)
{
	const struct folder_entry *a = left, *b = right;
	int order = strcmp(a->group, b->group);

	if (order == 0)
		order = (a->code < 0) - (b->code < 0);
	if (order == 0 && a->group[0])
		order = version_compare(b->version, a->version);
	if (order == 0)
		order = strcmp(a->hash, b->hash);
	return order ? order : strcmp(a->path, b->path);
}

static void entry_clear(struct folder_entry *entry)
{
	free(entry->path);
	free(entry->reason);
}

static int entry_read(struct folder_entry *entry, const char *path, const struct trust *trust)
{
	struct package_file file = { 0 };
	tsp_error cause = { 0 };

	*entry = (struct folder_entry){ .path = strdup(path) };
	if (!entry->path)
		return TSP_ENOMEM;
	entry->code = package_file_open(path, trust, &file, &cause);
	if (entry->code < 0) {
		entry->reason = strdup(cause.text);
		if (!entry->reason) {
			package_file_clear(&file);
			return TSP_ENOMEM;
		}
	}
	if (file.path) {
		const struct package *package = &file.package;

		memcpy(entry->group, package->group, sizeof(entry->group));
		memcpy(entry->version, package->version, sizeof(entry->version));
		memcpy(entry->time, package->time, sizeof(entry->time));
		memcpy(entry->hash, package->hash, sizeof(entry->hash));
		entry->development = entry->code >= 0 && trust_is_development(package);
		if (entry->code >= 0 && package->verified_by)
			key_id_text(package->verified_by->id, entry->key);
	}
	package_file_clear(&file);
	return TSP_OK;
}

static bool is_package_name(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 4 && !strcmp(name + length - 4, ".tls");
}

/* The canonical name of two that hold the same. */
static bool is_canonical(const struct folder_entry *entry)
{
	const char *base = strrchr(entry->path, '/');
	char name[160];

	(void)snprintf(name, sizeof(name), "%s-%s.tls", entry->group, entry->version);
	return base && !strcmp(base + 1, name);
}

static void drop_doubles(struct folder_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct folder_entry *item = &list->items[i];
		struct folder_entry *last = kept > 0 ? &list->items[kept - 1] : NULL;

		if (last && item->group[0] && !strcmp(last->hash, item->hash) &&
			last->code == item->code) {
			if (is_canonical(item)) {
				struct folder_entry other = *last;

				*last = *item;
				*item = other;
			}
			entry_clear(item);
			continue;
		}
		list->items[kept++] = *item;
	}
	list->count = kept;
}

int folder_list(const char *folder, const char *group, const struct trust *trust,
	struct folder_list *ret_list, tsp_error *err)
{
	struct folder_list list = { 0 };
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int rc = TSP_OK;

	if (!dir && errno != ENOENT)
		return tsp_fail_errno(err, "read", folder);
	while (dir && rc >= 0 && (entry = readdir(dir))) {
		struct folder_entry *grown;
		char *path;

		if (!is_package_name(entry->d_name))
			continue;
		grown = realloc(list.items, (list.count + 1) * sizeof(*grown));
		path = file_join(folder, entry->d_name);
		if (grown)
			list.items = grown;
		rc = grown && path ? entry_read(&list.items[list.count], path, trust) :
				     TSP_ENOMEM;
		free(path);
		if (rc < 0)
			break;
		if (group && strcmp(list.items[list.count].group, group))
			entry_clear(&list.items[list.count]);
		else
			list.count++;
	}
	if (dir)
		(void)closedir(dir); /* only read */
	if (rc < 0) {
		folder_list_clear(&list);
		return tsp_fail(err, rc, "cannot read '%s': %s", folder, tsp_error_sentence(rc));
	}
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(*list.items), entry_compare);
	drop_doubles(&list);
	*ret_list = list;
	return TSP_OK;
}

void folder_list_clear(struct folder_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		entry_clear(&list->items[i]);
	free(list->items);
	*list = (struct folder_list){ 0 };
}

const struct folder_entry *folder_newest(const struct folder_list *list, const char *group)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].code >= 0 && !strcmp(list->items[i].group, group))
			return &list->items[i];
	return NULL;
}

const struct folder_entry *folder_find(const struct folder_list *list, const char *hash)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].code >= 0 && !strcmp(list->items[i].hash, hash))
			return &list->items[i];
	return NULL;
}

/* ---- Keeping ------------------------------------------------------------------------------- */

char *folder_package_path(const char *folder, const char *group, const char *version)
{
	return text_format("%s/%s-%s.tls", folder, group, version);
}

/* 0: nothing is there, 1: the same package (by hash), TSP_EEXIST: another. */
static int compare_kept(const char *path, const struct package_file *file, tsp_error *err)
{
	struct buffer there;
	struct package package;
	int rc;

	buffer_init(&there, PACKAGE_LIMIT + 64 * 1024);
	rc = file_read(path, &there, err);
	if (rc == TSP_ENOENT) {
		rc = 0;
	} else if (rc >= 0) {
		if (package_read(there.data, there.size, &package, NULL) >= 0 &&
			!strcmp(package.hash, file->package.hash))
			rc = 1;
		else
			rc = tsp_fail(
				err, TSP_EEXIST, "'%s' is there already with other content", path);
	}
	buffer_clear(&there);
	return rc;
}

int folder_check_name(const char *folder, const struct package_file *file, tsp_error *err)
{
	char *path = folder_package_path(folder, file->package.group, file->package.version);
	int rc = path ? compare_kept(path, file, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	free(path);
	return rc < 0 ? rc : TSP_OK;
}

int folder_keep(const char *folder, const struct package_file *file, bool *ret_made, tsp_error *err)
{
	char *path = folder_package_path(folder, file->package.group, file->package.version);
	int rc = path ? compare_kept(path, file, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");
	bool made = rc == 0;

	if (made)
		rc = file_replace(path, file->bytes.data, file->bytes.size, 0644, err);
	if (rc >= 0 && ret_made)
		*ret_made = made;
	free(path);
	return rc < 0 ? rc : TSP_OK;
}

void folder_drop(const char *folder, const struct package_file *file)
{
	char *path = folder_package_path(folder, file->package.group, file->package.version);

	if (path)
		(void)unlink(path); /* what stays is a whole package */
	free(path);
}
