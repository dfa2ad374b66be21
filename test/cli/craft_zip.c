/* SPDX-License-Identifier: MIT */
/*
 * Writes a zip of files under any names, in the headers of the canonical form, for tests of what is refused.
 *
 * usage: craft_zip OUT ENTRY...
 *
 * ENTRY: [--deflate] [--again] [--size BYTES] NAME=FILE. %XX in a name is a byte. --again: the entry is in the
 * central directory only, and shares the bytes of the one before; --size: what the headers claim.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/file.h"
#include "source/entry.h"

#define LIMIT ((size_t)1 << 30)

struct zip {
	struct buffer bytes;
	struct buffer central;
	size_t count;
};

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "craft_zip: cannot use '%s'\n", what);
	exit(2);
}

static void read_name(const char *text, size_t size, struct entry *entry)
{
	for (size_t i = 0; i < size; i++) {
		char digits[3] = "";
		need(entry->name_size < sizeof(entry->name), text);
		if (text[i] == '%' && i + 2 < size) {
			memcpy(digits, text + i + 1, 2);
			i += 2;
			entry->name[entry->name_size++] = (char)strtoul(digits, NULL, 16);
		} else {
			entry->name[entry->name_size++] = text[i];
		}
	}
}

/* As raw deflate, of the strongest kind. */
static void deflate_all(struct buffer *bytes)
{
	struct buffer packed;
	z_stream stream = { 0 };
	need(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK, "deflate");
	buffer_init(&packed, LIMIT);
	need(buffer_reserve(&packed, deflateBound(&stream, bytes->size)) == 0, "deflate");
	stream.next_in = bytes->data;
	stream.avail_in = (uInt)bytes->size;
	stream.next_out = packed.data;
	stream.avail_out = (uInt)packed.capacity;
	need(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate");
	packed.size = stream.total_out;
	deflateEnd(&stream);
	buffer_clear(bytes);
	*bytes = packed;
}

static void add(struct zip *zip, struct entry *entry, struct buffer *bytes, bool again)
{
	static uint32_t offset;
	uint8_t header[ENTRY_CENTRAL_SIZE + ENTRY_NAME_LIMIT + 1];
	if (!again) {
		offset = (uint32_t)zip->bytes.size;
		need(buffer_put(&zip->bytes, header, entry_put_local(entry, header)) == 0, "memory");
		need(buffer_put(&zip->bytes, bytes->data, bytes->size) == 0, "memory");
	}
	entry->offset = offset;
	need(buffer_put(&zip->central, header, entry_put_central(entry, header)) == 0, "memory");
	zip->count++;
}

int main(int argc, char **argv)
{
	struct zip zip = { .count = 0 };
	uint8_t end[ENTRY_END_SIZE];
	bool packed = false, again = false;
	uint32_t claimed = 0;

	need(argc > 2, "this");
	buffer_init(&zip.bytes, LIMIT);
	buffer_init(&zip.central, LIMIT);
	for (int i = 2; i < argc; i++) {
		struct entry entry = { .method = ENTRY_STORED };
		const char *file = strrchr(argv[i], '=');
		struct buffer bytes;

		if (strcmp(argv[i], "--deflate") == 0) {
			packed = true;
			continue;
		}
		if (strcmp(argv[i], "--again") == 0) {
			again = true;
			continue;
		}
		if (strcmp(argv[i], "--size") == 0 && i + 1 < argc) {
			claimed = (uint32_t)strtoul(argv[++i], NULL, 10);
			continue;
		}
		need(file != NULL, argv[i]);
		read_name(argv[i], (size_t)(file - argv[i]), &entry);
		buffer_init(&bytes, LIMIT);
		need(file_read(file + 1, &bytes, NULL) == 0, file + 1);
		entry.crc = (uint32_t)crc32_z(0, bytes.data, bytes.size);
		entry.size = claimed > 0 ? claimed : (uint32_t)bytes.size;
		if (packed) {
			entry.method = ENTRY_DEFLATED;
			deflate_all(&bytes);
		}
		entry.packed = (uint32_t)bytes.size;
		add(&zip, &entry, &bytes, again);
		buffer_clear(&bytes);
		packed = again = false;
		claimed = 0;
	}
	entry_put_end(zip.count, (uint32_t)zip.central.size, (uint32_t)zip.bytes.size, end);
	need(buffer_put(&zip.bytes, zip.central.data, zip.central.size) == 0, "memory");
	need(buffer_put(&zip.bytes, end, sizeof(end)) == 0, "memory");
	need(file_replace(argv[1], zip.bytes.data, zip.bytes.size, 0600, NULL) == 0, argv[1]);
	buffer_clear(&zip.bytes);
	buffer_clear(&zip.central);
	return 0;
}
