/* SPDX-License-Identifier: MIT */
/* The actors that are measured; they read the clock themselves, so that no caller's hop is counted. */
#define _POSIX_C_SOURCE 200809L
#include "bench_actors.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 4000 /* messages that a source has under way */

/* A byte string of size bytes in all, as one message is. */
static tsp_value body_of(uint8_t *bytes, size_t size)
{
	memset(bytes, 'x', size);
	bytes[0] = 0x58;
	bytes[1] = (uint8_t)(size - 2);
	return (tsp_value){ bytes, size };
}

/* ---- ask: one asks, the other answers ---- */

static int echo_on_ask(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_send(self, sender, "Answer", tsp_message_value(message));
}

static int echo_on_text(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_forward(self, sender, message);
}

static const tsp_handler echo_handlers[] = { { "Ask", echo_on_ask }, { "text", echo_on_text },
	{ 0 } };
static const tsp_class echo = { .name = "Echo", .handlers = echo_handlers };
static const tsp_class shared_echo = {
	.name = "SharedEcho", .handlers = echo_handlers, .host = TSP_HOST_SHARED
};

struct asker {
	tsp_address customer;
	tsp_address target;
	int64_t left;
	int64_t count;
	int64_t begun;
};

static int ask_next(tsp_actor *self, struct asker *asker)
{
	uint8_t bytes[100];

	return tsp_send(self, asker->target, "Ask", body_of(bytes, sizeof(bytes)));
}

static int asker_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct asker *asker = tsp_state(self);

	asker->customer = sender;
	asker->target = tsp_get_address(message, "target");
	if (tsp_address_is_nobody(asker->target))
		asker->target = tsp_create(self, "SharedEcho", NULL);
	asker->count = tsp_get_int(message, "count", 1000);
	asker->left = asker->count;
	asker->begun = now_ns();
	return ask_next(self, asker);
}

static int asker_on_answer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct asker *asker = tsp_state(self);

	(void)message;
	(void)sender;
	if (--asker->left > 0)
		return ask_next(self, asker);
	return tsp_sendf(self, asker->customer, "Took", "{s:I, s:I}", "ns", now_ns() - asker->begun,
		"count", asker->count);
}

static const tsp_handler asker_handlers[] = { { "Go", asker_on_go }, { "Answer", asker_on_answer },
	{ 0 } };
static const tsp_class asker = {
	.name = "Asker", .state_size = sizeof(struct asker), .handlers = asker_handlers
};
static const tsp_class shared_asker = {
	.name = "SharedAsker",
	.state_size = sizeof(struct asker),
	.handlers = asker_handlers,
	.host = TSP_HOST_SHARED,
};

/* ---- one way: a source sends, a sink counts and says every half window how far it is ---- */

struct sink {
	int64_t count;
};

static int sink_on_data(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct sink *sink = tsp_state(self);

	(void)message;
	if (++sink->count % (WINDOW / 2) == 0)
		return tsp_sendf(self, sender, "Taken", "{s:I}", "count", sink->count);
	return TSP_OK;
}

static const tsp_handler sink_handlers[] = { { "Data", sink_on_data }, { 0 } };
static const tsp_class sink = {
	.name = "Sink", .state_size = sizeof(struct sink), .handlers = sink_handlers
};
static const tsp_class shared_sink = {
	.name = "SharedSink",
	.state_size = sizeof(struct sink),
	.handlers = sink_handlers,
	.host = TSP_HOST_SHARED,
};

struct source {
	tsp_address customer;
	tsp_address target;
	int64_t size;
	int64_t sent;
	int64_t taken;
	int64_t count;
	int64_t begun;
};

static int source_fill(tsp_actor *self, struct source *source)
{
	uint8_t bytes[200];
	tsp_value body = body_of(bytes, (size_t)source->size);
	int rc = TSP_OK;

	while (rc == TSP_OK && source->sent < source->count &&
		source->sent - source->taken < WINDOW) {
		rc = tsp_send(self, source->target, "Data", body);
		source->sent++;
	}
	return rc;
}

static int source_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct source *source = tsp_state(self);

	source->customer = sender;
	source->target = tsp_get_address(message, "target");
	if (tsp_address_is_nobody(source->target)) /* a child: in the same host */
		source->target = tsp_create(self, "SharedSink", NULL);
	source->count = tsp_get_int(message, "count", 100000) / WINDOW * WINDOW;
	source->size = 100;
	source->sent = 0;
	source->taken = 0;
	source->begun = now_ns();
	return source_fill(self, source);
}

static int source_on_taken(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct source *source = tsp_state(self);

	(void)message;
	(void)sender;
	source->taken += WINDOW / 2;
	if (source->taken < source->count)
		return source_fill(self, source);
	return tsp_sendf(self, source->customer, "Took", "{s:I, s:I}", "ns",
		now_ns() - source->begun, "count", source->count);
}

static const tsp_handler source_handlers[] = { { "Go", source_on_go }, { "Taken", source_on_taken },
	{ 0 } };
static const tsp_class source = {
	.name = "Source", .state_size = sizeof(struct source), .handlers = source_handlers
};
static const tsp_class shared_source = {
	.name = "SharedSource",
	.state_size = sizeof(struct source),
	.handlers = source_handlers,
	.host = TSP_HOST_SHARED,
};

/* ---- flood: sends on and on, whatever is refused, and says how the first of it went ---- */

struct flooder {
	tsp_address customer;
	tsp_address target;
	int64_t left;
	int64_t refused;
	int64_t begun;
	bool on; /* goes on after it was told */
};

static int flooder_more(tsp_actor *self, struct flooder *flooder)
{
	uint8_t bytes[100];
	tsp_value body = body_of(bytes, sizeof(bytes));

	for (int i = 0; i < WINDOW; i++)
		flooder->refused += tsp_send(self, flooder->target, "Data", body) < 0;
	flooder->left -= WINDOW;
	if (flooder->left <= 0 && !tsp_address_is_nobody(flooder->customer)) {
		(void)tsp_sendf(self, flooder->customer, "Took", "{s:I, s:I}", "ns",
			now_ns() - flooder->begun, "count", flooder->refused);
		flooder->customer = TSP_NOBODY;
	}
	if (flooder->left <= 0 && !flooder->on)
		return TSP_OK;
	return tsp_wakeup_after(self, 0, (tsp_value){ NULL, 0 });
}

static int flooder_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct flooder *flooder = tsp_state(self);

	flooder->customer = sender;
	flooder->target = tsp_get_address(message, "target");
	flooder->left = tsp_get_int(message, "count", 1000000);
	flooder->on = tsp_get_bool(message, "on", false);
	flooder->begun = now_ns();
	return flooder_more(self, flooder);
}

static int flooder_on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return flooder_more(self, tsp_state(self));
}

static const tsp_handler flooder_handlers[] = { { "Go", flooder_on_go },
	{ "WakeupMessage", flooder_on_wakeup }, { 0 } };
static const tsp_class flooder = {
	.name = "Flooder", .state_size = sizeof(struct flooder), .handlers = flooder_handlers
};

/* ---- creation: children that say hello and stay, or go again ---- */

static int child_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_send(self, tsp_my_parent(self), "Hello", (tsp_value){ NULL, 0 });
}

static const tsp_class child = { .name = "Child", .init = child_init, .handlers = echo_handlers };
static const tsp_class shared_child = {
	.name = "SharedChild",
	.init = child_init,
	.handlers = echo_handlers,
	.host = TSP_HOST_SHARED,
};

struct breeder {
	tsp_address customer;
	int64_t count;
	int64_t made;
	int64_t heard;
	int64_t gone;
	int64_t begun;
	int64_t at_once;
	bool stay;
	bool far; /* they live at the system that has this capability */
	char class_name[32];
};

/* Exits are system messages, of which only so many may wait: they bound what is under way. */
static void breed(tsp_actor *self, struct breeder *breeder)
{
	int64_t done = breeder->stay ? breeder->heard : breeder->gone;
	tsp_create_options options = { 0 };

	if (breeder->far)
		options.requirements = (tsp_value){ (const uint8_t *)"\xa1\x63" "far\xf5", 6 };
	while (breeder->made < breeder->count && breeder->made - done < breeder->at_once) {
		(void)tsp_create(self, breeder->class_name, &options);
		breeder->made++;
	}
}

static int breeder_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct breeder *breeder = tsp_state(self);
	tsp_text name = tsp_get_text(message, "class");

	*breeder = (struct breeder){ .customer = sender };
	memcpy(breeder->class_name, name.data,
		name.size < sizeof(breeder->class_name) ? name.size : 0);
	breeder->count = tsp_get_int(message, "count", 100);
	breeder->at_once = tsp_get_int(message, "at_once", 1);
	breeder->stay = tsp_get_bool(message, "stay", false);
	breeder->far = tsp_get_bool(message, "far", false);
	breeder->begun = now_ns();
	breed(self, breeder);
	return TSP_OK;
}

static int breeder_done(tsp_actor *self, struct breeder *breeder)
{
	return tsp_sendf(self, breeder->customer, "Took", "{s:I, s:I}", "ns",
		now_ns() - breeder->begun, "count", breeder->count);
}

static int breeder_on_hello(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct breeder *breeder = tsp_state(self);

	(void)message;
	breeder->heard++;
	if (!breeder->stay)
		return tsp_send(self, sender, "ActorExitRequest",
			(tsp_value){ (const uint8_t *)"\xa0", 1 });
	if (breeder->heard == breeder->count)
		return breeder_done(self, breeder);
	breed(self, breeder);
	return TSP_OK;
}

static int breeder_on_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct breeder *breeder = tsp_state(self);

	(void)message;
	(void)sender;
	if (breeder->stay)
		return TSP_OK;
	if (++breeder->gone == breeder->count)
		return breeder_done(self, breeder);
	breed(self, breeder);
	return TSP_OK;
}

static const tsp_handler breeder_handlers[] = {
	{ "Go", breeder_on_go },
	{ "Hello", breeder_on_hello },
	{ "ChildActorExited", breeder_on_exited },
	{ 0 },
};
static const tsp_class breeder = {
	.name = "Breeder",
	.state_size = sizeof(struct breeder),
	.handlers = breeder_handlers,
};
static const tsp_class shared_breeder = {
	.name = "SharedBreeder",
	.state_size = sizeof(struct breeder),
	.handlers = breeder_handlers,
	.host = TSP_HOST_SHARED,
};

/* ---- a storm of records: a thousand each millisecond, so that it is the log that is measured and not the
 * want of a core ---- */

#define STORM_LINES 1000

struct storm {
	tsp_address customer;
	int64_t left;
	int64_t count;
	int64_t begun;
};

static int storm_on_go(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct storm *storm = tsp_state(self);

	storm->customer = sender;
	storm->count = tsp_get_int(message, "count", 0);
	storm->left = storm->count;
	storm->begun = now_ns();
	return tsp_wakeup_after(self, 1, (tsp_value){ NULL, 0 });
}

static int storm_on_more(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct storm *storm = tsp_state(self);

	(void)message;
	(void)sender;
	for (int i = 0; i < STORM_LINES && storm->left > 0; i++)
		tsp_log(self, "warning", "line %lld of the storm", (long long)storm->left--);
	if (storm->left > 0)
		return tsp_wakeup_after(self, 1, (tsp_value){ NULL, 0 });
	return tsp_sendf(self, storm->customer, "Took", "{s:I, s:I}", "ns",
		now_ns() - storm->begun, "count", storm->count);
}

static const tsp_handler storm_handlers[] = { { "Go", storm_on_go }, { "WakeupMessage", storm_on_more },
	{ 0 } };
static const tsp_class storm = {
	.name = "Storm", .state_size = sizeof(struct storm), .handlers = storm_handlers
};

/* ---- an authority that takes any bytes as a zip: loading is measured without a signature ---- */

static int gullible_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_register_source_authority(self);
}

static int gullible_on_validate(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text data = { NULL, 0 };
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));
	int rc;

	(void)sender;
	(void)tsp_value_bytes(tsp_get(message, "sourceData"), &data);
	rc = tsp_validated_source(self, hash, data.data, data.size, 0, NULL);
	free(hash);
	return rc;
}

static const tsp_handler gullible_handlers[] = { { "ValidateSource", gullible_on_validate },
	{ 0 } };
static const tsp_class gullible = {
	.name = "Gullible", .init = gullible_init, .handlers = gullible_handlers
};

TSP_EXPORT(&storm, &echo, &shared_echo, &asker, &shared_asker, &sink, &shared_sink, &source, &shared_source,
	&child, &shared_child, &breeder, &shared_breeder, &gullible, &ring_class,
	&shared_ring_class, &ring_node_class, &shared_ring_node_class, &hub_class,
	&shared_hub_class, &ticker_class, &hauler_class, &dock_class, &flooder)
