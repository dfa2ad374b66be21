/* SPDX-License-Identifier: MIT */
/* Others may share the host of an actor that is to end, and end with it: whoever wants that says so. */
#ifndef TSP_SHELL_SHARING_H
#define TSP_SHELL_SHARING_H

#include "shell/shell.h"

#define SHARING_GRACE_MS 5000 /* from the exit request until its host is ended */

/* Asks on the terminal, where there is one; everything but a clear yes is a no. */
bool sharing_confirm(const struct shell *shell, int sharing);
/* Fills err: "cannot WHAT 'ACTOR': ..", and the remedy. */
void sharing_refused(tsp_error *err, const char *what, tsp_address actor, int sharing);

#endif
