/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/statement.h"

#include <string.h>

#include "base/error.h"
#include "shell/shell.h"

#define STATEMENT_BLANKS " \t\r\n"

void statement_init(struct statement *statement)
{
	*statement = (struct statement){ 0 };
	buffer_init(&statement->text, SHELL_LINE_LIMIT);
}

void statement_clear(struct statement *statement)
{
	buffer_clear(&statement->text);
	statement_init(statement);
}

const char *statement_text(const struct statement *statement)
{
	return statement->text.data == NULL ? "" : (const char *)statement->text.data;
}

char statement_open(const struct statement *statement)
{
	return words_json_open(&statement->json);
}

int statement_raw_from(const char *line, const struct command **ret_command)
{
	struct words words;
	words_init(&words);
	int raw = -1;
	*ret_command = NULL;
	if (words_split(&words, line, 1, WORDS_LENIENT, NULL) >= 0 && words.count > 0) {
		*ret_command = command_find(&shell_program, words.items[0]);
		if (*ret_command != NULL && (*ret_command)->raw_from > 0)
			raw = (*ret_command)->raw_from + 1;
	}
	words_clear(&words);
	return raw;
}

/* Where the JSON begins that is the message, or what follows its type; NULL: it is none. */
static const char *statement_message_json(const char *message)
{
	size_t type = words_type_size(message);
	const char *rest = message + type + strspn(message + type, STATEMENT_BLANKS);
	if (*rest == '{' || *rest == '[' || (type == 0 && *rest == '"'))
		return rest;
	return NULL;
}

/* Where the JSON begins with which a line ends; NULL: it ends otherwise. *ret_inner: the line in it, or NULL. */
static const char *statement_json_in(const char *line, const char **ret_inner)
{
	const struct command *command;
	struct words words;
	const char *at = NULL;
	words_init(&words);
	int raw = statement_raw_from(line, &command);
	*ret_inner = NULL;
	if (words_split(&words, line, raw, WORDS_LENIENT, NULL) >= 0 && words.count > 0) {
		const char *word = line + words.starts[words.count - 1];
		if (words.raw >= 0 && command->raw_line)
			*ret_inner = word > line ? word : NULL;
		else if (words.raw >= 0)
			at = statement_message_json(word);
		else if (*word == '{' || *word == '[')
			at = word;
	}
	words_clear(&words);
	return at;
}

/* The same of the innermost line. One that nests deeper than any that runs is refused when it is run. */
static const char *statement_json_at(const char *line)
{
	const char *at = NULL;
	for (int nest = 0; line != NULL && nest <= STATEMENT_NEST; nest++)
		at = statement_json_in(line, &line);
	return line == NULL ? at : NULL;
}

/* Looks anew at all there is; whether it is whole. */
static bool statement_look(struct statement *statement)
{
	const char *at = statement_json_at(statement_text(statement));
	statement->json = (struct words_json){ 0 };
	return at == NULL || words_json_feed(&statement->json, &at);
}

/* Parts the line from the one before. */
static int statement_part(struct statement *statement)
{
	if (statement->lines == 0)
		return TSP_OK;
	if (!statement->json.text)
		return buffer_put(&statement->text, "\n", 1);
	const char *newline = statement->json.escape ? "n" : "\\n";
	statement->json.escape = false;
	return buffer_put(&statement->text, newline, strlen(newline));
}

int statement_add(struct statement *statement, const char *line, tsp_error *err)
{
	size_t size = strlen(line);
	if (size > 0 && line[size - 1] == '\r')
		size--;
	int rc = statement_part(statement);
	size_t start = statement->text.size;
	if (rc >= 0)
		rc = buffer_put(&statement->text, line, size);
	if (rc >= 0)
		rc = buffer_put(&statement->text, "", 1);
	if (rc < 0)
		return tsp_fail(err, rc == TSP_ELIMIT ? TSP_ETOOBIG : rc,
			"cannot read the line: it is longer than %zu MiB",
			SHELL_LINE_LIMIT / 1024 / 1024);
	statement->text.size--;
	statement->lines++;
	const char *next = (const char *)statement->text.data + start;
	if (statement->lines > 1 && !words_json_feed(&statement->json, &next))
		return 0;
	return statement_look(statement) ? 1 : 0;
}
