/* SPDX-License-Identifier: MIT */
/*
 * Inside of a stage: its cells, one for each actor, and what they share. Private to the files behind
 * stage.h. A cell is found by its number, and by its name's too if it was created under one.
 */
#ifndef TSP_CORE_CELL_H
#define TSP_CORE_CELL_H

#include "base/list.h"
#include "base/table.h"
#include "core/bounds.h"
#include "core/letter.h"
#include "core/log_bucket.h"
#include "core/outbox.h"
#include "core/stage.h"
#include "core/timers.h"
#include "wire/message.h"
#include "wire/system.h"

#define WRAPPER_SIZE	    ((size_t)64 * 1024)		/* what poison may add to a message */
#define ABROAD_BITS	    8192

enum cell_state { CELL_UNBORN, CELL_ALIVE, CELL_EXITING };

/* Where code comes from: a source's full hash or an installed module's name. */
struct origin {
	struct origin *next;
	char *source;
	char *module;
};

/* What few cells have. */
struct cell_extra {
	tsp_address birth; /* the address that another system gave it; of nobody: it was created here */
	char *name; /* global name it was created under */
	uint64_t name_number;
	char *role;
	uint8_t *requirements; /* its creator's; NULL: none */
	size_t requirements_size;
	/* of a class with more than handlers: traits.h */
	struct init_hold *init;	  /* NULL: none */
	struct troupe *troupe;	  /* NULL: none */
	struct letter_queue held; /* what waits for the first messages, or for a worker */
	clock_ns end;		  /* transient: when it is to exit; 0: not before a message */
	uint32_t dues;		  /* timers of the stage's own */
};

struct tsp_actor {
	struct stage *stage;
	const tsp_class *class;
	const struct origin *origin;
	struct cell_extra *extra; /* NULL: none */
	uint64_t number;
	tsp_address parent;
	struct list ready; /* in stage->ready while letters wait */
	struct letter_queue letters;
	struct letter_queue deferred;
	struct table children;
	size_t waiting_bytes;
	clock_ns waiting_since; /* since when there was always something */
	uint32_t waiting;	/* letters and deferred */
	uint32_t high;		/* the most that ever waited */
	uint32_t wakeups;
	const char *exit_reason;
	uint64_t handled;
	uint64_t sent;
	uint32_t retried;
	uint32_t failed;
	uint32_t ignored;
	uint32_t refused;
	uint32_t asked;	  /* status requests */
	uint32_t created; /* children */
	uint32_t exited;  /* children whose end was told */
	uint32_t suppressed; /* records past its rate */
	struct log_bucket log;
	struct log_bucket log_below; /* of records below the log's level, which are for who follows it */
	uint8_t state;
	bool by_admin; /* messages may be on their way to it through the admin: all go there */
	bool watching;
	bool exit_wanted; /* tsp_exit was called */
	bool spares_children; /* it exits, they stay */
	uint8_t place;	      /* in the page, from 1 on; 0: it has none there */
	_Alignas(16) unsigned char memory[];
};

struct stage {
	const struct stage_ops *ops;
	void *io;
	struct page *page;
	struct page own_page; /* where there is none */
	uint64_t system;
	bool greeted;
	bool shared;
	int poll_us;
	enum tsp_host default_host; /* capability "Actor Host" */
	uint64_t lease;
	uint64_t counter;
	uint64_t next_lease;
	bool lease_asked;
	uint8_t *capabilities;
	size_t capabilities_size;
	struct bounds bounds;
	struct origin *origins;
	struct table cells;
	struct tsp_actor *last; /* found last */
	size_t count;
	bool inhabited; /* there was an actor */
	uint64_t first_number; /* the first one, where only one lives */
	const char *first_class;
	struct list ready;
	struct tsp_actor *turn; /* whose letters are handled now */
	uint32_t turn_left;
	size_t waiting;	 /* letters, and of these: */
	size_t own;	 /* messages between actors of this stage, which die with it */
	size_t outgoing; /* messages sent that the link does not have yet */
	struct letter_pool pool;
	struct timers timers;
	struct outbox outbox;
	struct list foreign; /* outboxes of actors' own threads: foreign.h */
	tsp_builder *builder;
	clock_ns now;
	uint64_t sequence;   /* the admin's last envelope */
	uint64_t dispatched; /* the last that met a handler */
	struct tsp_actor *current;
	const struct tsp_message *message;
	char *detail; /* of tsp_fail_text */
	uint64_t handled;
	uint64_t retried;
	uint64_t ignored;
	uint64_t refused;
	uint64_t redelivered;
	struct log_bucket log;	     /* of the host itself, */
	struct log_bucket log_below; /* as above */
	struct log_bucket refusals;  /* of sends: so many are said */
	struct list log_held;	     /* buckets that have something to tell */
	enum log_level log_least;    /* below it no record of an actor is wanted */
	enum log_level log_normal;   /* below it the log wants none, but who follows it may */
	enum log_level log_own_least;
	unsigned log_places;	     /* for what the host itself has to say */
	clock_ns log_interval;	     /* between two records of an actor */
	uint64_t abroad[ABROAD_BITS / 64]; /* numbers that were sent to through the admin */
	uint32_t reserved[64];		   /* by length: first letters of the reserved types */
};

/* One message on its way into a cell. */
struct delivery {
	struct tsp_message message;
	uint64_t sequence;
	uint64_t note;
	uint8_t flags;
};

/* UNDONE: it came for an actor that exits; the admin keeps it, and returns it then: its credit comes back
 * meanwhile, or the end of a child, for which the actor waits, could find none. KEPT: its handler
 * deferred it. HELD: no handler has seen it yet. */
enum outcome {
	OUTCOME_FINISHED,
	OUTCOME_FAILED,
	OUTCOME_CRASHED,
	OUTCOME_KEPT,
	OUTCOME_HELD,
	OUTCOME_UNDONE
};

static inline tsp_address stage_address(const struct stage *stage, uint64_t number)
{
	return (tsp_address){ stage->system, number };
}

/* The address that its creation returned. */
static inline tsp_address cell_address(const struct tsp_actor *cell)
{
	if (cell->extra == NULL)
		return stage_address(cell->stage, cell->number);
	if (cell->extra->birth.system != 0)
		return cell->extra->birth;
	return stage_address(cell->stage,
		cell->extra->name != NULL ? cell->extra->name_number : cell->number);
}

/* ---- cell.c ---- */

/* What a cell is made of. */
struct cell_order {
	uint64_t number;
	const tsp_class *class;
	const struct origin *origin;
	tsp_address birth; /* as of struct cell_extra */
	tsp_address parent;
	tsp_text name;
	tsp_text role;
	tsp_value requirements;
	bool by_admin;
};
/* A cell in the table, unborn; NULL: no memory. */
struct tsp_actor *cell_new(struct stage *stage, const struct cell_order *order);
/* Calls init, for the admin's envelope of this number or (0) a local creation. False: it failed, the
 * cell is gone. */
bool cell_be_born(struct tsp_actor *cell, tsp_value argument, uint64_t sequence);
struct tsp_actor *cell_find(struct stage *stage, uint64_t number);
/* The one that goes by this address, also if another system gave it. */
struct tsp_actor *cell_at(struct stage *stage, tsp_address address);
/* Ends a cell whose class refuses to go on: as if it had never been born. The cell is gone. */
void cell_fail(struct tsp_actor *cell, int code);
/* After each top-level handling: starts or ends the exit as far as it is due. The cell may be gone. */
void cell_settle(struct tsp_actor *cell);
/* Starts the exit: no message but its children's end is handled any more. */
void cell_begin_exit(struct tsp_actor *cell, bool recursive, const char *reason);
void cell_forget_child(struct tsp_actor *cell, const struct tsp_message *exited);
void cell_free(struct tsp_actor *cell);
/* Exited{..} to the admin. recursive: its children are to go, too. */
void cell_report_exit(struct stage *stage, uint64_t number, const char *reason, const char *detail,
	bool recursive);
const struct origin *stage_origin(
	struct stage *stage, tsp_text source, tsp_text module); /* NULL: no memory */

/* ---- dispatch.c ---- */

/* Handles one message and accounts for it; letter is where it lies (taken over), or NULL. */
void cell_take(struct tsp_actor *cell, struct delivery *delivery, struct letter *letter);
/* Calls the handlers for a message that is theirs. FINISHED, KEPT, or FAILED with *ret_code. */
enum outcome cell_handle(struct tsp_actor *cell, const struct delivery *delivery, int *ret_code);
/* Says what became of a message, to who answers for it. */
void cell_account(struct tsp_actor *cell, const struct delivery *delivery, enum outcome outcome,
	int code);
/* The page says how many of the admin's are not put by any more: the host may die before it does. no:
 * that one is put by again. */
void cell_redelivers(struct tsp_actor *cell, uint64_t sequence, bool yes);
/* The exit that tsp_exit asked for: its handler sees an exit request, too. */
void cell_exit_itself(struct tsp_actor *cell);
/* Around each call into an actor: page words, the current actor and its message. */
void stage_begin_work(struct stage *stage, struct tsp_actor *cell, uint64_t sequence,
	const struct tsp_message *message);
void stage_end_work(struct stage *stage);
/* The text of the failure just seen: what tsp_fail_text said, else the code's sentence. */
const char *stage_detail(const struct stage *stage, int code);

/* ---- cell_status.c ---- */

void cell_answer_status(struct tsp_actor *cell, tsp_address asker);

/* ---- stage_local.c ---- */

/* The cell that a message of sender goes to without the admin, or NULL. */
struct tsp_actor *stage_local(
	struct stage *stage, const struct tsp_actor *sender, tsp_address target);
/* Puts a letter with these parts into the cell's queue; as outbox_post. */
int stage_put_letter(struct stage *stage, struct tsp_actor *cell, tsp_address to, tsp_address from,
	const struct draft *draft);
/* Queues a letter that is made already; never refused. */
void cell_queue(struct tsp_actor *cell, struct letter *letter);
/* A letter waits for its cell, or no more: in whichever queue. */
void cell_count_in(struct tsp_actor *cell, const struct letter *letter);
void cell_count_out(struct tsp_actor *cell, const struct letter *letter);
/* One message more for the outbox, which only its own end on the link accounts for. */
void stage_count_outgoing(struct stage *stage);
/* Handles the first letter of a cell. The cell may be gone. */
void cell_run_letter(struct tsp_actor *cell);
/* What still waits for a cell that goes is handed to the admin, which accounts for it. */
void cell_return_letters(struct tsp_actor *cell);
/* The system's own word to a cell of this stage; lost only without memory. */
void stage_notice(struct stage *stage, struct tsp_actor *cell, tsp_address from, const char *type,
	tsp_value value);
/* A copy of an envelope as a letter; NULL: no memory. */
struct letter *letter_of(struct stage *stage, const struct delivery *delivery, uint64_t to);
void delivery_of(struct delivery *delivery, const struct letter *letter);

/* ---- actor_send.c ---- */

/* Whether a message for that number went to the admin: all later ones then go the same way. */
bool stage_is_abroad(const struct stage *stage, uint64_t number);
/* Whether an actor may send that: TSP_EVALUE, TSP_EPERM. stage makes it quicker; NULL: in any thread. */
int draft_check(uint64_t system, const struct stage *stage, tsp_address target,
	const struct draft *draft);
/* Sends from a cell (NULL: from the host itself), here or through the admin. */
int stage_post(struct stage *stage, struct tsp_actor *sender, tsp_address target,
	const struct draft *draft);
/* As stage_post with type and what the stage's builder holds; own: not to be refused. */
int stage_post_built(struct stage *stage, struct tsp_actor *sender, tsp_address target,
	const char *type, bool own);
/* The stage's builder, empty; NULL: no memory. */
tsp_builder *stage_builder(struct stage *stage);
/* Writes the outbox away if it is past its size. */
void stage_flush_full(struct stage *stage);
bool stage_is_reserved(const struct stage *stage, tsp_text type);
void stage_learn_reserved(struct stage *stage);
/* Counts what was refused to an actor past a bound or by a rule. Returns code. */
int cell_refuse(struct tsp_actor *cell, int code);

/* ---- stage_log.c ---- */

void stage_log_init(struct stage *stage);
void stage_log_buckets_init(struct log_bucket *log, struct log_bucket *below);
/* What the system itself has to say of the cell or (NULL) the host. */
void stage_log(struct stage *stage, struct tsp_actor *cell, enum log_level level,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A send of the cell was refused: said, ten a second, with how many were left out. */
void stage_log_refused(struct tsp_actor *cell, tsp_text type, tsp_address target, int code);
/* Tells of what was held back, where it is time, and when that is. */
void stage_log_run(struct stage *stage, clock_ns now);
clock_ns stage_log_deadline(const struct stage *stage);
void cell_log_end(struct tsp_actor *cell);
/* The capability "Log Rate". */
void stage_log_rate(struct stage *stage, tsp_value capabilities);
void stage_hear_log_settings(struct stage *stage, const struct tsp_message *message);

/* ---- stage_host.c: what the admin says to the host itself ---- */

int stage_hear_hello(struct stage *stage, const struct frame *frame);
int stage_hear_host(struct stage *stage, const struct tsp_message *message);
int stage_hear_creation(
	struct stage *stage, const struct frame *frame, const struct tsp_message *message);

/* ---- actor_create.c ---- */

/* The next number of the lease; 0: none left. */
uint64_t stage_number(struct stage *stage);
enum tsp_host host_of_capabilities(tsp_value capabilities);

#endif
