/* SPDX-License-Identifier: MIT */
/*
 * One connection of two systems, without any I/O: bytes of the stream go in and come out, whole frames' bytes
 * come out and go in. After the handshake the stream is a run of records:
 *
 *    0  u16  size of what is sealed, little-endian
 *    2  u8   kind
 *    3  what it carries, sealed with these three bytes; a tag of 16 bytes
 *
 * Kinds: data (bytes of frames, wherever they end), ping and pong (8 bytes that come back), close. Each
 * direction has its own key, which is changed after each 2^20 records. Every failure is final.
 */
#ifndef TSP_LINK_SESSION_H
#define TSP_LINK_SESSION_H

#include "link/noise.h"
#include "link/preamble.h"

#define SESSION_SECRET	 32
#define SESSION_ADDRESS	 247
#define SESSION_HELLO	 320 /* bytes of it on the wire */
#define SESSION_FIRST	 (PREAMBLE_SIZE + NOISE_FIRST + SESSION_HELLO) /* bytes of the one who dials, */
#define SESSION_SECOND	 (NOISE_SECOND + SESSION_HELLO)		       /* and of the answer */
#define SESSION_RECORD	 ((size_t)16 * 1024)			       /* data of one record at most */
#define SESSION_IN_LIMIT ((size_t)72 * 1024 * 1024)		       /* a frame, and records behind it */

/* What the two tell each other in the handshake, sealed. */
struct session_hello {
	uint64_t system;
	uint64_t about; /* the system that it takes the other side for; 0: it knows of none */
	uint64_t received;
	int64_t wall_ms;
	uint32_t membership;
	bool has_secret; /* of an invitation */
	uint8_t secret[SESSION_SECRET];
	char address[SESSION_ADDRESS + 1]; /* where it can be dialled; "": nowhere */
};

enum session_state {
	SESSION_WAITS,	/* for the other's bytes */
	SESSION_ASKED,	/* the one who has dialled is known: session_admit, or the end */
	SESSION_OPEN,
	SESSION_CLOSED, /* the other side has closed it */
	SESSION_BROKEN,
};

struct session;

/* The one who dials peer. NULL: no memory, or peer's key is of no use. */
struct session *session_dial(const struct noise_pair *own, const struct noise_pair *ephemeral,
	const uint8_t peer[NOISE_KEY], const uint8_t convention[CONVENTION_SIZE],
	const struct session_hello *hello);
/* The one who was dialled. */
struct session *session_answer(const struct noise_pair *own, const struct noise_pair *ephemeral,
	const uint8_t convention[CONVENTION_SIZE]);
void session_free(struct session *session); /* wipes it; takes NULL */

enum session_state session_state(const struct session *session);
/* Why it is broken, for the operator's log. */
const char *session_fault(const struct session *session);
/* The fault of one whose greeting is for another key. */
extern const char session_is_not_for_us[];
/* The other side: proved from SESSION_ASKED (who dialled: SESSION_OPEN) on. */
const uint8_t *session_peer(const struct session *session);
const struct session_hello *session_peer_hello(const struct session *session);

/* Bytes have come: the handshake goes on, and once it is open session_next has what they carry. They are changed,
 * and borrowed until that says that there is no more. What state it is in then is to be looked at. */
void session_take(struct session *session, uint8_t *bytes, size_t size);
/* The next bytes of frames, wherever these end; borrowed until the next call. If they are no more than fit there
 * they are opened into room, which may be NULL, and that is what *ret_bytes is. */
bool session_next(struct session *session, uint8_t *room, size_t room_size, const uint8_t **ret_bytes,
	size_t *ret_size);
/* Both for bytes that are not to be changed: what they carry goes into session_in. */
void session_receive(struct session *session, const uint8_t *bytes, size_t size);
/* Answers the one who dialled: it is open then. TSP_ENOMEM. */
int session_admit(struct session *session, const struct session_hello *hello);
/* Bytes of frames that have come; the caller drops what it has read. */
struct buffer *session_in(struct session *session);
/* Bytes of frames that are to go: records that they fill are sealed from where they lie. TSP_ENOMEM. */
int session_put(struct session *session, const void *bytes, size_t size);
/* Seals what has filled no record yet: it lies in session_pending, which the caller may append to as well. */
void session_seal(struct session *session);
struct buffer *session_pending(struct session *session);
/* Bytes for the stream; the caller drops what it has written. */
struct buffer *session_out(struct session *session);
void session_ping(struct session *session, uint64_t stamp);
/* Whether a record has come since this was asked. */
bool session_take_sign(struct session *session);
/* The last pong that has come since this was asked. */
bool session_take_pong(struct session *session, uint64_t *ret_stamp);
/* Seals what is pending, and that it is the end. */
void session_close(struct session *session);

/* ---- Where the records go by datagrams instead (link/datagram.h) ---- */

/* An answer that does not hold is passed over: anybody can send one. */
void session_be_patient(struct session *session);
/* The keys of an open session. */
void session_ciphers(const struct session *session, struct noise_cipher *ret_sending,
	struct noise_cipher *ret_receiving);
/* It is closed by the other side; fault: it is broken. */
void session_stop(struct session *session, const char *fault);

#endif
