/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <thespian.h>

#include "base/log.h"

struct seen {
	int count;
	enum log_level level;
	char text[4096];
};

static void sink(void *data, enum log_level level, const char *text)
{
	struct seen *seen = data;

	seen->count++;
	seen->level = level;
	strncpy(seen->text, text, sizeof(seen->text) - 1);
}

static void the_sink_hears(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	log_write(LOG_LEVEL_ERROR, "to nobody %d", 1);
	log_set_sink(sink, &seen);
	log_write(LOG_LEVEL_WARNING, "skipping '%s'", "x");
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.level, LOG_LEVEL_WARNING);
	assert_string_equal(seen.text, "skipping 'x'");
	log_write(LOG_LEVEL_INFO, "%5000d", 1);
	assert_int_equal(seen.count, 2);
	assert_true(strlen(seen.text) > 1000);
	log_set_sink(NULL, NULL);
	log_write(LOG_LEVEL_ERROR, "to nobody");
	assert_int_equal(seen.count, 2);
}

static void levels_have_names(void **state)
{
	enum log_level level = LOG_LEVEL_ERROR;

	(void)state;
	for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_CRITICAL; i++) {
		assert_int_equal(
			log_level_parse(log_level_name((enum log_level)i), &level), TSP_OK);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_level_parse("loud", &level), TSP_EVALUE);
	assert_int_equal(log_level_parse("", &level), TSP_EVALUE);
	assert_int_equal(level, LOG_LEVEL_CRITICAL);
	assert_non_null(log_level_name((enum log_level)99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sink_hears),
		cmocka_unit_test(levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
