/* SPDX-License-Identifier: MIT */
/*
 * A letter: one message that a stage holds itself, with its own copy of the bytes: between actors of
 * the stage, from itself (wake-ups), or kept by an actor that deferred it. Small letters lie in
 * chunks, which suits first in, first out; whoever keeps one for long takes it out of its chunk.
 */
#ifndef TSP_CORE_LETTER_H
#define TSP_CORE_LETTER_H

#include <thespian.h>

/* Beside the flags of a frame: */
#define LETTER_LOST 32	/* work that a worker of a troupe died with */
#define LETTER_DUE  64	/* a timer of the stage's own; note says which */
#define LETTER_INIT 128 /* the body is an argument for the class's init */

struct letter_chunk;

struct letter {
	struct letter *next;
	struct letter_chunk *chunk; /* NULL: memory of its own */
	tsp_address from;
	uint64_t to;	   /* the number that it was sent to */
	uint64_t sequence; /* the admin's number of it; 0: the admin does not know it */
	uint64_t note;
	uint32_t size;
	uint8_t flags;
	uint8_t body[];
};

struct letter_queue {
	struct letter *first;
	struct letter *last;
};

struct letter_pool {
	struct letter_chunk *current;
	struct letter_chunk *spare; /* a list */
	uint32_t spare_count;
	size_t bytes; /* in all letters alive */
};

/* A letter with room for size bytes of body, all else zero; NULL: no memory. */
struct letter *letter_new(struct letter_pool *pool, size_t size);
void letter_free(struct letter_pool *pool, struct letter *letter); /* takes NULL */
/* The same letter in memory of its own; where there is no memory, as it is. */
struct letter *letter_keep(struct letter_pool *pool, struct letter *letter);
/* Gives back memory that was kept for the next burst. */
void letter_pool_trim(struct letter_pool *pool);
void letter_pool_clear(struct letter_pool *pool); /* after all letters are freed */

static inline void letter_append(struct letter_queue *queue, struct letter *letter)
{
	letter->next = NULL;
	if (queue->first == NULL)
		queue->first = letter;
	else
		queue->last->next = letter;
	queue->last = letter;
}

static inline struct letter *letter_take(struct letter_queue *queue)
{
	struct letter *letter = queue->first;

	if (letter != NULL)
		queue->first = letter->next;
	return letter;
}

#endif
