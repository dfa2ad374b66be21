/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include "wire/value.h"

const char fuzz_corpus[] = "value";

/* Every reader on every value, also where nothing was checked: none may read past the end. */
static void read_all(tsp_value value, int depth)
{
	tsp_walk at = { 0 };
	tsp_value key;
	tsp_value item;
	tsp_text text = { 0 };
	tsp_address address;
	int64_t number;
	uint64_t big;
	double real;
	bool truth;

	tsp_value_bool(value, &truth);
	tsp_value_int(value, &number);
	tsp_value_uint(value, &big);
	tsp_value_float(value, &real);
	tsp_value_address(value, &address);
	if (tsp_value_text(value, &text) || tsp_value_bytes(value, &text))
		FUZZ_CHECK(text.size < value.size);
	tsp_value_get(value, "a");
	tsp_value_at(value, 1);
	if (depth == 40)
		return;
	while (tsp_value_next(value, &at, &key, &item)) {
		FUZZ_CHECK(item.data + item.size <= value.data + value.size);
		read_all(key, depth + 1);
		read_all(item, depth + 1);
	}
	if (tsp_value_typed(value, &text, &item))
		read_all(item, depth + 1);
	if (tsp_value_encoded(value, &item)) {
		FUZZ_CHECK(tsp_value_check(item.data, item.size) == TSP_OK);
		read_all(item, depth + 1);
	}
}

/* A value with good values as bytes in it comes back from JSON as the same bytes. */
static void go_through_json(tsp_value value, tsp_builder *builder)
{
	char *json = NULL;
	tsp_value back;
	size_t size = 0;

	if (tsp_value_to_json(value, TSP_JSON_PRETTY, &json) < 0)
		return;
	while (json[size] != '\0')
		size++;
	FUZZ_CHECK(tsp_value_from_json(json, size, builder, NULL) == TSP_OK);
	FUZZ_CHECK(tsp_builder_value(builder, &back) == TSP_OK);
	FUZZ_CHECK(tsp_value_equal(back, value));
	free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const tsp_value value = { bytes, size };
	tsp_error err = { 0 };
	tsp_text type;
	tsp_value inner;

	read_all(value, 0);
	value_split(value, &type, &inner);
	if (value_check(bytes, size, &err) < 0) {
		FUZZ_CHECK(err.code == TSP_EVALUE && err.text[0] != '\0');
		return 0;
	}

	tsp_builder *builder = tsp_builder_new();
	tsp_value copy;

	FUZZ_CHECK(builder != NULL);
	FUZZ_CHECK(value_span(bytes) == size);
	FUZZ_CHECK(tsp_value_kind(value) != TSP_KIND_ABSENT);
	FUZZ_CHECK(value_split(value, &type, &inner) == TSP_OK);
	tsp_put_value(builder, value);
	FUZZ_CHECK(tsp_builder_value(builder, &copy) == TSP_OK && tsp_value_equal(copy, value));
	tsp_builder_reset(builder);
	go_through_json(value, builder);
	tsp_builder_free(builder);
	return 0;
}
