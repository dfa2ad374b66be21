/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static void every_code_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	for (int code = -1; code >= TSP_ESHUTDOWN; code--) {
		assert_int_equal(strncmp(tsp_error_name(code), "TSP_E", 5), 0);
		assert_string_not_equal(tsp_error_name(code), "TSP_EUNKNOWN");
		assert_true(strlen(tsp_error_sentence(code)) > 5);
	}
	assert_string_equal(tsp_error_name(TSP_EDEAD), "TSP_EDEAD");
	assert_string_equal(tsp_error_sentence(TSP_EDEAD), "the actor is dead");
	assert_string_equal(tsp_error_name(TSP_OK), "TSP_OK");
	assert_string_equal(tsp_error_name(-1000), "TSP_EUNKNOWN");
	assert_string_equal(tsp_error_name(1000), "TSP_EUNKNOWN");
	assert_non_null(tsp_error_sentence(-1000));
	assert_non_null(tsp_error_sentence(0));
}

static void fail_fills_and_wrap_puts_before(void **state)
{
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(tsp_fail(NULL, TSP_EIO, "x"), TSP_EIO);
	assert_int_equal(tsp_wrap(NULL, TSP_EIO, "x"), TSP_EIO);
	assert_int_equal(tsp_fail(&err, TSP_EIO, "key '%s' is bad", "a"), TSP_EIO);
	assert_int_equal(err.code, TSP_EIO);
	assert_int_equal(tsp_wrap(&err, TSP_EPERM, "cannot load '%s'", "b"), TSP_EPERM);
	assert_int_equal(err.code, TSP_EPERM);
	assert_string_equal(err.text, "cannot load 'b': key 'a' is bad");
	/* From itself into itself. */
	tsp_fail(&err, TSP_EIO, "again: %s", err.text);
	assert_string_equal(err.text, "again: cannot load 'b': key 'a' is bad");
}

static void long_texts_are_cut_between_characters(void **state)
{
	char text[2000];
	tsp_error err = { 0 };

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof(text); i += 4)
			memcpy(text + i, "\xf0\x9f\x8e\xad", 5);
		tsp_fail(&err, TSP_EIO, "%s", text);
		assert_true(strlen(err.text) > sizeof(err.text) - 6);
		assert_true(text_is_utf8(err.text, strlen(err.text)));
		tsp_wrap(&err, TSP_EIO, "%s", "front");
		assert_true(text_is_utf8(err.text, strlen(err.text)));
		assert_memory_equal(err.text, "front: ", 7);
	}
}

static void other_bytes_are_mended(void **state)
{
	tsp_error err = { 0 };

	(void)state;
	tsp_fail(&err, TSP_EIO, "cannot open '%s'", "/tmp/\xe4.tls");
	assert_string_equal(err.text, "cannot open '/tmp/?.tls'");
}

static void errno_gives_the_cause(void **state)
{
	tsp_error err = { 0 };

	(void)state;
	errno = ENOENT;
	assert_int_equal(tsp_fail_errno(&err, "open", "a\033b"), TSP_ENOENT);
	assert_string_equal(err.text, "cannot open 'a\\x1bb': No such file or directory");
	errno = EACCES;
	assert_int_equal(tsp_fail_errno(&err, "open", "x"), TSP_EIO);
	assert_int_equal(tsp_fail_errno(NULL, "open", "x"), TSP_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_and_a_sentence),
		cmocka_unit_test(fail_fills_and_wrap_puts_before),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(other_bytes_are_mended),
		cmocka_unit_test(errno_gives_the_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
