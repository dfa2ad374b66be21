/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/prebuilt.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "source/elf.h"
#include "source/loader.h"
#include "source/module.h"
#include "source/target.h"

#define VERSIONS_LIMIT 256

/* What a module asks of this machine. */
struct needs {
	const char *libraries[PREBUILT_NEEDED_LIMIT];
	size_t library_count;
	struct elf_version versions[VERSIONS_LIMIT];
	size_t version_count;
};

static bool needs_library(const struct needs *needs, const char *name)
{
	for (size_t i = 0; i < needs->library_count; i++)
		if (strcmp(needs->libraries[i], name) == 0)
			return true;
	return false;
}

static int read_libraries(const struct elf *elf, struct needs *needs, tsp_error *err)
{
	uint64_t offset;

	for (size_t i = 0; elf_dynamic(elf, DT_NEEDED, i, &offset); i++) {
		const char *name = elf_string(elf, offset);

		if (!name)
			return tsp_fail(err, TSP_EVALUE, "a name in it is damaged");
		if (needs_library(needs, name))
			continue;
		if (needs->library_count == PREBUILT_NEEDED_LIMIT)
			return tsp_fail(err, TSP_EVALUE, "it needs more than %d libraries",
				PREBUILT_NEEDED_LIMIT);
		needs->libraries[needs->library_count++] = name;
	}
	return 0;
}

static int read_versions(const struct elf *elf, struct needs *needs, tsp_error *err)
{
	int count = elf_versions_needed(elf, needs->versions, VERSIONS_LIMIT);
	char quoted[120];

	if (count == TSP_ELIMIT)
		return tsp_fail(err, TSP_EVALUE, "it needs more than %d versions of symbols",
			VERSIONS_LIMIT);
	if (count < 0)
		return tsp_fail(err, TSP_EVALUE, "its versions of symbols are damaged");
	needs->version_count = (size_t)count;
	for (size_t i = 0; i < needs->version_count; i++) {
		const char *library = needs->versions[i].library;

		if (!needs_library(needs, library))
			return tsp_fail(err, TSP_EVALUE,
				"it wants a version of library '%s', which it does not need",
				text_quote(tsp_text_of(library), quoted, sizeof(quoted)));
	}
	return 0;
}

static int check_library(const struct needs *needs, const char *library, tsp_error *err)
{
	struct buffer bytes;
	struct elf elf;
	char quoted[2][120];
	int rc;

	buffer_init(&bytes, MODULE_SIZE_LIMIT);
	rc = loader_read(library, &bytes, &elf, err);
	for (size_t i = 0; rc == 0 && i < needs->version_count; i++) {
		const struct elf_version *needed = &needs->versions[i];

		if (strcmp(needed->library, library) != 0 ||
			elf_version_defined(&elf, needed->version))
			continue;
		rc = tsp_fail(err, TSP_EVALUE, "library '%s' here has no %s",
			text_quote(tsp_text_of(library), quoted[0], sizeof(quoted[0])),
			text_quote(tsp_text_of(needed->version), quoted[1], sizeof(quoted[1])));
	}
	buffer_clear(&bytes);
	return rc;
}

int prebuilt_fit_libraries(const void *module, size_t size, tsp_error *err)
{
	struct needs needs = { .library_count = 0 };
	struct elf elf;
	int rc = elf_open(module, size, &elf, err);

	if (rc == 0)
		rc = read_libraries(&elf, &needs, err);
	if (rc == 0)
		rc = read_versions(&elf, &needs, err);
	for (size_t i = 0; rc == 0 && i < needs.library_count; i++)
		rc = check_library(&needs, needs.libraries[i], err);
	return rc;
}

/* "it has A, B" */
static int fail_target(const struct manifest *manifest, tsp_error *err)
{
	char others[256] = "";
	size_t size = 0;

	for (size_t i = 0; i < manifest->prebuilt_count && size + TARGET_LIMIT + 3 < sizeof(others);
		i++)
		size += (size_t)snprintf(others + size, sizeof(others) - size, "%s%s",
			i > 0 ? ", " : "", manifest->prebuilt[i].target);
	return tsp_fail(err, TSP_EVALUE, "it is for %s, this is %s", others, target_name());
}

static int check_rules(
	const struct manifest_prebuilt *entry, const struct archive_file *file, tsp_error *err)
{
	struct manifest_names permitted;
	int rc = prebuilt_permit(entry, &permitted);

	if (rc < 0)
		return tsp_fail(err, rc, "out of memory");
	rc = module_check_bytes(file->bytes, file->size, &permitted, err);
	manifest_names_clear(&permitted);
	return rc;
}

int prebuilt_fit(const struct manifest *manifest, const struct archive *archive,
	const struct archive_file **ret_module, tsp_error *err)
{
	const struct manifest_prebuilt *entry = prebuilt_find(manifest, target_name());
	const struct archive_file *file;
	char name[PREBUILT_NAME_SIZE];
	int rc;

	if (manifest->prebuilt_count == 0)
		return TSP_ENOENT;
	if (!entry)
		return fail_target(manifest, err);
	if (entry->abi != TSP_ABI)
		return tsp_fail(err, TSP_EVALUE,
			"it is for level %d of thespian.h, this is level %d", entry->abi, TSP_ABI);
	file = archive_find(archive, prebuilt_name(entry->target, name));
	if (!file)
		return tsp_fail(err, TSP_EVALUE, "'%s' is not in the package", name);
	rc = check_rules(entry, file, err);
	if (rc == 0)
		rc = prebuilt_fit_libraries(file->bytes, file->size, err);
	if (rc == 0)
		*ret_module = file;
	return rc;
}
