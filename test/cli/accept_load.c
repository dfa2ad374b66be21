/* SPDX-License-Identifier: MIT */
/*
 * Asks a global name many times a second while the Director replaces what holds it, and judges every
 * answer: asks that got none, two, or one of a version that did not hold the name make it fail.
 *
 * usage: accept_load PORT NAME GROUP SWAPS RATE plain|kill PACKAGE...
 *
 * Package number i is of version i (from 0), and version 0 is active when this begins; swap s makes
 * version s % packages active by a load, then unloads the one before. kill: the actor of the version
 * before is killed at a random moment of each swap; an ask may then end as poison or as "dead", but
 * it ends. The actor answers Who{n} with {version, n, pid}.
 */
#include "config.h"

#include <errno.h>
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

#define WORKERS	 4
#define VERSIONS 128
#define ASK_MS	 10000
#define LOAD_MS	 60000
#define KILL_MS	 20   /* a swap takes about so long */
#define PAUSE_MS 30   /* between two swaps */
#define LATE_MS	 1500 /* when all is over: for second answers to arrive */

/* What one worker counted. */
struct tally {
	uint64_t asked, answered, poisoned, dead, timed_out, failed, wrong, late;
	int64_t longest_us;
};

struct shared {
	atomic_int begun;   /* swaps that may have taken effect */
	atomic_int settled; /* swaps that have */
	atomic_bool stop;
	atomic_int pids[VERSIONS];
	struct tally tallies[WORKERS];
};

static struct shared *shared;
static const char *name, *group;
static char **packages;
static int port, swaps, rate, versions;
static bool kills;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void sleep_us(int64_t us)
{
	struct timespec pause = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&pause, NULL);
}

static tsp_system *attach(void)
{
	tsp_system *system;
	tsp_error err;

	if (tsp_open(&(tsp_open_options){ .port = port }, &system, &err) == 0)
		return system;
	fprintf(stderr, "%s\n", err.text);
	_exit(3);
}

/* ---- Asking ---- */

/* The version must be one that a swap from first to last made active; *first moves up to it, since
 * later asks cannot get an earlier one. */
static bool held(int version, int *first, int last)
{
	for (int swap = *first; swap <= last; swap++) {
		if (swap % versions == version) {
			*first = swap;
			return true;
		}
	}
	return false;
}

static void judge(struct tally *tally, const tsp_message *reply, int64_t n, int *first)
{
	int version = (int)tsp_get_int(reply, "version", -1);

	if (tsp_message_is(reply, "PoisonMessage")) {
		tally->poisoned++;
		return;
	}
	if (tsp_get_int(reply, "n", -1) != n || version < 0 || version >= versions ||
		!held(version, first, atomic_load(&shared->begun))) {
		fprintf(stderr, "wrong: ask %lld got version %d, swaps %d to %d\n", (long long)n,
			version, *first, atomic_load(&shared->begun));
		tally->wrong++;
		return;
	}
	tally->answered++;
	atomic_store(&shared->pids[version], (int)tsp_get_int(reply, "pid", 0));
}

static void ask(
	tsp_system *system, tsp_builder *builder, struct tally *tally, int64_t n, int *first)
{
	tsp_message *reply = NULL;
	tsp_error err = { 0 };
	tsp_value value;
	int64_t start = now_us();
	int rc;

	if (atomic_load(&shared->settled) > *first)
		*first = atomic_load(&shared->settled);
	tsp_builder_reset(builder);
	tsp_put_format(builder, "{s:I}", "n", n);
	rc = tsp_builder_value(builder, &value);
	if (rc == 0)
		rc = tsp_ask(system, tsp_system_name_address(system, name), "Who", value, ASK_MS,
			&reply, &err);
	tally->asked++;
	if (now_us() - start > tally->longest_us)
		tally->longest_us = now_us() - start;
	if (rc == 0)
		judge(tally, reply, n, first);
	else if (rc == TSP_EDEAD)
		tally->dead++;
	else if (rc == TSP_ETIMEOUT)
		tally->timed_out++;
	else
		tally->failed++;
	if (rc < 0 && (!kills || rc != TSP_EDEAD))
		fprintf(stderr, "%s\n", err.text);
	tsp_message_free(reply);
}

/* What arrives at this caller now was sent to an ask that has ended already. */
static void take_late(tsp_system *system, struct tally *tally)
{
	tsp_message *late;

	while (tsp_listen(system, LATE_MS, &late, NULL) == 0) {
		tsp_text details = tsp_get_text(late, "details");

		fprintf(stderr, "late: %.*s %.*s\n", (int)tsp_message_type(late).size,
			tsp_message_type(late).data, (int)details.size,
			details.data ? details.data : "");
		tally->late++;
		tsp_message_free(late);
	}
}

static void work(int number)
{
	struct tally *tally = &shared->tallies[number];
	tsp_system *system = attach();
	tsp_builder *builder = tsp_builder_new();
	int64_t step = (int64_t)1000000 * WORKERS / rate, due = now_us();
	int first = 0;

	for (int64_t n = number; !atomic_load(&shared->stop); n += WORKERS) {
		int64_t now = now_us();

		if (now < due)
			sleep_us(due - now);
		due += step;
		if (due < now - 1000000)
			due = now; /* no burst longer than a second */
		ask(system, builder, tally, n, &first);
	}
	take_late(system, tally);
	tsp_builder_free(builder);
	tsp_close(system);
}

/* ---- Replacing ---- */

static bool is_host(int pid)
{
	char path[64], program[512];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	size = readlink(path, program, sizeof(program) - 1);
	if (size < 0)
		return false;
	program[size] = '\0';
	return strstr(program, "thespian-host") != NULL;
}

static bool answer_is_good(tsp_message *answer, const char *what)
{
	int64_t code = tsp_get_int(answer, "code", TSP_EFAILED);
	tsp_text text = tsp_get_text(answer, "error");

	if (!tsp_message_is(answer, "DirectorAnswer") || code != 0) {
		fprintf(stderr, "%s failed: %.*s %.*s\n", what, (int)tsp_message_type(answer).size,
			tsp_message_type(answer).data, (int)text.size, text.data ? text.data : "");
		code = TSP_EFAILED;
	}
	tsp_message_free(answer);
	return code == 0;
}

/* Tells the Director, kills at some moment of it, and waits for the answer. */
static bool direct(tsp_system *system, tsp_builder *builder, const char *type, int victim)
{
	tsp_address director = tsp_system_name_address(system, "Director");
	tsp_message *answer = NULL;
	tsp_error err = { 0 };
	tsp_value value;
	int rc = tsp_builder_value(builder, &value);

	if (rc == 0)
		rc = tsp_tell(system, director, type, value, &err);
	if (rc == 0 && victim > 0) {
		rc = tsp_listen(system, (int64_t)(rand() % KILL_MS), &answer, &err);
		if (is_host(victim))
			kill(victim, SIGKILL);
		if (rc == TSP_ETIMEOUT)
			rc = 0;
	}
	if (rc == 0 && answer == NULL)
		rc = tsp_listen(system, LOAD_MS, &answer, &err);
	if (rc < 0) {
		fprintf(stderr, "%s: %s\n", type, err.text);
		return false;
	}
	return answer_is_good(answer, type);
}

static bool swap_once(tsp_system *system, tsp_builder *builder, int swap)
{
	int version = swap % versions, before = (swap - 1) % versions;
	char former[200];
	bool good;

	atomic_store(&shared->begun, swap);
	tsp_builder_reset(builder);
	tsp_put_format(builder, "{s:s, s:b}", "path", packages[version], "allow_downgrade", 1);
	good = direct(
		system, builder, "DirectorLoad", kills ? atomic_load(&shared->pids[before]) : 0);
	atomic_store(&shared->settled, swap);
	if (!good)
		return false;
	snprintf(former, sizeof(former), "%s@%d", group, before);
	tsp_builder_reset(builder);
	tsp_put_format(builder, "{s:s}", "what", former);
	return direct(system, builder, "DirectorUnload", 0);
}

static bool replace(void)
{
	tsp_system *system = attach();
	tsp_builder *builder = tsp_builder_new();
	bool good = true;

	sleep_us(200000);
	for (int swap = 1; good && swap <= swaps; swap++) {
		sleep_us((int64_t)PAUSE_MS * 1000);
		good = swap_once(system, builder, swap);
	}
	sleep_us(200000);
	tsp_builder_free(builder);
	tsp_close(system);
	return good;
}

/* ---- Verdict ---- */

static struct tally add_up(void)
{
	struct tally sum = { 0 };

	for (int i = 0; i < WORKERS; i++) {
		const struct tally *tally = &shared->tallies[i];

		sum.asked += tally->asked;
		sum.answered += tally->answered;
		sum.poisoned += tally->poisoned;
		sum.dead += tally->dead;
		sum.timed_out += tally->timed_out;
		sum.failed += tally->failed;
		sum.wrong += tally->wrong;
		sum.late += tally->late;
		if (tally->longest_us > sum.longest_us)
			sum.longest_us = tally->longest_us;
	}
	return sum;
}

static bool judge_all(const struct tally *sum, int64_t us)
{
	printf("%d swaps, %.0f asks a second, %llu asked: %llu answered, %llu poison, %llu dead, %llu timed out, "
	       "%llu failed, %llu wrong, %llu late; longest %.1f ms\n",
		swaps, (double)sum->asked * 1e6 / (double)us, (unsigned long long)sum->asked,
		(unsigned long long)sum->answered, (unsigned long long)sum->poisoned,
		(unsigned long long)sum->dead, (unsigned long long)sum->timed_out,
		(unsigned long long)sum->failed, (unsigned long long)sum->wrong,
		(unsigned long long)sum->late, (double)sum->longest_us / 1000);
	if (sum->timed_out + sum->failed + sum->wrong + sum->late > 0)
		return false;
	if (!kills && sum->answered != sum->asked)
		return false;
	return sum->answered > sum->asked / 2 && (double)sum->asked * 1e6 > (double)us * rate / 2;
}

int main(int argc, char **argv)
{
	int64_t start = now_us();
	struct tally sum;
	bool good;

	if (argc < 8 || argc - 7 > VERSIONS)
		return 2;
	port = atoi(argv[1]);
	name = argv[2];
	group = argv[3];
	swaps = atoi(argv[4]);
	rate = atoi(argv[5]);
	kills = strcmp(argv[6], "kill") == 0;
	packages = argv + 7;
	versions = argc - 7;
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	for (int i = 0; i < WORKERS; i++) {
		if (fork() == 0) {
			work(i);
			_exit(0);
		}
	}
	good = replace();
	atomic_store(&shared->stop, true);
	for (int i = 0; i < WORKERS; i++) {
		int status = 0;

		good = wait(&status) > 0 && status == 0 && good;
	}
	sum = add_up();
	return judge_all(&sum, now_us() - start - (int64_t)LATE_MS * 1000) && good ? 0 : 1;
}
