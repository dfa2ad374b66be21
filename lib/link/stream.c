/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/stream.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_FIRST   16
#define WINDOW_LEAST   2
#define WINDOW_MOST    512
#define PATIENCE_FIRST (200 * CLOCK_MS)
#define PATIENCE_LEAST (20 * CLOCK_MS)
#define PATIENCE_MOST  (2 * CLOCK_SECOND)
#define ARRIVED_MOST   1024
#define OVERTAKEN      (3 * STREAM_SEGMENT) /* bytes that have arrived beyond one that is lost */

static struct segment *segment_of(struct list *at)
{
	return list_item(at, struct segment, link);
}

static struct segment *segment_new(uint64_t offset, const uint8_t *bytes, size_t size)
{
	struct segment *segment = malloc(sizeof(*segment) + size);

	if (segment == NULL)
		return NULL;
	memset(segment, 0, sizeof(*segment));
	list_init(&segment->link);
	segment->offset = offset;
	segment->size = size;
	memcpy(segment->bytes, bytes, size);
	return segment;
}

static void segment_free(struct segment *segment)
{
	list_remove(&segment->link);
	free(segment);
}

void stream_init(struct stream *stream)
{
	memset(stream, 0, sizeof(*stream));
	list_init(&stream->segments);
	list_init(&stream->arrived);
	stream->window = WINDOW_FIRST;
	stream->threshold = WINDOW_MOST;
	stream->patience = PATIENCE_FIRST;
}

void stream_clear(struct stream *stream)
{
	while (!list_empty(&stream->segments))
		segment_free(segment_of(stream->segments.next));
	while (!list_empty(&stream->arrived))
		segment_free(segment_of(stream->arrived.next));
}

/* ---- What goes ---- */

/* Once for all that one jam loses. */
static void narrow(struct stream *stream, clock_ns now, bool jam)
{
	if (stream->narrowed != 0 && now - stream->narrowed < stream->round_trip + PATIENCE_LEAST)
		return;
	stream->narrowed = now;
	stream->threshold = stream->window / 2 > WINDOW_LEAST ? stream->window / 2 : WINDOW_LEAST;
	stream->window = jam ? WINDOW_LEAST : stream->threshold;
	if (jam && stream->patience < PATIENCE_MOST / 2)
		stream->patience *= 2;
}

struct segment *stream_lost(struct stream *stream, clock_ns now)
{
	for (struct list *at = stream->segments.next; at != &stream->segments; at = at->next) {
		struct segment *segment = segment_of(at);
		clock_ns age = now - segment->sent_at;
		bool overtaken = segment->offset + OVERTAKEN < stream->farthest &&
			age > stream->round_trip + CLOCK_MS;

		if (segment->there || (age < stream->patience && !overtaken))
			continue;
		narrow(stream, now, !overtaken);
		segment->sent_at = now;
		segment->again = true;
		return segment;
	}
	return NULL;
}

/* Memory is moved seldom: what was cut off is dropped when it is the greater half. */
static void forget_cut(struct stream *stream, struct buffer *pending)
{
	if (stream->pending_at < pending->size && stream->pending_at < pending->size / 2)
		return;
	buffer_drop(pending, stream->pending_at);
	stream->pending_at = 0;
	if (pending->size == 0 && pending->capacity > STREAM_AHEAD)
		buffer_clear(pending);
}

struct segment *stream_cut(
	struct stream *stream, struct buffer *pending, uint64_t before, clock_ns now)
{
	size_t size = pending->size - stream->pending_at;
	struct segment *segment;

	if (stream->sent + size > before)
		size = (size_t)(before - stream->sent);
	if (size > STREAM_SEGMENT)
		size = STREAM_SEGMENT;
	if (size == 0 || stream->flight >= stream->window ||
		stream->sent - stream->known > STREAM_AHEAD / 2)
		return NULL;
	segment = segment_new(stream->sent, pending->data + stream->pending_at, size);
	if (segment == NULL)
		return NULL;
	list_append(&stream->segments, &segment->link);
	segment->sent_at = now;
	stream->flight++;
	stream->sent += size;
	stream->pending_at += size;
	forget_cut(stream, pending);
	return segment;
}

uint64_t stream_end(const struct stream *stream, const struct buffer *pending)
{
	return stream->sent + pending->size - stream->pending_at;
}

size_t stream_unsent(const struct stream *stream, const struct buffer *pending)
{
	return (size_t)(stream_end(stream, pending) - stream->known);
}

clock_ns stream_due(const struct stream *stream)
{
	clock_ns due = CLOCK_NEVER;

	for (struct list *at = stream->segments.next; at != &stream->segments; at = at->next) {
		const struct segment *segment = segment_of(at);
		clock_ns wait = segment->offset + OVERTAKEN < stream->farthest ?
			stream->round_trip + CLOCK_MS + 1 :
			stream->patience;

		if (!segment->there && segment->sent_at + wait < due)
			due = segment->sent_at + wait;
	}
	return due;
}

/* As RFC 6298 has it. */
static void measure(struct stream *stream, clock_ns took)
{
	clock_ns off = took > stream->round_trip ? took - stream->round_trip :
						   stream->round_trip - took;

	if (stream->round_trip == 0) {
		stream->round_trip = took;
		stream->variance = took / 2;
	} else {
		stream->variance += (off - stream->variance) / 4;
		stream->round_trip += (took - stream->round_trip) / 8;
	}
	stream->patience = stream->round_trip + 4 * stream->variance;
	if (stream->patience < PATIENCE_LEAST)
		stream->patience = PATIENCE_LEAST;
	if (stream->patience > PATIENCE_MOST)
		stream->patience = PATIENCE_MOST;
}

static void is_there(struct stream *stream, struct segment *segment, clock_ns now)
{
	if (segment->there)
		return;
	segment->there = true;
	stream->flight--;
	if (segment->offset + segment->size > stream->farthest)
		stream->farthest = segment->offset + segment->size;
	if (!segment->again)
		measure(stream, now - segment->sent_at);
	if (stream->window < stream->threshold) {
		stream->window++;
	} else if (++stream->grown >= stream->window) {
		stream->grown = 0;
		stream->window += stream->window < WINDOW_MOST;
	}
}

int stream_acknowledged(struct stream *stream, uint64_t before, const struct stream_range *ranges,
	size_t count, clock_ns now)
{
	struct list *next;

	if (before > stream->sent)
		return TSP_EPROTOCOL;
	for (struct list *at = stream->segments.next; at != &stream->segments; at = next) {
		struct segment *segment = segment_of(at);
		uint64_t end = segment->offset + segment->size;

		next = at->next;
		if (end <= before) {
			is_there(stream, segment, now);
			segment_free(segment);
			continue;
		}
		for (size_t i = 0; i < count; i++)
			if (ranges[i].from <= segment->offset && end <= ranges[i].to)
				is_there(stream, segment, now);
	}
	if (before > stream->known)
		stream->known = before;
	return 0;
}

/* ---- What comes ---- */

int stream_arrived(struct stream *stream, uint64_t offset, const uint8_t *bytes, size_t size)
{
	struct list *at = stream->arrived.prev;
	struct segment *segment;

	if (size == 0 || size > STREAM_SEGMENT || offset > UINT64_MAX - size)
		return TSP_EPROTOCOL;
	stream->owes = true;
	if (offset < stream->delivered || offset + size - stream->delivered > STREAM_AHEAD ||
		stream->arrived_count >= ARRIVED_MOST)
		return 0; /* it was here already, or comes again */
	while (at != &stream->arrived && segment_of(at)->offset > offset)
		at = at->prev;
	if (at != &stream->arrived && segment_of(at)->offset + segment_of(at)->size > offset)
		return 0;
	if (at->next != &stream->arrived && segment_of(at->next)->offset < offset + size)
		return TSP_EPROTOCOL; /* a segment is never cut otherwise when it goes again */
	segment = segment_new(offset, bytes, size);
	if (segment == NULL)
		return 0;
	list_append(at->next, &segment->link); /* before the one behind it */
	stream->arrived_count++;
	return 0;
}

int stream_deliver(struct stream *stream, uint64_t before, struct buffer *in)
{
	bool some = false;

	while (!list_empty(&stream->arrived)) {
		struct segment *first = segment_of(stream->arrived.next);
		uint64_t end = first->offset + first->size;
		size_t at = (size_t)(stream->delivered - first->offset);
		size_t size = first->size - at;
		int rc;

		if (first->offset > stream->delivered || stream->delivered >= before)
			break;
		if (end > before)
			size = (size_t)(before - stream->delivered);
		rc = buffer_put(in, first->bytes + at, size);
		if (rc < 0)
			return rc;
		stream->delivered += size;
		some = true;
		if (stream->delivered < end)
			continue;
		segment_free(first);
		stream->arrived_count--;
	}
	return some;
}

size_t stream_ranges(const struct stream *stream, struct stream_range ranges[STREAM_RANGES])
{
	size_t count = 0;

	for (struct list *at = stream->arrived.next; at != &stream->arrived; at = at->next) {
		const struct segment *segment = segment_of(at);

		if (count > 0 && ranges[count - 1].to == segment->offset)
			ranges[count - 1].to += segment->size;
		else if (count < STREAM_RANGES)
			ranges[count++] = (struct stream_range){ segment->offset,
				segment->offset + segment->size };
		else
			break;
	}
	return count;
}
