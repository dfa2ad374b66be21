/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/stage.h"

#include <stdlib.h>
#include <string.h>
#include "core/cell.h"
#include "core/foreign.h"

#define CLOCK_EVERY \
	16 /* letters; a shared host handles millions a second, reading a clock is not free */
#define OUTBOX_KEEP  ((size_t)16 * 1024)
#define OUTBOX_ROOMY ((size_t)256 * 1024)

int stage_new(const struct stage_ops *ops, void *io, struct page *page, struct stage **ret_stage)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (stage == NULL)
		return TSP_ENOMEM;
	stage->ops = ops;
	stage->io = io;
	stage->page = page != NULL ? page : &stage->own_page;
	stage->default_host = TSP_HOST_OWN;
	bounds_read((tsp_value){ NULL, 0 }, &stage->bounds);
	table_init(&stage->cells);
	list_init(&stage->ready);
	list_init(&stage->foreign);
	outbox_init(&stage->outbox);
	stage_learn_reserved(stage);
	stage_log_init(stage);
	*ret_stage = stage;
	return TSP_OK;
}

static void free_cells(struct stage *stage)
{
	struct tsp_actor *cell;
	uint64_t key;
	size_t at = 0;

	while ((cell = table_next(&stage->cells, &at, &key)) != NULL)
		if (key == cell->number) /* it may stand there by its name, too */
			cell_free(cell);
	table_clear(&stage->cells);
}

void stage_free(struct stage *stage)
{
	struct letter *letter;

	if (stage == NULL)
		return;
	free_cells(stage);
	while ((letter = timers_take_any(&stage->timers)) != NULL)
		letter_free(&stage->pool, letter);
	timers_clear(&stage->timers);
	letter_pool_clear(&stage->pool);
	outbox_clear(&stage->outbox);
	while (stage->origins != NULL) {
		struct origin *origin = stage->origins;

		stage->origins = origin->next;
		free(origin->source);
		free(origin->module);
		free(origin);
	}
	tsp_builder_free(stage->builder);
	free(stage->capabilities);
	free(stage->detail);
	free(stage);
}

/* The last words of a child may still wait here as letters: its end comes behind them. */
static bool waits_behind_letters(const struct tsp_actor *cell, const struct delivery *delivery)
{
	return cell->letters.first != NULL && cell->state == CELL_ALIVE &&
		(delivery->flags & FRAME_SYSTEM) &&
		tsp_text_is(delivery->message.type, system_notice_name(NOTICE_CHILD_EXITED));
}

static void deliver(struct stage *stage, const struct frame *frame, struct delivery *delivery)
{
	struct tsp_actor *cell = cell_find(stage, frame->to.number);
	struct letter *letter;

	while (cell != NULL && cell->state == CELL_UNBORN) {
		cell_run_letter(cell); /* its init */
		cell = cell_find(stage, frame->to.number);
	}
	if (cell == NULL)
		return; /* it exited, or never started: the admin returns the message when it hears so */
	if (waits_behind_letters(cell, delivery)) {
		letter = letter_of(stage, delivery, cell->number);
		if (letter != NULL) {
			cell_queue(cell, letter);
			return;
		}
	}
	cell_take(cell, delivery, NULL);
}

static int receive_envelope(struct stage *stage, const struct frame *frame)
{
	struct delivery delivery = { .sequence = frame->sequence,
		.flags = frame->flags & (FRAME_SYSTEM | FRAME_EMPTY) };
	bool system = (frame->flags & FRAME_SYSTEM) != 0;
	bool to_host = frame->to.number == 0;
	int rc = TSP_OK;

	delivery.message.sender = frame->from;
	if (!(frame->flags & FRAME_EMPTY))
		rc = message_init(&delivery.message, (tsp_value){ frame->body, frame->body_size },
			frame->from, system);
	if (rc < 0 || frame->to.system != stage->system)
		return TSP_EPROTOCOL;
	if (!to_host || frame->sequence != 0) {
		if (frame->sequence <= stage->sequence)
			return TSP_EPROTOCOL;
		stage->sequence = frame->sequence;
	}
	if (to_host) {
		if (!system)
			return TSP_EPROTOCOL;
		if (frame->sequence != 0)
			outbox_done(&stage->outbox, frame->sequence);
		return stage_hear_host(stage, &delivery.message);
	}
	stage->now = stage->ops->now(stage->io);
	if (system && tsp_text_is(delivery.message.type, system_notice_name(NOTICE_CREATE_ACTOR)))
		return stage_hear_creation(stage, frame, &delivery.message);
	deliver(stage, frame, &delivery);
	return TSP_OK;
}

int stage_receive(struct stage *stage, const struct frame *frame)
{
	int rc = TSP_OK;

	if (frame->kind == FRAME_HELLO)
		return stage_hear_hello(stage, frame);
	if (!stage->greeted)
		return TSP_EPROTOCOL;
	switch (frame->kind) {
	case FRAME_ENVELOPE:
		rc = receive_envelope(stage, frame);
		if (stage->current != NULL)
			break;
		if (!list_empty(&stage->foreign))
			stage_take_foreign(stage);
		stage_flush_full(stage);
		break;
	case FRAME_PAUSE:
		if (frame->to.number != 0)
			outbox_pause(&stage->outbox, frame->to);
		break;
	case FRAME_RESUME:
		if (frame->to.number != 0)
			outbox_resume(&stage->outbox, frame->to);
		break;
	default:
		return TSP_EPROTOCOL;
	}
	return rc < 0 ? rc : stage->outbox.broken ? TSP_ENOMEM : TSP_OK;
}

/* Wake-ups that are due become letters, as many as the budget admits. */
static void wake_up(struct stage *stage, size_t budget)
{
	struct letter *letter;

	while (budget-- > 0 && (letter = timers_take(&stage->timers, stage->now)) != NULL) {
		struct tsp_actor *cell = cell_find(stage, letter->to);

		if (cell == NULL) {
			if (stage->timers.stale > 0)
				stage->timers.stale--;
			letter_free(&stage->pool, letter);
			continue;
		}
		if (letter->flags & LETTER_DUE)
			cell->extra->dues--;
		else
			cell->wakeups--;
		cell_queue(cell, letter);
	}
}

/*
 * One letter. A cell's turn is what waited for it when its turn began: so all goes about in order of
 * sending, and whoever sends much to one actor meets it before the next burst.
 */
static void run_one(struct stage *stage)
{
	struct tsp_actor *cell = list_item(stage->ready.next, struct tsp_actor, ready);

	if (cell != stage->turn) {
		stage->turn = cell;
		stage->turn_left = cell->waiting;
	}
	if (stage->turn_left > 0)
		stage->turn_left--;
	cell_run_letter(cell); /* if it is gone now, so is the turn */
	if (stage->turn_left > 0 || stage->turn != cell)
		return;
	stage->turn = NULL;
	if (list_empty(&cell->ready))
		return;
	list_remove(&cell->ready);
	list_append(&stage->ready, &cell->ready);
}

bool stage_run(struct stage *stage, size_t budget)
{
	size_t i;

	if (!list_empty(&stage->foreign))
		stage_take_foreign(stage);
	if (list_empty(&stage->ready) && stage->timers.count == 0 && list_empty(&stage->log_held))
		return false;
	stage->now = stage->ops->now(stage->io);
	if (!list_empty(&stage->log_held))
		stage_log_run(stage, stage->now);
	wake_up(stage, budget);
	for (i = 0; i < budget && !list_empty(&stage->ready); i++) {
		if (i % CLOCK_EVERY == CLOCK_EVERY - 1)
			stage->now = stage->ops->now(stage->io);
		run_one(stage);
		stage_flush_full(stage);
	}
	return !list_empty(&stage->ready) || timers_next(&stage->timers) <= stage->now;
}

clock_ns stage_deadline(const struct stage *stage)
{
	clock_ns next = timers_next(&stage->timers);
	clock_ns report;

	if (!list_empty(&stage->ready))
		return 0;
	report = list_empty(&stage->log_held) ? CLOCK_NEVER : stage_log_deadline(stage);
	return report < next ? report : next;
}

void stage_readable(struct stage *stage, uint64_t actor, const int *descriptors, size_t count)
{
	struct tsp_actor *cell = cell_find(stage, actor);
	tsp_builder *builder = cell != NULL ? stage_builder(stage) : NULL;
	tsp_value value;
	size_t i;

	if (stage->ops->watch != NULL)
		(void)stage->ops->watch(stage->io, actor, NULL, 0);
	if (builder == NULL)
		return;
	cell->watching = false;
	tsp_begin_map(builder);
	tsp_put_key(builder, "ready");
	tsp_begin_list(builder);
	for (i = 0; i < count; i++)
		tsp_put_int(builder, descriptors[i]);
	tsp_end(builder);
	tsp_end(builder);
	if (tsp_builder_value(builder, &value) == TSP_OK)
		stage_notice(
			stage, cell, cell_address(cell), system_notice_name(NOTICE_WATCH), value);
}

struct buffer *stage_outbox(struct stage *stage)
{
	outbox_close_dones(&stage->outbox);
	stage->outgoing = stage->outbox.paused_count; /* the rest is the link's now */
	page_set(&stage->page->outgoing, stage->outgoing);
	return &stage->outbox.bytes;
}

void stage_exit_all(struct stage *stage)
{
	static const uint8_t empty_map[] = { 0xa0 };
	struct tsp_actor *cell;
	uint64_t key;
	size_t at = 0;

	while ((cell = table_next(&stage->cells, &at, &key)) != NULL)
		if (key == cell->number)
			stage_notice(stage, cell, stage_address(stage, 0), SYSTEM_EXIT_REQUEST,
				(tsp_value){ empty_map, sizeof(empty_map) });
}

bool stage_is_broken(const struct stage *stage)
{
	return stage->outbox.broken;
}

bool stage_is_empty(const struct stage *stage)
{
	return stage->inhabited && stage->count == 0;
}

size_t stage_count(const struct stage *stage)
{
	return stage->count;
}

int stage_poll_us(const struct stage *stage)
{
	return stage->poll_us;
}

bool stage_is_shared(const struct stage *stage)
{
	return stage->shared;
}

bool stage_is_roomy(const struct stage *stage)
{
	return stage->outbox.bytes.capacity > OUTBOX_ROOMY;
}

void stage_trim(struct stage *stage)
{
	letter_pool_trim(&stage->pool);
	if (stage->outbox.bytes.size == 0 && stage->outbox.bytes.capacity > OUTBOX_KEEP)
		buffer_clear(&stage->outbox.bytes);
}
