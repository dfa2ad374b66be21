/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "wire/head.h"

static void heads_are_the_shortest(void **state)
{
	static const struct {
		uint64_t argument;
		size_t size;
	} cases[] = { { 0, 1 }, { 23, 1 }, { 24, 2 }, { 255, 2 }, { 256, 3 }, { 65535, 3 },
		{ 65536, 5 }, { UINT32_MAX, 5 }, { UINT64_C(0x100000000), 9 }, { UINT64_MAX, 9 } };
	uint8_t bytes[HEAD_BIGGEST];
	struct head head;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t size = head_write(bytes, HEAD_MAP, cases[i].argument);

		assert_int_equal(size, cases[i].size);
		assert_int_equal(head_read(bytes, size, &head), size);
		assert_true(head.argument == cases[i].argument);
		assert_int_equal(head.major, HEAD_MAP);
		for (size_t cut = 0; cut < size; cut++)
			assert_int_equal(head_read(bytes, cut, &head), 0);
	}
	for (uint8_t info = 28; info < 32; info++) {
		bytes[0] = info;
		assert_int_equal(head_read(bytes, sizeof(bytes), &head), 0);
	}
}

static void skip_ends_where_the_item_does(void **state)
{
	static const uint8_t nested[] = { 0x82, 0xa1, 0x61, 'a', 0x82, 1, 2, 0xd8, 0x18, 0x41, 0,
		0xff };
	uint8_t bomb[9] = { 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint8_t deep[1000];

	(void)state;
	assert_int_equal(head_skip(nested, sizeof(nested)), 11);
	for (size_t size = 0; size < 11; size++)
		assert_int_equal(head_skip(nested, size), 0);
	for (int major = 2; major < 7; major++) {
		bomb[0] = (uint8_t)(major << 5 | 27);
		assert_int_equal(head_skip(bomb, sizeof(bomb)), 0);
	}
	memset(deep, 0x81, sizeof(deep));
	assert_int_equal(head_skip(deep, sizeof(deep)), 0);
	deep[999] = 0;
	assert_int_equal(head_skip(deep, sizeof(deep)), 1000);
}

static void halves_go_both_ways(void **state)
{
	(void)state;
	for (uint32_t bits = 0; bits <= UINT16_MAX; bits++) {
		uint16_t back = 1;

		if ((bits & 0x7c00) == 0x7c00)
			continue;
		assert_true(head_half_encode(head_half_decode((uint16_t)bits), &back));
		assert_int_equal(back, bits);
	}
	assert_true(head_half_decode(0x3c00) == 1.0F);
	assert_true(head_half_decode(0x7bff) == 65504.0F);
	assert_true(head_half_decode(0x0001) == 0x1p-24F);
	assert_true(signbit(head_half_decode(0x8000)) != 0);
}

static void what_does_not_fit_stays(void **state)
{
	static const float wide[] = { 65505.0F, 65536.0F, 0x1p-25F, 0x1.8p-24F, 1.0001F, 0x1p-149F,
		3.4e38F };
	float single = 7;
	uint16_t half = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		assert_false(head_half_encode(wide[i], &half));
	assert_int_equal(half, 7);
	assert_false(head_single(0.1, &single));
	assert_false(head_single(1e300, &single));
	assert_false(head_single(-1e300, &single));
	assert_false(head_single(0x1p-150, &single));
	assert_true(single == 7);
	assert_true(head_single(0x1p-149, &single));
	assert_true(head_single(-0x1.fffffep127, &single));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_the_shortest),
		cmocka_unit_test(skip_ends_where_the_item_does),
		cmocka_unit_test(halves_go_both_ways),
		cmocka_unit_test(what_does_not_fit_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
