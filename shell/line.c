/* SPDX-License-Identifier: MIT */
/* One line of a session: read as words, $last put in, run, remembered. */
#include "config.h"

#include "shell/shell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "cli/words.h"
#include "shell/statement.h"

/* The session's part of shell_program: nothing is sent before. */
int shell_permit(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	if (!command_changes(call))
		return TSP_OK;
	if (shell->read_only) {
		(void)tsp_fail(err, TSP_EPERM,
			"cannot run '%s': this session is only to look (--read-only)",
			call->command->name);
		return status_hint(err, "a session without --read-only can change what runs");
	}
	shell->changing = call->command;
	return TSP_OK;
}

void shell_set_undo(struct shell *shell, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(shell->undo, sizeof(shell->undo), format, args);
	va_end(args);
}

/* A person is told how to take back what was done. */
static void line_say_undo(const struct shell *shell)
{
	const char *undo = shell->undo[0] != '\0' ? shell->undo : NULL;
	if (!shell->terminal || shell->form != OUTPUT_TEXT || shell->changing == NULL)
		return;
	if (undo == NULL)
		undo = shell->changing->undo;
	if (undo == NULL)
		return;
	fflush(stdout);
	fputs("undo: ", stderr);
	text_print(stderr, tsp_text_of(undo), false);
	fputc('\n', stderr);
}

/* Puts the argument of -x behind the words, where it can be no option. */
static int line_add_argument(struct words *words, const char *argument, int raw, tsp_error *err)
{
	bool ended = raw >= 0;
	int rc = TSP_OK;
	for (int i = 0; i < words->count; i++)
		ended = ended || strcmp(words->items[i], "--") == 0;
	if (!ended)
		rc = words_append(words, "--", err);
	return rc < 0 ? rc : words_append(words, argument, err);
}

static int line_run_words(struct shell *shell, struct words *words, tsp_error *err)
{
	shell->changing = NULL;
	shell->undo[0] = '\0';
	output_set_keeper(last_keep, &shell->last);
	int rc = command_run(&shell_program, shell, words->count, words->items, false, err);
	output_set_keeper(NULL, NULL);
	if (rc == TSP_OK)
		line_say_undo(shell);
	/* said: a command that ran this line has nothing of its own to say */
	shell->changing = NULL;
	shell->undo[0] = '\0';
	return rc;
}

int shell_run_line_with(struct shell *shell, const char *line, const char *argument, tsp_error *err)
{
	const struct command *command;
	struct words words;
	words_init(&words);
	int raw = statement_raw_from(line, &command);
	int rc = words_split(&words, line, raw, 0, err);
	bool something = rc < 0 || words.count > 0;
	if (rc >= 0)
		rc = last_expand(
			&shell->last, line, command != NULL && command->raw_line, &words, err);
	if (rc >= 0 && something && argument != NULL)
		rc = line_add_argument(&words, argument, raw, err);
	if (rc >= 0 && something)
		rc = line_run_words(shell, &words, err);
	words_clear(&words);
	/* A connection that ended is made anew at the next need. */
	if ((rc == TSP_ENOSYSTEM || rc == TSP_ECLOSED) && shell->departing == NULL)
		shell_close(shell);
	if (rc >= 0 && fflush(stdout) != 0)
		rc = tsp_fail(err, TSP_EIO, "cannot write to standard output: %s", strerror(errno));
	if (something)
		shell->last.status = status_of(rc);
	return rc;
}

int shell_run_line(struct shell *shell, const char *line, tsp_error *err)
{
	return shell_run_line_with(shell, line, NULL, err);
}
