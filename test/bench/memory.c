/* SPDX-License-Identifier: MIT */
/* Private memory of idle actors, as /proc/PID/smaps_rollup says; page tables and what the kernel keeps
 * for a process are not in it. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "raw.h"
#include "run.h"

#define OWN	  50
#define SHARED	  10000
#define REST_NS	  200000000 /* until all have gone to sleep and given back what they can */
#define ANSWER_MS 5000

static int private_kib(pid_t pid, double *ret_kib, tsp_error *err)
{
	char path[64], line[256];
	double all = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return tsp_fail_errno(err, "open", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned long kib;

		if (sscanf(line, "Private_Clean: %lu kB", &kib) == 1 ||
			sscanf(line, "Private_Dirty: %lu kB", &kib) == 1)
			all += (double)kib;
	}
	fclose(file);
	*ret_kib = all;
	return TSP_OK;
}

static void rest(void)
{
	struct timespec pause = { .tv_nsec = REST_NS };

	(void)nanosleep(&pause, NULL);
}

/* Creates them; each has handled one message before it is idle. */
static int settle_own(tsp_system *system, int count, tsp_error *err)
{
	int rc = TSP_OK;
	int i;

	for (i = 0; i < count && rc == TSP_OK; i++) {
		tsp_message *reply = NULL;
		tsp_address actor;

		rc = run_create(system, "Echo", &actor, err);
		if (rc == TSP_OK)
			rc = tsp_ask(system, actor, NULL,
				(tsp_value){ (const uint8_t *)"\x62hi", 3 }, ANSWER_MS, &reply,
				err);
		tsp_message_free(reply);
	}
	rest();
	return rc;
}

static int own_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_system *system = NULL;
	double kib[OWN];
	pid_t pids[OWN];
	int count = 0, i;
	int rc = run_open(&options, &system, err);

	(void)bench;
	(void)variant;
	if (rc == TSP_OK)
		rc = settle_own(system, OWN, err);
	if (rc == TSP_OK)
		rc = run_pids(system, TSP_TEXT("Echo"), pids, OWN, &count, err);
	for (i = 0; i < count && rc == TSP_OK; i++)
		rc = private_kib(pids[i], &kib[i], err);
	if (rc == TSP_OK)
		ret_samples[0].ours = bench_median(kib, count);
	run_close(system);
	return rc;
}

/* What the shared host and the admin have together. */
static int both_kib(pid_t host, pid_t admin, double *ret_kib, tsp_error *err)
{
	double in_host = 0, in_admin = 0;
	int rc = private_kib(host, &in_host, err);

	if (rc == TSP_OK)
		rc = private_kib(admin, &in_admin, err);
	*ret_kib = in_host + in_admin;
	return rc;
}

static int grow(
	tsp_system *system, tsp_address breeder, int actors, double *ret_kib, tsp_error *err)
{
	double before = 0, after = 0, seconds, count;
	pid_t host, admin;
	int found;
	int rc = run_pids(system, TSP_TEXT("SharedBreeder"), &host, 1, &found, err);

	if (rc == TSP_OK)
		rc = run_admin_pid(system, &admin, err);
	rest();
	if (rc == TSP_OK)
		rc = both_kib(host, admin, &before, err);
	if (rc == TSP_OK)
		rc = run_go(system, breeder, &seconds, &count, err, "{s:s, s:i, s:i, s:b}", "class",
			"SharedChild", "count", actors, "at_once", 100, "stay", 1);
	rest();
	if (rc == TSP_OK)
		rc = both_kib(host, admin, &after, err);
	*ret_kib = (after - before) / actors;
	return rc;
}

static int shared_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_system *system = NULL;
	tsp_address breeder;
	int rc = run_open(&options, &system, err);

	(void)bench;
	(void)variant;
	if (rc == TSP_OK)
		rc = run_create(system, "SharedBreeder", &breeder, err);
	if (rc == TSP_OK)
		rc = grow(system, breeder, SHARED, &ret_samples[0].ours, err);
	run_close(system);
	return rc;
}

const struct experiment memory_experiments[] = {
	{ "memory", 0, own_measure,
		{ { "private memory of an idle actor, own host", "KiB", BOUND_MOST, 600 } } },
	{ "memory-shared", 0, shared_measure,
		{ { "private memory of an idle actor, shared host", "KiB", BOUND_MOST, 1 } } },
	{ 0 },
};
