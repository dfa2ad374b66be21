/* SPDX-License-Identifier: MIT */
/* Who hosts run as, and that there is no way back from it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/host_user.h"
#include "source/sandbox.h"

#define SOMEBODY 54321

static int find(const char *json, struct host_user *user, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	int rc;

	assert_int_equal(tsp_value_from_json(json, strlen(json), builder, NULL), TSP_OK);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	rc = host_user_find(value, user, err);
	tsp_builder_free(builder);
	return rc;
}

static void own_user_is_not_apart(void **state)
{
	struct host_user user;
	char number[16];

	(void)state;
	snprintf(number, sizeof(number), "%lu", (unsigned long)geteuid());
	assert_int_equal(find(number, &user, NULL), TSP_OK);
	assert_false(user.apart);
	assert_int_equal(user.uid, geteuid());
	assert_int_equal(host_user_become(&user, NULL), TSP_OK);
	assert_int_equal(geteuid(), user.uid);
}

static void root_finds_another_user(void **state)
{
	struct host_user user;
	tsp_error err = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(find("null", &user, NULL), TSP_OK);
	assert_true(user.apart);
	assert_true(user.uid != 0);
	assert_string_equal(user.name, getpwnam("thespian") != NULL ? "thespian" : "nobody");
	assert_int_equal(find("54321", &user, NULL), TSP_OK); /* who needs no entry */
	assert_int_equal(user.uid, SOMEBODY);
	/* the group of that number may be anybody's: nobody's it is */
	assert_int_equal(user.gid, getpwnam("nobody")->pw_gid);
	assert_string_equal(user.name, "54321");
	assert_string_equal(user.home, "/");
	assert_int_equal(find("\"root\"", &user, NULL), TSP_OK);
	assert_false(user.apart);
	assert_int_equal(find("\"no such user\"", &user, &err), TSP_EUSAGE);
	assert_non_null(strstr(err.text, "\nhint: "));
}

static void what_names_no_user_is_refused(void **state)
{
	static const char *const bad[] = { "[]", "{}", "true", "1.5", "-1", "4294967295",
		"99999999999", "\"\"", "\"a\\u0000b\"",
		"\"0123456789012345678901234567890123456789012345678901234567890123456789\"" };
	struct host_user user;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(find(bad[i], &user, NULL), TSP_EUSAGE);
}

static void text_says_the_same(void **state)
{
	static const char *const bad[] = { "", "1", "1:2", "1:2:x", ":2:x:/", "0:0:root:/root", "x:2:x:/",
		"-1:2:x:/", "4294967295:2:x:/", "1:4294967295:x:/", "1 :2:x:/", "--" };
	struct host_user user = { true, 7, 8, "seven", "/home/of:seven" };
	struct host_user read;
	char text[HOST_USER_TEXT];

	(void)state;
	assert_string_equal(host_user_print(&user, text), "7:8:seven:/home/of:seven");
	assert_int_equal(host_user_parse(text, &read), TSP_OK);
	assert_true(read.apart && read.uid == 7 && read.gid == 8);
	assert_string_equal(read.name, user.name);
	assert_string_equal(read.home, user.home);
	user.apart = false;
	assert_int_equal(host_user_parse(host_user_print(&user, text), &read), TSP_OK);
	assert_false(read.apart);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(host_user_parse(bad[i], &read), TSP_EVALUE);
}

/* In a child, whose exit status is 0 where all holds. */
static int become_and_try(pid_t outsider)
{
	const struct host_user user = { true, SOMEBODY, SOMEBODY + 1, "somebody", "/nowhere" };
	gid_t group;

	if (host_user_become(&user, NULL) < 0)
		return 1;
	if (getuid() != SOMEBODY || geteuid() != SOMEBODY || getegid() != SOMEBODY + 1 ||
		getgroups(1, &group) != 0)
		return 2;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0)
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE) != 0)
		return 4;
	if (open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0)
		return 5;
	/* of the same user, but not below us */
	if (sandbox_level() >= 6 && (kill(outsider, 0) == 0 || errno != EPERM))
		return 6;
	if (kill(getpid(), 0) < 0 || strcmp(getenv("HOME"), "/nowhere") != 0)
		return 7;
	/* once is enough, and a second time is no way to be another */
	return host_user_become(&(struct host_user){ .apart = true, .uid = 1, .gid = 1 }, NULL) < 0 ?
		0 :
		8;
}

static void there_is_no_way_back(void **state)
{
	pid_t outsider;
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	outsider = fork();
	if (outsider == 0) {
		if (setuid(SOMEBODY) == 0)
			pause();
		_exit(1);
	}
	child = fork();
	if (child == 0)
		_exit(become_and_try(outsider));
	assert_int_equal(waitpid(child, &status, 0), child);
	kill(outsider, SIGKILL);
	waitpid(outsider, NULL, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_user_is_not_apart),
		cmocka_unit_test(root_finds_another_user),
		cmocka_unit_test(what_names_no_user_is_refused),
		cmocka_unit_test(text_says_the_same),
		cmocka_unit_test(there_is_no_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
