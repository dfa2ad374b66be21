/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/attach.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/peer_check.h"
#include "io/runtime.h"
#include "system/caller.h"
#include "system/connection.h"
#include "system/interrupt.h"

#define RETRY_MS 2 /* the listener's queue is full: a Unix socket has no event for that */

static int no_system(int port, tsp_error *err)
{
	return tsp_fail(err, TSP_ENOSYSTEM,
		"cannot attach to the system at port %d: no system answers there", port);
}

static int pause_connecting(int port, clock_ns deadline, tsp_error *err)
{
	struct pollfd bell = { .fd = interrupt_descriptor(), .events = POLLIN };

	if (clock_read() >= deadline)
		return tsp_fail(err, TSP_ETIMEOUT, "cannot attach to the system at port %d: no answer in time", port);
	if (poll(&bell, 1, RETRY_MS) > 0)
		interrupt_drain();
	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	return TSP_OK;
}

static int connect_to(const char *path, int port, clock_ns deadline, int *ret_fd, tsp_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int rc = TSP_OK;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return tsp_fail_errno(err, "connect to", path);
	memcpy(address.sun_path, path, strlen(path) + 1); /* runtime_socket has checked that it fits */
	while (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			rc = no_system(port, err);
		else if (errno == EAGAIN)
			rc = pause_connecting(port, deadline, err);
		else if (errno != EINTR)
			rc = tsp_fail_errno(err, "connect to", path);
		if (rc < 0) {
			close(fd);
			return rc;
		}
	}
	*ret_fd = fd;
	return TSP_OK;
}

int attach_socket(int fd, char *folder, int port, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	struct ending ending;
	struct tsp_system *system = NULL;
	pid_t pid = 0;
	int rc;

	if (peer_check(fd, &pid, err) < 0) {
		close(fd);
		free(folder);
		return tsp_fail(err, TSP_EPERM, "cannot attach to port %d: the system there belongs to another user",
			port);
	}
	ending_init(&ending, pid, folder, port);
	rc = connection_open(fd, &ending, port, &system, err);
	if (rc < 0)
		return rc;
	rc = caller_greet(system, deadline, err);
	if (rc < 0) {
		tsp_close(system);
		if (rc == TSP_ENOSYSTEM) /* on its way out, or it has no room for us */
			return tsp_fail(err, rc,
				"cannot attach to the system at port %d: it closed the connection", port);
		return tsp_wrap(err, rc, "cannot attach to the system at port %d", port);
	}
	*ret_system = system;
	return TSP_OK;
}

/* Takes the folder over. */
static int attach_there(char *folder, int port, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	char path[RUNTIME_SOCKET_SIZE];
	int fd = -1;
	int rc = runtime_socket(folder, port, path, err);

	if (rc == TSP_OK)
		rc = connect_to(path, port, deadline, &fd, err);
	if (rc < 0) {
		free(folder);
		return rc;
	}
	return attach_socket(fd, folder, port, deadline, ret_system, err);
}

int attach_folder(const char *folder, int port, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	char *copy = folder != NULL ? strdup(folder) : NULL;

	if (folder == NULL)
		return no_system(port, err);
	if (copy == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot attach to the system at port %d: out of memory", port);
	return attach_there(copy, port, deadline, ret_system, err);
}

int attach_port(int port, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	char *folder = NULL;
	int rc = runtime_open(false, &folder, err);

	if (rc == TSP_ENOENT)
		return no_system(port, err);
	return rc < 0 ? rc : attach_there(folder, port, deadline, ret_system, err);
}
