/* SPDX-License-Identifier: MIT */
/* Every actor of the system, as one list: what actors, tree and actorCount show. */
#ifndef TSP_SHELL_ROLL_H
#define TSP_SHELL_ROLL_H

#include "cli/output.h"
#include "shell/shell.h"

#define ROLL_VERSION 132

struct roll_entry {
	tsp_value actor; /* a map, see tsp_actors; borrowed from the list */
	tsp_address address;
	tsp_address number; /* of the actor itself; address may be the name it was created under */
	tsp_address parent;
	int depth; /* below the root that was asked for; -1: not below it */
};

struct roll {
	tsp_message *list; /* owned */
	struct roll_entry *entries;
	size_t count;
};

/* Asks the system; on success *ret_roll is to be cleared. */
int roll_call(struct shell *shell, struct roll *ret_roll, tsp_error *err);
void roll_clear(struct roll *roll);
/* Orders the entries as a tree, each parent before its children, those below root (that itself
 * included; nobody: all) first, *ret_below of them. TSP_ENOMEM. */
int roll_order(struct roll *roll, tsp_address root, size_t *ret_below);
/* The fields of one entry, between output_begin and output_end. */
void roll_render(struct shell *shell, struct output *output, const struct roll_entry *entry);
/* Messages that it has not handled, wherever they are. */
int64_t roll_mailbox(const struct roll_entry *entry);
/* What its source is called, "GROUP@VERSION", else the first digits of its hash; "": of no source. */
char *roll_version(const struct roll_entry *entry, char out[ROLL_VERSION]);
/* How long its handler has been at work, and on what type: to be freed; NULL: it is not. */
char *roll_busy(const struct roll_entry *entry);
/* After a time-out: a hint, if the one that did not answer is at work on something. */
void roll_explain_silence(struct shell *shell, const char *word, tsp_error *err);
/* Who goes by that address or number; NULL: nobody. */
const struct roll_entry *roll_find(const struct roll *roll, tsp_address address);
/* A member of an entry that is a number; 0 if there is none. */
int64_t roll_number(const struct roll_entry *entry, const char *member);
/* A member of an entry that is a text; absent if there is none. */
tsp_text roll_text(const struct roll_entry *entry, const char *member);

#endif
