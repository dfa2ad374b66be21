/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/runtime_path.h"

static void use(const char *own, const char *xdg)
{
	if (own != NULL)
		setenv("THESPIAN_RUNTIME_DIR", own, 1);
	else
		unsetenv("THESPIAN_RUNTIME_DIR");
	if (xdg != NULL)
		setenv("XDG_RUNTIME_DIR", xdg, 1);
	else
		unsetenv("XDG_RUNTIME_DIR");
}

static void expect_path(const char *expected)
{
	char *path = NULL;

	assert_int_equal(runtime_path(&path, NULL), TSP_OK);
	assert_string_equal(path, expected);
	free(path);
}

static void environment_decides(void **state)
{
	char own[64];
	char *path = NULL;

	(void)state;
	use("/a/b", "/x");
	expect_path("/a/b");
	use(NULL, "/x");
	expect_path("/x/thespian");
	use("", "/x");
	expect_path("/x/thespian");
	snprintf(own, sizeof(own), "/tmp/thespian-%lu", (unsigned long)geteuid());
	use(NULL, "relative"); /* which its standard says to ignore */
	expect_path(geteuid() == 0 ? "/run/thespian" : own);
	use("relative", NULL);
	assert_int_equal(runtime_path(&path, NULL), TSP_EUSAGE);
	assert_null(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
