/* SPDX-License-Identifier: MIT */
/* Which greetings are looked at: those of forged addresses hold up nobody who can show a cookie. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "link/greetings.h"

#define SIZE 100

static const uint8_t key[NOISE_KEY] = { 1 };
static struct greetings greetings;
static uint8_t greeting[SIZE + COOKIE_TAGS];
static clock_ns now;

static int setup(void **state)
{
	(void)state;
	greetings = (struct greetings){ .key = { 7 }, .secret = { 8 } };
	now = 1000 * CLOCK_SECOND;
	return 0;
}

static enum greeting bare(const char *address, bool crowded)
{
	char place[64];

	snprintf(place, sizeof(place), "%s 1900", address);
	cookie_tag(key, NULL, greeting, SIZE);
	return greetings_judge(&greetings, greeting, SIZE, place, address, crowded, now);
}

/* from: whose cookie it shows. */
static enum greeting shown(const char *address, const char *from, bool crowded)
{
	uint8_t cookie[COOKIE_SIZE];
	char place[64];

	snprintf(place, sizeof(place), "%s 1900", from);
	cookie_of(greetings.secret, place, now, cookie);
	cookie_tag(key, cookie, greeting, SIZE);
	snprintf(place, sizeof(place), "%s 1900", address);
	return greetings_judge(&greetings, greeting, SIZE, place, address, crowded, now);
}

static void use_up_bare(void)
{
	char address[32];

	for (int i = 0; i < GREETINGS_BURST; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		assert_int_equal(bare(address, false), GREETING_LOOK);
	}
}

static void few_are_looked_at_without_a_cookie(void **state)
{
	(void)state;
	use_up_bare();
	assert_int_equal(bare("198.51.100.1", false), GREETING_ASK);
	now += CLOCK_SECOND;
	for (int i = 0; i < GREETINGS_RATE; i++)
		assert_int_equal(bare("198.51.100.1", false), GREETING_LOOK);
	assert_int_equal(bare("198.51.100.1", false), GREETING_ASK);
	now += 3600 * CLOCK_SECOND; /* not more than at first */
	use_up_bare();
	assert_int_equal(bare("198.51.100.1", false), GREETING_ASK);
}

static void a_cookie_is_asked_for_in_a_crowd(void **state)
{
	(void)state;
	assert_int_equal(bare("198.51.100.1", true), GREETING_ASK);
	assert_int_equal(shown("198.51.100.1", "198.51.100.1", true), GREETING_LOOK);
	assert_int_equal(shown("198.51.100.1", "198.51.100.2", true), GREETING_ASK);
}

static void a_cookie_opens_in_a_flood(void **state)
{
	(void)state;
	use_up_bare();
	for (int i = 0; i < 100000; i++)
		assert_int_equal(bare("198.51.100.1", false), GREETING_ASK);
	assert_int_equal(shown("198.51.100.1", "198.51.100.1", false), GREETING_LOOK);
	now += COOKIE_HOLDS;
	use_up_bare();
	assert_int_equal(bare("198.51.100.1", false), GREETING_ASK);
	assert_int_equal(shown("198.51.100.1", "198.51.100.1", false), GREETING_LOOK);
}

static void each_place_has_its_share(void **state)
{
	size_t refused = 0;
	char address[32];

	(void)state;
	for (int i = 0; i < GREETINGS_BURST; i++)
		assert_int_equal(shown("198.51.100.1", "198.51.100.1", false), GREETING_LOOK);
	assert_int_equal(shown("198.51.100.1", "198.51.100.1", false), GREETING_REFUSE);
	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "203.0.113.%d", i);
		refused += shown(address, address, false) != GREETING_LOOK;
	}
	assert_in_range(refused, 0, 1); /* one that has the same four counts */
	now += CLOCK_SECOND / GREETINGS_RATE;
	assert_int_equal(shown("198.51.100.1", "198.51.100.1", false), GREETING_LOOK);
	assert_int_equal(shown("198.51.100.1", "198.51.100.1", false), GREETING_REFUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(few_are_looked_at_without_a_cookie, setup),
		cmocka_unit_test_setup(a_cookie_is_asked_for_in_a_crowd, setup),
		cmocka_unit_test_setup(a_cookie_opens_in_a_flood, setup),
		cmocka_unit_test_setup(each_place_has_its_share, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
