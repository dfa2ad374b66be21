/* SPDX-License-Identifier: MIT */
/*
 * What wait waits for. ADDR is an address as everywhere, OP one of == != < <= > >=, N a whole number:
 *
 *	system                    a system answers at the port
 *	name NAME                 somebody holds the global name
 *	gone ADDR                 the actor has ended; of a name: nobody holds it
 *	source HASH               a source whose hash begins so is loaded
 *	actors [CLASS] OP N       how many actors there are, or of a class
 *	waiting ADDR OP N         how many messages the actor has not handled
 */
#ifndef TSP_SHELL_CONDITION_H
#define TSP_SHELL_CONDITION_H

#include "shell/shell.h"

enum condition_kind {
	CONDITION_SYSTEM,
	CONDITION_NAME,
	CONDITION_GONE,
	CONDITION_SOURCE,
	CONDITION_ACTORS,
	CONDITION_WAITING,
};

enum condition_op {
	CONDITION_EQUAL,
	CONDITION_UNEQUAL,
	CONDITION_LESS,
	CONDITION_LESS_EQUAL,
	CONDITION_MORE,
	CONDITION_MORE_EQUAL,
};

struct condition {
	enum condition_kind kind;
	const char *subject; /* borrowed; NULL: actors of any class */
	enum condition_op op;
	int64_t number;
	bool counts; /* it compares a number */
};

/* What was seen when it was looked at. */
struct condition_seen {
	bool holds;
	bool there;	/* there is something to count or to say */
	int64_t number; /* of one that counts */
};

/* Reads the words of a condition, which are borrowed. TSP_EUSAGE with what is wrong. */
int condition_parse(char *const *words, int count, struct condition *ret_condition, tsp_error *err);
/* Looks once. TSP_EDEAD: it can never come true; else as the calls of the system. */
int condition_look(struct shell *shell, const struct condition *condition,
	struct condition_seen *ret_seen, tsp_error *err);

#endif
