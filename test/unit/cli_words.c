/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/words.h"

/* The words of a line, each in angle brackets. */
static const char *split(const char *line, int raw_from, int flags)
{
	static char shown[512];
	struct words words;
	tsp_error err = { 0 };
	words_init(&words);
	int rc = words_split(&words, line, raw_from, flags, &err);
	shown[0] = '\0';
	if (rc < 0)
		strcat(shown, err.text);
	for (int i = 0; i < words.count; i++) {
		strcat(shown, "<");
		strcat(shown, words.items[i]);
		strcat(shown, ">");
	}
	words_clear(&words);
	return shown;
}

static void test_plain(void **state)
{
	(void)state;
	assert_string_equal(split("", -1, 0), "");
	assert_string_equal(split("  \t\r\n", -1, 0), "");
	assert_string_equal(split(" kill  #3\t--force\n", -1, 0), "<kill><#3><--force>");
}

static void test_quotes(void **state)
{
	(void)state;
	assert_string_equal(split("a 'b  \"c' \"d \\\" \\\\ \\n\" e\\ f", -1, 0),
		"<a><b  \"c><d \" \\ \\n><e f>");
	assert_string_equal(split("x''y \"\"", -1, 0), "<xy><>");
}

static void test_open_quote(void **state)
{
	(void)state;
	assert_string_equal(split("a 'b", -1, 0), "cannot read the line: ' is not closed");
	assert_string_equal(split("a \"b", -1, 0), "cannot read the line: \" is not closed");
	assert_string_equal(split("a {\"b\": [1", -1, 0), "cannot read the line: [ is not closed");
	assert_string_equal(split("a 'b", -1, WORDS_LENIENT), "<a><b>");
}

static void test_json_word(void **state)
{
	(void)state;
	assert_string_equal(split("create X --requires {\"a\": [1, \"]}\\\"\"]} --name n", -1, 0),
		"<create><X><--requires><{\"a\": [1, \"]}\\\"\"]}><--name><n>");
}

static void test_raw(void **state)
{
	(void)state;
	assert_string_equal(split("ask  #1   Greet {\"it's\":  1} \n", 2, 0),
		"<ask><#1><Greet {\"it's\":  1}>");
	assert_string_equal(split("ask --x #1 it's -- so", 2, 0), "<ask><--x><#1><it's -- so>");
	assert_string_equal(split("ask #1  ", 2, 0), "<ask><#1>");
}

static void test_comment(void **state)
{
	(void)state;
	assert_string_equal(split("# a 'comment", -1, 0), "");
	assert_string_equal(split("#!/usr/bin/thespian-shell", -1, 0), "");
	assert_string_equal(split("#", -1, 0), "");
	assert_string_equal(split("#3 x", -1, 0), "<#3><x>");
	assert_string_equal(split("a # b", -1, 0), "<a><#><b>");
}

static void test_starts(void **state)
{
	(void)state;
	struct words words;
	words_init(&words);
	assert_int_equal(words_split(&words, " a 'b c'  d", -1, 0, NULL), TSP_OK);
	assert_int_equal(words.count, 3);
	assert_int_equal(words.starts[0], 1);
	assert_int_equal(words.starts[1], 3);
	assert_int_equal(words.starts[2], 10);
	assert_null(words.items[3]);
	words_clear(&words);
}

static void test_limit(void **state)
{
	(void)state;
	struct words words;
	size_t size = (WORDS_LIMIT + 1) * 2;
	char *line = malloc(size + 1);
	assert_non_null(line);
	for (size_t i = 0; i < size; i += 2)
		memcpy(line + i, "a ", 2);
	line[size] = '\0';
	words_init(&words);
	assert_int_equal(words_split(&words, line, -1, 0, NULL), TSP_ELIMIT);
	assert_int_equal(words.count, 0);
	line[size - 2] = ' ';
	assert_int_equal(words_split(&words, line, -1, 0, NULL), TSP_OK);
	assert_int_equal(words.count, WORDS_LIMIT);
	words_clear(&words);
	free(line);
}

static void test_type(void **state)
{
	(void)state;
	char name[WORDS_TYPE_LIMIT + 3];
	assert_int_equal(words_type_size("Health {}"), 6);
	assert_int_equal(words_type_size("a.b-2_\t1"), 6);
	assert_int_equal(words_type_size("Health"), 0);
	assert_int_equal(words_type_size("{} Health"), 0);
	assert_int_equal(words_type_size("2 {}"), 0);
	assert_int_equal(words_type_size("He\"alth {}"), 0);
	assert_int_equal(words_type_size(""), 0);
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	name[WORDS_TYPE_LIMIT] = ' ';
	assert_int_equal(words_type_size(name), WORDS_TYPE_LIMIT);
	name[WORDS_TYPE_LIMIT] = 'a';
	name[WORDS_TYPE_LIMIT + 1] = ' ';
	assert_int_equal(words_type_size(name), 0);
}

static void test_path(void **state)
{
	(void)state;
	struct words words;
	words_init(&words);
	assert_int_equal(words_split(&words, "kill $last.\"odd \\\" key\" .a.\"b c\" ./\"d e\"", -1,
				 0, NULL),
		TSP_OK);
	assert_int_equal(words.count, 4);
	assert_string_equal(words.items[1], "$last.\"odd \\\" key\"");
	assert_string_equal(words.items[2], ".a.\"b c\"");
	assert_string_equal(words.items[3], "./d e");
	assert_int_equal(words.raw, -1);
	assert_int_equal(
		words_split(&words, "load .keys/\"my key\" .a.\"b/c d\" .x /\"y z\" .k/'m n'", -1, 0, NULL), TSP_OK);
	assert_int_equal(words.count, 6);
	assert_string_equal(words.items[1], ".keys/my key"); /* a file's name, no way into a result */
	assert_string_equal(words.items[2], ".a.\"b/c d\"");
	assert_string_equal(words.items[3], ".x");
	assert_string_equal(words.items[4], "/y z");
	assert_string_equal(words.items[5], ".k/m n");
	assert_int_equal(words_split(&words, "kill $last.\"odd", -1, 0, NULL), TSP_EUSAGE);
	assert_int_equal(words_split(&words, "ask #1  a b", 2, 0, NULL), TSP_OK);
	assert_int_equal(words.raw, 2);
	assert_int_equal(words_append(&words, "more", NULL), TSP_OK);
	assert_string_equal(words.items[3], "more");
	assert_true(words.starts[3] == SIZE_MAX);
	words_clear(&words);
}

static void test_json_in_pieces(void **state)
{
	(void)state;
	struct words_json json = { 0 };
	const char *at = "{\"a}\": [1,";
	assert_false(words_json_feed(&json, &at));
	assert_int_equal(*at, '\0');
	assert_int_equal(words_json_open(&json), '[');
	at = "\"x\\";
	assert_false(words_json_feed(&json, &at));
	assert_int_equal(words_json_open(&json), '"');
	at = "\"]\"]";
	assert_false(words_json_feed(&json, &at));
	assert_int_equal(words_json_open(&json), '{');
	at = "} rest";
	assert_true(words_json_feed(&json, &at));
	assert_string_equal(at, " rest");
	json = (struct words_json){ 0 };
	for (int i = 0; i < 3 * WORDS_DEPTH; i++) {
		at = "[";
		assert_false(words_json_feed(&json, &at));
	}
	assert_int_equal(words_json_open(&json), '[');
	for (int i = 1; i < 3 * WORDS_DEPTH; i++) {
		at = "]";
		assert_false(words_json_feed(&json, &at));
	}
	at = "]";
	assert_true(words_json_feed(&json, &at));
	json = (struct words_json){ 0 };
	at = "\"a text\" b";
	assert_true(words_json_feed(&json, &at));
	assert_string_equal(at, " b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_open_quote),
		cmocka_unit_test(test_json_word),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_comment),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_type),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_json_in_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
