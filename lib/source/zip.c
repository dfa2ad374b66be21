/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/archive.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "source/entry.h"

#define DEFLATE_LEVEL 6 /* part of the form: another level, other bytes */
#define ZIP_LIMIT     ((size_t)512 * 1024 * 1024)

/* Deflates where that is shorter and still within what readers unpack; else *ret_packed is NULL. */
static int deflate_all(const struct archive_file *file, uint8_t **ret_packed, size_t *ret_size)
{
	z_stream stream;
	int rc = 0;
	uint8_t *packed = file->size > 1 ? malloc(file->size) : NULL;
	*ret_packed = NULL;
	if (!packed)
		return file->size > 1 ? TSP_ENOMEM : 0;
	memset(&stream, 0, sizeof(stream));
	if (deflateInit2(&stream, DEFLATE_LEVEL, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
		Z_OK) {
		rc = TSP_ENOMEM;
		goto out;
	}
	stream.next_in = file->bytes;
	stream.avail_in = (uInt)file->size;
	stream.next_out = packed;
	stream.avail_out = (uInt)file->size - 1;
	if (deflate(&stream, Z_FINISH) == Z_STREAM_END &&
		file->size <= (uint64_t)stream.total_out * archive_default_limits.ratio) {
		*ret_size = stream.total_out;
		*ret_packed = packed;
		packed = NULL;
	}
	deflateEnd(&stream);
out:
	free(packed);
	return rc;
}

static int zip_file(const struct archive_file *file, struct buffer *zip, struct buffer *central)
{
	uint8_t header[ENTRY_CENTRAL_SIZE + ENTRY_NAME_LIMIT];
	uint8_t *packed = NULL;
	size_t packed_size = file->size;
	struct entry entry;

	int rc = deflate_all(file, &packed, &packed_size);
	if (rc < 0)
		return rc;
	memset(&entry, 0, sizeof(entry));
	entry.name_size = strlen(file->name);
	memcpy(entry.name, file->name, entry.name_size);
	entry.method = packed ? ENTRY_DEFLATED : ENTRY_STORED;
	entry.crc = (uint32_t)crc32_z(0, file->bytes, file->size);
	entry.packed = (uint32_t)packed_size;
	entry.size = (uint32_t)file->size;
	entry.offset = (uint32_t)zip->size;
	entry.executable = file->executable;
	rc = buffer_put(zip, header, entry_put_local(&entry, header));
	if (rc == 0)
		rc = buffer_put(zip, packed ? packed : file->bytes, packed_size);
	if (rc == 0)
		rc = buffer_put(central, header, entry_put_central(&entry, header));
	free(packed);
	return rc;
}

static int check_limits(const struct archive *archive, tsp_error *err)
{
	uint64_t total = 0;
	if (archive->count > archive_default_limits.files)
		return tsp_fail(err, TSP_ELIMIT, "cannot make a package: more than %zu files",
			archive_default_limits.files);
	for (size_t i = 0; i < archive->count; i++) {
		total += archive->files[i].size;
		if (total > archive_default_limits.bytes)
			return tsp_fail(err, TSP_ELIMIT,
				"cannot make a package: more than %zu bytes of files",
				archive_default_limits.bytes);
	}
	if (!archive_find(archive, ENTRY_FIRST_NAME))
		return tsp_fail(err, TSP_EVALUE,
			"cannot make a package: there is no '" ENTRY_FIRST_NAME "'");
	return 0;
}

int archive_write(struct archive *archive, uint8_t **ret_zip, size_t *ret_size, tsp_error *err)
{
	uint8_t end[ENTRY_END_SIZE];
	struct buffer zip;
	struct buffer central;
	buffer_init(&zip, ZIP_LIMIT);
	buffer_init(&central, ZIP_LIMIT);

	int rc = check_limits(archive, err);
	if (rc < 0)
		goto out;
	for (size_t i = 0; i < archive->count && rc == 0; i++)
		rc = zip_file(&archive->files[i], &zip, &central);
	if (rc == 0) {
		entry_put_end(archive->count, (uint32_t)central.size, (uint32_t)zip.size, end);
		rc = buffer_put(&zip, central.data, central.size);
	}
	if (rc == 0)
		rc = buffer_put(&zip, end, sizeof(end));
	if (rc < 0) {
		tsp_fail(err, rc, "cannot make a package: %s", tsp_error_sentence(rc));
		goto out;
	}
	*ret_zip = zip.data;
	*ret_size = zip.size;
	zip.data = NULL; /* handed to the caller */
out:
	buffer_clear(&zip);
	buffer_clear(&central);
	return rc;
}
