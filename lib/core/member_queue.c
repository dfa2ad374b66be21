/* SPDX-License-Identifier: MIT */
/* What goes to another system: waits, is sent, and is kept until the other one has it. */
#include "config.h"
#include "core/member.h"

#include <stdio.h>
#include <stdlib.h>
#include "core/account.h"
#include "core/meeting.h"
#include "core/parcel.h"
#include "core/put.h"
#include "core/trace.h"
#include "wire/value.h"

/* Before the other one's window is full, which else stays so until the next heartbeat. */
#define ACKNOWLEDGE_EVERY 256 /* envelopes */
#define ACKNOWLEDGE_BYTES (MEMBER_WINDOW_BYTES / 4)
#define SPARED_LIMIT	  10000

static void send(struct admin *admin, struct member *member, const struct parcel *parcel)
{
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.flags = parcel->flags & (FRAME_SYSTEM | FRAME_NOTED | FRAME_EMPTY | FRAME_FORWARDED |
					FRAME_LOOSE),
		.to = parcel->to,
		.from = parcel->from,
		.sequence = parcel->note,
		.body = parcel_body(parcel),
		.body_size = parcel->size,
	};

	if (parcel->to.system == admin->config.system)
		frame.flags |= FRAME_FORWARDED; /* to one of ours that lives elsewhere */
	admin->ops->send(admin->io, member->line->peer, &frame);
}

static bool has_room(const struct member *member, size_t size)
{
	return member->sent_count == 0 ||
		(member->sent_count < MEMBER_WINDOW_MESSAGES &&
			member->sent_bytes + size <= MEMBER_WINDOW_BYTES);
}

static bool is_between_actors(const struct parcel *parcel)
{
	return !(parcel->flags & FRAME_SYSTEM) && parcel->to.number != 0;
}

/* What may be lost: nobody else has to do for it, and no end of an actor, creation or answer of a system hangs
 * on it. */
static bool is_told(const struct parcel *parcel)
{
	tsp_value value;
	tsp_text type;

	return is_between_actors(parcel) && !(parcel->flags & (FRAME_NOTED | FRAME_EMPTY)) &&
		value_split((tsp_value){ parcel_body(parcel), parcel->size }, &type, &value) == 0 &&
		!tsp_text_is(type, SYSTEM_EXIT_REQUEST) && !tsp_text_is(type, SYSTEM_STATUS_REQUEST);
}

static void refuse_large(struct admin *admin, struct parcel *parcel)
{
	const struct frame frame = { .flags = parcel->flags,
		.to = parcel->to,
		.from = parcel->from,
		.sequence = parcel->note,
		.body = parcel_body(parcel),
		.body_size = parcel->size };
	char reason[160];

	snprintf(reason, sizeof(reason),
		"too big for a link of the UDP base: %zu bytes, and a datagram takes %zu",
		(size_t)parcel->size, MEMBER_LOOSE_BYTES);
	frame_refuse(admin, &frame, TSP_ETOOBIG, reason);
	parcel_free(parcel);
}

/* It has gone, and nobody hears whether it arrives. */
static void send_loose(struct admin *admin, struct member *member, struct parcel *parcel)
{
	parcel->flags |= FRAME_LOOSE;
	send(admin, member, parcel);
	trace_parcel(admin, parcel, "sent on");
	admin->counters.to_systems++;
	parcel_free(parcel);
}

static void send_first(struct admin *admin, struct member *member, struct parcel *parcel)
{
	if (member->line->loose && is_between_actors(parcel) && parcel->size > MEMBER_LOOSE_BYTES) {
		refuse_large(admin, parcel);
		return;
	}
	if (member->line->loose && is_told(parcel)) {
		send_loose(admin, member, parcel);
		return;
	}
	parcel->sequence = ++member->sent_number;
	parcel->state = PARCEL_SENT;
	member->used = admin->now;
	list_append(&member->sent, &parcel->link);
	member->sent_count++;
	member->sent_bytes += parcel->size;
	send(admin, member, parcel);
}

void member_drain(struct admin *admin, struct member *member)
{
	while (member->line != NULL && !list_empty(&member->queue.parcels)) {
		struct parcel *first =
			list_item(member->queue.parcels.next, struct parcel, link);

		if (!has_room(member, first->size))
			return;
		send_first(admin, member, mailbox_take(admin, &member->queue));
	}
}

void member_post_parcel(struct admin *admin, struct member *member, struct parcel *parcel)
{
	if (member->line != NULL && list_empty(&member->queue.parcels) &&
		has_room(member, parcel->size))
		send_first(admin, member, parcel);
	else
		mailbox_put(admin, &member->queue, parcel);
	if (member->line == NULL)
		meeting_again(admin, member);
}

/* A target that takes no more for now: what is for it waits here and holds nothing else up. */
struct spared {
	struct mailbox mailbox;
};

static struct spared *spared_find(
	const struct admin *admin, const struct member *member, tsp_address target)
{
	if (member->spared.count == 0)
		return NULL;
	return table_get(&member->spared, address_key(admin->config.system, target));
}

/* The bounds of a mailbox hold for all that waits for a system, and for what waits for a target of it. */
int member_post(struct admin *admin, struct member *member, struct link *sender,
	const struct frame *frame)
{
	bool own = sender == NULL || (frame->flags & FRAME_SYSTEM);
	struct spared *spared = own ? NULL : spared_find(admin, member, frame->to);
	struct mailbox *mailbox = spared != NULL ? &spared->mailbox : &member->queue;
	struct parcel *parcel;
	int rc = own ? 0 : mailbox_admit(admin, mailbox, frame->to, sender, frame->body_size);

	if (rc < 0) {
		mailbox->refused++;
		frame_refuse(admin, frame, TSP_EBACKLOG,
			"too much is waiting for that system already");
		return rc == TSP_EPROTOCOL ? rc : 0;
	}
	parcel = parcel_new(admin, frame);
	if (parcel == NULL)
		frame_refuse(admin, frame, TSP_ENOMEM, "no memory for the message");
	else if (spared != NULL)
		mailbox_put(admin, mailbox, parcel);
	else
		member_post_parcel(admin, member, parcel);
	return 0;
}

void member_pause(struct admin *admin, struct member *member, tsp_address target)
{
	uint64_t key = address_key(admin->config.system, target);
	struct spared *spared;

	if (table_get(&member->spared, key) != NULL || member->spared.count >= SPARED_LIMIT)
		return;
	spared = calloc(1, sizeof(*spared));
	if (spared == NULL || table_put(&member->spared, key, spared) < 0) {
		free(spared);
		return;
	}
	mailbox_init(&spared->mailbox);
}

/* In the order in which it came, ahead of what comes now. */
static void let_go(struct admin *admin, struct member *member, struct spared *spared)
{
	struct parcel *parcel;

	while ((parcel = mailbox_take(admin, &spared->mailbox)) != NULL)
		member_post_parcel(admin, member, parcel);
	mailbox_release(admin, &spared->mailbox);
	mailbox_clear(&spared->mailbox);
	free(spared);
}

void member_go_on(struct admin *admin, struct member *member, tsp_address target)
{
	struct spared *spared =
		table_take(&member->spared, address_key(admin->config.system, target));

	if (spared != NULL)
		let_go(admin, member, spared);
}

void member_go_on_with_all(struct admin *admin, struct member *member)
{
	struct spared *spared;
	uint64_t key;
	size_t at = 0;

	while ((spared = table_next(&member->spared, &at, &key)) != NULL) {
		(void)table_take(&member->spared, key);
		let_go(admin, member, spared);
	}
}

void spared_clear(struct member *member)
{
	struct spared *spared;
	size_t at = 0;

	while ((spared = table_next(&member->spared, &at, NULL)) != NULL) {
		mailbox_clear(&spared->mailbox);
		free(spared);
	}
	table_clear(&member->spared);
}

static struct parcel *first_sent(const struct member *member)
{
	return list_empty(&member->sent) ?
		NULL :
		list_item(member->sent.next, struct parcel, link);
}

static void settle(struct member *member, struct parcel *parcel)
{
	list_remove(&parcel->link);
	member->sent_count--;
	member->sent_bytes -= parcel->size;
}

static int forget_until(struct admin *admin, struct member *member, uint64_t number)
{
	struct parcel *parcel;

	if (number > member->sent_number)
		return TSP_EPROTOCOL;
	while ((parcel = first_sent(member)) != NULL && parcel->sequence <= number) {
		settle(member, parcel);
		trace_parcel(admin, parcel, "sent on");
		if (!(parcel->flags & FRAME_SYSTEM))
			admin->counters.to_systems++;
		parcel_free(parcel);
	}
	return 0;
}

int member_acknowledged(struct admin *admin, struct member *member, uint64_t number)
{
	int rc = forget_until(admin, member, number);

	if (rc == 0)
		member_drain(admin, member);
	return rc;
}

void member_acknowledge(struct admin *admin, struct member *member)
{
	struct frame frame = { .kind = FRAME_DONE,
		.to = { member->system, 0 },
		.from = admin->address,
		.sequence = member->received };

	if (member->line == NULL || member->acknowledged == member->received)
		return;
	member->acknowledged = member->received;
	member->unacknowledged_bytes = 0;
	admin->ops->send(admin->io, member->line->peer, &frame);
}

void member_count_in(struct admin *admin, struct member *member, size_t size)
{
	member->received++;
	member->used = admin->now;
	member->unacknowledged_bytes += size;
	if (member->received - member->acknowledged >= ACKNOWLEDGE_EVERY ||
		member->unacknowledged_bytes >= ACKNOWLEDGE_BYTES)
		member_acknowledge(admin, member);
}

int member_resume(struct admin *admin, struct member *member, uint64_t received)
{
	int rc = forget_until(admin, member, received);

	if (rc < 0)
		return rc;
	for (struct list *at = member->sent.next; at != &member->sent; at = at->next)
		send(admin, member, list_item(at, struct parcel, link));
	member_drain(admin, member);
	return 0;
}

/* A message that was on its way back there: to try again would have no end. */
static void lose_word(struct admin *admin, const struct parcel *parcel)
{
	const struct frame frame = { .flags = parcel->flags,
		.to = parcel->to,
		.from = parcel->from,
		.body = parcel_body(parcel),
		.body_size = parcel->size };

	(void)word_lost(admin, &frame);
}

void member_give_up(struct admin *admin, struct member *member, const char *reason)
{
	struct parcel *parcel;

	member_go_on_with_all(admin, member);
	/* it may have come there all the same */
	while ((parcel = first_sent(member)) != NULL) {
		settle(member, parcel);
		lose_word(admin, parcel);
		parcel_unknown(admin, parcel, reason);
	}
	while ((parcel = mailbox_take(admin, &member->queue)) != NULL) {
		lose_word(admin, parcel);
		parcel_return(admin, parcel, reason);
	}
	member->sent_number = 0;
	member->received = 0;
	member->acknowledged = 0;
}

bool member_give_back(
	struct admin *admin, const struct frame *frame, const char *reason, int code, bool unknown)
{
	tsp_value body = { frame->body, frame->body_size };
	tsp_builder *b = admin->builder;

	if (member_towards(admin, frame->from.system) == NULL)
		return false;
	tsp_builder_reset(b);
	tsp_begin_typed(b, system_word_name(WORD_RETURNED));
	tsp_begin_map(b);
	if (!(frame->flags & FRAME_EMPTY)) {
		tsp_put_key(b, "message");
		tsp_put_encoded(b, body);
	}
	tsp_put_key(b, "to");
	tsp_put_address(b, frame->to);
	tsp_put_key(b, "from");
	tsp_put_address(b, frame->from);
	put_number(b, "note", frame->flags & FRAME_NOTED ? frame->sequence : 0);
	put_member(b, "reason", reason);
	tsp_put_key(b, "code");
	tsp_put_int(b, code);
	put_bool(b, "unknown", unknown);
	tsp_end(b);
	tsp_end(b);
	word_put(admin, frame->from.system);
	return true;
}
