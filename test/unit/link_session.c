/* SPDX-License-Identifier: MIT */
/* Two ends of a connection, and what somebody between them can do. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "link/preamble.h"
#include "link/session.h"

static const uint8_t convention[CONVENTION_SIZE] = { 7 };
static struct noise_pair keys[4]; /* of the two, and ephemeral ones */
static struct session *one, *two;

static struct session_hello hello_of(uint64_t system, const char *address)
{
	struct session_hello hello = { .system = system, .received = 5, .wall_ms = -3, .membership = 9 };

	strcpy(hello.address, address);
	return hello;
}

static int setup(void **state)
{
	struct session_hello hello = hello_of(1, "one:1900");

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		randombytes_buf(keys[i].secret, NOISE_KEY);
		assert_int_equal(noise_pair_fill(&keys[i]), 0);
	}
	hello.has_secret = true;
	memcpy(hello.secret, "a secret of thirty-two bytes ...", SESSION_SECRET);
	one = session_dial(&keys[0], &keys[2], keys[1].public, convention, &hello);
	two = session_answer(&keys[1], &keys[3], convention);
	assert_non_null(one);
	assert_non_null(two);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	session_free(one);
	session_free(two);
	return 0;
}

/* All that one end has written comes to the other in pieces of that size. */
static void carry(struct session *from, struct session *to, size_t piece)
{
	struct buffer *out = session_out(from);

	for (size_t at = 0; at < out->size; at += piece)
		session_receive(to, out->data + at,
			out->size - at < piece ? out->size - at : piece);
	out->size = 0;
}

static void shake_hands(size_t piece)
{
	struct session_hello answer = hello_of(2, "");

	carry(one, two, piece);
	assert_int_equal(session_state(two), SESSION_ASKED);
	assert_memory_equal(session_peer(two), keys[0].public, NOISE_KEY);
	assert_int_equal(session_admit(two, &answer), 0);
	carry(two, one, piece);
	assert_int_equal(session_state(one), SESSION_OPEN);
	assert_int_equal(session_state(two), SESSION_OPEN);
}

static void test_hellos(void **state)
{
	const struct session_hello *hello;

	(void)state;
	shake_hands(1);
	hello = session_peer_hello(two);
	assert_true(hello->system == 1 && hello->received == 5 && hello->wall_ms == -3);
	assert_int_equal(hello->membership, 9);
	assert_true(hello->has_secret);
	assert_memory_equal(hello->secret, "a secret of thirty-two bytes ...", SESSION_SECRET);
	assert_string_equal(hello->address, "one:1900");
	assert_true(session_peer_hello(one)->system == 2);
	assert_false(session_peer_hello(one)->has_secret);
}

static void test_data_both_ways(void **state)
{
	static uint8_t much[100000];
	uint64_t stamp = 0;

	(void)state;
	shake_hands(4096);
	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = (uint8_t)(i * 7);
	assert_int_equal(buffer_put(session_pending(one), much, sizeof(much)), 0);
	assert_int_equal(buffer_put(session_pending(two), "short", 5), 0);
	session_seal(one);
	session_seal(two);
	session_ping(one, 77);
	carry(one, two, 1000);
	carry(two, one, 3);
	assert_int_equal(session_in(two)->size, sizeof(much));
	assert_memory_equal(session_in(two)->data, much, sizeof(much));
	assert_int_equal(session_in(one)->size, 5);
	assert_true(session_take_pong(one, &stamp));
	assert_true(stamp == 77);
	assert_false(session_take_pong(one, &stamp));
	session_close(two);
	carry(two, one, 4096);
	assert_int_equal(session_state(one), SESSION_CLOSED);
}

/* Bytes that come by pieces are opened where they lie, and in order, however they are cut. */
static void test_taken_by_pieces(void **state)
{
	static const size_t pieces[] = { 1, 2, 19, 1000, SESSION_RECORD + 19, 100000, SIZE_MAX };
	static uint8_t much[150000], got[sizeof(much)];
	struct buffer *out = session_out(one);

	(void)state;
	shake_hands(4096);
	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = (uint8_t)(i * 13 >> 3);
	for (size_t p = 0; p < sizeof(pieces) / sizeof(*pieces); p++) {
		const uint8_t *data;
		size_t had = 0, size;

		assert_int_equal(session_put(one, much, 48), 0);
		assert_int_equal(session_put(one, much + 48, sizeof(much) - 48), 0);
		session_seal(one);
		session_ping(one, p);
		for (size_t at = 0, piece; at < out->size; at += piece) {
			piece = pieces[p] < out->size - at ? pieces[p] : out->size - at;
			session_take(two, out->data + at, piece);
			while (session_next(two, NULL, 0, &data, &size)) {
				assert_true(size > 0 && had + size <= sizeof(got));
				memcpy(got + had, data, size);
				had += size;
			}
		}
		out->size = 0;
		assert_int_equal(had, sizeof(much));
		assert_memory_equal(got, much, sizeof(much));
	}
	assert_int_equal(session_in(two)->size, 0);
	assert_int_equal(session_state(two), SESSION_OPEN);
	carry(two, one, 4096);
	assert_true(session_take_pong(one, &(uint64_t){ 0 }));
}

/* What fits is opened into the room that is there for it; what does not fit, or is no data, lies where it came. */
static void test_opened_into_room(void **state)
{
	struct buffer *out = session_out(one);
	uint8_t room[6] = "";
	const uint8_t *data;
	size_t size;

	(void)state;
	shake_hands(4096);
	session_ping(one, 1);
	assert_int_equal(session_put(one, "fits..", 6), 0);
	session_seal(one);
	assert_int_equal(session_put(one, "too long", 8), 0);
	session_seal(one);
	session_take(two, out->data, out->size);
	assert_false(session_take_sign(two));
	assert_true(session_next(two, room, sizeof(room), &data, &size));
	assert_true(session_take_sign(two));
	assert_false(session_take_sign(two));
	assert_ptr_equal(data, room);
	assert_int_equal(size, 6);
	assert_memory_equal(room, "fits..", 6);
	assert_true(session_next(two, room, sizeof(room), &data, &size));
	assert_ptr_not_equal(data, room);
	assert_int_equal(size, 8);
	assert_memory_equal(data, "too long", 8);
	assert_false(session_next(two, room, sizeof(room), &data, &size));
	assert_memory_equal(room, "fits..", 6);
}

/* What fills no record waits, what fills some goes in whole ones. */
static void test_put_fills_records(void **state)
{
	static uint8_t much[3 * SESSION_RECORD];
	const size_t whole = 3 + SESSION_RECORD + NOISE_TAG;

	(void)state;
	shake_hands(4096);
	assert_int_equal(session_put(one, "few", 3), 0);
	assert_int_equal(session_out(one)->size, 0);
	assert_int_equal(session_put(one, much, sizeof(much)), 0);
	assert_int_equal(session_out(one)->size, 3 * whole);
	assert_int_equal(session_pending(one)->size, 3);
	session_seal(one);
	assert_int_equal(session_out(one)->size, 3 * whole + 3 + 3 + NOISE_TAG);
	session_stop(one, "over");
	assert_int_equal(session_put(one, much, 1), TSP_ENOMEM);
}

/* The session ends in the midst of what came. */
static void test_taken_after_a_change(void **state)
{
	struct buffer *out = session_out(one);
	const uint8_t *data;
	size_t size;

	(void)state;
	shake_hands(4096);
	assert_int_equal(session_put(one, "first", 5), 0);
	session_seal(one);
	size = out->size;
	assert_int_equal(session_put(one, "second", 6), 0);
	session_seal(one);
	out->data[size + 5] ^= 1;
	session_take(two, out->data, out->size);
	assert_true(session_next(two, NULL, 0, &data, &size));
	assert_int_equal(size, 5);
	assert_memory_equal(data, "first", 5);
	assert_false(session_next(two, NULL, 0, &data, &size));
	assert_int_equal(session_state(two), SESSION_BROKEN);
	session_take(two, out->data, out->size);
	assert_false(session_next(two, NULL, 0, &data, &size));
}

/* A whole record of one, as it goes over the wire. */
static size_t record(const char *text, uint8_t *out)
{
	size_t size;

	assert_int_equal(buffer_put(session_pending(one), text, strlen(text)), 0);
	session_seal(one);
	size = session_out(one)->size;
	memcpy(out, session_out(one)->data, size);
	session_out(one)->size = 0;
	return size;
}

static void is_broken(struct session *session, const char *fault)
{
	assert_int_equal(session_state(session), SESSION_BROKEN);
	assert_non_null(strstr(session_fault(session), fault));
}

static void test_replay(void **state)
{
	uint8_t bytes[256];
	size_t size;

	(void)state;
	shake_hands(4096);
	size = record("once", bytes);
	session_receive(two, bytes, size);
	assert_int_equal(session_in(two)->size, 4);
	session_receive(two, bytes, size);
	is_broken(two, "sent twice");
	assert_int_equal(session_in(two)->size, 4);
}

static void test_reorder(void **state)
{
	uint8_t first[256], second[256];
	size_t size;

	(void)state;
	shake_hands(4096);
	(void)record("first", first);
	size = record("second", second);
	session_receive(two, second, size);
	is_broken(two, "left out");
}

static void test_every_changed_byte(void **state)
{
	uint8_t bytes[256];
	size_t size;

	(void)state;
	for (size_t i = 0; i < 3 + 4 + NOISE_TAG; i++) {
		teardown(NULL);
		setup(NULL);
		shake_hands(4096);
		size = record("text", bytes);
		bytes[i] ^= 1;
		session_receive(two, bytes, size);
		/* a length that was changed may have it wait for more, which never holds either */
		for (int more = 0; more < 1000 && session_state(two) == SESSION_OPEN; more++)
			session_receive(two, bytes, size);
		assert_int_equal(session_state(two), SESSION_BROKEN);
		assert_int_equal(session_in(two)->size, 0);
	}
}

static void test_wrong_key_there(void **state)
{
	struct session_hello hello = hello_of(1, "");

	(void)state;
	session_free(one);
	one = session_dial(&keys[0], &keys[2], keys[3].public, convention, &hello);
	carry(one, two, 4096);
	is_broken(two, "does not know our key");
	assert_int_equal(session_out(two)->size, 0);
}

static void test_answer_of_another(void **state)
{
	uint8_t garbage[SESSION_SECOND];

	(void)state;
	randombytes_buf(garbage, sizeof(garbage));
	session_receive(one, garbage, sizeof(garbage));
	is_broken(one, "did not prove the key");
}

static void test_speaks_on_unasked(void **state)
{
	(void)state;
	carry(one, two, 4096);
	session_receive(two, (const uint8_t *)"more", 4);
	is_broken(two, "before it was answered");
}

static void test_other_convention(void **state)
{
	static const uint8_t other[CONVENTION_SIZE] = { 8 };

	(void)state;
	session_free(two);
	two = session_answer(&keys[1], &keys[3], other);
	carry(one, two, 4096);
	is_broken(two, "another convention");
}

static void test_downgrade(void **state)
{
	struct buffer *out = session_out(one);

	(void)state;
	/* into what the other side would take, but which was not sent */
	memset(out->data + 16, 0, CONVENTION_SIZE);
	carry(one, two, 4096);
	is_broken(two, "changed on their way");
}

static void test_sizes_that_none_has(void **state)
{
	static const uint8_t sizes[][3] = { { 0, 0, 1 }, { NOISE_TAG - 1, 0, 1 }, { 0xff, 0xff, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		teardown(NULL);
		setup(NULL);
		shake_hands(4096);
		session_receive(two, sizes[i], 3);
		is_broken(two, "a size that none has");
	}
}

static void test_foreign_protocols(void **state)
{
	static const struct {
		const char *bytes;
		const char *fault;
	} foreign[] = { { "GET / HTTP/1.1\r\n", "HTTP" }, { "\x16\x03\x01\x02", "TLS" },
		{ "SSH-2.0-OpenSSH", "SSH" }, { "T-minus", "another protocol" },
		{ "\n\n\n\n", "another protocol" } };

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		teardown(NULL);
		setup(NULL);
		session_receive(two, (const uint8_t *)foreign[i].bytes, strlen(foreign[i].bytes));
		is_broken(two, foreign[i].fault);
	}
}

static void test_another_version(void **state)
{
	uint8_t preamble[PREAMBLE_SIZE];

	(void)state;
	preamble_write(preamble, convention);
	assert_null(preamble_fault(preamble, sizeof(preamble), convention));
	preamble[8] = 2;
	preamble[10] = 3;
	assert_non_null(strstr(
		preamble_fault(preamble, sizeof(preamble), convention), "another version"));
}

static void test_hostile_address(void **state)
{
	struct session_hello hello = hello_of(1, "\033[2J");

	(void)state;
	session_free(one);
	one = session_dial(&keys[0], &keys[2], keys[1].public, convention, &hello);
	carry(one, two, 4096);
	is_broken(two, "greeting");
}

/* Who asks and never listens does not fill our memory. */
static void test_pings_without_end(void **state)
{
	struct buffer *out = session_out(one);
	size_t most = 0;

	(void)state;
	shake_hands(4096);
	while (session_state(two) == SESSION_OPEN && most < (size_t)80 * 1024 * 1024) {
		for (int i = 0; i < 1000; i++)
			session_ping(one, 1);
		session_receive(two, out->data, out->size);
		out->size = 0;
		most = session_out(two)->size;
	}
	is_broken(two, "pings and does not take the answers");
}

/* Keys change on their way without a word about it. */
static void test_rekeys(void **state)
{
	(void)state;
	shake_hands(4096);
	for (int i = 0; i < (1 << 20) + 3; i++) {
		session_ping(one, 1);
		if (session_out(one)->size > 60000)
			carry(one, two, SIZE_MAX / 2);
		session_out(two)->size = 0;
	}
	carry(one, two, SIZE_MAX / 2);
	assert_int_equal(session_state(two), SESSION_OPEN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_hellos),
		TEST(test_data_both_ways),
		TEST(test_taken_by_pieces),
		TEST(test_opened_into_room),
		TEST(test_put_fills_records),
		TEST(test_taken_after_a_change),
		TEST(test_replay),
		TEST(test_reorder),
		TEST(test_every_changed_byte),
		TEST(test_wrong_key_there),
		TEST(test_answer_of_another),
		TEST(test_speaks_on_unasked),
		TEST(test_other_convention),
		TEST(test_downgrade),
		TEST(test_sizes_that_none_has),
		TEST(test_foreign_protocols),
		TEST(test_another_version),
		TEST(test_hostile_address),
		TEST(test_pings_without_end),
		TEST(test_rekeys),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
