/* SPDX-License-Identifier: MIT */
/* Time, chance, and the order of events. */
#include "config.h"
#include "sim/sim.h"
#include "wire/log_record.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/parts.h"

#define STEPS_LIMIT	 2000000 /* events of one seed */
#define STEPS_A_MOMENT	 20000	 /* events without time passing: nothing goes on */
#define SHUTDOWN_SECONDS 20
#define QUIET_SECONDS	 150 /* an authority may be silent for two minutes */

struct sim *sim;

uint64_t sim_draw(uint64_t below)
{
	uint64_t z = sim->chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

bool sim_chance(int of_hundred)
{
	return (int)sim_draw(100) < of_hundred;
}

clock_ns sim_delay(void)
{
	switch (sim_draw(12)) {
	case 0:
		return (clock_ns)sim_draw(20) * CLOCK_MS;
	case 1:
		return (clock_ns)sim_draw(2) * CLOCK_MS;
	default:
		return (clock_ns)sim_draw(60) * 1000 + 1;
	}
}

void sim_trace(const char *format, ...)
{
	va_list args;

	if (!sim->trace)
		return;
	printf("# %12.6f ", (double)(sim->now - 1000 * CLOCK_SECOND) / 1e9);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void sim_fail(const char *format, ...)
{
	char text[sizeof(sim->failure)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	sim_trace("FAILED: %s", text);
	if (sim->failure[0] == '\0')
		memcpy(sim->failure, text, sizeof(text));
}

static bool earlier(const struct event *a, const struct event *b)
{
	return a->time < b->time || (a->time == b->time && a->order < b->order);
}

void sim_at(clock_ns time, sim_fn *fn, void *data, uint64_t argument)
{
	struct event event = { time, sim->event_order++, fn, data, argument };
	size_t at = sim->event_count++;

	if (at == sim->event_capacity) {
		sim->event_capacity = at == 0 ? 256 : 2 * at;
		sim->events = realloc(sim->events, sim->event_capacity * sizeof(event));
		assert(sim->events != NULL);
	}
	while (at > 0 && earlier(&event, &sim->events[(at - 1) / 2])) {
		sim->events[at] = sim->events[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	sim->events[at] = event;
}

static struct event event_take(void)
{
	struct event first = sim->events[0];
	struct event last = sim->events[--sim->event_count];
	size_t at = 0;

	for (;;) {
		size_t next = 2 * at + 1;

		if (next + 1 < sim->event_count &&
			earlier(&sim->events[next + 1], &sim->events[next]))
			next++;
		if (next >= sim->event_count || earlier(&last, &sim->events[next]))
			break;
		sim->events[at] = sim->events[next];
		at = next;
	}
	sim->events[at] = last;
	return first;
}

void sim_run(clock_ns until)
{
	clock_ns moment = -1;
	uint64_t in_moment = 0;

	while (sim->event_count > 0 && sim->events[0].time < until && sim->failure[0] == '\0') {
		struct event event = event_take();

		if (event.time > sim->now)
			sim->now = event.time;
		if (sim->now != moment) {
			moment = sim->now;
			in_moment = 0;
		}
		if (++in_moment > STEPS_A_MOMENT)
			sim_fail("events without end, and no time passes");
		if (++sim->steps > STEPS_LIMIT)
			sim_fail("events without end");
		event.fn(event.data, event.argument);
	}
	if (sim->now < until && sim->failure[0] == '\0')
		sim->now = until;
}

static void op_send(void *io, void *peer, const struct frame *frame)
{
	bool was = memory_arm(false);
	struct stream *stream = peer;

	(void)io;
	if (stream->to_caller)
		switch_sent_to_caller(stream->owner, frame);
	else
		switch_sent_to_host(stream->owner, frame);
	stream_put(stream, frame);
	memory_arm(was);
}

static size_t op_unsent(void *io, void *peer)
{
	(void)io;
	return ((struct stream *)peer)->bytes.size;
}

static void op_close(void *io, void *peer)
{
	(void)io;
	stream_end(peer);
}

static void op_hash(void *io, const void *bytes, size_t size, uint8_t ret_hash[32])
{
	(void)io;
	memset(ret_hash, 0, 32);
	for (size_t i = 0; i < size; i++)
		ret_hash[i % 32] = (uint8_t)(ret_hash[i % 32] * 31 + ((const uint8_t *)bytes)[i]);
}

static void op_log(void *io, enum log_level level, const char *text)
{
	bool was = memory_arm(false);

	(void)io;
	sim_trace("log %s: %s", log_level_name(level), text);
	memory_arm(was);
}

static void op_log_record(void *io, const struct log_record *record, unsigned places)
{
	bool was = memory_arm(false);

	(void)io;
	(void)places;
	sim_trace("record %.*s", (int)record->text.size, record->text.data);
	memory_arm(was);
}

static void op_set_logging(void *io, const struct log_change *change, struct log_levels *levels)
{
	(void)io;
	if (change->has_threshold)
		levels->internal = change->threshold;
}

static void op_stopped(void *io)
{
	(void)io;
	sim->stopped = true;
	sim_trace("stopped");
}

static const struct admin_ops ops = {
	.send = op_send,
	.unsent = op_unsent,
	.close = op_close,
	.start_host = sim_start_host,
	.kill_host = sim_kill_host,
	.release_host = sim_release_host,
	.build = sim_build,
	.open_module = sim_open_module,
	.close_module = sim_close_module,
	.find_module = sim_find_module,
	.hash = op_hash,
	.log = op_log,
	.stopped = op_stopped,
	.log_record = op_log_record,
	.set_logging = op_set_logging,
};

static void open_admin(void)
{
	struct admin_config config = { .system = SIM_SYSTEM, .base = "sim", .cores = 2 };
	char capabilities[200];

	snprintf(capabilities, sizeof(capabilities), "{\"Gold\": true%s%s%s%s}",
		sim_chance(20) ? ", \"Actor Host\": \"shared\"" : "",
		sim->profile->bounds ? ", \"Mailbox Messages\": 3" : "",
		sim->profile->bounds && sim_chance(30) ? ", \"Mailbox Bytes\": 400" : "",
		sim->profile->bounds && sim_chance(30) ? ", \"Memory Limit\": 60000" : "");
	config.capabilities = capabilities;
	if (sim->profile->loads && sim_chance(50))
		config.authority = "one:Judge";
	if (sim->profile->names > 8 && sim_chance(40))
		config.director = "one:Any";
	assert(admin_new(&config, &ops, NULL, sim->now, &sim->admin, NULL) == 0);
	admin_begin(sim->admin, sim->now);
	switch_after();
}

/* Everybody goes on, nobody dies any more: what can still move does. */
static void calm_down(void)
{
	sim->calm = true;
	for (size_t i = 0; i < sim->host_count; i++) {
		sim->hosts[i]->fuse = -1;
		host_stop(sim->hosts[i], false);
	}
	sim_run(sim->now + QUIET_SECONDS * CLOCK_SECOND);
}

static void stop(void *data, uint64_t argument)
{
	(void)data;
	(void)argument;
	memory_arm(true);
	admin_shutdown(sim->admin, sim->now);
	memory_arm(false);
	switch_after();
}

static void shut_down(void)
{
	clock_ns until = sim->now + SHUTDOWN_SECONDS * CLOCK_SECOND;
	struct sim_caller *caller = caller_any();

	sim->asked_to_stop = true;
	if (caller != NULL && sim_chance(50)) {
		caller_request(caller, "SystemShutdown", false, "{}");
		sim_at(sim->now + CLOCK_SECOND, stop, NULL, 0); /* the caller may vanish */
	} else {
		stop(NULL, 0);
	}
	sim_run(until);
	if (!admin_is_stopped(sim->admin))
		sim_fail("the system does not end, %d seconds after it was asked to",
			SHUTDOWN_SECONDS);
}

static void clear(void)
{
	hosts_clear();
	callers_clear();
	admin_free(sim->admin);
	ledger_clear();
	free(sim->events);
}

bool sim_seed(uint64_t seed, bool trace)
{
	static struct sim all;
	bool early;

	memset(&all, 0, sizeof(all));
	sim = &all;
	sim->seed = seed;
	sim->chance = seed * UINT64_C(0xd1342543de82ef95) + 12345;
	sim->trace = trace;
	sim->profile = &sim_profiles[seed % sim_profile_count];
	sim->now = 1000 * CLOCK_SECOND;
	sim->tick_at = CLOCK_NEVER;
	table_init(&sim->ledger.by_number);
	sim_trace("seed %llu, %s", (unsigned long long)seed, sim->profile->name);
	open_admin();
	early = sim_chance(25);
	for (uint64_t i = 1 + sim_draw(3); i > 0; i--)
		caller_open();
	sim_at(sim->now + CLOCK_MS, workload_step, NULL, 30 + sim_draw(100));
	sim_run(sim->now + (clock_ns)(1 + sim_draw(1500)) * (early ? CLOCK_MS : 10 * CLOCK_MS));
	if (!early && sim->failure[0] == '\0') {
		calm_down();
		if (sim->failure[0] == '\0' && !sim->asked_to_stop)
			check_quiet();
	}
	if (sim->failure[0] == '\0')
		shut_down();
	if (sim->failure[0] == '\0')
		check_end();
	clear();
	return sim->failure[0] == '\0';
}
