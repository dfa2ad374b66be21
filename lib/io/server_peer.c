/* SPDX-License-Identifier: MIT */
/* Streams: bytes in, frames to the core, frames out, bytes. */
#include "config.h"

#include "io/server.h"
#include "io/system_datagram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_KEPT    ((size_t)64 * 1024) /* capacity that an idle out buffer may keep */
#define LARGE	    SERVER_READ_SIZE /* from here on a body is not copied where that can be spared */
#define STEP	    ((size_t)4 * 1024 * 1024) /* memory taken at once for a frame that has begun */
#define DRAIN_READS 256 /* of a dead host; more than any socket buffer holds */

static void on_poll(uv_poll_t *poll, int status, int events);

/* Where bytes for the socket are: what goes to another system is sealed. */
static struct buffer *peer_out(struct peer *peer)
{
	return peer->line != NULL ? session_out(peer->line->session) : &peer->out;
}

static bool has_datagrams(const struct peer *peer)
{
	return peer->line != NULL && peer->line->datagram != NULL;
}

static int stream_events(struct peer *peer)
{
	int events = peer->closing ? 0 : UV_READABLE;

	if (peer->ended && !peer->closing)
		events = 0;
	if (peer->out_at < peer_out(peer)->size)
		events |= UV_WRITABLE;
	if (peer->line != NULL && peer->line->connecting)
		events = UV_WRITABLE;
	return events;
}

void peer_watch(struct peer *peer)
{
	int events = has_datagrams(peer) ? line_datagrams_events(peer) : stream_events(peer);

	if (events == peer->events)
		return;
	peer->events = events;
	if (events == 0)
		uv_poll_stop(&peer->poll);
	else
		uv_poll_start(&peer->poll, events, on_poll);
}

struct peer *peer_new(struct server *server, int fd, struct host_process *host)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL)
		return NULL;
	if (uv_poll_init(&server->loop, &peer->poll, fd) < 0) {
		free(peer);
		return NULL;
	}
	peer->poll.data = peer;
	peer->server = server;
	peer->host = host;
	peer->fd = fd;
	peer->greeted = host != NULL; /* what a host says first is for the core to judge */
	list_init(&peer->dirty);
	list_init(&peer->due.list);
	list_append(&server->peers, &peer->list);
	buffer_init(&peer->in, FRAME_LIMIT);
	buffer_init(&peer->out, SERVER_OUT_LIMIT);
	peer_watch(peer);
	return peer;
}

static void peer_mark_broken(struct peer *peer)
{
	peer->broken = true;
	list_remove(&peer->dirty);
	list_append(&peer->server->dirty, &peer->dirty);
}

static int peer_tell(struct peer *peer, const struct frame *frame)
{
	struct buffer bytes;
	int rc;

	buffer_init(&bytes, DATAGRAM_TELL);
	rc = frame_put(&bytes, frame);
	if (rc == 0)
		datagram_tell(peer->line->datagram, bytes.data, bytes.size);
	buffer_clear(&bytes);
	return rc;
}

/* A large body for a host goes by memory, if that is free. */
static int peer_put(struct peer *peer, const struct frame *frame)
{
	if (frame->body_size >= LARGE && peer->host != NULL && frame->kind == FRAME_ENVELOPE &&
		host_process_area_put(peer->host, frame, &peer->out))
		return TSP_OK;
	if (has_datagrams(peer) && frame->flags & FRAME_LOOSE)
		return peer_tell(peer, frame);
	if (peer->line != NULL)
		return line_put(peer, frame);
	return frame_put(&peer->out, frame);
}

void peer_dirty(struct peer *peer)
{
	if (list_empty(&peer->dirty))
		list_append(&peer->server->dirty, &peer->dirty);
}

void peer_send(struct peer *peer, const struct frame *frame)
{
	if (peer->broken || peer->closing || peer->ended)
		return;
	if (peer->line == NULL && peer->out_at > 0 && peer->out_at == peer->out.size) {
		peer->out.size = 0;
		peer->out_at = 0;
	}
	if (peer_put(peer, frame) < 0) {
		peer_mark_broken(peer); /* a hole in the stream is worse than its end */
		return;
	}
	peer_dirty(peer);
}

size_t peer_unsent(const struct peer *peer)
{
	if (has_datagrams(peer))
		return datagram_unsent(peer->line->datagram);
	if (peer->line != NULL)
		return session_pending(peer->line->session)->size +
			session_out(peer->line->session)->size - peer->out_at;
	return peer->out.size - peer->out_at;
}

/* Moves what is left to the front when that is less than half, and gives memory back when idle. */
static void peer_compact(struct peer *peer)
{
	struct buffer *out = peer_out(peer);

	if (peer->out_at == out->size) {
		out->size = 0;
		peer->out_at = 0;
		if (out->capacity > OUT_KEPT)
			buffer_clear(out);
	} else if (peer->out_at > OUT_KEPT && peer->out_at > out->size / 2) {
		buffer_drop(out, peer->out_at);
		peer->out_at = 0;
	}
}

void peer_flush(struct peer *peer)
{
	struct buffer *out = peer_out(peer);

	if (has_datagrams(peer)) {
		line_datagrams_flush(peer);
		return;
	}
	if (peer->line != NULL)
		session_seal(peer->line->session);
	if (peer->line != NULL && peer->line->connecting)
		return;
	while (peer->out_at < out->size) {
		ssize_t sent = send(peer->fd, out->data + peer->out_at, out->size - peer->out_at,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0) {
			peer->out_at += (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {
			/* Nobody reads any more: what is left has no way. The end is told by the
			 * read side, behind what still comes from there. */
			peer->out_at = out->size;
		}
		break;
	}
	peer_compact(peer);
	if (peer->closing && peer_unsent(peer) == 0) {
		peer_bury(peer);
		return;
	}
	peer_watch(peer);
}

void peer_close(struct peer *peer)
{
	if (peer->closing)
		return;
	if (!peer->greeted)
		peer->server->greeting--;
	peer->greeted = true;
	peer->closing = true;
	peer->ended = true;
	peer->link = NULL;
	if (has_datagrams(peer))
		datagram_close(peer->line->datagram);
	else if (peer->line != NULL)
		session_close(peer->line->session);
	server_due_cancel(&peer->due);
	server_due(peer->server, &peer->due, DUE_CLOSING, SERVER_CLOSING_MS);
	if (list_empty(&peer->dirty))
		list_append(&peer->server->dirty,
			&peer->dirty); /* flushed, then buried, at the turn's end */
}

void peer_end(struct peer *peer)
{
	struct link *link = peer->link;

	if (peer->ended)
		return;
	if (peer->line != NULL && peer->line->pending) {
		line_refuse(peer, peer->line->dial != 0 ?
				"it closed the connection: there our key is no member, or it did not prove the key "
				"that is pinned for it (changed, or another machine); its log says which" :
				"it closed the connection before it had proved who it is");
		return;
	}
	peer->ended = true;
	if (peer->line != NULL && !has_datagrams(peer))
		session_pending(peer->line->session)->size = 0;
	peer->out_at = peer_out(peer)->size;
	peer_watch(peer);
	if (link != NULL) {
		if (peer->host == NULL)
			peer->link = NULL;
		admin_link_ended(peer->server->admin, link, server_now(peer->server));
	}
	if (peer->host != NULL)
		host_process_link_ended(peer->host);
	else
		peer_bury(peer);
}

static void on_closed(uv_handle_t *handle)
{
	struct peer *peer = handle->data;

	close(peer->fd);
	buffer_clear(&peer->in);
	buffer_clear(&peer->out);
	line_free(peer->line);
	free(peer);
}

void peer_bury(struct peer *peer)
{
	uv_handle_t *handle = (uv_handle_t *)&peer->poll;

	if (uv_is_closing(handle))
		return;
	if (!peer->greeted)
		peer->server->greeting--;
	peer->greeted = true;
	peer->ended = true;
	peer->closing = true;
	peer->link = NULL;
	if (peer->line != NULL) {
		peer->server->lines--;
		peer->server->lines_pending -= peer->line->pending;
		peer->line->pending = false;
		line_datagrams_end(peer);
	}
	server_due_cancel(&peer->due);
	list_remove(&peer->dirty);
	list_remove(&peer->list);
	if (!has_datagrams(peer)) /* whose socket is others', too */
		shutdown(peer->fd, SHUT_RDWR); /* the other side sees it now, not when libuv comes round */
	uv_close(handle, on_closed);
}

/* One whose body lies apart: to the core, with a copy of that. As admin_receive. */
static int peer_frame_apart(struct peer *peer, const struct frame *frame)
{
	struct frame whole = *frame;
	uint8_t *body;
	int rc = host_process_area_fetch(peer->host, &whole, &body);

	whole.memory = &body;
	if (rc == TSP_OK)
		rc = admin_receive(peer->server->admin, peer->link, &whole, peer->server->now);
	free(body);
	return rc;
}

/* One frame: to the core. False: no more of this peer. */
static bool peer_frame(struct peer *peer, const struct frame *frame)
{
	struct server *server = peer->server;
	int rc = TSP_OK;

	if (!peer->greeted)
		rc = server_greet(peer, frame);
	if (rc == TSP_OK && peer->link != NULL)
		rc = peer->host != NULL && frame->flags & FRAME_APART ?
			peer_frame_apart(peer, frame) :
			admin_receive(server->admin, peer->link, frame, server->now);
	if (peer->ended || peer->closing)
		return false;
	if (rc < 0) {
		if (peer->host != NULL) {
			server_log(server, LOG_LEVEL_ERROR, "host %d ended: %s",
				(int)peer->host->child.pid,
				rc == TSP_ENOMEM ? "no memory for what it sends" :
						   "it does not keep to the protocol");
			child_kill(&peer->host->child);
		} else if (peer->line != NULL) {
			line_breach(peer);
		}
		peer_end(peer);
		return false;
	}
	return true;
}

static void peer_garbage(struct peer *peer, const uint8_t *bytes, size_t size)
{
	if (peer->line != NULL) {
		line_breach(peer);
	} else if (peer->host != NULL) {
		server_log(peer->server, LOG_LEVEL_ERROR,
			"host %d ended: what it sends is no frame", (int)peer->host->child.pid);
		child_kill(&peer->host->child);
	} else {
		server_log_stranger(peer->server, "connection of pid %d closed: %s%s",
			(int)peer->pid,
			peer->greeted ? "its frames do not keep to the protocol" :
					"it sent no hello but what looks like ",
			peer->greeted ? "" : server_guess(bytes, size));
	}
	peer_end(peer);
}

/* Whole frames at the front of bytes; returns how many bytes they took, -1 when the peer is done
 * for. */
static long peer_frames(struct peer *peer, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (at < size) {
		struct frame frame;
		size_t limit = peer->greeted ? FRAME_LIMIT : FRAME_HELLO_LIMIT;
		long used = frame_get(bytes + at, size - at, limit, &frame, NULL);

		if (used < 0) {
			peer_garbage(peer, bytes + at, size - at);
			return -1;
		}
		if (used == 0)
			break;
		if (!peer_frame(peer, &frame))
			return -1;
		at += (size_t)used;
	}
	return (long)at;
}

/* The frame that fills in: who keeps a large one may have its memory. False: no more of this peer. */
static bool peer_frame_in(struct peer *peer, struct frame *frame)
{
	bool goes_on;

	if (frame->body_size >= LARGE && peer->in.capacity - peer->in.size <= frame->body_size / 4)
		frame->memory = &peer->in.data;
	goes_on = peer_frame(peer, frame);
	buffer_clear(&peer->in);
	return goes_on;
}

/* Room for a frame of that size that has begun, to its end or a part of it: what a header promises is believed by
 * steps, each of which may move what is there. TSP_ENOMEM. */
static int peer_fit(struct peer *peer, size_t need)
{
	size_t room = peer->in.size < STEP / 4 ? STEP : 4 * peer->in.size;

	if (peer->in.capacity >= STEP && peer->in.size < peer->in.capacity / 2)
		return 0;
	if (room > need)
		room = need;
	if (room <= peer->in.capacity)
		return 0;
	server_roomy(peer->server);
	return buffer_fit(&peer->in, room - peer->in.size);
}

/* Completes the partial frame from bytes; returns how many it took, -1 when the peer is done
 * for. */
static long peer_complete(struct peer *peer, const uint8_t *bytes, size_t size)
{
	size_t taken = 0;

	while (peer->in.size > 0) {
		struct frame frame;
		size_t need = 0;
		size_t limit = peer->greeted ? FRAME_LIMIT : FRAME_HELLO_LIMIT;
		long used = frame_get(peer->in.data, peer->in.size, limit, &frame, &need);
		size_t more;

		if (used < 0) {
			peer_garbage(peer, peer->in.data, peer->in.size);
			return -1;
		}
		if (used > 0) {
			if (!peer_frame_in(peer, &frame))
				return -1;
			break;
		}
		if (need == 0)
			need = FRAME_HEADER;
		more = need - peer->in.size;
		if (more > size - taken)
			more = size - taken;
		if (more == 0)
			break;
		if ((need >= LARGE && peer_fit(peer, need) < 0) ||
			buffer_put(&peer->in, bytes + taken, more) < 0) {
			peer_mark_broken(peer);
			return -1;
		}
		taken += more;
	}
	return (long)taken;
}

void peer_take(struct peer *peer, const uint8_t *bytes, size_t size)
{
	long taken = peer_complete(peer, bytes, size);
	long whole;

	if (taken < 0)
		return;
	whole = peer_frames(peer, bytes + taken, size - (size_t)taken);
	if (whole < 0)
		return;
	taken += whole;
	if ((size_t)taken < size && buffer_put(&peer->in, bytes + taken, size - (size_t)taken) < 0)
		peer_mark_broken(peer);
}

size_t peer_room(struct peer *peer, size_t least)
{
	struct frame frame;
	size_t need = 0;

	if (peer->in.size < FRAME_HEADER || !peer->greeted ||
		frame_get(peer->in.data, peer->in.size, FRAME_LIMIT, &frame, &need) != 0 ||
		need < LARGE || need - peer->in.size < least || peer_fit(peer, need) < 0)
		return 0;
	return (need < peer->in.capacity ? need : peer->in.capacity) - peer->in.size;
}

void peer_grow(struct peer *peer, size_t size)
{
	struct frame frame;

	peer->in.size += size;
	if (frame_get(peer->in.data, peer->in.size, FRAME_LIMIT, &frame, NULL) > 0)
		(void)peer_frame_in(peer, &frame);
}

/* The rest of a large frame goes where it stays. As peer_read. */
static int peer_read_in(struct peer *peer, size_t room)
{
	ssize_t size = recv(peer->fd, peer->in.data + peer->in.size, room, MSG_DONTWAIT);

	if (size <= 0)
		return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 :
												 -1;
	peer->server->reads += 2;
	peer_grow(peer, (size_t)size);
	return 1;
}

/* One read. 1: there was something, 0: nothing now, -1: the end. */
static int peer_read(struct peer *peer)
{
	struct server *server = peer->server;
	size_t most = peer->line != NULL ? SERVER_LINE_READ : SERVER_READ_SIZE;
	size_t room = peer->line == NULL && peer->pid != 0 ? peer_room(peer, SERVER_READ_SIZE / 2) : 0;
	ssize_t size;

	if (peer->host != NULL)
		peer->host->fetched_now = 0;
	if (room > 0)
		return peer_read_in(peer, room);
	if (peer->host != NULL && peer->pid == 0)
		size = host_process_receive(peer->host);
	else
		size = recv(peer->fd, server->read_buffer, most, MSG_DONTWAIT);
	if (size > 0) {
		server->reads += (size_t)size >= SERVER_READ_SIZE ? 2 : 1;
		if (peer->line != NULL)
			line_take(peer, server->read_buffer, (size_t)size);
		else
			peer_take(peer, server->read_buffer, (size_t)size);
		return 1;
	}
	if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return 0;
	return -1;
}

void peer_drain(struct peer *peer)
{
	int i;

	for (i = 0; i < DRAIN_READS && !peer->ended && !peer->broken; i++) {
		if (peer_read(peer) <= 0)
			break;
	}
	peer_end(peer);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct peer *peer = poll->data;

	server_event(peer->server);
	if (has_datagrams(peer)) {
		line_datagrams_event(peer, status, events);
		return;
	}
	if (peer->line != NULL && peer->line->connecting) {
		line_connected(peer);
		return;
	}
	if (status < 0) {
		/* The other side has gone with something unread. libuv has stopped the poll, so what is
		 * left to read is read now. */
		peer->events = 0;
		if (peer->closing)
			peer_bury(peer);
		else if (!peer->ended)
			peer_drain(peer);
		return;
	}
	if ((events & UV_READABLE) != 0 && !peer->ended && peer_read(peer) < 0)
		peer_end(peer);
	if ((events & UV_WRITABLE) != 0 && !uv_is_closing((uv_handle_t *)poll))
		peer_flush(peer);
}

void server_flush(struct server *server)
{
	struct list batch;

	list_init(&batch);
	list_move_all(&batch, &server->dirty);
	while (!list_empty(&batch)) {
		struct peer *peer = list_item(batch.next, struct peer, dirty);

		list_remove(&peer->dirty);
		if (peer->broken && peer->closing) {
			peer_bury(peer);
		} else if (peer->broken) {
			server_log(server, LOG_LEVEL_ERROR,
				"connection of %s %d ended: too much waits for it",
				peer->line != NULL ? peer->line->place : "pid",
				(int)(peer->host != NULL ? peer->host->child.pid : peer->pid));
			if (peer->host != NULL)
				child_kill(&peer->host->child);
			peer_end(peer);
		} else {
			peer_flush(peer);
		}
	}
}
