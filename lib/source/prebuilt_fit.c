/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/prebuilt.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "source/elf.h"
#include "source/module.h"
#include "source/target.h"

/* Opens a library as the loader would for the module, and finds its file. It stays open: the checks
 * of one module ask for few, and each more than once. */
static int find_library(const char *name, const char **ret_path, tsp_error *err)
{
	void *handle = strchr(name, '/') ? NULL : dlopen(name, RTLD_LAZY | RTLD_LOCAL);
	struct link_map *map = NULL;

	if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) < 0 || !map)
		return tsp_fail(err, TSP_EVALUE, "library '%s' is not here", name);
	*ret_path = map->l_name;
	return 0;
}

static int check_version(const char *library, const char *version, tsp_error *err)
{
	struct buffer bytes;
	struct elf elf;
	const char *path;
	int rc = find_library(library, &path, err);

	if (rc < 0)
		return rc;
	buffer_init(&bytes, MODULE_SIZE_LIMIT);
	rc = file_read(path, &bytes, err);
	if (rc == 0)
		rc = elf_open(bytes.data, bytes.size, &elf, err);
	if (rc < 0)
		rc = tsp_fail(err, TSP_EVALUE, "library '%s' cannot be read here", library);
	else if (!elf_version_defined(&elf, version))
		rc = tsp_fail(err, TSP_EVALUE, "library '%s' here has no %s", library, version);
	buffer_clear(&bytes);
	return rc;
}

int prebuilt_fit_libraries(const void *module, size_t size, tsp_error *err)
{
	struct elf elf;
	const char *library;
	const char *version;
	const char *path;
	uint64_t offset;
	int rc = elf_open(module, size, &elf, err);

	for (size_t i = 0; rc == 0 && elf_dynamic(&elf, DT_NEEDED, i, &offset); i++) {
		library = elf_string(&elf, offset);
		rc = library ? find_library(library, &path, err) :
			       tsp_fail(err, TSP_EVALUE, "a name in it is damaged");
	}
	for (size_t i = 0; rc == 0 && elf_version_needed(&elf, i, &library, &version); i++)
		rc = check_version(library, version, err);
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
