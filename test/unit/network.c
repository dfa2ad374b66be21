/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "network.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "machine_actors.h"

void network_dial(void *io, uint64_t dial, const char *address, const uint8_t *key)
{
	struct machine *machine = io;
	struct network *network = machine->network;

	(void)key;
	assert(network != NULL && network->dial_count < NETWORK_WIRES);
	network->dials[network->dial_count].from = machine;
	network->dials[network->dial_count].number = dial;
	network->dials[network->dial_count].via = 0;
	snprintf(network->dials[network->dial_count].address, 64, "%s", address);
	network->dial_count++;
	network->dialled++;
}

void network_dial_over(void *io, uint64_t dial, uint64_t via, uint64_t system, const uint8_t *key)
{
	struct network *network = ((struct machine *)io)->network;

	network_dial(io, dial, "", key);
	network->dials[network->dial_count - 1].via = via;
	network->dials[network->dial_count - 1].system = system;
}

/* The end that a piece is for; 0, or 1 of who was dialled. */
static struct wire *wire_of_piece(struct machine *machine, uint64_t via, const struct frame *frame)
{
	for (size_t i = 0; i < NETWORK_WIRES; i++) {
		struct wire *wire = &machine->network->wires[i];
		int end = frame->from.number == 1;

		if (wire->used && wire->via == via && wire->number == frame->to.number &&
			wire->ends[end].machine == machine &&
			admin_system(wire->ends[1 - end].machine->admin) == frame->from.system)
			return wire;
	}
	return NULL;
}

void network_relayed(void *io, uint64_t via, const struct frame *frame)
{
	struct wire *wire = wire_of_piece(io, via, frame);
	int end = frame->from.number == 1;

	if (wire == NULL)
		return;
	wire->ends[end].machine->network->passed_on++;
	if (frame->kind == FRAME_RELAY_END)
		wire->lost = true;
	else
		assert(buffer_put(&wire->ends[end].pieces, frame->body, frame->body_size) == 0);
}

void network_relays_ended(void *io, uint64_t via)
{
	struct machine *machine = io;

	for (size_t i = 0; machine->network != NULL && i < NETWORK_WIRES; i++) {
		struct wire *wire = &machine->network->wires[i];

		if (wire->used && wire->via == via &&
			(wire->ends[0].machine == machine || wire->ends[1].machine == machine))
			wire->lost = true;
	}
}

static struct wire *wire_of(struct network *network, const void *peer, int *ret_end)
{
	for (size_t i = 0; network != NULL && i < NETWORK_WIRES; i++) {
		for (int end = 0; end < 2; end++) {
			if (network->wires[i].used && &network->wires[i].ends[end].in == peer) {
				*ret_end = end;
				return &network->wires[i];
			}
		}
	}
	return NULL;
}

/* Answered at once, unless the wire is silent. */
void network_ping(void *io, void *peer)
{
	struct machine *machine = io;
	int end = 0;
	struct wire *wire = wire_of(machine->network, peer, &end);

	machine->network->pings++;
	if (wire != NULL && !wire->silent && !wire->ends[1 - end].closed)
		admin_system_heard(machine->admin, wire->ends[end].link, 1000, machine->now);
}

void network_closed(void *io, void *peer)
{
	struct machine *machine = io;
	int end = 0;
	struct wire *wire = wire_of(machine->network, peer, &end);

	if (wire != NULL)
		wire->ends[end].closed = true;
}

static struct wire *wire_new(struct network *network)
{
	for (size_t i = 0; i < NETWORK_WIRES; i++) {
		struct wire *wire = &network->wires[i];

		if (wire->used)
			continue;
		memset(wire, 0, sizeof(*wire));
		wire->used = true;
		buffer_init(&wire->ends[0].in, FRAME_LIMIT * 2);
		buffer_init(&wire->ends[1].in, FRAME_LIMIT * 2);
		buffer_init(&wire->ends[0].pieces, FRAME_LIMIT * 2);
		buffer_init(&wire->ends[1].pieces, FRAME_LIMIT * 2);
		return wire;
	}
	assert(!"a wire is free");
	return NULL;
}

static void greet(struct system_hello *hello, struct machine *to, struct machine *of, uint64_t dial)
{
	struct system_words words;
	uint8_t key[SYSTEM_KEY] = { 0 };

	memset(hello, 0, sizeof(*hello));
	for (size_t i = 0; i < to->network->count; i++) {
		if (to->network->machines[i] == of) {
			hello->key[0] = to->network->keys[i];
			if (to->network->addresses[i] != NULL)
				hello->address = tsp_text_of(to->network->addresses[i]);
		}
		if (to->network->machines[i] == to)
			key[0] = to->network->keys[i];
	}
	admin_system_words(of->admin, key, &words);
	hello->system = admin_system(of->admin);
	hello->membership = words.membership;
	hello->about = words.system;
	hello->received = words.received;
	admin_system_words(to->admin, hello->key, &words);
	hello->told = words;
	hello->dial = dial;
	if (dial == 0)
		hello->from = TSP_TEXT("192.0.2.1");
	hello->loose = of->network->loose;
}

static void connect_to(struct network *network, struct dial *dial, struct machine *to)
{
	struct wire *wire = wire_new(network);
	struct machine *sides[2] = { dial->from, to };
	struct system_hello hellos[2];
	tsp_error err = { 0 };

	greet(&hellos[0], dial->from, to, dial->number);
	greet(&hellos[1], to, dial->from, 0);
	wire->via = dial->via;
	wire->number = dial->number;
	hellos[0].relayed = hellos[1].relayed = dial->via != 0;
	for (int end = 0; end < 2; end++) {
		wire->ends[end].machine = sides[end];
		wire->ends[end].link = admin_system_opened(sides[end]->admin,
			&wire->ends[end].in, &hellos[end], sides[end]->now, &err);
		wire->ends[end].closed = wire->ends[end].link == NULL;
	}
}

static bool is_linked(const struct network *network, const struct machine *machine, uint64_t system)
{
	for (size_t i = 0; i < NETWORK_WIRES; i++) {
		const struct wire *wire = &network->wires[i];

		for (int end = 0; wire->used && wire->via == 0 && end < 2; end++)
			if (wire->ends[end].machine == machine && !wire->ends[end].closed &&
				admin_system(wire->ends[1 - end].machine->admin) == system)
				return true;
	}
	return false;
}

static struct machine *target_of(const struct network *network, const struct dial *dial)
{
	for (size_t m = 0; m < network->count; m++) {
		struct machine *to = network->machines[m];

		if (to == NULL)
			continue;
		if (dial->via != 0 && admin_system(to->admin) == dial->system)
			return is_linked(network, dial->from, dial->via) &&
					is_linked(network, to, dial->via) ?
				to :
				NULL;
		if (dial->via == 0 && network->addresses[m] != NULL && !network->unreachable &&
			!(network->only_leaders && m > 0) &&
			strcmp(network->addresses[m], dial->address) == 0)
			return to;
	}
	return NULL;
}

static bool run_dials(struct network *network)
{
	struct dial dials[NETWORK_WIRES];
	size_t count = network->dial_count;

	memcpy(dials, network->dials, sizeof(dials));
	network->dial_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct machine *to = NULL;

		if (dials[i].from->network == NULL)
			continue;
		to = target_of(network, &dials[i]);
		if (to == NULL)
			admin_dial_failed(dials[i].from->admin, dials[i].number,
				"nobody answers there", dials[i].from->now);
		else
			connect_to(network, &dials[i], to);
	}
	return count > 0;
}

static void end_wire(struct wire *wire)
{
	for (int end = 0; end < 2; end++) {
		if (!wire->ends[end].closed)
			admin_link_ended(wire->ends[end].machine->admin, wire->ends[end].link,
				wire->ends[end].machine->now);
		wire->ends[end].closed = true;
		buffer_clear(&wire->ends[end].in);
		buffer_clear(&wire->ends[end].pieces);
	}
	wire->used = false;
}

/* Sealed, so to say. */
static void scramble(struct buffer *buffer)
{
	for (size_t i = 0; i < buffer->size; i++)
		buffer->data[i] ^= 0x5a;
}

/* What an end of a relayed wire has written goes to its leader; what has come is there for carry. */
static bool relay(struct wire *wire, int end)
{
	struct wire_end *from = &wire->ends[end];
	struct frame piece = { .kind = FRAME_RELAY,
		.to = { admin_system(wire->ends[1 - end].machine->admin), wire->number },
		.from = { admin_system(from->machine->admin), end == 0 ? 1 : 2 } };

	if (from->in.size == 0)
		return false;
	scramble(&from->in);
	for (size_t at = 0; at < from->in.size && !wire->lost; at += piece.body_size) {
		piece.body = from->in.data + at;
		piece.body_size = from->in.size - at < 1000 ? from->in.size - at : 1000;
		wire->lost = !admin_relay(from->machine->admin, wire->via, &piece);
	}
	buffer_clear(&from->in);
	return true;
}

static bool carry(struct wire *wire, int end)
{
	struct wire_end *from = &wire->ends[end];
	struct wire_end *to = &wire->ends[1 - end];
	struct buffer *bytes = wire->via != 0 ? &to->pieces : &from->in;
	struct frame frame;
	long size;

	if (wire->via != 0 && relay(wire, end))
		return true;
	if (bytes->size == 0 || to->closed)
		return false;
	if (wire->via != 0)
		scramble(bytes);
	size = frame_get(bytes->data, bytes->size, FRAME_LIMIT, &frame, NULL);
	assert(size > 0 || (wire->via != 0 && size == 0));
	if (size == 0) {
		scramble(bytes);
		return false;
	}
	if (!wire->silent && !(to->machine->network->loses && frame.flags & FRAME_LOOSE) &&
		admin_receive(to->machine->admin, to->link, &frame, to->machine->now) < 0) {
		to->closed = true;
		admin_link_ended(to->machine->admin, to->link, to->machine->now);
	}
	buffer_drop(bytes, (size_t)size);
	if (wire->via != 0)
		scramble(bytes);
	return true;
}

static bool run_wires(struct network *network)
{
	bool moved = false;

	for (size_t i = 0; i < NETWORK_WIRES; i++) {
		struct wire *wire = &network->wires[i];

		if (!wire->used)
			continue;
		while (carry(wire, 0) || carry(wire, 1))
			moved = true;
		/* what was written before the end still comes; then the other end hears of it */
		if (!wire->silent && (wire->ends[0].closed || wire->ends[1].closed || wire->lost)) {
			end_wire(wire);
			moved = true;
		}
	}
	return moved;
}

void network_run(struct network *network)
{
	bool moved = true;

	while (moved) {
		for (size_t i = 0; i < network->count; i++)
			if (network->machines[i] != NULL)
				machine_run(network->machines[i]);
		moved = run_dials(network);
		moved = run_wires(network) || moved;
	}
}

void network_pass_ms(struct network *network, int64_t ms)
{
	for (int64_t past = 0; past < ms; past += 50) {
		for (size_t i = 0; i < network->count; i++)
			if (network->machines[i] != NULL)
				network->machines[i]->now += 50 * CLOCK_MS;
		network_run(network);
	}
}

void network_add(struct network *network, struct machine *machine, uint64_t system,
	const char *address, const char *leaders, const char *more)
{
	struct admin_config config = { .cores = 2, .system = system, .advertise = address };
	char capabilities[512];
	size_t at = 0;

	while (at < network->count && network->machines[at] != NULL)
		at++;
	assert(at < NETWORK_MACHINES);
	snprintf(capabilities, sizeof(capabilities), "{%s%s%s%s%s}",
		leaders != NULL ? "\"Convention Address.IPv4\": \"" : "",
		leaders != NULL ? leaders : "", leaders != NULL ? "\"" : "",
		leaders != NULL && more[0] != '\0' ? ", " : "", more);
	config.capabilities = capabilities;
	network->machines[at] = machine;
	network->addresses[at] = address;
	network->keys[at] = (uint8_t)(at + 1);
	if (at == network->count)
		network->count++;
	machine_network = network;
	machine_open(machine, &config, machine_classes);
	machine_network = NULL;
	for (size_t i = 0; i < network->count; i++)
		if (network->machines[i] != NULL && network->machines[i]->now > machine->now)
			machine->now = network->machines[i]->now;
}

void network_kill(struct network *network, struct machine *machine)
{
	for (size_t i = 0; i < NETWORK_WIRES; i++) {
		struct wire *wire = &network->wires[i];

		for (int end = 0; wire->used && end < 2; end++) {
			if (wire->ends[end].machine == machine) {
				wire->ends[end].closed = true;
				buffer_clear(&wire->ends[end].in);
			}
		}
	}
	for (size_t i = 0; i < network->count; i++)
		if (network->machines[i] == machine)
			network->machines[i] = NULL;
	machine->network = NULL;
	machine_close(machine);
}

void network_cut(struct network *network, const struct machine *machine, bool silent)
{
	for (size_t i = 0; i < NETWORK_WIRES; i++) {
		struct wire *wire = &network->wires[i];

		if (!wire->used ||
			(wire->ends[0].machine != machine && wire->ends[1].machine != machine))
			continue;
		if (silent)
			wire->silent = true;
		else
			end_wire(wire);
	}
}

void network_close(struct network *network)
{
	for (size_t i = 0; i < network->count; i++)
		if (network->machines[i] != NULL)
			network_kill(network, network->machines[i]);
	for (size_t i = 0; i < NETWORK_WIRES; i++) {
		buffer_clear(&network->wires[i].ends[0].in);
		buffer_clear(&network->wires[i].ends[1].in);
		buffer_clear(&network->wires[i].ends[0].pieces);
		buffer_clear(&network->wires[i].ends[1].pieces);
	}
}

tsp_value network_status(struct machine *machine, const char *key)
{
	uint64_t reply = machine_request(machine, "Thespian_StatusReq", "{}");

	assert(machine_reply(machine, reply) != NULL);
	return tsp_get(machine_reply(machine, reply), key);
}
