/* SPDX-License-Identifier: MIT */
/*
 * What a stage has for its admin: frames in order, the ends of what was handled, and a queue for each
 * target that the admin asked to spare.
 */
#ifndef TSP_CORE_OUTBOX_H
#define TSP_CORE_OUTBOX_H

#include "base/buffer.h"
#include "base/table.h"
#include "core/bounds.h"
#include "wire/frame.h"

#define OUTBOX_FLUSH_SIZE  ((size_t)64 * 1024)
#define OUTBOX_HEAD_SIZE   (FRAME_HEADER + 256) /* of a frame and a type that is not too long */

struct outbox {
	struct buffer bytes;
	struct buffer dones; /* runs that are complete */
	struct done open;    /* the run that may grow; count 0: none */
	struct table paused; /* by target: struct paused */
	size_t paused_bytes;
	size_t paused_count;
	size_t limit; /* bytes of all, and what may wait for one paused target */
	size_t target_messages;
	size_t target_bytes;
	bool broken; /* something that may not be lost found no memory */
};

/* A message to be: the parts that are put together where it is going to lie. */
struct draft {
	tsp_text type;	 /* {NULL, 0}: a plain value */
	tsp_value value; /* with no type: the whole body */
	uint64_t note;
	uint8_t flags;
	bool own; /* of the stage itself: not checked, not refused */
	bool ahead; /* not held up where the target is to be spared */
};

size_t draft_size(const struct draft *draft);
void draft_write(const struct draft *draft, uint8_t *out); /* draft_size bytes */

void outbox_init(struct outbox *outbox);
void outbox_clear(struct outbox *outbox);
/* From now on; what is there already stays. */
void outbox_set_bounds(struct outbox *outbox, const struct bounds *bounds);
/* TSP_EBACKLOG past a bound, TSP_EVALUE where the body is no value, TSP_ENOMEM. */
int outbox_post(struct outbox *outbox, tsp_address to, tsp_address from, const struct draft *draft);
/*
 * A large message that need not lie here: fills head with all of its frame but the value, which is to be
 * written behind it, and *ret_size with how much that is. 1: so it is, 0: it is to be posted, TSP_EVALUE.
 */
int outbox_pass(const struct outbox *outbox, tsp_address to, tsp_address from,
	const struct draft *draft, uint8_t head[OUTBOX_HEAD_SIZE], size_t *ret_size);
/* An envelope of the admin has met its end here. */
void outbox_done(struct outbox *outbox, uint64_t sequence);
void outbox_done_with(
	struct outbox *outbox, uint64_t sequence, enum done_kind kind, int code, tsp_text text);
/* It is put by: its credit comes back, its end is said later. */
void outbox_kept(struct outbox *outbox, uint64_t sequence);
/* Puts what is done behind what is there. */
void outbox_close_dones(struct outbox *outbox);
void outbox_pause(struct outbox *outbox, tsp_address target);
void outbox_resume(struct outbox *outbox, tsp_address target);
/* An actor goes: what waits of it for paused targets is let out, since later nobody may say it. */
void outbox_let_out(struct outbox *outbox, tsp_address from);
/* Each message of that sender that waits for a paused target, in no order of targets. */
void outbox_each_paused(const struct outbox *outbox, tsp_address from,
	void (*each)(void *data, const struct frame *frame), void *data);
size_t outbox_paused_count(const struct outbox *outbox, tsp_address target);

#endif
