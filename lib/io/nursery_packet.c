/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/nursery_packet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PACKET_MAGIC 0x4e505354u /* "TSPN" */

union packet_control {
	char bytes[CMSG_SPACE(PACKET_DESCRIPTORS * sizeof(int))];
	struct cmsghdr align;
};

int packet_send(int fd, const struct packet *packet, int flags)
{
	struct packet_header header = {
		.magic = PACKET_MAGIC,
		.verb = packet->verb,
		.flags = packet->flags,
		.pid = packet->pid,
		.status = packet->status,
		.descriptors = (uint32_t)packet->descriptor_count,
		.token = packet->token,
	};
	struct iovec parts[2] = {
		{ &header, sizeof(header) },
		{ (void *)(uintptr_t)packet->data, packet->size },
	};
	union packet_control control;
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = packet->size > 0 ? 2 : 1 };
	ssize_t sent;

	if (packet->size + sizeof(header) > PACKET_LIMIT ||
		packet->descriptor_count > PACKET_DESCRIPTORS)
		return TSP_ETOOBIG;
	if (packet->descriptor_count > 0) {
		size_t size = packet->descriptor_count * sizeof(int);
		struct cmsghdr *item;

		memset(&control, 0, sizeof(control));
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(size);
		item = CMSG_FIRSTHDR(&message);
		item->cmsg_level = SOL_SOCKET;
		item->cmsg_type = SCM_RIGHTS;
		item->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(item), packet->descriptors, size);
	}
	do
		sent = sendmsg(fd, &message, flags | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return TSP_OK;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS)
		return TSP_EBACKLOG;
	return errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN ? TSP_ECLOSED : TSP_EIO;
}

/* Takes over every descriptor that came, so that none is lost when the packet is refused. */
static void take_descriptors(struct msghdr *message, struct packet *packet)
{
	struct cmsghdr *item;

	for (item = CMSG_FIRSTHDR(message); item != NULL; item = CMSG_NXTHDR(message, item)) {
		size_t count, i;

		if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
			continue;
		count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(item) + i * sizeof(int), sizeof(int));
			if (packet->descriptor_count < PACKET_DESCRIPTORS)
				packet->descriptors[packet->descriptor_count++] = fd;
			else
				close(fd);
		}
	}
}

int packet_receive(int fd, uint8_t *buffer, struct packet *ret_packet, int flags)
{
	struct packet_header header;
	union packet_control control;
	struct iovec part = { buffer, PACKET_LIMIT };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct packet packet = { 0 };
	bool cut;
	ssize_t size;

	do
		size = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	if (size < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return 0;
		return errno == ECONNRESET ? TSP_ECLOSED : TSP_EIO;
	}
	if (size == 0)
		return TSP_ECLOSED;
	take_descriptors(&message, &packet);
	memset(&header, 0, sizeof(header));
	if ((size_t)size >= sizeof(header))
		memcpy(&header, buffer, sizeof(header));
	cut = (message.msg_flags & MSG_CTRUNC) != 0;
	if (header.magic != PACKET_MAGIC || header.verb < PACKET_OPEN ||
		header.verb >= PACKET_VERBS || (message.msg_flags & MSG_TRUNC) != 0 ||
		header.descriptors > PACKET_DESCRIPTORS ||
		(!cut && header.descriptors != packet.descriptor_count)) {
		packet_close(&packet);
		return TSP_EPROTOCOL;
	}
	packet.verb = (enum packet_verb)header.verb;
	packet.flags = header.flags;
	packet.pid = header.pid;
	packet.status = header.status;
	packet.token = header.token;
	packet.data = buffer + sizeof(header);
	packet.size = (size_t)size - sizeof(header);
	/* Out of descriptors here: what came of them is of no use alone. */
	if (cut)
		packet_close(&packet);
	*ret_packet = packet;
	return 1;
}

void packet_close(struct packet *packet)
{
	size_t i;

	for (i = 0; i < packet->descriptor_count; i++)
		close(packet->descriptors[i]);
	packet->descriptor_count = 0;
}

const char *packet_string(const struct packet *packet, size_t index)
{
	const char *at = (const char *)packet->data;
	size_t left = packet->size;

	for (;;) {
		const char *end = left > 0 ? memchr(at, '\0', left) : NULL;

		if (end == NULL)
			return NULL;
		if (index-- == 0)
			return at;
		left -= (size_t)(end - at) + 1;
		at = end + 1;
	}
}

int packet_join(const char *const *strings, uint8_t **ret_data, size_t *ret_size)
{
	uint8_t *data;
	size_t size = 0;
	size_t i;

	for (i = 0; strings[i] != NULL; i++)
		size += strlen(strings[i]) + 1;
	if (size + sizeof(struct packet_header) > PACKET_LIMIT)
		return TSP_ELIMIT;
	data = malloc(size + 1);
	if (data == NULL)
		return TSP_ENOMEM;
	size = 0;
	for (i = 0; strings[i] != NULL; i++) {
		size_t length = strlen(strings[i]) + 1;

		memcpy(data + size, strings[i], length);
		size += length;
	}
	*ret_data = data;
	*ret_size = size;
	return TSP_OK;
}
