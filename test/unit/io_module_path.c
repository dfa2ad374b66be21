/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "io/module_path.h"

static char folder[64];

static int setup(void **state)
{
	char path[128];

	(void)state;
	strcpy(folder, "/tmp/tsp-modules-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/first", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/second", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/second/echo.so", folder);
	return file_create(path, "x", 1, 0600, NULL);
}

static int teardown(void **state)
{
	(void)state;
	return file_remove_tree(folder, NULL);
}

static void first_folder_that_has_it_wins(void **state)
{
	char search[256], expected[128], path[512] = "";
	uint64_t one[4], two[4];

	(void)state;
	snprintf(search, sizeof(search), "::%s/first:%s/second", folder, folder);
	snprintf(expected, sizeof(expected), "%s/second/echo.so", folder);
	assert_int_equal(
		module_path_find(search, NULL, "echo", path, sizeof(path), one, NULL), TSP_OK);
	assert_string_equal(path, expected);
	assert_int_equal(
		module_path_find(search, NULL, "echo", path, sizeof(path), two, NULL), TSP_OK);
	assert_memory_equal(one, two, sizeof(one));
	snprintf(expected, sizeof(expected), "%s/first/echo.so", folder);
	assert_int_equal(file_create(expected, "y", 1, 0600, NULL), TSP_OK);
	assert_int_equal(
		module_path_find(search, NULL, "echo", path, sizeof(path), two, NULL), TSP_OK);
	assert_string_equal(path, expected);
	assert_memory_not_equal(one, two, sizeof(one));
}

static void replaced_file_is_another_module(void **state)
{
	char search[256], file[300], path[512];
	uint64_t one[4], two[4];

	(void)state;
	snprintf(search, sizeof(search), "%s/second", folder);
	snprintf(file, sizeof(file), "%s/echo.so", search);
	assert_int_equal(
		module_path_find(search, NULL, "echo", path, sizeof(path), one, NULL), TSP_OK);
	assert_int_equal(file_replace(file, "z", 1, 0600, NULL), TSP_OK);
	assert_int_equal(
		module_path_find(search, NULL, "echo", path, sizeof(path), two, NULL), TSP_OK);
	assert_memory_not_equal(one, two, sizeof(one));
}

static void missing_module_names_the_folders(void **state)
{
	char search[256], path[512];
	uint64_t identity[4];
	tsp_error err = { 0 };

	(void)state;
	snprintf(search, sizeof(search), "%s/first", folder);
	assert_int_equal(module_path_find(search, NULL, "echo", path, sizeof(path), identity, &err),
		TSP_ENOENT);
	assert_non_null(strstr(err.text, "'echo'"));
	assert_non_null(strstr(err.text, search));
}

static void names_are_no_paths(void **state)
{
	static const char *const names[] = { "", ".", "..", "../second/echo", "a/b", "a b", "a\n",
		".hidden",
		"0123456789012345678901234567890123456789012345678901234567890123456789" };
	char search[256], path[512];
	uint64_t identity[4];
	size_t i;

	(void)state;
	snprintf(search, sizeof(search), "%s/first", folder);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(module_path_find(search, NULL, names[i], path, sizeof(path),
					 identity, NULL),
			TSP_EVALUE);
}

static void small_room_is_named(void **state)
{
	char search[256], path[8];
	uint64_t identity[4];

	(void)state;
	snprintf(search, sizeof(search), "%s/second", folder);
	assert_int_equal(module_path_find(search, NULL, "echo", path, sizeof(path), identity, NULL),
		TSP_ELIMIT);
}

static void relative_folders_become_absolute(void **state)
{
	char *search = NULL;
	char here[256], expected[600];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(expected, sizeof(expected), "/x:%s/y/z:", here);
	assert_int_equal(module_path_absolute("/x::y/z", &search, NULL), TSP_OK);
	assert_string_equal(search, expected);
	free(search);
	assert_int_equal(module_path_absolute(NULL, &search, NULL), TSP_OK);
	assert_null(search);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_folder_that_has_it_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(replaced_file_is_another_module, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_module_names_the_folders, setup, teardown),
		cmocka_unit_test_setup_teardown(names_are_no_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(small_room_is_named, setup, teardown),
		cmocka_unit_test(relative_folders_become_absolute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
