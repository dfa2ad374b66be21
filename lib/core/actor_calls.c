/* SPDX-License-Identifier: MIT */
/* What an actor asks of its own stage. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/cell.h"
#include "wire/address.h"
#include "wire/value.h"

#define DETAIL_LIMIT 4096

void *tsp_state(tsp_actor *self)
{
	return self->memory;
}

tsp_address tsp_my_address(const tsp_actor *self)
{
	return cell_address(self);
}

tsp_address tsp_my_parent(const tsp_actor *self)
{
	return self->parent;
}

tsp_address tsp_my_system(const tsp_actor *self)
{
	return stage_address(self->stage, 0);
}

const char *tsp_my_name(const tsp_actor *self)
{
	return self->extra != NULL ? self->extra->name : NULL;
}

const char *tsp_my_class(const tsp_actor *self)
{
	return self->class->name;
}

const char *tsp_my_source(const tsp_actor *self)
{
	return self->origin->source;
}

tsp_value tsp_my_capabilities(const tsp_actor *self)
{
	return (tsp_value){ self->stage->capabilities, self->stage->capabilities_size };
}

tsp_address tsp_name_address(const tsp_actor *self, const char *name)
{
	uint64_t system;
	tsp_text text;

	if (name == NULL || !address_split_name(name, self->stage->system, &text, &system))
		return TSP_NOBODY;
	return (tsp_address){ system, address_of_name(system, text) };
}

int tsp_fail_text(tsp_actor *self, int code, const char *format, ...)
{
	struct stage *stage = self->stage;
	char *text = NULL;
	va_list args;
	int rc;

	va_start(args, format);
	rc = vasprintf(&text, format, args);
	va_end(args);
	if (rc < 0)
		return code;
	if (!text_is_utf8(text, strlen(text))) {
		char *shown = malloc(DETAIL_LIMIT);

		if (shown != NULL)
			text_quote(tsp_text_of(text), shown, DETAIL_LIMIT);
		free(text);
		text = shown;
	}
	if (text != NULL)
		text[text_cut(tsp_text_of(text), DETAIL_LIMIT - 1).size] = '\0';
	free(stage->detail);
	stage->detail = text;
	return code;
}

int tsp_exit(tsp_actor *self)
{
	self->exit_wanted = true;
	return TSP_OK;
}

int tsp_wakeup_after(tsp_actor *self, int64_t delay_ms, tsp_value payload)
{
	struct stage *stage = self->stage;
	struct draft draft = {
		.type = TSP_TEXT("WakeupMessage"), .flags = FRAME_SYSTEM, .own = true
	};
	struct letter *letter;
	tsp_builder *builder;
	int rc;

	if (payload.data != NULL && tsp_value_check(payload.data, payload.size) < 0)
		return TSP_EVALUE;
	if (payload.size > VALUE_SIZE_LIMIT)
		return TSP_ETOOBIG;
	if (self->wakeups >= stage->bounds.wakeups)
		return cell_refuse(self, TSP_ELIMIT);
	if (stage->pool.bytes + payload.size > stage->bounds.host_local_bytes)
		return cell_refuse(self, TSP_EBACKLOG);
	builder = stage_builder(stage);
	if (builder == NULL)
		return TSP_ENOMEM;
	if (delay_ms < 0)
		delay_ms = 0;
	tsp_put_format(builder, "{s:I, s:v}", "delayPeriod", delay_ms, "payload", payload);
	rc = tsp_builder_value(builder, &draft.value);
	if (rc < 0)
		return rc;
	letter = letter_new(&stage->pool, draft_size(&draft));
	if (letter == NULL)
		return TSP_ENOMEM;
	letter = letter_keep(&stage->pool, letter);
	draft_write(&draft, letter->body);
	letter->from = cell_address(self);
	letter->to = self->number;
	letter->flags = draft.flags;
	rc = timers_put(&stage->timers, clock_after(stage->ops->now(stage->io), delay_ms), letter);
	if (rc < 0) {
		letter_free(&stage->pool, letter);
		return rc;
	}
	self->wakeups++;
	return TSP_OK;
}

int tsp_watch(tsp_actor *self, const int *descriptors, size_t count)
{
	struct stage *stage = self->stage;
	size_t i;
	int rc;

	if (stage->ops->watch == NULL)
		return TSP_ENOTIMPL;
	if (count > stage->bounds.watches)
		return cell_refuse(self, TSP_ELIMIT);
	for (i = 0; i < count; i++)
		if (descriptors[i] < 0)
			return TSP_EVALUE;
	rc = stage->ops->watch(stage->io, self->number, count > 0 ? descriptors : NULL, count);
	self->watching = count > 0 && rc == TSP_OK;
	return rc;
}

void stage_crash(tsp_actor *actor, int status)
{
	const struct stage *stage = actor->stage;

	if (stage->ops->crash != NULL)
		stage->ops->crash(stage->io, status);
}
