/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/elf.h"

#include <elf.h>
#include <string.h>

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

bool elf_take(const struct elf *elf, uint64_t offset, void *ret_record, size_t size)
{
	if (offset > elf->size || elf->size - offset < size)
		return false;
	memcpy(ret_record, elf->bytes + offset, size);
	return true;
}

static Elf64_Phdr header_at(const struct elf *elf, size_t index)
{
	Elf64_Phdr header;
	memcpy(&header, elf->headers + index * sizeof(header), sizeof(header));
	return header;
}

bool elf_offset(const struct elf *elf, uint64_t address, uint64_t *ret_offset)
{
	for (size_t i = 0; i < elf->header_count; i++) {
		Elf64_Phdr header = header_at(elf, i);
		if (header.p_type != PT_LOAD || address < header.p_vaddr ||
			address - header.p_vaddr >= header.p_filesz)
			continue;
		*ret_offset = header.p_offset + (address - header.p_vaddr);
		return *ret_offset >= header.p_offset;
	}
	return false;
}

static bool find_dynamic(struct elf *elf)
{
	for (size_t i = 0; i < elf->header_count; i++) {
		Elf64_Phdr header = header_at(elf, i);
		if (header.p_type != PT_DYNAMIC)
			continue;
		if (elf->dynamic || header.p_offset > elf->size ||
			header.p_filesz > elf->size - header.p_offset)
			return false;
		elf->dynamic = elf->bytes + header.p_offset;
		elf->dynamic_count = header.p_filesz / sizeof(Elf64_Dyn);
	}
	return elf->dynamic != NULL;
}

static bool find_tables(struct elf *elf)
{
	uint64_t strings;
	uint64_t symbols;
	return elf_dynamic(elf, DT_STRTAB, 0, &strings) &&
		elf_offset(elf, strings, &elf->strings) &&
		elf_dynamic(elf, DT_STRSZ, 0, &elf->strings_size) && elf->strings <= elf->size &&
		elf->strings_size <= elf->size - elf->strings &&
		elf_dynamic(elf, DT_SYMTAB, 0, &symbols) && elf_offset(elf, symbols, &elf->symbols);
}

int elf_open(const void *bytes, size_t size, struct elf *ret_elf, tsp_error *err)
{
	struct elf elf = { .bytes = bytes, .size = size };
	Elf64_Ehdr header;
	unsigned char order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

	if (!elf_take(&elf, 0, &header, sizeof(header)) ||
		memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
		header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != order ||
		header.e_type != ET_DYN || header.e_phentsize != sizeof(Elf64_Phdr))
		return tsp_fail(err, TSP_EVALUE, "not a shared library");
#ifdef MACHINE
	if (header.e_machine != MACHINE)
		return tsp_fail(err, TSP_EVALUE, "made for another kind of machine");
#endif
	uint64_t headers_size = (uint64_t)header.e_phnum * sizeof(Elf64_Phdr);
	if (header.e_phoff > size || headers_size > size - header.e_phoff)
		return tsp_fail(err, TSP_EVALUE, "its headers do not lie within it");
	elf.headers = elf.bytes + header.e_phoff;
	elf.header_count = header.e_phnum;
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
		Elf64_Dyn entry;
		memcpy(&entry, elf->dynamic + i * sizeof(entry), sizeof(entry));
		if (entry.d_tag == DT_NULL)
			return false;
		if (entry.d_tag != tag || index-- > 0)
			continue;
		*ret_value = entry.d_un.d_val;
		return true;
	}
	return false;
}

const char *elf_string(const struct elf *elf, uint64_t offset)
{
	if (offset >= elf->strings_size)
		return NULL;
	const char *text = (const char *)elf->bytes + elf->strings + offset;
	return memchr(text, '\0', elf->strings_size - offset) ? text : NULL;
}

/* Whether symbol number index has this name and is defined here. */
static bool symbol_is(const struct elf *elf, uint64_t index, const char *name)
{
	Elf64_Sym symbol;
	if (index > elf->size ||
		!elf_take(elf, elf->symbols + index * sizeof(symbol), &symbol, sizeof(symbol)))
		return false;
	const char *found = elf_string(elf, symbol.st_name);
	return found && strcmp(found, name) == 0 && symbol.st_shndx != SHN_UNDEF &&
		ELF64_ST_BIND(symbol.st_info) != STB_LOCAL;
}

/* DT_GNU_HASH: chains of hashes, the last of each with its lowest bit set. */
static bool gnu_hash_has(const struct elf *elf, uint64_t table, const char *name)
{
	uint32_t head[4]; /* buckets, first symbol, words of the filter, shift */
	uint32_t hash = 5381;
	uint32_t index;
	uint32_t link = 0;
	for (const char *at = name; *at; at++)
		hash = hash * 33 + (unsigned char)*at;
	if (!elf_take(elf, table, head, sizeof(head)) || head[0] == 0)
		return false;
	uint64_t buckets = table + sizeof(head) + (uint64_t)head[2] * 8;
	uint64_t chains = buckets + (uint64_t)head[0] * 4;
	if (!elf_take(elf, buckets + (uint64_t)(hash % head[0]) * 4, &index, sizeof(index)) ||
		index < head[1])
		return false;
	for (; !(link & 1); index++) {
		if (!elf_take(elf, chains + (uint64_t)(index - head[1]) * 4, &link, sizeof(link)))
			return false;
		if ((link | 1) == (hash | 1) && symbol_is(elf, index, name))
			return true;
		if (index == UINT32_MAX)
			return false;
	}
	return false;
}

/* DT_HASH: the older table; it tells the number of symbols, which is enough to look at all. */
static bool plain_hash_has(const struct elf *elf, uint64_t table, const char *name)
{
	uint32_t head[2]; /* buckets, symbols */
	if (!elf_take(elf, table, head, sizeof(head)))
		return false;
	for (uint64_t index = 1; index < head[1]; index++) {
		if (elf->symbols + index * sizeof(Elf64_Sym) >= elf->size)
			return false;
		if (symbol_is(elf, index, name))
			return true;
	}
	return false;
}

bool elf_exports(const struct elf *elf, const char *name)
{
	uint64_t address;
	uint64_t table;
	if (elf_dynamic(elf, DT_GNU_HASH, 0, &address))
		return elf_offset(elf, address, &table) && gnu_hash_has(elf, table, name);
	return elf_dynamic(elf, DT_HASH, 0, &address) && elf_offset(elf, address, &table) &&
		plain_hash_has(elf, table, name);
}
