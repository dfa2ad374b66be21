/* SPDX-License-Identifier: MIT */
/* Records of a stage: what is made at all, how often, and what is said of the rest. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/log_bucket.h"
#include "core_stage_rig.h"

#define LEVELS "{s:i, s:i, s:i}"

static int64_t wanted;

static int storm(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	for (int64_t i = 0; i < wanted; i++)
		tsp_log(self, "warning", "line %d", (int)i);
	return TSP_OK;
}

static int low_storm(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	for (int64_t i = 0; i < wanted; i++)
		tsp_log(self, "debug", "detail %d", (int)i);
	return TSP_OK;
}

static int several(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	tsp_log(self, "debug", "one");
	tsp_log(self, "info", "two");
	tsp_log_to(self, "db.pool", "warning", "three");
	tsp_log_to(self, "", "error", "four \xff");
	tsp_log(self, "what", "five");
	return TSP_OK;
}

static int leave(tsp_actor *self, const tsp_message *message)
{
	(void)storm(self, message);
	return tsp_exit(self);
}

static int refused(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	for (int i = 0; i < 150; i++)
		(void)tsp_send(self, TSP_NOBODY, "Any", (tsp_value){ NULL, 0 });
	return TSP_OK;
}

/* The number in the report that was sent last, 0: none. */
static unsigned long reported(struct rig *rig)
{
	unsigned long sum = 0;
	size_t i;

	for (i = 0; i < rig->count; i++) {
		const char *text;

		if (strcmp(rig->sent[i].type, "LogRecord") != 0)
			continue;
		text = rig_text(&rig->sent[i], "text");
		if (strstr(text, " records suppressed") != NULL)
			sum += strtoul(text, NULL, 10);
	}
	return sum;
}

static void test_bucket(void **state)
{
	struct log_bucket bucket = { 0 };
	clock_ns now = 77 * CLOCK_SECOND;
	int passed = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		passed += log_bucket_take(&bucket, now, CLOCK_SECOND / 2);
	assert_int_equal(passed, 20); /* ten seconds of two */
	assert_int_equal(bucket.held, 30);
	assert_int_equal(log_bucket_report(&bucket, now + CLOCK_SECOND - 1, false), 0);
	assert_int_equal(log_bucket_report(&bucket, now + CLOCK_SECOND, false), 30);
	assert_int_equal(log_bucket_report(&bucket, now + CLOCK_SECOND, true), 0);
	now += CLOCK_SECOND;
	assert_true(log_bucket_take(&bucket, now, CLOCK_SECOND / 2));
	assert_true(log_bucket_take(&bucket, now, CLOCK_SECOND / 2));
	assert_false(log_bucket_take(&bucket, now, CLOCK_SECOND / 2));
	assert_int_equal(log_bucket_report(&bucket, now, true), 1);
	/* the slowest rate lets one pass at a time */
	memset(&bucket, 0, sizeof(bucket));
	assert_true(log_bucket_take(&bucket, now, 3600 * CLOCK_SECOND));
	assert_false(log_bucket_take(&bucket, now, 3600 * CLOCK_SECOND));
}

static void test_rate(void **state)
{
	struct rig *rig = *state;

	rig->now = 5 * CLOCK_SECOND;
	wanted = 15000;
	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, storm);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 10000);
	assert_int_equal(reported(rig), 0);
	/* it is due a second after it began, by itself */
	assert_int_equal(stage_deadline(rig->stage), rig->now + CLOCK_SECOND);
	rig->now += CLOCK_SECOND;
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 10001);
	assert_int_equal(reported(rig), 5000);
	assert_int_equal(stage_deadline(rig->stage), CLOCK_NEVER);
	/* in that second a thousand more came free */
	wanted = 1200;
	rig_script(rig, 5, 3, storm);
	rig->now += CLOCK_SECOND;
	wanted = 1;
	rig_script(rig, 5, 4, storm); /* the next record tells, too */
	rig_collect(rig);
	assert_int_equal(reported(rig), 5200);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 10001 + 1000 + 1 + 1);
}

static void test_exit(void **state)
{
	struct rig *rig = *state;

	wanted = 10300;
	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, leave);
	rig_collect(rig);
	assert_int_equal(reported(rig), 300);
	assert_non_null(rig_sent(rig, "Exited"));
	assert_true(rig_sent(rig, "LogRecord")->at < rig_sent(rig, "Exited")->at);
	assert_int_equal(stage_deadline(rig->stage), CLOCK_NEVER);
}

static void test_rate_is_a_capability(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_system(rig, 0, 0, "NewCapabilities", "{s:{s:i}}", "capabilities", "Log Rate", 3);
	wanted = 100;
	rig_script(rig, 5, 2, storm);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 30);
}

static void test_threshold(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_system(rig, 0, 0, "LogSettings", LEVELS, "least", LOG_LEVEL_INFO, "own_least",
		LOG_LEVEL_OFF, "places", LOG_PLACE_BOTH);
	rig_script(rig, 5, 2, several);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 4);
	assert_string_equal(rig_text(&rig->sent[0], "text"), "two");
	assert_string_equal(rig_text(&rig->sent[1], "logger"), "db.pool");
	assert_string_equal(rig_text(&rig->sent[2], "text"), "four \\xff");
	assert_string_equal(rig_text(&rig->sent[3], "level"), "info");
	rig_system(rig, 0, 0, "LogSettings", LEVELS, "least", LOG_LEVEL_OFF, "own_least",
		LOG_LEVEL_OFF, "places", LOG_PLACE_BOTH);
	wanted = 20000;
	rig_script(rig, 5, 3, storm);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 4);
	assert_int_equal(reported(rig), 0); /* what nobody wants is not suppressed */
}

/* Who follows the log at a lower level than its own takes none of the log's rate. */
static void test_below_the_level_of_the_log(void **state)
{
	struct rig *rig = *state;

	rig->now = 5 * CLOCK_SECOND;
	rig_create(rig, 5, "Script", 1);
	rig_system(rig, 0, 0, "NewCapabilities", "{s:{s:i}}", "capabilities", "Log Rate", 100);
	rig_system(rig, 0, 0, "LogSettings", "{s:i, s:i, s:i, s:i}", "least", LOG_LEVEL_DEBUG, "normal",
		LOG_LEVEL_WARNING, "own_least", LOG_LEVEL_OFF, "places", LOG_PLACE_BOTH);
	wanted = 1500;
	rig_script(rig, 5, 2, low_storm);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 1000);
	wanted = 1000;
	rig_script(rig, 5, 3, storm);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 2000);
	/* what was held back is said where it is wanted, and not in the log */
	rig->now += CLOCK_SECOND;
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(reported(rig), 500);
	assert_string_equal(rig_text(&rig->sent[rig->count - 1], "level"), "debug");
	assert_int_equal(stage_deadline(rig->stage), CLOCK_NEVER);
	/* and nowhere when nobody follows it any more */
	wanted = 1500;
	rig_script(rig, 5, 4, low_storm);
	rig_system(rig, 0, 0, "LogSettings", "{s:i}", "least", LOG_LEVEL_WARNING);
	rig->now += 2 * CLOCK_SECOND;
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(reported(rig), 500);
	assert_int_equal(stage_deadline(rig->stage), CLOCK_NEVER);
}

static void test_refusals_are_said(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, refused);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 100);
	assert_string_equal(rig_text(&rig->sent[0], "level"), "error");
	assert_non_null(strstr(rig_text(&rig->sent[0], "text"), "cannot send 'Any' to "));
	rig->now += CLOCK_SECOND;
	rig_script(rig, 5, 3, refused);
	rig_collect(rig);
	assert_non_null(strstr(rig_text(&rig->sent[100], "text"), " (and 50 refused before it)"));
}

static void test_failures_are_said_where_wanted(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Faulty", 1);
	rig_send(rig, 5, 2, "Always", "n");
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 2);
	assert_string_equal(rig_text(&rig->sent[0], "level"), "warning");
	assert_string_equal(rig_text(&rig->sent[1], "level"), "error");
	assert_int_equal(rig_uint(&rig->sent[1], "places"), LOG_PLACE_BOTH);
	rig_system(rig, 0, 0, "LogSettings", LEVELS, "least", LOG_LEVEL_ERROR, "own_least",
		LOG_LEVEL_OFF, "places", LOG_PLACE_BOTH);
	rig_send(rig, 5, 3, "Always", "n");
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 3); /* the error, to the normal log */
	rig_system(rig, 0, 0, "LogSettings", LEVELS, "least", LOG_LEVEL_DEBUG, "own_least",
		LOG_LEVEL_DEBUG, "places", 0);
	rig_send(rig, 5, 4, "Always", "n");
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),
		RIG_TEST(test_rate),
		RIG_TEST(test_exit),
		RIG_TEST(test_rate_is_a_capability),
		RIG_TEST(test_threshold),
		RIG_TEST(test_below_the_level_of_the_log),
		RIG_TEST(test_refusals_are_said),
		RIG_TEST(test_failures_are_said_where_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
