/* SPDX-License-Identifier: MIT */
/* The host's end of its link: frames in, dispatched where they lie; the outbox out. */
#include "config.h"

#include "io/host_parts.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE	((size_t)8 * 1024)
#define READ_SIZE_LIMIT ((size_t)64 * 1024)
#define EARLY_SIZE	((size_t)16 * 1024)
#define EARLY_LIMIT	((size_t)1024 * 1024)
#define WRITE_STALL_MS	60000 /* the admin always reads: it is stopped, or dead */
#define OUTBOX_KEEP	((size_t)4 * 1024 * 1024)
#define ROOMY		((size_t)64 * 1024) /* more than this is kept for a while only */
#define SHARED_FLUSH	32 /* half an actor's credit: the admin goes on while the rest is handled */
#define LARGE_SEND	(1024 * 1024) /* the socket takes of a large message, if the system allows it */
#define TO_NUMBER	16 /* where a frame's header has it */

void host_link_open(struct host_process *host)
{
	buffer_init(&host->in, 2 * FRAME_LIMIT);
	buffer_init(&host->early, EARLY_LIMIT + EARLY_SIZE + READ_SIZE_LIMIT + 2 * FRAME_LIMIT);
	host->want = READ_SIZE;
}

void host_link_close(struct host_process *host)
{
	buffer_clear(&host->in);
	buffer_clear(&host->early);
	close(host->config->link);
}

/* 1: something came, 0: nothing is there. */
static int receive(struct host_process *host, struct buffer *buffer)
{
	ssize_t got;

	do {
		got = recv(host->config->link, buffer->data + buffer->size,
			buffer->capacity - buffer->size, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got > 0) {
		buffer->size += (size_t)got;
		return 1;
	}
	if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
		host->ended = true;
	return 0;
}

bool host_link_read(struct host_process *host)
{
	size_t room = host->need > host->want ? host->need : host->want;

	if (host->early.size > 0)
		return true;
	if (buffer_reserve(&host->in, room) < 0) {
		host->ended = true;
		return false;
	}
	host->more = false;
	if (receive(host, &host->in) == 0)
		return false;
	host->more = host->in.size == host->in.capacity;
	if (host->more && host->want < READ_SIZE_LIMIT)
		host->want *= 2;
	return true;
}

/* What was read early follows; in holds nothing any more. */
static void take_early(struct host_process *host)
{
	struct buffer spent = host->in;

	host->in = host->early;
	host->early = spent;
	host->early.size = 0;
	host->early_seen = 0;
	host->split = false;
	buffer_clear(&host->early);
}

int host_link_dispatch(struct host_process *host)
{
	struct frame frame;
	size_t handled = 0;
	size_t at = 0;
	int rc = TSP_OK;

	host->need = 0;
	while (rc == TSP_OK) {
		long size = frame_get(
			host->in.data + at, host->in.size - at, FRAME_LIMIT, &frame, &host->need);

		if (size < 0)
			return TSP_EPROTOCOL;
		if (size == 0 && !host->split)
			break;
		if (size == 0) {
			take_early(host);
			at = 0;
			continue;
		}
		host->next = at + (size_t)size;
		rc = frame.flags & FRAME_APART ? host_area_receive(host, &frame) :
						 stage_receive(host->stage, &frame);
		at = host->next;
		if (++handled % SHARED_FLUSH == 0 && stage_is_shared(host->stage))
			host_link_flush(host);
	}
	host->next = 0;
	buffer_drop(&host->in, at);
	if (host->need > host->in.size)
		host->need -= host->in.size;
	return rc;
}

/* Waits until the link takes more; false: it does not. */
static bool wait_writable(struct host_process *host)
{
	struct pollfd poll_link = { .fd = host->config->link, .events = POLLOUT };
	int left_ms = WRITE_STALL_MS;

	while (left_ms > 0) {
		int rc = poll(&poll_link, 1, 1000);

		if (rc > 0)
			return (poll_link.revents & POLLOUT) != 0;
		if (rc < 0 && errno != EINTR)
			return false;
		left_ms -= 1000;
	}
	return false;
}

/* The socket is full: gives the core away for as long as polling is worth it, then sleeps; poll wakes
 * only when three quarters of it are empty. *end is when to sleep, 0 at first. */
static void await_room(struct host_process *host, clock_ns *end)
{
	if (*end == 0)
		*end = clock_read() + host->budget.whole;
	else if (clock_read() >= *end) {
		host->ended = !wait_writable(host);
		*end = 0;
		return;
	}
	sched_yield();
}

static void write_bytes(struct host_process *host, const uint8_t *bytes, size_t size)
{
	clock_ns end = 0;
	size_t at = 0;

	while (at < size && !host->ended) {
		ssize_t sent = send(
			host->config->link, bytes + at, size - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0) {
			at += (size_t)sent;
			end = 0;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK)
			await_room(host, &end);
		else if (errno != EINTR)
			host->ended = true;
	}
}

void host_link_flush(struct host_process *host)
{
	struct buffer *outbox = stage_outbox(host->stage);

	write_bytes(host, outbox->data, outbox->size);
	buffer_drop(outbox, outbox->size);
	if (outbox->capacity > OUTBOX_KEEP)
		buffer_clear(outbox);
}

/*
 * Hears the pauses among the frames from at on, now; for later their target is made nobody, so that
 * they are not heard twice. Returns where the first frame begins that is not whole.
 */
static size_t hear_pauses(struct host_process *host, struct buffer *buffer, size_t at)
{
	struct frame frame;
	long size;

	while ((size = frame_get(buffer->data + at, buffer->size - at, FRAME_LIMIT, &frame, NULL)) >
		0) {
		if (frame.kind == FRAME_PAUSE || frame.kind == FRAME_RESUME) {
			(void)stage_receive(host->stage, &frame);
			memset(buffer->data + at + TO_NUMBER, 0, 8);
		}
		at += (size_t)size;
	}
	return at;
}

/* The frame in work lies in the buffer, which may not move: what comes now goes into another. */
static void read_early(struct host_process *host)
{
	if (!host->split) {
		size_t end = hear_pauses(host, &host->in, host->next);

		if (buffer_put(&host->early, host->in.data + end, host->in.size - end) < 0)
			return;
		host->in.size = end;
		host->split = true;
	}
	while (host->early.size < EARLY_LIMIT &&
		buffer_reserve(&host->early, EARLY_SIZE) == TSP_OK &&
		receive(host, &host->early) > 0)
		host->early_seen = hear_pauses(host, &host->early, host->early_seen);
}

void host_link_flush_early(void *io)
{
	struct host_process *host = io;

	host_link_flush(host);
	if (!host->ended)
		read_early(host);
}

bool host_link_is_roomy(const struct host_process *host)
{
	return host->in.capacity > 2 * ROOMY || host_area_is_used(host) ||
		stage_is_roomy(host->stage);
}

/* Of small messages it takes no more than ever: so many would lie there that pauses came too late for them. */
static void set_send_buffer(const struct host_process *host, int size)
{
	(void)setsockopt(host->config->link, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int send_buffer(const struct host_process *host)
{
	int size = 0;
	socklen_t length = sizeof(size);

	(void)getsockopt(host->config->link, SOL_SOCKET, SO_SNDBUF, &size, &length);
	return size / 2; /* the kernel tells twice what it is told */
}

/* The body goes by memory, its frame by the link. False: there is no room. */
static bool write_apart(struct host_process *host, tsp_value head, tsp_value rest)
{
	size_t head_size = head.size - FRAME_HEADER;
	uint8_t frame[FRAME_APART_SIZE];
	size_t place;
	uint8_t *room = host_area_room(host, head_size + rest.size, &place);

	if (room == NULL)
		return false;
	memcpy(room, head.data + FRAME_HEADER, head_size);
	memcpy(room + head_size, rest.data, rest.size);
	frame_make_apart(frame, head.data, place);
	write_bytes(host, frame, sizeof(frame));
	return true;
}

static void write_through(struct host_process *host, tsp_value head, tsp_value rest)
{
	struct iovec parts[] = { { (void *)(uintptr_t)head.data, head.size },
		{ (void *)(uintptr_t)rest.data, rest.size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	int usual = send_buffer(host);
	ssize_t sent = 0;
	size_t at;

	set_send_buffer(host, LARGE_SEND);
	if (!host->ended)
		sent = sendmsg(host->config->link, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	at = sent > 0 ? (size_t)sent : 0; /* a failure comes again */
	if (at < head.size) {
		write_bytes(host, head.data + at, head.size - at);
		at = head.size;
	}
	write_bytes(host, rest.data + (at - head.size), rest.size - (at - head.size));
	set_send_buffer(host, usual);
}

void host_link_write(void *io, tsp_value head, tsp_value rest)
{
	struct host_process *host = io;

	host_link_flush(host);
	if (!write_apart(host, head, rest))
		write_through(host, head, rest);
	if (!host->ended)
		read_early(host);
}

void host_link_trim(struct host_process *host)
{
	host->want = READ_SIZE;
	if (host->in.size == 0 && host->in.capacity > 2 * READ_SIZE)
		buffer_clear(&host->in);
	host_area_trim(host);
	stage_trim(host->stage);
}
