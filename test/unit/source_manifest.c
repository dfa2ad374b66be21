/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include "source/manifest.h"
#include "source/place.h"

#define START "{\"group\": \"g\", \"version\": \"1\", \"runtime\": 1"

static int read_text(const char *text, struct manifest *ret_manifest)
{
	return manifest_read(text, strlen(text), ret_manifest, &err);
}

static void all_members_are_read(void **state)
{
	struct manifest manifest;
	(void)state;
	ok(read_text(START ", \"sources\": [\"a.c\", \"b/c.c\"], \"standard\": \"c17\","
			   "\"definitions\": {\"A\": true, \"B\": 2, \"C\": \"x y\", \"D\": false},"
			   "\"libraries\": [\"sqlite3\"], \"Executable\": [\"run.sh\"],"
			   "\"Group\": {\"Actors\": {\"Z\": {}, \"A\": {}}}}",
		&manifest));
	assert_string_equal(manifest.group, "g");
	assert_string_equal(manifest.version, "1");
	assert_int_equal(manifest.runtime, 1);
	assert_int_equal(manifest.sources.count, 2);
	assert_string_equal(manifest.sources.items[1], "b/c.c");
	assert_string_equal(manifest.standard, "c17");
	assert_int_equal(manifest.definitions.count, 3);
	assert_string_equal(manifest.definitions.items[0], "A");
	assert_string_equal(manifest.definitions.items[1], "B=2");
	assert_string_equal(manifest.definitions.items[2], "C=x y");
	assert_string_equal(manifest.libraries.items[0], "sqlite3");
	assert_string_equal(manifest.executables.items[0], "run.sh");
	assert_string_equal(manifest.group_json, "{\"Actors\":{\"Z\":{},\"A\":{}}}");
	/* Written and read again it is the same, and written again the same bytes. */
	char *text;
	char *again;
	struct manifest copy;
	ok(manifest_write(&manifest, &text, &err));
	ok(read_text(text, &copy));
	ok(manifest_write(&copy, &again, &err));
	assert_string_equal(text, again);
	assert_string_equal(copy.group_json, manifest.group_json);
	assert_int_equal(copy.definitions.count, 3);
	free(text);
	free(again);
	manifest_clear(&manifest);
	manifest_clear(&copy);
}

/* Each refused, with the place that the second column gives. */
static const struct {
	const char *text;
	const char *said;
} bad[] = {
	{ "", "line 1 column 0" },
	{ "[]", "line 1 column 1" },
	{ "{}", "there is no 'group'" },
	{ "{\"group\": \"g\", \"version\": \"1\"}", "there is no 'runtime'" },
	{ START "} x", "line 1" },
	{ START ",\n \"group\": \"h\"}", "line 2" },
	{ START ",\n  \"colour\": 1}", "line 2 column 3: unknown key 'colour'" },
	{ START ",\n\n\t\"Sources\": []}", "line 3 column 2: unknown key 'Sources'" },
	{ START ", \"x\": {\"colour\": 1},\n \"y\": 2}", "line 1 column 46: unknown key 'x'" },
	{ START ", \"Group\": {\"zz\": 1},\n \"zz\": 2}", "line 2 column 2: unknown key 'zz'" },
	{ START ", \"Group\": {\"a\": \"\\\\\\\"}\"},\n \"z\\u007a\": 2}",
		"line 2 column 2: unknown key 'zz'" },
	{ "{\"group\": 1, \"version\": \"1\", \"runtime\": 1}",
		"line 1 column 2: 'group' must be" },
	{ "{\"group\": \"../x\", \"version\": \"1\", \"runtime\": 1}", "'group' must be" },
	{ "{\"group\": \"g\", \"version\": \"\", \"runtime\": 1}", "'version' must be" },
	{ "{\"group\": \"g\", \"version\": \"1\", \"runtime\": 0}", "'runtime' must be" },
	{ "{\"group\": \"g\", \"version\": \"1\", \"runtime\": 1.5}", "'runtime' must be" },
	{ START ", \"sources\": \"a.c\"}", "'sources' must be" },
	{ START ", \"sources\": [\"a.o\"]}", "'sources' must be" },
	{ START ", \"sources\": [\"../a.c\"]}", "'sources' must be" },
	{ START ", \"sources\": [\"-a.c\"]}", "'sources' must be" },
	{ START ", \"sources\": [\"@a.c\"]}", "'sources' must be" },
	{ START ", \"sources\": [1]}", "'sources' must be" },
	{ START ", \"standard\": \"c17 -O3\"}", "'standard' must be" },
	{ START ", \"standard\": \"c89\"}", "'standard' must be" },
	{ START ", \"definitions\": [\"A B=1\"]}", "'definitions' must be" },
	{ START ", \"definitions\": [\"1A\"]}", "'definitions' must be" },
	{ START ", \"definitions\": [\"A=\\n#include\"]}", "'definitions' must be" },
	{ START ", \"definitions\": {\"A=1\": true}}", "'definitions' must be" },
	{ START ", \"definitions\": {\"-fplugin\": true}}", "'definitions' must be" },
	{ START ", \"definitions\": {\"A\": []}}", "'definitions' must be" },
	{ START ", \"definitions\": {\"A\": \"a\\u0000b\"}}", "line 1" },
	{ START ", \"libraries\": [\"--define-variable\"]}", "'libraries' must be" },
	{ START ", \"libraries\": [\"a b\"]}", "'libraries' must be" },
	{ START ", \"libraries\": [\"/tmp/x.pc\"]}", "'libraries' must be" },
	{ START ", \"Executable\": [\"/bin/sh\"]}", "'Executable' must be" },
	{ START ", \"Group\": []}", "'Group' must be" },
	{ "os.system('x')", "line 1 column" },
};

static void what_is_wrong_is_told_with_its_place(void **state)
{
	struct manifest manifest;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_text(bad[i].text, &manifest) != TSP_EVALUE)
			fail_msg("accepted: %s", bad[i].text);
		if (!strstr(err.text, bad[i].said))
			fail_msg("%s\n  said: %s\n  not: %s", bad[i].text, err.text, bad[i].said);
	}
}

static void what_cannot_be_read_is_not_written(void **state)
{
	char group[] = "g";
	char version[] = "1";
	char standard[] = "c17 -x";
	struct manifest manifest = { .group = group, .version = version, .runtime = 1 };
	char *text = NULL;
	(void)state;
	ok(manifest_write(&manifest, &text, &err));
	free(text);
	text = NULL;
	manifest.standard = standard;
	assert_int_equal(manifest_write(&manifest, &text, &err), TSP_EVALUE);
	assert_null(text);
}

static int read_files(const char *json, bool executable)
{
	struct archive archive = { NULL, 0 };
	struct manifest manifest;
	add_text(&archive, "source.json", json);
	add_text(&archive, "a.c", "");
	ok(archive_add(&archive, "run.sh", "", 0, executable, &err));
	int rc = manifest_read_archive(&archive, &manifest, &err);
	if (rc == 0)
		manifest_clear(&manifest);
	archive_clear(&archive);
	return rc;
}

static void it_must_fit_the_files(void **state)
{
	(void)state;
	ok(read_files(START "}", false));
	ok(read_files(START ", \"sources\": [\"a.c\"]}", false));
	ok(read_files(START ", \"Executable\": [\"run.sh\"]}", true));
	assert_int_equal(read_files(START ", \"sources\": [\"b.c\"]}", false), TSP_EVALUE);
	assert_int_equal(read_files(START "}", true), TSP_EVALUE);
	assert_int_equal(read_files(START ", \"Executable\": [\"run.sh\"]}", false), TSP_EVALUE);
	assert_int_equal(read_files(START ", \"Executable\": [\"none\"]}", false), TSP_EVALUE);
	assert_int_equal(
		read_files(START ", \"Executable\": [\"run.sh\", \"a.c\"]}", true), TSP_EVALUE);
}

static void places_are_found_in_depth(void **state)
{
	static const char json[] =
		"{\"b\": {\"c\": 1},\n \"a\": [{\"b\": 2}, \"b\"],\n \"x\": {\"a\": {\"b\": 1},\n"
		"  \"b\": 3}}";
	static const char *const xb[] = { "x", "b" };
	static const char *const xab[] = { "x", "a", "b" };
	static const char *const none[] = { "x", "c" };
	struct place place = place_find(json, strlen(json), xb, 2);
	(void)state;
	assert_int_equal(place.line, 4);
	assert_int_equal(place.column, 3);
	place = place_find(json, strlen(json), xab, 3);
	assert_int_equal(place.line, 3);
	assert_int_equal(place.column, 14);
	place = place_find(json, strlen(json), none, 2);
	assert_int_equal(place.line, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_members_are_read),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(what_cannot_be_read_is_not_written),
		cmocka_unit_test(it_must_fit_the_files),
		cmocka_unit_test(places_are_found_in_depth),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
