/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "script/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 * 1024)

void lines_init(struct lines *lines, size_t limit)
{
	*lines = (struct lines){ .limit = limit };
	buffer_init(&lines->buffer, limit + 4 * READ_SIZE);
}

void lines_clear(struct lines *lines)
{
	buffer_clear(&lines->buffer);
}

bool lines_read(struct lines *lines, int descriptor)
{
	ssize_t size;

	if (lines->ended)
		return false;
	buffer_drop(&lines->buffer, lines->at);
	lines->scanned -= lines->at;
	lines->at = 0;
	if (buffer_reserve(&lines->buffer, READ_SIZE) < 0) {
		lines->ended = true;
		return false;
	}
	size = read(descriptor, lines->buffer.data + lines->buffer.size, READ_SIZE);
	if (size > 0)
		lines->buffer.size += (size_t)size;
	else if (size == 0 || (errno != EAGAIN && errno != EINTR))
		lines->ended = true;
	return size > 0;
}

/* Where the line ends that begins at at; NULL: not yet. */
static const uint8_t *find_end(struct lines *lines)
{
	const struct buffer *buffer = &lines->buffer;
	const uint8_t *end = NULL;

	if (buffer->size > lines->scanned)
		end = memchr(buffer->data + lines->scanned, '\n', buffer->size - lines->scanned);
	lines->scanned = end != NULL ? (size_t)(end - buffer->data) : buffer->size;
	return end;
}

/* Of what comes in pieces the last bytes are kept. */
static void note_tail(struct lines *lines, const uint8_t *bytes, size_t size)
{
	size_t taken = size < LINES_TAIL ? size : LINES_TAIL;

	memmove(lines->tail, lines->tail + taken, LINES_TAIL - taken);
	memcpy(lines->tail + LINES_TAIL - taken, bytes + size - taken, taken);
}

bool lines_dropped(struct lines *lines, const char *ending)
{
	size_t size = strlen(ending);
	bool ends = lines->dropped && memcmp(lines->tail + LINES_TAIL - size, ending, size) == 0;

	lines->dropped = false;
	return ends;
}

/* Passes over the rest of a line; false: its end has not come yet. */
static bool drop_rest(struct lines *lines)
{
	bool found = find_end(lines) != NULL;

	if (lines->scanned > lines->at)
		note_tail(lines, lines->buffer.data + lines->at, lines->scanned - lines->at);
	lines->dropped = found;
	if (found)
		lines->scanned++;
	lines->at = lines->scanned;
	lines->dropping = !found;
	return found;
}

bool lines_next(struct lines *lines, tsp_text *ret_line, bool *ret_cut)
{
	size_t begin, size;
	bool found;

	if (lines->dropping && !drop_rest(lines))
		return false;
	found = find_end(lines) != NULL;
	begin = lines->at;
	size = lines->scanned - begin;
	if (size > lines->limit) {
		note_tail(lines, lines->buffer.data + begin, size);
		lines->dropping = true;
		size = lines->limit;
		lines->at = lines->scanned; /* its end, if that is there, is dropped in the next call */
	} else if (found) {
		lines->at = ++lines->scanned;
	} else if (lines->ended && size > 0) {
		lines->at = lines->scanned;
	} else {
		return false;
	}
	*ret_line = (tsp_text){ (const char *)lines->buffer.data + begin, size };
	*ret_cut = lines->dropping;
	return true;
}
