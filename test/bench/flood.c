/* SPDX-License-Identifier: MIT */
/*
 * Asks between two actors while a third floods one that is stopped, next to the same asks of the same
 * system just before; and what the admin holds then. The flood goes on past its first million.
 */
#include "config.h"

#include <signal.h>

#include "bench.h"
#include "raw.h"
#include "run.h"

#define ASKS	  20000
#define WARM_ASKS 500
#define FLOOD	  1000000
#define FLOOD_MS  30000

/* Lets the flood begin in the background, and waits until its first million is over. */
static int flood(tsp_system *system, tsp_address flooder, tsp_address target, double *ret_refused,
	tsp_error *err)
{
	double seconds = 0;

	return run_go(system, flooder, &seconds, ret_refused, err, "{s:a, s:i, s:b}", "target",
		target, "count", FLOOD, "on", 1);
}

static int flood_in(tsp_system *system, const struct bench *bench, pid_t *ret_stopped,
	struct sample *ret_samples, tsp_error *err)
{
	tsp_address sink, flooder, echo, asker;
	tsp_message *status = NULL;
	double before = 0, beside = 0, count = 1, refused = 0;
	int found;
	int rc = run_create(system, "Sink", &sink, err);

	if (rc == TSP_OK)
		rc = run_pids(system, TSP_TEXT("Sink"), ret_stopped, 1, &found, err);
	if (rc == TSP_OK && kill(*ret_stopped, SIGSTOP) < 0)
		rc = tsp_fail(err, TSP_EFAILED, "cannot stop the sink");
	if (rc == TSP_OK)
		rc = run_create(system, "Flooder", &flooder, err);
	if (rc == TSP_OK)
		rc = run_create(system, "Echo", &echo, err);
	if (rc == TSP_OK)
		rc = run_create(system, "Asker", &asker, err);
	for (int i = 0; rc == TSP_OK && i < 2; i++)
		rc = run_go(system, asker, &before, &count, err, "{s:a, s:i}", "target", echo,
			"count", i == 0 ? WARM_ASKS : bench_count(bench, ASKS));
	ret_samples[0].raw = before * 1e6 / count;
	if (rc == TSP_OK)
		rc = flood(system, flooder, sink, &refused, err);
	if (rc == TSP_OK)
		rc = run_go(system, asker, &beside, &count, err, "{s:a, s:i}", "target", echo,
			"count", bench_count(bench, ASKS));
	ret_samples[0].ours = beside * 1e6 / count;
	ret_samples[1].ours = refused;
	if (rc == TSP_OK)
		rc = tsp_status(system, tsp_admin(system), FLOOD_MS, &status, err);
	if (rc == TSP_OK)
		ret_samples[2].ours = (double)tsp_get_int(status, "memory", 0) / 1e6;
	tsp_message_free(status);
	return rc;
}

static int flood_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_system *system = NULL;
	pid_t stopped = 0;
	int rc = run_open(&options, &system, err);

	(void)variant;
	if (rc == TSP_OK)
		rc = flood_in(system, bench, &stopped, ret_samples, err);
	if (stopped > 0)
		(void)kill(stopped, SIGCONT);
	run_close(system);
	return rc;
}

const struct experiment flood_experiments[] = {
	{ "flood", 0, flood_measure,
		{ { "ask beside a flood, raw: without", "us", BOUND_RATIO, 2.0 },
			{ "  refused of the first million", "", BOUND_LEAST, 900000 },
			{ "  memory of the admin", "MB", BOUND_MOST, 64 } } },
	{ 0 },
};
