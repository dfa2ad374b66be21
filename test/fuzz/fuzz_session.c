/* SPDX-License-Identifier: MIT */
/*
 * One end of a connection of two systems against a stranger, and against a peer that has proved its key and then
 * sends what it likes. Of an input:
 *
 *    0  u8   bit 0: our end has dialled; bit 1: the peer has keys, and what follows are records; bit 2: its
 *            greeting is what follows; bit 3: what comes is copied, else opened where it lies; bit 4: or in
 *            another place that has little room
 *    1  u8   pieces that bytes come in; 0: as they are sent
 *    2  the bytes of a stranger, or of records each: u8 kind, u8 size, size bytes. Kind: bits 0 to 3 of it;
 *       bit 4: that is changed after it was sealed; bit 6: the bytes again and again, a whole record of them;
 *       bit 7: not sealed
 */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "link/session.h"
#include "test/fuzz/pairs.h"

#define OURS_DIALLED 1
#define PROVED	     2
#define OWN_GREETING 4
#define COPIED	     8
#define ROOM	     0x10
#define WRONG_KIND   0x10
#define WHOLE	     0x40
#define UNSEALED     0x80
#define HEADER	     3
#define KIND	     2

enum { DATA = 1, PING = 2, CLOSE = 4 };

const char fuzz_corpus[] = "session";

struct input {
	const uint8_t *bytes;
	size_t size;
	uint8_t mode;
	uint8_t piece;
};

struct peer {
	struct noise noise;
	struct noise_cipher sending;
	struct noise_cipher receiving;
	struct buffer data; /* that it has sent in records */
	size_t pongs;	    /* that are owed to it */
	bool is_over;	    /* it has sent the end, or what breaks the link */
};

static struct session *session_new(const struct input *input)
{
	struct session *session = input->mode & OURS_DIALLED ?
		session_dial(OURS, OUR_EPHEMERAL, THEIRS->public, convention, &our_hello) :
		session_answer(OURS, OUR_EPHEMERAL, convention);

	FUZZ_CHECK(session != NULL);
	return session;
}

static void check(struct session *session)
{
	const struct session_hello *hello = session_peer_hello(session);
	enum session_state state = session_state(session);

	FUZZ_CHECK((state == SESSION_BROKEN) == (session_fault(session)[0] != '\0'));
	if (state == SESSION_WAITS || state == SESSION_BROKEN)
		return;
	FUZZ_CHECK(hello->system != 0 && strlen(hello->address) <= SESSION_ADDRESS);
	for (const char *at = hello->address; *at != '\0'; at++)
		FUZZ_CHECK(*at > ' ' && *at <= '~');
}

/* In memory that ends where the bytes do. */
static void take(
	struct session *session, const struct input *input, const uint8_t *bytes, size_t size)
{
	uint8_t room[100];
	uint8_t *copy = malloc(size);
	const uint8_t *data;
	size_t data_size;

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, bytes, size);
	session_take(session, copy, size);
	while (session_next(
		session, input->mode & ROOM ? room : NULL, sizeof(room), &data, &data_size)) {
		FUZZ_CHECK(data_size <= SESSION_RECORD);
		FUZZ_CHECK((data == room) == (input->mode & ROOM && data_size <= sizeof(room)));
		FUZZ_CHECK(buffer_put(session_in(session), data, data_size) == 0);
	}
	free(copy);
}

static void receive(
	struct session *session, const struct input *input, const uint8_t *bytes, size_t size)
{
	size_t piece = input->piece > 0 ? input->piece : size;

	while (size > 0) {
		enum session_state before = session_state(session);

		piece = piece < size ? piece : size;
		if (input->mode & COPIED)
			session_receive(session, bytes, piece);
		else
			take(session, input, bytes, piece);
		check(session);
		if (before == SESSION_BROKEN || before == SESSION_CLOSED)
			FUZZ_CHECK(session_state(session) == before);
		bytes += piece;
		size -= piece;
	}
}

/* ---- Who has no key ---- */

/* Whoever has not proved a key is told nothing, and opens nothing. */
static void run_stranger(struct session *session, const struct input *input)
{
	struct buffer *out = session_out(session);
	size_t dialled = out->size;

	FUZZ_CHECK(dialled == (input->mode & OURS_DIALLED ? SESSION_FIRST : 0));
	receive(session, input, input->bytes, input->size);
	FUZZ_CHECK(out->size == dialled && session_in(session)->size == 0);
	FUZZ_CHECK(session_state(session) != SESSION_OPEN || input->size >= SESSION_SECOND);
	if (session_state(session) != SESSION_ASKED)
		return;
	FUZZ_CHECK(!(input->mode & OURS_DIALLED) && input->size == SESSION_FIRST);
	FUZZ_CHECK(session_admit(session, &our_hello) == 0);
	FUZZ_CHECK(session_state(session) == SESSION_OPEN && out->size == SESSION_SECOND);
}

/* ---- Who has one ---- */

static size_t greeting(const struct input *input, uint8_t payload[SESSION_HELLO])
{
	size_t size = input->size < SESSION_HELLO ? input->size : SESSION_HELLO;

	memset(payload, 0, SESSION_HELLO);
	if (input->mode & OWN_GREETING) {
		memcpy(payload, input->bytes, size);
		return size;
	}
	payload[0] = PREAMBLE_VERSION;
	payload[8] = 0xb2;
	return 0;
}

static void shake_as_dialler(
	struct session *session, const struct input *input, struct peer *peer, const uint8_t *payload)
{
	uint8_t preamble[PREAMBLE_SIZE];
	uint8_t answer[SESSION_HELLO];
	struct buffer *out = session_out(session);
	struct buffer first;

	buffer_init(&first, SESSION_FIRST);
	preamble_write(preamble, convention);
	FUZZ_CHECK(buffer_put(&first, preamble, sizeof(preamble)) == 0);
	noise_begin(&peer->noise, THEIRS, THEIR_EPHEMERAL, OURS->public, preamble, sizeof(preamble));
	FUZZ_CHECK(noise_write_first(&peer->noise, payload, SESSION_HELLO, &first) == 0);
	receive(session, input, first.data, first.size);
	buffer_clear(&first);
	FUZZ_CHECK(out->size == 0);
	if (session_state(session) == SESSION_BROKEN)
		return;
	FUZZ_CHECK(session_state(session) == SESSION_ASKED);
	FUZZ_CHECK(memcmp(session_peer(session), THEIRS->public, NOISE_KEY) == 0);
	FUZZ_CHECK(session_admit(session, &our_hello) == 0 && out->size == SESSION_SECOND);
	FUZZ_CHECK(noise_read_second(&peer->noise, out->data, out->size, answer) == 0);
	buffer_drop(out, out->size);
	noise_split(&peer->noise, &peer->sending, &peer->receiving);
}

static void shake_as_answerer(
	struct session *session, const struct input *input, struct peer *peer, const uint8_t *payload)
{
	uint8_t hello[SESSION_HELLO];
	struct buffer *out = session_out(session);
	struct buffer second;

	buffer_init(&second, SESSION_SECOND);
	noise_begin(&peer->noise, THEIRS, THEIR_EPHEMERAL, NULL, out->data, PREAMBLE_SIZE);
	FUZZ_CHECK(noise_read_first(&peer->noise, out->data + PREAMBLE_SIZE,
			   out->size - PREAMBLE_SIZE, hello) == 0);
	buffer_drop(out, out->size);
	FUZZ_CHECK(noise_write_second(&peer->noise, payload, SESSION_HELLO, &second) == 0);
	receive(session, input, second.data, second.size);
	buffer_clear(&second);
	noise_split(&peer->noise, &peer->receiving, &peer->sending);
}

static void send_record(struct session *session, const struct input *input, struct peer *peer,
	uint8_t kind, const uint8_t *bytes, size_t size)
{
	static uint8_t record[HEADER + SESSION_RECORD + NOISE_TAG];
	uint8_t *text = record + HEADER;
	size_t text_size = kind & WHOLE && size > 0 ? SESSION_RECORD : size;
	size_t whole = text_size + NOISE_TAG;

	for (size_t at = 0; at < text_size; at++)
		text[at] = bytes[at % size];
	record[0] = (uint8_t)whole;
	record[1] = (uint8_t)(whole >> 8);
	record[KIND] = kind & 0xf;
	peer->is_over = peer->is_over || kind & WRONG_KIND;
	if (!peer->is_over && record[KIND] == DATA)
		FUZZ_CHECK(buffer_put(&peer->data, text, text_size) == 0);
	peer->pongs += !peer->is_over && text_size == 8 && record[KIND] == PING;
	peer->is_over = peer->is_over || record[KIND] == CLOSE;
	FUZZ_CHECK(noise_seal(&peer->sending, record, HEADER, text, text_size, text) == 0);
	record[KIND] ^= kind & WRONG_KIND;
	receive(session, input, record, HEADER + whole);
}

static void send_all(struct session *session, const struct input *input, struct peer *peer, size_t at)
{
	while (input->size - at >= 2) {
		uint8_t kind = input->bytes[at];
		size_t size = input->bytes[at + 1];
		const uint8_t *bytes = input->bytes + at + 2;

		size = size < input->size - at - 2 ? size : input->size - at - 2;
		if (kind & UNSEALED && size > 0) {
			/* it may be the beginning of a record, which what comes next is no end of */
			peer->is_over = true;
			receive(session, input, bytes, size);
		} else {
			send_record(session, input, peer, kind, bytes, size);
		}
		at += 2 + size;
	}
}

/* All that it is answered are records that it can open, a pong for each ping. */
static void check_answers(struct session *session, struct peer *peer)
{
	struct buffer *out = session_out(session);

	while (out->size > 0) {
		size_t size = out->data[0] | (size_t)out->data[1] << 8;

		FUZZ_CHECK(size == 8 + NOISE_TAG && out->size >= HEADER + size);
		FUZZ_CHECK(noise_open(&peer->receiving, out->data, HEADER, out->data + HEADER, size,
				   out->data + HEADER) == 0);
		buffer_drop(out, HEADER + size);
		FUZZ_CHECK(peer->pongs-- > 0);
	}
	FUZZ_CHECK(peer->pongs == 0);
}

static void run_peer(struct session *session, const struct input *input)
{
	struct buffer *in = session_in(session);
	uint8_t payload[SESSION_HELLO];
	struct peer peer = { 0 };
	size_t at = greeting(input, payload);

	buffer_init(&peer.data, SESSION_IN_LIMIT);
	if (input->mode & OURS_DIALLED)
		shake_as_answerer(session, input, &peer, payload);
	else
		shake_as_dialler(session, input, &peer, payload);
	if (session_state(session) == SESSION_OPEN) {
		send_all(session, input, &peer, at);
		check_answers(session, &peer);
		FUZZ_CHECK(peer.is_over || session_state(session) == SESSION_OPEN);
		FUZZ_CHECK(in->size == peer.data.size);
		FUZZ_CHECK(in->size == 0 || memcmp(in->data, peer.data.data, in->size) == 0);
	} else {
		FUZZ_CHECK(session_state(session) == SESSION_BROKEN && input->mode & OWN_GREETING);
	}
	buffer_clear(&peer.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input;
	struct session *session;

	if (size < 2)
		return 0;
	input = (struct input){ bytes + 2, size - 2, bytes[0], bytes[1] };
	session = session_new(&input);
	if (input.mode & PROVED)
		run_peer(session, &input);
	else
		run_stranger(session, &input);
	session_free(session);
	return 0;
}
