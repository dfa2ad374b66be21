/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/enclose.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "director/folder.h"
#include "director/workshop.h"
#include "source/prebuilt.h"

/* source.json as the manifest is now. */
static int rewrite(const struct enclose *enclose, tsp_error *err)
{
	char *text = NULL;
	int rc = manifest_write(enclose->manifest, &text, err);

	for (size_t i = 0; rc >= 0 && i < enclose->archive->count; i++) {
		struct archive_file *file = &enclose->archive->files[i];

		if (strcmp(file->name, MANIFEST_NAME) != 0)
			continue;
		free(file->bytes);
		file->bytes = (uint8_t *)text;
		file->size = strlen(text);
		return TSP_OK;
	}
	free(text);
	return rc < 0 ? rc : tsp_fail(err, TSP_EFAILED, "there is no '" MANIFEST_NAME "'");
}

int enclose_built(const struct enclose *enclose, tsp_error *err)
{
	struct buffer module;
	char compiler[256];
	uint8_t *zip = NULL;
	size_t size;
	int rc = archive_write(enclose->archive, &zip, &size, err);

	buffer_init(&module, MODULE_SIZE_LIMIT);
	if (rc >= 0)
		rc = workshop_build(enclose->context, zip, size, &module, compiler, err);
	if (rc >= 0)
		rc = prebuilt_add(enclose->manifest, enclose->archive, module.data, module.size,
			compiler, err);
	if (rc >= 0)
		rc = rewrite(enclose, err);
	buffer_clear(&module);
	free(zip);
	return rc;
}

/* What decides how a package is built, as text; free() it. */
static int describe_build(const struct manifest *manifest, char **ret_text, tsp_error *err)
{
	struct manifest bare = *manifest; /* borrows */

	bare.version = NULL;
	bare.group_json = NULL;
	bare.executables = (struct manifest_names){ NULL, 0 };
	bare.prebuilt = NULL;
	bare.prebuilt_count = 0;
	return manifest_write(&bare, ret_text, err);
}

static bool is_source(const struct archive_file *file)
{
	return strcmp(file->name, MANIFEST_NAME) != 0 && strncmp(file->name, "prebuilt/", 9) != 0;
}

/* Each source of one is in the other, with the same bytes. */
static int check_files(const struct archive *one, const struct archive *other, tsp_error *err)
{
	for (size_t i = 0; i < one->count; i++) {
		const struct archive_file *file = &one->files[i];
		const struct archive_file *same = archive_find(other, file->name);

		if (!is_source(file))
			continue;
		if (!same || same->size != file->size ||
			(file->size > 0 && memcmp(same->bytes, file->bytes, file->size) != 0))
			return tsp_fail(err, TSP_EVALUE, "it is of other sources: '%s' differs",
				file->name);
	}
	return TSP_OK;
}

static int check_same(const struct enclose *enclose, const struct archive *archive,
	const struct manifest *manifest, tsp_error *err)
{
	char *ours = NULL, *theirs = NULL;
	int rc = check_files(enclose->archive, archive, err);

	if (rc >= 0)
		rc = check_files(archive, enclose->archive, err);
	if (rc >= 0)
		rc = describe_build(enclose->manifest, &ours, err);
	if (rc >= 0)
		rc = describe_build(manifest, &theirs, err);
	if (rc >= 0 && strcmp(ours, theirs) != 0)
		rc = tsp_fail(
			err, TSP_EVALUE, "'" MANIFEST_NAME "' says otherwise how it is built");
	if (rc >= 0 && manifest->prebuilt_count == 0)
		rc = tsp_fail(err, TSP_EVALUE, "there is no module in it");
	free(ours);
	free(theirs);
	return rc;
}

static int take_all(const struct enclose *enclose, const struct package *package, tsp_error *err)
{
	struct archive archive = { 0 };
	struct manifest manifest = { 0 };
	int rc = archive_read(
		package->zip, package->zip_size, &archive_default_limits, &archive, err);

	if (rc >= 0)
		rc = manifest_read_archive(&archive, &manifest, err);
	if (rc >= 0)
		rc = check_same(enclose, &archive, &manifest, err);
	for (size_t i = 0; rc >= 0 && i < manifest.prebuilt_count; i++)
		if (!prebuilt_find(enclose->manifest, manifest.prebuilt[i].target))
			rc = prebuilt_copy(enclose->manifest, enclose->archive,
				&manifest.prebuilt[i], &archive, err);
	if (rc >= 0)
		rc = rewrite(enclose, err);
	manifest_clear(&manifest);
	archive_clear(&archive);
	return rc;
}

int enclose_from(const struct enclose *enclose, const char *name, tsp_error *err)
{
	struct trust trust = { 0 };
	struct package_file file = { 0 };
	char shown[160];
	char *path = NULL;
	int rc = context_find_file(enclose->context, name, &path, err);

	if (rc < 0)
		return rc;
	rc = context_trust(enclose->context, &trust, err);
	if (rc >= 0)
		rc = package_file_open(path, &trust, &file, err);
	if (rc >= 0)
		rc = take_all(enclose, &file.package, err);
	if (rc < 0)
		rc = tsp_wrap(err, rc, "cannot take modules from '%s'",
			text_quote(tsp_text_of(name), shown, sizeof(shown)));
	package_file_clear(&file);
	trust_clear(&trust);
	free(path);
	return rc;
}
