/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

int package_file_reopen(
	const char *path, const struct trust *trust, struct package_file *file, tsp_error *err)
{
	char *copy = strdup(path);
	int rc;

	free(file->path);
	file->path = NULL;
	if (!copy)
		return tsp_fail(err, TSP_ENOMEM, "cannot read '%s': out of memory", path);
	file->bytes.limit = PACKAGE_LIMIT + 64 * 1024;
	file->bytes.size = 0;
	rc = file_read(path, &file->bytes, err);
	if (rc >= 0)
		rc = package_read(file->bytes.data, file->bytes.size, &file->package, err);
	if (rc < 0) {
		free(copy);
		return rc;
	}
	file->path = copy;
	return trust_verify(trust, &file->package, err);
}

int package_file_open(const char *path, const struct trust *trust,
	struct package_file *ret_file, tsp_error *err)
{
	struct package_file file = { 0 };
	int rc = package_file_reopen(path, trust, &file, err);

	if (file.path)
		*ret_file = file;
	else
		package_file_clear(&file);
	return rc;
}

void package_file_clear(struct package_file *file)
{
	free(file->path);
	buffer_clear(&file->bytes);
	*file = (struct package_file){ 0 };
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
