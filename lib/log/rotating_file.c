/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "log/rotating_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <zlib.h>

#include "base/file.h"
#include "base/text.h"

#define LOOK_US	   1000000 /* between two looks at the file's place, and two tries */
#define COPY_SIZE  65536
#define SHOWN_PATH 300

void rotating_file_init(struct rotating_file *file, const struct log_handler *handler,
	log_trouble_fn *trouble, void *data)
{
	*file = (struct rotating_file){
		.handler = handler, .trouble = trouble, .data = data, .fd = -1
	};
}

void rotating_file_close(struct rotating_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* ---- trouble ---- */

static void say(
	struct rotating_file *file, const char *before, const char *after, const char *cause)
{
	char shown[SHOWN_PATH];
	char text[SHOWN_PATH + 120];

	if (file->trouble == NULL)
		return;
	snprintf(text, sizeof(text), "%s log file '%s'%s: %s", before,
		text_quote(tsp_text_of(file->handler->path), shown, sizeof(shown)), after, cause);
	file->trouble(file->data, text);
}

static void say_cannot(struct rotating_file *file, const char *what, const char *cause)
{
	char before[24];

	snprintf(before, sizeof(before), "cannot %s", what);
	say(file, before, "", cause);
}

static void lose(struct rotating_file *file, const char *what, int error)
{
	if (!file->troubled)
		say_cannot(file, what, strerror(error));
	file->troubled = true;
	file->lost++;
}

/* ---- opening ---- */

static int64_t period_of(const struct rotating_file *file, time_t seconds)
{
	struct tm local;

	switch (file->handler->when) {
	case LOG_WHEN_SECONDS:
		return (int64_t)seconds / file->handler->interval_s;
	case LOG_WHEN_MIDNIGHT:
		localtime_r(&seconds, &local);
		return (int64_t)local.tm_year * 400 + local.tm_yday;
	case LOG_WHEN_NEVER:
		break;
	}
	return 0;
}

static int open_file(struct rotating_file *file, int64_t wall_us)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK;
	struct stat st;

	/* without O_NONBLOCK a pipe that nobody reads would hold up all logging */
	file->fd = open(file->handler->path, O_CLOEXEC | flags, 0640);
	if (file->fd < 0)
		return -1;
	file->is_regular = fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode);
	file->size = file->is_regular ? (int64_t)st.st_size : 0;
	file->period =
		period_of(file, file->size > 0 ? st.st_mtim.tv_sec : (time_t)(wall_us / 1000000));
	file->identity[0] = file->is_regular ? (uint64_t)st.st_dev : 0;
	file->identity[1] = file->is_regular ? (uint64_t)st.st_ino : 0;
	return 0;
}

/* Something else moved it aside, or removed it: it begins anew in its place. */
static void look_at_place(struct rotating_file *file)
{
	struct stat st;

	if (!file->is_regular)
		return;
	if (stat(file->handler->path, &st) == 0 && (uint64_t)st.st_dev == file->identity[0] &&
		(uint64_t)st.st_ino == file->identity[1])
		return;
	rotating_file_close(file);
}

/* ---- moving aside ---- */

static int compress_fd(int from, const char *path)
{
	static char bytes[COPY_SIZE];
	gzFile out = gzopen(path, "wbe6");
	ssize_t size = -1;

	if (out == NULL)
		return -1;
	while ((size = read(from, bytes, sizeof(bytes))) > 0) {
		if (gzwrite(out, bytes, (unsigned)size) != (int)size) {
			size = -1;
			break;
		}
	}
	if (gzclose(out) != Z_OK)
		size = -1;
	return size < 0 ? -1 : 0;
}

/* PATH becomes PATH.gz in one step, or stays as it is. */
static void compress_file(struct rotating_file *file, const char *path)
{
	char *part = text_format("%s.gz.part", path);
	char *done = text_format("%s.gz", path);
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (from < 0)
		say_cannot(file, "compress", strerror(errno));
	if (part != NULL && done != NULL && from >= 0) {
		errno = 0; /* not all of zlib's failures set it */
		if (compress_fd(from, part) == 0 && rename(part, done) == 0) {
			unlink(path);
		} else {
			say_cannot(file, "compress", errno != 0 ? strerror(errno) : "zlib failed");
			unlink(part);
		}
	}
	if (from >= 0)
		close(from);
	free(part);
	free(done);
}

/* PATH.NUMBER and PATH.NUMBER.gz move one on; past the last they go. */
static void move_on(const struct log_handler *handler, int64_t number)
{
	static const char *const ends[] = { "", ".gz" };
	size_t i;

	for (i = 0; i < 2; i++) {
		char *from = text_format("%s.%lld%s", handler->path, (long long)number, ends[i]);
		char *to = text_format("%s.%lld%s", handler->path, (long long)number + 1, ends[i]);

		if (from != NULL && to != NULL) {
			if (number >= handler->backup_count)
				unlink(from);
			else
				(void)rename(from, to); /* most are not there */
		}
		free(from);
		free(to);
	}
}

static void move_aside(struct rotating_file *file)
{
	const struct log_handler *handler = file->handler;
	char *first = text_format("%s.1", handler->path);
	bool moved = false;
	int64_t i;

	for (i = handler->backup_count; i >= 1; i--)
		move_on(handler, i);
	if (handler->backup_count > 0 && first != NULL)
		moved = rename(handler->path, first) == 0;
	/* What cannot move aside begins anew where it is: it may not grow. */
	if (!moved && ftruncate(file->fd, 0) < 0)
		say_cannot(file, "empty", strerror(errno));
	rotating_file_close(file);
	if (moved && handler->compress)
		compress_file(file, first);
	free(first);
}

static bool is_due(const struct rotating_file *file, size_t size, int64_t wall_us)
{
	const struct log_handler *handler = file->handler;

	if (!file->is_regular || file->size == 0)
		return false;
	if (handler->max_bytes > 0 && file->size + (int64_t)size > handler->max_bytes)
		return true;
	return period_of(file, (time_t)(wall_us / 1000000)) > file->period;
}

/* ---- writing ---- */

static int append(struct rotating_file *file, const char *line, size_t size)
{
	ssize_t written;
	int error;

	do {
		written = write(file->fd, line, size);
	} while (written < 0 && errno == EINTR);
	if (written == (ssize_t)size) {
		file->size += (int64_t)size;
		return 0;
	}
	error = written < 0 ? errno : ENOSPC;
	/* half a line would make one with the next */
	if (written > 0 && file->is_regular && ftruncate(file->fd, file->size) < 0)
		file->size += written;
	return error;
}

static void tell_lost(struct rotating_file *file)
{
	char text[80];

	snprintf(text, sizeof(text), "%llu records were lost", (unsigned long long)file->lost);
	say(file, "can write to", " again", text);
	file->troubled = false;
	file->lost = 0;
}

void rotating_file_write(struct rotating_file *file, const char *line, size_t size, int64_t wall_us)
{
	bool look = wall_us - file->looked_us >= LOOK_US || wall_us < file->looked_us;
	int error;

	if (look && file->fd >= 0)
		look_at_place(file);
	if (file->fd >= 0 && is_due(file, size, wall_us)) {
		move_aside(file);
		look = true;
	}
	if (file->fd < 0 && !look) {
		file->lost++;
		return;
	}
	if (look)
		file->looked_us = wall_us;
	if (file->fd < 0 && open_file(file, wall_us) < 0) {
		lose(file, "open", errno);
		return;
	}
	if (is_due(file, size, wall_us)) { /* what was there when it was opened */
		move_aside(file);
		if (open_file(file, wall_us) < 0) {
			lose(file, "open", errno);
			return;
		}
	}
	error = append(file, line, size);
	if (error != 0)
		lose(file, "write to", error);
	else if (file->troubled)
		tell_lost(file);
}
