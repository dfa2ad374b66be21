/* SPDX-License-Identifier: MIT */
/*
 * The scenarios: what an actor system does, a row a behaviour, told by a program outside and by actors of
 * the module `scenario`. Every row runs on every base and in own and in shared hosts, or says why not.
 *
 * A row is a process of its own: it has a connection (simple base: a system) to itself, and a deadline by
 * alarm. A failed check prints where, and ends it. What it allocates is never freed, since it ends.
 */
#ifndef TEST_SCENARIO_H
#define TEST_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <thespian.h>

/* Where a row does not apply. */
enum where {
	EVERYWHERE = 0,
	SIMPLE = 1, /* the simple base */
	SHARED = 2, /* shared hosts of the others */
	OWN = 4,    /* own hosts of the others */
	SEVERAL = SHARED | OWN,
	WAITS = 8, /* applies, but mostly waits: it runs beside the others, from the beginning */
};

#define WAIT_MS	    15000 /* for what comes at once, on a loaded machine */
#define ROW_SECONDS 30

struct scenario {
	const char *id; /* of the row: prefix of every global name */
	const char *base;
	bool simple, shared;
	int port;
	const char *folder; /* for files; the runtime folder is below */
	tsp_system *system;
	tsp_builder *builder;
	tsp_error err; /* of the last call that failed */
};

struct row {
	const char *id;
	const char *text;
	int not_on;	    /* of enum where */
	const char *reason; /* why not there */
	void (*run)(struct scenario *s);
};

/* Ended by a row without an id. */
extern const struct row rows_actors[];	 /* A */
extern const struct row rows_caller[];	 /* B */
extern const struct row rows_delivery[]; /* C */
extern const struct row rows_life[];	 /* D */
extern const struct row rows_bases[];	 /* E */
extern const struct row rows_sources[];	 /* G */
extern const struct row rows_status[];	 /* J */
extern const struct row rows_helpers[];	 /* K, L */
extern const struct row rows_weak[];	 /* weak spots */

/* ---- Checks ---- */

#define CHECK(what) ((what) ? (void)0 : check_failed(__FILE__, __LINE__, #what))
/* A number is as expected. */
#define CHECK_INT(expected, got) check_int(__FILE__, __LINE__, #got, (expected), (got))
/* A call that takes &s->err returns a code. */
#define CHECK_CODE(code, call)                                            \
	do {                                                              \
		s->err = (tsp_error){ 0 };                                \
		check_code(s, __FILE__, __LINE__, #call, (code), (call)); \
	} while (0)
#define CHECK_TEXT(expected, text) check_text(__FILE__, __LINE__, #text, (expected), (text))
/* A message is of that type. */
#define CHECK_TYPE(type, message) check_type(__FILE__, __LINE__, (type), (message))
#define CHECK_HAS(part, text)	  check_has(__FILE__, __LINE__, #text, (part), (text))
#define CHECK_SAME(a, b)	  CHECK(tsp_address_equal((a), (b)))

_Noreturn void check_failed(const char *file, int line, const char *what);
void check_int(const char *file, int line, const char *what, int64_t expected, int64_t got);
void check_code(const struct scenario *s, const char *file, int line, const char *what,
	int expected, int got);
void check_text(const char *file, int line, const char *what, const char *expected, tsp_text got);
void check_type(const char *file, int line, const char *type, const tsp_message *message);
void check_has(const char *file, int line, const char *what, const char *part, const char *got);

/* ---- Steps; one that fails ends the row unless it returns a code ---- */

int64_t now_ms(void);
void sleep_ms(int64_t ms);
/* A value by the format of tsp_put_format; until the next one. */
tsp_value value_of(struct scenario *s, const char *format, ...);
/* ID-NAME, which no other row uses. */
const char *name_of(const struct scenario *s, const char *name);

/* An actor of class_name of the module `scenario`; options may be NULL. */
tsp_address create(struct scenario *s, const char *class_name, const tsp_create_options *options);
int try_create(struct scenario *s, const char *class_name, const tsp_create_options *options,
	tsp_address *ret_actor);
void tell(struct scenario *s, tsp_address target, const char *type, const char *format, ...);
tsp_message *ask(struct scenario *s, tsp_address target, const char *type, const char *format, ...);
/* With a deadline; the answer may be NULL. */
int try_ask(struct scenario *s, int64_t timeout_ms, tsp_message **ret_reply, tsp_address target,
	const char *type, const char *format, ...);
/* The next message, which must be of that type. */
tsp_message *listen_for(struct scenario *s, const char *type);
/* That nothing arrives for so long. */
void listen_silence(struct scenario *s, int64_t ms);
/* Asked for until there is nothing at the address: TSP_EDEAD. */
void wait_dead(struct scenario *s, tsp_address actor);

/* ---- The agent, an actor that does what it is told (actors_agent.c) ---- */

/* What the agent creates; format is of Create's members: "class: s" first, see actors_agent.c. */
tsp_address agent_create(struct scenario *s, tsp_address agent, const char *format, ...);
/* Waits until the agent has heard count messages of a type; {messages: [{type, sender, system, ms, value}]}. */
tsp_message *agent_await(struct scenario *s, tsp_address agent, const char *type, int count);
/* How many messages of a type it has heard so far. */
int64_t agent_heard(struct scenario *s, tsp_address agent, const char *type);
tsp_value heard_value(const tsp_message *heard, size_t index, const char *key);
int pid_of(struct scenario *s, tsp_address actor);

tsp_address heard_sender(const tsp_message *heard, size_t index);
/* The address of this caller, as an actor sees it. */
tsp_address own_address(struct scenario *s);

/* ---- Processes ---- */

/* Another program outside, with a connection of its own; run must return for it to end well. */
int process_start(struct scenario *s, void (*run)(struct scenario *s));
void process_end(int pid);
/* One that has not been waited for is not alive. */
bool is_alive(int pid);
void wait_gone(int pid);
void stop_process(int pid); /* and waits until it is stopped */
/* The admin of the system at a port. */
int admin_pid(int port);
int64_t cpu_ms(int pid);

/* ---- Systems of a row's own ---- */

/* Starts one beside the run's, at a port of its own; options may be NULL. Ended by the run if the row does not. */
tsp_system *system_attach(struct scenario *s, int port);
tsp_system *system_start(struct scenario *s, const tsp_open_options *options, int *ret_port);
int free_port(void);
/* For the run, which ends what a row left: ports of such systems. */
void systems_share(void);
int systems_next(void); /* 0: none is left */

#endif
