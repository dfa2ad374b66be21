/* SPDX-License-Identifier: MIT */
/* The folder of convention keys, with files that somebody has tampered with. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "source/pins.h"

static char root[64];
static char folder[96];

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/tsp-pins.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(folder, sizeof(folder), "%s/convention", root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return file_remove_tree(root, NULL);
}

static char *inside(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void test_own_pair(void **state)
{
	struct pin_pair one, two;
	struct stat info;
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(pins_own(folder, false, &one, &err), TSP_ENOENT);
	assert_int_equal(pins_own(folder, true, &one, &err), 0);
	assert_int_equal(pins_own(folder, true, &two, &err), 0);
	assert_memory_equal(&one, &two, sizeof(one));
	assert_int_equal(stat(inside("system.sec"), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(chmod(inside("system.sec"), 0644), 0);
	assert_int_equal(pins_own(folder, false, &two, &err), TSP_EPERM);
	assert_non_null(strstr(err.text, "chmod 0600"));
	assert_int_equal(chmod(inside("system.sec"), 0600), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(pins_own(folder, false, &two, &err), TSP_EPERM);
	assert_non_null(strstr(err.text, "chmod 0700"));
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(file_replace(inside("system.sec"), "abc\n", 4, 0600, NULL), 0);
	assert_int_equal(pins_own(folder, false, &two, &err), TSP_EVALUE);
	assert_int_equal(unlink(inside("system.sec")), 0);
	assert_int_equal(symlink("system.key", inside("system.sec")), 0);
	assert_int_equal(pins_own(folder, false, &two, &err), TSP_EPERM);
}

static void test_members(void **state)
{
	struct pin pin = { .key = { 1, 2, 3 }, .since = 12, .name = "workshop" };
	struct pin *pins = NULL;
	size_t count = 0;
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(pins_judge(folder, pin.key), 0);
	assert_int_equal(pins_admit(folder, &pin, &err), 0);
	assert_int_equal(pins_judge(folder, pin.key), 1);
	assert_int_equal(pins_list(folder, &pins, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_string_equal(pins[0].name, "workshop");
	assert_int_equal(pins[0].since, 12);
	free(pins);
	assert_int_equal(pins_expel(folder, pin.key, &err), 0);
	assert_int_equal(pins_judge(folder, pin.key), -1);
	assert_int_equal(pins_expel(folder, pin.key, &err), TSP_ENOENT);
	assert_int_equal(file_create(inside("revoked/rubbish.key"), "x", 1, 0600, NULL), 0);
	assert_int_equal(pins_list(folder, &pins, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_true(pins[0].revoked);
	free(pins);
	assert_int_equal(pins_admit(folder, &pin, &err), 0);
	assert_int_equal(pins_judge(folder, pin.key), 1);
}

static void test_leaders(void **state)
{
	uint8_t one[PIN_KEY] = { 1 };
	uint8_t two[PIN_KEY] = { 2 };
	uint8_t key[PIN_KEY];
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(file_make_folder(folder, 0700, NULL), 0);
	assert_int_equal(pins_leader(folder, "a:1900", key, &err), TSP_ENOENT);
	assert_int_equal(pins_set_leader(folder, "a:1900", one, &err), 0);
	assert_int_equal(pins_set_leader(folder, "a:19", two, &err), 0);
	assert_int_equal(pins_leader(folder, "a:1900", key, &err), 0);
	assert_memory_equal(key, one, PIN_KEY);
	assert_int_equal(pins_set_leader(folder, "a:1900", two, &err), 0);
	assert_int_equal(pins_leader(folder, "a:1900", key, &err), 0);
	assert_memory_equal(key, two, PIN_KEY);
	assert_int_equal(pins_leader(folder, "a:19", key, &err), 0);
}

static void test_tokens_burn_once(void **state)
{
	uint8_t key[PIN_KEY], secret[PIN_KEY];
	char token[INVITE_TEXT], late[INVITE_TEXT];
	struct pin_pair own;
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(pins_invite(folder, 1000, token, &err), 0);
	assert_int_equal(pins_invite(folder, 1000, late, &err), 0);
	assert_string_not_equal(token, late);
	assert_int_equal(pins_own(folder, false, &own, &err), 0);
	assert_true(pins_token(token, key, secret));
	assert_memory_equal(key, own.public, PIN_KEY);
	assert_true(pins_burn(folder, secret, 1000 + INVITE_SECONDS - 1));
	assert_false(pins_burn(folder, secret, 1001));
	assert_true(pins_token(late, key, secret));
	assert_false(pins_burn(folder, secret, 1000 + INVITE_SECONDS));
	assert_false(pins_burn(folder, secret, 1001)); /* what is over is gone */
}

static void test_tokens_that_are_none(void **state)
{
	static const char *const none[] = { "", "tsj1-", "tsj1-AAAA", "tsj2-", "tsj1-!!!!",
		"tsj1-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	uint8_t key[PIN_KEY], secret[PIN_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_false(pins_token(none[i], key, secret));
}

static void test_join_secrets(void **state)
{
	static const uint8_t north[PIN_KEY] = { 1 }, south[PIN_KEY] = { 2 };
	static const uint8_t secret[PIN_KEY] = { 9 }, other[PIN_KEY] = { 8 };
	uint8_t read[PIN_KEY];

	(void)state;
	assert_int_equal(file_make_folder(folder, 0700, NULL), 0);
	assert_false(pins_join_secret(folder, north, read));
	assert_int_equal(pins_set_join_secret(folder, north, secret, NULL), 0);
	assert_false(pins_join_secret(folder, south, read));
	assert_int_equal(pins_set_join_secret(folder, south, other, NULL), 0);
	assert_true(pins_join_secret(folder, north, read));
	assert_memory_equal(secret, read, PIN_KEY);
	pins_joined(folder, north);
	assert_false(pins_join_secret(folder, north, read));
	assert_true(pins_join_secret(folder, south, read));
	assert_memory_equal(other, read, PIN_KEY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_own_pair),
		TEST(test_members),
		TEST(test_leaders),
		TEST(test_tokens_burn_once),
		TEST(test_tokens_that_are_none),
		TEST(test_join_secrets),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
