/* SPDX-License-Identifier: MIT */
/* A growing run of bytes with a hard limit: all bytes that come from outside live in one. */
#ifndef TSP_BASE_BUFFER_H
#define TSP_BASE_BUFFER_H

#include <thespian.h>

struct buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	size_t limit;
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_clear(struct buffer *buffer); /* frees; the buffer is empty, limit kept */
/* Appends; TSP_ELIMIT above the limit, TSP_ENOMEM; the buffer is then unchanged. */
int buffer_put(struct buffer *buffer, const void *bytes, size_t size);
int buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buffer_vprintf(struct buffer *buffer, const char *format, va_list args);
/* Makes room for size more bytes behind data + size, without counting them; TSP_ELIMIT, TSP_ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t size);
/* The same, and no more room than that: for a few large runs whose size is known. */
int buffer_fit(struct buffer *buffer, size_t size);
/* Drops size bytes from the front, the rest moves up. */
void buffer_drop(struct buffer *buffer, size_t size);

#endif
