/* SPDX-License-Identifier: MIT */
/*
 * Kills hosts at random while others ask their actors without pause, and judges every ask and every
 * parent: `accept_kill_storm PORT KILLS`. The actors are Parent and Echo of rows_actors.c.
 */
#include "config.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thespian.h>
#include <time.h>
#include <unistd.h>

#define WORKERS	  3
#define FAMILIES  8
#define KILLS_MAX 10000
#define ASK_MS	  10000
#define LONG_MS	  20000

enum outcome { ANSWERED, POISON, DEAD, UNKNOWN, REFUSED, OUTCOMES };

static const char *const outcome_names[] = { "answered", "poison", "dead", "unknown", "refused" };

struct shared {
	atomic_bool stop;
	atomic_uint_fast64_t children[FAMILIES]; /* numbers of the living */
	atomic_uint_fast64_t counts[OUTCOMES];
	atomic_uint_fast64_t longest_us, wrong;
};

static struct shared *shared;
static int port;
static tsp_error err;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, err.text);
	exit(1);
}

static tsp_system *attach(void)
{
	tsp_system *system = NULL;

	if (tsp_open(&(tsp_open_options){ .port = port }, &system, &err) < 0)
		fail("open");
	return system;
}

/* ---- Asking ---- */

/* What an ask that got no answer of its actor may end in; all else is wrong. */
static void judge(int rc, const tsp_message *reply)
{
	enum outcome outcome;

	if (rc == TSP_OK && !tsp_message_is_system(reply))
		outcome = ANSWERED;
	else if (rc == TSP_OK && tsp_text_is(tsp_get_text(reply, "outcome"), "crashed"))
		outcome = POISON;
	else if (rc == TSP_EDEAD)
		outcome = DEAD;
	else if (rc == TSP_EBACKLOG)
		outcome = REFUSED;
	else if (strstr(err.text, "outcome unknown") != NULL)
		outcome = UNKNOWN;
	else {
		fprintf(stderr, "wrong: %d %s\n", rc, err.text);
		atomic_fetch_add(&shared->wrong, 1);
		return;
	}
	atomic_fetch_add(&shared->counts[outcome], 1);
}

static void work(unsigned seed)
{
	tsp_system *system = attach();
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;

	while (!atomic_load(&shared->stop)) {
		tsp_address target = { tsp_admin(system).system,
			atomic_load(&shared->children[rand_r(&seed) % FAMILIES]) };
		tsp_message *reply = NULL;
		int64_t start = now_us(), took;
		bool busy = rand_r(&seed) % 4 == 0;
		int rc;

		tsp_builder_reset(builder);
		tsp_put_format(builder, "{s:i}", "ms", rand_r(&seed) % 5);
		if (tsp_builder_value(builder, &value) < 0)
			fail("value");
		rc = tsp_ask(system, target, busy ? "Sleep" : NULL, value, ASK_MS, &reply, &err);
		took = now_us() - start;
		judge(rc, reply);
		if ((uint64_t)took > atomic_load(&shared->longest_us))
			atomic_store(&shared->longest_us, (uint64_t)took);
		tsp_message_free(reply);
	}
	tsp_builder_free(builder);
	tsp_close(system);
}

/* ---- Killing ---- */

struct family {
	tsp_address parent;
	tsp_address child;
	pid_t pid;
};

static tsp_message *ask(tsp_system *system, tsp_address target, const char *type)
{
	static const uint8_t empty_map[] = { 0xa0 };
	tsp_message *reply = NULL;

	if (tsp_ask(system, target, type, (tsp_value){ empty_map, 1 }, LONG_MS, &reply, &err) < 0)
		fail(type);
	return reply;
}

static void make_child(tsp_system *system, struct family *family, size_t place)
{
	tsp_message *reply = ask(system, family->parent, "Make");

	family->child = tsp_get_address(reply, "child");
	tsp_message_free(reply);
	reply = ask(system, family->child, "Pid");
	family->pid = (pid_t)tsp_get_int(reply, "pid", 0);
	tsp_message_free(reply);
	if (family->pid <= 1)
		fail("pid");
	atomic_store(&shared->children[place], family->child.number);
}

/* Microseconds from the kill until the parent heard of it, by the machine's clock. */
static int64_t kill_one(tsp_system *system, struct family *family, size_t place)
{
	int64_t start = now_us(), us;
	tsp_message *message = NULL;

	kill(family->pid, SIGKILL);
	if (tsp_listen(system, LONG_MS, &message, &err) < 0)
		fail("the parent");
	us = tsp_get_int(message, "us", 0) - start;
	if (!tsp_message_is(message, "Exited") || !tsp_get_bool(message, "right", false) ||
		tsp_get_int(message, "status", -1) != SIGKILL) {
		fprintf(stderr, "wrong: %.*s\n", (int)tsp_message_type(message).size,
			tsp_message_type(message).data);
		atomic_fetch_add(&shared->wrong, 1);
	}
	tsp_message_free(message);
	make_child(system, family, place);
	return us;
}

static int by_size(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* ---- The account ---- */

static int64_t counter(const tsp_message *status, const char *name)
{
	int64_t value = 0;

	(void)tsp_value_int(tsp_value_get(tsp_get(status, "counters"), name), &value);
	return value;
}

/* When all is quiet every message that was accepted has ended in one way. */
static bool account_agrees(tsp_system *system)
{
	static const char *const ends[] = { "finished", "poisoned", "returned", "outcome_unknown",
		"refused", "to_callers" };
	int64_t accepted = 0, sum = 0, until = now_us() + 5000000;

	do {
		tsp_message *status = NULL;

		if (tsp_status(system, tsp_admin(system), LONG_MS, &status, &err) < 0)
			fail("status");
		accepted = counter(status, "accepted");
		sum = 0;
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			sum += counter(status, ends[i]);
		tsp_message_free(status);
	} while (accepted != sum && now_us() < until);
	printf("%lld accepted, %lld ended\n", (long long)accepted, (long long)sum);
	return accepted == sum && accepted > 0;
}

/* ---- All of it ---- */

static bool storm(tsp_system *system, int kills, int64_t *times)
{
	struct family families[FAMILIES] = { 0 };
	unsigned seed = 1;
	int status;
	bool good = true;

	for (size_t i = 0; i < FAMILIES; i++) {
		if (tsp_system_create(
			    system, "rows:Parent", NULL, LONG_MS, &families[i].parent, &err) < 0)
			fail("create");
		make_child(system, &families[i], i);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		if (fork() == 0) {
			work(i + 100);
			_exit(0);
		}
	for (int i = 0; i < kills; i++) {
		size_t place = (size_t)rand_r(&seed) % FAMILIES;
		struct timespec pause = { 0, rand_r(&seed) % 20 * 1000000 };

		nanosleep(&pause, NULL);
		times[i] = kill_one(system, &families[place], place);
	}
	atomic_store(&shared->stop, true);
	while (wait(&status) > 0)
		good = good && status == 0;
	return good;
}

int main(int argc, char **argv)
{
	int kills = argc == 3 ? atoi(argv[2]) : 0;
	static int64_t times[KILLS_MAX];
	tsp_system *system;
	bool good;

	if (kills < 1 || kills > KILLS_MAX)
		return 2;
	port = atoi(argv[1]);
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	system = attach();
	good = storm(system, kills, times);
	good = account_agrees(system) && good;
	tsp_close(system);
	qsort(times, (size_t)kills, sizeof(times[0]), by_size);
	printf("%d kills; parents heard after %.1f ms (median), %.1f ms (most); asks:", kills,
		(double)times[kills / 2] / 1000, (double)times[kills - 1] / 1000);
	for (int i = 0; i < OUTCOMES; i++)
		printf(" %llu %s", (unsigned long long)atomic_load(&shared->counts[i]),
			outcome_names[i]);
	printf("; longest %.1f ms\n", (double)atomic_load(&shared->longest_us) / 1000);
	return good && atomic_load(&shared->wrong) == 0 && times[kills / 2] < 100000 &&
			times[kills - 1] < 1000000 && atomic_load(&shared->counts[ANSWERED]) > 0 &&
			atomic_load(&shared->counts[POISON]) > 0 &&
			atomic_load(&shared->longest_us) < 2000000 ?
		0 :
		1;
}
