/* SPDX-License-Identifier: MIT */
/* What a host shares with its admin behind the page: bodies of large messages, one area each way. */
#include "config.h"

#include "io/host_parts.h"

#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; before, all goes through the link */
#endif

#define LINE 64 /* each body begins a cache line */

int host_area_receive(struct host_process *host, struct frame *frame)
{
	struct page *page = host->config->page;
	int rc = frame_join(frame, page != NULL ? page_area(page) : NULL, PAGE_AREA_SIZE);

	if (rc == TSP_OK)
		rc = stage_receive(host->stage, frame);
	if (rc == TSP_OK) /* the admin writes there again when it sees this */
		atomic_fetch_add_explicit(&page->taken, 1, memory_order_release);
	return rc;
}

/* Whether the admin has all that was put there. */
static bool is_fetched(const struct host_process *host)
{
	return atomic_load_explicit(&host->config->page->fetched, memory_order_acquire) ==
		host->out_put;
}

/* Memory that is missing is said here; a mere store would end us. */
static bool make_ready(struct host_process *host, size_t size)
{
	size_t ready = (size + PAGE_SIZE_BYTES - 1) / PAGE_SIZE_BYTES * PAGE_SIZE_BYTES;

	if (ready <= host->out_ready)
		return true;
	if (madvise(page_out(host->config->page), ready, MADV_POPULATE_WRITE) < 0)
		return false;
	host->out_ready = ready;
	return true;
}

uint8_t *host_area_room(struct host_process *host, size_t size, size_t *ret_place)
{
	size_t place = host->out_at;

	if (host->config->page == NULL)
		return NULL;
	if (is_fetched(host)) /* what was used last is at hand */
		place = 0;
	if (place > PAGE_OUT_SIZE || size > PAGE_OUT_SIZE - place || !make_ready(host, place + size))
		return NULL;
	host->out_at = (place + size + LINE - 1) / LINE * LINE;
	host->out_put++;
	*ret_place = place;
	return page_out(host->config->page) + place;
}

bool host_area_is_used(const struct host_process *host)
{
	return host->out_ready > 0;
}

void host_area_trim(struct host_process *host)
{
	if (host->out_ready == 0 || !is_fetched(host))
		return;
	(void)madvise(page_out(host->config->page), PAGE_OUT_SIZE, MADV_REMOVE);
	host->out_ready = 0;
}
