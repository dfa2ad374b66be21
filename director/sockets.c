/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

int sockets_usual(uid_t user, char *ret_places[SOCKETS_PLACES], tsp_error *err)
{
	const char *session = getenv("XDG_RUNTIME_DIR"); /* of who calls: maybe somebody else's */
	unsigned long number = user;
	size_t count = 0;

	for (size_t i = 0; i < SOCKETS_PLACES; i++)
		ret_places[i] = NULL;
	if (user == geteuid() && session && *session == '/')
		ret_places[count++] = text_format("%s/thespian", session);
	ret_places[count++] = text_format("/run/user/%lu/thespian", number);
	ret_places[count++] = user == 0 ? strdup("/run/thespian") :
					  text_format("/tmp/thespian-%lu", number);
	for (size_t i = 0; i < count; i++) {
		if (ret_places[i])
			continue;
		for (size_t j = 0; j < count; j++) {
			free(ret_places[j]);
			ret_places[j] = NULL;
		}
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	return TSP_OK;
}

int sockets_look(const char *folder, int port, tsp_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int size = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%d.sock", folder, port);
	int rc = TSP_OK;
	int fd;

	if (size < 0 || (size_t)size >= sizeof(address.sun_path))
		return TSP_ENOSYSTEM; /* nobody can: the admin says so when it starts */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return tsp_fail_errno(err, "look for a system at", address.sun_path);
	/* with EAGAIN its queue is full: it listens */
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 && errno != EAGAIN)
		rc = errno == ENOENT || errno == ECONNREFUSED ?
			TSP_ENOSYSTEM :
			tsp_fail_errno(err, "look for a system at", address.sun_path);
	(void)close(fd); /* nothing was written */
	return rc;
}
