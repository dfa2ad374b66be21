/* SPDX-License-Identifier: MIT */
/* Asks of a bash script through thespian.bash, one by one and many at once, next to the same lines through a coprocess
 * that echoes them, and to a process a call; all on one core. */
#include "config.h"

#include <stdio.h>

#include "bench.h"
#include "raw.h"
#include "run.h"

#define ASKS  10000
#define CALLS 40
#define FIGURES 9

static int read_figures(const char *command, double figures[FIGURES], tsp_error *err)
{
	FILE *stream = popen(command, "re"); /* its words are ours */
	int count = 0;

	if (stream == NULL)
		return tsp_fail_errno(err, "run", "bash");
	while (count < FIGURES && fscanf(stream, "%lf", &figures[count]) == 1)
		count++;
	if (pclose(stream) != 0 || count < FIGURES)
		return tsp_fail(err, TSP_EFAILED, "cannot run '%s': it printed %d of %d figures",
			command, count, FIGURES);
	return TSP_OK;
}

static int script_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct run_options options = { .core = 0 };
	tsp_create_options named = { .name = "bench" };
	tsp_system *system = NULL;
	tsp_address echo;
	char command[1024];
	double figures[FIGURES];
	int rc = run_open(&options, &system, err);

	(void)variant;
	if (rc == TSP_OK)
		rc = tsp_system_create(system, "bench_actors:Echo", &named, 5000, &echo, err);
	snprintf(command, sizeof(command),
		"PATH=%s/bin:$PATH exec taskset -c 0 bash %s/test/bench/ask.bash 1977 %d %d",
		TSP_TEST_BUILD, TSP_TEST_TOP, bench_count(bench, ASKS), bench_count(bench, CALLS));
	if (rc == TSP_OK)
		rc = read_figures(command, figures, err);
	run_close(system);
	if (rc < 0)
		return rc;
	ret_samples[0] = (struct sample){ figures[2] / 1e3, figures[3] / 1e3 };
	ret_samples[1] = (struct sample){ figures[0] / 1e3, figures[1] / 1e3 };
	ret_samples[2] = (struct sample){ figures[6] / 1e3, figures[7] / 1e3 };
	ret_samples[3] = (struct sample){ figures[4] / 1e3, figures[5] / 1e3 };
	ret_samples[4] = (struct sample){ figures[8] / figures[4], 0 };
	ret_samples[5] = (struct sample){ figures[8] / figures[0], 0 };
	return TSP_OK;
}

const struct experiment script_experiments[] = {
	{ "script", 0, script_measure,
		{ { "thespian_ask, 100 bytes, raw: coproc cat", "us", BOUND_RATIO, 3.0 },
			{ "  14 bytes", "us", BOUND_RATIO, 3.0 },
			{ "thespian_ask_many, 100 bytes", "us", BOUND_RATIO, 3.0 },
			{ "  14 bytes", "us", BOUND_RATIO, 3.0 },
			{ "  in the time of one 'thespian-shell -c'", "", BOUND_LEAST, 100.0 },
			{ "  as many by thespian_ask", "", BOUND_NONE, 0 } } },
	{ 0 },
};
