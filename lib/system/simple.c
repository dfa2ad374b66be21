/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/simple.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "source/keys.h"
#include "system/interrupt.h"
#include "system/program.h"

#define FRAMES_LIMIT ((size_t)1 << 30)
#define MEMORY_MOST ((uint64_t)1 << 30)
#define CLOSE_MS 5000

static int failed(const struct simple *simple, tsp_error *err)
{
	if (simple->broken != 0 && simple->broken != TSP_ENOSYSTEM)
		return tsp_fail(err, simple->broken, "the system is broken: %s", tsp_error_sentence(simple->broken));
	return tsp_fail(err, TSP_ENOSYSTEM, "the system is gone");
}

static bool has_ended(const struct simple *simple)
{
	return simple->broken != 0 || simple->stopped;
}

static bool is_over(const struct simple_caller *caller)
{
	return has_ended(caller->simple) || caller->peer.link == NULL;
}

/* What a message sets off goes on for a while, then with the caller's next call. */
static void settle(struct simple *simple)
{
	clock_ns until = clock_after(clock_read(), SIMPLE_TELL_MS);

	while (simple_step(simple) && simple->now < until)
		continue;
}

static int simple_send(void *carrier, const struct frame *frame, clock_ns deadline, tsp_error *err)
{
	struct simple_caller *caller = carrier;
	struct simple *simple = caller->simple;

	(void)deadline;
	if (is_over(caller))
		return failed(simple, err);
	if (frame->body_size > FRAME_LIMIT - FRAME_HEADER)
		return tsp_fail(err, TSP_ETOOBIG, "%s", tsp_error_sentence(TSP_ETOOBIG));
	if (admin_receive(simple->admin, caller->peer.link, frame, clock_read()) < 0) {
		simple_break(simple, TSP_EPROTOCOL);
		return failed(simple, err);
	}
	if (caller->system->awaited == 0 && frame->kind == FRAME_ENVELOPE)
		settle(simple);
	return TSP_OK;
}

static int simple_wait(void *carrier, clock_ns deadline, tsp_error *err)
{
	struct simple_caller *caller = carrier;
	struct simple *simple = caller->simple;
	uint64_t received = caller->received;

	for (;;) {
		bool worked = simple_step(simple);

		if (caller->received != received)
			return TSP_OK;
		if (is_over(caller))
			return failed(simple, err);
		if (interrupt_take())
			return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
		if (worked && simple->now >= deadline)
			return tsp_fail(err, TSP_ETIMEOUT, "%s", tsp_error_sentence(TSP_ETIMEOUT));
		if (!worked) {
			int rc = simple_sleep(simple, deadline, err);

			if (rc < 0)
				return rc;
		}
	}
}

static int simple_wait_end(void *carrier, clock_ns deadline, tsp_error *err)
{
	struct simple_caller *caller = carrier;
	struct simple *simple = caller->simple;

	while (!is_over(caller)) {
		int rc = simple_step(simple) ? TSP_OK : simple_sleep(simple, deadline, err);

		if (rc < 0)
			return rc;
	}
	return TSP_OK;
}

static int simple_descriptor(const void *carrier)
{
	(void)carrier;
	return -1;
}

/* An end in order, as by tsp_shutdown: every actor may still free what it owns. */
static void stop(struct simple *simple)
{
	clock_ns deadline = clock_after(clock_read(), CLOSE_MS);

	if (simple->admin == NULL || has_ended(simple))
		return;
	admin_shutdown(simple->admin, clock_read());
	while (!has_ended(simple) && clock_read() < deadline) {
		if (!simple_step(simple) && simple_sleep(simple, deadline, NULL) == TSP_ETIMEOUT)
			break;
	}
}

static void simple_free(struct simple *simple)
{
	stop(simple);
	stage_free(simple->stage);
	admin_free(simple->admin);
	simple_log_close(simple);
	simple_modules_clear(simple);
	buffer_clear(&simple->host.frames);
	buffer_clear(&simple->running);
	free(simple->cache);
	free(simple->include);
	free(simple->folder);
	if (simple->bell >= 0)
		close(simple->bell);
	free(simple);
}

static void caller_free(void *carrier)
{
	struct simple_caller *caller = carrier;
	struct simple *simple = caller->simple;
	bool last = simple->callers.next == &caller->list && simple->callers.prev == &caller->list;

	if (caller->peer.link != NULL && !last)
		admin_link_ended(simple->admin, caller->peer.link, clock_read());
	if (last)
		simple_free(simple);
	else
		list_remove(&caller->list);
	buffer_clear(&caller->peer.frames);
	free(caller);
}

static int simple_another(
	void *carrier, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err);

static const struct carrier_ops simple_ops = {
	.send = simple_send,
	.wait = simple_wait,
	.wait_end = simple_wait_end,
	.descriptor = simple_descriptor,
	.another = simple_another,
	.free = caller_free,
};

/* A handle more to a system that is there already; one without handles is freed where that fails. */
static int attach(struct simple *simple, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	struct simple_caller *caller = calloc(1, sizeof(*caller));
	int rc;

	if (caller == NULL) {
		if (list_empty(&simple->callers))
			simple_free(simple);
		return tsp_fail(err, TSP_ENOMEM, "cannot open a system: out of memory");
	}
	caller->simple = simple;
	caller->peer.simple = simple;
	buffer_init(&caller->peer.frames, FRAMES_LIMIT);
	list_append(&simple->callers, &caller->list);
	rc = caller_new(&simple_ops, caller, 0, &caller->system, err);
	if (rc < 0) {
		caller_free(caller);
		return rc;
	}
	caller->system->busy = &simple->busy;
	caller->peer.link = admin_caller_opened(simple->admin, &caller->peer, false, clock_read(), err);
	rc = caller->peer.link != NULL ? caller_greet(caller->system, deadline, err) : TSP_ELIMIT;
	if (rc < 0) {
		tsp_close(caller->system);
		return rc;
	}
	*ret_system = caller->system;
	return TSP_OK;
}

static int simple_another(void *carrier, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	struct simple_caller *caller = carrier;

	return is_over(caller) ? failed(caller->simple, err) : attach(caller->simple, deadline, ret_system, err);
}

static uint64_t memory_limit(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);
	long size = sysconf(_SC_PAGESIZE);
	uint64_t quarter = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 4 : MEMORY_MOST;

	return quarter < MEMORY_MOST ? quarter : MEMORY_MOST;
}

static int make_admin(struct simple *simple, const tsp_open_options *options, tsp_error *err)
{
	struct admin_config config = {
		.base = options->base,
		.capabilities = options->capabilities_json,
		.authority = options->authority,
		.director = options->director,
		.cores = 1,
		.memory_limit = memory_limit(),
		.one_host = true,
	};
	struct timespec wall = { 0 };

	while (config.system == 0) {
		if (getrandom(&config.system, sizeof(config.system), 0) != (ssize_t)sizeof(config.system))
			return tsp_fail_errno(err, "draw", "a system's number");
	}
	(void)clock_gettime(CLOCK_REALTIME, &wall); /* a wrong wall clock is shown, nothing more */
	config.pid = (int)getpid();
	config.wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
	return admin_new(&config, &simple_admin_ops, simple, clock_read(), &simple->admin, err);
}

/* The authority and the Director, if the options name them, run before the caller is let in. */
static int begin(struct simple *simple, clock_ns deadline, tsp_error *err)
{
	int rc;

	admin_begin(simple->admin, clock_read());
	while ((rc = admin_is_ready(simple->admin, err)) == 0) {
		bool worked = simple_step(simple);

		if (simple->broken != 0)
			return failed(simple, err);
		if (!worked)
			rc = simple_sleep(simple, deadline, err);
		else if (simple->now >= deadline)
			rc = tsp_fail(err, TSP_ETIMEOUT, "cannot start a system: it was not ready in time");
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? rc : TSP_OK;
}

static int simple_new(struct simple **ret_simple, tsp_error *err)
{
	struct simple *simple = calloc(1, sizeof(*simple));

	if (simple == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot open a system: out of memory");
	simple->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (simple->bell < 0) {
		free(simple);
		return tsp_fail_errno(err, "open", "an event descriptor");
	}
	simple->host.simple = simple;
	list_init(&simple->callers);
	simple->log_file.fd = -1;
	buffer_init(&simple->host.frames, FRAMES_LIMIT);
	buffer_init(&simple->running, FRAMES_LIMIT);
	list_init(&simple->jobs);
	list_init(&simple->modules);
	simple->folder = program_folder();
	*ret_simple = simple;
	return TSP_OK;
}

int simple_open(const tsp_open_options *options, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	struct simple *simple = NULL;
	int rc = keys_init(err);

	if (rc == TSP_OK)
		rc = simple_new(&simple, err);
	if (rc < 0)
		return rc;
	rc = make_admin(simple, options, err);
	if (rc == TSP_OK)
		rc = simple_log_open(simple, options->log_definitions, err);
	if (rc == TSP_OK)
		rc = begin(simple, deadline, err);
	if (rc < 0) {
		simple_free(simple);
		return rc;
	}
	return attach(simple, deadline, ret_system, err);
}
