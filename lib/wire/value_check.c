/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/value.h"

#include "base/error.h"
#include "base/text.h"
#include "wire/builder.h"
#include "wire/head.h"

enum level_kind { LEVEL_LIST, LEVEL_MAP, LEVEL_TYPED };

struct level {
	uint64_t left; /* items still to come; in a map keys and values */
	enum level_kind kind;
	size_t key; /* where the last key begins */
	size_t key_size;
};

struct check {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	const char *fault;
	int depth;
	int limit;
	struct level levels[TSP_DEPTH_LIMIT];
};

static bool faulty(struct check *check, const char *fault)
{
	check->fault = fault;
	return false;
}

/* A head of more than one byte. */
static bool check_long_head(struct check *check, struct head *ret_head, size_t *ret_step)
{
	static const uint64_t least[] = { 24, 0x100, 0x10000, UINT64_C(0x100000000) };
	size_t left = check->size - check->at;

	*ret_step = head_read(check->bytes + check->at, left, ret_head);
	if (*ret_step == 0) {
		uint8_t info = ret_head->info;

		return faulty(check,
			info == 31	  ? "a length is indefinite" :
				info > 27 ? "a reserved form" :
					    "it is cut short");
	}
	if (ret_head->major != HEAD_OTHER && ret_head->info >= 24 &&
		ret_head->argument < least[ret_head->info - 24])
		return faulty(check, "a longer form than needed");
	return true;
}

static inline bool check_head(struct check *check, struct head *ret_head, size_t *ret_step)
{
	if (check->size == check->at)
		return faulty(check, "it is cut short");

	uint8_t first = check->bytes[check->at];

	if ((first & 31) >= 24)
		return check_long_head(check, ret_head, ret_step);
	ret_head->major = first >> 5;
	ret_head->info = first & 31;
	ret_head->argument = first & 31;
	*ret_step = 1;
	return true;
}

static bool check_run(struct check *check, const struct head *head, size_t step)
{
	if (head->argument > check->size - check->at - step)
		return faulty(check, "it is cut short");

	size_t size = (size_t)head->argument;

	if (head->major == HEAD_TEXT && !text_is_utf8(check->bytes + check->at + step, size))
		return faulty(check, "text is not UTF-8");
	check->at += step + size;
	return true;
}

static bool enter(struct check *check, enum level_kind kind, uint64_t count, size_t step)
{
	size_t room = check->size - check->at - step;

	/* An item takes one byte at least: a head that promises more than is there is a lie. */
	if (count > (kind == LEVEL_MAP ? room / 2 : room))
		return faulty(check, "it is cut short");
	if (check->depth >= check->limit)
		return faulty(check, "it is nested too deep");
	check->at += step;
	check->levels[check->depth++] = (struct level){
		.left = kind == LEVEL_MAP ? 2 * count : count,
		.kind = kind,
	};
	return true;
}

static bool check_tag(struct check *check, const struct head *tag, size_t step)
{
	struct head head;

	check->at += step;
	if (!check_head(check, &head, &step))
		return false;
	switch (tag->argument) {
	case VALUE_TAG_ENCODED:
		if (head.major != HEAD_BYTES)
			return faulty(check, "what is encoded is not bytes");
		return check_run(check, &head, step);
	case VALUE_TAG_ADDRESS:
		if (head.major != HEAD_BYTES || head.argument != 16)
			return faulty(check, "an address is not 16 bytes");
		return check_run(check, &head, step);
	case VALUE_TAG_TYPED:
		if (head.major != HEAD_LIST || head.argument != 2)
			return faulty(check, "a typed value is not a list of two");
		return enter(check, LEVEL_TYPED, 2, step);
	default:
		return faulty(check, "an unknown tag");
	}
}

static bool check_float(struct check *check, const struct head *head, size_t step)
{
	uint64_t bits = head->argument;
	uint16_t half;
	float single;

	switch (check->bytes[check->at]) {
	case HEAD_FALSE:
	case HEAD_TRUE:
	case HEAD_NULL:
		break;
	case HEAD_HALF:
		if ((bits & 0x7c00) == 0x7c00)
			return faulty(check, "a number is not finite");
		break;
	case HEAD_FLOAT:
		if ((bits & 0x7f800000) == 0x7f800000)
			return faulty(check, "a number is not finite");
		if (head_half_encode(head_float_of((uint32_t)bits), &half))
			return faulty(check, "a longer form than needed");
		break;
	case HEAD_DOUBLE:
		if ((bits & UINT64_C(0x7ff0000000000000)) == UINT64_C(0x7ff0000000000000))
			return faulty(check, "a number is not finite");
		if (head_single(head_double_of(bits), &single))
			return faulty(check, "a longer form than needed");
		break;
	default:
		return faulty(check, "an unknown simple value");
	}
	check->at += step;
	return true;
}

/* Where the level says what the next item must be: a map's keys, a type's name. */
static bool check_place(struct check *check, const struct head *head, size_t step)
{
	struct level *level = &check->levels[check->depth - 1];

	if (level->kind == LEVEL_TYPED && level->left == 2) {
		if (head->major != HEAD_TEXT || head->argument == 0)
			return faulty(check, "a type has no name");
	}
	if (level->kind == LEVEL_MAP && level->left % 2 == 0) {
		if (head->major != HEAD_TEXT)
			return faulty(check, "a key is not text");
		if (head->argument > check->size - check->at - step)
			return faulty(check, "it is cut short");

		const uint8_t *key = check->bytes + check->at;
		size_t size = step + (size_t)head->argument;

		/* Readers name keys by C strings, and jansson does too. */
		if (memchr(key + step, '\0', (size_t)head->argument) != NULL)
			return faulty(check, "a key has a NUL in it");
		if (level->key_size > 0) {
			size_t least = size < level->key_size ? size : level->key_size;
			int order = memcmp(check->bytes + level->key, key, least);

			if (order == 0)
				return faulty(check, "a key stands twice");
			if (order > 0)
				return faulty(check, "keys are not sorted");
		}
		level->key = check->at;
		level->key_size = size;
	}
	level->left--;
	return true;
}

/* Checks the item at check->at, or only its head if it is one that others lie in. */
static bool check_item(struct check *check)
{
	struct head head;
	size_t step;

	if (!check_head(check, &head, &step))
		return false;
	if (check->depth > 0 && !check_place(check, &head, step))
		return false;
	switch (head.major) {
	case HEAD_UINT:
		break;
	case HEAD_NEGATIVE:
		if (head.argument > INT64_MAX)
			return faulty(check, "a number is too small");
		break;
	case HEAD_BYTES:
	case HEAD_TEXT:
		return check_run(check, &head, step);
	case HEAD_LIST:
		return enter(check, LEVEL_LIST, head.argument, step);
	case HEAD_MAP:
		return enter(check, LEVEL_MAP, head.argument, step);
	case HEAD_TAG:
		return check_tag(check, &head, step);
	default:
		return check_float(check, &head, step);
	}
	check->at += step;
	return true;
}

/* The fault, NULL if there is none; *ret_at is where. */
static const char *find_fault(const void *bytes, size_t size, int depth, size_t *ret_at)
{
	struct check check; /* not cleared: levels above depth are never read */

	check.bytes = bytes;
	check.size = bytes != NULL ? size : 0;
	check.at = 0;
	check.fault = NULL;
	check.depth = 0;
	check.limit = depth;
	do {
		if (!check_item(&check))
			break;
		while (check.depth > 0 && check.levels[check.depth - 1].left == 0)
			check.depth--;
	} while (check.depth > 0);
	if (check.fault == NULL && check.at != size)
		check.fault = "more follows behind it";
	*ret_at = check.at;
	return check.fault;
}

bool value_fits(const void *bytes, size_t size, int depth)
{
	size_t at;

	return find_fault(bytes, size, depth, &at) == NULL;
}

int tsp_value_check(const void *bytes, size_t size)
{
	return value_fits(bytes, size, TSP_DEPTH_LIMIT) ? TSP_OK : TSP_EVALUE;
}

int value_check(const void *bytes, size_t size, tsp_error *err)
{
	size_t at;
	const char *fault = find_fault(bytes, size, TSP_DEPTH_LIMIT, &at);

	if (fault == NULL)
		return TSP_OK;
	return tsp_fail(err, TSP_EVALUE, "not a valid value: at byte %zu: %s", at, fault);
}
