/* SPDX-License-Identifier: MIT */
/* A Command as its sender wrote it, and what is made of it to run and to answer. */
#ifndef TSP_HELPER_COMMAND_H
#define TSP_HELPER_COMMAND_H

#include <thespian.h>

#define COMMAND_BUFSIZE	      ((int64_t)1024 * 1024)
#define COMMAND_BUFSIZE_LIMIT ((int64_t)16 * 1024 * 1024)
#define COMMAND_BUFSIZE_LEAST 16

struct command {
	struct command *next;
	tsp_address sender;
	uint8_t *bytes; /* its own copy of the message's map */
	size_t size;
	char **argv;
	char **envp; /* NULL: as the actor's */
	char *line;  /* as a person would write it; omit_string is in it */
	char *tag;
	char *omit; /* NULL: nothing is left out */
	tsp_text input;
	tsp_address updates;
	tsp_address log_to; /* CommandLogs go there */
	char *logger;	    /* else the name of who logs; NULL: the root */
	bool quiet;	    /* no log */
	bool error_ok;
	bool report;
	int64_t timeout_ms; /* 0: none */
	int64_t bufsize;
};

/* TSP_EVALUE, with why; TSP_ENOMEM. */
int command_read(const tsp_message *message, tsp_address sender, struct command **ret_command,
	const char **ret_why);
void command_free(struct command *command); /* takes NULL */
/* Puts what answers call it: the Command without its input and its environment. */
void command_put(const struct command *command, tsp_builder *builder);

#endif
