/* SPDX-License-Identifier: MIT */
/*
 * A typed line as words. Blanks part words; '..' keeps all, ".." knows \" and \\, a backslash
 * outside takes the next character as it is; a word that begins with { or [ runs to its matching
 * bracket as it stands (JSON). A # begins a comment only as the first character of a line and
 * before a blank or a !, so that #3 is an address.
 */
#ifndef TSP_CLI_WORDS_H
#define TSP_CLI_WORDS_H

#include <thespian.h>

#define WORDS_LIMIT 1024 /* words a line */

struct words {
	char **items; /* ended by NULL; owned */
	int count;
	size_t *starts; /* where each begins in the line, in bytes */
};

enum words_flags {
	WORDS_LENIENT = 1, /* an open quote or bracket ends with the line (completion) */
};

void words_init(struct words *words);
void words_clear(struct words *words);
/*
 * Splits line into words (initialised before; what it held is freed). raw_from: the word behind
 * that many words which do not begin with '-' is the rest of the line as it stands, but for blanks
 * at its ends; -1: none. TSP_EUSAGE for an open quote or bracket, TSP_ELIMIT, TSP_ENOMEM.
 */
int words_split(struct words *words, const char *line, int raw_from, int flags, tsp_error *err);

#define WORDS_TYPE_LIMIT 120 /* bytes of a type's name */
/* Size of the type's name at the front of "TYPE JSON", blanks behind it; 0: it does not begin with one. */
size_t words_type_size(const char *text);

#endif
