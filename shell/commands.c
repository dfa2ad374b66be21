/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/shell.h"

static const struct option_spec shell_options[] = {
	{ "port", 'p', "PORT", "port of the system (1900; UDP base 1029)", COMPLETE_NONE },
	{ "command", 'c', "LINE", "run this line and leave; several run in order", COMPLETE_NONE },
	{ "json", 0, NULL, "print one JSON document a command", COMPLETE_NONE },
	{ "control", 0, NULL, "for programs: a block of JSON for each line of standard input",
		COMPLETE_NONE },
	{ "records", 0, NULL, "the same, each answer with its size in front", COMPLETE_NONE },
	{ "timeout", 0, "SECONDS", "longest wait of a command (10)", COMPLETE_NONE },
	{ 0 },
};

static const struct command *const shell_commands[] = {
	&cmd_start,
	&cmd_stop,
	&cmd_info,
	&cmd_address,
	&cmd_addresses,
	&cmd_create,
	&cmd_tell,
	&cmd_ask,
	&cmd_listen,
	&cmd_events,
	&cmd_status,
	&cmd_tree,
	&cmd_actors,
	&cmd_actor_count,
	&cmd_kill,
	&cmd_report_exit,
	&cmd_load,
	&cmd_unload,
	&cmd_sources,
	&cmd_use_simple_source_authority,
	&cmd_create_test_actor,
	&cmd_capability,
	&cmd_convention,
	&cmd_set_thesplog,
	&cmd_help,
	&cmd_exit,
	&cmd_quit,
	NULL,
};

const struct program shell_program = {
	.name = SHELL_NAME,
	.synopsis = "[-p PORT] [-c LINE]... [--json] [--timeout SECONDS] [FILE]",
	.summary = "Talks to a running actor system, from a terminal or a script.",
	.details =
		"On a terminal it reads lines with history, Tab and Ctrl-C; with -c, a FILE or a pipe it\n"
		"runs the same commands and stops at the first error with its status.\n\n"
		"ADDR is #n (one seen in this session; #0 is the system), a global name, or @SYSTEM.NUMBER.\n"
		"MESSAGE is a JSON value, or TYPE and a JSON value, or bare words, taken as a text.",
	.options = shell_options,
	.commands = shell_commands,
	.complete = shell_complete,
};
