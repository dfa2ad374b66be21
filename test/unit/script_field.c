/* SPDX-License-Identifier: MIT */
/* What a script gets when it asks for a member of its message. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script/run.h"

static tsp_builder *from;

static void assert_field(const char *path, const char *expected)
{
	tsp_builder *into = tsp_builder_new();
	tsp_value message, answer;
	char *json = NULL;

	assert_int_equal(tsp_builder_value(from, &message), TSP_OK);
	assert_int_equal(field_put(field_find(message, tsp_text_of(path)), into), TSP_OK);
	assert_int_equal(tsp_builder_value(into, &answer), TSP_OK);
	assert_int_equal(tsp_value_to_json(answer, TSP_JSON_COMPACT, &json), TSP_OK);
	assert_string_equal(json, expected);
	free(json);
	tsp_builder_free(into);
}

static void a_member_by_its_path(void **state)
{
	static const char json[] = "{\"a\": {\"b\": [{\"c\": \"deep\"}, 2]}, \"a.b\": \"dotted\", \"t\": \"x\\\"\","
				   " \"n\": null, \"f\": false, \"i\": -3, \"to\": {\"$address\": \"@1.2\"}}";

	(void)state;
	from = tsp_builder_new();
	assert_int_equal(tsp_value_from_json(json, strlen(json), from, NULL), TSP_OK);
	assert_field("t", "{\"kind\":\"text\",\"text\":\"x\\\"\"}");
	assert_field("a.b.0.c", "{\"kind\":\"text\",\"text\":\"deep\"}");
	assert_field("a.b", "{\"kind\":\"text\",\"text\":\"dotted\"}"); /* a name goes before a path */
	assert_field("a.b.1", "{\"kind\":\"int\",\"text\":\"2\"}");
	assert_field("a", "{\"kind\":\"map\",\"text\":\"{\\\"b\\\":[{\\\"c\\\":\\\"deep\\\"},2]}\"}");
	assert_field("f", "{\"kind\":\"bool\",\"text\":\"false\"}");
	assert_field("i", "{\"kind\":\"int\",\"text\":\"-3\"}");
	assert_field("to", "{\"kind\":\"address\",\"text\":\"@1.2\"}");
	assert_field("n", "{\"kind\":\"null\",\"text\":\"\"}");
	assert_field("t.x", "{\"kind\":\"absent\",\"text\":\"\"}");
	assert_field("a.b.-1", "{\"kind\":\"absent\",\"text\":\"\"}");
	assert_field("", "{\"kind\":\"absent\",\"text\":\"\"}");
	tsp_builder_free(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_by_its_path),
	};

	return cmocka_run_group_tests_name("script_field", tests, NULL, NULL);
}
