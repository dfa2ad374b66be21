/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/datagram.h"

#include <stdlib.h>
#include <string.h>

#include "link/number.h"
#include "link/seals.h"
#include "link/stream.h"

#define GREET_AGAIN (250 * CLOCK_MS)	      /* and then twice as late each time, */
#define GREET_MOST  CLOCK_SECOND	      /* up to this */
#define TELLS_BYTES ((size_t)4 * 1024 * 1024) /* that wait for the socket */
#define HELD_BYTES  ((size_t)1024 * 1024)     /* that wait for what is ahead of them */
#define CLEAR	    SEALS_CLEAR
#define INNER	    (DATAGRAM_HEAD - CLEAR) /* kind, offset, what has arrived in order */
#define PACK	    1200		    /* bytes of small tells that go together */

enum inner {
	INNER_SEGMENT = 1,
	INNER_TELLS = 2,
	INNER_PING = 3,
	INNER_PONG = 4,
	INNER_ARRIVED = 5,
	INNER_CLOSE = 6
};

/* Frames that are told, and the offset of the stream that they stand behind. */
struct told {
	struct list link;
	uint64_t after;
	size_t size;
	uint8_t bytes[];
};

struct tells {
	struct list list;
	size_t bytes;
	size_t count;
};

struct datagram {
	struct session *session;
	uint32_t own, peer;
	uint8_t greeting[NOISE_KEY]; /* its ephemeral key */
	uint8_t tag[COOKIE_TAG];     /* of ours, */
	uint8_t cookie[COOKIE_SIZE]; /* and what it is to show */
	bool has_cookie;
	bool greets;		     /* we have dialled */
	bool answers;		     /* its answer is to go */
	bool begun;
	bool proved;
	clock_ns greet_at, greet_wait;
	struct seals seals;
	struct stream stream;
	struct tells tells; /* to go */
	struct tells held;  /* came before what is ahead of them */
	struct told *out;   /* handed out last */
	bool pings, pongs, has_pong;
	uint64_t ping, pong_out, pong;
	int closes; /* how often the end is still to be said */
	bool closing, ends;
	uint64_t ends_after;
};

enum datagram_kind datagram_look(const uint8_t *bytes, size_t size, uint32_t *ret_index)
{
	if (size < 8 || get_number(bytes + 1, 3) != 0)
		return DATAGRAM_NONE;
	*ret_index = (uint32_t)get_number(bytes + 4, 4);
	if (*ret_index == 0)
		return DATAGRAM_NONE;
	if (bytes[0] == DATAGRAM_IS_FIRST && size == DATAGRAM_FIRST)
		return DATAGRAM_IS_FIRST;
	if (bytes[0] == DATAGRAM_IS_SECOND && size == DATAGRAM_SECOND)
		return DATAGRAM_IS_SECOND;
	if (bytes[0] == DATAGRAM_IS_SEALED && size >= DATAGRAM_HEAD + NOISE_TAG &&
		size <= DATAGRAM_LIMIT)
		return DATAGRAM_IS_SEALED;
	if (bytes[0] == DATAGRAM_IS_COOKIE && size == DATAGRAM_COOKIE)
		return DATAGRAM_IS_COOKIE;
	return DATAGRAM_NONE;
}

void datagram_ask(const uint8_t key[NOISE_KEY], const uint8_t first[DATAGRAM_FIRST],
	const uint8_t cookie[COOKIE_SIZE], const uint8_t nonce[COOKIE_NONCE],
	uint8_t out[DATAGRAM_COOKIE])
{
	put_number(out, DATAGRAM_IS_COOKIE, 4);
	memcpy(out + 4, first + 4, 4);
	cookie_seal(key, first + DATAGRAM_BARE, nonce, cookie, out + 8);
}

static void tells_clear(struct tells *tells)
{
	while (!list_empty(&tells->list)) {
		struct told *told = list_item(tells->list.next, struct told, link);

		list_remove(&told->link);
		free(told);
	}
	tells->bytes = tells->count = 0;
}

static struct told *tells_first(const struct tells *tells)
{
	return list_empty(&tells->list) ? NULL : list_item(tells->list.next, struct told, link);
}

static void tells_take(struct tells *tells, struct told *told)
{
	list_remove(&told->link);
	tells->bytes -= told->size;
	tells->count--;
}

/* In the order of what they stand behind; dropped where there is no room: small ones cost more than their bytes. */
static void tells_put(
	struct tells *tells, size_t most, uint64_t after, const void *bytes, size_t size)
{
	struct list *at = tells->list.prev;
	bool fits = tells->bytes + tells->count * sizeof(struct told) + size <= most;
	struct told *told = size > 0 && fits ? malloc(sizeof(*told) + size) : NULL;

	if (told == NULL)
		return;
	told->after = after;
	told->size = size;
	memcpy(told->bytes, bytes, size);
	while (at != &tells->list && list_item(at, struct told, link)->after > after)
		at = at->prev;
	list_append(at->next, &told->link);
	tells->bytes += size;
	tells->count++;
}

struct datagram *datagram_new(struct session *session, uint32_t own, clock_ns now)
{
	struct datagram *datagram = calloc(1, sizeof(*datagram));

	if (datagram == NULL)
		return NULL;
	datagram->session = session;
	datagram->own = own;
	datagram->greets = session_out(session)->size > 0;
	datagram->greet_at = now;
	datagram->greet_wait = GREET_AGAIN;
	stream_init(&datagram->stream);
	list_init(&datagram->tells.list);
	list_init(&datagram->held.list);
	session_be_patient(session);
	return datagram;
}

void datagram_free(struct datagram *datagram)
{
	if (datagram == NULL)
		return;
	stream_clear(&datagram->stream);
	tells_clear(&datagram->tells);
	tells_clear(&datagram->held);
	free(datagram->out);
	explicit_bzero(&datagram->seals, sizeof(datagram->seals));
	free(datagram);
}

uint32_t datagram_index(const struct datagram *datagram)
{
	return datagram->own;
}

bool datagram_is_proved(const struct datagram *datagram)
{
	return datagram->proved;
}

bool datagram_is_repeated(const struct datagram *datagram, const uint8_t *bytes, size_t size)
{
	return size == DATAGRAM_FIRST && get_number(bytes + 4, 4) == datagram->peer &&
		memcmp(bytes + 8 + PREAMBLE_SIZE, datagram->greeting, NOISE_KEY) == 0;
}

/* ---- What comes ---- */

static bool begin(struct datagram *datagram)
{
	struct noise_cipher sending, receiving;

	if (datagram->begun)
		return true;
	if (session_state(datagram->session) != SESSION_OPEN)
		return false;
	session_ciphers(datagram->session, &sending, &receiving);
	seals_begin(&datagram->seals, &sending, &receiving);
	explicit_bzero(&sending, sizeof(sending));
	explicit_bzero(&receiving, sizeof(receiving));
	datagram->begun = true;
	if (datagram->greets)
		buffer_clear(session_out(datagram->session)); /* the greeting */
	return true;
}

static bool hear_first(struct datagram *datagram, const uint8_t *bytes)
{
	if (datagram_is_repeated(datagram, bytes, DATAGRAM_FIRST))
		datagram->answers = true;
	if (datagram->greets || datagram->peer != 0)
		return false;
	datagram->peer = (uint32_t)get_number(bytes + 4, 4);
	memcpy(datagram->greeting, bytes + 8 + PREAMBLE_SIZE, NOISE_KEY);
	session_receive(datagram->session, bytes + 8, SESSION_FIRST);
	datagram->answers = true;
	return true;
}

static bool hear_second(struct datagram *datagram, const uint8_t *bytes, clock_ns now)
{
	if (!datagram->greets || datagram->begun)
		return false;
	session_receive(datagram->session, bytes + 12, SESSION_SECOND);
	if (!begin(datagram))
		return false;
	datagram->peer = (uint32_t)get_number(bytes + 8, 4);
	datagram->greet_at = now;
	datagram->greet_wait = GREET_AGAIN;
	return true;
}

/* The greeting goes again with it: the first time at once, then when it is time. */
static void hear_cookie(struct datagram *datagram, const uint8_t *bytes, clock_ns now)
{
	uint8_t cookie[COOKIE_SIZE];

	if (!datagram->greets || datagram->begun ||
		!cookie_open(session_peer(datagram->session), datagram->tag, bytes + 8, cookie))
		return;
	memcpy(datagram->cookie, cookie, COOKIE_SIZE);
	if (!datagram->has_cookie)
		datagram->greet_at = now;
	datagram->has_cookie = true;
}

static void hear_arrived(
	struct datagram *datagram, uint64_t before, const uint8_t *bytes, size_t size, clock_ns now)
{
	struct stream_range ranges[STREAM_RANGES];
	size_t count = size / 16 < STREAM_RANGES ? size / 16 : STREAM_RANGES;

	for (size_t i = 0; i < count; i++) {
		ranges[i].from = get_number(bytes + 16 * i, 8);
		ranges[i].to = get_number(bytes + 16 * i + 8, 8);
	}
	if (stream_acknowledged(&datagram->stream, before, ranges, count, now) < 0)
		session_stop(datagram->session, "it has what was never sent to it");
}

static void hear_sealed(struct datagram *datagram, const uint8_t *text, size_t size, clock_ns now)
{
	uint64_t offset = get_number(text + 1, 8);
	const uint8_t *rest = text + INNER;
	bool arrived = text[0] == INNER_ARRIVED;

	size -= INNER;
	hear_arrived(datagram, get_number(text + 9, 8), rest, arrived ? size : 0, now);
	switch (text[0]) {
	case INNER_SEGMENT:
		if (stream_arrived(&datagram->stream, offset, rest, size) < 0)
			session_stop(datagram->session, "its segments are none of a stream");
		return;
	case INNER_TELLS:
		tells_put(&datagram->held, HELD_BYTES, offset, rest, size);
		return;
	case INNER_PING:
		datagram->pongs = size == 8;
		if (size == 8)
			datagram->pong_out = get_number(rest, 8);
		return;
	case INNER_PONG:
		datagram->has_pong = size == 8;
		if (size == 8)
			datagram->pong = get_number(rest, 8);
		return;
	case INNER_CLOSE:
		datagram->ends = true;
		datagram->ends_after = offset;
		return;
	default:
		return; /* of a later version */
	}
}

bool datagram_receive(struct datagram *datagram, uint8_t *bytes, size_t size, clock_ns now)
{
	uint32_t index;
	long opened;

	switch (datagram_look(bytes, size, &index)) {
	case DATAGRAM_IS_FIRST:
		return hear_first(datagram, bytes);
	case DATAGRAM_IS_SECOND:
		return index == datagram->own && hear_second(datagram, bytes, now);
	case DATAGRAM_IS_COOKIE:
		if (index == datagram->own)
			hear_cookie(datagram, bytes, now);
		return false;
	case DATAGRAM_IS_SEALED:
		break;
	default:
		return false;
	}
	if (index != datagram->own || !begin(datagram))
		return false;
	opened = seals_open(&datagram->seals, bytes, size);
	if (opened < INNER)
		return false;
	if (!datagram->proved && !datagram->greets)
		buffer_clear(session_out(datagram->session)); /* our answer has come there */
	datagram->proved = true;
	hear_sealed(datagram, bytes + CLEAR, (size_t)opened, now);
	return true;
}

bool datagram_step(struct datagram *datagram, const uint8_t **ret_tells, size_t *ret_size)
{
	struct stream *stream = &datagram->stream;
	struct told *told = tells_first(&datagram->held);
	int rc;

	free(datagram->out);
	datagram->out = NULL;
	*ret_tells = NULL;
	if (told != NULL && told->after <= stream->delivered) {
		tells_take(&datagram->held, told);
		datagram->out = told;
		*ret_tells = told->bytes;
		*ret_size = told->size;
		return true;
	}
	rc = stream_deliver(
		stream, told != NULL ? told->after : UINT64_MAX, session_in(datagram->session));
	if (rc < 0)
		session_stop(datagram->session, "it sent more than a frame may have");
	if (rc == 0 && datagram->ends && stream->delivered >= datagram->ends_after)
		session_stop(datagram->session, NULL);
	return rc > 0;
}

/* ---- What goes ---- */

void datagram_tell(struct datagram *datagram, const void *frame, size_t size)
{
	if (datagram->closing || size > DATAGRAM_TELL)
		return;
	tells_put(&datagram->tells, TELLS_BYTES,
		stream_end(&datagram->stream, session_pending(datagram->session)), frame, size);
}

void datagram_ping(struct datagram *datagram, uint64_t stamp)
{
	datagram->pings = true;
	datagram->ping = stamp;
}

bool datagram_take_pong(struct datagram *datagram, uint64_t *ret_stamp)
{
	bool has = datagram->has_pong;

	datagram->has_pong = false;
	*ret_stamp = datagram->pong;
	return has;
}

void datagram_close(struct datagram *datagram)
{
	datagram->closing = true;
	datagram->closes = 2; /* one may be lost; the other side would see an accident */
}

size_t datagram_unsent(const struct datagram *datagram)
{
	return stream_unsent(&datagram->stream, session_pending(datagram->session)) +
		datagram->tells.bytes;
}

bool datagram_is_done(const struct datagram *datagram)
{
	return !datagram->begun || (datagram_unsent(datagram) == 0 && datagram->closes == 0);
}

static size_t put_first(struct datagram *datagram, uint8_t *out)
{
	put_number(out, DATAGRAM_IS_FIRST, 4);
	put_number(out + 4, datagram->own, 4);
	memcpy(out + 8, session_out(datagram->session)->data, SESSION_FIRST);
	cookie_tag(session_peer(datagram->session), datagram->has_cookie ? datagram->cookie : NULL, out,
		DATAGRAM_BARE);
	memcpy(datagram->tag, out + DATAGRAM_BARE, COOKIE_TAG);
	return DATAGRAM_FIRST;
}

static size_t put_second(struct datagram *datagram, uint8_t *out)
{
	put_number(out, DATAGRAM_IS_SECOND, 4);
	put_number(out + 4, datagram->peer, 4);
	put_number(out + 8, datagram->own, 4);
	memcpy(out + 12, session_out(datagram->session)->data, SESSION_SECOND);
	return DATAGRAM_SECOND;
}

/* What stands behind INNER is there already. */
static size_t put_sealed(
	struct datagram *datagram, enum inner kind, uint64_t offset, size_t size, uint8_t *out)
{
	uint8_t *text = out + CLEAR;

	put_number(out, DATAGRAM_IS_SEALED, 4);
	put_number(out + 4, datagram->peer, 4);
	text[0] = kind;
	put_number(text + 1, offset, 8);
	put_number(text + 9, datagram->stream.delivered, 8);
	if (kind == INNER_ARRIVED || list_empty(&datagram->stream.arrived))
		datagram->stream.owes = false;
	if (seals_close(&datagram->seals, out, INNER + size) < 0) {
		session_stop(datagram->session, "its numbers are used up");
		return 0;
	}
	return DATAGRAM_HEAD + size + NOISE_TAG;
}

static size_t put_number_of(
	struct datagram *datagram, enum inner kind, uint64_t number, uint8_t *out)
{
	put_number(out + DATAGRAM_HEAD, number, 8);
	return put_sealed(datagram, kind, 0, 8, out);
}

static size_t put_segment(struct datagram *datagram, const struct segment *segment, uint8_t *out)
{
	memcpy(out + DATAGRAM_HEAD, segment->bytes, segment->size);
	return put_sealed(datagram, INNER_SEGMENT, segment->offset, segment->size, out);
}

/* Those that stand at the same place and are small go together. */
static size_t put_tells(struct datagram *datagram, uint8_t *out)
{
	struct told *told = tells_first(&datagram->tells);
	uint64_t after = told->after;
	size_t size = 0;

	do {
		memcpy(out + DATAGRAM_HEAD + size, told->bytes, told->size);
		size += told->size;
		tells_take(&datagram->tells, told);
		free(told);
		told = tells_first(&datagram->tells);
	} while (told != NULL && told->after == after && size + told->size <= PACK);
	return put_sealed(datagram, INNER_TELLS, after, size, out);
}

static size_t put_arrived(struct datagram *datagram, uint8_t *out)
{
	struct stream_range ranges[STREAM_RANGES];
	size_t count = stream_ranges(&datagram->stream, ranges);

	for (size_t i = 0; i < count; i++) {
		put_number(out + DATAGRAM_HEAD + 16 * i, ranges[i].from, 8);
		put_number(out + DATAGRAM_HEAD + 16 * i + 8, ranges[i].to, 8);
	}
	return put_sealed(datagram, INNER_ARRIVED, 0, 16 * count, out);
}

/* Lost ones first; then tells and the stream in the order in which they were given. */
static size_t next_bytes(struct datagram *datagram, clock_ns now, uint8_t *out)
{
	struct stream *stream = &datagram->stream;
	const struct told *told = tells_first(&datagram->tells);
	struct segment *segment = stream_lost(stream, now);

	if (segment == NULL && told != NULL && told->after <= stream->sent)
		return put_tells(datagram, out);
	if (segment == NULL)
		segment = stream_cut(stream, session_pending(datagram->session),
			told != NULL ? told->after : UINT64_MAX, now);
	return segment != NULL ? put_segment(datagram, segment, out) : 0;
}

static size_t next_sign(struct datagram *datagram, uint8_t *out)
{
	if (datagram->pongs) {
		datagram->pongs = false;
		return put_number_of(datagram, INNER_PONG, datagram->pong_out, out);
	}
	if (datagram->pings) {
		datagram->pings = false;
		return put_number_of(datagram, INNER_PING, datagram->ping, out);
	}
	if (datagram->stream.owes)
		return put_arrived(datagram, out);
	if (datagram->closes > 0 && datagram_unsent(datagram) == 0) {
		datagram->closes--;
		return put_sealed(datagram, INNER_CLOSE, datagram->stream.sent, 0, out);
	}
	return 0;
}

size_t datagram_next(struct datagram *datagram, clock_ns now, uint8_t *out)
{
	size_t size;

	if (datagram->greets && !datagram->proved && now >= datagram->greet_at) {
		datagram->greet_at = now + datagram->greet_wait;
		if (datagram->greet_wait < GREET_MOST)
			datagram->greet_wait *= 2;
		if (!begin(datagram))
			return put_first(datagram, out);
		datagram_ping(
			datagram, (uint64_t)now); /* the other side waits for something sealed */
	}
	if (!begin(datagram))
		return 0;
	if (datagram->answers && !datagram->proved) {
		datagram->answers = false;
		return put_second(datagram, out);
	}
	if (!datagram->greets && !datagram->proved)
		return 0;
	size = next_bytes(datagram, now, out);
	return size > 0 ? size : next_sign(datagram, out);
}

clock_ns datagram_due(const struct datagram *datagram)
{
	clock_ns due = datagram->begun ? stream_due(&datagram->stream) : CLOCK_NEVER;

	if (datagram->greets && !datagram->proved && datagram->greet_at < due)
		due = datagram->greet_at;
	return due;
}
