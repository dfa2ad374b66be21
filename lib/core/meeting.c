/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/meeting.h"

#include "core/convention.h"
#include "core/parcel.h"
#include "core/prospects.h"

#define MEETINGS_LIMIT 1024
#define ASK_NS	       (2 * CLOCK_SECOND)
#define DIRECT_NS      (CLOCK_SECOND * 3 / 2)
#define BY_LEADER_NS   (6 * CLOCK_SECOND)
#define AGAIN_NS       (CLOCK_SECOND / 4)

static void set_state(
	struct admin *admin, struct member *member, enum meeting_state state, clock_ns wait)
{
	struct convention *convention = admin->convention;

	if (member->meeting == MEETING_NONE) {
		list_append(&convention->meetings, &member->meetings);
		convention->meeting_count++;
	}
	member->meeting = (uint8_t)state;
	member->dial = 0;
	member->meet_at = admin->now + wait;
	admin->tick_at = 0;
}

void meeting_over(struct admin *admin, struct member *member)
{
	if (member->meeting == MEETING_NONE)
		return;
	list_remove(&member->meetings);
	admin->convention->meeting_count--;
	member->meeting = MEETING_NONE;
	member->dial = 0;
}

struct member *meeting_begin(struct admin *admin, uint64_t system)
{
	struct member *member;

	if (system == 0 || system == admin->config.system || admin->ops->dial_over == NULL ||
		admin->in_shutdown || convention_leader(admin) == NULL ||
		admin->convention->meeting_count >= MEETINGS_LIMIT)
		return NULL;
	member = member_new(admin);
	if (member == NULL || table_put(&admin->members_by_system, system, member) < 0) {
		if (member != NULL)
			member_free(admin, member);
		return NULL;
	}
	member->system = system;
	member->introduced = true;
	member->unmet = true;
	member->heard = admin->now;
	set_state(admin, member, MEETING_ASKS, 0);
	return member;
}

void meeting_again(struct admin *admin, struct member *member)
{
	if (!member->introduced || member->registered || member->meeting != MEETING_NONE ||
		member->system == 0 || admin->in_shutdown)
		return;
	member->heard = admin->now; /* nobody had to say anything until now */
	set_state(admin, member, MEETING_ASKS, 0);
}

bool meeting_is_due(const struct member *member)
{
	return member->queue.count > 0 || member->sent_count > 0 || member->spared.count > 0 ||
		!list_empty(&member->guests) || !list_empty(&member->emigrants);
}

bool meeting_is_over(const struct member *member)
{
	return member->introduced && !member->registered && member->line == NULL &&
		member->meeting == MEETING_NONE && !meeting_is_due(member);
}

void meeting_lost(struct admin *admin, struct member *member)
{
	if (member->introduced && !member->registered && meeting_is_due(member) &&
		!admin->in_shutdown)
		set_state(admin, member, MEETING_ASKS, AGAIN_NS);
}

void meeting_merge(struct admin *admin, struct member *member, struct member *unknown)
{
	struct parcel *parcel;

	member->introduced = true;
	member_go_on_with_all(admin, unknown);
	while ((parcel = mailbox_take(admin, &unknown->queue)) != NULL)
		mailbox_put(admin, &member->queue, parcel);
	mailbox_release(admin, &unknown->queue);
	while (!list_empty(&unknown->emigrants)) {
		struct abroad *abroad = list_item(unknown->emigrants.next, struct abroad, link);

		list_remove(&abroad->link);
		list_append(&member->emigrants, &abroad->link);
		abroad->member = member;
	}
	if (unknown->meeting != MEETING_NONE && member->meeting == MEETING_NONE)
		set_state(admin, member, MEETING_ASKS, ASK_NS);
	meeting_over(admin, unknown);
	member_free(admin, unknown);
}

/* ---- The ways ---- */

static void by_leader(struct admin *admin, struct member *member)
{
	const struct member *leader = convention_leader(admin);

	if (leader == NULL || leader->line == NULL) {
		set_state(admin, member, MEETING_ASKS, AGAIN_NS);
		return;
	}
	set_state(admin, member, MEETING_BY_LEADER, BY_LEADER_NS);
	member->dial = ++admin->convention->last_dial;
	admin->ops->dial_over(
		admin->io, member->dial, leader->system, member->system, member->key);
}

void meeting_go(struct admin *admin, struct member *member)
{
	if (member->line != NULL) {
		meeting_over(admin, member);
	} else if (member->address != NULL) {
		set_state(admin, member, MEETING_DIALS, DIRECT_NS);
		member->dial = ++admin->convention->last_dial;
		admin->ops->dial(admin->io, member->dial, member->address, member->key);
	} else if (admin->config.advertise != NULL) {
		set_state(admin, member, MEETING_AWAITS, DIRECT_NS);
	} else {
		by_leader(admin, member);
	}
}

static struct member *of_dial(const struct admin *admin, uint64_t dial)
{
	struct list *all = &admin->convention->meetings;

	for (struct list *at = all->next; dial != 0 && at != all; at = at->next) {
		struct member *member = list_item(at, struct member, meetings);

		if (member->dial == dial)
			return member;
	}
	return NULL;
}

void meeting_failed(struct admin *admin, uint64_t dial)
{
	struct member *member = admin->convention != NULL ? of_dial(admin, dial) : NULL;

	if (member == NULL)
		return;
	if (member->line != NULL)
		meeting_over(admin, member);
	else if (member->meeting == MEETING_DIALS)
		set_state(admin, member, MEETING_AWAITS, 0);
	else
		set_state(admin, member, MEETING_ASKS, AGAIN_NS);
}

static void go_on(struct admin *admin, struct member *member)
{
	if (member->meeting == MEETING_ASKS || member->meeting == MEETING_BY_LEADER) {
		set_state(admin, member, MEETING_ASKS, ASK_NS);
		meeting_ask(admin, member);
	} else {
		by_leader(admin, member);
	}
}

clock_ns meetings_tick(struct admin *admin)
{
	clock_ns next = CLOCK_NEVER;
	struct list *all, *after;

	if (admin->convention == NULL || admin->convention->meeting_count == 0)
		return CLOCK_NEVER;
	all = &admin->convention->meetings;
	for (struct list *at = all->next; at != all; at = after) {
		struct member *member = list_item(at, struct member, meetings);

		after = at->next;
		if (member->meet_at <= admin->now)
			go_on(admin, member);
		if (member->meet_at < next)
			next = member->meet_at;
	}
	return next;
}
