/* SPDX-License-Identifier: MIT */
/* Segments: what is cut, lost, told to be there, put in order. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "link/stream.h"

static struct stream stream;
static struct buffer pending, in;

static int setup(void **state)
{
	static uint8_t zeros[100 * STREAM_SEGMENT];

	(void)state;
	stream_init(&stream);
	buffer_init(&pending, 1 << 20);
	buffer_init(&in, 1 << 20);
	return buffer_put(&pending, zeros, sizeof(zeros));
}

static int teardown(void **state)
{
	(void)state;
	stream_clear(&stream);
	buffer_clear(&pending);
	buffer_clear(&in);
	return 0;
}

static size_t cut_all(clock_ns now)
{
	size_t count = 0;

	while (stream_cut(&stream, &pending, UINT64_MAX, now) != NULL)
		count++;
	return count;
}

static void test_window(void **state)
{
	(void)state;
	assert_int_equal(cut_all(1), 16);
	assert_null(stream_lost(&stream, CLOCK_MS));
	assert_int_equal(stream_due(&stream), 1 + 200 * CLOCK_MS);
	assert_int_equal(stream_acknowledged(&stream, 16 * STREAM_SEGMENT, NULL, 0, CLOCK_MS), 0);
	assert_int_equal(cut_all(CLOCK_MS), 32); /* it grows as long as nothing is lost */
	assert_int_equal(stream_unsent(&stream, &pending), 84 * STREAM_SEGMENT);
	assert_int_equal(stream_end(&stream, &pending), 100 * STREAM_SEGMENT);
	assert_int_equal(stream_acknowledged(&stream, 49 * STREAM_SEGMENT, NULL, 0, CLOCK_MS),
		TSP_EPROTOCOL);
}

static void test_lost(void **state)
{
	const struct stream_range there[] = { { STREAM_SEGMENT, 8 * STREAM_SEGMENT } };
	struct segment *lost;

	(void)state;
	assert_int_equal(cut_all(1), 16);
	assert_int_equal(stream_acknowledged(&stream, 0, there, 1, 5 * CLOCK_MS), 0);
	lost = stream_lost(
		&stream, 12 * CLOCK_MS); /* overtaken: long before the patience is over */
	assert_non_null(lost);
	assert_int_equal(lost->offset, 0);
	assert_null(stream_lost(&stream, 12 * CLOCK_MS));
	assert_int_equal(
		stream_acknowledged(&stream, 8 * STREAM_SEGMENT, NULL, 0, 15 * CLOCK_MS), 0);
	for (int i = 8; i < 16; i++)
		assert_non_null(stream_lost(&stream, CLOCK_SECOND));
	assert_null(stream_lost(&stream, CLOCK_SECOND));
	assert_int_equal(cut_all(CLOCK_SECOND), 0); /* all that is lost narrows the window */
}

static void test_order(void **state)
{
	struct stream_range ranges[STREAM_RANGES];

	(void)state;
	assert_int_equal(stream_arrived(&stream, 3, (const uint8_t *)"def", 3), 0);
	assert_int_equal(stream_arrived(&stream, 9, (const uint8_t *)"j", 1), 0);
	assert_int_equal(stream_deliver(&stream, UINT64_MAX, &in), false);
	assert_int_equal(stream_ranges(&stream, ranges), 2);
	assert_int_equal(ranges[0].to, 6);
	assert_int_equal(stream_arrived(&stream, 0, (const uint8_t *)"abc", 3), 0);
	assert_int_equal(stream_arrived(&stream, 0, (const uint8_t *)"abc", 3), 0);
	assert_int_equal(stream_deliver(&stream, 4, &in), true); /* up to a tell */
	assert_memory_equal(in.data, "abcd", 4);
	assert_int_equal(in.size, 4);
	assert_int_equal(stream_deliver(&stream, 4, &in), false);
	assert_int_equal(stream_arrived(&stream, 3, (const uint8_t *)"def", 3), 0);
	assert_int_equal(stream_deliver(&stream, UINT64_MAX, &in), true);
	assert_int_equal(in.size, 6);
	assert_int_equal(stream_arrived(&stream, 6, (const uint8_t *)"ghi", 3), 0);
	assert_int_equal(stream_deliver(&stream, UINT64_MAX, &in), true);
	assert_memory_equal(in.data, "abcdefghij", 10);
	assert_int_equal(stream_arrived(&stream, 5, (const uint8_t *)"f", 1), 0);
	assert_int_equal(stream_deliver(&stream, UINT64_MAX, &in), false);
}

static void test_bounds(void **state)
{
	static uint8_t byte;

	(void)state;
	assert_int_equal(stream_arrived(&stream, 0, &byte, 0), TSP_EPROTOCOL);
	assert_int_equal(stream_arrived(&stream, UINT64_MAX, &byte, 1), TSP_EPROTOCOL);
	assert_int_equal(stream_arrived(&stream, STREAM_AHEAD, &byte, 1), 0);
	assert_int_equal(stream.arrived_count, 0);
	for (uint64_t i = 1; i < 3000; i++)
		assert_int_equal(stream_arrived(&stream, i, &byte, 1), 0);
	assert_int_equal(stream.arrived_count, 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
