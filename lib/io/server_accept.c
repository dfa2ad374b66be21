/* SPDX-License-Identifier: MIT */
/* Callers: who may connect, and what they must say first. */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/peer_check.h"

#define GENERATIONS 64 /* between a host and a process of its actor that calls */
#define ACCEPT_BATCH	16
#define LISTEN_BACKLOG	256
#define LISTEN_PAUSE_MS 100 /* when descriptors have run out and even the reserve is gone */

struct guess {
	const char *start;
	size_t size;
	const char *name;
};

static const struct guess guesses[] = {
	{ "GET ", 4, "HTTP" },
	{ "POST ", 5, "HTTP" },
	{ "HEAD ", 5, "HTTP" },
	{ "PUT ", 4, "HTTP" },
	{ "OPTIONS ", 8, "HTTP" },
	{ "PRI * HTTP/2", 12, "HTTP" },
	{ "\x16\x03", 2, "TLS" },
	{ "SSH-", 4, "SSH" },
	{ "THESPIAN-SOURCE ", 16, "a package" },
	{ "PK\x03\x04", 4, "a zip archive" },
	{ "{", 1, "JSON" },
};

const char *server_guess(const uint8_t *bytes, size_t size)
{
	size_t i;

	if (size == 0)
		return "nothing";
	for (i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		size_t known = guesses[i].size < size ? guesses[i].size : size;

		if (memcmp(bytes, guesses[i].start, known) == 0)
			return guesses[i].name;
	}
	for (i = 0; i < size && i < 32; i++) {
		if ((bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\t') ||
			bytes[i] > '~')
			return "binary data of no known protocol";
	}
	return "text";
}

static void on_listener(uv_poll_t *poll, int status, int events);

static void listen_on(struct server *server)
{
	if (!server->listening && uv_poll_start(&server->listener, UV_READABLE, on_listener) == 0)
		server->listening = true;
}

static void listen_pause(struct server *server)
{
	uv_poll_stop(&server->listener);
	server->listening = false;
	server->listen_again = clock_after(server->now, LISTEN_PAUSE_MS);
}

void server_listen_check(struct server *server, clock_ns now)
{
	if (server->listen_fd < 0 || server->listening || now < server->listen_again)
		return;
	if (server->reserve_fd < 0)
		server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	listen_on(server);
}

/* Descriptors have run out: gives the reserve up to take one caller and send it away, so that it
 * knows and the listener does not spin. */
static void accept_by_reserve(struct server *server)
{
	int fd;

	server_log_stranger(server, "connection closed: no descriptor is left");
	if (server->reserve_fd < 0) {
		listen_pause(server);
		return;
	}
	close(server->reserve_fd);
	fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		listen_pause(server);
}

static void accept_one(struct server *server, int fd)
{
	struct peer *peer;
	tsp_error err;
	pid_t pid = 0;

	if (peer_check(fd, &pid, &err) < 0) {
		server_log_stranger(server, "%s", err.text);
		goto refuse;
	}
	if (server->greeting >= SERVER_GREETING_SLOTS) {
		server_log_stranger(server,
			"connection of pid %d closed: %d others have not said hello yet", (int)pid,
			SERVER_GREETING_SLOTS);
		goto refuse;
	}
	peer = peer_new(server, fd, NULL);
	if (peer == NULL) {
		server_log_stranger(server, "connection of pid %d closed: out of memory", (int)pid);
		goto refuse;
	}
	server->greeting++;
	peer->pid = pid;
	peer->is_actor = peer_descends(pid, getpid());
	server_due(server, &peer->due, DUE_GREETING, SERVER_GREETING_MS);
	return;
refuse:
	close(fd);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;
	int i;

	(void)status;
	(void)events;
	server_event(server);
	for (i = 0; i < ACCEPT_BATCH; i++) {
		int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			accept_one(server, fd);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			errno == ENOBUFS) {
			accept_by_reserve(server);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

static int bind_socket(int fd, const char *path, tsp_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc;

	if (strlen(path) >= sizeof(address.sun_path))
		return tsp_fail(
			err, TSP_ELIMIT, "cannot listen at '%s': the path is too long", path);
	strcpy(address.sun_path, path);
	unlink(path); /* the lock is ours, so what lies there is dead */
	mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (rc < 0 || listen(fd, LISTEN_BACKLOG) < 0)
		return tsp_fail_errno(err, "listen at", path);
	return TSP_OK;
}

int server_listen(struct server *server, const char *path, tsp_error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return tsp_fail_errno(err, "listen at", path);
	rc = bind_socket(fd, path, err);
	if (rc == TSP_OK && uv_poll_init(&server->loop, &server->listener, fd) < 0)
		rc = tsp_fail(err, TSP_EIO, "cannot listen at '%s': the loop refuses it", path);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	server->listener.data = server;
	server->listen_fd = fd;
	server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	listen_on(server);
	return TSP_OK;
}

void server_unlisten(struct server *server)
{
	if (server->listen_fd < 0)
		return;
	uv_poll_stop(&server->listener);
	uv_close((uv_handle_t *)&server->listener, NULL);
	close(server->listen_fd);
	if (server->reserve_fd >= 0)
		close(server->reserve_fd);
	server->listen_fd = -1;
	server->reserve_fd = -1;
	server->listening = false;
}

/* Which host the process of an actor's caller comes from. */
static void find_host(struct peer *peer)
{
	pid_t pid = peer->pid;

	for (int i = 0; i < GENERATIONS && peer->is_actor && pid > 1; i++) {
		if (admin_caller_from(peer->server->admin, peer->link, (int)pid))
			return;
		pid = peer_parent(pid);
	}
}

/* So that it knows; nothing else has gone there, so there is room for it. */
static void say_no(const struct peer *peer, const tsp_error *why)
{
	struct frame frame = { .kind = FRAME_HELLO };
	tsp_builder *builder = tsp_builder_new();
	struct buffer out;
	tsp_value body;

	buffer_init(&out, FRAME_LIMIT);
	if (builder != NULL)
		tsp_put_format(builder, "{s:i, s:s}", "code", why->code, "reason", why->text);
	if (builder != NULL && tsp_builder_value(builder, &body) == 0) {
		frame.body = body.data;
		frame.body_size = body.size;
		if (frame_put(&out, &frame) == 0)
			(void)send(peer->fd, out.data, out.size, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	buffer_clear(&out);
	tsp_builder_free(builder);
}

int server_greet(struct peer *peer, const struct frame *frame)
{
	struct server *server = peer->server;
	tsp_error err = { 0 };

	if (frame->kind != FRAME_HELLO) {
		server_log_stranger(server,
			"connection of pid %d closed: its first frame is no hello", (int)peer->pid);
		return TSP_EPROTOCOL;
	}
	peer->greeted = true;
	server->greeting--;
	server_due_cancel(&peer->due);
	peer->link = admin_caller_opened(server->admin, peer, peer->is_actor, server->now, &err);
	if (peer->link == NULL) {
		server_log_stranger(
			server, "connection of pid %d closed: %s", (int)peer->pid, err.text);
		say_no(peer, &err);
		return err.code;
	}
	admin_caller_is(peer->link, (int)peer->pid);
	find_host(peer);
	return TSP_OK;
}
