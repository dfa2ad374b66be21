/* SPDX-License-Identifier: MIT */
/*
 * Hosts: a socketpair, a page and an order to a nursery. One ends in three steps: the pidfd says
 * that it is dead, what it left in its socket is read, its status is awaited; then the core hears
 * of it, once.
 */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/peer_check.h"

#define CALLERS_RESERVE 16 /* descriptors that no host takes */

/* A page and its areas, which can neither grow nor shrink under the admin's hands. */
static int page_open(int *ret_fd, struct page **ret_page)
{
	int fd = memfd_create("thespian-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *page;

	if (fd < 0)
		return TSP_EIO;
	if (ftruncate(fd, PAGE_WHOLE_SIZE) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		close(fd);
		return TSP_EIO;
	}
	page = mmap(NULL, PAGE_WHOLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		close(fd);
		return TSP_EIO;
	}
	*ret_fd = fd;
	*ret_page = page;
	return TSP_OK;
}

static int host_process_order_fork(struct host_process *host, const struct host_order *order,
	const char *path, int link, int page)
{
	const char *const strings[] = { path, order->title != NULL ? order->title : "host", NULL };
	struct packet packet = {
		.verb = PACKET_FORK,
		.token = host->child.token,
		.descriptors = { link, page },
		.descriptor_count = 2,
	};
	uint8_t *data = NULL;
	int rc = packet_join(strings, &data, &packet.size);

	if (rc < 0) {
		packet_close(&packet);
		return rc;
	}
	packet.data = data;
	if (order->spawn)
		packet.flags = PACKET_EXEC;
	else if (order->forkserver)
		packet.flags = PACKET_LATE_OPEN;
	if (order->keep_user)
		packet.flags |= PACKET_KEEP_USER;
	rc = nursery_order(host->child.nursery, &packet);
	free(data);
	return rc;
}

/* The numbers of descriptors are given from below: a high one says how many are left. Callers, who
 * may end what takes so many, must still find some. */
static bool is_crowded(const struct server *server, int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		(rlim_t)fd + server->expected + CALLERS_RESERVE >= limit.rlim_cur;
}

static int host_process_open(struct host_process *host, struct link *link,
	const struct host_order *order, const char *path, tsp_error *err)
{
	struct server *server = host->child.server;
	int ends[2] = { -1, -1 };
	int page = -1;
	int rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return tsp_fail(err, TSP_EIO, "cannot start a host: %s", strerror(errno));
	if (is_crowded(server, ends[1])) {
		rc = tsp_fail(err, TSP_ELIMIT, "cannot start a host: too few descriptors are left");
		goto out;
	}
	rc = page_open(&page, &host->page);
	if (rc < 0) {
		rc = tsp_fail(err, rc, "cannot start a host: its page: %s", strerror(errno));
		goto out;
	}
	peer_check_enable(ends[0], true);
	host->peer = peer_new(server, ends[0], host);
	if (host->peer == NULL) {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
		goto out;
	}
	ends[0] = -1; /* the peer's now */
	host->peer->link = link;
	rc = host_process_order_fork(host, order, path, ends[1], page);
	ends[1] = -1; /* passed or closed */
	page = -1;
	if (rc < 0)
		tsp_fail(err, rc, "cannot start a host: %s", tsp_error_sentence(rc));
out:
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	if (page >= 0)
		close(page);
	return rc;
}

int server_start_host(struct server *server, const struct host_order *order, struct link *link,
	void **ret_peer, struct page **ret_page, tsp_error *err)
{
	bool bare = order->forkserver || order->spawn;
	struct nursery_link *nursery = server_find_nursery(server, order->module, false);
	const char *path = nursery != NULL ? nursery->path : NULL;
	struct host_process *host;
	int rc;

	if (path == NULL) /* never so in the core's order of things */
		return tsp_fail(err, TSP_EFAILED, "cannot start a host: its module is not open");
	if (bare)
		nursery = server_find_nursery(server, 0, true);
	if (nursery == NULL || nursery->fd < 0)
		return tsp_fail(err, TSP_EFAILED, "cannot start a host: its nursery has ended");
	host = calloc(1, sizeof(*host));
	if (host == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	child_init(server, &host->child, CHILD_HOST, nursery);
	list_init(&host->due.list);
	list_init(&host->area_due.list);
	list_append(&server->hosts, &host->list);
	host->number = order->host;
	rc = host_process_open(host, link, order, path, err);
	if (rc == TSP_OK && table_put(&server->hosts_by_number, host->number, host) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc < 0) {
		host->told = true;
		host->released = true;
		host_process_free(host);
		return rc;
	}
	*ret_peer = host->peer;
	*ret_page = host->page;
	return TSP_OK;
}

static void on_host_closed(uv_handle_t *handle)
{
	free(list_item(handle->data, struct host_process, child));
}

/* The last of it: when the core has forgotten it and its process is known to be gone. */
void host_process_free(struct host_process *host)
{
	table_take(&host->child.server->hosts_by_number, host->number);
	server_due_cancel(&host->due);
	server_due_cancel(&host->area_due);
	list_remove(&host->list);
	if (host->peer != NULL)
		peer_bury(host->peer);
	if (host->page != NULL)
		munmap(host->page, PAGE_WHOLE_SIZE);
	if (!child_close(&host->child, on_host_closed))
		free(host);
}

static void tell_ended(struct host_process *host)
{
	struct server *server = host->child.server;

	if (host->told)
		return;
	host->told = true;
	server_due_cancel(&host->due);
	admin_host_ended(server->admin, host->number,
		host->child.has_status ? host->child.status : -1, server_now(server));
	/* The core releases it when it is done; that may have been just now. */
}

void host_process_born(struct host_process *host)
{
	if (host->peer != NULL && host->peer->pid != 0 && host->peer->pid != host->child.pid) {
		server_log(host->child.server, LOG_LEVEL_ERROR,
			"host %d ended: process %d uses its link", (int)host->child.pid,
			(int)host->peer->pid);
		child_kill(&host->child);
		return;
	}
	if (!host->released)
		admin_host_born(host->child.server->admin, host->number, (int)host->child.pid,
			server_now(host->child.server));
}

ssize_t host_process_receive(struct host_process *host)
{
	struct peer *peer = host->peer;
	struct server *server = peer->server;
	ssize_t size =
		peer_check_receive(peer->fd, server->read_buffer, SERVER_READ_SIZE, &peer->pid);

	if (peer->pid == 0)
		return size;
	peer_check_enable(peer->fd, false);
	if (host->child.pid != 0 && host->child.pid != peer->pid) {
		server_log(server, LOG_LEVEL_ERROR, "host %d ended: process %d uses its link",
			(int)host->child.pid, (int)peer->pid);
		child_kill(&host->child);
	}
	return size;
}

void host_process_dead(struct host_process *host)
{
	struct server *server = host->child.server;

	server_due_cancel(&host->due);
	if (host->peer != NULL && !host->peer->ended)
		peer_drain(host->peer);
	if (host->released)
		host_process_free(host);
	else if (host->child.has_status)
		tell_ended(host);
	else
		server_due(server, &host->due, DUE_STATUS, SERVER_STATUS_MS);
}

void host_process_has_status(struct host_process *host)
{
	if (host->child.dead && !host->told && !host->released)
		tell_ended(host);
}

void host_process_status_due(struct host_process *host)
{
	tell_ended(host);
}

void host_process_link_ended(struct host_process *host)
{
	if (!host->child.dead && !host->told && !host->released)
		server_due(host->child.server, &host->due, DUE_ORPHAN, SERVER_ORPHAN_MS);
}

/* Its link has ended a while ago, and it still lives. */
void host_process_orphan_due(struct host_process *host)
{
	if (host->child.pidfd < 0 && !host->child.dead) {
		host_process_failed(host, "its process was never seen");
		return;
	}
	child_kill(&host->child);
}

void host_process_failed(struct host_process *host, const char *reason)
{
	struct server *server = host->child.server;

	if (host->told || host->child.pid != 0)
		return;
	host->told = true;
	server_due_cancel(&host->due);
	if (host->released) {
		host_process_free(host);
		return;
	}
	/* What it might still say counts for nothing. */
	if (host->peer != NULL)
		host->peer->ended = true;
	admin_host_failed(server->admin, host->number, reason, server_now(server));
}

void server_kill_host(struct server *server, uint64_t number)
{
	struct host_process *host = table_get(&server->hosts_by_number, number);

	if (host != NULL)
		child_kill(&host->child);
}

void server_release_host(struct server *server, uint64_t number, struct peer *peer)
{
	struct host_process *host = table_get(&server->hosts_by_number, number);

	(void)peer;
	if (host == NULL || host->released)
		return;
	host->released = true;
	if (host->peer != NULL) {
		host->peer->host = NULL;
		peer_bury(host->peer);
		host->peer = NULL;
	}
	table_take(&server->hosts_by_number, number);
	if (host->told) {
		list_remove(&host->list);
		list_append(&server->hosts_done,
			&host->list); /* freed at the turn's end: we may stand in it */
	} else {
		child_kill(&host->child); /* freed when its process has gone */
	}
}
