/* SPDX-License-Identifier: MIT */
/* Nurseries, the admin's side: orders out, reports in. */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "io/nursery.h"
#include "io/peer_check.h"

#define QUEUE_LIMIT   4096 /* orders that a nursery has not taken */
#define RECEIVE_BATCH 64
#define REASON_SIZE   1024
#define BARE_PAUSE_MS 1000 /* between two starts of the bare nursery */

struct queued_order {
	struct list list;
	struct packet packet;
	uint8_t data[];
};

static void on_nursery(uv_poll_t *poll, int status, int events);

static void nursery_watch(struct nursery_link *link)
{
	/* What its processes are is known by who it is: before that nothing is heard of them. */
	bool known = link->bare || link->child.pid != 0;
	int events = (known ? UV_READABLE : 0) | (list_empty(&link->queue) ? 0 : UV_WRITABLE);

	if (link->fd < 0 || events == link->events)
		return;
	link->events = events;
	if (events == 0)
		uv_poll_stop(&link->poll);
	else
		uv_poll_start(&link->poll, events, on_nursery);
}

void nursery_born(struct nursery_link *link)
{
	nursery_watch(link);
}

static int queue_order(struct nursery_link *link, const struct packet *packet)
{
	struct queued_order *order;

	if (link->queued >= QUEUE_LIMIT)
		return TSP_EBACKLOG;
	order = malloc(sizeof(*order) + packet->size);
	if (order == NULL)
		return TSP_ENOMEM;
	order->packet = *packet;
	if (packet->size > 0)
		memcpy(order->data, packet->data, packet->size);
	order->packet.data = order->data;
	list_append(&link->queue, &order->list);
	link->queued++;
	nursery_watch(link);
	return TSP_OK;
}

int nursery_order(struct nursery_link *link, struct packet *packet)
{
	int rc = TSP_EBACKLOG;

	if (link->fd < 0)
		rc = TSP_ECLOSED;
	else if (list_empty(&link->queue))
		rc = packet_send(link->fd, packet, MSG_DONTWAIT);
	if (rc == TSP_EBACKLOG) {
		rc = queue_order(link, packet);
		if (rc == TSP_OK)
			return TSP_OK; /* the queue has the descriptors */
	}
	packet_close(packet);
	return rc;
}

static void send_queue(struct nursery_link *link)
{
	while (!list_empty(&link->queue)) {
		struct queued_order *order = list_item(link->queue.next, struct queued_order, list);
		int rc = packet_send(link->fd, &order->packet, MSG_DONTWAIT);
		struct child *child;

		if (rc == TSP_EBACKLOG)
			break;
		child = table_get(&link->server->children, order->packet.token);
		packet_close(&order->packet);
		list_remove(&order->list);
		link->queued--;
		free(order);
		/* If the nursery has gone, its end of file tells. */
		if (rc < 0 && rc != TSP_ECLOSED && child != NULL && child->nursery == link &&
			child->pid == 0)
			child_failed(child, "its nursery did not take the order");
	}
	nursery_watch(link);
}

static void drop_queue(struct nursery_link *link)
{
	while (!list_empty(&link->queue)) {
		struct queued_order *order = list_item(link->queue.next, struct queued_order, list);

		packet_close(&order->packet);
		list_remove(&order->list);
		free(order);
	}
	link->queued = 0;
}

static void on_link_closed(uv_handle_t *handle)
{
	struct nursery_link *link = handle->data;

	link->events = 0;
	if (--link->handles == 0) {
		free(link->path);
		free(link);
	}
}

static void on_link_child_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;
	struct nursery_link *link = list_item(child, struct nursery_link, child);

	handle->data = link;
	on_link_closed(handle);
}

/* Ends the control socket; what was ordered there and is not born never will be. */
static void nursery_hang_up(struct nursery_link *link)
{
	struct server *server = link->server;
	struct child *child;
	size_t at = 0;

	if (link->fd < 0)
		return;
	uv_poll_stop(&link->poll);
	shutdown(link->fd, SHUT_RDWR);
	link->ended_fd = link->fd;
	link->fd = -1;
	drop_queue(link);
	while ((child = table_next(&server->children, &at, NULL)) != NULL) {
		if (child->nursery != link)
			continue;
		child->nursery = NULL;
		if (child->pid == 0) {
			child_failed(child, "its nursery has ended");
			at = 0; /* the table may have changed */
		}
	}
}

static struct nursery_link *nursery_new(struct server *server, bool bare)
{
	struct nursery_link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return NULL;
	link->server = server;
	link->fd = -1;
	link->ended_fd = -1;
	link->bare = bare;
	link->child.server = server;
	link->child.pidfd = -1;
	list_init(&link->queue);
	list_init(&link->due.list);
	list_append(&server->nurseries, &link->list);
	return link;
}

/* Gives a link its socket, which is then the link's. */
static int nursery_connect(struct nursery_link *link, int fd)
{
	if (uv_poll_init(&link->server->loop, &link->poll, fd) < 0)
		return TSP_EIO;
	link->poll.data = link;
	link->handles = 1;
	link->fd = fd;
	nursery_watch(link);
	return TSP_OK;
}

void nursery_free(struct nursery_link *link)
{
	nursery_hang_up(link);
	server_due_cancel(&link->due);
	list_remove(&link->list);
	if (link->handles == 0) {
		child_close(&link->child, NULL);
		free(link->path);
		free(link);
		return;
	}
	if (child_close(&link->child, on_link_child_closed))
		link->handles++;
	uv_close((uv_handle_t *)&link->poll, on_link_closed);
	close(link->ended_fd);
}

/* ---- What nurseries report ---- */

/* The bare nursery runs no code of modules. What another says may be that code's lie, and we signal what
 * we are told of: it must be a process of its own, or one that nothing can be done to any more. */
static bool is_its_own(const struct nursery_link *link, pid_t pid, int pidfd)
{
	pid_t of;

	if (link->bare)
		return true;
	of = peer_of_pidfd(pidfd);
	/* it may be reaped between the two looks */
	return of == 0 ||
		(of == pid && (peer_is_below(pid, link->child.pid) || peer_of_pidfd(pidfd) == 0));
}

/* One that nobody wants any more ends with its link. */
static void take_born(struct nursery_link *link, struct packet *packet)
{
	struct child *child = table_get(&link->server->children, packet->token);
	int pidfd = packet->descriptor_count == 1 ? packet->descriptors[0] : -1;
	bool wanted = child != NULL && child->nursery == link && child->pid == 0;

	if (wanted && pidfd >= 0 && packet->pid > 1 && is_its_own(link, packet->pid, pidfd)) {
		packet->descriptor_count = 0;
		child_born(child, packet->pid, pidfd);
		return;
	}
	if (link->bare && child == NULL && pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	packet_close(packet);
	/* It ends with its descriptors, which are the only ones. */
	if (wanted)
		child_failed(child,
			pidfd < 0 ? "no descriptor is left to watch it by" :
				    "its nursery named a process that is not its own");
}

/* What a nursery says for people to read, cut and mended; NULL: nothing. */
static const char *read_reason(const struct packet *packet, char out[REASON_SIZE])
{
	const char *reason = packet_string(packet, 0);

	if (reason == NULL)
		return NULL;
	snprintf(out, REASON_SIZE, "%s", reason);
	return text_mend(out);
}

static void take_failed(struct nursery_link *link, const struct packet *packet)
{
	struct child *child = table_get(&link->server->children, packet->token);
	char text[REASON_SIZE];
	const char *reason = read_reason(packet, text);

	if (child != NULL && child->nursery == link && child->pid == 0)
		child_failed(child, reason != NULL ? reason : "cannot fork");
}

/* The first one counts: it was sent before any code of the module ran. */
static void take_hash(struct nursery_link *link, const struct packet *packet)
{
	const char *hash = packet_string(packet, 0);

	if (link->bare || link->opened || link->hash[0] != '\0' || hash == NULL ||
		strlen(hash) != SUM_TEXT - 1 || strspn(hash, "0123456789abcdef") != SUM_TEXT - 1)
		return;
	memcpy(link->hash, hash, SUM_TEXT);
}

static void take_opened(struct nursery_link *link, const struct packet *packet)
{
	struct server *server = link->server;
	tsp_value classes = { packet->data, packet->size };
	char text[REASON_SIZE];
	const char *reason = NULL;
	int code = packet->status;

	if (link->bare || link->opened || link->closing)
		return;
	link->opened = true;
	server_due_cancel(&link->due);
	if (code > 0 ||
		(code == 0 &&
			(link->hash[0] == '\0' || tsp_value_check(classes.data, classes.size) < 0)))
		code = TSP_EPROTOCOL;
	if (code != 0) {
		reason = packet->status < 0 ? read_reason(packet, text) : NULL;
		if (reason == NULL)
			reason = "its nursery does not keep to the protocol";
		link->closing = true; /* the core has heard all that it will hear of it */
		child_kill(&link->child);
	}
	admin_module_opened(
		server->admin, link->module, code, classes, link->hash, reason, server_now(server));
}

static void take_packet(struct nursery_link *link, struct packet *packet)
{
	switch (packet->verb) {
	case PACKET_BORN:
		take_born(link, packet);
		return;
	case PACKET_FAILED:
		take_failed(link, packet);
		break;
	case PACKET_ENDED:
		if (packet->token != 0 || link->bare)
			server_child_status(
				link->server, link, packet->token, packet->pid, packet->status);
		break;
	case PACKET_HASH:
		take_hash(link, packet);
		break;
	case PACKET_OPENED:
		take_opened(link, packet);
		break;
	default:
		break;
	}
	packet_close(packet);
}

static void nursery_read(struct nursery_link *link)
{
	int i;

	for (i = 0; i < RECEIVE_BATCH && link->fd >= 0; i++) {
		struct packet packet;
		int rc = packet_receive(
			link->fd, link->server->packet_buffer, &packet, MSG_DONTWAIT);

		if (rc == 0)
			return;
		if (rc < 0) {
			nursery_hang_up(link);
			if (!link->bare)
				child_kill(&link->child); /* it has no use without its socket */
			return;
		}
		take_packet(link, &packet);
	}
}

static void on_nursery(uv_poll_t *poll, int status, int events)
{
	struct nursery_link *link = poll->data;

	server_event(link->server);
	if ((events & UV_WRITABLE) != 0 && link->fd >= 0)
		send_queue(link);
	if ((status < 0 || (events & UV_READABLE) != 0) && link->fd >= 0)
		nursery_read(link);
}

/* ---- Modules ---- */

struct nursery_link *server_find_nursery(struct server *server, uint64_t module, bool bare)
{
	struct list *at;

	if (bare)
		return server->bare;
	for (at = server->nurseries.next; at != &server->nurseries; at = at->next) {
		struct nursery_link *link = list_item(at, struct nursery_link, list);

		if (!link->bare && !link->closing && link->module == module)
			return link;
	}
	return NULL;
}

static void tell_not_opened(struct nursery_link *link, const char *reason)
{
	if (link->opened || link->closing)
		return;
	link->opened = true;
	link->closing = true;
	admin_module_opened(link->server->admin, link->module, TSP_EFAILED, (tsp_value){ 0 }, NULL,
		reason, server_now(link->server));
}

/* Only notes the wish: the core may not be called back from within its own call. */
void server_open_module(struct server *server, uint64_t module, const char *path, bool keep_user)
{
	struct nursery_link *link;

	server_close_module(server, module);
	link = nursery_new(server, false);
	if (link != NULL)
		link->path = strdup(path);
	if (link == NULL || link->path == NULL) {
		server_log(
			server, LOG_LEVEL_CRITICAL, "cannot open module '%s': out of memory", path);
		if (link != NULL)
			nursery_free(link);
		return;
	}
	link->module = module;
	link->keep_user = keep_user;
	link->pending = true;
	server->again = true;
}

static int start_nursery(struct nursery_link *link)
{
	struct server *server = link->server;
	const char *const strings[] = { link->path, NULL };
	struct packet packet = { .verb = PACKET_OPEN, .descriptor_count = 1 };
	uint8_t *data = NULL;
	int ends[2];
	int rc;

	if (server->bare == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return TSP_EFAILED;
	if (link->keep_user)
		packet.flags = PACKET_KEEP_USER;
	packet.descriptors[0] = ends[1];
	rc = nursery_connect(link, ends[0]);
	if (rc < 0)
		close(ends[0]);
	if (rc == TSP_OK)
		rc = packet_join(strings, &data, &packet.size);
	if (rc < 0) {
		packet_close(&packet);
		return rc;
	}
	child_init(server, &link->child, CHILD_NURSERY, server->bare);
	packet.token = link->child.token;
	packet.data = data;
	rc = nursery_order(server->bare, &packet);
	free(data);
	if (rc == TSP_OK)
		server_due(server, &link->due, DUE_OPEN, SERVER_OPEN_MS);
	return rc;
}

void server_start_nurseries(struct server *server)
{
	struct list *at, *next;

	if (server->bare == NULL)
		return; /* it is started again within a second */
	for (at = server->nurseries.next; at != &server->nurseries; at = next) {
		struct nursery_link *link = list_item(at, struct nursery_link, list);

		next = at->next;
		if (!link->pending)
			continue;
		link->pending = false;
		if (link->closing || start_nursery(link) == TSP_OK)
			continue;
		tell_not_opened(link, "its nursery cannot be started");
		nursery_free(link);
		next = server->nurseries.next; /* the core may have changed the list */
	}
}

void server_close_module(struct server *server, uint64_t module)
{
	struct nursery_link *link = server_find_nursery(server, module, false);

	if (link == NULL)
		return;
	link->closing = true;
	server_due_cancel(&link->due);
	if (link->pending) {
		nursery_free(link);
		return;
	}
	/* An idle one goes at the end of its socket; freed when it has gone. */
	shutdown(link->fd, SHUT_RDWR);
	if (!link->opened)
		child_kill(&link->child);
	server_due(server, &link->due, DUE_OPEN, SERVER_ORPHAN_MS);
}

void nursery_dead(struct nursery_link *link)
{
	if (link->fd >= 0 && !link->opened)
		nursery_read(link); /* its last words */
	tell_not_opened(link, "its nursery ended while the module was being opened");
	if (!link->closing) {
		link->closing = true;
		nursery_hang_up(link);
		admin_module_ended(link->server->admin, link->module, server_now(link->server));
	}
	nursery_free(link);
}

void nursery_failed(struct nursery_link *link, const char *reason)
{
	tell_not_opened(link, reason);
	nursery_free(link);
}

/* It was told to go, or has been opening its module for too long. */
void nursery_open_due(struct nursery_link *link)
{
	tell_not_opened(link, "opening the module takes too long");
	link->closing = true;
	child_kill(&link->child);
}

/* ---- The bare nursery ---- */

int server_start_bare(struct server *server, tsp_error *err)
{
	char user[HOST_USER_TEXT];
	struct server_program program = {
		.verb = "--nursery",
		.argument = host_user_print(&server->config.host_user, user),
		/* from our terminal they could write into the shell that started us */
		.apart = server->config.host_user.apart,
	};
	struct nursery_link *link;
	int ends[2];
	int error;

	server->bare_again = clock_after(server_now(server), BARE_PAUSE_MS);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return tsp_fail(err, TSP_EIO, "cannot start the nursery: %s", strerror(errno));
	program.control = ends[1];
	error = server_spawn(server, &program, &server->bare_pid);
	close(ends[1]);
	if (error != 0) {
		server->bare_pid = 0;
		close(ends[0]);
		return tsp_fail(err, TSP_EFAILED, "cannot start '%s': %s",
			server->config.host_program, strerror(error));
	}
	link = nursery_new(server, true);
	if (link == NULL || nursery_connect(link, ends[0]) < 0) {
		close(ends[0]); /* which ends it */
		if (link != NULL)
			nursery_free(link);
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	link->opened = true;
	server->bare = link;
	return TSP_OK;
}

void server_bare_died(struct server *server)
{
	struct nursery_link *link = server->bare;

	server->bare_pid = 0;
	server->bare = NULL;
	if (link != NULL)
		nursery_free(link);
	if (server->ending)
		return;
	server_log(server, LOG_LEVEL_ERROR, "the nursery has ended; it is started again");
	if (server_now(server) >= server->bare_again)
		server_start_bare(server, NULL);
}
