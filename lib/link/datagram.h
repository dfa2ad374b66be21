/* SPDX-License-Identifier: MIT */
/*
 * A link of two systems over datagrams, without any I/O; the time is handed in. The handshake is the session's
 * (link/session.h), one datagram a message. Then two classes share the link:
 *
 *   the stream: bytes of frames, cut into segments that are acknowledged and sent again, so that they come whole
 *   and in order; and tells: whole frames, sent once, which may be lost. A tell is never handed out before the
 *   bytes of the stream that went ahead of it, and goes out before those behind it.
 *
 *    0  u8   kind: 1 first, 2 second, 3 sealed, 4 cookie; three bytes of zero
 *    4  u32  first: the index that the sender chose for itself; else that of the receiver
 *    8  first: the 448 bytes of the session, and the tags of link/cookie.h; second: u32 the sender's own index,
 *       then the session's 384; sealed: u64 counter, then what share/doc/wire.md says, under the key of the
 *       counter's upper 44 bits; cookie: a sealed one
 */
#ifndef TSP_LINK_DATAGRAM_H
#define TSP_LINK_DATAGRAM_H

#include "base/clock.h"
#include "link/cookie.h"
#include "link/session.h"

#define DATAGRAM_LIMIT	65507 /* bytes that UDP over IPv4 carries */
#define DATAGRAM_BARE	(8 + SESSION_FIRST) /* a first, without its tags */
#define DATAGRAM_FIRST	(DATAGRAM_BARE + COOKIE_TAGS)
#define DATAGRAM_SECOND (12 + SESSION_SECOND)
#define DATAGRAM_COOKIE (8 + COOKIE_SEALED)
#define DATAGRAM_HEAD	33 /* sealed: 16 in the clear, kind, two offsets */
#define DATAGRAM_TELL \
	(DATAGRAM_LIMIT - DATAGRAM_HEAD - NOISE_TAG) /* bytes of a frame that is told */

enum datagram_kind {
	DATAGRAM_NONE = 0,
	DATAGRAM_IS_FIRST = 1,
	DATAGRAM_IS_SECOND = 2,
	DATAGRAM_IS_SEALED = 3,
	DATAGRAM_IS_COOKIE = 4
};

/* What a datagram is by its size and head, before anything is proved; and its index. */
enum datagram_kind datagram_look(const uint8_t *bytes, size_t size, uint32_t *ret_index);
/* What asks who sent that first to show a cookie. key: ours; nonce: random. */
void datagram_ask(const uint8_t key[NOISE_KEY], const uint8_t first[DATAGRAM_FIRST],
	const uint8_t cookie[COOKIE_SIZE], const uint8_t nonce[COOKIE_NONCE],
	uint8_t out[DATAGRAM_COOKIE]);

struct datagram;

/* own: the index by which the other side will address us, not 0. The session is borrowed, and outlives it: what it
 * has in session_pending is the stream's, what comes is put into session_in. NULL: no memory. */
struct datagram *datagram_new(struct session *session, uint32_t own, clock_ns now);
void datagram_free(struct datagram *datagram); /* takes NULL */
uint32_t datagram_index(const struct datagram *datagram);
/* Something under the session's key has come: who was dialled knows only then that no old greeting was repeated. */
bool datagram_is_proved(const struct datagram *datagram);
/* Whether this is the greeting that it has heard already, and answers again. */
bool datagram_is_repeated(const struct datagram *datagram, const uint8_t *bytes, size_t size);

/* One that has come; it is opened in place. True: it is the other side's, and new. What it brings is then handed
 * out by datagram_step. */
bool datagram_receive(struct datagram *datagram, uint8_t *bytes, size_t size, clock_ns now);
/* Puts the next bytes into session_in, or a tell's frames into *ret_tells (borrowed until the next call, else NULL).
 * False: there is no more; the session is closed or broken then, if it was. */
bool datagram_step(struct datagram *datagram, const uint8_t **ret_tells, size_t *ret_size);

/* A whole frame, of at most DATAGRAM_TELL bytes. It is dropped where too many wait. */
void datagram_tell(struct datagram *datagram, const void *frame, size_t size);
void datagram_ping(struct datagram *datagram, uint64_t stamp);
bool datagram_take_pong(struct datagram *datagram, uint64_t *ret_stamp);
/* Behind all else it says that it is the end, no accident. */
void datagram_close(struct datagram *datagram);
/* Whether all that is to go has gone, and all of the stream is known to be there. */
bool datagram_is_done(const struct datagram *datagram);
/* Bytes of the stream and of tells that have not gone, or are not known to be there. */
size_t datagram_unsent(const struct datagram *datagram);

/* The next one that is to go now, written to out, DATAGRAM_LIMIT bytes; 0: none. */
size_t datagram_next(struct datagram *datagram, clock_ns now, uint8_t *out);
/* When datagram_next is to be asked again. */
clock_ns datagram_due(const struct datagram *datagram);

#endif
