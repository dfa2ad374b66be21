/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <string.h>

#include "source/archive.h"

const char fuzz_corpus[] = "archive";

/* What is read can be written and read again, and is the same. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct archive_limits limits = { .files = 100, .bytes = 1 << 20, .ratio = 200 };
	struct archive archive = { NULL, 0 };
	struct archive again = { NULL, 0 };
	uint8_t *zip = NULL;
	size_t zip_size;
	size_t total = 0;
	tsp_error err;

	if (archive_read(bytes, size, &limits, &archive, &err) < 0) {
		FUZZ_CHECK(archive.files == NULL && archive.count == 0 && err.text[0] != '\0');
		return 0;
	}
	FUZZ_CHECK(archive.count > 0 && archive.count <= limits.files);
	FUZZ_CHECK(archive_write(&archive, &zip, &zip_size, &err) == 0);
	FUZZ_CHECK(archive_read(zip, zip_size, &limits, &again, &err) == 0);
	FUZZ_CHECK(again.count == archive.count);
	for (size_t i = 0; i < archive.count; i++) {
		const struct archive_file *file = &archive.files[i];
		const struct archive_file *other = &again.files[i];
		FUZZ_CHECK(archive_name_ok(file->name));
		FUZZ_CHECK(archive_find(&archive, file->name) == file);
		FUZZ_CHECK(strcmp(file->name, other->name) == 0 && file->size == other->size);
		FUZZ_CHECK(file->executable == other->executable);
		FUZZ_CHECK(memcmp(file->bytes, other->bytes, file->size) == 0);
		total += file->size;
	}
	FUZZ_CHECK(total <= limits.bytes);
	free(zip);
	archive_clear(&archive);
	archive_clear(&again);
	return 0;
}
