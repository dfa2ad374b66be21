/* SPDX-License-Identifier: MIT */
/*
 * What the shell's commands share: the connection, the addresses seen, messages that came between.
 * System calls go through thespian.h alone.
 */
#ifndef TSP_SHELL_SHELL_H
#define TSP_SHELL_SHELL_H

#include <stdio.h>

#include <thespian.h>
#include "cli/command.h"
#include "cli/output.h"
#include "shell/contacts.h"
#include "shell/last.h"

#define SHELL_NAME	 "thespian-shell"
#define SHELL_TIMEOUT_MS 10000
#define SHELL_ARRIVALS	 256 /* messages kept for listen; further ones wait in the system */
#define SHELL_NAME_LIMIT 120 /* bytes of a global name */
#define SHELL_LINE_LIMIT ((size_t)64 * 1024 * 1024)
#define SHELL_UNDO	 200

struct flight_ask;

struct shell {
	int port; /* 0: the base's own */
	enum output_form form;
	int64_t timeout_ms;		       /* of each wait */
	bool terminal;			       /* a person types */
	bool control;			       /* a program does: blocks go out */
	bool records;			       /* with control: records and no blocks */
	bool events;			       /* with control: what arrives goes out at once */
	bool together;			       /* with control: asks do not wait for each other */
	struct flight_ask *departing;	       /* ask only sends, and notes it here; NULL: it waits */
	FILE *answers;			       /* where the replies to asks are printed; NULL: as all else */
	bool read_only;			       /* commands that change something are refused */
	bool repeating;			       /* within repeat */
	bool leave;			       /* exit was typed */
	bool started;			       /* the system was started by this session */
	char base[32];			       /* of the system; "" : the default */
	tsp_system *system;		       /* NULL: not attached */
	const struct line_editor_ops *editing; /* on a terminal only */
	struct contacts contacts;
	struct last last;		/* what the last command said */
	const struct command *changing; /* the command that runs, if it changes something */
	char undo[SHELL_UNDO];		/* what takes it back, better than its row knows; "" */
	tsp_message *arrivals[SHELL_ARRIVALS]; /* shown already, in order */
	size_t arrival_count;
};

void shell_init(struct shell *shell);
/* Ends the connection and frees everything; a system that runs on its own goes on. */
void shell_clear(struct shell *shell);
/* The connection, which is made at first need. *ret_system is borrowed until the next command. */
int shell_attach(struct shell *shell, tsp_system **ret_system, tsp_error *err);
/* Opens with these options in place of what is open now. */
int shell_open(struct shell *shell, const tsp_open_options *options, tsp_error *err);
void shell_close(struct shell *shell);
/* Port as messages give it. */
int shell_port(const struct shell *shell);
/* "#3", "@SYSTEM.NUMBER" or a global name. Attaches. TSP_EUSAGE. */
int shell_address(struct shell *shell, const char *text, tsp_address *ret_address, tsp_error *err);
/* The same, and a name becomes its holder's own number. TSP_ENOENT if nobody holds it. */
int shell_resolve(struct shell *shell, const char *text, tsp_address *ret_address, tsp_error *err);
/* Of a call that failed: where word is a name, its error says the name in place of the address. Returns rc. */
int shell_call_by_name(tsp_error *err, int rc, const char *word, tsp_address address);
/* The word on or off, of a command of --control. TSP_EUSAGE: another word, or session. */
int shell_switch(
	struct shell *shell, const char *what, const char *word, bool *ret_on, tsp_error *err);
/* Keeps a message for listen, as long as there is room; owns it. */
void shell_keep_arrival(struct shell *shell, tsp_message *message);
/* The next message: one that is kept, or what comes within timeout_ms. */
int shell_next_arrival(
	struct shell *shell, int64_t timeout_ms, tsp_message **ret_message, tsp_error *err);
/* Lets ms pass; what arrives is kept (and shown to a person) as long as there is room. TSP_EINTERRUPT. */
int shell_pause(struct shell *shell, int64_t ms, tsp_error *err);

/* Runs one line of a session, which must be whole; as command_run. */
int shell_run_line(struct shell *shell, const char *line, tsp_error *err);
/* The same with one more argument, as it is. */
int shell_run_line_with(
	struct shell *shell, const char *line, const char *argument, tsp_error *err);
/* From a command that changes: the line that takes back just this, in place of its row's undo. */
void shell_set_undo(struct shell *shell, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Of shell_program: refuses what changes something in a session that is only to look. */
int shell_permit(void *context, const struct command_call *call, tsp_error *err);
/* Asks a person on the terminal and reads a line, without its newline; false: there was no answer. */
bool shell_question(const char *question, char *answer, size_t size);
/* Whether the answer is a clear yes. */
bool shell_confirm(const char *question);
/* The whole program; returns the exit status. */
int shell_main(int argc, char **argv);

extern const struct program shell_program;
/* Asks the running system for candidates, 200 ms at most. */
void shell_complete(void *context, enum complete_kind kind, struct complete *into);
/* Runs lines of standard input, a block each (control.c), until they end. An error is the session's. */
int shell_control(struct shell *shell, tsp_error *err);
/* Reads lines from the terminal until the end; returns the exit status. */
int shell_interact(struct shell *shell);

#endif
