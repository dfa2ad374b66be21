/* SPDX-License-Identifier: MIT */
/*
 * Wake-ups: one actor has 10,000 pending, each asks for the next one 99 ms ahead. That makes 101,010 a
 * second, less by as much as they come late; 100,000 are left while they are 1 ms late on average.
 */
#include "config.h"

#include "bench.h"
#include "raw.h"
#include "run.h"

#define PENDING	  10000
#define PERIOD_MS 99
#define COUNT	  200000

static int wakeup_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_system *system = NULL;
	tsp_message *reply = NULL;
	tsp_address ticker;
	int rc = run_open(&options, &system, err);

	(void)variant;
	if (rc == TSP_OK)
		rc = run_create(system, "Ticker", &ticker, err);
	if (rc == TSP_OK)
		rc = run_go_reply(system, ticker, &reply, err, "{s:i, s:i, s:i}", "pending",
			PENDING, "period_ms", PERIOD_MS, "count", bench_count(bench, COUNT));
	if (rc == TSP_OK) {
		double count = (double)tsp_get_int(reply, "count", 0);

		ret_samples[0].ours = count / ((double)tsp_get_int(reply, "ns", 0) / 1e9);
		ret_samples[1].ours = (double)tsp_get_int(reply, "median_ns", 0) / 1e3;
		ret_samples[2].ours = (double)tsp_get_int(reply, "p99_ns", 0) / 1e3;
		ret_samples[3].ours = (double)tsp_get_int(reply, "cpu_ns", 0) / 1e3 / count;
	}
	tsp_message_free(reply);
	run_close(system);
	return rc;
}

const struct experiment wakeup_experiments[] = {
	{ "wakeup", 0, wakeup_measure,
		{ { "wake-ups of one actor, 10,000 pending", "/s", BOUND_LEAST, 1e5 },
			{ "  how late, median", "us", BOUND_NONE, 0 },
			{ "  how late, of 100 the last but one", "us", BOUND_NONE, 0 },
			{ "  processor time of each", "us", BOUND_MOST, 5 } } },
	{ 0 },
};
