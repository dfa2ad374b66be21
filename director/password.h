/* SPDX-License-Identifier: MIT */
/* Passwords from the terminal, without echo. */
#ifndef TSP_DIRECTOR_PASSWORD_H
#define TSP_DIRECTOR_PASSWORD_H

#include "base/error.h"

#define PASSWORD_LIMIT 1024

/* A key_password_fn. data: NULL, it asks on the terminal of the process, not on stdin (TSP_EUSAGE where
 * there is none); else the number (int) of a descriptor, whose first line it is. */
int password_ask(void *data, const char *prompt, char *out, size_t size, tsp_error *err);
/* Asks twice, or reads it from the descriptor; TSP_EVALUE where the two differ or are empty. */
int password_ask_new(const int *fd, char *out, size_t size, tsp_error *err);
/* The option --password-fd: *ret_fd stays alone, and *ret_from is NULL, where it was not given. */
#define PASSWORD_OPTION { "password-fd", 0, "FD", "descriptor whose first line is the key's password", COMPLETE_NONE }
struct options;
int password_option(const struct options *options, int *ret_fd, int **ret_from, tsp_error *err);

#endif
