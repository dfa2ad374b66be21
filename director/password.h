/* SPDX-License-Identifier: MIT */
/* Passwords from the terminal, without echo. */
#ifndef TSP_DIRECTOR_PASSWORD_H
#define TSP_DIRECTOR_PASSWORD_H

#include "base/error.h"

#define PASSWORD_LIMIT 1024

/* A key_password_fn: asks on the terminal of the process, not on stdin. TSP_EUSAGE where there is none. */
int password_ask(void *data, const char *prompt, char *out, size_t size, tsp_error *err);
/* Asks twice; TSP_EVALUE where the two differ or are empty. */
int password_ask_new(char *out, size_t size, tsp_error *err);

#endif
