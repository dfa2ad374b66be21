/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/records.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/error.h"

#define RECORDS_LIMIT ((size_t)256 * 1024 * 1024)
#define RECORDS_KEEP  ((size_t)1024 * 1024) /* bytes of memory that stay for the next one */
#define RECORDS_HEAD  128 /* bytes a record begins with */
#define RECORDS_READY ((size_t)16 * 1024)
#define RECORDS_PART  4096 /* PIPE_BUF: a pipe that is ready takes so much at once */

void records_init(struct records *records)
{
	*records = (struct records){ .to = -1, .printed = -1 };
	buffer_init(&records->text, RECORDS_LIMIT);
	buffer_init(&records->ready, RECORDS_READY);
}

int records_open(struct records *records, tsp_error *err)
{
	fflush(stdout);
	records->answers = open_memstream(&records->answer, &records->answer_size);
	if (records->answers == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	records->to = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (records->to < 0)
		return tsp_fail_errno(err, "use", "standard output");
	records->printed = memfd_create("thespian-records", MFD_CLOEXEC);
	if (records->printed < 0 || dup2(records->printed, STDOUT_FILENO) < 0) {
		tsp_fail_errno(err, "make room for", "records");
		records_close(records);
		return TSP_EIO;
	}
	return TSP_OK;
}

void records_close(struct records *records)
{
	if (records->to >= 0) {
		fflush(stdout);
		(void)dup2(records->to, STDOUT_FILENO);
		close(records->to);
	}
	if (records->printed >= 0)
		close(records->printed);
	if (records->answers != NULL)
		fclose(records->answers);
	free(records->answer);
	records->answers = NULL;
	records->answer = NULL;
	buffer_clear(&records->text);
	buffer_clear(&records->ready);
	records->to = -1;
	records->printed = -1;
}

/* Reads the next size bytes of what was printed. */
static int records_take(struct records *records, size_t size)
{
	struct buffer *text = &records->text;
	int rc = buffer_reserve(text, size);
	if (rc < 0)
		return rc;
	for (size_t done = 0; done < size;) {
		ssize_t got = pread(records->printed, text->data + text->size + done, size - done,
			records->taken + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return TSP_EIO;
		done += (size_t)got;
	}
	text->size += size;
	return TSP_OK;
}

int records_collect_answer(struct records *records)
{
	if (fflush(records->answers) != 0)
		return TSP_ENOMEM;
	off_t end = ftello(records->answers);
	if (end <= 0)
		return TSP_OK;
	int rc = buffer_put(&records->text, records->answer, (size_t)end - (records->answer[end - 1] == '\n'));
	if (end <= (off_t)RECORDS_KEEP) {
		rewind(records->answers);
		return rc;
	}
	fclose(records->answers);
	free(records->answer);
	records->answer = NULL;
	records->answers = open_memstream(&records->answer, &records->answer_size);
	return records->answers != NULL ? rc : TSP_ENOMEM;
}

int records_collect(struct records *records)
{
	int answer = records_collect_answer(records);
	if (answer < 0)
		return answer;
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return TSP_EIO;
	off_t end = lseek(records->printed, 0, SEEK_CUR);
	if (end == records->taken)
		return TSP_OK;
	int rc = end < 0 ? TSP_EIO : records_take(records, (size_t)(end - records->taken));
	records->taken = end;
	if (end > (off_t)RECORDS_KEEP) {
		if (fseeko(stdout, 0, SEEK_SET) < 0 || ftruncate(records->printed, 0) < 0)
			return TSP_EIO;
		records->taken = 0;
	}
	if (rc == TSP_OK && records->text.data[records->text.size - 1] == '\n')
		records->text.size--;
	return rc;
}

static bool records_are_ascii(const uint8_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] >= 0x80)
			return false;
	return true;
}

/* Waits until some of an event can be written. Meanwhile the reader may be at a long line to us, and would
 * wait in its turn. */
static int records_wait(struct records *records)
{
	struct pollfd watched = { .fd = records->to, .events = POLLOUT };
	int rc = TSP_OK;
	while (rc == TSP_OK && poll(&watched, 1, 0) == 0)
		rc = records->idle(records->context);
	return rc;
}

/* Writes parts, of which the reader may take some only. */
static int records_write_all(struct records *records, struct iovec *parts, int count, bool patient)
{
	while (count > 0) {
		struct iovec now = parts[0];
		int rc = patient ? records_wait(records) : TSP_OK;
		if (rc < 0)
			return rc;
		if (patient && now.iov_len > RECORDS_PART)
			now.iov_len = RECORDS_PART;
		ssize_t size = patient ? writev(records->to, &now, 1) :
					 writev(records->to, parts, count);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return TSP_EIO;
		while (count > 0 && (size_t)size >= parts->iov_len) {
			size -= (ssize_t)parts->iov_len;
			parts++;
			count--;
		}
		if (count > 0) {
			parts->iov_base = (uint8_t *)parts->iov_base + size;
			parts->iov_len -= (size_t)size;
		}
	}
	return TSP_OK;
}

int records_flush(struct records *records)
{
	struct iovec part = { records->ready.data, records->ready.size };
	int rc = part.iov_len > 0 ? records_write_all(records, &part, 1, false) : TSP_OK;
	records->ready.size = 0;
	return rc;
}

int records_write(struct records *records, char kind, size_t from)
{
	struct buffer *text = &records->text;
	size_t size = text->size - from;
	uint8_t *start = size > 0 ? text->data + from : (uint8_t *)"";
	bool ascii = records_are_ascii(start, size);
	char head[RECORDS_HEAD + 1];
	memset(head, '\n', sizeof(head));
	if (ascii && size < RECORDS_HEAD - 2 && memchr(start, '\n', size) == NULL) {
		head[0] = kind;
		head[1] = ' ';
		memcpy(head + 2, start, size);
		size = 0;
	} else {
		int used = snprintf(head, sizeof(head), "%c%c%09zu\n", kind, ascii ? '+' : '*', size);
		head[used] = '\n';
	}
	struct iovec parts[2] = { { head, RECORDS_HEAD }, { start, size } };
	bool later = size == 0 && kind != RECORD_EVENT && kind != RECORD_CLOSED;
	int rc = TSP_OK;
	if (!later || buffer_put(&records->ready, head, RECORDS_HEAD) < 0) {
		rc = records_flush(records);
		if (rc == TSP_OK)
			rc = records_write_all(records, parts, size > 0 ? 2 : 1, kind == RECORD_EVENT);
	}
	text->size = from;
	if (from == 0 && text->capacity > RECORDS_KEEP)
		buffer_clear(text);
	return rc;
}
