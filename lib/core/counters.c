/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/status.h"

static void put_messages(tsp_builder *b, const struct counters *c)
{
	put_number(b, "accepted", c->accepted);
	put_number(b, "finished", c->finished);
	put_number(b, "poisoned", c->poisoned);
	put_number(b, "returned", c->returned);
	put_number(b, "outcome_unknown", c->unknown);
	put_number(b, "refused", c->refused);
	put_number(b, "dead_letters", c->dead_letters);
	put_number(b, "to_callers", c->to_callers);
	put_number(b, "to_systems", c->to_systems);
	put_number(b, "requests", c->requests);
	put_number(b, "denied", c->denied);
	put_number(b, "forged", c->forged);
	put_number(b, "dropped_poison", c->dropped_poison);
	put_number(b, "system_messages", c->system_messages);
	put_number(b, "lost_in_host", c->lost_in_host);
}

/* Of the hosts that have gone, and of those that run as far as their pages say. */
static void put_hosts(tsp_builder *b, const struct admin *admin)
{
	const struct counters *c = &admin->counters;
	uint64_t handled = c->handled_in_hosts;
	uint64_t retried = c->retried_in_hosts;
	uint64_t ignored = c->ignored_in_hosts;
	uint64_t refused = c->refused_in_hosts;

	for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next) {
		const struct page *page = list_item(at, struct host, link)->page;

		if (page == NULL)
			continue;
		handled += page_get(&page->handled);
		retried += page_get(&page->retried);
		ignored += page_get(&page->ignored);
		refused += page_get(&page->refused);
	}
	put_number(b, "handled_in_hosts", handled);
	put_number(b, "retried_in_hosts", retried);
	put_number(b, "ignored_in_hosts", ignored);
	put_number(b, "refused_in_hosts", refused);
}

static void put_morgue(tsp_builder *b, const struct morgue *morgue)
{
	const struct morgue_shelf *dead = &morgue->shelves[TSP_MORGUE_DEAD];
	const struct morgue_shelf *poison = &morgue->shelves[TSP_MORGUE_POISON];

	put_number(b, "dead_kept", dead->count);
	put_number(b, "dead_fallen_out", dead->fallen);
	put_number(b, "poison_kept", poison->count);
	put_number(b, "poison_fallen_out", poison->fallen);
}

/* Key texts of the original; what it has and we have not is not there. */
static void put_original(tsp_builder *b, const struct admin *admin)
{
	const struct counters *c = &admin->counters;

	tsp_put_key(b, "miscKeyVals");
	tsp_begin_map(b);
	put_number(b, "Admin Message Received.Total", c->requests);
	put_number(b, "Admin Message Received.Ignored", c->unknown_requests);
	put_number(b, "Admin Message Received.Discarded", c->denied);
	put_number(b, "Admin Message Received.Type.StatusReq", c->of_kind[REQUEST_STATUS]);
	put_number(
		b, "Admin Message Received.Type.Pending Actor Request", c->of_kind[REQUEST_CREATE]);
	put_number(b, "Admin Message Received.Type.Set Dead Letter Handler",
		c->of_kind[REQUEST_DEAD_LETTERS]);
	put_number(b, "Admin Message Received.Type.Dead Letter", c->dead_letters);
	tsp_end(b);
}

void put_counters(tsp_builder *b, const struct admin *admin)
{
	const struct counters *c = &admin->counters;

	tsp_put_key(b, "counters");
	tsp_begin_map(b);
	put_messages(b, c);
	put_hosts(b, admin);
	put_number(b, "actors_created", c->actors_created);
	put_number(b, "actors_failed", c->actors_failed);
	put_number(b, "actors_ended", c->actors_ended);
	put_number(b, "hosts_started", c->hosts_started);
	put_number(b, "hosts_died", c->hosts_died);
	put_number(b, "restarts", c->restarts);
	put_number(b, "mailbox_bytes", admin->mailbox_bytes);
	put_morgue(b, &admin->morgue);
	put_number(b, "traces", admin->trace_count);
	tsp_end(b);
	put_original(b, admin);
}
