/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a socket, by the kernel. */
#ifndef TSP_IO_PEER_CHECK_H
#define TSP_IO_PEER_CHECK_H

#include <sys/types.h>

#include "base/error.h"

/* Checks that the peer of a connected Unix socket has this process's effective uid, or is root, and
 * gives its pid (0: it lives in another pid namespace). TSP_EPERM says who it was. */
int peer_check(int fd, pid_t *ret_pid, tsp_error *err);
/* Whether a process descends from ancestor, or is it. One that cannot be looked at counts as
 * descending: it gets the lesser rights. */
bool peer_descends(pid_t pid, pid_t ancestor);
/* Whether a process descends from ancestor for sure: one that cannot be looked at does not. */
bool peer_is_below(pid_t pid, pid_t ancestor);
/* Parent of a process; 0: it has none that we see, -1: not to be looked at. */
pid_t peer_parent(pid_t pid);
/* Whom a pidfd is of: 0: one that has gone and was waited for, -1: it is no pidfd, or cannot be looked
 * at. */
pid_t peer_of_pidfd(int fd);
/* Asks the kernel to say who sends what is read by the next call. */
int peer_check_enable(int fd, bool enable);
/* recv without waiting, and the sender's pid. */
ssize_t peer_check_receive(int fd, void *buffer, size_t size, pid_t *ret_pid);

#endif
