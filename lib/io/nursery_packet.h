/* SPDX-License-Identifier: MIT */
/*
 * What the admin and its nurseries say to each other on SEQPACKET sockets: one packet, one request
 * or one answer, with the descriptors that belong to it. Strings in the data are ended by NULs.
 *
 * OPEN    (to the bare nursery) fork a nursery that opens module path (KEEP_USER: as the admin's
 *         user); descriptor: its control
 *         socket
 * FORK    (to any nursery) fork a host: path, title; descriptors: link, page
 * BUILD   (to the bare nursery) run thespian-host --build with the strings as arguments;
 *         descriptors: zip, answer
 * BORN    token of the request, pid; descriptor: a pidfd
 * FAILED  token of the request; text: why
 * ENDED   token (0: a child that was adopted), pid, status as of waitpid
 * HASH    (from a module's nursery, once, before any code of the module runs) the hash of its file
 * OPENED  (from a module's nursery, once) status: 0, then the classes as a value; else a code,
 *         then text
 */
#ifndef TSP_IO_NURSERY_PACKET_H
#define TSP_IO_NURSERY_PACKET_H

#include "base/error.h"

#define PACKET_LIMIT	   ((size_t)160 * 1024) /* below a socket's default send buffer */
#define PACKET_STRINGS	   8
#define PACKET_DESCRIPTORS 2

enum packet_verb {
	PACKET_OPEN = 1,
	PACKET_FORK,
	PACKET_BUILD,
	PACKET_BORN,
	PACKET_FAILED,
	PACKET_ENDED,
	PACKET_OPENED,
	PACKET_HASH,
	PACKET_VERBS
};

enum packet_flag {
	PACKET_LATE_OPEN = 1, /* FORK by the bare nursery: the host opens the module itself */
	PACKET_EXEC = 2,      /* FORK: a fresh program image */
	PACKET_KEEP_USER = 4, /* OPEN, FORK by the bare nursery: not as the user of hosts */
};

struct packet_header {
	uint32_t magic;
	uint32_t verb;
	uint32_t flags;
	int32_t pid;
	int32_t status;
	uint32_t descriptors;
	uint64_t token;
};

struct packet {
	enum packet_verb verb;
	unsigned flags;
	int pid;
	int status;
	uint64_t token;
	int descriptors[PACKET_DESCRIPTORS];
	size_t descriptor_count;
	const uint8_t *data;
	size_t size;
};

/* Sends one packet; the descriptors stay the sender's. flags: of send(2). TSP_EBACKLOG: the
 * socket is full (MSG_DONTWAIT), TSP_ECLOSED, TSP_ETOOBIG, TSP_EIO with errno. */
int packet_send(int fd, const struct packet *packet, int flags);
/* Receives one packet into buffer (PACKET_LIMIT bytes); its descriptors are the receiver's, who
 * gets none of them where it has no room for all. 1:
 * one is there, 0: none yet (MSG_DONTWAIT), TSP_ECLOSED, TSP_EPROTOCOL, TSP_EIO. */
int packet_receive(int fd, uint8_t *buffer, struct packet *ret_packet, int flags);
/* Closes the descriptors that a packet brought. */
void packet_close(struct packet *packet);
/* String number index of the data, NULL if it is not there. */
const char *packet_string(const struct packet *packet, size_t index);
/* Joins strings (ended by NULL) for a packet's data; free() *ret_data. TSP_ENOMEM, TSP_ELIMIT. */
int packet_join(const char *const *strings, uint8_t **ret_data, size_t *ret_size);

#endif
