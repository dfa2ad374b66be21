/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/log_link.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/log_process.h"
#include "io/server.h"

#define AGAIN_MS     50 /* until the first new start, doubled each time */
#define AGAIN_MAX_MS 5000
#define STEADY_NS    (10 * CLOCK_SECOND) /* one that lived that long has not failed in a row */
#define FINISH_MS    2000
#define KILL_MS	     1000
#define HOST_NAME    64

/* What libuv holds of one life of the process; it is freed when libuv lets go of it. */
struct log_line {
	uv_poll_t poll;
	struct log_link *link;
	int fd;
	int events;
};

struct log_link {
	struct server *server;
	char *definitions;
	char *folder;
	char system[HOST_NAME + 16]; /* as people know it */
	tsp_builder *builder;
	struct log_line *line; /* NULL: no process */
	pid_t pid;	       /* 0: none, or reaped */
	struct buffer out;
	size_t out_at;	  /* bytes of out that are written */
	uint64_t dropped; /* records, since the last time that was said */
	struct buffer in;
	clock_ns born;
	clock_ns again; /* not before */
	int failures;
	bool finished; /* no more records: it is not started again */
};

static void on_line(uv_poll_t *poll, int status, int events);

int log_link_new(struct server *server, const char *definitions, const char *folder,
	struct log_link **ret_link, tsp_error *err)
{
	struct log_link *link = calloc(1, sizeof(*link));
	char name[HOST_NAME + 1] = "localhost";

	if (link == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	link->server = server;
	link->definitions = strdup(definitions);
	link->folder = strdup(folder);
	link->builder = tsp_builder_new();
	buffer_init(&link->out, LOG_LINK_BYTES);
	buffer_init(&link->in, LOG_PACKET_LIMIT);
	if (gethostname(name, sizeof(name) - 1) == 0)
		name[sizeof(name) - 1] = '\0';
	snprintf(link->system, sizeof(link->system), "%s:%d", name, server->config.admin.port);
	if (link->definitions == NULL || link->folder == NULL || link->builder == NULL) {
		log_link_free(link);
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	*ret_link = link;
	return TSP_OK;
}

/* ---- one life ---- */

static void on_line_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void line_end(struct log_link *link)
{
	struct log_line *line = link->line;

	if (line == NULL)
		return;
	link->line = NULL;
	link->in.size = 0;
	uv_close((uv_handle_t *)&line->poll, on_line_closed);
	close(line->fd);
}

void log_link_free(struct log_link *link)
{
	if (link == NULL)
		return;
	line_end(link);
	buffer_clear(&link->out);
	buffer_clear(&link->in);
	tsp_builder_free(link->builder);
	free(link->definitions);
	free(link->folder);
	free(link);
}

static void line_watch(struct log_link *link)
{
	struct log_line *line = link->line;
	int events = UV_READABLE | (link->out_at < link->out.size ? UV_WRITABLE : 0);

	if (line == NULL || line->events == events)
		return;
	line->events = events;
	uv_poll_start(&line->poll, events, on_line);
}

/* It waits a while before it is started again, longer each time. */
static void fail(struct log_link *link)
{
	int64_t wait_ms = AGAIN_MS;
	int i;

	line_end(link);
	if (link->born != 0 && link->server->now - link->born > STEADY_NS)
		link->failures = 0;
	for (i = 0; i < link->failures && wait_ms < AGAIN_MAX_MS; i++)
		wait_ms *= 2;
	link->failures++;
	link->again =
		clock_after(link->server->now, wait_ms < AGAIN_MAX_MS ? wait_ms : AGAIN_MAX_MS);
}

/* Drops the records that are written as a whole. */
static void drop_written(struct log_link *link)
{
	size_t at = 0;

	while (at < link->out_at) {
		tsp_value value;
		long size = log_packet_get(link->out.data + at, link->out.size - at, &value);

		if (size <= 0 || at + (size_t)size > link->out_at)
			break;
		at += (size_t)size;
	}
	buffer_drop(&link->out, at);
	link->out_at -= at;
}

static int send_setup(struct log_link *link, int fd)
{
	tsp_builder *b = link->builder;
	struct buffer packet;
	int rc;

	buffer_init(&packet, LOG_PACKET_LIMIT + LOG_PACKET_HEAD);
	tsp_builder_reset(b);
	tsp_put_format(b, "{s:s, s:s, s:s}", "definitions", link->definitions, "folder",
		link->folder, "system", link->system);
	rc = log_packet_put(&packet, b);
	/* nothing is in the socket yet, and its buffer takes more than definitions may have */
	if (rc == TSP_OK &&
		send(fd, packet.data, packet.size, MSG_DONTWAIT | MSG_NOSIGNAL) !=
			(ssize_t)packet.size)
		rc = TSP_EIO;
	buffer_clear(&packet);
	return rc;
}

static int line_new(struct log_link *link, int fd)
{
	struct log_line *line = calloc(1, sizeof(*line));

	if (line == NULL || uv_poll_init(&link->server->loop, &line->poll, fd) < 0) {
		free(line);
		return TSP_ENOMEM;
	}
	line->poll.data = line;
	line->link = link;
	line->fd = fd;
	link->line = line;
	return TSP_OK;
}

static void start(struct log_link *link)
{
	struct server_program program = { .verb = "--log" };
	int ends[2];
	int error;

	drop_written(link);
	link->out_at = 0; /* one that was written in part is written again */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		fail(link);
		return;
	}
	program.control = ends[1];
	error = server_spawn(link->server, &program, &link->pid);
	close(ends[1]);
	if (error != 0)
		link->pid = 0;
	link->born = link->server->now;
	if (error != 0 || send_setup(link, ends[0]) < 0 || line_new(link, ends[0]) < 0) {
		close(ends[0]); /* which ends it */
		if (link->failures == 0)
			server_log_internal(link->server, LOG_LEVEL_ERROR,
				"cannot start the log process: %s",
				strerror(error != 0 ? error : EIO));
		fail(link);
		return;
	}
	line_watch(link);
}

/* ---- bytes ---- */

static void flush(struct log_link *link)
{
	while (link->line != NULL && link->out_at < link->out.size) {
		ssize_t sent = send(link->line->fd, link->out.data + link->out_at,
			link->out.size - link->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0)
			link->out_at += (size_t)sent;
		else if (errno != EINTR)
			break; /* full, or gone, which its end tells */
	}
	if (link->out_at == link->out.size) {
		link->out.size = 0;
		link->out_at = 0;
	} else if (link->out_at > link->out.size / 2 && link->line != NULL) {
		drop_written(link);
	}
	line_watch(link);
}

/* What does not work there, for the internal log. */
static void take_in(struct log_link *link)
{
	size_t at = 0;

	for (;;) {
		tsp_text text;
		tsp_value value;
		long size = log_packet_get(link->in.data + at, link->in.size - at, &value);

		if (size <= 0)
			break;
		if (tsp_value_text(value, &text))
			server_log_internal(
				link->server, LOG_LEVEL_ERROR, "%.*s", (int)text.size, text.data);
		at += (size_t)size;
	}
	buffer_drop(&link->in, at);
}

static void on_line(uv_poll_t *poll, int status, int events)
{
	struct log_line *line = poll->data;
	struct log_link *link = line->link;
	uint8_t bytes[4096];
	ssize_t size;

	server_event(link->server);
	if (status >= 0 && (events & UV_READABLE) == 0) {
		flush(link);
		return;
	}
	size = recv(line->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size > 0 && buffer_put(&link->in, bytes, (size_t)size) == TSP_OK) {
		take_in(link);
		flush(link);
		return;
	}
	/* It has gone, or does not keep to the protocol; its end as a process is told by its parent. */
	if (link->pid > 0)
		kill(link->pid, SIGKILL);
	fail(link);
}

/* ---- the admin's calls ---- */

static bool put(struct log_link *link, const struct log_record *record)
{
	tsp_builder_reset(link->builder);
	log_record_put(link->builder, record);
	return log_packet_put(&link->out, link->builder) == TSP_OK;
}

void log_link_write(struct log_link *link, const struct log_record *record)
{
	char text[120];
	struct log_record dropped = { .level = LOG_LEVEL_WARNING,
		.wall_us = record->wall_us,
		.pid = (int)getpid(),
		.text = { text, 0 } };

	if (link->finished)
		return;
	if (link->dropped > 0) {
		dropped.text.size = (size_t)snprintf(text, sizeof(text),
			"%llu records left out: the log process did not take them in time",
			(unsigned long long)link->dropped);
		if (!put(link, &dropped)) {
			link->dropped++;
			return;
		}
		link->dropped = 0;
	}
	if (!put(link, record))
		link->dropped++;
}

clock_ns log_link_turn(struct log_link *link, clock_ns now)
{
	bool wanted = !link->finished && !admin_in_shutdown(link->server->admin);

	if (link->line == NULL && link->pid == 0 && wanted && now >= link->again)
		start(link);
	if (link->line != NULL && link->out_at < link->out.size &&
		(link->line->events & UV_WRITABLE) == 0)
		flush(link);
	return link->line == NULL && link->pid == 0 && wanted ? link->again : CLOCK_NEVER;
}

bool log_link_reaped(struct log_link *link, pid_t pid)
{
	if (link == NULL || pid <= 0 || link->pid != pid)
		return false;
	link->pid = 0;
	if (!link->finished)
		server_log_internal(link->server, LOG_LEVEL_ERROR,
			admin_in_shutdown(link->server->admin) ?
				"the log process has ended" :
				"the log process has ended; it is started again");
	if (link->line != NULL)
		fail(link);
	return true;
}

static bool is_written(struct server *server)
{
	const struct log_link *link = server->log;

	return link->line == NULL || link->out_at == link->out.size;
}

static bool is_gone(struct server *server)
{
	return server->log->pid == 0;
}

void log_link_finish(struct log_link *link)
{
	struct server *server = link->server;
	clock_ns until = clock_after(server_now(server), FINISH_MS);

	server_run(server, is_written, until);
	link->finished = true;
	if (link->line != NULL && is_written(server)) {
		line_end(link); /* it reads what is there, then ends */
		server_run(server, is_gone, until);
	}
	if (link->pid > 0) {
		kill(link->pid, SIGKILL);
		server_run(server, is_gone, clock_after(clock_read(), KILL_MS));
	}
	line_end(link);
}
