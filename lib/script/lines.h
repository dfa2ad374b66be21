/* SPDX-License-Identifier: MIT */
/* Lines that come through a pipe, in pieces as they come. */
#ifndef TSP_SCRIPT_LINES_H
#define TSP_SCRIPT_LINES_H

#include "base/buffer.h"

#define LINES_TAIL ((size_t)16)

struct lines {
	struct buffer buffer;
	size_t at;	/* what is before it was handed out */
	size_t scanned; /* up to there is no end of a line */
	size_t limit;	/* of one, without its end */
	bool dropping;	/* the rest of one that was too long */
	bool dropped;	/* all of it, by now */
	char tail[LINES_TAIL]; /* what it ends in, as far as it has come */
	bool ended;	/* nothing more will come */
};

void lines_init(struct lines *lines, size_t limit);
void lines_clear(struct lines *lines);
/* Reads once, never waits: true if something came. The end, or an error, sets ended. */
bool lines_read(struct lines *lines, int descriptor);
/*
 * The next whole line, or the last one behind which nothing came; borrowed until the next call. Of one that is
 * too long its front comes at once, ret_cut says so, and the rest is dropped. False: none yet.
 */
bool lines_next(struct lines *lines, tsp_text *ret_line, bool *ret_cut);
/* True once, behind lines_next: all of a line that was too long has come, and it ends so. At most LINES_TAIL. */
bool lines_dropped(struct lines *lines, const char *ending);

#endif
