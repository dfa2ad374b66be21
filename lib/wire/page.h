/* SPDX-License-Identifier: MIT */
/*
 * Memory that a host shares with its admin. First one page that the host writes (messages.md): what the
 * admin needs to know after the host has died. A store is relaxed and fenced against the compiler
 * only. Behind it an area that the admin alone writes, and one that the host alone writes: bodies of large
 * messages, which so are not copied through the kernel (wire.md). What of them was never used takes no memory.
 */
#ifndef TSP_WIRE_PAGE_H
#define TSP_WIRE_PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE_BYTES 4096
#define PAGE_AREA_SIZE	((size_t)2 * 1024 * 1024)
#define PAGE_OUT_SIZE	((size_t)8 * 1024 * 1024)
#define PAGE_WHOLE_SIZE (PAGE_SIZE_BYTES + PAGE_AREA_SIZE + PAGE_OUT_SIZE)
#define PAGE_LOCAL UINT64_MAX /* in work: a message between actors of this host */
#define PAGE_SELF (UINT64_MAX - 1) /* nobody's message: init, fini, what the host itself has to say */

/* What one actor has handled, for as many actors of a shared host as there is room for. */
#define PAGE_ACTORS 248
#define PAGE_PROBES 8 /* places that an actor's may be, from that of its number on */

struct page_actor {
	_Atomic uint64_t number; /* 0: free */
	_Atomic uint64_t handled;
};

struct page {
	_Atomic uint64_t dispatched;    /* highest number dispatched */
	_Atomic uint64_t in_work;       /* number in work, 0 between handlers */
	_Atomic int64_t since_ns;       /* monotonic clock when that began */
	_Atomic uint64_t actor;         /* number of the actor at work */
	_Atomic uint64_t handled;       /* counters: messages handled in all, */
	_Atomic uint64_t local_waiting; /* messages between own actors that wait here, */
	_Atomic uint64_t retried;       /* first failures, */
	_Atomic uint64_t ignored;       /* messages that no handler took, */
	_Atomic uint64_t refused;       /* sends that were refused, */
	_Atomic uint64_t redelivered;   /* envelopes that were deferred and are not any more, */
	_Atomic uint64_t taken;         /* bodies in the area that were handled: the next one may come */
	_Atomic uint64_t outgoing;      /* messages sent that are not yet on the link */
	_Atomic uint64_t fetched;       /* the admin's: bodies of the host's area that it has */
	struct page_actor actors[PAGE_ACTORS];
};

_Static_assert(sizeof(struct page) <= PAGE_SIZE_BYTES, "what a host writes is one page");

/* The place of that number (0: a free one) where an actor's may be; NULL: there is none. */
static inline struct page_actor *page_actor(struct page *page, uint64_t actor, uint64_t number)
{
	for (unsigned i = 0; i < PAGE_PROBES; i++) {
		struct page_actor *place = &page->actors[(actor + i) % PAGE_ACTORS];

		if (atomic_load_explicit(&place->number, memory_order_relaxed) == number)
			return place;
	}
	return NULL;
}

/* Where the areas are in the memory that page begins: the admin's, */
static inline uint8_t *page_area(struct page *page)
{
	return (uint8_t *)page + PAGE_SIZE_BYTES;
}

/* and the host's. */
static inline uint8_t *page_out(struct page *page)
{
	return page_area(page) + PAGE_AREA_SIZE;
}

static inline void page_set(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

static inline uint64_t page_get(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

#endif
