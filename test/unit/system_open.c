/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <thespian.h>

static tsp_error err;

static int try(tsp_open_options options)
{
	tsp_system *system = NULL;
	int rc;

	err = (tsp_error){ 0 };
	rc = tsp_open(&options, &system, &err);
	if (rc < 0)
		assert_null(system);
	tsp_close(system);
	return rc;
}

static void wrong_options_are_refused_before_anything_is_tried(void **state)
{
	(void)state;
	assert_int_equal(try((tsp_open_options){ .base = "noBase" }), TSP_EUSAGE);
	assert_non_null(strstr(err.text, "cannot use system base 'noBase'"));
	assert_int_equal(try((tsp_open_options){ .port = -1 }), TSP_EUSAGE);
	assert_int_equal(try((tsp_open_options){ .port = 65536 }), TSP_EUSAGE);
	assert_non_null(strstr(err.text, "65536"));
	assert_int_equal(try((tsp_open_options){ .flags = 64 }), TSP_EUSAGE);
	assert_int_equal(try((tsp_open_options){ .flags = TSP_OPEN_ONLY_NEW }), TSP_EUSAGE);
	assert_int_equal(tsp_open(NULL, NULL, &err), TSP_EUSAGE);
}

static void capabilities_are_an_object_without_a_convention(void **state)
{
	(void)state;
	assert_int_equal(try((tsp_open_options){ .base = "simpleSystemBase", .capabilities_json = "{" }), TSP_EUSAGE);
	assert_int_equal(try((tsp_open_options){ .base = "simpleSystemBase", .capabilities_json = "[]" }), TSP_EUSAGE);
	assert_int_equal(try((tsp_open_options){ .base = "simpleSystemBase",
				 .capabilities_json = "{\"Convention Address.IPv4\": \"here:1900\"}" }),
		TSP_EUSAGE);
	assert_non_null(strstr(err.text, "links with no other system"));
	assert_int_equal(try((tsp_open_options){ .base = "simpleSystemBase", .capabilities_json = "{\"Blue\": 1}" }),
		TSP_OK);
}

static void what_is_not_there_says_at_which_port(void **state)
{
	(void)state;
	setenv("THESPIAN_RUNTIME_DIR", "/tmp/tsp-no-such-folder", 1);
	assert_int_equal(try((tsp_open_options){ 0 }), TSP_ENOSYSTEM);
	assert_string_equal(err.text, "cannot attach to the system at port 1900: no system answers there");
	assert_int_equal(try((tsp_open_options){ .base = "multiprocUDPBase" }), TSP_ENOSYSTEM);
	assert_string_equal(err.text, "cannot attach to the system at port 1029: no system answers there");
	assert_int_equal(try((tsp_open_options){ .base = "multiprocQueueBase", .port = 4 }), TSP_ENOSYSTEM);
	assert_string_equal(err.text, "cannot attach to the system at port 4: no system answers there");
}

static void no_system_is_no_crash(void **state)
{
	tsp_message *message = NULL;

	(void)state;
	tsp_close(NULL);
	assert_int_equal(tsp_listen(NULL, 0, &message, &err), TSP_EUSAGE);
	assert_int_equal(tsp_tell(NULL, TSP_NOBODY, NULL, (tsp_value){ NULL, 0 }, NULL), TSP_EUSAGE);
	assert_int_equal(tsp_shutdown(NULL, 0, NULL, &err), TSP_EUSAGE);
	assert_int_equal(tsp_descriptor(NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_options_are_refused_before_anything_is_tried),
		cmocka_unit_test(capabilities_are_an_object_without_a_convention),
		cmocka_unit_test(what_is_not_there_says_at_which_port),
		cmocka_unit_test(no_system_is_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
