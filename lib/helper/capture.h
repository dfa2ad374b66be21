/* SPDX-License-Identifier: MIT */
/* What a program wrote: all of it, or of more than a limit the first and the last half of that. */
#ifndef TSP_HELPER_CAPTURE_H
#define TSP_HELPER_CAPTURE_H

#include <thespian.h>

struct capture {
	char *data;
	size_t size;
	size_t capacity;
	size_t limit;
	bool cut; /* something in the middle is not there any more */
};

void capture_begin(struct capture *capture, size_t limit);
void capture_clear(struct capture *capture);
/* Without memory what comes is counted as cut. */
void capture_put(struct capture *capture, const char *data, size_t size);
/* The two halves, ended at whole characters; the second is absent where nothing is cut. */
void capture_halves(const struct capture *capture, tsp_text ret_halves[2]);
/* Bytes at the front that are whole characters, as far as they are UTF-8. */
size_t capture_whole(const char *data, size_t size);
/* Text, or bytes where it is not UTF-8. */
void capture_put_output(tsp_builder *builder, tsp_text output);

#endif
