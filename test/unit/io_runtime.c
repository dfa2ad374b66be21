/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "io/runtime.h"

static char folder[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/tsp-runtime-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	unsetenv("THESPIAN_RUNTIME_DIR");
	return file_remove_tree(folder, NULL);
}

struct case_row {
	const char *what;
	mode_t mode;
	int expected;
};

static void only_a_private_folder_is_taken(void **state)
{
	static const struct case_row rows[] = {
		{ "private", 0700, TSP_OK },
		{ "group reads", 0740, TSP_EPERM },
		{ "all", 0777, TSP_EPERM },
		{ "others enter", 0701, TSP_EPERM },
		{ "no write", 0500, TSP_EPERM },
	};
	char *path = NULL;
	size_t i;

	(void)state;
	assert_int_equal(setenv("THESPIAN_RUNTIME_DIR", folder, 1), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tsp_error err = { 0 };

		assert_int_equal(chmod(folder, rows[i].mode), 0);
		assert_int_equal(runtime_open(true, &path, &err), rows[i].expected);
		if (rows[i].expected == TSP_OK) {
			free(path);
			path = NULL;
		} else {
			assert_non_null(strstr(err.text, folder));
		}
		assert_null(path);
	}
}

static void links_and_files_are_refused(void **state)
{
	char place[96], other[96];
	char *path = NULL;
	tsp_error err;

	(void)state;
	snprintf(place, sizeof(place), "%s/link", folder);
	snprintf(other, sizeof(other), "%s/real", folder);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(symlink(other, place), 0);
	assert_int_equal(setenv("THESPIAN_RUNTIME_DIR", place, 1), 0);
	assert_int_equal(runtime_open(true, &path, &err), TSP_EPERM);
	assert_non_null(strstr(err.text, "link"));
	assert_int_equal(unlink(place), 0);
	assert_int_equal(file_create(place, "x", 1, 0600, NULL), TSP_OK);
	assert_int_equal(runtime_open(true, &path, &err), TSP_EPERM);
	assert_null(path);
}

static void folder_is_made_only_if_wished(void **state)
{
	char place[96];
	char *path = NULL;
	struct stat st;

	(void)state;
	snprintf(place, sizeof(place), "%s/new", folder);
	assert_int_equal(setenv("THESPIAN_RUNTIME_DIR", place, 1), 0);
	assert_int_equal(runtime_open(false, &path, NULL), TSP_ENOENT);
	assert_int_equal(runtime_open(true, &path, NULL), TSP_OK);
	assert_string_equal(path, place);
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	free(path);
}

static void long_socket_paths_are_refused(void **state)
{
	char longest[RUNTIME_SOCKET_SIZE];
	char path[RUNTIME_SOCKET_SIZE] = "";

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[RUNTIME_SOCKET_SIZE - 1 - strlen("/1900.sock")] = '\0';
	assert_int_equal(runtime_socket(longest, 1900, path, NULL), TSP_OK);
	assert_int_equal(strlen(path), RUNTIME_SOCKET_SIZE - 1);
	path[0] = '\0';
	assert_int_equal(runtime_socket(longest, 19000, path, NULL), TSP_ELIMIT);
	assert_string_equal(path, "");
}

static void one_process_holds_the_lock(void **state)
{
	int fd = -1;
	int holder = -1;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(runtime_holder(folder, 7), 0);
	assert_int_equal(runtime_lock(folder, 7, &fd, NULL, NULL), TSP_OK);
	assert_int_equal(runtime_holder(folder, 7), (int)getpid());
	pid = fork();
	if (pid == 0) {
		int other;
		tsp_error err;

		if (runtime_lock(folder, 7, &other, &holder, &err) != TSP_EEXIST ||
			holder != (int)getppid())
			_exit(1);
		_exit(runtime_lock(folder, 8, &other, NULL, NULL) == TSP_OK ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(runtime_holder(folder, 8), 0); /* its holder is gone */
	runtime_unlock(folder, 7, fd);
	assert_int_equal(runtime_holder(folder, 7), 0);
	assert_int_equal(runtime_lock(folder, 7, &fd, NULL, NULL), TSP_OK);
	runtime_unlock(folder, 7, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_a_private_folder_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(links_and_files_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(folder_is_made_only_if_wished, setup, teardown),
		cmocka_unit_test_setup_teardown(long_socket_paths_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(one_process_holds_the_lock, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
