/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/letter.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE	   ((size_t)16 * 1024)
#define CHUNK_LETTER_LIMIT ((size_t)2 * 1024)
#define SPARE_LIMIT	   64

struct letter_chunk {
	struct letter_chunk *next;
	uint32_t used;
	uint32_t live;
	_Alignas(16) uint8_t bytes[];
};

static size_t letter_span(size_t size)
{
	return (sizeof(struct letter) + size + 15) & ~(size_t)15;
}

/* The chunk that new letters go into, with room for span bytes; NULL: no memory. */
static struct letter_chunk *pool_chunk(struct letter_pool *pool, size_t span)
{
	struct letter_chunk *chunk = pool->current;

	if (chunk != NULL && CHUNK_SIZE - chunk->used >= span)
		return chunk;
	chunk = pool->spare;
	if (chunk != NULL) {
		pool->spare = chunk->next;
		pool->spare_count--;
	} else {
		chunk = malloc(sizeof(*chunk) + CHUNK_SIZE);
		if (chunk == NULL)
			return NULL;
	}
	chunk->used = 0;
	chunk->live = 0;
	chunk->next = NULL;
	pool->current = chunk; /* the one before is freed with its last letter */
	return chunk;
}

static void chunk_release(struct letter_pool *pool, struct letter_chunk *chunk)
{
	if (chunk == pool->current) {
		chunk->used = 0;
	} else if (pool->spare_count < SPARE_LIMIT) {
		chunk->next = pool->spare;
		pool->spare = chunk;
		pool->spare_count++;
	} else {
		free(chunk);
	}
}

struct letter *letter_new(struct letter_pool *pool, size_t size)
{
	size_t span = letter_span(size);
	struct letter_chunk *chunk = NULL;
	struct letter *letter = NULL;

	if (size > UINT32_MAX)
		return NULL;
	if (span <= CHUNK_LETTER_LIMIT) {
		chunk = pool_chunk(pool, span);
		if (chunk == NULL)
			return NULL;
		letter = (struct letter *)(void *)(chunk->bytes + chunk->used);
		chunk->used += (uint32_t)span;
		chunk->live++;
	} else {
		letter = malloc(span);
		if (letter == NULL)
			return NULL;
	}
	memset(letter, 0, sizeof(*letter));
	letter->chunk = chunk;
	letter->size = (uint32_t)size;
	pool->bytes += span;
	return letter;
}

void letter_free(struct letter_pool *pool, struct letter *letter)
{
	struct letter_chunk *chunk;

	if (letter == NULL)
		return;
	pool->bytes -= letter_span(letter->size);
	chunk = letter->chunk;
	if (chunk == NULL)
		free(letter);
	else if (--chunk->live == 0)
		chunk_release(pool, chunk);
}

struct letter *letter_keep(struct letter_pool *pool, struct letter *letter)
{
	struct letter *kept;
	size_t span = letter_span(letter->size);

	if (letter->chunk == NULL)
		return letter;
	kept = malloc(span);
	if (kept == NULL)
		return letter;
	memcpy(kept, letter, sizeof(*letter) + letter->size);
	kept->chunk = NULL;
	pool->bytes += span;
	letter_free(pool, letter);
	return kept;
}

void letter_pool_trim(struct letter_pool *pool)
{
	while (pool->spare != NULL) {
		struct letter_chunk *chunk = pool->spare;

		pool->spare = chunk->next;
		free(chunk);
	}
	pool->spare_count = 0;
}

void letter_pool_clear(struct letter_pool *pool)
{
	letter_pool_trim(pool);
	free(pool->current);
	pool->current = NULL;
}
