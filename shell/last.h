/* SPDX-License-Identifier: MIT */
/*
 * What the last command said, and how later ones use it: $last, $last.PATH (path.h) and $status.
 *
 *	kill $last.address                      a word alone: a text as it is, an address, else JSON
 *	tell Greeter {"to": $last.address}      in JSON, outside of strings: as JSON
 *	tell Greeter $last.names                the whole message, or what follows its type: as JSON
 *
 * Anywhere else, in quotes, in strings, within a word, it is just text.
 */
#ifndef TSP_SHELL_LAST_H
#define TSP_SHELL_LAST_H

#include <thespian.h>
#include "cli/words.h"

struct last {
	uint8_t *data; /* a value; NULL: nothing was said yet */
	size_t size;
	int status; /* of the last command */
};

void last_clear(struct last *last);
/* An output_keeper_fn; data is a struct last. */
void last_keep(void *data, tsp_value document);
/* Absent before the first one. */
tsp_value last_value(const struct last *last);
/*
 * Replaces what stands for it in the words of line; raw_line: not in the one that is the rest of the line.
 * TSP_ENOENT: there is no such thing; TSP_EUSAGE: it cannot be an argument; TSP_ETOOBIG, TSP_ENOMEM.
 */
int last_expand(const struct last *last, const char *line, bool raw_line, struct words *words,
	tsp_error *err);

#endif
