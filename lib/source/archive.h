/* SPDX-License-Identifier: MIT */
/* Zip archives in one canonical form (packages.md, "Zip"), reader and writer side by side over
 * zlib. */
#ifndef TSP_SOURCE_ARCHIVE_H
#define TSP_SOURCE_ARCHIVE_H

#include "base/error.h"

struct archive_limits {
	size_t files;   /* 10,000 */
	size_t bytes;   /* 256 MiB in all */
	unsigned ratio; /* 200: unpacked to packed */
};
extern const struct archive_limits archive_default_limits;

struct archive_file {
	char *name;
	uint8_t *bytes; /* unpacked */
	size_t size;
	bool executable;
};

struct archive {
	struct archive_file *files; /* source.json first, then names in byte order */
	size_t count;
};

void archive_clear(struct archive *archive);
/* Reads and unpacks; accepts the canonical form only. TSP_EVALUE (says which rule), TSP_ELIMIT. */
int archive_read(const void *zip, size_t size, const struct archive_limits *limits,
	struct archive *ret_archive, tsp_error *err);
/* The same, but unpacks source.json alone, the first; of the others only the headers are read. */
int archive_read_first(const void *zip, size_t size, const struct archive_limits *limits,
	struct archive *ret_archive, tsp_error *err);
/* Adds a file (name and bytes are copied); TSP_EVALUE for a name that is not allowed, TSP_EEXIST
 * for one that is there already, also by another case. */
int archive_add(struct archive *archive, const char *name, const void *bytes, size_t size,
	bool executable, tsp_error *err);
/* Writes the canonical form; free() *ret_zip. The same files give the same bytes. */
int archive_write(struct archive *archive, uint8_t **ret_zip, size_t *ret_size, tsp_error *err);
const struct archive_file *archive_find(const struct archive *archive, const char *name);
bool archive_name_ok(const char *name);

#endif
