/* SPDX-License-Identifier: MIT */
/*
 * A machine in memory: the real admin and the real stages, with an invented clock and invented
 * links. Crashes are ordered; nothing is random.
 */
#ifndef TSP_TEST_MACHINE_H
#define TSP_TEST_MACHINE_H

#include "core/admin.h"
#include "core/stage.h"
#include "wire/message.h"

#define MACHINE_HOSTS 64
#define MACHINE_INBOX 4096

struct machine_host {
	struct machine *machine;
	uint64_t id;
	uint64_t module;
	struct link *link;
	struct stage *stage;
	struct page page;
	struct buffer in;
	bool stopped; /* its process reads nothing, as after SIGSTOP */
	bool killed;
	int status;
};

struct machine_caller {
	struct link *link;
	struct buffer in;
	uint64_t lease;
	uint64_t counter;
	tsp_message *inbox[MACHINE_INBOX];
	size_t count;
};

#define MACHINE_SYSTEM 0x5157 /* where a configuration says nothing */

struct machine {
	struct admin *admin;
	uint64_t system;
	struct network *network; /* NULL: it is alone */
	clock_ns now;
	struct machine_host *hosts[MACHINE_HOSTS];
	size_t host_count;
	struct machine_caller caller;
	const tsp_class *const *classes;
	uint64_t to_open[16];
	size_t to_open_count;
	bool kept_user; /* as the last open_module said */
	size_t opened;
	uint64_t to_build[16];
	size_t to_build_count;
	int build_code;
	bool stopped;
	char last_log[512];
	uint64_t started; /* hosts, in all */
};

/* Set by a handler: the process dies of the message in work. */
extern bool machine_crash;
extern int machine_crash_status;      /* how it ended: a signal, unless the test says otherwise */
extern uint64_t machine_crash_number; /* the envelope in work then; 0: the one that came last */

/* The network that machines are opened into; NULL, as it is: none. */
extern struct network *machine_network;

void machine_open(struct machine *machine, const struct admin_config *config,
	const tsp_class *const *classes);
void machine_close(struct machine *machine);
/* Lets everything happen until nothing moves. */
void machine_run(struct machine *machine);
void machine_pass_ms(struct machine *machine, int64_t ms);
/* Its process has gone, and nothing else has happened yet. */
void machine_end_host(struct machine *machine, const struct machine_host *host);
struct machine_host *machine_host_of(struct machine *machine, const char *class_name);
/* The caller sends; the reply address is returned, for machine_reply. */
uint64_t machine_send(
	struct machine *machine, tsp_address to, const char *type, const char *format, ...);
uint64_t machine_request(struct machine *machine, const char *type, const char *format, ...);
/* What came for a reply address, in order; NULL: nothing yet. Belongs to the machine. */
tsp_message *machine_reply(struct machine *machine, uint64_t reply);
tsp_address machine_create(
	struct machine *machine, const char *class_name, const char *name, enum tsp_host host);
tsp_address machine_name(struct machine *machine, const char *name);
/* A counter of the admin's status. */
int64_t machine_counter(struct machine *machine, const char *name);

#endif
