/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "io/system_datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define READ_BATCH    64
#define WRITE_BATCH   256
#define REFUSED_OFTEN 3 /* times, and no sign of life in between: nobody is there */

_Static_assert(SERVER_READ_SIZE >= DATAGRAM_LIMIT, "a datagram is read whole");
_Static_assert(FRAME_HEADER + MEMBER_LOOSE_BYTES <= DATAGRAM_TELL, "what the core sends so fits");

const char line_datagrams_silent[] =
	"nothing answers there by UDP; if that system is of another base, give both the same "
	"(thespian-director config thespbase multiprocTCPBase), else its log may say why";

bool server_has_datagrams(const struct server *server)
{
	return server->config.admin.base != NULL &&
		strcmp(server->config.admin.base, "multiprocUDPBase") == 0;
}

static uint32_t free_index(const struct server *server)
{
	uint32_t index;

	do
		index = randombytes_random();
	while (index == 0 || table_get(&server->lines_by_index, index) != NULL);
	return index;
}

int line_datagrams_begin(struct peer *peer, const struct sockaddr_storage *to)
{
	struct server *server = peer->server;
	struct system_line *line = peer->line;
	uint32_t index = free_index(server);

	line->shares_socket = to != NULL;
	if (to != NULL)
		line->to = *to;
	line->peer = peer;
	line->datagram = datagram_new(line->session, index, server->now);
	if (line->datagram == NULL)
		return TSP_ENOMEM;
	if (table_put(&server->lines_by_index, index, peer) < 0) {
		datagram_free(line->datagram);
		line->datagram = NULL;
		return TSP_ENOMEM;
	}
	peer_watch(peer);
	peer_dirty(peer);
	return 0;
}

void line_datagrams_end(struct peer *peer)
{
	if (peer->line->datagram == NULL)
		return;
	server_due_cancel(&peer->line->due);
	(void)table_take(&peer->server->lines_by_index, datagram_index(peer->line->datagram));
}

int line_datagrams_events(const struct peer *peer)
{
	int events = peer->line->blocked ? UV_WRITABLE : 0;

	if (peer->ended && !peer->closing)
		return 0;
	return peer->line->shares_socket ? events : events | UV_READABLE;
}

bool line_datagrams_hold(const struct peer *peer)
{
	struct system_words words;

	admin_system_words(peer->server->admin, session_peer(peer->line->session), &words);
	return words.membership == peer->line->told.membership &&
		words.system == peer->line->told.system;
}

/* ---- What goes ---- */

/* Nobody is there, says the kernel of that machine; anybody may, hence it counts only if nothing else comes. */
static void refused(struct peer *peer)
{
	if (peer->line->pending && peer->line->dial != 0) {
		line_refuse(peer, line_datagrams_silent);
	} else if (++peer->line->refused >= REFUSED_OFTEN && !peer->closing) {
		server_log(peer->server, LOG_LEVEL_INFO, "link with %s ended: nobody is there",
			peer->line->place);
		peer_end(peer);
	}
}

static socklen_t size_of(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						sizeof(struct sockaddr_in);
}

/* False: not now. What else cannot be sent is as lost. */
static bool send_one(struct peer *peer, const uint8_t *bytes, size_t size)
{
	struct system_line *line = peer->line;
	const struct sockaddr *to = line->shares_socket ? (struct sockaddr *)&line->to : NULL;
	socklen_t to_size = line->shares_socket ? size_of(&line->to) : 0;

	if (sendto(peer->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, to, to_size) >= 0)
		return true;
	if (errno == ECONNREFUSED)
		line->was_refused = true;
	line->blocked = errno == EAGAIN || errno == EWOULDBLOCK;
	return !line->blocked;
}

static void plan(struct peer *peer)
{
	clock_ns now = peer->server->now;
	clock_ns due = datagram_due(peer->line->datagram);

	server_due_cancel(&peer->line->due);
	if (due != CLOCK_NEVER)
		server_due(peer->server, &peer->line->due, DUE_DATAGRAM,
			due > now ? (due - now + CLOCK_MS - 1) / CLOCK_MS : 1);
}

void line_datagrams_flush(struct peer *peer)
{
	struct system_line *line = peer->line;
	uint8_t bytes[DATAGRAM_LIMIT];
	clock_ns now = server_now(peer->server);
	size_t size;
	int count = 0;

	while (!line->blocked && count < WRITE_BATCH &&
		(size = datagram_next(line->datagram, now, bytes)) > 0) {
		if (!send_one(peer, bytes, size))
			break;
		count++;
	}
	if (peer->closing && datagram_is_done(line->datagram)) {
		peer_bury(peer);
		return;
	}
	if (line->was_refused) {
		line->was_refused = false;
		refused(peer);
		if (uv_is_closing((uv_handle_t *)&peer->poll))
			return;
	}
	plan(peer);
	peer_watch(peer);
	if (count == WRITE_BATCH)
		peer_dirty(peer);
}

void line_datagrams_ping(struct peer *peer)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage to;
	socklen_t size = sizeof(to);

	datagram_ping(peer->line->datagram, (uint64_t)server_now(peer->server));
	if (peer->line->shares_socket || getpeername(peer->fd, (struct sockaddr *)&to, &size) < 0)
		return;
	(void)connect(
		peer->fd, &none, sizeof(none)); /* the address of this machine may be another now */
	(void)connect(peer->fd, (struct sockaddr *)&to, size);
}

/* ---- What comes ---- */

/* from: NULL where the socket takes from one place only. */
static void take(struct peer *peer, size_t size, const struct sockaddr_storage *from)
{
	struct system_line *line = peer->line;

	if (!datagram_receive(line->datagram, peer->server->read_buffer, size, peer->server->now)) {
		peer_dirty(peer); /* a greeting may want its answer again */
		return;
	}
	line->refused = 0;
	if (peer->link != NULL)
		admin_system_flows(peer->server->admin, peer->link, peer->server->now);
	if (from != NULL && memcmp(from, &line->to, size_of(from)) != 0)
		line->to = *from;
	peer_dirty(peer);
	if (!peer->closing && !peer->ended)
		line_look(peer);
}

static void read_own(struct peer *peer)
{
	struct server *server = peer->server;

	for (int i = 0; i < READ_BATCH && !uv_is_closing((uv_handle_t *)&peer->poll); i++) {
		ssize_t size = recv(peer->fd, server->read_buffer, SERVER_READ_SIZE, MSG_DONTWAIT);

		if (size >= 0) {
			server->reads++;
			take(peer, (size_t)size, NULL);
		} else if (errno == ECONNREFUSED) {
			refused(peer);
		} else if (errno != EINTR) {
			return;
		}
	}
}

void line_datagrams_event(struct peer *peer, int status, int events)
{
	socklen_t size = sizeof(int);
	int fault = 0;

	if (status < 0) { /* libuv has stopped the poll */
		peer->events = 0;
		(void)getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
		if (fault == ECONNREFUSED)
			refused(peer);
		if (!uv_is_closing((uv_handle_t *)&peer->poll))
			peer_watch(peer);
		return;
	}
	if (events & UV_WRITABLE) {
		peer->line->blocked = false;
		peer_dirty(peer);
	}
	if (events & UV_READABLE)
		read_own(peer);
}

/* ---- Where we are dialled ---- */

static bool is_repeated(struct server *server, size_t size)
{
	const struct list *at = server->due[DUE_LINK].next;
	struct peer *peer;

	while ((peer = line_next_unproved(server, &at)) != NULL) {
		struct datagram *datagram = peer->line->datagram;

		if (datagram == NULL || !datagram_is_repeated(datagram, server->read_buffer, size))
			continue;
		(void)datagram_receive(datagram, server->read_buffer, size, server->now);
		peer_dirty(peer);
		return true;
	}
	return false;
}

static struct peer *answering(
	struct server *server, const struct sockaddr_storage *from, const char *place)
{
	int fd = fcntl(server->link_fd, F_DUPFD_CLOEXEC, 0);
	struct session *session = fd >= 0 ? line_answer(server) : NULL;
	struct peer *peer = session != NULL ? line_new(server, fd, place, session) : NULL;

	if (peer == NULL) {
		session_free(session);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (line_datagrams_begin(peer, from) < 0) {
		line_refuse(peer, "no memory");
		return NULL;
	}
	return peer;
}

/* The place with its port, which the cookie is for. */
static void port_of(const struct sockaddr_storage *from, const char *place, char out[LINE_PLACE + 8])
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
	in_port_t port = from->ss_family == AF_INET6 ? six->sin6_port : four->sin_port;

	snprintf(out, LINE_PLACE + 8, "%s %u", place, (unsigned)ntohs(port));
}

static void ask_for_cookie(
	const struct server *server, const struct sockaddr_storage *from, const char *port)
{
	uint8_t cookie[COOKIE_SIZE], nonce[COOKIE_NONCE], bytes[DATAGRAM_COOKIE];

	cookie_of(server->greetings.secret, port, server->now, cookie);
	randombytes_buf(nonce, sizeof(nonce));
	datagram_ask(server->keys.public, server->read_buffer, cookie, nonce, bytes);
	(void)sendto(server->link_fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)from, size_of(from));
}

/* NULL: it is to be looked at, or was asked for a cookie; else why not. */
static const char *judge(struct server *server, const struct sockaddr_storage *from,
	const char *place, bool *ret_look)
{
	char port[LINE_PLACE + 8], source[LINE_PLACE];
	enum greeting greeting;

	port_of(from, place, port);
	line_source(place, source);
	greeting = greetings_judge(&server->greetings, server->read_buffer, DATAGRAM_BARE, port,
		source, line_is_crowded(server, source), server->now);
	*ret_look = greeting == GREETING_LOOK;
	if (greeting == GREETING_ASK)
		ask_for_cookie(server, from, port);
	if (greeting == GREETING_REFUSE)
		return "others from there have not proved who they are yet";
	return *ret_look ? line_make_room(server, place) : NULL;
}

/* What anybody can send is judged from the cheapest question on. */
static void hear_first(
	struct server *server, size_t size, const struct sockaddr_storage *from, const char *place)
{
	const uint8_t *bytes = server->read_buffer;
	const char *why = preamble_fault(bytes + 8, PREAMBLE_SIZE, server->convention);
	struct peer *peer = NULL;
	bool look = false;

	if (why == NULL && !cookie_knows(server->keys.public, bytes, DATAGRAM_BARE))
		why = session_is_not_for_us;
	if (why == NULL && is_repeated(server, size))
		return;
	if (why == NULL)
		why = judge(server, from, place, &look);
	if (why == NULL && look) {
		peer = answering(server, from, place);
		why = peer == NULL ? "no memory or descriptors" : NULL;
	}
	if (peer != NULL)
		take(peer, size, NULL);
	else if (why != NULL)
		server_log_stranger(server, "link from %s closed: %s", place, why);
	else
		server_log_stranger(server,
			"greeting from %s: many come, so it is to show first that answers reach it", place);
}

static void hear(struct server *server, size_t size, const struct sockaddr_storage *from)
{
	char place[LINE_PLACE];
	uint32_t index = 0;
	enum datagram_kind kind = datagram_look(server->read_buffer, size, &index);
	struct peer *peer;

	line_place(from, place);
	if (kind == DATAGRAM_IS_FIRST) {
		hear_first(server, size, from, place);
		return;
	}
	if (kind == DATAGRAM_NONE) {
		const char *fault = preamble_fault(server->read_buffer, size, server->convention);

		server_log_stranger(server, "datagram from %s dropped: %s", place,
			fault != NULL ? fault : "it speaks another protocol");
		return;
	}
	peer = table_get(&server->lines_by_index, index);
	if (peer != NULL && peer->line->shares_socket) /* else one that has gone */
		take(peer, size, from);
}

void server_take_datagrams(struct server *server)
{
	for (int i = 0; i < READ_BATCH; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t from_size = sizeof(from);
		ssize_t size = recvfrom(server->link_fd, server->read_buffer, SERVER_READ_SIZE,
			MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

		if (size >= 0) {
			server->reads++;
			hear(server, (size_t)size, &from);
		} else if (errno != EINTR) {
			return;
		}
	}
}
