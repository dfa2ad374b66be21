/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/elf.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_LIMIT 64   /* linkers make about a dozen */
#define DYNAMIC_LIMIT 1024 /* entries, of which most are libraries */
#define STRING_LIMIT  4096

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__riscv)
#define MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define MACHINE EM_PPC64
#elif defined(__s390x__)
#define MACHINE EM_S390
#endif

bool elf_take(const struct elf_span *span, uint64_t offset, void *ret_record, size_t size)
{
	if (offset > span->size || span->size - offset < size)
		return false;
	memcpy(ret_record, span->bytes + offset, size);
	return true;
}

static Elf64_Phdr header_at(const struct elf *elf, size_t index)
{
	Elf64_Phdr header;
	memcpy(&header, elf->headers + index * sizeof(header), sizeof(header));
	return header;
}

static Elf64_Dyn entry_at(const struct elf *elf, size_t index)
{
	Elf64_Dyn entry;
	memcpy(&entry, elf->dynamic + index * sizeof(entry), sizeof(entry));
	return entry;
}

bool elf_span(const struct elf *elf, uint64_t address, struct elf_span *ret_span)
{
	for (size_t i = 0; i < elf->header_count; i++) {
		Elf64_Phdr header = header_at(elf, i);
		if (header.p_type != PT_LOAD || address < header.p_vaddr ||
			address - header.p_vaddr >= header.p_filesz)
			continue;
		ret_span->bytes = elf->bytes + header.p_offset + (address - header.p_vaddr);
		ret_span->size = header.p_filesz - (address - header.p_vaddr);
		return true;
	}
	return false;
}

/* Each segment lies within the file, and no two share a page: the loader maps one over another. */
static bool check_segments(const struct elf *elf)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t free_from = 0;
	for (size_t i = 0; i < elf->header_count; i++) {
		Elf64_Phdr header = header_at(elf, i);
		if (header.p_type != PT_LOAD)
			continue;
		if (header.p_offset > elf->size || header.p_filesz > elf->size - header.p_offset ||
			header.p_filesz > header.p_memsz ||
			(header.p_vaddr - header.p_offset) % page != 0 ||
			header.p_vaddr - header.p_vaddr % page < free_from ||
			header.p_memsz > UINT64_MAX - page - header.p_vaddr)
			return false;
		free_from = (header.p_vaddr + header.p_memsz + page - 1) / page * page;
	}
	return true;
}

/* The loader takes the last one of a tag where we would take the first. */
static bool is_singular(int64_t tag)
{
	return tag != DT_NEEDED && tag != DT_AUXILIARY && tag != DT_FILTER;
}

static bool check_entries(struct elf *elf, size_t most)
{
	for (size_t i = 0; i < most && i <= DYNAMIC_LIMIT; i++) {
		int64_t tag = entry_at(elf, i).d_tag;
		uint64_t value;
		elf->dynamic_count = i;
		if (tag == DT_NULL)
			return true;
		if (is_singular(tag) && elf_dynamic(elf, tag, 0, &value))
			return false;
	}
	return false; /* the loader reads on until it finds one */
}

/* By its address, as the loader does; where the header says that it is in the file must be the same place. */
static bool find_dynamic(struct elf *elf)
{
	size_t most = 0;
	for (size_t i = 0; i < elf->header_count; i++) {
		Elf64_Phdr header = header_at(elf, i);
		struct elf_span span;
		if (header.p_type != PT_DYNAMIC)
			continue;
		if (elf->dynamic || !elf_span(elf, header.p_vaddr, &span) ||
			header.p_filesz > span.size ||
			(uint64_t)(span.bytes - elf->bytes) != header.p_offset)
			return false;
		elf->dynamic = span.bytes;
		most = header.p_filesz / sizeof(Elf64_Dyn);
	}
	return elf->dynamic && check_entries(elf, most);
}

static bool find_tables(struct elf *elf)
{
	uint64_t strings;
	uint64_t strings_size;
	uint64_t symbols;
	if (!elf_dynamic(elf, DT_STRTAB, 0, &strings) || !elf_span(elf, strings, &elf->strings) ||
		!elf_dynamic(elf, DT_STRSZ, 0, &strings_size) || strings_size == 0 ||
		strings_size > elf->strings.size || elf->strings.bytes[strings_size - 1] != '\0')
		return false;
	elf->strings.size = strings_size;
	return elf_dynamic(elf, DT_SYMTAB, 0, &symbols) && elf_span(elf, symbols, &elf->symbols);
}

int elf_open(const void *bytes, size_t size, struct elf *ret_elf, tsp_error *err)
{
	struct elf elf = { .bytes = bytes, .size = size };
	const struct elf_span whole = { bytes, size };
	Elf64_Ehdr header;
	unsigned char order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

	if (!elf_take(&whole, 0, &header, sizeof(header)) ||
		memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
		header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != order ||
		header.e_type != ET_DYN || header.e_phentsize != sizeof(Elf64_Phdr))
		return tsp_fail(err, TSP_EVALUE, "not a shared library");
#ifdef MACHINE
	if (header.e_machine != MACHINE)
		return tsp_fail(err, TSP_EVALUE, "made for another kind of machine");
#endif
	uint64_t headers_size = (uint64_t)header.e_phnum * sizeof(Elf64_Phdr);
	if (header.e_phnum > HEADERS_LIMIT || header.e_phoff > size ||
		headers_size > size - header.e_phoff)
		return tsp_fail(err, TSP_EVALUE, "its headers do not lie within it");
	elf.headers = elf.bytes + header.e_phoff;
	elf.header_count = header.e_phnum;
	if (!check_segments(&elf))
		return tsp_fail(err, TSP_EVALUE, "its segments overlap, or do not lie within it");
	if (!find_dynamic(&elf) || !find_tables(&elf))
		return tsp_fail(err, TSP_EVALUE, "its dynamic section is missing or damaged");
	*ret_elf = elf;
	return 0;
}

bool elf_stack_is_executable(const struct elf *elf)
{
	bool executable = true; /* what no header means */
	for (size_t i = 0; i < elf->header_count; i++) {
		Elf64_Phdr header = header_at(elf, i);
		if (header.p_type != PT_GNU_STACK)
			continue;
		if (header.p_flags & PF_X)
			return true;
		executable = false;
	}
	return executable;
}

bool elf_dynamic(const struct elf *elf, int64_t tag, size_t index, uint64_t *ret_value)
{
	for (size_t i = 0; i < elf->dynamic_count; i++) {
		Elf64_Dyn entry = entry_at(elf, i);
		if (entry.d_tag != tag || index-- > 0)
			continue;
		*ret_value = entry.d_un.d_val;
		return true;
	}
	return false;
}

const char *elf_string(const struct elf *elf, uint64_t offset)
{
	if (offset >= elf->strings.size)
		return NULL;
	uint64_t room = elf->strings.size - offset;
	const char *text = (const char *)elf->strings.bytes + offset;
	return memchr(text, '\0', room < STRING_LIMIT ? room : STRING_LIMIT) ? text : NULL;
}

bool elf_string_is(const struct elf *elf, uint64_t offset, const char *text)
{
	size_t size = strlen(text) + 1;
	return offset < elf->strings.size && size <= elf->strings.size - offset &&
		memcmp(elf->strings.bytes + offset, text, size) == 0;
}

/* ---- Looking up symbols -------------------------------------------------------------------------- */

/* Whether symbol number index has this name and is defined here. */
static int symbol_is(const struct elf *elf, uint64_t index, const char *name)
{
	Elf64_Sym symbol;
	if (!elf_take(&elf->symbols, index * sizeof(symbol), &symbol, sizeof(symbol)) ||
		symbol.st_name >= elf->strings.size)
		return TSP_EVALUE;
	return elf_string_is(elf, symbol.st_name, name) && symbol.st_shndx != SHN_UNDEF &&
		ELF64_ST_BIND(symbol.st_info) != STB_LOCAL;
}

/* DT_GNU_HASH: chains of hashes, the last of each with its lowest bit set. */
static int gnu_hash_has(const struct elf *elf, const struct elf_span *table, const char *name)
{
	uint32_t head[4]; /* buckets, first symbol, words of the filter, shift */
	uint32_t hash = 5381;
	uint32_t index;
	uint32_t link = 0;
	for (const char *at = name; *at; at++)
		hash = hash * 33 + (unsigned char)*at;
	if (!elf_take(table, 0, head, sizeof(head)) || head[0] == 0)
		return TSP_EVALUE;
	uint64_t buckets = sizeof(head) + (uint64_t)head[2] * 8;
	uint64_t chains = buckets + (uint64_t)head[0] * 4;
	if (!elf_take(table, buckets + (uint64_t)(hash % head[0]) * 4, &index, sizeof(index)))
		return TSP_EVALUE;
	if (index < head[1])
		return index == 0 ? 0 : TSP_EVALUE;
	for (; !(link & 1); index++) {
		int rc = 0;
		if (!elf_take(table, chains + (uint64_t)(index - head[1]) * 4, &link, sizeof(link)))
			return TSP_EVALUE;
		if ((link | 1) == (hash | 1))
			rc = symbol_is(elf, index, name);
		if (rc != 0)
			return rc;
		if (index == UINT32_MAX)
			return TSP_EVALUE;
	}
	return 0;
}

/* DT_HASH: the older table; it tells the number of symbols, which is enough to look at all. */
static int plain_hash_has(const struct elf *elf, const struct elf_span *table, const char *name)
{
	uint32_t head[2]; /* buckets, symbols */
	int rc = 0;
	if (!elf_take(table, 0, head, sizeof(head)))
		return TSP_EVALUE;
	for (uint64_t index = 1; rc == 0 && index < head[1]; index++)
		rc = symbol_is(elf, index, name);
	return rc;
}

int elf_exports(const struct elf *elf, const char *name)
{
	uint64_t address;
	struct elf_span table;
	if (elf_dynamic(elf, DT_GNU_HASH, 0, &address))
		return elf_span(elf, address, &table) ? gnu_hash_has(elf, &table, name) :
							TSP_EVALUE;
	if (!elf_dynamic(elf, DT_HASH, 0, &address))
		return 0;
	return elf_span(elf, address, &table) ? plain_hash_has(elf, &table, name) : TSP_EVALUE;
}
