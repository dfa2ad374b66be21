/* SPDX-License-Identifier: MIT */
/* What the admin shares with a host behind its page: bodies of large messages, one area each way. */
#include "config.h"

#include "io/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; before, all goes through the link */
#endif

bool host_process_area_put(
	struct host_process *host, const struct frame *frame, struct buffer *out)
{
	struct page *page = host->page;
	size_t size = frame->body_size;
	uint8_t header[FRAME_HEADER];
	uint8_t apart[FRAME_APART_SIZE];

	if (page == NULL || size > PAGE_AREA_SIZE ||
		atomic_load_explicit(&page->taken, memory_order_acquire) != host->area_put)
		return false;
	/* As at the host's end: memory that is missing is said here. */
	if (size > host->area_ready) {
		size_t ready = (size + PAGE_SIZE_BYTES - 1) / PAGE_SIZE_BYTES * PAGE_SIZE_BYTES;

		if (madvise(page_area(page), ready, MADV_POPULATE_WRITE) < 0)
			return false;
		host->area_ready = ready;
	}
	frame_header(header, frame, size);
	frame_make_apart(apart, header, 0);
	if (buffer_put(out, apart, sizeof(apart)) < 0)
		return false;
	memcpy(page_area(page), frame->body, size);
	host->area_put++;
	server_due(host->child.server, &host->area_due, DUE_AREA, SERVER_AREA_MS);
	return true;
}

/* Nothing went through the area for a while: its memory goes back, if what lay there was handled. */
void host_process_area_due(struct host_process *host)
{
	if (host->page == NULL)
		return;
	if (atomic_load_explicit(&host->page->taken, memory_order_acquire) != host->area_put) {
		server_due(host->child.server, &host->area_due, DUE_AREA, SERVER_AREA_MS);
		return;
	}
	(void)madvise(page_area(host->page), PAGE_AREA_SIZE, MADV_REMOVE);
	host->area_ready = 0;
}

/* Whether what lies there has memory: a host may have given it back, and to read what cannot be had would end us. */
static bool is_there(const uint8_t *bytes, size_t size)
{
	unsigned char pages[PAGE_OUT_SIZE / PAGE_SIZE_BYTES];
	size_t before = (uintptr_t)bytes % PAGE_SIZE_BYTES;
	uint8_t *from = (uint8_t *)(uintptr_t)bytes - before;
	size_t count = (before + size + PAGE_SIZE_BYTES - 1) / PAGE_SIZE_BYTES;
	bool all = mincore(from, before + size, pages) == 0;

	for (size_t i = 0; i < count && all; i++)
		all = pages[i] & 1;
	return all || madvise(from, before + size, MADV_POPULATE_READ) == 0; /* it was swapped out */
}

int host_process_area_fetch(struct host_process *host, struct frame *frame, uint8_t **ret_body)
{
	struct page *page = host->page;
	uint8_t *body;
	int rc = frame_join(frame, page != NULL ? page_out(page) : NULL, PAGE_OUT_SIZE);

	*ret_body = NULL;
	if (rc < 0)
		return rc;
	/* All that one read tells of lay there at once. */
	host->fetched_now += frame->body_size;
	if (frame->kind != FRAME_ENVELOPE || frame->body_size == 0 ||
		host->fetched_now > PAGE_OUT_SIZE || !is_there(frame->body, frame->body_size))
		return TSP_EPROTOCOL;
	server_roomy(host->child.server);
	body = malloc(frame->body_size);
	if (body == NULL)
		return TSP_ENOMEM;
	memcpy(body, frame->body, frame->body_size); /* once: the host may change it at any time */
	frame->body = body;
	*ret_body = body;
	atomic_store_explicit(&page->fetched, ++host->fetched, memory_order_release);
	return TSP_OK;
}
