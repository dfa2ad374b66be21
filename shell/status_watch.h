/* SPDX-License-Identifier: MIT */
/* A status that is shown again and again. */
#ifndef TSP_SHELL_STATUS_WATCH_H
#define TSP_SHELL_STATUS_WATCH_H

#include "shell/shell.h"

/* On the terminal, until a person leaves; leaves itself with the error of a look. TSP_EUSAGE: there is no
 * terminal, or JSON is wanted. */
int status_watch(struct shell *shell, tsp_address target, int64_t every_ms, tsp_error *err);

#endif
