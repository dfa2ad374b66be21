/* SPDX-License-Identifier: MIT */
/* What dead and poison have in common: the messages that the system kept, listed, shown, sent again, dropped. */
#ifndef TSP_SHELL_MORGUE_H
#define TSP_SHELL_MORGUE_H

#include "shell/shell.h"

extern const struct option_spec morgue_options[];

/* again: the word that sends one again ("send", "retry"). */
int morgue_run(struct shell *shell, const struct command_call *call, enum tsp_morgue shelf,
	const char *again, tsp_error *err);
/* For changes_if: whether it is more than a look. */
bool morgue_changes(const struct command_call *call);
/* morgue_send.c: id 0: all of them, a line each. Status 7 where some failed, 1 where all did. */
int morgue_send(struct shell *shell, enum tsp_morgue shelf, uint64_t id, tsp_address to,
	bool as_sender, tsp_error *err);
uint64_t morgue_id(tsp_value entry);

#endif
