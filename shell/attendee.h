/* SPDX-License-Identifier: MIT */
/* Systems of the convention, and names that are held there. */
#ifndef TSP_SHELL_ATTENDEE_H
#define TSP_SHELL_ATTENDEE_H

#include "shell/shell.h"

/* A system by its id (in hex), its key's beginning (8 digits at least), or where it says that it is (HOST:PORT);
 * its admin. TSP_ENOENT names those that there are; TSP_EUSAGE: more than one has a key that begins so. */
int attendee_find(struct shell *shell, const char *text, tsp_address *ret_admin, tsp_error *err);
/* NAME@SYSTEM; NAME@*: held here, or else at the first system of the convention that has it. */
int attendee_name(struct shell *shell, const char *text, tsp_address *ret_address, tsp_error *err);

#endif
