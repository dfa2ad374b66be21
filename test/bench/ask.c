/* SPDX-License-Identifier: MIT */
/*
 * A question and its answer between two actors in processes of their own, next to a frame there and
 * back between two bare processes. Placement decides: all on one core; the asker on core 0, all else on
 * core 1; or where the kernel likes, which is a toss of a coin and therefore shown only (W34).
 */
#include "config.h"

#include "bench.h"
#include "raw.h"
#include "run.h"

#define ASKS	  20000
#define WARM_ASKS 500

enum placement { ONE_CORE, TWO_CORES, ANYWHERE };

static const struct {
	int asker; /* and the near end of the raw pair */
	int rest;  /* the admin and the other actor; the far end */
} cores[] = {
	[ONE_CORE] = { 0, 0 },
	[TWO_CORES] = { 0, 1 },
	[ANYWHERE] = { RAW_ANYWHERE, RAW_ANYWHERE },
};

static int move_asker(tsp_system *system, int core, tsp_error *err)
{
	pid_t pid;
	int count;
	int rc = run_pids(system, TSP_TEXT("Asker"), &pid, 1, &count, err);

	return rc < 0 ? rc : raw_pin(pid, core, NULL, err);
}

static int ask_in(tsp_system *system, const struct bench *bench, int asker_core, double *ret_us,
	tsp_error *err)
{
	tsp_address asker, echo;
	double seconds = 0, count = 1;
	int rc = run_create(system, "Echo", &echo, err);

	if (rc == TSP_OK)
		rc = run_create(system, "Asker", &asker, err);
	if (rc == TSP_OK)
		rc = move_asker(system, asker_core, err);
	if (rc == TSP_OK)
		rc = run_go(system, asker, &seconds, &count, err, "{s:a, s:i}", "target", echo,
			"count", WARM_ASKS);
	if (rc == TSP_OK)
		rc = run_go(system, asker, &seconds, &count, err, "{s:a, s:i}", "target", echo,
			"count", bench_count(bench, ASKS));
	*ret_us = seconds * 1e6 / count;
	return rc;
}

static int ask_ours(const struct bench *bench, enum placement placement, const char *capabilities,
	double *ret_us, tsp_error *err)
{
	struct run_options options = { .core = cores[placement].rest,
		.capabilities = capabilities };
	tsp_system *system = NULL;
	int rc = run_open(&options, &system, err);

	if (rc == TSP_OK)
		rc = ask_in(system, bench, cores[placement].asker, ret_us, err);
	run_close(system);
	return rc;
}

static int ask_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	int rc = ask_ours(bench, (enum placement)variant, NULL, &ret_samples[0].ours, err);

	if (rc == TSP_OK)
		rc = raw_round_trip(cores[variant].asker, cores[variant].rest,
			bench_count(bench, ASKS), &ret_samples[0].raw, err);
	if (rc == TSP_OK)
		rc = ask_ours(bench, (enum placement)variant, "{\"Adaptive Polling\": false}",
			&ret_samples[1].ours, err);
	ret_samples[1].raw = ret_samples[0].raw;
	return rc;
}

const struct experiment ask_experiments[] = {
	{ "ask-one-core", ONE_CORE, ask_measure,
		{ { "ask, all on one core", "us", BOUND_RATIO, 3.0 },
			{ "  without adaptive polling", "us", BOUND_RATIO, 3.0 } } },
	{ "ask-two-cores", TWO_CORES, ask_measure,
		{ { "ask, on two cores", "us", BOUND_RATIO, 3.0 },
			{ "  without adaptive polling", "us", BOUND_RATIO, 3.0 } } },
	{ "ask-anywhere", ANYWHERE, ask_measure,
		{ { "ask, not pinned", "us", BOUND_NONE, 0 },
			{ "  without adaptive polling", "us", BOUND_NONE, 0 } } },
	{ 0 },
};
