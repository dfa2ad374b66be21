/* SPDX-License-Identifier: MIT */
/* The measured actors, continued: a ring, a hub with workers, wake-ups, large messages. */
#define _POSIX_C_SOURCE 200809L
#include "bench_actors.h"

#include <stdlib.h>
#include <string.h>

static int say_took(tsp_actor *self, tsp_address customer, int64_t begun, int64_t count)
{
	return tsp_sendf(
		self, customer, "Took", "{s:I, s:I}", "ns", now_ns() - begun, "count", count);
}

/* ---- ring: the first makes the others, and one token goes round ---- */

struct ring_member {
	tsp_address next;
	tsp_address customer; /* the rest is the first's only */
	int64_t members;
	int64_t laps;
	int64_t lap;
	int64_t begun;
};

static int node_on_next(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct ring_member *member = tsp_state(self);

	(void)sender;
	member->next = tsp_get_address(message, "next");
	return TSP_OK;
}

static int node_on_token(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct ring_member *member = tsp_state(self);

	(void)sender;
	return tsp_forward(self, member->next, message);
}

/* {members, laps, class} */
static int ring_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct ring_member *first = tsp_state(self);
	char *class_name = tsp_text_copy(tsp_get_text(message, "class"));
	tsp_address next = tsp_my_address(self);
	uint8_t bytes[100];
	int64_t i;

	*first = (struct ring_member){ .customer = sender };
	first->members = tsp_get_int(message, "members", 50);
	first->laps = tsp_get_int(message, "laps", 100);
	for (i = 1; i < first->members; i++) {
		tsp_address node = tsp_create(self, class_name, NULL);

		(void)tsp_sendf(self, node, "Next", "{s:a}", "next", next);
		next = node;
	}
	free(class_name);
	first->next = next;
	memset(bytes, 'x', sizeof(bytes));
	bytes[0] = 0x58;
	bytes[1] = sizeof(bytes) - 2;
	return tsp_send(self, next, "Token", (tsp_value){ bytes, sizeof(bytes) });
}

/* The first lap is until all have started. */
static int ring_on_token(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct ring_member *first = tsp_state(self);

	(void)sender;
	if (first->lap == 0)
		first->begun = now_ns();
	if (first->lap++ < first->laps)
		return tsp_forward(self, first->next, message);
	return say_took(self, first->customer, first->begun, first->laps * first->members);
}

static const tsp_handler node_handlers[] = { { "Next", node_on_next }, { "Token", node_on_token },
	{ 0 } };
const tsp_class ring_node_class = {
	.name = "RingNode", .state_size = sizeof(struct ring_member), .handlers = node_handlers
};
const tsp_class shared_ring_node_class = {
	.name = "SharedRingNode",
	.state_size = sizeof(struct ring_member),
	.handlers = node_handlers,
	.host = TSP_HOST_SHARED,
};
static const tsp_handler ring_handlers[] = { { "Go", ring_on_go }, { "Token", ring_on_token },
	{ 0 } };
const tsp_class ring_class = {
	.name = "Ring", .state_size = sizeof(struct ring_member), .handlers = ring_handlers
};
const tsp_class shared_ring_class = {
	.name = "SharedRing",
	.state_size = sizeof(struct ring_member),
	.handlers = ring_handlers,
	.host = TSP_HOST_SHARED,
};

/* ---- hub: one asks all its workers at once, and again when all have answered ---- */

#define WORKER_LIMIT 1000

struct hub {
	tsp_address customer;
	int64_t workers;
	int64_t rounds;
	int64_t round;
	int64_t answers;
	int64_t begun;
	tsp_address worker[WORKER_LIMIT];
};

static int hub_ask_all(tsp_actor *self, struct hub *hub)
{
	uint8_t bytes[100];
	int rc = TSP_OK;
	int64_t i;

	memset(bytes, 'x', sizeof(bytes));
	bytes[0] = 0x58;
	bytes[1] = sizeof(bytes) - 2;
	hub->answers = 0;
	for (i = 0; i < hub->workers && rc == TSP_OK; i++)
		rc = tsp_send(self, hub->worker[i], "Ask", (tsp_value){ bytes, sizeof(bytes) });
	return rc;
}

/* {workers, rounds, class} */
static int hub_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct hub *hub = tsp_state(self);
	char *class_name = tsp_text_copy(tsp_get_text(message, "class"));
	int64_t i;

	hub->customer = sender;
	hub->workers = tsp_get_int(message, "workers", 10);
	hub->rounds = tsp_get_int(message, "rounds", 1);
	hub->round = 0;
	if (hub->workers > WORKER_LIMIT)
		hub->workers = WORKER_LIMIT;
	for (i = 0; i < hub->workers; i++)
		hub->worker[i] = tsp_create(self, class_name, NULL);
	free(class_name);
	return hub_ask_all(self, hub);
}

/* The first round is until all have started. */
static int hub_on_answer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct hub *hub = tsp_state(self);

	(void)message;
	(void)sender;
	if (++hub->answers < hub->workers)
		return TSP_OK;
	if (hub->round == 0)
		hub->begun = now_ns();
	if (hub->round++ < hub->rounds)
		return hub_ask_all(self, hub);
	return say_took(self, hub->customer, hub->begun, 2 * hub->rounds * hub->workers);
}

static const tsp_handler hub_handlers[] = { { "Go", hub_on_go }, { "Answer", hub_on_answer },
	{ 0 } };
const tsp_class hub_class = {
	.name = "Hub", .state_size = sizeof(struct hub), .handlers = hub_handlers
};
const tsp_class shared_hub_class = {
	.name = "SharedHub",
	.state_size = sizeof(struct hub),
	.handlers = hub_handlers,
	.host = TSP_HOST_SHARED,
};

/* ---- ticker: many wake-ups are pending, each asks for the next ---- */

#define TICK_BASE    256 /* a number of two bytes, whichever tick it is */
#define TICK_LIMIT   20000
#define LATE_STEP_NS 1000
#define LATE_STEPS   100000 /* later than 100 ms is as late */

struct ticker {
	tsp_address customer;
	int64_t period_ms;
	int64_t count;
	int64_t handled;
	int64_t begun;
	int64_t cpu_begun;
	int64_t *due;	/* of each tick */
	uint32_t *late; /* how many were so many steps late */
};

static int ticker_arm(tsp_actor *self, struct ticker *ticker, int64_t tick, int64_t delay_ms)
{
	int64_t number = tick + TICK_BASE;
	uint8_t bytes[] = { 0x19, (uint8_t)(number >> 8), (uint8_t)number };

	ticker->due[tick] = now_ns() + delay_ms * 1000000;
	return tsp_wakeup_after(self, delay_ms, (tsp_value){ bytes, sizeof(bytes) });
}

static void ticker_clear(tsp_actor *self)
{
	struct ticker *ticker = tsp_state(self);

	free(ticker->due);
	free(ticker->late);
	ticker->due = NULL;
	ticker->late = NULL;
}

/* {pending, period_ms, count} */
static int ticker_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct ticker *ticker = tsp_state(self);
	int64_t pending = tsp_get_int(message, "pending", 1000);
	int rc = TSP_OK;
	int64_t i;

	ticker_clear(self);
	ticker->customer = sender;
	ticker->period_ms = tsp_get_int(message, "period_ms", 100);
	ticker->count = tsp_get_int(message, "count", 1000);
	if (pending > TICK_LIMIT || ticker->period_ms < 1)
		return TSP_EVALUE;
	ticker->due = calloc((size_t)pending, sizeof(*ticker->due));
	ticker->late = calloc(LATE_STEPS + 1, sizeof(*ticker->late));
	if (ticker->due == NULL || ticker->late == NULL)
		return TSP_ENOMEM;
	ticker->handled = -pending; /* the first of each is not counted */
	for (i = 0; i < pending && rc == TSP_OK; i++)
		rc = ticker_arm(self, ticker, i, 1 + i % ticker->period_ms);
	return rc;
}

static int64_t ticker_late_ns(const struct ticker *ticker, double part)
{
	int64_t seen = 0;
	int64_t i;

	for (i = 0; i < LATE_STEPS; i++) {
		seen += ticker->late[i];
		if ((double)seen >= part * (double)ticker->count)
			break;
	}
	return i * LATE_STEP_NS;
}

static int ticker_done(tsp_actor *self, struct ticker *ticker, int64_t now)
{
	int rc = tsp_sendf(self, ticker->customer, "Took", "{s:I, s:I, s:I, s:I, s:I}", "ns",
		now - ticker->begun, "count", ticker->count, "cpu_ns",
		clock_ns_of(CLOCK_PROCESS_CPUTIME_ID) - ticker->cpu_begun, "median_ns",
		ticker_late_ns(ticker, 0.5), "p99_ns", ticker_late_ns(ticker, 0.99));

	ticker_clear(self);
	return rc;
}

static int ticker_on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct ticker *ticker = tsp_state(self);
	int64_t tick = tsp_get_int(message, "payload", TICK_BASE) - TICK_BASE;
	int64_t now = now_ns();
	int64_t step;

	(void)sender;
	if (ticker->due == NULL)
		return TSP_OK; /* it is over */
	step = (now - ticker->due[tick]) / LATE_STEP_NS;
	if (ticker->handled == 0) {
		ticker->begun = now;
		ticker->cpu_begun = clock_ns_of(CLOCK_PROCESS_CPUTIME_ID);
	}
	if (ticker->handled++ >= 0)
		ticker->late[step < 0 ? 0 : step > LATE_STEPS ? LATE_STEPS : step]++;
	if (ticker->handled > ticker->count)
		return ticker_done(self, ticker, now);
	return ticker_arm(self, ticker, tick, ticker->period_ms);
}

static const tsp_handler ticker_handlers[] = { { "Go", ticker_on_go },
	{ "WakeupMessage", ticker_on_wakeup }, { 0 } };
const tsp_class ticker_class = {
	.name = "Ticker",
	.state_size = sizeof(struct ticker),
	.fini = ticker_clear,
	.handlers = ticker_handlers,
};

/* ---- large messages one way: a hauler has so many under way, a dock says of each that it landed ---- */

static int dock_on_cargo(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_send(self, sender, "Landed", (tsp_value){ NULL, 0 });
}

static const tsp_handler dock_handlers[] = { { "Cargo", dock_on_cargo }, { 0 } };
const tsp_class dock_class = { .name = "Dock", .handlers = dock_handlers };

struct hauler {
	tsp_address customer;
	tsp_address target;
	int64_t count;
	int64_t sent;
	int64_t landed;
	int64_t begun;
	uint8_t *bytes;
	size_t size;
};

static int hauler_send(tsp_actor *self, struct hauler *hauler)
{
	hauler->sent++;
	return tsp_send(self, hauler->target, "Cargo", (tsp_value){ hauler->bytes, hauler->size });
}

static void hauler_clear(tsp_actor *self)
{
	struct hauler *hauler = tsp_state(self);

	free(hauler->bytes);
	hauler->bytes = NULL;
}

/* {target, size, count, window} */
static int hauler_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct hauler *hauler = tsp_state(self);
	int64_t size = tsp_get_int(message, "size", 1 << 20);
	int64_t window = tsp_get_int(message, "window", 4);
	int rc = TSP_OK;
	int i;

	hauler_clear(self);
	*hauler = (struct hauler){ .customer = sender };
	hauler->target = tsp_get_address(message, "target");
	hauler->count = tsp_get_int(message, "count", 100);
	if (size <= 0x10000 || size > 0xffffffff)
		return TSP_EVALUE;
	hauler->size = (size_t)size;
	hauler->bytes = malloc(hauler->size);
	if (hauler->bytes == NULL)
		return TSP_ENOMEM;
	memset(hauler->bytes, 'x', hauler->size);
	hauler->bytes[0] = 0x5a;
	for (i = 0; i < 4; i++)
		hauler->bytes[1 + i] = (uint8_t)((hauler->size - 5) >> (8 * (3 - i)));
	hauler->begun = now_ns();
	while (rc == TSP_OK && hauler->sent < window && hauler->sent < hauler->count)
		rc = hauler_send(self, hauler);
	return rc;
}

static int hauler_on_landed(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct hauler *hauler = tsp_state(self);

	(void)message;
	(void)sender;
	if (++hauler->landed == hauler->count)
		return say_took(self, hauler->customer, hauler->begun, hauler->count);
	return hauler->sent < hauler->count ? hauler_send(self, hauler) : TSP_OK;
}

static const tsp_handler hauler_handlers[] = { { "Go", hauler_on_go },
	{ "Landed", hauler_on_landed }, { 0 } };
const tsp_class hauler_class = {
	.name = "Hauler",
	.state_size = sizeof(struct hauler),
	.fini = hauler_clear,
	.handlers = hauler_handlers,
};
