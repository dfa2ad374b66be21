/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/archive.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "source/entry.h"

/* What is known before any memory is taken for files. */
struct scan {
	const uint8_t *zip;
	size_t size;
	size_t count;
	size_t central; /* offset of the central directory */
	const struct archive_limits *limits;
	size_t kept; /* how many of the entries, from the first on, are wanted */
};

static int scan_end(struct scan *scan, tsp_error *err)
{
	uint8_t canonical[ENTRY_END_SIZE];
	uint32_t central_size;
	uint32_t central_offset;

	if (scan->size < ENTRY_END_SIZE || scan->size > UINT32_MAX)
		return tsp_fail(err, TSP_EVALUE, "not a zip: too short or too long");
	const uint8_t *end = scan->zip + scan->size - ENTRY_END_SIZE;
	entry_read_end(end, &scan->count, &central_size, &central_offset);
	entry_put_end(scan->count, central_size, central_offset, canonical);
	if (memcmp(end, canonical, sizeof(canonical)) != 0)
		return tsp_fail(err, TSP_EVALUE,
			"not a zip of our form: its last 22 bytes are no plain end record");
	if ((uint64_t)central_offset + central_size + ENTRY_END_SIZE != scan->size)
		return tsp_fail(err, TSP_EVALUE,
			"not a zip of our form: something stands before, between or behind");
	if (scan->count == 0)
		return tsp_fail(err, TSP_EVALUE, "a zip without files");
	if (scan->count > scan->limits->files)
		return tsp_fail(
			err, TSP_ELIMIT, "more than %zu files in the zip", scan->limits->files);
	if ((uint64_t)scan->count * ENTRY_CENTRAL_SIZE > central_size)
		return tsp_fail(
			err, TSP_EVALUE, "not a zip of our form: it counts more files than it has");
	scan->central = central_offset;
	return 0;
}

static int check_sizes(
	const struct scan *scan, const struct entry *entry, uint64_t *total, tsp_error *err)
{
	*total += entry->size;
	if (*total > scan->limits->bytes)
		return tsp_fail(err, TSP_ELIMIT, "more than %zu bytes in the zip when unpacked",
			scan->limits->bytes);
	if (entry->method == ENTRY_STORED && entry->packed != entry->size)
		return tsp_fail(
			err, TSP_EVALUE, "'%s' is stored, but its two sizes differ", entry->name);
	if (entry->method == ENTRY_DEFLATED && entry->packed >= entry->size)
		return tsp_fail(err, TSP_EVALUE, "'%s' is deflated, but not smaller", entry->name);
	if ((uint64_t)entry->packed * scan->limits->ratio < entry->size)
		return tsp_fail(err, TSP_ELIMIT, "'%s' unpacks to more than %u times its size",
			entry->name, scan->limits->ratio);
	return 0;
}

static int check_name(const struct entry *entry, const char *before, tsp_error *err)
{
	char quoted[200];
	entry_name_quote(entry->name, entry->name_size, quoted, sizeof(quoted));
	if (memchr(entry->name, '\0', entry->name_size) || !archive_name_ok(entry->name))
		return tsp_fail(err, TSP_EVALUE, "'%s' is " ENTRY_NAME_RULE, quoted);
	if (!before)
		return strcmp(entry->name, ENTRY_FIRST_NAME) == 0 ?
			0 :
			tsp_fail(err, TSP_EVALUE,
				"its first file is '%s', not '" ENTRY_FIRST_NAME "'", quoted);
	if (entry_name_compare(before, entry->name) >= 0)
		return tsp_fail(err, TSP_EVALUE, "'%s' is there twice, or out of order", quoted);
	return 0;
}

/* Both headers must be, byte for byte, what we would write for these numbers. */
static int check_headers(
	const struct scan *scan, const uint8_t *central, const struct entry *entry, tsp_error *err)
{
	uint8_t canonical[ENTRY_CENTRAL_SIZE + ENTRY_NAME_LIMIT];
	size_t size = entry_put_central(entry, canonical);
	if (memcmp(central, canonical, size) != 0)
		return tsp_fail(err, TSP_EVALUE, "the %s of '%s' is not as it must be",
			entry_central_difference(central, canonical), entry->name);
	if (entry->method != ENTRY_STORED && entry->method != ENTRY_DEFLATED)
		return tsp_fail(
			err, TSP_EVALUE, "'%s' is neither stored nor deflated", entry->name);
	size = entry_put_local(entry, canonical);
	if ((uint64_t)entry->offset + size + entry->packed > scan->central)
		return tsp_fail(err, TSP_EVALUE, "'%s' does not lie within the zip", entry->name);
	const uint8_t *local = scan->zip + entry->offset;
	if (memcmp(local, canonical, size) != 0)
		return tsp_fail(err, TSP_EVALUE, "the two headers of '%s' differ in the %s",
			entry->name, entry_local_difference(local, canonical));
	return 0;
}

/* Reads the headers of all files; takes no memory. Fills as many entries as are kept. */
static int scan_entries(const struct scan *scan, struct entry *entries, tsp_error *err)
{
	size_t at = scan->central;
	size_t end = scan->size - ENTRY_END_SIZE;
	size_t expected = 0;
	uint64_t total = 0;
	char before[ENTRY_NAME_LIMIT + 1] = "";

	for (size_t i = 0; i < scan->count; i++) {
		struct entry entry;
		if (entry_read_central(scan->zip + at, end - at, &entry) < 0)
			return tsp_fail(err, TSP_EVALUE,
				"the header of file %zu of the zip is cut off, or its name "
				"too long",
				i + 1);
		int rc = check_name(&entry, i ? before : NULL, err);
		if (rc == 0)
			rc = check_headers(scan, scan->zip + at, &entry, err);
		if (rc == 0)
			rc = check_sizes(scan, &entry, &total, err);
		if (rc < 0)
			return rc;
		if (entry.offset != expected)
			return tsp_fail(err, TSP_EVALUE,
				"'%s' does not lie right behind the file before", entry.name);
		expected += ENTRY_LOCAL_SIZE + entry.name_size + entry.packed;
		at += ENTRY_CENTRAL_SIZE + entry.name_size;
		memcpy(before, entry.name, sizeof(before));
		if (i < scan->kept)
			entries[i] = entry;
	}
	if (expected != scan->central || at != end)
		return tsp_fail(
			err, TSP_EVALUE, "not a zip of our form: bytes that belong to no file");
	return 0;
}

static int compare_folded(const void *a, const void *b)
{
	const struct entry *const *entry_a = a;
	const struct entry *const *entry_b = b;
	return entry_name_fold_compare((*entry_a)->name, (*entry_b)->name);
}

static bool has_name(const struct entry **sorted, size_t count, const char *name, size_t name_size)
{
	struct entry wanted;
	const struct entry *key = &wanted;
	memcpy(wanted.name, name, name_size);
	wanted.name[name_size] = '\0';
	return bsearch(&key, sorted, count, sizeof(key), compare_folded) != NULL;
}

/* No two names alike under case folding, no name a folder of another. */
static int check_twins(const struct entry *entries, size_t count, tsp_error *err)
{
	const struct entry **sorted = malloc(count * sizeof(const struct entry *));
	int rc = 0;
	if (!sorted)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		sorted[i] = &entries[i];
	qsort(sorted, count, sizeof(*sorted), compare_folded);
	for (size_t i = 1; i < count && rc == 0; i++)
		if (compare_folded(&sorted[i - 1], &sorted[i]) == 0)
			rc = tsp_fail(err, TSP_EVALUE, "'%s' and '%s' differ by case only",
				sorted[i - 1]->name, sorted[i]->name);
	for (size_t i = 0; i < count && rc == 0; i++) {
		const char *name = entries[i].name;
		for (const char *at = strchr(name, '/'); at && rc == 0; at = strchr(at + 1, '/'))
			if (has_name(sorted, count, name, (size_t)(at - name)))
				rc = tsp_fail(
					err, TSP_EVALUE, "a folder of '%s' is a file too", name);
	}
	free(sorted);
	return rc;
}

/* Exactly packed bytes in, exactly size bytes out. */
static int inflate_all(const uint8_t *packed, const struct entry *entry, uint8_t *out)
{
	z_stream stream;
	memset(&stream, 0, sizeof(stream));
	if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return TSP_ENOMEM;
	stream.next_in = (uint8_t *)(uintptr_t)packed;
	stream.avail_in = entry->packed;
	stream.next_out = out;
	stream.avail_out = entry->size;
	int done = inflate(&stream, Z_FINISH);
	bool exact = done == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
	inflateEnd(&stream);
	return exact ? 0 : TSP_EVALUE;
}

static int unpack_file(const struct scan *scan, const struct entry *entry,
	struct archive_file *file, tsp_error *err)
{
	const uint8_t *packed = scan->zip + entry->offset + ENTRY_LOCAL_SIZE + entry->name_size;
	int rc = 0;
	file->size = entry->size;
	file->executable = entry->executable;
	file->name = strdup(entry->name);
	file->bytes = malloc((size_t)entry->size + 1);
	if (!file->name || !file->bytes)
		return tsp_fail(err, TSP_ENOMEM, "out of memory for '%s'", entry->name);
	if (entry->method == ENTRY_STORED)
		memcpy(file->bytes, packed, entry->size);
	else
		rc = inflate_all(packed, entry, file->bytes);
	if (rc < 0)
		return tsp_fail(err, rc, "'%s' does not unpack to its size", entry->name);
	file->bytes[entry->size] = '\0';
	if (crc32_z(0, file->bytes, entry->size) != entry->crc)
		return tsp_fail(
			err, TSP_EVALUE, "the checksum of '%s' does not agree", entry->name);
	return 0;
}

int archive_read(const void *zip, size_t size, const struct archive_limits *limits,
	struct archive *ret_archive, tsp_error *err)
{
	struct scan scan = { .zip = zip, .size = size, .limits = limits };
	struct archive archive = { NULL, 0 };
	struct entry *entries = NULL;

	int rc = scan_end(&scan, err);
	if (rc == 0)
		rc = scan_entries(&scan, NULL, err);
	if (rc < 0)
		return rc;
	entries = calloc(scan.count, sizeof(*entries));
	/* A power of two, so that archive_add can go on. */
	size_t capacity = 1;
	while (capacity < scan.count)
		capacity *= 2;
	archive.files = calloc(capacity, sizeof(*archive.files));
	if (!entries || !archive.files) {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
		goto out;
	}
	scan.kept = scan.count;
	rc = scan_entries(&scan, entries, err);
	if (rc == 0)
		rc = check_twins(entries, scan.count, err);
	while (archive.count < scan.count && rc == 0) {
		rc = unpack_file(
			&scan, &entries[archive.count], &archive.files[archive.count], err);
		archive.count++;
	}
	if (rc == 0) {
		*ret_archive = archive;
		archive = (struct archive){ NULL, 0 };
	}
out:
	archive_clear(&archive);
	free(entries);
	return rc;
}

int archive_read_first(const void *zip, size_t size, const struct archive_limits *limits,
	struct archive *ret_archive, tsp_error *err)
{
	struct scan scan = { .zip = zip, .size = size, .limits = limits, .kept = 1 };
	struct archive archive = { NULL, 0 };
	struct entry first;

	int rc = scan_end(&scan, err);
	if (rc == 0)
		rc = scan_entries(&scan, &first, err);
	if (rc < 0)
		return rc;
	archive.files = calloc(1, sizeof(*archive.files));
	if (!archive.files)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	archive.count = 1;
	rc = unpack_file(&scan, &first, archive.files, err);
	if (rc < 0)
		archive_clear(&archive);
	else
		*ret_archive = archive;
	return rc;
}
