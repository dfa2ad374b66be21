/* SPDX-License-Identifier: MIT */
/* What a compiler says is shown as far as it is about the package (P9). */
#include "config.h"

#include "test/unit/source_help.h"

#include "source/verdict.h"

#define LEFT_OUT " (not a file of the package: what is said of it is left out)\n"

static void check(const char *said, const char *shown)
{
	struct run_outcome outcome = { .status = 0 };
	char *output;
	buffer_init(&outcome.output, 65536);
	ok(buffer_put(&outcome.output, said, strlen(said)));
	output = verdict_output(&outcome, "/tmp/tree", "include");
	assert_non_null(output);
	assert_string_equal(output, shown);
	free(output);
	buffer_clear(&outcome.output);
}

static void same(const char *said)
{
	check(said, said);
}

static void lines_of_the_package_are_shown(void **state)
{
	(void)state;
	same("");
	same("a.c:1:12: error: expected expression\n    1 | int good = ;\n      |            ^\n");
	same("a.c: In function 'f':\na.c:1:15: warning: no\n    1 | void f(void)\n");
	same("sub/../common.h:1:2: error: no\n    1 | x\n");
	same("sub//./../common.h:1: error: no\n");
	same("..h:1: error: no\n.../a.h:1: error: no\n");
	same("sub/a.c:1: error: no newline at the end");
	same("In file included from sub/../b.h:3,\n                 from a.c:1:\nb.h:3: error: no\n");
	same("/usr/include/stdio.h:3:5: note: previous declaration of 'puts'\n    3 | int puts(...)\n");
	same("/usr/bin/ld: a.o: in function `f':\na.c:(.text+0x1): undefined reference to `g'\n"
	     "collect2: error: ld returned 1 exit status\n");
	same("<command-line>: warning: \"A\" redefined\n");
	check("/tmp/tree/cc.o: bad\n", "cc.o: bad\n");
}

static void words_of_other_files_are_not(void **state)
{
	(void)state;
	check("/etc/shadow:1:5: error: unknown type name 'root'\n    1 | root:$6$x\n      | ^~~~\n"
	      "a.c:2:1: error: no\n    2 | x\n",
		"/etc/shadow:1:5:" LEFT_OUT "a.c:2:1: error: no\n    2 | x\n");
	check("/etc/shadow: In function 'root':\n", "/etc/shadow:" LEFT_OUT);
	check("../secret:1: Error: no such instruction: `root'\n", "../secret:1:" LEFT_OUT);
	check("sub/../../secret:1:2: error: root\n\t1 | root", "sub/../../secret:1:2:" LEFT_OUT);
	check("sub/../..:1: error: root\n", "sub/../..:1:" LEFT_OUT);
	check("./../sub/secret:1: error: root\n", "./../sub/secret:1:" LEFT_OUT);
	check("/usr/../etc/shadow:1:2: error: root", "/usr/../etc/shadow:1:2:" LEFT_OUT);
	check("/home/ld:1:2: error: root\n", "/home/ld:1:2:" LEFT_OUT);
	check("/a:1:\n/a:2:\n/a:3:", "/a:1:" LEFT_OUT "/a:2:" LEFT_OUT "/a:3:" LEFT_OUT);
}

/* A place that is written as one of the toolchain's may lead elsewhere. */
static void words_of_the_toolchain_are_shown(void **state)
{
	static const char secret[] = "%s/include%s:1:2: error: root\n    1 | root\n";
	char said[400];
	char shown[400];
	const char *folder = *state;
	assert_int_equal(shell("mkdir include include2 real && echo > real/thespian.h && "
			       "ln -s ../real/thespian.h include/ && echo > include/own.h && "
			       "echo > secret && ln -s ../secret include/secret.h && "
			       "echo > include2/x.h"),
		0);
	snprintf(said, sizeof(said), secret, folder, "/thespian.h");
	same(said);
	snprintf(said, sizeof(said), secret, folder, "/own.h");
	same(said);
	static const char *const others[] = { "/secret.h", "/../secret", "2/x.h", "/missing.h" };
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(said, sizeof(said), secret, folder, others[i]);
		snprintf(shown, sizeof(shown), "%s/include%s:1:2:" LEFT_OUT, folder, others[i]);
		check(said, shown);
	}
	check("/usr/lib/ssl/private/x.key:1:2: error: root\n",
		"/usr/lib/ssl/private/x.key:1:2:" LEFT_OUT);
	check("/usr/lib/os-release:1:2: error: root\n", "/usr/lib/os-release:1:2:" LEFT_OUT);
	/* what the compiler brings along */
	FILE *stream = popen("cc -print-file-name=include", "r");
	char compilers[256];
	assert_non_null(stream);
	assert_non_null(fgets(compilers, sizeof(compilers), stream));
	(void)pclose(stream);
	compilers[strcspn(compilers, "\n")] = '\0';
	snprintf(said, sizeof(said), "%s/stddef.h:1:2: error: no\n", compilers);
	same(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_package_are_shown),
		cmocka_unit_test(words_of_other_files_are_not),
		cmocka_unit_test(words_of_the_toolchain_are_shown),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
