/* SPDX-License-Identifier: MIT */
/*
 * The admins of real systems in this process, each with its own loop, keys and port of the loopback interface, and
 * without any host: for tests of what links them.
 */
#ifndef TSP_TEST_SYSTEMS_H
#define TSP_TEST_SYSTEMS_H

#include "io/log_file.h"
#include "io/server.h"
#include "io/system_line.h"
#include "link/datagram.h"

#define TCP "multiprocTCPBase"
#define UDP "multiprocUDPBase"

struct system {
	struct server *server;
	struct log_file log;
	char *logged;
	size_t logged_size;
	char folder[40];
	char keys[48];
	char address[32]; /* 127.0.0.1:PORT */
	int port;
};

/* leader: the address that it dials, or NULL. It listens, and has made its keys. */
void system_open(struct system *system, uint64_t id, const char *base, const char *leader);
void system_close(struct system *gone); /* twice is harmless */
/* one links with whoever has the key of other; at that address, it expects it. */
void system_pin(struct system *one, const struct system *other);
/* Runs all that are open until done says true for that one; false: not within 5 s. */
bool systems_wait(bool (*done)(struct system *system), struct system *system);
bool systems_log(struct system *system, const char *text); /* until it has logged that */
bool systems_link(
	struct system *one, struct system *other); /* until both have lines that are open */
bool has_logged(struct system *system, const char *text);
/* A socket of 127.0.HIGH.LOW that is connected with its port. */
int system_connect(const struct system *system, int type, int high, int low);
/* Whether the other side has closed it, as far as is seen now. */
bool is_closed(int fd);

#endif
