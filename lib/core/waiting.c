/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/status.h"

#include "core/parcel.h"
#include "wire/json.h"

/* Those that wait longest, the oldest first. */
struct oldest {
	const struct parcel *parcels[STATUS_MESSAGES];
	size_t count;
};

static bool is_too_young(const struct oldest *oldest, const struct parcel *parcel)
{
	return oldest->count == STATUS_MESSAGES &&
		parcel->since >= oldest->parcels[STATUS_MESSAGES - 1]->since;
}

static void insert(struct oldest *oldest, const struct parcel *parcel)
{
	size_t at = oldest->count < STATUS_MESSAGES ? oldest->count++ : STATUS_MESSAGES - 1;

	while (at > 0 && oldest->parcels[at - 1]->since > parcel->since) {
		oldest->parcels[at] = oldest->parcels[at - 1];
		at--;
	}
	oldest->parcels[at] = parcel;
}

/* A mailbox is first in, first out: behind the first that is too young there is nothing to find. */
static void look_through(struct oldest *oldest, const struct mailbox *mailbox)
{
	for (struct list *at = mailbox->parcels.next; at != &mailbox->parcels; at = at->next) {
		const struct parcel *parcel = list_item(at, struct parcel, link);

		if (is_too_young(oldest, parcel))
			break;
		insert(oldest, parcel);
	}
}

static void find_oldest(const struct admin *admin, struct oldest *oldest)
{
	const struct actor *actor;
	size_t seen = 0;
	size_t at = 0;

	if (admin->waiting == 0)
		return;
	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL) {
		if (actor->mailbox == NULL || list_empty(&actor->mailbox->parcels))
			continue;
		look_through(oldest, actor->mailbox);
		seen += actor->mailbox->count - actor->kept_count;
	}
	/* there may be a million names, most of them with nothing */
	for (struct list *n = admin->name_list.next;
		n != &admin->name_list && seen < admin->waiting; n = n->next) {
		const struct mailbox *mailbox = &list_item(n, struct name, link)->mailbox;

		look_through(oldest, mailbox);
		seen += mailbox->count;
	}
}

static void put_parcel(tsp_builder *b, const struct admin *admin, const struct parcel *parcel)
{
	char text[STATUS_TEXT + 1];

	tsp_begin_map(b);
	tsp_put_key(b, "from");
	tsp_put_address(b, parcel->from);
	tsp_put_key(b, "to");
	tsp_put_address(b, parcel->to);
	put_member(b, "text",
		parcel->flags & FRAME_EMPTY ?
			"" :
			value_excerpt(
				(tsp_value){ parcel_body(parcel), parcel->size }, text, sizeof(text)));
	put_ms_since(b, admin, "age_ms", parcel->since);
	tsp_end(b);
}

void put_waiting(tsp_builder *b, const struct admin *admin)
{
	struct oldest oldest = { 0 };

	find_oldest(admin, &oldest);
	tsp_put_key(b, "pendingMessages");
	tsp_begin_list(b);
	for (size_t i = 0; i < oldest.count; i++)
		put_parcel(b, admin, oldest.parcels[i]);
	tsp_end(b);
	put_number(b, "pendingCount", admin->waiting);
	put_number(b, "pendingHigh", admin->waiting_high);
	if (oldest.count > 0)
		put_ms_since(b, admin, "oldest_ms", oldest.parcels[0]->since);
	else
		put_number(b, "oldest_ms", 0);
}
