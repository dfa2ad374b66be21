/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "shell/shell.h"

static const struct option_spec shell_options[] = {
	{ "port", 'p', "PORT", "port of the system (1900; UDP base 1029)", COMPLETE_NONE },
	{ "command", 'c', "LINE", "run this line and leave; several run in order", COMPLETE_NONE },
	{ "stdin", 'x', NULL, "the last argument of the one -c is standard input, as it is",
		COMPLETE_NONE },
	{ "read-only", 0, NULL, "refuse what changes something, with status 5", COMPLETE_NONE },
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
	&cmd_together,
	&cmd_status,
	&cmd_tree,
	&cmd_top,
	&cmd_waits,
	&cmd_log,
	&cmd_actors,
	&cmd_actor_count,
	&cmd_graph,
	&cmd_trace,
	&cmd_record,
	&cmd_replay,
	&cmd_kill,
	&cmd_restart,
	&cmd_dead,
	&cmd_poison,
	&cmd_report_exit,
	&cmd_load,
	&cmd_unload,
	&cmd_sources,
	&cmd_use_simple_source_authority,
	&cmd_create_test_actor,
	&cmd_capability,
	&cmd_convention,
	&cmd_set_thesplog,
	&cmd_repeat,
	&cmd_wait,
	&cmd_assert,
	&cmd_help,
	&cmd_exit,
	&cmd_quit,
	NULL,
};

const struct program shell_program = {
	.name = SHELL_NAME,
	.synopsis = "[-p PORT] [-c LINE]... [-x] [--read-only] [--json] [--timeout SECONDS] [FILE]",
	.summary = "Talks to a running actor system, from a terminal or a script.",
	.details =
		"On a terminal it reads lines with history, Tab and Ctrl-C; with -c, a FILE or a pipe it\n"
		"runs the same commands and stops at the first error with its status.\n\n"
		"ADDR is #n (one seen in this session; #0 is the system), a global name, or @SYSTEM.NUMBER.\n"
		"MESSAGE is a JSON value, or TYPE and a JSON value, or bare words, taken as a text.\n"
		"$last is what the last command said, $last.PATH a part of it, $status its status.",
	.options = shell_options,
	.commands = shell_commands,
	.permit = shell_permit,
	.complete = shell_complete,
};
