/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "io/system_datagram.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <sodium.h>

#include "base/file.h"

#define PART ((size_t)512 * 1024) /* of a large frame that is written before the next is sealed */

static int64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void line_hello(struct server *server, const uint8_t key[PIN_KEY], struct session_hello *ret_hello,
	struct system_words *ret_words)
{
	memset(ret_hello, 0, sizeof(*ret_hello));
	admin_system_words(server->admin, key, ret_words);
	ret_hello->system = server->config.admin.system;
	ret_hello->membership = ret_words->membership;
	ret_hello->about = ret_words->system;
	ret_hello->received = ret_words->received;
	ret_hello->wall_ms = wall_ms();
	if (server->config.admin.advertise != NULL)
		snprintf(ret_hello->address, sizeof(ret_hello->address), "%s",
			server->config.admin.advertise);
}

struct peer *line_new(struct server *server, int fd, const char *place, struct session *session)
{
	struct system_line *line = calloc(1, sizeof(*line));
	struct peer *peer = line != NULL ? peer_new(server, fd, NULL) : NULL;

	if (peer == NULL) {
		free(line);
		return NULL;
	}
	line->session = session;
	line->pending = true;
	list_init(&line->due.list);
	snprintf(line->place, sizeof(line->place), "%s", place);
	line_source(place, line->source);
	server->lines_pending++;
	server->lines++;
	peer->line = line;
	peer->greeted = true; /* callers are counted apart */
	server_due(server, &peer->due, DUE_LINK, LINE_HANDSHAKE_MS);
	return peer;
}

static bool is_same_machine(int fd)
{
	struct sockaddr_storage ends[2] = { 0 };
	socklen_t sizes[2] = { sizeof(ends[0]), sizeof(ends[1]) };
	char places[2][LINE_PLACE];

	if (getsockname(fd, (struct sockaddr *)&ends[0], &sizes[0]) < 0 ||
		getpeername(fd, (struct sockaddr *)&ends[1], &sizes[1]) < 0)
		return false;
	line_place(&ends[0], places[0]);
	line_place(&ends[1], places[1]);
	return strcmp(places[0], places[1]) == 0;
}

/*
 * BBR, where that is the machine's choice, paces by timers, and drains its queue to measure a bottleneck. Within a
 * machine there is none: it measures who had the processor, and takes a third of the rate. What once was
 * paced stays so: hence sockets begin without, and go back to the machine's choice if they lead elsewhere.
 */
int line_socket(struct server *server, int family, int type)
{
	static const char unpaced[] = "cubic";
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(server->congestion);

	if (fd < 0 || type != SOCK_STREAM)
		return fd;
	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, server->congestion, &size) < 0)
		server->congestion[0] = '\0';
	else
		(void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, unpaced, sizeof(unpaced) - 1);
	return fd;
}

void line_tune(struct server *server, int fd)
{
	size_t size = strnlen(server->congestion, sizeof(server->congestion));
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (size > 0 && !is_same_machine(fd))
		(void)setsockopt(
			fd, IPPROTO_TCP, TCP_CONGESTION, server->congestion, (socklen_t)size);
}

static void settle(struct peer *peer)
{
	if (!peer->line->pending)
		return;
	peer->line->pending = false;
	peer->server->lines_pending--;
	server_due_cancel(&peer->due);
}

void line_free(struct system_line *line)
{
	if (line == NULL)
		return;
	datagram_free(line->datagram);
	session_free(line->session);
	free(line);
}

void line_refuse(struct peer *peer, const char *why)
{
	struct system_line *line = peer->line;

	if (line->dial != 0)
		admin_dial_failed(peer->server->admin, line->dial, why, peer->server->now);
	else
		server_log_stranger(peer->server, "link from %s closed: %s", line->place, why);
	line->dial = 0;
	settle(peer);
	peer_end(peer);
}

/* ---- Who may link with us ---- */

/* The holder of a token is a member from now on. */
static bool burn(struct server *server, const struct session_hello *hello, const uint8_t *key)
{
	struct pin pin = { .since = wall_ms() / 1000, .name = PIN_INVITED };
	tsp_error err = { 0 };
	char text[PIN_TEXT];

	if (!hello->has_secret ||
		!pins_burn(server->config.keys_folder, hello->secret, wall_ms() / 1000))
		return false;
	memcpy(pin.key, key, PIN_KEY);
	snprintf(pin.address, sizeof(pin.address), "%s", hello->address);
	if (pins_admit(server->config.keys_folder, &pin, &err) < 0) {
		server_log(server, LOG_LEVEL_ERROR, "%s", err.text);
		return false;
	}
	server_log(server, LOG_LEVEL_INFO, "key %s has joined by an invitation",
		pin_text(key, text));
	return true;
}

bool line_may_link(struct server *server, const uint8_t key[PIN_KEY], bool *ret_expelled)
{
	int judged = pins_judge(server->config.keys_folder, key);

	*ret_expelled = judged < 0;
	return judged > 0 || (judged == 0 && admin_admits(server->admin, key));
}

/* NULL: it may; else why not. */
static const char *judge(struct peer *peer, char *why, size_t size)
{
	struct server *server = peer->server;
	const struct session_hello *hello = session_peer_hello(peer->line->session);
	const uint8_t *key = session_peer(peer->line->session);
	bool expelled;
	char text[PIN_TEXT];

	if (line_may_link(server, key, &expelled) || (!expelled && burn(server, hello, key)))
		return NULL;
	pin_text(key, text);
	if (expelled)
		snprintf(why, size, "key %s was expelled; to take it back: thespian-director admit %.16s",
			text, text);
	else if (hello->has_secret)
		snprintf(why, size,
			"key %s shows an invitation that is used up, over, or not ours: thespian-director invite",
			text);
	else
		snprintf(why, size, "key %s is no member; to let it in: thespian-director admit %s",
			text, text);
	return why;
}

/* ---- The session's states ---- */

/* The handshake is over: the core gets to know it. */
static void open_line(struct peer *peer)
{
	struct server *server = peer->server;
	struct system_line *line = peer->line;
	const struct session_hello *said = session_peer_hello(line->session);
	struct system_hello hello = {
		.system = said->system,
		.address = tsp_text_of(said->address),
		.from = tsp_text_of(line->dial == 0 && !line->relayed ? line->place : NULL),
		.wall_ms = said->wall_ms,
		.membership = said->membership,
		.about = said->about,
		.received = said->received,
		.dial = line->dial,
		.relayed = line->relayed,
		.told = line->told,
		.loose = line->datagram != NULL,
	};
	tsp_error err = { 0 };

	memcpy(hello.key, session_peer(line->session), SYSTEM_KEY);
	memcpy(line->key, hello.key, PIN_KEY);
	settle(peer);
	if (line->shown_secret)
		pins_joined(server->config.keys_folder, line->key);
	line->dial = 0; /* the core has heard of it with this */
	peer->link = admin_system_opened(server->admin, peer, &hello, server->now, &err);
	if (peer->link != NULL)
		return;
	if (err.code != TSP_EEXIST && err.code != TSP_ESHUTDOWN)
		server_log_stranger(server, "link with %s closed: %s", line->place, err.text);
	peer_close(peer);
}

static void answer(struct peer *peer)
{
	struct system_line *line = peer->line;
	struct session_hello hello;
	char why[400];
	const char *fault = judge(peer, why, sizeof(why));

	if (fault != NULL) {
		line_refuse(peer, fault);
		return;
	}
	line_hello(peer->server, session_peer(line->session), &hello, &line->told);
	if (session_admit(line->session, &hello) < 0) {
		line_refuse(peer, "no memory");
		return;
	}
	peer_dirty(peer);
	if (line->datagram == NULL) /* else somebody may have sent an old greeting again */
		open_line(peer);
}

/* The answer has come to who greeted, and it may be a while since it was given. */
static void open_proved(struct peer *peer)
{
	struct system_line *line = peer->line;

	if (line->datagram != NULL && line->dial == 0 && !datagram_is_proved(line->datagram))
		return;
	if (line->datagram != NULL && line->dial == 0 && !line_datagrams_hold(peer)) {
		line_refuse(peer, "it has gone, or come, while it was answered");
		return;
	}
	peer_dirty(peer);
	open_line(peer);
}

void line_breach(const struct peer *peer)
{
	server_log(peer->server, LOG_LEVEL_ERROR,
		"link with %s closed: it does not keep to the protocol", peer->line->place);
}

/* Whole frames at the front of bytes; how many bytes they took. */
static size_t take_frames(struct peer *peer, const uint8_t *bytes, size_t all)
{
	size_t at = 0;

	while (peer->link != NULL && at < all) {
		struct frame frame;
		long size = frame_get(bytes + at, all - at, FRAME_LIMIT, &frame, NULL);
		int rc;

		if (size == 0)
			break;
		rc = size < 0 ? TSP_EPROTOCOL :
				admin_receive(peer->server->admin, peer->link, &frame, peer->server->now);
		if (peer->ended || peer->closing)
			break;
		if (rc < 0) {
			line_breach(peer);
			peer_end(peer);
			break;
		}
		at += (size_t)size;
	}
	return at;
}

static void take_datagrams(struct peer *peer)
{
	struct system_line *line = peer->line;
	struct buffer *in = session_in(line->session);
	const uint8_t *tells = NULL;
	size_t size = 0;

	while (!peer->ended && !peer->closing && datagram_step(line->datagram, &tells, &size)) {
		if (tells != NULL) {
			(void)take_frames(peer, tells, size);
			continue;
		}
		size = take_frames(peer, in->data, in->size);
		if (!peer->ended)
			buffer_drop(in, size);
	}
}

/* What goes on with a large frame is opened where that lies. */
static void take_stream(struct peer *peer)
{
	while (!peer->ended && !peer->closing) {
		size_t room_size = peer_room(peer, SESSION_RECORD);
		uint8_t *room = room_size > 0 ? peer->in.data + peer->in.size : NULL;
		const uint8_t *bytes;
		size_t size;

		if (!session_next(peer->line->session, room, room_size, &bytes, &size))
			break;
		if (bytes == room)
			peer_grow(peer, size);
		else
			peer_take(peer, bytes, size);
	}
}

static bool take_pong(struct system_line *line, uint64_t *ret_stamp)
{
	return line->datagram != NULL ? datagram_take_pong(line->datagram, ret_stamp) :
					session_take_pong(line->session, ret_stamp);
}

void line_look(struct peer *peer)
{
	struct system_line *line = peer->line;
	struct session *session = line->session;
	uint64_t stamp;

	if (session_state(session) == SESSION_ASKED)
		answer(peer);
	else if (peer->link == NULL && session_state(session) == SESSION_OPEN)
		open_proved(peer);
	if (peer->link != NULL && line->datagram != NULL)
		take_datagrams(peer);
	else if (peer->link != NULL)
		take_stream(peer);
	if (peer->ended || peer->closing)
		return;
	if (session_take_sign(session) && peer->link != NULL)
		admin_system_flows(peer->server->admin, peer->link, peer->server->now);
	if (take_pong(line, &stamp) && peer->link != NULL)
		admin_system_heard(peer->server->admin, peer->link,
			peer->server->now - (clock_ns)stamp, peer->server->now);
	if (session_out(session)->size > peer->out_at)
		peer_dirty(peer);
	if (session_state(session) == SESSION_BROKEN) {
		if (line->pending) {
			line_refuse(peer, session_fault(session));
			return;
		}
		server_log(peer->server, LOG_LEVEL_ERROR, "link with %s closed: %s", line->place,
			session_fault(session));
		peer_end(peer);
	} else if (session_state(session) == SESSION_CLOSED) {
		peer_end(peer);
	}
}

void line_take(struct peer *peer, uint8_t *bytes, size_t size)
{
	session_take(peer->line->session, bytes, size);
	line_look(peer);
}

int line_put(struct peer *peer, const struct frame *frame)
{
	struct session *session = peer->line->session;
	uint8_t header[FRAME_HEADER];
	int rc;

	if (peer->line->datagram != NULL)
		return frame_put(session_pending(session), frame);
	if (frame->body_size > FRAME_LIMIT - FRAME_HEADER)
		return TSP_ETOOBIG;
	frame_header(header, frame, frame->body_size);
	rc = session_put(session, header, sizeof(header));
	for (size_t at = 0; rc == 0 && at < frame->body_size; at += PART) {
		size_t left = frame->body_size - at;

		rc = session_put(session, frame->body + at, left < PART ? left : PART);
		if (session_out(session)->size - peer->out_at >= PART &&
			!(peer->events & UV_WRITABLE))
			peer_flush(peer);
	}
	return rc;
}

void line_ping(struct peer *peer)
{
	if (peer->ended || peer->closing)
		return;
	if (peer->line->datagram != NULL)
		line_datagrams_ping(peer);
	else
		session_ping(peer->line->session, (uint64_t)server_now(peer->server));
	peer_dirty(peer);
}

/* ---- Who was expelled ---- */

/* Changes whenever a pin comes or goes. */
static int64_t stamp_of(const struct server *server)
{
	static const char *const places[] = { "members", "revoked" };
	uint64_t stamp = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char *path = file_join(server->config.keys_folder, places[i]);
		struct stat info;

		if (path != NULL && stat(path, &info) == 0)
			stamp = stamp * 31 + (uint64_t)info.st_mtim.tv_sec * 1000000000 +
				(uint64_t)info.st_mtim.tv_nsec;
		free(path);
	}
	return (int64_t)stamp;
}

clock_ns lines_judge(struct server *server)
{
	struct list *next;
	int64_t stamp;

	if (server->lines == 0)
		return CLOCK_NEVER;
	if (server->now < server->judge_at)
		return server->judge_at;
	server->judge_at = clock_after(server->now, LINE_JUDGE_MS);
	stamp = stamp_of(server);
	if (stamp == server->pins_stamp)
		return server->judge_at;
	server->pins_stamp = stamp;
	for (struct list *at = server->peers.next; at != &server->peers; at = next) {
		struct peer *peer = list_item(at, struct peer, list);
		bool expelled;

		next = at->next;
		if (peer->line == NULL || peer->link == NULL ||
			line_may_link(server, peer->line->key, &expelled))
			continue;
		server_log(server, LOG_LEVEL_WARNING,
			"link with %s closed: its key is no member any more", peer->line->place);
		admin_system_expelled(server->admin, peer->link, server->now);
	}
	return server->judge_at;
}
