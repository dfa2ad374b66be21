/* SPDX-License-Identifier: MIT */
/*
 * Where our own programs and files are, seen from a program or from a library that uses us: beside the
 * program, beside the library (LIBDIR/../bin, LIBDIR/../../bin), where they were installed, and PATH.
 */
#ifndef TSP_SYSTEM_PROGRAM_H
#define TSP_SYSTEM_PROGRAM_H

#include "base/error.h"

/* Path of a program; free() *ret_path. TSP_ENOENT says where it was looked for. */
int program_find(const char *name, char **ret_path, tsp_error *err);
/* The folder that holds thespian.h; free() *ret_path. TSP_ENOENT. */
int program_include(char **ret_path, tsp_error *err);
/* The folder of the running program, NULL: unknown. free() it. */
char *program_folder(void);
/* The folder of our programs, which need not be that of the running one; NULL: not found. free() it. */
char *program_home(void);

#endif
