/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* inotify_init1 */
#include "logwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* A regular file only: reading from a pipe or a terminal would wait, and an actor never waits. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;

	if (fd >= 0 && (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

/* The folder is watched, not the file: so a new file under the old name is seen as well. */
static int watch_folder(int notify, const char *path)
{
	char *folder = strdup(path);
	char *slash = folder != NULL ? strrchr(folder, '/') : NULL;
	int rc = -1;

	if (slash != NULL) {
		slash[slash == folder] = '\0'; /* "/file" is in "/" */
		rc = inotify_add_watch(notify, folder,
			IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
	}
	free(folder);
	return rc;
}

int follow_open(struct follow *follow, const char *path)
{
	struct follow opened = { .notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .fd = -1 };

	opened.path = path[0] == '/' ? strdup(path) : NULL;
	if (opened.notify < 0 || opened.path == NULL || watch_folder(opened.notify, path) < 0)
		goto failed;
	opened.fd = open_regular(path);
	if (opened.fd < 0 && errno != ENOENT)
		goto failed;
	if (opened.fd >= 0)
		opened.position = lseek(opened.fd, 0, SEEK_END);
	follow_close(follow);
	*follow = opened;
	return 0;
failed:
	if (path[0] != '/')
		errno = EINVAL;
	int error = errno;
	follow_close(&opened);
	errno = error;
	return -1;
}

void follow_close(struct follow *follow)
{
	if (follow->notify >= 0)
		close(follow->notify);
	if (follow->fd >= 0)
		close(follow->fd);
	free(follow->path);
	*follow = (struct follow){ .notify = -1, .fd = -1 };
}

void follow_hush(struct follow *follow)
{
	char events[4096] __attribute__((aligned(8)));

	while (read(follow->notify, events, sizeof(events)) > 0)
		;
}

static void end_line(struct follow *follow, follow_line_fn *tell, void *context)
{
	tell(context, follow->line, follow->size, follow->cut);
	follow->size = 0;
	follow->cut = false;
}

static void take(
	struct follow *follow, const char *bytes, size_t size, follow_line_fn *tell, void *context)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n')
			end_line(follow, tell, context);
		else if (follow->size < sizeof(follow->line))
			follow->line[follow->size++] = bytes[i];
		else
			follow->cut = true;
	}
}

/* To the end of what is open. True: TURN_LIMIT was read, and there may be more. */
static bool read_on(struct follow *follow, follow_line_fn *tell, void *context)
{
	char bytes[65536];
	size_t total = 0;

	while (total < TURN_LIMIT) {
		ssize_t got = read(follow->fd, bytes, sizeof(bytes));

		if (got <= 0)
			return false;
		follow->position += got;
		total += (size_t)got;
		take(follow, bytes, (size_t)got, tell, context);
	}
	return true;
}

/* Whether what is open is not what the path leads to any more. */
static bool has_moved(const struct follow *follow)
{
	struct stat now;
	struct stat mine;

	if (stat(follow->path, &now) < 0)
		return false; /* not yet: the old one may still be written to until the new one is there */
	return fstat(follow->fd, &mine) == 0 &&
		(now.st_dev != mine.st_dev || now.st_ino != mine.st_ino);
}

bool follow_read(struct follow *follow, follow_line_fn *tell, void *context)
{
	struct stat mine;

	if (follow->fd < 0)
		follow->fd = open_regular(follow->path);
	if (follow->fd < 0)
		return false;
	if (fstat(follow->fd, &mine) == 0 &&
		mine.st_size < follow->position) { /* it was truncated */
		follow->position = lseek(follow->fd, 0, SEEK_SET);
		follow->size = 0;
		follow->cut = false;
	}
	if (read_on(follow, tell, context))
		return true;
	if (!has_moved(follow))
		return false;
	/* Looked at before the old one was read to its end, the last lines could be lost. */
	if (read_on(follow, tell, context))
		return true;
	if (follow->size > 0)
		end_line(follow, tell, context);
	close(follow->fd);
	follow->fd = open_regular(follow->path);
	follow->position = 0;
	return follow->fd >= 0;
}
