/* SPDX-License-Identifier: MIT */
/* What a status tells of the convention. */
#include "config.h"

#include <stdio.h>
#include "core/convention.h"
#include "core/meeting.h"
#include "core/prospects.h"
#include "core/status.h"

static void put_attendee(
	tsp_builder *b, const struct admin *admin, const struct member *member, bool alone)
{
	char key[2 * SYSTEM_KEY + 1];
	tsp_text version = { NULL, 0 };

	for (size_t i = 0; i < SYSTEM_KEY; i++)
		snprintf(key + 2 * i, 3, "%02x", member->key[i]);
	(void)tsp_value_text(
		tsp_value_get((tsp_value){ member->capabilities, member->capabilities_size },
			"Thespian Version"),
		&version);
	tsp_begin_map(b);
	put_number(b, "system", member->system);
	tsp_put_key(b, "admin");
	tsp_put_address(b, (tsp_address){ member->system, 0 });
	put_member(b, "address", member->address);
	put_member(b, "seen_as", member->seen_as);
	put_member(b, "key", key);
	put_bool(b, "leader", member->leads);
	put_bool(b, "connected", member->line != NULL);
	put_bool(b, "suspected", member->suspected);
	put_number(b, "actors", member->actors);
	put_text(b, "version", version);
	put_number(b, "round_trip_us", (uint64_t)(member->round_trip / 1000));
	put_ms_since(b, admin, "heard_ms", member_sign(member));
	put_ms_since(b, admin, "age_ms", member->since);
	tsp_put_key(b, "clock_difference_ms");
	tsp_put_int(b, member->clock_difference_ms);
	put_number(b, "waiting", member->queue.count + member->sent_count);
	if (!alone) {
		tsp_put_key(b, "capabilities");
		tsp_put_value(b, (tsp_value){ member->capabilities, member->capabilities_size });
	}
	tsp_end(b);
}

static void put_attendees(tsp_builder *b, const struct admin *admin, bool alone)
{
	size_t count = 0;

	tsp_put_key(b, "conventionAttendees");
	tsp_begin_list(b);
	for (const struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		const struct member *member = list_item(at, struct member, link);

		if (member->registered && (count++ < STATUS_LIST_LIMIT || alone))
			put_attendee(b, admin, member, alone);
	}
	tsp_end(b);
	put_number(b, "attendeeCount", count);
}

/* Other members, whom a leader has introduced: the lines that are there, or are being made. */
static void put_between(tsp_builder *b, const struct admin *admin)
{
	size_t count = 0;

	tsp_put_key(b, "conventionBetween");
	tsp_begin_list(b);
	for (const struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		const struct member *member = list_item(at, struct member, link);

		if (!member->introduced || member->registered || member->system == 0 ||
			meeting_is_over(member) || count++ >= STATUS_LIST_LIMIT)
			continue;
		tsp_begin_map(b);
		tsp_put_key(b, "admin");
		tsp_put_address(b, (tsp_address){ member->system, 0 });
		put_member(b, "address", member->address);
		put_member(b, "way", member->line == NULL ? "none yet" :
				member->relayed		  ? "by a leader" :
							    "direct");
		put_number(b, "round_trip_us", (uint64_t)(member->round_trip / 1000));
		put_number(b, "waiting", member->queue.count + member->sent_count);
		tsp_end(b);
	}
	tsp_end(b);
}

/* Whom we dial, and why that has not led to anybody. */
static void put_dials(tsp_builder *b, const struct admin *admin)
{
	const struct list *all = &admin->convention->prospects;

	tsp_put_key(b, "conventionDials");
	tsp_begin_list(b);
	for (const struct list *at = all->next; at != all; at = at->next) {
		const struct prospect *prospect = list_item(at, struct prospect, link);
		bool met = prospect->member != NULL && prospect->member->line != NULL;

		tsp_begin_map(b);
		put_member(b, "address", prospect->address);
		put_bool(b, "leader", prospect->rank >= 0);
		put_bool(b, "connected", met);
		put_member(b, "reason", met ? NULL : prospect->reason);
		tsp_end(b);
	}
	tsp_end(b);
}

void put_convention(tsp_builder *b, const struct admin *admin, bool alone)
{
	const struct member *leader = convention_leader(admin);

	tsp_put_key(b, "conventionLeader");
	if (leader != NULL)
		tsp_put_address(b, (tsp_address){ leader->system, 0 });
	else
		tsp_put_null(b);
	if (leader != NULL)
		put_ms_since(b, admin, "conventionRegisterTime", leader->since);
	else
		put_member(b, "conventionRegisterTime", NULL);
	put_attendees(b, admin, alone);
	put_between(b, admin);
	put_dials(b, admin);
}
