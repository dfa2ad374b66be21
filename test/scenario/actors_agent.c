/* SPDX-License-Identifier: MIT */
/*
 * The agent does what it is told, and keeps all else that it hears, in order:
 *
 *   Create{class, name, source, role, argument, requirements, shared, own}   answer: Made{address}
 *   Send{to, type, value, times, note, numbered}   answer: Sent{code, sent}; numbered: {n: 0}, {n: 1}, ..
 *   Await{type, count}   answer, once that many of the type were heard: Heard{messages: [{type, sender,
 *                        system, ms, value}]}, of that type only; type "": of all
 *   Forget{}             what was heard; answer: Forgotten
 *   Report{to}           every message heard from now on is announced there: Noticed{type}
 *   PassOn{to}           Errand{for} goes there: an Echo answers who asked
 *   Wake{ms, times, payload}, Sleep{ms}, Exit{}, Fail{}, Crash{how}, Pid{}, Self{}
 *   Descriptors{}        answer: {count, sockets} of its process
 *   and the requests of actors_requests.c
 */
#define _POSIX_C_SOURCE 200809L
#include "actors.h"
#include "actors_requests.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct heard {
	struct heard *next;
	char *type;
	tsp_address sender;
	int64_t ms;
	bool system;
	size_t size;
	uint8_t bytes[];
};

struct agent {
	struct heard *first, *last;
	tsp_address awaiting; /* who waits, nobody: none */
	int64_t await_count;
	char await_type[64];
	tsp_address report;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_wanted(const struct heard *heard, const char *type)
{
	return type[0] == '\0' || strcmp(heard->type, type) == 0;
}

/* ---- What was heard ---- */

static int answer_heard(
	tsp_actor *self, const struct agent *agent, tsp_address to, const char *type)
{
	tsp_builder *b = tsp_builder_new();
	tsp_value value;
	int rc = b != NULL ? TSP_OK : TSP_ENOMEM;

	if (rc == TSP_OK) {
		tsp_begin_map(b);
		tsp_put_key(b, "messages");
		tsp_begin_list(b);
		for (const struct heard *heard = agent->first; heard != NULL; heard = heard->next) {
			if (is_wanted(heard, type))
				tsp_put_format(b, "{s:s, s:a, s:b, s:I, s:v}", "type", heard->type,
					"sender", heard->sender, "system", (int)heard->system, "ms",
					heard->ms, "value",
					(tsp_value){ heard->bytes, heard->size });
		}
		tsp_end(b);
		tsp_end(b);
		rc = tsp_builder_value(b, &value);
	}
	if (rc == TSP_OK)
		rc = tsp_send(self, to, "Heard", value);
	tsp_builder_free(b);
	return rc;
}

static int answer_if_enough(tsp_actor *self, struct agent *agent)
{
	tsp_address to = agent->awaiting;
	int64_t count = 0;

	if (tsp_address_is_nobody(to))
		return TSP_OK;
	for (const struct heard *heard = agent->first; heard != NULL; heard = heard->next)
		count += is_wanted(heard, agent->await_type);
	if (count < agent->await_count)
		return TSP_OK;
	agent->awaiting = TSP_NOBODY;
	return answer_heard(self, agent, to, agent->await_type);
}

static int agent_receive(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct agent *agent = tsp_state(self);
	tsp_value value = tsp_message_value(message);
	struct heard *heard = calloc(1, sizeof(*heard) + value.size);

	if (heard == NULL)
		return TSP_ENOMEM;
	heard->type = tsp_text_copy(tsp_message_type(message));
	heard->sender = sender;
	heard->ms = now_ms();
	heard->system = tsp_message_is_system(message);
	heard->size = value.size;
	memcpy(heard->bytes, value.data, value.size);
	if (agent->last != NULL)
		agent->last->next = heard;
	else
		agent->first = heard;
	agent->last = heard;
	if (!tsp_address_is_nobody(agent->report))
		(void)tsp_sendf(self, agent->report, "Noticed", "{s:s}", "type", heard->type);
	return answer_if_enough(self, agent);
}

static void forget(struct agent *agent)
{
	struct heard *heard = agent->first;

	while (heard != NULL) {
		struct heard *next = heard->next;

		free(heard->type);
		free(heard);
		heard = next;
	}
	agent->first = agent->last = NULL;
}

static void agent_fini(tsp_actor *self)
{
	forget(tsp_state(self));
}

static int on_await(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct agent *agent = tsp_state(self);
	tsp_text type = tsp_get_text(message, "type");

	if (type.size >= sizeof(agent->await_type))
		return TSP_ELIMIT;
	memset(agent->await_type, 0, sizeof(agent->await_type));
	memcpy(agent->await_type, type.data, type.size);
	agent->await_count = tsp_get_int(message, "count", 1);
	agent->awaiting = sender;
	return answer_if_enough(self, agent);
}

static int on_forget(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	forget(tsp_state(self));
	return tsp_sendf(self, sender, "Forgotten", "n");
}

static int on_report(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct agent *agent = tsp_state(self);

	agent->report = tsp_get_address(message, "to");
	return tsp_sendf(self, sender, "Reporting", "n");
}

/* ---- Creating and sending ---- */

/* NULL where it is absent. */
static char *text_member(const tsp_message *message, const char *key)
{
	tsp_text text = tsp_get_text(message, key);

	return text.data != NULL ? tsp_text_copy(text) : NULL;
}

static int on_create(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char *class_name = text_member(message, "class");
	char *name = text_member(message, "name");
	char *source = text_member(message, "source");
	char *role = text_member(message, "role");
	tsp_create_options options = {
		.name = name,
		.source = source,
		.role = role,
		.argument = tsp_get(message, "argument"),
		.requirements = tsp_get(message, "requirements"),
		.host = tsp_get_bool(message, "own", false)    ? TSP_HOST_OWN :
			tsp_get_bool(message, "shared", false) ? TSP_HOST_SHARED :
								 TSP_HOST_DEFAULT,
	};
	tsp_address actor = tsp_create(self, class_name, &options);

	free(class_name);
	free(name);
	free(source);
	free(role);
	return tsp_sendf(self, sender, "Made", "{s:a}", "address", actor);
}

static int send_one(tsp_actor *self, const tsp_message *message, const char *type, int64_t n)
{
	tsp_address to = tsp_get_address(message, "to");

	if (tsp_get_bool(message, "numbered", false))
		return tsp_sendf(self, to, type, "{s:I}", "n", n);
	if (tsp_get_bool(message, "note", false))
		return tsp_send_noted(self, (uint64_t)n, to, type, tsp_get(message, "value"));
	return tsp_send(self, to, type, tsp_get(message, "value"));
}

static int on_send(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char *type = text_member(message, "type");
	int64_t times = tsp_get_int(message, "times", 1);
	int64_t sent = 0;
	int code = TSP_OK;

	for (int64_t n = 0; n < times; n++) {
		int rc = send_one(self, message, type, n);

		if (rc == TSP_OK)
			sent++;
		else
			code = rc;
	}
	free(type);
	return tsp_sendf(self, sender, "Sent", "{s:i, s:I}", "code", code, "sent", sent);
}

static int on_wake(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t times = tsp_get_int(message, "times", 1);
	int64_t ms = tsp_get_int(message, "ms", 0);
	int rc = TSP_OK;

	for (int64_t n = 0; n < times && rc == TSP_OK; n++)
		rc = tsp_wakeup_after(self, ms, tsp_get(message, "payload"));
	return tsp_sendf(self, sender, "Armed", "{s:i, s:I}", "code", rc, "ms", now_ms());
}

static int on_pass_on(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_sendf(self, tsp_get_address(message, "to"), "Errand", "{s:a}", "for", sender);
}

/* ---- Ends ---- */

static int on_exit(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)tsp_sendf(self, sender, "Exiting", "n");
	return tsp_exit(self);
}

static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_fail_text(self, TSP_EFAILED, "this never works");
}

static int on_crash(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)sender;
	if (tsp_text_is(tsp_get_text(message, "how"), "exit"))
		exit(7);
	if (tsp_text_is(tsp_get_text(message, "how"), "kill"))
		raise(SIGKILL);
	abort();
}

static int on_sleep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	actor_sleep(tsp_get_int(message, "ms", 0));
	return tsp_sendf(self, sender, "Slept", "n");
}

static int on_pid(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Pid", "{s:i}", "pid", (int)getpid());
}

static int on_descriptors(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int count = 0, sockets = 0;

	(void)message;
	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			continue;
		count++;
		sockets += S_ISSOCK(st.st_mode) ? 1 : 0;
	}
	return tsp_sendf(
		self, sender, "Descriptors", "{s:i, s:i}", "count", count, "sockets", sockets);
}

static int on_self(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, "Self", "{s:a, s:a, s:a, s:s, s:s, s:v}", "address",
		tsp_my_address(self), "parent", tsp_my_parent(self), "system", tsp_my_system(self),
		"name", tsp_my_name(self), "class", tsp_my_class(self), "capabilities",
		tsp_my_capabilities(self));
}

static const tsp_handler agent_handlers[] = {
	{ "Await", on_await },
	{ "Forget", on_forget },
	{ "Report", on_report },
	{ "Create", on_create },
	{ "Send", on_send },
	{ "PassOn", on_pass_on },
	{ "Wake", on_wake },
	{ "Descriptors", on_descriptors },
	{ "Exit", on_exit },
	{ "Fail", on_fail },
	{ "Crash", on_crash },
	{ "Sleep", on_sleep },
	{ "Pid", on_pid },
	{ "Self", on_self },
	{ "Request", on_request },
	{ 0 },
};

const tsp_class agent_class = {
	.name = "Agent",
	.state_size = sizeof(struct agent),
	.fini = agent_fini,
	.handlers = agent_handlers,
	.receive = agent_receive,
};
