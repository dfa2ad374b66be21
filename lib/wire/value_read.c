/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/value.h"

#include <string.h>

#include "wire/head.h"

#define ADDRESS_BYTES 16

static const tsp_text kind_names[] = {
	[TSP_KIND_ABSENT] = { "absent", 6 },
	[TSP_KIND_NULL] = { "null", 4 },
	[TSP_KIND_BOOL] = { "bool", 4 },
	[TSP_KIND_INT] = { "int", 3 },
	[TSP_KIND_FLOAT] = { "float", 5 },
	[TSP_KIND_TEXT] = { "text", 4 },
	[TSP_KIND_BYTES] = { "bytes", 5 },
	[TSP_KIND_LIST] = { "list", 4 },
	[TSP_KIND_MAP] = { "map", 3 },
	[TSP_KIND_ADDRESS] = { "address", 7 },
	[TSP_KIND_TYPED] = { "typed", 5 },
	[TSP_KIND_ENCODED] = { "encoded", 7 },
};

static const uint8_t typed_head[] = { 0xd9, 0xd9, 0xf9, 0x82 };
static const uint8_t address_head[] = { 0xd9, 0xd9, 0xf8, 0x50 };
static const uint8_t encoded_head[] = { 0xd8, 0x18 };

static bool starts_with(tsp_value value, const uint8_t *bytes, size_t size)
{
	return value.size >= size && memcmp(value.data, bytes, size) == 0;
}

static enum tsp_kind kind_of_tag(tsp_value value)
{
	if (starts_with(value, typed_head, sizeof(typed_head)))
		return TSP_KIND_TYPED;
	if (starts_with(value, address_head, sizeof(address_head)))
		return TSP_KIND_ADDRESS;
	if (starts_with(value, encoded_head, sizeof(encoded_head)))
		return TSP_KIND_ENCODED;
	return TSP_KIND_ABSENT;
}

enum tsp_kind tsp_value_kind(tsp_value value)
{
	static const uint8_t of_major[] = {
		[HEAD_UINT] = TSP_KIND_INT,
		[HEAD_NEGATIVE] = TSP_KIND_INT,
		[HEAD_BYTES] = TSP_KIND_BYTES,
		[HEAD_TEXT] = TSP_KIND_TEXT,
		[HEAD_LIST] = TSP_KIND_LIST,
		[HEAD_MAP] = TSP_KIND_MAP,
	};

	if (value.data == NULL || value.size == 0)
		return TSP_KIND_ABSENT;

	uint8_t first = value.data[0];

	if (first >> 5 < HEAD_TAG)
		return (enum tsp_kind)of_major[first >> 5];
	if (first >> 5 == HEAD_TAG)
		return kind_of_tag(value);
	switch (first) {
	case HEAD_FALSE:
	case HEAD_TRUE:
		return TSP_KIND_BOOL;
	case HEAD_NULL:
		return TSP_KIND_NULL;
	case HEAD_HALF:
	case HEAD_FLOAT:
	case HEAD_DOUBLE:
		return TSP_KIND_FLOAT;
	default:
		return TSP_KIND_ABSENT;
	}
}

const char *tsp_kind_name(enum tsp_kind kind)
{
	return (size_t)kind < sizeof(kind_names) / sizeof(kind_names[0]) ? kind_names[kind].data :
									   "absent";
}

size_t value_span(const uint8_t *bytes)
{
	/* A quarter of what a size can say: sums of it cannot overflow. */
	return head_skip(bytes, SIZE_MAX / 4);
}

/* Head of a value; size 0 if it has none. */
static size_t value_head(tsp_value value, struct head *ret_head)
{
	return value.data != NULL ? head_read(value.data, value.size, ret_head) : 0;
}

bool tsp_value_bool(tsp_value value, bool *ret)
{
	if (tsp_value_kind(value) != TSP_KIND_BOOL)
		return false;
	*ret = value.data[0] == HEAD_TRUE;
	return true;
}

bool tsp_value_int(tsp_value value, int64_t *ret)
{
	struct head head;

	if (value_head(value, &head) == 0 || head.major > HEAD_NEGATIVE ||
		head.argument > INT64_MAX)
		return false;
	*ret = head.major == HEAD_UINT ? (int64_t)head.argument : -1 - (int64_t)head.argument;
	return true;
}

bool tsp_value_uint(tsp_value value, uint64_t *ret)
{
	struct head head;

	if (value_head(value, &head) == 0 || head.major != HEAD_UINT)
		return false;
	*ret = head.argument;
	return true;
}

bool tsp_value_float(tsp_value value, double *ret)
{
	struct head head;

	if (value_head(value, &head) == 0)
		return false;
	if (head.major == HEAD_UINT) {
		*ret = (double)head.argument;
		return true;
	}
	if (head.major == HEAD_NEGATIVE) {
		*ret = -1.0 - (double)head.argument;
		return true;
	}
	switch (value.data[0]) {
	case HEAD_HALF:
		*ret = head_half_decode((uint16_t)head.argument);
		return true;
	case HEAD_FLOAT:
		*ret = head_float_of((uint32_t)head.argument);
		return true;
	case HEAD_DOUBLE:
		*ret = head_double_of(head.argument);
		return true;
	default:
		return false;
	}
}

static bool read_run(tsp_value value, enum head_major major, tsp_text *ret)
{
	struct head head;
	size_t step = value_head(value, &head);

	if (step == 0 || head.major != major || head.argument > value.size - step)
		return false;
	*ret = (tsp_text){ (const char *)value.data + step, (size_t)head.argument };
	return true;
}

bool tsp_value_text(tsp_value value, tsp_text *ret)
{
	return read_run(value, HEAD_TEXT, ret);
}

bool tsp_value_bytes(tsp_value value, tsp_text *ret)
{
	return read_run(value, HEAD_BYTES, ret);
}

bool tsp_value_address(tsp_value value, tsp_address *ret)
{
	if (tsp_value_kind(value) != TSP_KIND_ADDRESS ||
		value.size < sizeof(address_head) + ADDRESS_BYTES)
		return false;
	ret->system = head_load(value.data + sizeof(address_head), 8);
	ret->number = head_load(value.data + sizeof(address_head) + 8, 8);
	return true;
}

bool tsp_value_typed(tsp_value value, tsp_text *ret_type, tsp_value *ret_value)
{
	if (value.data == NULL || !starts_with(value, typed_head, sizeof(typed_head)))
		return false;

	tsp_value rest = { value.data + sizeof(typed_head), value.size - sizeof(typed_head) };
	tsp_text type;

	if (!read_run(rest, HEAD_TEXT, &type))
		return false;

	const uint8_t *at = (const uint8_t *)type.data + type.size;
	size_t size = head_skip(at, (size_t)(value.data + value.size - at));

	if (size == 0)
		return false;
	*ret_type = type;
	*ret_value = (tsp_value){ at, size };
	return true;
}

bool tsp_value_encoded(tsp_value value, tsp_value *ret_value)
{
	if (tsp_value_kind(value) != TSP_KIND_ENCODED)
		return false;

	tsp_value bytes = { value.data + sizeof(encoded_head), value.size - sizeof(encoded_head) };
	tsp_text run;

	/* The gate looks at no bytes, and these are bytes: they are checked where they become a value. */
	if (!tsp_value_bytes(bytes, &run) || tsp_value_check(run.data, run.size) < 0)
		return false;
	*ret_value = (tsp_value){ (const uint8_t *)run.data, run.size };
	return true;
}

int value_split(tsp_value body, tsp_text *ret_type, tsp_value *ret_value)
{
	enum tsp_kind kind = tsp_value_kind(body);

	if (kind != TSP_KIND_TYPED) {
		if (kind == TSP_KIND_ABSENT)
			return TSP_EVALUE;
		*ret_type = kind_names[kind];
		*ret_value = body;
		return TSP_OK;
	}

	tsp_value rest = { body.data + sizeof(typed_head), body.size - sizeof(typed_head) };
	tsp_text type;

	if (!read_run(rest, HEAD_TEXT, &type))
		return TSP_EVALUE;

	const uint8_t *at = (const uint8_t *)type.data + type.size;

	if (at == body.data + body.size)
		return TSP_EVALUE;
	*ret_type = type;
	*ret_value = (tsp_value){ at, (size_t)(body.data + body.size - at) };
	return TSP_OK;
}

size_t tsp_value_count(tsp_value value)
{
	struct head head;
	size_t step = value_head(value, &head);

	if (step == 0 || (head.major != HEAD_LIST && head.major != HEAD_MAP))
		return 0;
	return head.argument > value.size - step ? 0 : (size_t)head.argument;
}

/* Head of a key; 0 if it is none. Nearly all are short: one byte says all. */
static inline size_t key_head(const uint8_t *at, size_t left, size_t *ret_size)
{
	struct head head;
	size_t step = 1;

	if (left > 0 && at[0] >> 5 == HEAD_TEXT && (at[0] & 31) < 24) {
		*ret_size = at[0] & 31;
	} else {
		step = head_read(at, left, &head);
		if (step == 0 || head.major != HEAD_TEXT || head.argument > left)
			return 0;
		*ret_size = (size_t)head.argument;
	}
	return *ret_size <= left - step ? step : 0;
}

/* Keys are sorted by size, then by bytes. */
static inline int compare_key(const uint8_t *at, size_t size, tsp_text key)
{
	return size != key.size ? (size > key.size) - (size < key.size) :
				  memcmp(at, key.data, size);
}

void value_pick(tsp_value map, const tsp_text *keys, size_t count, tsp_value *ret_values)
{
	struct head head;
	size_t step = value_head(map, &head);
	size_t next = 0;

	memset(ret_values, 0, count * sizeof(*ret_values));
	if (step == 0 || head.major != HEAD_MAP)
		return;

	const uint8_t *at = map.data + step;
	size_t left = map.size - step;

	for (uint64_t i = head.argument; i > 0; i--) {
		size_t size = 0;
		int order = 1;

		step = key_head(at, left, &size);
		if (step == 0)
			break;
		at += step;
		left -= step;
		/* What the map is past already is not in it. */
		while (next < count && (order = compare_key(at, size, keys[next])) > 0)
			next++;
		if (next == count)
			break;
		at += size;
		left -= size;
		step = head_skip_short(at, left);
		if (step == 0)
			break;
		if (order == 0)
			ret_values[next++] = (tsp_value){ at, step };
		at += step;
		left -= step;
	}
}

tsp_value tsp_value_get(tsp_value map, const char *key)
{
	tsp_text name = { key, strlen(key) };
	tsp_value value;

	value_pick(map, &name, 1, &value);
	return value;
}

bool tsp_value_next(tsp_value container, tsp_walk *at, tsp_value *ret_key, tsp_value *ret_value)
{
	struct head head;
	size_t step = value_head(container, &head);

	if (step == 0 || (head.major != HEAD_LIST && head.major != HEAD_MAP))
		return false;
	if (at->next == NULL)
		*at = (tsp_walk){ container.data + step, tsp_value_count(container) };
	if (at->left == 0)
		return false;

	const uint8_t *end = container.data + container.size;
	const uint8_t *next = at->next;
	tsp_value key = { 0 };

	if (head.major == HEAD_MAP) {
		key = (tsp_value){ next, head_skip_short(next, (size_t)(end - next)) };
		if (key.size == 0)
			return false;
		next += key.size;
	}

	tsp_value value = { next, head_skip_short(next, (size_t)(end - next)) };

	if (value.size == 0)
		return false;
	*at = (tsp_walk){ next + value.size, at->left - 1 };
	if (ret_key != NULL)
		*ret_key = key;
	if (ret_value != NULL)
		*ret_value = value;
	return true;
}

tsp_value tsp_value_at(tsp_value list, size_t index)
{
	tsp_walk at = { 0 };
	tsp_value value;

	if (tsp_value_kind(list) != TSP_KIND_LIST)
		return (tsp_value){ 0 };
	while (tsp_value_next(list, &at, NULL, &value)) {
		if (index-- == 0)
			return value;
	}
	return (tsp_value){ 0 };
}

bool tsp_value_equal(tsp_value a, tsp_value b)
{
	bool absent = a.data == NULL || a.size == 0;

	/* One value has one encoding. */
	if (absent || b.data == NULL || b.size == 0)
		return absent && (b.data == NULL || b.size == 0);
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}
