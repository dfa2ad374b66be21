/* SPDX-License-Identifier: MIT */
/* A session: where lines come from, and what an error in one means. */
#include "config.h"

#include "shell/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/status.h"
#include "shell/statement.h"

#define SESSION_WORDS 64 /* of a line that is completed */

/* One line without its newline; 1: there was one; 0: the end. TSP_ETOOBIG, TSP_EUSAGE: a NUL in it. */
static int session_read_line(FILE *stream, struct buffer *line, tsp_error *err)
{
	int c = EOF;
	bool text = true;
	bool fits = true;
	line->size = 0;
	while (fits && (c = getc_unlocked(stream)) != EOF && c != '\n') {
		char byte = (char)c;
		text = text && c != '\0';
		fits = buffer_put(line, &byte, 1) >= 0;
	}
	if (fits && c == EOF && line->size == 0)
		return 0;
	if (!text)
		return tsp_fail(err, TSP_EUSAGE, "cannot read the line: it is not text");
	if (!fits || buffer_put(line, "", 1) < 0)
		return tsp_fail(err, TSP_ETOOBIG, "cannot read the line: it is longer than %zu MiB",
			SHELL_LINE_LIMIT / 1024 / 1024);
	return 1;
}

/* Reads one command, of as many lines as it takes; 1: there is one; 0: the end. */
static int session_read(
	FILE *stream, struct statement *statement, struct buffer *line, tsp_error *err)
{
	int rc;
	statement_clear(statement);
	while ((rc = session_read_line(stream, line, err)) > 0) {
		rc = statement_add(statement, (const char *)line->data, err);
		if (rc != 0)
			return rc;
	}
	if (rc == 0 && statement->lines > 0 && ferror(stream) == 0)
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot read the line: %c is not closed where the input ends",
			statement_open(statement));
	return rc;
}

/* Runs the lines of a file or a pipe up to the first error; path NULL: standard input. */
static int session_run_stream(struct shell *shell, FILE *stream, const char *path, tsp_error *err)
{
	struct statement statement;
	struct buffer line;
	char shown[256];
	size_t number = 1;
	int rc = TSP_OK;
	statement_init(&statement);
	buffer_init(&line, SHELL_LINE_LIMIT + 1);
	errno = 0;
	while (rc == TSP_OK && !shell->leave) {
		rc = session_read(stream, &statement, &line, err);
		if (rc == 0)
			break;
		if (rc > 0)
			rc = shell_run_line(shell, statement_text(&statement), err);
		if (rc < 0)
			(void)status_hint(err, "line %zu of %s", number,
				path == NULL ? "standard input" :
					       text_quote(tsp_text_of(path), shown, sizeof(shown)));
		number += statement.lines;
	}
	if (rc == TSP_OK && ferror(stream) != 0)
		rc = tsp_fail(err, TSP_EIO, "cannot read '%s': %s",
			path == NULL ? "standard input" : path, strerror(errno));
	buffer_clear(&line);
	statement_clear(&statement);
	return rc;
}

static int session_run_file(struct shell *shell, const char *path, tsp_error *err)
{
	if (strcmp(path, "-") == 0)
		return session_run_stream(shell, stdin, NULL, err);
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return tsp_fail_errno(err, "open", path);
	int rc = session_run_stream(shell, stream, path, err);
	fclose(stream);
	return rc;
}

/* -x: standard input is the last argument, byte for byte. */
static int session_run_with_input(struct shell *shell, const char *line, tsp_error *err)
{
	struct buffer input;
	buffer_init(&input, SHELL_LINE_LIMIT);
	int rc = TSP_OK;
	ssize_t size = 1;
	while (rc >= 0 && size != 0) {
		char chunk[16384];
		size = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (size < 0 && errno != EINTR)
			rc = tsp_fail_errno(err, "read", "standard input");
		else if (size > 0 && memchr(chunk, '\0', (size_t)size) != NULL)
			rc = tsp_fail(err, TSP_EUSAGE,
				"cannot use standard input as an argument: there is a NUL in it");
		else if (size > 0 && buffer_put(&input, chunk, (size_t)size) < 0)
			rc = tsp_fail(err, TSP_ETOOBIG,
				"cannot use standard input as an argument: it is longer than %zu MiB",
				SHELL_LINE_LIMIT / 1024 / 1024);
	}
	if (rc >= 0 && buffer_put(&input, "", 1) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc >= 0)
		rc = shell_run_line_with(shell, line, (const char *)input.data, err);
	buffer_clear(&input);
	return rc;
}

/* Runs what the command line names; *ret_interact is set where a person is to type. */
static int session_run(
	struct shell *shell, const struct options *options, bool *ret_interact, tsp_error *err)
{
	size_t at = 0;
	const char *line;
	int rc = TSP_OK;
	if (options_count(options, "stdin") > 0)
		return session_run_with_input(shell, options_get(options, "command"), err);
	while (rc == TSP_OK && !shell->leave &&
		(line = options_next(options, "command", &at)) != NULL)
		rc = shell_run_line(shell, line, err);
	if (rc != TSP_OK || shell->leave)
		return rc;
	if (shell->control)
		return shell_control(shell, err);
	if (options->argument_count > 0)
		return session_run_file(shell, options->arguments[0], err);
	if (options_count(options, "command") > 0)
		return TSP_OK;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return session_run_stream(shell, stdin, NULL, err);
	*ret_interact = true;
	return TSP_OK;
}

static int session_prepare(struct shell *shell, const struct options *options, tsp_error *err)
{
	int64_t port = 0;
	char shown[80];
	int rc = options_get_int(options, "port", 1, 65535, &port, err);
	if (rc >= 0)
		rc = options_get_ms(options, "timeout", &shell->timeout_ms, err);
	if (rc < 0)
		return rc;
	if (options->argument_count > 1)
		return tsp_fail(err, TSP_EUSAGE, "cannot run '%s': one argument too many: '%s'",
			SHELL_NAME,
			text_quote(tsp_text_of(options->arguments[1]), shown, sizeof(shown)));
	shell->port = (int)port;
	shell->records = options_count(options, "records") > 0;
	shell->control = shell->records || options_count(options, "control") > 0;
	if (shell->control && options->argument_count > 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run '%s' with '--control': lines come from standard input",
			text_quote(tsp_text_of(options->arguments[0]), shown, sizeof(shown)));
	shell->read_only = options_count(options, "read-only") > 0;
	if (options_count(options, "stdin") > 0 &&
		(options_count(options, "command") != 1 || options->argument_count > 0 ||
			shell->control))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run '%s' with '-x': it takes one '-c', no FILE and no '--control'",
			SHELL_NAME);
	shell->events = shell->control;
	shell->form = shell->control || options_count(options, "json") > 0 ? OUTPUT_JSON :
									     OUTPUT_TEXT;
	return TSP_OK;
}

static int session_parse(struct options *options, int argc, char **argv, tsp_error *err)
{
	const struct option_spec *tables[] = { shell_program.options, command_builtin_options,
		NULL };
	int rc = options_parse(options, tables, argc - 1, argv + 1, -1, -1, err);
	return rc < 0 ? tsp_wrap(err, rc, "cannot run '%s'", SHELL_NAME) : TSP_OK;
}

/* Candidates for the last word of a line, each behind what stands in front of it. */
static void session_complete_line(struct shell *shell, const char *line)
{
	struct words words;
	struct complete found;
	size_t size = strlen(line);
	char none[] = "";
	char *items[SESSION_WORDS] = { none };
	words_init(&words);
	if (words_split(&words, line, -1, WORDS_LENIENT, NULL) < 0 || words.count >= SESSION_WORDS)
		size = 0;
	int count = size == 0 && line[0] != '\0' ? 0 : words.count;
	for (int i = 0; i < count; i++)
		items[i] = words.items[i];
	if (count == 0 || strchr(" \t", line[size - 1]) != NULL)
		items[count++] = none;
	complete_words(&shell_program, shell, count, items, true, &found);
	/* A word that is quoted stands otherwise in the line, and cannot be made longer. */
	size_t typed = strlen(items[count - 1]);
	if (typed <= size && strcmp(line + size - typed, items[count - 1]) == 0)
		for (size_t i = 0; i < found.count; i++)
			printf("%.*s%s\n", (int)(size - typed), line, found.items[i]);
	complete_clear(&found);
	words_clear(&words);
}

/* Candidates for the last of words: a line of the session, or the program's own options. */
static int session_complete(struct shell *shell, int count, char **words)
{
	struct complete found;
	const char *before = count > 1 ? words[count - 2] : "";
	bool inside = count == 0 || words[0][0] != '-';
	if (!inside && (strcmp(before, "-c") == 0 || strcmp(before, "--command") == 0)) {
		const struct option_spec *tables[] = { shell_program.options, NULL };
		struct options options;
		options_init(&options);
		/* Of a system at another port, what runs there is known. */
		if (options_parse(&options, tables, count - 2, words, -1, -1, NULL) >= 0)
			(void)session_prepare(shell, &options, NULL);
		session_complete_line(shell, words[count - 1]);
		options_clear(&options);
		return TSP_OK;
	}
	complete_words(&shell_program, shell, count, words, inside, &found);
	complete_print(&found, stdout);
	complete_clear(&found);
	return TSP_OK;
}

/* Where "--complete" stands; 0: nowhere. A line of -c may have that text only as a whole word. */
static int session_find_complete(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--complete") == 0)
			return i;
		if (strcmp(argv[i], "--") == 0)
			break;
	}
	return 0;
}

int shell_main(int argc, char **argv)
{
	struct shell shell;
	struct options options;
	tsp_error err = { 0 };
	bool interact = false;
	int complete = session_find_complete(argc, argv);
	shell_init(&shell);
	options_init(&options);
	int rc = session_parse(&options, complete > 0 ? complete : argc, argv, &err);
	if (rc >= 0)
		rc = session_prepare(&shell, &options, &err);
	if (rc < 0)
		;
	else if (complete > 0)
		rc = session_complete(&shell, argc - complete - 1, argv + complete + 1);
	else if (options_count(&options, "help") > 0)
		help_print_program(&shell_program, stdout);
	else if (options_count(&options, "version") > 0)
		help_print_version(&shell_program, stdout);
	else
		rc = session_run(&shell, &options, &interact, &err);
	if (rc == TSP_OK && interact)
		rc = shell_interact(&shell);
	if (rc >= 0 && (fflush(stdout) != 0 || ferror(stdout) != 0))
		rc = tsp_fail(
			&err, TSP_EIO, "cannot write to standard output: %s", strerror(errno));
	rc = status_report(stderr, SHELL_NAME, rc, &err);
	options_clear(&options);
	shell_clear(&shell);
	return rc;
}
