/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core_stage_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_stage_actors.h"

struct rig *rig_now;

static const tsp_class *find_class(
	void *io, const char *source, const char *module, const char *name, tsp_error *err)
{
	size_t i;

	(void)io;
	(void)source;
	(void)module;
	(void)err;
	for (i = 0; rig_classes[i] != NULL; i++)
		if (strcmp(rig_classes[i]->name, name) == 0)
			return rig_classes[i];
	for (i = 0; rig_now->more != NULL && rig_now->more[i] != NULL; i++)
		if (strcmp(rig_now->more[i]->name, name) == 0)
			return rig_now->more[i];
	return NULL;
}

static clock_ns read_clock(void *io)
{
	return ((struct rig *)io)->now;
}

static void flush(void *io)
{
	struct rig *rig = io;
	struct buffer *outbox = stage_outbox(rig->stage);

	rig->flushes++;
	if (!rig->flush)
		return;
	assert_int_equal(buffer_put(&rig->out, outbox->data, outbox->size), TSP_OK);
	buffer_drop(outbox, outbox->size);
}

static void write_away(void *io, tsp_value head, tsp_value rest)
{
	struct rig *rig = io;
	bool was = rig->flush;

	rig->flush = true;
	flush(rig);
	rig->flush = was;
	rig->writes++;
	assert_int_equal(buffer_put(&rig->out, head.data, head.size), TSP_OK);
	assert_int_equal(buffer_put(&rig->out, rest.data, rest.size), TSP_OK);
}

static int watch(void *io, uint64_t actor, const int *descriptors, size_t count)
{
	struct rig *rig = io;

	(void)descriptors;
	rig->watched_by = count > 0 ? actor : 0;
	rig->watches = (int)count;
	return TSP_OK;
}

static void wake(void *io)
{
	atomic_fetch_add(&((struct rig *)io)->wakes, 1);
}

const struct stage_ops rig_ops = { .find_class = find_class,
	.flush = flush,
	.watch = watch,
	.wake = wake,
	.now = read_clock };

static const struct stage_ops writing_ops = {
	.find_class = find_class,
	.flush = flush,
	.watch = watch,
	.now = read_clock,
	.write_through = write_away,
};

static void put(
	struct rig *rig, struct frame *frame, const char *type, const char *format, va_list args)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value = { NULL, 0 };

	assert_non_null(builder);
	if (type != NULL)
		tsp_begin_typed(builder, type);
	tsp_put_vformat(builder, format, args);
	if (type != NULL)
		tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	frame->body = value.data;
	frame->body_size = value.size;
	assert_int_equal(stage_receive(rig->stage, frame), TSP_OK);
	tsp_builder_free(builder);
}

static void rig_hello(struct rig *rig, const char *format, ...)
{
	struct frame frame = { .kind = FRAME_HELLO };
	va_list args;

	va_start(args, format);
	put(rig, &frame, NULL, format, args);
	va_end(args);
}

static int open_rig(void **state, const struct stage_ops *ops, bool shared)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->flush = true;
	buffer_init(&rig->out, (size_t)256 * 1024 * 1024);
	assert_int_equal(stage_new(ops, rig, &rig->page, &rig->stage), TSP_OK);
	rig_hello(rig, "{s:i, s:i, s:i, s:v, s:i, s:b}", "protocol", FRAME_PROTOCOL, "system",
		SYSTEM, "lease", LEASE, "capabilities", (tsp_value){ (const uint8_t *)"\xa0", 1 },
		"poll_us", 20, "shared", (int)shared);
	rig_now = rig;
	*state = rig;
	return 0;
}

int rig_open(void **state)
{
	return open_rig(state, &rig_ops, false);
}

int rig_open_shared(void **state)
{
	return open_rig(state, &rig_ops, true);
}

int rig_open_writing(void **state)
{
	return open_rig(state, &writing_ops, false);
}

int rig_close(void **state)
{
	struct rig *rig = *state;

	stage_free(rig->stage);
	buffer_clear(&rig->out);
	free(rig);
	return 0;
}

void rig_trace(const char *word)
{
	strncat(rig_now->trace, word, sizeof(rig_now->trace) - strlen(rig_now->trace) - 1);
}

void rig_create(struct rig *rig, uint64_t number, const char *class_name, uint64_t sequence)
{
	rig_system(rig, number, sequence, "CreateActor", "{s:s, s:s, s:a}", "class", class_name,
		"source", "feed", "parent", ((tsp_address){ SYSTEM, 98 }));
}

static void send_as(struct rig *rig, uint8_t flags, uint64_t from, uint64_t number,
	uint64_t sequence, const char *type, const char *format, va_list args)
{
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.flags = flags,
		.to = { SYSTEM, number },
		.from = { SYSTEM, from },
		.sequence = sequence };

	put(rig, &frame, type, format, args);
}

void rig_send(struct rig *rig, uint64_t number, uint64_t sequence, const char *type,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	send_as(rig, 0, 99, number, sequence, type, format, args);
	va_end(args);
}

void rig_send_from(struct rig *rig, uint64_t from, uint64_t number, uint64_t sequence,
	const char *type, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	send_as(rig, 0, from, number, sequence, type, format, args);
	va_end(args);
}

void rig_relay(struct rig *rig, uint64_t from, uint64_t number, uint64_t sequence,
	const char *type, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	send_as(rig, FRAME_SYSTEM, from, number, sequence, type, format, args);
	va_end(args);
}

void rig_pass_ms(struct rig *rig, int64_t ms)
{
	rig->now += ms * 1000000;
	rig_run(rig);
}

void rig_system(struct rig *rig, uint64_t number, uint64_t sequence, const char *type,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	send_as(rig, FRAME_SYSTEM, 0, number, sequence, type, format, args);
	va_end(args);
}

void rig_frame(struct rig *rig, enum frame_kind kind, uint64_t number)
{
	struct frame frame = { .kind = (uint8_t)kind, .to = { SYSTEM, number } };

	assert_int_equal(stage_receive(rig->stage, &frame), TSP_OK);
}

void rig_script(struct rig *rig, uint64_t number, uint64_t sequence,
	int (*script)(tsp_actor *, const tsp_message *))
{
	rig->script = script;
	rig_send(rig, number, sequence, "Run", "n");
}

void rig_run(struct rig *rig)
{
	int turns = 0;

	while (stage_run(rig->stage, 8))
		assert_true(++turns < 100000);
}

static void note_done(struct rig *rig, const struct frame *frame, size_t place)
{
	struct done done;
	size_t at = 0;
	uint32_t i;

	while (done_get(frame->body, frame->body_size, &at, &done) > 0) {
		for (i = 0; i < done.count; i++) {
			struct ended *ended = &rig->ended[rig->ended_count++];

			assert_true(rig->ended_count < RIG_LIMIT);
			*ended = (struct ended){ .at = place,
				.sequence = done.first + i,
				.kind = done.kind,
				.code = done.code };
			snprintf(ended->text, sizeof(ended->text), "%.*s", (int)done.text.size,
				done.text.data != NULL ? done.text.data : "");
		}
	}
}

static void note_envelope(struct rig *rig, const struct frame *frame, size_t place)
{
	struct sent *sent = &rig->sent[rig->count++];
	tsp_value body = { frame->body, frame->body_size };
	tsp_text type = { NULL, 0 };

	assert_true(rig->count < RIG_LIMIT);
	*sent = (struct sent){ .at = place,
		.to = frame->to,
		.from = frame->from,
		.note = frame->sequence,
		.flags = frame->flags,
		.value = body };
	if (body.size > 0) {
		assert_int_equal(tsp_value_check(body.data, body.size), TSP_OK);
		(void)tsp_value_typed(body, &type, &sent->value);
	}
	snprintf(sent->type, sizeof(sent->type), "%.*s", (int)type.size,
		type.data != NULL ? type.data : "");
}

void rig_collect(struct rig *rig)
{
	struct buffer *outbox = stage_outbox(rig->stage);
	struct frame frame;
	size_t at = 0;
	long size;

	assert_int_equal(buffer_put(&rig->out, outbox->data, outbox->size), TSP_OK);
	buffer_drop(outbox, outbox->size);
	rig->count = 0;
	rig->ended_count = 0;
	while ((size = frame_get(
			rig->out.data + at, rig->out.size - at, FRAME_LIMIT, &frame, NULL)) > 0) {
		if (frame.kind == FRAME_DONE)
			note_done(rig, &frame, at);
		else
			note_envelope(rig, &frame, at);
		at += (size_t)size;
	}
	assert_int_equal(size, 0);
	assert_int_equal(at, rig->out.size);
}

struct sent *rig_sent(struct rig *rig, const char *type)
{
	size_t i;

	for (i = rig->count; i-- > 0;)
		if (strcmp(rig->sent[i].type, type) == 0)
			return &rig->sent[i];
	return NULL;
}

size_t rig_sent_count(struct rig *rig, const char *type)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < rig->count; i++)
		if (strcmp(rig->sent[i].type, type) == 0)
			count++;
	return count;
}

struct ended *rig_done(struct rig *rig, uint64_t sequence)
{
	size_t i;

	for (i = rig->ended_count; i-- > 0;)
		if (rig->ended[i].sequence == sequence)
			return &rig->ended[i];
	return NULL;
}

void rig_assert_done(struct rig *rig, uint64_t sequence, enum done_kind kind)
{
	const struct ended *ended = rig_done(rig, sequence);

	assert_non_null(ended);
	assert_int_equal(ended->kind, kind);
}

const char *rig_text(const struct sent *sent, const char *key)
{
	static char text[512];
	tsp_text found = { NULL, 0 };

	assert_non_null(sent);
	assert_true(tsp_value_text(tsp_value_get(sent->value, key), &found));
	snprintf(text, sizeof(text), "%.*s", (int)found.size, found.data);
	return text;
}

uint64_t rig_uint(const struct sent *sent, const char *key)
{
	uint64_t found = 0;

	assert_non_null(sent);
	assert_true(tsp_value_uint(tsp_value_get(sent->value, key), &found));
	return found;
}

uint64_t rig_ended_child(struct rig *rig, size_t index)
{
	const struct sent *sent = rig_sent(rig, "EndChildren");
	uint64_t number = 0;

	assert_non_null(sent);
	(void)tsp_value_uint(
		tsp_value_at(tsp_value_get(sent->value, "children"), index), &number);
	return number;
}

bool rig_bool(const struct sent *sent, const char *key)
{
	bool found = false;

	assert_non_null(sent);
	assert_true(tsp_value_bool(tsp_value_get(sent->value, key), &found));
	return found;
}
