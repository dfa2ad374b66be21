/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/line_editor.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "shell/paste.h"

#define LINE_EDITOR_HISTORY 1000  /* lines kept */
#define LINE_EDITOR_LONGEST 65536 /* bytes of one that is kept */
#define LINE_EDITOR_TICK_MS 100
#define LINE_EDITOR_SHOWN   100 /* candidates listed; more are counted */

struct line_editor {
	struct line_editor_config config;
	EditLine *edit;
	History *history;
	char *line;
	struct paste paste;
	bool marks;   /* the terminal is one that can mark what is pasted */
	bool reading; /* a line is being typed */
	bool continues;
	bool cancelled;
	mbstate_t partial; /* of a character whose bytes come one by one */
};

/* Set by the handlers; the terminal is one a process. */
static volatile sig_atomic_t line_editor_interrupted;
static volatile sig_atomic_t line_editor_resized;

static void line_editor_on_signal(int number)
{
	if (number == SIGWINCH)
		line_editor_resized = 1;
	else
		line_editor_interrupted = 1;
}

static char *line_editor_prompt(EditLine *edit)
{
	struct line_editor *editor = NULL;
	el_get(edit, EL_CLIENTDATA, &editor);
	return (char *)(uintptr_t)(editor->continues ? editor->config.continuation :
						       editor->config.prompt);
}

/* How many rows of the terminal are above the one of the cursor, of the line being typed. */
static int line_editor_rows_above(struct line_editor *editor)
{
	struct winsize window = { 0 };
	const LineInfoW *info = el_wline(editor->edit);
	size_t columns = strlen(line_editor_prompt(editor->edit));
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_col == 0)
		return 0;
	for (const wchar_t *at = info->buffer; at < info->cursor; at++) {
		int width = wcwidth(*at);
		columns += width > 0 ? (size_t)width : 0;
	}
	return (int)(columns / window.ws_col);
}

/* Takes the line being typed off the terminal; EL_REFRESH brings it back where the cursor then is. */
static void line_editor_erase(struct line_editor *editor)
{
	int above = line_editor_rows_above(editor);
	fputs("\r", stdout);
	if (above > 0)
		printf("\033[%dA", above);
	fputs("\033[J", stdout);
}

static void line_editor_notice(struct line_editor *editor, const char *text)
{
	if (!editor->reading) {
		fputs(text, stdout);
		fflush(stdout);
		return;
	}
	line_editor_erase(editor);
	fputs(text, stdout);
	fflush(stdout);
	el_set(editor->edit, EL_REFRESH);
}

/* The terminal has wrapped the line anew, and libedit goes by the rows of the old width. */
static void line_editor_resize(struct line_editor *editor)
{
	line_editor_resized = 0;
	line_editor_erase(editor);
	fflush(stdout);
	el_resize(editor->edit);
	el_set(editor->edit, EL_REFRESH);
}

/* Waits until a byte can be read; false: Ctrl-C, or the terminal is gone. */
static bool line_editor_wait(struct line_editor *editor)
{
	for (;;) {
		if (line_editor_resized)
			line_editor_resize(editor);
		if (line_editor_interrupted) {
			editor->cancelled = true;
			return false;
		}
		int fd = editor->config.descriptor(editor->config.data);
		struct pollfd polled[2] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = fd, .events = POLLIN },
		};
		int ready = poll(polled, 2, fd < 0 ? LINE_EDITOR_TICK_MS : -1);
		if (ready < 0 && errno != EINTR)
			return false;
		if (ready < 0)
			continue;
		if (ready == 0 || polled[1].revents != 0)
			editor->config.arrived(editor->config.data, editor);
		if (polled[0].revents != 0)
			return true;
	}
}

/* The next byte that is typed or pasted; 1, or what read returned. */
static int line_editor_get_byte(struct line_editor *editor, char *ret_byte)
{
	while (!paste_key(&editor->paste, ret_byte)) {
		char byte;
		bool taken = false;
		if (!line_editor_wait(editor))
			return -1;
		ssize_t size = read(STDIN_FILENO, &byte, 1);
		if (size < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (size <= 0)
			return (int)size;
		if (byte == '\033' && paste_take_marked(&editor->paste, STDIN_FILENO)) {
			if (editor->paste.overflow)
				line_editor_notice(
					editor, "what was pasted is longer than 1 MiB\n");
			editor->paste.overflow = false;
		} else if (byte == '\n' || byte == '\r') {
			paste_take_waiting(&editor->paste, STDIN_FILENO);
			taken = true;
		} else {
			taken = true;
		}
		/* Ctrl-C while it comes: nothing of it is typed or run. */
		if (line_editor_interrupted)
			paste_clear(&editor->paste);
		if (line_editor_interrupted || !taken)
			continue;
		*ret_byte = byte;
		return 1;
	}
	return 1;
}

static int line_editor_get_character(EditLine *edit, wchar_t *ret_character)
{
	struct line_editor *editor = NULL;
	el_get(edit, EL_CLIENTDATA, &editor);
	for (;;) {
		char byte;
		int got = line_editor_get_byte(editor, &byte);
		if (got <= 0)
			return got;
		size_t used = mbrtowc(ret_character, &byte, 1, &editor->partial);
		if (used == (size_t)-2)
			continue;
		if (used == (size_t)-1) {
			memset(&editor->partial, 0, sizeof(editor->partial));
			continue;
		}
		if (used == 0)
			*ret_character = L'\0';
		return 1;
	}
}

/* Size of what all candidates begin with. */
static size_t line_editor_common(const struct complete *found)
{
	size_t size = strlen(found->items[0]);
	for (size_t i = 1; i < found->count; i++) {
		size_t same = 0;
		while (same < size && found->items[i][same] == found->items[0][same])
			same++;
		size = same;
	}
	while (size > 0 && ((unsigned char)found->items[0][size] & 0xc0) == 0x80)
		size--; /* not within a character */
	return size;
}

static void line_editor_list(const struct complete *found)
{
	fputc('\n', stdout);
	for (size_t i = 0; i < found->count && i < LINE_EDITOR_SHOWN; i++)
		printf("%s  ", found->items[i]);
	if (found->count > LINE_EDITOR_SHOWN)
		printf("and %zu more", found->count - LINE_EDITOR_SHOWN);
	fputc('\n', stdout);
	fflush(stdout);
}

/* Inserts what is certain of the candidates; says whether anything was. */
static bool line_editor_insert(EditLine *edit, const struct complete *found)
{
	size_t typed = strlen(found->prefix);
	size_t common = line_editor_common(found);
	const char *first = found->items[0];
	char *more = NULL;
	if (common > typed)
		more = strndup(first + typed, common - typed);
	if (more != NULL)
		el_insertstr(edit, more);
	bool whole = found->count == 1 && first[strlen(first) - 1] != '/';
	if (whole)
		el_insertstr(edit, " ");
	bool inserted = more != NULL || whole;
	free(more);
	return inserted;
}

static unsigned char line_editor_tab(EditLine *edit, int key)
{
	struct line_editor *editor = NULL;
	struct complete found;
	const char *hint = NULL;
	unsigned char result = CC_REFRESH;
	(void)key;
	el_get(edit, EL_CLIENTDATA, &editor);
	const LineInfo *info = el_line(edit);
	char *line = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	if (line == NULL)
		return CC_ERROR;
	editor->config.complete(editor->config.data, line, &found, &hint);
	if (found.count == 0) {
		if (hint != NULL)
			printf("\n%s\n", hint);
		result = hint != NULL ? CC_REDISPLAY : CC_ERROR;
		fflush(stdout);
	} else if (!line_editor_insert(edit, &found)) {
		line_editor_list(&found);
		result = CC_REDISPLAY;
	}
	complete_clear(&found);
	free(line);
	return result;
}

/* The terminal's own characters; where the locale has none, UTF-8 all the same. */
static void line_editor_set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* Takes a line out of the history where it is known: libedit only sees that it is the same as the one before. */
static void line_editor_forget(struct line_editor *editor, const char *line)
{
	HistEvent event;
	int found = history(editor->history, &event, H_FIRST);
	while (found == 0 && strcmp(event.str, line) != 0)
		found = history(editor->history, &event, H_NEXT);
	if (found == 0 && history(editor->history, &event, H_DEL, event.num) == 0)
		free((void *)(uintptr_t)event.str); /* a copy, which is the caller's */
}

static void line_editor_save_history(struct line_editor *editor)
{
	HistEvent event;
	if (editor->config.history == NULL)
		return;
	mode_t former = umask(0077);
	(void)history(
		editor->history, &event, H_SAVE, editor->config.history); /* it is a convenience */
	umask(former);
}

/* Lines stand in the file as they came, a session that was killed leaves them so: here each is taken once. */
static void line_editor_load_history(struct line_editor *editor)
{
	HistEvent event;
	History *file = history_init();
	if (file == NULL)
		return;
	history(file, &event, H_SETSIZE, LINE_EDITOR_HISTORY);
	int lines = history(file, &event, H_LOAD, editor->config.history); /* negative: none yet */
	for (int rc = history(file, &event, H_LAST); rc == 0; rc = history(file, &event, H_PREV)) {
		HistEvent entered;
		line_editor_forget(editor, event.str);
		(void)history(editor->history, &entered, H_ENTER, event.str);
	}
	history_end(file);
	if (history(editor->history, &event, H_GETSIZE) == 0 && lines > event.num)
		line_editor_save_history(editor);
}

/* At once, so that a session that is killed loses none. */
static void line_editor_append_history(struct line_editor *editor, const char *line)
{
	HistEvent event;
	History *one = editor->config.history != NULL ? history_init() : NULL;
	if (one == NULL)
		return;
	int fd = open(editor->config.history, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "a") : NULL;
	/* libedit writes a head where the file is empty */
	if (file != NULL && fseek(file, 0, SEEK_END) == 0 &&
		history(one, &event, H_SETSIZE, 1) >= 0 &&
		history(one, &event, H_ENTER, line) >= 0)
		(void)history(one, &event, H_SAVE_FP, file);
	if (file != NULL)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	history_end(one);
}

static void line_editor_open_history(struct line_editor *editor)
{
	HistEvent event;
	history(editor->history, &event, H_SETSIZE, LINE_EDITOR_HISTORY);
	history(editor->history, &event, H_SETUNIQUE, 1);
	if (editor->config.history != NULL)
		line_editor_load_history(editor);
	el_set(editor->edit, EL_HIST, history, editor->history);
}

/* Without SA_RESTART: a wait is to end. */
static void line_editor_set_signals(void)
{
	struct sigaction action = { .sa_handler = line_editor_on_signal };
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGWINCH, &action, NULL);
}

static void line_editor_free(struct line_editor *editor)
{
	if (editor == NULL)
		return;
	if (editor->edit != NULL && editor->history != NULL)
		line_editor_save_history(editor);
	if (editor->edit != NULL)
		el_end(editor->edit);
	if (editor->history != NULL)
		history_end(editor->history);
	paste_clear(&editor->paste);
	free(editor->line);
	free(editor);
}

static int line_editor_open(
	const struct line_editor_config *config, struct line_editor **ret_editor, tsp_error *err)
{
	struct line_editor *editor = calloc(1, sizeof(*editor));
	if (editor == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	const char *terminal = getenv("TERM");
	editor->config = *config;
	editor->marks = terminal != NULL && strcmp(terminal, "dumb") != 0;
	paste_init(&editor->paste);
	editor->paste.stop = &line_editor_interrupted;
	line_editor_set_locale();
	editor->history = history_init();
	editor->edit = el_init("thespian-shell", stdin, stdout, stderr);
	if (editor->edit == NULL || editor->history == NULL) {
		line_editor_free(editor);
		return tsp_fail(err, TSP_EIO, "cannot open the terminal");
	}
	el_set(editor->edit, EL_CLIENTDATA, editor);
	el_set(editor->edit, EL_PROMPT, line_editor_prompt);
	el_set(editor->edit, EL_EDITOR, "emacs");
	el_set(editor->edit, EL_GETCFN, line_editor_get_character);
	el_set(editor->edit, EL_ADDFN, "thespian-complete", "complete the word", line_editor_tab);
	el_set(editor->edit, EL_BIND, "^I", "thespian-complete", NULL);
	el_set(editor->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
	line_editor_open_history(editor);
	line_editor_set_signals();
	*ret_editor = editor;
	return TSP_OK;
}

/* The next line that was pasted with the one before, shown as if it had been typed. */
static bool line_editor_read_pasted(struct line_editor *editor)
{
	char *line = NULL;
	if (!paste_line(&editor->paste, &line))
		return false;
	fputs(line_editor_prompt(editor->edit), stdout);
	text_print(stdout, tsp_text_of(line), false);
	fputc('\n', stdout);
	fflush(stdout);
	free(editor->line);
	editor->line = line;
	return true;
}

static void line_editor_mark_pastes(const struct line_editor *editor, bool on)
{
	if (!editor->marks)
		return;
	fputs(on ? PASTE_ON : PASTE_OFF, stdout);
	fflush(stdout);
}

static enum line_editor_result line_editor_read(
	struct line_editor *editor, bool continues, const char **ret_line)
{
	int count = 0;
	bool interrupted = line_editor_interrupted != 0;
	line_editor_interrupted = 0;
	editor->cancelled = false;
	editor->continues = continues;
	memset(&editor->partial, 0, sizeof(editor->partial));
	/* Between two pasted lines: what is left of them is not wanted. */
	if (interrupted && paste_lines(&editor->paste)[0] != '\0') {
		fputs("^C\n", stdout);
		fflush(stdout);
		return LINE_EDITOR_CANCELLED;
	}
	if (line_editor_read_pasted(editor)) {
		*ret_line = editor->line;
		return LINE_EDITOR_LINE;
	}
	editor->reading = true;
	line_editor_mark_pastes(editor, true);
	const char *line = el_gets(editor->edit, &count);
	line_editor_mark_pastes(editor, false);
	editor->reading = false;
	if (line == NULL || count <= 0) {
		fputs(editor->cancelled ? "^C\n" : "\n", stdout);
		fflush(stdout);
		el_reset(editor->edit);
		return editor->cancelled ? LINE_EDITOR_CANCELLED : LINE_EDITOR_END;
	}
	free(editor->line);
	editor->line = strndup(line, strcspn(line, "\r\n"));
	if (editor->line == NULL)
		return LINE_EDITOR_END;
	*ret_line = editor->line;
	return LINE_EDITOR_LINE;
}

static const char *line_editor_pasted(const struct line_editor *editor)
{
	return paste_lines(&editor->paste);
}

static void line_editor_drop(struct line_editor *editor)
{
	paste_clear(&editor->paste);
}

static void line_editor_remember(struct line_editor *editor, const char *line)
{
	HistEvent event;
	size_t size = strlen(line);
	if (line[0] == ' ' || size > LINE_EDITOR_LONGEST || line[strspn(line, " \t\n")] == '\0')
		return;
	char *copy = strdup(line);
	if (copy == NULL)
		return;
	/* One line for one command: between its lines is nothing but blanks of JSON. */
	for (char *at = copy; *at != '\0'; at++)
		*at = *at == '\n' ? ' ' : *at;
	line_editor_forget(editor, copy);
	if (history(editor->history, &event, H_ENTER, copy) >= 0) /* it is a convenience */
		line_editor_append_history(editor, copy);
	free(copy);
}

const struct line_editor_ops tsp_line_editor = {
	.open = line_editor_open,
	.read = line_editor_read,
	.pasted = line_editor_pasted,
	.drop = line_editor_drop,
	.remember = line_editor_remember,
	.notice = line_editor_notice,
	.free = line_editor_free,
};
