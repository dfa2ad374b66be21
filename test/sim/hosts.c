/* SPDX-License-Identifier: MIT */
/* Hosts: a real stage each, in a process that may end between any two things that it does. */
#include "config.h"
#include "sim/sim.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/cell.h"
#include "core/parts.h"

#define BUDGET 8

struct sim_host *host_by_id(uint64_t id)
{
	for (size_t i = 0; i < sim->host_count; i++) {
		if (sim->hosts[i]->id == id)
			return sim->hosts[i];
	}
	return NULL;
}

int draw_status(void)
{
	static const int statuses[] = { SIGKILL, SIGSEGV, SIGABRT, 1 << 8, 0 };

	return statuses[sim_draw(5)];
}

/* ---- What its stage needs ---- */

static const tsp_class *find_class(
	void *io, const char *source, const char *module, const char *class_name, tsp_error *err)
{
	(void)io;
	(void)source;
	(void)module;
	(void)err;
	for (size_t i = 0; sim_classes[i] != NULL; i++) {
		if (strcmp(sim_classes[i]->name, class_name) == 0)
			return sim_classes[i];
	}
	return NULL;
}

/* As thespian-host does: pauses are heard at once, and not a second time. */
static void hear_pauses(struct sim_host *host)
{
	size_t at = host->next;
	struct frame frame;
	long size;

	while ((size = frame_get(
			host->in.data + at, host->in.size - at, FRAME_LIMIT, &frame, NULL)) > 0) {
		if (frame.kind == FRAME_PAUSE || frame.kind == FRAME_RESUME) {
			(void)stage_receive(host->stage, &frame);
			memset(host->in.data + at + 16, 0, 8);
		}
		at += (size_t)size;
	}
}

static void flush_early(void *io)
{
	struct sim_host *host = io;
	bool was = memory_arm(false);
	struct buffer *out;

	if (!host->dead) {
		memory_arm(was);
		out = stage_outbox(host->stage);
		(void)memory_arm(false);
		stream_write(&host->up, out->data, out->size);
		buffer_drop(out, out->size);
		if (sim_chance(50))
			hear_pauses(host);
	}
	memory_arm(was);
}

static clock_ns read_clock(void *io)
{
	(void)io;
	return sim->now;
}

static const struct stage_ops stage_table = {
	.find_class = find_class, .flush = flush_early, .now = read_clock
};

/* ---- Its end ---- */

static void tell_ended(void *data, uint64_t again)
{
	struct sim_host *host = data;
	bool known = host->status != -1 && !(sim->profile->losses && sim_chance(10));

	(void)again;
	if (host->failed)
		return;
	if (!host->told && !known)
		host->status = -1;
	host->told = true;
	sim_trace("host %d: its process has ended, status %d", (int)host->id, host->status);
	memory_arm(true);
	admin_host_ended(sim->admin, host->id, host->status, sim->now);
	memory_arm(false);
	switch_after();
}

static void bury(struct sim_host *host)
{
	stage_free(host->stage);
	host->stage = NULL;
	buffer_clear(&host->in);
}

void host_die(struct sim_host *host, int status)
{
	bool was = memory_arm(false);
	struct buffer *out;

	if (host->dead) {
		memory_arm(was);
		return;
	}
	host->dead = true;
	host->status = status;
	host->shared = host->live;
	sim_trace("host %d dies, status %d, in work %lld, dispatched %lld", (int)host->id, status,
		(long long)host->live.in_work, (long long)host->live.dispatched);
	if (host->stage != NULL) {
		/* what is written is what the socket took before */
		out = &host->stage->outbox.bytes;
		if (host->orderly)
			stream_write(&host->up, out->data, out->size);
		else if (out->size > 0 && sim_chance(60))
			stream_write(&host->up, out->data, sim_draw(out->size + 1));
	}
	ledger_host_dead(host->id);
	stream_end(&host->up);
	sim_at(sim->now + sim_delay(), tell_ended, host, 0);
	if (sim->profile->losses && sim_chance(10))
		sim_at(sim->now + sim_delay(), tell_ended, host, 1);
	if (!host->in_step)
		bury(host);
	memory_arm(was);
}

bool host_point(struct sim_host *host)
{
	if (host->dead)
		return true;
	if (host->fuse < 0 || host->fuse-- > 0)
		return false;
	host_die(host, draw_status());
	return true;
}

static void kill_now(void *data, uint64_t argument)
{
	struct sim_host *host = data;

	(void)argument;
	host->killed = true;
	if (host->born && !host->dead)
		host_die(host, SIGKILL);
}

void sim_kill_host(void *io, uint64_t id)
{
	struct sim_host *host = host_by_id(id);
	bool was = memory_arm(false);

	(void)io;
	sim_trace("kill host %d", (int)id);
	if (host != NULL)
		sim_at(sim->now + sim_delay(), kill_now, host, 0);
	memory_arm(was);
}

void sim_release_host(void *io, uint64_t id, void *peer)
{
	struct sim_host *host = host_by_id(id);
	bool was = memory_arm(false);

	(void)io;
	assert(host != NULL && peer == &host->down && !host->released);
	if (!host->failed && (!host->told || !host->up.ended))
		sim_fail("host %d is released before it has ended", (int)id);
	host->released = true;
	switch_host_released(host);
	memory_arm(was);
}

/* ---- Its life ---- */

/* Frames that are whole, one after the other. */
static void hear(struct sim_host *host)
{
	uint64_t frames = 1 + sim_draw(12);
	size_t at = 0;

	while (frames-- > 0 && !host->dead) {
		struct frame frame;
		long size = frame_get(
			host->in.data + at, host->in.size - at, FRAME_LIMIT, &frame, NULL);
		int rc;

		if (size == 0)
			break;
		assert(size > 0);
		host->next = at + (size_t)size;
		memory_arm(true);
		rc = stage_receive(host->stage, &frame);
		memory_arm(false);
		at = host->next;
		if (rc < 0 && !host->dead) {
			if (!sim->profile->memory)
				sim_fail("host %d does not take a frame: %d", (int)host->id, rc);
			host_die(host, 1 << 8);
		}
		(void)host_point(host);
	}
	buffer_drop(&host->in, at);
}

static void write_out(struct sim_host *host)
{
	struct buffer *out;

	memory_arm(true);
	out = stage_outbox(host->stage);
	memory_arm(false);
	if (host_point(host))
		return;
	stream_write(&host->up, out->data, out->size);
	buffer_drop(out, out->size);
}

static void step(void *data, uint64_t argument)
{
	struct sim_host *host = data;
	clock_ns next;
	bool more;

	(void)argument;
	if (host->dead || host->step_at != sim->now)
		return;
	host->step_at = CLOCK_NEVER;
	if (host->stopped || !host->born)
		return;
	if (host->busy_until > sim->now) {
		host_wake(host, host->busy_until);
		return;
	}
	if (!sim->calm && host->fuse < 0 && (int)sim_draw(1000) < sim->profile->deaths)
		host->fuse = (int64_t)sim_draw(20);
	host->in_step = true;
	sim->running = host;
	hear(host);
	memory_arm(true);
	more = !host->dead && stage_run(host->stage, 1 + sim_draw(BUDGET));
	memory_arm(false);
	if (!host->dead && stage_is_broken(host->stage))
		host_die(host, 1 << 8);
	if (!host_point(host))
		write_out(host);
	sim->running = NULL;
	host->in_step = false;
	if (!host->dead && stage_is_empty(host->stage)) {
		host->orderly = true;
		host_die(host, 0);
		return;
	}
	if (host->dead) {
		bury(host);
		return;
	}
	next = stage_deadline(host->stage);
	if (more || next <= sim->now ||
		frame_get(host->in.data, host->in.size, FRAME_LIMIT, &(struct frame){ 0 }, NULL) >
			0)
		next = sim->now + sim_delay();
	if (next != CLOCK_NEVER)
		host_wake(host, next);
}

void host_wake(struct sim_host *host, clock_ns time)
{
	if (host->dead || time >= host->step_at)
		return;
	host->step_at = time;
	sim_at(time, step, host, 0);
}

void host_stop(struct sim_host *host, bool stopped)
{
	host->stopped = stopped;
	stream_hold(&host->down, stopped);
	if (!stopped)
		host_wake(host, sim->now + 1);
}

static void host_take(void *owner, const uint8_t *bytes, size_t size)
{
	struct sim_host *host = owner;

	if (host->dead)
		return;
	assert(buffer_put(&host->in, bytes, size) == 0);
	host_wake(host, sim->now + 1000 + (clock_ns)sim_draw(20000));
}

static void host_down_ended(void *owner)
{
	(void)owner; /* the admin does not end before its hosts */
}

static void admin_take(void *owner, const uint8_t *bytes, size_t size)
{
	struct sim_host *host = owner;
	struct frame frame;
	size_t at = 0;
	long whole;

	if (host->failed || host->released)
		return;
	assert(buffer_put(&host->at_admin, bytes, size) == 0);
	while ((whole = frame_get(host->at_admin.data + at, host->at_admin.size - at, FRAME_LIMIT,
			&frame, NULL)) > 0) {
		int rc = switch_receive(host, NULL, &frame);

		at += (size_t)whole;
		if (rc < 0) {
			if (!sim->profile->memory)
				sim_fail("the admin does not take a frame of host %d: %d",
					(int)host->id, rc);
			sim_kill_host(NULL, host->id);
		}
	}
	buffer_drop(&host->at_admin, at);
}

static void admin_ended(void *owner)
{
	struct sim_host *host = owner;

	if (host->failed || host->released)
		return;
	sim_trace("host %d: end of its link", (int)host->id);
	memory_arm(true);
	admin_link_ended(sim->admin, host->link, sim->now);
	if (!host->released && sim->profile->losses && sim_chance(10))
		admin_link_ended(sim->admin, host->link, sim->now);
	memory_arm(false);
	switch_after();
}

static void tell_born(void *data, uint64_t argument)
{
	struct sim_host *host = data;

	(void)argument;
	if (host->failed)
		return;
	admin_host_born(sim->admin, host->id, (int)host->id + 1000, sim->now);
	switch_after();
}

static void be_born(void *data, uint64_t argument)
{
	struct sim_host *host = data;
	struct frame hello = { .kind = FRAME_HELLO };
	tsp_builder *b;
	tsp_value body;

	(void)argument;
	if (sim->profile->losses && sim_chance(4)) {
		host->failed = true;
		host->dead = true;
		sim_trace("host %d could not be started", (int)host->id);
		memory_arm(true);
		admin_host_failed(sim->admin, host->id, "no fork", sim->now);
		memory_arm(false);
		switch_after();
		bury(host);
		return;
	}
	host->born = true;
	sim_at(sim->now + sim_delay(), tell_born, host, 0);
	if (host->killed || (int)sim_draw(300) < sim->profile->deaths) {
		host_die(host, host->killed ? SIGKILL : draw_status());
		return;
	}
	b = tsp_builder_new();
	tsp_put_format(b, "{s:i}", "pid", (int)host->id + 1000);
	assert(tsp_builder_value(b, &body) == 0);
	hello.body = body.data;
	hello.body_size = body.size;
	stream_put(&host->up, &hello);
	tsp_builder_free(b);
	host_wake(host, sim->now + 1);
}

int sim_start_host(void *io, const struct host_order *order, struct link *link, void **ret_peer,
	struct page **ret_page, tsp_error *err)
{
	bool was = memory_arm(false);
	struct sim_host *host;
	int rc = 0;

	(void)io;
	(void)err;
	if (sim->host_count == SIM_HOSTS || !nursery_is_open(order->module) ||
		(sim->profile->losses && sim_chance(4))) {
		rc = TSP_EIO;
		sim_trace("host %d is not started", (int)order->host);
	} else {
		host = calloc(1, sizeof(*host));
		assert(host != NULL);
		host->id = order->host;
		host->module = order->module;
		host->link = link;
		host->step_at = CLOCK_NEVER;
		host->fuse = -1;
		stream_open(&host->down, host, host_take, host_down_ended);
		stream_open(&host->up, host, admin_take, admin_ended);
		buffer_init(&host->in, 8 * FRAME_LIMIT);
		buffer_init(&host->at_admin, 8 * FRAME_LIMIT);
		assert(stage_new(&stage_table, host, &host->live, &host->stage) == 0);
		sim->hosts[sim->host_count++] = host;
		*ret_peer = &host->down;
		*ret_page = &host->shared;
		sim_trace("host %d is forked, %s", (int)host->id, order->title);
		sim_at(sim->now + sim_delay(), be_born, host, 0);
	}
	memory_arm(was);
	return rc;
}

void hosts_clear(void)
{
	for (size_t i = 0; i < sim->host_count; i++) {
		struct sim_host *host = sim->hosts[i];

		stage_free(host->stage);
		buffer_clear(&host->in);
		buffer_clear(&host->at_admin);
		buffer_clear(&host->up.bytes);
		buffer_clear(&host->down.bytes);
		free(host->sent);
		free(host);
	}
}
