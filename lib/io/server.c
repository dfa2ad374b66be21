/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/server.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "io/process_memory.h"
#include "io/ready.h"
#include "io/system_datagram.h"

#define DEFAULT_POLL_US 20
#define END_MS		12000		 /* for the bare nursery to end all that descends from it */
#define SETTINGS_NS	(100 * CLOCK_MS) /* how often the polling's capability is looked at */

clock_ns server_now(struct server *server)
{
	server->now = clock_read();
	return server->now;
}

void server_event(struct server *server)
{
	server_now(server);
	server->worked = true;
}

/* ---- What is due ---- */

void server_due(struct server *server, struct due *due, enum due_kind kind, int64_t ms)
{
	struct list *at;

	list_remove(&due->list);
	due->at = clock_after(server_now(server), ms);
	/* Nearly always the last of its kind, since a kind has one length. */
	at = server->due[kind].prev;
	while (at != &server->due[kind] && list_item(at, struct due, list)->at > due->at)
		at = at->prev;
	list_append(at->next, &due->list);
}

void server_due_cancel(struct due *due)
{
	list_remove(&due->list);
}

void server_watchdog(struct server *server, int64_t ms)
{
	server->watchdog_ms = ms;
	if (ms == 0)
		return;
	ready_notify("WATCHDOG=1");
	server_due(server, &server->watchdog, DUE_WATCHDOG, ms);
}

void server_roomy(struct server *server)
{
	if (!server->roomy)
		process_keep_memory(true);
	server->roomy = true;
	server_due(server, &server->roomy_due, DUE_ROOMY, SERVER_ROOMY_MS);
}

static void due_fire(struct server *server, enum due_kind kind, struct due *due)
{
	struct peer *peer;
	struct host_process *host;

	switch (kind) {
	case DUE_GREETING:
		peer = list_item(due, struct peer, due);
		server_log_stranger(server, "connection of pid %d closed: no hello within %d s",
			(int)peer->pid, SERVER_GREETING_MS / 1000);
		peer_bury(peer);
		break;
	case DUE_LINK:
		peer = list_item(due, struct peer, due);
		line_refuse(peer, peer->line->datagram != NULL && peer->line->dial != 0 ?
				line_datagrams_silent :
				"it did not finish the handshake within 5 s");
		break;
	case DUE_DATAGRAM:
		peer_dirty(list_item(due, struct system_line, due)->peer);
		break;
	case DUE_CLOSING:
		peer_bury(list_item(due, struct peer, due));
		break;
	case DUE_STATUS:
		host_process_status_due(list_item(due, struct host_process, due));
		break;
	case DUE_ORPHAN:
		host = list_item(due, struct host_process, due);
		host_process_orphan_due(host);
		break;
	case DUE_OPEN:
		nursery_open_due(list_item(due, struct nursery_link, due));
		break;
	case DUE_AREA:
		host_process_area_due(list_item(due, struct host_process, area_due));
		break;
	case DUE_BUILD:
		build_due(list_item(due, struct build, due));
		break;
	case DUE_WATCHDOG:
		server_watchdog(server, server->watchdog_ms);
		break;
	case DUE_ROOMY:
		server->roomy = false;
		process_keep_memory(false);
		break;
	case DUE_KINDS:
		break;
	}
}

static void due_run(struct server *server)
{
	int kind;

	for (kind = 0; kind < DUE_KINDS; kind++) {
		while (!list_empty(&server->due[kind])) {
			struct due *due = list_item(server->due[kind].next, struct due, list);

			if (due->at > server->now)
				break;
			list_remove(&due->list);
			due_fire(server, (enum due_kind)kind, due);
		}
	}
}

static clock_ns due_next(const struct server *server)
{
	clock_ns next = CLOCK_NEVER;
	int kind;

	for (kind = 0; kind < DUE_KINDS; kind++) {
		if (!list_empty(&server->due[kind])) {
			clock_ns at = list_item(server->due[kind].next, struct due, list)->at;

			if (at < next)
				next = at;
		}
	}
	return next;
}

/* ---- A turn ---- */

static void free_done(struct server *server)
{
	while (!list_empty(&server->hosts_done))
		host_process_free(list_item(server->hosts_done.next, struct host_process, list));
}

/* The capabilities `Adaptive Polling`, true or false, and `Poll Microseconds`. */
static void update_budget(struct server *server)
{
	tsp_value value;
	int64_t us = DEFAULT_POLL_US;
	bool on = true;

	if (server->now < server->settings_at)
		return;
	server->settings_at = server->now + SETTINGS_NS;
	value = admin_capability(server->admin, "Adaptive Polling");
	if (tsp_value_bool(value, &on))
		us = on ? DEFAULT_POLL_US : 0;
	value = admin_capability(server->admin, "Poll Microseconds");
	if (us > 0 && tsp_value_int(value, &us) && (us < 0 || us > 1000))
		us = DEFAULT_POLL_US;
	poll_budget_set(&server->budget, (int)us);
}

/* All that is due, then everything that waits to be written; when to be back at the latest. */
static clock_ns turn(struct server *server)
{
	clock_ns next, due;

	server_now(server);
	due_run(server);
	if (server->bare == NULL && !server->ending && server->now >= server->bare_again)
		server_start_bare(server, NULL);
	server_listen_check(server, server->now);
	update_budget(server);
	next = admin_tick(server->admin, server->now);
	if (server->log != NULL) {
		due = log_link_turn(server->log, server->now);
		next = due < next ? due : next;
	}
	due = server_word_check(server);
	next = due < next ? due : next;
	due = lines_judge(server);
	next = due < next ? due : next;
	server->again = false;
	server_start_nurseries(server);
	server_start_builds(server);
	server_flush(server);
	free_done(server);
	due = due_next(server);
	if (due < next)
		next = due;
	if (server->bare == NULL && !server->ending && server->bare_again < next)
		next = server->bare_again;
	if (server->listen_fd >= 0 && !server->listening && server->listen_again < next)
		next = server->listen_again;
	return list_empty(&server->dirty) && !server->again ? next : server->now;
}

static void on_timer(uv_timer_t *timer)
{
	(void)timer; /* ends the sleep, that is all */
}

/* The timer repeats: if it is over before libuv sleeps, that runs it first, and would sleep without one. */
static void sleep_until(struct server *server, clock_ns next)
{
	clock_ns before = server_now(server);

	uv_update_time(&server->loop);
	if (next != CLOCK_NEVER)
		uv_timer_start(&server->timer, on_timer,
			next <= before ? 0 : (uint64_t)((next - before + CLOCK_MS - 1) / CLOCK_MS),
			1);
	uv_run(&server->loop, UV_RUN_ONCE);
	uv_timer_stop(&server->timer);
	poll_budget_slept(&server->budget, server_now(server) - before);
}

/*
 * Looks for work for as long as the budget says, giving the core away each time; before the first look
 * too where yield says so. True: there was some.
 */
static bool look(struct server *server, clock_ns next, bool yield)
{
	clock_ns end = poll_budget_end(&server->budget, server->now, next);

	if (server->budget.now == 0)
		return false;
	for (;; yield = true) {
		if (yield)
			sched_yield();
		uv_run(&server->loop, UV_RUN_NOWAIT);
		if (server->worked || server_now(server) >= end)
			break;
	}
	if (server->worked)
		poll_budget_hit(&server->budget);
	else
		poll_budget_miss(&server->budget);
	if (yield) /* else no core was given away */
		poll_budget_looked(&server->budget, end, server_now(server));
	return server->worked;
}

bool server_run(struct server *server, bool (*done)(struct server *server), clock_ns until)
{
	for (;;) {
		clock_ns next = turn(server);
		bool one = server->reads == 1; /* who is to answer it has to run first */

		if (done != NULL ? done(server) : server->stopped)
			return true;
		if (server_now(server) >= until)
			return false;
		if (until < next)
			next = until;
		server->worked = false;
		server->reads = 0;
		if (next <= server->now)
			uv_run(&server->loop, UV_RUN_NOWAIT);
		else if (!look(server, next, one))
			sleep_until(server, next);
	}
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct server *server = handle->data;

	server_event(server);
	if (number == SIGCHLD)
		server_reap(server);
	else if (number == SIGUSR1)
		server_tell_status(server);
	else if (!server->ending)
		admin_shutdown(server->admin, server->now);
}

/* Whom the system belongs to has ended. */
static void on_lifeline(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;

	(void)status, (void)events;
	server_event(server);
	uv_poll_stop(poll);
	server_log(server, LOG_LEVEL_INFO, "the process that this system belongs to has ended");
	if (!server->ending)
		admin_shutdown(server->admin, server->now);
}

/* ---- Making and freeing ---- */

static int watch_lifeline(struct server *server, tsp_error *err)
{
	int fd = server->config.lifeline;

	if (fd < 0)
		return TSP_OK;
	if (uv_poll_init(&server->loop, &server->lifeline, fd) < 0) {
		server->config.lifeline = -1;
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use descriptor '%d': it says no process's end", fd);
	}
	server->lifeline.data = server;
	uv_poll_start(&server->lifeline, UV_READABLE, on_lifeline);
	return TSP_OK;
}

static void watch_signals(struct server *server)
{
	uv_signal_t *handles[] = { &server->sigterm, &server->sigint, &server->sigchld,
		&server->sigusr1 };
	static const int numbers[] = { SIGTERM, SIGINT, SIGCHLD, SIGUSR1 };
	size_t i;

	for (i = 0; i < 4; i++) {
		uv_signal_init(&server->loop, handles[i]);
		handles[i]->data = server;
		uv_signal_start(handles[i], on_signal, numbers[i]);
	}
}

static void init_lists(struct server *server)
{
	int kind;

	list_init(&server->peers);
	list_init(&server->relays);
	list_init(&server->dirty);
	list_init(&server->hosts);
	list_init(&server->hosts_done);
	list_init(&server->nurseries);
	list_init(&server->builds_waiting);
	list_init(&server->builds_running);
	list_init(&server->watchdog.list);
	list_init(&server->roomy_due.list);
	for (kind = 0; kind < DUE_KINDS; kind++)
		list_init(&server->due[kind]);
	table_init(&server->children);
	table_init(&server->lines_by_index);
	randombytes_buf(server->greetings.key, sizeof(server->greetings.key));
	randombytes_buf(server->greetings.secret, sizeof(server->greetings.secret));
	table_init(&server->hosts_by_number);
}

int server_new(const struct server_config *config, struct server **ret_server, tsp_error *err)
{
	struct server *server = calloc(1, sizeof(*server));
	int rc;

	if (server == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	server->config = *config;
	server->listen_fd = -1;
	server->reserve_fd = -1;
	server->word = -1;
	server->link_fd = -1;
	server->ops = server_admin_ops;
	if (config->keys_folder == NULL) {
		server->ops.dial = NULL;
		server->ops.dial_over = NULL;
		server->ops.ping = NULL;
	}
	init_lists(server);
	server->read_buffer = malloc(SERVER_LINE_READ);
	server->packet_buffer = malloc(PACKET_LIMIT);
	if (server->read_buffer == NULL || server->packet_buffer == NULL ||
		uv_loop_init(&server->loop) < 0) {
		free(server->read_buffer);
		free(server->packet_buffer);
		free(server);
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	uv_timer_init(&server->loop, &server->timer);
	watch_signals(server);
	signal(SIGPIPE, SIG_IGN);
	server_now(server);
	rc = watch_lifeline(server, err);
	if (rc == TSP_OK && config->keys_folder != NULL)
		rc = pins_own(config->keys_folder, true, &server->keys, err);
	if (rc == TSP_OK)
		rc = admin_new(&config->admin, &server->ops, server, server->now,
			&server->admin, err);
	if (rc == TSP_OK)
		rc = server_open_word(server, err);
	if (rc == TSP_OK)
		rc = server_open_log(server, err);
	if (rc < 0) {
		server_free(server);
		return rc;
	}
	*ret_server = server;
	return TSP_OK;
}

static bool has_no_nursery(struct server *server)
{
	return server->bare_pid == 0;
}

void server_end(struct server *server)
{
	server->ending = true;
	server_unlisten(server);
	server_unlisten_systems(server);
	while (!list_empty(&server->nurseries))
		nursery_free(list_item(server->nurseries.next, struct nursery_link, list));
	server->bare = NULL;
	server_run(server, has_no_nursery, clock_after(clock_read(), END_MS));
	server_log(server, LOG_LEVEL_INFO, "system %d has stopped", server->config.admin.port);
	if (server->log != NULL)
		log_link_finish(server->log);
}

static void close_handles(struct server *server)
{
	server_relays_end(server, 0);
	while (!list_empty(&server->peers))
		peer_bury(list_item(server->peers.next, struct peer, list));
	while (!list_empty(&server->hosts_done))
		host_process_free(list_item(server->hosts_done.next, struct host_process, list));
	while (!list_empty(&server->hosts)) {
		struct host_process *host =
			list_item(server->hosts.next, struct host_process, list);

		host->peer = NULL; /* buried above */
		host_process_free(host);
	}
	while (!list_empty(&server->builds_running))
		build_free(list_item(server->builds_running.next, struct build, list));
	while (!list_empty(&server->builds_waiting))
		build_free(list_item(server->builds_waiting.next, struct build, list));
	while (!list_empty(&server->nurseries))
		nursery_free(list_item(server->nurseries.next, struct nursery_link, list));
	server_close_word(server);
	uv_close((uv_handle_t *)&server->timer, NULL);
	uv_close((uv_handle_t *)&server->sigterm, NULL);
	uv_close((uv_handle_t *)&server->sigint, NULL);
	uv_close((uv_handle_t *)&server->sigchld, NULL);
	if (server->config.lifeline >= 0)
		uv_close((uv_handle_t *)&server->lifeline, NULL);
	uv_close((uv_handle_t *)&server->sigusr1, NULL);
}

void server_free(struct server *server)
{
	if (server == NULL)
		return;
	server->ending = true;
	server_unlisten(server);
	server_unlisten_systems(server);
	if (server->admin != NULL)
		admin_free(server->admin);
	close_handles(server);
	log_link_free(server->log);
	server->log = NULL;
	uv_run(&server->loop, UV_RUN_DEFAULT); /* only the callbacks of what was closed */
	uv_loop_close(&server->loop);
	table_clear(&server->children);
	table_clear(&server->lines_by_index);
	table_clear(&server->hosts_by_number);
	explicit_bzero(&server->keys, sizeof(server->keys));
	free(server->read_buffer);
	free(server->packet_buffer);
	free(server);
}
