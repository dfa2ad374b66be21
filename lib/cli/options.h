/* SPDX-License-Identifier: MIT */
/*
 * GNU options from tables: --name, --name=VALUE, --name VALUE, -x, -xVALUE, -x VALUE, -xy; an
 * unambiguous beginning of a long name; before or after arguments; "--" ends them. Help and
 * completion read the same tables.
 */
#ifndef TSP_CLI_OPTIONS_H
#define TSP_CLI_OPTIONS_H

#include <thespian.h>
#include "cli/complete.h"

/* A table is ended by { 0 }. */
struct option_spec {
	const char *name;	     /* long name without dashes */
	char letter;		     /* short form; 0: none */
	const char *value;	     /* what the help calls its value ("FILE"); NULL: takes none */
	const char *summary;	     /* NULL: hidden from help and completion */
	enum complete_kind complete; /* of its value */
};

struct option_given {
	const struct option_spec *spec;
	const char *value; /* borrowed from argv; NULL where it takes none */
};

/* Everything of one command line. Values and arguments are borrowed from argv. */
struct options {
	struct option_given *given; /* in the order they were given */
	size_t given_count;
	char **arguments; /* ended by NULL */
	int argument_count;
};

void options_init(struct options *options);
void options_clear(struct options *options);
/*
 * Reads argv[0..argc) (no program name), adding to options. Tables are searched in order, the list
 * of tables is ended by NULL. Stops in front of the limit-th argument (-1: never) and returns how
 * many words were read; after raw_after arguments (-1: never) all else is arguments.
 * Negative: TSP_EUSAGE with a text that names the option ("unknown option '--x'"), TSP_ENOMEM.
 */
int options_parse(struct options *options, const struct option_spec *const *tables, int argc,
	char *const *argv, int limit, int raw_after, tsp_error *err);
/* The last value given for an option (its long name), NULL: not given. */
const char *options_get(const struct options *options, const char *name);
/* How often it was given. */
int options_count(const struct options *options, const char *name);
/* The values of a repeated option in turn: start with *at = 0; NULL at the end. */
const char *options_next(const struct options *options, const char *name, size_t *at);
/* Whole number or milliseconds (from seconds) of an option; *ret stays alone when it is not given.
 * TSP_EUSAGE naming the option. */
int options_get_int(const struct options *options, const char *name, int64_t min, int64_t max,
	int64_t *ret, tsp_error *err);
int options_get_ms(
	const struct options *options, const char *name, int64_t *ret_ms, tsp_error *err);

#endif
