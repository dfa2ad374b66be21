/* SPDX-License-Identifier: MIT */
/* Commands from start to end, next to the smallest tool of the kind and one connection. */
#include "config.h"

#include <stdint.h>

#include "bench.h"
#include "raw.h"
#include "run.h"

#define RUNS	 100
#define DIRECTOR TSP_TEST_BUILD "/bin/thespian-director"
#define SHELL	 TSP_TEST_BUILD "/bin/thespian-shell"
#define PORT	 "1977" /* as in run.c */

static int shell_ms(const struct bench *bench, double *ret_ms, tsp_error *err)
{
	static const char *const argv[] = { SHELL, "--port", PORT, "-c", "ask bench \"Ada\"",
		NULL };
	struct run_options options = { .core = RAW_ANYWHERE };
	tsp_create_options named = { .name = "bench" };
	tsp_system *system = NULL;
	tsp_address echo;
	int rc = run_open(&options, &system, err);

	if (rc == TSP_OK)
		rc = tsp_system_create(system, "bench_actors:Echo", &named, 5000, &echo, err);
	if (rc == TSP_OK)
		rc = raw_command(argv, NULL, bench_count(bench, RUNS), ret_ms, err);
	run_close(system);
	return rc;
}

static int raw_ms(const struct bench *bench, double *ret_ms, tsp_error *err)
{
	static const char *const argv[] = { "minisign", "-v", NULL };
	double program = 0, connection = 0;
	int rc = raw_command(argv, NULL, bench_count(bench, RUNS), &program, err);

	if (rc == TSP_OK)
		rc = raw_connection(bench->folder, bench_count(bench, RUNS), &connection, err);
	*ret_ms = program + connection;
	return rc;
}

static int command_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	static const char *const help[] = { DIRECTOR, "help", NULL };
	int rc = raw_command(help, NULL, bench_count(bench, RUNS), &ret_samples[0].ours, err);

	(void)variant;
	if (rc == TSP_OK)
		rc = raw_ms(bench, &ret_samples[0].raw, err);
	if (rc == TSP_OK)
		rc = shell_ms(bench, &ret_samples[1].ours, err);
	ret_samples[1].raw = ret_samples[0].raw;
	return rc;
}

const struct experiment command_experiments[] = {
	{ "command", 0, command_measure,
		{ { "thespian-director help, raw: minisign -v", "ms", BOUND_RATIO, 2.0 },
			{ "thespian-shell -c 'ask ..', raw: the same", "ms", BOUND_RATIO, 2.0 } } },
	{ 0 },
};
