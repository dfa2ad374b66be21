/* SPDX-License-Identifier: MIT */
/*
 * Reads of an ELF file of 64 bits what the dynamic loader would: by program headers and the
 * dynamic section, never by sections. Every offset is checked against the file; it may lie about
 * all of them. What the loader could understand in another way than we do is refused.
 */
#ifndef TSP_SOURCE_ELF_H
#define TSP_SOURCE_ELF_H

#include "base/error.h"

/* What is mapped from the file at an address, up to the end of the segment. Borrowed. */
struct elf_span {
	const uint8_t *bytes;
	uint64_t size;
};

struct elf {
	const uint8_t *bytes; /* borrowed */
	size_t size;
	const uint8_t *headers; /* program headers */
	size_t header_count;
	const uint8_t *dynamic;
	size_t dynamic_count; /* before DT_NULL */
	struct elf_span strings;
	struct elf_span symbols;
};

/* TSP_EVALUE: not a shared library for this machine. */
int elf_open(const void *bytes, size_t size, struct elf *ret_elf, tsp_error *err);
bool elf_stack_is_executable(const struct elf *elf);
/* Entry number index of a tag, counted from 0; false: there are no more. */
bool elf_dynamic(const struct elf *elf, int64_t tag, size_t index, uint64_t *ret_value);
/* A string of the dynamic table; NULL: outside of it, or longer than names are. */
const char *elf_string(const struct elf *elf, uint64_t offset);
bool elf_string_is(const struct elf *elf, uint64_t offset, const char *text);
/* Whether a symbol is defined and found by its name, as the loader looks it up: 1, 0, or TSP_EVALUE
 * where the tables are damaged and the loader may find another one. */
int elf_exports(const struct elf *elf, const char *name);

/* False: nothing of the file is mapped there. */
bool elf_span(const struct elf *elf, uint64_t address, struct elf_span *ret_span);
/* Copies a record; false: not wholly within the span. */
bool elf_take(const struct elf_span *span, uint64_t offset, void *ret_record, size_t size);

/* What the module must find in a library: "libc.so.6", "GLIBC_2.34". Borrowed of the file. */
struct elf_version {
	const char *library;
	const char *version;
};
/* How many, weak ones passed over. TSP_EVALUE: damaged; TSP_ELIMIT: more than room, or than one looks at. */
int elf_versions_needed(const struct elf *elf, struct elf_version *ret_versions, size_t room);
bool elf_version_defined(const struct elf *elf, const char *version);

#endif
