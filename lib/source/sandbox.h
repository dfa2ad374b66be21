/* SPDX-License-Identifier: MIT */
/*
 * Shuts a program in that works on what others wrote: it may read the toolchain and its own tree, write
 * below its tree, and nothing else, by Landlock where the kernel has it. No network, and no signals or
 * abstract sockets to those outside, as far as the kernel's level goes.
 */
#ifndef TSP_SOURCE_SANDBOX_H
#define TSP_SOURCE_SANDBOX_H

#include "base/error.h"

/* Landlock's level in the running kernel; 0: there is none, and sandbox_open gives nothing. */
int sandbox_level(void);
/* Both lists are ended by NULL; a path that is not there is passed over. *ret_fd is for sandbox_enter,
 * to be closed; -1 where the kernel cannot. TSP_EIO. */
int sandbox_open(const char *const *readable, const char *const *writable, int *ret_fd, tsp_error *err);
/* In the child, for good: system calls only. 0, or -1 with errno. */
int sandbox_enter(int fd);
/* For good, for this process and those below it: no signals to, and no looks into, others than these.
 * Nothing where the kernel cannot. 0, or -1 with errno. */
int sandbox_hold_signals(void);

#endif
