/* SPDX-License-Identifier: MIT */
/* Members of a message, for scripts that read no JSON. */
#include "config.h"

#include "script/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PATH_LIMIT 1000

/* One step: a name, or an index of a list. */
static tsp_value step(tsp_value value, const char *name)
{
	int64_t index;

	if (tsp_value_kind(value) != TSP_KIND_LIST)
		return tsp_value_get(value, name);
	if (text_to_int(name, 0, INT64_MAX, &index) < 0)
		return (tsp_value){ NULL, 0 };
	return tsp_value_at(value, (size_t)index);
}

tsp_value field_find(tsp_value value, tsp_text path)
{
	char copy[PATH_LIMIT + 1];
	char *rest = copy;
	char *name;
	tsp_value whole;

	if (path.size > PATH_LIMIT || memchr(path.data, '\0', path.size) != NULL)
		return (tsp_value){ NULL, 0 };
	memcpy(copy, path.data, path.size);
	copy[path.size] = '\0';
	whole = tsp_value_get(value, copy);
	if (tsp_value_kind(whole) != TSP_KIND_ABSENT)
		return whole;
	while ((name = strsep(&rest, ".")) != NULL)
		value = step(value, name);
	return value;
}

int field_put(tsp_value value, tsp_builder *into)
{
	char address_text[TSP_ADDRESS_TEXT];
	enum tsp_kind kind = tsp_value_kind(value);
	tsp_address address;
	tsp_text text = { "", 0 };
	char *json = NULL;
	int rc = TSP_OK;

	if (tsp_value_address(value, &address))
		text = tsp_text_of(tsp_address_text(address, address_text));
	else if (!tsp_value_text(value, &text) && kind != TSP_KIND_ABSENT && kind != TSP_KIND_NULL) {
		rc = tsp_value_to_json(value, TSP_JSON_COMPACT, &json);
		text = tsp_text_of(json);
	}
	if (rc == TSP_OK)
		tsp_put_format(into, "{s:s, s:t}", "kind",
			kind == TSP_KIND_ABSENT	     ? "absent" :
				kind == TSP_KIND_TYPED	     ? "typed" :
				kind == TSP_KIND_ENCODED     ? "encoded" :
							       tsp_kind_name(kind),
			"text", text);
	free(json);
	return rc;
}
