/* SPDX-License-Identifier: MIT */
/*
 * One end of a link over datagrams against a stranger, and against a peer that has proved its key and then sends what
 * it likes. Of an input:
 *
 *    0  u8   bit 0: our end has dialled; bit 1: the peer has keys
 *    1  the datagrams, each: u8 what, u8 size, of a peer i16 offset, i16 what it says that has arrived; size bytes.
 *       Of a stranger, what is its true greeting (bit 0), a cookie for ours (3), or zeros of the size of a first (1)
 *       or second (2) message, or nothing; the bytes are put over it. Of a peer, what is bits 0 to 3 the kind, 14: it
 *       passes over that many numbers, 15: our end has more to say; bit 4: 1000 bytes more, the bytes again and again;
 *       bit 5: offset and arrived count 256; bit 6: it is kept back until the next has gone; bit 7: the bytes are put
 *       over what was sealed
 */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <string.h>

#include "link/datagram.h"
#include "link/number.h"
#include "link/seals.h"
#include "link/stream.h"
#include "test/fuzz/pairs.h"

#define OURS_DIALLED 1
#define PROVED	     2

#define TRUE_FIRST  1
#define SIZE_FIRST  2
#define SIZE_SECOND 4
#define TRUE_COOKIE 8

#define WHOLE	0x10
#define FAR	0x20
#define KEPT	0x40
#define DAMAGED 0x80

#define ITEMS	    64
#define ITEM_HEAD   6
#define INNER	    (DATAGRAM_HEAD - SEALS_CLEAR)
#define OUR_INDEX   0x1234
#define THEIR_INDEX 0x77
#define TOLD	    0xee
#define EPOCH_BITS  20
#define STEP	    (30 * CLOCK_MS)

enum { SEGMENT = 1, TELLS = 2, PING = 3, ARRIVED = 5, CLOSE = 6, PASS_OVER = 14, MORE = 15 };

const char fuzz_corpus[] = "datagram";

/* What the peer has sealed; byte i of it is bytes[i % given]. */
struct item {
	uint8_t what;
	uint64_t offset, before;
	const uint8_t *bytes;
	size_t given, size;
	bool damaged, is_there, was_told;
	uint8_t sealed[DATAGRAM_HEAD + 1255 + NOISE_TAG];
	size_t sealed_size;
	uint64_t number;
};

struct run {
	uint8_t mode;
	struct session *session;
	struct datagram *datagram;
	struct noise noise; /* the peer's */
	struct seals seals; /* the peer's */
	clock_ns now;
	uint8_t tag[COOKIE_TAG]; /* of our greeting */
	bool has_cookie;
	const struct item *kept;
	uint64_t next, epoch;	 /* of numbers that were opened */
	uint64_t given, told;	 /* bytes that our end was to send */
	uint64_t sent, told_out; /* and has */
	size_t pings, pongs;
	size_t in, out; /* bytes of all datagrams */
	bool may_break;
	size_t count;
	struct item items[ITEMS];
};

static uint8_t room[DATAGRAM_LIMIT];

static uint8_t our_byte(uint64_t offset)
{
	return (uint8_t)(offset * 31 >> 3);
}

static uint8_t byte_of(const struct item *item, size_t at)
{
	return item->given > 0 ? item->bytes[at % item->given] : 0;
}

/* From memory of its exact size, for the sanitizer. */
static bool receive(struct run *run, const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);
	bool is_new;

	FUZZ_CHECK(exact != NULL);
	memcpy(exact, bytes, size);
	run->in += size;
	is_new = datagram_receive(run->datagram, exact, size, run->now);
	free(exact);
	return is_new;
}

/* ---- Who has no key ---- */

/* Always the same one, and made once: it is most of the time. */
static const uint8_t *true_first(void)
{
	static uint8_t first[DATAGRAM_FIRST];
	uint8_t payload[SESSION_HELLO] = { PREAMBLE_VERSION, [8] = 0xb2 };
	struct noise noise;
	struct buffer text;

	if (first[0] != 0)
		return first;
	buffer_init(&text, SESSION_FIRST);
	first[0] = DATAGRAM_IS_FIRST;
	put_number(first + 4, THEIR_INDEX, 4);
	preamble_write(first + 8, convention);
	noise_begin(&noise, THEIRS, THEIR_EPHEMERAL, OURS->public, first + 8, PREAMBLE_SIZE);
	FUZZ_CHECK(noise_write_first(&noise, payload, sizeof(payload), &text) == 0);
	memcpy(first + 8 + PREAMBLE_SIZE, text.data, text.size);
	buffer_clear(&text);
	return first;
}

static const uint8_t cookie[COOKIE_SIZE] = { 0x5a };

static void put_cookie(const struct run *run, uint8_t *out)
{
	static const uint8_t nonce[COOKIE_NONCE];

	put_number(out, DATAGRAM_IS_COOKIE, 4);
	put_number(out + 4, OUR_INDEX, 4);
	cookie_seal(THEIRS->public, run->tag, nonce, cookie, out + 8);
}

/* It gets no more bytes than it has sent, and nothing that is no greeting or answer. */
static void flush_to_stranger(struct run *run)
{
	enum datagram_kind kind = run->mode & OURS_DIALLED ? DATAGRAM_IS_FIRST : DATAGRAM_IS_SECOND;
	const uint8_t *tells;
	uint32_t index;
	size_t size;

	while ((size = datagram_next(run->datagram, run->now, room)) > 0) {
		FUZZ_CHECK(datagram_look(room, size, &index) == kind);
		run->out += size;
		if (kind == DATAGRAM_IS_FIRST) {
			FUZZ_CHECK(cookie_knows(THEIRS->public, room, DATAGRAM_BARE));
			FUZZ_CHECK(cookie_shown(cookie, room, DATAGRAM_BARE) == run->has_cookie);
			memcpy(run->tag, room + DATAGRAM_BARE, COOKIE_TAG);
		}
	}
	FUZZ_CHECK(run->mode & OURS_DIALLED || run->out <= run->in);
	FUZZ_CHECK(!datagram_is_proved(run->datagram));
	while (datagram_step(run->datagram, &tells, &size))
		FUZZ_CHECK(tells == NULL);
	FUZZ_CHECK(session_in(run->session)->size == 0);
}

static void strange(struct run *run, uint8_t what, const uint8_t *bytes, size_t size)
{
	uint8_t datagram[DATAGRAM_FIRST] = { 0 };
	size_t whole = what & (TRUE_FIRST | SIZE_FIRST) ? DATAGRAM_FIRST :
		what & SIZE_SECOND			? DATAGRAM_SECOND :
		what & TRUE_COOKIE			? DATAGRAM_COOKIE :
							  size;
	bool answers = !(run->mode & OURS_DIALLED);
	bool is_cookie = what & TRUE_COOKIE && whole == DATAGRAM_COOKIE;
	bool is_new;

	if (what & TRUE_FIRST)
		memcpy(datagram, true_first(), DATAGRAM_FIRST);
	else if (is_cookie)
		put_cookie(run, datagram);
	for (size_t i = 0; i < size; i++) {
		datagram[i] ^= bytes[i];
		is_cookie &= bytes[i] == 0 || i >= whole; /* a changed one is none */
	}
	run->has_cookie |= is_cookie && !answers;
	is_new = receive(run, datagram, whole);
	FUZZ_CHECK(!is_new ||
		(answers && whole == DATAGRAM_FIRST && datagram[0] == DATAGRAM_IS_FIRST));
	if (session_state(run->session) == SESSION_ASKED) {
		FUZZ_CHECK(memcmp(datagram + 8, true_first() + 8, SESSION_FIRST) == 0);
		FUZZ_CHECK(session_admit(run->session, &our_hello) == 0);
	}
	FUZZ_CHECK(answers || session_state(run->session) == SESSION_WAITS);
}

static void run_stranger(struct run *run, const uint8_t *bytes, size_t size)
{
	flush_to_stranger(run);
	for (size_t count = 0; size >= 2 && count < ITEMS; count++) {
		size_t part = bytes[1] < size - 2 ? bytes[1] : size - 2;

		strange(run, bytes[0], bytes + 2, part);
		run->now += STEP;
		flush_to_stranger(run);
		bytes += 2 + part;
		size -= 2 + part;
	}
}

/* ---- What our end sends to who has one ---- */

static void check_sealed(struct run *run, const uint8_t *text, size_t size)
{
	uint64_t offset = get_number(text + 1, 8);

	FUZZ_CHECK(get_number(text + 9, 8) == session_in(run->session)->size);
	text += INNER;
	switch (text[-INNER]) {
	case SEGMENT:
		FUZZ_CHECK(size <= STREAM_SEGMENT && offset <= run->sent);
		FUZZ_CHECK(offset + size <= run->given);
		for (size_t i = 0; i < size; i++)
			FUZZ_CHECK(text[i] == our_byte(offset + i));
		run->sent = offset + size > run->sent ? offset + size : run->sent;
		return;
	case TELLS:
		FUZZ_CHECK(offset <= run->sent && (run->told_out += size) <= run->told);
		for (size_t i = 0; i < size; i++)
			FUZZ_CHECK(text[i] == TOLD);
		return;
	case PING:
	case ARRIVED:
		return;
	default: /* a pong: it was never told to close */
		FUZZ_CHECK(text[-INNER] == PING + 1 && ++run->pongs <= run->pings);
	}
}

static void flush(struct run *run)
{
	size_t size, count = 0;
	uint32_t index;

	while ((size = datagram_next(run->datagram, run->now, room)) > 0) {
		long opened;

		FUZZ_CHECK(datagram_look(room, size, &index) == DATAGRAM_IS_SEALED);
		FUZZ_CHECK(index == THEIR_INDEX && ++count < 1000);
		opened = seals_open(&run->seals, room, size);
		FUZZ_CHECK(opened >= INNER);
		check_sealed(run, room + SEALS_CLEAR, (size_t)opened - INNER);
	}
	FUZZ_CHECK(datagram_due(run->datagram) > run->now);
}

/* ---- What comes of what the peer sends ---- */

/* Whoever has sealed so a byte, or a tell, that is handed out. */
static bool was_sealed(const struct run *run, uint64_t offset, uint8_t byte)
{
	for (const struct item *item = run->items; item < run->items + run->count; item++)
		if (item->is_there && (item->what & 0xf) == SEGMENT && item->offset <= offset &&
			offset - item->offset < item->size &&
			byte_of(item, (size_t)(offset - item->offset)) == byte)
			return true;
	return false;
}

static bool is_told(struct run *run, const uint8_t *bytes, size_t size)
{
	for (struct item *item = run->items; item < run->items + run->count; item++) {
		size_t same = 0;

		if (!item->is_there || item->was_told || (item->what & 0xf) != TELLS ||
			item->size != size || item->offset > session_in(run->session)->size)
			continue;
		while (same < size && bytes[same] == byte_of(item, same))
			same++;
		item->was_told = same == size;
		if (item->was_told)
			return true;
	}
	return false;
}

static void take(struct run *run)
{
	const struct buffer *in = session_in(run->session);
	const uint8_t *tells;
	size_t size, at = in->size;

	while (datagram_step(run->datagram, &tells, &size)) {
		FUZZ_CHECK((tells != NULL) == (at == in->size));
		FUZZ_CHECK(tells == NULL || (size > 0 && is_told(run, tells, size)));
		for (; at < in->size; at++)
			FUZZ_CHECK(was_sealed(run, at, in->data[at]));
	}
}

/* Whether its number is one that is opened: not too late, and under a key that is there. */
static bool is_in_time(struct run *run, uint64_t number)
{
	uint64_t epoch = number >> EPOCH_BITS;

	if (number + SEALS_WINDOW < run->next || epoch + 1 < run->epoch || epoch > run->epoch + 1)
		return false;
	run->next = number >= run->next ? number + 1 : run->next;
	run->epoch = epoch > run->epoch ? epoch : run->epoch;
	return true;
}

/* What no end of ours sends may break the link; nothing else may. */
static bool is_of_a_stream(const struct run *run, const struct item *item)
{
	if (item->before > run->sent)
		return false;
	if ((item->what & 0xf) != SEGMENT)
		return true;
	for (const struct item *other = run->items; other < run->items + run->count; other++)
		if (other != item && other->is_there && (other->what & 0xf) == SEGMENT &&
			item->offset < other->offset + other->size &&
			other->offset < item->offset + item->size)
			return false;
	return item->size > 0 && item->size <= STREAM_SEGMENT &&
		item->offset <= UINT64_MAX - item->size;
}

static void deliver(struct run *run, const struct item *sent)
{
	struct item *item = &run->items[sent - run->items];
	bool must_break;

	if (session_state(run->session) != SESSION_OPEN)
		return;
	item->is_there = !item->damaged && is_in_time(run, item->number);
	must_break = item->is_there && item->before > run->sent;
	run->may_break |= item->is_there && !is_of_a_stream(run, item);
	run->pings += item->is_there && (item->what & 0xf) == PING;
	FUZZ_CHECK(receive(run, item->sealed, item->sealed_size) == item->is_there);
	FUZZ_CHECK(!receive(run, item->sealed, item->sealed_size)); /* once */
	take(run);
	FUZZ_CHECK(session_state(run->session) == SESSION_BROKEN ? run->may_break : !must_break);
	if (session_state(run->session) == SESSION_OPEN)
		flush(run);
}

/* ---- The peer ---- */

static void seal(struct run *run, struct item *item)
{
	uint8_t *out = item->sealed;

	put_number(out, DATAGRAM_IS_SEALED, 4);
	put_number(out + 4, OUR_INDEX, 4);
	out[SEALS_CLEAR] = item->what & 0xf;
	put_number(out + SEALS_CLEAR + 1, item->offset, 8);
	put_number(out + SEALS_CLEAR + 9, item->before, 8);
	for (size_t i = 0; i < item->size; i++)
		out[DATAGRAM_HEAD + i] = byte_of(item, i);
	item->number = run->seals.sending.counter;
	FUZZ_CHECK(seals_close(&run->seals, out, INNER + item->size) == 0);
	item->sealed_size = DATAGRAM_HEAD + item->size + NOISE_TAG;
	if (!(item->what & DAMAGED))
		return;
	for (size_t i = 0; i < item->given && i < item->sealed_size; i++) {
		out[i] ^= item->bytes[i];
		item->damaged |= item->bytes[i] != 0;
	}
}

static void pass_over(struct run *run, uint64_t numbers)
{
	struct noise_cipher *sending = &run->seals.sending;
	uint64_t epoch = sending->counter >> EPOCH_BITS;

	for (sending->counter += numbers; epoch < sending->counter >> EPOCH_BITS; epoch++)
		noise_rekey(sending);
}

static void say_more(struct run *run, size_t size)
{
	uint8_t bytes[256];

	for (int i = 0; i < 16; i++) {
		for (size_t at = 0; at < size; at++)
			bytes[at] = our_byte(run->given++);
		FUZZ_CHECK(buffer_put(session_pending(run->session), bytes, size) == 0);
	}
	memset(bytes, TOLD, sizeof(bytes));
	datagram_tell(run->datagram, bytes, size + 1);
	run->told += size + 1;
}

static uint64_t number_at(const uint8_t *bytes, uint8_t what)
{
	int64_t number = (int16_t)get_number(bytes, 2);

	return (uint64_t)(what & FAR ? number * 256 : number);
}

static void send_item(struct run *run, const uint8_t *head, size_t given)
{
	struct item *item = &run->items[run->count];
	const struct item *kept = run->kept;

	*item = (struct item){ .what = head[0],
		.offset = number_at(head + 2, head[0]),
		.before = number_at(head + 4, head[0]),
		.bytes = head + ITEM_HEAD,
		.given = given,
		.size = given + (head[0] & WHOLE ? 1000 : 0) };
	if ((head[0] & 0xf) == PASS_OVER) {
		pass_over(run, item->offset & 0x7fffff);
	} else if ((head[0] & 0xf) == MORE) {
		say_more(run, given);
		flush(run);
	} else {
		run->count++;
		seal(run, item);
		run->kept = item->what & KEPT ? item : NULL;
		if (run->kept == NULL)
			deliver(run, item);
		if (kept != NULL)
			deliver(run, kept);
	}
}

/* Our end is open then. */
static void shake_hands(struct run *run)
{
	uint8_t second[DATAGRAM_SECOND] = { DATAGRAM_IS_SECOND };
	uint8_t payload[SESSION_HELLO] = { PREAMBLE_VERSION, [8] = 0xb2 };
	struct noise_cipher sending, receiving;
	struct buffer text;

	buffer_init(&text, SESSION_FIRST);
	if (run->mode & OURS_DIALLED) {
		FUZZ_CHECK(datagram_next(run->datagram, run->now, room) == DATAGRAM_FIRST);
		noise_begin(&run->noise, THEIRS, THEIR_EPHEMERAL, NULL, room + 8, PREAMBLE_SIZE);
		FUZZ_CHECK(noise_read_first(&run->noise, room + 8 + PREAMBLE_SIZE,
				   SESSION_FIRST - PREAMBLE_SIZE, payload) == 0);
		FUZZ_CHECK(noise_write_second(&run->noise, payload, sizeof(payload), &text) == 0);
		put_number(second + 4, OUR_INDEX, 4);
		put_number(second + 8, THEIR_INDEX, 4);
		memcpy(second + 12, text.data, text.size);
		FUZZ_CHECK(receive(run, second, sizeof(second)));
		noise_split(&run->noise, &receiving, &sending);
	} else {
		noise_begin(&run->noise, THEIRS, THEIR_EPHEMERAL, OURS->public, true_first() + 8,
			PREAMBLE_SIZE);
		FUZZ_CHECK(noise_write_first(&run->noise, payload, sizeof(payload), &text) == 0);
		FUZZ_CHECK(receive(run, true_first(), DATAGRAM_FIRST));
		FUZZ_CHECK(session_admit(run->session, &our_hello) == 0);
		FUZZ_CHECK(datagram_next(run->datagram, run->now, room) == DATAGRAM_SECOND);
		FUZZ_CHECK(noise_read_second(&run->noise, room + 12, SESSION_SECOND, payload) == 0);
		noise_split(&run->noise, &sending, &receiving);
	}
	seals_begin(&run->seals, &sending, &receiving);
	buffer_clear(&text);
}

static void run_peer(struct run *run, const uint8_t *bytes, size_t size)
{
	shake_hands(run);
	while (size >= ITEM_HEAD && run->count < ITEMS &&
		session_state(run->session) <= SESSION_OPEN) {
		size_t part = bytes[1] < size - ITEM_HEAD ? bytes[1] : size - ITEM_HEAD;

		run->now += STEP;
		send_item(run, bytes, part);
		bytes += ITEM_HEAD + part;
		size -= ITEM_HEAD + part;
	}
	FUZZ_CHECK(datagram_is_proved(run->datagram) || run->next == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct run run;

	if (size < 1)
		return 0;
	memset(&run, 0, offsetof(struct run, items));
	run.mode = bytes[0];
	run.now = CLOCK_SECOND;
	run.session = run.mode & OURS_DIALLED ?
		session_dial(OURS, OUR_EPHEMERAL, THEIRS->public, convention, &our_hello) :
		session_answer(OURS, OUR_EPHEMERAL, convention);
	FUZZ_CHECK(run.session != NULL);
	run.datagram = datagram_new(run.session, OUR_INDEX, run.now);
	FUZZ_CHECK(run.datagram != NULL);
	if (run.mode & PROVED)
		run_peer(&run, bytes + 1, size - 1);
	else
		run_stranger(&run, bytes + 1, size - 1);
	datagram_free(run.datagram);
	session_free(run.session);
	return 0;
}
