/* SPDX-License-Identifier: MIT */
/* What a shared host does by itself: messages one way, creations, and memory of an idle actor. */
#include "config.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "core/stage.h"
#include "wire/value.h"

#define BATCH	  1000
#define MESSAGES  10000000
#define CREATIONS 1000000

static uint64_t received;
static uint64_t to_create;
static size_t written;

static int on_data(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	received++;
	return TSP_OK;
}

static const tsp_handler sink_handlers[] = { { "Data", on_data }, { 0 } };
static const tsp_class sink_class = {
	.name = "Sink", .handlers = sink_handlers, .host = TSP_HOST_SHARED
};

struct source {
	tsp_address sink;
	uint64_t left;
};

static int on_flood(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct source *state = tsp_state(self);
	uint8_t bytes[100];
	int i;

	(void)message;
	(void)sender;
	memset(bytes, 'x', sizeof(bytes));
	bytes[0] = 0x58; /* a byte string of 98 */
	bytes[1] = 98;
	if (tsp_address_is_nobody(state->sink)) {
		state->sink = tsp_create(self, "Sink", NULL);
		state->left = MESSAGES;
	}
	for (i = 0; i < BATCH && state->left > 0; i++, state->left--)
		if (tsp_send(self, state->sink, "Data", (tsp_value){ bytes, sizeof(bytes) }) < 0)
			abort();
	return state->left > 0 ?
		tsp_send(self, tsp_my_address(self), "Flood", (tsp_value){ NULL, 0 }) :
		TSP_OK;
}

static int on_create(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int i;

	(void)message;
	(void)sender;
	for (i = 0; i < BATCH && to_create > 0; i++, to_create--)
		if (tsp_address_is_nobody(tsp_create(self, "Sink", NULL)))
			abort();
	return to_create > 0 ?
		tsp_send(self, tsp_my_address(self), "Create", (tsp_value){ NULL, 0 }) :
		TSP_OK;
}

static const tsp_handler source_handlers[] = { { "Flood", on_flood }, { "Create", on_create },
	{ 0 } };
static const tsp_class source_class = { .name = "Source",
	.state_size = sizeof(struct source),
	.handlers = source_handlers,
	.host = TSP_HOST_SHARED };

static const tsp_class *find_class(
	void *io, const char *source, const char *module, const char *name, tsp_error *err)
{
	(void)io;
	(void)source;
	(void)module;
	(void)err;
	return strcmp(name, "Sink") == 0 ? &sink_class : &source_class;
}

static void flush(void *io)
{
	struct buffer *outbox = stage_outbox(*(struct stage **)io);

	written += outbox->size;
	buffer_drop(outbox, outbox->size);
}

static clock_ns now(void *io)
{
	(void)io;
	return clock_read();
}

static void feed(struct stage *stage, int kind, int flags, uint64_t number, uint64_t sequence,
	const char *type, const char *format, ...)
{
	struct frame frame = { .kind = (uint8_t)kind,
		.flags = (uint8_t)flags,
		.to = { 77, number },
		.from = { 77, 0 },
		.sequence = sequence };
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	va_list args;

	if (builder == NULL)
		abort();
	if (type != NULL)
		tsp_begin_typed(builder, type);
	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	if (type != NULL)
		tsp_end(builder);
	if (tsp_builder_value(builder, &value) < 0)
		abort();
	frame.body = value.data;
	frame.body_size = value.size;
	if (stage_receive(stage, &frame) < 0)
		abort();
	tsp_builder_free(builder);
}

static double run(struct stage *stage)
{
	clock_ns begin = clock_read();

	while (stage_run(stage, 256))
		flush(&stage);
	flush(&stage);
	return (double)(clock_read() - begin) / 1e9;
}

int main(void)
{
	static const struct stage_ops ops = {
		.find_class = find_class, .flush = flush, .now = now
	};
	struct stage *stage = NULL;
	struct mallinfo2 before;
	struct mallinfo2 after;
	double seconds;

	if (stage_new(&ops, &stage, NULL, &stage) < 0)
		return 1;
	feed(stage, FRAME_HELLO, 0, 0, 0, NULL, "{s:i, s:i, s:i, s:v, s:i, s:b}", "protocol", 1,
		"system", 77, "lease", 9, "capabilities", (tsp_value){ (const uint8_t *)"\xa0", 1 },
		"poll_us", 0, "shared", 1);
	feed(stage, FRAME_ENVELOPE, FRAME_SYSTEM, 5, 1, "CreateActor", "{s:s, s:s}", "class",
		"Source", "module", "m");
	feed(stage, FRAME_ENVELOPE, 0, 5, 2, "Flood", "n");
	seconds = run(stage);
	printf("one way, 100 bytes, one stage   %10.0f messages/s\n", (double)received / seconds);
	before = mallinfo2();
	to_create = CREATIONS;
	feed(stage, FRAME_ENVELOPE, 0, 5, 3, "Create", "n");
	seconds = run(stage);
	after = mallinfo2();
	printf("creations in one stage          %10.0f actors/s\n", CREATIONS / seconds);
	printf("memory of an idle shared actor  %10.0f bytes (%.1f MB to the admin)\n",
		(double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) /
			CREATIONS,
		(double)written / 1e6);
	stage_free(stage);
	return received == MESSAGES ? 0 : 1;
}
