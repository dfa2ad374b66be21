/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/table.h"

#include <stdlib.h>

#include <thespian.h>

#define TABLE_SMALLEST 16

struct table_slot {
	uint64_t key;
	void *item; /* NULL: never used; &taken: was used, the search goes on */
};

static char taken;

void table_init(struct table *table)
{
	*table = (struct table){ 0 };
}

void table_clear(struct table *table)
{
	free(table->slots);
	table_init(table);
}

/* Fibonacci hashing: numbers in sequence land far from each other, whatever the capacity. */
static size_t home_of(uint64_t key, size_t capacity)
{
	uint64_t mixed = (key ^ (key >> 32)) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(mixed >> (64 - __builtin_ctzll(capacity)));
}

static struct table_slot *find(const struct table *table, uint64_t key)
{
	if (table->count == 0)
		return NULL;

	size_t mask = table->capacity - 1;

	for (size_t i = home_of(key, table->capacity);; i = (i + 1) & mask) {
		struct table_slot *slot = &table->slots[i];

		if (slot->item == NULL)
			return NULL;
		if (slot->key == key && slot->item != &taken)
			return slot;
	}
}

void *table_get(const struct table *table, uint64_t key)
{
	const struct table_slot *slot = find(table, key);

	return slot != NULL ? slot->item : NULL;
}

/* Puts a key that is known to be absent, where there is room. */
static void insert(struct table *table, uint64_t key, void *item)
{
	size_t mask = table->capacity - 1;
	size_t i = home_of(key, table->capacity);

	while (table->slots[i].item != NULL && table->slots[i].item != &taken)
		i = (i + 1) & mask;
	if (table->slots[i].item == NULL)
		table->used++;
	table->slots[i] = (struct table_slot){ key, item };
	table->count++;
}

/* Makes a table in which count + 1 items fill at most half, and the marks are gone. */
static int rebuild(struct table *table)
{
	struct table bigger = { .capacity = TABLE_SMALLEST };

	while (bigger.capacity / 2 < table->count + 1)
		bigger.capacity *= 2;
	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return TSP_ENOMEM;
	for (size_t i = 0; i < table->capacity; i++) {
		const struct table_slot *slot = &table->slots[i];

		if (slot->item != NULL && slot->item != &taken)
			insert(&bigger, slot->key, slot->item);
	}
	free(table->slots);
	*table = bigger;
	return TSP_OK;
}

int table_put(struct table *table, uint64_t key, void *item)
{
	struct table_slot *slot = find(table, key);

	if (slot != NULL) {
		slot->item = item;
		return TSP_OK;
	}
	if (table->used + 1 > table->capacity / 4 * 3) {
		int rc = rebuild(table);

		if (rc < 0)
			return rc;
	}
	insert(table, key, item);
	return TSP_OK;
}

void *table_take(struct table *table, uint64_t key)
{
	struct table_slot *slot = find(table, key);

	if (slot == NULL)
		return NULL;

	void *item = slot->item;
	size_t mask = table->capacity - 1;
	size_t i = (size_t)(slot - table->slots);

	slot->item = &taken;
	table->count--;
	/* Marks that nothing follows serve no search: without this, put and take in turn would
	 * fill the table with them. */
	if (table->slots[(i + 1) & mask].item == NULL) {
		while (table->slots[i].item == &taken) {
			table->slots[i].item = NULL;
			table->used--;
			i = (i - 1) & mask;
		}
	}
	return item;
}

void *table_next(const struct table *table, size_t *at, uint64_t *ret_key)
{
	while (*at < table->capacity) {
		const struct table_slot *slot = &table->slots[(*at)++];

		if (slot->item != NULL && slot->item != &taken) {
			if (ret_key != NULL)
				*ret_key = slot->key;
			return slot->item;
		}
	}
	return NULL;
}
