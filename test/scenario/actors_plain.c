/* SPDX-License-Identifier: MIT */
/* Small classes, each for one thing. */
#define _POSIX_C_SOURCE 200809L
#include "actors.h"

#include <time.h>
#include <unistd.h>

void actor_sleep(int64_t ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0)
		continue;
}

/* ---- Echo sends back what it gets; Pid; Sleep{ms} ---- */

static int echo_receive(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_message_is_system(message) ? TSP_OK : tsp_forward(self, sender, message);
}

static int on_pid(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Pid", "{s:i}", "pid", (int)getpid());
}

static int on_sleep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	actor_sleep(tsp_get_int(message, "ms", 0));
	return tsp_forward(self, sender, message);
}

static int on_errand(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	return tsp_sendf(self, tsp_get_address(message, "for"), "Done", "n");
}

static const tsp_handler echo_handlers[] = { { "Pid", on_pid }, { "Sleep", on_sleep },
	{ "Errand", on_errand }, { 0 } };

const tsp_class echo_class = { .name = "Echo", .handlers = echo_handlers, .receive = echo_receive };

/* ---- Slow starts {ms} late, or 200 ms, then is an Echo ---- */

static int slow_init(tsp_actor *self, tsp_value argument)
{
	int64_t ms = 200;

	(void)self;
	(void)tsp_value_int(tsp_value_get(argument, "ms"), &ms);
	actor_sleep(ms);
	return TSP_OK;
}

const tsp_class slow_class = {
	.name = "Slow", .init = slow_init, .handlers = echo_handlers, .receive = echo_receive
};

/* ---- Counter: private state ---- */

static int on_add(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t *count = tsp_state(self);

	(void)message;
	(void)sender;
	++*count;
	return TSP_OK;
}

static int on_count(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const int64_t *count = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, "Count", "{s:I}", "count", *count);
}

/* Counts the attempts too: a failed one keeps what it did. */
static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)on_add(self, message, sender);
	return tsp_fail_text(self, TSP_EFAILED, "this never works");
}

static const tsp_handler counter_handlers[] = { { "Add", on_add }, { "Count", on_count },
	{ "Fail", on_fail }, { "Pid", on_pid }, { "Sleep", on_sleep }, { 0 } };

const tsp_class counter_class = {
	.name = "Counter", .state_size = sizeof(int64_t), .handlers = counter_handlers
};

/* ---- Forwarder{target}: all that comes ---- */

static int forwarder_init(tsp_actor *self, tsp_value argument)
{
	return tsp_value_address(tsp_value_get(argument, "target"), tsp_state(self)) ? TSP_OK :
										       TSP_EVALUE;
}

static int forwarder_receive(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const tsp_address *target = tsp_state(self);
	int rc = tsp_message_is_system(message) ? TSP_OK : tsp_forward(self, *target, message);

	(void)sender;
	return rc == TSP_EBACKLOG ? TSP_DEFER : rc;
}

const tsp_class forwarder_class = { .name = "Forwarder",
	.state_size = sizeof(tsp_address),
	.init = forwarder_init,
	.receive = forwarder_receive };

/* ---- Sulker: fails at poison, too, and counts how often ---- */

static int on_annoy(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_sendf(self, tsp_get_address(message, "to"), "Fail", "n") < 0 ?
		TSP_EFAILED :
		tsp_forward(self, sender, message);
}

static const tsp_handler sulker_handlers[] = { { "Annoy", on_annoy }, { "PoisonMessage", on_fail },
	{ "Count", on_count }, { 0 } };

const tsp_class sulker_class = {
	.name = "Sulker", .state_size = sizeof(int64_t), .handlers = sulker_handlers
};

/* ---- Heir{to}: as it is told to exit it makes a child, and says which ---- */

static int on_last_words(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const tsp_address *to = tsp_state(self);

	(void)message;
	(void)sender;
	return tsp_sendf(self, *to, "LastWords", "{s:a}", "child", tsp_create(self, "Echo", NULL));
}

static const tsp_handler heir_handlers[] = { { "ActorExitRequest", on_last_words }, { 0 } };

static int heir_init(tsp_actor *self, tsp_value argument)
{
	return tsp_value_address(tsp_value_get(argument, "to"), tsp_state(self)) ? TSP_OK :
										   TSP_EVALUE;
}

const tsp_class heir_class = { .name = "Heir",
	.state_size = sizeof(tsp_address),
	.init = heir_init,
	.handlers = heir_handlers };

/* ---- Blue and BigBlue need capabilities ---- */

static const tsp_requirement blue_needs[] = { { "Blue", NULL }, { 0 } };
static const tsp_requirement big_blue_needs[] = { { "Blue", NULL }, { "Size", "\"big\"" }, { 0 } };

const tsp_class blue_class = { .name = "Blue",
	.handlers = echo_handlers,
	.receive = echo_receive,
	.requires_capabilities = blue_needs };
const tsp_class big_blue_class = { .name = "BigBlue",
	.handlers = echo_handlers,
	.receive = echo_receive,
	.requires_capabilities = big_blue_needs };

/* ---- Failing never starts ---- */

static int failing_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_fail_text(self, TSP_EFAILED, "not today");
}

const tsp_class failing_class = {
	.name = "Failing", .init = failing_init, .receive = echo_receive
};

/* ---- Shapes: which handler took it ---- */

static int on_circle(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_get_bool(message, "super", false) ?
		TSP_SUPER :
		tsp_sendf(self, sender, "Took", "s", "circle");
}

static int on_shape(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_get_bool(message, "super", false) && tsp_get_bool(message, "further", false) ?
		TSP_SUPER :
		tsp_sendf(self, sender, "Took", "s", "shape");
}

static int on_int(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Took", "s", "int");
}

static int shapes_receive(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_message_is_system(message) ? TSP_OK :
						tsp_sendf(self, sender, "Took", "s", "receive");
}

static const tsp_handler shapes_handlers[] = { { "Shape.Circle", on_circle }, { "Shape", on_shape },
	{ "int", on_int }, { 0 } };

const tsp_class shapes_class = {
	.name = "Shapes", .handlers = shapes_handlers, .receive = shapes_receive
};
/* The same without a fallback. */
const tsp_class mute_class = { .name = "Mute", .handlers = shapes_handlers };
