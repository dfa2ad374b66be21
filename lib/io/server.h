/* SPDX-License-Identifier: MIT */
/*
 * The admin's process: the core (core/admin.h) on real descriptors, over libuv. One thread, one
 * loop; every callback of the loop only moves bytes and events, the turn's end flushes and sleeps.
 * This header is for lib/io's server files and the tests; a program uses admin_run.h.
 */
#ifndef TSP_IO_SERVER_H
#define TSP_IO_SERVER_H

#include <uv.h>

#include "base/list.h"
#include "base/table.h"
#include "core/admin.h"
#include "io/host_user.h"
#include "io/log_file.h"
#include "io/log_link.h"
#include "io/nursery_packet.h"
#include "io/poll_budget.h"
#include "link/greetings.h"
#include "source/pins.h"
#include "source/sum.h"

#define SERVER_READ_SIZE      ((size_t)64 * 1024)
#define SERVER_LINE_READ      ((size_t)1024 * 1024) /* of another system at once */
#define SERVER_GREETING_MS    5000  /* a connection's time for its HELLO */
#define SERVER_GREETING_SLOTS 64    /* connections that have not said HELLO */
#define SERVER_STATUS_MS      250   /* a dead host's status is awaited this long */
#define SERVER_CLOSING_MS     2000  /* a closed peer's time to take what is left */
#define SERVER_ORPHAN_MS      1000  /* a host's time to die after its link ended */
#define SERVER_OPEN_MS	      30000 /* a module's time to be opened */
#define SERVER_AREA_MS	      1000  /* an area that is not used keeps its memory this long */
#define SERVER_ROOMY_MS	      1000  /* what large messages needed is kept this long after the last one */
#define SERVER_OUT_LIMIT      (4 * FRAME_LIMIT)

struct server;
struct host_process;
struct nursery_link;
struct system_line;

/* Something that is due a fixed time after it began: one ordered list a kind. */
enum due_kind {
	DUE_GREETING,
	DUE_STATUS,
	DUE_CLOSING,
	DUE_ORPHAN,
	DUE_OPEN,
	DUE_BUILD,
	DUE_AREA,
	DUE_WATCHDOG,
	DUE_LINK,
	DUE_DATAGRAM,
	DUE_ROOMY,
	DUE_KINDS
};
struct due {
	struct list list;
	clock_ns at;
};

/* One stream connection: a host's link, a caller's, or another system's. */
struct peer {
	struct list list;  /* in server.peers */
	struct list dirty; /* in server.dirty while something is to be written */
	struct due due;	   /* DUE_GREETING or DUE_CLOSING */
	struct server *server;
	struct link *link;	   /* NULL: not yet, or no more, known to the core */
	struct host_process *host; /* NULL: a caller, or another system */
	struct system_line *line;  /* of another system (system_line.h) */
	uv_poll_t poll;
	int fd;
	int events; /* what poll waits for */
	pid_t pid;  /* a caller's, or a host's by the kernel */
	bool is_actor;
	bool greeted;	  /* its HELLO has come */
	bool closing;	  /* only what is in out is still written */
	bool broken;	  /* memory or socket failed: ended at the turn's end */
	bool ended;	  /* its end was told, or needs no telling */
	struct buffer in; /* one partial frame */
	struct buffer out;
	size_t out_at; /* bytes of out that are written */
};

/* A process that some nursery forked. */
enum child_kind { CHILD_HOST, CHILD_NURSERY, CHILD_BUILD };
struct child {
	struct server *server;
	enum child_kind kind;
	uint64_t token;
	struct nursery_link *nursery; /* that forks it; NULL: that has ended */
	pid_t pid;		      /* 0: not born */
	int pidfd;
	uv_poll_t poll;
	bool dead; /* the pidfd said so */
	bool has_status;
	int status;
	bool kill_wanted; /* asked for before it was born */
	bool expected;	  /* a pidfd of it is on its way: counted in server.expected */
};

struct host_process {
	struct child child;
	struct list list;
	struct due due; /* DUE_ORPHAN, DUE_STATUS */
	uint64_t number;
	struct peer *peer;
	struct page *page;
	uint64_t area_put;   /* bodies that were put into the area for it */
	size_t area_ready;   /* bytes of it that have memory */
	struct due area_due; /* DUE_AREA */
	uint64_t fetched;    /* bodies of its own area that we have */
	size_t fetched_now;  /* bytes of those that one read told of */
	bool told;     /* admin_host_ended or _failed was called */
	bool released; /* the core has forgotten it */
};

/* A control socket, the admin's end: the bare nursery's or a module's. */
struct nursery_link {
	struct list list;
	struct child child; /* a module's nursery; unused for the bare one */
	struct due due;	    /* DUE_OPEN */
	struct server *server;
	uv_poll_t poll;
	int fd; /* -1: ended */
	int ended_fd; /* what fd was: its number is free for others only when poll is closed */
	int events;
	bool bare;
	bool pending; /* not ordered yet: at the turn's end */
	bool opened;  /* OPENED has come */
	char hash[SUM_TEXT]; /* of the module's file, as HASH said; "": it has not */
	bool keep_user; /* it is not the host user's */
	bool closing; /* the core wants it no more */
	int handles;  /* of libuv, to be closed before the memory goes */
	uint64_t module;
	char *path;
	struct list queue; /* struct queued_order: not sent yet */
	size_t queued;
};

struct build {
	struct child child;
	struct list list; /* in server.builds_waiting or builds_running */
	struct due due;	  /* DUE_BUILD */
	uint64_t module;
	int zip;    /* memfd; -1 once passed */
	int answer; /* our end of the pipe */
	uv_poll_t poll;
	int handles; /* of libuv; 0: not started */
	bool timed_out;
	struct buffer bytes;
};

/* What thespian-host is started for. */
struct server_program {
	const char *verb;
	const char *argument; /* may be NULL */
	int control;	      /* becomes its descriptor 3 */
	bool apart; /* actors of another user will run below it: it gets no terminal, and little environment */
};

struct server_config {
	struct admin_config admin;
	const char *runtime_folder;
	const char *host_program;   /* path of thespian-host */
	const char *program_folder; /* of this program, for finding modules */
	const char *module_path;    /* THESPIAN_PATH, made absolute; may be NULL */
	const char *cache_folder;   /* of builds */
	const char *include_folder; /* where thespian.h is */
	struct host_user host_user;
	struct log_file *log_file; /* the internal log; may be NULL */
	/* JSON that was checked, NULL: the internal log takes all, or TSP_LOG_OFF. */
	const char *log_definitions;
	enum log_level log_least; /* of the definitions */
	/* Of links with other systems; keys_folder NULL: there are none. */
	const char *keys_folder;
	const char *listen; /* ADDRESS[:PORT]; NULL: all addresses, the Admin Port */
	const char *convention; /* its name; NULL: any */
	int lifeline; /* readable: the system ends; -1: none. The owner closes it. */
};

struct server {
	struct server_config config;
	struct admin *admin;
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t sigterm, sigint, sigchld, sigusr1;
	uv_poll_t lifeline;
	uv_poll_t listener;
	int listen_fd;
	int reserve_fd;
	uv_poll_t link_listener;
	int link_fd; /* where other systems dial us; -1: nowhere */
	char congestion[16]; /* the machine's choice of how TCP sends; "": not known */
	struct pin_pair keys;
	uint8_t convention[16];
	struct admin_ops ops; /* as the core gets them */
	size_t lines;	      /* peers that are systems, */
	size_t lines_pending; /* and of these, who have not proved who they are */
	size_t lookups;	      /* of names, under way */
	struct list relays;   /* sessions that a leader passes on */
	size_t relay_count;
	struct table lines_by_index; /* peers that are systems, by datagrams */
	struct greetings greetings;  /* by datagrams */
	int64_t pins_stamp;   /* of who may link with us, as last judged */
	clock_ns judge_at;
	int word; /* socket for what hosts have for the internal log; -1: they write it themselves */
	char word_name[16]; /* "@NAME", as they are told it */
	uv_poll_t word_poll;
	bool word_on;    /* it is looked at */
	int word_tokens; /* lines that may still be taken */
	int word_strangers; /* datagrams of others that may still be thrown away */
	clock_ns word_refill;
	bool listening;	       /* the listener's poll is on */
	clock_ns listen_again; /* after descriptors ran out */
	struct list peers, dirty, hosts, nurseries;
	struct list hosts_done; /* released: freed at the turn's end */
	struct list builds_waiting, builds_running;
	int builds;	 /* running */
	size_t greeting; /* connections without a HELLO */
	struct list due[DUE_KINDS];
	struct table children; /* token to struct child */
	struct table hosts_by_number;
	uint64_t last_token;
	size_t expected; /* descriptors that children on their way will take */
	struct log_link *log; /* NULL: there are no definitions */
	bool log_forward;     /* what the internal log hears is for the normal one, too */
	struct nursery_link *bare;
	pid_t bare_pid;
	clock_ns bare_again; /* not before: it was started just now */
	struct poll_budget budget;
	clock_ns settings_at; /* when the budget's capability is looked at again */
	clock_ns now;	      /* as of the last event */
	bool worked;	      /* something has happened since the turn: see server_event */
	int reads;	      /* of streams, this turn; one that filled the buffer counts twice */
	bool again;	      /* there is something to start at the turn's end */
	bool stopped;	      /* the core's last host has gone */
	bool ending;	      /* server_free: nothing is started any more */
	int64_t watchdog_ms;  /* WATCHDOG=1 goes out this often; 0: never */
	struct due watchdog;  /* DUE_WATCHDOG */
	bool roomy;	      /* memory that is freed is kept */
	struct due roomy_due; /* DUE_ROOMY */
	int log_tokens;	      /* lines about strangers that may still be written */
	clock_ns log_refill;
	unsigned log_dropped;
	uint8_t *read_buffer;	/* SERVER_LINE_READ */
	uint8_t *packet_buffer; /* PACKET_LIMIT */
};

/* ---- server.c: the loop ---- */
int server_new(const struct server_config *config, struct server **ret_server, tsp_error *err);
/* Ends all nurseries and what descends from them, and waits for that; at most some 12 s. */
void server_end(struct server *server);
void server_free(struct server *server);
/* Runs turns until done returns true (NULL: until the core has stopped) or until is past. */
bool server_run(struct server *server, bool (*done)(struct server *server), clock_ns until);
/* From here on each ms a turn of the loop says WATCHDOG=1; 0: none does. */
void server_watchdog(struct server *server, int64_t ms);
clock_ns server_now(struct server *server); /* reads the clock into server->now */
/* Every callback of the loop begins with this: else the sleep after a look would pass over what it changes. */
void server_event(struct server *server);
void server_log(struct server *server, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* For the internal log only: what the normal one cannot take. */
void server_log_internal(struct server *server, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same about strangers: at most ten a second, what was left out is counted. */
void server_log_stranger(struct server *server, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void server_due(struct server *server, struct due *due, enum due_kind kind, int64_t ms);
void server_due_cancel(struct due *due);
/* A large message has come: until there is none for a while, what they free is kept for the next ones. New memory
 * costs more than all that is done with a message. */
void server_roomy(struct server *server);

/* ---- server_log.c ---- */
int server_open_log(struct server *server, tsp_error *err);
void server_log_record(struct server *server, const struct log_record *record, unsigned places);
void server_set_logging(
	struct server *server, const struct log_change *change, struct log_levels *levels);
/* For SIGUSR1. */
void server_tell_status(struct server *server);

/* ---- server_word.c ---- */
int server_open_word(struct server *server, tsp_error *err);
void server_close_word(struct server *server);
/* Takes up reading when it is time; returns when that is. */
clock_ns server_word_check(struct server *server);

/* ---- server_ops.c ---- */
extern const struct admin_ops server_admin_ops;

/* ---- server_peer.c: streams ---- */
struct peer *peer_new(struct server *server, int fd,
	struct host_process *host); /* NULL: no memory; fd is then open */
void peer_send(struct peer *peer, const struct frame *frame);
/* Bytes of frames have come, wherever they end. */
void peer_take(struct peer *peer, const uint8_t *bytes, size_t size);
/* How much of a large frame that has begun is still to come, as far as there is room for it behind in; 0: it is
 * less than that, or there is none. Who has put size bytes of it there says so. */
size_t peer_room(struct peer *peer, size_t least);
void peer_grow(struct peer *peer, size_t size);
size_t peer_unsent(const struct peer *peer);
/* Writes away what is there, then frees. */
void peer_close(struct peer *peer);
/* Tells the core, once, that the link has ended. */
void peer_end(struct peer *peer);
/* Frees at the end of the turn; nothing is told. */
void peer_bury(struct peer *peer);
/* Reads what the other side left in its socket before it went, to the end. */
void peer_drain(struct peer *peer);
void peer_flush(struct peer *peer);
/* There is something to write at the turn's end. */
void peer_dirty(struct peer *peer);
/* What is waited for follows from what there is to do. */
void peer_watch(struct peer *peer);
void server_flush(struct server *server);

/* ---- server_accept.c: callers ---- */
int server_listen(struct server *server, const char *path, tsp_error *err);
void server_listen_check(
	struct server *server, clock_ns now); /* takes up listening again when it is time */
void server_unlisten(struct server *server);
/* The first frame of a caller has come: takes it to the core. A failure closes it. */
int server_greet(struct peer *peer, const struct frame *frame);
/* What bytes that are no frame look like: "HTTP", "TLS", .. */
const char *server_guess(const uint8_t *bytes, size_t size);

/* ---- server_child.c: processes ---- */
/* Gives it a token; nursery is the one that is to fork it. */
void child_init(struct server *server, struct child *child, enum child_kind kind,
	struct nursery_link *nursery);
void child_born(struct child *child, pid_t pid, int pidfd); /* takes the pidfd */
void child_kill(struct child *child);
void child_failed(struct child *child, const char *reason); /* it was never born */
/* Forgets it. True: free_it comes later for child->poll, false: its memory may go now. */
bool child_close(struct child *child, uv_close_cb free_it);
/* What a waitpid said; nursery: whose, NULL for our own. token 0: the pid alone is known. */
void server_child_status(
	struct server *server, struct nursery_link *nursery, uint64_t token, pid_t pid, int status);
void server_reap(
	struct server *server); /* own children: the bare nursery, and what it left behind */

/* ---- server_host.c: hosts ---- */
int server_start_host(struct server *server, const struct host_order *order, struct link *link,
	void **ret_peer, struct page **ret_page, tsp_error *err);
void server_kill_host(struct server *server, uint64_t number);
void server_release_host(struct server *server, uint64_t number, struct peer *peer);
void host_process_born(struct host_process *host);
/* Reads from the link until the kernel has said who sends there; ends a host that is not the
 * process that its nursery named. As recv. */
ssize_t host_process_receive(struct host_process *host);
void host_process_dead(struct host_process *host); /* the process has ended */
void host_process_has_status(struct host_process *host);
void host_process_failed(struct host_process *host, const char *reason);
void host_process_link_ended(struct host_process *host);
void host_process_status_due(struct host_process *host);
void host_process_orphan_due(struct host_process *host);
void host_process_free(struct host_process *host);

/* ---- server_area.c: bodies of large messages, which go by memory ---- */
/* Puts a body where the host sees it, and into out the frame that says so; false: what lies there is not handled
 * yet, it is too large, or there is no memory. */
bool host_process_area_put(
	struct host_process *host, const struct frame *frame, struct buffer *out);
void host_process_area_due(struct host_process *host);
/* Has the frame refer to a copy of what the host put into its area; the caller frees it. TSP_EPROTOCOL, TSP_ENOMEM. */
int host_process_area_fetch(struct host_process *host, struct frame *frame, uint8_t **ret_body);

/* ---- server_nursery.c: nurseries ---- */
int server_start_bare(struct server *server, tsp_error *err);
void server_open_module(
	struct server *server, uint64_t module, const char *path, bool keep_user);
void server_close_module(struct server *server, uint64_t module);
void server_start_nurseries(struct server *server); /* those that the core wished for */
/* The link that forks for a module (bare: by the bare nursery); NULL: there is none. */
struct nursery_link *server_find_nursery(struct server *server, uint64_t module, bool bare);
/* Sends a request, or queues it; the packet's descriptors are taken over and closed. */
int nursery_order(struct nursery_link *link, struct packet *packet);
void nursery_born(struct nursery_link *link);
void nursery_dead(struct nursery_link *link); /* its process has ended */
void nursery_failed(struct nursery_link *link, const char *reason);
void nursery_open_due(struct nursery_link *link);
void nursery_free(struct nursery_link *link);
void server_bare_died(struct server *server);

/* ---- server_spawn.c ---- */
/* Execs thespian-host. An errno, or 0. */
int server_spawn(const struct server *server, const struct server_program *program, pid_t *ret_pid);

/* ---- build_start.c ---- */
void server_build(struct server *server, uint64_t module, const void *zip, size_t size);
void server_start_builds(struct server *server);
void build_dead(struct build *build);
void build_failed(struct build *build, const char *reason);
void build_due(struct build *build);
void build_free(struct build *build);

#endif
