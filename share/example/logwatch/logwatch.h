/* SPDX-License-Identifier: MIT */
/*
 * Follows a file that others append to, and tells who subscribed each line with a text in it.
 *
 *   Follow {"file": "/var/log/app.log"}     Following {"file", "position"}: from here on, or, where
 *                                           there is no file yet, from the first line that it has
 *   Subscribe {"match": "error"}            Subscribed {"match"}, then, each time,
 *                                           Line {"number", "text", "cut", "missed"}
 *   Unsubscribe                             Unsubscribed {"found"}
 *
 * number counts the lines since Follow. A line that is longer than LINE_LIMIT is cut there. missed:
 * how many lines this subscriber was not told before, since too much waited for it. Who subscribed to a
 * version stays with that one until it is unloaded. What cannot be seen: a file that was truncated and has
 * grown past its former size before anybody looked.
 */
#ifndef LOGWATCH_H
#define LOGWATCH_H

#include <thespian.h>

#define LINE_LIMIT	  4096
#define MATCH_LIMIT	  128
#define SUBSCRIBERS_LIMIT 64
#define TURN_LIMIT	  (1024 * 1024) /* bytes read before other messages get their turn */

/* ---- follow.c: the file, without any actor ---- */

struct follow {
	int notify; /* inotify of its folder; -1: nothing is followed */
	int fd;	    /* the file; -1: there is none yet */
	char *path;
	int64_t position;
	size_t size; /* of the line that is not ended yet */
	bool cut;
	char line[LINE_LIMIT];
};

typedef void follow_line_fn(void *context, const char *line, size_t size, bool cut);

/* 0, or -1 with errno. At the end of the file, where there is one. */
int follow_open(struct follow *follow, const char *path);
void follow_close(struct follow *follow);
/* Forgets what inotify has to say: it only means that it is time to look. */
void follow_hush(struct follow *follow);
/* Reads on, through a rotation or a truncation. True: there is more, and it is time for a pause. */
bool follow_read(struct follow *follow, follow_line_fn *tell, void *context);

#endif
