/* SPDX-License-Identifier: MIT */
/* The session of a person: reads lines, runs them, shows what arrives in between. */
#include "config.h"

#include "shell/shell.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "cli/words.h"
#include "shell/interrupt.h"
#include "shell/line_editor.h"
#include "shell/render.h"
#include "shell/statement.h"

struct interact {
	struct shell *shell;
	struct statement statement; /* what was typed of a command over several lines */
	bool confirmed;		    /* the lines that were pasted may run */
};

static int interact_descriptor(void *data)
{
	const struct shell *shell = data;
	return shell->system != NULL ? tsp_descriptor(shell->system) : -1;
}

/* What one message looks like, in new memory. */
static char *interact_notice(struct shell *shell, const tsp_message *message)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	if (stream == NULL)
		return NULL;
	render_notice(shell, message, stream);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Shows and keeps everything that came by now; a system that is gone is let go. */
static void interact_arrived(void *data, struct line_editor *editor)
{
	struct shell *shell = data;
	tsp_message *message = NULL;
	while (shell->system != NULL && shell->arrival_count < SHELL_ARRIVALS) {
		int rc = tsp_listen(shell->system, 0, &message, NULL);
		if (rc == TSP_ENOSYSTEM || rc == TSP_ECLOSED) {
			shell->editing->notice(editor, "the system is gone\n");
			shell_close(shell);
		}
		if (rc < 0)
			return;
		char *text = interact_notice(shell, message);
		if (text != NULL)
			shell->editing->notice(editor, text);
		free(text);
		shell_keep_arrival(shell, message);
	}
}

static void interact_complete(
	void *data, const char *line, struct complete *into, const char **ret_hint)
{
	struct shell *shell = data;
	struct words words;
	char empty[] = "";
	char *none[] = { empty, NULL };
	size_t size = strlen(line);
	bool fresh = size == 0 || line[size - 1] == ' ' || line[size - 1] == '\t';
	words_init(&words);
	complete_init(into, "");
	if (words_split(&words, line, -1, WORDS_LENIENT, NULL) < 0)
		return;
	char **items = calloc((size_t)words.count + 2, sizeof(*items));
	int count = words.count;
	for (int i = 0; items != NULL && i < count; i++)
		items[i] = words.items[i];
	if (items != NULL && fresh)
		items[count++] = none[0];
	if (items != NULL)
		complete_words(&shell_program, shell, count, items, true, into);
	const struct command *command =
		words.count > 0 ? command_find(&shell_program, words.items[0]) : NULL;
	*ret_hint = fresh && command != NULL && into->count == 0 ? command->synopsis : NULL;
	/* The prefix lies in words; the line holds the same bytes at its end, unless it is quoted. */
	size_t typed = strlen(into->prefix);
	if (typed <= size && strcmp(line + size - typed, into->prefix) == 0)
		into->prefix = line + size - typed;
	else
		complete_clear(into);
	free(items);
	words_clear(&words);
}

/* Returns whether Ctrl-C ended it. */
static bool interact_run(struct shell *shell, const char *line, struct line_editor *editor)
{
	tsp_error err = { 0 };
	struct interrupt interrupt;
	int before = interrupt_count();
	interrupt_catch(&interrupt);
	int rc = shell_run_line(shell, line, &err);
	interrupt_release(&interrupt);
	if (rc == TSP_EINTERRUPT)
		fputc('\n', stderr); /* behind the ^C that the terminal shows */
	else
		(void)status_report(stderr, SHELL_NAME, rc, &err);
	fflush(stdout);
	(void)tsp_interrupted(); /* too late for the command, it must not end the next one */
	interact_arrived(shell, editor);
	return interrupt_count() != before;
}

/* Whether a command changes something; *ret_inner, to be freed, is the line that it runs, if it runs one. */
static bool interact_changes_here(const char *line, char **ret_inner)
{
	const struct command *command;
	struct words words;
	words_init(&words);
	int raw = statement_raw_from(line, &command);
	bool changes = words_split(&words, line, raw, 0, NULL) >= 0 &&
		command_would_change(&shell_program, words.count, words.items);
	*ret_inner = command != NULL && command->raw_line && words.raw > 0 ?
		strdup(words.items[words.raw]) :
		NULL;
	words_clear(&words);
	return changes;
}

static bool interact_changes(const char *line)
{
	char *inner = NULL;
	bool changes = interact_changes_here(line, &inner);
	for (int nest = 0; !changes && inner != NULL && nest < STATEMENT_NEST; nest++) {
		char *outer = inner;
		changes = interact_changes_here(outer, &inner);
		free(outer);
	}
	free(inner);
	return changes;
}

/* How many commands of a text, of which the first is behind what is typed already, change something. */
static int interact_count_changes(
	const struct statement *begun, const char *line, const char *pasted)
{
	struct statement statement;
	int count = 0;
	int rc = 0;
	char *copy = text_format(
		"%s%s%s\n%s", statement_text(begun), begun->lines > 0 ? "\n" : "", line, pasted);
	char *next = copy;
	char *at;
	if (copy == NULL)
		return INT_MAX;
	statement_init(&statement);
	while (rc >= 0 && (at = strsep(&next, "\n")) != NULL) {
		rc = statement_add(&statement, at, NULL);
		if (rc <= 0)
			continue;
		count += interact_changes(statement_text(&statement));
		statement_clear(&statement);
	}
	statement_clear(&statement);
	free(copy);
	return count;
}

/* Asks before pasted lines that change more than once; no: none of them is run. */
static bool interact_confirm_paste(
	const struct statement *begun, const char *line, const char *pasted)
{
	char question[120];
	int count = interact_count_changes(begun, line, pasted);
	if (count <= 1)
		return true;
	snprintf(question, sizeof(question),
		"%d of the pasted commands change something; run them all? [y/N] ", count);
	if (shell_confirm(question))
		return true;
	fputs("nothing of it was run\n", stderr);
	return false;
}

/* Ctrl-C: of what was typed and pasted nothing is left. */
static void interact_drop(struct interact *interact, struct line_editor *editor)
{
	interact->shell->editing->drop(editor);
	statement_clear(&interact->statement);
	interact->confirmed = false;
}

/* One line that was read, which is a command or a part of one. */
static void interact_take(struct interact *interact, struct line_editor *editor, const char *line)
{
	struct shell *shell = interact->shell;
	struct statement *statement = &interact->statement;
	const char *pasted = shell->editing->pasted(editor);
	tsp_error err = { 0 };
	if (pasted[0] != '\0' && !interact->confirmed) {
		if (!interact_confirm_paste(statement, line, pasted)) {
			interact_drop(interact, editor);
			return;
		}
		interact->confirmed = true;
	} else if (pasted[0] == '\0') {
		interact->confirmed = false;
	}
	int rc = statement_add(statement, line, &err);
	if (rc == 0)
		return;
	if (rc > 0) {
		shell->editing->remember(editor, statement_text(statement));
		if (interact_run(shell, statement_text(statement), editor))
			shell->editing->drop(editor);
	}
	statement_clear(statement);
	if (rc < 0)
		(void)status_report(stderr, SHELL_NAME, rc, &err);
}

/* "$XDG_STATE_HOME/thespian/history", its folder made; NULL: there is no place for one. */
static char *interact_history_path(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *folder = NULL;
	char *path = NULL;
	if (state != NULL && state[0] == '/')
		folder = file_join(state, "thespian");
	else if (home != NULL && home[0] == '/')
		folder = text_format("%s/.local/state/thespian", home);
	if (folder != NULL && file_make_folder(folder, 0700, NULL) >= 0)
		path = file_join(folder, "history");
	free(folder);
	return path;
}

int shell_interact(struct shell *shell)
{
	char *history = interact_history_path();
	const struct line_editor_config config = {
		.prompt = "thespian> ",
		.continuation = "      ... ",
		.history = history,
		.data = shell,
		.descriptor = interact_descriptor,
		.arrived = interact_arrived,
		.complete = interact_complete,
	};
	struct interact interact = { .shell = shell };
	struct line_editor *editor = NULL;
	tsp_error err = { 0 };
	const char *line = NULL;
	shell->terminal = true;
	statement_init(&interact.statement);
	int rc = line_editor_load(&shell->editing, &err);
	if (rc >= 0)
		rc = shell->editing->open(&config, &editor, &err);
	while (rc >= 0 && !shell->leave) {
		enum line_editor_result result =
			shell->editing->read(editor, interact.statement.lines > 0, &line);
		if (result == LINE_EDITOR_END)
			break;
		if (result == LINE_EDITOR_LINE)
			interact_take(&interact, editor, line);
		else
			interact_drop(&interact, editor);
	}
	statement_clear(&interact.statement);
	if (editor != NULL)
		shell->editing->free(editor);
	free(history);
	return status_report(stderr, SHELL_NAME, rc < 0 ? rc : TSP_OK, &err);
}
