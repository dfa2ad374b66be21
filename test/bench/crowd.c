/* SPDX-License-Identifier: MIT */
/*
 * Many actors: a ring of 50 that one token goes round, and one that asks 1,000 (in hosts of their own
 * 100) and hears all their answers. Between hosts each message passes the admin; the baseline is the
 * same traffic between bare processes through a bare switch. On one core, where no wake-up depends on
 * the other core's sleep; unpinned shown only.
 */
#include "config.h"

#include "bench.h"
#include "raw.h"
#include "run.h"

#define RING	      50
#define RING_LAPS     200
#define SHARED_LAPS   40000
#define FAN	      100
#define FAN_ROUNDS    200
#define SHARED_FAN    1000
#define SHARED_ROUNDS 1000

struct crowd_plan {
	const char *first;
	const char *others;
	bool ring;
	int members; /* with the first of a ring, without a hub */
	int turns;   /* laps or rounds */
};

static const struct crowd_plan plans[] = {
	{ "Ring", "RingNode", true, RING, RING_LAPS },
	{ "SharedRing", "SharedRingNode", true, RING, SHARED_LAPS },
	{ "Hub", "Echo", false, FAN, FAN_ROUNDS },
	{ "SharedHub", "SharedEcho", false, SHARED_FAN, SHARED_ROUNDS },
};
enum { PLAN_RING, PLAN_SHARED_RING, PLAN_FAN, PLAN_SHARED_FAN };

/* Messages a second. */
static int crowd_ours(const struct bench *bench, const struct crowd_plan *plan, int core,
	double *ret_rate, tsp_error *err)
{
	struct run_options options = { .core = core };
	tsp_system *system = NULL;
	tsp_address first;
	double seconds = 1, count = 0;
	int rc = run_open(&options, &system, err);

	if (rc == TSP_OK)
		rc = run_create(system, plan->first, &first, err);
	if (rc == TSP_OK)
		rc = run_go(system, first, &seconds, &count, err, "{s:s, s:i, s:i}", "class",
			plan->others, plan->ring ? "members" : "workers", plan->members,
			plan->ring ? "laps" : "rounds", bench_count(bench, plan->turns));
	run_close(system);
	*ret_rate = count / seconds;
	return rc;
}

static int crowd_beside_raw(const struct bench *bench, const struct crowd_plan *plan, int core,
	struct sample *ret_sample, tsp_error *err)
{
	int frames = bench_count(bench, plan->turns) * plan->members * (plan->ring ? 1 : 2);
	double rate = 1, raw_rate = 1;
	int rc = crowd_ours(bench, plan, core, &rate, err);

	if (rc == TSP_OK)
		rc = raw_switch(plan->members + (plan->ring ? 0 : 1), plan->ring, core, frames,
			&raw_rate, err);
	ret_sample->ours = 1e6 / rate;
	ret_sample->raw = 1e6 / raw_rate;
	return rc;
}

static int own_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	int rc = crowd_beside_raw(bench, &plans[variant], 0, &ret_samples[0], err);

	if (rc == TSP_OK)
		rc = crowd_beside_raw(bench, &plans[variant], RAW_ANYWHERE, &ret_samples[1], err);
	return rc;
}

static int shared_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	return crowd_ours(bench, &plans[variant], RAW_ANYWHERE, &ret_samples[0].ours, err);
}

const struct experiment crowd_experiments[] = {
	{ "ring", PLAN_RING, own_measure,
		{ { "ring of 50, own hosts, one core: a hop", "us", BOUND_RATIO, 3.0 },
			{ "  not pinned", "us", BOUND_NONE, 0 } } },
	{ "ring-shared", PLAN_SHARED_RING, shared_measure,
		{ { "ring of 50, shared host: hops", "/s", BOUND_LEAST, 1e6 } } },
	{ "fan", PLAN_FAN, own_measure,
		{ { "one to 100 and back, own hosts, one core", "us", BOUND_RATIO, 3.0 },
			{ "  not pinned", "us", BOUND_NONE, 0 } } },
	{ "fan-shared", PLAN_SHARED_FAN, shared_measure,
		{ { "one to 1,000 and back, shared host", "/s", BOUND_LEAST, 1e6 } } },
	{ 0 },
};
