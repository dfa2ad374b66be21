/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/environment.h"

static bool holds(char *const *list, const char *entry)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, entry) == 0)
			return true;
	return false;
}

static void test_hand_on(void **state)
{
	char **copy;

	(void)state;
	assert_int_equal(setenv("NOTIFY_SOCKET", "/x", 1), 0);
	assert_int_equal(setenv("WATCHDOG_USEC", "1", 1), 0);
	assert_int_equal(setenv("SECRET", "passphrase", 1), 0);
	copy = environment_to_hand_on();
	assert_non_null(copy);
	assert_false(holds(copy, "NOTIFY_SOCKET=/x"));
	assert_false(holds(copy, "WATCHDOG_USEC=1"));
	assert_true(holds(copy, "SECRET=passphrase"));
	assert_true(holds(environ, "NOTIFY_SOCKET=/x")); /* ours stays */
	free(copy);
}

static void test_scrub(void **state)
{
	const char *output = getenv("CMOCKA_MESSAGE_OUTPUT");
	char *form = strdup(output != NULL ? output : "STDOUT");
	const char *secret;

	(void)state;
	assert_non_null(form);
	assert_int_equal(setenv("SECRET", "passphrase", 1), 0);
	assert_int_equal(setenv("THESPIAN_X", "theirs", 1), 0);
	assert_int_equal(setenv("PATHETIC", "no path", 1), 0);
	secret = getenv("SECRET");
	environment_scrub();
	assert_null(getenv("SECRET"));
	assert_null(getenv("PATHETIC"));
	assert_string_equal(secret, ""); /* it is gone from where it lay */
	assert_string_equal(getenv("THESPIAN_X"), "theirs");
	assert_non_null(getenv("PATH"));
	environment_scrub(); /* once more does nothing */
	assert_string_equal(getenv("THESPIAN_X"), "theirs");
	assert_int_equal(setenv("CMOCKA_MESSAGE_OUTPUT", form, 1), 0); /* how this test reports */
	free(form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hand_on),
		cmocka_unit_test(test_scrub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
