/* SPDX-License-Identifier: MIT */
/* Actors that end by themselves after a time, and the timers of the stage's own behind them. */
#include "config.h"

#include "core/traits.h"

#define EXIT_DELAY_MS 10000

void cell_arm(struct tsp_actor *cell, enum due due, clock_ns at)
{
	struct stage *stage = cell->stage;
	struct letter *letter = letter_new(&stage->pool, 0);

	if (letter == NULL) {
		stage->outbox.broken = true;
		return;
	}
	letter = letter_keep(&stage->pool, letter);
	letter->from = cell_address(cell);
	letter->to = cell->number;
	letter->note = due;
	letter->flags = FRAME_SYSTEM | LETTER_DUE;
	if (timers_put(&stage->timers, at, letter) < 0) {
		letter_free(&stage->pool, letter);
		stage->outbox.broken = true;
		return;
	}
	cell->extra->dues++;
}

static clock_ns end_of(const struct tsp_actor *cell)
{
	int64_t delay_ms = cell->class->transient->exit_delay_ms;

	return clock_after(
		cell->stage->ops->now(cell->stage->io), delay_ms > 0 ? delay_ms : EXIT_DELAY_MS);
}

void transient_heard(struct tsp_actor *cell, const struct delivery *delivery)
{
	struct cell_extra *extra = cell->extra;

	if (extra->end == 0) {
		extra->end = end_of(cell);
		cell_arm(cell, DUE_TRANSIENT, extra->end);
	} else if (cell->class->transient->idle && !(delivery->flags & FRAME_SYSTEM)) {
		extra->end = end_of(cell); /* the timer looks, and is set for the rest */
	}
}

static void transient_due(struct tsp_actor *cell)
{
	struct cell_extra *extra = cell->extra;

	if (cell->class->transient->idle && troupe_is_busy(cell))
		extra->end = end_of(cell);
	if (extra->end > cell->stage->now)
		cell_arm(cell, DUE_TRANSIENT, extra->end);
	else
		cell->exit_wanted = true;
}

void cell_due(struct tsp_actor *cell, enum due due)
{
	if (cell->state != CELL_ALIVE)
		return;
	if (due == DUE_TRANSIENT)
		transient_due(cell);
	else
		troupe_due(cell);
}
