/* SPDX-License-Identifier: MIT */
/*
 * A typed line as words. Blanks part words; '..' keeps all, ".." knows \" and \\, a backslash
 * outside takes the next character as it is; a word that begins with { or [ runs to its matching
 * bracket as it stands (JSON); in one that begins with $last or with a dot (a way into the last
 * result, .name."any name"; with a / before its first quote it is a file's name) the quotes stay.
 * A # begins a comment only as the first character of a line and before a blank or a !, so that
 * #3 is an address.
 */
#ifndef TSP_CLI_WORDS_H
#define TSP_CLI_WORDS_H

#include <thespian.h>

#define WORDS_LIMIT 1024 /* words a line */

struct words {
	char **items; /* ended by NULL; owned */
	int count;
	int raw;	/* which of them is the rest of the line as it stands; -1: none */
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

/* Adds a word that is no part of a line; its start is SIZE_MAX. TSP_ELIMIT, TSP_ENOMEM. */
int words_append(struct words *words, const char *word, tsp_error *err);

#define WORDS_DEPTH 64 /* brackets of which is known what they are */

/* How far a JSON value goes that comes in pieces: from its bracket or quote to the matching one. */
struct words_json {
	size_t depth;
	bool text;   /* within a string .. */
	bool escape; /* .. behind a backslash */
	char stack[WORDS_DEPTH];
};

/* Reads on from *at (the first time: at the bracket or quote) to behind the end of the value, and says that
 * it ended; false: to the NUL, and it goes on. */
bool words_json_feed(struct words_json *json, const char **at);
/* What is not closed yet: a bracket or '"'. */
char words_json_open(const struct words_json *json);

#define WORDS_TYPE_LIMIT 120 /* bytes of a type's name */
/* Size of the type's name at the front of "TYPE JSON", blanks behind it; 0: it does not begin with one. */
size_t words_type_size(const char *text);

#endif
