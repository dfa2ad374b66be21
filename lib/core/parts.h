/* SPDX-License-Identifier: MIT */
/*
 * What the admin is made of. Shared by the files of the admin only; the world sees admin.h.
 *
 * An actor is born in a lease, lives in a host, comes from a module, and may hold names. A parcel is
 * one message that the admin answers for: it waits in a mailbox (an actor's or a name's), is sent
 * towards a host, or is kept there, until it ends in one of the outcomes of messages.md.
 */
#ifndef TSP_CORE_PARTS_H
#define TSP_CORE_PARTS_H

#include "base/list.h"
#include "base/table.h"
#include "core/admin.h"
#include "core/bounds.h"
#include "core/log_bucket.h"
#include "core/morgue.h"
#include "wire/address.h"
#include "wire/system.h"

#define HASH_TEXT	 65 /* 64 hex digits and a NUL */
#define HASH_PREFIX	 6  /* digits that are enough to name a source */
#define LEASE_OF_ADMIN	 1
#define LEASES_A_HOST	 4096		       /* of 16 million addresses each */
#define NAMES_LIMIT	 1000000
#define LOADS_LIMIT	 1000 /* packages that wait for the authority */
#define NAME_KEEP_MS	 60000
#define AUTHORITY_MS	 120000 /* how long a silent authority is waited for */
#define KILL_GRACE_MS	 5000
#define TRACES		 8 /* open at once: a bit each */

struct mailbox {
	struct list parcels;
	struct list turn;   /* in host->waiting while its holder has credit */
	struct list pauses; /* senders that were asked to pause */
	struct name *name;  /* whose it is; NULL: an actor's, which counts what that keeps, too */
	struct actor *actor;
	size_t count;
	size_t bytes;
	size_t high;
	size_t system_count;
	uint64_t refused;
	struct list untold; /* in admin->untold while refusals of its owner's sends are to be told */
	uint64_t untold_count;
	tsp_address untold_sender; /* of the last of them */
	tsp_address untold_target;
};

enum parcel_state { PARCEL_WAITING, PARCEL_SENT, PARCEL_KEPT };

struct parcel {
	struct list link;
	uint64_t sequence;
	tsp_address to;
	tsp_address from;
	uint64_t note;
	struct actor *actor; /* where it was sent to */
	clock_ns since;
	uint8_t flags;
	uint8_t state;
	uint8_t traced; /* by traces that are about its sender */
	bool creation : 1;
	bool apart : 1; /* the body is not here but where struct parcel_apart says */
	uint32_t size;
	uint8_t rest[];
};

/* What stands in the place of a body that was taken over with its memory. */
struct parcel_apart {
	const uint8_t *body;
	uint8_t *memory;
};

/* A class as its module described it. */
struct class_entry {
	char *name;
	enum tsp_host host;
	bool checks; /* has a check of its own, which its host calls */
	tsp_value requires; /* list of {capability, json}, in the module's description */
};

enum module_state { MODULE_BUILDING, MODULE_OPENING, MODULE_OPEN, MODULE_CLOSED, MODULE_FAILED };

struct module {
	struct list link; /* admin->modules */
	uint64_t id;
	char hash[HASH_TEXT]; /* of a source; "" for an installed module */
	char *name;	      /* of an installed module; NULL for a source */
	char *info;
	char *path;
	char file_hash[HASH_TEXT]; /* of the module's file when it was opened; "": not known */
	bool prebuilt;		   /* it came with its source's package */
	uint64_t identity[4];
	enum module_state state;
	bool loaded;  /* a source that creations may name; false once unloaded */
	bool threads; /* opening it started threads: hosts come from the bare nursery */
	bool keep_user; /* for what the start created: its code runs as the admin's user */
	uint8_t *description;
	struct class_entry *classes;
	size_t class_count;
	size_t actors;
	struct list hosts;
	struct list creations; /* that wait for it to open */
	struct load *load;     /* that brought it, until it is open */
	uint64_t fetched_from; /* the system that gave it; 0: it was loaded here, too */
	uint8_t *package;      /* as it came, for other systems; NULL: not kept */
	size_t package_size;
};

/* A package on its way through the authority. */
struct load {
	struct list link; /* admin->loads */
	char hash[HASH_TEXT];
	char *info;
	uint8_t *bytes;
	size_t size;
	uint64_t fetched_from; /* as of struct module */
	bool asked; /* the authority has it */
	clock_ns until;
	struct list requesters; /* struct waiter */
};

struct waiter {
	struct list link;
	tsp_address address;
};

/* What SetLogging asked for one host. */
struct host_logging {
	bool set; /* else as the system has it */
	bool file;
	enum log_level threshold;
	unsigned places;
};

struct host {
	struct list link;	 /* admin->hosts */
	struct list module_link; /* module->hosts */
	uint64_t id;
	struct link *line; /* the admin's end of its stream */
	struct page *page;
	struct module *module;
	bool shared;
	bool closing; /* no more actors for it */
	bool killed;  /* told to end: no more messages for it either */
	bool link_ended;
	bool process_ended;
	int pid;
	int status;
	clock_ns since;
	uint64_t memory; /* bytes, as last read, and when that was */
	clock_ns memory_at;
	uint64_t cpu_ms; /* the same of the time it has used */
	clock_ns cpu_at;
	struct list actors;
	size_t actor_count;
	struct list sent; /* parcels in order of their sequence */
	size_t sent_count;
	size_t sent_bytes;
	struct table kept;
	uint64_t unkept; /* how many were kept, and ended by a done */
	uint32_t leases;
	struct list waiting; /* mailboxes with something to send and credit of their own */
	uint64_t sequence;
	struct host_logging logging;
	enum log_level told_least; /* the lowest level of records that it was told to make */
	struct wait *wait;	   /* the ask of the handler in work; for waits.c, which sets it first, */
	unsigned seen;		   /* and this */
};

struct link {
	struct list list;   /* admin->callers */
	struct list pauses; /* targets that it was asked to spare */
	enum link_kind kind;
	void *peer;
	struct host *host;
	struct member *member; /* of another system */
	bool loose; /* what actors tell each other may be lost there, and has a bound of its own */
	bool greeted;
	bool is_actor;
	int pid;
	uint64_t of_host;      /* of a caller whose process comes from one; 0: none */
	struct asks *asks;     /* that are open; NULL: there was none yet */
	struct follow *follow; /* of the log; NULL: none */
	uint64_t lease; /* of a caller */
	uint64_t received;
	clock_ns since;
};

/*
 * An actor that lives on another system than that of its birth, as either of the two keeps it; also while
 * a place is looked for.
 */
struct abroad {
	struct list link; /* member->guests, or member->emigrants; of none while nobody has been asked */
	struct actor *actor;
	struct member *member; /* by whom the other system is reached */
	uint64_t system;       /* the other one */
	bool here;	       /* it lives with us; else it was born here and lives there */
	tsp_address birth;     /* here: its address there, */
	tsp_address parent;    /* and its parent's */
	char *class_name;      /* not here: its class, which only the other one knows */
	bool checks;	       /* its class judges what is required itself */
	struct tried *tried;   /* systems that could not take it; NULL: none */
};

enum actor_state { ACTOR_WAITING, ACTOR_STARTING, ACTOR_RUNNING };

struct creation {
	struct list link; /* in module->creations or admin->creations (wait for a load) */
	struct actor *actor;
	char *class_name;
	char *module_name;    /* installed */
	char hash[HASH_TEXT]; /* or source, as far as it was given */
	uint8_t *argument;
	size_t argument_size;
	uint8_t *requirements; /* NULL: none */
	size_t requirements_size;
	enum tsp_host host;
	struct list waiters; /* callers */
	bool nowhere; /* no other system has a place either */
	int retries;
};

struct actor {
	uint64_t number;
	struct host *host;
	struct module *module;
	const struct class_entry *class;
	uint64_t parent; /* what its parent is known as: 0 is the system */
	struct name *born_under;
	struct name *held; /* chain of names given to it */
	char *role;
	struct creation *creation; /* until it has started */
	struct abroad *abroad;	   /* NULL: it was born here and lives here */
	struct again *again;	   /* NULL: nothing but class, module, role and name, see restart.h */
	struct list sibling;
	struct list children;
	struct list host_link;
	struct mailbox *mailbox;
	uint32_t sent_count;
	uint32_t kept_count;
	uint64_t handled; /* ends of its messages that came by here */
	uint32_t owned; /* names, at least: of one born under a name the list is looked through */
	uint8_t state;
	uint8_t traced; /* by traces of its number or class */
	bool spares_children; /* it was told to exit alone */
	bool leaving; /* its end is being told: nothing is sent to it any more */
	bool repeatable; /* the system can create it again as it was; */
	bool unlearned;	 /* it could, but for what was too much to be kept */
	clock_ns since;
	clock_ns oldest; /* of what its host has of it; for status, which sets it first */
};

struct name {
	struct list link; /* admin->name_list */
	uint64_t number;
	char *text;
	struct actor *holder;
	struct name *next_held;
	uint64_t owner; /* what its owner is known as: 0 is nobody */
	bool born;	/* its holder was created under it */
	bool kept;
	uint32_t ended; /* holders that it has outlived */
	clock_ns kept_until;
	struct list children; /* of who is created under it */
	struct mailbox mailbox;
};

/* An actor that the start named: created before callers come, and again when it dies. */
struct appointed {
	char *module;
	char *class_name;
	char *argument;
	const char *name; /* global name, or NULL */
	struct actor *actor;
	bool wanted;
	bool started; /* has run once */
	clock_ns again;
	uint32_t restarts;
	int failures;
	clock_ns born;
};

struct kill_order {
	struct list link;
	uint64_t number;
	uint64_t host;
	clock_ns at;
};

struct counters {
	uint64_t accepted; /* messages taken in from hosts and callers */
	uint64_t finished;
	uint64_t poisoned;
	uint64_t returned; /* undelivered */
	uint64_t unknown;  /* outcome unknown */
	uint64_t refused;  /* past a bound, or not permitted */
	uint64_t dead_letters;
	uint64_t to_systems; /* taken over by another system */
	uint64_t to_callers;
	uint64_t requests;
	uint64_t denied; /* by the gate */
	uint64_t forged;
	uint64_t dropped_poison;
	uint64_t system_messages;
	uint64_t actors_created;
	uint64_t actors_failed;
	uint64_t actors_ended;
	uint64_t hosts_started;
	uint64_t hosts_died;
	uint64_t restarts;
	uint64_t of_kind[REQUEST_COUNT]; /* requests, the permitted ones */
	uint64_t unknown_requests;
	/* from the pages of hosts that have gone */
	uint64_t lost_in_host;
	uint64_t handled_in_hosts;
	uint64_t retried_in_hosts;
	uint64_t ignored_in_hosts;
	uint64_t refused_in_hosts;
};

struct admin {
	const struct admin_ops *ops;
	void *io;
	struct admin_config config;
	clock_ns now;
	clock_ns born;
	tsp_address address;
	tsp_builder *builder;
	struct table actors;
	struct table names;
	struct table hosts_by_id;
	struct table modules_by_id;
	struct table leases; /* lease -> struct link */
	struct list name_list;
	struct list hosts;
	struct list callers;
	struct list modules;
	struct list loads;
	struct list creations; /* that wait for a load */
	struct list kills;
	struct list restarts;  /* creations that go on at the next tick */
	size_t again_bytes;    /* of all actors that the system can create again */
	struct list top;    /* children of the system */
	struct list untold; /* mailboxes of senders */
	struct list follows; /* of the log, by callers */
	bool copying;	     /* a record to who follows */
	size_t caller_count;
	size_t mailbox_bytes;
	size_t waiting;	     /* parcels in all mailboxes, */
	size_t waiting_high; /* the most there ever were */
	size_t memory_reads; /* of hosts that the listing being made may still do */
	size_t cpu_reads;
	bool pressed;	    /* senders were paused for want of it, */
	clock_ns relief_at; /* and are resumed then, or as soon as there is much again */
	uint64_t next_lease;
	uint64_t next_own;
	uint64_t next_host;
	uint64_t next_module;
	uint8_t *capabilities; /* encoded map */
	size_t capabilities_size;
	enum tsp_host default_host;
	struct bounds bounds;
	uint64_t authority;	     /* number of the actor that validates; 0: none */
	uint64_t dead_letters;	     /* handler */
	struct list source_watchers; /* struct waiter */
	struct appointed authority_order;
	struct appointed director_order;
	bool begun;
	int begin_code;
	char begin_reason[400];
	bool in_shutdown;
	clock_ns tick_at; /* when something is due at the latest; 0: look anew */
	bool stopped;
	clock_ns shutdown_at; /* hosts that still run then are killed */
	int killed;
	struct list shutdown_waiters;
	struct list fetches; /* of packages from other systems */
	size_t fetch_count;
	struct list gifts; /* packages that other systems have from here */
	size_t gift_count;
	struct list members;
	struct table members_by_system;
	struct table members_by_key;
	size_t member_count;
	clock_ns beat_at; /* when the members are to be looked after next */
	struct convention *convention; /* whom we dial and tell; NULL: links are not used */
	struct counters counters;
	struct morgue morgue;
	struct log_levels levels;
	struct log_bucket refusals; /* so many are said */
	struct trace *traces[TRACES];
	size_t trace_count;
	uint8_t trace_names; /* those that are about a name, whoever holds it, a bit each */
	uint8_t trace_all;   /* about all actors */
	uint8_t sending; /* traces that are about who sent what is being routed */
};

/* In admin.c, for its parts: notices the end of a shutdown. */
void admin_check_stopped(struct admin *admin);

static inline tsp_address own_address(const struct admin *admin, uint64_t number)
{
	return (tsp_address){ admin->config.system, number };
}

/* The number of the address that an actor goes by: its name's, if it was created under one. */
static inline uint64_t actor_known_as(const struct actor *actor)
{
	return actor->born_under != NULL ? actor->born_under->number : actor->number;
}

/* The address of a number of ours that may be a guest's (actors.c). */
tsp_address address_of(const struct admin *admin, uint64_t number);

/* The address that an actor goes by, also with the system that created it from elsewhere. */
static inline tsp_address actor_address(const struct admin *admin, const struct actor *actor)
{
	return actor->abroad != NULL && actor->abroad->here ? actor->abroad->birth :
							      own_address(admin, actor_known_as(actor));
}

/* The first of its names; NULL: it has none. */
static inline const char *actor_first_name(const struct actor *actor)
{
	if (actor->born_under != NULL)
		return actor->born_under->text;
	return actor->held != NULL ? actor->held->text : NULL;
}

#endif
