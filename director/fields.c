/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/fields.h"

tsp_text view_text(tsp_value map, const char *key)
{
	tsp_text text = { "", 0 };

	(void)tsp_value_text(tsp_value_get(map, key), &text); /* a missing one is empty */
	return text;
}

bool view_bool(tsp_value map, const char *key)
{
	bool yes = false;

	(void)tsp_value_bool(tsp_value_get(map, key), &yes); /* a missing one is false */
	return yes;
}

int64_t view_int(tsp_value map, const char *key, int64_t otherwise)
{
	(void)tsp_value_int(tsp_value_get(map, key), &otherwise);
	return otherwise;
}
