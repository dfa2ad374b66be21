/* SPDX-License-Identifier: MIT */
/* Dialling another system: its name is looked up, a socket is connected, and it has to prove its key. */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "base/endpoint.h"
#include "base/text.h"
#include "io/system_datagram.h"

struct dial_order {
	uv_getaddrinfo_t request;
	struct server *server;
	uint64_t dial;
	bool relayed; /* by a leader: a stream in any case */
	uint8_t key[PIN_KEY];
	char address[PIN_ADDRESS];
};

static void fail(struct server *server, uint64_t dial, const char *why)
{
	admin_dial_failed(server->admin, dial, why, server->now);
}

/* The session begins with what is written as soon as the socket takes it. */
static struct session *begin(
	struct dial_order *order, bool *ret_secret, struct system_words *ret_told)
{
	struct server *server = order->server;
	struct session_hello hello;
	struct noise_pair own, ephemeral;
	struct session *session;

	memcpy(own.secret, server->keys.secret, NOISE_KEY);
	memcpy(own.public, server->keys.public, NOISE_KEY);
	randombytes_buf(ephemeral.secret, NOISE_KEY);
	if (noise_pair_fill(&ephemeral) < 0)
		return NULL;
	line_hello(server, order->key, &hello, ret_told);
	hello.has_secret =
		pins_join_secret(server->config.keys_folder, order->key, hello.secret);
	*ret_secret = hello.has_secret;
	session = session_dial(&own, &ephemeral, order->key, server->convention, &hello);
	sodium_memzero(&hello, sizeof(hello));
	sodium_memzero(&own, sizeof(own));
	sodium_memzero(&ephemeral, sizeof(ephemeral));
	return session;
}

static struct peer *line_of(struct dial_order *order, int fd)
{
	bool secret = false;
	struct system_words told = { 0 };
	struct session *session = begin(order, &secret, &told);
	struct peer *peer =
		session != NULL ? line_new(order->server, fd, order->address, session) : NULL;

	if (peer == NULL) {
		session_free(session);
		close(fd);
		return NULL;
	}
	peer->line->dial = order->dial;
	peer->line->relayed = order->relayed;
	peer->line->connecting = order->relayed || !server_has_datagrams(order->server);
	peer->line->shown_secret = secret;
	peer->line->told = told;
	if (!peer->line->connecting && line_datagrams_begin(peer, NULL) < 0)
		line_refuse(peer, "no memory");
	else
		peer_watch(peer);
	return peer;
}

/* Systems listen on IPv4, unless their capabilities say else: a name that has both is reached there. */
static const struct addrinfo *preferred(const struct addrinfo *all)
{
	for (const struct addrinfo *at = all; at != NULL; at = at->ai_next)
		if (at->ai_family == AF_INET)
			return at;
	return all;
}

static void connect_to(struct dial_order *order, const struct addrinfo *all)
{
	const struct addrinfo *info = preferred(all);
	int type = server_has_datagrams(order->server) ? SOCK_DGRAM : SOCK_STREAM;
	int fd = line_socket(order->server, info->ai_family, type);

	if (fd < 0 || (connect(fd, info->ai_addr, info->ai_addrlen) < 0 && errno != EINPROGRESS)) {
		fail(order->server, order->dial, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	if (line_of(order, fd) == NULL)
		fail(order->server, order->dial, "no memory, or its key is of no use");
}

static void on_address(uv_getaddrinfo_t *request, int status, struct addrinfo *info)
{
	struct dial_order *order = request->data;

	server_event(order->server);
	order->server->lookups--;
	if (order->server->ending)
		; /* nobody waits for it */
	else if (status < 0 || info == NULL)
		fail(order->server, order->dial,
			status < 0 ? uv_strerror(status) : "its name has no address");
	else
		connect_to(order, info);
	uv_freeaddrinfo(info);
	free(order);
}

static int look_up(struct dial_order *order)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	const struct addrinfo numeric = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
	};
	struct addrinfo *info;
	struct endpoint endpoint;

	if (!endpoint_parse(tsp_text_of(order->address), &endpoint))
		return UV_EINVAL;
	if (endpoint.port[0] == '\0')
		snprintf(endpoint.port, sizeof(endpoint.port), "%d", LINE_PORT);
	if (getaddrinfo(endpoint.host, endpoint.port, &numeric, &info) == 0) { /* no name: no thread is needed */
		connect_to(order, info);
		freeaddrinfo(info);
		free(order);
		return 0;
	}
	order->request.data = order;
	order->server->lookups++;
	return uv_getaddrinfo(
		&order->server->loop, &order->request, on_address, endpoint.host, endpoint.port, &hints);
}

/* Whom we dial is as well one who may link with us as who dials us. NULL: it may; else why not. */
static const char *judge(const struct dial_order *order, char *why, size_t size)
{
	bool expelled;
	char text[PIN_TEXT];

	if (line_may_link(order->server, order->key, &expelled))
		return NULL;
	snprintf(why, size, "its key %s here; to link with it%s: thespian-director admit %s",
		expelled ? "was expelled" : "is no member", expelled ? " again" : "",
		pin_text(order->key, text));
	return why;
}

void server_dial(struct server *server, uint64_t dial, const char *address, const uint8_t *key)
{
	struct dial_order *order = calloc(1, sizeof(*order));
	const char *fault = NULL;
	tsp_error err = { 0 };
	char why[300];

	if (order == NULL) {
		fail(server, dial, "out of memory");
		return;
	}
	order->server = server;
	order->dial = dial;
	snprintf(order->address, sizeof(order->address), "%s", address);
	if (key != NULL)
		memcpy(order->key, key, PIN_KEY);
	else if (pins_leader(server->config.keys_folder, address, order->key, &err) < 0)
		fault = err.text;
	if (fault == NULL)
		fault = judge(order, why, sizeof(why));
	if (fault == NULL && look_up(order) < 0)
		fault = "it is not of the form HOST:PORT";
	if (fault == NULL)
		return;
	fail(server, dial, fault);
	free(order);
}

void server_dial_by(struct server *server, uint64_t dial, uint64_t via, uint64_t system,
	const uint8_t key[PIN_KEY])
{
	struct dial_order order = { .server = server, .dial = dial, .relayed = true };
	char why[300];
	const char *fault;
	struct peer *peer = NULL;
	int fd = -1;

	memcpy(order.key, key, PIN_KEY);
	snprintf(order.address, sizeof(order.address), "system %016llx by a leader",
		(unsigned long long)system);
	fault = judge(&order, why, sizeof(why));
	if (fault == NULL && !server_dial_over(server, dial, via, system, &fd))
		fault = "no room for one more session that a leader passes on";
	else if (fault == NULL)
		peer = line_of(&order, fd);
	if (peer == NULL)
		fail(server, dial, fault != NULL ? fault : "no memory, or its key is of no use");
}

void line_connected(struct peer *peer)
{
	socklen_t size = sizeof(int);
	int fault = 0;

	if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &fault, &size) < 0)
		fault = errno;
	peer->line->connecting = false;
	if (fault != 0) {
		line_refuse(peer, strerror(fault));
		return;
	}
	if (!peer->line->relayed)
		line_tune(peer->server, peer->fd);
	peer_flush(peer);
}
