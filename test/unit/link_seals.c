/* SPDX-License-Identifier: MIT */
/* Numbers that come late, twice, and beyond a change of keys. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>
#include "link/seals.h"

#define SIZE (SEALS_CLEAR + 5 + NOISE_TAG)

static struct seals one, two;

static int setup(void **state)
{
	struct noise_cipher keys[2] = { { .key = { 1 } }, { .key = { 2 } } };

	(void)state;
	seals_begin(&one, &keys[0], &keys[1]);
	seals_begin(&two, &keys[1], &keys[0]);
	return 0;
}

static void close_one(uint8_t out[SIZE])
{
	memset(out, 0, SIZE);
	memcpy(out + SEALS_CLEAR, "hello", 5);
	assert_int_equal(seals_close(&one, out, 5), 0);
}

static long open_copy(const uint8_t datagram[SIZE])
{
	uint8_t copy[SIZE];
	long size;

	memcpy(copy, datagram, SIZE);
	size = seals_open(&two, copy, SIZE);
	if (size >= 0)
		assert_memory_equal(copy + SEALS_CLEAR, "hello", 5);
	return size;
}

static void test_window(void **state)
{
	static uint8_t kept[2 * SEALS_WINDOW + 200][SIZE];
	size_t count = sizeof(kept) / sizeof(*kept);

	(void)state;
	for (size_t i = 0; i < count; i++)
		close_one(kept[i]);
	assert_int_equal(open_copy(kept[1]), 5);
	assert_int_equal(open_copy(kept[0]), 5);
	assert_int_equal(open_copy(kept[0]), TSP_EPROTOCOL);
	assert_int_equal(open_copy(kept[SEALS_WINDOW]), 5);
	for (size_t i = 2; i < SEALS_WINDOW; i++) {
		assert_int_equal(open_copy(kept[i]), 5);
		assert_int_equal(open_copy(kept[i]), TSP_EPROTOCOL);
	}
	assert_int_equal(open_copy(kept[count - 1]), 5);
	assert_int_equal(open_copy(kept[count - 1 - SEALS_WINDOW]), TSP_EPROTOCOL); /* too old */
	assert_int_equal(open_copy(kept[count - SEALS_WINDOW]), 5);
	assert_int_equal(open_copy(kept[count - 1]), TSP_EPROTOCOL);
}

static void test_keys_change(void **state)
{
	uint8_t before[SIZE], last[SIZE], first[SIZE], far[SIZE];

	(void)state;
	one.sending.counter = ((uint64_t)1 << 20) - 2;
	two.next = one.sending.counter;
	close_one(before);
	close_one(last);
	close_one(first);
	assert_int_equal(open_copy(first), 5);
	assert_int_equal(open_copy(last), 5); /* of the former key */
	assert_int_equal(open_copy(before), 5);
	assert_int_equal(open_copy(first), TSP_EPROTOCOL);
	one.sending.counter = (uint64_t)5 << 20;
	close_one(far); /* nobody loses so many */
	assert_int_equal(open_copy(far), TSP_EPROTOCOL);
	one.sending.counter = ((uint64_t)1 << 20) + 1;
	close_one(first);
	assert_int_equal(open_copy(first), 5);
}

static void test_changed(void **state)
{
	uint8_t good[SIZE];

	(void)state;
	close_one(good);
	for (size_t i = 0; i < SIZE; i++) {
		good[i] ^= 1;
		assert_int_equal(open_copy(good), TSP_EPROTOCOL);
		good[i] ^= 1;
	}
	assert_int_equal(seals_open(&two, good, SEALS_CLEAR), TSP_EPROTOCOL);
	assert_int_equal(open_copy(good), 5);
	one.sending.counter = UINT64_MAX;
	assert_int_equal(seals_close(&one, good, 5), TSP_ELIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_window, setup),
		cmocka_unit_test_setup(test_keys_change, setup),
		cmocka_unit_test_setup(test_changed, setup),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
