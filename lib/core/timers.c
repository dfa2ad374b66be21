/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/timers.h"

#include <stdlib.h>

#define STALE_MIN 64

static bool timer_before(const struct timer *a, const struct timer *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void heap_up(struct timers *timers, size_t i)
{
	struct timer moved = timers->heap[i];

	while (i > 0 && timer_before(&moved, &timers->heap[(i - 1) / 2])) {
		timers->heap[i] = timers->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	timers->heap[i] = moved;
}

static void heap_down(struct timers *timers, size_t i)
{
	struct timer moved = timers->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= timers->count)
			break;
		if (child + 1 < timers->count &&
			timer_before(&timers->heap[child + 1], &timers->heap[child]))
			child++;
		if (!timer_before(&timers->heap[child], &moved))
			break;
		timers->heap[i] = timers->heap[child];
		i = child;
	}
	timers->heap[i] = moved;
}

int timers_put(struct timers *timers, clock_ns due, struct letter *letter)
{
	if (timers->count == timers->capacity) {
		size_t capacity = timers->capacity == 0 ? 4 : timers->capacity * 2;
		struct timer *heap = reallocarray(timers->heap, capacity, sizeof(*heap));

		if (heap == NULL)
			return TSP_ENOMEM;
		timers->heap = heap;
		timers->capacity = capacity;
	}
	timers->heap[timers->count] =
		(struct timer){ .due = due, .order = timers->order++, .letter = letter };
	heap_up(timers, timers->count++);
	return TSP_OK;
}

struct letter *timers_take(struct timers *timers, clock_ns now)
{
	struct letter *letter;

	if (timers->count == 0 || timers->heap[0].due > now)
		return NULL;
	letter = timers->heap[0].letter;
	timers->heap[0] = timers->heap[--timers->count];
	if (timers->count > 0)
		heap_down(timers, 0);
	else
		timers_clear(timers);
	return letter;
}

struct letter *timers_take_any(struct timers *timers)
{
	return timers->count == 0 ? NULL : timers->heap[--timers->count].letter;
}

clock_ns timers_next(const struct timers *timers)
{
	return timers->count == 0 ? CLOCK_NEVER : timers->heap[0].due;
}

void timers_clear(struct timers *timers)
{
	free(timers->heap);
	timers->heap = NULL;
	timers->count = 0;
	timers->capacity = 0;
	timers->stale = 0;
}

void timers_stale(struct timers *timers, size_t count, bool (*is_stale)(void *data, uint64_t to),
	void *data, struct letter_pool *pool)
{
	size_t kept = 0;
	size_t i;

	timers->stale += count;
	if (timers->stale < STALE_MIN || timers->stale < timers->count / 2)
		return;
	for (i = 0; i < timers->count; i++) {
		if (is_stale(data, timers->heap[i].letter->to))
			letter_free(pool, timers->heap[i].letter);
		else
			timers->heap[kept++] = timers->heap[i];
	}
	timers->count = kept;
	timers->stale = 0;
	for (i = kept / 2; i-- > 0;)
		heap_down(timers, i);
}
