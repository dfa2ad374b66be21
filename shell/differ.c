/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/differ.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct differ {
	char path[DIFFER_PATH];
	size_t count;
	size_t limit;
	differ_fn *found;
	void *data;
};

static void differ_values(struct differ *differ, tsp_value before, tsp_value after);

static void differ_say(struct differ *differ, tsp_value before, tsp_value after)
{
	if (differ->count++ < differ->limit)
		differ->found(differ->data, differ->path, before, after);
}

/* The same below a member, whose step the path has meanwhile; one that is too long ends where it does. */
static void differ_step(struct differ *differ, const char *step, tsp_value before, tsp_value after)
{
	size_t size = strlen(differ->path);
	snprintf(differ->path + size, sizeof(differ->path) - size, "%s", step);
	if (before.data == NULL || after.data == NULL)
		differ_say(differ, before, after);
	else
		differ_values(differ, before, after);
	differ->path[size] = '\0';
}

/* The member of a map with the same key, which need not be a text; absent: there is none. */
static tsp_value differ_member(tsp_value map, tsp_value key)
{
	tsp_walk at = { 0 };
	tsp_value other, value;
	while (tsp_value_next(map, &at, &other, &value))
		if (tsp_value_equal(key, other))
			return value;
	return (tsp_value){ NULL, 0 };
}

static void differ_maps(struct differ *differ, tsp_value before, tsp_value after, bool back)
{
	tsp_walk at = { 0 };
	tsp_value key, value;
	char shown[100], step[104];
	tsp_text name;
	while (differ->count <= differ->limit &&
		tsp_value_next(back ? after : before, &at, &key, &value)) {
		tsp_value other = differ_member(back ? before : after, key);
		if (back && other.data != NULL)
			continue; /* compared on the way there */
		if (!tsp_value_text(key, &name))
			name = TSP_TEXT("?");
		snprintf(step, sizeof(step), ".%s", text_quote(name, shown, sizeof(shown)));
		differ_step(differ, step, back ? other : value, back ? value : other);
	}
}

static void differ_lists(struct differ *differ, tsp_value before, tsp_value after)
{
	tsp_walk at = { 0 }, at_after = { 0 };
	tsp_value key, one, other;
	char step[32];
	for (size_t i = 0; differ->count <= differ->limit; i++) {
		bool more = tsp_value_next(before, &at, &key, &one);
		bool more_after = tsp_value_next(after, &at_after, &key, &other);
		if (!more && !more_after)
			break;
		if (!more)
			one = (tsp_value){ NULL, 0 };
		if (!more_after)
			other = (tsp_value){ NULL, 0 };
		snprintf(step, sizeof(step), "[%zu]", i);
		differ_step(differ, step, one, other);
	}
}

static void differ_values(struct differ *differ, tsp_value before, tsp_value after)
{
	enum tsp_kind kind = tsp_value_kind(before);
	tsp_text type, type_after;
	tsp_value value, value_after;
	if (tsp_value_equal(before, after))
		return;
	if (kind != tsp_value_kind(after)) {
		differ_say(differ, before, after);
	} else if (kind == TSP_KIND_MAP) {
		differ_maps(differ, before, after, false);
		differ_maps(differ, before, after, true);
	} else if (kind == TSP_KIND_LIST) {
		differ_lists(differ, before, after);
	} else if (kind == TSP_KIND_TYPED && tsp_value_typed(before, &type, &value) &&
		tsp_value_typed(after, &type_after, &value_after) && type.size == type_after.size &&
		memcmp(type.data, type_after.data, type.size) == 0) {
		differ_values(differ, value, value_after);
	} else if (kind == TSP_KIND_ENCODED && tsp_value_encoded(before, &value) &&
		tsp_value_encoded(after, &value_after)) {
		differ_values(differ, value, value_after);
	} else if (kind != TSP_KIND_ADDRESS) {
		differ_say(differ, before, after);
	}
}

size_t differ_find(tsp_value before, tsp_value after, size_t limit, differ_fn *found, void *data)
{
	struct differ differ = { .limit = limit, .found = found, .data = data };
	differ_values(&differ, before, after);
	return differ.count;
}
