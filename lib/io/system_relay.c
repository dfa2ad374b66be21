/* SPDX-License-Identifier: MIT */
/*
 * A session with another member that a leader passes on. For the session it is a socket as any other: we have the
 * other end of a pair, and make pieces of what is written there. No more is under way than the other side has said
 * that it took, and a window.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/relay.h"
#include "io/system_line.h"

#define WINDOW	     ((size_t)1024 * 1024)
#define TELL_EVERY   (WINDOW / 8)
#define RELAYS_LIMIT 1024

struct relay {
	struct list list; /* server->relays */
	struct server *server;
	uint64_t via;
	uint64_t system; /* at the other end */
	uint64_t number; /* of the dialler */
	bool dialled;	 /* by us */
	uv_poll_t poll;
	int fd;
	struct buffer in; /* what the session has not read yet */
	uint64_t sent;
	uint64_t acknowledged;
	uint64_t taken;
	uint64_t told; /* of taken */
};

static bool relay_send(
	struct relay *relay, enum frame_kind kind, const uint8_t *bytes, size_t size)
{
	const struct frame frame = { .kind = (uint8_t)kind,
		.to = { relay->system, relay->number },
		.from = { admin_system(relay->server->admin), relay->dialled ? 1 : 2 },
		.sequence = relay->taken,
		.body = bytes,
		.body_size = size };

	relay->told = relay->taken;
	return admin_relay(relay->server->admin, relay->via, &frame);
}

static void on_closed(uv_handle_t *handle)
{
	struct relay *relay = handle->data;

	close(relay->fd);
	buffer_clear(&relay->in);
	free(relay);
}

/* The session sees the end of its stream. */
static void relay_end(struct relay *relay)
{
	list_remove(&relay->list);
	relay->server->relay_count--;
	shutdown(relay->fd, SHUT_RDWR);
	uv_close((uv_handle_t *)&relay->poll, on_closed);
}

static bool has_window(const struct relay *relay)
{
	return relay->sent - relay->acknowledged < WINDOW;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct relay *relay)
{
	int events = (has_window(relay) ? UV_READABLE : 0) | (relay->in.size > 0 ? UV_WRITABLE : 0);

	if (events != 0)
		uv_poll_start(&relay->poll, events, on_poll);
	else
		uv_poll_stop(&relay->poll);
}

/* Both return false: it is over. */
static bool take_out(struct relay *relay)
{
	uint8_t bytes[RELAY_PIECE];

	while (has_window(relay)) {
		ssize_t size = recv(relay->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (size < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
		if (size == 0 || !relay_send(relay, FRAME_RELAY, bytes, (size_t)size))
			return false;
		relay->sent += (uint64_t)size;
	}
	return true;
}

static bool put_in(struct relay *relay)
{
	while (relay->in.size > 0) {
		ssize_t size = send(relay->fd, relay->in.data, relay->in.size,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (size < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
		buffer_drop(&relay->in, (size_t)size);
		relay->taken += (uint64_t)size;
	}
	return relay->taken - relay->told < TELL_EVERY || relay_send(relay, FRAME_RELAY, NULL, 0);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct relay *relay = poll->data;

	server_event(relay->server);
	if (status < 0 || ((events & UV_WRITABLE) && !put_in(relay)) ||
		((events & UV_READABLE) && !take_out(relay))) {
		(void)relay_send(relay, FRAME_RELAY_END, NULL, 0);
		relay_end(relay);
		return;
	}
	watch(relay);
}

/* *ret_fd is the session's end. */
static struct relay *relay_new(struct server *server, uint64_t via, uint64_t system, int *ret_fd)
{
	struct relay *relay =
		server->relay_count < RELAYS_LIMIT ? calloc(1, sizeof(*relay)) : NULL;
	int pair[2];

	if (relay == NULL ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		free(relay);
		return NULL;
	}
	if (uv_poll_init(&server->loop, &relay->poll, pair[0]) < 0) {
		close(pair[0]);
		close(pair[1]);
		free(relay);
		return NULL;
	}
	relay->poll.data = relay;
	relay->server = server;
	relay->via = via;
	relay->system = system;
	relay->fd = pair[0];
	buffer_init(&relay->in, WINDOW + RELAY_PIECE);
	list_append(&server->relays, &relay->list);
	server->relay_count++;
	*ret_fd = pair[1];
	return relay;
}

bool server_dial_over(
	struct server *server, uint64_t dial, uint64_t via, uint64_t system, int *ret_fd)
{
	struct relay *relay = relay_new(server, via, system, ret_fd);

	if (relay == NULL)
		return false;
	relay->number = dial;
	relay->dialled = true;
	watch(relay);
	return true;
}

/* Somebody begins a session with us. */
static struct relay *accept_one(struct server *server, uint64_t via, const struct frame *frame)
{
	char place[LINE_PLACE];
	struct relay *relay;
	struct peer *peer;
	int fd = -1;

	snprintf(place, sizeof(place), "system %016llx by a leader",
		(unsigned long long)frame->from.system);
	relay = relay_new(server, via, frame->from.system, &fd);
	if (relay == NULL)
		return NULL;
	relay->number = frame->to.number;
	peer = line_accept(server, fd, place);
	if (peer != NULL) {
		peer->line->relayed = true;
		return relay;
	}
	relay_end(relay);
	return NULL;
}

static struct relay *relay_of(const struct server *server, uint64_t via, const struct frame *frame)
{
	for (struct list *at = server->relays.next; at != &server->relays; at = at->next) {
		struct relay *relay = list_item(at, struct relay, list);

		if (relay->via == via && relay->system == frame->from.system &&
			relay->number == frame->to.number &&
			relay->dialled == (frame->from.number == 2))
			return relay;
	}
	return NULL;
}

static void say_none(struct server *server, uint64_t via, const struct frame *frame)
{
	const struct frame end = { .kind = FRAME_RELAY_END,
		.to = { frame->from.system, frame->to.number },
		.from = { admin_system(server->admin), frame->from.number == 1 ? 2 : 1 } };

	(void)admin_relay(server->admin, via, &end);
}

void server_relayed(struct server *server, uint64_t via, const struct frame *frame)
{
	struct relay *relay = relay_of(server, via, frame);

	if (frame->kind == FRAME_RELAY_END) {
		if (relay != NULL)
			relay_end(relay);
		return;
	}
	if (relay == NULL && frame->from.number == 1 && frame->body_size > 0 && frame->sequence == 0)
		relay = accept_one(server, via, frame);
	if (relay == NULL) {
		say_none(server, via, frame);
		return;
	}
	if (frame->sequence > relay->sent || frame->sequence < relay->acknowledged ||
		buffer_put(&relay->in, frame->body, frame->body_size) < 0) {
		say_none(server, via, frame); /* it sends more than we have taken, or counts wrong */
		relay_end(relay);
		return;
	}
	relay->acknowledged = frame->sequence;
	watch(relay);
}

void server_relays_end(struct server *server, uint64_t via)
{
	struct list *next;

	for (struct list *at = server->relays.next; at != &server->relays; at = next) {
		struct relay *relay = list_item(at, struct relay, list);

		next = at->next;
		if (via == 0 || relay->via == via)
			relay_end(relay);
	}
}
