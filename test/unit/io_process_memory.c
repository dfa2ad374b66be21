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

static uint64_t after_use(void)
{
	char *parts[64];

	for (size_t i = 0; i < 64; i++) {
		parts[i] = malloc(SIZE / 64);
		assert_non_null(parts[i]);
		memset(parts[i], 1, SIZE / 64);
		__asm__ volatile("" : : "r"(parts[i]) : "memory");
	}
	for (size_t i = 0; i < 64; i++)
		free(parts[i]);
	return process_memory(0);
}

static void test_kept_and_given_back(void **state)
{
	uint64_t before = process_memory(0);

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* which has a malloc of its own */
#endif
	process_keep_memory(true);
	assert_true(after_use() >= before + SIZE / 2);
	process_keep_memory(false);
	assert_true(process_memory(0) < before + SIZE / 4);
	assert_true(after_use() < before + SIZE / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_by_number),
		cmocka_unit_test(test_kept_and_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
