/* SPDX-License-Identifier: MIT */
/*
 * Actors for the rows about callers, processes and signals: compiled on the spot as module `rows`.
 * "Pid", "Title" and the like are requests; each answer has the request's type.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rows_actors.h"

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void rows_sleep_ms(int64_t ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* A line in the test's folder: what an actor that is about to go has to say. */
void rows_note(const char *line)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/notes", getenv("THESPIAN_TEST_DIR"));
	file = fopen(path, "a");
	if (file == NULL)
		return;
	fprintf(file, "%s %lld\n", line, (long long)now_us());
	fclose(file);
}

/* ---- Echo: answers, late or not, sleeps, dies ---- */

struct echo {
	tsp_address asker;
	int exits; /* requests seen */
	char name[40];
};

static int echo_init(tsp_actor *self, tsp_value argument)
{
	struct echo *echo = tsp_state(self);
	tsp_text name = { NULL, 0 };

	if (tsp_my_name(self) != NULL)
		snprintf(echo->name, sizeof(echo->name), "%s", tsp_my_name(self));
	if (tsp_value_text(argument, &name))
		snprintf(echo->name, sizeof(echo->name), "%.*s", (int)name.size, name.data);
	return TSP_OK;
}

int rows_on_pid(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(
		self, sender, "Pid", "{s:i, s:i}", "pid", (int)getpid(), "parent", (int)getppid());
}

static int on_later(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	((struct echo *)tsp_state(self))->asker = sender;
	return tsp_wakeup_after(self, tsp_get_int(message, "ms", 0), tsp_message_value(message));
}

static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	return tsp_send(self, ((struct echo *)tsp_state(self))->asker, "Later",
		tsp_get(message, "payload"));
}

static int on_sleep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	rows_sleep_ms(tsp_get_int(message, "ms", 0));
	return tsp_sendf(self, sender, "Sleep", "{s:I}", "n", tsp_get_int(message, "n", 0));
}

/* Another answers. */
static int on_relay(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_address child = tsp_create(self, "Echo", NULL);

	(void)message;
	return tsp_sendf(self, child, "Tell", "{s:a}", "to", sender);
}

static int on_tell(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	return tsp_sendf(
		self, tsp_get_address(message, "to"), "Told", "{s:a}", "by", tsp_my_address(self));
}

static int on_exit_to(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "ActorExitRequest", "{s:b}", "recursive", 1);
}

static int on_shutdown(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message, (void)sender;
	return tsp_system_shutdown(self);
}

static int on_die(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self, (void)sender;
	if (tsp_get_bool(message, "abort", false))
		abort();
	if (tsp_get_bool(message, "kill", false))
		kill(getpid(), SIGKILL);
	exit((int)tsp_get_int(message, "status", 0));
}

static int on_exit_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct echo *echo = tsp_state(self);
	char line[100];

	(void)message, (void)sender;
	snprintf(line, sizeof(line), "exit-request %s %d", echo->name, ++echo->exits);
	rows_note(line);
	if (strncmp(echo->name, "slow", 4) == 0)
		rows_sleep_ms(atoi(echo->name + 4));
	return TSP_OK;
}

int rows_on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_message_is_system(message) ? TSP_OK : tsp_forward(self, sender, message);
}

static const tsp_handler echo_handlers[] = { { "Pid", rows_on_pid }, { "Later", on_later },
	{ "WakeupMessage", on_wakeup }, { "Sleep", on_sleep }, { "Relay", on_relay },
	{ "Tell", on_tell }, { "ExitTo", on_exit_to }, { "Shutdown", on_shutdown },
	{ "Die", on_die }, { "ActorExitRequest", on_exit_request }, { 0 } };
static const tsp_class echo = { .name = "Echo",
	.state_size = sizeof(struct echo),
	.init = echo_init,
	.handlers = echo_handlers,
	.receive = rows_on_any };
static const tsp_class shared = { .name = "Shared",
	.state_size = sizeof(struct echo),
	.init = echo_init,
	.handlers = echo_handlers,
	.receive = rows_on_any,
	.host = TSP_HOST_SHARED };

/* ---- Those that do not start ---- */

static int refuse(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_fail_text(self, TSP_EFAILED, "not today");
}

static const tsp_requirement wishes[] = { { "Rubber Duck", NULL }, { 0 } };
static const tsp_class needy = {
	.name = "Needy", .receive = rows_on_any, .requires_capabilities = wishes
};
static const tsp_class refuser = { .name = "Refuser", .init = refuse, .receive = rows_on_any };

/* ---- Parent: makes children, passes on what it hears of their end ---- */

struct parent {
	tsp_address asker;
	tsp_address child;
	tsp_address waiting; /* asked for the next end */
	bool exiting;
	char reason[40]; /* of the last child's end, "" */
	int64_t status;
	bool right;
};

static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	char *name = tsp_text_copy(tsp_get_text(message, "class"));
	const tsp_create_options options = { .argument = tsp_get(message, "argument") };

	parent->asker = sender;
	parent->child = tsp_create(self, name != NULL && name[0] != 0 ? name : "Echo", &options);
	free(name);
	if (tsp_get_bool(message, "hello", false)) /* it waits behind the creation */
		tsp_sendf(self, parent->child, "Hello", "n");
	return tsp_sendf(self, sender, "Make", "{s:a}", "child", parent->child);
}

/* To the child from here: what comes back is passed on as an answer. */
static int on_to_child(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	char *type = tsp_text_copy(tsp_get_text(message, "type"));
	int rc;

	parent->asker = sender;
	rc = tsp_send(self, parent->child, type, tsp_get(message, "value"));
	free(type);
	return rc;
}

static int tell_last(tsp_actor *self)
{
	struct parent *parent = tsp_state(self);

	if (parent->reason[0] == '\0' || tsp_address_is_nobody(parent->waiting))
		return TSP_OK;
	return tsp_sendf(self, parent->waiting, "Last", "{s:s, s:I, s:b}", "reason", parent->reason,
		"status", parent->status, "right", (int)parent->right);
}

/* Answers when the child has ended. */
static int on_last(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	((struct parent *)tsp_state(self))->waiting = sender;
	return tell_last(self);
}

static int on_child_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	tsp_text reason = tsp_get_text(message, "reason");

	(void)sender;
	snprintf(parent->reason, sizeof(parent->reason), "%.*s", (int)reason.size, reason.data);
	parent->status = tsp_get_int(message, "status", -1);
	parent->right = tsp_address_equal(parent->child, tsp_get_address(message, "childAddress"));
	tell_last(self);
	if (parent->exiting)
		return TSP_OK;
	return tsp_sendf(self, parent->asker, "Exited", "{s:b, s:t, s:t, s:I, s:I}", "right",
		(int)tsp_address_equal(parent->child, tsp_get_address(message, "childAddress")),
		"reason", tsp_get_text(message, "reason"), "detail",
		tsp_get_text(message, "detail"), "status", tsp_get_int(message, "status", -1), "us",
		now_us());
}

/* The last words: a message, and a child that there must not be. */
static int parent_exit(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);
	tsp_address late;

	(void)message, (void)sender;
	parent->exiting = true;
	late = tsp_create(self, "Echo", NULL);
	return tsp_sendf(self, parent->asker, "Last", "{s:a}", "late", late);
}

static int parent_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct parent *parent = tsp_state(self);

	if (tsp_message_is_system(message) || !tsp_address_equal(sender, parent->child))
		return TSP_OK;
	return tsp_forward(self, parent->asker, message);
}

static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender;
	return tsp_sendf(self, ((struct parent *)tsp_state(self))->asker, "Poisoned", "{s:t}",
		"details", tsp_get_text(message, "details"));
}

static const tsp_handler parent_handlers[] = { { "PoisonMessage", on_poison }, { "Make", on_make },
	{ "ToChild", on_to_child }, { "ChildActorExited", on_child_exited },
	{ "ActorExitRequest", parent_exit }, { "Last", on_last }, { 0 } };
static const tsp_class parent = { .name = "Parent",
	.state_size = sizeof(struct parent),
	.handlers = parent_handlers,
	.receive = parent_any };

/* ---- Maker: many children, each asked for an answer ---- */

struct maker {
	tsp_address asker;
	tsp_address *children;
	int64_t count, answered;
};

static int ask_all(tsp_actor *self, tsp_address asker)
{
	struct maker *maker = tsp_state(self);

	maker->asker = asker;
	maker->answered = 0;
	for (int64_t i = 0; i < maker->count; i++)
		tsp_sendf(self, maker->children[i], "Question", "i", 1);
	return TSP_OK;
}

static int on_make_many(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct maker *maker = tsp_state(self);
	char *name = tsp_text_copy(tsp_get_text(message, "class"));

	maker->count = tsp_get_int(message, "count", 0);
	maker->children = calloc((size_t)maker->count, sizeof(*maker->children));
	for (int64_t i = 0; i < maker->count; i++)
		maker->children[i] = tsp_create(self, name, NULL);
	free(name);
	return ask_all(self, sender);
}

static int on_ask_all(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return ask_all(self, sender);
}

static int on_answer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct maker *maker = tsp_state(self);

	(void)message, (void)sender;
	if (++maker->answered < maker->count)
		return TSP_OK;
	return tsp_sendf(self, maker->asker, "Made", "{s:I}", "answered", maker->answered);
}

static void maker_end(tsp_actor *self)
{
	free(((struct maker *)tsp_state(self))->children);
}

static const tsp_handler maker_handlers[] = { { "Make", on_make_many }, { "Ask", on_ask_all },
	{ "Question", on_answer }, { 0 } };
static const tsp_class maker = { .name = "Maker",
	.state_size = sizeof(struct maker),
	.fini = maker_end,
	.handlers = maker_handlers };

TSP_EXPORT(&echo, &shared, &needy, &refuser, &parent, &rows_threads, &rows_shared_threads,
	&rows_collector, &rows_shared_collector, &rows_watcher, &maker, &rows_judge)
