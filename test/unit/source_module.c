/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include <dlfcn.h>
#include <sys/wait.h>

#include "source/module.h"
#include "source/sum.h"

#define EXPORT \
	"#include <thespian.h>\nstatic const tsp_class A = { .name = \"A\" };\nTSP_EXPORT(&A)\n"

/* Compiles code with the machine's compiler; module_open wants another path each time. */
static void compile(const char *output, const char *code, const char *flags)
{
	char command[1024];
	write_file("module.c", code, strlen(code));
	snprintf(command, sizeof(command), "cc -shared -fPIC -w -I'%s' -o %s module.c %s",
		INCLUDE_FOLDER, output, flags);
	assert_int_equal(shell(command), 0);
}

static int check_needed(const char *path, const char *library)
{
	char *items[] = { (char *)(uintptr_t)library };
	struct manifest_names needed = { items, library ? 1 : 0 };
	return module_check_needed(path, &needed, &err);
}

static void a_plain_module_is_good(void **state)
{
	(void)state;
	compile("good.so", EXPORT, "-lm -lpthread");
	ok(module_check("good.so", &err));
	ok(check_needed("good.so", NULL));
	compile("old.so", EXPORT, "-Wl,--hash-style=sysv");
	ok(check_needed("old.so", NULL));
	compile("both.so", EXPORT, "-Wl,--hash-style=both");
	ok(check_needed("both.so", NULL));
}

static void tricks_are_refused(void **state)
{
	static const struct {
		const char *code;
		const char *flags;
		const char *said;
	} table[] = {
		{ EXPORT, "-Wl,-z,execstack", "executable stack" },
		{ EXPORT, "-Wl,-rpath,/tmp -Wl,--disable-new-dtags", "RPATH" },
		{ EXPORT, "-Wl,-rpath,/tmp", "RPATH" },
		{ EXPORT, "-Wl,--audit=/tmp/a.so", "RPATH" },
		{ EXPORT, "-Wl,--no-as-needed -lz", "libz" },
		{ "int tsp_other;", "", "TSP_EXPORT" },
		{ EXPORT "void *malloc(size_t n) { return 0; }", "", "'malloc'" },
		{ EXPORT "void free(void *p) { }", "", "'free'" },
		{ EXPORT "void *calloc(size_t a, size_t b) { return 0; }", "-Wl,--hash-style=sysv",
			"'calloc'" },
		{ EXPORT "void *realloc(void *p, size_t b) { return 0; }", "-Wl,--hash-style=both",
			"'realloc'" },
		{ "extern const int tsp_module_exported; const int *p = &tsp_module_exported;", "",
			"TSP_EXPORT" },
		{ "static int tsp_module_exported; int *f(void) { return &tsp_module_exported; }",
			"", "TSP_EXPORT" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		compile("trick.so", table[i].code, table[i].flags);
		if (check_needed("trick.so", NULL) != TSP_EVALUE ||
			!strstr(err.text, table[i].said))
			fail_msg("%s with %s: %s", table[i].code, table[i].flags, err.text);
	}
	compile("z.so", EXPORT, "-Wl,--no-as-needed -lz");
	ok(check_needed("z.so", "z"));
	assert_int_equal(check_needed("z.so", "zz"), TSP_EVALUE);
	ok(module_check("z.so", &err)); /* nothing says how it was built: an installed one */
}

static void other_files_are_refused(void **state)
{
	(void)state;
	write_file("text.so", "text", 4);
	assert_int_equal(module_check("text.so", &err), TSP_EVALUE);
	write_file("empty.so", "", 0);
	assert_int_equal(module_check("empty.so", &err), TSP_EVALUE);
	assert_int_equal(module_check("none.so", &err), TSP_ENOENT);
	compile("program", "int main(void) { return 0; }",
		"-fno-pic -no-pie -Wl,--no-warnings -nostdlib -r");
	assert_int_equal(module_check("program", &err), TSP_EVALUE);
}

/* Whatever a file claims, reading it stays within it (the sanitizers watch). */
static void damaged_files_do_no_harm(void **state)
{
	struct buffer bytes;
	uint32_t x = 7;
	(void)state;
	compile("whole.so", EXPORT, "-Wl,--hash-style=both -s");
	bytes = read_all("whole.so");
	for (size_t size = 0; size < bytes.size; size += 1 + size / 40) {
		write_file("cut.so", bytes.data, size);
		(void)check_needed("cut.so", NULL);
	}
	for (int round = 0; round < 3000; round++) {
		uint8_t before[4];
		size_t at[4];
		for (int i = 0; i < 4; i++) {
			x = x * 1664525 + 1013904223;
			/* Mostly headers and tables, which lie in the first page. */
			at[i] = (x >> 8) % (round % 2 ? 1024 : bytes.size);
			before[i] = bytes.data[at[i]];
			bytes.data[at[i]] = (uint8_t)(x >> 24);
		}
		write_file("damaged.so", bytes.data, bytes.size);
		(void)check_needed("damaged.so", NULL);
		for (int i = 3; i >= 0; i--)
			bytes.data[at[i]] = before[i];
	}
	write_file("whole-again.so", bytes.data, bytes.size);
	ok(check_needed("whole-again.so", NULL));
	buffer_clear(&bytes);
}

static void a_sum_binds_the_module(void **state)
{
	struct sum sum;
	struct sum again;
	struct buffer bytes;
	(void)state;
	compile("bound.so", EXPORT, "-Wl,--no-as-needed -lz");
	bytes = read_all("bound.so");
	memset(&sum, 0, sizeof(sum));
	sum_of(bytes.data, bytes.size, sum.hash);
	ok(sum_write("bound.so", &sum, &err));
	assert_int_equal(module_check("bound.so", &err), TSP_EVALUE); /* libz is not in it */
	ok(manifest_names_add(&sum.needed, "z"));
	ok(manifest_names_add(&sum.libraries, "zlib"));
	memcpy(sum.flags, sum.hash, sizeof(sum.flags));
	ok(sum_write("bound.so", &sum, &err));
	ok(module_check("bound.so", &err));
	ok(sum_read("bound.so", &again, &err));
	assert_string_equal(again.hash, sum.hash);
	assert_string_equal(again.flags, sum.flags);
	assert_string_equal(again.needed.items[0], "z");
	assert_string_equal(again.libraries.items[0], "zlib");
	sum_clear(&again);
	sum_clear(&sum);
	bytes.data[bytes.size - 1] ^= 1;
	write_file("bound.so", bytes.data, bytes.size);
	assert_int_equal(module_check("bound.so", &err), TSP_EVALUE);
	assert_non_null(strstr(err.text, "not what was built"));
	write_file("bound.sum", "hash zz\n", 8);
	assert_int_equal(module_check("bound.so", &err), TSP_EVALUE);
	buffer_clear(&bytes);
}

static void a_module_is_opened_and_described(void **state)
{
	const tsp_module *module;
	tsp_value classes;
	tsp_text text;
	int64_t host;
	bool checks = false;
	(void)state;
	compile("two.so",
		"#include <thespian.h>\n"
		"static const tsp_requirement needs[] = { { \"disk\", \"5\" }, { \"net\", NULL },\n"
		"\t{ 0 } };\n"
		"static const tsp_class A = { .name = \"A\", .requires_capabilities = needs };\n"
		"static bool fits(tsp_value c, tsp_value r) { return c.size > r.size; }\n"
		"static const tsp_class B = { .name = \"B\", .host = TSP_HOST_SHARED, .check = fits };\n"
		"TSP_EXPORT(&A, &B)\n",
		"");
	ok(module_open("./two.so", &module, &err));
	assert_string_equal(module_class(module, "B")->name, "B");
	assert_null(module_class(module, "C"));
	tsp_builder *builder = tsp_builder_new();
	module_describe(module, builder);
	ok(tsp_builder_value(builder, &classes));
	assert_int_equal(tsp_value_count(classes), 2);
	tsp_value a = tsp_value_at(classes, 0);
	assert_true(tsp_value_text(tsp_value_get(a, "name"), &text) && tsp_text_is(text, "A"));
	tsp_value needs = tsp_value_get(a, "requires");
	assert_int_equal(tsp_value_count(needs), 2);
	assert_true(tsp_value_text(tsp_value_get(tsp_value_at(needs, 0), "json"), &text));
	assert_true(tsp_text_is(text, "5"));
	assert_int_equal(
		tsp_value_kind(tsp_value_get(tsp_value_at(needs, 1), "json")), TSP_KIND_NULL);
	assert_true(tsp_value_int(tsp_value_get(tsp_value_at(classes, 1), "host"), &host));
	assert_int_equal(host, TSP_HOST_SHARED);
	assert_true(tsp_value_bool(tsp_value_get(tsp_value_at(classes, 1), "check"), &checks));
	assert_true(checks);
	assert_true(tsp_value_bool(tsp_value_get(a, "check"), &checks));
	assert_false(checks);
	tsp_builder_free(builder);
}

/* Who gets a module's file from another user opens it by its descriptor: the path may say nothing any more. */
static void a_file_is_handed_on(void **state)
{
	const tsp_module *module;
	struct module_file file;
	(void)state;
	compile("handed.so", EXPORT, "");
	module_file_open("./handed.so", &file);
	module_file_hand_on(&file);
	assert_false(file.built);
	ok(unlink("handed.so"));
	ok(module_file_check(&file, NULL, &err));
	ok(module_file_load(&file, &module, &err));
	assert_non_null(module_class(module, "A"));
	module_file_close(&file);
	module_file_open("./handed.so", &file);
	assert_int_equal(module_file_check(&file, NULL, &err), TSP_ENOENT);
	assert_non_null(strstr(err.text, "handed.so"));
	module_file_close(&file);
}

/* Between the check and the load another file may get the name: it is not what is loaded. */
static void the_file_that_was_checked_is_loaded(void **state)
{
	const tsp_module *module;
	struct module_file file;
	int status;
	(void)state;
	compile("checked.so",
		"#include <thespian.h>\nstatic const tsp_class C = { .name = \"C\" };\nTSP_EXPORT(&C)\n", "");
	module_file_open("./checked.so", &file);
	ok(module_file_check(&file, NULL, &err));
	ok(unlink("checked.so"));
	compile("checked.so", "int other;", "");
	pid_t child = fork(); /* which has loaded no other by its descriptor */
	if (child == 0)
		_exit(module_file_load(&file, &module, &err) == 0 && module_class(module, "C") ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	module_file_close(&file);
}

static void what_is_no_file_is_not_waited_for(void **state)
{
	struct module_file file;
	(void)state;
	ok(mkfifo("pipe.so", 0600));
	ok(mkdir("folder.so", 0700));
	module_file_open("./pipe.so", &file);
	assert_int_equal(file.fd, -1);
	assert_true(module_file_check(&file, NULL, &err) < 0);
	module_file_close(&file);
	module_file_open("./folder.so", &file);
	assert_int_equal(file.fd, -1);
	module_file_close(&file);
}

static void bad_exports_are_refused(void **state)
{
	static const struct {
		const char *code;
		int rc;
		const char *said;
	} table[] = {
		{ "#include <thespian.h>\n"
		  "TSP_API const tsp_module tsp_module_exported = { TSP_ABI + 1, 0 };",
			TSP_EVALUE, "level 2" },
		{ "#include <thespian.h>\n"
		  "TSP_API const tsp_module tsp_module_exported = { TSP_ABI, 0 };",
			TSP_EVALUE, "no class" },
		{ "#include <thespian.h>\nstatic const tsp_class A = { 0 };\nTSP_EXPORT(&A)",
			TSP_EVALUE, "name" },
		{ "#include <thespian.h>\nstatic const tsp_troupe t; static const tsp_init_messages i;\n"
		  "static const tsp_class A = { .name = \"A\", .troupe = &t, .init_messages = &i };\n"
		  "TSP_EXPORT(&A)",
			TSP_EVALUE, "troupe" },
		{ "#include <thespian.h>\nstatic const tsp_init_messages i;\n"
		  "static const tsp_class A = { .name = \"A\", .init_messages = &i };\n"
		  "TSP_EXPORT(&A)",
			TSP_EVALUE, "names no type" },
		{ EXPORT "static const tsp_class B = { .name = \"A\" };\n"
			 "TSP_API const tsp_class *const two[] = { &A, &B, 0 };",
			0, NULL },
		{ "#include <thespian.h>\n"
		  "static const tsp_class A = { .name = \"A\" }, B = { .name = \"A\" };\n"
		  "TSP_EXPORT(&A, &B)",
			TSP_EVALUE, "twice" },
		{ EXPORT "extern int nowhere(void); int f(void) { return nowhere(); }", TSP_EBUILD,
			"undefined symbol: nowhere" },
	};
	const tsp_module *module;
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char path[32];
		snprintf(path, sizeof(path), "./bad-%zu.so", i);
		compile(path, table[i].code, "");
		if (module_open(path, &module, &err) != table[i].rc ||
			(table[i].said && !strstr(err.text, table[i].said)))
			fail_msg("%s: %s", table[i].code, err.text);
	}
	assert_int_equal(module_open("libz.so.1", &module, &err), TSP_EVALUE);
	assert_int_equal(module_open("./none.so", &module, &err), TSP_EBUILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_module_is_good),
		cmocka_unit_test(tricks_are_refused),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(damaged_files_do_no_harm),
		cmocka_unit_test(a_sum_binds_the_module),
		cmocka_unit_test(a_module_is_opened_and_described),
		cmocka_unit_test(the_file_that_was_checked_is_loaded),
		cmocka_unit_test(a_file_is_handed_on),
		cmocka_unit_test(what_is_no_file_is_not_waited_for),
		cmocka_unit_test(bad_exports_are_refused),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
