/* SPDX-License-Identifier: MIT */
/*
 * Completion from the same tables that parse: the candidates for the last of some words. Tab in
 * the shell, bash completion (--complete WORDS...) and the tests all come through here.
 */
#ifndef TSP_CLI_COMPLETE_H
#define TSP_CLI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What an argument or an option's value is. NONE: nothing is offered. COMMAND and PATH are known
 * here; the others are asked of the program. */
enum complete_kind {
	COMPLETE_NONE,
	COMPLETE_COMMAND,
	COMPLETE_PATH,
	COMPLETE_GROUP,	     /* group of packages */
	COMPLETE_GROUP_FILE, /* group of packages, or a path */
	COMPLETE_HASH,	     /* hash of a loaded source */
	COMPLETE_HASH_GROUP, /* the same, or a group */
	COMPLETE_ADDRESS,    /* contact #n or a global name */
	COMPLETE_CLASS,
	COMPLETE_CAPABILITY,
	COMPLETE_ROLE,
	COMPLETE_SETTING,
	COMPLETE_BASE, /* system base */
};

#define COMPLETE_LIMIT 1024 /* candidates kept */

/* Candidates, owned; sorted and unique once complete_words has returned. */
struct complete {
	char **items;
	size_t count;
	size_t capacity;
	const char *prefix; /* borrowed: what each candidate must begin with */
};

/* Answers the candidates of a kind with complete_add; those that do not fit are dropped there.
 * Says nothing when it cannot ask. */
typedef void complete_fn(void *context, enum complete_kind kind, struct complete *into);

struct program;

void complete_init(struct complete *complete, const char *prefix);
void complete_clear(struct complete *complete);
/* Adds a copy where it begins with the prefix and is of the safe alphabet: letters, digits,
 * ._-/:@#+=,%~ and well-formed UTF-8 that a terminal shows as it is. */
void complete_add(struct complete *complete, const char *candidate);
/* Sorts the candidates and drops doubles; complete_words has done it. */
void complete_sort(struct complete *complete);
/*
 * Candidates for the last of words (it may be empty; none at all: as one empty word), which stand
 * behind the program's name. inside: words begin with a command (a line of the shell), options of
 * the program itself are not offered. into is initialised here, with words[count - 1] borrowed.
 */
void complete_words(const struct program *program, void *context, int count, char *const *words,
	bool inside, struct complete *into);
/* One candidate a line. */
void complete_print(const struct complete *complete, FILE *stream);

#endif
