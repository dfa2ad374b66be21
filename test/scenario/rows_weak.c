/* SPDX-License-Identifier: MIT */
/* Weak spots of the original (the numbers of share/doc/features.md) that ours is not to have. */
#include "config.h"

#include "scenario.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Who may ---- */

/* Whether the kernel lists a socket in a table of the network. */
static bool is_in_table(const char *path, const char *inode)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = strstr(line, inode) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

static void check_no_network(int pid)
{
	static const char *const tables[] = { "/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp",
		"/proc/net/udp6" };
	char path[320], text[256], inode[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	CHECK(folder != NULL);
	while ((entry = readdir(folder)) != NULL) {
		unsigned long number = 0;
		ssize_t size;

		snprintf(path, sizeof(path), "/proc/%d/fd/%.32s", pid, entry->d_name);
		size = readlink(path, text, sizeof(text) - 1);
		if (size <= 0)
			continue;
		text[size] = '\0';
		if (sscanf(text, "socket:[%lu]", &number) != 1)
			continue;
		snprintf(inode, sizeof(inode), " %lu ", number);
		for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
			CHECK(!is_in_table(tables[i], inode));
	}
	closedir(folder);
}

static void no_network(struct scenario *s)
{
	int port = free_port();

	if (s->simple) {
		check_no_network(getpid());
		return;
	}
	s->system = system_start(s, NULL, &port);
	check_no_network(pid_of(s, create(s, "Echo", NULL)));
	check_no_network(admin_pid(port));
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

/* Silent packages wait for a verdict; who is not the authority cannot give it. */
static void no_false_verdict(struct scenario *s)
{
	static const uint8_t silent[] = "MUM:no zip";
	tsp_address agent = create(s, "Agent", NULL), judge = create(s, "Agent", NULL);

	(void)ask(s, agent, "Request", "{s:s, s:B}", "what", "load", "package", silent,
		sizeof(silent));
	(void)ask(s, judge, "Request", "{s:s, s:s}", "what", "verdict", "hash",
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
	(void)ask(s, judge, "Wake", "{s:i}", "ms", 100);
	(void)agent_await(s, judge, "WakeupMessage", 1);
	CHECK_INT(0, agent_heard(s, agent, "LoadedSource"));
	CHECK_INT(0, agent_heard(s, agent, "SourceFailed"));
}

/* What ended the original's admin: an unload of what is not loaded yet, a verdict on what nobody knows. */
static void admin_survives(struct scenario *s)
{
	static const uint8_t silent[] = "MUM:no zip either";
	tsp_address agent = create(s, "Agent", NULL);
	const char *unknown = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
	tsp_message *status = NULL;

	(void)ask(s, agent, "Request", "{s:s, s:B}", "what", "load", "package", silent,
		sizeof(silent));
	(void)ask(s, agent, "Request", "{s:s, s:s}", "what", "unload", "hash", unknown);
	(void)ask(s, agent, "Request", "{s:s, s:s}", "what", "verdict", "hash", unknown);
	(void)ask(s, agent, "Request", "{s:s, s:s, s:s}", "what", "names", "verb", "give", "name",
		"nobody's");
	for (int i = 0; i < 3; i++) {
		static const char *const types[] = { "ValidatedSource", "Exited", "Lease" };

		tell(s, tsp_admin(s->system), types[i], "[n,n]");
	}
	CHECK_CODE(TSP_OK, tsp_status(s->system, tsp_admin(s->system), WAIT_MS, &status, &s->err));
	(void)create(s, "Echo", NULL);
}

/* ---- Nothing is lost, nothing comes twice ---- */

static void comes_back(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), child;
	int64_t until = now_ms() + WAIT_MS;

	(void)ask(s, agent, "Request", "{s:s}", "what", "letters");
	child = agent_create(s, agent, "{s:s}", "class", "Missing");
	(void)ask(s, agent, "Send", "{s:a, s:s, s:i}", "to", child, "type", "M", "times", 3);
	(void)agent_await(s, agent, "ChildActorExited", 1);
	while (agent_heard(s, agent, "PoisonMessage") + agent_heard(s, agent, "DeadEnvelope") < 3)
		CHECK(now_ms() < until);
	CHECK_INT(
		3, agent_heard(s, agent, "PoisonMessage") + agent_heard(s, agent, "DeadEnvelope"));
	(void)ask(s, agent, "Request", "{s:s, s:b}", "what", "letters", "enable", 0);
}

static void waits_and_comes_back(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_address child = agent_create(s, agent, "{s:s}", "class", "Failing");

	for (int i = 0; i < 3; i++) {
		int rc = try_ask(s, WAIT_MS, NULL, child, "M", "n");

		CHECK(rc == TSP_ESTART || rc == TSP_EDEAD);
	}
	(void)agent_await(s, agent, "ChildActorExited", 1);
	(void)ask(s, agent, "Wake", "{s:i}", "ms", 100);
	(void)agent_await(s, agent, "WakeupMessage", 1);
	CHECK_INT(1, agent_heard(s, agent, "ChildActorExited"));
}

static void too_big_is_harmless(struct scenario *s)
{
	size_t size = (size_t)65 << 20;
	uint8_t *bytes = calloc(1, size + 5);
	tsp_address echo = create(s, "Echo", NULL);

	CHECK(bytes != NULL);
	bytes[0] = 0x5a;
	for (int i = 0; i < 4; i++)
		bytes[1 + i] = (uint8_t)(size >> (24 - 8 * i));
	for (int i = 0; i < 30; i++)
		CHECK_CODE(TSP_ETOOBIG,
			tsp_tell(s->system, echo, "Big", (tsp_value){ bytes, size + 5 }, &s->err));
	CHECK_TYPE("Small", ask(s, echo, "Small", "n"));
}

static void tell_hundred(struct scenario *s)
{
	for (int i = 0; i < 100; i++)
		tell(s, tsp_system_name_address(s->system, name_of(s, "counter")), "Add", "n");
}

static void one_behind_the_other(struct scenario *s)
{
	tsp_address counter =
		create(s, "Counter", &(tsp_create_options){ .name = name_of(s, "counter") });
	int64_t until = now_ms() + WAIT_MS;

	if (s->simple)
		tell_hundred(s);
	else
		process_end(process_start(s, tell_hundred));
	while (tsp_get_int(ask(s, counter, "Count", "n"), "count", -1) < 100)
		CHECK(now_ms() < until);
}

static void wakes_in_order(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	tsp_message *heard;

	for (int i = 0; i < 10; i++)
		tell(s, agent, "Wake", "{s:i, s:i}", "ms", 5, "payload", i);
	(void)ask(s, agent, "Sleep", "{s:i}", "ms", 50);
	heard = agent_await(s, agent, "WakeupMessage", 10);
	for (size_t i = 0; i < 10; i++) {
		int64_t n = -1;

		CHECK(tsp_value_int(heard_value(heard, i, "payload"), &n));
		CHECK_INT((int64_t)i, n);
	}
}

/* ---- The dead ---- */

static int64_t memory_of(int pid)
{
	char path[64];
	long pages = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "re");
	CHECK(file != NULL);
	CHECK(fscanf(file, "%*d %ld", &pages) == 1);
	fclose(file);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static void live_and_die(struct scenario *s, tsp_address parent, int count)
{
	(void)ask(s, parent, "Forget", "n");
	for (int i = 0; i < count; i++)
		tell(s, agent_create(s, parent, "{s:s}", "class", "Echo"), "ActorExitRequest",
			"{}");
	(void)agent_await(s, parent, "ChildActorExited", count);
	(void)ask(s, parent, "Forget", "n");
}

static void the_dead_are_forgotten(struct scenario *s)
{
	int port = 0, pid;
	tsp_address parent;
	int64_t before;

	s->system = system_start(s, NULL, &port);
	parent = create(s, "Agent", NULL);
	pid = s->simple ? (int)getpid() : admin_pid(port);
	live_and_die(s, parent, 200);
	before = memory_of(pid);
	for (int i = 0; i < 3; i++)
		live_and_die(s, parent, 200);
	CHECK(memory_of(pid) - before < (2 << 20));
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void addresses_are_not_reused(struct scenario *s)
{
	tsp_address dead = create(s, "Agent", NULL);

	(void)ask(s, dead, "Exit", "n");
	wait_dead(s, dead);
	for (int i = 0; i < 20; i++)
		CHECK(!tsp_address_equal(dead, create(s, "Echo", NULL)));
	CHECK_CODE(TSP_EDEAD, try_ask(s, WAIT_MS, NULL, dead, "M", "n"));
}

static void undertaker_dies(struct scenario *s)
{
	tsp_create_options own = { .host = TSP_HOST_OWN };
	tsp_address first = create(s, "Agent", &own), second = create(s, "Agent", NULL),
		    dead = create(s, "Agent", NULL);

	(void)ask(s, dead, "Exit", "n");
	wait_dead(s, dead);
	(void)ask(s, first, "Request", "{s:s}", "what", "letters");
	if (s->simple)
		(void)ask(s, first, "Exit", "n");
	else
		tell(s, first, "Crash", "{s:s}", "how", "kill");
	wait_dead(s, first);
	(void)ask(s, second, "Request", "{s:s}", "what", "letters");
	(void)ask(s, second, "Send", "{s:a, s:s}", "to", dead, "type", "Late");
	(void)agent_await(s, second, "DeadEnvelope", 1);
	(void)ask(s, second, "Request", "{s:s, s:b}", "what", "letters", "enable", 0);
}

const struct row rows_weak[] = {
	{ "W1", "neither admin nor host has a socket of the network", EVERYWHERE, NULL,
		no_network },
	{ "W3", "a verdict of somebody else than the authority counts for nothing", EVERYWHERE,
		NULL, no_false_verdict },
	{ "W10", "requests that make no sense do not end the admin", EVERYWHERE, NULL,
		admin_survives },
	{ "W15",
		"what is sent to a child of a class that is not there comes back, or is a dead letter, each once",
		EVERYWHERE, NULL, comes_back },
	{ "W16", "a child whose init failed is reported once; asks of it end", EVERYWHERE, NULL,
		waits_and_comes_back },
	{ "W19", "thirty messages that are too big leave the connection as it was", EVERYWHERE,
		NULL, too_big_is_harmless },
	{ "W22", "a hundred messages written at once are read one by one", EVERYWHERE, NULL,
		one_behind_the_other },
	{ "W23", "600 actors that lived and died leave no memory behind", EVERYWHERE, NULL,
		the_dead_are_forgotten },
	{ "W24", "wake-ups that are due together come in the order in which they were set",
		EVERYWHERE, NULL, wakes_in_order },
	{ "W25", "the address of the dead is nobody else's, and stays dead", EVERYWHERE, NULL,
		addresses_are_not_reused },
	{ "W26", "a handler of dead letters that dies can be replaced", EVERYWHERE, NULL,
		undertaker_dies },
	{ 0 },
};
