/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/frame.h"

#include <endian.h>
#include <string.h>

#include "base/text.h"

#define FRAME_FLAGS \
	(FRAME_SYSTEM | FRAME_FORWARDED | FRAME_NOTED | FRAME_EMPTY | FRAME_APART | FRAME_LOOSE)

/* A run: u64 first, u32 count, u8 kind; of a failure also i32 code, u16 size of the text, text. */
#define DONE_SIZE	 13
#define DONE_FAILED_SIZE (DONE_SIZE + 6)
#define DONE_TEXT_LIMIT	 4096

static void store16(uint8_t *out, uint16_t number)
{
	number = htole16(number);
	memcpy(out, &number, sizeof(number));
}

static void store32(uint8_t *out, uint32_t number)
{
	number = htole32(number);
	memcpy(out, &number, sizeof(number));
}

static void store64(uint8_t *out, uint64_t number)
{
	number = htole64(number);
	memcpy(out, &number, sizeof(number));
}

static uint16_t load16(const uint8_t *bytes)
{
	uint16_t number;

	memcpy(&number, bytes, sizeof(number));
	return le16toh(number);
}

static uint32_t load32(const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return le32toh(number);
}

static uint64_t load64(const uint8_t *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	return le64toh(number);
}

void frame_header(uint8_t out[FRAME_HEADER], const struct frame *frame, size_t body_size)
{
	store32(out, (uint32_t)(FRAME_HEADER + body_size));
	out[4] = frame->kind;
	out[5] = frame->flags;
	store16(out + 6, 0);
	store64(out + 8, frame->to.system);
	store64(out + 16, frame->to.number);
	store64(out + 24, frame->from.system);
	store64(out + 32, frame->from.number);
	store64(out + 40, frame->sequence);
}

int frame_put(struct buffer *buffer, const struct frame *frame)
{
	size_t body_size = frame->body_size;

	if (body_size > FRAME_LIMIT - FRAME_HEADER)
		return TSP_ETOOBIG;

	int rc = buffer_reserve(buffer, FRAME_HEADER + body_size);

	if (rc < 0)
		return rc;

	uint8_t *out = buffer->data + buffer->size;

	frame_header(out, frame, body_size);
	if (body_size > 0)
		memcpy(out + FRAME_HEADER, frame->body, body_size);
	buffer->size += FRAME_HEADER + body_size;
	return TSP_OK;
}

void frame_make_apart(uint8_t out[FRAME_APART_SIZE], const uint8_t header[FRAME_HEADER], size_t place)
{
	memcpy(out, header, FRAME_HEADER);
	store32(out, FRAME_APART_SIZE);
	out[5] |= FRAME_APART;
	store64(out + FRAME_HEADER, load32(header) - FRAME_HEADER);
	store64(out + FRAME_HEADER + 8, place);
}

int frame_join(struct frame *frame, const uint8_t *area, size_t area_size)
{
	uint64_t size, place;

	if (area == NULL || frame->body_size != FRAME_APART_SIZE - FRAME_HEADER)
		return TSP_EPROTOCOL;
	size = load64(frame->body);
	place = load64(frame->body + 8);
	if (place > area_size || size > area_size - place)
		return TSP_EPROTOCOL;
	frame->flags &= (uint8_t)~FRAME_APART;
	frame->body = area + place;
	frame->body_size = (size_t)size;
	return TSP_OK;
}

long frame_get(
	const uint8_t *bytes, size_t size, size_t limit, struct frame *ret_frame, size_t *ret_need)
{
	if (size < FRAME_HEADER) {
		if (ret_need != NULL)
			*ret_need = 0;
		return 0;
	}

	size_t whole = load32(bytes);
	uint8_t kind = bytes[4];
	size_t most = FRAME_LIMIT;

	if (kind == FRAME_HELLO)
		most = FRAME_HEADER + FRAME_HELLO_LIMIT;
	if (limit < most)
		most = limit;
	/* Judged by the header alone, before memory is taken for the body. */
	if (kind < FRAME_HELLO || kind > FRAME_RELAY_END || (bytes[5] & ~FRAME_FLAGS) != 0 ||
		load16(bytes + 6) != 0 || whole < FRAME_HEADER || whole > most)
		return TSP_EPROTOCOL;
	if (size < whole) {
		if (ret_need != NULL)
			*ret_need = whole;
		return 0;
	}
	*ret_frame = (struct frame){
		.kind = kind,
		.flags = bytes[5],
		.to = { load64(bytes + 8), load64(bytes + 16) },
		.from = { load64(bytes + 24), load64(bytes + 32) },
		.sequence = load64(bytes + 40),
		.body = bytes + FRAME_HEADER,
		.body_size = whole - FRAME_HEADER,
	};
	return (long)whole;
}

static bool has_text(enum done_kind kind)
{
	return kind == DONE_FAILED || kind == DONE_CRASHED;
}

/* An actor's words as UTF-8 of at most DONE_TEXT_LIMIT bytes; room is for what must be changed. */
static tsp_text fit_text(tsp_text text, char room[DONE_TEXT_LIMIT + 1])
{
	if (!text_is_utf8(text.data, text.size))
		return tsp_text_of(text_quote(text, room, DONE_TEXT_LIMIT + 1));
	return text_cut(text, DONE_TEXT_LIMIT);
}

int done_put(struct buffer *buffer, const struct done *done)
{
	bool failed = has_text(done->kind);
	char room[DONE_TEXT_LIMIT + 1];
	tsp_text text = failed ? fit_text(done->text, room) : (tsp_text){ 0 };
	size_t text_size = text.size;
	size_t size = failed ? DONE_FAILED_SIZE + text_size : DONE_SIZE;
	int rc = buffer_reserve(buffer, size);

	if (rc < 0)
		return rc;

	uint8_t *out = buffer->data + buffer->size;

	store64(out, done->first);
	store32(out + 8, done->count);
	out[12] = (uint8_t)done->kind;
	if (failed) {
		store32(out + DONE_SIZE, (uint32_t)done->code);
		store16(out + DONE_SIZE + 4, (uint16_t)text_size);
		if (text_size > 0)
			memcpy(out + DONE_FAILED_SIZE, text.data, text_size);
	}
	buffer->size += size;
	return TSP_OK;
}

int done_get(const uint8_t *bytes, size_t size, size_t *at, struct done *ret_done)
{
	if (*at >= size)
		return 0;

	const uint8_t *run = bytes + *at;
	size_t left = size - *at;

	if (left < DONE_SIZE)
		return TSP_EPROTOCOL;

	struct done done = { .first = load64(run), .count = load32(run + 8), .kind = run[12] };
	size_t step = DONE_SIZE;

	if (done.count == 0 || done.first == 0 || done.first > UINT64_MAX - done.count ||
		run[12] > DONE_CRASHED)
		return TSP_EPROTOCOL;
	if (has_text(done.kind)) {
		if (left < DONE_FAILED_SIZE)
			return TSP_EPROTOCOL;

		size_t text_size = load16(run + DONE_SIZE + 4);

		if (text_size > DONE_TEXT_LIMIT || text_size > left - DONE_FAILED_SIZE ||
			!text_is_utf8(run + DONE_FAILED_SIZE, text_size))
			return TSP_EPROTOCOL;
		done.code = (int32_t)load32(run + DONE_SIZE);
		done.text = (tsp_text){ (const char *)run + DONE_FAILED_SIZE, text_size };
		step = DONE_FAILED_SIZE + text_size;
	}
	*at += step;
	*ret_done = done;
	return 1;
}
