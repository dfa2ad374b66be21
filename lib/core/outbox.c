/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/outbox.h"

#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "wire/builder.h"
#include "wire/value.h"

#define DONES_SIZE	((size_t)32 * 1024)
#define DONE_TEXT_LIMIT 4096

struct paused {
	struct buffer frames;
	size_t count;
};

/* ---- drafts: [type, value] under the tag of a typed value, or a plain value ---- */

static size_t head_size(size_t size)
{
	return size < 24 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5;
}

static uint8_t *put_text_head(uint8_t *out, size_t size)
{
	size_t bytes = head_size(size) - 1;

	if (bytes == 0) {
		*out++ = (uint8_t)(0x60 | size);
		return out;
	}
	*out++ = bytes == 1 ? 0x78 : bytes == 2 ? 0x79 : 0x7a;
	while (bytes-- > 0)
		*out++ = (uint8_t)(size >> (8 * bytes));
	return out;
}

size_t draft_size(const struct draft *draft)
{
	size_t value_size = draft->value.data != NULL ? draft->value.size :
		draft->flags & FRAME_EMPTY	      ? 0 :
							1;

	if (draft->type.data == NULL)
		return value_size;
	return 4 + head_size(draft->type.size) + draft->type.size + value_size;
}

/* What stands before the value; returns where that goes. */
static uint8_t *put_type(uint8_t *out, tsp_text type)
{
	if (type.data == NULL)
		return out;
	*out++ = 0xd9;
	*out++ = VALUE_TAG_TYPED >> 8;
	*out++ = VALUE_TAG_TYPED & 0xff;
	*out++ = 0x82;
	out = put_text_head(out, type.size);
	memcpy(out, type.data, type.size);
	return out + type.size;
}

void draft_write(const struct draft *draft, uint8_t *out)
{
	out = put_type(out, draft->type);
	if (draft->value.data != NULL)
		memcpy(out, draft->value.data, draft->value.size);
	else if (!(draft->flags & FRAME_EMPTY))
		*out = 0xf6; /* null */
}

/* ---- frames ---- */

void outbox_init(struct outbox *outbox)
{
	*outbox = (struct outbox){ 0 };
	buffer_init(&outbox->bytes, OUTBOX_LIMIT + 2 * FRAME_LIMIT);
	outbox->limit = OUTBOX_LIMIT;
	outbox->target_messages = PAUSED_COUNT_LIMIT;
	outbox->target_bytes = PAUSED_SIZE_LIMIT;
	buffer_init(&outbox->dones, 2 * DONES_SIZE);
	table_init(&outbox->paused);
}

void outbox_set_bounds(struct outbox *outbox, const struct bounds *bounds)
{
	struct paused *paused;
	size_t at = 0;

	outbox->limit = bounds->host_outbox_bytes;
	outbox->target_messages = bounds->outbox_messages;
	outbox->target_bytes = bounds->outbox_bytes;
	outbox->bytes.limit = outbox->limit + 2 * FRAME_LIMIT;
	while ((paused = table_next(&outbox->paused, &at, NULL)) != NULL)
		paused->frames.limit = outbox->bytes.limit;
}

void outbox_clear(struct outbox *outbox)
{
	struct paused *paused;
	size_t at = 0;

	while ((paused = table_next(&outbox->paused, &at, NULL)) != NULL) {
		buffer_clear(&paused->frames);
		free(paused);
	}
	table_clear(&outbox->paused);
	buffer_clear(&outbox->bytes);
	buffer_clear(&outbox->dones);
}

static uint64_t target_key(tsp_address target)
{
	return target.number ^ target.system * UINT64_C(0x9e3779b97f4a7c15);
}

static struct paused *paused_find(const struct outbox *outbox, tsp_address target)
{
	return outbox->paused.count == 0 ? NULL : table_get(&outbox->paused, target_key(target));
}

size_t outbox_paused_count(const struct outbox *outbox, tsp_address target)
{
	const struct paused *paused = paused_find(outbox, target);

	return paused == NULL ? 0 : paused->count;
}

/* Bounds: a target's, and the whole outbox's. One message always fits into an empty queue. */
static int check_room(const struct outbox *outbox, const struct paused *paused, size_t size)
{
	size_t all = outbox->bytes.size + outbox->paused_bytes;

	if (all > 0 && all + size > outbox->limit)
		return TSP_EBACKLOG;
	if (paused != NULL && paused->count > 0 &&
		(paused->count >= outbox->target_messages ||
			paused->frames.size + size > outbox->target_bytes))
		return TSP_EBACKLOG;
	return TSP_OK;
}

int outbox_post(struct outbox *outbox, tsp_address to, tsp_address from, const struct draft *draft)
{
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.flags = draft->flags,
		.to = to,
		.from = from,
		.sequence = draft->note };
	struct paused *paused = draft->ahead ? NULL : paused_find(outbox, to);
	struct buffer *buffer = paused != NULL ? &paused->frames : &outbox->bytes;
	size_t size = draft_size(draft);
	uint8_t *body;

	if (!draft->own) {
		int rc = check_room(outbox, paused, size);

		if (rc < 0)
			return rc;
	}
	if (buffer_reserve(buffer, FRAME_HEADER + size) < 0) {
		outbox->broken = outbox->broken || draft->own;
		return TSP_ENOMEM;
	}
	frame_header(buffer->data + buffer->size, &frame, size);
	body = buffer->data + buffer->size + FRAME_HEADER;
	draft_write(draft, body);
	if (!draft->own && size > 0 && tsp_value_check(body, size) < 0)
		return TSP_EVALUE;
	buffer->size += FRAME_HEADER + size;
	if (paused != NULL) {
		paused->count++;
		outbox->paused_count++;
		outbox->paused_bytes += FRAME_HEADER + size;
	}
	return TSP_OK;
}

int outbox_pass(const struct outbox *outbox, tsp_address to, tsp_address from,
	const struct draft *draft, uint8_t head[OUTBOX_HEAD_SIZE], size_t *ret_size)
{
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.flags = draft->flags,
		.to = to,
		.from = from,
		.sequence = draft->note };
	tsp_text type = draft->type;
	bool typed = type.data != NULL;

	if (draft->own || draft->value.size < OUTBOX_FLUSH_SIZE ||
		FRAME_HEADER + 4 + head_size(type.size) + type.size > OUTBOX_HEAD_SIZE ||
		paused_find(outbox, to) != NULL)
		return 0;
	if (!value_fits(draft->value.data, draft->value.size, TSP_DEPTH_LIMIT - (typed ? 1 : 0)) ||
		(typed && !text_is_utf8(type.data, type.size)))
		return TSP_EVALUE;
	frame_header(head, &frame, draft_size(draft));
	*ret_size = (size_t)(put_type(head + FRAME_HEADER, type) - head);
	return 1;
}

/* ---- done ---- */

static void close_run(struct outbox *outbox)
{
	if (outbox->open.count == 0)
		return;
	if (done_put(&outbox->dones, &outbox->open) < 0)
		outbox->broken = true;
	outbox->open.count = 0;
}

void outbox_close_dones(struct outbox *outbox)
{
	struct frame frame = { .kind = FRAME_DONE };

	close_run(outbox);
	if (outbox->dones.size == 0)
		return;
	frame.body = outbox->dones.data;
	frame.body_size = outbox->dones.size;
	if (frame_put(&outbox->bytes, &frame) < 0)
		outbox->broken = true;
	if (outbox->dones.capacity > DONES_SIZE)
		buffer_clear(&outbox->dones);
	outbox->dones.size = 0;
}

void outbox_done(struct outbox *outbox, uint64_t sequence)
{
	if (outbox->open.count > 0 && outbox->open.first + outbox->open.count == sequence &&
		outbox->open.count < UINT32_MAX) {
		outbox->open.count++;
		return;
	}
	close_run(outbox);
	outbox->open = (struct done){ .first = sequence, .count = 1, .kind = DONE_FINISHED };
	if (outbox->dones.size > DONES_SIZE)
		outbox_close_dones(outbox);
}

void outbox_done_with(
	struct outbox *outbox, uint64_t sequence, enum done_kind kind, int code, tsp_text text)
{
	struct done done = {
		.first = sequence, .count = 1, .kind = kind, .code = code, .text = text
	};

	close_run(outbox);
	if (done.text.size > DONE_TEXT_LIMIT)
		done.text.size = DONE_TEXT_LIMIT;
	if (done_put(&outbox->dones, &done) < 0)
		outbox->broken = true;
	if (outbox->dones.size > DONES_SIZE)
		outbox_close_dones(outbox);
}

/* ---- pauses ---- */

void outbox_kept(struct outbox *outbox, uint64_t sequence)
{
	outbox_done_with(outbox, sequence, DONE_KEPT, 0, (tsp_text){ NULL, 0 });
}

void outbox_pause(struct outbox *outbox, tsp_address target)
{
	struct paused *paused = paused_find(outbox, target);

	if (paused != NULL)
		return;
	paused = calloc(1, sizeof(*paused));
	if (paused == NULL)
		return; /* it is a request, not a duty */
	buffer_init(&paused->frames, outbox->bytes.limit);
	if (table_put(&outbox->paused, target_key(target), paused) < 0)
		free(paused);
}

void outbox_resume(struct outbox *outbox, tsp_address target)
{
	struct paused *paused = paused_find(outbox, target);

	if (paused == NULL)
		return;
	(void)table_take(&outbox->paused, target_key(target));
	if (outbox->paused.count == 0)
		table_clear(&outbox->paused);
	outbox->paused_bytes -= paused->frames.size;
	outbox->paused_count -= paused->count;
	if (buffer_put(&outbox->bytes, paused->frames.data, paused->frames.size) < 0)
		outbox->broken = true;
	buffer_clear(&paused->frames);
	free(paused);
}

static void let_out_of(struct outbox *outbox, struct paused *paused, tsp_address from)
{
	struct buffer *frames = &paused->frames;
	struct frame frame;
	size_t kept = 0;
	size_t at = 0;

	while (at < frames->size) {
		long size =
			frame_get(frames->data + at, frames->size - at, FRAME_LIMIT, &frame, NULL);

		if (size <= 0)
			break; /* cannot be: we wrote it */
		if (tsp_address_equal(frame.from, from)) {
			if (buffer_put(&outbox->bytes, frames->data + at, (size_t)size) < 0)
				outbox->broken = true;
			outbox->paused_bytes -= (size_t)size;
			outbox->paused_count--;
			paused->count--;
		} else {
			memmove(frames->data + kept, frames->data + at, (size_t)size);
			kept += (size_t)size;
		}
		at += (size_t)size;
	}
	frames->size = kept;
}

void outbox_let_out(struct outbox *outbox, tsp_address from)
{
	struct paused *paused;
	size_t at = 0;

	if (outbox->paused_bytes == 0)
		return;
	while ((paused = table_next(&outbox->paused, &at, NULL)) != NULL)
		let_out_of(outbox, paused, from);
}

void outbox_each_paused(const struct outbox *outbox, tsp_address from,
	void (*each)(void *data, const struct frame *frame), void *data)
{
	const struct paused *paused;
	size_t table_at = 0;

	while ((paused = table_next(&outbox->paused, &table_at, NULL)) != NULL) {
		const struct buffer *frames = &paused->frames;
		struct frame frame;
		size_t at = 0;
		long size;

		while ((size = frame_get(frames->data + at, frames->size - at, FRAME_LIMIT, &frame,
				NULL)) > 0) {
			if (tsp_address_equal(frame.from, from))
				each(data, &frame);
			at += (size_t)size;
		}
	}
}
