/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/shelf.h"

#include <string.h>

#include "director/audit.h"

int shelf_open(struct director *director, const char *group, struct shelf *shelf, tsp_error *err)
{
	int rc = trust_open(director->folder, &shelf->trust, err);

	return rc < 0 ? rc : folder_list(director->folder, group, &shelf->trust, &shelf->list, err);
}

void shelf_clear(struct shelf *shelf)
{
	folder_list_clear(&shelf->list);
	trust_clear(&shelf->trust);
}

/* hash NULL: whatever is there. */
static int take(struct director *director, const char *path, const char *hash,
	const struct trust *trust, struct package_file *file, tsp_error *err)
{
	int rc = package_file_open(path, trust, file, err);

	if (rc >= 0 && hash && strcmp(file->package.hash, hash) != 0)
		rc = tsp_fail(err, TSP_EUNTRUSTED,
			"'%s' became another package while it was looked at", path);
	if (rc == TSP_EUNTRUSTED)
		(void)audit_write(director->folder, "refused", file->path ? &file->package : NULL,
			path, err ? err->text : NULL,
			NULL); /* the refusal stands without its record */
	if (rc < 0)
		package_file_clear(file);
	return rc;
}

int shelf_read(struct director *director, const char *path, const struct trust *trust,
	struct package_file *file, tsp_error *err)
{
	return take(director, path, NULL, trust, file, err);
}

int shelf_take(struct director *director, const struct folder_entry *entry,
	const struct trust *trust, struct package_file *file, tsp_error *err)
{
	return take(director, entry->path, entry->hash, trust, file, err);
}

void shelf_hand_over(
	tsp_actor *self, struct group *group, struct package_file *file, enum activation_kind kind)
{
	struct director *director = tsp_state(self);
	tsp_error err = { 0 };
	struct release *release =
		release_open(group, file->package.hash, file->package.version, &err);

	if (release)
		replacement_begin(self, release, kind, file);
	else
		operation_fail(self, director->current->shown, &err, NULL);
	package_file_clear(file);
}
