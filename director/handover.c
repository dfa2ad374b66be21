/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define HANDOVER_TRIES 8

/* Whether the name still stands for what is locked: its last owner may have removed it meanwhile. */
static bool is_named(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
		ours.st_dev == named.st_dev;
}

/* A descriptor with the lock, -1 with errno; EAGAIN: the name was taken away under it. */
static int lock_once(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0644);
	int cause = 0;

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		cause = errno == EWOULDBLOCK ? EEXIST : errno;
	else if (!is_named(fd, path))
		cause = EAGAIN;
	if (cause == 0)
		return fd;
	(void)close(fd); /* nothing was written */
	errno = cause;
	return -1;
}

int handover_open(
	const char *folder, const char *group, struct handover *ret_handover, tsp_error *err)
{
	char *path = text_format("%s/.watch-%s.tls", folder, group);
	int fd = -1;

	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "cannot watch '%s': out of memory", group);
	errno = EAGAIN;
	for (int i = 0; fd < 0 && errno == EAGAIN && i < HANDOVER_TRIES; i++)
		fd = lock_once(path);
	if (fd < 0) {
		int rc = errno == EEXIST ?
			tsp_fail(err, TSP_EEXIST, "cannot watch '%s': another watch of it runs",
				group) :
			tsp_fail_errno(err, "write", path);

		free(path);
		return rc;
	}
	*ret_handover = (struct handover){ path, fd };
	return TSP_OK;
}

int handover_write(const struct handover *handover, const void *bytes, size_t size, tsp_error *err)
{
	if (ftruncate(handover->fd, 0) < 0 || lseek(handover->fd, 0, SEEK_SET) < 0 ||
		file_write_all(handover->fd, bytes, size) < 0)
		return tsp_fail_errno(err, "write", handover->path);
	return TSP_OK;
}

void handover_close(struct handover *handover)
{
	if (handover->fd >= 0) {
		(void)unlink(handover->path); /* gone already: as good */
		(void)close(handover->fd);    /* what was in it has been loaded, or not */
	}
	free(handover->path);
	*handover = (struct handover){ .fd = -1 };
}
