/* SPDX-License-Identifier: MIT */
/*
 * Links with other systems over TCP (UDP: system_datagram.h): whom we dial, who dials us, and the session between
 * the socket and the core. What is particular about a peer that is a system; the rest it has in common with all
 * streams.
 */
#ifndef TSP_IO_SYSTEM_LINE_H
#define TSP_IO_SYSTEM_LINE_H

#include <sys/socket.h>

#include "io/server.h"
#include "link/session.h"
#include "source/pins.h"

#define LINE_SLOTS	  64   /* that have not proved who they are */
#define LINE_SLOTS_SOURCE 4    /* of these from one source */
#define LINE_HANDSHAKE_MS 5000 /* from the connection, or the dial, to its end */
#define LINE_JUDGE_MS	  1000 /* how often the keys folder is looked at for who was expelled */
#define LINE_PORT	  1900 /* of an address without one */
#define LINE_PLACE	  64   /* bytes of an IP address's text */

struct datagram;

struct system_line {
	struct session *session;
	struct datagram *datagram; /* NULL: it is a stream */
	uint64_t dial; /* of the core; 0: it has dialled us */
	bool connecting;
	bool relayed; /* by a leader */
	bool pending; /* counted among those that have not proved who they are */
	bool shown_secret; /* of an invitation */
	struct system_words told;
	uint8_t key[PIN_KEY];
	char place[PIN_ADDRESS]; /* what we dialled, or the IP address that it came from, */
	char source[LINE_PLACE]; /* and how that is counted */
	/* ---- Of datagrams ---- */
	struct peer *peer;
	struct due due; /* DUE_DATAGRAM */
	struct sockaddr_storage to; /* where it was heard last */
	bool shares_socket;	    /* with who listens */
	bool blocked;		    /* the socket takes no more for now */
	bool was_refused;	    /* by the kernel of the machine there, */
	unsigned refused;	    /* so often */
};

/* ---- system_line.c ---- */

/* Our keys are read; *ret_pair. What we say in a handshake is filled in for the one of that key. */
void line_hello(struct server *server, const uint8_t key[PIN_KEY], struct session_hello *ret_hello,
	struct system_words *ret_words);
/* A peer for fd, which is the socket of a system. NULL: no memory, fd is then open. */
struct peer *line_new(struct server *server, int fd, const char *place, struct session *session);
void line_free(struct system_line *line);
/* A socket for a link, or for who dials us; -1: errno says why. */
int line_socket(struct server *server, int family, int type);
/* A stream of such a one is connected: how it is to send. */
void line_tune(struct server *server, int fd);
/* Something has changed in its session. */
void line_look(struct peer *peer);
/* Bytes of its stream have come, and may be changed. */
void line_take(struct peer *peer, uint8_t *bytes, size_t size);
/* A frame is to go. A large one is sealed and written by parts. TSP_ETOOBIG, TSP_ENOMEM. */
int line_put(struct peer *peer, const struct frame *frame);
/* It has sent what no system sends: for the operator's log. */
void line_breach(const struct peer *peer);
/* It is over before it has begun; why, for the operator and for who dialled. */
void line_refuse(struct peer *peer, const char *why);
void line_ping(struct peer *peer);
/* Whether we link with the system of that key: it is a member here, or was introduced by a leader. */
bool line_may_link(struct server *server, const uint8_t key[PIN_KEY], bool *ret_expelled);
/* Ends those that were expelled meanwhile, when it is time to look; when that is. */
clock_ns lines_judge(struct server *server);

/* ---- system_dial.c ---- */

void server_dial(struct server *server, uint64_t dial, const char *address, const uint8_t *key);
/* The session goes by the leader via, to that system. */
void server_dial_by(struct server *server, uint64_t dial, uint64_t via, uint64_t system,
	const uint8_t key[PIN_KEY]);
/* The socket that was connecting is writable, or has failed. */
void line_connected(struct peer *peer);

/* ---- system_listen.c ---- */

int server_listen_systems(struct server *server, tsp_error *err);
void server_unlisten_systems(struct server *server);
/* Whoever speaks there is to prove who he is. NULL: there is no room, and fd is closed. */
struct peer *line_accept(struct server *server, int fd, const char *place);
/* NULL: there is room for one more from there that has not proved who it is, if need be because another's end came;
 * else why not. */
const char *line_make_room(struct server *server, const char *place);
/* Half of the slots are taken, or of those that this source has (line_source). */
bool line_is_crowded(const struct server *server, const char *source);
/* Those that have dialled us and have not proved who they are, the oldest first: what is behind at, which begins as
 * server->due[DUE_LINK].next. NULL: no more. */
struct peer *line_next_unproved(const struct server *server, const struct list **at);
/* The session of one who is dialled; NULL: no memory. */
struct session *line_answer(const struct server *server);
/* The IP address, as text. */
void line_place(const struct sockaddr_storage *from, char out[LINE_PLACE]);
/* What it is counted by: of IPv6 the network, of which whoever has one has all the addresses. */
void line_source(const char *place, char out[LINE_PLACE]);

/* ---- system_relay.c: what leaders pass on ---- */

/* *ret_fd: what is written there goes to that system by the leader via. False: no room. */
bool server_dial_over(
	struct server *server, uint64_t dial, uint64_t via, uint64_t system, int *ret_fd);
void server_relayed(struct server *server, uint64_t via, const struct frame *frame);
/* 0: all. */
void server_relays_end(struct server *server, uint64_t via);

#endif
