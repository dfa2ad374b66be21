/* SPDX-License-Identifier: MIT */
/* Part B: the system as programs outside see it. */
#include "config.h"

#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ALONE "the system lives in this process, and nobody else reaches it"

/* ---- Handles ---- */

static void handles(struct scenario *s)
{
	tsp_system *again = system_attach(s, s->port);
	tsp_system *other = system_start(s, NULL, NULL);

	CHECK(again != s->system);
	CHECK(s->simple != tsp_address_equal(tsp_admin(s->system), tsp_admin(again)));
	CHECK(!tsp_address_equal(tsp_admin(s->system), tsp_admin(other)));
	tsp_close(again);
	(void)create(s, "Echo", NULL);
	CHECK_CODE(TSP_OK, tsp_shutdown(other, WAIT_MS, NULL, &s->err));
	tsp_close(other);
	(void)create(s, "Echo", NULL);
}

static void add_by_name(struct scenario *s)
{
	tsp_address counter = tsp_system_name_address(s->system, name_of(s, "counter"));

	tell(s, counter, "Add", "n");
	(void)ask(s, counter, "Count", "n");
}

static void second_process(struct scenario *s)
{
	tsp_address counter =
		create(s, "Counter", &(tsp_create_options){ .name = name_of(s, "counter") });

	process_end(process_start(s, add_by_name));
	process_end(process_start(s, add_by_name));
	CHECK_INT(2, tsp_get_int(ask(s, counter, "Count", "n"), "count", -1));
}

static void daemon_lives_on(struct scenario *s)
{
	int port = free_port(), pid;
	tsp_system *system;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		s->system = system_start(s, NULL, &port);
		tell(s,
			create(s, "Counter",
				&(tsp_create_options){ .name = name_of(s, "counter") }),
			"Add", "n");
		tsp_close(s->system);
		_exit(0);
	}
	process_end(pid);
	system = system_attach(s, port);
	s->system = system;
	CHECK_INT(1,
		tsp_get_int(ask(s, tsp_system_name_address(system, name_of(s, "counter")), "Count",
				    "n"),
			"count", -1));
	CHECK(getsid(admin_pid(port)) != getsid(0));
	CHECK_CODE(TSP_OK, tsp_shutdown(system, WAIT_MS, NULL, &s->err));
}

/* ---- Tell, ask, listen ---- */

static void asks_and_listens(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), echo = create(s, "Echo", NULL);
	tsp_address here = own_address(s);
	tsp_message *reply;

	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", here, "type", "Unasked");
	reply = ask(s, agent, "PassOn", "{s:a}", "to", echo);
	CHECK_TYPE("Done", reply);
	CHECK_SAME(echo, tsp_message_sender(reply));
	CHECK_SAME(agent, tsp_message_sender(listen_for(s, "Unasked")));
	tell(s, echo, "Back", "n");
	CHECK_SAME(echo, tsp_message_sender(listen_for(s, "Back")));
}

static void tells_at_once(struct scenario *s)
{
	tsp_create_options own = { .host = TSP_HOST_OWN }; /* others are not to wait */
	tsp_address echo = create(s, "Echo", &own);
	int64_t begun = now_ms();

	tell(s, echo, "Sleep", "{s:i}", "ms", 1500);
	CHECK(now_ms() - begun < 1000);
	(void)listen_for(s, "Sleep");
	CHECK(now_ms() - begun >= 1500);
}

static void needs_an_address(struct scenario *s)
{
	tsp_message *reply = NULL;

	CHECK_CODE(TSP_EDEAD, tsp_tell(s->system, TSP_NOBODY, "M", value_of(s, "n"), &s->err));
	CHECK_HAS("nobody", s->err.text);
	CHECK_CODE(TSP_EDEAD,
		tsp_ask(s->system, TSP_NOBODY, "M", value_of(s, "n"), WAIT_MS, &reply, &s->err));
	CHECK_HAS("nobody", s->err.text);
}

/* An agent that answers in so many milliseconds. */
static tsp_address answers_in(struct scenario *s, int ms)
{
	tsp_address agent = create(s, "Agent", NULL);

	(void)ask(s, agent, "Wake", "{s:i}", "ms", ms);
	return agent;
}

static void answers_soon(struct scenario *s)
{
	tsp_address agent = answers_in(s, 50);
	int64_t begun = now_ms();

	(void)agent_await(s, agent, "WakeupMessage", 1);
	CHECK(now_ms() - begun < 1000);
}

static void late_answer(struct scenario *s)
{
	tsp_address agent = answers_in(s, 400);

	CHECK_CODE(TSP_ETIMEOUT,
		try_ask(s, 50, NULL, agent, "Await", "{s:s}", "type", "WakeupMessage"));
	CHECK_SAME(agent, tsp_message_sender(listen_for(s, "Heard")));
	CHECK_CODE(TSP_EDEAD,
		try_ask(s, WAIT_MS, NULL, tsp_system_name_address(s->system, name_of(s, "none")),
			"M", "n"));
}

static void late_answer_at_create(struct scenario *s)
{
	tsp_address agent = answers_in(s, 100);
	tsp_create_options slow = { 0 };

	CHECK_CODE(TSP_ETIMEOUT,
		try_ask(s, 20, NULL, agent, "Await", "{s:s}", "type", "WakeupMessage"));
	slow.argument = value_of(s, "{s:i}", "ms", 300);
	CHECK_TYPE("Hello", ask(s, create(s, "Slow", &slow), "Hello", "n"));
	(void)listen_for(s, "Heard");
}

static void system_messages_hidden(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), here = own_address(s);

	(void)ask(s, agent, "Send", "{s:a, s:s, s:{s:b}}", "to", here, "type", "ActorExitRequest",
		"value", "recursive", 1);
	(void)ask(s, agent, "Send", "{s:a, s:s}", "to", here, "type", "After");
	(void)listen_for(s, "After");
	tell(s, agent, "Fail", "n");
	CHECK(tsp_message_is_system(listen_for(s, "PoisonMessage")));
}

/* ---- Creation ---- */

static void creation_waits(struct scenario *s)
{
	tsp_address actor = TSP_NOBODY;
	int64_t begun = now_ms();
	tsp_create_options slow = { .argument = value_of(s, "{s:i}", "ms", 300) };

	(void)create(s, "Slow", &slow);
	CHECK(now_ms() - begun >= 300);
	CHECK_CODE(TSP_ECAPABILITY, try_create(s, "Blue", NULL, &actor));
	CHECK_HAS("Blue", s->err.text);
}

static void creation_errors(struct scenario *s)
{
	const char *hash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	tsp_create_options from_source = { .source = hash };
	tsp_address actor = TSP_NOBODY;

	CHECK_CODE(TSP_ESTART, try_create(s, "Failing", NULL, &actor));
	CHECK_HAS("not today", s->err.text);
	CHECK_CODE(TSP_ECLASS, try_create(s, "Missing", NULL, &actor));
	CHECK_HAS("Missing", s->err.text);
	CHECK_CODE(TSP_ECLASS,
		tsp_system_create(s->system, "nowhere:Echo", NULL, WAIT_MS, &actor, &s->err));
	CHECK_HAS("nowhere", s->err.text);
	CHECK_CODE(TSP_ESOURCE,
		tsp_system_create(s->system, "Echo", &from_source, WAIT_MS, &actor, &s->err));
	CHECK(tsp_address_is_nobody(actor));
}

static void admin_is_stopped(struct scenario *s)
{
	tsp_address actor = TSP_NOBODY;
	int port = 0, pid;
	int rc;

	s->system = system_start(s, NULL, &port);
	pid = admin_pid(port);
	stop_process(pid);
	rc = tsp_system_create(s->system, "scenario:Echo", NULL, 500, &actor, &s->err);
	kill(pid, SIGCONT);
	CHECK_INT(TSP_ETIMEOUT, rc);
	CHECK_HAS("scenario:Echo", s->err.text);
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

/* ---- Ends ---- */

static void shuts_down(struct scenario *s)
{
	int port = 0, admin = 0, pid = 0;
	int64_t begun;

	s->system = system_start(s, NULL, &port);
	if (!s->simple) {
		admin = admin_pid(port);
		pid = pid_of(s, create(s, "Echo", NULL));
	}
	begun = now_ms();
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
	CHECK(now_ms() - begun < 10000);
	CHECK(s->simple || (!is_alive(pid) && !is_alive(admin)));
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
	CHECK_CODE(TSP_ENOSYSTEM, try_create(s, "Echo", NULL, &(tsp_address){ 0 }));
}

static void shuts_down_whatever(struct scenario *s)
{
	int port = 0, killed = 0, pids[3], admin;

	s->system = system_start(s, NULL, &port);
	admin = admin_pid(port);
	for (int i = 0; i < 3; i++)
		pids[i] = pid_of(s, create(s, "Echo", NULL));
	stop_process(pids[0]);
	if (pids[1] != pids[0])
		kill(pids[1], SIGKILL);
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, &killed, &s->err));
	CHECK_INT(1, killed);
	for (int i = 0; i < 3; i++)
		CHECK(!is_alive(pids[i]));
	CHECK(!is_alive(admin));
}

static void actor_shuts_down(struct scenario *s)
{
	tsp_open_options attach = { .base = s->base, .timeout_ms = WAIT_MS };
	int64_t until = now_ms() + WAIT_MS;
	tsp_system *system = NULL;
	int rc;

	s->system = system_start(s, NULL, &attach.port);
	tell(s, create(s, "Agent", NULL), "Request", "{s:s}", "what", "stop");
	while ((rc = try_create(s, "Echo", NULL, &(tsp_address){ 0 })) != TSP_ENOSYSTEM) {
		CHECK(rc == TSP_OK || rc == TSP_ESHUTDOWN || rc == TSP_ETIMEOUT ||
			rc == TSP_ESTART);
		CHECK(now_ms() < until);
	}
	tsp_close(s->system);
	while (!s->simple && (rc = tsp_open(&attach, &system, &s->err)) != TSP_ENOSYSTEM) {
		CHECK(now_ms() < until);
		if (rc == TSP_OK)
			tsp_close(system);
	}
	s->system = system_start(s, NULL, &attach.port);
	(void)create(s, "Echo", NULL);
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

/* Two that play ball for ever are there at each end. */
static void restarts(struct scenario *s)
{
	int port = 0;

	s->system = system_start(s, NULL, &port);
	for (int round = 0; round < 3; round++) {
		tsp_address echo = create(s, "Echo", NULL);
		tsp_create_options back = { .argument = value_of(s, "{s:a}", "target", echo) };
		int64_t begun = now_ms();
		pid_t pid;

		tell(s, create(s, "Forwarder", &back), "Ball", "n");
		fflush(NULL);
		pid = fork();
		if (pid == 0) {
			s->system = system_attach(s, port);
			_exit(tsp_shutdown(s->system, WAIT_MS, NULL, &s->err) != TSP_OK);
		}
		process_end(pid);
		s->system = system_start(s, NULL, &port);
		CHECK(now_ms() - begun < 11000);
	}
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void bad_options(struct scenario *s)
{
	tsp_open_options base = { .base = "multiprocSmokeBase" };
	tsp_open_options port = { .base = "multiprocTCPBase", .port = 70000 };
	tsp_open_options json = { .base = s->base,
		.port = free_port(),
		.flags = TSP_OPEN_START,
		.capabilities_json = "[1" };
	tsp_system *system = NULL;

	CHECK_CODE(TSP_EUSAGE, tsp_open(&base, &system, &s->err));
	CHECK_HAS("multiprocSmokeBase", s->err.text);
	CHECK_CODE(TSP_EUSAGE, tsp_open(&port, &system, &s->err));
	CHECK_HAS("70000", s->err.text);
	CHECK_CODE(TSP_EUSAGE, tsp_open(&json, &system, &s->err));
	CHECK_HAS("capabilities", s->err.text);
}

const struct row rows_caller[] = {
	{ "F019",
		"each open is a handle of its own to the one system at a port; another port is another system",
		EVERYWHERE, NULL, handles },
	{ "F021", "other processes reach an actor by its global name", SIMPLE, ALONE,
		second_process },
	{ "F022",
		"an ask ends with what is sent to its reply address by whomever; the rest is for listen",
		EVERYWHERE, NULL, asks_and_listens },
	{ "F022", "a tell does not wait for its receiver", SIMPLE | WAITS,
		"the receiver runs in the caller's own thread", tells_at_once },
	{ "F023", "tell and ask refuse what is no address", EVERYWHERE, NULL, needs_an_address },
	{ "F024", "an answer after 50 ms ends the ask at once", EVERYWHERE, NULL, answers_soon },
	{ "F025",
		"an ask without an answer in time is TSP_ETIMEOUT; a late answer is for listen",
		EVERYWHERE, NULL, late_answer },
	{ "F026",
		"a creation waits until the actor has started; what its class requires is named if missing",
		EVERYWHERE, NULL, creation_waits },
	{ "F027", "a late answer does not disturb a creation", EVERYWHERE, NULL,
		late_answer_at_create },
	{ "F028", "an admin that does not answer: TSP_ETIMEOUT, with what was asked for",
		SIMPLE | WAITS, "the admin is this process", admin_is_stopped },
	{ "F029", "why a creation failed: init, class, module, source, each by its own code",
		EVERYWHERE, NULL, creation_errors },
	{ "F030", "an exit request to a caller is hidden, poison is not", EVERYWHERE, NULL,
		system_messages_hidden },
	{ "F031", "after a shutdown no process is left; a second one returns", EVERYWHERE, NULL,
		shuts_down },
	{ "F032", "a shutdown ends whatever one actor does: one was killed, one is stopped",
		SIMPLE | WAITS, "an actor that is stopped stops the caller", shuts_down_whatever },
	{ "F033", "an actor shuts its system down; the port is free again", EVERYWHERE, NULL,
		actor_shuts_down },
	{ "F034", "a start right after a shutdown, three times, with actors that never rest",
		SIMPLE, ALONE, restarts },
	{ "F035", "options that are no use are named: base, port, capabilities", EVERYWHERE, NULL,
		bad_options },
	{ "F037", "the admin outlives its starter, in a session of its own", SIMPLE, ALONE,
		daemon_lives_on },
	{ 0 },
};
