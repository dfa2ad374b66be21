/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "source/proof_keys.h"

static char folder[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/tsp-proofs.XXXXXX");
	assert_non_null(mkdtemp(folder));
	return keys_init(NULL);
}

static int teardown(void **state)
{
	(void)state;
	return file_remove_tree(folder, NULL);
}

static void test_first_one_stays(void **state)
{
	const uint8_t south[PIN_KEY] = { 1 }, east[PIN_KEY] = { 2 };
	struct public_key key = { .id = { 3 }, .key = { 4 } }, other = { .id = { 3 }, .key = { 5 } };
	struct public_key found = { .path = NULL };
	char *path = proof_key_path(folder, south);
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(proof_key_find(folder, south, &found, &err), TSP_ENOENT);
	assert_int_equal(proof_key_pin(folder, south, &key, &err), 0);
	assert_int_equal(proof_key_pin(folder, south, &other, &err), TSP_EEXIST);
	assert_int_equal(proof_key_find(folder, south, &found, &err), 0);
	assert_memory_equal(found.key, key.key, sizeof(key.key));
	assert_memory_equal(found.id, key.id, sizeof(key.id));
	assert_string_equal(found.path, path);
	assert_non_null(strstr(path, "/proofs/0100000000"));
	free(found.path);
	free(path);
	assert_int_equal(proof_key_find(folder, east, &found, &err), TSP_ENOENT);
}

/* A file that is damaged is no reason to take whatever key comes. */
static void test_damaged(void **state)
{
	const uint8_t south[PIN_KEY] = { 1 };
	struct public_key key = { .id = { 3 }, .key = { 4 } }, found;
	char *path = proof_key_path(folder, south);
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(proof_key_pin(folder, south, &key, &err), 0);
	assert_int_equal(file_replace(path, "abc\n", 4, 0600, &err), 0);
	assert_int_equal(proof_key_find(folder, south, &found, &err), TSP_EVALUE);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(proof_key_pin(folder, south, &key, &err), TSP_EEXIST);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_one_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
