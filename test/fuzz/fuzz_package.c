/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "source/package.h"

const char fuzz_corpus[] = "package";

/* The blocks and the zip of what was read are, byte for byte, what was given. */
static void rebuild(const uint8_t *bytes, size_t size, const struct package *package)
{
	struct buffer again;
	buffer_init(&again, PACKAGE_LIMIT);
	FUZZ_CHECK(buffer_printf(&again, "THESPIAN-SOURCE 1\n") == 0);
	for (size_t i = 0; i < package->signature_count; i++) {
		char *block = package_minisig(package, i);
		FUZZ_CHECK(block != NULL && buffer_put(&again, block, strlen(block)) == 0);
		free(block);
	}
	FUZZ_CHECK(buffer_put(&again, "\n", 1) == 0);
	FUZZ_CHECK(buffer_put(&again, package->zip, package->zip_size) == 0);
	FUZZ_CHECK(again.size == size && memcmp(again.data, bytes, size) == 0);
	buffer_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct keyring empty = { NULL, 0 };
	struct package package;
	uint8_t hash[PACKAGE_HASH_SIZE];
	char text[PACKAGE_HASH_TEXT];
	tsp_error err;

	FUZZ_CHECK(keys_init(&err) == 0);
	package_hash(bytes, size, hash);
	if (package_read(bytes, size, &package, &err) < 0) {
		FUZZ_CHECK(err.code == TSP_EUNTRUSTED && err.text[0] != '\0');
		return 0;
	}
	FUZZ_CHECK(package.signature_count > 0 && package.signature_count <= PACKAGE_SIGNATURES);
	FUZZ_CHECK(package_group_ok(package.group) && package_version_ok(package.version));
	FUZZ_CHECK(strcmp(text_hex(hash, sizeof(hash), text), package.hash) == 0);
	rebuild(bytes, size, &package);
	FUZZ_CHECK(package_verify(&package, &empty, &err) == TSP_EUNTRUSTED);
	return 0;
}
