/* SPDX-License-Identifier: MIT */
/*
 * Listening in, as trace, record and graph do it: over a connection of its own, so that the session's
 * messages do not mix with what is seen, until the bounds, or Ctrl-C, end it.
 */
#ifndef TSP_SHELL_WATCH_H
#define TSP_SHELL_WATCH_H

#include "base/clock.h"
#include "shell/shell.h"

struct watch {
	tsp_system *system; /* its own */
	int actors;	    /* that it is about when it begins */
	clock_ns due;	    /* when it ends by itself at the latest */
	bool terminal;
	bool ended;
	bool interrupted; /* its end was asked for: what is on its way still comes */
	int64_t received;
	int64_t seen; /* from here on: once it has ended */
	int64_t shown;
	int64_t skipped;
	char reason[16]; /* "limit" "time" "interrupt"; "lost": the system told of no end */
};

/* "#3", "@..", a name that somebody holds, the class of some actor, else a name to come; with a ':' a
 * class. For these options, borrowed from text. */
int watch_subject(
	struct shell *shell, const char *text, tsp_trace_options *options, tsp_error *err);
/* --limit, --rate, --type and --for, as far as the command has them. */
int watch_options(const struct command_call *call, tsp_trace_options *options, tsp_error *err);
/* On success to be ended with watch_close. */
int watch_open(struct shell *shell, const tsp_trace_options *options, struct watch *ret_watch,
	tsp_error *err);
/* 1: *ret_event, to be freed; 0: it has ended, and its sums are there. */
int watch_next(struct watch *watch, tsp_message **ret_event, tsp_error *err);
void watch_close(struct watch *watch);
/* What was told of and did not get here: this program was too slow. */
int64_t watch_lost(const struct watch *watch);
/* The sums as fields. */
void watch_render(const struct watch *watch, struct output *output);
/* The same as a sentence, into out; returns out. */
char *watch_text(const struct watch *watch, char *out, size_t size);

#endif
