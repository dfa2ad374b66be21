/* SPDX-License-Identifier: MIT */
/*
 * Links of the UDP base: who dials has a socket of its own, those who are dialled share the one that listens. What
 * is particular about a line that is carried by datagrams (link/datagram.h).
 */
#ifndef TSP_IO_SYSTEM_DATAGRAM_H
#define TSP_IO_SYSTEM_DATAGRAM_H

#include <sys/socket.h>

#include "core/member.h"
#include "io/system_line.h"
#include "link/datagram.h"

/* The server's links are of this kind. */
bool server_has_datagrams(const struct server *server);
/* The line that was just made for a socket. to: whom it answers by the socket that listens, NULL: it has its own.
 * TSP_ENOMEM. */
int line_datagrams_begin(struct peer *peer, const struct sockaddr_storage *to);
void line_datagrams_end(struct peer *peer);
/* What its socket is waited for. */
int line_datagrams_events(const struct peer *peer);
void line_datagrams_event(struct peer *peer, int status, int events);
void line_datagrams_flush(struct peer *peer);
/* The line that answers has been told to whom; false: what it was told holds no more. */
bool line_datagrams_hold(const struct peer *peer);
/* No sign of life for a while: the way there may be another. */
void line_datagrams_ping(struct peer *peer);
/* Why nothing came of a dial. */
extern const char line_datagrams_silent[];
/* Something has come where other systems dial us. */
void server_take_datagrams(struct server *server);

#endif
