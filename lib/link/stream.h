/* SPDX-License-Identifier: MIT */
/*
 * A run of bytes over datagrams: cut into segments, which are acknowledged, sent again when they seem to be lost, and
 * put in order where they arrive. How much is under way follows from what gets lost. The time is handed in.
 */
#ifndef TSP_LINK_STREAM_H
#define TSP_LINK_STREAM_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/list.h"

#define STREAM_SEGMENT 1200		     /* bytes: no IP network has to cut what has so many */
#define STREAM_RANGES  16		     /* of what has arrived out of order, told at once */
#define STREAM_AHEAD   ((size_t)1024 * 1024) /* bytes beyond what is in order that are kept */

struct segment {
	struct list link;
	uint64_t offset;
	size_t size;
	clock_ns sent_at;
	bool again; /* it was sent more than once */
	bool there;
	uint8_t bytes[];
};

struct stream_range {
	uint64_t from, to;
};

struct stream {
	struct list segments; /* sent, and not known to be there in order */
	uint64_t sent;	      /* offset behind all that has gone once */
	uint64_t known;	      /* behind all that is there in order */
	uint64_t farthest;    /* behind the last byte that is known to be there */
	size_t flight;	      /* segments that may be under way */
	size_t window;	      /* of these at most */
	size_t threshold;     /* of the window: from here on it grows slowly */
	size_t grown;
	clock_ns round_trip, variance, patience;
	clock_ns narrowed; /* when the window was narrowed last */
	size_t pending_at; /* bytes of pending that were cut off */
	uint64_t delivered;
	struct list arrived; /* segments beyond it, in order */
	size_t arrived_count;
	bool owes; /* an acknowledgement */
};

void stream_init(struct stream *stream);
void stream_clear(struct stream *stream);

/* What is to be sent now: one that seems to be lost, else one cut from pending, before the offset; NULL: nothing. */
struct segment *stream_lost(struct stream *stream, clock_ns now);
struct segment *stream_cut(
	struct stream *stream, struct buffer *pending, uint64_t before, clock_ns now);
/* Where the next byte that is appended to pending will stand. */
uint64_t stream_end(const struct stream *stream, const struct buffer *pending);
/* Bytes that have not gone, or are not known to be there. */
size_t stream_unsent(const struct stream *stream, const struct buffer *pending);
/* When stream_lost will find something, if nothing comes. */
clock_ns stream_due(const struct stream *stream);
/* The other side has all before that, and these. TSP_EPROTOCOL: it cannot. */
int stream_acknowledged(struct stream *stream, uint64_t before, const struct stream_range *ranges,
	size_t count, clock_ns now);

/* A segment has come. TSP_EPROTOCOL: it is none of a stream. */
int stream_arrived(struct stream *stream, uint64_t offset, const uint8_t *bytes, size_t size);
/* Appends what is in order, before that offset, to in. True: there was something. TSP_ELIMIT, TSP_ENOMEM. */
int stream_deliver(struct stream *stream, uint64_t before, struct buffer *in);
size_t stream_ranges(const struct stream *stream, struct stream_range ranges[STREAM_RANGES]);

#endif
