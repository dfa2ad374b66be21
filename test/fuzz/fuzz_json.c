/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <string.h>

#include "base/text.h"
#include "wire/value.h"

const char fuzz_corpus[] = "json";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_builder *other = tsp_builder_new();
	tsp_error err = { 0 };
	tsp_value value;
	tsp_value back;
	char *json = NULL;

	FUZZ_CHECK(builder != NULL && other != NULL);
	if (tsp_value_from_json((const char *)bytes, size, builder, &err) < 0) {
		FUZZ_CHECK(strncmp(err.text, "cannot read JSON: ", 18) == 0);
		FUZZ_CHECK(text_is_utf8(err.text, strlen(err.text)));
		FUZZ_CHECK(tsp_builder_value(builder, &value) < 0);
		goto out;
	}
	FUZZ_CHECK(tsp_builder_value(builder, &value) == TSP_OK);
	FUZZ_CHECK(value_check(value.data, value.size, &err) == TSP_OK);
	FUZZ_CHECK(tsp_value_to_json(value, TSP_JSON_COMPACT, &json) == TSP_OK);
	FUZZ_CHECK(text_is_utf8(json, strlen(json)));
	FUZZ_CHECK(tsp_value_from_json(json, strlen(json), other, &err) == TSP_OK);
	FUZZ_CHECK(tsp_builder_value(other, &back) == TSP_OK);
	FUZZ_CHECK(tsp_value_equal(value, back));
out:
	free(json);
	tsp_builder_free(builder);
	tsp_builder_free(other);
	return 0;
}
