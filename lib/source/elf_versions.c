/* SPDX-License-Identifier: MIT */
/* Versions of symbols: two lists of lists, linked by offsets that may lie. Each walk goes forward, and
 * ends where the loader's does: at a step of 0, whatever the counts beside it say. */
#include "config.h"

#include "source/elf.h"

#include <elf.h>

#define VERSIONS_LIMIT 10000 /* entries that are looked at, of both kinds of list */

/* Whether offset and step stay within what 64 bits hold and lead onwards. */
static bool advance(uint64_t *offset, uint64_t step)
{
	if (step == 0 || *offset + step < *offset)
		return false;
	*offset += step;
	return true;
}

static bool count_down(size_t *left)
{
	if (*left == 0)
		return false;
	--*left;
	return true;
}

static bool find_span(const struct elf *elf, int64_t tag, struct elf_span *ret_span)
{
	uint64_t address;
	return elf_dynamic(elf, tag, 0, &address) && elf_span(elf, address, ret_span);
}

struct walk {
	const struct elf *elf;
	struct elf_span span;
	struct elf_version *versions;
	size_t room;
	size_t count;
	size_t left;
};

/* The versions of one library, from offset at. */
static int walk_library(struct walk *walk, const Elf64_Verneed *library, uint64_t at)
{
	Elf64_Vernaux version;
	do {
		struct elf_version *next = &walk->versions[walk->count];

		if (!count_down(&walk->left))
			return TSP_ELIMIT;
		if (!elf_take(&walk->span, at, &version, sizeof(version)))
			return TSP_EVALUE;
		if (version.vna_flags & VER_FLG_WEAK)
			continue;
		if (walk->count == walk->room)
			return TSP_ELIMIT;
		next->library = elf_string(walk->elf, library->vn_file);
		next->version = elf_string(walk->elf, version.vna_name);
		if (!next->library || !next->version)
			return TSP_EVALUE;
		walk->count++;
	} while (advance(&at, version.vna_next));
	return version.vna_next == 0 ? 0 : TSP_EVALUE;
}

int elf_versions_needed(const struct elf *elf, struct elf_version *ret_versions, size_t room)
{
	struct walk walk = {
		.elf = elf, .versions = ret_versions, .room = room, .left = VERSIONS_LIMIT
	};
	Elf64_Verneed library;
	uint64_t offset = 0;
	int rc;

	if (!elf_dynamic(elf, DT_VERNEED, 0, &offset))
		return 0;
	if (!find_span(elf, DT_VERNEED, &walk.span))
		return TSP_EVALUE;
	offset = 0;
	do {
		uint64_t at = offset;

		if (!count_down(&walk.left))
			return TSP_ELIMIT;
		if (!elf_take(&walk.span, offset, &library, sizeof(library)) ||
			!advance(&at, library.vn_aux))
			return TSP_EVALUE;
		rc = walk_library(&walk, &library, at);
		if (rc < 0)
			return rc;
	} while (advance(&offset, library.vn_next));
	return (int)walk.count;
}

bool elf_version_defined(const struct elf *elf, const char *version)
{
	struct elf_span span;
	uint64_t offset = 0;
	size_t left = VERSIONS_LIMIT;
	Elf64_Verdef definition;
	Elf64_Verdaux name;

	if (!find_span(elf, DT_VERDEF, &span))
		return false;
	do {
		uint64_t at = offset;

		if (!count_down(&left) ||
			!elf_take(&span, offset, &definition, sizeof(definition)) ||
			!advance(&at, definition.vd_aux) ||
			!elf_take(&span, at, &name, sizeof(name)))
			return false;
		if (elf_string_is(elf, name.vda_name, version))
			return true;
	} while (advance(&offset, definition.vd_next));
	return false;
}
