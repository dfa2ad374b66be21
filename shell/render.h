/* SPDX-License-Identifier: MIT */
/* How the shell shows what came from a system: messages, and the maps that describe it. */
#ifndef TSP_SHELL_RENDER_H
#define TSP_SHELL_RENDER_H

#include "cli/output.h"
#include "shell/contacts.h"
#include "shell/shell.h"

/* One message as a document: its body in JSON; in text "TYPE VALUE", the value pretty, a plain text
 * as it is. Returns 1 (a status) for a PoisonMessage of the system, else 0 or negative. */
/* The same, where answers go. */
int render_answer(struct shell *shell, const tsp_message *message, tsp_error *err);
int render_message(struct shell *shell, const tsp_message *message, tsp_error *err);
/* A line or more above the line being typed: where it came from, and the message. */
void render_notice(struct shell *shell, const tsp_message *message, FILE *stream);
/* Fields of a map: keys become snake_case and labels, addresses "#n @..", maps and lists nest.
 * Between output_begin and output_end. */
void render_map(struct shell *shell, struct output *output, tsp_value map);
/* An address: the contact in text, the full form in JSON; nobody is absent. */
void render_address(struct shell *shell, struct output *output, const char *key, const char *label,
	tsp_address address);
/* A field of a map, if it is there. */
void render_member(struct shell *shell, struct output *output, tsp_value map, const char *member,
	const char *key, const char *label);
/* A map whose keys are somebody's own words, as the whole document: they stay as they are. */
void render_verbatim(struct output *output, tsp_value map);
/* Ends the document; TSP_EIO as an error of the command. */
int render_finish(struct output *output, tsp_error *err);

#endif
