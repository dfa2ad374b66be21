/* SPDX-License-Identifier: MIT */
/* The classes of the stage's tests; each tells the rig what it sees. Included by the rig only. */
#ifndef TEST_UNIT_CORE_STAGE_ACTORS_H
#define TEST_UNIT_CORE_STAGE_ACTORS_H

#include "core_stage_rig.h"

static int told_ok(const char *word)
{
	rig_trace(word);
	return TSP_OK;
}

static int on_ping(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_sendf(self, sender, "Pong", "{s:I}", "n", tsp_get_int(message, "n", -1));
}

static int on_leave(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_exit(self);
}

static int on_exit_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	rig_trace("exit ");
	return TSP_EFAILED; /* it exits all the same, and once */
}

static int on_capability(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	(void)tsp_value_uint(tsp_value_get(tsp_my_capabilities(self), "x"), &rig_now->seen_in_work);
	return TSP_OK;
}

static int echo_init(tsp_actor *self, tsp_value argument)
{
	(void)self;
	(void)argument;
	rig_now->inits++;
	return TSP_OK;
}

static void echo_fini(tsp_actor *self)
{
	(void)self;
	rig_now->finis++;
}

static int stillborn_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	rig_now->inits++;
	return tsp_fail_text(self, TSP_EFAILED, "no %s", "luck");
}

#define TELLER(function, word, result)                                                       \
	static int function(tsp_actor *self, const tsp_message *message, tsp_address sender) \
	{                                                                                    \
		(void)self;                                                                  \
		(void)message;                                                               \
		(void)sender;                                                                \
		rig_trace(word);                                                             \
		return result;                                                               \
	}

TELLER(on_circle, "circle ", TSP_OK)
TELLER(on_shape, "shape ", TSP_OK)
TELLER(on_super, "super ", TSP_SUPER)
TELLER(on_receive, "receive ", TSP_OK)
TELLER(on_silent, "silent ", TSP_EFAILED)
TELLER(on_poison, "poison ", TSP_EFAILED)

static int on_once(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int *tries = tsp_state(self);

	(void)message;
	(void)sender;
	rig_trace("once ");
	return ++*tries == 1 ? TSP_EFAILED : TSP_OK;
}

static int on_always(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int *tries = tsp_state(self);

	(void)message;
	(void)sender;
	rig_trace("always ");
	*tries += 1;
	return tsp_fail_text(self, TSP_EIO, "%s try", *tries == 3 ? "first" : "second");
}

static int on_work(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	bool *open = tsp_state(self);

	(void)message;
	(void)sender;
	rig_trace(*open ? "work " : "later ");
	return *open ? TSP_OK : TSP_DEFER;
}

static int on_open(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	*(bool *)tsp_state(self) = tsp_text_is(tsp_message_type(message), "Open");
	return told_ok("open ");
}

static int on_shut(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	*(bool *)tsp_state(self) = false;
	return TSP_OK;
}

static int on_adopt(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	rig_now->child = tsp_create(self, "Echo", NULL);
	return TSP_OK;
}

static int on_look(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct page *page = &rig_now->page;

	(void)sender;
	rig_now->seen_in_work = page->in_work;
	rig_now->seen_since = page->since_ns;
	rig_now->seen_actor = page->actor;
	if (tsp_text_is(tsp_message_type(message), "LookLater"))
		return tsp_send(self, tsp_my_address(self), "Look", (tsp_value){ NULL, 0 });
	return TSP_OK;
}

static int on_describe(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	stage_describe(rig_now->stage, rig_now->now, rig_now->trace, sizeof(rig_now->trace));
	return TSP_OK;
}

static int on_run(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	return rig_now->script(self, message);
}

/* Tells type and, if it is a map, what "n" is. */
static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text type = tsp_message_type(message);
	char word[100];

	(void)self;
	(void)sender;
	snprintf(word, sizeof(word), "%.*s:%d ", (int)type.size, type.data,
		(int)tsp_get_int(message, "n", -1));
	return told_ok(word);
}

static const tsp_handler echo_handlers[] = { { "Ping", on_ping }, { "Leave", on_leave },
	{ "ActorExitRequest", on_exit_request }, { "Capability", on_capability }, { 0 } };
static const tsp_class echo_class = {
	.name = "Echo", .init = echo_init, .fini = echo_fini, .handlers = echo_handlers
};
static const tsp_handler shape_handlers[] = { { "Shape", on_shape }, { "Shape.Circle", on_circle },
	{ "Shape.Super", on_super }, { 0 } };
static const tsp_class shapes_class = {
	.name = "Shapes", .handlers = shape_handlers, .receive = on_receive
};
static const tsp_class mute_class = { .name = "Mute" };
static const tsp_handler faulty_handlers[] = { { "Once", on_once }, { "Always", on_always },
	{ "Silent", on_silent }, { "PoisonMessage", on_poison }, { 0 } };
static const tsp_class faulty_class = { .name = "Faulty",
	.state_size = sizeof(int),
	.handlers = faulty_handlers,
	.host = TSP_HOST_SHARED };
static const tsp_handler lazy_handlers[] = { { "Work", on_work }, { "Open", on_open },
	{ "Shut", on_shut }, { 0 } };
static const tsp_class lazy_class = { .name = "Lazy",
	.state_size = sizeof(bool),
	.handlers = lazy_handlers,
	.host = TSP_HOST_SHARED };
static const tsp_class stillborn_class = {
	.name = "Stillborn", .init = stillborn_init, .fini = echo_fini, .host = TSP_HOST_SHARED
};
static const tsp_handler parent_handlers[] = { { "Adopt", on_adopt }, { 0 } };
static const tsp_class parent_class = { .name = "Parent", .handlers = parent_handlers };
static const tsp_handler watcher_handlers[] = { { "Look", on_look }, { "LookLater", on_look },
	{ "Describe", on_describe }, { 0 } };
static const tsp_class watcher_class = { .name = "Watcher", .handlers = watcher_handlers };
static const tsp_handler script_handlers[] = { { "Run", on_run }, { 0 } };
static const tsp_class script_class = {
	.name = "Script", .handlers = script_handlers, .receive = on_any, .host = TSP_HOST_SHARED
};
static const tsp_class teller_class = {
	.name = "Teller", .receive = on_any, .fini = echo_fini, .host = TSP_HOST_SHARED
};
static const tsp_class *const rig_classes[] = { &echo_class, &shapes_class, &mute_class,
	&faulty_class, &lazy_class, &stillborn_class, &parent_class, &watcher_class, &script_class,
	&teller_class, NULL };

#endif
