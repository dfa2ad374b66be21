/* SPDX-License-Identifier: MIT */
/* The least that a switch between processes can be: what our admin is compared with. */
#include "config.h"

#include "raw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"

#define MEMBERS_LIMIT 128
#define READ_SIZE     ((size_t)400 * BENCH_FRAME) /* frames are written whole, and so are read whole */

struct member {
	pid_t pid;
	int fd;
	size_t size; /* of out */
	uint8_t *out;
};

struct crowd {
	int members;
	int started;
	bool ring;
	int epoll;
	struct member member[MEMBERS_LIMIT];
	uint8_t read_buffer[READ_SIZE];
};

/* A frame begins with the number of who is to have it. */
static void set_target(uint8_t *frame, int target)
{
	memcpy(frame, &target, sizeof(target));
}

/* Passes each frame on to the next; the first one begins. */
static void run_node(int fd, int self, int members)
{
	uint8_t frame[BENCH_FRAME] = { 0 };

	while (self == 0 || raw_read(fd, frame, sizeof(frame))) {
		set_target(frame, (self + 1) % members);
		if (!raw_write(fd, frame, sizeof(frame)))
			break;
		if (self == 0 && !raw_read(fd, frame, sizeof(frame)))
			break;
	}
}

/* One frame to each other member, then as many answers. */
static void run_hub(int fd, int members)
{
	static uint8_t frames[MEMBERS_LIMIT * BENCH_FRAME];
	size_t size = (size_t)(members - 1) * BENCH_FRAME;
	int i;

	do {
		for (i = 1; i < members; i++)
			set_target(frames + (size_t)(i - 1) * BENCH_FRAME, i);
	} while (raw_write(fd, frames, size) && raw_read(fd, frames, size));
}

static void run_worker(int fd)
{
	uint8_t frame[BENCH_FRAME];

	do {
		if (!raw_read(fd, frame, sizeof(frame)))
			return;
		set_target(frame, 0);
	} while (raw_write(fd, frame, sizeof(frame)));
}

static void run_member(struct crowd *crowd, int self, int fd)
{
	int i;

	for (i = 0; i < crowd->started; i++)
		close(crowd->member[i].fd); /* or their ends would never be seen */
	if (crowd->ring)
		run_node(fd, self, crowd->members);
	else if (self == 0)
		run_hub(fd, crowd->members);
	else
		run_worker(fd);
}

/* The first is the last to start: it speaks at once. */
static int start(struct crowd *crowd, int self, tsp_error *err)
{
	struct member *member = &crowd->member[self];
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)self };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return tsp_fail_errno(err, "make", "a socketpair");
	member->fd = ends[0];
	member->pid = fork();
	if (member->pid == 0) {
		close(ends[0]);
		run_member(crowd, self, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	crowd->started++;
	member->out = malloc(MEMBERS_LIMIT * BENCH_FRAME);
	if (member->pid < 0 || member->out == NULL ||
		epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, ends[0], &event) < 0)
		return tsp_fail_errno(err, "start", "a process");
	return TSP_OK;
}

/* Puts what one member has said where it is to go; how many frames, -1: it said nonsense. */
static int take(struct crowd *crowd, const struct member *from)
{
	ssize_t size = read(from->fd, crowd->read_buffer, READ_SIZE);
	ssize_t at;

	if (size <= 0 || size % BENCH_FRAME != 0)
		return -1;
	for (at = 0; at < size; at += BENCH_FRAME) {
		struct member *member;
		int target;

		memcpy(&target, crowd->read_buffer + at, sizeof(target));
		member = &crowd->member[target];
		memcpy(member->out + member->size, crowd->read_buffer + at, BENCH_FRAME);
		member->size += BENCH_FRAME;
	}
	return (int)(size / BENCH_FRAME);
}

static bool pass(struct crowd *crowd, int count)
{
	struct epoll_event events[MEMBERS_LIMIT];
	int passed = 0, ready, i;

	while (passed < count) {
		ready = epoll_wait(crowd->epoll, events, MEMBERS_LIMIT, -1);
		if (ready < 0)
			return false;
		for (i = 0; i < ready; i++) {
			int frames = take(crowd, &crowd->member[events[i].data.u32]);

			if (frames < 0)
				return false;
			passed += frames;
		}
		for (i = 0; i < crowd->members; i++) {
			struct member *member = &crowd->member[i];

			if (member->size > 0 && !raw_write(member->fd, member->out, member->size))
				return false;
			member->size = 0;
		}
	}
	return true;
}

static void end(struct crowd *crowd)
{
	int i;

	for (i = 0; i < crowd->members; i++) {
		struct member *member = &crowd->member[i];

		free(member->out);
		if (member->fd < 0)
			continue;
		close(member->fd);
		while (member->pid > 0 && waitpid(member->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(crowd->epoll);
}

int raw_switch(int members, bool ring, int core, int count, double *ret_rate, tsp_error *err)
{
	static struct crowd crowd;
	cpu_set_t before;
	clock_ns begin;
	int i;
	int rc = raw_pin(0, core, &before, err);

	if (rc < 0)
		return rc;
	crowd = (struct crowd){ .members = members, .ring = ring };
	crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < members; i++)
		crowd.member[i].fd = -1;
	for (i = members - 1; i >= 0 && rc == TSP_OK; i--)
		rc = start(&crowd, i, err);
	if (rc == TSP_OK && !pass(&crowd, 2 * members)) /* until all run and are warm */
		rc = tsp_fail(err, TSP_EFAILED, "cannot pass frames: a process ended");
	begin = clock_read();
	if (rc == TSP_OK && !pass(&crowd, count))
		rc = tsp_fail(err, TSP_EFAILED, "cannot pass frames: a process ended");
	*ret_rate = count / ((double)(clock_read() - begin) / 1e9);
	end(&crowd);
	raw_unpin(&before);
	return rc;
}
