/* SPDX-License-Identifier: MIT */
/* Messages between the actors of one stage: each with its own copy, first in, first out. */
#include "config.h"

#include <string.h>
#include "core/traits.h"

struct tsp_actor *stage_local(
	struct stage *stage, const struct tsp_actor *sender, tsp_address target)
{
	struct tsp_actor *cell;

	if (tsp_address_equal(target, cell_address(sender)))
		return (struct tsp_actor *)sender;
	if (target.system != stage->system)
		return NULL;
	if (target.number == sender->number)
		return (struct tsp_actor *)sender;
	/* a name finds only who was created under it, and such a name is never given on */
	cell = cell_find(stage, target.number);
	return cell != NULL && !cell->by_admin ? cell : NULL;
}

/* What nobody but this stage knows of: neither the admin's, nor the system's own words. */
static bool is_own(const struct letter *letter)
{
	return letter->sequence == 0 && (letter->flags & (FRAME_SYSTEM | LETTER_INIT)) == 0;
}

void cell_count_in(struct tsp_actor *cell, const struct letter *letter)
{
	struct stage *stage = cell->stage;

	if (cell->waiting++ == 0)
		cell->waiting_since = stage->now;
	if (cell->waiting > cell->high)
		cell->high = cell->waiting;
	cell->waiting_bytes += letter->size;
	stage->waiting++;
	if (is_own(letter))
		page_set(&stage->page->local_waiting, ++stage->own);
}

void cell_count_out(struct tsp_actor *cell, const struct letter *letter)
{
	struct stage *stage = cell->stage;

	cell->waiting--;
	cell->waiting_bytes -= letter->size;
	stage->waiting--;
	if (is_own(letter))
		page_set(&stage->page->local_waiting, --stage->own);
}

void cell_queue(struct tsp_actor *cell, struct letter *letter)
{
	struct stage *stage = cell->stage;

	letter_append(&cell->letters, letter);
	cell_count_in(cell, letter);
	if (cell->state != CELL_EXITING && list_empty(&cell->ready))
		list_append(&stage->ready, &cell->ready);
}

int stage_put_letter(struct stage *stage, struct tsp_actor *cell, tsp_address to, tsp_address from,
	const struct draft *draft)
{
	size_t size = draft_size(draft);
	struct letter *letter;

	if (!draft->own) {
		if (cell->waiting >= stage->bounds.local_messages ||
			stage->pool.bytes + size > stage->bounds.host_local_bytes ||
			(cell->waiting > 0 && cell->waiting_bytes + size > stage->bounds.local_bytes))
			return TSP_EBACKLOG;
	}
	letter = letter_new(&stage->pool, size);
	if (letter == NULL)
		return TSP_ENOMEM;
	draft_write(draft, letter->body);
	if (!draft->own && size > 0 && tsp_value_check(letter->body, size) < 0) {
		letter_free(&stage->pool, letter);
		return TSP_EVALUE;
	}
	letter->from = from;
	letter->to = to.system == stage->system ? to.number : cell->number;
	letter->note = draft->note;
	letter->flags = draft->flags;
	cell_queue(cell, letter);
	return TSP_OK;
}

struct letter *letter_of(struct stage *stage, const struct delivery *delivery, uint64_t to)
{
	tsp_value body = delivery->message.body;
	struct letter *letter = letter_new(&stage->pool, body.size);

	if (letter == NULL)
		return NULL;
	letter->from = delivery->message.sender;
	letter->to = to;
	letter->sequence = delivery->sequence;
	letter->note = delivery->note;
	letter->flags = delivery->flags;
	if (body.size > 0)
		memcpy(letter->body, body.data, body.size);
	return letter_keep(&stage->pool, letter);
}

void delivery_of(struct delivery *delivery, const struct letter *letter)
{
	tsp_value body = { letter->body, letter->size };

	*delivery = (struct delivery){
		.sequence = letter->sequence, .note = letter->note, .flags = letter->flags
	};
	/* what is in a letter was checked when it was written; an empty one has no type */
	if (letter->size > 0)
		(void)message_init(&delivery->message, body, letter->from,
			(letter->flags & FRAME_SYSTEM) != 0);
	delivery->message.sender = letter->from;
}

void cell_run_letter(struct tsp_actor *cell)
{
	struct stage *stage = cell->stage;
	struct letter *letter = letter_take(&cell->letters);
	struct delivery delivery;

	if (letter == NULL)
		return;
	cell_count_out(cell, letter);
	if (cell->letters.first == NULL)
		list_remove(&cell->ready);
	if (letter->flags & LETTER_INIT) {
		tsp_value argument = { letter->size > 0 ? letter->body : NULL, letter->size };
		bool born = cell_be_born(cell, argument, 0);

		letter_free(&stage->pool, letter);
		if (born)
			cell_settle(cell);
		return;
	}
	if (letter->flags & LETTER_DUE) {
		enum due due = (enum due)letter->note;

		letter_free(&stage->pool, letter);
		cell_due(cell, due);
		cell_settle(cell);
		return;
	}
	delivery_of(&delivery, letter);
	cell_take(cell, &delivery, letter);
}

static void return_letter(struct tsp_actor *cell, const struct letter *letter)
{
	struct stage *stage = cell->stage;
	const struct tsp_actor *sender;
	struct draft draft = { .value = { letter->size > 0 ? letter->body : NULL,
					     letter->size },
		.note = letter->note,
		.flags = letter->flags & (FRAME_NOTED | FRAME_EMPTY),
		.own = true };

	if (!is_own(letter))
		return; /* the admin has it, or it is for nobody else */
	sender = cell_at(stage, letter->from);
	if (sender == NULL) { /* nobody says it, and nobody has a note of it */
		draft.note = 0;
		draft.flags &= (uint8_t)~FRAME_NOTED;
	}
	if (outbox_post(&stage->outbox, stage_address(stage, letter->to),
		    sender != NULL ? cell_address(sender) : TSP_NOBODY, &draft) < 0)
		stage->outbox.broken = true;
	else
		stage_count_outgoing(stage);
}

void cell_return_letters(struct tsp_actor *cell)
{
	const struct letter *letter;

	if (cell->extra != NULL) {
		if (cell->extra->troupe != NULL)
			troupe_gather(cell);
		for (letter = cell->extra->held.first; letter != NULL; letter = letter->next)
			return_letter(cell, letter);
	}
	for (letter = cell->deferred.first; letter != NULL; letter = letter->next)
		return_letter(cell, letter);
	for (letter = cell->letters.first; letter != NULL; letter = letter->next)
		return_letter(cell, letter);
}

void stage_notice(struct stage *stage, struct tsp_actor *cell, tsp_address from, const char *type,
	tsp_value value)
{
	const struct draft draft = {
		.type = tsp_text_of(type), .value = value, .flags = FRAME_SYSTEM, .own = true
	};

	if (stage_put_letter(stage, cell, cell_address(cell), from, &draft) < 0)
		stage->outbox.broken = true;
}
