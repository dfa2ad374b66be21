/* SPDX-License-Identifier: MIT */
/* Modules come from elsewhere: what the loader would read in another way than we do is refused. */
#include "config.h"

#include "test/unit/source_help.h"

#include <elf.h>

#include "source/elf.h"
#include "source/module.h"

#define RECORDS 200000
#define MARK	0x5eed1e55u

static const struct manifest_names none = { NULL, 0 };
static struct buffer module;
static struct buffer original;

static int module_make(void **state)
{
	int rc = folder_make(state);
	if (rc < 0)
		return rc;
	write_file("m.c",
		BYTES("const unsigned table[800000] = { 0x5eed1e55u };\n"
		      "#include <math.h>\ndouble (*use)(double, double) = pow;\n" ACTOR));
	char command[512];
	snprintf(command, sizeof(command), "cc -shared -fPIC -w -I'%s' -o m.so m.c -lm",
		INCLUDE_FOLDER);
	assert_int_equal(shell(command), 0);
	original = read_all("m.so");
	return 0;
}

static int module_remove(void **state)
{
	buffer_clear(&original);
	return folder_remove(state);
}

static int copy_make(void **state)
{
	(void)state;
	buffer_init(&module, MODULE_SIZE_LIMIT);
	return buffer_put(&module, original.data, original.size);
}

static int copy_remove(void **state)
{
	(void)state;
	buffer_clear(&module);
	return 0;
}

static void refused(const char *said)
{
	struct elf elf;
	if (elf_open(module.data, module.size, &elf, &err) != TSP_EVALUE || !strstr(err.text, said))
		fail_msg("not '%s': %s", said, err.text);
	assert_int_equal(module_check_bytes(module.data, module.size, &none, &err), TSP_EVALUE);
}

static void restore(void)
{
	memcpy(module.data, original.data, original.size);
	ok(module_check_bytes(module.data, module.size, &none, &err));
}

/* Program header number index of a type. */
static Elf64_Phdr *header_of(uint32_t type, size_t index)
{
	Elf64_Ehdr *file = (Elf64_Ehdr *)(void *)module.data;
	Elf64_Phdr *headers = (Elf64_Phdr *)(void *)(module.data + file->e_phoff);
	for (size_t i = 0; i < file->e_phnum; i++)
		if (headers[i].p_type == type && index-- == 0)
			return &headers[i];
	fail_msg("no program header of type %u", type);
	return NULL;
}

static Elf64_Dyn *entry_of(int64_t tag)
{
	Elf64_Dyn *at = (Elf64_Dyn *)(void *)(module.data + header_of(PT_DYNAMIC, 0)->p_offset);
	while (at->d_tag != DT_NULL && at->d_tag != tag)
		at++;
	assert_int_equal(at->d_tag, tag);
	return at;
}

static uint64_t address_of(const void *at)
{
	uint64_t offset = (uint64_t)((const uint8_t *)at - module.data);
	for (size_t i = 0;; i++) {
		const Elf64_Phdr *load = header_of(PT_LOAD, i);
		if (offset >= load->p_offset && offset < load->p_offset + load->p_filesz)
			return offset - load->p_offset + load->p_vaddr;
	}
}

static void the_dynamic_section_is_the_loaders(void **state)
{
	(void)state;
	restore();
	header_of(PT_DYNAMIC, 0)->p_offset += sizeof(Elf64_Dyn);
	refused("dynamic section");
	restore();
	header_of(PT_DYNAMIC, 0)->p_vaddr += sizeof(Elf64_Dyn);
	refused("dynamic section");
	restore();
	header_of(PT_DYNAMIC, 0)->p_vaddr = (uint64_t)1 << 40;
	refused("dynamic section");
	restore();
	header_of(PT_GNU_STACK, 0)->p_type = PT_DYNAMIC;
	refused("dynamic section");
	restore();
	/* without an end the loader would read on */
	Elf64_Phdr *dynamic = header_of(PT_DYNAMIC, 0);
	dynamic->p_filesz =
		(uint64_t)((uint8_t *)entry_of(DT_NULL) - module.data) - dynamic->p_offset;
	refused("dynamic section");
}

static void what_is_there_once_is_not_there_twice(void **state)
{
	static const int64_t tags[] = { DT_STRTAB, DT_STRSZ, DT_SYMTAB, DT_GNU_HASH, DT_FINI,
		DT_INIT };
	(void)state;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		restore();
		uint64_t value = entry_of(tags[i])->d_un.d_val;
		Elf64_Dyn *spare = entry_of(tags[i] == DT_FINI ? DT_INIT : DT_FINI);
		*spare = (Elf64_Dyn){ .d_tag = tags[i], .d_un.d_val = value };
		refused("dynamic section");
	}
	restore(); /* the honest twin */
	uint64_t value = entry_of(DT_NEEDED)->d_un.d_val;
	*entry_of(DT_FINI) = (Elf64_Dyn){ .d_tag = DT_NEEDED, .d_un.d_val = value };
	ok(module_check_bytes(module.data, module.size, &none, &err));
}

static void segments_do_not_overlap(void **state)
{
	(void)state;
	restore();
	Elf64_Phdr *first = header_of(PT_LOAD, 0);
	Elf64_Phdr *second = header_of(PT_LOAD, 1);
	second->p_vaddr = first->p_vaddr + (second->p_vaddr - first->p_vaddr) % 4096;
	refused("segments overlap");
	restore();
	Elf64_Phdr kept = *first;
	*first = *second;
	*second = kept;
	refused("segments overlap");
	restore();
	first->p_memsz = second->p_vaddr - first->p_vaddr + 1;
	refused("segments overlap");
	restore();
	first->p_filesz = first->p_memsz + 1;
	refused("do not lie within it");
	restore();
	second->p_offset += module.size / 4096 * 4096 + 4096;
	refused("do not lie within it");
	restore();
	second->p_memsz = UINT64_MAX - 5000;
	refused("segments overlap");
	restore();
	second->p_offset += 8;
	refused("segments overlap");
}

static void names_end_within_their_table(void **state)
{
	(void)state;
	restore();
	entry_of(DT_STRSZ)->d_un.d_val -= 1;
	refused("dynamic section");
	restore();
	entry_of(DT_STRSZ)->d_un.d_val = UINT64_MAX;
	refused("dynamic section");
	restore();
	entry_of(DT_STRSZ)->d_un.d_val = 0;
	refused("dynamic section");
}

/* What the loader would find beyond the tables could be a malloc. */
static void damaged_tables_of_symbols_are_refused(void **state)
{
	(void)state;
	restore();
	uint32_t head[4];
	uint64_t offset = 0;
	struct elf elf;
	struct elf_span table;
	ok(elf_open(module.data, module.size, &elf, &err));
	assert_true(elf_span(&elf, entry_of(DT_GNU_HASH)->d_un.d_val, &table));
	offset = (uint64_t)(table.bytes - module.data);
	memcpy(head, table.bytes, sizeof(head));
	assert_true(head[1] > 1);
	uint32_t *buckets = (uint32_t *)(void *)(module.data + offset + sizeof(head) + head[2] * 8);
	for (uint32_t i = 0; i < head[0]; i++)
		buckets[i] = 1;
	assert_int_equal(module_check_bytes(module.data, module.size, &none, &err), TSP_EVALUE);
	assert_string_equal(err.text, "its table of symbols is damaged");
	restore();
	for (uint32_t i = 0; i < head[0]; i++)
		buckets[i] = 0x10000000;
	assert_int_equal(module_check_bytes(module.data, module.size, &none, &err), TSP_EVALUE);
	assert_string_equal(err.text, "its table of symbols is damaged");
}

/* ---- Versions ------------------------------------------------------------------------------------ */

/* Makes the list of versions one of count records, each of them the head of a list that the others are. */
static uint32_t *overlapping_records(size_t count, uint32_t flags)
{
	const uint32_t mark = MARK;
	uint32_t *table = memmem(module.data, module.size, &mark, sizeof(mark));
	assert_non_null(table);
	for (size_t i = 0; i < count; i++) {
		table[4 * i] = 0;
		table[4 * i + 1] = flags; /* vn_file, vna_flags */
		table[4 * i + 2] = 16;	  /* vn_aux, vna_name */
		table[4 * i + 3] = 16;	  /* vn_next, vna_next */
	}
	entry_of(DT_VERNEED)->d_un.d_val = address_of(table);
	return table;
}

static int count_versions(size_t room)
{
	static struct elf_version versions[1000];
	struct elf elf;
	ok(elf_open(module.data, module.size, &elf, &err));
	return elf_versions_needed(&elf, versions, room);
}

static void overlapping_versions_have_an_end(void **state)
{
	(void)state;
	restore();
	if (count_versions(1000) == 0)
		skip(); /* this C library has no versions */
	assert_int_equal(count_versions(0), TSP_ELIMIT);
	(void)alarm(10); /* as many steps as pairs of records are too many */
	uint32_t *table = overlapping_records(RECORDS, VER_FLG_WEAK);
	table[4 * (RECORDS - 1) + 3] = 0;
	assert_int_equal(count_versions(1000), TSP_ELIMIT);
	restore();
	(void)overlapping_records(RECORDS, 0);
	assert_int_equal(count_versions(1000), TSP_ELIMIT);
	/* few of them are what they say: 1 + 2 + ... */
	restore();
	table = overlapping_records(20, 0);
	table[4 * 19 + 3] = 0;
	table[4 * 18 + 3] = 0; /* the last head has one version */
	assert_int_equal(count_versions(1000), 18 * 19 / 2 + 1);
	table[4 * 18 + 3] = UINT32_MAX;
	assert_int_equal(count_versions(1000), TSP_EVALUE);
	(void)alarm(0);
}

int main(void)
{
#define COPIED(test) cmocka_unit_test_setup_teardown(test, copy_make, copy_remove)
	const struct CMUnitTest tests[] = {
		COPIED(the_dynamic_section_is_the_loaders),
		COPIED(what_is_there_once_is_not_there_twice),
		COPIED(segments_do_not_overlap),
		COPIED(names_end_within_their_table),
		COPIED(damaged_tables_of_symbols_are_refused),
		COPIED(overlapping_versions_have_an_end),
	};
	return cmocka_run_group_tests(tests, module_make, module_remove);
}
