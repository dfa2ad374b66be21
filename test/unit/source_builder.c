/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "source/builder.h"
#include "source/cache.h"
#include "source/module.h"
#include "source/sandbox.h"

#define START "{\"group\": \"hello\", \"version\": \"1\", \"runtime\": 1"

static char cache[256];
static int warnings;

static void count_warning(void *data, enum log_level level, const char *text)
{
	(void)data;
	(void)text;
	warnings += level == LOG_LEVEL_WARNING;
}

static int set_up(void **state)
{
	if (folder_make(state) < 0)
		return -1;
	snprintf(cache, sizeof(cache), "%s/the cache", (const char *)*state); /* with a blank */
	log_set_sink(count_warning, NULL);
	return 0;
}

static struct build_result build_with(
	const char *manifest, const char *code, const struct build_limits *limits)
{
	struct build_result result;
	size_t size;
	uint8_t *zip = zip_of(manifest, code, &size);
	int rc = build_source(zip, size, cache, INCLUDE_FOLDER, limits, &result);
	assert_int_equal(rc, result.code);
	assert_int_equal(rc == 0, result.path != NULL);
	assert_int_equal(rc != 0, result.reason != NULL);
	assert_non_null(result.output);
	free(zip);
	return result;
}

static struct build_result build(const char *manifest, const char *code)
{
	return build_with(manifest, code, &build_default_limits);
}

/* Nothing of a build stays behind but the module and its sum. */
static void assert_clean(void)
{
	DIR *folder = opendir(cache);
	struct dirent *entry;
	assert_non_null(folder);
	while ((entry = readdir(folder)))
		if (strncmp(entry->d_name, "build-", 6) == 0)
			fail_msg("left behind: %s", entry->d_name);
	closedir(folder);
}

static void a_source_becomes_a_module(void **state)
{
	struct build_result first = build(MANIFEST, ACTOR);
	struct build_result second = build(MANIFEST, ACTOR);
	const tsp_module *module;
	struct stat status;
	(void)state;
	if (first.code)
		fail_msg("%s\n%s", first.reason, first.output);
	assert_false(first.cached);
	assert_true(second.cached);
	assert_string_equal(first.path, second.path);
	assert_string_equal(first.output, "");
	ok(module_check(first.path, &err));
	ok(module_open(first.path, &module, &err));
	assert_non_null(module_class(module, "Hello"));
	assert_int_equal(stat(cache, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_clean();
	build_result_clear(&first);
	build_result_clear(&second);
}

static void the_cache_answers_quickly(void **state)
{
	clock_ns best = CLOCK_NEVER;
	(void)state;
	for (int i = 0; i < 6; i++) {
		clock_ns start = clock_read();
		struct build_result result = build(MANIFEST, ACTOR);
		clock_ns taken = clock_read() - start;
		best = taken < best ? taken : best;
		assert_int_equal(result.code, 0);
		assert_int_equal(result.cached, true);
		build_result_clear(&result);
	}
	assert_true(best < 20 * CLOCK_MS);
}

static void errors_have_file_and_line_of_the_package(void **state)
{
	struct build_result result = build(MANIFEST, "int a;\nint b = ;\n");
	(void)state;
	assert_int_equal(result.code, TSP_EBUILD);
	assert_non_null(strstr(result.reason, "hello.c:2:9: error"));
	assert_int_equal(strncmp(result.output, "hello.c:2:9: error", 18), 0);
	assert_null(strstr(result.output, cache));
	build_result_clear(&result);
	result = build(MANIFEST, ACTOR "const char *file = __FILE__;\n#pragma message __FILE__\n");
	assert_int_equal(result.code, 0);
	assert_non_null(strstr(result.output, "hello.c"));
	assert_null(strstr(result.output, cache));
	build_result_clear(&result);
	/* The assembler's, too. */
	result = build(MANIFEST, ACTOR "void f(void) { __asm__(\"no_such_instruction\"); }\n");
	assert_int_equal(result.code, TSP_EBUILD);
	build_result_clear(&result);
	assert_clean();
}

static void the_manifest_decides_the_flags(void **state)
{
	struct build_result result;
	(void)state;
	result = build(START ", \"definitions\": {\"A\": 2, \"B\": \"\\\"x y\\\"\", \"C\": true},"
			     " \"standard\": \"c11\"}",
		ACTOR
		"_Static_assert(A == 2 && sizeof(B) == 4 && C == 1 && __STDC_VERSION__ == 201112L"
		" && __STRICT_ANSI__, \"\");\n");
	if (result.code)
		fail_msg("%s", result.output);
	build_result_clear(&result);
	result = build(START ", \"libraries\": [\"zlib\"]}",
		"#include <zlib.h>\n" ACTOR "const char *f(void) { return zlibVersion(); }\n");
	if (result.code)
		fail_msg("%s %s", result.reason, result.output);
	ok(module_check(result.path, &err));
	build_result_clear(&result);
	result = build(START ", \"libraries\": [\"zlib\"]}",
		"#include <zlib.h>\n" ACTOR "const char *f(void) { return zlibVersion(); }\n");
	assert_true(result.cached);
	build_result_clear(&result);
	result = build(START ", \"libraries\": [\"no-such-library\"]}", ACTOR);
	assert_int_equal(result.code, TSP_EBUILD);
	assert_non_null(strstr(result.reason, "no-such-library"));
	build_result_clear(&result);
	result = build(START ", \"colour\": 1}", ACTOR);
	assert_int_equal(result.code, TSP_EVALUE);
	build_result_clear(&result);
}

static void a_hostile_environment_changes_nothing(void **state)
{
	static const char *const names[] = { "CPATH", "C_INCLUDE_PATH", "GCC_EXEC_PREFIX",
		"COMPILER_PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "LIBRARY_PATH", "PKG_CONFIG_PATH",
		"CC", "CFLAGS", "TMPDIR" };
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			setenv(names[i], "/nowhere", 1);
		setenv("PATH", "/nowhere", 1);
		struct build_result result;
		size_t size;
		uint8_t *zip = zip_of(MANIFEST, ACTOR "int hostile;\n", &size);
		_exit(build_source(zip, size, cache, INCLUDE_FOLDER, &build_default_limits,
			      &result) != 0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* A macro that multiplies by eight, again and again; then a large array. */
static const char bomb[] =
	"#define A(x) x x x x x x x x\n#define B(x) A(A(A(x)))\n#define C(x) B(B(B(x)))\n"
	"int a[] = { C(C(1,)) };\n";

static void limits_end_a_build(void **state)
{
	struct build_limits limits = build_default_limits;
	struct build_result result;
	(void)state;
	limits.cpu_s = 1;
	result = build_with(MANIFEST, bomb, &limits);
	assert_int_equal(result.code, TSP_ELIMIT);
	build_result_clear(&result);
	limits = build_default_limits;
	limits.memory = (uint64_t)100 << 20;
	result = build_with(MANIFEST, bomb, &limits);
	assert_int_equal(result.code, TSP_ELIMIT);
	assert_non_null(strstr(result.reason, "memory"));
	build_result_clear(&result);
	limits = build_default_limits;
	limits.output = 1 << 20;
	result = build_with(MANIFEST, ACTOR "char big[5000000] = { 1 };\n", &limits);
	assert_int_equal(result.code, TSP_ELIMIT);
	assert_non_null(strstr(result.reason, "file"));
	build_result_clear(&result);
	assert_clean();
}

static void a_build_that_hangs_is_ended(void **state)
{
	struct build_limits limits = build_default_limits;
	clock_ns start = clock_read();
	(void)state;
	limits.wall_s = 1;
	limits.memory = (uint64_t)1 << 40; /* time is to be what ends it */
	struct build_result result = build_with(MANIFEST, bomb, &limits);
	assert_int_equal(result.code, TSP_ELIMIT);
	assert_non_null(strstr(result.reason, "1 s"));
	assert_true(clock_read() - start < 5 * CLOCK_SECOND);
	build_result_clear(&result);
	assert_clean();
}

/* P9: the honest twin is every other build of this file. */
static void what_lies_outside_is_not_read(void **state)
{
	char code[2000];
	(void)state;
	if (sandbox_level() == 0) {
		print_message("skipped: this kernel has no Landlock\n");
		skip();
	}
	int fd = open("canary.h", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, "int CANARY = CANARY;\n", 21) == 21);
	close(fd);
	snprintf(code, sizeof(code), "#include \"%s/../canary.h\"\n" ACTOR, cache);
	struct build_result result = build(MANIFEST, code);
	assert_int_equal(result.code, TSP_EBUILD);
	assert_null(strstr(result.output, "CANARY"));
	build_result_clear(&result);
	snprintf(code, sizeof(code),
		"__asm__(\".section .rodata\\n.incbin \\\"%s/../canary.h\\\"\\n.text\\n\");\n" ACTOR,
		cache);
	result = build(MANIFEST, code);
	assert_int_equal(result.code, TSP_EBUILD);
	build_result_clear(&result);
	assert_clean();
}

static void messages_are_bounded(void **state)
{
	struct build_limits limits = build_default_limits;
	(void)state;
	limits.messages = 2000;
	struct build_result result = build_with(MANIFEST,
		"#define E int = 1; int = 2; int = 3; int = 4; int = 5; int = 6;\n"
		"#define F E E E E E E E E\nF F F F\n",
		&limits);
	assert_int_equal(result.code, TSP_EBUILD);
	assert_true(strlen(result.output) < 2100);
	assert_non_null(strstr(result.output, "more bytes left out"));
	build_result_clear(&result);
	result = build(MANIFEST, "#error \x1b[31mred \x9b \xc3\xa4\n");
	assert_int_equal(result.code, TSP_EBUILD);
	assert_null(strchr(result.output, '\x1b'));
	assert_true(text_is_utf8(result.output, strlen(result.output)));
	build_result_clear(&result);
}

static void a_changed_module_is_built_again(void **state)
{
	struct build_result first = build(MANIFEST, ACTOR "int changed;\n");
	struct build_result second;
	(void)state;
	assert_int_equal(first.code, 0);
	int fd = open(first.path, O_WRONLY);
	assert_int_equal(pwrite(fd, "X", 1, 5000), 1);
	close(fd);
	warnings = 0;
	assert_int_equal(module_check(first.path, &err), TSP_EVALUE);
	second = build(MANIFEST, ACTOR "int changed;\n");
	assert_int_equal(second.code, 0);
	assert_false(second.cached);
	assert_int_equal(warnings, 1);
	ok(module_check(second.path, &err));
	build_result_clear(&second);
	second = build(MANIFEST, ACTOR "int changed;\n");
	assert_true(second.cached);
	build_result_clear(&first);
	build_result_clear(&second);
}

static void a_cache_of_others_is_not_used(void **state)
{
	struct build_result result;
	size_t size;
	uint8_t *zip = zip_of(MANIFEST, ACTOR, &size);
	(void)state;
	assert_int_equal(mkdir("open", 0700), 0);
	assert_int_equal(chmod("open", 0770), 0);
	assert_int_equal(
		build_source(zip, size, "open", INCLUDE_FOLDER, &build_default_limits, &result),
		TSP_EPERM);
	build_result_clear(&result);
	assert_int_equal(symlink(cache, "link"), 0);
	assert_int_equal(
		build_source(zip, size, "link", INCLUDE_FOLDER, &build_default_limits, &result),
		TSP_EPERM);
	build_result_clear(&result);
	free(zip);
}

static void what_a_dead_builder_left_is_swept(void **state)
{
	char path[400];
	pid_t child = fork();
	(void)state;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	snprintf(path, sizeof(path), "%s/build-%d-abcdef", cache, (int)child);
	assert_int_equal(mkdir(path, 0700), 0);
	ok(cache_open(cache, &err));
	assert_clean();
}

static void the_cache_is_looked_at_without_being_made(void **state)
{
	const char *home = getenv("HOME"), *base = getenv("XDG_CACHE_HOME");
	char *home_was = home ? strdup(home) : NULL, *base_was = base ? strdup(base) : NULL;
	char *path = NULL;
	(void)state;
	unsetenv("HOME");
	unsetenv("XDG_CACHE_HOME");
	assert_int_equal(build_cache_path(NULL, &path, &err), TSP_ENOENT);
	ok(build_cache_path("/run/there", &path, &err));
	assert_string_equal(path, "/run/there/cache");
	free(path);
	setenv("XDG_CACHE_HOME", "/nowhere", 1);
	ok(build_cache_path(NULL, &path, &err));
	assert_string_equal(path, "/nowhere/thespian");
	assert_int_equal(cache_check(path, &err), TSP_ENOENT);
	free(path);
	if (home_was)
		setenv("HOME", home_was, 1);
	unsetenv("XDG_CACHE_HOME");
	if (base_was)
		setenv("XDG_CACHE_HOME", base_was, 1);
	free(home_was);
	free(base_was);
	ok(cache_check(cache, &err));
}

static void a_check_finds_errors_and_makes_nothing(void **state)
{
	struct archive archive = { NULL, 0 };
	struct build_result result;
	(void)state;
	add_text(&archive, "source.json", MANIFEST);
	add_text(&archive, "src/a.c", "#include \"lib/x.h\"\n#include \"b.h\"\n" ACTOR);
	add_text(&archive, "src/b.h", "");
	add_text(&archive, "lib/x.h", "");
	assert_int_equal(build_check(&archive, INCLUDE_FOLDER, &build_default_limits, &result), 0);
	assert_null(result.path);
	build_result_clear(&result);
	add_text(&archive, "src/z.c", "int a\n");
	assert_int_equal(
		build_check(&archive, INCLUDE_FOLDER, &build_default_limits, &result), TSP_EBUILD);
	assert_non_null(strstr(result.output, "src/z.c:1:"));
	build_result_clear(&result);
	archive_clear(&archive);
	add_text(&archive, "source.json", MANIFEST);
	assert_int_equal(
		build_check(&archive, INCLUDE_FOLDER, &build_default_limits, &result), TSP_EVALUE);
	build_result_clear(&result);
	archive_clear(&archive);
}

static void limits_pass_as_text(void **state)
{
	static const char *const bad[] = { "", "1", "1:2:3:4", "1:2:3:4:5:6",
		"1:2:3:4:", "a:2:3:4:5", "0:1:1:1:1", "1:-2:3:4:5", "1:2:3:4:5 " };
	char text[BUILD_LIMITS_TEXT];
	struct build_limits limits;
	(void)state;
	assert_int_equal(
		build_limits_parse(build_limits_print(&build_default_limits, text), &limits), 0);
	assert_int_equal(limits.cpu_s, 60);
	assert_int_equal(limits.wall_s, 120);
	assert_int_equal(limits.memory, (uint64_t)2 << 30);
	assert_int_equal(limits.messages, 65536);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(build_limits_parse(bad[i], &limits), TSP_EVALUE);
}

static int limits_of(const char *json, struct build_limits *ret_limits)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	ok(tsp_value_from_json(json, strlen(json), builder, &err));
	ok(tsp_builder_value(builder, &value));
	int rc = build_limits_read(value, ret_limits, &err);
	tsp_builder_free(builder);
	return rc;
}

static void limits_are_read_from_a_capability(void **state)
{
	static const char *const bad[] = { "[]", "60", "\"a\"", "{\"cpu_s\": 0}",
		"{\"cpu_s\": 86401}", "{\"wall_s\": \"5\"}", "{\"memory_mib\": -1}",
		"{\"output_mib\": 1.5}", "{\"memory\": 5}", "{\"memory_mib\": 1073741825}" };
	struct build_limits limits;
	(void)state;
	ok(build_limits_read((tsp_value){ 0 }, &limits, &err));
	assert_memory_equal(&limits, &build_default_limits, sizeof(limits));
	ok(limits_of("null", &limits));
	assert_memory_equal(&limits, &build_default_limits, sizeof(limits));
	ok(limits_of("{\"cpu_s\": 300, \"memory_mib\": 8192}", &limits));
	assert_int_equal(limits.cpu_s, 300);
	assert_int_equal(limits.wall_s, build_default_limits.wall_s);
	assert_int_equal(limits.memory, (uint64_t)8 << 30);
	assert_int_equal(limits.output, build_default_limits.output);
	ok(limits_of("{\"wall_s\": 7, \"output_mib\": 3}", &limits));
	assert_int_equal(limits.wall_s, 7);
	assert_int_equal(limits.output, (uint64_t)3 << 20);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		limits.cpu_s = 12345;
		assert_int_equal(limits_of(bad[i], &limits), TSP_EVALUE);
		assert_non_null(strstr(err.text, "Build Limits"));
		assert_int_equal(limits.cpu_s, 12345);
	}
}

/* The builder's process: zip by descriptor 3, answer by descriptor 4. */
static void the_main_answers_by_descriptor(void **state)
{
	char limits[BUILD_LIMITS_TEXT];
	char name[] = "thespian-host";
	char verb[] = "--build";
	char include[] = INCLUDE_FOLDER;
	char *argv[] = { name, verb, cache, include, limits, NULL };
	size_t size;
	uint8_t *zip = zip_of(MANIFEST, ACTOR "int through_main;\n", &size);
	tsp_text path;
	int64_t code;
	int status;
	(void)state;
	build_limits_print(&build_default_limits, limits);
	write_file("zip", zip, size);
	pid_t child = fork();
	if (child == 0) {
		int in = open("zip", O_RDONLY);
		int out = open("answer", O_WRONLY | O_CREAT, 0600);
		dup2(in, 13);
		dup2(out, 14);
		dup2(13, 3);
		dup2(14, 4);
		_exit(build_main(5, argv));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct buffer answer = read_all("answer");
	tsp_value value = { answer.data, answer.size };
	ok(tsp_value_check(answer.data, answer.size));
	assert_true(tsp_value_int(tsp_value_get(value, "code"), &code));
	assert_int_equal(code, 0);
	assert_true(tsp_value_text(tsp_value_get(value, "path"), &path));
	assert_true(path.size > 0);
	buffer_clear(&answer);
	free(zip);
}

/* The parent of a process; 0: it has gone. */
static pid_t parent_of(pid_t pid)
{
	char path[64], line[512] = "";
	int parent = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) && strrchr(line, ')') && !strstr(line, ") Z "))
		(void)sscanf(strrchr(line, ')'), ") %*c %d", &parent);
	fclose(file);
	return parent;
}

/* A grandchild of a builder: the compiler proper. 0: there is none now. */
static pid_t find_compiler(pid_t builder)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;
	while (!found && (entry = readdir(folder))) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		pid_t parent = pid > 0 ? parent_of(pid) : 0;
		if (parent > 0 && parent != builder && parent_of(parent) == builder)
			found = pid;
	}
	closedir(folder);
	return found;
}

/* When the builder is killed, its compiler goes with it. */
static void a_killed_builder_takes_its_compiler_along(void **state)
{
	clock_ns end = clock_read() + 20 * CLOCK_SECOND;
	pid_t compiler = 0;
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		(void)build(MANIFEST, bomb);
		_exit(0);
	}
	while (!compiler && clock_read() < end) {
		nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
		compiler = find_compiler(child);
	}
	assert_true(compiler > 0);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	while (parent_of(compiler) != 0 && clock_read() < end)
		nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
	assert_int_equal(parent_of(compiler), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_becomes_a_module),
		cmocka_unit_test(the_cache_answers_quickly),
		cmocka_unit_test(errors_have_file_and_line_of_the_package),
		cmocka_unit_test(the_manifest_decides_the_flags),
		cmocka_unit_test(a_hostile_environment_changes_nothing),
		cmocka_unit_test(limits_end_a_build),
		cmocka_unit_test(a_build_that_hangs_is_ended),
		cmocka_unit_test(what_lies_outside_is_not_read),
		cmocka_unit_test(messages_are_bounded),
		cmocka_unit_test(a_changed_module_is_built_again),
		cmocka_unit_test(a_cache_of_others_is_not_used),
		cmocka_unit_test(what_a_dead_builder_left_is_swept),
		cmocka_unit_test(the_cache_is_looked_at_without_being_made),
		cmocka_unit_test(a_check_finds_errors_and_makes_nothing),
		cmocka_unit_test(limits_pass_as_text),
		cmocka_unit_test(limits_are_read_from_a_capability),
		cmocka_unit_test(the_main_answers_by_descriptor),
		cmocka_unit_test(a_killed_builder_takes_its_compiler_along),
	};
	return cmocka_run_group_tests(tests, set_up, folder_remove);
}
