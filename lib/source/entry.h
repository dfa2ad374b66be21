/* SPDX-License-Identifier: MIT */
/*
 * One file of a zip, as its headers have it. The reader makes the canonical headers anew from what
 * it read and compares the bytes, so that reader and writer cannot disagree about the form.
 */
#ifndef TSP_SOURCE_ENTRY_H
#define TSP_SOURCE_ENTRY_H

#include <thespian.h>

#define ENTRY_FIRST_NAME "source.json"
#define ENTRY_NAME_LIMIT 120
#define ENTRY_NAME_RULE \
	"not a name for a file in a package (letters, digits, '_', '.', '-', '/', at most 120, " \
	"no part empty, '.' or '..')"
#define ENTRY_LOCAL_SIZE   30
#define ENTRY_CENTRAL_SIZE 46
#define ENTRY_END_SIZE     22

enum entry_method { ENTRY_STORED = 0, ENTRY_DEFLATED = 8 };

struct entry {
	char name[ENTRY_NAME_LIMIT + 1];
	size_t name_size;
	unsigned method;
	uint32_t crc;
	uint32_t packed;
	uint32_t size;
	uint32_t offset; /* of the local header */
	bool executable;
};

/* Each writes the canonical form and returns its size. */
size_t entry_put_local(const struct entry *entry, uint8_t out[ENTRY_LOCAL_SIZE + ENTRY_NAME_LIMIT]);
size_t entry_put_central(
	const struct entry *entry, uint8_t out[ENTRY_CENTRAL_SIZE + ENTRY_NAME_LIMIT]);
void entry_put_end(
	size_t count, uint32_t central_size, uint32_t central_offset, uint8_t out[ENTRY_END_SIZE]);
/* Reads a central header of at most size bytes without judging it; TSP_EVALUE: it does not fit. */
int entry_read_central(const uint8_t *bytes, size_t size, struct entry *ret_entry);
/* Count, size and offset of the central directory, from its end record. */
void entry_read_end(
	const uint8_t *bytes, size_t *ret_count, uint32_t *ret_size, uint32_t *ret_offset);
/* In words, where two headers of a kind first differ; static. */
const char *entry_local_difference(const uint8_t *a, const uint8_t *b);
const char *entry_central_difference(const uint8_t *a, const uint8_t *b);

/* source.json, then by bytes. */
int entry_name_compare(const char *a, const char *b);
/* The same under case folding. */
int entry_name_fold_compare(const char *a, const char *b);
/* Whether both cannot be in one folder: the same under case folding, or one is a folder of the
 * other. */
bool entry_names_clash(const char *a, const char *b);
char *entry_name_quote(const char *name, size_t name_size, char *out, size_t size);

#endif
