/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wire/message.h"
#include "wire/value.h"

static void typed_bodies_are_split(void **state)
{
	struct tsp_message message;
	uint8_t *bytes = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(
		value_encode(&bytes, &size, "Shape.Circle", "{s:i,s:s,s:b,s:d,s:a}", "radius", 3,
			"name", "x", "filled", 1, "area", 1.5, "owner", (tsp_address){ 1, 2 }),
		TSP_OK);
	assert_int_equal(
		message_init(&message, (tsp_value){ bytes, size }, (tsp_address){ 5, 6 }, true),
		TSP_OK);
	assert_true(tsp_message_is(&message, "Shape.Circle"));
	assert_false(tsp_message_is(&message, "Shape"));
	assert_true(tsp_text_is(tsp_message_type(&message), "Shape.Circle"));
	assert_int_equal(tsp_value_kind(tsp_message_value(&message)), TSP_KIND_MAP);
	assert_int_equal(tsp_message_body(&message).size, size);
	assert_int_equal(tsp_message_sender(&message).system, 5);
	assert_true(tsp_message_is_system(&message));
	assert_int_equal(tsp_get_int(&message, "radius", 9), 3);
	assert_true(tsp_text_is(tsp_get_text(&message, "name"), "x"));
	assert_true(tsp_get_bool(&message, "filled", false));
	assert_true(tsp_get_float(&message, "area", 0) == 1.5);
	assert_true(tsp_get_float(&message, "radius", 0) == 3);
	assert_true(tsp_address_equal(tsp_get_address(&message, "owner"), (tsp_address){ 1, 2 }));
	assert_int_equal(tsp_value_kind(tsp_get(&message, "name")), TSP_KIND_TEXT);
	free(bytes);
}

static void defaults_stand_for_what_is_missing(void **state)
{
	struct tsp_message message;
	uint8_t *bytes = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(value_encode(&bytes, &size, NULL, "{s:s}", "name", "x"), TSP_OK);
	assert_int_equal(
		message_init(&message, (tsp_value){ bytes, size }, TSP_NOBODY, false), TSP_OK);
	assert_true(tsp_message_is(&message, "map"));
	assert_false(tsp_message_is_system(&message));
	assert_int_equal(tsp_get_int(&message, "name", 9), 9);
	assert_int_equal(tsp_get_int(&message, "none", 9), 9);
	assert_true(tsp_get_bool(&message, "name", true));
	assert_true(tsp_get_float(&message, "name", 2.5) == 2.5);
	assert_null(tsp_get_text(&message, "none").data);
	assert_true(tsp_address_is_nobody(tsp_get_address(&message, "name")));
	assert_null(tsp_get(&message, "none").data);
	free(bytes);
}

static void an_owned_message_has_a_copy(void **state)
{
	uint8_t bytes[] = { 0x18, 0x64 };
	tsp_message *message = message_new(
		(tsp_value){ bytes, 2 }, (tsp_address){ 1, 1 }, (tsp_address){ 2, 2 }, false);
	int64_t number = 0;

	(void)state;
	assert_non_null(message);
	memset(bytes, 0, sizeof(bytes));
	assert_true(tsp_message_is(message, "int"));
	assert_true(tsp_value_int(tsp_message_value(message), &number));
	assert_int_equal(number, 100);
	assert_int_equal(message->target.system, 2);
	tsp_message_free(message);
	tsp_message_free(NULL);
}

static void what_is_no_value_is_no_message(void **state)
{
	static const uint8_t no_name[] = { 0xd9, 0xd9, 0xf9, 0x82, 0x01, 0x01 };
	static const uint8_t long_name[] = { 0xd9, 0xd9, 0xf9, 0x82, 0x65, 'a' };
	static const uint8_t no_value[] = { 0xd9, 0xd9, 0xf9, 0x82, 0x61, 'a' };
	struct tsp_message message = { .system = true };

	(void)state;
	assert_int_equal(message_init(&message, (tsp_value){ 0 }, TSP_NOBODY, false), TSP_EVALUE);
	assert_int_equal(
		message_init(&message, (tsp_value){ no_name, 6 }, TSP_NOBODY, false), TSP_EVALUE);
	assert_int_equal(
		message_init(&message, (tsp_value){ long_name, 6 }, TSP_NOBODY, false), TSP_EVALUE);
	assert_int_equal(
		message_init(&message, (tsp_value){ no_value, 6 }, TSP_NOBODY, false), TSP_EVALUE);
	assert_int_equal(
		message_init(&message, (tsp_value){ no_value, 4 }, TSP_NOBODY, false), TSP_EVALUE);
	assert_true(message.system);
	assert_null(message_new((tsp_value){ 0 }, TSP_NOBODY, TSP_NOBODY, false));
	assert_null(message_new((tsp_value){ no_value, 6 }, TSP_NOBODY, TSP_NOBODY, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typed_bodies_are_split),
		cmocka_unit_test(defaults_stand_for_what_is_missing),
		cmocka_unit_test(an_owned_message_has_a_copy),
		cmocka_unit_test(what_is_no_value_is_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
