/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/status.h"

#define COMMAND_SHOWN 80 /* bytes of a word from outside that an error repeats */

const struct option_spec command_builtin_options[] = {
	{ "help", 'h', NULL, "say how it is used", COMPLETE_NONE },
	{ "version", 'V', NULL, "print the version", COMPLETE_NONE },
	{ 0 },
};

static const struct option_spec command_no_options[] = { { 0 } };

/* Whether an option was given that is this table's own (a command may have its own --version). */
static bool command_builtin_given(const struct options *options, int index)
{
	for (size_t i = 0; i < options->given_count; i++)
		if (options->given[i].spec == &command_builtin_options[index])
			return true;
	return false;
}

const struct command *command_find(const struct program *program, const char *name)
{
	for (const struct command *const *at = program->commands; *at != NULL; at++)
		if (strcmp((*at)->name, name) == 0)
			return *at;
	return NULL;
}

/* One token of a synopsis: a word, or all of a [group]. NULL at the end. */
static const char *command_token(const char **at, size_t *ret_size)
{
	const char *start = *at + strspn(*at, " ");
	const char *end = start;
	int depth = 0;
	while (*end != '\0' && (depth > 0 || *end != ' ')) {
		depth += *end == '[' ? 1 : *end == ']' ? -1 : 0;
		end++;
	}
	*at = end;
	*ret_size = (size_t)(end - start);
	return end == start ? NULL : start;
}

/* Options in a synopsis stand as "--key FILE": whether a value follows is known from the table. */
static bool command_token_takes_value(const struct command *command, const char *token, size_t size)
{
	for (const struct option_spec *spec = command->options; spec != NULL && spec->name != NULL;
		spec++)
		if (spec->value != NULL && strlen(spec->name) + 2 == size &&
			strncmp(spec->name, token + 2, size - 2) == 0)
			return true;
	return false;
}

char *command_argument_name(const struct command *command, int index, char *out, size_t size)
{
	const char *at = command->synopsis;
	const char *token;
	size_t length;
	int number = -1;
	bool joined = false;
	snprintf(out, size, "an argument");
	while ((token = command_token(&at, &length)) != NULL) {
		if (length > 2 && token[0] == '-' && token[1] == '-') {
			if (command_token_takes_value(command, token, length))
				(void)command_token(&at, &length);
			continue;
		}
		if (token[0] == '[')
			continue;
		if (length == 1 && token[0] == '|') {
			joined = true;
			continue;
		}
		if (joined && number == index) {
			size_t used = strlen(out);
			snprintf(out + used, size - used, " or %.*s", (int)length, token);
		} else if (!joined && ++number == index) {
			snprintf(out, size, "%.*s", (int)length, token);
		}
		joined = false;
	}
	return out;
}

static int command_check_arity(
	const struct command *command, const struct options *options, tsp_error *err)
{
	char shown[COMMAND_SHOWN];
	if (options->argument_count < command->args_min)
		tsp_fail(err, TSP_EUSAGE, "cannot run '%s': %s is missing", command->name,
			command_argument_name(
				command, options->argument_count, shown, sizeof(shown)));
	else if (command->args_max >= 0 && options->argument_count > command->args_max)
		tsp_fail(err, TSP_EUSAGE, "cannot run '%s': one argument too many: '%s'",
			command->name,
			text_quote(tsp_text_of(options->arguments[command->args_max]), shown,
				sizeof(shown)));
	else
		return TSP_OK;
	(void)status_hint(err, "%s%s%s", command->name, command->synopsis[0] != '\0' ? " " : "",
		command->synopsis);
	return TSP_EUSAGE;
}

static int command_unknown(const char *name, tsp_error *err)
{
	char shown[COMMAND_SHOWN];
	int rc = tsp_fail(err, TSP_EUSAGE, "cannot run '%s': no such command",
		text_quote(tsp_text_of(name), shown, sizeof(shown)));
	(void)status_hint(err, "'help' lists the commands");
	return rc;
}

/* Parses what stands behind a command's name, adding to call->options. */
static int command_parse(
	struct command_call *call, int argc, char *const *argv, bool common, tsp_error *err)
{
	const struct command *command = call->command;
	const struct option_spec *tables[4];
	size_t count = 0;
	if (command->options != NULL)
		tables[count++] = command->options;
	if (common && call->program->options != NULL)
		tables[count++] = call->program->options;
	tables[count++] = command_builtin_options;
	tables[count] = NULL;
	int raw = command->raw_from > 0 ? command->raw_from : -1;
	int rc = options_parse(&call->options, tables, argc, argv, -1, raw, err);
	if (rc < 0 && err != NULL && err->code == TSP_EUSAGE)
		return tsp_wrap(err, rc, "cannot run '%s'", command->name);
	return rc;
}

static void command_take_arguments(struct command_call *call)
{
	static char *const nothing[] = { NULL };
	call->argc = call->options.argument_count;
	call->argv = call->argc > 0 ? call->options.arguments : nothing;
}

/* Runs what was parsed; prepares the program first where it is one. */
static int command_call_run(struct command_call *call, void *context, bool prepare, tsp_error *err)
{
	if (command_builtin_given(&call->options, 0)) {
		help_print_command(call->command, prepare ? call->program->name : NULL, stdout);
		return TSP_OK;
	}
	if (command_builtin_given(&call->options, 1)) {
		help_print_version(call->program, stdout);
		return TSP_OK;
	}
	int rc = command_check_arity(call->command, &call->options, err);
	if (rc == TSP_OK && prepare && call->program->prepare != NULL)
		rc = call->program->prepare(context, &call->options, err);
	if (rc < 0)
		return rc;
	command_take_arguments(call);
	if (call->program->permit != NULL)
		rc = call->program->permit(context, call, err);
	return rc < 0 ? rc : call->command->run(context, call, err);
}

bool command_changes(const struct command_call *call)
{
	const struct command *command = call->command;
	return command->changes && (command->changes_if == NULL || command->changes_if(call));
}

bool command_would_change(const struct program *program, int argc, char *const *argv)
{
	struct command_call call = { .program = program };
	call.command = argc > 0 ? command_find(program, argv[0]) : NULL;
	if (call.command == NULL || !call.command->changes)
		return false;
	options_init(&call.options);
	bool changes = command_parse(&call, argc - 1, argv + 1, false, NULL) >= 0 &&
		!command_builtin_given(&call.options, 0) &&
		command_check_arity(call.command, &call.options, NULL) >= 0;
	if (changes) {
		command_take_arguments(&call);
		changes = command_changes(&call);
	}
	options_clear(&call.options);
	return changes;
}

int command_run(const struct program *program, void *context, int argc, char *const *argv,
	bool common, tsp_error *err)
{
	if (argc < 1)
		return tsp_fail(err, TSP_EUSAGE, "cannot run: no command given");
	struct command_call call = { .program = program,
		.command = command_find(program, argv[0]) };
	if (call.command == NULL)
		return command_unknown(argv[0], err);
	options_init(&call.options);
	int rc = command_parse(&call, argc - 1, argv + 1, common, err);
	if (rc >= 0)
		rc = command_call_run(&call, context, common, err);
	options_clear(&call.options);
	return rc;
}

/* Where "--complete" stands behind nothing but the program's options, which are read; 0: it does not. */
static int command_find_complete(
	const struct program *program, int argc, char **argv, struct options *options)
{
	const struct option_spec *tables[] = {
		program->options != NULL ? program->options : command_no_options,
		NULL,
	};
	int at = 1;
	while (at < argc && strcmp(argv[at], "--complete") != 0)
		at++;
	if (at >= argc || options_parse(options, tables, at - 1, argv + 1, 0, -1, NULL) != at - 1)
		return 0;
	return at;
}

static int command_main_complete(const struct program *program, void *context, int count,
	char **words, const struct options *options)
{
	struct complete found;
	/* Without settings there is less to offer, and nothing to say. */
	if (program->prepare != NULL)
		(void)program->prepare(context, options, NULL);
	complete_words(program, context, count, words, false, &found);
	complete_print(&found, stdout);
	complete_clear(&found);
	return TSP_OK;
}

static int command_main_run(
	const struct program *program, void *context, int argc, char **argv, tsp_error *err)
{
	struct command_call call = { .program = program };
	const struct option_spec *tables[3] = { command_no_options };
	if (program->options != NULL)
		tables[0] = program->options;
	tables[1] = command_builtin_options;
	options_init(&call.options);
	int rc = options_parse(&call.options, tables, argc - 1, argv + 1, 0, -1, err);
	if (rc < 0) {
		rc = tsp_wrap(err, rc, "cannot run '%s'", program->name);
	} else if (command_builtin_given(&call.options, 0)) {
		help_print_program(program, stdout);
		rc = TSP_OK;
	} else if (command_builtin_given(&call.options, 1)) {
		help_print_version(program, stdout);
		rc = TSP_OK;
	} else if (rc >= argc - 1) {
		rc = tsp_fail(
			err, TSP_EUSAGE, "cannot run '%s': COMMAND is missing", program->name);
		(void)status_hint(err, "'%s help' lists the commands", program->name);
	} else if ((call.command = command_find(program, argv[rc + 1])) == NULL) {
		rc = command_unknown(argv[rc + 1], err);
	} else {
		int first = rc + 2;
		rc = command_parse(&call, argc - first, argv + first, true, err);
		if (rc >= 0)
			rc = command_call_run(&call, context, true, err);
	}
	options_clear(&call.options);
	return rc;
}

int command_main(const struct program *program, void *context, int argc, char **argv)
{
	tsp_error err = { 0 };
	struct options options;
	int rc;
	options_init(&options);
	int at = command_find_complete(program, argc, argv, &options);
	if (at > 0)
		rc = command_main_complete(
			program, context, argc - at - 1, argv + at + 1, &options);
	else
		rc = command_main_run(program, context, argc, argv, &err);
	options_clear(&options);
	if (rc >= 0 && (fflush(stdout) != 0 || ferror(stdout) != 0))
		rc = tsp_fail(
			&err, TSP_EIO, "cannot write to standard output: %s", strerror(errno));
	return status_report(stderr, program->name, rc, &err);
}
