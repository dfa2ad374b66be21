/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/status.h"

#include <stdio.h>
#include "base/text.h"
#include "core/account.h"
#include "core/parcel.h"
#include "wire/value.h"

#define MEMORY_FRESH_NS (1000 * CLOCK_MS)
#define MEMORY_READS	256 /* hosts that one listing reads; those of others may be older, or 0 */
#define CPU_READS	4096 /* each is one call, and no file */
#define TYPE_SHOWN	120

/* Live reads: the words may not fit each other. */
clock_ns host_busy_since(const struct host *host)
{
	if (host->page == NULL || page_get(&host->page->in_work) == 0)
		return 0;
	return atomic_load_explicit(&host->page->since_ns, memory_order_relaxed);
}

static uint64_t host_memory(struct admin *admin, struct host *host)
{
	bool stale = host->memory_at == 0 || admin->now - host->memory_at > MEMORY_FRESH_NS;

	if (stale && admin->ops->memory != NULL && admin->memory_reads > 0 &&
		(host->pid > 0 || admin->config.one_host)) {
		admin->memory_reads--;
		host->memory = admin->ops->memory(admin->io, host->pid);
		host->memory_at = admin->now;
	}
	return host->memory;
}

/* Once a listing: it is to tell what is used now. */
static uint64_t host_cpu(struct admin *admin, struct host *host)
{
	if (host->cpu_at != admin->now && admin->ops->cpu != NULL && admin->cpu_reads > 0 &&
		(host->pid > 0 || admin->config.one_host)) {
		admin->cpu_reads--;
		host->cpu_ms = admin->ops->cpu(admin->io, host->pid);
		host->cpu_at = admin->now;
	}
	return host->cpu_ms;
}

/* What its host says; where that has no place for it, what came by here. */
static uint64_t handled_of(const struct actor *actor)
{
	struct host *host = actor->host;
	const struct page_actor *place = host != NULL && host->page != NULL ?
		page_actor(host->page, actor->number, actor->number) :
		NULL;

	return place != NULL ? page_get(&place->handled) : actor->handled;
}

static void note_oldest(struct parcel *parcel)
{
	if (parcel->actor->oldest == 0 || parcel->since < parcel->actor->oldest)
		parcel->actor->oldest = parcel->since;
}

void load_begin_reads(struct admin *admin)
{
	admin->memory_reads = MEMORY_READS;
	admin->cpu_reads = CPU_READS;
}

void load_prepare(struct admin *admin)
{
	struct actor *actor;
	size_t at = 0;

	load_begin_reads(admin);
	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL)
		actor->oldest = 0;
	for (struct list *h = admin->hosts.next; h != &admin->hosts; h = h->next) {
		struct host *host = list_item(h, struct host, link);
		struct parcel *parcel;
		size_t kept = 0;

		for (struct list *p = host->sent.next; p != &host->sent; p = p->next)
			note_oldest(list_item(p, struct parcel, link));
		while ((parcel = table_next(&host->kept, &kept, NULL)) != NULL)
			note_oldest(parcel);
	}
}

/* All mailboxes of an actor as one. */
struct actor_load {
	size_t count;
	size_t bytes;
	size_t high;
	uint64_t refused;
	uint32_t restarts;
	clock_ns oldest; /* 0: nothing waits */
};

static void add_mailbox(struct actor_load *load, const struct mailbox *mailbox)
{
	if (!list_empty(&mailbox->parcels)) {
		const struct parcel *first = list_item(mailbox->parcels.next, struct parcel, link);

		if (load->oldest == 0 || first->since < load->oldest)
			load->oldest = first->since;
	}
	load->count += mailbox->count;
	load->bytes += mailbox->bytes;
	load->refused += mailbox->refused;
	if (mailbox->high > load->high)
		load->high = mailbox->high;
}

static void add_name(struct actor_load *load, const struct name *name)
{
	add_mailbox(load, &name->mailbox);
	if (name->ended > load->restarts)
		load->restarts = name->ended;
}

static struct actor_load load_of(const struct admin *admin, const struct actor *actor)
{
	struct actor_load load = { .oldest = actor->oldest };

	if (actor->mailbox != NULL)
		add_mailbox(&load, actor->mailbox);
	if (actor->born_under != NULL)
		add_name(&load, actor->born_under);
	for (const struct name *name = actor->held; name != NULL; name = name->next_held)
		add_name(&load, name);
	if (admin->authority_order.actor == actor)
		load.restarts = admin->authority_order.restarts;
	return load;
}

/* Type of the message that a host is at, as far as the admin had it. */
static void put_in_work(tsp_builder *b, const struct host *host, bool busy)
{
	uint64_t number = busy ? page_get(&host->page->in_work) : 0;
	const struct parcel *parcel = number != 0 ? host_parcel(host, number) : NULL;
	tsp_text type = { NULL, 0 };
	tsp_value value;
	char shown[TYPE_SHOWN + 1];

	if (parcel != NULL)
		(void)value_split((tsp_value){ parcel_body(parcel), parcel->size }, &type, &value);
	snprintf(shown, sizeof(shown), "%.*s",
		(int)(type.size < TYPE_SHOWN ? type.size : TYPE_SHOWN),
		type.data != NULL ? type.data : "");
	put_member(b, "in_work", type.data != NULL ? text_mend(shown) : NULL);
}

static void put_busy(tsp_builder *b, const struct admin *admin, clock_ns since)
{
	if (since > 0)
		put_ms_since(b, admin, "busy_ms", since);
	else
		put_number(b, "busy_ms", 0);
	put_bool(b, "busy", since > 0);
}

/* Nothing is known that the actor would still have to handle. What its host has not yet handed over may
 * be for it, so a host that has such is not idle. */
static bool is_idle(const struct actor *actor, const struct actor_load *load, bool busy)
{
	const struct host *host = actor->host;

	if (host == NULL || actor->state != ACTOR_RUNNING || busy || load->count > 0 ||
		actor->sent_count > 0 || actor->kept_count > 0)
		return false;
	return host->page == NULL ||
		(page_get(&host->page->local_waiting) == 0 && page_get(&host->page->outgoing) == 0);
}

void put_actor_load(tsp_builder *b, struct admin *admin, const struct actor *actor)
{
	struct actor_load load = load_of(admin, actor);
	struct host *host = actor->host;
	clock_ns since = host != NULL ? host_busy_since(host) : 0;

	if (since > 0 && page_get(&host->page->actor) != actor->number)
		since = 0; /* another of the same host */
	/* what it keeps is charged to its mailbox; it does not wait there */
	put_number(b, "waiting", load.count - actor->kept_count);
	put_number(b, "kept", actor->kept_count);
	put_number(b, "bytes", load.bytes);
	put_number(b, "high", load.high);
	put_number(b, "refused", load.refused);
	put_number(b, "restarts", load.restarts);
	if (load.oldest > 0)
		put_ms_since(b, admin, "oldest_ms", load.oldest);
	else
		put_number(b, "oldest_ms", 0);
	put_busy(b, admin, since);
	put_in_work(b, host, since > 0);
	put_bool(b, "idle", is_idle(actor, &load, since > 0));
	put_number(b, "handled", handled_of(actor));
	put_number(b, "memory", host != NULL ? host_memory(admin, host) : 0);
	put_number(b, "cpu_ms", host != NULL ? host_cpu(admin, host) : 0);
}

void put_host_load(tsp_builder *b, struct admin *admin, struct host *host)
{
	const struct page *page = host->page;
	clock_ns since = host_busy_since(host);

	put_number(b, "sent", host->sent_count);
	put_number(b, "kept", host->kept.count);
	put_number(b, "memory", host_memory(admin, host));
	put_number(b, "cpu_ms", host_cpu(admin, host));
	put_ms_since(b, admin, "age_ms", host->since);
	if (page == NULL)
		return;
	put_number(b, "handled", page_get(&page->handled));
	put_number(b, "waiting", page_get(&page->local_waiting));
	put_number(b, "outgoing", page_get(&page->outgoing));
	put_number(b, "retried", page_get(&page->retried));
	put_number(b, "ignored", page_get(&page->ignored));
	put_number(b, "refused", page_get(&page->refused));
	put_busy(b, admin, since);
	put_in_work(b, host, since > 0);
	put_somebody(b, admin, "actor", since > 0 ? page_get(&page->actor) : 0);
}
