/* SPDX-License-Identifier: MIT */
/* What `doctor` finds: faults, each with its remedy, and notes, which are no faults. */
#ifndef TSP_DIRECTOR_FINDINGS_H
#define TSP_DIRECTOR_FINDINGS_H

#include "cli/output.h"

struct finding {
	bool fault;
	bool command;	   /* the hint is a line for the shell, which may end in a comment */
	const char *check; /* that found it, static */
	char *text;
	char *hint; /* NULL: a note, which has none */
};

struct findings {
	struct finding *items;
	size_t count;
	const char *check; /* that runs now */
	int rc;		   /* first failure: TSP_ENOMEM, or 0 */
};

/* Words of a command, for findings_command. */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* One sentence that names the fault and its subject; findings_hint or findings_command follows. */
void findings_fault(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void findings_note(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The remedy of the last fault, as a sentence. */
void findings_hint(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same as a command: words, ended by NULL, are quoted for the shell where they have to be;
 * otherwise (may be NULL) is what else would do, as a comment. */
void findings_command(struct findings *findings, const char *otherwise, const char *const *words);
void findings_clear(struct findings *findings);

size_t findings_faults(const struct findings *findings); /* how many are no notes */
/* A record: lines for people, lists "faults" and "notes" in JSON. */
void findings_put(const struct findings *findings, struct output *output);

#endif
