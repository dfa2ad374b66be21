/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "cli/status.h"

static void test_status(void **state)
{
	(void)state;
	static const struct {
		int rc;
		int status;
	} cases[] = {
		{ TSP_OK, 0 },
		{ 1, 1 },
		{ STATUS_PART, 7 },
		{ STATUS_CHANGES, 8 },
		{ TSP_EUSAGE, 2 },
		{ TSP_ENOSYSTEM, 3 },
		{ TSP_ECLOSED, 3 },
		{ TSP_ETIMEOUT, 4 },
		{ TSP_EPERM, 5 },
		{ TSP_EUNTRUSTED, 5 },
		{ TSP_EREJECTED, 5 },
		{ TSP_EDOWNGRADE, 5 },
		{ TSP_ENOAUTHORITY, 5 },
		{ TSP_EBUILD, 6 },
		{ TSP_ESTART, 6 },
		{ TSP_EDEAD, 1 },
		{ TSP_ENOTIMPL, 1 },
		{ TSP_EIO, 1 },
		{ TSP_ESOURCE, 1 },
		{ -999, 1 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(status_of(cases[i].rc), cases[i].status);
}

static char *report(int rc, const tsp_error *err, int *ret_status)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	*ret_status = status_report(stream, "tool", rc, err);
	fclose(stream);
	return text;
}

static void check(int rc, const tsp_error *err, int status, const char *expected)
{
	int found;
	char *text = report(rc, err, &found);
	assert_int_equal(found, status);
	assert_string_equal(text, expected);
	free(text);
}

static void test_report(void **state)
{
	(void)state;
	tsp_error err = { 0 };
	check(TSP_OK, &err, 0, "");
	check(3, &err, 3, "");
	check(TSP_EDEAD, NULL, 1, "tool: the actor is dead\n");
	tsp_fail(&err, TSP_ENOSYSTEM, "cannot attach to '%d'", 1900);
	check(err.code, &err, 3, "tool: cannot attach to '1900'\n");
	assert_int_equal(status_hint(&err, "'%s' starts one", "start"), TSP_ENOSYSTEM);
	(void)status_hint(&err, "another");
	check(err.code, &err, 3, "tool: cannot attach to '1900'\nhint: 'start' starts one\n");
	tsp_fail(&err, TSP_EIO, "cannot open 'a\033[1m\nb'");
	check(err.code, &err, 1, "tool: cannot open 'a\\x1b[1m\\x0ab'\n");
}

static void test_split(void **state)
{
	(void)state;
	tsp_error err = { .code = TSP_EDEAD };
	const char *hint = "unset";
	assert_true(tsp_text_is(status_split(&err, &hint), "the actor is dead"));
	assert_null(hint);
	tsp_fail(&err, TSP_EIO, "cannot open 'a'");
	assert_true(tsp_text_is(status_split(&err, &hint), "cannot open 'a'"));
	assert_null(hint);
	(void)status_hint(&err, "make it");
	assert_true(tsp_text_is(status_split(&err, &hint), "cannot open 'a'"));
	assert_string_equal(hint, "make it");
}

static void test_long(void **state)
{
	(void)state;
	tsp_error err = { .code = TSP_EIO };
	int status;
	memset(err.text, 'a', sizeof(err.text) - 1);
	(void)status_hint(&err, "there is no room");
	char *text = report(TSP_EIO, &err, &status);
	assert_int_equal(strlen(text), strlen("tool: \n") + sizeof(err.text) - 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
