/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "machine.h"
#include "network.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wire/address.h"
#include "wire/log_record.h"
#include "wire/value.h"

bool machine_crash;
int machine_crash_status = 11;
uint64_t machine_crash_number;

static void op_send(void *io, void *peer, const struct frame *frame)
{
	(void)io;
	assert(frame_put(peer, frame) == 0);
}

static size_t op_unsent(void *io, void *peer)
{
	(void)io;
	return ((struct buffer *)peer)->size;
}

static void op_close(void *io, void *peer)
{
	network_closed(io, peer);
}

static const tsp_class *stage_find_class(
	void *io, const char *source, const char *module, const char *class_name, tsp_error *err)
{
	struct machine_host *host = io;

	(void)source;
	(void)module;
	(void)err;
	for (size_t i = 0; host->machine->classes[i] != NULL; i++) {
		if (strcmp(host->machine->classes[i]->name, class_name) == 0)
			return host->machine->classes[i];
	}
	return NULL;
}

static clock_ns stage_now(void *io)
{
	return ((struct machine_host *)io)->machine->now;
}

static const struct stage_ops stage_table = { .find_class = stage_find_class, .now = stage_now };

static int op_start_host(void *io, const struct host_order *order, struct link *link,
	void **ret_peer, struct page **ret_page, tsp_error *err)
{
	struct machine *machine = io;
	struct machine_host *host = calloc(1, sizeof(*host));

	(void)err;
	assert(host != NULL && machine->host_count < MACHINE_HOSTS);
	host->machine = machine;
	host->id = order->host;
	host->module = order->module;
	host->link = link;
	buffer_init(&host->in, FRAME_LIMIT * 2);
	assert(stage_new(&stage_table, host, &host->page, &host->stage) == 0);
	machine->hosts[machine->host_count++] = host;
	machine->started++;
	*ret_peer = &host->in;
	*ret_page = &host->page;
	return 0;
}

static void op_kill_host(void *io, uint64_t id)
{
	struct machine *machine = io;

	for (size_t i = 0; i < machine->host_count; i++) {
		if (machine->hosts[i]->id == id) {
			machine->hosts[i]->killed = true;
			machine->hosts[i]->status = 9;
		}
	}
}

static void op_release_host(void *io, uint64_t id, void *peer)
{
	(void)io;
	(void)id;
	(void)peer;
}

static void op_build(void *io, uint64_t module, const void *zip, size_t size)
{
	struct machine *machine = io;

	(void)zip;
	(void)size;
	machine->to_build[machine->to_build_count++] = module;
}

static void op_open_module(void *io, uint64_t module, const char *path, bool keep_user)
{
	struct machine *machine = io;

	(void)path;
	machine->kept_user = keep_user;
	machine->opened++;
	machine->to_open[machine->to_open_count++] = module;
}

static void op_close_module(void *io, uint64_t module)
{
	(void)io;
	(void)module;
}

static int op_find_module(void *io, const char *name, char *ret_path, size_t size,
	uint64_t ret_identity[4], tsp_error *err)
{
	(void)io;
	(void)err;
	if (strcmp(name, "test") != 0)
		return TSP_ENOENT;
	memcpy(ret_path, name, strlen(name) + 1 < size ? strlen(name) + 1 : size);
	ret_identity[0] = 1;
	return 0;
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
	struct machine *machine = io;

	(void)level;
	strncpy(machine->last_log, text, sizeof(machine->last_log) - 1);
}

static void op_log_record(void *io, const struct log_record *record, unsigned places)
{
	struct machine *machine = io;

	(void)places;
	snprintf(machine->last_log, sizeof(machine->last_log), "%.*s", (int)record->text.size,
		record->text.data);
}

static void op_set_logging(
	void *io, const struct log_change *change, struct log_levels *levels)
{
	(void)io;
	if (change->has_threshold)
		levels->internal = change->threshold;
}

static void op_stopped(void *io)
{
	((struct machine *)io)->stopped = true;
}

static uint64_t op_memory(void *io, int pid)
{
	(void)io;
	return pid == 0 ? 1000 : 2000;
}

static uint64_t op_cpu(void *io, int pid)
{
	const struct machine *machine = io;

	return pid == 0 ? 0 : (uint64_t)(machine->now / CLOCK_MS);
}

static const struct admin_ops admin_table = {
	op_send,
	op_unsent,
	op_close,
	op_start_host,
	op_kill_host,
	op_release_host,
	op_build,
	op_open_module,
	op_close_module,
	op_find_module,
	op_hash,
	op_log,
	op_stopped,
	op_memory,
	op_log_record,
	op_set_logging,
	op_cpu,
	network_dial,
	network_ping,
	network_dial_over,
	network_relayed,
	network_relays_ended,
};

struct network *machine_network;

static void describe(struct machine *machine, tsp_builder *b)
{
	tsp_begin_list(b);
	for (size_t i = 0; machine->classes[i] != NULL; i++)
		tsp_put_format(b, "{s:s, s:i, s:b, s:[]}", "name", machine->classes[i]->name, "host",
			(int)machine->classes[i]->host, "check",
			(int)(machine->classes[i]->check != NULL), "requires");
	tsp_end(b);
}

static bool run_modules(struct machine *machine)
{
	bool moved = machine->to_build_count > 0 || machine->to_open_count > 0;

	while (machine->to_build_count > 0) {
		uint64_t module = machine->to_build[--machine->to_build_count];

		admin_built(machine->admin, module, machine->build_code, "built", false,
			"it does not compile", "a.c:1: no", machine->now);
	}
	while (machine->to_open_count > 0) {
		uint64_t module = machine->to_open[--machine->to_open_count];
		tsp_builder *b = tsp_builder_new();
		tsp_value classes;

		describe(machine, b);
		assert(tsp_builder_value(b, &classes) == 0);
		admin_module_opened(machine->admin, module, 0, classes, NULL, NULL, machine->now);
		tsp_builder_free(b);
	}
	return moved;
}

static void host_end(struct machine *machine, size_t index)
{
	struct machine_host *host = machine->hosts[index];

	memmove(&machine->hosts[index], &machine->hosts[index + 1],
		(machine->host_count - index - 1) * sizeof(*machine->hosts));
	machine->host_count--;
	admin_link_ended(machine->admin, host->link, machine->now);
	admin_host_ended(machine->admin, host->id, host->status, machine->now);
	stage_free(host->stage);
	buffer_clear(&host->in);
	free(host);
}

void machine_end_host(struct machine *machine, const struct machine_host *host)
{
	size_t index = 0;

	while (machine->hosts[index] != host)
		index++;
	host_end(machine, index);
}

static bool outbox_out(struct machine *machine, struct machine_host *host)
{
	struct buffer *out = stage_outbox(host->stage);
	bool moved = out->size > 0;
	size_t at = 0;

	while (at < out->size) {
		struct frame frame;
		long size = frame_get(out->data + at, out->size - at, FRAME_LIMIT, &frame, NULL);

		assert(size > 0);
		if (admin_receive(machine->admin, host->link, &frame, machine->now) < 0) {
			host->killed = true;
			host->status = 9;
		}
		at += (size_t)size;
	}
	buffer_drop(out, at);
	return moved;
}

static bool run_host(struct machine *machine, size_t index)
{
	struct machine_host *host = machine->hosts[index];
	bool moved = false;

	if (host->stopped && !host->killed)
		return false;
	while (host->in.size > 0 && !host->killed) {
		struct frame frame;
		long size = frame_get(host->in.data, host->in.size, FRAME_LIMIT, &frame, NULL);
		uint64_t sequence;

		assert(size > 0);
		sequence = frame.sequence;
		moved = true;
		assert(stage_receive(host->stage, &frame) >= 0);
		buffer_drop(&host->in, (size_t)size);
		if (machine_crash) {
			machine_crash = false;
			host->page.in_work =
				machine_crash_number != 0 ? machine_crash_number : sequence;
			host->killed = true;
			host->status = machine_crash_status;
			machine_crash_status = 11;
			machine_crash_number = 0;
		}
	}
	while (!host->killed && stage_run(host->stage, 1000))
		moved = true;
	if (!host->killed)
		moved = outbox_out(machine, host) || moved;
	if (host->killed || stage_is_empty(host->stage)) {
		host_end(machine, index);
		return true;
	}
	return moved;
}

static bool run_caller(struct machine *machine)
{
	struct machine_caller *caller = &machine->caller;
	/* of a flood of refusals the last ones are left out; what is asked after it has room */
	bool moved = caller->in.size > 0;
	struct frame frame;
	size_t at = 0;

	while (at < caller->in.size) {
		long size = frame_get(
			caller->in.data + at, caller->in.size - at, FRAME_LIMIT, &frame, NULL);

		assert(size > 0);
		if (frame.kind == FRAME_HELLO)
			(void)tsp_value_uint(
				tsp_value_get((tsp_value){ frame.body, frame.body_size }, "lease"),
				&caller->lease);
		else if (caller->count <
			(caller->in.size > 65536 ? MACHINE_INBOX - 96 : MACHINE_INBOX))
			caller->inbox[caller->count++] =
				message_new((tsp_value){ frame.body, frame.body_size }, frame.from,
					frame.to, (frame.flags & FRAME_SYSTEM) != 0);
		at += (size_t)size;
	}
	buffer_drop(&caller->in, at);
	return moved;
}

void machine_run(struct machine *machine)
{
	bool moved = true;

	while (moved) {
		moved = run_modules(machine);
		for (size_t i = machine->host_count; i-- > 0;)
			moved = run_host(machine, i) || moved;
		moved = run_caller(machine) || moved;
		(void)admin_tick(machine->admin, machine->now);
	}
}

void machine_pass_ms(struct machine *machine, int64_t ms)
{
	for (int64_t i = 0; i < ms; i += 10) {
		machine->now += 10 * CLOCK_MS;
		machine_run(machine);
	}
}

void machine_open(
	struct machine *machine, const struct admin_config *config, const tsp_class *const *classes)
{
	struct network *network = machine_network;
	struct admin_config with = *config;
	struct frame hello = { .kind = FRAME_HELLO };
	tsp_builder *b = tsp_builder_new();
	tsp_value body;

	memset(machine, 0, sizeof(*machine));
	machine->now = 1000 * CLOCK_SECOND;
	machine->classes = classes;
	if (with.system == 0)
		with.system = MACHINE_SYSTEM;
	machine->system = with.system;
	machine->network = network;
	with.base = "test";
	buffer_init(&machine->caller.in, FRAME_LIMIT * 2);
	assert(admin_new(&with, &admin_table, machine, machine->now, &machine->admin, NULL) == 0);
	admin_begin(machine->admin, machine->now);
	machine->caller.link =
		admin_caller_opened(machine->admin, &machine->caller.in, false, machine->now, NULL);
	tsp_put_format(b, "{s:i, s:i}", "protocol", FRAME_PROTOCOL, "pid", 1);
	assert(tsp_builder_value(b, &body) == 0);
	hello.body = body.data;
	hello.body_size = body.size;
	assert(admin_receive(machine->admin, machine->caller.link, &hello, machine->now) == 0);
	tsp_builder_free(b);
	machine->caller.counter = 1;
	machine_run(machine);
	assert(machine->caller.lease != 0);
}

void machine_close(struct machine *machine)
{
	admin_free(machine->admin);
	for (size_t i = 0; i < machine->host_count; i++) {
		stage_free(machine->hosts[i]->stage);
		buffer_clear(&machine->hosts[i]->in);
		free(machine->hosts[i]);
	}
	for (size_t i = 0; i < machine->caller.count; i++)
		tsp_message_free(machine->caller.inbox[i]);
	buffer_clear(&machine->caller.in);
}

static uint64_t send_value(
	struct machine *machine, tsp_address to, const char *type, const char *format, va_list args)
{
	uint64_t number = (machine->caller.lease << ADDRESS_LEASE_SHIFT) | ADDRESS_CALLER_ACTORS |
		++machine->caller.counter;
	struct frame frame = { .kind = FRAME_ENVELOPE, .to = to, .from = { machine->system, number } };
	tsp_builder *b = tsp_builder_new();
	tsp_value body;

	if (type != NULL)
		tsp_begin_typed(b, type);
	tsp_put_vformat(b, format, args);
	if (type != NULL)
		tsp_end(b);
	assert(tsp_builder_value(b, &body) == 0);
	frame.body = body.data;
	frame.body_size = body.size;
	assert(admin_receive(machine->admin, machine->caller.link, &frame, machine->now) == 0);
	tsp_builder_free(b);
	return number;
}

uint64_t machine_send(
	struct machine *machine, tsp_address to, const char *type, const char *format, ...)
{
	va_list args;
	uint64_t number;

	va_start(args, format);
	number = send_value(machine, to, type, format, args);
	va_end(args);
	return number;
}

uint64_t machine_request(struct machine *machine, const char *type, const char *format, ...)
{
	va_list args;
	uint64_t number;

	va_start(args, format);
	number = send_value(machine, (tsp_address){ machine->system, 0 }, type, format, args);
	va_end(args);
	machine_run(machine);
	return number;
}

tsp_message *machine_reply(struct machine *machine, uint64_t reply)
{
	for (size_t i = 0; i < machine->caller.count; i++) {
		if (machine->caller.inbox[i]->target.number == reply)
			return machine->caller.inbox[i];
	}
	return NULL;
}

tsp_address machine_create(
	struct machine *machine, const char *class_name, const char *name, enum tsp_host host)
{
	uint64_t number = (machine->caller.lease << ADDRESS_LEASE_SHIFT) |
		++machine->caller.counter;
	uint64_t reply;

	if (name != NULL)
		reply = machine_request(machine, "Create", "{s:u, s:s, s:s, s:s, s:i}", "number",
			number, "class", class_name, "module", "test", "name", name, "host",
			(int)host);
	else
		reply = machine_request(machine, "Create", "{s:u, s:s, s:s, s:i}", "number", number,
			"class", class_name, "module", "test", "host", (int)host);
	if (machine_reply(machine, reply) == NULL ||
		!tsp_message_is(machine_reply(machine, reply), "Created"))
		return TSP_NOBODY;
	return tsp_get_address(machine_reply(machine, reply), "address");
}

tsp_address machine_name(struct machine *machine, const char *name)
{
	return (tsp_address){ machine->system,
		address_of_name(machine->system, tsp_text_of(name)) };
}

int64_t machine_counter(struct machine *machine, const char *name)
{
	uint64_t reply = machine_request(machine, "Thespian_StatusReq", "{}");
	int64_t number = -1;

	assert(machine_reply(machine, reply) != NULL);
	(void)tsp_value_int(
		tsp_value_get(tsp_get(machine_reply(machine, reply), "counters"), name), &number);
	return number;
}

struct machine_host *machine_host_of(struct machine *machine, const char *class_name)
{
	uint64_t reply = machine_request(machine, "ListActors", "{}");
	tsp_value actors = tsp_get(machine_reply(machine, reply), "actors");
	tsp_value actor;
	tsp_walk at = { 0 };

	while (tsp_value_next(actors, &at, NULL, &actor)) {
		tsp_text class = { NULL, 0 };
		uint64_t id = 0;

		(void)tsp_value_text(tsp_value_get(actor, "class"), &class);
		(void)tsp_value_uint(tsp_value_get(actor, "host"), &id);
		for (size_t i = 0; tsp_text_is(class, class_name) && i < machine->host_count; i++) {
			if (machine->hosts[i]->id == id)
				return machine->hosts[i];
		}
	}
	return NULL;
}
