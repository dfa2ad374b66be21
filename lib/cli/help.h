/* SPDX-License-Identifier: MIT */
/* Help from the tables; what it prints and what is parsed cannot differ. */
#ifndef TSP_CLI_HELP_H
#define TSP_CLI_HELP_H

#include <stdio.h>
#include "cli/command.h"

/* "usage: NAME SYNOPSIS", the commands with their summaries, the common options. */
void help_print_program(const struct program *program, FILE *stream);
/* "usage: [PREFIX ]NAME SYNOPSIS", summary, options, details; prefix may be NULL. */
void help_print_command(const struct command *command, const char *prefix, FILE *stream);
/* Commands only, one a line: the shell's "help". */
void help_print_commands(const struct program *program, FILE *stream);
/* "NAME VERSION". */
void help_print_version(const struct program *program, FILE *stream);

/* "help [COMMAND]", for a program's table; prints to stdout. */
extern const struct command help_command;

#endif
