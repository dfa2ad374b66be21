/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <string.h>

#include "source/elf.h"
#include "source/module.h"

#define VERSIONS 256

const char fuzz_corpus[] = "elf";

/* What prebuilt_fit reads of a module; of a library, whose versions it asks for, it is the same file. */
static void read_versions(const struct elf *elf)
{
	static struct elf_version versions[VERSIONS];
	int count = elf_versions_needed(elf, versions, VERSIONS);

	FUZZ_CHECK(count <= VERSIONS);
	for (int i = 0; i < count; i++) {
		FUZZ_CHECK(strlen(versions[i].library) < elf->size);
		(void)elf_version_defined(elf, versions[i].version);
	}
	(void)elf_version_defined(elf, "FUZZ_1");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct manifest_names none = { NULL, 0 };
	struct elf elf;
	tsp_error err = { 0 };

	if (module_check_bytes(bytes, size, &none, &err) < 0)
		FUZZ_CHECK(err.code == TSP_EVALUE && err.text[0] != '\0');
	if (elf_open(bytes, size, &elf, &err) < 0) {
		FUZZ_CHECK(module_check_bytes(bytes, size, NULL, NULL) < 0);
		return 0;
	}
	read_versions(&elf);
	return 0;
}
