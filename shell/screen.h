/* SPDX-License-Identifier: MIT */
/*
 * The terminal as a page that is drawn again and again, and single keys. Only the four sequences that all
 * terminals know are used, and neither the other page nor a hidden cursor: so whatever ends the program,
 * kill -9 too, what is left is a readable page, and echo and lines are what a shell sets anew itself.
 */
#ifndef TSP_SHELL_SCREEN_H
#define TSP_SHELL_SCREEN_H

#include <stdbool.h>
#include <thespian.h>
#include "shell/shell.h"

enum screen_key {
	SCREEN_NONE = 0, /* its time is over */
	SCREEN_UP = 256,
	SCREEN_DOWN,
	SCREEN_RESIZED, /* or it is to be drawn anew for another reason */
	SCREEN_END,	/* Ctrl-C, or the terminal is gone */
};

struct screen {
	int rows;
	int columns;
	char *page; /* what is being drawn */
	size_t used;
	size_t room;
};

/* Whether there is a terminal to draw on and to read keys from. */
bool screen_is_there(void);
/* No echo, keys at once; the system's calls end at Ctrl-C. One at a time. TSP_EIO, TSP_ENOMEM. */
int screen_open(struct screen *screen, tsp_error *err);
/* All as it was; what is shown stays, the cursor stands below it. */
void screen_close(struct screen *screen);
/* The same at the end of a command that Ctrl-C ends: where that came too late for a call of the system, it
 * does not end the next one. */
void screen_leave(struct screen *screen);
/* Begins a page, of which each line is to be drawn. */
void screen_begin(struct screen *screen);
/* One line of it, from 0 on: escaped already; cut to the width. Those that do not fit are left out. */
void screen_line(struct screen *screen, int row, const char *text, bool bright);
/* Shows it. False: the terminal is gone. */
bool screen_show(struct screen *screen);
/* A key (a character or of screen_key) within so many ms. */
int screen_read(struct screen *screen, int timeout_ms);
/* How many columns a text takes. */
int screen_width(const char *text);
/* The bytes of a text that fit into so many columns. */
size_t screen_fit(const char *text, int columns);

#endif
