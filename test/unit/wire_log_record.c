/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/log_process.h"
#include "wire/log_record.h"

static void test_there_and_back(void **state)
{
	const struct log_record record = { .level = LOG_LEVEL_ERROR,
		.wall_us = 1700000000123456,
		.actor = { 7, 9 },
		.class_name = TSP_TEXT("Class"),
		.pid = 42,
		.logger = TSP_TEXT("a.b"),
		.text = TSP_TEXT("text") };
	tsp_builder *builder = tsp_builder_new();
	struct log_record read;
	tsp_value value;

	(void)state;
	log_record_put(builder, &record);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(log_record_get(value, &read), TSP_OK);
	assert_int_equal(read.level, LOG_LEVEL_ERROR);
	assert_int_equal(read.wall_us, record.wall_us);
	assert_true(tsp_address_equal(read.actor, record.actor));
	assert_true(tsp_text_is(read.class_name, "Class"));
	assert_int_equal(read.pid, 42);
	assert_true(tsp_text_is(read.logger, "a.b"));
	assert_true(tsp_text_is(read.text, "text"));
	tsp_builder_reset(builder);
	log_record_put(builder, &(struct log_record){ .text = TSP_TEXT("") });
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(log_record_get(value, &read), TSP_OK);
	assert_true(tsp_address_is_nobody(read.actor));
	assert_null(read.class_name.data);
	assert_null(read.logger.data);
	tsp_builder_free(builder);
}

static void refused(const char *format, ...)
{
	tsp_builder *builder = tsp_builder_new();
	struct log_record read;
	tsp_value value;
	va_list args;

	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(log_record_get(value, &read), TSP_EPROTOCOL);
	tsp_builder_free(builder);
}

static void test_what_is_none(void **state)
{
	(void)state;
	refused("{}");
	refused("[]");
	refused("[i,i,n,n,i,n]", 1, 0, 0);
	refused("[i,i,n,n,i,n,s]", 5, 0, 0, "text");
	refused("[i,i,n,n,i,n,s]", -1, 0, 0, "text");
	refused("[i,i,n,n,i,n,n]", 1, 0, 0);
	refused("[s,i,n,n,i,n,s]", "1", 0, 0, "text");
}

static void test_packets(void **state)
{
	tsp_builder *builder = tsp_builder_new();
	struct buffer buffer;
	tsp_value value;
	tsp_text text;
	size_t i;

	(void)state;
	buffer_init(&buffer, 20);
	tsp_put_string(builder, "hello");
	assert_int_equal(log_packet_put(&buffer, builder), TSP_OK);
	assert_int_equal(buffer.size, 10);
	assert_int_equal(log_packet_put(&buffer, builder), TSP_OK);
	assert_int_equal(log_packet_put(&buffer, builder), TSP_ELIMIT);
	assert_int_equal(buffer.size, 20); /* whole packets only */
	for (i = 0; i < 10; i++)
		assert_int_equal(log_packet_get(buffer.data, i, &value), 0);
	assert_int_equal(log_packet_get(buffer.data, 15, &value), 10);
	assert_true(tsp_value_text(value, &text) && tsp_text_is(text, "hello"));
	buffer.data[3] = 1; /* 16 MiB */
	assert_int_equal(log_packet_get(buffer.data, 20, &value), TSP_EPROTOCOL);
	buffer.data[3] = 0;
	buffer.data[4] = 0xff; /* no value */
	assert_int_equal(log_packet_get(buffer.data, 20, &value), TSP_EPROTOCOL);
	buffer_clear(&buffer);
	tsp_builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
