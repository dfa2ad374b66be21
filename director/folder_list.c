/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "director/folder.h"
#include "source/version.h"

/* A listing under way. */
struct listing {
	const char *group;
	struct folder_entry *items; /* of each at first the path only */
	size_t count;
};

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

/* Whether it says of itself, in its first signature, that it is of the group: one that does not is none of
 * the group's, whatever it is signed by, and is not read any further. */
static bool claims_group(const char *path, const char *group)
{
	char head[PACKAGE_HEAD];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t size = fd >= 0 ? read(fd, head, sizeof(head)) : -1;
	char claimed[65];

	if (fd >= 0)
		(void)close(fd); /* only read */
	return size > 0 && package_read_group(head, (size_t)size, claimed) >= 0 &&
		!strcmp(claimed, group);
}

/* Fresh memory for each package would take longer than to read it: all are read into the same. */
static int entry_read(
	struct folder_entry *entry, const struct trust *trust, struct package_file *file)
{
	tsp_error cause = { 0 };

	entry->code = package_file_reopen(entry->path, trust, file, &cause);
	if (entry->code < 0) {
		entry->reason = strdup(cause.text);
		if (!entry->reason)
			return TSP_ENOMEM;
	}
	if (file->path) {
		const struct package *package = &file->package;

		memcpy(entry->group, package->group, sizeof(entry->group));
		memcpy(entry->version, package->version, sizeof(entry->version));
		memcpy(entry->time, package->time, sizeof(entry->time));
		memcpy(entry->hash, package->hash, sizeof(entry->hash));
		entry->development = entry->code >= 0 && trust_is_development(package);
		if (entry->code >= 0 && package->verified_by)
			key_id_text(package->verified_by->id, entry->key);
	}
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

/* Takes over the path. */
static int listing_add(struct listing *listing, char *path)
{
	struct folder_entry *grown;

	if (!path)
		return TSP_ENOMEM;
	if (listing->group && !claims_group(path, listing->group)) {
		free(path);
		return TSP_OK;
	}
	grown = realloc(listing->items, (listing->count + 1) * sizeof(*grown));
	if (!grown) {
		free(path);
		return TSP_ENOMEM;
	}
	listing->items = grown;
	grown[listing->count++] = (struct folder_entry){ .path = path };
	return TSP_OK;
}

static int listing_find(struct listing *listing, const char *folder, tsp_error *err)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int rc = TSP_OK;

	if (!dir)
		return errno == ENOENT ? TSP_OK : tsp_fail_errno(err, "read", folder);
	while (rc >= 0 && (entry = readdir(dir)))
		if (is_package_name(entry->d_name))
			rc = listing_add(listing, file_join(folder, entry->d_name));
	(void)closedir(dir); /* only read */
	return rc < 0 ? tsp_fail(err, rc, "cannot read '%s': %s", folder, tsp_error_sentence(rc)) :
			TSP_OK;
}

/* What turned out to be of another group, when it was read as a whole. */
static void drop_others(struct folder_list *list, const char *group)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].group, group) != 0)
			entry_clear(&list->items[i]);
		else
			list->items[kept++] = list->items[i];
	list->count = kept;
}

int folder_list(const char *folder, const char *group, const struct trust *trust,
	struct folder_list *ret_list, tsp_error *err)
{
	struct listing listing = { .group = group };
	struct package_file file = { 0 };
	int rc = listing_find(&listing, folder, err);
	struct folder_list list;

	for (size_t i = 0; rc >= 0 && i < listing.count; i++) {
		rc = entry_read(&listing.items[i], trust, &file);
		if (rc < 0)
			(void)tsp_fail(
				err, rc, "cannot read '%s': %s", folder, tsp_error_sentence(rc));
	}
	package_file_clear(&file);
	list = (struct folder_list){ listing.items, listing.count };
	if (rc < 0) {
		folder_list_clear(&list);
		return rc;
	}
	if (group)
		drop_others(&list, group);
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
