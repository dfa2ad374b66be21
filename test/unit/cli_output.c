/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/output.h"

static void describe(struct output *output)
{
	output_begin(output, NULL, NULL);
	output_string(output, "base", "Base", "tcp");
	output_int(output, "port", "Port", 1900);
	output_bool(output, "up", "Is up", true);
	output_string(output, "pid", "Pid", NULL);
	output_ms(output, "uptime_ms", "Uptime", 93784000);
	output_string(output, "secret", NULL, "json only");
	output_string(output, NULL, "Note", "text only");
	output_list(output, "sources", "Sources");
	for (int i = 0; i < 2; i++) {
		output_begin(output, NULL, NULL);
		output_string(output, "hash", "Hash", i == 0 ? "ab" : "cdefgh");
		output_string(output, "info", "Info", i == 0 ? "x\033[1m" : "Gr\xc3\xbc\xc3\x9f");
		output_string(output, "gone", "Gone", NULL);
		output_int(output, "actors", "Actors", i);
		output_list(output, "inner", "Inner");
		output_int(output, "", "", i);
		output_end(output);
		output_end(output);
	}
	output_end(output);
	output_list(output, "names", "Names");
	output_string(output, "", "", "a");
	output_string(output, "", "", "b");
	output_end(output);
	output_say(output, "done %d\n", 3);
	output_end(output);
}

static char *print(enum output_form form, void (*fill)(struct output *output), int *ret_rc)
{
	static char *text;
	static size_t size;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	struct output *output = output_new(stream, form);
	assert_non_null(output);
	fill(output);
	*ret_rc = output_finish(output);
	fclose(stream);
	return text;
}

static void check(enum output_form form, void (*fill)(struct output *output), const char *expected)
{
	int rc;
	char *text = print(form, fill, &rc);
	assert_int_equal(rc, TSP_OK);
	assert_string_equal(text, expected);
	free(text);
}

static void test_text(void **state)
{
	(void)state;
	check(OUTPUT_TEXT, describe,
		"Base    tcp\n"
		"Port    1900\n"
		"Is up   yes\n"
		"Uptime  1 d 2 h\n"
		"Note    text only\n"
		"Sources\n"
		"  HASH    INFO      ACTORS\n"
		"  ab      x\\x1b[1m  0\n"
		"  cdefgh  Gr\xc3\xbc\xc3\x9f      1\n"
		"Names\n"
		"  a\n"
		"  b\n"
		"done 3\\x0a\n");
}

static void test_json(void **state)
{
	(void)state;
	int rc;
	char *text = print(OUTPUT_JSON, describe, &rc);
	assert_int_equal(rc, TSP_OK);
	assert_non_null(strstr(text, "\"port\":1900"));
	assert_non_null(strstr(text, "\"up\":true"));
	assert_non_null(strstr(text, "\"pid\":null"));
	assert_non_null(strstr(text, "\"uptime_ms\":93784000"));
	assert_non_null(strstr(text, "\"secret\":\"json only\""));
	assert_non_null(strstr(text, "\"inner\":[1]"));
	assert_non_null(strstr(text, "\"names\":[\"a\",\"b\"]"));
	assert_null(strstr(text, "text only"));
	assert_null(strstr(text, "done"));
	assert_int_equal(strchr(text, '\n') - text, strlen(text) - 1);
	free(text);
}

static void nothing(struct output *output)
{
	output_begin(output, NULL, NULL);
	output_list(output, "sources", NULL);
	output_end(output);
	output_end(output);
}

static void test_empty(void **state)
{
	(void)state;
	check(OUTPUT_TEXT, nothing, "");
	check(OUTPUT_JSON, nothing, "{\"sources\":[]}\n");
}

static void hostile(struct output *output)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	tsp_put_string(builder,
		"a\xe2\x80\xae"
		"b\xc2\x9b"
		"c\xc3\xbc");
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	output_document(output, value);
	tsp_builder_free(builder);
}

/* Its last three bytes would be unsafe characters each. */
static void four_bytes(struct output *output)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	tsp_put_string(builder, "\xf0\x9d\x84\x9e");
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	output_document(output, value);
	tsp_builder_free(builder);
}

static void test_hostile_text(void **state)
{
	(void)state;
	int rc;
	check(OUTPUT_JSON, four_bytes, "\"\xf0\x9d\x84\x9e\"\n");
	check(OUTPUT_JSON, hostile, "\"a\\u202eb\\u009bc\xc3\xbc\"\n");
	char *text = print(OUTPUT_TEXT, hostile, &rc);
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_null(strstr(text, "\xc2\x9b"));
	free(text);
}

static void twice(struct output *output)
{
	output_begin(output, NULL, NULL);
	output_int(output, "a", "A", 1);
	output_int(output, "a", "A", 2);
	output_end(output);
}

static void test_errors(void **state)
{
	(void)state;
	int rc;
	char *text = print(OUTPUT_JSON, twice, &rc);
	assert_int_equal(rc, TSP_EVALUE);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(output_finish(NULL), TSP_ENOMEM);
	output_int(NULL, "a", "A", 1);
	FILE *full = fopen("/dev/full", "we");
	assert_non_null(full);
	struct output *output = output_new(full, OUTPUT_TEXT);
	describe(output);
	assert_int_equal(output_finish(output), TSP_EIO);
	fclose(full);
}

static void keep(void *data, tsp_value document)
{
	char **kept = data;
	free(*kept);
	*kept = NULL;
	assert_int_equal(tsp_value_to_json(document, TSP_JSON_COMPACT, kept), TSP_OK);
}

/* Two documents in one: what people see, and what is kept. */
static void apart(struct output *output)
{
	output_begin(output, NULL, NULL);
	output_string(output, "address", NULL, "@1.2");
	output_string(output, NULL, "Address", "#1 @1.2");
	output_ms(output, "age_ms", "Age", 1500);
	output_people(output, true);
	output_string(output, "only", "Only", "people");
	output_people(output, false);
	output_end(output);
}

static void quiet(struct output *output)
{
	output_quiet(output);
	apart(output);
}

static void aside(struct output *output)
{
	output_aside(output);
	apart(output);
}

static void test_keeper(void **state)
{
	(void)state;
	static const char document[] = "{\"age_ms\":1500,\"address\":\"@1.2\"}";
	char *kept = NULL;
	int rc;
	output_set_keeper(keep, &kept);
	check(OUTPUT_TEXT, apart, "Address  #1 @1.2\nAge      1.5 s\nOnly     people\n");
	assert_string_equal(kept, document);
	free(kept);
	kept = NULL;
	check(OUTPUT_JSON, apart, "{\"age_ms\":1500,\"address\":\"@1.2\"}\n");
	assert_string_equal(kept, document);
	free(kept);
	kept = NULL;
	check(OUTPUT_TEXT, quiet, "");
	assert_string_equal(kept, document);
	check(OUTPUT_TEXT, aside, "Address  #1 @1.2\nAge      1.5 s\nOnly     people\n");
	/* What is no document in text is shown all the same, and not kept. */
	free(print(OUTPUT_TEXT, twice, &rc));
	assert_int_equal(rc, TSP_OK);
	assert_string_equal(kept, document);
	free(kept);
	kept = NULL;
	output_set_keeper(NULL, NULL);
	free(print(OUTPUT_TEXT, apart, &rc));
	assert_null(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_keeper),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
