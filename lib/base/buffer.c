/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SMALLEST 256

void buffer_init(struct buffer *buffer, size_t limit)
{
	*buffer = (struct buffer){ .limit = limit };
}

void buffer_clear(struct buffer *buffer)
{
	free(buffer->data);
	buffer_init(buffer, buffer->limit);
}

static int grow(struct buffer *buffer, size_t size)
{
	if (size > buffer->limit || buffer->size > buffer->limit - size)
		return TSP_ELIMIT;

	size_t need = buffer->size + size;
	size_t capacity = buffer->capacity < BUFFER_SMALLEST ? BUFFER_SMALLEST : buffer->capacity;

	while (capacity < need)
		capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
	if (capacity > buffer->limit)
		capacity = buffer->limit;

	uint8_t *data = realloc(buffer->data, capacity);

	if (data == NULL)
		return TSP_ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return TSP_OK;
}

int buffer_reserve(struct buffer *buffer, size_t size)
{
	if (size <= buffer->capacity - buffer->size)
		return TSP_OK;
	return grow(buffer, size);
}

int buffer_fit(struct buffer *buffer, size_t size)
{
	uint8_t *data;

	if (size <= buffer->capacity - buffer->size)
		return TSP_OK;
	if (size > buffer->limit || buffer->size > buffer->limit - size)
		return TSP_ELIMIT;
	data = realloc(buffer->data, buffer->size + size);
	if (data == NULL)
		return TSP_ENOMEM;
	buffer->data = data;
	buffer->capacity = buffer->size + size;
	return TSP_OK;
}

int buffer_put(struct buffer *buffer, const void *bytes, size_t size)
{
	if (size == 0)
		return TSP_OK;

	int rc = buffer_reserve(buffer, size);

	if (rc < 0)
		return rc;
	memcpy(buffer->data + buffer->size, bytes, size);
	buffer->size += size;
	return TSP_OK;
}

int buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
{
	char small[256];
	va_list again;

	va_copy(again, args);
	int size = vsnprintf(small, sizeof(small), format, again);
	va_end(again);
	if (size < 0)
		return TSP_EVALUE;
	if ((size_t)size < sizeof(small))
		return buffer_put(buffer, small, (size_t)size);

	/* The NUL that vsnprintf writes must not count against the limit: a copy, not in place. */
	char *large = malloc((size_t)size + 1);

	if (large == NULL)
		return TSP_ENOMEM;
	vsnprintf(large, (size_t)size + 1, format, args);
	int rc = buffer_put(buffer, large, (size_t)size);
	free(large);
	return rc;
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int rc = buffer_vprintf(buffer, format, args);
	va_end(args);
	return rc;
}

void buffer_drop(struct buffer *buffer, size_t size)
{
	if (size >= buffer->size) {
		buffer->size = 0;
		return;
	}
	if (size == 0)
		return;
	buffer->size -= size;
	memmove(buffer->data, buffer->data + size, buffer->size);
}
