/* SPDX-License-Identifier: MIT */
/* Messages of 100 bytes one way: between processes, and within a shared host. */
#include "config.h"

#include "bench.h"
#include "raw.h"
#include "run.h"

#define BETWEEN	    1000000
#define WITHIN	    3000000
#define RAW_SINGLE  500000
#define RAW_BATCHED 5000000
#define WARM	    40000
#define BATCH	    64

static int flow_ours(
	const char *class_name, bool other, int messages, double *ret_rate, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_system *system = NULL;
	tsp_address source = TSP_NOBODY, sink = TSP_NOBODY; /* nobody: a sink in its own host */
	double seconds = 1, count = 0;
	int rc = run_open(&options, &system, err);

	if (rc == TSP_OK && other)
		rc = run_create(system, "Sink", &sink, err);
	if (rc == TSP_OK)
		rc = run_create(system, class_name, &source, err);
	if (rc == TSP_OK)
		rc = run_go(system, source, &seconds, &count, err, "{s:a, s:i}", "target", sink,
			"count", WARM);
	if (rc == TSP_OK)
		rc = run_go(system, source, &seconds, &count, err, "{s:a, s:i}", "target", sink,
			"count", messages);
	run_close(system);
	*ret_rate = count / seconds;
	return rc;
}

static int between_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	int rc = flow_ours("Source", true, bench_count(bench, BETWEEN), &ret_samples[0].ours, err);

	(void)variant;
	if (rc == TSP_OK)
		rc = raw_flow(BATCH, bench_count(bench, RAW_BATCHED), &ret_samples[0].raw, err);
	if (rc == TSP_OK)
		rc = raw_flow(1, bench_count(bench, RAW_SINGLE), &ret_samples[1].raw, err);
	ret_samples[1].ours = ret_samples[0].ours;
	return rc;
}

static int within_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	(void)variant;
	return flow_ours(
		"SharedSource", false, bench_count(bench, WITHIN), &ret_samples[0].ours, err);
}

const struct experiment flow_experiments[] = {
	{ "one-way", 0, between_measure,
		{ { "one way between processes, raw: 64 a write", "/s", BOUND_LEAST, 1e6 },
			{ "  the same, raw: one a write", "/s", BOUND_NONE, 0 } } },
	{ "one-way-shared", 0, within_measure,
		{ { "one way in a shared host", "/s", BOUND_LEAST, 3e6 } } },
	{ 0 },
};
