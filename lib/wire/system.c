/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/system.h"

#include <string.h>

#define NAME_TEXT(constant, text) { text, sizeof(text) - 1 },
#define NAME_SIZE(constant, text) | UINT64_C(1) << (sizeof(text) - 1)

static const tsp_text request_names[] = { SYSTEM_REQUESTS(NAME_TEXT) };
static const tsp_text notice_names[] = { SYSTEM_NOTICES(NAME_TEXT) };
static const tsp_text word_names[] = { SYSTEM_WORDS(NAME_TEXT) };

/* A bit for each size that a name has: most types are told apart by it at once. */
static const uint64_t request_sizes = 0 SYSTEM_REQUESTS(NAME_SIZE);
static const uint64_t notice_sizes = 0 SYSTEM_NOTICES(NAME_SIZE);
static const uint64_t word_sizes = 0 SYSTEM_WORDS(NAME_SIZE);

#undef NAME_TEXT
#undef NAME_SIZE

const char *system_request_name(enum system_request request)
{
	return (unsigned int)request < REQUEST_COUNT ? request_names[request].data : "";
}

const char *system_notice_name(enum system_notice notice)
{
	return (unsigned int)notice < NOTICE_COUNT ? notice_names[notice].data : "";
}

const char *system_word_name(enum system_word word)
{
	return (unsigned int)word < WORD_COUNT ? word_names[word].data : "";
}

static int find(const tsp_text *names, int count, uint64_t sizes, tsp_text type)
{
	if (type.size > 63 || (sizes >> type.size & 1) == 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (names[i].size == type.size && names[i].data[0] == type.data[0] &&
			memcmp(names[i].data, type.data, type.size) == 0)
			return i;
	}
	return -1;
}

int system_request_find(tsp_text type)
{
	return find(request_names, REQUEST_COUNT, request_sizes, type);
}

int system_notice_find(tsp_text type)
{
	return find(notice_names, NOTICE_COUNT, notice_sizes, type);
}

int system_word_find(tsp_text type)
{
	return find(word_names, WORD_COUNT, word_sizes, type);
}

bool system_is_reserved(tsp_text type)
{
	return system_notice_find(type) >= 0;
}
