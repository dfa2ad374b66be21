/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/foreign.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wire/value.h"

#define LEVEL_SIZE 16
#define KEEP_SIZE  ((size_t)64 * 1024)

/* In the queue, each followed by size bytes: a message's body, or a text for the log. */
struct item {
	tsp_address to;		/* nobody: for the log */
	char level[LEVEL_SIZE]; /* of the log */
	size_t size;
};

/*
 * Two own it: the actor, until it ends, and who called tsp_outbox_new. What is above the line belongs
 * to the stage's thread alone.
 */
struct tsp_outbox {
	struct list list; /* in stage->foreign */
	struct tsp_actor *cell;
	struct buffer taken; /* out of the queue, not sent yet */
	size_t taken_at;
	/* ---- */
	uint64_t system;
	pthread_mutex_t lock;
	struct stage *stage; /* to be woken; NULL: the actor has ended */
	struct buffer queue;
	size_t count; /* in queue and in taken */
	size_t bytes;
	int owners;
	atomic_bool waiting; /* there is something in queue: looked at without the lock */
};

tsp_outbox *tsp_outbox_new(tsp_actor *self)
{
	tsp_outbox *outbox = calloc(1, sizeof(*outbox));

	if (outbox == NULL)
		return NULL;
	if (pthread_mutex_init(&outbox->lock, NULL) != 0) {
		free(outbox);
		return NULL;
	}
	outbox->cell = self;
	outbox->stage = self->stage;
	outbox->system = self->stage->system;
	outbox->owners = 2;
	buffer_init(&outbox->queue, FRAME_LIMIT + FOREIGN_SIZE_LIMIT);
	buffer_init(&outbox->taken, FRAME_LIMIT + FOREIGN_SIZE_LIMIT);
	list_append(&self->stage->foreign, &outbox->list);
	return outbox;
}

/* One owner less; called with the lock held, which it gives up. */
static void let_go(tsp_outbox *outbox)
{
	bool last = --outbox->owners == 0;

	pthread_mutex_unlock(&outbox->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&outbox->lock);
	buffer_clear(&outbox->queue);
	buffer_clear(&outbox->taken);
	free(outbox);
}

/* What was put there before the actor's thread sends: freeing it takes nothing back. */
void tsp_outbox_free(tsp_outbox *outbox)
{
	if (outbox == NULL)
		return;
	pthread_mutex_lock(&outbox->lock);
	let_go(outbox);
}

/* ---- In any thread ---- */

static int put_locked(tsp_outbox *outbox, const struct item *item, const void *bytes)
{
	struct buffer *queue = &outbox->queue;
	struct stage *stage = outbox->stage;

	if (stage == NULL)
		return TSP_EDEAD;
	/* one message always fits into an empty queue */
	if (outbox->count > 0 &&
		(outbox->count >= FOREIGN_COUNT_LIMIT ||
			outbox->bytes + item->size > FOREIGN_SIZE_LIMIT))
		return TSP_EBACKLOG;
	if (buffer_reserve(queue, sizeof(*item) + item->size) < 0)
		return TSP_ENOMEM;
	(void)buffer_put(queue, item, sizeof(*item));
	(void)buffer_put(queue, bytes, item->size);
	outbox->count++;
	outbox->bytes += item->size;
	if (!atomic_exchange_explicit(&outbox->waiting, true, memory_order_release) &&
		stage->ops->wake != NULL)
		stage->ops->wake(stage->io);
	return TSP_OK;
}

static int put(tsp_outbox *outbox, const struct item *item, const void *bytes)
{
	int rc;

	pthread_mutex_lock(&outbox->lock);
	rc = put_locked(outbox, item, bytes);
	pthread_mutex_unlock(&outbox->lock);
	return rc;
}

int tsp_outbox_send(tsp_outbox *outbox, tsp_address target, const char *type, tsp_value value)
{
	const struct draft draft = { .type = tsp_text_of(type), .value = value };
	struct item item = { .to = target, .size = draft_size(&draft) };
	int rc = draft_check(outbox->system, NULL, target, &draft);
	uint8_t *body;

	if (rc < 0)
		return rc;
	if (item.size > VALUE_SIZE_LIMIT)
		return TSP_ETOOBIG;
	body = malloc(item.size);
	if (body == NULL)
		return TSP_ENOMEM;
	draft_write(&draft, body);
	rc = tsp_value_check(body, item.size) < 0 ? TSP_EVALUE : put(outbox, &item, body);
	free(body);
	return rc;
}

int tsp_outbox_sendf(
	tsp_outbox *outbox, tsp_address target, const char *type, const char *format, ...)
{
	tsp_builder *builder;
	tsp_value value;
	va_list args;
	int rc;

	if (format == NULL)
		return tsp_outbox_send(outbox, target, type, (tsp_value){ NULL, 0 });
	builder = tsp_builder_new();
	if (builder == NULL)
		return TSP_ENOMEM;
	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	rc = tsp_builder_value(builder, &value);
	if (rc == TSP_OK)
		rc = tsp_outbox_send(outbox, target, type, value);
	tsp_builder_free(builder);
	return rc;
}

/* What finds no room is left out, as is what is logged too fast. */
void tsp_outbox_log(tsp_outbox *outbox, const char *level, const char *format, ...)
{
	struct item item = { .to = TSP_NOBODY };
	char *text = NULL;
	va_list args;
	int rc;

	va_start(args, format);
	rc = vasprintf(&text, format, args);
	va_end(args);
	if (rc < 0)
		return;
	snprintf(item.level, sizeof(item.level), "%s", level != NULL ? level : "");
	item.size = strlen(text) + 1;
	(void)put(outbox, &item, text);
	free(text);
}

/* ---- In the stage's thread ---- */

/* Takes over what is in the queue, once all that was taken before is sent. False: there is nothing. */
static bool take(tsp_outbox *outbox)
{
	struct buffer swap;

	if (outbox->taken.size > 0)
		return true;
	if (!atomic_load_explicit(&outbox->waiting, memory_order_acquire))
		return false;
	pthread_mutex_lock(&outbox->lock);
	swap = outbox->taken;
	outbox->taken = outbox->queue;
	outbox->queue = swap;
	atomic_store_explicit(&outbox->waiting, false, memory_order_relaxed);
	pthread_mutex_unlock(&outbox->lock);
	outbox->taken_at = 0;
	return true;
}

/* last: the actor is about to go, so that what is refused now could not be sent later. */
static int send_item(
	struct tsp_actor *cell, const struct item *item, const uint8_t *bytes, bool last)
{
	struct stage *stage = cell->stage;
	struct draft draft = { .value = { bytes, item->size } };
	int rc;

	if (tsp_address_is_nobody(item->to)) {
		tsp_log(cell, item->level, "%s", (const char *)bytes);
		return TSP_OK;
	}
	rc = stage_post(stage, cell, item->to, &draft);
	if (rc < 0 && last) {
		draft.own = true;
		rc = outbox_post(&stage->outbox, item->to, cell_address(cell), &draft);
	}
	if (rc == TSP_OK)
		cell->sent++;
	return rc;
}

static void take_from(tsp_outbox *outbox, bool last)
{
	size_t done = 0;
	size_t bytes = 0;

	while (outbox->taken_at < outbox->taken.size) {
		const uint8_t *at = outbox->taken.data + outbox->taken_at;
		struct item item;

		memcpy(&item, at, sizeof(item));
		/* the target is full, or we are: threads hear of it when their queue is; without memory
		 * for the last words outbox_post has marked the stage as broken */
		if (send_item(outbox->cell, &item, at + sizeof(item), last) < 0 && !last)
			break;
		outbox->taken_at += sizeof(item) + item.size;
		bytes += item.size;
		done++;
	}
	if (outbox->taken_at >= outbox->taken.size) {
		outbox->taken.size = 0;
		if (outbox->taken.capacity > KEEP_SIZE)
			buffer_clear(&outbox->taken);
	}
	pthread_mutex_lock(&outbox->lock);
	outbox->count -= done;
	outbox->bytes -= bytes;
	pthread_mutex_unlock(&outbox->lock);
}

void stage_take_foreign(struct stage *stage)
{
	struct list *at;

	for (at = stage->foreign.next; at != &stage->foreign; at = at->next) {
		tsp_outbox *outbox = list_item(at, struct tsp_outbox, list);

		if (outbox->cell->state != CELL_UNBORN && take(outbox))
			take_from(outbox, false);
	}
}

static void end(struct tsp_actor *cell, bool send)
{
	struct list *next;
	struct list *at;

	for (at = cell->stage->foreign.next; at != &cell->stage->foreign; at = next) {
		tsp_outbox *outbox = list_item(at, struct tsp_outbox, list);

		next = at->next;
		if (outbox->cell != cell)
			continue;
		pthread_mutex_lock(&outbox->lock);
		outbox->stage = NULL; /* from here on nobody puts anything there */
		pthread_mutex_unlock(&outbox->lock);
		while (send && take(outbox))
			take_from(outbox, true);
		list_remove(&outbox->list);
		pthread_mutex_lock(&outbox->lock);
		let_go(outbox);
	}
}

void cell_end_foreign(struct tsp_actor *cell)
{
	end(cell, true);
}

void cell_cut_foreign(struct tsp_actor *cell)
{
	end(cell, false);
}
