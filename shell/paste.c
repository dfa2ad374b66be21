/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/paste.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PASTE_BEGIN    "\033[200~"
#define PASTE_END      "\033[201~"
#define PASTE_MARK     (sizeof(PASTE_END) - 1)
#define PASTE_KEY_MS   50   /* between the bytes of one key */
#define PASTE_QUIET_MS 2000 /* after which a paste that does not end is one that was cut off */
#define PASTE_MORE_MS  20   /* between the pieces of what came at once */

void paste_init(struct paste *paste)
{
	*paste = (struct paste){ 0 };
	buffer_init(&paste->keys, 2 * PASTE_LIMIT);
	buffer_init(&paste->lines, PASTE_LIMIT + 1);
	buffer_init(&paste->rest, PASTE_LIMIT);
}

void paste_clear(struct paste *paste)
{
	buffer_clear(&paste->keys);
	buffer_clear(&paste->lines);
	buffer_clear(&paste->rest);
	paste->keys_taken = 0;
	paste->lines_taken = 0;
}

/* Takes size bytes of a buffer; what is left is moved only when there is nothing: a paste is as long as it likes. */
static void paste_take(struct buffer *buffer, size_t *taken, size_t size)
{
	*taken += size;
	if (*taken < buffer->size)
		return;
	buffer_clear(buffer);
	*taken = 0;
}

bool paste_key(struct paste *paste, char *ret_byte)
{
	if (paste->keys.size == 0)
		return false;
	*ret_byte = (char)paste->keys.data[paste->keys_taken];
	paste_take(&paste->keys, &paste->keys_taken, 1);
	return true;
}

/* One byte, if it comes in time. */
static bool paste_read(const struct paste *paste, int fd, int timeout_ms, char *ret_byte)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	ssize_t size;
	/* A signal, as that of a resize, cuts nothing off. */
	do {
		if (paste->stop != NULL && *paste->stop != 0)
			return false;
		int ready = poll(&polled, 1, timeout_ms);
		if (ready == 0)
			return false;
		size = ready < 0 ? -1 : read(fd, ret_byte, 1);
	} while (size < 0 && errno == EINTR);
	return size == 1;
}

static void paste_put(struct paste *paste, struct buffer *into, const void *bytes, size_t size)
{
	if (buffer_put(into, bytes, size) < 0)
		paste->overflow = true;
}

/* The NUL behind them is not counted, so that they can be read as one text. */
static void paste_put_lines(struct paste *paste, const char *text, size_t size)
{
	paste_put(paste, &paste->lines, text, size);
	if (paste->lines.size == 0)
		return;
	paste_put(paste, &paste->lines, "", 1);
	if (paste->lines.data[paste->lines.size - 1] == '\0')
		paste->lines.size--;
}

/* Leaves of the bytes what is text. */
static size_t paste_mend(char *bytes, size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < size; i++) {
		char c = bytes[i];
		if (c == '\r' && i + 1 < size && bytes[i + 1] == '\n')
			continue;
		if (c == '\r')
			c = '\n';
		if (c == '\t')
			c = ' ';
		if (c == '\n' || ((unsigned char)c >= 0x20 && c != 0x7f))
			bytes[used++] = c;
	}
	return used;
}

/* Sorts text into the line that is being typed, whole lines, and what is behind them. */
static void paste_sort(struct paste *paste, char *text, size_t size)
{
	char *first = memchr(text, '\n', size);
	char *last = memrchr(text, '\n', size);
	if (first == NULL) {
		paste_put(paste, &paste->keys, text, size);
		return;
	}
	first++;
	last++;
	paste_put(paste, &paste->keys, text, (size_t)(first - text));
	paste_put_lines(paste, first, (size_t)(last - first));
	paste_put(paste, &paste->rest, last, size - (size_t)(last - text));
}

/* Reads to the mark of the end. */
static void paste_read_marked(struct paste *paste, int fd)
{
	struct buffer text;
	char byte;
	bool fits = true;
	size_t matched = 0;
	buffer_init(&text, PASTE_LIMIT);
	while (matched < PASTE_MARK && paste_read(paste, fd, PASTE_QUIET_MS, &byte)) {
		fits = fits && buffer_put(&text, &byte, 1) >= 0;
		if (byte == PASTE_END[matched])
			matched++;
		else
			matched = byte == PASTE_END[0];
	}
	if (fits && matched == PASTE_MARK && text.size >= PASTE_MARK)
		text.size -= PASTE_MARK;
	if (fits && text.size > 0)
		paste_sort(paste, (char *)text.data, paste_mend((char *)text.data, text.size));
	paste->overflow = paste->overflow || !fits;
	buffer_clear(&text);
}

bool paste_take_marked(struct paste *paste, int fd)
{
	char byte;
	for (size_t i = 1; i < sizeof(PASTE_BEGIN) - 1; i++) {
		if (!paste_read(paste, fd, PASTE_KEY_MS, &byte)) {
			paste_put(paste, &paste->keys, PASTE_BEGIN + 1, i - 1);
			return false;
		}
		if (byte != PASTE_BEGIN[i]) {
			paste_put(paste, &paste->keys, PASTE_BEGIN + 1, i - 1);
			paste_put(paste, &paste->keys, &byte, 1);
			return false;
		}
	}
	paste_read_marked(paste, fd);
	return true;
}

void paste_take_waiting(struct paste *paste, int fd)
{
	struct buffer text;
	char byte;
	int timeout_ms = 0;
	buffer_init(&text, PASTE_LIMIT);
	while (text.size < PASTE_LIMIT && paste_read(paste, fd, timeout_ms, &byte)) {
		paste_put(paste, &text, &byte, 1);
		timeout_ms = PASTE_MORE_MS;
	}
	char *at = (char *)text.data;
	char *newline = text.size > 0 ? memrchr(at, '\n', text.size) : NULL;
	char *end = text.size > 0 ? memrchr(at, '\r', text.size) : NULL;
	if (newline > end)
		end = newline;
	size_t whole = end != NULL ? (size_t)(end - at) + 1 : 0;
	/* Behind them it may be keys: whoever types ahead means them. */
	if (text.size > whole)
		paste_put(paste, whole > 0 ? &paste->rest : &paste->keys, at + whole,
			text.size - whole);
	if (whole > 0)
		paste_put_lines(paste, at, paste_mend(at, whole));
	buffer_clear(&text);
}

const char *paste_lines(const struct paste *paste)
{
	return paste->lines.size == 0 ? "" : (const char *)paste->lines.data + paste->lines_taken;
}

bool paste_line(struct paste *paste, char **ret_line)
{
	struct buffer *lines = &paste->lines;
	const char *text = paste_lines(paste);
	size_t left = lines->size - paste->lines_taken;
	const char *end = left > 0 ? memchr(text, '\n', left) : NULL;
	if (end == NULL) {
		if (paste->rest.size > 0)
			paste_put(paste, &paste->keys, paste->rest.data, paste->rest.size);
		buffer_clear(&paste->rest);
		buffer_clear(lines);
		paste->lines_taken = 0;
		return false;
	}
	char *line = strndup(text, (size_t)(end - text));
	if (line == NULL)
		return false;
	paste_take(lines, &paste->lines_taken, (size_t)(end - text) + 1);
	*ret_line = line;
	return true;
}
