/* SPDX-License-Identifier: MIT */
/* What the rows of caller_rows share. Each fails by ending the program with status 1. */
#ifndef TEST_CLI_CALLER_ROWS_H
#define TEST_CLI_CALLER_ROWS_H

#include <stdio.h>
#include <stdlib.h>
#include <thespian.h>

#define LONG_MS 20000

extern int port; /* 0: the simple base */
extern tsp_system *sys;
extern tsp_error err;

#define must(what)                             \
	do {                                   \
		if (!(what))                   \
			fail(__LINE__, #what); \
	} while (0)

void fail(int line, const char *what);
int64_t now_ms(void);
tsp_system *open_at(int at, int flags);
tsp_address make_with(const char *class_name, const tsp_create_options *options);
tsp_address make(const char *class_name);
tsp_value value(const char *format, ...); /* until the next one */
tsp_message *ask(tsp_address target, const char *type, tsp_value body);
tsp_message *hear(int64_t timeout_ms); /* NULL: nothing in time */
tsp_message *next(void);

struct row {
	const char *name;
	void (*run)(void);
};

extern const struct row handle_rows[];	/* ended by { 0 }: rows_handle.c */
extern const struct row process_rows[]; /* rows_process.c */

#endif
