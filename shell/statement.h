/* SPDX-License-Identifier: MIT */
/*
 * A command over several lines: where JSON (a bracket, or a string within one) is not closed at the end of a
 * line, the next one belongs to it. A line that ends within a string ends there with a newline.
 */
#ifndef TSP_SHELL_STATEMENT_H
#define TSP_SHELL_STATEMENT_H

#include <thespian.h>
#include "base/buffer.h"
#include "cli/command.h"
#include "cli/words.h"

/* Lines within a line: repeat runs no other repeat. */
#define STATEMENT_NEST 1

struct statement {
	struct buffer text; /* SHELL_LINE_LIMIT at most; ended by a NUL that is not counted */
	struct words_json json;
	size_t lines; /* of it so far; 0: it has not begun */
};

void statement_init(struct statement *statement);
void statement_clear(struct statement *statement);
/* Adds a line without its newline. Returns 1: it is whole; 0: it goes on. TSP_ETOOBIG, TSP_ENOMEM. */
int statement_add(struct statement *statement, const char *line, tsp_error *err);
/* The whole of it, borrowed until it is changed. */
const char *statement_text(const struct statement *statement);
/* What is not closed in one that goes on. */
char statement_open(const struct statement *statement);
/* Which word of a line is the rest of it as it stands, for words_split; *ret_command is its command or NULL. */
int statement_raw_from(const char *line, const struct command **ret_command);

#endif
