/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/account.h"

#include <stdio.h>
#include "core/actors.h"
#include "core/admin_log.h"
#include "core/member.h"
#include "core/morgue.h"
#include "core/parcel.h"
#include "core/route.h"
#include "core/trace.h"
#include "wire/value.h"

static void send_handled(struct admin *admin, const struct frame *frame, const char *outcome)
{
	if (frame->flags & FRAME_NOTED)
		notice_send(admin, frame->from, frame->to, NOTICE_HANDLED, "{s:u,s:s}", "note",
			frame->sequence, "outcome", outcome);
}

static struct frame frame_of(const struct parcel *parcel)
{
	return (struct frame){
		.kind = FRAME_ENVELOPE,
		.flags = parcel->flags,
		.to = parcel->to,
		.from = parcel->from,
		.sequence = parcel->note,
		.body = parcel_body(parcel),
		.body_size = parcel->size,
	};
}

/* Wrapping goes one deep: what is itself a poison or a dead letter is dropped and counted. */
static bool is_wrapper(const struct frame *frame)
{
	tsp_text type;
	tsp_value value;

	if (!(frame->flags & FRAME_SYSTEM))
		return false;
	if (value_split((tsp_value){ frame->body, frame->body_size }, &type, &value) < 0)
		return true;
	return tsp_text_is(type, system_notice_name(NOTICE_POISON)) ||
		tsp_text_is(type, system_notice_name(NOTICE_DEAD));
}

static void send_poison(struct admin *admin, const struct frame *frame, const char *outcome,
	int code, tsp_text details)
{
	tsp_value body = { frame->body, frame->body_size };

	if (frame->from.number == 0)
		return;
	if (is_wrapper(frame)) {
		admin->counters.dropped_poison++;
		return;
	}
	if (frame->flags & FRAME_EMPTY)
		notice_send(admin, frame->from, frame->to, NOTICE_POISON, "{s:n,s:t,s:a,s:i,s:s}",
			"poisonMessage", "details", details, "target", frame->to, "code", code,
			"outcome", outcome);
	else
		notice_send(admin, frame->from, frame->to, NOTICE_POISON, "{s:e,s:t,s:a,s:i,s:s}",
			"poisonMessage", body, "details", details, "target", frame->to, "code",
			code, "outcome", outcome);
}

static void send_dead_letter(struct admin *admin, const struct frame *frame, const char *reason)
{
	tsp_value body = { frame->body, frame->body_size };

	admin->counters.dead_letters++;
	if (admin->dead_letters == 0 || (frame->flags & FRAME_EMPTY) || is_wrapper(frame))
		return;
	notice_send(admin, own_address(admin, admin->dead_letters), admin->address, NOTICE_DEAD,
		"{s:e,s:a,s:a,s:s}", "deadMessage", body, "deadAddress", frame->to, "sender",
		frame->from, "reason", reason);
}

/* Who asks is told at once and still has the message: that would only push out what nobody else has. Who
 * tells may never listen. */
static void keep_dead(
	struct admin *admin, const struct frame *frame, const char *reason, bool from_caller)
{
	if (frame->flags & FRAME_EMPTY)
		return; /* it says nothing */
	if (!from_caller || (frame->from.number & ADDRESS_COUNTER_MASK) < ADDRESS_CALLER_ACTORS)
		morgue_keep_dead(admin, frame, reason);
}

/* unknown: it may have been handled. */
static void return_frame(
	struct admin *admin, const struct frame *frame, const char *reason, bool unknown)
{
	bool from_caller;

	if (frame->flags & FRAME_SYSTEM)
		return; /* what the system says to the dead is for nobody */
	if (frame->from.system != admin->config.system && actor_find(admin, frame->from) == NULL &&
		member_give_back(admin, frame, reason, TSP_EDEAD, unknown)) {
		admin->counters.to_systems++; /* it ends where it began */
		return;
	}
	from_caller = route_caller(admin, frame->from) != NULL;
	if (unknown)
		admin->counters.unknown++;
	else
		admin->counters.returned++;
	keep_dead(admin, frame, reason, from_caller);
	if (from_caller)
		send_poison(admin, frame, "returned", TSP_EDEAD, tsp_text_of(reason));
	else
		send_dead_letter(admin, frame, reason);
	send_handled(admin, frame, "dead");
}

void frame_return(struct admin *admin, const struct frame *frame, const char *reason)
{
	trace_frame(admin, frame, "dead");
	return_frame(admin, frame, reason, false);
}

void frame_bury(struct admin *admin, const struct frame *frame, const char *reason)
{
	trace_frame(admin, frame, "dead");
	admin->counters.returned++;
	keep_dead(admin, frame, reason, false);
	send_dead_letter(admin, frame, reason);
}

void frame_unknown(struct admin *admin, const struct frame *frame, const char *reason)
{
	trace_frame(admin, frame, "unknown");
	return_frame(admin, frame, reason, true);
}

/* Where what the system says to a sender waits; NULL: nowhere. */
static struct mailbox *lane_of(struct admin *admin, tsp_address address)
{
	uint64_t number = address_key(admin->config.system, address);
	struct actor *actor;

	if (address_is_name(number)) {
		struct name *name = table_get(&admin->names, number);

		return name != NULL ? &name->mailbox : NULL;
	}
	actor = table_get(&admin->actors, number);
	return actor != NULL ? actor->mailbox : NULL;
}

/* An actor that floods takes nothing meanwhile: its refusals would fill its system lane and end it, and
 * each has a whole message in it. Past half of the lane, or where more than a sender may add to a full
 * mailbox waits, they are put together, and it hears of them at once when it has taken the others. */
static bool put_together(struct admin *admin, const struct frame *frame)
{
	struct mailbox *lane = lane_of(admin, frame->from);
	bool crowded = lane != NULL &&
		(lane->untold_count > 0 || lane->system_count >= admin->bounds.system_messages / 2 ||
			lane->bytes + frame->body_size > admin->bounds.sender_grace);

	if (!crowded || lane->system_count == 0)
		return false;
	if (lane->untold_count++ == 0) {
		list_remove(&lane->untold);
		list_append(&admin->untold, &lane->untold);
	}
	lane->untold_sender = frame->from;
	lane->untold_target = frame->to;
	return true;
}

void account_tell_refused(struct admin *admin)
{
	struct list *next;

	for (struct list *at = admin->untold.next; at != &admin->untold; at = next) {
		struct mailbox *lane = list_item(at, struct mailbox, untold);
		uint64_t count = lane->untold_count;

		next = at->next;
		if (lane->system_count > admin->bounds.system_messages / 4)
			continue;
		list_remove(&lane->untold);
		lane->untold_count = 0;
		notice_send(admin, lane->untold_sender, lane->untold_target, NOTICE_POISON,
			"{s:n,s:s,s:a,s:i,s:s,s:u}", "poisonMessage", "details",
			"these were refused while others of the kind waited to be told", "target",
			lane->untold_target, "code", TSP_EBACKLOG, "outcome", "refused", "count",
			count);
	}
}

void frame_refuse(struct admin *admin, const struct frame *frame, int code, const char *reason)
{
	if (frame->flags & FRAME_SYSTEM)
		return;
	trace_frame(admin, frame, "refused");
	admin->counters.refused++;
	admin_log_refused(admin, frame, reason);
	if (code != TSP_EBACKLOG || !put_together(admin, frame))
		send_poison(admin, frame, "refused", code, tsp_text_of(reason));
	send_handled(admin, frame, "dead");
}

void parcel_finish(struct admin *admin, struct parcel *parcel)
{
	struct frame frame = frame_of(parcel);

	trace_parcel(admin, parcel, "handled");
	if (!(parcel->flags & FRAME_SYSTEM))
		admin->counters.finished++;
	if (parcel->flags & FRAME_NOTED)
		send_handled(admin, &frame, "finished");
	parcel_free(parcel);
}

/* death->tried 0: no handler had it. */
static void poison(struct admin *admin, struct parcel *parcel, const struct morgue_death *death)
{
	struct frame frame = frame_of(parcel);

	trace_parcel(admin, parcel, death->tried == 0 ? "unstarted" : death->outcome);
	if (!(parcel->flags & FRAME_SYSTEM)) {
		admin->counters.poisoned++;
		if (death->tried > 0)
			morgue_keep_poison(admin, &frame, death);
		send_poison(admin, &frame, death->outcome, death->code, death->details);
	}
	send_handled(admin, &frame, "failed");
	parcel_free(parcel);
}

void parcel_unstarted(struct admin *admin, struct parcel *parcel, const char *reason)
{
	const struct morgue_death death = {
		.outcome = "returned", .code = TSP_ESTART, .details = tsp_text_of(reason)
	};

	poison(admin, parcel, &death);
}

static struct morgue_death death_at(const struct actor *actor, tsp_text details)
{
	struct morgue_death death = { .outcome = "crashed", .code = TSP_EFAILED, .tried = 1,
		.details = details };

	if (actor != NULL) {
		death.actor = actor->number;
		if (actor->class != NULL)
			death.class_name = tsp_text_of(actor->class->name);
	}
	return death;
}

/* It was in work when its host died; whether for the second time, nobody knows. */
static void poison_crashed(struct admin *admin, struct parcel *parcel, const char *why)
{
	const struct morgue_death death = death_at(parcel->actor, tsp_text_of(why));

	poison(admin, parcel, &death);
}

/* Its host says so: a handler failed twice, or two workers of a troupe died of it. */
static void poison_done(struct admin *admin, struct parcel *parcel, const struct done *done)
{
	struct morgue_death death = death_at(parcel->actor, done->text);

	if (done->kind != DONE_CRASHED)
		death.outcome = "failed";
	if (done->code != 0)
		death.code = done->code;
	death.tried = 2;
	poison(admin, parcel, &death);
}

void parcel_return(struct admin *admin, struct parcel *parcel, const char *reason)
{
	struct frame frame = frame_of(parcel);

	trace_parcel(admin, parcel, "dead");
	return_frame(admin, &frame, reason, false);
	parcel_free(parcel);
}

void parcel_unknown(struct admin *admin, struct parcel *parcel, const char *reason)
{
	struct frame frame = frame_of(parcel);

	trace_parcel(admin, parcel, "unknown");
	return_frame(admin, &frame, reason, true);
	parcel_free(parcel);
}

/* Kept parcels give their credit back and are charged to the mailbox of their actor. */
static void keep(struct admin *admin, struct host *host, struct parcel *parcel)
{
	struct actor *actor = parcel->actor;
	struct mailbox *mailbox = actor_mailbox(actor);

	if (mailbox == NULL || table_put(&host->kept, parcel->sequence, parcel) < 0)
		return; /* no memory: it goes on holding its credit */
	parcel_settle(parcel);
	parcel->state = PARCEL_KEPT;
	mailbox->count++;
	mailbox->bytes += parcel->size;
	admin->mailbox_bytes += parcel_cost(parcel);
	actor->kept_count++;
}

static void unkeep(struct admin *admin, struct host *host, struct parcel *parcel)
{
	struct actor *actor = parcel->actor;

	(void)table_take(&host->kept, parcel->sequence);
	actor->mailbox->count--;
	actor->mailbox->bytes -= parcel->size;
	mailbox_bytes_drop(admin, parcel);
	actor->kept_count--;
	actor_resume(admin, actor);
}

struct parcel *host_parcel(const struct host *host, uint64_t sequence)
{
	for (struct list *at = host->sent.next; at != &host->sent; at = at->next) {
		struct parcel *parcel = list_item(at, struct parcel, link);

		if (parcel->sequence == sequence)
			return parcel;
		if (parcel->sequence > sequence)
			break;
	}
	return table_get(&host->kept, sequence);
}

static void settle_one(
	struct admin *admin, struct host *host, struct parcel *parcel, const struct done *done)
{
	struct actor *actor = parcel->actor;

	if (parcel->state == PARCEL_KEPT) {
		if (done->kind == DONE_KEPT)
			return;
		unkeep(admin, host, parcel);
		host->unkept++;
	} else if (done->kind == DONE_KEPT) {
		keep(admin, host, parcel);
		actor_ready(admin, actor); /* its credit has come back */
		return;
	} else {
		parcel_settle(parcel);
	}
	if (!parcel->creation)
		actor->handled++;
	else if (done->kind == DONE_FINISHED)
		actor_started(admin, actor);
	if (done->kind == DONE_FINISHED)
		parcel_finish(admin, parcel);
	else
		poison_done(admin, parcel, done);
	actor_ready(admin, actor);
}

/* A run of more numbers than are out with the host: only what is out is looked at. */
static void settle_out(struct admin *admin, struct host *host, const struct done *done)
{
	struct parcel *parcel;
	struct list *next;
	size_t kept = 0;

	for (struct list *at = host->sent.next; at != &host->sent; at = next) {
		parcel = list_item(at, struct parcel, link);
		next = at->next;
		if (parcel->sequence - done->first < done->count)
			settle_one(admin, host, parcel, done);
	}
	while ((parcel = table_next(&host->kept, &kept, NULL)) != NULL) {
		if (parcel->sequence - done->first < done->count)
			settle_one(admin, host, parcel, done);
	}
}

static void settle_run(struct admin *admin, struct host *host, const struct done *done)
{
	for (uint32_t i = 0; i < done->count; i++) {
		struct parcel *parcel = host_parcel(host, done->first + i);

		if (parcel != NULL)
			settle_one(admin, host, parcel, done);
	}
}

int account_done(struct admin *admin, struct host *host, const struct frame *frame)
{
	struct done done;
	size_t at = 0;
	int rc;

	while ((rc = done_get(frame->body, frame->body_size, &at, &done)) > 0) {
		if (done.first + (done.count - 1) > host->sequence)
			return TSP_EPROTOCOL;
		if (done.count > host->sent_count + host->kept.count)
			settle_out(admin, host, &done);
		else
			settle_run(admin, host, &done);
	}
	if (rc < 0)
		return rc;
	host_drain(admin, host);
	return 0;
}

static void end_undone(struct admin *admin, struct parcel *parcel, bool failed, const char *reason)
{
	if (failed)
		parcel_unstarted(admin, parcel, reason);
	else
		parcel_return(admin, parcel, reason);
}

void account_actor_gone(struct admin *admin, struct actor *actor, bool failed, const char *reason)
{
	struct host *host = actor->host;

	if (host != NULL && actor->sent_count > 0) {
		struct list *next;

		for (struct list *at = host->sent.next; at != &host->sent; at = next) {
			struct parcel *parcel = list_item(at, struct parcel, link);

			next = at->next;
			if (parcel->actor != actor)
				continue;
			parcel_settle(parcel);
			end_undone(admin, parcel, failed, reason);
		}
	}
	if (host != NULL && actor->kept_count > 0) {
		struct parcel *parcel;
		size_t at = 0;

		while ((parcel = table_next(&host->kept, &at, NULL)) != NULL) {
			if (parcel->actor != actor)
				continue;
			unkeep(admin, host, parcel);
			end_undone(admin, parcel, failed, reason);
		}
	}
	if (actor->mailbox != NULL) {
		struct parcel *parcel;

		while ((parcel = mailbox_take(admin, actor->mailbox)) != NULL)
			end_undone(admin, parcel, failed, reason);
		mailbox_release(admin, actor->mailbox);
	}
}

/* What only the page of a dead host knows of. Messages between its own actors, and those that were not
 * yet on the link, died with it: who sent them lived there, too, so there is nobody to tell. */
static void read_page(struct admin *admin, const struct page *page)
{
	struct counters *counters = &admin->counters;
	uint64_t lost = page_get(&page->local_waiting) + page_get(&page->outgoing);

	if (page_get(&page->in_work) == PAGE_LOCAL)
		lost++;
	counters->lost_in_host += lost;
	counters->handled_in_hosts += page_get(&page->handled);
	counters->retried_in_hosts += page_get(&page->retried);
	counters->ignored_in_hosts += page_get(&page->ignored);
	counters->refused_in_hosts += page_get(&page->refused);
}

uint64_t account_dispatched(const struct host *host)
{
	if (host->page == NULL)
		return host->sequence;
	return page_get(&host->page->dispatched);
}

/*
 * What was deferred is not delivered, but for the one that was at work again. Where the host has ended
 * more of them than it could say, nobody knows which.
 */
static void end_kept(struct admin *admin, struct host *host, uint64_t in_work, const char *why)
{
	uint64_t dispatched = account_dispatched(host);
	uint64_t ended = 0;
	struct parcel *parcel;
	size_t at = 0;
	bool unsaid;

	if (host->page != NULL)
		ended = page_get(&host->page->redelivered);
	if (in_work != 0 && (in_work < dispatched || table_get(&host->kept, in_work) != NULL))
		ended--;
	unsaid = host->page == NULL || ended != host->unkept;
	while ((parcel = table_next(&host->kept, &at, NULL)) != NULL) {
		char reason[200];

		unkeep(admin, host, parcel);
		snprintf(reason, sizeof(reason), "%s: its host was %s while it was deferred",
			unsaid ? "outcome unknown" : "not delivered", why);
		if (parcel->sequence == in_work)
			poison_crashed(admin, parcel, why);
		else if (unsaid)
			parcel_unknown(admin, parcel, reason);
		else
			parcel_return(admin, parcel, reason);
	}
}

void account_host_dead(struct admin *admin, struct host *host, const char *why)
{
	uint64_t in_work = 0;
	uint64_t dispatched = account_dispatched(host);
	struct parcel *parcel;

	if (host->page != NULL) {
		read_page(admin, host->page);
		in_work = page_get(&host->page->in_work);
	}
	while (!list_empty(&host->sent)) {
		char reason[200];

		parcel = list_item(host->sent.next, struct parcel, link);
		parcel_settle(parcel);
		if (parcel->creation) {
			if (parcel->sequence <= dispatched && parcel->sequence != in_work)
				actor_started(admin, parcel->actor);
			parcel_free(parcel);
		} else if (parcel->sequence == in_work) {
			poison_crashed(admin, parcel, why);
		} else if (parcel->sequence <= dispatched) {
			snprintf(reason, sizeof(reason), "outcome unknown: its host was %s", why);
			parcel_unknown(admin, parcel, reason);
		} else {
			snprintf(reason, sizeof(reason), "not delivered: its host was %s", why);
			parcel_return(admin, parcel, reason);
		}
	}
	end_kept(admin, host, in_work, why);
}
