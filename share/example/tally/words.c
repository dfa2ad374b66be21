/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <stdlib.h>
#include <string.h>

static size_t words_slot(const struct words *words, const char *text)
{
	uint64_t hash = 14695981039346656037u;
	size_t at;

	for (const char *c = text; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	at = (size_t)(hash >> 20) & (words->capacity - 1);
	while (words->slots[at].count != 0 && strcmp(words->slots[at].text, text) != 0)
		at = (at + 1) & (words->capacity - 1);
	return at;
}

static int words_grow(struct words *words)
{
	struct words bigger = { .capacity = words->capacity == 0 ? 1024 : words->capacity * 2 };

	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return -1;
	for (size_t i = 0; i < words->capacity; i++) {
		if (words->slots[i].count != 0)
			bigger.slots[words_slot(&bigger, words->slots[i].text)] = words->slots[i];
	}
	bigger.count = words->count;
	free(words->slots);
	*words = bigger;
	return 0;
}

int words_add(struct words *words, const char *text, size_t size, int64_t count)
{
	char word[WORD_LIMIT] = { 0 };
	size_t at;

	if (words->count * 2 >= words->capacity && words_grow(words) < 0)
		return -1;
	memcpy(word, text, size < WORD_LIMIT ? size : WORD_LIMIT - 1);
	at = words_slot(words, word);
	if (words->slots[at].count == 0) {
		if (words->count >= WORDS_LIMIT)
			return -1;
		memcpy(words->slots[at].text, word, WORD_LIMIT);
		words->count++;
	}
	words->slots[at].count += count;
	return 0;
}

void words_clear(struct words *words)
{
	free(words->slots);
	*words = (struct words){ 0 };
}

static int more_frequent(const struct word *a, const struct word *b)
{
	return a->count != b->count ? a->count > b->count : strcmp(a->text, b->text) < 0;
}

size_t words_top(const struct words *words, const struct word **ret_top, size_t limit)
{
	size_t found = 0;

	for (size_t i = 0; i < words->capacity; i++) {
		const struct word *word = &words->slots[i];
		size_t at = found;

		if (word->count == 0)
			continue;
		while (at > 0 && more_frequent(word, ret_top[at - 1]))
			at--;
		if (at >= limit)
			continue;
		memmove(ret_top + at + 1, ret_top + at,
			((found < limit ? found : limit - 1) - at) * sizeof(*ret_top));
		ret_top[at] = word;
		if (found < limit)
			found++;
	}
	return found;
}
