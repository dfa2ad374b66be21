/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "wire/system.h"

static void requests_are_found(void **state)
{
	(void)state;
	for (int i = 0; i < REQUEST_COUNT; i++) {
		const char *name = system_request_name((enum system_request)i);

		assert_true(strlen(name) > 0);
		assert_int_equal(system_request_find(tsp_text_of(name)), i);
	}
	assert_string_equal(system_request_name(REQUEST_CREATE), "Create");
	assert_string_equal(system_request_name(REQUEST_COUNT), "");
	assert_int_equal(system_request_find(TSP_TEXT("Creat")), -1);
	assert_int_equal(system_request_find(TSP_TEXT("Creatf")), -1);
	assert_int_equal(system_request_find(tsp_text_of(NULL)), -1);
	assert_int_equal(system_request_find((tsp_text){ "Create\0", 7 }), -1);
}

static void notices_are_reserved(void **state)
{
	(void)state;
	for (int i = 0; i < NOTICE_COUNT; i++) {
		const char *name = system_notice_name((enum system_notice)i);

		assert_true(strlen(name) > 0 && strlen(name) < 64);
		assert_true(system_is_reserved(tsp_text_of(name)));
	}
	assert_true(system_is_reserved(TSP_TEXT("ActorSystemConventionUpdate")));
	assert_string_equal(system_notice_name(NOTICE_POISON), "PoisonMessage");
	assert_string_equal(system_notice_name(NOTICE_COUNT), "");
	assert_false(system_is_reserved(TSP_TEXT(SYSTEM_EXIT_REQUEST)));
	assert_false(system_is_reserved(TSP_TEXT(SYSTEM_STATUS_REQUEST)));
	assert_false(system_is_reserved(TSP_TEXT("poisonMessage")));
	assert_false(system_is_reserved(TSP_TEXT("")));
	assert_false(system_is_reserved(TSP_TEXT(
		"A type whose name is longer than any that the system has, by far, in bytes")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_found),
		cmocka_unit_test(notices_are_reserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
