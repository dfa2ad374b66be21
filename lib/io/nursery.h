/* SPDX-License-Identifier: MIT */
/*
 * A nursery: a small, single-threaded process that forks. The bare one is exec'd by the admin as
 * `thespian-host --nursery PADDING` with its control socket as descriptor 3; it forks a nursery
 * for each open module, builders, and what is left when processes below it lose their parent. A
 * module's nursery has opened the module and forks its hosts. See nursery_packet.h for what is
 * said.
 *
 * The bare nursery stays what the admin is, so that it can end all that descends from it. A
 * module's nursery, and a host that the bare one forks, becomes the user whom hosts run as before
 * any code of the module runs (host_user.h), unless the order says that it keeps the admin's.
 *
 * When the control socket of the bare nursery ends it ends all that descends from it: SIGTERM, a
 * second later SIGKILL, to each child and its process group, until none is left. A module's
 * nursery just goes; its hosts become children of the bare one.
 */
#ifndef TSP_IO_NURSERY_H
#define TSP_IO_NURSERY_H

#include <signal.h>

#include "base/error.h"
#include "base/table.h"
#include "io/host_user.h"
#include "io/nursery_packet.h"
#include "source/module.h"

#define NURSERY_CONTROL	     3 /* control socket; in a host: its link */
#define NURSERY_PAGE	     4 /* in a host: its page */
#define NURSERY_BUILD_ZIP    3
#define NURSERY_BUILD_ANSWER 4

/* What a forked host is made of; link and page lie on the descriptors above. */
struct nursery_host {
	const tsp_module *module;	/* NULL: check and open file first */
	const struct module_file *file; /* NULL where the module is open */
	const char *title;
};

struct nursery_config {
	char *title; /* memory of argv, where the process title is written */
	size_t title_size;
	const char *program; /* thespian-host itself, for exec */
	struct host_user user;
	/* Runs a host in the forked child; what it returns is the exit status. */
	int (*run_host)(const struct nursery_host *host);
};

struct nursery {
	const struct nursery_config *config;
	const tsp_module *module; /* NULL: the bare nursery */
	char *path;
	struct table children; /* pid to struct nursery_child */
	sigset_t wait_mask;    /* lets SIGCHLD through */
	uint8_t *buffer;       /* PACKET_LIMIT bytes */
};

struct nursery_child {
	uint64_t token;
};

/* Runs the bare nursery until its control socket ends; returns an exit status. */
int nursery_run(const struct nursery_config *config);
/* Handles one request: forks as it says and answers. The packet's descriptors are closed. */
void nursery_serve(struct nursery *nursery, struct packet *packet);
/* Frees what is remembered of them; they go on. */
void nursery_forget_children(struct nursery *nursery);
/* Serves until the control socket ends. */
void nursery_loop(struct nursery *nursery);
/* In a forked child of the bare nursery: becomes the nursery of a module. */
void nursery_become(struct nursery *nursery, const struct packet *packet)
	__attribute__((noreturn));
/* In a forked child: becomes a host, or a builder. */
void nursery_become_host(struct nursery *nursery, const struct packet *packet)
	__attribute__((noreturn));
void nursery_become_builder(struct nursery *nursery, const struct packet *packet)
	__attribute__((noreturn));
/* Opens a module's file and becomes who is to run its code; a file that cannot be opened is told by checking
 * it. Where they are another user, they get neither the admin's output nor its current folder. Less than
 * 0: it is not they, the file is closed, and this process must end. */
int nursery_hand_over(const struct host_user *user, const char *path, struct module_file *ret_file,
	tsp_error *err);
/* Sends SIGTERM, a second later SIGKILL, to all children and their groups until none is left. */
void nursery_end_all(struct nursery *nursery);
/* Finds the memory of argv for titles: before anything is written there. */
void nursery_title_area(struct nursery_config *config, int argc, char **argv);
/* Writes "thespian-host: TITLE" there. */
void nursery_title(const struct nursery_config *config, const char *title);

#endif
