/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/module.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHED_MODE 0644 /* the cache's folder keeps all others out */

/* Waits for nobody who might write into a pipe of that name, and takes no terminal. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
		return fd;
	close(fd);
	errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
	return -1;
}

void module_file_open(const char *path, struct module_file *ret_file)
{
	struct module_file file = { .path = path, .fd = open_regular(path) };
	int rc = TSP_OK;

	if (file.fd < 0)
		rc = tsp_fail_errno(&file.error, "open", path);
	else
		rc = sum_read(path, &file.sum, &file.error);
	file.built = rc == TSP_OK;
	if (rc < 0 && rc != TSP_ENOENT)
		module_file_close(&file); /* its sum is there and says nothing */
	*ret_file = file;
}

void module_file_hand_on(struct module_file *file)
{
	struct stat status;

	file->handed_on = true;
	if (file->built && fstat(file->fd, &status) == 0 && status.st_uid == geteuid() &&
		(status.st_mode & 0777) != CACHED_MODE)
		(void)fchmod(file->fd, CACHED_MODE); /* else opening it says why not */
}

void module_file_close(struct module_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	if (file->built)
		sum_clear(&file->sum);
	file->built = false;
}
