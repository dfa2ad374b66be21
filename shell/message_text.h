/* SPDX-License-Identifier: MIT */
/*
 * Messages as they are typed: a JSON value; a type's name and a JSON value; else bare words, taken
 * as a text. What begins with a bracket or a quote is JSON and nothing else, so that a slip in it is
 * an error and not a text. {"$address": "#3"} is the address that #3 stands for.
 */
#ifndef TSP_SHELL_MESSAGE_TEXT_H
#define TSP_SHELL_MESSAGE_TEXT_H

#include <thespian.h>
#include "cli/words.h"
#include "shell/contacts.h"

struct message_text {
	char type[WORDS_TYPE_LIMIT + 1]; /* "" : a plain value */
	tsp_builder *builder;		 /* owned */
	tsp_value value;		 /* borrowed from builder */
};

/* On success *ret_message is to be cleared. TSP_EUSAGE with what is wrong, TSP_ENOMEM. */
int message_text_parse(const char *text, const struct contacts *contacts,
	struct message_text *ret_message, tsp_error *err);
/* JSON text alone (a capability, requirements) into builder. TSP_EUSAGE naming what. */
int message_text_parse_json(const char *text, const char *what, const struct contacts *contacts,
	tsp_builder *builder, tsp_error *err);
void message_text_clear(struct message_text *message);

#endif
