/* SPDX-License-Identifier: MIT */
/*
 * Reading lines on a terminal: history, Tab, and messages that appear above the line being typed.
 * libedit is known in line_editor.c alone. That is a module which is opened where there is a terminal:
 * loading libedit and what it needs is a quarter of the time of a command in a script.
 */
#ifndef TSP_SHELL_LINE_EDITOR_H
#define TSP_SHELL_LINE_EDITOR_H

#include <thespian.h>
#include "cli/complete.h"

struct line_editor;

struct line_editor_config {
	const char *prompt;
	const char *continuation; /* the prompt of a line that belongs to the one before */
	const char *history;	  /* path; NULL: none is kept on disk */
	void *data;
	/* A descriptor to watch beside the terminal; -1: none, then tick is called each 100 ms. */
	int (*descriptor)(void *data);
	/* The descriptor is readable: takes what came; shows it with line_editor_notice. */
	void (*arrived)(void *data, struct line_editor *editor);
	/* Candidates for the end of a line (up to the cursor); *ret_hint (static or NULL) is shown where
	 * there are none. */
	void (*complete)(
		void *data, const char *line, struct complete *into, const char **ret_hint);
};

enum line_editor_result {
	LINE_EDITOR_END = 0, /* Ctrl-D, or the terminal is gone */
	LINE_EDITOR_LINE = 1,
	LINE_EDITOR_CANCELLED = 2, /* Ctrl-C */
};

struct line_editor_ops {
	/* TSP_ENOMEM, TSP_EIO. The texts of config are borrowed until it is freed. */
	int (*open)(const struct line_editor_config *config, struct line_editor **ret_editor,
		tsp_error *err);
	/* *ret_line is borrowed until the next call, without its newline. continues: with the other prompt. */
	enum line_editor_result (*read)(
		struct line_editor *editor, bool continues, const char **ret_line);
	/* The lines that were pasted with the one that was read last, and not read yet, each with its newline;
	 * "" : none. Borrowed until the next call. */
	const char *(*pasted)(const struct line_editor *editor);
	/* Forgets them, and what was pasted behind them. */
	void (*drop)(struct line_editor *editor);
	/* Puts a command into the history; not one that begins with a blank. */
	void (*remember)(struct line_editor *editor, const char *line);
	/* Shows text (escaped already, ended by a newline) above the line being typed. */
	void (*notice)(struct line_editor *editor, const char *text);
	/* Saves the history. Takes NULL. */
	void (*free)(struct line_editor *editor);
};

/* What the module exports. */
#define LINE_EDITOR_SYMBOL "tsp_line_editor"
TSP_API extern const struct line_editor_ops tsp_line_editor;

/* Opens the module, which lies with the other modules; it stays open. TSP_ENOENT. */
int line_editor_load(const struct line_editor_ops **ret_ops, tsp_error *err);

#endif
