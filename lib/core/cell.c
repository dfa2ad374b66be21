/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/cell.h"

#include <stdlib.h>
#include <string.h>
#include "core/foreign.h"
#include "core/traits.h"
#include "wire/address.h"

static bool text_equal(const char *a, tsp_text b)
{
	return a == NULL ? b.data == NULL : tsp_text_is(b, a);
}

static char *copy_text(tsp_text text, bool *failed)
{
	char *copy = text.data != NULL ? tsp_text_copy(text) : NULL;

	if (text.data != NULL && copy == NULL)
		*failed = true;
	return copy;
}

const struct origin *stage_origin(struct stage *stage, tsp_text source, tsp_text module)
{
	struct origin *origin;
	bool failed = false;

	for (origin = stage->origins; origin != NULL; origin = origin->next)
		if (text_equal(origin->source, source) && text_equal(origin->module, module))
			return origin;
	origin = calloc(1, sizeof(*origin));
	if (origin == NULL)
		return NULL;
	origin->source = copy_text(source, &failed);
	origin->module = copy_text(module, &failed);
	if (failed) {
		free(origin->source);
		free(origin->module);
		free(origin);
		return NULL;
	}
	origin->next = stage->origins;
	stage->origins = origin;
	return origin;
}

static void extra_free(struct cell_extra *extra)
{
	if (extra == NULL)
		return;
	init_hold_free(extra->init);
	troupe_free(extra->troupe);
	free(extra->name);
	free(extra->role);
	free(extra->requirements);
	free(extra);
}

static bool has_extra(const struct cell_order *order)
{
	const tsp_class *class = order->class;

	return order->birth.system != 0 || order->name.data != NULL || order->role.data != NULL ||
		order->requirements.data != NULL || class->troupe != NULL ||
		class->transient != NULL || class->init_messages != NULL;
}

/* False: no memory. */
static bool extra_fill(struct cell_extra *extra, const struct cell_order *order)
{
	const tsp_class *class = order->class;
	bool failed = false;

	extra->birth = order->birth;
	extra->name = copy_text(order->name, &failed);
	extra->role = copy_text(order->role, &failed);
	if (order->requirements.data != NULL) {
		extra->requirements = malloc(order->requirements.size);
		if (extra->requirements == NULL)
			return false;
		extra->requirements_size = order->requirements.size;
		memcpy(extra->requirements, order->requirements.data, order->requirements.size);
	}
	if (class->init_messages != NULL) {
		extra->init = init_hold_new(class->init_messages);
		failed = failed || extra->init == NULL;
	}
	if (class->troupe != NULL) {
		extra->troupe = troupe_new(class->troupe);
		failed = failed || extra->troupe == NULL;
	}
	return !failed;
}

static bool extra_new(
	struct stage *stage, const struct cell_order *order, struct cell_extra **ret_extra)
{
	struct cell_extra *extra;

	if (!has_extra(order))
		return true;
	extra = calloc(1, sizeof(*extra));
	if (extra == NULL)
		return false;
	if (!extra_fill(extra, order)) {
		extra_free(extra);
		return false;
	}
	if (extra->name != NULL)
		extra->name_number = address_of_name(stage->system, order->name);
	*ret_extra = extra;
	return true;
}

/* Before it handles anything: where the admin sees how much that is. */
static void take_place(struct tsp_actor *cell)
{
	struct page *page = cell->stage->page;
	struct page_actor *place = page_actor(page, cell->number, 0);

	if (place == NULL)
		return;
	page_set(&place->handled, 0);
	page_set(&place->number, cell->number);
	cell->place = (uint8_t)(place - page->actors + 1);
}

struct tsp_actor *cell_new(struct stage *stage, const struct cell_order *order)
{
	struct tsp_actor *cell;

	if (order->class->state_size > SIZE_MAX - sizeof(*cell))
		return NULL;
	cell = calloc(1, sizeof(*cell) + order->class->state_size);
	if (cell == NULL)
		return NULL;
	cell->stage = stage;
	cell->class = order->class;
	cell->origin = order->origin;
	cell->number = order->number;
	cell->parent = order->parent;
	cell->by_admin = order->by_admin;
	list_init(&cell->ready);
	stage_log_buckets_init(&cell->log, &cell->log_below);
	table_init(&cell->children);
	if (!extra_new(stage, order, &cell->extra) ||
		table_put(&stage->cells, cell->number, cell) < 0)
		goto fail;
	if (cell->extra != NULL && cell->extra->name != NULL &&
		table_put(&stage->cells, cell->extra->name_number, cell) < 0) {
		(void)table_take(&stage->cells, cell->number);
		goto fail;
	}
	take_place(cell);
	stage->count++;
	if (!stage->inhabited && !stage->shared) {
		stage->first_number = cell->number;
		stage->first_class = cell->class->name;
	}
	stage->inhabited = true;
	return cell;
fail:
	extra_free(cell->extra);
	free(cell);
	return NULL;
}

struct tsp_actor *cell_at(struct stage *stage, tsp_address address)
{
	return cell_find(stage, address_key(stage->system, address));
}

struct tsp_actor *cell_find(struct stage *stage, uint64_t number)
{
	struct tsp_actor *cell = stage->last;

	if (cell != NULL && cell->number == number)
		return cell;
	cell = table_get(&stage->cells, number);
	if (cell != NULL)
		stage->last = cell;
	return cell;
}

static void drop_letters(struct tsp_actor *cell, struct letter_queue *queue)
{
	struct letter *letter;

	while ((letter = letter_take(queue)) != NULL) {
		cell_count_out(cell, letter);
		letter_free(&cell->stage->pool, letter);
	}
}

void cell_free(struct tsp_actor *cell)
{
	struct stage *stage = cell->stage;

	if (!list_empty(&stage->foreign))
		cell_cut_foreign(cell);
	if (stage->last == cell)
		stage->last = NULL;
	if (stage->turn == cell)
		stage->turn = NULL;
	(void)table_take(&stage->cells, cell->number);
	if (cell->extra != NULL && cell->extra->name != NULL)
		(void)table_take(&stage->cells, cell->extra->name_number);
	list_remove(&cell->ready);
	list_remove(&cell->log.link);
	list_remove(&cell->log_below.link);
	drop_letters(cell, &cell->letters);
	drop_letters(cell, &cell->deferred);
	if (cell->extra != NULL) {
		if (cell->extra->troupe != NULL)
			troupe_gather(cell);
		drop_letters(cell, &cell->extra->held);
	}
	table_clear(&cell->children);
	extra_free(cell->extra);
	if (cell->place != 0)
		page_set(&stage->page->actors[cell->place - 1].number, 0);
	stage->count--;
	free(cell);
}

void cell_report_exit(struct stage *stage, uint64_t number, const char *reason, const char *detail,
	bool recursive)
{
	tsp_builder *builder = stage_builder(stage);

	if (builder == NULL) {
		stage->outbox.broken = true;
		return;
	}
	tsp_put_format(builder, "{s:u, s:s, s:s, s:b}", "number", number, "reason", reason,
		"detail", detail != NULL ? detail : "", "recursive", (int)recursive);
	if (stage_post_built(stage, NULL, stage_address(stage, 0),
		    system_request_name(REQUEST_EXITED), true) < 0)
		stage->outbox.broken = true;
}

static bool is_stale(void *data, uint64_t to)
{
	return table_get(&((struct stage *)data)->cells, to) == NULL;
}

/* Everything that the actor held or was owed leaves with it. */
static void cell_leave(struct tsp_actor *cell, const char *reason, const char *detail)
{
	struct stage *stage = cell->stage;
	uint64_t number = cell->number;
	size_t wakeups = cell->wakeups + (cell->extra != NULL ? cell->extra->dues : 0);

	if (cell->watching && stage->ops->watch != NULL)
		(void)stage->ops->watch(stage->io, number, NULL, 0);
	if (!list_empty(&stage->foreign))
		cell_end_foreign(cell);
	cell_return_letters(cell);
	cell_log_end(cell);
	outbox_let_out(&stage->outbox, cell_address(cell));
	outbox_close_dones(&stage->outbox); /* the admin returns what is not done by then */
	cell_report_exit(stage, number, reason, detail, !cell->spares_children);
	cell_free(cell);
	if (wakeups > 0)
		timers_stale(&stage->timers, wakeups, is_stale, stage, &stage->pool);
}

void cell_fail(struct tsp_actor *cell, int code)
{
	struct stage *stage = cell->stage;

	cell->failed++;
	cell_leave(cell, "failed", stage_detail(stage, code));
	free(stage->detail);
	stage->detail = NULL;
}

bool cell_be_born(struct tsp_actor *cell, tsp_value argument, uint64_t sequence)
{
	struct stage *stage = cell->stage;
	char why[256];
	int rc = TSP_OK;

	cell->state = CELL_ALIVE;
	if (!cell_fits(cell, why, sizeof(why))) {
		cell_leave(cell, "unfit", why);
		return false;
	}
	if (cell->extra != NULL && cell->extra->troupe != NULL)
		rc = troupe_remember(cell, argument);
	if (rc >= 0 && cell->class->init != NULL) {
		stage_begin_work(stage, cell, sequence, NULL);
		rc = cell->class->init(cell, argument);
		stage_end_work(stage);
	}
	if (rc >= 0)
		return true;
	cell_fail(cell, rc);
	return false;
}

void cell_forget_child(struct tsp_actor *cell, const struct tsp_message *exited)
{
	tsp_address child = tsp_get_address(exited, "childAddress");

	cell->exited++;
	if (child.system == cell->stage->system)
		(void)table_take(&cell->children, child.number);
	if (cell->children.count == 0)
		table_clear(&cell->children);
}

/* The ends of children may wait among the letters: after this no letter is heard. */
static void hear_waiting_ends(struct tsp_actor *cell)
{
	struct letter *letter;

	for (letter = cell->letters.first; letter != NULL; letter = letter->next) {
		struct delivery delivery;

		if (letter->sequence == 0)
			continue;
		delivery_of(&delivery, letter);
		cell_forget_child(cell, &delivery.message);
		outbox_done(&cell->stage->outbox, letter->sequence);
		letter->sequence = 0;
	}
}

/*
 * Through the admin, on the system's lane: what may wait or be refused, because a child has much to do,
 * would leave its parent waiting for ever. What the parent sent before goes before.
 */
static void end_children(struct tsp_actor *cell)
{
	struct stage *stage = cell->stage;
	tsp_builder *builder;
	uint64_t child;
	size_t at = 0;

	if (cell->children.count == 0)
		return;
	outbox_let_out(&stage->outbox, cell_address(cell));
	builder = stage_builder(stage);
	if (builder == NULL) {
		stage->outbox.broken = true;
		return;
	}
	tsp_begin_map(builder);
	tsp_put_key(builder, "children");
	tsp_begin_list(builder);
	while (table_next(&cell->children, &at, &child) != NULL)
		tsp_put_uint(builder, child);
	tsp_end(builder);
	tsp_end(builder);
	if (stage_post_built(stage, cell, stage_address(stage, 0),
		    system_request_name(REQUEST_END_CHILDREN), true) < 0)
		stage->outbox.broken = true;
}

void cell_begin_exit(struct tsp_actor *cell, bool recursive, const char *reason)
{
	cell->state = CELL_EXITING;
	cell->exit_reason = reason;
	list_remove(&cell->ready);
	hear_waiting_ends(cell);
	cell->spares_children = !recursive;
	if (recursive)
		end_children(cell);
	else
		table_clear(&cell->children);
}

void cell_settle(struct tsp_actor *cell)
{
	struct stage *stage = cell->stage;

	if (cell->state == CELL_ALIVE && cell->exit_wanted)
		cell_exit_itself(cell);
	if (cell->state != CELL_EXITING || cell->children.count > 0)
		return;
	if (cell->class->fini != NULL) {
		stage_begin_work(stage, cell, 0, NULL);
		cell->class->fini(cell);
		stage_end_work(stage);
	}
	cell_leave(cell, cell->exit_reason, NULL);
}
