/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/prebuilt.h"

#include <elf.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/elf.h"
#include "source/sum.h"
#include "source/target.h"

#define PREBUILT_LIMIT 16

static void entry_clear(struct manifest_prebuilt *entry)
{
	free(entry->target);
	free(entry->compiler);
	manifest_names_clear(&entry->needed);
}

void prebuilt_clear(struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->prebuilt_count; i++)
		entry_clear(&manifest->prebuilt[i]);
	free(manifest->prebuilt);
	manifest->prebuilt = NULL;
	manifest->prebuilt_count = 0;
}

char *prebuilt_name(const char *target, char out[PREBUILT_NAME_SIZE])
{
	(void)snprintf(out, PREBUILT_NAME_SIZE, "prebuilt/%.*s/module.so", TARGET_LIMIT, target);
	return out;
}

const struct manifest_prebuilt *prebuilt_find(const struct manifest *manifest, const char *target)
{
	for (size_t i = 0; i < manifest->prebuilt_count; i++)
		if (strcmp(manifest->prebuilt[i].target, target) == 0)
			return &manifest->prebuilt[i];
	return NULL;
}

/* Takes the entry, which is gone from the caller's hands whatever happens. */
static int append(struct manifest *manifest, struct manifest_prebuilt *entry)
{
	size_t count = manifest->prebuilt_count;
	struct manifest_prebuilt *items = NULL;
	int rc = TSP_ENOMEM;

	if (count >= PREBUILT_LIMIT || prebuilt_find(manifest, entry->target))
		rc = count >= PREBUILT_LIMIT ? TSP_EVALUE : TSP_EEXIST;
	else
		items = realloc(manifest->prebuilt, (count + 1) * sizeof(*items));
	if (!items) {
		entry_clear(entry);
		return rc;
	}
	items[count] = *entry;
	manifest->prebuilt = items;
	manifest->prebuilt_count++;
	return 0;
}

/* The file name of a library, as modules name it: never a path. */
static bool library_ok(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && size <= 120 && name[0] != '.' && name[0] != '-' &&
		strspn(name,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-") ==
		size;
}

/* One line, and no more than a compiler says of itself. */
static bool compiler_ok(const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7F)
			return false;
	return size > 0 && size < 256;
}

static bool read_needed(json_t *list, struct manifest_names *needed, int *rc)
{
	if (!json_is_array(list) || json_array_size(list) > PREBUILT_NEEDED_LIMIT)
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name || !library_ok(name))
			return false;
		if (manifest_names_add(needed, name) < 0) {
			*rc = TSP_ENOMEM;
			return false;
		}
	}
	return true;
}

static bool is_hash(const char *text)
{
	uint8_t bytes[(SUM_TEXT - 1) / 2];

	return text && strlen(text) == SUM_TEXT - 1 &&
		strspn(text, "0123456789abcdef") == SUM_TEXT - 1 &&
		text_unhex(text, sizeof(bytes), bytes) == 0;
}

static int read_entry(struct manifest *manifest, json_t *value)
{
	struct manifest_prebuilt entry = { 0 };
	const char *target = json_string_value(json_object_get(value, "target"));
	const char *hash = json_string_value(json_object_get(value, "hash"));
	const char *compiler = json_string_value(json_object_get(value, "compiler"));
	json_int_t abi = json_integer_value(json_object_get(value, "abi"));
	int rc = TSP_EVALUE;

	if (json_object_size(value) != 5 || !target || !target_name_ok(target) || !is_hash(hash) ||
		!compiler || !compiler_ok(compiler) || abi < 1 || abi > 9999 ||
		!read_needed(json_object_get(value, "needed"), &entry.needed, &rc)) {
		entry_clear(&entry);
		return rc;
	}
	memcpy(entry.hash, hash, SUM_TEXT);
	entry.abi = (int)abi;
	entry.target = strdup(target);
	entry.compiler = strdup(compiler);
	if (!entry.target || !entry.compiler) {
		entry_clear(&entry);
		return TSP_ENOMEM;
	}
	rc = append(manifest, &entry);
	return rc == TSP_EEXIST ? TSP_EVALUE : rc;
}

int prebuilt_read(struct manifest *manifest, json_t *value)
{
	int rc = json_is_array(value) ? 0 : TSP_EVALUE;

	for (size_t i = 0; rc == 0 && i < json_array_size(value); i++)
		rc = read_entry(manifest, json_array_get(value, i));
	return rc;
}

json_t *prebuilt_write(const struct manifest *manifest)
{
	json_t *list = manifest->prebuilt_count ? json_array() : NULL;

	for (size_t i = 0; list && i < manifest->prebuilt_count; i++) {
		const struct manifest_prebuilt *entry = &manifest->prebuilt[i];
		json_t *needed = json_array();

		for (size_t k = 0; k < entry->needed.count; k++)
			json_array_append_new(needed, json_string(entry->needed.items[k]));
		json_array_append_new(list,
			json_pack("{s:s, s:i, s:s, s:s, s:o}", "target", entry->target, "abi",
				entry->abi, "hash", entry->hash, "compiler", entry->compiler,
				"needed", needed));
	}
	return list;
}

int prebuilt_check_files(
	const struct archive *archive, const struct manifest *manifest, tsp_error *err)
{
	char name[PREBUILT_NAME_SIZE];
	char hash[SUM_TEXT];

	for (size_t i = 0; i < manifest->prebuilt_count; i++) {
		const struct manifest_prebuilt *entry = &manifest->prebuilt[i];
		const struct archive_file *file =
			archive_find(archive, prebuilt_name(entry->target, name));

		if (!file)
			return tsp_fail(err, TSP_EVALUE,
				MANIFEST_NAME ": 'prebuilt' has target '%s', but there is no '%s'",
				entry->target, name);
		if (strcmp(sum_of(file->bytes, file->size, hash), entry->hash) != 0)
			return tsp_fail(err, TSP_EVALUE,
				"'%s' is not the module that " MANIFEST_NAME " says it is", name);
	}
	return 0;
}

/* What the loader will look for, in the module's order. */
static int list_needed(
	const void *module, size_t size, struct manifest_names *needed, tsp_error *err)
{
	struct elf elf;
	uint64_t offset;
	int rc = elf_open(module, size, &elf, err);

	for (size_t i = 0; rc == 0 && elf_dynamic(&elf, DT_NEEDED, i, &offset); i++) {
		const char *name = elf_string(&elf, offset);

		if (!name || !library_ok(name) || i == PREBUILT_NEEDED_LIMIT)
			return tsp_fail(err, TSP_EVALUE, "a name of a library in it is no good");
		if (manifest_names_add(needed, name) < 0)
			rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	return rc;
}

static int fail_append(const char *target, int rc, tsp_error *err)
{
	if (rc == TSP_EEXIST)
		return tsp_fail(err, rc, "there is a module for %s already", target);
	if (rc == TSP_EVALUE)
		return tsp_fail(err, TSP_ELIMIT, "more than %d modules", PREBUILT_LIMIT);
	return tsp_fail(err, rc, "out of memory");
}

int prebuilt_add(struct manifest *manifest, struct archive *archive, const void *module,
	size_t size, const char *compiler, tsp_error *err)
{
	struct manifest_prebuilt entry = {
		.abi = TSP_ABI, .target = strdup(target_name()), .compiler = strdup(compiler)
	};
	char name[PREBUILT_NAME_SIZE];
	int rc = TSP_ENOMEM;

	sum_of(module, size, entry.hash);
	if (entry.target && entry.compiler)
		rc = list_needed(module, size, &entry.needed, err);
	if (rc < 0) {
		entry_clear(&entry);
		return rc == TSP_ENOMEM ? tsp_fail(err, rc, "out of memory") : rc;
	}
	rc = append(manifest, &entry);
	if (rc < 0)
		return fail_append(target_name(), rc, err);
	return archive_add(archive, prebuilt_name(target_name(), name), module, size, false, err);
}

int prebuilt_copy(struct manifest *manifest, struct archive *archive,
	const struct manifest_prebuilt *entry, const struct archive *from, tsp_error *err)
{
	struct manifest_prebuilt copy = { .abi = entry->abi,
		.target = strdup(entry->target),
		.compiler = strdup(entry->compiler) };
	char name[PREBUILT_NAME_SIZE];
	const struct archive_file *file = archive_find(from, prebuilt_name(entry->target, name));
	int rc = copy.target && copy.compiler && file ? 0 : TSP_ENOMEM;

	memcpy(copy.hash, entry->hash, sizeof(copy.hash));
	for (size_t i = 0; rc == 0 && i < entry->needed.count; i++)
		rc = manifest_names_add(&copy.needed, entry->needed.items[i]);
	if (rc < 0) {
		entry_clear(&copy);
		return tsp_fail(err, rc, "out of memory");
	}
	rc = append(manifest, &copy);
	if (rc < 0)
		return fail_append(entry->target, rc, err);
	return archive_add(archive, name, file->bytes, file->size, false, err);
}

int prebuilt_permit(const struct manifest_prebuilt *entry, struct manifest_names *ret_needed)
{
	int rc = 0;

	*ret_needed = (struct manifest_names){ NULL, 0 };
	for (size_t i = 0; rc == 0 && i < entry->needed.count; i++) {
		const char *name = entry->needed.items[i];
		const char *end = strstr(name, ".so");
		char short_name[128];

		if (strncmp(name, "lib", 3) != 0 || !end || end == name + 3)
			continue; /* not a library's name: module_check refuses it */
		(void)snprintf(
			short_name, sizeof(short_name), "%.*s", (int)(end - name - 3), name + 3);
		rc = manifest_names_add(ret_needed, short_name);
	}
	if (rc < 0)
		manifest_names_clear(ret_needed);
	return rc;
}
