/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "wire/frame.h"

static const struct frame sample = {
	.kind = FRAME_ENVELOPE,
	.flags = FRAME_NOTED | FRAME_EMPTY,
	.to = { 0x1122334455667788, 2 },
	.from = { 3, UINT64_MAX },
	.sequence = 99,
	.body = (const uint8_t *)"abc",
	.body_size = 3,
};

static void frames_go_both_ways(void **state)
{
	struct buffer buffer;
	struct frame frame = { 0 };
	size_t need = 77;

	(void)state;
	buffer_init(&buffer, 1000);
	assert_int_equal(frame_put(&buffer, &sample), TSP_OK);
	assert_int_equal(frame_put(&buffer, &sample), TSP_OK);
	assert_int_equal(buffer.size, 2 * 51);
	assert_int_equal(buffer.data[0], 51);
	assert_int_equal(buffer.data[8], 0x88);
	for (size_t size = 0; size < 51; size++) {
		assert_int_equal(frame_get(buffer.data, size, FRAME_LIMIT, &frame, &need), 0);
		assert_int_equal(need, size < 48 ? 0 : 51);
		assert_int_equal(frame_get(buffer.data, size, FRAME_LIMIT, &frame, NULL), 0);
	}
	assert_int_equal(frame.kind, 0);
	assert_int_equal(frame_get(buffer.data, buffer.size, 51, &frame, &need), 51);
	assert_int_equal(frame.kind, FRAME_ENVELOPE);
	assert_int_equal(frame.flags, FRAME_NOTED | FRAME_EMPTY);
	assert_true(tsp_address_equal(frame.to, sample.to));
	assert_true(tsp_address_equal(frame.from, sample.from));
	assert_int_equal(frame.sequence, 99);
	assert_int_equal(frame.body_size, 3);
	assert_memory_equal(frame.body, "abc", 3);
	buffer_clear(&buffer);
}

static void bodies_lie_apart(void **state)
{
	struct frame out = sample;
	struct frame frame = { 0 };
	uint8_t header[FRAME_HEADER];
	uint8_t apart[FRAME_APART_SIZE];
	uint8_t beyond[FRAME_APART_SIZE];

	(void)state;
	frame_header(header, &out, out.body_size);
	frame_make_apart(apart, header, 2);
	frame_make_apart(beyond, header, SIZE_MAX);
	assert_int_equal(frame_get(apart, sizeof(apart), FRAME_LIMIT, &frame, NULL), 64);
	assert_int_equal(frame.flags, FRAME_NOTED | FRAME_EMPTY | FRAME_APART);
	assert_int_equal(frame.sequence, out.sequence);
	assert_int_equal(frame_join(&frame, NULL, 10), TSP_EPROTOCOL);
	assert_int_equal(frame_join(&frame, (const uint8_t *)"abcd", 4), TSP_EPROTOCOL);
	assert_int_equal(frame_join(&frame, (const uint8_t *)"abcde", 1), TSP_EPROTOCOL);
	assert_int_equal(frame_join(&frame, (const uint8_t *)"abcde", 5), TSP_OK);
	assert_int_equal(frame.flags, FRAME_NOTED | FRAME_EMPTY);
	assert_int_equal(frame.body_size, 3);
	assert_memory_equal(frame.body, "cde", 3);
	assert_int_equal(frame_join(&frame, (const uint8_t *)"abcde", 5), TSP_EPROTOCOL);
	assert_int_equal(frame_get(beyond, sizeof(beyond), FRAME_LIMIT, &frame, NULL), 64);
	assert_int_equal(frame_join(&frame, (const uint8_t *)"abcde", 5), TSP_EPROTOCOL);
}

static void headers_that_lie_are_refused(void **state)
{
	uint8_t good[51];
	uint8_t bytes[51];
	struct frame frame = { 0 };

	(void)state;
	frame_header(good, &sample, 3);
	memcpy(good + 48, "abc", 3);
#define REFUSED(at, byte, limit)                                                            \
	do {                                                                                \
		memcpy(bytes, good, sizeof(bytes));                                         \
		bytes[at] = (byte);                                                         \
		assert_int_equal(frame_get(bytes, 51, limit, &frame, NULL), TSP_EPROTOCOL); \
		assert_int_equal(frame_get(bytes, 48, limit, &frame, NULL), TSP_EPROTOCOL); \
	} while (0)
	REFUSED(0, 47, FRAME_LIMIT);
	REFUSED(0, 0, FRAME_LIMIT);
	REFUSED(3, 0xff, FRAME_LIMIT);
	REFUSED(4, 0, FRAME_LIMIT);
	REFUSED(4, FRAME_RELAY_END + 1, FRAME_LIMIT);
	REFUSED(5, 64, FRAME_LIMIT);
	REFUSED(5, 128, FRAME_LIMIT);
	REFUSED(6, 1, FRAME_LIMIT);
	REFUSED(7, 1, FRAME_LIMIT);
	REFUSED(0, 51, 50);
#undef REFUSED
	assert_int_equal(frame.kind, 0);
	/* A greeting comes before anything is known of the other side. */
	memcpy(bytes, good, sizeof(bytes));
	bytes[4] = FRAME_HELLO;
	bytes[2] = 1;
	assert_int_equal(frame_get(bytes, 51, FRAME_LIMIT, &frame, NULL), TSP_EPROTOCOL);
	bytes[4] = FRAME_ENVELOPE;
	assert_int_equal(frame_get(bytes, 51, FRAME_LIMIT, &frame, NULL), 0);
}

static void what_is_too_big_is_not_put(void **state)
{
	struct buffer buffer;
	struct frame frame = sample;

	(void)state;
	buffer_init(&buffer, 50);
	assert_int_equal(frame_put(&buffer, &frame), TSP_ELIMIT);
	assert_int_equal(buffer.size, 0);
	frame.body_size = FRAME_LIMIT - FRAME_HEADER + 1;
	assert_int_equal(frame_put(&buffer, &frame), TSP_ETOOBIG);
	frame.body = NULL;
	frame.body_size = 0;
	assert_int_equal(frame_put(&buffer, &frame), TSP_OK);
	assert_int_equal(frame_get(buffer.data, 48, FRAME_LIMIT, &frame, NULL), 48);
	assert_int_equal(frame.body_size, 0);
	buffer_clear(&buffer);
}

static void runs_go_both_ways(void **state)
{
	const struct done runs[] = {
		{ .first = 1, .count = 5, .kind = DONE_FINISHED },
		{ .first = 6,
			.count = 1,
			.kind = DONE_FAILED,
			.code = TSP_EIO,
			.text = TSP_TEXT("why") },
		{ .first = UINT64_C(1) << 40, .count = UINT32_MAX, .kind = DONE_KEPT },
	};
	struct buffer buffer;
	struct done done;
	size_t at = 0;

	(void)state;
	buffer_init(&buffer, 1000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(done_put(&buffer, &runs[i]), TSP_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(done_get(buffer.data, buffer.size, &at, &done), 1);
		assert_true(done.first == runs[i].first && done.count == runs[i].count);
		assert_int_equal(done.kind, runs[i].kind);
		assert_int_equal(done.code, runs[i].code);
		assert_int_equal(done.text.size, runs[i].text.size);
	}
	assert_int_equal(at, buffer.size);
	assert_int_equal(done_get(buffer.data, buffer.size, &at, &done), 0);
	/* Every cut is either the end of a run or an error. */
	for (size_t size = 0; size < buffer.size; size++) {
		int rc;

		at = 0;
		while ((rc = done_get(buffer.data, size, &at, &done)) > 0)
			assert_true(at <= size);
		assert_true(rc == 0 ? at == size : rc == TSP_EPROTOCOL);
	}
	buffer_clear(&buffer);
}

static void bad_runs_are_refused(void **state)
{
	uint8_t bytes[24] = { 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, DONE_FAILED, 0, 0, 0, 0, 2, 0,
		'a', 'b' };
	struct done done = { 0 };
	size_t at = 0;

	(void)state;
	assert_int_equal(done_get(bytes, 21, &at, &done), 1);
	assert_int_equal(at, 21);
	bytes[12] = DONE_CRASHED; /* has a text as well */
	at = 0;
	assert_int_equal(done_get(bytes, 21, &at, &done), 1);
	assert_int_equal(at, 21);
	bytes[12] = DONE_FAILED;
#define REFUSED(index, byte)                                                      \
	do {                                                                      \
		uint8_t was = bytes[index];                                       \
		bytes[index] = (byte);                                            \
		at = 0;                                                           \
		assert_int_equal(done_get(bytes, 21, &at, &done), TSP_EPROTOCOL); \
		assert_int_equal(at, 0);                                          \
		bytes[index] = was;                                               \
	} while (0)
	REFUSED(0, 0);
	REFUSED(8, 0);
	REFUSED(12, 4);
	REFUSED(12, 255);
	REFUSED(17, 3);
	REFUSED(18, 0xff);
	REFUSED(19, 0xff);
#undef REFUSED
	memset(bytes, 0xff, 8);
	at = 0;
	assert_int_equal(done_get(bytes, 21, &at, &done), TSP_EPROTOCOL);
}

static void words_of_actors_are_made_to_fit(void **state)
{
	static char text[6000];
	struct done done = {
		.first = 1, .count = 1, .kind = DONE_FAILED, .code = -1, .text = { text, 6000 }
	};
	struct done back;
	struct buffer buffer;
	size_t at = 0;

	(void)state;
	buffer_init(&buffer, 100000);
	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	assert_int_equal(done_put(&buffer, &done), TSP_OK);
	assert_int_equal(done_get(buffer.data, buffer.size, &at, &back), 1);
	assert_int_equal(back.text.size, 4095);
	text[5] = (char)0xff;
	assert_int_equal(done_put(&buffer, &done), TSP_OK);
	assert_int_equal(done_get(buffer.data, buffer.size, &at, &back), 1);
	assert_true(back.text.size > 4090 && back.text.size <= 4096);
	buffer_clear(&buffer);
	buffer_init(&buffer, 12);
	assert_int_equal(done_put(&buffer, &done), TSP_ELIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_go_both_ways),
		cmocka_unit_test(bodies_lie_apart),
		cmocka_unit_test(headers_that_lie_are_refused),
		cmocka_unit_test(what_is_too_big_is_not_put),
		cmocka_unit_test(runs_go_both_ways),
		cmocka_unit_test(bad_runs_are_refused),
		cmocka_unit_test(words_of_actors_are_made_to_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
