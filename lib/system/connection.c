/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/connection.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "system/attach.h"
#include "system/interrupt.h"

#define READ_SIZE ((size_t)16 * 1024)
#define READ_MOST ((size_t)1024 * 1024) /* one read; the deadline is looked at in between */
#define KEEP_SIZE ((size_t)256 * 1024)  /* what an empty buffer may keep of its memory */

static int gone(struct connection *connection, tsp_error *err)
{
	if (connection->broken)
		return tsp_fail(err, TSP_EPROTOCOL, "the system does not keep to the protocol");
	return tsp_fail(err, TSP_ENOSYSTEM, "the system is gone");
}

/* Hands on the whole frames in the buffer; returns how many, and what is needed for the next. */
static int parse(struct connection *connection, size_t *ret_need)
{
	struct buffer *in = &connection->in;
	size_t at = 0;
	size_t need = 0;
	int count = 0;

	for (;;) {
		struct frame frame;
		long size = frame_get(in->data + at, in->size - at, FRAME_LIMIT, &frame, &need);

		if (size == 0)
			break;
		if (size < 0 || caller_receive(connection->system, &frame) < 0) {
			connection->broken = true;
			connection->gone = true;
			break;
		}
		at += (size_t)size;
		count++;
	}
	if (at > 0)
		buffer_drop(in, at);
	if (in->size == 0 && in->capacity > KEEP_SIZE)
		buffer_clear(in);
	*ret_need = need > in->size ? need - in->size : 0;
	return count;
}

/* Reads what is there, without waiting. Returns the number of frames. */
static int take_in(struct connection *connection)
{
	size_t room = READ_SIZE;
	int count = 0;

	while (!connection->gone && count == 0) {
		struct buffer *in = &connection->in;
		ssize_t size;

		if (buffer_reserve(in, room) < 0) {
			connection->gone = true;
			break;
		}
		room = in->capacity - in->size;
		size = recv(connection->fd, in->data + in->size, room < READ_MOST ? room : READ_MOST, MSG_DONTWAIT);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (size <= 0) {
			connection->gone = true;
			break;
		}
		in->size += (size_t)size;
		count = parse(connection, &room);
		/* Grows with what has come, not with what a header says will come. */
		room = room < READ_SIZE ? READ_SIZE : room < READ_MOST ? room : READ_MOST;
	}
	return count;
}

/* Sleeps until there is something to read (or to write), the deadline, or an interrupt. */
static int sleep_until(struct connection *connection, short events, clock_ns deadline, tsp_error *err)
{
	struct pollfd fds[2] = {
		{ .fd = connection->fd, .events = events },
		{ .fd = interrupt_descriptor(), .events = POLLIN },
	};
	clock_ns begin = clock_read();
	clock_ns left = deadline == CLOCK_NEVER ? CLOCK_NEVER : deadline - begin;
	struct timespec wait;
	int rc;

	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	if (left <= 0)
		return tsp_fail(err, TSP_ETIMEOUT, "%s", tsp_error_sentence(TSP_ETIMEOUT));
	wait.tv_sec = (time_t)(left / CLOCK_SECOND);
	wait.tv_nsec = (long)(left % CLOCK_SECOND);
	rc = ppoll(fds, 2, left == CLOCK_NEVER ? NULL : &wait, NULL);
	if (rc < 0 && errno != EINTR)
		return tsp_fail_errno(err, "wait for", "the system");
	if (rc > 0 && (fds[1].revents & POLLIN))
		interrupt_drain();
	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	poll_budget_slept(&connection->budget, clock_read() - begin);
	return TSP_OK;
}

/* Writes as much of a frame as the socket takes now; *ret_size bytes of it. */
static int write_some(struct connection *connection, struct iovec *parts, size_t *ret_size)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t size;

	do
		size = sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (size < 0 && errno == EINTR);
	*ret_size = size < 0 ? 0 : (size_t)size;
	if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
		return TSP_ENOSYSTEM;
	return TSP_OK;
}

static int flush_rest(struct connection *connection)
{
	struct iovec parts[2] = { { connection->out.data, connection->out.size }, { NULL, 0 } };
	size_t size;

	if (connection->out.size == 0)
		return TSP_OK;
	if (write_some(connection, parts, &size) < 0)
		return TSP_ENOSYSTEM;
	buffer_drop(&connection->out, size);
	if (connection->out.size == 0)
		buffer_clear(&connection->out);
	return TSP_OK;
}

/* The admin always reads, but not if what it has for us fills its side: so reading goes on here. */
static int wait_to_write(struct connection *connection, clock_ns deadline, tsp_error *err)
{
	int rc = sleep_until(connection, POLLIN | POLLOUT, deadline, err);

	if (rc < 0)
		return rc;
	(void)take_in(connection);
	return connection->gone ? gone(connection, err) : TSP_OK;
}

/* Half a frame must be followed by its other half, whatever the one who waits decides. */
static int keep_rest(struct connection *connection, const struct iovec *parts, int code, tsp_error *err)
{
	size_t size = parts[0].iov_len + parts[1].iov_len;

	if (buffer_reserve(&connection->out, size) < 0) {
		connection->gone = true;
		return tsp_fail(err, TSP_ENOMEM, "cannot send a message: out of memory");
	}
	(void)buffer_put(&connection->out, parts[0].iov_base, parts[0].iov_len);
	(void)buffer_put(&connection->out, parts[1].iov_base, parts[1].iov_len);
	return code;
}

static void advance(struct iovec *part, size_t *size)
{
	size_t step = *size < part->iov_len ? *size : part->iov_len;

	part->iov_base = (uint8_t *)part->iov_base + step;
	part->iov_len -= step;
	*size -= step;
}

static int connection_send(void *carrier, const struct frame *frame, clock_ns deadline, tsp_error *err)
{
	struct connection *connection = carrier;
	uint8_t header[FRAME_HEADER];
	struct iovec parts[2] = {
		{ header, sizeof(header) },
		{ (void *)(uintptr_t)frame->body, frame->body_size }, /* only read */
	};
	bool begun = false;
	int rc;

	if (frame->body_size > FRAME_LIMIT - FRAME_HEADER)
		return tsp_fail(err, TSP_ETOOBIG, "%s", tsp_error_sentence(TSP_ETOOBIG));
	frame_header(header, frame, frame->body_size);
	for (;;) {
		size_t size = 0;

		if (connection->gone)
			return gone(connection, err);
		rc = flush_rest(connection);
		if (rc == TSP_OK && connection->out.size == 0)
			rc = write_some(connection, parts, &size);
		if (rc < 0) {
			while (!connection->gone) /* what was said before the end is heard */
				if (take_in(connection) == 0)
					connection->gone = true;
			return gone(connection, err);
		}
		begun = begun || size > 0;
		advance(&parts[0], &size);
		advance(&parts[1], &size);
		if (parts[0].iov_len + parts[1].iov_len == 0)
			return TSP_OK;
		rc = wait_to_write(connection, deadline, err);
		if (rc < 0)
			return begun && !connection->gone ? keep_rest(connection, parts, rc, err) : rc;
	}
}

/* A reply often comes sooner than a sleeper is woken. */
static int look_awhile(struct connection *connection, clock_ns deadline)
{
	clock_ns until = poll_budget_end(&connection->budget, clock_read(), deadline);
	int count = 0;

	if (connection->budget.now == 0)
		return 0;
	while (!connection->gone && clock_read() < until) {
		sched_yield();
		count = take_in(connection);
		if (count > 0) {
			poll_budget_hit(&connection->budget);
			poll_budget_looked(&connection->budget, until, clock_read());
			return count;
		}
	}
	poll_budget_miss(&connection->budget);
	poll_budget_looked(&connection->budget, until, clock_read());
	return 0;
}

static int connection_wait(void *carrier, clock_ns deadline, tsp_error *err)
{
	struct connection *connection = carrier;
	int rc;

	poll_budget_set(&connection->budget, connection->system->poll_us);
	for (;;) {
		if (take_in(connection) > 0)
			return TSP_OK;
		if (connection->gone)
			return gone(connection, err);
		if (interrupt_take())
			return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
		if (look_awhile(connection, deadline) > 0)
			return TSP_OK;
		if (connection->gone)
			continue;
		if (flush_rest(connection) < 0) {
			if (take_in(connection) == 0)
				connection->gone = true;
			continue;
		}
		rc = sleep_until(connection, connection->out.size > 0 ? POLLIN | POLLOUT : POLLIN, deadline, err);
		if (rc < 0)
			return rc;
	}
}

static int connection_wait_end(void *carrier, clock_ns deadline, tsp_error *err)
{
	struct connection *connection = carrier;

	while (!connection->gone) {
		int rc;

		if (take_in(connection) > 0 && !connection->gone)
			rc = caller_in_time(deadline, err);
		else if (!connection->gone)
			rc = sleep_until(connection, POLLIN, deadline, err);
		else
			break;
		if (rc < 0)
			return rc;
	}
	return ending_wait(&connection->ending, deadline, err);
}

static void connection_kill(void *carrier, clock_ns deadline)
{
	const struct connection *connection = carrier;

	ending_kill(&connection->ending);
	while (ending_wait(&connection->ending, deadline, NULL) == TSP_EINTERRUPT)
		continue;
}

/* The same folder and port, which another system may hold by now. */
static int connection_another(void *carrier, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	const struct connection *connection = carrier;
	struct tsp_system *system = NULL;
	int rc = attach_folder(connection->ending.folder, connection->system->port, deadline, &system, err);

	if (rc < 0)
		return rc;
	if (system->id != connection->system->id) {
		tsp_close(system);
		return tsp_fail(err, TSP_ENOSYSTEM, "the system is gone, another runs at port %d",
			connection->system->port);
	}
	*ret_system = system;
	return TSP_OK;
}

static int connection_descriptor(const void *carrier)
{
	const struct connection *connection = carrier;

	return connection->watch;
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void connection_free(void *carrier)
{
	struct connection *connection = carrier;

	if (!connection->gone)
		(void)flush_rest(connection);
	close_one(connection->fd);
	close_one(connection->watch);
	close_one(connection->bell);
	buffer_clear(&connection->in);
	buffer_clear(&connection->out);
	ending_clear(&connection->ending);
	free(connection);
}

static const struct carrier_ops connection_ops = {
	.send = connection_send,
	.wait = connection_wait,
	.wait_end = connection_wait_end,
	.descriptor = connection_descriptor,
	.another = connection_another,
	.kill = connection_kill,
	.free = connection_free,
};

static int open_watch(struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN };

	connection->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	connection->watch = epoll_create1(EPOLL_CLOEXEC);
	if (connection->bell < 0 || connection->watch < 0 ||
	    epoll_ctl(connection->watch, EPOLL_CTL_ADD, connection->fd, &event) < 0 ||
	    epoll_ctl(connection->watch, EPOLL_CTL_ADD, connection->bell, &event) < 0)
		return TSP_EIO;
	return TSP_OK;
}

int connection_open(int fd, const struct ending *ending, int port, struct tsp_system **ret_system, tsp_error *err)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct ending unused = *ending;
	int rc;

	if (connection == NULL) {
		close(fd);
		ending_clear(&unused);
		return tsp_fail(err, TSP_ENOMEM, "cannot open a system: out of memory");
	}
	connection->fd = fd;
	connection->watch = -1;
	connection->bell = -1;
	connection->ending = *ending;
	buffer_init(&connection->in, FRAME_LIMIT + READ_MOST);
	buffer_init(&connection->out, FRAME_LIMIT);
	if (open_watch(connection) < 0)
		rc = tsp_fail_errno(err, "open", "a connection");
	else
		rc = caller_new(&connection_ops, connection, port, &connection->system, err);
	if (rc < 0) {
		connection_free(connection);
		return rc;
	}
	connection->system->inbox.bell = connection->bell;
	*ret_system = connection->system;
	return TSP_OK;
}
