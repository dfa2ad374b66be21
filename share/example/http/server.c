/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct server {
	int listener; /* -1: none */
	bool ticking; /* a wake-up is pending */
	bool choked;  /* accepting failed: not tried again before the next tick */
	int64_t tickets;
	tsp_address answerer;
	int count;
	struct connection *connections[CONNECTIONS_LIMIT]; /* the first count of them */
};

/*
 * The end of every handler: tells the system what to wait for. A watch ends with the next message of
 * any kind, so that a handler never has to guess what is still watched.
 */
static int go_on(tsp_actor *self)
{
	struct server *server = tsp_state(self);
	int watched[CONNECTIONS_LIMIT + 1];
	size_t count = 0;

	if (server->listener >= 0 && server->count < CONNECTIONS_LIMIT && !server->choked)
		watched[count++] = server->listener;
	for (int i = 0; i < server->count; i++) {
		const struct connection *connection = server->connections[i];

		if (connection->phase == PHASE_READING || connection->phase == PHASE_DRAINING)
			watched[count++] = connection->fd;
	}
	if (!server->ticking && (server->count > 0 || server->choked))
		server->ticking = tsp_wakeup_after(self, TICK_MS, (tsp_value){ 0 }) == TSP_OK;
	return tsp_watch(self, watched, count);
}

/* Answers without asking anybody: what is wrong with the request. Then the connection ends. */
static bool refuse(struct connection *connection, int status, const char *why)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"error\": \"%s\"}", why);
	connection->keep_alive = false;
	return connection_respond(connection, status, body) && connection_write(connection);
}

/* One message to the Answerer for the request. It is made anew where it has died. */
static bool ask(tsp_actor *self, struct connection *connection, const struct request *request)
{
	struct server *server = tsp_state(self);
	tsp_builder *builder = tsp_builder_new();
	tsp_value question;
	int rc = TSP_ENOMEM;

	if (builder != NULL) {
		tsp_begin_map(builder);
		tsp_put_key(builder, "ticket");
		tsp_put_int(builder, ++server->tickets);
		rc = request_put(builder, request) ? TSP_OK : TSP_EVALUE;
		tsp_end(builder);
	}
	if (rc == TSP_OK)
		rc = tsp_builder_value(builder, &question);
	if (rc == TSP_OK) {
		if (tsp_address_is_nobody(server->answerer))
			server->answerer = tsp_create(self, "Answerer", NULL);
		rc = tsp_send(self, server->answerer, "Question", question);
	}
	tsp_builder_free(builder);
	if (rc == TSP_EVALUE)
		return refuse(connection, 400, "the escapes or the query are not right");
	if (rc < 0)
		return refuse(connection, 503, "too much to do");
	connection->ticket = server->tickets;
	connection->keep_alive = request->keep_alive;
	connection_enter(connection, PHASE_ASKING);
	return true;
}

/* What has been read, as far as it can be served now. False: the connection is to end. */
static bool serve(tsp_actor *self, struct connection *connection)
{
	while (connection->phase == PHASE_READING) {
		size_t size = request_head_size(connection->in, connection->in_size);
		struct request request;
		bool on;
		int status;

		if (size == 0) {
			if (connection->in_size < sizeof(connection->in))
				return true;
			return refuse(connection, 431, "the head is too large");
		}
		status = request_parse(connection->in, size, &request);
		on = status == 0      ? ask(self, connection, &request) :
			status == 405 ? refuse(connection, status, "only GET is served") :
					refuse(connection, status, "not a request for this server");
		if (!on)
			return false;
		connection->in_size -= size; /* the next request may be there already */
		memmove(connection->in, connection->in + size, connection->in_size);
	}
	return true;
}

static void drop(struct server *server, int i)
{
	connection_free(server->connections[i]);
	server->connections[i] = server->connections[--server->count];
}

static void accept_all(struct server *server)
{
	while (server->count < CONNECTIONS_LIMIT) {
		struct connection *connection = connection_accept(server->listener);

		if (connection == NULL) {
			server->choked = errno != EAGAIN && errno != ECONNABORTED;
			return;
		}
		server->connections[server->count++] = connection;
	}
}

static bool read_and_serve(tsp_actor *self, struct connection *connection)
{
	if (!connection_read(connection))
		return false;
	return serve(self, connection);
}

static bool is_ready(tsp_value ready, int fd)
{
	tsp_walk at = { 0 };
	tsp_value key;
	tsp_value value;
	int64_t number;

	while (tsp_value_next(ready, &at, &key, &value)) {
		if (tsp_value_int(value, &number) && number == fd)
			return true;
	}
	return false;
}

static int on_ready(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct server *server = tsp_state(self);
	tsp_value ready = tsp_get(message, "ready");

	(void)sender;
	for (int i = server->count - 1; i >= 0; i--) { /* backwards: drop puts the last one here */
		if (is_ready(ready, server->connections[i]->fd) &&
			!read_and_serve(self, server->connections[i]))
			drop(server, i);
	}
	if (server->listener >= 0 && is_ready(ready, server->listener))
		accept_all(server);
	return go_on(self);
}

static int on_answer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct server *server = tsp_state(self);
	int64_t ticket = tsp_get_int(message, "ticket", -1);
	char *body = NULL;

	if (!tsp_address_equal(sender, server->answerer))
		return go_on(self);
	for (int i = 0; i < server->count; i++) {
		struct connection *connection = server->connections[i];

		if (connection->phase != PHASE_ASKING || connection->ticket != ticket)
			continue;
		if (tsp_value_to_json(tsp_get(message, "body"), TSP_JSON_COMPACT, &body) < 0 ||
			!connection_respond(
				connection, (int)tsp_get_int(message, "status", 500), body) ||
			!connection_write(connection) || !serve(self, connection))
			drop(server, i);
		break;
	}
	free(body);
	return go_on(self); /* nobody waits for it any more: then it is late, and that is all */
}

/* Ends what has taken too long, and writes on where a client takes its response slowly. */
static bool tick(tsp_actor *self, struct connection *connection)
{
	if (http_now_ms() < connection->deadline_ms) {
		if (connection->phase != PHASE_WRITING)
			return true;
		return connection_write(connection) && serve(self, connection);
	}
	if (connection->phase == PHASE_READING && connection->in_size > 0)
		return refuse(connection, 408, "the request did not come in time");
	if (connection->phase == PHASE_ASKING)
		return refuse(connection, 504, "no answer in time");
	return false;
}

static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct server *server = tsp_state(self);

	(void)message;
	(void)sender;
	server->ticking = false;
	server->choked = false;
	for (int i = server->count - 1; i >= 0; i--) {
		if (!tick(self, server->connections[i]))
			drop(server, i);
	}
	return go_on(self);
}

/* Every question that the Answerer still had is lost with it: who asked is told so. */
static int on_child_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct server *server = tsp_state(self);

	(void)sender;
	if (!tsp_address_equal(tsp_get_address(message, "childAddress"), server->answerer))
		return go_on(self);
	server->answerer = TSP_NOBODY; /* the next question makes another */
	for (int i = server->count - 1; i >= 0; i--) {
		if (server->connections[i]->phase == PHASE_ASKING &&
			!refuse(server->connections[i], 503, "who knows the answer has died"))
			drop(server, i);
	}
	return go_on(self);
}

/* The port as a number, or as text: the group file takes it from the environment. */
static int64_t port_of(const tsp_message *message)
{
	char *text = tsp_text_copy(tsp_get_text(message, "port"));
	char *end = text;
	int64_t port = tsp_get_int(message, "port", -1);

	if (text != NULL && *text != '\0') {
		port = strtol(text, &end, 10);
		if (*end != '\0')
			port = -1;
	}
	free(text);
	return port;
}

static int on_listen(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct server *server = tsp_state(self);
	int64_t port = port_of(message);

	if (port < 0 || port > 65535)
		return tsp_fail_text(self, TSP_EVALUE, "a Listen needs a port");
	if (server->listener < 0)
		server->listener = connection_listen((int)port);
	if (server->listener < 0)
		return tsp_fail_text(self, TSP_EIO, "cannot listen at 127.0.0.1:%d: %s", (int)port,
			strerror(errno));
	tsp_log(self, "info", "listens at 127.0.0.1:%d", connection_port(server->listener));
	(void)tsp_sendf(
		self, sender, "Listening", "{s:i}", "port", connection_port(server->listener));
	return go_on(self);
}

/* A newer version listens by now. Who is in the queue already is still served here. */
static int on_retire(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct server *server = tsp_state(self);

	(void)message;
	(void)sender;
	if (server->listener >= 0) {
		accept_all(server);
		close(server->listener);
		server->listener = -1;
	}
	return go_on(self);
}

/* Whatever else comes also ended the watch. */
static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return go_on(self);
}

static int init(tsp_actor *self, tsp_value argument)
{
	struct server *server = tsp_state(self);

	(void)argument;
	server->listener = -1;
	return TSP_OK;
}

static void fini(tsp_actor *self)
{
	struct server *server = tsp_state(self);

	while (server->count > 0)
		drop(server, 0);
	if (server->listener >= 0)
		close(server->listener);
}

static const tsp_handler handlers[] = {
	{ "Listen", on_listen },
	{ "Retire", on_retire },
	{ "WatchMessage", on_ready },
	{ "WakeupMessage", on_wakeup },
	{ "Answer", on_answer },
	{ "ChildActorExited", on_child_exited },
	{ 0 },
};

const tsp_class http_server = {
	.name = "Server",
	.state_size = sizeof(struct server),
	.init = init,
	.fini = fini,
	.handlers = handlers,
	.receive = on_other,
};
TSP_EXPORT(&http_server, &http_answerer)
