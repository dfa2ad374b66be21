/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/progress.h"
#include "director/json.h"
#include "source/manifest.h"

#define DEPTH_LIMIT 32
#define PART_LIMIT  256

struct gather {
	const char *folder;
	char *const *patterns;
	size_t pattern_count;
	char *const *also; /* names */
	size_t also_count;
	bool executables; /* and whatever can be executed */
	bool *used;   /* a pattern has matched something */
	char **names; /* found, relative to folder */
	size_t count;
	tsp_error *err;
};

/* Copies the part at the front; false: too long to be a name. */
static bool take_part(const char *text, char part[PART_LIMIT], const char **ret_rest)
{
	size_t size = strcspn(text, "/");

	if (size >= PART_LIMIT)
		return false;
	memcpy(part, text, size);
	part[size] = '\0';
	*ret_rest = text[size] == '/' ? text + size + 1 : NULL;
	return true;
}

static bool match_parts(const char *pattern, const char *path, int depth)
{
	char want[PART_LIMIT], have[PART_LIMIT];
	const char *pattern_rest, *path_rest;

	if (depth > DEPTH_LIMIT || !take_part(pattern, want, &pattern_rest))
		return false;
	if (!strcmp(want, "**")) {
		if (!pattern_rest)
			return true;
		for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
			if (match_parts(pattern_rest, at, depth + 1))
				return true;
		return false;
	}
	if (!take_part(path, have, &path_rest) || fnmatch(want, have, FNM_PERIOD) != 0)
		return false;
	if (!pattern_rest || !path_rest)
		return !pattern_rest && !path_rest;
	return match_parts(pattern_rest, path_rest, depth + 1);
}

bool gather_matches(const char *pattern, const char *path)
{
	const char *last = strrchr(path, '/');

	if (!strncmp(pattern, "./", 2))
		pattern += 2;
	if (!strchr(pattern, '/') && strcmp(pattern, "**") != 0)
		return fnmatch(pattern, last ? last + 1 : path, FNM_PERIOD) == 0;
	return match_parts(pattern, path, 0);
}

static int gather_name(struct gather *gather, const char *name, bool wanted)
{
	char **names;

	for (size_t i = 0; i < gather->also_count; i++)
		wanted |= strcmp(gather->also[i], name) == 0;
	for (size_t i = 0; i < gather->pattern_count; i++) {
		if (gather_matches(gather->patterns[i], name)) {
			gather->used[i] = true;
			wanted = true;
		}
	}
	if (!wanted)
		return TSP_OK;
	if (gather->count >= archive_default_limits.files)
		return tsp_fail(gather->err, TSP_ELIMIT, "cannot gather '%s': more than %zu files",
			gather->folder, archive_default_limits.files);
	names = realloc(gather->names, (gather->count + 1) * sizeof(*names));
	if (!names)
		return tsp_fail(gather->err, TSP_ENOMEM, "cannot gather '%s': out of memory",
			gather->folder);
	gather->names = names;
	names[gather->count] = strdup(name);
	if (!names[gather->count])
		return tsp_fail(gather->err, TSP_ENOMEM, "cannot gather '%s': out of memory",
			gather->folder);
	gather->count++;
	return TSP_OK;
}

static int walk_folder(struct gather *gather, int fd, const char *prefix, int depth);

static int walk_entry(
	struct gather *gather, int fd, const char *prefix, const char *entry, int depth)
{
	struct stat info;
	char *name;
	int below;
	int rc = TSP_OK;

	if (entry[0] == '.' || fstatat(fd, entry, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return TSP_OK;
	name = *prefix ? text_format("%s/%s", prefix, entry) : strdup(entry);
	if (!name)
		return tsp_fail(gather->err, TSP_ENOMEM, "cannot gather '%s': out of memory",
			gather->folder);
	if (S_ISREG(info.st_mode)) {
		rc = gather_name(gather, name, gather->executables && (info.st_mode & S_IXUSR));
	} else if (S_ISDIR(info.st_mode)) {
		below = openat(fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = below < 0 ? tsp_fail_errno(gather->err, "open", name) :
				 walk_folder(gather, below, name, depth + 1);
	}
	free(name);
	return rc;
}

/* Takes fd over. */
static int walk_folder(struct gather *gather, int fd, const char *prefix, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int rc = TSP_OK;

	if (!dir) {
		rc = tsp_fail_errno(gather->err, "read", *prefix ? prefix : gather->folder);
		(void)close(fd); /* only read */
		return rc;
	}
	if (depth > DEPTH_LIMIT)
		rc = tsp_fail(gather->err, TSP_ELIMIT,
			"cannot gather '%s': folders are nested too deep", prefix);
	while (rc >= 0 && (entry = readdir(dir)))
		rc = walk_entry(gather, dirfd(dir), prefix, entry->d_name, depth);
	(void)closedir(dir); /* only read */
	return rc;
}

static int add_file(struct gather *gather, const char *name, size_t *total, struct archive *archive)
{
	char *path = file_join(gather->folder, name);
	struct buffer bytes;
	int rc;

	if (!path)
		return tsp_fail(gather->err, TSP_ENOMEM, "cannot read '%s': out of memory", name);
	buffer_init(&bytes, archive_default_limits.bytes - *total);
	rc = file_read(path, &bytes, gather->err);
	if (rc >= 0)
		rc = archive_add(archive, name, bytes.data, bytes.size, false, gather->err);
	*total += bytes.size;
	buffer_clear(&bytes);
	free(path);
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_all(struct gather *gather, struct archive *archive)
{
	char shown[160];
	size_t total = 0;
	int rc = TSP_OK;

	for (size_t i = 0; i < gather->pattern_count; i++)
		if (!gather->used[i] && gather->count == 0)
			return tsp_fail(gather->err, TSP_ENOENT,
				"cannot gather '%s': no file matches '%s'", gather->folder,
				text_quote(tsp_text_of(gather->patterns[i]), shown, sizeof(shown)));
	qsort(gather->names, gather->count, sizeof(*gather->names), compare_names);
	for (size_t i = 0; rc >= 0 && i < gather->count; i++) {
		progress_show("gather", i, gather->count, gather->names[i]);
		rc = add_file(gather, gather->names[i], &total, archive);
	}
	return rc;
}

/* Patterns that the user wrote must each match; the default ones need not. */
static int check_used(const struct gather *gather, bool written)
{
	char shown[160];

	for (size_t i = 0; written && i < gather->pattern_count; i++)
		if (!gather->used[i])
			return tsp_fail(gather->err, TSP_ENOENT,
				"cannot gather '%s': no file matches '%s'", gather->folder,
				text_quote(tsp_text_of(gather->patterns[i]), shown, sizeof(shown)));
	return TSP_OK;
}

/* Finds the names, unsorted; also and executables may be set before. In any case free with gather_clear. */
static int gather_open(struct gather *gather, const char *folder, char *const *patterns,
	size_t count, tsp_error *err)
{
	static char all_c[] = "*.c", all_h[] = "*.h";
	static char *const usual[] = { all_c, all_h };
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	gather->folder = folder;
	gather->patterns = count ? patterns : usual;
	gather->pattern_count = count ? count : 2;
	gather->err = err;
	if (fd < 0)
		return tsp_fail_errno(err, "open", folder);
	gather->used = calloc(gather->pattern_count, sizeof(*gather->used));
	if (!gather->used) {
		(void)close(fd); /* only opened */
		return tsp_fail(err, TSP_ENOMEM, "cannot gather '%s': out of memory", folder);
	}
	return walk_folder(gather, fd, "", 0);
}

static void gather_clear(struct gather *gather)
{
	for (size_t i = 0; i < gather->count; i++)
		free(gather->names[i]);
	free(gather->names);
	free(gather->used);
}

int gather_files(const char *folder, char *const *patterns, size_t count, char *const *also,
	size_t also_count, struct archive *archive, tsp_error *err)
{
	struct gather gather = { .also = also, .also_count = also_count };
	int rc = gather_open(&gather, folder, patterns, count, err);

	if (rc >= 0)
		rc = check_used(&gather, count > 0);
	if (rc >= 0)
		rc = add_all(&gather, archive);
	gather_clear(&gather);
	return rc;
}

/* FNV-1a, 64 bits: it must tell apart what a person saves, not what an enemy makes. */
static uint64_t stamp_add(uint64_t stamp, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		stamp = (stamp ^ at[i]) * 1099511628211U;
	return stamp;
}

uint64_t gather_stamp_file(const char *path, uint64_t before)
{
	struct stat info = { 0 };
	int missing = stat(path, &info) < 0 ? errno : 0;
	int64_t seen[] = { missing, (int64_t)info.st_ino, info.st_size, info.st_mtim.tv_sec,
		info.st_mtim.tv_nsec };

	return stamp_add(stamp_add(before, path, strlen(path) + 1), seen, sizeof(seen));
}

/* A file that source.json names; its mode says nothing, since gensrc packages it whatever that is. */
static uint64_t stamp_named(const char *folder, tsp_value name, uint64_t stamp)
{
	tsp_text text;
	char *path = NULL;

	if (tsp_value_text(name, &text))
		path = text_format("%s/%.*s", folder, (int)text.size, text.data);
	if (path)
		stamp = gather_stamp_file(path, stamp);
	free(path);
	return stamp;
}

static uint64_t stamp_executables(const char *folder, uint64_t stamp)
{
	char *path = file_join(folder, MANIFEST_NAME);
	struct json_file file = { 0 };
	tsp_value executable;

	if (path && json_read(path, &file, NULL) >= 0) {
		executable = tsp_value_get(file.value, "Executable");
		stamp = stamp_named(folder, executable, stamp);
		stamp = stamp_named(folder, tsp_value_get(executable, "script"), stamp);
		for (size_t i = 0; i < tsp_value_count(executable); i++)
			stamp = stamp_named(folder, tsp_value_at(executable, i), stamp);
	}
	json_clear(&file);
	free(path);
	return stamp;
}

uint64_t gather_stamp(const char *folder)
{
	struct gather gather = { .executables = true };
	int rc = gather_open(&gather, folder, NULL, 0, NULL);
	uint64_t stamp = stamp_add(14695981039346656037U, &rc, sizeof(rc));

	if (gather.count > 0)
		qsort(gather.names, gather.count, sizeof(*gather.names), compare_names);
	for (size_t i = 0; i < gather.count; i++) {
		char *path = file_join(folder, gather.names[i]);

		if (path)
			stamp = gather_stamp_file(path, stamp);
		free(path);
	}
	gather_clear(&gather);
	return stamp_executables(folder, stamp);
}
