/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "helper/capture.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)4 * 1024)

void capture_begin(struct capture *capture, size_t limit)
{
	*capture = (struct capture){ .limit = limit };
}

void capture_clear(struct capture *capture)
{
	free(capture->data);
	*capture = (struct capture){ .limit = capture->limit };
}

/* The last half may grow to two before it is brought down to one. */
static size_t room_of(const struct capture *capture)
{
	return capture->limit / 2 * 3 + 1;
}

static bool grow(struct capture *capture, size_t need)
{
	size_t capacity = capture->capacity == 0 ? FIRST_CAPACITY : capture->capacity;
	char *data;

	if (need <= capture->capacity)
		return true;
	while (capacity < need)
		capacity *= 2;
	if (capacity > room_of(capture))
		capacity = room_of(capture);
	data = realloc(capture->data, capacity);
	if (data == NULL)
		return false;
	capture->data = data;
	capture->capacity = capacity;
	return true;
}

static void drop_middle(struct capture *capture)
{
	size_t half = capture->limit / 2;

	memmove(capture->data + half, capture->data + capture->size - half, half);
	capture->size = 2 * half;
	capture->cut = true;
}

void capture_put(struct capture *capture, const char *data, size_t size)
{
	while (size > 0) {
		size_t part = room_of(capture) - capture->size;

		if (part > size)
			part = size;
		if (!grow(capture, capture->size + part)) {
			capture->cut = true;
			return;
		}
		memcpy(capture->data + capture->size, data, part);
		capture->size += part;
		data += part;
		size -= part;
		if (capture->size == room_of(capture))
			drop_middle(capture);
	}
}

size_t capture_whole(const char *data, size_t size)
{
	for (size_t back = 1; back <= 3 && back <= size; back++) {
		unsigned char c = (unsigned char)data[size - back];
		size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

		if ((c & 0xc0) != 0x80)
			return need > back ? size - back : size;
	}
	return size;
}

void capture_halves(const struct capture *capture, tsp_text ret_halves[2])
{
	size_t half = capture->limit / 2;
	size_t skip = 0;
	const char *last;

	ret_halves[0] = (tsp_text){ capture->data != NULL ? capture->data : "", capture->size };
	ret_halves[1] = (tsp_text){ NULL, 0 };
	if ((!capture->cut && capture->size <= capture->limit) || capture->size < 2 * half)
		return;
	last = capture->data + capture->size - half;
	while (skip < 3 && skip < half && ((unsigned char)last[skip] & 0xc0) == 0x80)
		skip++;
	ret_halves[0].size = capture_whole(capture->data, half);
	ret_halves[1] = (tsp_text){ last + skip, half - skip };
}

void capture_put_output(tsp_builder *builder, tsp_text output)
{
	tsp_builder *trial = tsp_builder_new();
	tsp_value value;
	bool text = false;

	if (trial != NULL) {
		tsp_put_text(trial, output);
		text = tsp_builder_value(trial, &value) == TSP_OK;
	}
	if (text)
		tsp_put_text(builder, output);
	else
		tsp_put_bytes(builder, output.data, output.size);
	tsp_builder_free(trial);
}
