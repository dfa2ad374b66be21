/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/archive.h"

#include <stdlib.h>
#include <string.h>

#include "source/entry.h"

const struct archive_limits archive_default_limits = {
	.files = 10000,
	.bytes = (size_t)256 * 1024 * 1024,
	.ratio = 200,
};

static bool is_word(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		c == '_';
}

bool archive_name_ok(const char *name)
{
	size_t size = strnlen(name, ENTRY_NAME_LIMIT + 1);
	if (size == 0 || size > ENTRY_NAME_LIMIT || !is_word(name[0]))
		return false;
	for (const char *part = name; *part;) {
		size_t length = strcspn(part, "/");
		if (length == 0 || (length == 1 && part[0] == '.') ||
			(length == 2 && strncmp(part, "..", 2) == 0))
			return false;
		for (size_t i = 0; i < length; i++)
			if (!is_word(part[i]) && part[i] != '.' && part[i] != '-')
				return false;
		if (part[length] == '/' && part[length + 1] == '\0')
			return false;
		part += length + (part[length] == '/');
	}
	return true;
}

static void file_clear(struct archive_file *file)
{
	free(file->name);
	free(file->bytes);
}

void archive_clear(struct archive *archive)
{
	for (size_t i = 0; i < archive->count; i++)
		file_clear(&archive->files[i]);
	free(archive->files);
	archive->files = NULL;
	archive->count = 0;
}

const struct archive_file *archive_find(const struct archive *archive, const char *name)
{
	size_t from = 0;
	size_t to = archive->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = entry_name_compare(name, archive->files[middle].name);
		if (order == 0)
			return &archive->files[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/* Where a new name belongs. */
static size_t place_of(const struct archive *archive, const char *name)
{
	size_t at = archive->count;
	while (at > 0 && entry_name_compare(name, archive->files[at - 1].name) < 0)
		at--;
	return at;
}

/* Room for one more: the capacity is the next power of two. */
static int archive_grow(struct archive *archive)
{
	if (archive->count & (archive->count - 1))
		return 0;
	size_t capacity = archive->count ? archive->count * 2 : 1;
	struct archive_file *files = realloc(archive->files, capacity * sizeof(*files));
	if (!files)
		return TSP_ENOMEM;
	archive->files = files;
	return 0;
}

int archive_add(struct archive *archive, const char *name, const void *bytes, size_t size,
	bool executable, tsp_error *err)
{
	char quoted[200];
	struct archive_file file = { .size = size, .executable = executable };

	if (!archive_name_ok(name))
		return tsp_fail(err, TSP_EVALUE, "cannot pack '%s': " ENTRY_NAME_RULE,
			entry_name_quote(name, strlen(name), quoted, sizeof(quoted)));
	for (size_t i = 0; i < archive->count; i++)
		if (entry_names_clash(archive->files[i].name, name))
			return tsp_fail(err, TSP_EEXIST, "cannot pack '%s': '%s' is there already",
				name, archive->files[i].name);
	file.name = strdup(name);
	file.bytes = malloc(size + 1);
	if (!file.name || !file.bytes || archive_grow(archive) < 0) {
		file_clear(&file);
		return tsp_fail(err, TSP_ENOMEM, "cannot pack '%s': out of memory", name);
	}
	if (size > 0)
		memcpy(file.bytes, bytes, size);
	file.bytes[size] = '\0';
	size_t at = place_of(archive, name);
	memmove(archive->files + at + 1, archive->files + at, (archive->count - at) * sizeof(file));
	archive->files[at] = file;
	archive->count++;
	return 0;
}
