/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/manifest.h"

#include <string.h>

#include "source/prebuilt.h"
#include "source/script.h"

/* The manifest against the files that it speaks of. */

static bool has_name(const struct manifest_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return true;
	return false;
}

static int check_present(const struct archive *archive, const struct manifest_names *names,
	const char *key, tsp_error *err)
{
	for (size_t i = 0; i < names->count; i++)
		if (!archive_find(archive, names->items[i]))
			return tsp_fail(err, TSP_EVALUE,
				MANIFEST_NAME ": '%s' names '%s', which is not there", key,
				names->items[i]);
	return 0;
}

/* Mode 0755 where the manifest says so, and nowhere else. */
static int check_modes(
	const struct archive *archive, const struct manifest *manifest, tsp_error *err)
{
	size_t count = 0;
	for (size_t i = 0; i < archive->count; i++) {
		const struct archive_file *file = &archive->files[i];
		if (!file->executable)
			continue;
		count++;
		if (!has_name(&manifest->executables, file->name))
			return tsp_fail(err, TSP_EVALUE,
				"'%s' is executable, but 'Executable' of " MANIFEST_NAME
				" does not name it",
				file->name);
	}
	for (size_t i = 0; i < manifest->executables.count; i++)
		if (!archive_find(archive, manifest->executables.items[i])->executable)
			count = SIZE_MAX;
	return count == manifest->executables.count ?
		0 :
		tsp_fail(err, TSP_EVALUE,
			"'Executable' of " MANIFEST_NAME " names a file that is not "
			"executable, or one twice");
}

int manifest_read_archive(
	const struct archive *archive, struct manifest *ret_manifest, tsp_error *err)
{
	struct manifest manifest;
	const struct archive_file *file = archive_find(archive, MANIFEST_NAME);
	if (!file)
		return tsp_fail(err, TSP_EVALUE, "there is no '" MANIFEST_NAME "'");
	int rc = manifest_read(file->bytes, file->size, &manifest, err);
	if (rc < 0)
		return rc;
	rc = check_present(archive, &manifest.sources, "sources", err);
	if (rc == 0)
		rc = check_present(archive, &manifest.executables, "Executable", err);
	if (rc == 0)
		rc = check_modes(archive, &manifest, err);
	if (rc == 0)
		rc = script_check(archive, &manifest, err);
	if (rc == 0)
		rc = prebuilt_check_files(archive, &manifest, err);
	if (rc < 0)
		manifest_clear(&manifest);
	else
		*ret_manifest = manifest;
	return rc;
}

static bool is_c_file(const char *name)
{
	size_t size = strlen(name);
	return size > 2 && strcmp(name + size - 2, ".c") == 0;
}

int manifest_list_sources(const struct manifest *manifest, const struct archive *archive,
	struct manifest_names *ret_sources, tsp_error *err)
{
	struct manifest_names sources = { NULL, 0 };
	int rc = 0;
	for (size_t i = 0; i < manifest->sources.count && rc == 0; i++)
		rc = manifest_names_add(&sources, manifest->sources.items[i]);
	for (size_t i = 0; i < archive->count && manifest->sources.count == 0 && rc == 0; i++)
		if (is_c_file(archive->files[i].name))
			rc = manifest_names_add(&sources, archive->files[i].name);
	if (rc < 0)
		tsp_fail(err, rc, "out of memory");
	else if (sources.count == 0 && !manifest->script.file)
		rc = tsp_fail(err, TSP_EVALUE, "there is no C file in it");
	if (rc < 0)
		manifest_names_clear(&sources);
	else
		*ret_sources = sources;
	return rc;
}
