/* SPDX-License-Identifier: MIT */
/* Part D: how actors live, fail and end. */
#include "config.h"

#include "scenario.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ONE_PROCESS "actors are no processes of their own: what ends one so ends the caller"

/* An agent that reports what it hears to a watcher. */
static tsp_address watched(struct scenario *s, tsp_address parent, tsp_address watcher)
{
	tsp_address agent = agent_create(s, parent, "{s:s}", "class", "Agent");

	(void)ask(s, agent, "Report", "{s:a}", "to", watcher);
	return agent;
}

static int64_t reports_of(
	struct scenario *s, tsp_address watcher, tsp_address who, const char *type)
{
	tsp_message *heard = agent_await(s, watcher, "Noticed", 0);
	tsp_value list = tsp_get(heard, "messages");
	int64_t count = 0;

	for (size_t i = 0; i < tsp_value_count(list); i++) {
		tsp_text text = { NULL, 0 };

		(void)tsp_value_text(heard_value(heard, i, "type"), &text);
		count += tsp_text_is(text, type) && tsp_address_equal(heard_sender(heard, i), who);
	}
	return count;
}

static void check_exited(
	struct scenario *s, tsp_address parent, tsp_address child, const char *reason)
{
	tsp_message *heard = agent_await(s, parent, "ChildActorExited", 1);
	tsp_address who = TSP_NOBODY;
	tsp_text why = { NULL, 0 };

	CHECK_INT(1, (int64_t)tsp_value_count(tsp_get(heard, "messages")));
	CHECK(tsp_value_address(heard_value(heard, 0, "childAddress"), &who));
	CHECK_SAME(child, who);
	CHECK(tsp_value_text(heard_value(heard, 0, "reason"), &why));
	CHECK_TEXT(reason, why);
}

/* ---- Exits ---- */

static void exits_with_children(struct scenario *s)
{
	tsp_address watcher = create(s, "Agent", NULL), top = create(s, "Agent", NULL);
	tsp_address middle = watched(s, top, watcher), bottom = watched(s, middle, watcher);

	tell(s, middle, "ActorExitRequest", "{}");
	check_exited(s, top, middle, "exit request");
	wait_dead(s, middle);
	wait_dead(s, bottom);
	CHECK_INT(1, reports_of(s, watcher, middle, "ActorExitRequest"));
	CHECK_INT(1, reports_of(s, watcher, bottom, "ActorExitRequest"));
}

static void exits_alone(struct scenario *s)
{
	tsp_address top = create(s, "Agent", NULL);
	tsp_address middle = agent_create(s, top, "{s:s}", "class", "Agent");
	tsp_address bottom = agent_create(s, middle, "{s:s}", "class", "Counter");

	tell(s, middle, "ActorExitRequest", "{s:b}", "recursive", 0);
	check_exited(s, top, middle, "exit request");
	wait_dead(s, middle);
	tell(s, bottom, "Add", "n");
	CHECK_INT(1, tsp_get_int(ask(s, bottom, "Count", "n"), "count", -1));
	tell(s, bottom, "ActorExitRequest", "{}");
}

static void last_words(struct scenario *s)
{
	tsp_address watcher = create(s, "Agent", NULL), child = TSP_NOBODY;
	tsp_create_options to = { .argument = value_of(s, "{s:a}", "to", watcher) };
	tsp_address heir = create(s, "Heir", &to);

	tell(s, heir, "ActorExitRequest", "{}");
	CHECK(tsp_value_address(
		heard_value(agent_await(s, watcher, "LastWords", 1), 0, "child"), &child));
	wait_dead(s, heir);
	if (!tsp_address_is_nobody(child))
		wait_dead(s, child);
}

/* ---- A parent hears of each end ---- */

static void ends_by(struct scenario *s, const char *type, const char *format, const char *how,
	const char *reason)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, parent, "{s:s, s:b}", "class", "Agent", "own", 1);

	tell(s, child, type, format, "how", how);
	check_exited(s, parent, child, reason);
	CHECK_CODE(TSP_EDEAD, try_ask(s, WAIT_MS, NULL, child, "Pid", "n"));
}

static void ends_by_itself(struct scenario *s)
{
	ends_by(s, "Exit", "n", NULL, "exited");
}

static void ends_by_signal(struct scenario *s)
{
	ends_by(s, "Crash", "{s:s}", "kill", "killed");
	ends_by(s, "Crash", "{s:s}", "abort", "killed");
}

static void ends_by_exit(struct scenario *s)
{
	ends_by(s, "Crash", "{s:s}", "exit", "exited");
}

static void never_starts(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, parent, "{s:s}", "class", "Failing");

	check_exited(s, parent, child, "failed");
	(void)ask(s, parent, "Wake", "{s:i}", "ms", 100);
	(void)agent_await(s, parent, "WakeupMessage", 1);
	check_exited(s, parent, child, "failed");
}

static void never_starts_missing(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, parent, "{s:s}", "class", "Missing");

	(void)ask(s, parent, "Send", "{s:a, s:s}", "to", child, "type", "M");
	check_exited(s, parent, child, "failed");
	CHECK(agent_heard(s, parent, "PoisonMessage") <= 1);
}

/* ---- Failures ---- */

static void poison(struct scenario *s)
{
	tsp_address counter = create(s, "Counter", NULL);
	tsp_message *reply = NULL;

	tell(s, counter, "Add", "n");
	CHECK_CODE(TSP_OK, try_ask(s, WAIT_MS, &reply, counter, "Fail", "{s:s}", "word", "kept"));
	CHECK_TYPE("PoisonMessage", reply);
	CHECK_TEXT("this never works", tsp_get_text(reply, "details"));
	CHECK_TEXT("failed", tsp_get_text(reply, "outcome"));
	CHECK_INT(TSP_EFAILED, tsp_get_int(reply, "code", 0));
	CHECK_INT(3, tsp_get_int(ask(s, counter, "Count", "n"), "count", -1));
}

static void poison_of_poison(struct scenario *s)
{
	tsp_address sulker = create(s, "Sulker", NULL), agent = create(s, "Agent", NULL);
	int64_t until = now_ms() + WAIT_MS;

	(void)ask(s, sulker, "Annoy", "{s:a}", "to", agent);
	while (tsp_get_int(ask(s, sulker, "Count", "n"), "count", -1) < 2)
		CHECK(now_ms() < until);
	(void)ask(s, agent, "Wake", "{s:i}", "ms", 100);
	(void)agent_await(s, agent, "WakeupMessage", 1);
	CHECK_INT(0, agent_heard(s, agent, "PoisonMessage"));
	CHECK_INT(2, tsp_get_int(ask(s, sulker, "Count", "n"), "count", -1));
}

/* ---- Dead letters ---- */

static tsp_address undertaker(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);

	CHECK_INT(TSP_OK,
		tsp_get_int(ask(s, agent, "Request", "{s:s}", "what", "letters"), "code", -1));
	return agent;
}

static void check_letter(
	struct scenario *s, tsp_address undertaker, int count, tsp_address to, tsp_address from)
{
	tsp_message *heard = agent_await(s, undertaker, "DeadEnvelope", count);
	size_t last = (size_t)count - 1;
	tsp_address dead = TSP_NOBODY, sender = TSP_NOBODY;
	tsp_value body = { NULL, 0 }, inside;
	tsp_text type = { NULL, 0 };

	CHECK_INT(count, (int64_t)tsp_value_count(tsp_get(heard, "messages")));
	CHECK(tsp_value_address(heard_value(heard, last, "deadAddress"), &dead));
	CHECK(tsp_value_address(heard_value(heard, last, "sender"), &sender));
	CHECK_SAME(to, dead);
	CHECK_SAME(from, sender);
	CHECK(tsp_value_encoded(heard_value(heard, last, "deadMessage"), &body));
	CHECK(tsp_value_typed(body, &type, &inside) && tsp_text_is(type, "Late"));
}

static tsp_address exited(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);

	(void)ask(s, agent, "Exit", "n");
	wait_dead(s, agent);
	return agent;
}

static void dead_letter(struct scenario *s)
{
	tsp_address handler = undertaker(s), agent = create(s, "Agent", NULL), dead = exited(s);

	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	check_letter(s, handler, 1, dead, agent);
	(void)ask(s, handler, "Request", "{s:s, s:b}", "what", "letters", "enable", 0);
}

static void newest_undertaker(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), dead = exited(s);
	tsp_address first = undertaker(s), second = undertaker(s);

	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	check_letter(s, second, 1, dead, agent);
	(void)ask(s, second, "Exit", "n");
	wait_dead(s, second);
	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	(void)ask(s, first, "Request", "{s:s}", "what", "letters");
	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	check_letter(s, first, 1, dead, agent);
	(void)ask(s, first, "Request", "{s:s, s:b}", "what", "letters", "enable", 0);
	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	(void)ask(s, first, "Wake", "{s:i}", "ms", 100);
	(void)agent_await(s, first, "WakeupMessage", 1);
	CHECK_INT(1, agent_heard(s, first, "DeadEnvelope"));
}

static void letter_of_the_killed(struct scenario *s)
{
	tsp_create_options own = { .host = TSP_HOST_OWN };
	tsp_address handler = undertaker(s), agent = create(s, "Agent", NULL),
		    dead = create(s, "Echo", &own);
	int pid = pid_of(s, dead);

	stop_process(pid);
	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	kill(pid, SIGKILL);
	check_letter(s, handler, 1, dead, agent);
	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	check_letter(s, handler, 2, dead, agent);
	(void)ask(s, handler, "Request", "{s:s, s:b}", "what", "letters", "enable", 0);
}

/* ---- Names ---- */

static void reused_name(struct scenario *s)
{
	tsp_create_options named = { .name = name_of(s, "again") };
	tsp_address name = create(s, "Agent", &named), holder[2] = { TSP_NOBODY, TSP_NOBODY };

	CHECK_CODE(TSP_OK, tsp_resolve(s->system, named.name, WAIT_MS, &holder[0], &s->err));
	(void)ask(s, name, "Exit", "n");
	wait_dead(s, name);
	CHECK_CODE(TSP_ENOENT, tsp_resolve(s->system, named.name, WAIT_MS, &holder[1], &s->err));
	CHECK_SAME(name, create(s, "Echo", &named));
	CHECK_CODE(TSP_OK, tsp_resolve(s->system, named.name, WAIT_MS, &holder[1], &s->err));
	CHECK(!tsp_address_equal(holder[0], holder[1]));
	CHECK_TYPE("Hello", ask(s, name, "Hello", "n"));
}

static void make_and_add(struct scenario *s)
{
	tell(s, create(s, "Counter", &(tsp_create_options){ .name = name_of(s, "one") }), "Add",
		"n");
}

static void one_a_name(struct scenario *s)
{
	int pids[20];
	int64_t until = now_ms() + WAIT_MS;
	tsp_address name = tsp_system_name_address(s->system, name_of(s, "one"));

	for (int i = 0; i < 20; i++) {
		if (s->simple)
			make_and_add(s);
		else
			pids[i] = process_start(s, make_and_add);
	}
	for (int i = 0; i < 20 && !s->simple; i++)
		process_end(pids[i]);
	while (tsp_get_int(ask(s, name, "Count", "n"), "count", -1) < 20)
		CHECK(now_ms() < until);
}

static void named_is_the_systems(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_address named =
		agent_create(s, agent, "{s:s, s:s}", "class", "Agent", "name", name_of(s, "top"));

	CHECK_SAME(tsp_admin(s->system), tsp_get_address(ask(s, named, "Self", "n"), "parent"));
	CHECK_SAME(tsp_admin(s->system), tsp_get_address(ask(s, agent, "Self", "n"), "parent"));
	(void)ask(s, named, "Exit", "n");
	wait_dead(s, named);
	(void)ask(s, agent, "Wake", "{s:i}", "ms", 100);
	(void)agent_await(s, agent, "WakeupMessage", 1);
	CHECK_INT(0, agent_heard(s, agent, "ChildActorExited"));
	CHECK_SAME(named, create(s, "Echo", &(tsp_create_options){ .name = name_of(s, "top") }));
}

/* ---- Signals and processes ---- */

static void signals(struct scenario *s)
{
	static const int ending[] = { SIGTERM, SIGQUIT, SIGABRT };

	for (int i = 0; i < 3; i++) {
		tsp_address watcher = create(s, "Agent", NULL), parent = create(s, "Agent", NULL);
		tsp_address child =
			agent_create(s, parent, "{s:s, s:b}", "class", "Agent", "own", 1);
		int pid = pid_of(s, child);

		(void)ask(s, child, "Report", "{s:a}", "to", watcher);
		kill(pid, SIGHUP);
		CHECK_INT(pid, pid_of(s, child));
		kill(pid, ending[i]);
		check_exited(s, parent, child, "exit request");
		CHECK_INT(1, reports_of(s, watcher, child, "ActorExitRequest"));
		wait_gone(pid);
	}
}

static void signal_of_an_idle_one(struct scenario *s)
{
	tsp_address parent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, parent, "{s:s, s:b}", "class", "Echo", "own", 1);
	int pid = pid_of(s, child);
	int64_t begun;

	sleep_ms(100); /* it sleeps by now */
	begun = now_ms();
	kill(pid, SIGTERM);
	(void)agent_await(s, parent, "ChildActorExited", 1);
	CHECK(now_ms() - begun < 1000);
}

static void no_sockets_inherited(struct scenario *s)
{
	tsp_create_options own = { .host = TSP_HOST_OWN };
	tsp_address parent = create(s, "Agent", &own);
	tsp_address child = agent_create(s, parent, "{s:s, s:b}", "class", "Agent", "own", 1);
	tsp_address grandchild = agent_create(s, child, "{s:s, s:b}", "class", "Agent", "own", 1);

	CHECK_INT(1, tsp_get_int(ask(s, parent, "Descriptors", "n"), "sockets", -1));
	CHECK_INT(1, tsp_get_int(ask(s, child, "Descriptors", "n"), "sockets", -1));
	CHECK_INT(1, tsp_get_int(ask(s, grandchild, "Descriptors", "n"), "sockets", -1));
}

const struct row rows_life[] = {
	{ "F062", "an exit request is seen once by each handler, its children's too", EVERYWHERE,
		NULL, exits_with_children },
	{ "F062", "one that is not recursive leaves the children, which answer on", EVERYWHERE,
		NULL, exits_alone },
	{ "F063", "what the last handler sends arrives; a child that it makes does not outlive it",
		EVERYWHERE, NULL, last_words },
	{ "F064", "a parent hears of a child that exits by itself", EVERYWHERE, NULL,
		ends_by_itself },
	{ "F064", "a parent hears of a child that a signal killed, and of one that called abort",
		SIMPLE, ONE_PROCESS, ends_by_signal },
	{ "F064", "a child that calls exit() has exited", SIMPLE, ONE_PROCESS, ends_by_exit },
	{ "F065", "a parent hears, once, of a child whose init failed", EVERYWHERE, NULL,
		never_starts },
	{ "F065", "a parent hears, once, of a child whose class is not there", EVERYWHERE, NULL,
		never_starts_missing },
	{ "F066", "a handler that fails is tried twice, then poison with its text; the state stays",
		EVERYWHERE, NULL, poison },
	{ "F067", "who fails at poison causes no more of it", EVERYWHERE, NULL, poison_of_poison },
	{ "F069", "a message to the dead is a dead letter, with sender, address and message",
		EVERYWHERE, NULL, dead_letter },
	{ "F070", "the newest handler of dead letters gets them, until it exits or gives up",
		EVERYWHERE, NULL, newest_undertaker },
	{ "F071", "what was sent to one that is killed is a dead letter, before and after", SIMPLE,
		ONE_PROCESS, letter_of_the_killed },
	{ "F072", "a name whose actor died is another's, and its messages arrive", EVERYWHERE, NULL,
		reused_name },
	{ "F073", "twenty creations under one name make one actor", EVERYWHERE, NULL, one_a_name },
	{ "F074", "the system is parent of the named; who asked for one hears nothing of its exit",
		EVERYWHERE, NULL, named_is_the_systems },
	{ "F075", "TERM, QUIT and ABRT end an actor in order, HUP does not (W50)", SIMPLE,
		ONE_PROCESS, signals },
	{ "F076", "a signal to an idle actor is heard at once", SIMPLE, ONE_PROCESS,
		signal_of_an_idle_one },
	{ "F077", "a child has no socket but its own", SIMPLE, ONE_PROCESS, no_sockets_inherited },
	{ 0 },
};
