/* SPDX-License-Identifier: MIT */
/*
 * Reads of an ELF file of 64 bits what the dynamic loader would: by program headers and the
 * dynamic section, never by sections. Every offset is checked against the file; it may lie about
 * all of them.
 */
#ifndef TSP_SOURCE_ELF_H
#define TSP_SOURCE_ELF_H

#include "base/error.h"

struct elf {
	const uint8_t *bytes; /* borrowed */
	size_t size;
	const uint8_t *headers; /* program headers */
	size_t header_count;
	const uint8_t *dynamic;
	size_t dynamic_count;
	uint64_t strings; /* file offset of the dynamic string table */
	uint64_t strings_size;
	uint64_t symbols; /* file offset */
};

/* TSP_EVALUE: not a shared library for this machine. */
int elf_open(const void *bytes, size_t size, struct elf *ret_elf, tsp_error *err);
bool elf_stack_is_executable(const struct elf *elf);
/* Entry number index of a tag, counted from 0; false: there are no more. */
bool elf_dynamic(const struct elf *elf, int64_t tag, size_t index, uint64_t *ret_value);
/* A string of the dynamic table; NULL: outside of it. */
const char *elf_string(const struct elf *elf, uint64_t offset);
/* Whether a symbol is defined and found by its name, as the loader looks it up. */
bool elf_exports(const struct elf *elf, const char *name);

/* Where in the file an address of the running module comes from. */
bool elf_offset(const struct elf *elf, uint64_t address, uint64_t *ret_offset);
/* Copies a record at an offset of the file; false: not wholly within it. */
bool elf_take(const struct elf *elf, uint64_t offset, void *ret_record, size_t size);

/* Version number index that the module must find in a library ("libc.so.6", "GLIBC_2.34"); weak ones
 * are passed over. False: there are no more. */
bool elf_version_needed(
	const struct elf *elf, size_t index, const char **ret_library, const char **ret_version);
bool elf_version_defined(const struct elf *elf, const char *version);

#endif
