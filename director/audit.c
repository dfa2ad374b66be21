/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define LOCK_WAIT_MS  2000
#define LOCK_PAUSE_MS 10
#define FIRST	      "0000000000000000000000000000000000000000000000000000000000000000"

static void put_package(tsp_builder *builder, const struct package *package)
{
	tsp_put_key(builder, "group");
	tsp_put_string(builder, package->group);
	tsp_put_key(builder, "version");
	tsp_put_string(builder, package->version);
	tsp_put_key(builder, "hash");
	tsp_put_string(builder, package->hash);
	if (package->verified_by) {
		char id[KEY_ID_TEXT];

		tsp_put_key(builder, "key");
		tsp_put_string(builder, key_id_text(package->verified_by->id, id));
	}
}

static int audit_line(const char *what, const struct package *package, const char *subject,
	const char *reason, const char *previous, char **ret_line)
{
	tsp_builder *builder = tsp_builder_new();
	time_t now = time(NULL);
	struct tm utc;
	char stamp[24] = "";
	char shown[512];
	tsp_value value;
	char *json = NULL;
	int rc = TSP_ENOMEM;

	if (!builder)
		return rc;
	if (gmtime_r(&now, &utc))
		(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	tsp_begin_map(builder);
	tsp_put_key(builder, "time");
	tsp_put_string(builder, stamp);
	tsp_put_key(builder, "previous");
	tsp_put_string(builder, previous);
	tsp_put_key(builder, "verdict");
	tsp_put_string(builder, what);
	tsp_put_key(builder, "subject");
	tsp_put_string(builder, text_quote(tsp_text_of(subject), shown, sizeof(shown)));
	if (package)
		put_package(builder, package);
	if (reason) {
		tsp_put_key(builder, "reason");
		tsp_put_string(builder, text_quote(tsp_text_of(reason), shown, sizeof(shown)));
	}
	tsp_end(builder);
	rc = tsp_builder_value(builder, &value);
	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_COMPACT, &json);
	if (rc >= 0) {
		*ret_line = text_format("%s\n", json);
		rc = *ret_line ? TSP_OK : TSP_ENOMEM;
	}
	free(json);
	tsp_builder_free(builder);
	return rc;
}

static void hash_line(const void *line, size_t size, char ret_hash[PACKAGE_HASH_TEXT])
{
	uint8_t hash[PACKAGE_HASH_SIZE];

	package_hash(line, size, hash);
	(void)text_hex(hash, sizeof(hash), ret_hash);
}

/* Where the line ends that stands before tail[end]; 0: none does. */
static size_t line_end(const char *tail, size_t end)
{
	while (end > 0 && tail[end - 1] != '\n')
		end--;
	return end;
}

/* Hash of the last line; *ret_size is where it ends. What stands behind it was cut off by a crash. */
static int read_last(int fd, char ret_hash[PACKAGE_HASH_TEXT], off_t *ret_size)
{
	char tail[2 * AUDIT_LINE_LIMIT]; /* a line, and part of another */
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(tail) ? size - (off_t)sizeof(tail) : 0;
	ssize_t got = size < 0 ? -1 : pread(fd, tail, (size_t)(size - from), from);
	size_t begin, end;

	if (got >= 0 && got != (ssize_t)(size - from))
		errno = EIO; /* it became shorter under our lock */
	if (got < 0 || got != (ssize_t)(size - from))
		return TSP_EIO;
	end = line_end(tail, (size_t)got);
	begin = end > 0 ? line_end(tail, end - 1) : 0;
	if (begin == 0 && from > 0) {
		errno = EBADMSG; /* no line of ours is so long */
		return TSP_EIO;
	}
	if (end == 0)
		memcpy(ret_hash, FIRST, sizeof(FIRST));
	else
		hash_line(tail + begin, end - 1 - begin, ret_hash);
	*ret_size = from + (off_t)end;
	return TSP_OK;
}

/* Commands write it, too, and the chain wants one at a time: each holds it for a moment only. */
static int lock(int fd, const char *path, tsp_error *err)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000 };

	for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited_ms += LOCK_PAUSE_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return tsp_fail_errno(err, "lock", path);
		if (waited_ms >= LOCK_WAIT_MS)
			return tsp_fail(err, TSP_EIO,
				"cannot lock '%s': another process has held it for %d s", path,
				LOCK_WAIT_MS / 1000);
		(void)nanosleep(&pause, NULL); /* a signal makes it shorter: as good */
	}
	return TSP_OK;
}

/* All of the line or nothing of it, behind the last one that ends at size: what a crash, or now a full disk,
 * took of one goes again. */
static int append(int fd, const char *line, off_t size)
{
	size_t length = strlen(line);
	ssize_t written;

	if (lseek(fd, 0, SEEK_END) != size && ftruncate(fd, size) < 0)
		return TSP_EIO;
	written = write(fd, line, length);
	if (written == (ssize_t)length)
		return TSP_OK;
	if (written >= 0)
		errno = ENOSPC;
	if (ftruncate(fd, size) < 0)
		errno = EIO;
	return TSP_EIO;
}

int audit_write(const char *folder, const char *what, const struct package *package,
	const char *subject, const char *reason, tsp_error *err)
{
	char *path = file_join(folder, "audit.log");
	char previous[PACKAGE_HASH_TEXT];
	char *line = NULL;
	off_t size = 0;
	int fd = -1;
	int rc = path ? TSP_OK :
			tsp_fail(err, TSP_ENOMEM, "cannot write the audit log: out of memory");

	if (rc < 0)
		goto out;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		rc = tsp_fail_errno(err, "open", path);
	else
		rc = lock(fd, path, err);
	if (rc >= 0 && read_last(fd, previous, &size) < 0)
		rc = tsp_fail_errno(err, "read", path);
	if (rc < 0)
		goto out;
	rc = audit_line(what, package, subject, reason, previous, &line);
	if (rc < 0)
		rc = tsp_fail(err, rc, "cannot write the audit log: %s", tsp_error_sentence(rc));
	else if (append(fd, line, size) < 0)
		rc = tsp_fail_errno(err, "write", path);
out:
	if (fd >= 0)
		(void)close(fd); /* the data was written, or the error told */
	free(line);
	free(path);
	return rc;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Whether the line says that it follows from one with this hash. */
static bool follows(const char *line, size_t size, const char *hash)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_text previous = { 0 };
	tsp_value value;
	bool yes;

	yes = builder && tsp_value_from_json(line, size, builder, NULL) >= 0 &&
		tsp_builder_value(builder, &value) >= 0 &&
		tsp_value_text(tsp_value_get(value, "previous"), &previous) &&
		tsp_text_is(previous, hash);
	tsp_builder_free(builder);
	return yes;
}

static int walk(FILE *file, audit_line_fn *see, void *data, struct audit_report *report)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	int rc = TSP_OK;

	while (rc >= 0 && (size = getline(&line, &room, file)) >= 0) {
		bool holds;

		if (line[size - 1] != '\n')
			break; /* a crash cut it off: it never was */
		line[--size] = '\0';
		holds = follows(line, (size_t)size, report->last);
		report->lines++;
		if (!holds && report->broken == 0)
			report->broken = report->lines;
		hash_line(line, (size_t)size, report->last);
		if (see)
			rc = see(data, report->lines, (tsp_text){ line, (size_t)size }, holds);
	}
	free(line);
	return rc < 0 ? rc : ferror(file) ? TSP_EIO : TSP_OK;
}

int audit_walk(const char *folder, audit_line_fn *see, void *data, struct audit_report *ret_report,
	tsp_error *err)
{
	struct audit_report report = { .last = FIRST };
	char *path = file_join(folder, "audit.log");
	FILE *file = path ? fopen(path, "re") : NULL;
	int rc = path ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && !file && errno != ENOENT)
		rc = tsp_fail_errno(err, "read", path);
	if (file) {
		rc = walk(file, see, data, &report);
		if (rc == TSP_EIO)
			rc = tsp_fail_errno(err, "read", path);
		(void)fclose(file); /* only read */
	}
	if (rc >= 0)
		*ret_report = report;
	free(path);
	return rc;
}
