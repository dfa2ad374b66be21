/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "wire/address.h"

static void order_is_total(void **state)
{
	const tsp_address a = { 1, 9 };
	const tsp_address b = { 2, 0 };
	const tsp_address c = { 2, UINT64_MAX };

	(void)state;
	assert_true(tsp_address_compare(a, b) < 0);
	assert_true(tsp_address_compare(b, a) > 0);
	assert_true(tsp_address_compare(b, c) < 0);
	assert_true(tsp_address_compare(c, b) > 0);
	assert_int_equal(tsp_address_compare(c, c), 0);
	assert_true(tsp_address_equal(c, c));
	assert_false(tsp_address_equal(b, c));
	assert_false(tsp_address_equal(a, (tsp_address){ 2, 9 }));
	assert_true(tsp_address_is_nobody(TSP_NOBODY));
	assert_false(tsp_address_is_nobody(b));
}

static void text_goes_both_ways(void **state)
{
	static const tsp_address all[] = { { 0, 0 }, { 1, 0 }, { 0xabcdef, 0x10 },
		{ UINT64_MAX, UINT64_MAX } };
	char text[TSP_ADDRESS_TEXT];
	tsp_address back;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(tsp_address_parse(tsp_address_text(all[i], text), &back), TSP_OK);
		assert_true(tsp_address_equal(back, all[i]));
	}
	assert_string_equal(text, "@ffffffffffffffff.ffffffffffffffff");
	assert_int_equal(tsp_address_parse("@AbC.1F", &back), TSP_OK);
	assert_true(back.system == 0xabc && back.number == 0x1f);
}

static void other_text_is_refused(void **state)
{
	static const char *const bad[] = { "", "@", "1.2", "@1", "@1.", "@.1", "@1.2 ", " @1.2",
		"@1.2.3", "@g.1", "@1.-2", "@00000000000000001.2", "@1.11111111111111111",
		"@0x1.2" };
	tsp_address address = { 7, 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tsp_address_parse(bad[i], &address), TSP_EVALUE);
	assert_int_equal(tsp_address_parse(NULL, &address), TSP_EVALUE);
	assert_int_equal(address.system, 7);
}

static void names_are_checked(void **state)
{
	static const char *const bad[] = { "", "#1", "a@b", "@a", "a\nb", "a\177", "a\302\205",
		"\377" };
	char name[122];
	tsp_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = '\0';
		assert_int_equal(address_check_name(tsp_text_of(bad[i]), &err), TSP_ENAME);
		assert_int_equal(err.code, TSP_ENAME);
		assert_int_equal(strncmp(err.text, "cannot use '", 12), 0);
		assert_null(strchr(err.text, '\n'));
	}
	memset(name, 'x', sizeof(name));
	assert_int_equal(address_check_name((tsp_text){ name, 120 }, NULL), TSP_OK);
	assert_int_equal(address_check_name((tsp_text){ name, 121 }, NULL), TSP_ENAME);
	assert_int_equal(address_check_name(tsp_text_of("Grüße an a#b c"), NULL), TSP_OK);
	assert_int_equal(address_check_name((tsp_text){ "a\0b", 3 }, NULL), TSP_ENAME);
}

static void names_of_other_systems(void **state)
{
	static const char *const bad[] = { "", "@5", "a@", "a@x", "a@5 ", "a@5@5", "a@00112233445566778", "#a@5" };
	tsp_text name;
	uint64_t system;

	(void)state;
	assert_true(address_split_name("Greeter", 7, &name, &system));
	assert_true(tsp_text_is(name, "Greeter"));
	assert_int_equal(system, 7);
	assert_true(address_split_name("Greeter@9d490573e27095c6", 7, &name, &system));
	assert_true(tsp_text_is(name, "Greeter"));
	assert_true(system == UINT64_C(0x9d490573e27095c6));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(address_split_name(bad[i], 7, &name, &system));
}

static void numbers_of_names_are_spread(void **state)
{
	uint64_t one = address_of_name(5, TSP_TEXT("Greeter"));

	(void)state;
	assert_true(address_is_name(one));
	assert_true(one == address_of_name(5, TSP_TEXT("Greeter")));
	assert_true(one != address_of_name(6, TSP_TEXT("Greeter")));
	assert_true(one != address_of_name(5, TSP_TEXT("greeter")));
	assert_false(address_is_name(0));
	assert_int_equal(address_lease((uint64_t)9 << ADDRESS_LEASE_SHIFT | 77), 9);
	/* SipHash-2-4 of "" under a key of zeros, as published with the reference code. */
	assert_true(address_of_name(0, TSP_TEXT("")) ==
		(UINT64_C(0x1e924b9d737700d7) | ADDRESS_NAME_BIT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_total),
		cmocka_unit_test(text_goes_both_ways),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(names_of_other_systems),
		cmocka_unit_test(numbers_of_names_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
