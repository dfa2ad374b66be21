/* SPDX-License-Identifier: MIT */
/*
 * The admin: the switch of a system, without any I/O. It knows who is alive, owns the mailboxes, the
 * names and the sources, and accounts for every message (messages.md). What it needs of the world is
 * handed in: the time with each call, and the operations below.
 */
#ifndef TSP_CORE_ADMIN_H
#define TSP_CORE_ADMIN_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "wire/frame.h"
#include "wire/page.h"

struct admin;
struct link; /* the admin's side of one connection: a host's, a caller's or another system's */

enum link_kind { LINK_HOST, LINK_CALLER, LINK_SYSTEM };

#define SYSTEM_KEY 32 /* bytes of the key that a system is known by */

/* What is to be said to the system of a key in a handshake. */
struct system_words {
	uint32_t membership;
	uint64_t received;
	uint64_t system; /* whom we take it for: what is said is about that one, and holds as long as we do */
};

/* What the handshake of a link with another system has proved (the key) and what that one said. */
struct system_hello {
	uint8_t key[SYSTEM_KEY];
	uint64_t system;	/* its id */
	tsp_text address;	/* where it says that it can be dialled, HOST:PORT; empty: nowhere */
	tsp_text from;		/* IP address that it has dialled us from; empty: it has not, or by a leader */
	int64_t wall_ms;	/* its clock, since 1970 */
	uint32_t membership;	/* of the pair (messages.md); 0: it knows of none */
	uint64_t about;		/* whom it takes us for; 0: it knows of none of our key */
	uint64_t received;	/* the last envelope of ours that it has */
	bool relayed;		/* it goes by a leader */
	uint64_t dial;		/* of whose dial this is the answer; 0: it has dialled us */
	bool loose;		/* the line is one of datagrams: what has FRAME_LOOSE may be lost */
	struct system_words told; /* what we have told it in this handshake */
};

struct host_order {
	uint64_t host;	   /* number of the new host, for the calls below */
	uint64_t module;   /* which open module it is for */
	const char *title; /* for the process list */
	bool forkserver;   /* from the bare nursery, the module opened after */
	bool spawn;	   /* by fork and exec */
	bool keep_user;	   /* as the admin's user, not as that of hosts */
};

/* What is wanted of records: the lowest level of the normal log's definitions (OFF: none), the
 * threshold of the internal log, and that one's file (NULL: none; borrowed for the system's life). */
struct log_levels {
	enum log_level normal;
	enum log_level internal;
	const char *file;
};

#define LOG_FILE_LEAST 10240 /* bytes: a smaller internal log is none */

/* What SetLogging asks for. */
struct log_change {
	bool has_threshold;
	enum log_level threshold;
	int forward;  /* of internal records to the normal log: 0 no, 1 yes, -1 as it is */
	int64_t file; /* 0 no, 1 yes, more: yes, and its size; -1 as it is */
};

struct log_record;

struct admin_ops {
	/* Appends a frame to what the link will write; never fails, never waits. */
	void (*send)(void *io, void *peer, const struct frame *frame);
	/* Bytes that the link has not written yet. */
	size_t (*unsent)(void *io, void *peer);
	/* Writes away what is there, then closes; admin_link_ended is not called for it. */
	void (*close)(void *io, void *peer);
	/* Starts a host; frames for it may be sent to *ret_peer at once. page: *ret_page, NULL if there is
	 * none. Later: admin_host_born, admin_link_ended, admin_host_ended. */
	int (*start_host)(void *io, const struct host_order *order, struct link *link,
		void **ret_peer, struct page **ret_page, tsp_error *err);
	/* Ends a host's process (its group) by force. */
	void (*kill_host)(void *io, uint64_t host);
	/* The host is forgotten: its page may be unmapped, its peer and pidfd closed. */
	void (*release_host)(void *io, uint64_t host, void *peer);
	/* Compiles a verified zip into the cache; later: admin_built. */
	void (*build)(void *io, uint64_t module, const void *zip, size_t size);
	/* Opens the module file in a nursery of its own, as the user of hosts if it is not to keep the
	 * admin's; later: admin_module_opened. */
	void (*open_module)(void *io, uint64_t module, const char *path, bool keep_user);
	/* Ends the nursery of a module that no creation needs any more. */
	void (*close_module)(void *io, uint64_t module);
	/* Path of an installed module, and what identifies it (path, device, inode, time). */
	int (*find_module)(void *io, const char *name, char *ret_path, size_t size,
		uint64_t ret_identity[4], tsp_error *err);
	/* Source hash of a package's bytes (packages.md). */
	void (*hash)(void *io, const void *bytes, size_t size, uint8_t ret_hash[32]);
	/* The system's own words, to both logs. */
	void (*log)(void *io, enum log_level level, const char *text);
	/* The last host has gone after a shutdown: nothing is left but to end. */
	void (*stopped)(void *io);
	/* Bytes of memory that a process of ours has (pid 0: this one); 0: not known. May be NULL. */
	uint64_t (*memory)(void *io, int pid);
	/* A record to the places that its bits name (log_place); borrowed for the call. */
	void (*log_record)(void *io, const struct log_record *record, unsigned places);
	/* Switches the internal log; *levels is what holds then. */
	void (*set_logging)(void *io, const struct log_change *change, struct log_levels *levels);
	/* Milliseconds of processor time that a process of ours has used; 0: not known. May be NULL. */
	uint64_t (*cpu)(void *io, int pid);
	/* Connects to another system at HOST:PORT and proves who we are, within 5 s; key: whom to expect
	 * there; NULL: whom the keys folder names for that address. Later: admin_system_opened, or
	 * admin_dial_failed. May be NULL, as the next: no links between systems. */
	void (*dial)(void *io, uint64_t dial, const char *address, const uint8_t *key);
	/* Asks the system at the other end for a sign of life; later: admin_system_heard. */
	void (*ping)(void *io, void *peer);
	/* As dial, the system of that id, by what the leader via passes on (admin_relay). */
	void (*dial_over)(
		void *io, uint64_t dial, uint64_t via, uint64_t system, const uint8_t *key);
	/* A piece of a session that via has passed on, or its end. Of the core only
	 * admin_relay may be called from it. */
	void (*relayed)(void *io, uint64_t via, const struct frame *frame);
	/* The line to via has ended, and with it all that it passed on. As above. */
	void (*relays_ended)(void *io, uint64_t via);
};

struct admin_config {
	uint64_t system;  /* random, not 0 */
	const char *base; /* name of the system base */
	int port;
	int pid; /* of the admin's process, for status */
	const char *capabilities; /* JSON object of the start, or NULL */
	const char *authority;	  /* MODULE:CLASS[=ARGUMENT] or NULL */
	const char *director;	  /* the same */
	int cores;		  /* how many shared hosts a source gets */
	uint64_t memory_limit;	  /* bytes in all mailboxes together */
	bool one_host;		  /* simple base: every actor lives in one host */
	int64_t wall_ms;	  /* wall clock at start, ms since 1970 */
	const char *host_user;	  /* name of whom hosts run as, for status; NULL: not known */
	int64_t host_uid;
	bool hosts_apart; /* that is another user than the admin's */
	const char *advertise; /* HOST:PORT where other systems can dial us; NULL: nowhere */
};

int admin_new(const struct admin_config *config, const struct admin_ops *ops, void *io,
	clock_ns now, struct admin **ret_admin, tsp_error *err);
void admin_free(struct admin *admin);

/* Creates the authority and the Director, if the start named them. Ready when admin_is_ready:
 * 1 yes, 0 not yet, TSP_ESTART with err: the authority could not be created. */
void admin_begin(struct admin *admin, clock_ns now);
int admin_is_ready(const struct admin *admin, tsp_error *err);

/* A caller has connected and its peer was checked. NULL: no more callers (TSP_ELIMIT in err). The
 * first frame from it must be HELLO. is_actor: the process descends from a nursery. */
struct link *admin_caller_opened(
	struct admin *admin, void *peer, bool is_actor, clock_ns now, tsp_error *err);
/* Who a caller is, where that is known for certain; before its first frame, which only claims it. */
void admin_caller_is(struct link *link, int pid);
/* Whether the process of a caller, or one that it descends from, is a host's: for who looks who waits. */
bool admin_caller_from(struct admin *admin, struct link *link, int pid);
/* What to say to the system of that key in a handshake that is about to be made. */
void admin_system_words(const struct admin *admin, const uint8_t key[SYSTEM_KEY], struct system_words *ret);
/* A handshake with another system is over, and its key one that we link with; frames follow by
 * admin_receive, the end by admin_link_ended. NULL: not wanted (err says why), to be closed. */
struct link *admin_system_opened(struct admin *admin, void *peer, const struct system_hello *hello,
	clock_ns now, tsp_error *err);
/* A piece of a session, or its end, for another member, to be passed on by the leader via. False: there is no
 * line to it. */
bool admin_relay(struct admin *admin, uint64_t via, const struct frame *frame);
/* Whether a leader has said that the system of that key is a member of our convention. */
bool admin_admits(const struct admin *admin, const uint8_t key[SYSTEM_KEY]);
/* Its key is none that we link with any more: it is gone at once, and the line is closed. */
void admin_system_expelled(struct admin *admin, struct link *link, clock_ns now);
/* It answered a ping. */
void admin_system_heard(struct admin *admin, struct link *link, clock_ns round_trip, clock_ns now);
/* Something of it has come, if only a part of a frame. */
void admin_system_flows(struct admin *admin, struct link *link, clock_ns now);
/* Nobody answered there, or it was not who it is to be. */
void admin_dial_failed(struct admin *admin, uint64_t dial, const char *reason, clock_ns now);
/* The owner of the I/O has logged words of its own: who follows the system's log gets a copy. */
void admin_said(struct admin *admin, enum log_level level, const char *text);
/* One frame from a link; the body is borrowed for the call. A failure means that the link is to be
 * closed by the caller of this (a host: to be killed), followed by admin_link_ended. */
int admin_receive(struct admin *admin, struct link *link, const struct frame *frame, clock_ns now);
/* End of file, or an error, on a link. Frees a caller's link. A host's waits for admin_host_ended. */
void admin_link_ended(struct admin *admin, struct link *link, clock_ns now);
void admin_host_born(struct admin *admin, uint64_t host, int pid, clock_ns now);
/* A host's process has gone. status as of waitpid, or -1 if it is unknown. why: text or NULL */
void admin_host_ended(struct admin *admin, uint64_t host, int status, clock_ns now);
/* A host could not be started at all. */
void admin_host_failed(struct admin *admin, uint64_t host, const char *reason, clock_ns now);

/* Results of build and open_module. classes: what the module exports, described by
 * [{name, host: int, check: bool, requires: [{capability, json}], threads: bool}]. code 0: good.
 * prebuilt: it came with the package. hash: of the file that was opened; NULL: not known. */
void admin_built(struct admin *admin, uint64_t module, int code, const char *path, bool prebuilt,
	const char *reason, const char *output, clock_ns now);
void admin_module_opened(struct admin *admin, uint64_t module, int code, tsp_value classes,
	const char *hash, const char *reason, clock_ns now);
/* A module's nursery died by itself: it is opened again on demand. */
void admin_module_ended(struct admin *admin, uint64_t module, clock_ns now);

/* Does what is due and says when to call again (CLOCK_NEVER: not before another call). */
clock_ns admin_tick(struct admin *admin, clock_ns now);
/* Orderly stop, as by SystemShutdown; from SIGTERM. */
void admin_shutdown(struct admin *admin, clock_ns now);
/* What is to be logged: before the first host is started, or later. Without it: all. */
void admin_set_logging(struct admin *admin, const struct log_levels *levels);
/* One line about the system, for SIGUSR1. */
void admin_describe(const struct admin *admin, char *out, size_t size);
bool admin_is_stopped(const struct admin *admin);
bool admin_in_shutdown(const struct admin *admin);
uint64_t admin_system(const struct admin *admin);
/* The value of a capability as text, or NULL; borrowed until it is changed. */
tsp_value admin_capability(const struct admin *admin, const char *name);

#endif
