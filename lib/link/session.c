/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/session.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "link/number.h"

#define REKEY_EVERY ((uint64_t)1 << 20) /* records */
#define OUT_LIMIT   ((size_t)256 * 1024 * 1024)
#define HEADER	    3 /* size and kind: bound by the seal, not sealed, so that nothing is moved to be sealed */
#define KIND	    2 /* where it stands, and how large the size before it is */
#define AROUND	    (HEADER + NOISE_TAG) /* what a record has beside what it carries */
/* Beyond what a member's window puts there; only who does not read makes it grow so far by pings. */
#define PONGS_LIMIT ((size_t)64 * 1024 * 1024)

enum record { RECORD_DATA = 1, RECORD_PING = 2, RECORD_PONG = 3, RECORD_CLOSE = 4 };

struct session {
	bool dialled; /* by us */
	bool patient; /* an answer that does not hold is none */
	enum session_state state;
	const char *fault;
	uint8_t convention[CONVENTION_SIZE];
	struct noise_pair own;
	struct noise_pair ephemeral;
	struct noise noise;
	struct noise_cipher sending;
	struct noise_cipher receiving;
	uint8_t peer[NOISE_KEY];
	struct session_hello hello; /* the peer's */
	struct buffer stream;	    /* what has come and was no whole record yet */
	size_t spent;		    /* bytes of it that are records which were opened */
	uint8_t *came;		    /* what stands behind it, borrowed */
	size_t came_size;
	struct buffer in;
	struct buffer pending;
	struct buffer out;
	bool has_sign; /* a record was opened */
	bool has_pong;
	uint64_t pong;
};

const char session_is_not_for_us[] = "it does not know our key, or its bytes were changed on their way";

static void break_off(struct session *session, const char *fault)
{
	if (session->state == SESSION_BROKEN)
		return;
	session->state = SESSION_BROKEN;
	session->fault = fault;
}

/* ---- The hello: fixed in size, so that its length tells nothing ---- */

static void hello_write(const struct session_hello *hello, uint8_t out[SESSION_HELLO])
{
	size_t size = strlen(hello->address);

	memset(out, 0, SESSION_HELLO);
	put_number(out, PREAMBLE_VERSION, 2);
	out[2] = hello->has_secret;
	out[3] = (uint8_t)size;
	put_number(out + 4, hello->membership, 4);
	put_number(out + 8, hello->system, 8);
	put_number(out + 16, hello->received, 8);
	put_number(out + 24, (uint64_t)hello->wall_ms, 8);
	if (hello->has_secret)
		memcpy(out + 32, hello->secret, SESSION_SECRET);
	put_number(out + 64, hello->about, 8);
	memcpy(out + 72, hello->address, size);
}

static bool hello_read(struct session_hello *hello, const uint8_t bytes[SESSION_HELLO])
{
	memset(hello, 0, sizeof(*hello));
	if (bytes[3] > SESSION_ADDRESS)
		return false;
	hello->has_secret = bytes[2] == 1;
	hello->membership = (uint32_t)get_number(bytes + 4, 4);
	hello->system = get_number(bytes + 8, 8);
	hello->received = get_number(bytes + 16, 8);
	hello->wall_ms = (int64_t)get_number(bytes + 24, 8);
	memcpy(hello->secret, bytes + 32, SESSION_SECRET);
	hello->about = get_number(bytes + 64, 8);
	memcpy(hello->address, bytes + 72, bytes[3]);
	for (size_t i = 0; i < bytes[3]; i++) /* it is shown, and dialled */
		if (hello->address[i] <= ' ' || hello->address[i] > '~')
			return false;
	return get_number(bytes, 2) == PREAMBLE_VERSION && hello->system != 0;
}

/* ---- Begin and end ---- */

static struct session *session_new(const struct noise_pair *own,
	const struct noise_pair *ephemeral, const uint8_t convention[CONVENTION_SIZE])
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return NULL;
	session->own = *own;
	session->ephemeral = *ephemeral;
	memcpy(session->convention, convention, CONVENTION_SIZE);
	buffer_init(&session->stream, SESSION_IN_LIMIT);
	buffer_init(&session->in, SESSION_IN_LIMIT);
	buffer_init(&session->pending, OUT_LIMIT);
	buffer_init(&session->out, OUT_LIMIT);
	return session;
}

struct session *session_dial(const struct noise_pair *own, const struct noise_pair *ephemeral,
	const uint8_t peer[NOISE_KEY], const uint8_t convention[CONVENTION_SIZE],
	const struct session_hello *hello)
{
	struct session *session = session_new(own, ephemeral, convention);
	uint8_t preamble[PREAMBLE_SIZE];
	uint8_t payload[SESSION_HELLO];
	int rc;

	if (session == NULL)
		return NULL;
	session->dialled = true;
	memcpy(session->peer, peer, NOISE_KEY);
	preamble_write(preamble, convention);
	hello_write(hello, payload);
	noise_begin(&session->noise, own, ephemeral, peer, preamble, sizeof(preamble));
	rc = buffer_put(&session->out, preamble, sizeof(preamble));
	if (rc == 0)
		rc = noise_write_first(&session->noise, payload, sizeof(payload), &session->out);
	sodium_memzero(payload, sizeof(payload));
	if (rc < 0) {
		session_free(session);
		return NULL;
	}
	return session;
}

struct session *session_answer(const struct noise_pair *own, const struct noise_pair *ephemeral,
	const uint8_t convention[CONVENTION_SIZE])
{
	return session_new(own, ephemeral, convention);
}

void session_free(struct session *session)
{
	if (session == NULL)
		return;
	buffer_clear(&session->stream);
	buffer_clear(&session->in);
	buffer_clear(&session->pending);
	buffer_clear(&session->out);
	sodium_memzero(session, sizeof(*session));
	free(session);
}

/* ---- Records ---- */

/* The bytes are sealed from where they lie. */
static void put_record(
	struct session *session, enum record kind, const void *bytes, size_t size)
{
	struct buffer *out = &session->out;
	size_t whole = size + AROUND;
	uint8_t *at;

	if (buffer_reserve(out, whole) < 0) {
		break_off(session, "no memory for what it does not take");
		return;
	}
	at = out->data + out->size;
	put_number(at, whole - HEADER, KIND);
	at[KIND] = (uint8_t)kind;
	(void)noise_seal(&session->sending, at, HEADER, bytes, size, at + HEADER);
	out->size += whole;
	if (session->sending.counter % REKEY_EVERY == 0)
		noise_rekey(&session->sending);
}

void session_seal(struct session *session)
{
	struct buffer *pending = &session->pending;
	size_t at = 0;

	while (session->state == SESSION_OPEN && at < pending->size) {
		size_t size = pending->size - at;

		if (size > SESSION_RECORD)
			size = SESSION_RECORD;
		put_record(session, RECORD_DATA, pending->data + at, size);
		at += size;
	}
	pending->size = 0;
}

int session_put(struct session *session, const void *bytes, size_t size)
{
	struct buffer *pending = &session->pending;
	const uint8_t *at = bytes;
	int rc = 0;

	if (size > SESSION_RECORD) /* else room would be made for one record after the other */
		rc = buffer_reserve(&session->out, size + (size / SESSION_RECORD + 2) * AROUND);
	while (rc == 0 && size > 0) {
		size_t part;

		if (pending->size >= SESSION_RECORD)
			session_seal(session);
		part = SESSION_RECORD - pending->size;
		if (part > size)
			part = size;
		if (part == SESSION_RECORD)
			put_record(session, RECORD_DATA, at, part);
		else
			rc = buffer_put(pending, at, part);
		at += part;
		size -= part;
	}
	return session->state == SESSION_OPEN ? rc : TSP_ENOMEM;
}

void session_ping(struct session *session, uint64_t stamp)
{
	uint8_t bytes[8];

	put_number(bytes, stamp, 8);
	if (session->state == SESSION_OPEN)
		put_record(session, RECORD_PING, bytes, sizeof(bytes));
}

void session_close(struct session *session)
{
	session_seal(session);
	if (session->state == SESSION_OPEN)
		put_record(session, RECORD_CLOSE, NULL, 0);
}

bool session_take_sign(struct session *session)
{
	bool has = session->has_sign;

	session->has_sign = false;
	return has;
}

bool session_take_pong(struct session *session, uint64_t *ret_stamp)
{
	bool has = session->has_pong;

	session->has_pong = false;
	*ret_stamp = session->pong;
	return has;
}

static void hear_record(
	struct session *session, enum record kind, const uint8_t *bytes, size_t size)
{
	switch (kind) {
	case RECORD_PING:
		if (session->out.size > PONGS_LIMIT)
			break_off(session, "it pings and does not take the answers");
		else if (size == 8)
			put_record(session, RECORD_PONG, bytes, size);
		return;
	case RECORD_PONG:
		if (size != 8)
			return;
		session->has_pong = true;
		session->pong = get_number(bytes, 8);
		return;
	case RECORD_CLOSE:
		session->state = SESSION_CLOSED;
		return;
	default:
		return; /* of a later version */
	}
}

static void drop_spent(struct session *session)
{
	buffer_drop(&session->stream, session->spent);
	session->spent = 0;
}

/* Has the stream go on with so many bytes behind those that are spent; false: so many have not come. */
static bool gather(struct session *session, size_t size)
{
	struct buffer *stream = &session->stream;
	size_t has = stream->size - session->spent;
	size_t more = has < size ? size - has : 0;

	if (more > session->came_size)
		more = session->came_size;
	if (more > 0)
		drop_spent(session);
	if (buffer_put(stream, session->came, more) < 0) {
		break_off(session, "no memory for what it sent");
		return false;
	}
	session->came += more;
	session->came_size -= more;
	return has + more >= size;
}

/* Where it lies, if it came as a whole, else put together in the stream. NULL: none is there. */
static uint8_t *next_record(struct session *session)
{
	struct buffer *stream = &session->stream;
	bool lies = stream->size == session->spent && session->came_size >= HEADER;
	uint8_t *record = session->came;
	size_t size;

	if (!lies && !gather(session, HEADER))
		return NULL;
	if (!lies)
		record = stream->data + session->spent;
	size = HEADER + get_number(record, KIND);
	if (size < AROUND || size > AROUND + SESSION_RECORD) {
		break_off(session, "it sent a record of a size that none has");
		return NULL;
	}
	if (lies && session->came_size >= size) {
		session->came += size;
		session->came_size -= size;
		return record;
	}
	if (!gather(session, size))
		return NULL;
	record = stream->data + session->spent;
	session->spent += size;
	return record;
}

bool session_next(struct session *session, uint8_t *room, size_t room_size, const uint8_t **ret_bytes,
	size_t *ret_size)
{
	uint8_t *record;

	while (session->state == SESSION_OPEN && (record = next_record(session)) != NULL) {
		enum record kind = record[KIND];
		uint8_t *sealed = record + HEADER;
		size_t size = get_number(record, KIND);
		bool fits = room != NULL && size - NOISE_TAG <= room_size;
		uint8_t *text = kind == RECORD_DATA && fits ? room : sealed;

		if (noise_open(&session->receiving, record, HEADER, sealed, size, text) < 0) {
			break_off(session, "a record was changed on its way, left out or sent twice");
			return false;
		}
		session->has_sign = true;
		if (session->receiving.counter % REKEY_EVERY == 0)
			noise_rekey(&session->receiving);
		size -= NOISE_TAG;
		if (kind == RECORD_DATA) {
			*ret_bytes = text;
			*ret_size = size;
			return true;
		}
		hear_record(session, kind, text, size);
	}
	return false;
}

/* ---- The handshake ---- */

static void open_up(struct session *session)
{
	if (session->dialled)
		noise_split(&session->noise, &session->sending, &session->receiving);
	else
		noise_split(&session->noise, &session->receiving, &session->sending);
	sodium_memzero(&session->ephemeral, sizeof(session->ephemeral));
	session->state = SESSION_OPEN;
}

static void hear_first(struct session *session)
{
	struct buffer *stream = &session->stream;
	uint8_t payload[SESSION_HELLO];
	const char *fault = preamble_fault(stream->data, stream->size, session->convention);
	int rc;

	if (fault != NULL) {
		break_off(session, fault);
		return;
	}
	if (stream->size < SESSION_FIRST)
		return;
	noise_begin(&session->noise, &session->own, &session->ephemeral, NULL, stream->data,
		PREAMBLE_SIZE);
	rc = noise_read_first(&session->noise, stream->data + PREAMBLE_SIZE,
		SESSION_FIRST - PREAMBLE_SIZE, payload);
	if (rc < 0)
		break_off(session, session_is_not_for_us);
	else if (stream->size > SESSION_FIRST || !hello_read(&session->hello, payload))
		break_off(session, "its greeting is not as it is to be");
	sodium_memzero(payload, sizeof(payload));
	if (session->state == SESSION_BROKEN)
		return;
	memcpy(session->peer, session->noise.peer, NOISE_KEY);
	buffer_clear(stream);
	session->state = SESSION_ASKED;
}

static void hear_second(struct session *session)
{
	struct buffer *stream = &session->stream;
	uint8_t payload[SESSION_HELLO];
	struct noise before;
	bool holds;

	if (stream->size < SESSION_SECOND)
		return;
	before = session->noise;
	holds = noise_read_second(&session->noise, stream->data, SESSION_SECOND, payload) == 0;
	if (!holds && session->patient) {
		session->noise = before;
		stream->size = 0;
	}
	sodium_memzero(&before, sizeof(before));
	if (!holds && session->patient)
		return;
	if (!holds) {
		break_off(session, "it did not prove the key that is expected there");
		return;
	}
	if (!hello_read(&session->hello, payload)) {
		break_off(session, "its greeting is not as it is to be");
		return;
	}
	buffer_drop(stream, SESSION_SECOND);
	open_up(session);
}

int session_admit(struct session *session, const struct session_hello *hello)
{
	uint8_t payload[SESSION_HELLO];
	int rc;

	hello_write(hello, payload);
	rc = noise_write_second(&session->noise, payload, sizeof(payload), &session->out);
	sodium_memzero(payload, sizeof(payload));
	if (rc < 0) {
		break_off(session, "no memory for the answer");
		return rc;
	}
	open_up(session);
	return 0;
}

/* Until it is open all that comes goes into the stream. */
static void hear(struct session *session, const uint8_t *bytes, size_t size)
{
	drop_spent(session);
	if (buffer_put(&session->stream, bytes, size) < 0) {
		break_off(session, "no memory for what it sent");
		return;
	}
	if (session->state == SESSION_ASKED)
		break_off(session, "it spoke on before it was answered");
	else if (session->state == SESSION_WAITS && session->dialled)
		hear_second(session);
	else if (session->state == SESSION_WAITS)
		hear_first(session);
}

void session_take(struct session *session, uint8_t *bytes, size_t size)
{
	session->came = NULL;
	session->came_size = 0;
	if (session->state == SESSION_BROKEN || session->state == SESSION_CLOSED)
		return;
	if (session->state != SESSION_OPEN) {
		hear(session, bytes, size);
		return;
	}
	session->came = bytes;
	session->came_size = size;
}

void session_receive(struct session *session, const uint8_t *bytes, size_t size)
{
	const uint8_t *data;
	size_t data_size;

	if (session->state == SESSION_BROKEN || session->state == SESSION_CLOSED)
		return;
	hear(session, bytes, size);
	while (session_next(session, NULL, 0, &data, &data_size))
		if (buffer_put(&session->in, data, data_size) < 0)
			break_off(session, "it sent more than a frame may have");
}

enum session_state session_state(const struct session *session)
{
	return session->state;
}

const char *session_fault(const struct session *session)
{
	return session->fault != NULL ? session->fault : "";
}

const uint8_t *session_peer(const struct session *session)
{
	return session->peer;
}

const struct session_hello *session_peer_hello(const struct session *session)
{
	return &session->hello;
}

struct buffer *session_in(struct session *session)
{
	return &session->in;
}

struct buffer *session_pending(struct session *session)
{
	return &session->pending;
}

struct buffer *session_out(struct session *session)
{
	return &session->out;
}

void session_be_patient(struct session *session)
{
	session->patient = true;
}

void session_ciphers(const struct session *session, struct noise_cipher *ret_sending,
	struct noise_cipher *ret_receiving)
{
	*ret_sending = session->sending;
	*ret_receiving = session->receiving;
}

void session_stop(struct session *session, const char *fault)
{
	if (fault != NULL)
		break_off(session, fault);
	else if (session->state == SESSION_OPEN)
		session->state = SESSION_CLOSED;
}
