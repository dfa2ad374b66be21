/* SPDX-License-Identifier: MIT */
/*
 * Commands as tables: one entry serves dispatch, arity, help and completion. A program lists its
 * entries in the order help shows them; main() is one call of command_main.
 */
#ifndef TSP_CLI_COMMAND_H
#define TSP_CLI_COMMAND_H

#include <thespian.h>
#include "cli/complete.h"
#include "cli/options.h"

#define COMMAND_ARGUMENTS 4 /* of which the kind can be told; further ones are as the last */

struct command;
struct program;

/* One command being run. */
struct command_call {
	const struct program *program;
	const struct command *command;
	struct options options; /* the program's and the command's together */
	int argc;		/* arguments behind the command's name */
	char *const *argv;	/* ended by NULL; argv[argc + n] may not be read past that */
};

/*
 * Returns 0: done; negative TSP_E code: failed, err says how (main prints it); positive: the exit
 * status itself, where what there is to say has been printed (7: in part, 8: plan, 1: poison).
 */
typedef int command_fn(void *context, const struct command_call *call, tsp_error *err);

struct command {
	const char *name;
	const char *synopsis; /* options and arguments: "HASH [--force]"; "" for none */
	const char *summary;  /* one line, lower case, no full stop */
	const char *details;  /* more lines for "help NAME"; NULL: none */
	const struct option_spec *options; /* ended by { 0 }; NULL: none */
	int args_min;
	int args_max; /* -1: any number */
	/* The argument with this index is the rest of a typed line as it stands (a message in JSON),
	 * and options end in front of it; 0: none is (the first never can be). */
	int raw_from;
	bool raw_line; /* that rest is a line of its own, in which nothing is replaced yet */
	enum complete_kind complete[COMMAND_ARGUMENTS];
	bool changes;	  /* the system, or what is on disk: not where one is only to look */
	/* Of one that changes: whether it does as it is called here (options, arguments); NULL: always. */
	bool (*changes_if)(const struct command_call *call);
	const char *undo; /* of one that changes: what takes it back, as a line to type or a sentence */
	command_fn *run;
};

struct program {
	const char *name;     /* "thespian-director" */
	const char *synopsis; /* behind the name: "[--dir DIR] .. COMMAND [ARGS]" */
	const char *summary;
	const char *details;		       /* at the end of the general help; NULL: none */
	const struct option_spec *options;     /* common ones; --help and --version are added */
	const struct command *const *commands; /* ended by NULL */
	/* Called with the options before the command runs, and before completion asks; may be NULL. */
	int (*prepare)(void *context, const struct options *options, tsp_error *err);
	/* Called last before a command runs: a failure is that of the command, which is not run; may be NULL. */
	int (*permit)(void *context, const struct command_call *call, tsp_error *err);
	complete_fn *complete; /* kinds that the program knows; may be NULL */
};

/* --help and --version; searched after all other tables. */
extern const struct option_spec command_builtin_options[];

const struct command *command_find(const struct program *program, const char *name);
/*
 * Parses and runs one command: argv[0] is its name, argv[argc] need not be NULL. common: whether the
 * program's options are taken too (not in a line of the shell). "NAME --help" prints its help.
 * TSP_EUSAGE names what is wrong; else what run returns.
 */
int command_run(const struct program *program, void *context, int argc, char *const *argv,
	bool common, tsp_error *err);
/* Whether a command changes something as it is called. */
bool command_changes(const struct command_call *call);
/* The same of words that are not run; false where they are no command or are used wrongly. */
bool command_would_change(const struct program *program, int argc, char *const *argv);
/* Parses argv of a whole program (argv[0] is the program), prepares, runs, prints an error once,
 * answers --help, --version and --complete. Returns the exit status. */
int command_main(const struct program *program, void *context, int argc, char **argv);
/* Name of the required argument with an index, from the synopsis ("GROUP or FILE"); returns out. */
char *command_argument_name(const struct command *command, int index, char *out, size_t size);

#endif
