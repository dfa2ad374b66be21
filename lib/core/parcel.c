/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/parcel.h"

#include <stdlib.h>
#include <string.h>
#include "core/member.h"

#define RELIEF_MS 100

/* A sender that was asked to spare a target. */
struct pause {
	struct list list;      /* mailbox->pauses */
	struct list link_list; /* link->pauses */
	struct link *link;
	tsp_address target;
	size_t bytes;
	size_t count;
};

static void pause_free(struct pause *pause)
{
	list_remove(&pause->list);
	list_remove(&pause->link_list);
	free(pause);
}

/* The body, or its memory if there is any to take. */
static void parcel_fill(struct parcel *parcel, const struct frame *frame, bool apart)
{
	parcel->apart = apart;
	parcel->size = (uint32_t)frame->body_size;
	if (apart) {
		struct parcel_apart rest = { .body = frame->body, .memory = *frame->memory };

		*frame->memory = NULL;
		memcpy(parcel->rest, &rest, sizeof(rest));
	} else if (frame->body_size > 0) {
		memcpy(parcel->rest, frame->body, frame->body_size);
	}
}

struct parcel *parcel_new(struct admin *admin, const struct frame *frame)
{
	bool apart = frame->memory != NULL && *frame->memory != NULL;
	struct parcel *parcel =
		malloc(sizeof(*parcel) + (apart ? sizeof(struct parcel_apart) : frame->body_size));

	if (parcel == NULL)
		return NULL;
	list_init(&parcel->link);
	parcel->sequence = 0;
	parcel->to = frame->to;
	parcel->from = frame->from;
	parcel->note = (frame->flags & FRAME_NOTED) ? frame->sequence : 0;
	parcel->actor = NULL;
	parcel->since = admin->now;
	parcel->flags = frame->flags;
	parcel->state = PARCEL_WAITING;
	parcel->traced = admin->sending;
	parcel->creation = false;
	parcel_fill(parcel, frame, apart);
	return parcel;
}

void parcel_free(struct parcel *parcel)
{
	if (parcel == NULL)
		return;
	list_remove(&parcel->link);
	if (parcel->apart) {
		struct parcel_apart rest;

		memcpy(&rest, parcel->rest, sizeof(rest));
		free(rest.memory);
	}
	free(parcel);
}

void mailbox_init(struct mailbox *mailbox)
{
	memset(mailbox, 0, sizeof(*mailbox));
	list_init(&mailbox->parcels);
	list_init(&mailbox->turn);
	list_init(&mailbox->pauses);
	list_init(&mailbox->untold);
}

void mailbox_clear(struct mailbox *mailbox)
{
	while (!list_empty(&mailbox->parcels))
		parcel_free(list_item(mailbox->parcels.next, struct parcel, link));
	while (!list_empty(&mailbox->pauses))
		pause_free(list_item(mailbox->pauses.next, struct pause, list));
	list_remove(&mailbox->turn);
	list_remove(&mailbox->untold);
}

static void count_in(struct admin *admin, struct mailbox *mailbox, const struct parcel *parcel)
{
	mailbox->count++;
	mailbox->bytes += parcel->size;
	admin->mailbox_bytes += parcel_cost(parcel);
	if (parcel->flags & FRAME_SYSTEM)
		mailbox->system_count++;
	if (mailbox->count > mailbox->high)
		mailbox->high = mailbox->count;
	if (++admin->waiting > admin->waiting_high)
		admin->waiting_high = admin->waiting;
}

void mailbox_put(struct admin *admin, struct mailbox *mailbox, struct parcel *parcel)
{
	parcel->state = PARCEL_WAITING;
	list_append(&mailbox->parcels, &parcel->link);
	count_in(admin, mailbox, parcel);
}

void mailbox_put_front(struct admin *admin, struct mailbox *mailbox, struct parcel *parcel)
{
	parcel->state = PARCEL_WAITING;
	list_append(mailbox->parcels.next, &parcel->link);
	count_in(admin, mailbox, parcel);
}

/* From here on the soft bounds of all mailboxes shrink. */
static size_t soft_memory(const struct admin *admin)
{
	return admin->bounds.memory_limit / 4 * 3;
}

/* At least 1: an empty mailbox has nothing that could be taken out of it and end a pause. */
static size_t soft_count(const struct admin *admin)
{
	size_t limit = admin->bounds.memory_limit;
	size_t soft = soft_memory(admin);
	size_t count;

	if (admin->mailbox_bytes <= soft)
		return admin->bounds.mailbox_messages;
	if (admin->mailbox_bytes >= limit)
		return 0;
	count = (size_t)((double)admin->bounds.mailbox_messages *
		(double)(limit - admin->mailbox_bytes) / (double)(limit - soft));
	return count > 0 ? count : 1;
}

void mailbox_bytes_drop(struct admin *admin, const struct parcel *parcel)
{
	admin->mailbox_bytes -= parcel_cost(parcel);
	if (admin->pressed && admin->mailbox_bytes <= soft_memory(admin)) {
		admin->relief_at = admin->now;
		admin->tick_at = 0;
	}
}

void mailboxes_resume(struct admin *admin)
{
	struct actor *actor;
	size_t at = 0;

	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL) {
		if (actor->mailbox != NULL)
			mailbox_resume(admin, actor->mailbox);
	}
	for (struct list *n = admin->name_list.next; n != &admin->name_list; n = n->next)
		mailbox_resume(admin, &list_item(n, struct name, link)->mailbox);
}

/* What counts for a name's bound is also what its holder keeps, whoever that came for. */
static void load_of(const struct mailbox *mailbox, size_t *ret_count, size_t *ret_bytes)
{
	const struct actor *holder = mailbox->name != NULL ? mailbox->name->holder : NULL;

	*ret_count = mailbox->count;
	*ret_bytes = mailbox->bytes;
	if (holder != NULL && holder->mailbox != NULL) {
		*ret_count += holder->mailbox->count;
		*ret_bytes += holder->mailbox->bytes;
	}
}

static void resume(struct admin *admin, struct pause *pause)
{
	struct frame frame = { .kind = FRAME_RESUME, .to = pause->target };

	if (pause->link->kind != LINK_CALLER)
		admin->ops->send(admin->io, pause->link->peer, &frame);
	pause_free(pause);
}

void mailbox_resume(struct admin *admin, struct mailbox *mailbox)
{
	size_t count, bytes;

	if (list_empty(&mailbox->pauses))
		return;
	load_of(mailbox, &count, &bytes);
	if (count > soft_count(admin) / 2 || bytes > admin->bounds.mailbox_bytes / 2)
		return;
	mailbox_release(admin, mailbox);
}

void mailbox_release(struct admin *admin, struct mailbox *mailbox)
{
	while (!list_empty(&mailbox->pauses))
		resume(admin, list_item(mailbox->pauses.next, struct pause, list));
}

void mailbox_remove(struct admin *admin, struct mailbox *mailbox, struct parcel *parcel)
{
	list_remove(&parcel->link);
	mailbox->count--;
	mailbox->bytes -= parcel->size;
	admin->waiting--;
	mailbox_bytes_drop(admin, parcel);
	if (parcel->flags & FRAME_SYSTEM)
		mailbox->system_count--;
}

struct parcel *mailbox_take(struct admin *admin, struct mailbox *mailbox)
{
	struct parcel *parcel;

	if (list_empty(&mailbox->parcels))
		return NULL;
	parcel = list_item(mailbox->parcels.next, struct parcel, link);
	mailbox_remove(admin, mailbox, parcel);
	if (mailbox->actor != NULL) /* what waits for it counts for its names, too */
		actor_resume(admin, mailbox->actor);
	else
		mailbox_resume(admin, mailbox);
	return parcel;
}

static struct pause *pause_find(const struct mailbox *mailbox, const struct link *link)
{
	for (struct list *at = mailbox->pauses.next; at != &mailbox->pauses; at = at->next) {
		struct pause *pause = list_item(at, struct pause, list);

		if (pause->link == link)
			return pause;
	}
	return NULL;
}

/* What drains at this target may not be what has to drain. */
static void press(struct admin *admin)
{
	if (admin->pressed)
		return;
	admin->pressed = true;
	admin->relief_at = clock_after(admin->now, RELIEF_MS);
	admin->tick_at = 0;
}

clock_ns mailboxes_tick(struct admin *admin)
{
	if (!admin->pressed)
		return CLOCK_NEVER;
	if (admin->now >= admin->relief_at) {
		if (admin->mailbox_bytes < admin->bounds.memory_limit) {
			admin->pressed = false;
			mailboxes_resume(admin);
			return CLOCK_NEVER;
		}
		admin->relief_at = clock_after(admin->now, RELIEF_MS);
	}
	return admin->relief_at;
}

/* What another system has sent before it hears of a pause is as much as may be on its way. */
static size_t grace_of(const struct admin *admin, const struct link *sender)
{
	return sender->kind == LINK_SYSTEM ? MEMBER_WINDOW_BYTES : admin->bounds.sender_grace;
}

int mailbox_admit(struct admin *admin, struct mailbox *mailbox, tsp_address target,
	struct link *sender, size_t size)
{
	struct frame frame = { .kind = FRAME_PAUSE, .to = target };
	struct pause *pause;
	size_t count, bytes;
	bool full;

	load_of(mailbox, &count, &bytes);
	full = admin->mailbox_bytes + sizeof(struct parcel) + size > admin->bounds.memory_limit;
	if (!full && count < soft_count(admin) && bytes < admin->bounds.mailbox_bytes)
		return 0;
	if (full || count < admin->bounds.mailbox_messages)
		press(admin);
	pause = pause_find(mailbox, sender);
	if (pause == NULL) {
		pause = calloc(1, sizeof(*pause));
		if (pause == NULL)
			return TSP_EBACKLOG;
		pause->link = sender;
		pause->target = target;
		list_append(&mailbox->pauses, &pause->list);
		list_append(&sender->pauses, &pause->link_list);
		if (sender->kind != LINK_CALLER)
			admin->ops->send(admin->io, sender->peer, &frame);
	}
	pause->count++;
	if (pause->count > admin->bounds.breach_messages && sender->kind != LINK_SYSTEM)
		return sender->kind == LINK_HOST ? TSP_EPROTOCOL : TSP_EBACKLOG;
	if (full || pause->bytes + size > grace_of(admin, sender))
		return TSP_EBACKLOG;
	pause->bytes += size;
	return 0;
}

void link_forget_pauses(struct link *link)
{
	while (!list_empty(&link->pauses))
		pause_free(list_item(link->pauses.next, struct pause, link_list));
}

struct mailbox *actor_mailbox(struct actor *actor)
{
	if (actor->mailbox == NULL) {
		actor->mailbox = malloc(sizeof(*actor->mailbox));
		if (actor->mailbox != NULL) {
			mailbox_init(actor->mailbox);
			actor->mailbox->actor = actor;
		}
	}
	return actor->mailbox;
}

static bool host_has_credit(const struct admin *admin, const struct host *host, size_t size)
{
	return host->sent_count == 0 ||
		(host->sent_count < admin->bounds.window_messages &&
			host->sent_bytes + size <= admin->bounds.window_bytes);
}

static bool actor_has_credit(const struct admin *admin, const struct actor *actor)
{
	return !actor->host->shared || actor->sent_count < admin->bounds.actor_window;
}

void parcel_send(struct admin *admin, struct actor *actor, struct parcel *parcel)
{
	struct host *host = actor->host;
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.flags = parcel->flags & (FRAME_SYSTEM | FRAME_EMPTY),
		.to = own_address(admin, actor->number),
		.from = parcel->from,
		.sequence = ++host->sequence,
		.body = parcel_body(parcel),
		.body_size = parcel->size,
	};

	parcel->sequence = frame.sequence;
	parcel->actor = actor;
	parcel->state = PARCEL_SENT;
	list_append(&host->sent, &parcel->link);
	host->sent_count++;
	host->sent_bytes += parcel->size;
	actor->sent_count++;
	admin->ops->send(admin->io, host->line->peer, &frame);
}

static bool lives_elsewhere(const struct actor *actor)
{
	return actor->abroad != NULL && !actor->abroad->here && actor->state == ACTOR_RUNNING;
}

/* What would go to a host that ends waits for whoever holds the name next, or comes back by itself. */
static bool takes_messages(const struct actor *actor)
{
	return actor->host != NULL && !actor->host->link_ended && !actor->host->killed &&
		actor->state != ACTOR_WAITING;
}

void parcel_post(
	struct admin *admin, struct actor *actor, struct mailbox *mailbox, struct parcel *parcel)
{
	bool ready = takes_messages(actor);

	if (lives_elsewhere(actor) && list_empty(&mailbox->parcels)) {
		parcel->to = actor_address(admin, actor);
		member_post_parcel(admin, actor->abroad->member, parcel);
		return;
	}
	if (ready && list_empty(&mailbox->parcels) && list_empty(&actor->host->waiting) &&
		host_has_credit(admin, actor->host, parcel->size) &&
		actor_has_credit(admin, actor)) {
		parcel_send(admin, actor, parcel);
		return;
	}
	mailbox_put(admin, mailbox, parcel);
	if (ready && list_empty(&mailbox->turn) && actor_has_credit(admin, actor))
		list_append(&actor->host->waiting, &mailbox->turn);
}

static void mailbox_ready(struct actor *actor, struct mailbox *mailbox)
{
	if (list_empty(&mailbox->parcels) || !list_empty(&mailbox->turn))
		return;
	list_append(&actor->host->waiting, &mailbox->turn);
}

/* What waited until it had started there. */
static void send_after(struct admin *admin, struct actor *actor, struct mailbox *mailbox)
{
	struct parcel *parcel;

	while (mailbox != NULL && (parcel = mailbox_take(admin, mailbox)) != NULL) {
		parcel->to = actor_address(admin, actor);
		member_post_parcel(admin, actor->abroad->member, parcel);
	}
}

static void send_all_after(struct admin *admin, struct actor *actor)
{
	send_after(admin, actor, actor->mailbox);
	if (actor->born_under != NULL)
		send_after(admin, actor, &actor->born_under->mailbox);
	for (struct name *name = actor->held; name != NULL; name = name->next_held)
		send_after(admin, actor, &name->mailbox);
}

void actor_ready(struct admin *admin, struct actor *actor)
{
	if (lives_elsewhere(actor)) {
		send_all_after(admin, actor);
		return;
	}
	if (!takes_messages(actor) || !actor_has_credit(admin, actor))
		return;
	if (actor->mailbox != NULL)
		mailbox_ready(actor, actor->mailbox);
	if (actor->born_under != NULL)
		mailbox_ready(actor, &actor->born_under->mailbox);
	for (struct name *name = actor->held; name != NULL; name = name->next_held)
		mailbox_ready(actor, &name->mailbox);
}

void actor_unready(struct actor *actor)
{
	if (actor->mailbox != NULL)
		list_remove(&actor->mailbox->turn);
	if (actor->born_under != NULL)
		list_remove(&actor->born_under->mailbox.turn);
	for (struct name *name = actor->held; name != NULL; name = name->next_held)
		list_remove(&name->mailbox.turn);
}

void actor_resume(struct admin *admin, struct actor *actor)
{
	if (actor->mailbox != NULL)
		mailbox_resume(admin, actor->mailbox);
	if (actor->born_under != NULL)
		mailbox_resume(admin, &actor->born_under->mailbox);
	for (struct name *name = actor->held; name != NULL; name = name->next_held)
		mailbox_resume(admin, &name->mailbox);
}

void host_drain(struct admin *admin, struct host *host)
{
	while (!host->killed && !list_empty(&host->waiting)) {
		struct mailbox *mailbox = list_item(host->waiting.next, struct mailbox, turn);
		const struct parcel *first;
		struct actor *actor;

		if (list_empty(&mailbox->parcels)) {
			list_remove(&mailbox->turn);
			continue;
		}
		first = list_item(mailbox->parcels.next, struct parcel, link);
		/* a name's mailbox belongs to its holder, an actor's to itself */
		actor = mailbox->name != NULL ? mailbox->name->holder : mailbox->actor;
		if (actor == NULL || actor->host != host || !actor_has_credit(admin, actor)) {
			list_remove(&mailbox->turn);
			continue;
		}
		if (!host_has_credit(admin, host, first->size))
			return;
		list_remove(&mailbox->turn);
		parcel_send(admin, actor, mailbox_take(admin, mailbox));
		if (!list_empty(&mailbox->parcels) && actor_has_credit(admin, actor))
			list_append(&host->waiting, &mailbox->turn);
	}
}

void parcel_settle(struct parcel *parcel)
{
	struct host *host = parcel->actor->host;

	list_remove(&parcel->link);
	host->sent_count--;
	host->sent_bytes -= parcel->size;
	parcel->actor->sent_count--;
}
