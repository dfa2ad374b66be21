/* SPDX-License-Identifier: MIT */
/* What an actor sends: to its own stage, or into the outbox. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/cell.h"
#include "wire/address.h"
#include "wire/value.h"

#define BUILDER_KEEP ((size_t)16 * 1024)

tsp_builder *stage_builder(struct stage *stage)
{
	if (stage->builder == NULL)
		stage->builder = tsp_builder_new();
	else
		tsp_builder_reset(stage->builder);
	return stage->builder;
}

/* A builder that grew big gives its memory back. */
static void builder_used(struct stage *stage, size_t size)
{
	if (size < BUILDER_KEEP)
		return;
	tsp_builder_free(stage->builder);
	stage->builder = NULL;
}

/* By length and first letter most types are told from the reserved ones without comparing. */
void stage_learn_reserved(struct stage *stage)
{
	int i;

	for (i = 0; i < NOTICE_COUNT; i++) {
		tsp_text name = tsp_text_of(system_notice_name((enum system_notice)i));

		if (name.size < 64)
			stage->reserved[name.size] |= UINT32_C(1) << (name.data[0] & 31);
	}
}

bool stage_is_reserved(const struct stage *stage, tsp_text type)
{
	if (type.size == 0 || type.size >= 64 ||
		!(stage->reserved[type.size] & UINT32_C(1) << (type.data[0] & 31)))
		return false;
	return system_is_reserved(type);
}

void stage_flush_full(struct stage *stage)
{
	if (stage->outbox.bytes.size >= OUTBOX_FLUSH_SIZE && stage->ops->flush != NULL)
		stage->ops->flush(stage->io);
}

static uint64_t abroad_bit(uint64_t number)
{
	return (number ^ number >> 13 ^ number >> 24) % ABROAD_BITS;
}

/*
 * Remembers that a message is on its way to a number that is not here: if an actor of that number is
 * placed here later, all goes through the admin, or a later message could come before this one. Who
 * sent the message in work lives elsewhere already and is never placed here, but what it is known as may be
 * a name, which another can have after it.
 */
static void went_abroad(struct stage *stage, tsp_address target)
{
	uint64_t bit = abroad_bit(target.number);

	if (target.system != stage->system || target.number == 0)
		return;
	if (stage->message != NULL && stage->message->sender.number == target.number &&
		!address_is_name(target.number))
		return;
	stage->abroad[bit / 64] |= UINT64_C(1) << (bit % 64);
}

bool stage_is_abroad(const struct stage *stage, uint64_t number)
{
	uint64_t bit = abroad_bit(number);

	return (stage->abroad[bit / 64] & UINT64_C(1) << (bit % 64)) != 0;
}

void stage_count_outgoing(struct stage *stage)
{
	page_set(&stage->page->outgoing, ++stage->outgoing);
}

int cell_refuse(struct tsp_actor *cell, int code)
{
	cell->refused++;
	page_set(&cell->stage->page->refused, ++cell->stage->refused);
	return code;
}

/* As outbox_post, but that a large message is written away from where it lies. */
static int post_abroad(
	struct stage *stage, tsp_address target, tsp_address from, const struct draft *draft)
{
	uint8_t head[OUTBOX_HEAD_SIZE];
	size_t size;
	int rc = 0;

	if (draft->value.size >= OUTBOX_FLUSH_SIZE && stage->ops->write_through != NULL)
		rc = outbox_pass(&stage->outbox, target, from, draft, head, &size);
	if (rc == 0) {
		rc = outbox_post(&stage->outbox, target, from, draft);
		if (rc == TSP_OK && !draft->own && target.number != 0) /* else it is a request */
			stage_count_outgoing(stage);
		return rc;
	}
	if (rc < 0)
		return rc;
	stage->ops->write_through(stage->io, (tsp_value){ head, size }, draft->value);
	return TSP_OK;
}

int stage_post(struct stage *stage, struct tsp_actor *sender, tsp_address target,
	const struct draft *draft)
{
	size_t limit = VALUE_SIZE_LIMIT + (draft->own ? WRAPPER_SIZE : 0);
	struct tsp_actor *cell;
	int rc;

	if (draft_size(draft) > limit)
		return TSP_ETOOBIG;
	cell = sender != NULL ? stage_local(stage, sender, target) : NULL;
	if (cell != NULL) {
		struct draft here = *draft;

		if (draft->own)
			here.flags |= FRAME_SYSTEM;
		return stage_put_letter(stage, cell, target, cell_address(sender), &here);
	}
	rc = post_abroad(stage, target,
		sender != NULL ? cell_address(sender) : stage_address(stage, 0), draft);
	if (rc < 0)
		return rc;
	went_abroad(stage, target);
	stage_flush_full(stage);
	return TSP_OK;
}

int stage_post_built(struct stage *stage, struct tsp_actor *sender, tsp_address target,
	const char *type, bool own)
{
	struct draft draft = { .type = tsp_text_of(type), .own = own };
	int rc = tsp_builder_value(stage->builder, &draft.value);

	if (rc < 0)
		return rc;
	rc = stage_post(stage, sender, target, &draft);
	builder_used(stage, draft.value.size);
	return rc;
}

/* ---- the public calls ---- */

/* Requests that speak for the host are made by the stage only. */
static bool is_host_request(tsp_text type)
{
	return tsp_text_is(type, system_request_name(REQUEST_CREATE)) ||
		tsp_text_is(type, system_request_name(REQUEST_EXITED)) ||
		tsp_text_is(type, system_request_name(REQUEST_LEASE)) ||
		tsp_text_is(type, system_request_name(REQUEST_LOG));
}

int draft_check(uint64_t system, const struct stage *stage, tsp_address target,
	const struct draft *draft)
{
	tsp_text type = draft->type;
	tsp_value inner;

	if (tsp_address_is_nobody(target) || (type.data != NULL && type.size == 0))
		return TSP_EVALUE;
	if (type.data == NULL)
		(void)tsp_value_typed(draft->value, &type, &inner);
	if (type.data == NULL)
		return TSP_OK;
	if (stage != NULL ? stage_is_reserved(stage, type) : system_is_reserved(type))
		return TSP_EPERM;
	if (target.number == 0 && target.system == system && is_host_request(type))
		return TSP_EPERM;
	return TSP_OK;
}

static int refuse_send(tsp_actor *self, tsp_text type, tsp_address target, int code)
{
	stage_log_refused(self, type, target, code);
	return cell_refuse(self, code);
}

static int actor_post(tsp_actor *self, tsp_address target, const struct draft *draft)
{
	struct stage *stage = self->stage;
	int rc = draft_check(stage->system, stage, target, draft);

	if (rc == TSP_OK)
		rc = stage_post(stage, self, target, draft);
	if (rc < 0)
		return refuse_send(self, draft->type, target, rc);
	self->sent++;
	return TSP_OK;
}

int tsp_send(tsp_actor *self, tsp_address target, const char *type, tsp_value value)
{
	const struct draft draft = { .type = tsp_text_of(type), .value = value };

	return actor_post(self, target, &draft);
}

int tsp_sendf(tsp_actor *self, tsp_address target, const char *type, const char *format, ...)
{
	struct stage *stage = self->stage;
	struct draft draft = { .type = tsp_text_of(type) };
	int rc = TSP_OK;
	va_list args;

	if (format != NULL) {
		tsp_builder *builder = stage_builder(stage);

		if (builder == NULL)
			return cell_refuse(self, TSP_ENOMEM);
		va_start(args, format);
		tsp_put_vformat(builder, format, args);
		va_end(args);
		rc = tsp_builder_value(builder, &draft.value);
	}
	rc = rc == TSP_OK ? actor_post(self, target, &draft) :
			    refuse_send(self, draft.type, target, rc);
	builder_used(stage, draft.value.size);
	return rc;
}

int tsp_forward(tsp_actor *self, tsp_address target, const tsp_message *message)
{
	const struct draft draft = { .value = tsp_message_body(message) };

	return actor_post(self, target, &draft);
}

int tsp_send_noted(
	tsp_actor *self, uint64_t note, tsp_address target, const char *type, tsp_value value)
{
	struct draft draft = {
		.type = tsp_text_of(type), .value = value, .note = note, .flags = FRAME_NOTED
	};

	if (type == NULL && value.data == NULL)
		draft.flags |= FRAME_EMPTY;
	return actor_post(self, target, &draft);
}
