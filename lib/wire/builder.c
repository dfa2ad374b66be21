/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/head.h"

#define BUILDER_SMALLEST 512
#define BUILDER_KEPT	 ((size_t)64 * 1024) /* what tsp_builder_reset keeps at most */
#define FEW_ENTRIES	 32

enum level_kind { LEVEL_LIST = '[', LEVEL_MAP = '{', LEVEL_TYPED = '<' };

struct entry {
	const uint8_t *bytes; /* the key, then the value */
	size_t key_size;
	size_t size;
};

void builder_init(tsp_builder *builder)
{
	builder->data = NULL;
	builder->size = 0;
	builder->capacity = 0;
	builder->limit = VALUE_SIZE_LIMIT;
	builder->scratch = NULL;
	builder->scratch_size = 0;
	builder->error = TSP_OK;
	builder->depth = 0;
	builder->done = false;
}

void builder_clear(tsp_builder *builder)
{
	free(builder->data);
	free(builder->scratch);
	builder_init(builder);
}

void builder_set_limit(tsp_builder *builder, size_t limit)
{
	tsp_builder_reset(builder);
	if (builder->capacity > limit)
		builder_clear(builder);
	builder->limit = limit;
}

tsp_builder *tsp_builder_new(void)
{
	tsp_builder *builder = malloc(sizeof(*builder));

	if (builder != NULL)
		builder_init(builder);
	return builder;
}

void tsp_builder_free(tsp_builder *builder)
{
	if (builder == NULL)
		return;
	builder_clear(builder);
	free(builder);
}

void tsp_builder_reset(tsp_builder *builder)
{
	if (builder->capacity > BUILDER_KEPT) {
		free(builder->data);
		builder->data = NULL;
		builder->capacity = 0;
	}
	if (builder->scratch_size > BUILDER_KEPT) {
		free(builder->scratch);
		builder->scratch = NULL;
		builder->scratch_size = 0;
	}
	builder->size = 0;
	builder->error = TSP_OK;
	builder->depth = 0;
	builder->done = false;
}

void builder_fail(tsp_builder *builder, int code)
{
	if (builder->error == TSP_OK)
		builder->error = code;
}

static bool fail(tsp_builder *builder, int code)
{
	builder_fail(builder, code);
	return false;
}

static bool grow(tsp_builder *builder, size_t size)
{
	if (size > builder->limit || builder->size > builder->limit - size)
		return fail(builder, TSP_ETOOBIG);

	size_t need = builder->size + size;
	size_t capacity = builder->capacity < BUILDER_SMALLEST ? BUILDER_SMALLEST :
								 builder->capacity;

	while (capacity < need)
		capacity *= 2;
	if (capacity > builder->limit)
		capacity = builder->limit;

	uint8_t *data = realloc(builder->data, capacity);

	if (data == NULL)
		return fail(builder, TSP_ENOMEM);
	builder->data = data;
	builder->capacity = capacity;
	return true;
}

/* Room for size more bytes within the limit. */
static inline bool reserve(tsp_builder *builder, size_t size)
{
	return size <= builder->capacity - builder->size || grow(builder, size);
}

/* Whether a value may stand here, and counts it. */
static bool begin_item(tsp_builder *builder)
{
	if (builder->error != TSP_OK)
		return false;
	if (builder->depth == 0) {
		if (builder->done)
			return fail(builder, TSP_EVALUE);
		builder->done = true;
		return true;
	}

	struct builder_level *level = &builder->levels[builder->depth - 1];

	if (level->kind == LEVEL_MAP) {
		if (!level->key_waits)
			return fail(builder, TSP_EVALUE);
		level->key_waits = false;
	} else {
		if (level->kind == LEVEL_TYPED && level->count == 1)
			return fail(builder, TSP_EVALUE);
		level->count++;
	}
	return true;
}

/* Appends a head and the bytes behind it. */
static bool append(tsp_builder *builder, enum head_major major, const void *bytes, size_t size)
{
	uint8_t head[HEAD_BIGGEST];
	size_t step = head_write(head, major, size);

	/* Checked first: a size near SIZE_MAX must not make the sum small. */
	if (size > builder->limit)
		return fail(builder, TSP_ETOOBIG);
	if (!reserve(builder, step + size))
		return false;
	memcpy(builder->data + builder->size, head, step);
	if (size > 0)
		memcpy(builder->data + builder->size + step, bytes, size);
	builder->size += step + size;
	return true;
}

static void put_head(tsp_builder *builder, enum head_major major, uint64_t argument)
{
	if (begin_item(builder) && reserve(builder, HEAD_BIGGEST))
		builder->size += head_write(builder->data + builder->size, major, argument);
}

static void put_byte(tsp_builder *builder, uint8_t byte)
{
	if (begin_item(builder) && reserve(builder, 1))
		builder->data[builder->size++] = byte;
}

void tsp_put_null(tsp_builder *builder)
{
	put_byte(builder, HEAD_NULL);
}

void tsp_put_bool(tsp_builder *builder, bool value)
{
	put_byte(builder, value ? HEAD_TRUE : HEAD_FALSE);
}

void tsp_put_int(tsp_builder *builder, int64_t value)
{
	if (value >= 0)
		put_head(builder, HEAD_UINT, (uint64_t)value);
	else
		put_head(builder, HEAD_NEGATIVE, (uint64_t)(-1 - value));
}

void tsp_put_uint(tsp_builder *builder, uint64_t value)
{
	put_head(builder, HEAD_UINT, value);
}

void tsp_put_float(tsp_builder *builder, double value)
{
	float single;
	uint16_t half;

	if (!isfinite(value)) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}
	if (!begin_item(builder) || !reserve(builder, HEAD_BIGGEST))
		return;

	uint8_t *at = builder->data + builder->size;

	if (!head_single(value, &single)) {
		uint64_t bits;

		memcpy(&bits, &value, sizeof(bits));
		at[0] = HEAD_DOUBLE;
		head_store(at + 1, 8, bits);
		builder->size += 9;
	} else if (!head_half_encode(single, &half)) {
		uint32_t bits;

		memcpy(&bits, &single, sizeof(bits));
		at[0] = HEAD_FLOAT;
		head_store(at + 1, 4, bits);
		builder->size += 5;
	} else {
		at[0] = HEAD_HALF;
		head_store(at + 1, 2, half);
		builder->size += 3;
	}
}

void tsp_put_text(tsp_builder *builder, tsp_text text)
{
	if (text.data == NULL) {
		tsp_put_null(builder);
		return;
	}
	if (!text_is_utf8(text.data, text.size)) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}
	if (begin_item(builder))
		append(builder, HEAD_TEXT, text.data, text.size);
}

void tsp_put_string(tsp_builder *builder, const char *text)
{
	tsp_put_text(builder, tsp_text_of(text));
}

void tsp_put_bytes(tsp_builder *builder, const void *bytes, size_t size)
{
	if (begin_item(builder))
		append(builder, HEAD_BYTES, bytes, size);
}

void tsp_put_address(tsp_builder *builder, tsp_address address)
{
	if (!begin_item(builder) || !reserve(builder, 20))
		return;

	uint8_t *at = builder->data + builder->size;

	head_write(at, HEAD_TAG, VALUE_TAG_ADDRESS);
	at[3] = HEAD_BYTES << 5 | 16;
	head_store(at + 4, 8, address.system);
	head_store(at + 12, 8, address.number);
	builder->size += 20;
}

void builder_put_raw(tsp_builder *builder, const void *bytes, size_t size)
{
	if (size == 0) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}
	if (!begin_item(builder) || !reserve(builder, size))
		return;
	memcpy(builder->data + builder->size, bytes, size);
	builder->size += size;
}

void tsp_put_value(tsp_builder *builder, tsp_value value)
{
	if (value.data == NULL || value.size == 0) {
		tsp_put_null(builder);
		return;
	}
	if (!value_fits(value.data, value.size, TSP_DEPTH_LIMIT - builder->depth)) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}
	builder_put_raw(builder, value.data, value.size);
}

void tsp_put_encoded(tsp_builder *builder, tsp_value value)
{
	if (value.data == NULL || value.size == 0) {
		tsp_put_null(builder);
		return;
	}
	if (!begin_item(builder) || !reserve(builder, 2))
		return;
	builder->size += head_write(builder->data + builder->size, HEAD_TAG, VALUE_TAG_ENCODED);
	append(builder, HEAD_BYTES, value.data, value.size);
}

/* ---- Containers ---- */

static void begin(tsp_builder *builder, enum level_kind kind)
{
	if (builder->error == TSP_OK && builder->depth == TSP_DEPTH_LIMIT)
		builder_fail(builder, TSP_EVALUE);
	if (!begin_item(builder) || !reserve(builder, HEAD_BIGGEST))
		return;

	struct builder_level *level = &builder->levels[builder->depth++];

	level->start = builder->size;
	level->key_size = 0;
	level->count = 0;
	level->kind = (uint8_t)kind;
	level->key_waits = false;
	level->unsorted = false;
	builder->size += 1;
}

void tsp_begin_list(tsp_builder *builder)
{
	begin(builder, LEVEL_LIST);
}

void tsp_begin_map(tsp_builder *builder)
{
	begin(builder, LEVEL_MAP);
}

void builder_begin_typed(tsp_builder *builder, tsp_text type)
{
	if (type.size == 0 || !text_is_utf8(type.data, type.size))
		builder_fail(builder, TSP_EVALUE);
	begin(builder, LEVEL_TYPED);
	if (builder->error != TSP_OK)
		return;
	/* The list's head is known already: one byte less was counted in begin(). */
	builder->size -= 1;
	builder->size += head_write(builder->data + builder->size, HEAD_TAG, VALUE_TAG_TYPED);
	builder->data[builder->size++] = HEAD_LIST << 5 | 2;
	append(builder, HEAD_TEXT, type.data, type.size);
}

void tsp_begin_typed(tsp_builder *builder, const char *type)
{
	builder_begin_typed(builder, tsp_text_of(type));
}

static int compare_keys(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

void builder_put_key(tsp_builder *builder, tsp_text key)
{
	if (builder->error != TSP_OK)
		return;
	if (!builder_wants_key(builder) || key.data == NULL || !text_is_utf8(key.data, key.size) ||
		memchr(key.data, '\0', key.size) != NULL) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}

	struct builder_level *level = &builder->levels[builder->depth - 1];
	size_t start = builder->size;

	if (!append(builder, HEAD_TEXT, key.data, key.size))
		return;
	level->key_waits = true;
	level->count++;

	size_t size = builder->size - start;

	if (level->key_size > 0 && !level->unsorted) {
		int order = compare_keys(
			builder->data + level->key, level->key_size, builder->data + start, size);

		if (order == 0)
			builder_fail(builder, TSP_EVALUE);
		level->unsorted = order > 0;
	}
	level->key = start;
	level->key_size = size;
}

void tsp_put_key(tsp_builder *builder, const char *key)
{
	builder_put_key(builder, tsp_text_of(key));
}

bool builder_wants_key(const tsp_builder *builder)
{
	if (builder->depth == 0)
		return false;

	const struct builder_level *level = &builder->levels[builder->depth - 1];

	return level->kind == LEVEL_MAP && !level->key_waits;
}

char builder_open_kind(const tsp_builder *builder)
{
	return builder->depth > 0 ? (char)builder->levels[builder->depth - 1].kind : 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *one = a;
	const struct entry *other = b;

	return compare_keys(one->bytes, one->key_size, other->bytes, other->key_size);
}

/* A map of few entries, as nearly all are, is sorted where the entries stand. */
static void sort_entries(struct entry *entries, size_t count)
{
	if (count > FEW_ENTRIES) {
		qsort(entries, count, sizeof(*entries), compare_entries);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct entry entry = entries[i];
		size_t at = i;

		for (; at > 0 && compare_entries(&entries[at - 1], &entry) > 0; at--)
			entries[at] = entries[at - 1];
		entries[at] = entry;
	}
}

static bool take_scratch(tsp_builder *builder, size_t size)
{
	if (size <= builder->scratch_size)
		return true;

	void *scratch = realloc(builder->scratch, size);

	if (scratch == NULL)
		return fail(builder, TSP_ENOMEM);
	builder->scratch = scratch;
	builder->scratch_size = size;
	return true;
}

static void sort_map(tsp_builder *builder, const struct builder_level *level)
{
	size_t count = (size_t)level->count;
	uint8_t *start = builder->data + level->start + 1;
	size_t size = (size_t)(builder->data + builder->size - start);

	/* Each entry takes two bytes at least, so the product is within what a size can say. */
	if (!take_scratch(builder, count * sizeof(struct entry) + size))
		return;

	struct entry *entries = builder->scratch;
	uint8_t *copy = (uint8_t *)(entries + count);
	size_t at = 0;

	memcpy(copy, start, size);
	for (size_t i = 0; i < count; i++) {
		size_t key_size = head_skip_short(copy + at, size - at);
		size_t value_size = head_skip_short(copy + at + key_size, size - at - key_size);

		entries[i] = (struct entry){ copy + at, key_size, key_size + value_size };
		at += key_size + value_size;
	}
	sort_entries(entries, count);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_entries(&entries[i - 1], &entries[i]) == 0)
			builder_fail(builder, TSP_EVALUE);
		memcpy(start, entries[i].bytes, entries[i].size);
		start += entries[i].size;
	}
}

void tsp_end(tsp_builder *builder)
{
	if (builder->error != TSP_OK)
		return;
	if (builder->depth == 0) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}

	struct builder_level *level = &builder->levels[builder->depth - 1];

	if (level->kind == LEVEL_TYPED ? level->count != 1 :
					 level->kind == LEVEL_MAP && level->key_waits) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}
	builder->depth--;
	if (level->kind == LEVEL_TYPED)
		return;
	if (level->unsorted)
		sort_map(builder, level);

	uint8_t head[HEAD_BIGGEST];
	size_t step =
		head_write(head, level->kind == LEVEL_MAP ? HEAD_MAP : HEAD_LIST, level->count);
	size_t start = level->start;

	if (step > 1) {
		if (!reserve(builder, step - 1))
			return;
		memmove(builder->data + start + step, builder->data + start + 1,
			builder->size - start - 1);
		builder->size += step - 1;
	}
	memcpy(builder->data + start, head, step);
}

int tsp_builder_value(tsp_builder *builder, tsp_value *ret_value)
{
	if (builder->error != TSP_OK)
		return builder->error;
	if (builder->depth > 0 || !builder->done)
		return TSP_EVALUE;
	*ret_value = (tsp_value){ builder->data, builder->size };
	return TSP_OK;
}

int builder_take(tsp_builder *builder, uint8_t **ret_bytes, size_t *ret_size)
{
	tsp_value value;
	int rc = tsp_builder_value(builder, &value);

	if (rc < 0)
		return rc;
	*ret_bytes = builder->data;
	*ret_size = builder->size;
	builder->data = NULL;
	builder->capacity = 0;
	tsp_builder_reset(builder);
	return TSP_OK;
}
