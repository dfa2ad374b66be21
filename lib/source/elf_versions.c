/* SPDX-License-Identifier: MIT */
/* Versions of symbols: two lists of lists, linked by offsets that may lie. Each walk goes forward only,
 * so it ends with the file. */
#include "config.h"

#include "source/elf.h"

#include <elf.h>
#include <string.h>

#define VERSIONS_LIMIT 10000 /* entries that are looked at */

/* Whether offset and step stay within what 64 bits hold and lead onwards. */
static bool advance(uint64_t *offset, uint64_t step)
{
	if (step == 0 || *offset + step < *offset)
		return false;
	*offset += step;
	return true;
}

bool elf_version_needed(
	const struct elf *elf, size_t index, const char **ret_library, const char **ret_version)
{
	uint64_t address;
	uint64_t offset;
	size_t left = VERSIONS_LIMIT;
	Elf64_Verneed library;
	Elf64_Vernaux version;

	if (!elf_dynamic(elf, DT_VERNEED, 0, &address) || !elf_offset(elf, address, &offset))
		return false;
	do {
		uint64_t at = offset;
		unsigned count = 0;

		if (!elf_take(elf, offset, &library, sizeof(library)) ||
			!advance(&at, library.vn_aux))
			return false;
		for (; count < library.vn_cnt && left-- > 0; count++) {
			if (!elf_take(elf, at, &version, sizeof(version)))
				return false;
			if (!(version.vna_flags & VER_FLG_WEAK) && index-- == 0) {
				*ret_library = elf_string(elf, library.vn_file);
				*ret_version = elf_string(elf, version.vna_name);
				return *ret_library && *ret_version;
			}
			if (!advance(&at, version.vna_next))
				break;
		}
	} while (left > 0 && advance(&offset, library.vn_next));
	return false;
}

bool elf_version_defined(const struct elf *elf, const char *version)
{
	uint64_t address;
	uint64_t offset;
	Elf64_Verdef definition;
	Elf64_Verdaux name;
	size_t left = VERSIONS_LIMIT;

	if (!elf_dynamic(elf, DT_VERDEF, 0, &address) || !elf_offset(elf, address, &offset))
		return false;
	do {
		uint64_t at = offset;
		const char *text;

		if (!elf_take(elf, offset, &definition, sizeof(definition)) ||
			!advance(&at, definition.vd_aux) || !elf_take(elf, at, &name, sizeof(name)))
			return false;
		text = elf_string(elf, name.vda_name);
		if (text && strcmp(text, version) == 0)
			return true;
	} while (left-- > 0 && advance(&offset, definition.vd_next));
	return false;
}
