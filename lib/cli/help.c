/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/help.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define HELP_COLUMN 26 /* widest left column; what is wider gets a line of its own */

static size_t help_option_left(const struct option_spec *spec, char *out, size_t size)
{
	char letter[8] = "    ";
	if (spec->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
	int used = snprintf(out, size, "%s--%s%s%s", letter, spec->name,
		spec->value != NULL ? " " : "", spec->value != NULL ? spec->value : "");
	return used < 0 ? 0 : (size_t)used;
}

static void help_line(FILE *stream, size_t width, const char *left, const char *right)
{
	if (strlen(left) > width)
		fprintf(stream, "  %s\n  %*s  %s\n", left, (int)width, "", right);
	else
		fprintf(stream, "  %-*s  %s\n", (int)width, left, right);
}

static void help_print_options(
	FILE *stream, const char *title, const struct option_spec *const *tables)
{
	char left[80];
	size_t width = 0;
	for (size_t i = 0; tables[i] != NULL; i++) {
		for (const struct option_spec *spec = tables[i]; spec->name != NULL; spec++) {
			size_t size = help_option_left(spec, left, sizeof(left));
			if (spec->summary != NULL && size > width && size <= HELP_COLUMN)
				width = size;
		}
	}
	fprintf(stream, "\n%s:\n", title);
	for (size_t i = 0; tables[i] != NULL; i++) {
		for (const struct option_spec *spec = tables[i]; spec->name != NULL; spec++) {
			if (spec->summary == NULL)
				continue;
			help_option_left(spec, left, sizeof(left));
			help_line(stream, width, left, spec->summary);
		}
	}
}

void help_print_commands(const struct program *program, FILE *stream)
{
	size_t width = 0;
	for (const struct command *const *at = program->commands; *at != NULL; at++)
		if (strlen((*at)->name) > width)
			width = strlen((*at)->name);
	for (const struct command *const *at = program->commands; *at != NULL; at++)
		help_line(stream, width, (*at)->name, (*at)->summary);
}

void help_print_program(const struct program *program, FILE *stream)
{
	fprintf(stream, "usage: %s %s\n\n%s\n\ncommands:\n", program->name, program->synopsis,
		program->summary);
	help_print_commands(program, stream);
	const struct option_spec *tables[3] = { NULL };
	size_t count = 0;
	if (program->options != NULL)
		tables[count++] = program->options;
	tables[count] = command_builtin_options;
	help_print_options(stream, "options", tables);
	if (program->details != NULL)
		fprintf(stream, "\n%s\n", program->details);
}

void help_print_command(const struct command *command, const char *prefix, FILE *stream)
{
	fprintf(stream, "usage: %s%s%s%s%s\n\n%s\n", prefix != NULL ? prefix : "",
		prefix != NULL ? " " : "", command->name, command->synopsis[0] != '\0' ? " " : "",
		command->synopsis, command->summary);
	if (command->options != NULL)
		help_print_options(stream, "options",
			(const struct option_spec *const[]){ command->options, NULL });
	if (command->details != NULL)
		fprintf(stream, "\n%s\n", command->details);
	if (command->changes && command->undo != NULL)
		fprintf(stream, "\nundo: %s\n", command->undo);
}

void help_print_version(const struct program *program, FILE *stream)
{
	fprintf(stream, "%s %s\n", program->name, TSP_VERSION);
}

static int help_run(void *context, const struct command_call *call, tsp_error *err)
{
	(void)context;
	const struct program *program = call->program;
	if (call->argc == 0) {
		help_print_program(program, stdout);
		return TSP_OK;
	}
	const struct command *command = command_find(program, call->argv[0]);
	char shown[80];
	if (command == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot help with '%s': no such command",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)));
	help_print_command(command, program->name, stdout);
	return TSP_OK;
}

const struct command help_command = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = "say what there is, or how one command is used",
	.args_max = 1,
	.complete = { COMPLETE_COMMAND },
	.run = help_run,
};
