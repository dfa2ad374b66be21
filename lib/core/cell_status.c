/* SPDX-License-Identifier: MIT */
/* What a cell says of itself; what waits for it in the admin stands in the list of actors. */
#include "config.h"

#include "core/cell.h"
#include "core/put.h"
#include "wire/json.h"

static void put_children(tsp_builder *b, const struct tsp_actor *cell)
{
	size_t left = STATUS_LIST_LIMIT;
	uint64_t child;
	size_t at = 0;

	tsp_put_key(b, "childActors");
	tsp_begin_list(b);
	while (left-- > 0 && table_next(&cell->children, &at, &child) != NULL)
		tsp_put_address(b, stage_address(cell->stage, child));
	tsp_end(b);
	put_number(b, "childCount", cell->children.count);
}

static void put_message(tsp_builder *b, tsp_address from, tsp_address to, tsp_value body)
{
	char text[STATUS_TEXT + 1];

	tsp_begin_map(b);
	tsp_put_key(b, "from");
	tsp_put_address(b, from);
	tsp_put_key(b, "to");
	tsp_put_address(b, to);
	put_member(b, "text", body.size > 0 ? value_excerpt(body, text, sizeof(text)) : "");
	tsp_end(b);
}

/* The oldest: those that were deferred, then those that wait for their turn. */
static void put_received(tsp_builder *b, const struct tsp_actor *cell)
{
	const struct letter *queues[] = { cell->deferred.first, cell->letters.first };
	size_t left = STATUS_MESSAGES;

	tsp_put_key(b, "receivedMessages");
	tsp_begin_list(b);
	for (size_t i = 0; i < 2; i++) {
		for (const struct letter *at = queues[i]; at != NULL && left > 0; at = at->next) {
			if (at->flags & (LETTER_INIT | LETTER_DUE))
				continue;
			put_message(b, at->from, stage_address(cell->stage, at->to),
				(tsp_value){ at->body, at->size });
			left--;
		}
	}
	tsp_end(b);
	put_number(b, "receivedCount", cell->waiting);
	put_number(b, "receivedHigh", cell->high);
	put_number(b, "receivedBytes", cell->waiting_bytes);
	put_number(b, "waiting_ms",
		cell->waiting > 0 && cell->waiting_since < cell->stage->now ?
			(uint64_t)((cell->stage->now - cell->waiting_since) / CLOCK_MS) :
			0);
}

struct pending {
	tsp_builder *builder;
	size_t count;
};

static void put_paused(void *data, const struct frame *frame)
{
	struct pending *pending = data;

	if (pending->count++ < STATUS_MESSAGES)
		put_message(pending->builder, frame->from, frame->to,
			(tsp_value){ frame->body, frame->body_size });
}

/* What it sent to targets that the system asked to spare. */
static void put_pending(tsp_builder *b, const struct tsp_actor *cell)
{
	struct pending pending = { .builder = b };

	tsp_put_key(b, "pendingMessages");
	tsp_begin_list(b);
	outbox_each_paused(&cell->stage->outbox, cell_address(cell), put_paused, &pending);
	tsp_end(b);
	put_number(b, "pendingCount", pending.count);
}

static void put_wakeups(tsp_builder *b, const struct tsp_actor *cell)
{
	const struct timers *timers = &cell->stage->timers;
	clock_ns now = cell->stage->now;
	size_t left = STATUS_MESSAGES;

	tsp_put_key(b, "pendingWakeups");
	tsp_begin_list(b);
	for (size_t i = 0; i < timers->count && left > 0 && cell->wakeups > 0; i++) {
		const struct timer *timer = &timers->heap[i];

		if (timer->letter->to != cell->number || (timer->letter->flags & LETTER_DUE))
			continue;
		left--;
		tsp_begin_map(b);
		put_number(b, "due_ms",
			timer->due > now ? (uint64_t)((timer->due - now) / CLOCK_MS) : 0);
		tsp_end(b);
	}
	tsp_end(b);
	put_number(b, "wakeupCount", cell->wakeups);
}

static void put_own_counters(tsp_builder *b, const struct tsp_actor *cell)
{
	tsp_put_key(b, "counters");
	tsp_begin_map(b);
	put_number(b, "handled", cell->handled);
	put_number(b, "sent", cell->sent);
	put_number(b, "retried", cell->retried);
	put_number(b, "failed", cell->failed);
	put_number(b, "ignored", cell->ignored);
	put_number(b, "refused", cell->refused);
	put_number(b, "suppressed", cell->suppressed);
	put_number(b, "waiting", cell->waiting);
	tsp_end(b);
}

static void put_original(tsp_builder *b, const struct tsp_actor *cell)
{
	tsp_put_key(b, "miscKeyVals");
	tsp_begin_map(b);
	put_number(b, "Actor.Instance Created", cell->created);
	put_number(b, "Actor.Message Received.Total", cell->handled + cell->asked);
	put_number(b, "Actor.Message Received.To Actor", cell->handled);
	put_number(b, "Actor.Message Received.Status Request", cell->asked);
	put_number(b, "Actor.Message Received.Caused Primary Exception", cell->retried);
	put_number(b, "Actor.Message Received.Caused Secondary Exception", cell->failed);
	put_number(b, "Actor.Message Send.Generated", cell->sent + cell->refused);
	put_number(b, "Actor.Message Send.Transmit Started", cell->sent);
	put_number(b, "Common.Message Received.Child Actor Exited", cell->exited);
	tsp_end(b);
}

static void put_self(tsp_builder *b, const struct tsp_actor *cell)
{
	const struct stage *stage = cell->stage;

	tsp_put_key(b, "actorAddress");
	tsp_put_address(b, cell_address(cell));
	tsp_put_key(b, "adminAddress");
	tsp_put_address(b, stage_address(stage, 0));
	tsp_put_key(b, "parentAddress");
	tsp_put_address(b, cell->parent);
	put_member(b, "actorClass", cell->class->name);
	put_member(b, "sourceHash", cell->origin->source);
	put_member(b, "module", cell->origin->module);
	put_member(b, "globalName", cell->extra != NULL ? cell->extra->name : NULL);
	put_member(b, "role", cell->extra != NULL ? cell->extra->role : NULL);
	put_bool(b, "exiting", cell->state == CELL_EXITING);
	put_bool(b, "watching", cell->watching);
	put_number(b, "hostActors", stage->count);
}

void cell_answer_status(struct tsp_actor *cell, tsp_address asker)
{
	struct stage *stage = cell->stage;
	tsp_builder *b = stage_builder(stage);

	if (b == NULL)
		return;
	tsp_begin_map(b);
	put_self(b, cell);
	put_wakeups(b, cell);
	put_children(b, cell);
	put_received(b, cell);
	put_pending(b, cell);
	put_own_counters(b, cell);
	put_original(b, cell);
	put_member(b, "governer", "none: credit and bounds hold senders back");
	tsp_end(b);
	(void)stage_post_built(stage, cell, asker, system_notice_name(NOTICE_ACTOR_STATUS), true);
}
