/* SPDX-License-Identifier: MIT */
/*
 * The simulator: one admin, its hosts and callers in one thread, from one seed, in invented time. All
 * that reality delays, cuts, loses or doubles is drawn; a ledger outside of the core writes down what
 * every message met, and at the end the two must agree.
 */
#ifndef TSP_SIM_SIM_H
#define TSP_SIM_SIM_H

#include "base/buffer.h"
#include "base/table.h"
#include "core/admin.h"
#include "core/stage.h"
#include "sim/ledger.h"

#define SIM_SYSTEM  UINT64_C(0x51570001)
#define SIM_HOSTS   96 /* started in one seed, at most */
#define SIM_CALLERS 6
#define SIM_ASKS    400 /* of one caller */
#define SIM_NAMES   5
#define SIM_MODULES 16
#define SIM_BOOK    512 /* addresses that somebody may write to */

struct profile {
	const char *name;
	int deaths;  /* of a thousand steps of a host, so many light a fuse */
	int fates;   /* of a hundred steps, so many are fate's: signals, stops, nurseries */
	int names;   /* weight of what owners do */
	int shared;  /* of a hundred actors, so many share */
	bool bounds; /* tiny ones */
	bool losses; /* starts, builds and openings fail; events come twice */
	bool memory; /* allocations fail */
	bool loads;
};

extern const struct profile sim_profiles[];
extern const size_t sim_profile_count;

/* ---- world.c: time, chance and the order of events ---- */

typedef void sim_fn(void *data, uint64_t argument);

uint64_t sim_draw(uint64_t below); /* 0 to below - 1 */
bool sim_chance(int of_hundred);
clock_ns sim_delay(void); /* mostly short, sometimes long */
void sim_at(clock_ns time, sim_fn *fn, void *data, uint64_t argument);
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The seed has failed; the first reason is kept. */
void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Runs until nothing is due before that time. */
void sim_run(clock_ns until);
/* Runs one seed. False: it failed, and why stands in sim->failure. */
bool sim_seed(uint64_t seed, bool trace);

/* ---- links.c: a stream of bytes that arrives in pieces ---- */

struct stream {
	struct buffer bytes;
	bool due;
	bool ending; /* its writer is gone */
	bool ended;  /* and the reader knows */
	bool held;   /* its reader does not read */
	bool to_caller;
	void *owner;
	void (*take)(void *owner, const uint8_t *bytes, size_t size);
	void (*end)(void *owner);
};

void stream_open(struct stream *stream, void *owner,
	void (*take)(void *owner, const uint8_t *bytes, size_t size), void (*end)(void *owner));
void stream_write(struct stream *stream, const void *bytes, size_t size);
void stream_put(struct stream *stream, const struct frame *frame);
void stream_end(struct stream *stream);
void stream_hold(struct stream *stream, bool held);

/* ---- hosts.c ---- */

struct sim_host {
	uint64_t id;
	uint64_t module;
	struct link *link;
	struct stage *stage;
	struct page live;   /* what its stage writes */
	struct page shared; /* what the admin sees: as it was at the death */
	struct stream up;
	struct stream down;
	struct buffer in;
	struct buffer at_admin; /* arrived there, no whole frame yet */
	size_t next;		/* where the frame behind the one in work begins */
	clock_ns step_at;
	clock_ns busy_until;
	int64_t fuse; /* points until it dies; negative: it is not lit */
	bool born;
	bool dead;
	bool killed;
	bool stopped;
	bool failed; /* never started */
	bool released;
	bool told; /* that its process has ended */
	bool in_step;
	bool orderly; /* its last actor has gone */
	int status;
	struct flight *sent; /* by sequence - 1: what the admin sent there */
	size_t sent_count;
	size_t sent_capacity;
};

int sim_start_host(void *io, const struct host_order *order, struct link *link, void **ret_peer,
	struct page **ret_page, tsp_error *err);
void sim_kill_host(void *io, uint64_t id);
void sim_release_host(void *io, uint64_t id, void *peer);
struct sim_host *host_by_id(uint64_t id);
/* The process ends here and now; also from inside of a handler. */
void host_die(struct sim_host *host, int status);
/* Whether the fuse has burnt down, and so the process died, at this point. */
bool host_point(struct sim_host *host);
int draw_status(void);
void host_stop(struct sim_host *host, bool stopped);
void host_wake(struct sim_host *host, clock_ns time);
void hosts_clear(void);

/* ---- nursery.c: modules ---- */

struct sim_module {
	uint64_t id;
	bool open;
	bool gone;
};

void sim_build(void *io, uint64_t module, const void *zip, size_t size);
void sim_open_module(void *io, uint64_t module, const char *path, bool keep_user);
void sim_close_module(void *io, uint64_t module);
int sim_find_module(void *io, const char *name, char *ret_path, size_t size,
	uint64_t ret_identity[4], tsp_error *err);
bool nursery_is_open(uint64_t module);
void nursery_die(void);

/* ---- callers.c ---- */

enum ask_kind { ASK_WORK, ASK_CREATE, ASK_REQUEST, ASK_RESTART, ASK_MORGUE };

struct ask {
	uint64_t reply;
	uint64_t id; /* of the message; 0: a request to the admin */
	uint64_t number;
	enum ask_kind kind;
	bool ended;
	bool sure; /* the admin answers it whatever happens */
};

struct sim_caller {
	int index;
	struct link *link;
	struct stream up;
	struct stream down;
	struct buffer in;
	struct buffer at_admin;
	uint64_t lease;
	uint64_t counter;
	uint64_t children;
	struct ask asks[SIM_ASKS];
	size_t ask_count;
	bool gone;
	bool told; /* the admin knows */
};

void caller_open(void);
void caller_vanish(struct sim_caller *caller);
struct sim_caller *caller_any(void); /* greeted; NULL: there is none */
/* Asks the admin; sure: an answer must come. */
void caller_request(
	struct sim_caller *caller, const char *type, bool sure, const char *format, ...);
void caller_create(struct sim_caller *caller);
void caller_restart(struct sim_caller *caller);
/* Has what the morgue keeps sent again. */
void caller_send_again(struct sim_caller *caller);
void caller_ask(struct sim_caller *caller, tsp_address to, enum work work, int fuel);
/* Sends with nobody who waits for an answer. */
void caller_tell(struct sim_caller *caller, tsp_address to, enum work work, int fuel);
void callers_clear(void);

/* ---- actors.c ---- */

extern const tsp_class *const sim_classes[];

/* ---- workload.c: who does what to whom ---- */

tsp_address book_draw(void);
/* Who is to do that work: what is for owners mostly goes to one. */
tsp_address target_for(enum work work, tsp_address otherwise);
void book_add(tsp_address address);
enum work work_draw(void);
const char *class_draw(void);
const char *name_draw(void);
tsp_address name_address(const char *name);
int host_draw(void);
void workload_step(void *data, uint64_t left);
extern const char *const sim_names[SIM_NAMES];

/* ---- checks.c ---- */

/* Nothing moves any more, but time: nothing may be stuck. */
void check_quiet(void);
/* After the shutdown: each message ended once, and the sums agree. */
void check_end(void);
/* Holds after every call of the admin. */
void check_always(void);

struct event {
	clock_ns time;
	uint64_t order;
	sim_fn *fn;
	void *data;
	uint64_t argument;
};

struct sim {
	uint64_t seed;
	uint64_t chance;
	const struct profile *profile;
	bool trace;
	clock_ns now;
	struct event *events;
	size_t event_count;
	size_t event_capacity;
	uint64_t event_order;
	clock_ns tick_at;
	struct admin *admin;
	struct sim_host *hosts[SIM_HOSTS];
	size_t host_count;
	struct sim_host *running; /* whose code is at work */
	struct sim_caller callers[SIM_CALLERS];
	size_t caller_count;
	struct sim_module modules[SIM_MODULES];
	size_t module_count;
	tsp_address book[SIM_BOOK];
	size_t book_count;
	tsp_address owner; /* who took names last */
	struct ledger ledger;
	bool armed; /* allocations may fail */
	uint64_t allocations;
	bool stopped;
	bool calm; /* nobody dies, stops or begins anything any more */
	bool asked_to_stop;
	bool letters; /* somebody has all dead letters */
	uint64_t steps;
	char failure[400];
};

extern struct sim *sim;

/* ---- memory.c: allocations that fail ---- */

/* Around the core's calls; returns what it was. */
bool memory_arm(bool armed);

/* ---- switch.c: what passes the admin, seen from outside ---- */

/* Hands one frame to the admin. Negative: its link is to be closed. */
int switch_receive(struct sim_host *host, struct sim_caller *caller, const struct frame *frame);
void switch_sent_to_host(struct sim_host *host, const struct frame *frame);
void switch_sent_to_caller(struct sim_caller *caller, const struct frame *frame);
/* A host is settled: what was not done is judged by the page, as the admin has to. */
void switch_host_released(struct sim_host *host);
/* After each call of the admin: its tick. */
void switch_after(void);
/* The number that the workload gave a message; 0: it has none. */
uint64_t body_id(const uint8_t *body, size_t size);

#endif
