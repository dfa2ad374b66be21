/* SPDX-License-Identifier: MIT */
/*
 * The runtime folder: where the sockets and lock files of this user's systems lie. It belongs to the
 * effective user, has mode 0700 and is no link.
 */
#ifndef TSP_IO_RUNTIME_H
#define TSP_IO_RUNTIME_H

#include "base/error.h"
#include "base/runtime_path.h"

/* Numbers in place of a port for systems that no other process is to find. */
#define RUNTIME_PRIVATE	    65536
#define RUNTIME_PRIVATE_END (RUNTIME_PRIVATE + 1000)
#define RUNTIME_SOCKET_SIZE 108 /* what fits into a sockaddr_un, the NUL included */

/* What runtime_path says, checked; made if it is missing and make is true. TSP_ENOENT: it is not there (so no
 * system runs); TSP_EPERM: another owner, a link, or open to others. free() *ret_path. */
int runtime_open(bool make, char **ret_path, tsp_error *err);
/* FOLDER/PORT.sock; TSP_ELIMIT if that is longer than a socket's path may be. */
int runtime_socket(
	const char *folder, int port, char ret_path[RUNTIME_SOCKET_SIZE], tsp_error *err);
/* Locks FOLDER/PORT.lock for this process and writes its pid there. TSP_EEXIST: another holds it,
 * *ret_holder (may be NULL) is its pid or 0. The descriptor is the lock. */
int runtime_lock(const char *folder, int port, int *ret_fd, int *ret_holder, tsp_error *err);
/* Writes this process's pid again (after a fork); the lock went along. */
int runtime_lock_owner(int fd, tsp_error *err);
/* Removes socket and lock file, then gives the lock up. */
void runtime_unlock(const char *folder, int port, int fd);
/* Pid of the process that holds the lock of a port, 0 if nobody does or it is not known. */
int runtime_holder(const char *folder, int port);

#endif
