/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/module.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHED_MODE 0644 /* the cache's folder keeps all others out */

void module_file_open(const char *path, struct module_file *ret_file)
{
	struct module_file file = { .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC) };
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
