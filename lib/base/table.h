/* SPDX-License-Identifier: MIT */
/* A hash table from a 64-bit number (any, 0 included) to a pointer (never NULL). */
#ifndef TSP_BASE_TABLE_H
#define TSP_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_slot;

struct table {
	struct table_slot *slots;
	size_t count;
	size_t used; /* count, and the marks that taken items left */
	size_t capacity; /* a power of two, or 0 */
};

void table_init(struct table *table);
void table_clear(struct table *table); /* frees the table, not what it points to */
void *table_get(const struct table *table, uint64_t key); /* NULL: none */
int table_put(struct table *table, uint64_t key, void *item); /* replaces; TSP_ENOMEM */
void *table_take(struct table *table, uint64_t key); /* removes and returns; NULL: none */
/* Walks in no order: start with *at = 0; NULL at the end. The table may not change meanwhile,
 * but for taking the item just returned. */
void *table_next(const struct table *table, size_t *at, uint64_t *ret_key);

#endif
