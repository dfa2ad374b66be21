/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/route.h"

#include <stdio.h>
#include "core/account.h"
#include "core/actors.h"
#include "core/asks.h"
#include "core/gate.h"
#include "core/hosts.h"
#include "core/member.h"
#include "core/parcel.h"
#include "core/placement.h"
#include "core/trace.h"
#include "wire/value.h"

struct link *route_caller(const struct admin *admin, tsp_address address)
{
	struct link *link;

	if (address.system != admin->config.system || !address_is_of_caller(address.number))
		return NULL;
	link = table_get(&admin->leases, address_lease(address.number));
	return link != NULL && link->kind == LINK_CALLER ? link : NULL;
}

/* A caller's mailbox is what its socket has not taken yet. */
static void send_to_caller(struct admin *admin, struct link *link, const struct frame *frame)
{
	struct frame out = *frame;

	if (!(frame->flags & FRAME_SYSTEM) &&
		admin->ops->unsent(admin->io, link->peer) + frame->body_size >
			admin->bounds.caller_bytes) {
		frame_refuse(admin, frame, TSP_EBACKLOG, "the caller does not read its messages");
		return;
	}
	asks_end(link, frame->to.number);
	out.flags &= FRAME_SYSTEM;
	out.sequence = 0;
	if (!(frame->flags & FRAME_EMPTY)) /* that shows of an actor that it runs: of a caller nothing */
		admin->ops->send(admin->io, link->peer, &out);
	trace_frame(admin, frame, "delivered");
	if (!(frame->flags & FRAME_SYSTEM))
		admin->counters.to_callers++;
	if (frame->flags & FRAME_NOTED)
		notice_send(admin, frame->from, frame->to, NOTICE_HANDLED, "{s:u,s:s}", "note",
			frame->sequence, "outcome", "finished");
}

static void overflow_system_lane(struct admin *admin, struct actor *actor)
{
	char text[TSP_ADDRESS_TEXT + 80];

	if (actor->host == NULL || actor->host->closing)
		return;
	snprintf(text, sizeof(text),
		"actor %llx does not take its system messages: its host is ended",
		(unsigned long long)actor->number);
	admin->ops->log(admin->io, LOG_LEVEL_ERROR, text);
	host_kill(admin, actor->host);
}

/* sender is NULL for the system's own. */
static int post(struct admin *admin, struct link *sender, struct actor *actor,
	struct mailbox *mailbox, const struct frame *frame)
{
	struct parcel *parcel;
	int rc;

	if (mailbox == NULL) {
		frame_refuse(admin, frame, TSP_ENOMEM, "no memory for its mailbox");
		return 0;
	}
	if (sender != NULL) {
		rc = mailbox_admit(admin, mailbox, frame->to, sender, frame->body_size);
		if (rc < 0) {
			mailbox->refused++;
			frame_refuse(
				admin, frame, TSP_EBACKLOG, "too much is waiting there already");
			return rc == TSP_EPROTOCOL ? rc : 0;
		}
	} else if (mailbox->system_count >= admin->bounds.system_messages) {
		if (actor != NULL)
			overflow_system_lane(admin, actor);
		return 0;
	}
	parcel = parcel_new(admin, frame);
	if (parcel == NULL) {
		frame_refuse(admin, frame, TSP_ENOMEM, "no memory for the message");
		return 0;
	}
	if (actor != NULL)
		parcel_post(admin, actor, mailbox, parcel);
	else
		mailbox_put(admin, mailbox, parcel);
	return 0;
}

static int route_to_name(struct admin *admin, struct link *sender, const struct frame *frame)
{
	struct name *name = table_get(&admin->names, frame->to.number);
	struct actor *holder;

	if (name == NULL) {
		frame_return(admin, frame, "nobody holds that name");
		return 0;
	}
	holder = name->holder != NULL && !name->holder->leaving ? name->holder : NULL;
	if (holder == NULL && !name->kept) {
		frame_return(admin, frame, "nobody holds that name now");
		return 0;
	}
	return post(admin, sender, holder, &name->mailbox, frame);
}

/*
 * The way to another system. A system speaks for those that were born there only, so that what a guest of ours says
 * goes by the system of its birth. Nothing else is passed on: between two members it is their own line's, which
 * nobody else has a say in.
 */
static struct member *way_out(
	struct admin *admin, const struct member *from, const struct frame *frame)
{
	struct member *member = NULL;

	if (from == NULL && placement_path(admin, frame->from, &member))
		return member;
	if (from != NULL && frame->from.system != admin->config.system)
		return NULL;
	member = member_towards(admin, frame->to.system);
	return member != from ? member : NULL; /* else it would go to and fro */
}

/* To who was born on another system, and may live here. */
static int route_abroad(struct admin *admin, struct link *sender, const struct frame *frame)
{
	bool from_system = sender != NULL && sender->kind == LINK_SYSTEM;
	struct actor *actor = actor_find(admin, frame->to);
	struct member *member;

	if (actor != NULL && !actor->leaving)
		return post(admin, sender, actor, actor_mailbox(actor), frame);
	member = way_out(admin, from_system ? sender->member : NULL, frame);
	if (member != NULL)
		return member_post(admin, member, sender, frame);
	if (word_lost(admin, frame))
		return 0;
	frame_return(admin, frame,
		"the address is of an earlier life of this system or of one that is not here");
	return 0;
}

static int route(struct admin *admin, struct link *sender, const struct frame *frame)
{
	struct actor *actor;
	struct link *caller;

	if (frame->to.system != admin->config.system)
		return route_abroad(admin, sender, frame);
	if (address_is_name(frame->to.number))
		return route_to_name(admin, sender, frame);
	actor = table_get(&admin->actors, frame->to.number);
	if (actor != NULL && !actor->leaving)
		return post(admin, sender, actor, actor_mailbox(actor), frame);
	caller = route_caller(admin, frame->to);
	if (caller != NULL)
		send_to_caller(admin, caller, frame);
	else
		frame_return(admin, frame, "the actor is dead");
	return 0;
}

int route_from_system(struct admin *admin, struct link *link, const struct frame *frame)
{
	return route(admin, link, frame);
}

void route_again(struct admin *admin, struct link *link, const struct frame *frame)
{
	admin->counters.accepted++;
	admin->sending = trace_bits(admin, actor_sender(admin, frame->from));
	(void)route(admin, link, frame); /* a caller's link never ends of it */
	admin->sending = 0;
}

void notice_put(
	struct admin *admin, tsp_address to, tsp_address from, const void *body, size_t size)
{
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.flags = FRAME_SYSTEM,
		.to = to,
		.from = from,
		.body = body,
		.body_size = size,
	};
	uint8_t sending = admin->sending;

	if (to.number == 0)
		return;
	admin->counters.system_messages++;
	admin->sending = 0; /* of the message that this is said about */
	(void)route(admin, NULL, &frame); /* cannot fail without a sender */
	admin->sending = sending;
}

void notice_send(struct admin *admin, tsp_address to, tsp_address from, enum system_notice notice,
	const char *format, ...)
{
	tsp_value body;
	va_list args;

	tsp_builder_reset(admin->builder);
	tsp_begin_typed(admin->builder, system_notice_name(notice));
	va_start(args, format);
	tsp_put_vformat(admin->builder, format, args);
	va_end(args);
	tsp_end(admin->builder);
	if (tsp_builder_value(admin->builder, &body) < 0) {
		admin->ops->log(
			admin->io, LOG_LEVEL_ERROR, "a system message could not be encoded");
		return;
	}
	notice_put(admin, to, from, body.data, body.size);
}

void exit_request_send(struct admin *admin, uint64_t number, tsp_address from)
{
	tsp_value body;

	tsp_builder_reset(admin->builder);
	tsp_begin_typed(admin->builder, SYSTEM_EXIT_REQUEST);
	tsp_put_format(admin->builder, "{s:b}", "recursive", 1);
	tsp_end(admin->builder);
	if (tsp_builder_value(admin->builder, &body) == 0)
		notice_put(admin, own_address(admin, number), from, body.data, body.size);
}

/* *ret_actor is set where it is an actor. */
static bool sender_is_true(const struct admin *admin, const struct link *link, tsp_address from,
	tsp_address to, const struct actor **ret_actor)
{
	const struct actor *actor;

	/* the last words of who has gone, which its host gives back */
	if (tsp_address_is_nobody(from))
		return link->kind == LINK_HOST && to.number != 0;
	if (from.system != admin->config.system) { /* a guest's, if it is one's */
		actor = actor_find(admin, from);
		*ret_actor = actor;
		return actor != NULL && actor->host != NULL && actor->host == link->host;
	}
	if (link->kind == LINK_CALLER)
		return address_is_of_caller(from.number) &&
			address_lease(from.number) == link->lease;
	if (from.number == 0) /* the host itself, which has nothing to say but to the admin */
		return to.number == 0;
	actor = actor_sender(admin, from);
	*ret_actor = actor;
	return actor != NULL && actor->host == link->host;
}

/* System types come from the switch only; a cell answers a status request in the switch's stead. 1: it is
 * of a troupe. */
static int check_type(const struct link *link, struct frame *frame)
{
	tsp_text type;
	tsp_value value;

	if (value_split((tsp_value){ frame->body, frame->body_size }, &type, &value) < 0)
		return TSP_EVALUE;
	if (!system_is_reserved(type))
		return 0;
	if (link->kind == LINK_HOST && tsp_text_is(type, system_notice_name(NOTICE_ACTOR_STATUS))) {
		frame->flags |= FRAME_SYSTEM;
		return 0;
	}
	if (link->kind == LINK_HOST &&
		(tsp_text_is(type, system_notice_name(NOTICE_TROUPE_WORK)) ||
			tsp_text_is(type, system_notice_name(NOTICE_TROUPE_DONE))))
		return 1;
	return TSP_EPERM;
}

/*
 * What a leader and its workers say to each other passes the bounds of their mailboxes: a leader that is
 * full waits for just this. Hence between parent and child only, and never so much that it costs a host.
 */
static void route_troupe(struct admin *admin, struct frame *frame)
{
	struct actor *from = actor_sender(admin, frame->from);
	struct actor *to = actor_find(admin, frame->to);
	struct mailbox *mailbox;

	if (to == NULL)
		return; /* it has gone, and nobody else needs to know */
	mailbox = address_is_name(frame->to.number) && to->born_under != NULL ?
		&to->born_under->mailbox :
		actor_mailbox(to);
	if (from == NULL ||
		(from->parent != actor_known_as(to) && to->parent != actor_known_as(from))) {
		admin->counters.denied++;
		admin->ops->log(admin->io, LOG_LEVEL_WARNING,
			"a message of a troupe between actors that are none was refused");
		return;
	}
	if (mailbox == NULL || mailbox->system_count >= (admin->bounds.system_messages + 1) / 2) {
		admin->counters.denied++;
		admin->ops->log(admin->io, LOG_LEVEL_ERROR,
			mailbox == NULL ? "a message of a troupe was dropped: no memory" :
					  "a message of a troupe was dropped: the system lane is "
					  "full; raise 'System Messages'");
		return;
	}
	frame->flags |= FRAME_SYSTEM;
	admin->counters.system_messages++;
	(void)route(admin, NULL, frame); /* cannot fail without a sender */
}

int route_envelope(struct admin *admin, struct link *link, const struct frame *frame)
{
	struct frame envelope = *frame;
	const struct actor *sender = NULL;
	int rc;

	if (frame->flags & FRAME_APART) /* only the admin has a place where bodies lie apart */
		return TSP_EPROTOCOL;
	envelope.flags &= FRAME_NOTED | FRAME_EMPTY;
	if (!sender_is_true(admin, link, frame->from, frame->to, &sender)) {
		admin->counters.forged++;
		admin->ops->log(admin->io, LOG_LEVEL_WARNING,
			"an envelope with a forged sender was refused");
		return 0;
	}
	if (envelope.flags & FRAME_EMPTY) {
		/* nothing to dispatch, hence a system message: only its end counts */
		if (frame->body_size != 0)
			return TSP_EPROTOCOL;
	} else {
		rc = tsp_value_check(frame->body, frame->body_size);
		if (rc < 0)
			return TSP_EPROTOCOL;
	}
	if (frame->to.system == admin->config.system && frame->to.number == 0)
		return gate_request(admin, link, &envelope);
	admin->counters.accepted++;
	if (!(envelope.flags & FRAME_EMPTY)) {
		rc = check_type(link, &envelope);
		if (rc < 0) {
			admin->counters.denied++;
			frame_refuse(admin, &envelope, TSP_EPERM,
				"only the system may send a message of this type");
			return 0;
		}
		if (rc > 0) {
			admin->counters.accepted--;
			route_troupe(admin, &envelope);
			return 0;
		}
		if (envelope.flags & FRAME_SYSTEM) {
			admin->counters.accepted--; /* it is the system's answer now */
			admin->counters.system_messages++;
		}
	}
	if (link->kind == LINK_CALLER)
		asks_note(admin, link, &envelope);
	admin->sending = trace_bits(admin, sender);
	rc = route(admin, link, &envelope);
	admin->sending = 0;
	return rc;
}
