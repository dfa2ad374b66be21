/* SPDX-License-Identifier: MIT */
/* A script that is an actor: its process, and what is said between the two. Private to lib/script. */
#ifndef TSP_SCRIPT_RUN_H
#define TSP_SCRIPT_RUN_H

#include "helper/process.h"
#include "script/lines.h"

#define SCRIPT_LINE_LIMIT ((size_t)64 * 1024 * 1024) /* of what is said, either way */
#define SCRIPT_LOG_LIMIT  ((size_t)2000)	     /* of a line of its log */
#define SCRIPT_SHOWN	  300

/* How the script ends what it was given. */
enum verdict { VERDICT_NONE, VERDICT_READY, VERDICT_DONE, VERDICT_FAILED, VERDICT_DEFER };

struct run {
	const tsp_script *script;
	struct guard guard;
	struct process process; /* pid 0: there is none */
	struct buffer in;	/* is still to be written */
	struct lines out;
	struct lines err;
	tsp_builder *said;	    /* the request in work */
	tsp_builder *answer;
	const tsp_message *message; /* in work */
	uint64_t id;		    /* of it: how many there were */
	tsp_value value;	    /* of it, or what its creator gave, while it starts */
	enum verdict verdict;
	char *details;		     /* of VERDICT_FAILED; NULL: none */
	char wrong[SCRIPT_SHOWN + 200]; /* the first thing that it said and that was no request; "": nothing */
	char last[2][SCRIPT_SHOWN];  /* lines of its log, as shown; the last is the second */
};

/* ---- launch.c ---- */

/* Starts the process. TSP_ESTART, TSP_ENOMEM, with the text of tsp_fail_text. */
int run_launch(struct run *run, tsp_actor *self);

/* ---- request.c ---- */

/* Does what a line asks for: puts the answer into run->in, sets the verdict, or says in wrong what is wrong. */
void run_request(struct run *run, tsp_actor *self, tsp_text line);
/* What a line ends in whose answer the script waits for: so one is answered that cannot be read, too. */
#define ANSWER_WANTED ",\"answer\":true}"
/* Answers one that cannot be read. */
void run_refuse(struct run *run, tsp_actor *self, int code);
/* Keeps the first complaint; code is named. */
void run_wrong(struct run *run, tsp_actor *self, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Puts a line for the script. TSP_ETOOBIG, TSP_ENOMEM. */
int run_say(struct run *run, tsp_value value);

/* ---- field.c ---- */

/* A member of the value by its name, else by a path of names and indices "a.b.0"; absent: none. */
tsp_value field_find(tsp_value value, tsp_text path);
/* Puts {kind, text}: a text as it is, an address as "@..", all else as JSON. TSP_ENOMEM. */
int field_put(tsp_value value, tsp_builder *into);

#endif
