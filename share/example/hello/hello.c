/* SPDX-License-Identifier: MIT */
/* The smallest actor: it greets who asks, and counts. */
#include <thespian.h>

struct greeter {
	int64_t greeted;
};

static int on_greet(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct greeter *state = tsp_state(self);
	tsp_text name = tsp_get_text(message, "name");

	if (name.data == NULL) /* also answers a plain text: ask Greeter "Ada" */
		(void)tsp_value_text(tsp_message_value(message), &name);
	state->greeted++;
	return tsp_sendf(
		self, sender, "Greeting", "{s:t, s:I}", "hello", name, "nth", state->greeted);
}

static const tsp_handler handlers[] = { { "Greet", on_greet }, { "text", on_greet }, { 0 } };

static const tsp_class greeter = {
	.name = "Greeter", .state_size = sizeof(struct greeter), .handlers = handlers
};
TSP_EXPORT(&greeter)
