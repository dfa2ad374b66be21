/* SPDX-License-Identifier: MIT */
/*
 * Text that comes to the terminal all at once. The terminal marks it (bracketed paste, ESC [ 200 ~ to
 * ESC [ 201 ~); where it does not know how, lines that have come already when one is ended are taken as
 * pasted with it. Control characters in it are no keys: they are left out, a tab is a blank.
 */
#ifndef TSP_SHELL_PASTE_H
#define TSP_SHELL_PASTE_H

#include <signal.h>
#include <thespian.h>
#include "base/buffer.h"

#define PASTE_LIMIT ((size_t)1024 * 1024)
#define PASTE_ON    "\033[?2004h" /* makes the terminal mark it */
#define PASTE_OFF   "\033[?2004l"

struct paste {
	struct buffer keys;  /* to be read as if typed, before anything else */
	struct buffer lines; /* whole lines behind that; ended by a NUL that is not counted */
	struct buffer rest;  /* what was pasted behind the last of them */
	size_t keys_taken;   /* bytes of them that were read */
	size_t lines_taken;
	const volatile sig_atomic_t *stop; /* not 0: nothing more is read of what comes; NULL: there is none */
	bool overflow;	     /* something was too long and is lost; whoever says so resets it */
};

void paste_init(struct paste *paste);
void paste_clear(struct paste *paste);
/* Takes the next key that waits here; false: none does. */
bool paste_key(struct paste *paste, char *ret_byte);
/* After an ESC from the terminal: reads on and takes what is pasted, if that is what it begins; true: it was. */
bool paste_take_marked(struct paste *paste, int fd);
/* After the newline that ends a line from the terminal: takes the lines that have come already. */
void paste_take_waiting(struct paste *paste, int fd);
/* The whole lines that are left, each with its newline; "": none. */
const char *paste_lines(const struct paste *paste);
/* Moves the next line to *ret_line (to be freed, without its newline); false: there is none, and what was
 * behind it is among the keys. */
bool paste_line(struct paste *paste, char **ret_line);

#endif
