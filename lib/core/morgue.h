/* SPDX-License-Identifier: MIT */
/*
 * The morgue: the last messages that met nobody (dead letters), and the last that a handler failed at or
 * died of (poison), each on a shelf of its own. They are kept for whoever finds out what went wrong, and
 * sends them again once it is mended; what became of the message otherwise is not touched. Bounded: the
 * oldest fall out, and are counted.
 */
#ifndef TSP_CORE_MORGUE_H
#define TSP_CORE_MORGUE_H

#include "base/clock.h"
#include "base/list.h"
#include "wire/address.h"
#include "wire/frame.h"

#define MORGUE_ENTRIES 256			 /* of a shelf, */
#define MORGUE_BYTES   ((size_t)4 * 1024 * 1024) /* and all that they take */
#define MORGUE_BODY    ((size_t)256 * 1024)	 /* a larger body is not kept, the rest is */
#define MORGUE_TYPE    120			 /* bytes of the name of a type or class, */
#define MORGUE_TEXT    4096			 /* and of the words; the rest is cut */
#define MORGUE_SHELVES 2			 /* of enum tsp_morgue */

struct admin;

struct morgue_entry {
	struct list link;
	uint64_t id;
	clock_ns at;
	size_t taken; /* bytes of memory */
	tsp_address from;
	tsp_address to;
	tsp_address again; /* from where it was last sent once more; nobody: never */
	uint64_t actor;	   /* own number of whom it was given to; 0: of nobody */
	uint64_t size;	   /* of the body, whether it is here or not */
	int code;
	uint32_t tried; /* how often a handler had it, as far as that is known */
	uint32_t sent;	/* how often it was sent once more */
	const char *outcome;
	char name[ADDRESS_NAME_LIMIT + 1]; /* that it was for; of a name that is freed only the number is left */
	tsp_text class_name; /* absent: not known */
	tsp_text type;
	tsp_text text;	/* reason or details */
	tsp_value body; /* absent: not kept */
	char rest[];	/* these four */
};

struct morgue_shelf {
	struct list entries; /* the oldest first */
	size_t count;
	size_t bytes;
	uint64_t fallen; /* out, for room or for want of memory */
};

_Static_assert(sizeof(struct morgue_entry) + 2 * MORGUE_TYPE + MORGUE_TEXT + MORGUE_BODY <=
		MORGUE_BYTES,
	"an entry fits onto a shelf");

struct morgue {
	struct morgue_shelf shelves[MORGUE_SHELVES];
	uint64_t last_id;
};

/* How a poison message ended. */
struct morgue_death {
	tsp_text type; /* of a message whose body is not there */
	uint64_t actor;	     /* own number of whom it failed at */
	tsp_text class_name; /* of that */
	const char *outcome; /* static */
	int code;
	uint32_t tried;
	tsp_text details;
};

void morgue_init(struct morgue *morgue);
void morgue_clear(struct morgue *morgue);
/* Both copy what they keep. One that came from here takes its entry's number and sender with it. */
void morgue_keep_dead(struct admin *admin, const struct frame *frame, const char *reason);
/* body NULL: there are only its size and death->type. */
void morgue_keep_poison(
	struct admin *admin, const struct frame *frame, const struct morgue_death *death);
/* NULL: it is not there, or not any more. */
struct morgue_entry *morgue_find(const struct morgue_shelf *shelf, uint64_t id);
/* Takes it out; it is to be freed. */
void morgue_take(struct morgue_shelf *shelf, struct morgue_entry *entry);
void morgue_drop_all(struct morgue_shelf *shelf);

#endif
