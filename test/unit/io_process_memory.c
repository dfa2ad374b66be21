/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/process_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE ((size_t)32 * 1024 * 1024)

static void test_own(void **state)
{
	uint64_t before = process_memory(0);
	char *memory = malloc(SIZE);

	(void)state;
	assert_non_null(memory);
	assert_true(before > 0);
	memset(memory, 1, SIZE);
	__asm__ volatile("" : : "r"(memory) : "memory"); /* it is used */
	assert_true(process_memory(0) >= before + SIZE / 2);
	free(memory);
}

static void test_by_number(void **state)
{
	(void)state;
	assert_true(process_memory(getpid()) > 0);
	assert_true(process_memory(2147483647) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
