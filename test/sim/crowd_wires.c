/* SPDX-License-Identifier: MIT */
/* The wires of the crowd, which is too large for the network of test/unit. */
#include "config.h"
#include "test/sim/crowd.h"

#include <stdlib.h>
#include <string.h>

struct wire_end {
	struct buffer out; /* what it has written; first: it is the peer that its core knows */
	struct system *system;
	int life;
	struct link *link;
	bool closed;
	bool pinged;
};

struct wire {
	struct wire_end ends[2];
};

struct dial {
	struct system *from;
	int life;
	uint64_t number;
	int to; /* -1: nobody */
};

static struct {
	struct wire **wires;
	size_t wire_count;
	size_t wire_capacity;
	struct dial dials[CROWD_LIMIT * LEADERS];
	size_t dial_count;
} net;

void network_dial(void *io, uint64_t number, const char *address, const uint8_t *key)
{
	struct system *from = io;
	struct dial *dial = &net.dials[net.dial_count++];

	(void)key;
	if (net.dial_count > CROWD_LIMIT * LEADERS)
		abort();
	*dial = (struct dial){ .from = from, .life = from->life, .number = number, .to = -1 };
	for (int i = 0; i < LEADERS; i++)
		if (strcmp(crowd.systems[i].address, address) == 0)
			dial->to = i;
	crowd.dialled += !from->leads; /* of two that dial each other one is refused, and tries again */
}

/* Its members have nothing for each other. */
void network_dial_over(
	void *io, uint64_t number, uint64_t via, uint64_t system, const uint8_t *key)
{
	(void)io;
	(void)number;
	(void)via;
	(void)system;
	(void)key;
	abort();
}

void network_relayed(void *io, uint64_t via, const struct frame *frame)
{
	(void)io;
	(void)via;
	(void)frame;
}

void network_relays_ended(void *io, uint64_t via)
{
	(void)io;
	(void)via;
}

void network_ping(void *io, void *peer)
{
	(void)io;
	((struct wire_end *)peer)->pinged = true;
}

void network_closed(void *io, void *peer)
{
	(void)io;
	((struct wire_end *)peer)->closed = true;
}

static bool lives(const struct wire_end *end)
{
	return end->system->up && end->system->life == end->life;
}

static struct wire *wire_new(struct system *from, struct system *to)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	struct system *systems[2] = { from, to };

	if (net.wire_count == net.wire_capacity) {
		net.wire_capacity = net.wire_capacity * 2 + 64;
		net.wires = realloc(net.wires, net.wire_capacity * sizeof(struct wire *));
	}
	if (wire == NULL || net.wires == NULL)
		abort();
	for (int side = 0; side < 2; side++) {
		buffer_init(&wire->ends[side].out, FRAME_LIMIT * 2);
		wire->ends[side].system = systems[side];
		wire->ends[side].life = systems[side]->life;
	}
	net.wires[net.wire_count++] = wire;
	return wire;
}

static void greet(const struct system *of, const struct system *to, struct system_hello *ret_hello,
	struct system_words *ret_told)
{
	uint8_t key[SYSTEM_KEY] = { 0 };
	uint32_t own = (uint32_t)of->number + 1;
	uint32_t other = (uint32_t)to->number + 1;

	memcpy(key, &other, sizeof(other));
	admin_system_words(of->machine.admin, key, ret_told);
	memset(ret_hello, 0, sizeof(*ret_hello));
	memcpy(ret_hello->key, &own, sizeof(own));
	ret_hello->system = of->machine.system;
	ret_hello->membership = ret_told->membership;
	ret_hello->about = ret_told->system;
	ret_hello->received = ret_told->received;
	if (of->leads)
		ret_hello->address = tsp_text_of(of->address);
}

static void open_end(struct wire_end *end, struct system_hello *hello)
{
	struct job job = { .kind = OPEN, .system = end->system, .peer = &end->out, .hello = hello };

	crowd_do(&job);
	end->link = job.link;
	end->closed = end->closed || job.link == NULL;
}

static void connect_to(const struct dial *dial)
{
	struct system *to = &crowd.systems[dial->to];
	struct wire *wire = wire_new(dial->from, to);
	struct system_hello theirs, ours;
	struct system_words told[2];
	struct job refusal = { .kind = REFUSE, .system = dial->from, .dial = dial->number };

	greet(dial->from, to, &theirs, &told[0]);
	greet(to, dial->from, &ours, &told[1]);
	theirs.told = told[1];
	ours.told = told[0];
	ours.dial = dial->number;
	open_end(&wire->ends[1], &theirs);
	if (!wire->ends[1].closed) {
		open_end(&wire->ends[0], &ours);
		return;
	}
	wire->ends[0].closed = true;
	crowd_do(&refusal);
}

static void run_dials(void)
{
	size_t count = net.dial_count;
	struct dial *dials = malloc((count + 1) * sizeof(*dials));

	if (dials == NULL)
		abort();
	memcpy(dials, net.dials, count * sizeof(*dials));
	net.dial_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct job job = { .kind = REFUSE, .system = dials[i].from, .dial = dials[i].number };

		if (!dials[i].from->up || dials[i].from->life != dials[i].life)
			continue;
		if (dials[i].to >= 0 && crowd.systems[dials[i].to].up)
			connect_to(&dials[i]);
		else
			crowd_do(&job);
	}
	free(dials);
}

static void carry(struct wire_end *from, struct wire_end *to)
{
	struct job job = { .kind = RECEIVE, .system = to->system, .link = to->link };
	struct buffer bytes = from->out;

	if (bytes.size > 0 && !to->closed && lives(to)) {
		buffer_init(&from->out, bytes.limit);
		job.bytes = &bytes;
		crowd_do(&job);
		crowd_free(from->system, &bytes);
	}
	if (from->pinged && lives(from) && lives(to) && !from->closed && !to->closed) {
		job.kind = HEARD;
		job.system = from->system;
		job.link = from->link;
		crowd_do(&job);
	}
	from->pinged = false;
	if (from->closed && !to->closed && lives(to)) {
		job.kind = ENDED;
		job.system = to->system;
		job.link = to->link;
		to->closed = true;
		crowd_do(&job);
	}
}

void wires_step(void)
{
	size_t kept = 0;

	run_dials();
	for (size_t i = 0; i < net.wire_count; i++) {
		struct wire *wire = net.wires[i];

		carry(&wire->ends[0], &wire->ends[1]);
		carry(&wire->ends[1], &wire->ends[0]);
		if ((wire->ends[0].closed || !lives(&wire->ends[0])) &&
			(wire->ends[1].closed || !lives(&wire->ends[1]))) {
			crowd_free(wire->ends[0].system, &wire->ends[0].out);
			crowd_free(wire->ends[1].system, &wire->ends[1].out);
			free(wire);
		} else {
			net.wires[kept++] = wire;
		}
	}
	net.wire_count = kept;
}

void wires_clear(void)
{
	for (size_t i = 0; i < net.wire_count; i++) {
		buffer_clear(&net.wires[i]->ends[0].out);
		buffer_clear(&net.wires[i]->ends[1].out);
		free(net.wires[i]);
	}
	free(net.wires);
}
