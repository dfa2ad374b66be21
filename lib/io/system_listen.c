/* SPDX-License-Identifier: MIT */
/* Where other systems dial us. Who has not proved his key costs one fixed read, a slot, and some seconds. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "base/endpoint.h"
#include "base/text.h"
#include "io/system_datagram.h"

#define ACCEPT_BATCH   16
#define LISTEN_BACKLOG 256
#define RECEIVE_ROOM   (4 * 1024 * 1024) /* bytes for datagrams, as far as the kernel grants it */

void line_place(const struct sockaddr_storage *from, char out[LINE_PLACE])
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;

	snprintf(out, LINE_PLACE, "?");
	if (from->ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &four->sin_addr, out, LINE_PLACE);
	else if (from->ss_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &six->sin6_addr, out, LINE_PLACE);
}

void line_source(const char *place, char out[LINE_PLACE])
{
	struct in6_addr address;

	snprintf(out, LINE_PLACE, "%s", place);
	if (inet_pton(AF_INET6, place, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
		return;
	memset(address.s6_addr + 8, 0, 8);
	(void)inet_ntop(AF_INET6, &address, out, LINE_PLACE);
}

struct peer *line_next_unproved(const struct server *server, const struct list **at)
{
	const struct list *head = &server->due[DUE_LINK];

	while (*at != head) {
		struct peer *peer = list_item(*at, struct peer, due.list);

		*at = (*at)->next;
		if (peer->line->dial == 0)
			return peer;
	}
	return NULL;
}

/* source NULL: from anywhere. */
static size_t unproved_from(const struct server *server, const char *source)
{
	const struct list *at = server->due[DUE_LINK].next;
	const struct peer *peer;
	size_t count = 0;

	while ((peer = line_next_unproved(server, &at)) != NULL)
		count += source == NULL || strcmp(peer->line->source, source) == 0;
	return count;
}

/* The oldest of the source that has the most slots, if these are more than own: so few sources keep nobody out. */
static struct peer *oldest_of_most(const struct server *server, size_t own)
{
	const struct list *at = server->due[DUE_LINK].next;
	struct peer *peer, *found = NULL;
	size_t most = own;

	while ((peer = line_next_unproved(server, &at)) != NULL) {
		size_t count = unproved_from(server, peer->line->source);

		if (count > most) {
			most = count;
			found = peer;
		}
	}
	return found;
}

bool line_is_crowded(const struct server *server, const char *source)
{
	return unproved_from(server, source) >= LINE_SLOTS_SOURCE / 2 ||
		unproved_from(server, NULL) >= LINE_SLOTS / 2;
}

const char *line_make_room(struct server *server, const char *place)
{
	char source[LINE_PLACE];
	struct peer *other;
	size_t own;

	line_source(place, source);
	own = unproved_from(server, source);
	if (server->ending || admin_in_shutdown(server->admin))
		return "the system is shutting down";
	if (own >= LINE_SLOTS_SOURCE)
		return "others from there have not proved who they are yet";
	if (unproved_from(server, NULL) < LINE_SLOTS)
		return NULL;
	other = oldest_of_most(server, own);
	if (other == NULL)
		return "too many others have not proved who they are yet";
	line_refuse(other, "it has not proved who it is, and another wants in");
	return NULL;
}

struct session *line_answer(const struct server *server)
{
	struct noise_pair own, ephemeral;
	struct session *session = NULL;

	memcpy(own.secret, server->keys.secret, NOISE_KEY);
	memcpy(own.public, server->keys.public, NOISE_KEY);
	randombytes_buf(ephemeral.secret, NOISE_KEY);
	if (noise_pair_fill(&ephemeral) == 0)
		session = session_answer(&own, &ephemeral, server->convention);
	sodium_memzero(&own, sizeof(own));
	sodium_memzero(&ephemeral, sizeof(ephemeral));
	return session;
}

struct peer *line_accept(struct server *server, int fd, const char *place)
{
	const char *why = line_make_room(server, place);
	struct session *session = NULL;
	struct peer *peer;

	if (why == NULL) {
		session = line_answer(server);
		why = "no memory";
	}
	peer = session != NULL ? line_new(server, fd, place, session) : NULL;
	if (peer != NULL)
		return peer;
	session_free(session);
	server_log_stranger(server, "link from %s closed: %s", place, why);
	close(fd);
	return NULL;
}

static void accept_one(struct server *server, int fd, const struct sockaddr_storage *from)
{
	char place[LINE_PLACE];

	line_place(from, place);
	line_tune(server, fd);
	(void)line_accept(server, fd, place);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;

	(void)status;
	(void)events;
	server_event(server);
	if (server_has_datagrams(server)) {
		server_take_datagrams(server);
		return;
	}
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t size = sizeof(from);
		int fd = accept4(server->link_fd, (struct sockaddr *)&from, &size,
			SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			accept_one(server, fd, &from);
		} else if (errno == EMFILE || errno == ENFILE) {
			/* some handshake ends within seconds; until then this one waits in the kernel */
			server_log_stranger(server, "a link waits: no descriptor is left");
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

static int open_socket(
	struct server *server, const struct addrinfo *info, const char *shown, tsp_error *err)
{
	bool datagrams = server_has_datagrams(server);
	int fd = line_socket(server, info->ai_family, datagrams ? SOCK_DGRAM : SOCK_STREAM);
	int one = 1;
	int room = RECEIVE_ROOM;

	if (fd < 0)
		return tsp_fail_errno(err, "listen for other systems at", shown);
	if (datagrams)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, info->ai_addr, info->ai_addrlen) < 0 ||
		(!datagrams && listen(fd, LISTEN_BACKLOG) < 0)) {
		int rc = tsp_fail_errno(err, "listen for other systems at", shown);

		close(fd);
		return rc;
	}
	return fd;
}

int server_listen_systems(struct server *server, tsp_error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	const char *listen_at = server->config.listen;
	struct endpoint endpoint = { .host = "0.0.0.0" };
	char port[16];
	struct addrinfo *info;
	int fd;

	snprintf(port, sizeof(port), "%d", server->config.admin.port);
	if ((listen_at != NULL && !endpoint_parse(tsp_text_of(listen_at), &endpoint)) ||
		getaddrinfo(endpoint.host, endpoint.port[0] != '\0' ? endpoint.port : port, &hints, &info) != 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot listen at '%s': not an IP address and a port", listen_at);
	fd = open_socket(server, info, listen_at != NULL ? listen_at : port, err);
	freeaddrinfo(info);
	if (fd < 0)
		return fd;
	if (uv_poll_init(&server->loop, &server->link_listener, fd) < 0) {
		close(fd);
		return tsp_fail(err, TSP_EIO, "cannot listen for other systems: the loop refuses it");
	}
	server->link_listener.data = server;
	server->link_fd = fd;
	uv_poll_start(&server->link_listener, UV_READABLE, on_listener);
	return TSP_OK;
}

void server_unlisten_systems(struct server *server)
{
	if (server->link_fd < 0)
		return;
	uv_poll_stop(&server->link_listener);
	uv_close((uv_handle_t *)&server->link_listener, NULL);
	close(server->link_fd);
	server->link_fd = -1;
}
