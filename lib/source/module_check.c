/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/module.h"

#include <elf.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "source/elf.h"
#include "source/sum.h"

/* "libNAME.so", "libNAME.so.6" */
static bool library_is(const char *file, const char *name)
{
	size_t size = strlen(name);
	if (strncmp(file, "lib", 3) != 0 || strncmp(file + 3, name, size) != 0 ||
		strncmp(file + 3 + size, ".so", 3) != 0)
		return false;
	char next = file[3 + size + 3];
	return next == '\0' || next == '.';
}

static bool library_allowed(const char *file, const struct manifest_names *needed)
{
	static const char *const always[] = { "c", "m", "mvec", "pthread", "dl", "rt", "gcc_s" };
	if (strchr(file, '/'))
		return false;
	if (strncmp(file, "ld-linux", 8) == 0 || strncmp(file, "ld64.so", 7) == 0)
		return true;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (library_is(file, always[i]))
			return true;
	for (size_t i = 0; i < needed->count; i++)
		if (library_is(file, needed->items[i]))
			return true;
	return false;
}

static int check_needed(const struct elf *elf, const struct manifest_names *needed, tsp_error *err)
{
	uint64_t offset;
	char quoted[120];
	for (size_t i = 0; elf_dynamic(elf, DT_NEEDED, i, &offset); i++) {
		const char *name = elf_string(elf, offset);
		if (!name)
			return tsp_fail(err, TSP_EVALUE, "a name in it is damaged");
		if (needed && !library_allowed(name, needed))
			return tsp_fail(err, TSP_EVALUE,
				"it needs library '%s', which " MANIFEST_NAME " does not name",
				text_quote(tsp_text_of(name), quoted, sizeof(quoted)));
	}
	return 0;
}

static int check_rules(const struct elf *elf, tsp_error *err)
{
	static const int64_t tags[] = { DT_RPATH, DT_RUNPATH, DT_AUDIT, DT_DEPAUDIT, DT_FILTER,
		DT_AUXILIARY };
	static const char *const functions[] = { "malloc", "free", "calloc", "realloc",
		"reallocarray", "memalign", "aligned_alloc", "posix_memalign" };
	uint64_t value;
	int exported;
	if (elf_stack_is_executable(elf))
		return tsp_fail(err, TSP_EVALUE, "it wants an executable stack");
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (elf_dynamic(elf, tags[i], 0, &value))
			return tsp_fail(err, TSP_EVALUE,
				"it says where to look for libraries (RPATH or the like)");
	exported = elf_exports(elf, TSP_MODULE_SYMBOL);
	if (exported == 0)
		return tsp_fail(err, TSP_EVALUE, "it has no TSP_EXPORT");
	for (size_t i = 0; exported == 1 && i < sizeof(functions) / sizeof(functions[0]); i++) {
		int rc = elf_exports(elf, functions[i]);
		if (rc == 1)
			return tsp_fail(err, TSP_EVALUE, "it exports '%s'", functions[i]);
		exported = rc < 0 ? rc : exported;
	}
	if (exported < 0)
		return tsp_fail(err, TSP_EVALUE, "its table of symbols is damaged");
	return 0;
}

/* The cause alone; the caller knows what the module is called. */
int module_check_bytes(
	const void *bytes, size_t size, const struct manifest_names *needed, tsp_error *err)
{
	struct elf elf;
	int rc = elf_open(bytes, size, &elf, err);
	if (rc == 0)
		rc = check_rules(&elf, err);
	return rc < 0 ? rc : check_needed(&elf, needed, err);
}

/* hash and needed may be NULL: not to be checked; ret_hash too: nobody asks. */
static int check_fd(int fd, const char *path, const char *hash, const struct manifest_names *needed,
	char *ret_hash, tsp_error *err)
{
	struct buffer bytes;
	tsp_error cause = { 0 };
	char now[SUM_TEXT];
	buffer_init(&bytes, MODULE_SIZE_LIMIT);
	int rc = file_read_fd(fd, &bytes, &cause);
	if (rc < 0)
		tsp_fail(err, rc, "cannot use module '%s': %s", path, cause.text);
	if (rc < 0)
		goto out;
	if (hash || ret_hash)
		sum_of(bytes.data, bytes.size, now);
	if (hash && strcmp(now, hash) != 0)
		rc = tsp_fail(&cause, TSP_EVALUE, "it is not what was built");
	else
		rc = module_check_bytes(bytes.data, bytes.size, needed, &cause);
	if (rc < 0)
		tsp_fail(err, rc, "cannot use module '%s': %s", path, cause.text);
	else if (ret_hash)
		memcpy(ret_hash, now, SUM_TEXT);
out:
	buffer_clear(&bytes);
	return rc;
}

int module_check_needed(const char *path, const struct manifest_names *needed, tsp_error *err)
{
	struct module_file file;
	int rc;
	module_file_open(path, &file);
	rc = file.fd < 0 ? module_file_check(&file, NULL, err) :
			   check_fd(file.fd, path, NULL, needed, NULL, err);
	module_file_close(&file);
	return rc;
}

int module_file_check(const struct module_file *file, char *ret_hash, tsp_error *err)
{
	if (file->fd < 0) {
		if (err)
			*err = file->error;
		return file->error.code;
	}
	return check_fd(file->fd, file->path, file->built ? file->sum.hash : NULL,
		file->built ? &file->sum.needed : NULL, ret_hash, err);
}

int module_check_hash(const char *path, char ret_hash[SUM_TEXT], tsp_error *err)
{
	struct module_file file;
	int rc;
	module_file_open(path, &file);
	rc = module_file_check(&file, ret_hash, err);
	module_file_close(&file);
	return rc;
}

int module_check(const char *path, tsp_error *err)
{
	return module_check_hash(path, NULL, err);
}
