/* SPDX-License-Identifier: MIT */
/* What each actor does, from two looks at the system or more: the rows of top. */
#ifndef TSP_SHELL_TOP_H
#define TSP_SHELL_TOP_H

#include "base/clock.h"
#include "shell/roll.h"
#include "shell/spark.h"

enum top_key { TOP_MAILBOX, TOP_OLDEST, TOP_RATE, TOP_CPU, TOP_MEMORY, TOP_RESTARTS, TOP_KEYS };

struct top_row {
	const struct roll_entry *entry; /* of the last look */
	double figures[TOP_KEYS];	/* messages not handled, ms, messages a second, percent, bytes, times */
	int64_t handled;
	int64_t cpu_ms;
	struct spark rate;
};

struct top {
	struct roll roll;
	struct top_row *rows; /* in the order of top_sort */
	size_t count;
	clock_ns at;	/* of the last look; 0: there was none */
	double rate;	/* messages a second, of all */
	struct spark rates;
	enum top_key key;
};

/* "950", "12.3k", "4.5M": at most five characters, of units that are a step apart; returns out. */
char *top_short(double number, double step, char out[16]);
const char *top_key_name(enum top_key key);
/* TSP_EUSAGE, with the names that there are. */
int top_key_parse(const char *name, enum top_key *ret_key, tsp_error *err);
/* Looks at the system; what an actor did since the last look gives its rate. On failure all stays. */
int top_look(struct shell *shell, struct top *top, tsp_error *err);
/* By top->key, the most first. */
void top_sort(struct top *top);
void top_clear(struct top *top);
/* Shows it on the terminal until a person leaves; leaves itself with the error of a look. */
int top_watch(struct shell *shell, struct top *top, int64_t every_ms, tsp_error *err);

#endif
