/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/bounds.h"

#include "base/error.h"

struct bound {
	const char *capability;
	size_t otherwise;
	size_t highest;
	size_t offset;
};

static const struct bound table[] = {
#define BOUNDS_ROW(field, capability, otherwise, highest) \
	{ capability, otherwise, highest, offsetof(struct bounds, field) },
	BOUNDS(BOUNDS_ROW)
#undef BOUNDS_ROW
};

#define BOUND_COUNT (sizeof(table) / sizeof(*table))

static bool fits(const struct bound *bound, tsp_value value, size_t *ret_number)
{
	uint64_t number;

	if (!tsp_value_uint(value, &number) || number < 1 || number > bound->highest)
		return false;
	*ret_number = (size_t)number;
	return true;
}

void bounds_read(tsp_value capabilities, struct bounds *ret_bounds)
{
	for (size_t i = 0; i < BOUND_COUNT; i++) {
		size_t *field = (size_t *)(void *)((char *)ret_bounds + table[i].offset);

		*field = table[i].otherwise;
		(void)fits(&table[i], tsp_value_get(capabilities, table[i].capability), field);
	}
}

int bounds_check(tsp_text name, tsp_value value, tsp_error *err)
{
	enum tsp_kind kind = tsp_value_kind(value);
	size_t number;

	if (kind == TSP_KIND_ABSENT || kind == TSP_KIND_NULL)
		return 0;
	for (size_t i = 0; i < BOUND_COUNT; i++) {
		if (!tsp_text_is(name, table[i].capability) || fits(&table[i], value, &number))
			continue;
		return tsp_fail(err, TSP_EVALUE, "'%s' is not a whole number from 1 to %zu",
			table[i].capability, table[i].highest);
	}
	return 0;
}

int bounds_check_all(tsp_value capabilities, tsp_error *err)
{
	for (size_t i = 0; i < BOUND_COUNT; i++) {
		int rc = bounds_check(tsp_text_of(table[i].capability),
			tsp_value_get(capabilities, table[i].capability), err);

		if (rc < 0)
			return rc;
	}
	return 0;
}
