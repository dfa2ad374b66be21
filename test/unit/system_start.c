/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "system/caller.h"
#include "system/program.h"
#include "system/start.h"

static tsp_error err;

/* What a line on the pipe means; end: the other end is closed after it. */
static int read_line(const char *text, bool end)
{
	int fds[2];
	int rc;

	err = (tsp_error){ 0 };
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	if (end)
		close(fds[1]);
	rc = start_read_line(fds[0], caller_deadline(100), &err);
	close(fds[0]);
	if (!end)
		close(fds[1]);
	return rc;
}

static void a_line_says_how_the_start_went(void **state)
{
	(void)state;
	assert_int_equal(read_line("ready 123\n", false), TSP_OK);
	assert_int_equal(read_line("ready\n", true), TSP_OK);
	assert_int_equal(read_line("error -24 one runs there\n", false), TSP_EEXIST);
	assert_string_equal(err.text, "one runs there");
	assert_int_equal(read_line("error -14 the authority did not start\n", true), TSP_ESTART);
}

static void what_makes_no_sense_is_a_failed_start(void **state)
{
	(void)state;
	assert_int_equal(read_line("", true), TSP_ESTART);
	assert_int_equal(read_line("error 0 fine\n", true), TSP_ESTART);
	assert_int_equal(read_line("error -999 odd\n", true), TSP_ESTART);
	assert_int_equal(read_line("hello\n", true), TSP_ESTART);
	assert_int_equal(read_line("rea", false), TSP_ETIMEOUT);
}

static void an_endless_line_ends(void **state)
{
	char line[4097];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(read_line(line, false), TSP_ESTART);
}

static void programs_are_found_on_the_path(void **state)
{
	char folder[] = "/tmp/tsp-start-XXXXXX";
	char *before = strdup(getenv("PATH"));
	char *path = NULL;
	char text[256];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(text, sizeof(text), "%s/thespian-nothing", folder);
	assert_int_equal(file_create(text, "#!/bin/sh\n", 10, 0644, &err), TSP_OK);
	snprintf(text, sizeof(text), "relative::%s", folder);
	setenv("PATH", text, 1);
	assert_int_equal(program_find("thespian-nothing", &path, &err), TSP_ENOENT); /* not executable */
	assert_null(path);
	snprintf(text, sizeof(text), "%s/thespian-nothing", folder);
	assert_int_equal(chmod(text, 0755), 0);
	assert_int_equal(program_find("thespian-nothing", &path, &err), TSP_OK);
	assert_string_equal(path, text);
	setenv("PATH", before, 1);
	free(path);
	free(before);
	assert_int_equal(file_remove_tree(folder, NULL), TSP_OK);
}

static void the_header_is_found_from_the_build_folder(void **state)
{
	char *path = NULL;
	char *file;

	(void)state;
	assert_int_equal(program_include(&path, &err), TSP_OK);
	file = file_join(path, "thespian.h");
	assert_int_equal(access(file, R_OK), 0);
	free(file);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_how_the_start_went),
		cmocka_unit_test(what_makes_no_sense_is_a_failed_start),
		cmocka_unit_test(an_endless_line_ends),
		cmocka_unit_test(programs_are_found_on_the_path),
		cmocka_unit_test(the_header_is_found_from_the_build_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
