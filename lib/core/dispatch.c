/* SPDX-License-Identifier: MIT */
/* How one message meets its handler, and what becomes of it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "core/morgue.h"
#include "core/put.h"
#include "core/traits.h"

static const uint8_t exit_request[] = "\xd9\xd9\xf9\x82\x70" SYSTEM_EXIT_REQUEST "\xa0";

const char *stage_detail(const struct stage *stage, int code)
{
	return stage->detail != NULL ? stage->detail : tsp_error_sentence(code);
}

static void forget_detail(struct stage *stage)
{
	free(stage->detail);
	stage->detail = NULL;
}

void stage_begin_work(struct stage *stage, struct tsp_actor *cell, uint64_t sequence,
	const struct tsp_message *message)
{
	struct page *page = stage->page;

	page_set(&page->actor, cell->number);
	atomic_store_explicit(&page->since_ns, stage->now, memory_order_relaxed);
	page_set(&page->in_work,
		sequence != 0				? sequence :
			message != NULL && !message->system ? PAGE_LOCAL :
							  PAGE_SELF);
	if (sequence > stage->dispatched) {
		stage->dispatched = sequence;
		page_set(&page->dispatched, sequence);
	}
	stage->current = cell;
	stage->message = message;
}

void stage_end_work(struct stage *stage)
{
	stage->current = NULL;
	stage->message = NULL;
	page_set(&stage->page->in_work, 0);
}

static tsp_handler_fn *find_handler(const tsp_class *class, const char *type, size_t size)
{
	const tsp_handler *handler;

	if (class->handlers == NULL)
		return NULL;
	for (handler = class->handlers; handler->type != NULL; handler++)
		if (strncmp(handler->type, type, size) == 0 && handler->type[size] == '\0')
			return handler->handle;
	return NULL;
}

/* The exact type, then what stands before its dots, then receive. */
static int call_handlers(struct tsp_actor *cell, const struct tsp_message *message)
{
	struct stage *stage = cell->stage;
	size_t size = message->type.size;
	int rc;

	while (size > 0) {
		tsp_handler_fn *handle = find_handler(cell->class, message->type.data, size);

		if (handle != NULL) {
			rc = handle(cell, message, message->sender);
			if (rc != TSP_SUPER)
				return rc;
		}
		while (size > 0 && message->type.data[size - 1] != '.')
			size--;
		if (size > 0)
			size--; /* the dot */
	}
	if (cell->class->receive != NULL) {
		rc = cell->class->receive(cell, message, message->sender);
		if (rc != TSP_SUPER)
			return rc;
	}
	cell->ignored++;
	page_set(&stage->page->ignored, ++stage->ignored);
	return TSP_OK;
}

static void drop_watch(struct tsp_actor *cell)
{
	if (!cell->watching)
		return;
	cell->watching = false;
	if (cell->stage->ops->watch != NULL)
		(void)cell->stage->ops->watch(cell->stage->io, cell->number, NULL, 0);
}

static void log_failure(struct tsp_actor *cell, const struct delivery *delivery, int code,
	enum log_level level, const char *failed, const char *more)
{
	tsp_text type = delivery->message.type;

	stage_log(cell->stage, cell, level, "class '%s' %s on '%.*s'%s: %s", cell->class->name,
		failed, (int)(type.size < 120 ? type.size : 120), type.data, more,
		stage_detail(cell->stage, code));
}

static void count_handled(struct tsp_actor *cell)
{
	struct stage *stage = cell->stage;

	cell->handled++;
	page_set(&stage->page->handled, ++stage->handled);
	if (cell->place != 0)
		page_set(&stage->page->actors[cell->place - 1].handled, cell->handled);
}

/* Calls the handlers, once more if they fail. */
static int try_twice(struct tsp_actor *cell, const struct delivery *delivery)
{
	struct stage *stage = cell->stage;
	int rc;

	forget_detail(stage);
	drop_watch(cell);
	stage_begin_work(stage, cell, delivery->sequence, &delivery->message);
	rc = call_handlers(cell, &delivery->message);
	if (rc < 0) {
		cell->retried++;
		page_set(&stage->page->retried, ++stage->retried);
		log_failure(cell, delivery, rc, LOG_LEVEL_WARNING, "failed", ", and is called once more");
		forget_detail(stage);
		rc = call_handlers(cell, &delivery->message);
	}
	stage_end_work(stage);
	count_handled(cell);
	return rc;
}

/* An exit request is delivered once, and whatever its handler says, the actor exits. */
static void hear_exit(struct tsp_actor *cell, const struct delivery *delivery, const char *reason)
{
	struct stage *stage = cell->stage;
	const struct tsp_message *message = &delivery->message;
	int rc;

	forget_detail(stage);
	drop_watch(cell);
	stage_begin_work(stage, cell, delivery->sequence, message);
	rc = call_handlers(cell, message);
	stage_end_work(stage);
	count_handled(cell);
	if (rc < 0)
		stage_log(stage, cell, LOG_LEVEL_WARNING, "class '%s' failed on its exit request: %s",
			cell->class->name, stage_detail(stage, rc));
	cell_begin_exit(cell, tsp_get_bool(message, "recursive", true), reason);
}

void cell_exit_itself(struct tsp_actor *cell)
{
	struct delivery delivery = { 0 };

	if (message_init(&delivery.message, (tsp_value){ exit_request, sizeof(exit_request) - 1 },
		    cell_address(cell), false) == TSP_OK)
		hear_exit(cell, &delivery, "exited");
	else
		cell_begin_exit(cell, true, "exited");
}

/* What the cell itself has to know of. True: nothing is left to do; *ret_outcome says what became of it. */
static bool hear_system(
	struct tsp_actor *cell, const struct delivery *delivery, enum outcome *ret_outcome)
{
	const struct tsp_message *message = &delivery->message;
	bool system = (delivery->flags & FRAME_SYSTEM) != 0;

	*ret_outcome = OUTCOME_FINISHED;
	if (tsp_text_is(message->type, SYSTEM_STATUS_REQUEST)) {
		cell->asked++;
		cell_answer_status(cell, message->sender);
		return true;
	}
	if (tsp_text_is(message->type, SYSTEM_EXIT_REQUEST)) {
		if (cell->state == CELL_ALIVE)
			hear_exit(cell, delivery, "exit request");
		return true;
	}
	if (system && tsp_text_is(message->type, system_notice_name(NOTICE_CHILD_EXITED))) {
		cell_forget_child(cell, message);
		return troupe_lost(cell, message) || cell->state == CELL_EXITING;
	}
	return false;
}

enum outcome cell_handle(struct tsp_actor *cell, const struct delivery *delivery, int *ret_code)
{
	struct stage *stage = cell->stage;
	const struct tsp_message *message = &delivery->message;
	int rc;

	if (!(delivery->flags & FRAME_SYSTEM) && stage_is_reserved(stage, message->type)) {
		forget_detail(stage);
		stage->detail = strdup("reserved type");
		*ret_code = TSP_EPERM;
		return OUTCOME_FAILED;
	}
	rc = try_twice(cell, delivery);
	if (rc == TSP_DEFER)
		return OUTCOME_KEPT;
	if (rc >= 0)
		return OUTCOME_FINISHED;
	cell->failed++;
	*ret_code = rc;
	if ((delivery->flags & FRAME_SYSTEM) &&
		tsp_text_is(message->type, system_notice_name(NOTICE_POISON))) {
		stage_log(stage, cell, LOG_LEVEL_ERROR, "class '%s' failed on a PoisonMessage: %s",
			cell->class->name, stage_detail(stage, rc));
		return OUTCOME_FINISHED;
	}
	log_failure(cell, delivery, rc, LOG_LEVEL_ERROR, "failed twice", "");
	return OUTCOME_FAILED;
}

static enum outcome hear(struct tsp_actor *cell, const struct delivery *delivery, int *ret_code)
{
	const struct cell_extra *extra = cell->extra;
	const struct tsp_message *message = &delivery->message;
	enum outcome outcome;

	/* the three names have one of two lengths: nothing else is compared with them */
	if ((message->type.size == sizeof(SYSTEM_EXIT_REQUEST) - 1 ||
		    message->type.size == sizeof(SYSTEM_STATUS_REQUEST) - 1) &&
		hear_system(cell, delivery, &outcome))
		return outcome;
	if (cell->state == CELL_EXITING) /* what the system says to who goes is for nobody */
		return troupe_hear_done(cell, delivery) || (delivery->flags & FRAME_SYSTEM) ?
			OUTCOME_FINISHED :
			OUTCOME_UNDONE;
	if (delivery->flags & FRAME_EMPTY)
		return OUTCOME_FINISHED;
	if (extra != NULL && extra->init != NULL &&
		init_hear(cell, delivery, &outcome, ret_code))
		return outcome;
	if (extra != NULL && extra->troupe != NULL &&
		troupe_hear(cell, delivery, &outcome, ret_code))
		return outcome;
	return cell_handle(cell, delivery, ret_code);
}

/* The stage is the switch for what its own actors say to each other: poison goes back from here. */
static void send_poison(struct tsp_actor *cell, const struct delivery *delivery,
	struct tsp_actor *sender, int code, const char *outcome)
{
	struct stage *stage = cell->stage;
	const char *detail = stage_detail(stage, code);
	tsp_builder *builder;
	tsp_value value;

	builder = sender != NULL ? stage_builder(stage) : NULL;
	if (builder == NULL)
		return;
	tsp_put_format(builder, "{s:e, s:s, s:a, s:i, s:s}", "poisonMessage",
		delivery->message.body, "details", detail, "target", cell_address(cell), "code",
		code, "outcome", outcome);
	if (tsp_builder_value(builder, &value) == TSP_OK)
		stage_notice(stage, sender, stage_address(stage, 0),
			system_notice_name(NOTICE_POISON), value);
}

/* What is too big to be kept does not go to the admin for that. */
static void put_message(tsp_builder *builder, const struct tsp_message *message)
{
	if (message->body.size <= MORGUE_BODY) {
		tsp_put_key(builder, "message");
		tsp_put_encoded(builder, message->body);
		return;
	}
	put_text(builder, "type", text_cut(message->type, MORGUE_TYPE));
	put_number(builder, "size", message->body.size);
}

/* The admin keeps the last ones (morgue.h); where there is no room for telling it, that is all that is lost. */
static void report_poison(struct tsp_actor *cell, const struct delivery *delivery, int code,
	const char *outcome)
{
	struct stage *stage = cell->stage;
	const char *detail = stage_detail(stage, code);
	tsp_builder *builder = stage_builder(stage);

	if (builder == NULL || (delivery->flags & FRAME_SYSTEM))
		return;
	tsp_begin_map(builder);
	tsp_put_key(builder, "from");
	tsp_put_address(builder, delivery->message.sender);
	tsp_put_key(builder, "to");
	tsp_put_address(builder, cell_address(cell));
	put_message(builder, &delivery->message);
	tsp_put_key(builder, "code");
	tsp_put_int(builder, code);
	put_member(builder, "outcome", outcome);
	put_member(builder, "details", detail);
	tsp_end(builder);
	(void)stage_post_built(stage, NULL, stage_address(stage, 0),
		system_request_name(REQUEST_POISONED), false);
}

static void send_handled(
	struct stage *stage, const struct delivery *delivery, struct tsp_actor *sender, bool failed)
{
	tsp_builder *builder = sender != NULL ? stage_builder(stage) : NULL;
	tsp_value value;

	if (builder == NULL)
		return;
	tsp_put_format(builder, "{s:u, s:s}", "note", delivery->note, "outcome",
		failed ? "failed" : "finished");
	if (tsp_builder_value(builder, &value) == TSP_OK)
		stage_notice(stage, sender, stage_address(stage, 0),
			system_notice_name(NOTICE_HANDLED), value);
}

void cell_account(struct tsp_actor *cell, const struct delivery *delivery, enum outcome outcome,
	int code)
{
	struct stage *stage = cell->stage;
	bool crashed = outcome == OUTCOME_CRASHED;
	bool failed = outcome == OUTCOME_FAILED || crashed;
	struct tsp_actor *sender;

	if (delivery->sequence != 0) {
		if (failed)
			outbox_done_with(&stage->outbox, delivery->sequence,
				crashed ? DONE_CRASHED : DONE_FAILED, code,
				tsp_text_of(stage_detail(stage, code)));
		else
			outbox_done(&stage->outbox, delivery->sequence);
	} else if (failed || (delivery->flags & FRAME_NOTED)) {
		sender = cell_at(stage, delivery->message.sender);
		if (failed) {
			report_poison(cell, delivery, code, crashed ? "crashed" : "failed");
			send_poison(cell, delivery, sender, code, crashed ? "crashed" : "failed");
		}
		if (delivery->flags & FRAME_NOTED)
			send_handled(stage, delivery, sender, failed);
	}
}

/* Puts a message by. False: there was no memory, it has failed. */
static bool keep(struct tsp_actor *cell, const struct delivery *delivery, struct letter **letter,
	struct letter_queue *queue)
{
	struct stage *stage = cell->stage;

	if (*letter != NULL)
		*letter = letter_keep(&stage->pool, *letter);
	else
		*letter = letter_of(stage, delivery, cell->number);
	if (*letter == NULL)
		return false;
	letter_append(queue, *letter);
	cell_count_in(cell, *letter);
	return true;
}

void cell_redelivers(struct tsp_actor *cell, uint64_t sequence, bool yes)
{
	struct stage *stage = cell->stage;

	if (sequence == 0)
		return;
	stage->redelivered += yes ? 1 : -1;
	page_set(&stage->page->redelivered, stage->redelivered);
}

static enum outcome hear_again(
	struct tsp_actor *cell, const struct delivery *delivery, int *ret_code)
{
	enum outcome outcome;

	cell_redelivers(cell, delivery->sequence, true);
	outcome = hear(cell, delivery, ret_code);
	if (outcome == OUTCOME_KEPT || outcome == OUTCOME_UNDONE)
		cell_redelivers(cell, delivery->sequence, false);
	return outcome;
}

/* Delivers what was put by. True: something of it has met its end; the rest is deferred (again). */
static bool deliver_round(struct tsp_actor *cell, struct letter_queue *queue)
{
	struct letter_queue round = *queue;
	struct letter *letter;
	bool progress = false;

	queue->first = NULL;
	while ((letter = letter_take(&round)) != NULL) {
		enum outcome outcome = OUTCOME_KEPT;
		struct delivery delivery;
		int code = 0;

		delivery_of(&delivery, letter);
		cell_count_out(cell, letter);
		if (cell->state == CELL_ALIVE && !cell->exit_wanted)
			outcome = hear_again(cell, &delivery, &code);
		if (outcome == OUTCOME_KEPT || outcome == OUTCOME_UNDONE) {
			letter_append(&cell->deferred, letter);
			cell_count_in(cell, letter);
			continue;
		}
		progress = true;
		cell_account(cell, &delivery, outcome, code);
		letter_free(&cell->stage->pool, letter);
	}
	return progress;
}

/* After a message that was handled: what waits for such, as long as something of it is handled. */
static void deliver_waiting(struct tsp_actor *cell)
{
	if (cell->extra != NULL && cell->extra->held.first != NULL && init_is_complete(cell))
		(void)deliver_round(cell, &cell->extra->held);
	while (cell->deferred.first != NULL && deliver_round(cell, &cell->deferred))
		;
}

/* What a class with more than handlers has to do after a message. True: the cell is gone. */
static bool settle_traits(struct tsp_actor *cell, const struct delivery *delivery, enum outcome outcome,
	struct letter **letter)
{
	const struct cell_extra *extra = cell->extra;

	if (init_failure(cell) < 0) {
		if (*letter != NULL)
			(void)keep(cell, delivery, letter, &cell->extra->held);
		cell_fail(cell, init_failure(cell));
		return true;
	}
	if (cell->class->transient != NULL && outcome != OUTCOME_UNDONE &&
		!(delivery->flags & FRAME_EMPTY) &&
		!tsp_text_is(delivery->message.type, SYSTEM_STATUS_REQUEST))
		transient_heard(cell, delivery);
	if (extra->troupe == NULL)
		return false;
	if (outcome == OUTCOME_HELD)
		troupe_held(cell);
	troupe_settle(cell);
	return false;
}

void cell_take(struct tsp_actor *cell, struct delivery *delivery, struct letter *letter)
{
	struct stage *stage = cell->stage;
	int code = 0;
	enum outcome outcome = hear(cell, delivery, &code);

	if (outcome == OUTCOME_KEPT || outcome == OUTCOME_HELD) {
		if (keep(cell, delivery, &letter,
			    outcome == OUTCOME_HELD ? &cell->extra->held : &cell->deferred)) {
			if (delivery->sequence != 0)
				outbox_kept(&stage->outbox, delivery->sequence);
			goto settle;
		}
		code = TSP_ENOMEM;
		outcome = OUTCOME_FAILED;
	}
	if (outcome != OUTCOME_UNDONE) {
		cell_account(cell, delivery, outcome, code);
		deliver_waiting(cell);
	} else if (delivery->sequence != 0) {
		outbox_kept(&stage->outbox, delivery->sequence);
	}
settle:
	if (cell->extra != NULL && settle_traits(cell, delivery, outcome, &letter))
		return;
	if (outcome != OUTCOME_KEPT && outcome != OUTCOME_HELD)
		letter_free(&stage->pool, letter);
	if (stage->detail != NULL)
		forget_detail(stage);
	cell_settle(cell);
}
