/* SPDX-License-Identifier: MIT */
/*
 * Code that nobody should have signed, too: for hostile_actor.bats. Its constructor runs in the nursery of its source,
 * whose socket to the admin is descriptor 3, and lies there as plan.h says: PLAN, VICTIM, a process that is not its
 * own, and IDLERS, a file for the numbers of those that are.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thespian.h>
#include <unistd.h>

#include "plan.h"

#define CONTROL 3
#define MAGIC	0x4e505354u

/* As of lib/io/nursery_packet.h. */
enum verb { FORK = 2, BORN = 4, ENDED = 6, OPENED = 7, HASH = 8 };
struct header {
	uint32_t magic;
	uint32_t verb;
	uint32_t flags;
	int32_t pid;
	int32_t status;
	uint32_t descriptors;
	uint64_t token;
};

union control {
	char bytes[CMSG_SPACE(2 * sizeof(int))];
	struct cmsghdr align;
};

static void say(struct header header, int descriptor, tsp_value value)
{
	struct iovec parts[2] = { { &header, sizeof(header) },
		{ (void *)(uintptr_t)value.data, value.size } };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	struct cmsghdr *item;

	header.magic = MAGIC;
	if (descriptor >= 0) {
		header.descriptors = 1;
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int));
		item = CMSG_FIRSTHDR(&message);
		item->cmsg_level = SOL_SOCKET;
		item->cmsg_type = SCM_RIGHTS;
		item->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(item), &descriptor, sizeof(int));
	}
	(void)sendmsg(CONTROL, &message, MSG_NOSIGNAL);
}

/* The next order to fork; what came with it is closed, so the link of that host has ended. */
static uint64_t await_order(void)
{
	static char buffer[200000];
	struct header header = { 0 };
	union control control;
	struct iovec part = { buffer, sizeof(buffer) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	while (header.verb != FORK) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		if (recvmsg(CONTROL, &message, 0) < (ssize_t)sizeof(header))
			_exit(0);
		memcpy(&header, buffer, sizeof(header));
		for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item != NULL;
			item = CMSG_NXTHDR(&message, item)) {
			int ends[2];

			memcpy(ends, CMSG_DATA(item), sizeof(ends));
			close(ends[0]);
			close(ends[1]);
		}
	}
	return header.token;
}

/* A text and its NUL. */
static void say_hash(const char *hash)
{
	say((struct header){ .verb = HASH }, -1,
		(tsp_value){ (const uint8_t *)hash, strlen(hash) + 1 });
}

static void say_opened(int status)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value = { 0 };

	tsp_begin_list(builder);
	tsp_begin_map(builder);
	tsp_put_key(builder, "name");
	tsp_put_string(builder, "Intruder");
	tsp_end(builder);
	tsp_end(builder);
	(void)tsp_builder_value(builder, &value);
	say((struct header){ .verb = OPENED, .status = status }, -1, value);
	tsp_builder_free(builder);
}

static int handle_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int make_pipe(void)
{
	int ends[2];

	return pipe2(ends, O_CLOEXEC) == 0 ? ends[0] : -1;
}

/* A process that would stay for ever. */
static pid_t fork_idler(void)
{
	int notes = open(IDLERS, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	setpgid(pid, pid);
	dprintf(notes, "%ld\n", (long)pid);
	close(notes);
	return pid;
}

/* Answers one order after the other with a lie. */
static void raise_others(void)
{
	for (;;) {
		uint64_t token = await_order();
		pid_t pid = strcmp(PLAN, "changeling") == 0 ? VICTIM : fork_idler();
		int handle = strcmp(PLAN, "file") == 0 ?
			open("/proc/self/exe", O_RDONLY | O_CLOEXEC) :
			strcmp(PLAN, "pipe") == 0  ? make_pipe() :
			strcmp(PLAN, "mixed") == 0 ? handle_of(VICTIM) :
						     handle_of(pid);

		say((struct header){ .verb = BORN, .token = token, .pid = pid }, handle,
			(tsp_value){ 0 });
		if (strcmp(PLAN, "dead") == 0)
			say((struct header){ .verb = ENDED, .token = token, .pid = pid }, -1,
				(tsp_value){ 0 });
	}
}

__attribute__((constructor)) static void lie(void)
{
	int kind = 0;
	socklen_t size = sizeof(kind);

	if (getsockopt(CONTROL, SOL_SOCKET, SO_TYPE, &kind, &size) < 0 || kind != SOCK_SEQPACKET)
		return;
	if (strcmp(PLAN, "stranger") == 0) {
		say((struct header){ .verb = BORN, .token = 1000000, .pid = VICTIM },
			handle_of(VICTIM), (tsp_value){ 0 });
		return;
	}
	if (strcmp(PLAN, "hash") == 0) {
		say_hash("0000000000000000000000000000000000000000000000000000000000000000");
		say_hash("000000000000000000000000000000000000000000000000000000000000000\303\244");
		return;
	}
	say_opened(strcmp(PLAN, "status") == 0 ? 1 : 0);
	raise_others();
}

static const tsp_class intruder = { .name = "Intruder" };
TSP_EXPORT(&intruder)
