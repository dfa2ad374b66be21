/* SPDX-License-Identifier: MIT */
/* bench [short] [EXPERIMENT..]: measures, prints the table, says by its status whether all limits hold. */
#include "config.h"

#include "bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "run.h"

#define ROUNDS	      5
#define ROUNDS_QUICK  3
#define QUICK_DIVISOR 8
#define RESULTS	      48

struct result {
	const struct figure *figure;
	struct sample samples[ROUNDS];
	int count;
};

static const struct experiment *const tables[] = { ask_experiments, flow_experiments,
	flood_experiments, bulk_experiments, crowd_experiments, wakeup_experiments,
	create_experiments, memory_experiments, load_experiments, build_experiments,
	command_experiments, script_experiments, deployment_experiments, log_experiments, across_experiments, NULL };

int bench_count(const struct bench *bench, int count)
{
	return bench->quick ? count / QUICK_DIVISOR + 1 : count;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(double *numbers, int count)
{
	qsort(numbers, (size_t)count, sizeof(*numbers), compare);
	return count % 2 == 1 ? numbers[count / 2] :
				(numbers[count / 2 - 1] + numbers[count / 2]) / 2;
}

/* ---- The table ---- */

enum part { PART_OURS, PART_RAW, PART_RATIO, PART_DIFFERENCE };

static double median_of(
	const struct result *result, enum part part, double *ret_least, double *ret_most)
{
	double numbers[ROUNDS];
	double median;
	int i;

	for (i = 0; i < result->count; i++) {
		const struct sample *at = &result->samples[i];

		numbers[i] = part == PART_OURS ? at->ours :
			part == PART_RAW       ? at->raw :
			part == PART_RATIO     ? at->ours / at->raw :
						 at->ours - at->raw;
	}
	median = bench_median(numbers, result->count);
	*ret_least = numbers[0];
	*ret_most = numbers[result->count - 1];
	return median;
}

/* 12.3, 0.85, 4,567 or 8.91 M: three digits that count. */
static const char *number_text(double number, char out[24])
{
	double most = number < 0 ? -number : number;

	if (most >= 1e6)
		snprintf(out, 24, "%.2f M", number / 1e6);
	else if (most >= 10000)
		snprintf(out, 24, "%.0f k", number / 1e3);
	else if (most >= 100)
		snprintf(out, 24, "%.0f", number);
	else if (most >= 10)
		snprintf(out, 24, "%.1f", number);
	else
		snprintf(out, 24, "%.2f", number);
	return out;
}

static bool print_verdict(const struct result *result)
{
	static const char *const signs[] = { [BOUND_RATIO] = "ratio <=",
		[BOUND_SHARE] = "ratio >=",
		[BOUND_DIFFERENCE] = "ours - raw <=",
		[BOUND_MOST] = "ours <=",
		[BOUND_LEAST] = "ours >=" };
	static const enum part parts[] = { [BOUND_RATIO] = PART_RATIO,
		[BOUND_SHARE] = PART_RATIO,
		[BOUND_DIFFERENCE] = PART_DIFFERENCE,
		[BOUND_MOST] = PART_OURS,
		[BOUND_LEAST] = PART_OURS };
	const struct figure *figure = result->figure;
	double least, most, judged;
	char limit[24], text[80];
	bool holds;

	if (figure->bound == BOUND_NONE) {
		printf("%-24s shown\n", "");
		return true;
	}
	judged = median_of(result, parts[figure->bound], &least, &most);
	holds = figure->bound == BOUND_LEAST || figure->bound == BOUND_SHARE ?
		judged >= figure->limit :
		judged <= figure->limit;
	snprintf(text, sizeof(text), "%s %s", signs[figure->bound],
		number_text(figure->limit, limit));
	printf("%-24s %s", text, holds ? "holds" : "FAILS");
	if (figure->bound == BOUND_DIFFERENCE)
		printf(" (%s)", number_text(judged, limit));
	putchar('\n');
	return holds;
}

static bool print_result(const struct result *result)
{
	double least, most, raw_least, raw_most;
	double ours = median_of(result, PART_OURS, &least, &most);
	double raw = median_of(result, PART_RAW, &raw_least, &raw_most);
	char text[24], from[24], to[24], range[56];

	snprintf(range, sizeof(range), "%s .. %s", number_text(least, from), number_text(most, to));
	printf("%-46s %9s %-3s %19s", result->figure->name, number_text(ours, text),
		result->figure->unit, range);
	if (raw > 0)
		printf(" %9s %6.2f  ", number_text(raw, text),
			median_of(result, PART_RATIO, &least, &most));
	else
		printf(" %9s %6s  ", "-", "-");
	return print_verdict(result);
}

static void print_load(const char *when)
{
	double load[1] = { 0 };

	(void)getloadavg(load, 1); /* 0 is shown where it is not known */
	printf("load %s: %.2f\n", when, load[0]);
	fflush(stdout);
}

/* ---- The rounds ---- */

static bool is_wanted(const struct experiment *experiment, char **names)
{
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], experiment->name) == 0)
			return true;
	return names[0] == NULL;
}

static int measure(const struct bench *bench, const struct experiment *experiment,
	struct result *results, int *next, tsp_error *err)
{
	struct sample samples[BENCH_FIGURES] = { 0 };
	int i, rc;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Kround %d: %s", bench->round + 1, experiment->name);
	rc = experiment->measure(bench, experiment->variant, samples, err);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (rc < 0)
		return tsp_wrap(err, rc, "cannot measure '%s'", experiment->name);
	for (i = 0; i < BENCH_FIGURES && experiment->figures[i].name != NULL; i++) {
		struct result *result = &results[(*next)++];

		result->figure = &experiment->figures[i];
		result->samples[result->count++] = samples[i];
	}
	return TSP_OK;
}

/* One round of all that are wanted. *ret_count: of results. */
static int round_run(const struct bench *bench, char **names, struct result *results,
	int *ret_count, tsp_error *err)
{
	int next = 0;
	int rc = TSP_OK;
	size_t i;

	for (i = 0; tables[i] != NULL; i++) {
		const struct experiment *at;

		for (at = tables[i]; at->name != NULL && rc == TSP_OK; at++)
			if (is_wanted(at, names))
				rc = measure(bench, at, results, &next, err);
	}
	*ret_count = next;
	return rc;
}

/* Status: 0 all limits hold, 1 not all. */
static int bench_run(struct bench *bench, char **names, tsp_error *err)
{
	static struct result results[RESULTS];
	int rounds = bench->quick ? ROUNDS_QUICK : ROUNDS;
	int rc = run_prepare(bench, err);
	bool all = true;
	int count = 0, i;

	print_load("before");
	for (; bench->round < rounds && rc == TSP_OK; bench->round++)
		rc = round_run(bench, names, results, &count, err);
	if (rc < 0)
		return rc;
	print_load("after");
	printf("\n%-46s %13s %19s %9s %6s  %-24s %s\n", "median of rounds", "ours", "least .. most",
		"raw", "ratio", "limit", "verdict");
	for (i = 0; i < count; i++)
		all = print_result(&results[i]) && all;
	return all ? 0 : 1;
}

static void on_signal(int number)
{
	(void)number;
	tsp_interrupt(); /* the wait under way fails, so that all is cleared up */
}

static int check_names(char **names)
{
	size_t i, j;

	for (i = 0; names[i] != NULL; i++) {
		const struct experiment *at = NULL;

		for (j = 0; tables[j] != NULL; j++)
			for (at = tables[j]; at->name != NULL; at++)
				if (strcmp(names[i], at->name) == 0)
					goto known;
		fprintf(stderr, "bench: cannot measure '%s': not one of", names[i]);
		for (j = 0; tables[j] != NULL; j++)
			for (at = tables[j]; at->name != NULL; at++)
				fprintf(stderr, " %s", at->name);
		fputc('\n', stderr);
		return TSP_EUSAGE;
known:
		continue;
	}
	return TSP_OK;
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/tsp-bench-XXXXXX";
	struct bench bench = { .folder = folder };
	struct sigaction action = { .sa_handler = on_signal };
	tsp_error err = { 0 };
	char **names = argv + 1;
	int rc;

	if (argc > 1 && strcmp(argv[1], "short") == 0) {
		bench.quick = true;
		names++;
	}
	if (check_names(names) < 0)
		return 2;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (mkdtemp(folder) == NULL)
		rc = tsp_fail_errno(&err, "make", folder);
	else
		rc = bench_run(&bench, names, &err);
	(void)file_remove_tree(folder, NULL);
	if (rc < 0)
		fprintf(stderr, "bench: %s\n", err.text);
	return rc < 0 ? 2 : rc;
}
