/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/simple.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/interrupt.h"

#define RUN_BUDGET 16
#define RUN_NS CLOCK_MS /* the caller's deadline is looked at this often, if handlers are short */
#define KEEP_SIZE ((size_t)256 * 1024)

/* The first failure counts; after it nothing is handled any more. */
void simple_break(struct simple *simple, int code)
{
	if (simple->broken == 0)
		simple->broken = code;
}

void simple_flush(struct simple *simple)
{
	struct buffer *out;
	size_t at = 0;

	if (simple->stage == NULL || simple->host.link == NULL)
		return;
	out = stage_outbox(simple->stage);
	while (at < out->size) {
		struct frame frame;
		long size = frame_get(out->data + at, out->size - at, FRAME_LIMIT, &frame, NULL);

		if (size <= 0 || admin_receive(simple->admin, simple->host.link, &frame, clock_read()) < 0) {
			simple_break(simple, TSP_EPROTOCOL);
			break;
		}
		at += (size_t)size;
	}
	buffer_drop(out, out->size);
}

/* The stage works on frames of its own buffer: what it sets off is appended to another. */
static bool give_frame(struct simple *simple)
{
	struct buffer *running = &simple->running;
	struct frame frame;
	long size;
	int rc;

	if (simple->running_at >= running->size) {
		struct buffer swap = *running;

		if (simple->host.frames.size == 0)
			return false;
		*running = simple->host.frames;
		simple->host.frames = swap;
		simple->host.frames.size = 0;
		simple->running_at = 0;
		if (simple->host.frames.capacity > KEEP_SIZE)
			buffer_clear(&simple->host.frames);
	}
	size = frame_get(running->data + simple->running_at, running->size - simple->running_at, FRAME_LIMIT,
		&frame, NULL);
	rc = size > 0 ? stage_receive(simple->stage, &frame) : TSP_EPROTOCOL;
	if (rc < 0) {
		simple_break(simple, rc);
		return false;
	}
	simple->running_at += (size_t)size;
	return true;
}

/* One batch of what the stage has to do, and what it says to it. */
static bool run_stage(struct simple *simple)
{
	bool more = false;

	if (simple->stage == NULL)
		return false;
	for (int i = 0; i < RUN_BUDGET && give_frame(simple); i++) {
		more = true;
		if (simple->kill || clock_read() - simple->now > RUN_NS)
			break;
	}
	if (simple->broken != 0)
		return false;
	if (stage_deadline(simple->stage) <= simple->now)
		more = stage_run(simple->stage, RUN_BUDGET) || more;
	simple_flush(simple);
	if (simple->kill) {
		simple_end_stage(simple, SIGKILL);
		return true;
	}
	if (stage_is_empty(simple->stage) && simple->host.frames.size == 0 &&
	    simple->running_at >= simple->running.size) {
		simple_end_stage(simple, 0);
		return true;
	}
	return more || simple->host.frames.size > 0;
}

/* What has come for a caller. */
static bool take_in(struct simple *simple, struct simple_caller *caller)
{
	struct buffer *in = &caller->peer.frames;
	size_t at = 0;

	while (at < in->size) {
		struct frame frame;
		long size = frame_get(in->data + at, in->size - at, FRAME_LIMIT, &frame, NULL);

		if (size <= 0 || caller_receive(caller->system, &frame) < 0) {
			simple_break(simple, TSP_EPROTOCOL);
			break;
		}
		at += (size_t)size;
		caller->received++;
	}
	buffer_drop(in, in->size);
	if (in->capacity > KEEP_SIZE)
		buffer_clear(in);
	return at > 0;
}

bool simple_step(struct simple *simple)
{
	struct list *at;
	bool worked;

	if (simple->broken != 0)
		return false;
	simple->now = clock_read();
	worked = simple_work(simple);
	worked = run_stage(simple) || worked;
	if (worked || simple->tick <= simple->now)
		simple->tick = admin_tick(simple->admin, simple->now);
	if (simple->host.broken)
		simple_break(simple, TSP_ENOMEM);
	for (at = simple->callers.next; at != &simple->callers; at = at->next) {
		struct simple_caller *caller = list_item(at, struct simple_caller, list);

		if (caller->peer.broken)
			simple_break(simple, TSP_ENOMEM);
		worked = take_in(simple, caller) || worked;
	}
	return worked;
}

int simple_watch(struct simple *simple, uint64_t actor, const int *descriptors, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < simple->watch_count; i++) {
		if (simple->watches[i].actor != actor)
			simple->watches[kept++] = simple->watches[i];
	}
	simple->watch_count = kept;
	if (count > SIMPLE_WATCHES - kept)
		return TSP_ELIMIT;
	for (size_t i = 0; i < count; i++)
		simple->watches[kept++] = (struct simple_watched){ actor, descriptors[i] };
	simple->watch_count = kept;
	return TSP_OK;
}

void simple_ring(void *io)
{
	const struct simple *simple = io;
	const uint64_t one = 1;

	if (write(simple->bell, &one, sizeof(one)) < 0)
		return; /* it is full, hence readable */
}

/* The stage looks at what its actors' threads have sent whenever it runs. */
static void hear_bell(struct simple *simple)
{
	uint64_t count;

	if (read(simple->bell, &count, sizeof(count)) > 0 && simple->stage != NULL)
		(void)stage_run(simple->stage, RUN_BUDGET);
	simple_flush(simple);
}

/* What is no descriptor, or is closed by now, is watched no more: it would end each sleep at once. */
static void drop_closed(struct simple *simple, const struct pollfd *fds, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (!(fds[i].revents & POLLNVAL))
			simple->watches[kept++] = simple->watches[i];
	}
	simple->watch_count = kept;
}

/* Who watches a descriptor that has become readable is told, once, of all that are. */
static void tell_readable(struct simple *simple, const struct pollfd *fds, size_t count)
{
	struct simple_watched watches[SIMPLE_WATCHES];
	int ready[SIMPLE_WATCHES];

	memcpy(watches, simple->watches, count * sizeof(*watches));
	drop_closed(simple, fds, count);
	for (size_t i = 0; i < count; i++) {
		uint64_t actor = watches[i].actor;
		size_t ready_count = 0;

		if (actor == 0 || (fds[i].revents & ~POLLNVAL) == 0)
			continue;
		for (size_t k = i; k < count; k++) {
			if (watches[k].actor != actor)
				continue;
			if (fds[k].revents & ~POLLNVAL)
				ready[ready_count++] = watches[k].descriptor;
			watches[k].actor = 0;
		}
		(void)simple_watch(simple, actor, NULL, 0);
		if (simple->stage != NULL)
			stage_readable(simple->stage, actor, ready, ready_count);
	}
}

int simple_sleep(struct simple *simple, clock_ns deadline, tsp_error *err)
{
	struct pollfd fds[SIMPLE_WATCHES + 2];
	size_t count = simple->watch_count;
	clock_ns until = simple->tick < deadline ? simple->tick : deadline;
	clock_ns now = clock_read();
	struct timespec wait;
	int rc;

	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	if (now >= deadline)
		return tsp_fail(err, TSP_ETIMEOUT, "%s", tsp_error_sentence(TSP_ETIMEOUT));
	if (simple->stage != NULL && stage_deadline(simple->stage) < until)
		until = stage_deadline(simple->stage);
	if (until < now)
		until = now;
	for (size_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = simple->watches[i].descriptor, .events = POLLIN };
	fds[count] = (struct pollfd){ .fd = interrupt_descriptor(), .events = POLLIN };
	fds[count + 1] = (struct pollfd){ .fd = simple->bell, .events = POLLIN };
	wait.tv_sec = (time_t)((until - now) / CLOCK_SECOND);
	wait.tv_nsec = (long)((until - now) % CLOCK_SECOND);
	rc = ppoll(fds, count + 2, until == CLOCK_NEVER ? NULL : &wait, NULL);
	if (rc < 0 && errno != EINTR)
		return tsp_fail_errno(err, "wait for", "the system");
	if (rc > 0 && (fds[count].revents & POLLIN))
		interrupt_drain();
	if (rc > 0)
		tell_readable(simple, fds, count);
	if (rc > 0 && (fds[count + 1].revents & POLLIN))
		hear_bell(simple); /* last: what runs there may watch other descriptors */
	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	return TSP_OK;
}
