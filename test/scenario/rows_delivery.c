/* SPDX-License-Identifier: MIT */
/* Part C: what becomes of messages. */
#include "config.h"

#include "scenario.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ONE_PROCESS \
	"caller, admin and actors are one process, which cannot be stopped or killed by halves"

static int64_t count_of(struct scenario *s, tsp_address counter)
{
	return tsp_get_int(ask(s, counter, "Count", "n"), "count", -1);
}

static void wait_count(struct scenario *s, tsp_address counter, int64_t count)
{
	int64_t until = now_ms() + WAIT_MS;

	while (count_of(s, counter) < count)
		CHECK(now_ms() < until);
	CHECK_INT(count, count_of(s, counter));
}

static tsp_message *send_many(
	struct scenario *s, tsp_address agent, tsp_address to, const char *type, int times)
{
	return ask(s, agent, "Send", "{s:a, s:s, s:i}", "to", to, "type", type, "times", times);
}

/* ---- Who cannot take its messages ---- */

static void stopped_for_a_while(struct scenario *s)
{
	tsp_create_options own = { .host = TSP_HOST_OWN };
	tsp_address counter = create(s, "Counter", &own);
	int pid = pid_of(s, counter);

	stop_process(pid);
	for (int i = 0; i < 10; i++)
		tell(s, counter, "Add", "n");
	sleep_ms(1000);
	kill(pid, SIGCONT);
	wait_count(s, counter, 10);
}

static void killed_at_work(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_message *reply = NULL;

	CHECK_CODE(TSP_OK, try_ask(s, WAIT_MS, &reply, agent, "Crash", "{s:s}", "how", "kill"));
	CHECK_TYPE("PoisonMessage", reply);
	CHECK_TEXT("crashed", tsp_get_text(reply, "outcome"));
	CHECK_CODE(TSP_EDEAD, try_ask(s, WAIT_MS, NULL, agent, "Pid", "n"));
}

static void others_go_on(struct scenario *s)
{
	tsp_create_options own = { .host = TSP_HOST_OWN };
	tsp_address stopped = create(s, "Counter", &own);
	tsp_address agent = create(s, "Agent", &own), echo = create(s, "Echo", &own);
	int pid = pid_of(s, stopped);

	stop_process(pid);
	(void)send_many(s, agent, stopped, "Add", 1000);
	(void)send_many(s, agent, echo, "Ball", 1000);
	(void)agent_await(s, agent, "Ball", 1000);
	kill(pid, SIGCONT);
	wait_count(s, stopped, 1000);
}

static void dead_at_once(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), dead = create(s, "Agent", NULL);
	int64_t begun;
	tsp_message *heard;

	(void)ask(s, dead, "Exit", "n");
	wait_dead(s, dead);
	begun = now_ms();
	for (int i = 0; i < 10; i++)
		CHECK_CODE(TSP_EDEAD, try_ask(s, WAIT_MS, NULL, dead, "M", "n"));
	(void)ask(s, agent, "Send", "{s:a, s:s, s:i, s:b}", "to", dead, "type", "M", "times", 10,
		"note", 1);
	heard = agent_await(s, agent, "Handled", 10);
	CHECK(now_ms() - begun < 5000);
	for (size_t i = 0; i < 10; i++) {
		tsp_text outcome = { NULL, 0 };

		CHECK(tsp_value_text(heard_value(heard, i, "outcome"), &outcome));
		CHECK_TEXT("dead", outcome);
	}
}

/* ---- Floods: what was sent arrives or comes back, and the sender is never held up ---- */

static void flood(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), counter = create(s, "Counter", NULL);
	int64_t sent = 0, code = 0, until = now_ms() + WAIT_MS;

	if (!s->simple && !s->shared) /* in one host it cannot run anyway while the agent sends */
		tell(s, counter, "Sleep", "{s:i}", "ms", 500);
	for (int round = 0; round < 20 && code == 0; round++) {
		tsp_message *done = send_many(s, agent, counter, "Add", 20000);

		sent += tsp_get_int(done, "sent", -1);
		code = tsp_get_int(done, "code", 0);
	}
	CHECK_INT(TSP_EBACKLOG, code);
	while (count_of(s, counter) + agent_heard(s, agent, "PoisonMessage") < sent)
		CHECK(now_ms() < until);
	CHECK_INT(sent, count_of(s, counter) + agent_heard(s, agent, "PoisonMessage"));
}

static void status_in_a_flood(struct scenario *s)
{
	tsp_address echo = create(s, "Echo", NULL);
	tsp_create_options back = { .argument = value_of(s, "{s:a}", "target", echo) };
	tsp_address forwarder = create(s, "Forwarder", &back);
	tsp_message *status = NULL;

	for (int i = 0; i < 10; i++)
		tell(s, forwarder, "Ball", "n");
	for (int i = 0; i < 5; i++) {
		CHECK_CODE(TSP_OK,
			tsp_status(s->system, tsp_admin(s->system), WAIT_MS, &status, &s->err));
		CHECK_TYPE("Thespian_SystemStatus", status);
	}
	tell(s, forwarder, "ActorExitRequest", "{}");
	wait_dead(s, forwarder);
}

static void no_governor(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), counter = create(s, "Counter", NULL);
	int64_t begun = now_ms();

	CHECK_INT(8000, tsp_get_int(send_many(s, agent, counter, "Add", 8000), "sent", 0));
	wait_count(s, counter, 8000);
	CHECK_INT(8000, tsp_get_int(send_many(s, agent, counter, "Add", 8000), "sent", 0));
	wait_count(s, counter, 16000);
	CHECK((now_ms() - begun) * 4480 / 1000 < 16000);
}

static void drains(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), counter = create(s, "Counter", NULL);

	CHECK_INT(9000, tsp_get_int(send_many(s, agent, counter, "Add", 9000), "sent", 0));
	wait_count(s, counter, 9000);
}

static void both_ways(struct scenario *s)
{
	tsp_address left = create(s, "Agent", NULL), right = create(s, "Agent", NULL);

	for (int i = 0; i < 2; i++)
		tell(s, i == 0 ? left : right, "Send", "{s:a, s:s, s:i}", "to",
			i == 0 ? right : left, "type", "Ball", "times", 1000);
	(void)agent_await(s, left, "Ball", 1000);
	(void)agent_await(s, right, "Ball", 1000);
	(void)listen_for(s, "Sent");
	(void)listen_for(s, "Sent");
}

static void forwarded_flood(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), counter = create(s, "Counter", NULL);
	tsp_create_options on = { .argument = value_of(s, "{s:a}", "target", counter) };
	tsp_address first = create(s, "Forwarder", &on);
	tsp_address second;

	on.argument = value_of(s, "{s:a}", "target", first);
	second = create(s, "Forwarder", &on);
	CHECK_INT(9000, tsp_get_int(send_many(s, agent, second, "Add", 9000), "sent", 0));
	wait_count(s, counter, 9000);
}

static void name_behind_a_backlog(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, agent, "{s:s, s:s, s:{s:i}}", "class", "Slow", "name",
		name_of(s, "slow"), "argument", "ms", 300);
	tsp_message *heard;

	(void)send_many(s, agent, child, "Early", 500);
	(void)send_many(
		s, agent, tsp_system_name_address(s->system, name_of(s, "slow")), "Late", 500);
	heard = agent_await(s, agent, "", 1000);
	CHECK(tsp_value_equal(tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 499), "type"),
		value_of(s, "s", "Early")));
	CHECK(tsp_value_equal(tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), 500), "type"),
		value_of(s, "s", "Late")));
}

/* ---- Sizes ---- */

static tsp_value big_value(size_t size)
{
	uint8_t *bytes = malloc(size + 5);
	size_t digits = size < 65536 ? 2 : 4;

	CHECK(bytes != NULL);
	bytes[0] = digits == 2 ? 0x59 : 0x5a; /* bytes, with a size of so many */
	for (size_t i = 0; i < digits; i++)
		bytes[digits - i] = (uint8_t)(size >> (8 * i));
	memset(bytes + 1 + digits, 'x', size);
	return (tsp_value){ bytes, 1 + digits + size };
}

static void big_message(struct scenario *s)
{
	tsp_address counter = create(s, "Counter", NULL), echo = create(s, "Echo", NULL);

	CHECK_CODE(
		TSP_OK, tsp_tell(s->system, counter, "Add", big_value((size_t)50 << 20), &s->err));
	for (int i = 0; i < 20; i++)
		(void)ask(s, echo, "Ball", "n");
	wait_count(s, counter, 1);
	CHECK_CODE(TSP_ETOOBIG,
		tsp_tell(s->system, counter, "Add", big_value((size_t)65 << 20), &s->err));
	(void)ask(s, echo, "Ball", "n");
}

static void no_datagrams(struct scenario *s)
{
	tsp_address echo = create(s, "Echo", NULL);

	for (size_t size = 60000; size <= 70000; size += 10000) {
		tsp_value value = big_value(size);
		tsp_message *reply = NULL;

		CHECK_CODE(
			TSP_OK, tsp_ask(s->system, echo, "Big", value, WAIT_MS, &reply, &s->err));
		CHECK(tsp_value_equal(value, tsp_message_value(reply)));
	}
}

/* ---- Connections, and those that end in the midst ---- */

static void one_connection(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	int64_t before = tsp_get_int(ask(s, agent, "Descriptors", "n"), "count", -1);

	for (int i = 0; i < 3; i++)
		(void)send_many(s, agent, create(s, "Echo", NULL), "Ball", 100);
	(void)agent_await(s, agent, "Ball", 300);
	if (s->shared || s->simple)
		CHECK(tsp_get_int(ask(s, agent, "Descriptors", "n"), "count", -1) <= before + 1);
	else
		CHECK_INT(before, tsp_get_int(ask(s, agent, "Descriptors", "n"), "count", -1));
}

static void add_and_go(struct scenario *s)
{
	tell(s, tsp_system_name_address(s->system, name_of(s, "counter")), "Add", "n");
}

static void add_and_die(struct scenario *s)
{
	add_and_go(s);
	raise(SIGKILL);
}

static void callers_go(struct scenario *s)
{
	tsp_address counter =
		create(s, "Counter", &(tsp_create_options){ .name = name_of(s, "counter") });

	for (int i = 0; i < 20; i++)
		process_end(process_start(s, add_and_go));
	wait_count(s, counter, 20);
}

static void callers_die(struct scenario *s)
{
	tsp_address counter =
		create(s, "Counter", &(tsp_create_options){ .name = name_of(s, "counter") });

	for (int i = 0; i < 20; i++)
		wait_gone(process_start(s, add_and_die));
	wait_count(s, counter, 20);
	(void)create(s, "Echo", NULL);
}

/* ---- Time ---- */

static int64_t own_cpu_ms(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (int64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
		(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000;
}

static void idle(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	int host = s->simple ? 0 : pid_of(s, agent), admin = s->simple ? 0 : admin_pid(s->port);
	int64_t used;

	(void)ask(s, agent, "Wake", "{s:i}", "ms", 60000);
	used = s->simple ? own_cpu_ms() : cpu_ms(host) + cpu_ms(admin);
	listen_silence(s, 1000);
	used = (s->simple ? own_cpu_ms() : cpu_ms(host) + cpu_ms(admin)) - used;
	CHECK(used <= 100);
}

static void many_timers(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	int64_t begun = now_ms();

	CHECK_INT(TSP_OK,
		tsp_get_int(ask(s, agent, "Wake", "{s:i, s:i}", "ms", 60000, "times", 10000),
			"code", -1));
	(void)ask(s, agent, "Wake", "{s:i, s:i}", "ms", 1, "times", 1000);
	(void)agent_await(s, agent, "WakeupMessage", 1000);
	CHECK(now_ms() - begun < 5000);
}

const struct row rows_delivery[] = {
	{ "F038",
		"messages to an actor that is stopped for a while arrive when it goes on, each once",
		SIMPLE | WAITS, ONE_PROCESS, stopped_for_a_while },
	{ "F039", "one whose receiver is killed at work comes back as poison, and is not tried on",
		SIMPLE, ONE_PROCESS, killed_at_work },
	{ "F040", "hundreds of messages, to three actors, need no more connections", EVERYWHERE,
		NULL, one_connection },
	{ "F042", "callers that are killed in the midst do no harm; what they said is done", SIMPLE,
		ONE_PROCESS, callers_die },
	{ "F043",
		"an actor that is stopped holds up nobody else, its sender's other messages neither",
		SIMPLE, ONE_PROCESS, others_go_on },
	{ "F044",
		"a message of 50 MB arrives while others are served; one of 65 MB is TSP_ETOOBIG (W36)",
		EVERYWHERE, NULL, big_message },
	{ "F045", "9000 messages to one actor drain without a gap", EVERYWHERE, NULL, drains },
	{ "F046", "two actors send each other 1000 messages at the same time", EVERYWHERE, NULL,
		both_ways },
	{ "F047", "a sender that has gone: its message is handled", SIMPLE, ONE_PROCESS,
		callers_go },
	{ "F048", "ten asks of a dead actor and ten noted messages to it end at once", EVERYWHERE,
		NULL, dead_at_once },
	{ "F049", "an idle system, with a wake-up pending, uses no processor", EVERYWHERE, NULL,
		idle },
	{ "F050", "60 kB and 70 kB go to and fro: on one machine the UDP base has no datagrams",
		EVERYWHERE, NULL, no_datagrams },
	{ "F051", "a full mailbox does not hold up who sends there (W21)", EVERYWHERE, NULL,
		flood },
	{ "F052", "a thousand messages to one that is stopped delay none to one that lives (W18)",
		SIMPLE, ONE_PROCESS, others_go_on },
	{ "F053", "of a flood nothing is lost: each is handled, refused at the send or comes back",
		EVERYWHERE, NULL, flood },
	{ "F054", "sends past the bound fail at once with TSP_EBACKLOG", EVERYWHERE, NULL, flood },
	{ "F055", "the admin answers status in a flood", EVERYWHERE, NULL, status_in_a_flood },
	{ "F056", "no governor: more than 4480 messages a second", EVERYWHERE, NULL, no_governor },
	{ "F057", "messages by name arrive behind a backlog that waited for the holder's start",
		EVERYWHERE, NULL, name_behind_a_backlog },
	{ "F058", "9000 messages forwarded twice arrive", EVERYWHERE, NULL, forwarded_flood },
	{ "F061", "10,000 wake-ups pending do not slow others down (W35)", EVERYWHERE, NULL,
		many_timers },
	{ 0 },
};
