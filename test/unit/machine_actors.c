/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "machine_actors.h"

#include <stdlib.h>
#include "machine.h"

struct echo {
	int64_t count;
	int64_t expected;
	bool disorder;
};

static int on_echo(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_forward(self, sender, message);
}

static int on_count(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct echo *echo = tsp_state(self);

	(void)sender;
	if (tsp_get_int(message, "n", -1) != echo->expected++)
		echo->disorder = true;
	echo->count++;
	return TSP_OK;
}

static int on_report(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct echo *echo = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, "Report", "{s:I, s:b}", "count", echo->count, "disorder",
		(int)echo->disorder);
}

static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct echo *echo = tsp_state(self);

	(void)message;
	(void)sender;
	echo->count++;
	return tsp_fail_text(self, TSP_EVALUE, "tried %d times", (int)echo->count);
}

static int on_crash(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	machine_crash = true;
	return TSP_OK;
}

static const tsp_handler echo_handlers[] = {
	{ "Echo", on_echo },
	{ "Count", on_count },
	{ "Report", on_report },
	{ "Fail", on_fail },
	{ "Crash", on_crash },
	{ 0 },
};
static const tsp_class echo_class = {
	.name = "Echo", .state_size = sizeof(struct echo), .handlers = echo_handlers
};

/* A parent that tells its asker what happens to its children, and the owner of names. */
struct parent {
	tsp_address asker;
	tsp_address child;
};

static int parent_on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	tsp_create_options options = { .host = (enum tsp_host)tsp_get_int(message, "host", 0) };
	char *class_name = tsp_text_copy(tsp_get_text(message, "class"));

	parent->asker = sender;
	parent->child = tsp_create(self, class_name, &options);
	free(class_name);
	return tsp_sendf(self, sender, "Made", "{s:a}", "child", parent->child);
}

/* A child that only a system with that capability has a place for. */
static int parent_on_make_there(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	tsp_builder *b = tsp_builder_new();
	tsp_create_options options = { 0 };
	char *name = tsp_text_copy(tsp_get_text(message, "requires"));

	tsp_put_format(b, "{s:b}", name, 1);
	(void)tsp_builder_value(b, &options.requirements);
	parent->asker = sender;
	parent->child = tsp_create(self, "Echo", &options);
	tsp_builder_free(b);
	free(name);
	return tsp_sendf(self, sender, "Made", "{s:a}", "child", parent->child);
}

static int parent_pass(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);

	(void)sender;
	return tsp_sendf(self, parent->asker, "Heard", "{s:t, s:v}", "type",
		tsp_message_type(message), "value", tsp_message_value(message));
}

static int parent_on_take(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);

	(void)message;
	parent->asker = sender;
	return tsp_take_names(self, (const char *const[]){ "service" }, 1);
}

static int parent_on_give(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	tsp_address target = tsp_get_address(message, "to");

	parent->asker = sender;
	return tsp_give_names(self, (const char *const[]){ "service" }, &target, 1);
}

static int parent_on_keep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_keep_names(self, (const char *const[]){ "service" }, 1, 0);
}

static int parent_on_letters(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);

	(void)message;
	parent->asker = sender;
	return tsp_handle_dead_letters(self, true);
}

static int parent_on_pass_on(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);

	parent->asker = sender;
	return tsp_sendf(self, tsp_get_address(message, "to"), "Echo", "n");
}

static int parent_on_verdict(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));
	tsp_text data = { NULL, 0 };
	int rc;

	(void)sender;
	(void)tsp_value_bytes(tsp_get(message, "sourceData"), &data);
	if (data.size > 0 && data.data[0] == 'g')
		rc = tsp_validated_source(self, hash, data.data, data.size, 0, NULL);
	else
		rc = tsp_validated_source(self, hash, NULL, 0, TSP_EUNTRUSTED, "a bad package");
	free(hash);
	return rc;
}

static int parent_on_watch(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);

	parent->asker = sender;
	return tsp_notify_on_system_registration_changes(
		self, tsp_get_bool(message, "enable", true));
}

static int parent_on_invite(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	char *remote = tsp_text_copy(tsp_get_text(message, "remote"));
	int rc;

	parent->asker = sender;
	if (tsp_get_bool(message, "drop", false))
		rc = tsp_deregister_remote_system(self, remote);
	else
		rc = tsp_pre_register_remote_system(self, remote, (tsp_value){ NULL, 0 });
	free(remote);
	return rc;
}

static int parent_on_exit(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_exit(self);
}

static const tsp_handler parent_handlers[] = {
	{ "Make", parent_on_make },
	{ "Take", parent_on_take },
	{ "Give", parent_on_give },
	{ "Keep", parent_on_keep },
	{ "Letters", parent_on_letters },
	{ "PassOn", parent_on_pass_on },
	{ "Watch", parent_on_watch },
	{ "MakeThere", parent_on_make_there },
	{ "Invite", parent_on_invite },
	{ "Leave", parent_on_exit },
	{ "ValidateSource", parent_on_verdict },
	{ "Crash", on_crash },
	{ "Echo", on_echo },
	{ 0 },
};
static const tsp_class parent_class = {
	.name = "Parent",
	.state_size = sizeof(struct parent),
	.handlers = parent_handlers,
	.receive = parent_pass,
};

static int bad_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_fail_text(self, TSP_EVALUE, "no luck");
}

static const tsp_class bad_class = { .name = "Bad", .init = bad_init, .handlers = echo_handlers };

static bool picky_check(tsp_value capabilities, tsp_value requirements)
{
	int64_t has = 0;
	int64_t wants = 0;
	bool camera = false;

	(void)tsp_value_bool(tsp_value_get(capabilities, "camera"), &camera);
	(void)tsp_value_int(tsp_value_get(capabilities, "lens"), &has);
	(void)tsp_value_int(tsp_value_get(requirements, "lens"), &wants);
	return camera && wants <= has;
}

static const tsp_class picky_class = {
	.name = "Picky", .state_size = sizeof(struct echo), .check = picky_check, .handlers = echo_handlers
};

const tsp_class *const machine_classes[] = { &echo_class, &parent_class, &bad_class, &picky_class, NULL };
