/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/entry.h"

#include <string.h>

#include "base/text.h"

#define LOCAL_SIGNATURE   0x04034b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define END_SIGNATURE     0x06054b50u
#define VERSION_NEEDED    20            /* deflate */
#define VERSION_MADE      (3 << 8 | 20) /* Unix: the attributes are a mode */
#define DATE_1980_01_01   0x21
#define MODE_PLAIN        0100644u
#define MODE_EXECUTABLE   0100755u

/* A number of a header: where it stands and what people call it. */
struct field {
	size_t offset;
	size_t size;
	const char *name;
};

static const struct field local_fields[] = {
	{ 0, 4, "signature" },
	{ 4, 2, "version" },
	{ 6, 2, "flags" },
	{ 8, 2, "method" },
	{ 10, 4, "time" },
	{ 14, 4, "checksum" },
	{ 18, 4, "packed size" },
	{ 22, 4, "size" },
	{ 26, 2, "length of the name" },
	{ 28, 2, "extra field" },
	{ 0, 0, NULL },
};

static const struct field central_fields[] = {
	{ 0, 4, "signature" },
	{ 4, 4, "version" },
	{ 8, 2, "flags" },
	{ 10, 2, "method" },
	{ 12, 4, "time" },
	{ 16, 4, "checksum" },
	{ 20, 4, "packed size" },
	{ 24, 4, "size" },
	{ 28, 2, "length of the name" },
	{ 30, 2, "extra field" },
	{ 32, 2, "comment" },
	{ 34, 4, "attributes" },
	{ 38, 4, "mode" },
	{ 42, 4, "offset" },
	{ 0, 0, NULL },
};

static uint8_t *put(uint8_t *at, uint32_t number, int size)
{
	for (int i = 0; i < size; i++)
		*at++ = (uint8_t)(number >> (8 * i));
	return at;
}

static uint32_t get(const uint8_t *at, int size)
{
	uint32_t number = 0;
	for (int i = 0; i < size; i++)
		number |= (uint32_t)at[i] << (8 * i);
	return number;
}

/* What both headers of a file share, from the version needed to the length of the extra field. */
static uint8_t *put_shared(uint8_t *at, const struct entry *entry)
{
	at = put(at, VERSION_NEEDED, 2);
	at = put(at, 0, 2);
	at = put(at, entry->method, 2);
	at = put(at, 0, 2);
	at = put(at, DATE_1980_01_01, 2);
	at = put(at, entry->crc, 4);
	at = put(at, entry->packed, 4);
	at = put(at, entry->size, 4);
	at = put(at, (uint32_t)entry->name_size, 2);
	return put(at, 0, 2);
}

size_t entry_put_local(const struct entry *entry, uint8_t out[ENTRY_LOCAL_SIZE + ENTRY_NAME_LIMIT])
{
	uint8_t *at = put(out, LOCAL_SIGNATURE, 4);
	at = put_shared(at, entry);
	memcpy(at, entry->name, entry->name_size);
	return ENTRY_LOCAL_SIZE + entry->name_size;
}

size_t entry_put_central(
	const struct entry *entry, uint8_t out[ENTRY_CENTRAL_SIZE + ENTRY_NAME_LIMIT])
{
	uint8_t *at = put(out, CENTRAL_SIGNATURE, 4);
	at = put(at, VERSION_MADE, 2);
	at = put_shared(at, entry);
	at = put(at, 0, 2); /* comment */
	at = put(at, 0, 4); /* disk, internal attributes */
	at = put(at, (entry->executable ? MODE_EXECUTABLE : MODE_PLAIN) << 16, 4);
	at = put(at, entry->offset, 4);
	memcpy(at, entry->name, entry->name_size);
	return ENTRY_CENTRAL_SIZE + entry->name_size;
}

void entry_put_end(
	size_t count, uint32_t central_size, uint32_t central_offset, uint8_t out[ENTRY_END_SIZE])
{
	uint8_t *at = put(out, END_SIGNATURE, 4);
	at = put(at, 0, 4); /* disks */
	at = put(at, (uint32_t)count, 2);
	at = put(at, (uint32_t)count, 2);
	at = put(at, central_size, 4);
	at = put(at, central_offset, 4);
	put(at, 0, 2); /* comment */
}

int entry_read_central(const uint8_t *bytes, size_t size, struct entry *ret_entry)
{
	struct entry entry;
	memset(&entry, 0, sizeof(entry));
	if (size < ENTRY_CENTRAL_SIZE || get(bytes, 4) != CENTRAL_SIGNATURE)
		return TSP_EVALUE;
	entry.name_size = get(bytes + 28, 2);
	if (entry.name_size > ENTRY_NAME_LIMIT || entry.name_size > size - ENTRY_CENTRAL_SIZE)
		return TSP_EVALUE;
	entry.method = get(bytes + 10, 2);
	entry.crc = get(bytes + 16, 4);
	entry.packed = get(bytes + 20, 4);
	entry.size = get(bytes + 24, 4);
	entry.executable = get(bytes + 38, 4) >> 16 == MODE_EXECUTABLE;
	entry.offset = get(bytes + 42, 4);
	memcpy(entry.name, bytes + ENTRY_CENTRAL_SIZE, entry.name_size);
	*ret_entry = entry;
	return 0;
}

void entry_read_end(
	const uint8_t *bytes, size_t *ret_count, uint32_t *ret_size, uint32_t *ret_offset)
{
	*ret_count = get(bytes + 10, 2);
	*ret_size = get(bytes + 12, 4);
	*ret_offset = get(bytes + 16, 4);
}

static const char *difference(const struct field *field, const uint8_t *a, const uint8_t *b)
{
	while (field->name && memcmp(a + field->offset, b + field->offset, field->size) == 0)
		field++;
	return field->name ? field->name : "name";
}

const char *entry_local_difference(const uint8_t *a, const uint8_t *b)
{
	return difference(local_fields, a, b);
}

const char *entry_central_difference(const uint8_t *a, const uint8_t *b)
{
	return difference(central_fields, a, b);
}

int entry_name_compare(const char *a, const char *b)
{
	int first_a = strcmp(a, ENTRY_FIRST_NAME) == 0;
	int first_b = strcmp(b, ENTRY_FIRST_NAME) == 0;
	return first_a || first_b ? first_b - first_a : strcmp(a, b);
}

/* ASCII only, in every locale. */
static int fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

int entry_name_fold_compare(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) - fold(*b);
}

bool entry_names_clash(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return (!*a && (!*b || *b == '/')) || (!*b && *a == '/');
}

char *entry_name_quote(const char *name, size_t name_size, char *out, size_t size)
{
	return text_quote((tsp_text){ name, name_size }, out, size);
}
