/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/value.h"

struct bytes {
	uint8_t data[512];
	size_t size;
};

static struct bytes from_hex(const char *hex)
{
	struct bytes bytes = { .size = strlen(hex) / 2 };

	assert_int_equal(text_unhex(hex, bytes.size, bytes.data), TSP_OK);
	return bytes;
}

/* In memory of exactly its size, so that the sanitizer sees every byte read behind it. */
static int check(const char *hex)
{
	struct bytes bytes = from_hex(hex);
	uint8_t *exact = malloc(bytes.size > 0 ? bytes.size : 1);

	assert_non_null(exact);
	memcpy(exact, bytes.data, bytes.size);

	int rc = tsp_value_check(exact, bytes.size);

	free(exact);
	return rc;
}

/* RFC 8949, Appendix A: those that stand in deterministic form, with what they say as JSON. */
static const struct {
	const char *hex;
	const char *json;
} vectors[] = {
	{ "00", "0" },
	{ "01", "1" },
	{ "0a", "10" },
	{ "17", "23" },
	{ "1818", "24" },
	{ "1819", "25" },
	{ "1864", "100" },
	{ "1903e8", "1000" },
	{ "1a000f4240", "1000000" },
	{ "1b000000e8d4a51000", "1000000000000" },
	{ "1bffffffffffffffff", "18446744073709551615" },
	{ "20", "-1" },
	{ "29", "-10" },
	{ "3863", "-100" },
	{ "3903e7", "-1000" },
	{ "f90000", "0.0" },
	{ "f98000", "-0.0" },
	{ "f93c00", "1.0" },
	{ "fb3ff199999999999a", "1.1" },
	{ "f93e00", "1.5" },
	{ "f97bff", "65504.0" },
	{ "fa47c35000", "100000.0" },
	{ "fa7f7fffff", "3.4028234663852886e+38" },
	{ "fb7e37e43c8800759c", "1e+300" },
	{ "f90001", "5.9604644775390625e-08" },
	{ "f90400", "6.103515625e-05" },
	{ "f9c400", "-4.0" },
	{ "fbc010666666666666", "-4.1" },
	{ "f4", "false" },
	{ "f5", "true" },
	{ "f6", "null" },
	{ "40", "{\"$bytes\":\"\"}" },
	{ "4401020304", "{\"$bytes\":\"AQIDBA\"}" },
	{ "60", "\"\"" },
	{ "6161", "\"a\"" },
	{ "6449455446", "\"IETF\"" },
	{ "62225c", "\"\\\"\\\\\"" },
	{ "62c3bc", "\"\303\274\"" },
	{ "63e6b0b4", "\"\346\260\264\"" },
	{ "64f0908591", "\"\360\220\205\221\"" },
	{ "80", "[]" },
	{ "83010203", "[1,2,3]" },
	{ "8301820203820405", "[1,[2,3],[4,5]]" },
	{ "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
		"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]" },
	{ "a0", "{}" },
	{ "a26161016162820203", "{\"a\":1,\"b\":[2,3]}" },
	{ "826161a161626163", "[\"a\",{\"b\":\"c\"}]" },
	{ "a56161614161626142616361436164614461656145",
		"{\"a\":\"A\",\"b\":\"B\",\"c\":\"C\",\"d\":\"D\",\"e\":\"E\"}" },
};

static void vectors_of_the_rfc_are_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct bytes bytes = from_hex(vectors[i].hex);
		char *json = NULL;

		assert_int_equal(check(vectors[i].hex), TSP_OK);
		assert_int_equal(value_span(bytes.data), bytes.size);
		assert_int_equal(tsp_value_to_json((tsp_value){ bytes.data, bytes.size },
					 TSP_JSON_COMPACT, &json),
			TSP_OK);
		assert_string_equal(json, vectors[i].json);
		free(json);
	}
}

static void every_cut_and_tail_is_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		char hex[200];

		for (size_t size = 0; size < strlen(vectors[i].hex); size += 2) {
			memcpy(hex, vectors[i].hex, size);
			hex[size] = '\0';
			assert_int_equal(check(hex), TSP_EVALUE);
		}
		strcpy(hex, vectors[i].hex);
		strcat(hex, "00");
		assert_int_equal(check(hex), TSP_EVALUE);
	}
}

static void other_forms_are_bad(void **state)
{
	static const char *const bad[] = {
		/* longer than needed */
		"1800",
		"1817",
		"190018",
		"1900ff",
		"1a00000000",
		"1a0000ffff",
		"1b00000000ffffffff",
		"3800",
		"390000",
		"5800",
		"580101",
		"7800",
		"780161",
		"59000101",
		"9800",
		"980100",
		"b800",
		"b801616101",
		"d80000",
		"d9001840",
		"da00000018"
		"40",
		"fa3f800000",
		"fb3ff0000000000000",
		"fb47efffffe0000000",
		"fb3e70000000000000",
		"fa33800000",
		"fb0000000000000000",
		"fa80000000",
		/* indefinite */
		"5f420102ff",
		"7f616161ff",
		"9fff",
		"9f01ff",
		"bfff",
		"bf616101ff",
		"ff",
		"81ff",
		"1f",
		"3f",
		"df00",
		/* reserved */
		"1c",
		"1d",
		"1e",
		"3c",
		"5c",
		"7d",
		"9e",
		"bc",
		"dc",
		"fc",
		"fd",
		"fe",
		/* not finite */
		"f97c00",
		"f9fc00",
		"f97e00",
		"f97c01",
		"fa7f800000",
		"faff800000",
		"fa7fc00000",
		"fb7ff0000000000000",
		"fbfff0000000000000",
		"fb7ff8000000000000",
		/* out of range */
		"3b8000000000000000",
		"3bffffffffffffffff",
		/* simple values */
		"f0",
		"e0",
		"f3",
		"f7",
		"f818",
		"f8ff",
		"f814",
		/* text */
		"61ff",
		"62c328",
		"63eda080",
		"62c080",
		/* maps: keys not text, twice, not sorted */
		"a10101",
		"a1410101",
		"a1f601",
		"a1800a",
		"a1d81841"
		"0001",
		"a26161016161"
		"02",
		"a2616201616102",
		"a26261610161"
		"6201",
		"82a2616201616102a0",
		"a1610001",
		"a163610062"
		"01",
		/* tags */
		"c000",
		"c11a514b67b0",
		"c249010000000000000000",
		"d74401020304",
		"d818",
		"d81801",
		"d8186161",
		"d9d9f7d0",
		"d9d9f840",
		"d9d9f84f000000000000000000000000000000",
		"d9d9f87000000000",
		"d9d9f85100000000000000000000000000000000"
		"00",
		"d9d9f800",
		"d9d9f900",
		"d9d9f98161"
		"61",
		"d9d9f983616101"
		"02",
		"d9d9f9820101",
		"d9d9f9826001",
		"d9d9f982416101",
		"d9d9f9826161",
		"d9d9f982",
		"d9d9f9a1616101",
		/* nothing */
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (check(bad[i]) != TSP_EVALUE)
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(tsp_value_check(NULL, 0), TSP_EVALUE);
	assert_int_equal(tsp_value_check(NULL, 5), TSP_EVALUE);
}

static void our_own_kinds_are_good(void **state)
{
	(void)state;
	assert_int_equal(check("3b7fffffffffffffff"), TSP_OK);
	assert_int_equal(check("1b8000000000000000"), TSP_OK);
	assert_int_equal(check("d9d9f85000000000000000010000000000000002"), TSP_OK);
	assert_int_equal(check("d9d9f982616101"), TSP_OK);
	assert_int_equal(check("d9d9f98261"
			       "61d9d9f9826161f6"),
		TSP_OK);
	assert_int_equal(check("d81840"), TSP_OK);
	assert_int_equal(check("d81841ff"), TSP_OK);
	assert_int_equal(check("fa33800001"), TSP_OK);
	assert_int_equal(check("a36001616101626161f6"), TSP_OK);
}

static void bombs_of_a_few_bytes_are_bad(void **state)
{
	static const char *const bombs[] = { "9affffffff", "9bffffffffffffffff",
		"9b7fffffffffffffff", "9b4000000000000000", "baffffffff", "bbffffffffffffffff",
		"bb8000000000000000", "5affffffff", "5bffffffffffffffff", "7affffffff",
		"7bffffffffffffffff", "d8185bffffffffffffffff", "d9d9f99bffffffffffffffff",
		"9a7fffffff00000000", "ba0000ffff6161016162" };

	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++)
		assert_int_equal(check(bombs[i]), TSP_EVALUE);
}

static void depth_has_a_bound(void **state)
{
	uint8_t *many = malloc(1000000);
	uint8_t bytes[64];

	(void)state;
	assert_non_null(many);
	memset(bytes, 0x81, sizeof(bytes));
	bytes[TSP_DEPTH_LIMIT] = 0x01;
	assert_int_equal(tsp_value_check(bytes, TSP_DEPTH_LIMIT + 1), TSP_OK);
	bytes[TSP_DEPTH_LIMIT] = 0x80;
	assert_int_equal(tsp_value_check(bytes, TSP_DEPTH_LIMIT + 1), TSP_EVALUE);
	memset(many, 0x81, 1000000);
	assert_int_equal(tsp_value_check(many, 1000000), TSP_EVALUE);
	memset(many, 0xd8, 1000000);
	assert_int_equal(tsp_value_check(many, 1000000), TSP_EVALUE);
	for (size_t i = 0; i < 1000000; i += 2)
		memcpy(many + i, "\xd8\x18", 2);
	assert_int_equal(tsp_value_check(many, 1000000), TSP_EVALUE);
	free(many);
}

static void faults_say_where(void **state)
{
	static const struct {
		const char *hex;
		const char *text;
	} cases[] = {
		{ "830102", "not a valid value: at byte 0: it is cut short" },
		{ "8218646261", "not a valid value: at byte 3: it is cut short" },
		{ "8301021817", "not a valid value: at byte 3: a longer form than needed" },
		{ "a2616201616102", "not a valid value: at byte 4: keys are not sorted" },
		{ "a2616101616102", "not a valid value: at byte 4: a key stands twice" },
		{ "0000", "not a valid value: at byte 1: more follows behind it" },
		{ "81f97e00", "not a valid value: at byte 1: a number is not finite" },
		{ "8161ff", "not a valid value: at byte 1: text is not UTF-8" },
		{ "819f", "not a valid value: at byte 1: a length is indefinite" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes bytes = from_hex(cases[i].hex);
		tsp_error err = { 0 };

		assert_int_equal(value_check(bytes.data, bytes.size, &err), TSP_EVALUE);
		assert_string_equal(err.text, cases[i].text);
	}
	assert_int_equal(value_check("\x01", 1, NULL), TSP_OK);
	assert_int_equal(value_check("\xff", 1, NULL), TSP_EVALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_the_rfc_are_good),
		cmocka_unit_test(every_cut_and_tail_is_bad),
		cmocka_unit_test(other_forms_are_bad),
		cmocka_unit_test(our_own_kinds_are_good),
		cmocka_unit_test(bombs_of_a_few_bytes_are_bad),
		cmocka_unit_test(depth_has_a_bound),
		cmocka_unit_test(faults_say_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
