/* SPDX-License-Identifier: MIT */
/* The network of the simulator of conventions. What is held up comes when the way is free again, as TCP has it. */
#include "config.h"
#include "test/sim/convention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wire/value.h"

enum kind { FRAMES, PING, PONG, HELLO, END };

struct item {
	struct item *next;
	enum kind kind;
	clock_ns due;
	clock_ns stamp;
	struct system_hello hello;
	size_t size;
	uint8_t bytes[];
};

static struct item *put(struct wire_end *to, enum kind kind, const void *bytes, size_t size)
{
	struct item *item = calloc(1, sizeof(*item) + size);

	if (item == NULL)
		abort();
	item->kind = kind;
	item->size = size;
	if (size > 0)
		memcpy(item->bytes, bytes, size);
	item->due = world.now + STEP + (clock_ns)roll((unsigned)(world.delay / CLOCK_MS) + 1) * CLOCK_MS;
	for (clock_ns more = RESEND; world.loss > 0 && roll(100) < world.loss; more *= 2)
		item->due += more;
	if (to->last != NULL && item->due < to->last->due)
		item->due = to->last->due;
	if (to->last != NULL)
		to->last->next = item;
	else
		to->first = item;
	to->last = item;
	return item;
}

/* As on a link of datagrams: what is lost of these stays lost. */
static void put_sign(struct wire_end *to, enum kind kind, clock_ns stamp)
{
	if (world.loss == 0 || roll(100) >= world.loss)
		put(to, kind, NULL, 0)->stamp = stamp;
}

static void drop_all(struct wire_end *end)
{
	while (end->first != NULL) {
		struct item *item = end->first;

		end->first = item->next;
		free(item);
	}
	end->last = NULL;
}

static void flush(struct wire *wire, int side)
{
	struct wire_end *end = &wire->ends[side];

	if (end->out.size == 0)
		return;
	(void)put(&wire->ends[1 - side], FRAMES, end->out.data, end->out.size);
	buffer_drop(&end->out, end->out.size);
}

static void close_end(struct wire *wire, int side)
{
	if (wire->ends[side].closed)
		return;
	flush(wire, side);
	wire->ends[side].closed = true;
	(void)put(&wire->ends[1 - side], END, NULL, 0);
}

static struct admin *admin_of(const struct wire_end *end)
{
	return world.nodes[end->node].machine.admin;
}

static bool lives(const struct wire_end *end)
{
	return world.nodes[end->node].up && world.nodes[end->node].life == end->life;
}

/* Its system hears of it. */
static void end_ended(struct wire_end *end)
{
	uint64_t dial = end->dial;

	if (end->closed)
		return;
	end->closed = true;
	end->dial = 0;
	if (!lives(end))
		return;
	if (end->link != NULL)
		admin_link_ended(admin_of(end), end->link, world.now);
	else if (dial != 0)
		admin_dial_failed(admin_of(end), dial, "it closed the connection", world.now);
}

static struct wire *wire_of(const void *peer, int *ret_side)
{
	for (int i = 0; i < WIRES; i++) {
		for (int side = 0; world.wires[i].used && side < 2; side++) {
			if (&world.wires[i].ends[side].out == peer) {
				*ret_side = side;
				return &world.wires[i];
			}
		}
	}
	return NULL;
}

/* ---- What the machines ask for ---- */

void network_dial(void *io, uint64_t number, const char *address, const uint8_t *key)
{
	const struct node *node = io;
	struct dial *dial = &world.dials[world.dial_count];

	(void)key;
	if (world.dial_count == DIALS)
		abort();
	*dial = (struct dial){ (int)(node - world.nodes), node->life, -1, -1, number, world.now,
		world.now + STEP };
	for (int i = 0; i < world.count; i++)
		if (strcmp(world.nodes[i].address, address) == 0)
			dial->to = i;
	world.dial_count++;
}

/* What a leader passes on is a wire here that ends with those of its two ends to the leader. */
void network_dial_over(
	void *io, uint64_t number, uint64_t via, uint64_t system, const uint8_t *key)
{
	struct dial *dial = &world.dials[world.dial_count];

	network_dial(io, number, "", key);
	for (int i = 0; i < world.count; i++) {
		if (world.nodes[i].system == system)
			dial->to = i;
		if (world.nodes[i].system == via)
			dial->via = i;
	}
}

void network_relayed(void *io, uint64_t via, const struct frame *frame)
{
	(void)io;
	(void)via;
	(void)frame;
}

static void end_relayed(struct wire *wire)
{
	for (int side = 0; side < 2; side++) {
		drop_all(&wire->ends[side]);
		(void)put(&wire->ends[side], END, NULL, 0);
	}
}

void network_relays_ended(void *io, uint64_t via)
{
	int node = (int)((struct node *)io - world.nodes);

	for (int i = 0; i < WIRES; i++) {
		struct wire *wire = &world.wires[i];

		if (wire->used && wire->via >= 0 && world.nodes[wire->via].system == via &&
			(wire->ends[0].node == node || wire->ends[1].node == node))
			end_relayed(wire);
	}
}

static bool is_linked(int from, int to)
{
	for (int i = 0; i < WIRES; i++) {
		const struct wire *wire = &world.wires[i];

		for (int side = 0; wire->used && wire->via < 0 && side < 2; side++)
			if (wire->ends[side].node == from && wire->ends[1 - side].node == to &&
				lives(&wire->ends[side]) && lives(&wire->ends[1 - side]) &&
				!wire->ends[side].closed && !wire->ends[1 - side].closed)
				return true;
	}
	return false;
}

void network_ping(void *io, void *peer)
{
	int side = 0;
	struct wire *wire = wire_of(peer, &side);

	(void)io;
	if (wire == NULL || wire->ends[side].closed)
		return;
	flush(wire, side);
	put_sign(&wire->ends[1 - side], PING, world.now);
}

void network_closed(void *io, void *peer)
{
	int side = 0;
	struct wire *wire = wire_of(peer, &side);

	(void)io;
	if (wire != NULL)
		close_end(wire, side);
}

/* ---- Dials ---- */

static void greet(struct system_hello *hello, int from, int to, struct system_words *ret_told)
{
	struct system_words words;
	uint8_t key[SYSTEM_KEY] = { (uint8_t)(to + 1) };

	memset(hello, 0, sizeof(*hello));
	hello->key[0] = (uint8_t)(from + 1);
	admin_system_words(world.nodes[from].machine.admin, key, &words);
	if (world.nodes[from].leads)
		hello->address = tsp_text_of(world.nodes[from].address);
	hello->system = world.nodes[from].system;
	hello->membership = words.membership;
	hello->about = words.system;
	hello->received = words.received;
	*ret_told = words;
}

static struct wire *wire_new(int from, int to)
{
	int nodes[2] = { from, to };

	for (int i = 0; i < WIRES; i++) {
		struct wire *wire = &world.wires[i];

		if (wire->used)
			continue;
		memset(wire, 0, sizeof(*wire));
		wire->used = true;
		wire->via = -1;
		for (int side = 0; side < 2; side++) {
			struct wire_end *end = &wire->ends[side];

			buffer_init(&end->out, FRAME_LIMIT * 2);
			end->node = nodes[side];
			end->life = world.nodes[nodes[side]].life;
			end->since = world.now;
		}
		return wire;
	}
	abort();
}

/* As lib/io has it: who was dialled answers and has its line at once, the dialler when the answer has come. */
static void connect_to(const struct dial *dial)
{
	struct wire *wire = wire_new(dial->from, dial->to);
	struct system_hello theirs, ours;
	tsp_error err = { 0 };

	wire->via = dial->via;
	wire->via_life = dial->via >= 0 ? world.nodes[dial->via].life : 0;
	greet(&theirs, dial->from, dial->to, &wire->ends[0].told);
	wire->ends[0].dial = dial->number;
	greet(&ours, dial->to, dial->from, &wire->ends[1].told);
	theirs.told = wire->ends[1].told;
	put(&wire->ends[0], HELLO, NULL, 0)->hello = ours;
	wire->ends[1].link = admin_system_opened(
		world.nodes[dial->to].machine.admin, &wire->ends[1].out, &theirs, world.now, &err);
	note("s%d dialled s%d%s%s", dial->from, dial->to, err.code != 0 ? ": " : "", err.text);
	if (wire->ends[1].link == NULL)
		close_end(wire, 1);
}

static bool is_blocked(int from, int to, int via)
{
	if (via >= 0)
		return world.nodes[via].stopped || is_blocked(from, via, -1) ||
			is_blocked(to, via, -1);
	return world.blocked[from][to] || world.blocked[to][from];
}

static bool run_dial(const struct dial *dial)
{
	const struct node *from = &world.nodes[dial->from];
	const struct node *to = &world.nodes[dial->to];
	bool silent = dial->to < 0 || to->dark || to->stopped || is_blocked(dial->from, dial->to, dial->via);

	if (!from->up || from->life != dial->life)
		return true;
	if (dial->via >= 0 && (dial->to < 0 || !is_linked(dial->from, dial->via) ||
				      !is_linked(dial->to, dial->via))) {
		admin_dial_failed(
			from->machine.admin, dial->number, "not reachable", world.now);
		return true;
	}
	if (from->stopped)
		return false;
	if (silent && world.now - dial->since < WAIT_LIMIT)
		return false;
	if (silent || !to->up)
		admin_dial_failed(from->machine.admin, dial->number,
			silent ? "no answer within 5 s" : "connection refused", world.now);
	else
		connect_to(dial);
	return true;
}

static void run_dials(void)
{
	struct dial dials[DIALS];
	int count = world.dial_count;

	memcpy(dials, world.dials, sizeof(dials));
	world.dial_count = 0;
	for (int i = 0; i < count; i++)
		if (dials[i].due > world.now || !run_dial(&dials[i]))
			world.dials[world.dial_count++] = dials[i];
}

/* ---- What comes ---- */

static void open_line(struct wire *wire, int side, struct system_hello *hello)
{
	struct wire_end *end = &wire->ends[side];
	tsp_error err = { 0 };

	hello->dial = end->dial;
	hello->told = end->told;
	end->dial = 0;
	end->link = admin_system_opened(admin_of(end), &end->out, hello, world.now, &err);
	if (end->link == NULL) {
		note("s%d does not want it: %s", end->node, err.text);
		close_end(wire, side);
	}
}

/* In a trace only: what goes between the systems. */
static void note_frame(const struct wire *wire, int side, const struct frame *frame)
{
	tsp_value body = { frame->body, frame->body_size };
	tsp_address child = TSP_NOBODY;
	tsp_text type = { "", 0 };
	tsp_value value;

	if (!world.trace || frame->kind != FRAME_ENVELOPE)
		return;
	if (value_split(body, &type, &value) == 0)
		(void)tsp_value_address(tsp_value_get(value, "child"), &child);
	note("s%d has from s%d: %.*s %llx:%llx, %llx:%llx to %llx:%llx", wire->ends[side].node,
		wire->ends[1 - side].node, (int)type.size, type.data,
		(unsigned long long)child.system, (unsigned long long)child.number,
		(unsigned long long)frame->from.system, (unsigned long long)frame->from.number,
		(unsigned long long)frame->to.system, (unsigned long long)frame->to.number);
}

static void take_frames(struct wire *wire, int side, const struct item *item)
{
	struct wire_end *end = &wire->ends[side];
	size_t at = 0;

	while (at < item->size && !end->closed && end->link != NULL) {
		struct frame frame;
		long size = frame_get(item->bytes + at, item->size - at, FRAME_LIMIT, &frame, NULL);

		if (size <= 0)
			abort();
		at += (size_t)size;
		note_frame(wire, side, &frame);
		if (admin_receive(admin_of(end), end->link, &frame, world.now) >= 0 || end->closed)
			continue;
		fail("s%d: s%d does not keep to the protocol", end->node,
			wire->ends[1 - side].node);
		admin_link_ended(admin_of(end), end->link, world.now);
		close_end(wire, side);
	}
}

static void take(struct wire *wire, int side, struct item *item)
{
	struct wire_end *end = &wire->ends[side];

	switch (item->kind) {
	case FRAMES:
		take_frames(wire, side, item);
		return;
	case PING:
		flush(wire, side);
		put_sign(&wire->ends[1 - side], PONG, item->stamp);
		return;
	case PONG:
		if (end->link != NULL)
			admin_system_heard(
				admin_of(end), end->link, world.now - item->stamp, world.now);
		return;
	case HELLO:
		open_line(wire, side, &item->hello);
		return;
	case END:
		end_ended(end);
		return;
	}
}

static bool comes_through(const struct wire *wire, int from, int to)
{
	if (wire->via < 0)
		return !world.blocked[from][to];
	return !world.nodes[wire->via].stopped && !world.blocked[from][wire->via] &&
		!world.blocked[wire->via][to];
}

static void deliver(struct wire *wire, int side)
{
	struct wire_end *end = &wire->ends[side];
	struct wire_end *other = &wire->ends[1 - side];

	if (world.nodes[end->node].stopped || !comes_through(wire, other->node, end->node))
		return;
	while (end->first != NULL && end->first->due <= world.now) {
		struct item *item = end->first;

		end->first = item->next;
		if (end->first == NULL)
			end->last = NULL;
		if (lives(end) && !end->closed)
			take(wire, side, item);
		else if (world.nodes[end->node].up && item->kind != END)
			close_end(wire, side); /* nobody reads there any more */
		free(item);
	}
}

static void wire_step(struct wire *wire)
{
	for (int side = 0; side < 2; side++) {
		struct wire_end *end = &wire->ends[side];

		deliver(wire, side);
		if (end->dial != 0 && lives(end) && !world.nodes[end->node].stopped &&
			world.now - end->since > WAIT_LIMIT) {
			end_ended(end);
			(void)put(&wire->ends[1 - side], END, NULL, 0);
		}
	}
	if ((wire->ends[0].closed || !lives(&wire->ends[0])) &&
		(wire->ends[1].closed || !lives(&wire->ends[1]))) {
		for (int side = 0; side < 2; side++) {
			drop_all(&wire->ends[side]);
			buffer_clear(&wire->ends[side].out);
		}
		wire->used = false;
	}
}

void wires_step(void)
{
	run_dials();
	for (int i = 0; i < WIRES; i++)
		if (world.wires[i].used)
			wire_step(&world.wires[i]);
	for (int i = 0; i < world.count; i++)
		if (world.nodes[i].up && !world.nodes[i].stopped)
			machine_run(&world.nodes[i].machine);
	for (int i = 0; i < WIRES; i++)
		for (int side = 0; world.wires[i].used && side < 2; side++)
			if (!world.wires[i].ends[side].closed && lives(&world.wires[i].ends[side]))
				flush(&world.wires[i], side);
}

void wires_cut(int node)
{
	for (int i = 0; i < WIRES; i++) {
		struct wire *wire = &world.wires[i];

		if (!wire->used || (wire->ends[0].node != node && wire->ends[1].node != node))
			continue;
		for (int side = 0; side < 2; side++) {
			drop_all(&wire->ends[side]);
			end_ended(&wire->ends[side]);
		}
	}
}

void wires_of_ended(int node)
{
	for (int i = 0; i < WIRES; i++)
		for (int side = 0; world.wires[i].used && side < 2; side++)
			if (world.wires[i].ends[side].node != node)
				continue;
			else if (world.nodes[node].dark)
				buffer_drop(&world.wires[i].ends[side].out,
					world.wires[i].ends[side].out.size);
			else
				close_end(&world.wires[i], side);
}

void wires_clear(void)
{
	for (int i = 0; i < WIRES; i++) {
		for (int side = 0; world.wires[i].used && side < 2; side++) {
			drop_all(&world.wires[i].ends[side]);
			buffer_clear(&world.wires[i].ends[side].out);
		}
		world.wires[i].used = false;
	}
	world.dial_count = 0;
}
