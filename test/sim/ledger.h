/* SPDX-License-Identifier: MIT */
/* What every message met, written down by who sent it, who handled it and who watched the admin. */
#ifndef TSP_SIM_LEDGER_H
#define TSP_SIM_LEDGER_H

#include <thespian.h>
#include "base/clock.h"
#include "base/table.h"

/* What the receiver of a message does. */
enum work {
	WORK_NOTHING,
	WORK_REPLY,
	WORK_PASS,
	WORK_FAIL_ONCE,
	WORK_FAIL,
	WORK_CRASH,
	WORK_DEFER,
	WORK_KEEP, /* deferred for good */
	WORK_NOTED,
	WORK_WAKE,
	WORK_CREATE,
	WORK_LEAVE,
	WORK_ASK_EXIT, /* sends an exit request */
	WORK_FLOOD,
	WORK_SLOW,
	WORK_STATUS,
	WORK_BIG,
	WORK_TAKE,
	WORK_GIVE,
	WORK_HOLD, /* keeps names */
	WORK_FREE,
	WORK_LETTERS,
	WORK_LOAD,
	WORK_CAPABILITY,
	WORK_CHILDREN,
	WORK_KINDS,
	/* no handler sees these, or not always */
	WORK_EXIT_REQUEST,
	WORK_STATUS_REQUEST,
	WORK_EMPTY,
};

extern const char *const work_names[];

/* How the admin judges what was sent to a host that died. */
enum judgement { JUDGED_NOT, JUDGED_CRASHED, JUDGED_UNKNOWN, JUDGED_RETURNED, JUDGED_AGAIN };

struct entry {
	uint64_t id;
	enum work work;
	int sender; /* instance, or -1 - caller */
	tsp_address from;
	tsp_address to;
	int result;
	bool noted;
	/* of who handles */
	int instance; /* -1: nobody yet */
	int runs;
	int failures;
	bool deferred;
	bool redelivered;
	bool finished;
	bool failed;
	bool died; /* its handler did not return */
	int defers;
	/* of who sent */
	int poisons;
	int handleds;
	char handled[12];
	/* at the admin */
	int accepted;
	int sent;
	uint64_t host; /* where it was sent to last */
	int done;
	bool done_failed;
	int to_caller;
	int poison_sent;
	char outcome[12];
	int dead_sent;
	int handled_sent;
	bool dead_unknown;
	bool gave_up; /* who asked has cancelled */
	enum judgement judged;
	bool again; /* somebody had it sent once more out of the morgue: it may meet all twice */
	bool host_lost; /* its sender's host died before it was written */
};

/* An actor's life, from its init. */
struct instance {
	uint64_t number;
	uint64_t host;
	uint64_t parent;
	tsp_address address;
	bool alive;
	bool exiting;
	bool spares; /* its children live on */
	int wakes; /* that it asked for and did not get yet */
	tsp_address flooded;
	uint64_t *children; /* numbers, of those without a name */
	uint8_t *ends;	    /* how often each was said to have ended */
	size_t child_count;
	struct table order; /* (sender, target) -> the last id handled first */
};

/* One envelope that the admin sent to a host. */
struct flight {
	uint64_t id; /* 0: a system message, or of another kind */
	uint64_t number;
	bool creation;
	bool system;
	bool done;
	bool kept;
	bool gone; /* its actor went before it was done */
};

struct ledger {
	struct entry *entries; /* by id - 1 */
	size_t count;
	size_t capacity;
	struct instance *instances;
	size_t instance_count;
	size_t instance_capacity;
	struct table by_number; /* number -> instance + 1 */
	uint64_t accepted;
	uint64_t unknown;
};

struct entry *ledger_new(int sender, tsp_address from, tsp_address to, enum work work);
struct entry *ledger_find(uint64_t id);
int ledger_born(uint64_t number, uint64_t host, tsp_address address, uint64_t parent);
struct instance *ledger_instance(uint64_t number); /* NULL: never born */
void ledger_child(struct instance *parent, uint64_t number);
void ledger_child_ended(struct instance *parent, uint64_t number);
/* A handler begins on it. False: that may not be, and was said. */
bool ledger_run(struct entry *entry, int instance);
void ledger_host_dead(uint64_t host);
void ledger_clear(void);

#endif
