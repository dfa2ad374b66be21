/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

#define READ_STEP    ((size_t)65536)
#define TREE_DEPTH   128 /* a descriptor each */
#define BESIDE_TRIES 10

/* Room for all of a file and for its end, at once: where memory grows, all is copied. */
static void make_room(int fd, struct buffer *buffer)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
		(uintmax_t)status.st_size < buffer->limit - buffer->size)
		(void)buffer_fit(buffer, (size_t)status.st_size + 1); /* a hint: else it grows */
}

int file_read_fd(int fd, struct buffer *buffer, tsp_error *err)
{
	size_t start = buffer->size;
	int rc;

	make_room(fd, buffer);
	for (;;) {
		size_t room = buffer->limit - buffer->size;
		size_t step = buffer->capacity - buffer->size;
		uint8_t one;
		uint8_t *to = &one;

		if (step == 0)
			step = room < READ_STEP ? room : READ_STEP;
		if (step > 0) {
			rc = buffer_reserve(buffer, step);
			if (rc < 0) {
				rc = tsp_fail(err, rc, "cannot read: %s", tsp_error_sentence(rc));
				goto out;
			}
			to = buffer->data + buffer->size;
		}

		ssize_t count = read(fd, to, step > 0 ? step : 1);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			rc = tsp_fail(err, TSP_EIO, "cannot read: %s", strerror(errno));
			goto out;
		}
		if (count == 0)
			return TSP_OK;
		if (step == 0) {
			rc = tsp_fail(err, TSP_ELIMIT, "cannot read: more than %zu bytes",
				buffer->limit - start);
			goto out;
		}
		buffer->size += (size_t)count;
	}
out:
	buffer->size = start;
	return rc;
}

int file_read(const char *path, struct buffer *buffer, tsp_error *err)
{
	/* Opening a pipe that nobody writes to must not wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return tsp_fail_errno(err, "open", path);

	int rc = TSP_OK;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		rc = tsp_fail_errno(err, "open", path);
	if (rc == TSP_OK) {
		tsp_error cause = { 0 };

		rc = file_read_fd(fd, buffer, &cause);
		if (rc < 0)
			tsp_fail(err, rc, "cannot read '%s'%s", path,
				cause.text + strlen("cannot read"));
	}
	close(fd);
	return rc;
}

int file_write_all(int fd, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size > 0) {
		ssize_t count = write(fd, at, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return TSP_EIO;
		at += count;
		size -= (size_t)count;
	}
	return TSP_OK;
}

/* Makes the name itself last: without it a crash may lose a file that was synced. */
static int sync_folder_of(const char *path, tsp_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") :
		slash == path	     ? strdup("/") :
				       strndup(path, (size_t)(slash - path));

	if (folder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot write '%s': out of memory", path);

	int rc = TSP_OK;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Some file systems cannot sync a folder and say EINVAL. */
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		rc = tsp_fail_errno(err, "sync", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return rc;
}

/* Writes, sets the mode and syncs. */
static int fill(
	int fd, const char *path, const void *bytes, size_t size, mode_t mode, tsp_error *err)
{
	if (file_write_all(fd, bytes, size) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return tsp_fail_errno(err, "write", path);
	return TSP_OK;
}

/* ---- Replacing ------------------------------------------------------------------------------- */

/*
 * What is to replace FOLDER/NAME is written as FOLDER/.NAME.tsp-XXXXXX, locked as long as it is. One without
 * a lock was left by a writer that was killed, and goes when the next file of that folder is replaced.
 */
#define BESIDE	   ".tsp-"
#define BESIDE_END (sizeof(BESIDE "XXXXXX") - 1)

static char *beside_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;

	return text_format("%.*s.%s" BESIDE "XXXXXX", (int)(name - path), path, name);
}

/* A new file, open and locked; -1 with errno set. */
static int beside_open(char *beside)
{
	size_t size = strlen(beside);

	for (int i = 0; i < BESIDE_TRIES; i++) {
		struct stat info;
		int fd;

		memset(beside + size - 6, 'X', 6);
		fd = mkostemp(beside, O_CLOEXEC);
		if (fd < 0)
			return -1;
		/* Where there are no locks, nothing is taken for a left one either. */
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			if (fstat(fd, &info) == 0 && info.st_nlink > 0)
				return fd;
		close(fd); /* taken for a left one before it was locked */
	}
	errno = EBUSY;
	return -1;
}

static bool is_beside(const char *name)
{
	size_t size = strlen(name);

	return name[0] == '.' && size > BESIDE_END &&
		memcmp(name + size - BESIDE_END, BESIDE, sizeof(BESIDE) - 1) == 0;
}

static void beside_sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	DIR *stream = folder != NULL ? opendir(folder) : NULL;
	const struct dirent *entry;

	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
		struct stat info;
		int fd;

		if (!is_beside(entry->d_name))
			continue;
		fd = openat(dirfd(stream), entry->d_name, flags | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
			flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)unlinkat(dirfd(stream), entry->d_name, 0); /* the next one does it */
		close(fd);
	}
	if (stream != NULL)
		closedir(stream);
	free(folder);
}

enum placed { PLACED_NEW, PLACED_OVER, PLACED_SWAPPED };

static bool is_file(const char *path, const struct stat *file)
{
	struct stat info;

	return lstat(path, &info) == 0 && info.st_dev == file->st_dev &&
		info.st_ino == file->st_ino;
}

/* What is to lie beside gets a lock, as all that lies there; -1: it cannot, and may go before it is put back. */
static int lock_former(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	/* else another writer has it, who has just written it */
	if (fd >= 0)
		(void)flock(fd, LOCK_EX | LOCK_NB);
	return fd;
}

/* Gives beside the name path. Where it can be, what was there is beside then, to be put back. */
static int place(const char *beside, const char *path, enum placed *ret_how)
{
	struct stat info;
	bool there = lstat(path, &info) == 0;

	*ret_how = there ? PLACED_OVER : PLACED_NEW;
#ifdef RENAME_EXCHANGE
	if (there && S_ISREG(info.st_mode) &&
		renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_EXCHANGE) == 0) {
		*ret_how = PLACED_SWAPPED;
		return 0;
	}
#endif
	return rename(beside, path);
}

/* Takes back what was placed, unless another writer has placed its own over it since. */
static void place_back(
	const char *beside, const char *path, enum placed how, const struct stat *ours)
{
	if (!is_file(path, ours))
		return;
	if (how == PLACED_NEW)
		(void)unlink(path);
#ifdef RENAME_EXCHANGE
	if (how == PLACED_SWAPPED &&
		renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_EXCHANGE) == 0 &&
		!is_file(beside, ours)) /* in between */
		(void)renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_EXCHANGE);
#endif
}

/* Places and syncs: the new one lasts, or what was there is there again. */
static int place_to_last(int fd, const char *beside, const char *path, tsp_error *err)
{
	struct stat ours = { 0 };
	enum placed how = PLACED_OVER;
	int former = lock_former(path);
	int rc = TSP_OK;

	if (fstat(fd, &ours) < 0 || place(beside, path, &how) < 0)
		rc = tsp_fail_errno(err, "write", path);
	else
		rc = sync_folder_of(path, err);
	if (rc < 0)
		place_back(beside, path, how, &ours); /* the error is told already */
	if (former >= 0)
		close(former);
	return rc;
}

int file_replace(const char *path, const void *bytes, size_t size, mode_t mode, tsp_error *err)
{
	char *beside = beside_name(path);

	if (beside == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot write '%s': out of memory", path);
	beside_sweep(path);

	int rc;
	int fd = beside_open(beside);

	if (fd < 0) {
		rc = tsp_fail_errno(err, "write", path);
		goto out;
	}
	rc = fill(fd, path, bytes, size, mode, err);
	if (rc == TSP_OK)
		rc = place_to_last(fd, beside, path, err);
	unlink(beside); /* the new one that failed, the old one, or nothing */
	close(fd);	/* with its lock; it was synced, or the error told */
out:
	free(beside);
	return rc;
}

int file_create(const char *path, const void *bytes, size_t size, mode_t mode, tsp_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, mode & 0700);

	if (fd < 0 && errno == EEXIST)
		return tsp_fail(err, TSP_EEXIST, "cannot create '%s': it exists already", path);
	if (fd < 0)
		return tsp_fail_errno(err, "create", path);

	int rc = fill(fd, path, bytes, size, mode, err);

	if (close(fd) < 0 && rc == TSP_OK)
		rc = tsp_fail_errno(err, "write", path);
	if (rc < 0) {
		unlink(path);
		return rc;
	}
	return sync_folder_of(path, err);
}

static int make_one(const char *path, mode_t mode, tsp_error *err)
{
	struct stat info;

	if (mkdir(path, mode) == 0)
		return TSP_OK;

	int cause = errno;

	/* Whatever mkdir says of a folder that is there (EEXIST, EROFS, EACCES), it is there. */
	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return TSP_OK;
	errno = cause == EEXIST ? ENOTDIR : cause;
	return tsp_fail_errno(err, "make folder", path);
}

int file_make_folder(const char *path, mode_t mode, tsp_error *err)
{
	char *part = strdup(path);

	if (part == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot make folder '%s': out of memory", path);

	int rc = TSP_OK;

	for (char *at = part + 1; part[0] != '\0' && *at != '\0' && rc == TSP_OK; at++) {
		if (*at != '/' || at[-1] == '/')
			continue;
		*at = '\0';
		rc = make_one(part, mode, err);
		*at = '/';
	}
	if (rc == TSP_OK)
		rc = make_one(path, mode, err);
	free(part);
	return rc;
}

/* Removes what is in the folder name below parent, then the folder; -1 with errno set. */
static int remove_below(int parent, const char *name, int depth)
{
	if (depth > TREE_DEPTH) {
		errno = ELOOP;
		return -1;
	}

	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}

	int rc = 0;

	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(folder);

		if (entry == NULL) {
			rc = errno != 0 ? -1 : 0;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		/* Linux says EISDIR of a folder, others say EPERM. */
		rc = errno == EISDIR || errno == EPERM ?
			remove_below(fd, entry->d_name, depth + 1) :
			-1;
		if (rc < 0)
			break;
	}

	int cause = errno;

	closedir(folder);
	errno = cause;
	return rc < 0 ? rc : unlinkat(parent, name, AT_REMOVEDIR);
}

int file_remove_tree(const char *path, tsp_error *err)
{
	if (remove_below(AT_FDCWD, path, 0) < 0)
		return tsp_fail_errno(err, "remove", path);
	return TSP_OK;
}

char *file_join(const char *folder, const char *name)
{
	size_t size = strlen(folder);

	return text_format("%s%s%s", folder, size > 0 && folder[size - 1] == '/' ? "" : "/", name);
}
