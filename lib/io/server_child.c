/* SPDX-License-Identifier: MIT */
/*
 * Processes that a nursery forked. The pidfd says that one has ended, the nursery's waitpid how. A
 * child that was adopted is reported by its pid alone.
 */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void child_init(struct server *server, struct child *child, enum child_kind kind,
	struct nursery_link *nursery)
{
	child->server = server;
	child->kind = kind;
	child->nursery = nursery;
	child->token = ++server->last_token;
	child->pid = 0;
	child->pidfd = -1;
	child->expected = true;
	server->expected++;
	if (table_put(&server->children, child->token, child) < 0)
		child->token =
			0; /* its BORN finds nobody: it is killed then, and the order fails */
}

static void arrived(struct child *child)
{
	if (child->expected)
		child->server->expected--;
	child->expected = false;
}

static void child_died(struct child *child)
{
	if (child->dead)
		return;
	child->dead = true;
	uv_poll_stop(&child->poll);
	if (child->kind == CHILD_HOST)
		host_process_dead(list_item(child, struct host_process, child));
	else if (child->kind == CHILD_NURSERY)
		nursery_dead(list_item(child, struct nursery_link, child));
	else
		build_dead(list_item(child, struct build, child));
}

static void on_pidfd(uv_poll_t *poll, int status, int events)
{
	struct child *child = poll->data;

	(void)status;
	(void)events;
	server_event(child->server);
	child_died(child);
}

void child_born(struct child *child, pid_t pid, int pidfd)
{
	arrived(child);
	if (uv_poll_init(&child->server->loop, &child->poll, pidfd) < 0) {
		close(pidfd);
		child_failed(child, "it cannot be watched");
		return;
	}
	child->pid = pid;
	child->pidfd = pidfd;
	child->poll.data = child;
	uv_poll_start(&child->poll, UV_READABLE, on_pidfd);
	if (child->kill_wanted)
		child_kill(child);
	if (child->kind == CHILD_HOST)
		host_process_born(list_item(child, struct host_process, child));
	else if (child->kind == CHILD_NURSERY)
		nursery_born(list_item(child, struct nursery_link, child));
}

void child_kill(struct child *child)
{
	bool leads;

	child->kill_wanted = true;
	if (child->pidfd < 0 || child->dead)
		return;
	leads = getpgid(child->pid) == child->pid;
	/* If this succeeds the pid is not reaped yet, so the group of that number is its own. */
	if (syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0) == 0 && leads)
		kill(-child->pid, SIGKILL);
}

void child_failed(struct child *child, const char *reason)
{
	if (child->kind == CHILD_HOST)
		host_process_failed(list_item(child, struct host_process, child), reason);
	else if (child->kind == CHILD_NURSERY)
		nursery_failed(list_item(child, struct nursery_link, child), reason);
	else
		build_failed(list_item(child, struct build, child), reason);
}

bool child_close(struct child *child, uv_close_cb free_it)
{
	arrived(child);
	table_take(&child->server->children, child->token);
	if (child->pidfd < 0)
		return false;
	uv_close((uv_handle_t *)&child->poll, free_it);
	close(child->pidfd);
	child->pidfd = -1;
	return true;
}

static struct child *find_by_pid(struct server *server, pid_t pid)
{
	struct child *child;
	size_t at = 0;

	while ((child = table_next(&server->children, &at, NULL)) != NULL) {
		if (child->pid == pid && !child->has_status)
			return child;
	}
	return NULL;
}

void server_child_status(
	struct server *server, struct nursery_link *nursery, uint64_t token, pid_t pid, int status)
{
	struct child *child = token != 0 ? table_get(&server->children, token) :
					   find_by_pid(server, pid);

	if (child == NULL || child->has_status || child->pid != pid || pid <= 0)
		return;
	if (nursery != NULL && !nursery->bare && child->nursery != nursery)
		return; /* a module's nursery speaks for its own children only */
	child->has_status = true;
	child->status = status;
	if (!child->dead && (nursery == NULL || nursery->bare))
		child_died(child);
	else if (!child->dead)
		return; /* a module's code may have said so: the pidfd will tell */
	else if (child->kind == CHILD_HOST)
		host_process_has_status(list_item(child, struct host_process, child));
}

void server_reap(struct server *server)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == server->bare_pid)
			server_bare_died(server);
		else if (!log_link_reaped(server->log, pid))
			server_child_status(server, NULL, 0, pid, status);
	}
}
