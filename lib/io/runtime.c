/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static int lock_path(const char *folder, int port, char **ret_path)
{
	char *path = text_format("%s/%d.lock", folder, port);

	if (path == NULL)
		return TSP_ENOMEM;
	*ret_path = path;
	return TSP_OK;
}

static int check_folder(const char *path, tsp_error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return tsp_fail_errno(err, "use runtime folder", path);
	if (S_ISLNK(st.st_mode))
		return tsp_fail(
			err, TSP_EPERM, "cannot use runtime folder '%s': it is a link", path);
	if (!S_ISDIR(st.st_mode))
		return tsp_fail(
			err, TSP_EPERM, "cannot use runtime folder '%s': it is not a folder", path);
	if (st.st_uid != geteuid())
		return tsp_fail(err, TSP_EPERM,
			"cannot use runtime folder '%s': it belongs to user %lu", path,
			(unsigned long)st.st_uid);
	if ((st.st_mode & 0777) != 0700)
		return tsp_fail(err, TSP_EPERM,
			"cannot use runtime folder '%s': its mode is %04o and must be 0700", path,
			(unsigned)(st.st_mode & 07777));
	return TSP_OK;
}

int runtime_open(bool make, char **ret_path, tsp_error *err)
{
	char *path = NULL;
	int rc = runtime_path(&path, err);

	if (rc < 0)
		return rc;
	if (make && mkdir(path, 0700) < 0 && errno != EEXIST) {
		rc = tsp_fail_errno(err, "make runtime folder", path);
		goto out;
	}
	rc = check_folder(path, err);
	if (rc < 0)
		goto out;
	*ret_path = path;
	path = NULL;
out:
	free(path);
	return rc;
}

int runtime_socket(const char *folder, int port, char ret_path[RUNTIME_SOCKET_SIZE], tsp_error *err)
{
	char path[RUNTIME_SOCKET_SIZE];
	int size = snprintf(path, sizeof(path), "%s/%d.sock", folder, port);

	if (size < 0 || (size_t)size >= sizeof(path))
		return tsp_fail(err, TSP_ELIMIT,
			"cannot use runtime folder '%s': a socket's path may have %d bytes, this one would have %d",
			folder, RUNTIME_SOCKET_SIZE - 1, size);
	memcpy(ret_path, path, (size_t)size + 1);
	return TSP_OK;
}

static int read_holder(int fd)
{
	char text[24];
	int64_t pid = 0;
	ssize_t size = pread(fd, text, sizeof(text) - 1, 0);

	if (size <= 0)
		return 0;
	text[size] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text_to_int(text, 1, INT32_MAX, &pid) < 0)
		return 0;
	return (int)pid;
}

int runtime_lock_owner(int fd, tsp_error *err)
{
	char text[24];
	int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)size, 0) != size)
		return tsp_fail_errno(err, "write", "lock file");
	return TSP_OK;
}

/* Whether the file behind fd still is the one at path: its last owner may have removed it. */
static bool is_current(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && lstat(path, &there) == 0 && here.st_dev == there.st_dev &&
		here.st_ino == there.st_ino;
}

int runtime_lock(const char *folder, int port, int *ret_fd, int *ret_holder, tsp_error *err)
{
	char *path = NULL;
	int fd = -1;
	int rc = lock_path(folder, port, &path);

	if (rc < 0)
		return tsp_fail(err, rc, "out of memory");
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0) {
			rc = tsp_fail_errno(err, "open", path);
			goto out;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			break;
		if (is_current(fd, path)) {
			rc = runtime_lock_owner(fd, err);
			if (rc == TSP_OK) {
				*ret_fd = fd;
				fd = -1;
			}
			goto out;
		}
		close(fd);
	}
	if (errno == EWOULDBLOCK) {
		int holder = read_holder(fd);

		rc = tsp_fail(err, TSP_EEXIST,
			"cannot start a system at port '%d': one runs there, pid %d", port, holder);
		if (ret_holder != NULL)
			*ret_holder = holder;
	} else {
		rc = tsp_fail_errno(err, "lock", path);
	}
out:
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

void runtime_unlock(const char *folder, int port, int fd)
{
	char socket_path[RUNTIME_SOCKET_SIZE];
	char *path = NULL;

	if (runtime_socket(folder, port, socket_path, NULL) == TSP_OK)
		unlink(socket_path);
	if (lock_path(folder, port, &path) == TSP_OK)
		unlink(path);
	free(path);
	close(fd);
}

int runtime_holder(const char *folder, int port)
{
	char *path = NULL;
	int holder = 0;
	int fd;

	if (lock_path(folder, port, &path) < 0)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		holder = read_holder(fd);
	close(fd);
	return holder;
}
