/* SPDX-License-Identifier: MIT */
/* Actors that say hello and exit: in hosts of their own next to bare processes, and in a shared one (W33). */
#include "config.h"

#include "bench.h"
#include "raw.h"
#include "run.h"

#define OWN	1000
#define SHARED	300000
#define AT_ONCE 500
#define WARM	20

static int create_ours(const char *breeder_class, const char *child, int warm, int actors,
	int at_once, double *ret_seconds, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_system *system = NULL;
	tsp_address breeder;
	double seconds = 0, count = 1;
	int rc = run_open(&options, &system, err);

	if (rc == TSP_OK)
		rc = run_create(system, breeder_class, &breeder, err);
	if (rc == TSP_OK)
		rc = run_go(system, breeder, &seconds, &count, err, "{s:s, s:i, s:i}", "class",
			child, "count", warm, "at_once", at_once);
	if (rc == TSP_OK)
		rc = run_go(system, breeder, &seconds, &count, err, "{s:s, s:i, s:i}", "class",
			child, "count", actors, "at_once", at_once);
	run_close(system);
	*ret_seconds = seconds / count;
	return rc;
}

static int own_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	int count = bench_count(bench, OWN);
	double seconds = 0;
	int rc = create_ours("Breeder", "Child", WARM, count, 1, &seconds, err);

	(void)variant;
	ret_samples[0].ours = seconds * 1e6;
	return rc < 0 ? rc : raw_birth(count, &ret_samples[0].raw, err);
}

static int shared_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	double seconds = 1;
	int rc = create_ours("SharedBreeder", "SharedChild", AT_ONCE, bench_count(bench, SHARED),
		AT_ONCE, &seconds, err);

	(void)variant;
	ret_samples[0].ours = 1 / seconds;
	return rc;
}

const struct experiment create_experiments[] = {
	{ "create", 0, own_measure,
		{ { "create, hello, exit; own hosts, one by one", "us", BOUND_RATIO, 3.0 } } },
	{ "create-shared", 0, shared_measure,
		{ { "create, hello, exit; shared host", "/s", BOUND_LEAST, 3e5 } } },
	{ 0 },
};
