/* SPDX-License-Identifier: MIT */
/* Greetings' tags, and the cookie that is shown by one of them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "link/cookie.h"

#define SIZE 100

static const uint8_t key[NOISE_KEY] = { 1 }, other_key[NOISE_KEY] = { 2 };
static const uint8_t secret[COOKIE_SECRET] = { 3 };
static const uint8_t nonce[COOKIE_NONCE] = { 4 };
static uint8_t greeting[SIZE + COOKIE_TAGS];

static void the_first_tag_is_of_key_and_bytes(void **state)
{
	(void)state;
	cookie_tag(key, NULL, greeting, SIZE);
	assert_true(cookie_knows(key, greeting, SIZE));
	assert_false(cookie_knows(other_key, greeting, SIZE));
	for (size_t i = 0; i < SIZE + COOKIE_TAG; i++) {
		greeting[i] ^= 1;
		assert_false(cookie_knows(key, greeting, SIZE));
		greeting[i] ^= 1;
	}
	assert_true(cookie_knows(key, greeting, SIZE));
}

static void the_second_tag_is_of_the_cookie(void **state)
{
	static const uint8_t zeros[COOKIE_TAG];
	uint8_t cookie[COOKIE_SIZE], other[COOKIE_SIZE];

	(void)state;
	cookie_of(secret, "192.0.2.1 1900", CLOCK_SECOND, cookie);
	cookie_of(secret, "192.0.2.1 1901", CLOCK_SECOND, other);
	cookie_tag(key, NULL, greeting, SIZE);
	assert_memory_equal(greeting + SIZE + COOKIE_TAG, zeros, COOKIE_TAG);
	assert_false(cookie_shown(cookie, greeting, SIZE));
	cookie_tag(key, cookie, greeting, SIZE);
	assert_true(cookie_knows(key, greeting, SIZE));
	assert_true(cookie_shown(cookie, greeting, SIZE));
	assert_false(cookie_shown(other, greeting, SIZE));
	for (size_t i = 0; i < sizeof(greeting); i++) { /* also the first tag */
		greeting[i] ^= 1;
		assert_false(cookie_shown(cookie, greeting, SIZE));
		greeting[i] ^= 1;
	}
}

static void a_cookie_is_of_place_secret_and_time(void **state)
{
	static const uint8_t other_secret[COOKIE_SECRET] = { 5 };
	uint8_t cookie[COOKIE_SIZE], other[COOKIE_SIZE];

	(void)state;
	cookie_of(secret, "192.0.2.1 1900", COOKIE_HOLDS, cookie);
	cookie_of(secret, "192.0.2.1 1900", 2 * COOKIE_HOLDS - 1, other);
	assert_memory_equal(cookie, other, COOKIE_SIZE);
	cookie_of(secret, "192.0.2.1 1900", 2 * COOKIE_HOLDS, other);
	assert_memory_not_equal(cookie, other, COOKIE_SIZE);
	cookie_of(secret, "192.0.2.2 1900", COOKIE_HOLDS, other);
	assert_memory_not_equal(cookie, other, COOKIE_SIZE);
	cookie_of(other_secret, "192.0.2.1 1900", COOKIE_HOLDS, other);
	assert_memory_not_equal(cookie, other, COOKIE_SIZE);
}

static void it_goes_sealed_and_for_one_greeting(void **state)
{
	uint8_t cookie[COOKIE_SIZE] = { 6 }, came[COOKIE_SIZE], sealed[COOKIE_SEALED];
	uint8_t *tag = greeting + SIZE;

	(void)state;
	cookie_tag(key, NULL, greeting, SIZE);
	cookie_seal(key, tag, nonce, cookie, sealed);
	assert_true(cookie_open(key, tag, sealed, came));
	assert_memory_equal(came, cookie, COOKIE_SIZE);
	assert_false(cookie_open(other_key, tag, sealed, came));
	for (size_t i = 0; i < COOKIE_SEALED; i++) {
		sealed[i] ^= 1;
		assert_false(cookie_open(key, tag, sealed, came));
		sealed[i] ^= 1;
	}
	tag[0] ^= 1; /* of another greeting */
	assert_false(cookie_open(key, tag, sealed, came));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_tag_is_of_key_and_bytes),
		cmocka_unit_test(the_second_tag_is_of_the_cookie),
		cmocka_unit_test(a_cookie_is_of_place_secret_and_time),
		cmocka_unit_test(it_goes_sealed_and_for_one_greeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
