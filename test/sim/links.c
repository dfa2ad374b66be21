/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "sim/sim.h"

#include <assert.h>
#include <string.h>
#include "wire/frame.h"

static void arrive(void *data, uint64_t argument);

static void schedule(struct stream *stream)
{
	if (stream->due || stream->held || stream->ended)
		return;
	if (stream->bytes.size == 0 && !stream->ending)
		return;
	stream->due = true;
	sim_at(sim->now + sim_delay(), arrive, stream, 0);
}

/* A header is often cut; mostly a few frames come at once. */
static size_t piece(size_t size)
{
	switch (sim_draw(4)) {
	case 0:
		return 1 + sim_draw(size < 60 ? size : 60);
	case 1:
		return 1 + sim_draw(size);
	default:
		return size;
	}
}

static void arrive(void *data, uint64_t argument)
{
	struct stream *stream = data;

	(void)argument;
	stream->due = false;
	if (stream->held || stream->ended)
		return;
	if (stream->bytes.size > 0) {
		size_t size = piece(stream->bytes.size);
		struct buffer now = stream->bytes;

		buffer_init(&stream->bytes, now.limit);
		if (size < now.size)
			assert(buffer_put(&stream->bytes, now.data + size, now.size - size) == 0);
		stream->take(stream->owner, now.data, size);
		buffer_clear(&now);
	} else if (stream->ending) {
		stream->ended = true;
		stream->end(stream->owner);
	}
	schedule(stream);
}

void stream_open(struct stream *stream, void *owner,
	void (*take)(void *owner, const uint8_t *bytes, size_t size), void (*end)(void *owner))
{
	memset(stream, 0, sizeof(*stream));
	buffer_init(&stream->bytes, 8 * FRAME_LIMIT);
	stream->owner = owner;
	stream->take = take;
	stream->end = end;
}

void stream_write(struct stream *stream, const void *bytes, size_t size)
{
	if (stream->ending || size == 0)
		return;
	assert(buffer_put(&stream->bytes, bytes, size) == 0);
	schedule(stream);
}

void stream_put(struct stream *stream, const struct frame *frame)
{
	if (stream->ending)
		return;
	assert(frame_put(&stream->bytes, frame) == 0);
	schedule(stream);
}

void stream_end(struct stream *stream)
{
	stream->ending = true;
	schedule(stream);
}

void stream_hold(struct stream *stream, bool held)
{
	stream->held = held;
	schedule(stream);
}
