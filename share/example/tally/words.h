/* SPDX-License-Identifier: MIT */
/* How often each word was seen: a table of words, bounded. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdint.h>

#define WORD_LIMIT  48	  /* bytes of a word that count */
#define WORDS_LIMIT 65536 /* different words that are told apart */

struct word {
	char text[WORD_LIMIT];
	int64_t count;
};

struct words {
	struct word *slots;
	size_t count;
	size_t capacity;
};

/* Adds count to a word; -1: no memory, or too many different words. */
int words_add(struct words *words, const char *text, size_t size, int64_t count);
void words_clear(struct words *words);
/* The most frequent ones, first the most frequent; returns how many there are, at most limit. */
size_t words_top(const struct words *words, const struct word **ret_top, size_t limit);

#endif
