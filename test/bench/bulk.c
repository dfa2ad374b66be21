/* SPDX-License-Identifier: MIT */
/* Messages of 1 MiB from one actor's process to another's, next to a socketpair between two bare
 * processes: there each byte is copied into the kernel and out of it once, here twice. */
#include "config.h"

#include "bench.h"
#include "raw.h"
#include "run.h"

#define SIZE   (1 << 20)
#define COUNT  2000
#define WARM   50
#define WINDOW 4

static int bulk_ours(int count, double *ret_rate, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_system *system = NULL;
	tsp_address hauler, dock;
	double seconds = 1, messages = 0;
	int counts[] = { WARM, count };
	int rc = run_open(&options, &system, err);
	int i;

	if (rc == TSP_OK)
		rc = run_create(system, "Dock", &dock, err);
	if (rc == TSP_OK)
		rc = run_create(system, "Hauler", &hauler, err);
	for (i = 0; i < 2 && rc == TSP_OK; i++)
		rc = run_go(system, hauler, &seconds, &messages, err, "{s:a, s:i, s:i, s:i}",
			"target", dock, "size", SIZE, "count", counts[i], "window", WINDOW);
	run_close(system);
	*ret_rate = messages * SIZE / seconds;
	return rc;
}

static int bulk_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	int count = bench_count(bench, COUNT);
	int rc = bulk_ours(count, &ret_samples[0].ours, err);

	(void)variant;
	return rc < 0 ? rc : raw_bulk(SIZE, count, &ret_samples[0].raw, err);
}

const struct experiment bulk_experiments[] = {
	{ "large", 0, bulk_measure,
		{ { "messages of 1 MiB between processes, bytes", "/s", BOUND_SHARE, 0.5 } } },
	{ 0 },
};
