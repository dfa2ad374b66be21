/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "helper/command.h"

#include <stdlib.h>
#include <string.h>

#define ECHO_LIMIT ((size_t)1024 * 1024) /* a Command in each answer to it */

static tsp_value member(const struct command *command, const char *key)
{
	return tsp_value_get((tsp_value){ command->bytes, command->size }, key);
}

/* A text without NUL as a C string; NULL: it is none, or there is no memory. */
static char *string_of(tsp_value value)
{
	tsp_text text = { NULL, 0 };

	if (!tsp_value_text(value, &text) || memchr(text.data, '\0', text.size) != NULL)
		return NULL;
	return tsp_text_copy(text);
}

static void free_strings(char **strings)
{
	for (size_t i = 0; strings != NULL && strings[i] != NULL; i++)
		free(strings[i]);
	free(strings);
}

void command_free(struct command *command)
{
	if (command == NULL)
		return;
	free_strings(command->argv);
	free_strings(command->envp);
	free(command->line);
	free(command->tag);
	free(command->omit);
	free(command->logger);
	free(command->bytes);
	free(command);
}

/* exe and args with blanks between them. */
static char *join(char *const *argv)
{
	size_t size = 1;
	char *line;

	for (size_t i = 0; argv[i] != NULL; i++)
		size += strlen(argv[i]) + 1;
	line = calloc(1, size);
	for (size_t i = 0, at = 0; line != NULL && argv[i] != NULL; i++) {
		if (i > 0)
			line[at++] = ' ';
		memcpy(line + at, argv[i], strlen(argv[i]));
		at += strlen(argv[i]);
	}
	return line;
}

static int read_argv(struct command *command, const char **ret_why)
{
	tsp_value args = member(command, "args");
	enum tsp_kind kind = tsp_value_kind(args);
	tsp_value arg;
	tsp_walk at = { 0 };
	size_t count = 0;

	command->argv = calloc(tsp_value_count(args) + 2, sizeof(*command->argv));
	if (command->argv == NULL)
		return TSP_ENOMEM;
	command->argv[count] = string_of(member(command, "exe"));
	*ret_why = "exe is not the name of a program";
	if (command->argv[count] == NULL || command->argv[count++][0] == '\0')
		return TSP_EVALUE;
	*ret_why = "args is not a list of texts";
	if (kind != TSP_KIND_LIST && kind != TSP_KIND_ABSENT && kind != TSP_KIND_NULL)
		return TSP_EVALUE;
	while (tsp_value_next(args, &at, NULL, &arg)) {
		command->argv[count] = string_of(arg);
		if (command->argv[count++] == NULL)
			return TSP_EVALUE;
	}
	command->line = join(command->argv);
	return command->line != NULL ? TSP_OK : TSP_ENOMEM;
}

/* The shell gets the joined line instead. */
static int use_shell(struct command *command)
{
	bool shell = false;
	char **argv;

	(void)tsp_value_bool(member(command, "use_shell"), &shell);
	if (!shell)
		return TSP_OK;
	argv = calloc(4, sizeof(*argv));
	if (argv == NULL)
		return TSP_ENOMEM;
	argv[0] = strdup("/bin/sh");
	argv[1] = argv[0] != NULL ? strdup("-c") : NULL;
	argv[2] = argv[1] != NULL ? strdup(command->line) : NULL;
	free_strings(command->argv);
	command->argv = argv;
	return argv[2] != NULL ? TSP_OK : TSP_ENOMEM;
}

static int read_env(struct command *command, const char **ret_why)
{
	tsp_value env = member(command, "env");
	tsp_value key;
	tsp_value value;
	tsp_walk at = { 0 };
	size_t count = 0;

	if (tsp_value_kind(env) == TSP_KIND_ABSENT || tsp_value_kind(env) == TSP_KIND_NULL)
		return TSP_OK;
	*ret_why = "env is not a map of texts";
	if (tsp_value_kind(env) != TSP_KIND_MAP)
		return TSP_EVALUE;
	command->envp = calloc(tsp_value_count(env) + 1, sizeof(*command->envp));
	if (command->envp == NULL)
		return TSP_ENOMEM;
	while (tsp_value_next(env, &at, &key, &value)) {
		char *name = string_of(key);
		char *text = string_of(value);
		char *pair[] = { name, text, NULL };

		if (name != NULL && text != NULL && strchr(name, '=') == NULL)
			command->envp[count] = join(pair);
		if (command->envp[count] != NULL)
			command->envp[count++][strlen(name)] = '=';
		else
			name = (free(name), NULL);
		free(text);
		if (name == NULL)
			return TSP_EVALUE;
		free(name);
	}
	return TSP_OK;
}

static int read_input(struct command *command, const char **ret_why)
{
	tsp_value input = member(command, "input");
	enum tsp_kind kind = tsp_value_kind(input);

	*ret_why = "input is neither text nor bytes";
	if (kind == TSP_KIND_ABSENT || kind == TSP_KIND_NULL ||
		tsp_value_text(input, &command->input) || tsp_value_bytes(input, &command->input))
		return TSP_OK;
	return TSP_EVALUE;
}

static int read_rest(struct command *command)
{
	bool log = true;

	command->tag = string_of(member(command, "logtag"));
	if (command->tag == NULL)
		command->tag = string_of(member(command, "exe"));
	command->omit = string_of(member(command, "omit_string"));
	command->bufsize = COMMAND_BUFSIZE;
	(void)tsp_value_int(member(command, "max_bufsize"), &command->bufsize);
	if (command->bufsize > COMMAND_BUFSIZE_LIMIT)
		command->bufsize = COMMAND_BUFSIZE_LIMIT;
	if (command->bufsize < COMMAND_BUFSIZE_LEAST)
		command->bufsize = COMMAND_BUFSIZE_LEAST;
	(void)tsp_value_int(member(command, "timeout_ms"), &command->timeout_ms);
	(void)tsp_value_bool(member(command, "error_ok"), &command->error_ok);
	(void)tsp_value_bool(member(command, "report_on_start"), &command->report);
	(void)tsp_value_address(member(command, "output_updates"), &command->updates);
	(void)tsp_value_address(member(command, "logger"), &command->log_to);
	command->logger = string_of(member(command, "logger"));
	command->quiet = tsp_value_bool(member(command, "logger"), &log) && !log;
	return command->tag != NULL ? TSP_OK : TSP_ENOMEM;
}

int command_read(const tsp_message *message, tsp_address sender, struct command **ret_command,
	const char **ret_why)
{
	tsp_value value = tsp_message_value(message);
	struct command *command = calloc(1, sizeof(*command));
	int rc = TSP_ENOMEM;

	*ret_why = "out of memory";
	if (command != NULL)
		command->bytes = malloc(value.size);
	if (command == NULL || command->bytes == NULL)
		goto fail;
	memcpy(command->bytes, value.data, value.size);
	command->size = value.size;
	command->sender = sender;
	rc = read_argv(command, ret_why);
	if (rc == TSP_OK)
		rc = use_shell(command);
	if (rc == TSP_OK)
		rc = read_env(command, ret_why);
	if (rc == TSP_OK)
		rc = read_input(command, ret_why);
	if (rc == TSP_OK)
		rc = read_rest(command);
	if (rc < 0)
		goto fail;
	*ret_command = command;
	return TSP_OK;
fail:
	command_free(command);
	return rc;
}

void command_put(const struct command *command, tsp_builder *builder)
{
	tsp_value all = { command->bytes, command->size };
	size_t size =
		command->size - tsp_value_get(all, "input").size - tsp_value_get(all, "env").size;
	tsp_value key;
	tsp_value value;
	tsp_walk at = { 0 };

	tsp_begin_map(builder);
	while (tsp_value_next(all, &at, &key, &value)) {
		char *name = string_of(key);

		if (name != NULL && strcmp(name, "input") != 0 && strcmp(name, "env") != 0 &&
			(size <= ECHO_LIMIT ||
				(strcmp(name, "exe") == 0 && value.size < ECHO_LIMIT))) {
			tsp_put_key(builder, name);
			tsp_put_value(builder, value);
		}
		free(name);
	}
	tsp_end(builder);
}
