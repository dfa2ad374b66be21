/* SPDX-License-Identifier: MIT */
/* A script in a package: what source.json may say of it, and the module that is made of it. */
#include "config.h"

#include "test/unit/source_help.h"

#include <dlfcn.h>

#include "source/builder.h"
#include "source/module.h"
#include "source/script.h"

#define START  "{\"group\": \"g\", \"version\": \"1\", \"runtime\": 1, \"Executable\": "
#define SCRIPT "#!/bin/sh\necho \"a\\b\"\t?\?/ \377\001\n"
/* exports a class of its own */
#define BESIDE                                                        \
	"#include <thespian.h>\n"                                     \
	"static const tsp_class other = { .name = \"Other\" };\n"     \
	"TSP_EXPORT(&other)\n"

static char cache[256];

static int set_up(void **state)
{
	/* the modules find tsp_* in it */
	if (folder_make(state) < 0 ||
		!dlopen(TSP_TEST_BUILD "/lib/.libs/libthespian.so", RTLD_NOW | RTLD_GLOBAL))
		return -1;
	snprintf(cache, sizeof(cache), "%s/cache", (const char *)*state);
	return 0;
}

static void the_text_form_is_an_actor(void **state)
{
	static const char *const good[] = { "\"bin/run.sh\"}", "{\"script\": \"run.sh\"}}",
		"{\"script\": \"run.sh\", \"troupe\": {}}}",
		"{\"script\": \"run.sh\", \"troupe\": {\"max_count\": 4, \"idle_count\": 1}}}" };
	static const char *const bad[] = { "\"/bin/sh\"}", "\"\"}", "3}", "{}}", "{\"troupe\": {}}}",
		"{\"script\": 1}}", "{\"script\": \"a\", \"x\": 1}}",
		"{\"script\": \"a\", \"troupe\": 4}}", "{\"script\": \"a\", \"troupe\": {\"max\": 4}}}",
		"{\"script\": \"a\", \"troupe\": {\"max_count\": 0}}}",
		"{\"script\": \"a\", \"troupe\": {\"max_count\": 1001}}}" };
	struct manifest manifest;
	char text[300];
	char *again;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), START "%s", good[i]);
		ok(manifest_read(text, strlen(text), &manifest, &err));
		assert_non_null(strstr(manifest.script.file, "run.sh"));
		assert_int_equal(manifest.executables.count, 1);
		assert_int_equal(manifest.script.troupe, i >= 2);
		assert_int_equal(manifest.script.max_count, i == 3 ? 4 : 0);
		ok(manifest_write(&manifest, &again, &err));
		manifest_clear(&manifest);
		ok(manifest_read(again, strlen(again), &manifest, &err));
		assert_int_equal(manifest.script.idle_count, i == 3 ? 1 : 0);
		manifest_clear(&manifest);
		free(again);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), START "%s", bad[i]);
		if (manifest_read(text, strlen(text), &manifest, &err) != TSP_EVALUE)
			fail_msg("accepted: %s", text);
		assert_non_null(strstr(err.text, "'Executable' must be"));
	}
}

static void the_class_is_named_by_the_file(void **state)
{
	char out[SCRIPT_CLASS_SIZE];

	(void)state;
	assert_string_equal(script_class("backup.sh", out), "backup");
	assert_string_equal(script_class("bin/tar.gz.bash", out), "tar.gz");
	assert_string_equal(script_class("a.b/run", out), "run");
}

static void a_class_without_a_name_is_refused(void **state)
{
	static const char json[] = START "\"bin/.sh\"}";
	struct archive archive = { NULL, 0 };
	struct manifest manifest;

	(void)state;
	ok(archive_add(&archive, "source.json", json, strlen(json), false, &err));
	ok(archive_add(&archive, "bin/.sh", SCRIPT, strlen(SCRIPT), true, &err));
	assert_int_equal(manifest_read_archive(&archive, &manifest, &err), TSP_EVALUE);
	assert_non_null(strstr(err.text, "'bin/.sh'"));
	assert_non_null(strstr(err.text, "no usable name"));
	archive_clear(&archive);
}

static int check(const char *json, const char *script, size_t size, bool executable)
{
	struct archive archive = { NULL, 0 };
	struct manifest manifest;
	int rc;

	ok(archive_add(&archive, "source.json", json, strlen(json), false, &err));
	ok(archive_add(&archive, "run.sh", script, size, executable, &err));
	rc = manifest_read_archive(&archive, &manifest, &err);
	if (rc == 0)
		manifest_clear(&manifest);
	archive_clear(&archive);
	return rc;
}

static void it_says_who_runs_it_and_is_not_too_large(void **state)
{
	static const char json[] = START "\"run.sh\"}";
	char *large = calloc(1, SCRIPT_SIZE_LIMIT + 1);

	(void)state;
	ok(check(json, SCRIPT, strlen(SCRIPT), true));
	assert_int_equal(check(json, SCRIPT, strlen(SCRIPT), false), TSP_EVALUE);
	assert_int_equal(check(json, "echo\n", 5, true), TSP_EVALUE);
	assert_non_null(strstr(err.text, "#!/bin/bash"));
	assert_int_equal(check(json, "", 0, true), TSP_EVALUE);
	assert_non_null(large);
	memcpy(large, "#!/bin/sh\n", 10);
	ok(check(json, large, SCRIPT_SIZE_LIMIT, true));
	assert_int_equal(check(json, large, SCRIPT_SIZE_LIMIT + 1, true), TSP_ELIMIT);
	free(large);
}

/* Opens the module of an archive with the script and perhaps C beside it; its path is freed. */
static int open_built(const char *json, const char *code, const tsp_module **ret_module)
{
	struct archive archive = { NULL, 0 };
	struct build_result result;
	uint8_t *zip;
	size_t size;
	int rc;

	ok(archive_add(&archive, "source.json", json, strlen(json), false, &err));
	if (code != NULL)
		ok(archive_add(&archive, "beside.c", code, strlen(code), false, &err));
	ok(archive_add(&archive, "run.sh", SCRIPT, sizeof(SCRIPT) - 1, true, &err));
	ok(archive_write(&archive, &zip, &size, &err));
	(void)build_source(zip, size, cache, INCLUDE_FOLDER, &build_default_limits, &result);
	if (result.code != 0)
		fail_msg("%s\n%s", result.reason, result.output);
	assert_string_equal(result.output, "");
	ok(module_check(result.path, &err));
	rc = module_open(result.path, ret_module, &err);
	build_result_clear(&result);
	archive_clear(&archive);
	free(zip);
	return rc;
}

static const tsp_module *build(const char *json, const char *code)
{
	const tsp_module *module = NULL;

	ok(open_built(json, code, &module));
	return module;
}

static void a_script_becomes_a_module(void **state)
{
	const tsp_module *module = build(START "\"run.sh\"}", NULL);
	const tsp_class *class = module_class(module, "run");

	(void)state;
	assert_non_null(class);
	assert_null(module->classes[1]);
	assert_int_equal(class->host, TSP_HOST_OWN);
	assert_null(class->troupe);
	assert_non_null(class->receive);
	module = build(START "{\"script\": \"run.sh\", \"troupe\": {\"max_count\": 4}}}", NULL);
	assert_int_equal(module_class(module, "run")->troupe->max_count, 4);
}

static void c_beside_it_keeps_its_classes(void **state)
{
	const tsp_module *module = build(START "\"run.sh\"}", BESIDE);

	(void)state;
	assert_non_null(module_class(module, "run"));
	assert_non_null(module_class(module, "Other"));
	assert_null(module->classes[2]);
	module = build(START "\"run.sh\"}", "int helps_nobody;\n");
	assert_non_null(module_class(module, "run"));
	assert_null(module->classes[1]);
}

static void c_beside_it_may_not_have_its_class(void **state)
{
	const tsp_module *module = NULL;

	(void)state;
	assert_int_equal(open_built(START "\"run.sh\"}",
				 "#include <thespian.h>\n"
				 "static const tsp_class twin = { .name = \"run\" };\n"
				 "TSP_EXPORT(&twin)\n",
				 &module),
		TSP_EVALUE);
	assert_non_null(strstr(err.text, "class 'run' is there twice"));
}

/* What cannot stand in a text of C as it is. */
static void its_bytes_are_the_scripts(void **state)
{
	struct archive archive = { NULL, 0 };
	struct manifest manifest;
	struct buffer text;
	char json[] = START "\"run.sh\"}";

	(void)state;
	ok(archive_add(&archive, "run.sh", SCRIPT, sizeof(SCRIPT) - 1, true, &err));
	ok(manifest_read(json, strlen(json), &manifest, &err));
	buffer_init(&text, 1 << 20);
	ok(script_generate(&archive, &manifest, &text, &err));
	ok(file_create("generated.c", text.data, text.size, 0600, &err));
	write_file("main.c",
		BYTES("#include \"generated.c\"\n#include <stdio.h>\n"
		      "int tsp_script_init(tsp_actor *a, const tsp_script *b, tsp_value c) { return 0; }\n"
		      "int tsp_script_receive(tsp_actor *a, const tsp_message *b, tsp_address c) { return 0; }\n"
		      "void tsp_script_fini(tsp_actor *a) { }\n"
		      "int main(void) { return fwrite(script.text, script.size, 1, stdout) != 1; }\n"));
	write_file("expected", BYTES(SCRIPT));
	assert_int_equal(shell("cc -w -I" INCLUDE_FOLDER " -o main main.c && ./main | cmp - expected"), 0);
	buffer_clear(&text);
	manifest_clear(&manifest);
	archive_clear(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_form_is_an_actor),
		cmocka_unit_test(the_class_is_named_by_the_file),
		cmocka_unit_test(a_class_without_a_name_is_refused),
		cmocka_unit_test(it_says_who_runs_it_and_is_not_too_large),
		cmocka_unit_test(a_script_becomes_a_module),
		cmocka_unit_test(c_beside_it_keeps_its_classes),
		cmocka_unit_test(c_beside_it_may_not_have_its_class),
		cmocka_unit_test(its_bytes_are_the_scripts),
	};

	return cmocka_run_group_tests_name("source_script", tests, set_up, folder_remove);
}
