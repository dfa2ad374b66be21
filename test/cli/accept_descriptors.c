/* SPDX-License-Identifier: MIT */
/* Many: creates as many children at once as it is asked for, and tells how many live and how many do not. */
#include <thespian.h>

struct many {
	tsp_address asker;
	int64_t wanted;
	int64_t alive;
	int64_t failed;
};

static int answer(tsp_actor *self)
{
	struct many *many = tsp_state(self);
	tsp_address asker = many->asker;

	if (many->alive + many->failed < many->wanted)
		return TSP_OK;
	many->wanted = 0;
	return tsp_sendf(
		self, asker, "Made", "{s:I, s:I}", "alive", many->alive, "failed", many->failed);
}

static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct many *many = tsp_state(self);
	tsp_create_options options = { .host = TSP_HOST_OWN };

	*many = (struct many){ .asker = sender, .wanted = tsp_get_int(message, "count", 1) };
	for (int64_t i = 0; i < many->wanted; i++)
		(void)tsp_sendf(self, tsp_create(self, "Many", &options), "Hello", "n");
	return TSP_OK;
}

static int on_hello(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Here", "n");
}

static int on_here(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	((struct many *)tsp_state(self))->alive++;
	return answer(self);
}

static int on_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	((struct many *)tsp_state(self))->failed++;
	return answer(self);
}

static const tsp_handler handlers[] = {
	{ "Make", on_make },
	{ "Hello", on_hello },
	{ "Here", on_here },
	{ "ChildActorExited", on_exited },
	{ 0 },
};
static const tsp_class many_class = {
	.name = "Many", .state_size = sizeof(struct many), .handlers = handlers
};
TSP_EXPORT(&many_class)
