/* SPDX-License-Identifier: MIT */
/* Two ends and a wire between them that loses, doubles and reorders, by a seed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "link/datagram.h"

#define WIRE 4096
#define LETTER \
	24 /* bytes of a letter: its number, how many of the stream went before it, and whether it is told */

static const uint8_t convention[CONVENTION_SIZE] = { 7 };

struct packet {
	int to;
	clock_ns at;
	size_t size;
	uint8_t *bytes;
};

struct end {
	struct session *session;
	struct datagram *datagram;
	uint64_t streamed, told; /* letters that have come */
	uint64_t given;		 /* to the stream */
	uint64_t last_told;
	bool in_order;
};

static struct noise_pair keys[4];
static struct end ends[2];
static struct packet wire[WIRE];
static size_t on_wire, loss, doubling; /* in thousandths */
static clock_ns now, delay;
static uint64_t chance;
static uint8_t room[DATAGRAM_LIMIT];

static uint64_t draw(uint64_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance % below;
}

static struct session_hello hello_of(uint64_t system)
{
	return (struct session_hello){ .system = system };
}

static int setup(void **state)
{
	struct session_hello hello = hello_of(1);

	(void)state;
	memset(ends, 0, sizeof(ends));
	on_wire = loss = doubling = 0;
	now = CLOCK_SECOND;
	delay = CLOCK_MS;
	chance = 4711;
	for (size_t i = 0; i < 4; i++) {
		randombytes_buf(keys[i].secret, NOISE_KEY);
		assert_int_equal(noise_pair_fill(&keys[i]), 0);
	}
	ends[0].session = session_dial(&keys[0], &keys[2], keys[1].public, convention, &hello);
	ends[1].session = session_answer(&keys[1], &keys[3], convention);
	for (uint32_t i = 0; i < 2; i++) {
		ends[i].datagram = datagram_new(ends[i].session, 100 + i, now);
		assert_non_null(ends[i].datagram);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	while (on_wire > 0)
		free(wire[--on_wire].bytes);
	for (size_t i = 0; i < 2; i++) {
		datagram_free(ends[i].datagram);
		session_free(ends[i].session);
	}
	return 0;
}

static void post(int to, const uint8_t *bytes, size_t size)
{
	struct packet *packet = &wire[on_wire++];

	assert_true(on_wire < WIRE);
	packet->to = to;
	packet->at = now + delay + (loss > 0 ? (clock_ns)draw(5) * CLOCK_MS : 0);
	packet->size = size;
	packet->bytes = malloc(size);
	assert_non_null(packet->bytes);
	memcpy(packet->bytes, bytes, size);
}

static void flush(int from)
{
	size_t size;

	while ((size = datagram_next(ends[from].datagram, now, room)) > 0) {
		if (draw(1000) >= loss)
			post(1 - from, room, size);
		if (draw(1000) < doubling)
			post(1 - from, room, size);
	}
}

static void read_letters(struct end *end, const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += LETTER) {
		uint64_t words[3];

		memcpy(words, bytes + at, sizeof(words));
		assert_true(words[1] <= end->streamed); /* what went ahead has come */
		if (words[2]) {
			end->in_order &= words[0] == end->last_told + 1;
			end->last_told = words[0];
			end->told++;
		} else {
			assert_int_equal(words[0], ++end->streamed);
		}
	}
}

static void take(struct end *end)
{
	const uint8_t *tells;
	size_t size;

	while (datagram_step(end->datagram, &tells, &size)) {
		struct buffer *in = session_in(end->session);
		size_t whole = in->size - in->size % LETTER;

		if (tells != NULL) {
			read_letters(end, tells, size);
			continue;
		}
		read_letters(end, in->data, whole);
		buffer_drop(in, whole);
	}
}

static void arrive(struct packet packet)
{
	struct end *end = &ends[packet.to];

	(void)datagram_receive(end->datagram, packet.bytes, packet.size, now);
	free(packet.bytes);
	if (session_state(end->session) == SESSION_ASKED) {
		struct session_hello hello = hello_of(2);

		assert_int_equal(session_admit(end->session, &hello), 0);
	}
	take(end);
}

/* One millisecond. */
static void pass(void)
{
	for (size_t i = 0; i < on_wire;) {
		struct packet packet = wire[i];

		if (packet.at > now) {
			i++;
			continue;
		}
		memmove(&wire[i], &wire[i + 1], (--on_wire - i) * sizeof(*wire));
		arrive(packet);
	}
	flush(0);
	flush(1);
	now += CLOCK_MS;
}

static void pass_ms(int ms)
{
	while (ms-- > 0)
		pass();
}

static bool both_open(void)
{
	return datagram_is_proved(ends[0].datagram) && datagram_is_proved(ends[1].datagram);
}

static void open_both(void)
{
	for (int i = 0; i < 5000 && !both_open(); i++)
		pass();
	assert_true(both_open());
	assert_memory_equal(session_peer(ends[1].session), keys[0].public, NOISE_KEY);
	for (size_t i = 0; i < 2; i++)
		ends[i].in_order = true;
}

static void write_letter(struct end *end, uint64_t number, bool told)
{
	uint64_t words[3] = { number, end->given, told };

	if (told)
		datagram_tell(end->datagram, words, LETTER);
	else
		assert_int_equal(buffer_put(session_pending(end->session), words, LETTER), 0);
	end->given += !told;
}

static void converse(uint64_t letters, int ms)
{
	for (uint64_t i = 1; i <= letters; i++) {
		write_letter(&ends[0], i, true);
		write_letter(&ends[0], i, false);
		write_letter(&ends[1], i, false);
		write_letter(&ends[1], i, true);
		if (i % 50 == 0)
			pass();
	}
	for (int i = 0; i < ms && (ends[0].streamed < letters || ends[1].streamed < letters); i++)
		pass();
	pass_ms(100);
}

static void test_good_wire(void **state)
{
	(void)state;
	open_both();
	converse(2000, 5000);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ends[i].streamed, 2000);
		assert_int_equal(ends[i].told, 2000);
		assert_true(ends[i].in_order);
		assert_int_equal(datagram_unsent(ends[i].datagram), 0);
		assert_int_equal(datagram_due(ends[i].datagram), CLOCK_NEVER);
	}
}

/* Every byte of the stream comes once and in order; of the tells some do, none twice, none too early. */
static void test_bad_wire(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		loss = 10 * seed;
		doubling = 10 * seed;
		chance = seed * 0x9e3779b97f4a7c15;
		open_both();
		converse(300, 60000);
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(ends[i].streamed, 300);
			assert_true(ends[i].told > 0 && ends[i].told <= 300);
			assert_int_equal(datagram_unsent(ends[1 - i].datagram), 0);
		}
		teardown(state);
		setup(state);
	}
}

static void test_large(void **state)
{
	static uint8_t large[DATAGRAM_TELL];
	const uint8_t *tells;
	size_t size;

	(void)state;
	open_both();
	memset(large, 'x', sizeof(large));
	datagram_tell(ends[0].datagram, large, sizeof(large) + 1); /* the core refuses it before */
	pass_ms(10);
	datagram_tell(ends[0].datagram, large, sizeof(large));
	size = datagram_next(ends[0].datagram, now, room);
	assert_int_equal(size, DATAGRAM_LIMIT);
	assert_true(datagram_receive(ends[1].datagram, room, size, now));
	assert_true(datagram_step(ends[1].datagram, &tells, &size));
	assert_int_equal(size, sizeof(large));
	assert_memory_equal(tells, large, size);
}

static void test_stream_of_megabytes(void **state)
{
	size_t size = 8 * 1024 * 1024;
	uint8_t *bytes = malloc(size);
	const uint8_t *tells;
	size_t none;

	(void)state;
	assert_non_null(bytes);
	randombytes_buf(bytes, size);
	loss = 10;
	open_both();
	assert_int_equal(buffer_put(session_pending(ends[0].session), bytes, size), 0);
	for (int i = 0; i < 200000 && session_in(ends[1].session)->size < size; i++) {
		flush(0);
		for (size_t at = 0; at < on_wire; at++) {
			(void)datagram_receive(
				ends[wire[at].to].datagram, wire[at].bytes, wire[at].size, now);
			free(wire[at].bytes);
		}
		on_wire = 0;
		while (datagram_step(ends[1].datagram, &tells, &none))
			;
		flush(1);
		now += CLOCK_MS;
	}
	assert_int_equal(session_in(ends[1].session)->size, size);
	assert_memory_equal(session_in(ends[1].session)->data, bytes, size);
	session_in(ends[1].session)->size = 0;
	free(bytes);
}

/* Whoever may send datagrams there, without a key. */
static void test_strangers(void **state)
{
	uint8_t first[DATAGRAM_LIMIT], second[DATAGRAM_LIMIT];
	size_t size;

	(void)state;
	size = datagram_next(ends[0].datagram, now, first);
	assert_int_equal(size, DATAGRAM_FIRST);
	assert_int_equal(datagram_next(ends[0].datagram, now, room), 0); /* again later */
	memset(second, 0, sizeof(second));
	second[0] = 2;
	second[4] = 100;
	assert_false(datagram_receive(ends[0].datagram, second, DATAGRAM_SECOND, now));
	assert_int_equal(session_state(ends[0].session), SESSION_WAITS); /* not broken by it */
	post(1, first, size);
	open_both();
	for (int i = 0; i < 2000; i++) {
		size = 8 + draw(300);
		randombytes_buf(room, size);
		if (i % 2) {
			memset(room, 0, 8);
			room[0] = 3;
			room[4] = 101;
		}
		assert_false(datagram_receive(ends[1].datagram, room, size, now));
	}
	assert_false(datagram_receive(ends[1].datagram, first, DATAGRAM_FIRST, now));
	write_letter(&ends[0], 1, true);
	size = datagram_next(ends[0].datagram, now, room);
	memcpy(second, room, size);
	second[size - 1] ^= 1;
	assert_false(datagram_receive(ends[1].datagram, second, size, now));
	memcpy(second, room, size);
	assert_true(datagram_receive(ends[1].datagram, room, size, now));
	assert_false(datagram_receive(ends[1].datagram, second, size, now)); /* once */
	converse(100, 1000);
	assert_int_equal(ends[1].streamed, 100);
}

/* Who is asked for a cookie greets with it at once, and from then on when it is time. */
static void test_cookie(void **state)
{
	static const uint8_t nonce[COOKIE_NONCE] = { 1 }, cookies[2][COOKIE_SIZE] = { { 2 }, { 3 } };
	uint8_t first[DATAGRAM_LIMIT], ask[DATAGRAM_COOKIE];
	uint32_t index;

	(void)state;
	assert_int_equal(datagram_next(ends[0].datagram, now, first), DATAGRAM_FIRST);
	assert_true(cookie_knows(keys[1].public, first, DATAGRAM_BARE));
	datagram_ask(keys[0].public, first, cookies[0], nonce, ask); /* by another than who was greeted */
	assert_int_equal(datagram_look(ask, sizeof(ask), &index), DATAGRAM_IS_COOKIE);
	assert_int_equal(index, 100);
	assert_false(datagram_receive(ends[0].datagram, ask, sizeof(ask), now));
	assert_int_equal(datagram_next(ends[0].datagram, now, room), 0);
	for (size_t i = 0; i < 2; i++) {
		datagram_ask(keys[1].public, first, cookies[i], nonce, ask);
		assert_false(datagram_receive(ends[0].datagram, ask, sizeof(ask), now));
		if (i > 0) {
			assert_int_equal(datagram_next(ends[0].datagram, now, room), 0);
			now = datagram_due(ends[0].datagram);
		}
		assert_int_equal(datagram_next(ends[0].datagram, now, room), DATAGRAM_FIRST);
		assert_memory_equal(room, first, DATAGRAM_BARE + COOKIE_TAG);
		assert_true(cookie_shown(cookies[i], room, DATAGRAM_BARE));
	}
	assert_true(datagram_receive(ends[1].datagram, room, DATAGRAM_FIRST, now));
	open_both();
	datagram_ask(keys[1].public, first, cookies[0], nonce, ask); /* late: of the link nothing changes */
	assert_false(datagram_receive(ends[0].datagram, ask, sizeof(ask), now));
	assert_false(datagram_receive(ends[1].datagram, ask, sizeof(ask), now));
	converse(100, 1000);
	assert_int_equal(ends[1].streamed, 100);
}

/* Of tells that wait for what is ahead of them, which never comes, no more is kept than memory was set aside for. */
static void test_tells_that_wait(void **state)
{
	const uint8_t *tells;
	size_t size, count = 0;

	(void)state;
	open_both();
	pass_ms(10);
	write_letter(&ends[0], 1, false);
	assert_true(datagram_next(ends[0].datagram, now, room) > 0); /* and is lost */
	for (int i = 0; i < 40000; i++) {
		datagram_tell(ends[0].datagram, "x", 1);
		size = datagram_next(ends[0].datagram, now, room);
		assert_true(datagram_receive(ends[1].datagram, room, size, now));
	}
	assert_false(datagram_step(ends[1].datagram, &tells, &size));
	now += CLOCK_SECOND;
	size = datagram_next(ends[0].datagram, now, room);
	assert_true(datagram_receive(ends[1].datagram, room, size, now));
	while (datagram_step(ends[1].datagram, &tells, &size))
		count += tells != NULL;
	assert_in_range(count, 20000, 35000);
}

/* An answer is never longer than what it answers, and is given again to who asks again. */
static void test_lost_answer(void **state)
{
	struct session_hello hello = hello_of(2);
	uint8_t first[DATAGRAM_LIMIT];
	size_t size = datagram_next(ends[0].datagram, now, first);

	(void)state;
	assert_true(datagram_receive(ends[1].datagram, first, size, now));
	assert_int_equal(session_admit(ends[1].session, &hello), 0);
	assert_true(datagram_next(ends[1].datagram, now, room) <= size); /* and is lost */
	assert_int_equal(datagram_next(ends[1].datagram, now, room), 0);
	assert_true(datagram_is_repeated(ends[1].datagram, first, size));
	first[50] ^= 1;
	assert_false(datagram_is_repeated(ends[1].datagram, first, size));
	assert_false(datagram_is_proved(ends[1].datagram)); /* it may have been recorded earlier */
	open_both();
}

static void test_close(void **state)
{
	(void)state;
	open_both();
	write_letter(&ends[0], 1, false);
	datagram_close(ends[0].datagram);
	assert_false(datagram_is_done(ends[0].datagram));
	pass_ms(20);
	assert_true(datagram_is_done(ends[0].datagram));
	assert_int_equal(ends[1].streamed, 1);
	assert_int_equal(session_state(ends[1].session), SESSION_CLOSED);
}

static void test_ping(void **state)
{
	uint64_t stamp = 0;

	(void)state;
	open_both();
	pass_ms(10);
	(void)datagram_take_pong(ends[1].datagram, &stamp);
	datagram_ping(ends[1].datagram, 77);
	pass_ms(10);
	assert_true(datagram_take_pong(ends[1].datagram, &stamp));
	assert_int_equal(stamp, 77);
	assert_false(datagram_take_pong(ends[1].datagram, &stamp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good_wire, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_wire, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_of_megabytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cookie, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tells_that_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ping, setup, teardown),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
