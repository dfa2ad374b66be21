/* SPDX-License-Identifier: MIT */
/*
 * Frames on a stream between two processes of a system: 48 bytes of header, all little-endian,
 * then the body.
 *
 *    0  u32  size of the whole frame, header included
 *    4  u8   kind
 *    5  u8   flags
 *    6  u16  zero
 *    8  u64  to.system     16  u64 to.number
 *   24  u64  from.system   32  u64 from.number
 *   40  u64  sequence: towards a host the envelope's number, 1 and up; from a host or a caller the
 *            note of a noted send, 0 for none
 *
 * Kinds. HELLO: body is a map; from a host {pid}, from a caller {protocol, pid, class}, from the
 * admin {protocol, system, lease, capabilities, poll_us, ...}. ENVELOPE: body is a value. DONE: body
 * is a run of struct done (below). PAUSE, RESUME: to.number is the target that senders shall spare.
 * RELAY: to.system and from.system are members of a convention, to.number is the dialler's number of the
 * session and from.number 1 where the dialler speaks, else 2; sequence: bytes of it that have been taken.
 */
#ifndef TSP_WIRE_FRAME_H
#define TSP_WIRE_FRAME_H

#include <thespian.h>
#include "base/buffer.h"

#define FRAME_HEADER 48
#define FRAME_APART_SIZE (FRAME_HEADER + 16) /* of a frame whose body lies apart: u64 size, u64 place */
#define FRAME_PROTOCOL 1
/* A message, and what wrappers may add to it (messages.md). */
#define FRAME_LIMIT ((size_t)64 * 1024 * 1024 + 64 * 1024 + FRAME_HEADER)
#define FRAME_HELLO_LIMIT ((size_t)64 * 1024)

enum frame_kind {
	FRAME_HELLO = 1,
	FRAME_ENVELOPE = 2,
	FRAME_DONE = 3,
	FRAME_PAUSE = 4,
	FRAME_RESUME = 5,
	FRAME_RELAY = 6,     /* between systems: a piece of a session that a leader passes on */
	FRAME_RELAY_END = 7, /* the same: there is no more of it, or no way there */
};

enum frame_flag {
	FRAME_SYSTEM = 1,   /* from the switch itself; it clears the flag on all that others send */
	FRAME_FORWARDED = 2, /* went to the system of its target's birth already */
	FRAME_NOTED = 4,    /* sequence holds a note that wants a Handled */
	FRAME_EMPTY = 8,    /* noted, no body to dispatch: shows only that the actor runs */
	FRAME_APART = 16,   /* between an admin and its host: the body lies in an area, here are its size and place */
	FRAME_LOOSE = 32,   /* between systems by datagrams: it may be lost, and is not counted */
};

struct frame {
	uint8_t kind;
	uint8_t flags;
	tsp_address to;
	tsp_address from;
	uint64_t sequence;
	const uint8_t *body;
	size_t body_size;
	/* NULL, or where somebody has the memory that the body lies in, of malloc: who is to keep a large
	 * body may take it from there and leave NULL, instead of copying. */
	uint8_t **memory;
};

/* Appends the frame. TSP_ETOOBIG above FRAME_LIMIT; else as buffer_put. */
int frame_put(struct buffer *buffer, const struct frame *frame);
/* Reads the frame at the front of bytes, in place. Returns its whole size, 0 if more bytes are
 * needed (*ret_need: how many in all, or 0 if not even the header is there; may be NULL), or
 * TSP_EPROTOCOL: unknown kind, a size that lies, reserved bits set. Nothing is allocated. */
long frame_get(const uint8_t *bytes, size_t size, size_t limit, struct frame *ret_frame, size_t *ret_need);
/* A frame that says of its body that it lies apart, at that place of an area; of the whole frame's header. */
void frame_make_apart(uint8_t out[FRAME_APART_SIZE], const uint8_t header[FRAME_HEADER], size_t place);
/* Makes a frame of this kind refer to its body in the area; TSP_EPROTOCOL: it does not fit. */
int frame_join(struct frame *frame, const uint8_t *area, size_t area_size);
/* Writes the header of a frame whose body is body_size bytes, into 48 bytes. */
void frame_header(uint8_t out[FRAME_HEADER], const struct frame *frame, size_t body_size);

/* ---- The body of a DONE frame: runs of envelopes with one outcome ---- */

enum done_kind {
	DONE_FINISHED = 0,
	DONE_FAILED = 1, /* the second try failed too; text says why */
	DONE_KEPT = 2,   /* deferred: credit comes back, the admin keeps the bytes */
	DONE_CRASHED = 3, /* as failed: those that it was given to died of it */
};

struct done {
	uint64_t first;
	uint32_t count;
	enum done_kind kind;
	int32_t code;    /* of a failure */
	tsp_text text;   /* of a failure; at most 4,096 bytes */
};

int done_put(struct buffer *buffer, const struct done *done);
/* Reads the run at *at and moves on. 1: one read, 0: end, TSP_EPROTOCOL. */
int done_get(const uint8_t *bytes, size_t size, size_t *at, struct done *ret_done);

#endif
