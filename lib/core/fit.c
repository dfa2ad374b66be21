/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/fit.h"

#include "wire/value.h"

bool fit_is_true(tsp_value value)
{
	bool yes = true;
	double number = 1;
	tsp_text text = { "x", 1 };

	switch (tsp_value_kind(value)) {
	case TSP_KIND_ABSENT:
	case TSP_KIND_NULL:
		return false;
	case TSP_KIND_BOOL:
		return tsp_value_bool(value, &yes) && yes;
	case TSP_KIND_INT:
	case TSP_KIND_FLOAT:
		return tsp_value_float(value, &number) && number != 0;
	case TSP_KIND_TEXT:
		return tsp_value_text(value, &text) && text.size > 0;
	case TSP_KIND_BYTES:
		return tsp_value_bytes(value, &text) && text.size > 0;
	case TSP_KIND_LIST:
	case TSP_KIND_MAP:
		return tsp_value_count(value) > 0;
	default:
		return true;
	}
}

static tsp_value capability(tsp_value capabilities, tsp_text name)
{
	tsp_value value;

	value_pick(capabilities, &name, 1, &value);
	return value;
}

bool fit_requirements(tsp_value capabilities, tsp_value requirements, tsp_text *ret_missing)
{
	tsp_value key;
	tsp_value want;
	tsp_walk at = { 0 };

	if (tsp_value_kind(requirements) != TSP_KIND_MAP)
		return true;
	while (tsp_value_next(requirements, &at, &key, &want)) {
		tsp_text name = { "", 0 };
		tsp_value have;
		bool yes = false;

		(void)tsp_value_text(key, &name);
		have = capability(capabilities, name);
		if (tsp_value_equal(have, want) ||
			(tsp_value_bool(want, &yes) && yes && fit_is_true(have)))
			continue;
		*ret_missing = name;
		return false;
	}
	return true;
}

static bool equals_json(tsp_value have, tsp_text json)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value want;
	bool equal;

	equal = builder != NULL &&
		tsp_value_from_json(json.data, json.size, builder, NULL) == TSP_OK &&
		tsp_builder_value(builder, &want) == TSP_OK && tsp_value_equal(have, want);
	tsp_builder_free(builder);
	return equal;
}

bool fit_class(tsp_value capabilities, tsp_value needs, tsp_text *ret_missing)
{
	tsp_value need;
	tsp_walk at = { 0 };

	while (tsp_value_next(needs, &at, NULL, &need)) {
		tsp_text name = { "", 0 };
		tsp_text json = { NULL, 0 };
		tsp_value have;

		(void)tsp_value_text(tsp_value_get(need, "capability"), &name);
		have = capability(capabilities, name);
		if (tsp_value_text(tsp_value_get(need, "json"), &json) ? equals_json(have, json) :
									 fit_is_true(have))
			continue;
		*ret_missing = name;
		return false;
	}
	return true;
}
