/* SPDX-License-Identifier: MIT */
/*
 * A storm of a million records within a second or so: what asks beside it take, next to asks of the same
 * run without it. The asks are a caller's, each by itself, for as long as the storm lasts.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "bench.h"
#include "raw.h"
#include "run.h"

#define LINES	 1000000
#define ASKS	 200000 /* at most */
#define WARM	 500
#define LOOK	 32 /* asks between two looks for the storm's end */
#define ASK_MS	 10000
#define STORM_MS 60000

struct times {
	double us[ASKS];
	int count;
};

static int ask_once(tsp_system *system, tsp_address echo, double *ret_us, tsp_error *err)
{
	static const uint8_t text[] = { 0x65, 'h', 'e', 'l', 'l', 'o' };
	tsp_message *reply = NULL;
	clock_ns begin = clock_read();
	int rc =
		tsp_ask(system, echo, NULL, (tsp_value){ text, sizeof(text) }, ASK_MS, &reply, err);

	*ret_us = (double)(clock_read() - begin) / 1e3;
	tsp_message_free(reply);
	return rc;
}

/* Until the storm says that it is over (storm), or as often as it was asked beside it. */
static int ask_beside(tsp_system *system, tsp_address echo, bool storm, int count,
	struct times *times, tsp_error *err)
{
	tsp_message *over = NULL;
	int rc = TSP_OK;

	for (times->count = 0; rc == TSP_OK && times->count < count && over == NULL;) {
		rc = ask_once(system, echo, &times->us[times->count++], err);
		if (!storm || times->count % LOOK != 0 || rc < 0)
			continue;
		if (tsp_listen(system, 0, &over, NULL) < 0)
			over = NULL;
	}
	if (storm && over == NULL && rc == TSP_OK)
		rc = tsp_listen(system, STORM_MS, &over, err);
	tsp_message_free(over);
	return rc;
}

static int start_storm(tsp_system *system, tsp_address actor, int lines, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	int rc = builder != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc == TSP_OK) {
		tsp_put_format(builder, "{s:i}", "count", lines);
		rc = tsp_builder_value(builder, &value);
	}
	if (rc == TSP_OK)
		rc = tsp_tell(system, actor, "Go", value, err);
	tsp_builder_free(builder);
	return rc;
}

static int measure_in(
	tsp_system *system, int lines, struct times *quiet, struct times *stormy, tsp_error *err)
{
	tsp_address echo, storm;
	int rc = run_create(system, "Echo", &echo, err);

	if (rc == TSP_OK)
		rc = run_create(system, "Storm", &storm, err);
	if (rc == TSP_OK)
		rc = ask_beside(system, echo, false, WARM, quiet, err);
	if (rc == TSP_OK)
		rc = start_storm(system, storm, lines, err);
	if (rc == TSP_OK)
		rc = ask_beside(system, echo, true, ASKS, stormy, err);
	if (rc == TSP_OK)
		rc = ask_beside(system, echo, false, stormy->count, quiet, err);
	return rc;
}

/* Lines that the log has, with those that it says were suppressed; *ret_written: the former. */
static int count_lines(const char *path, double *ret_written, double *ret_all, tsp_error *err)
{
	struct buffer bytes;
	const char *at;
	int rc;

	buffer_init(&bytes, (size_t)256 * 1024 * 1024);
	rc = file_read(path, &bytes, err);
	if (rc == TSP_OK && buffer_put(&bytes, "", 1) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	*ret_written = 0;
	*ret_all = 0;
	for (at = (const char *)bytes.data; rc == TSP_OK && *at != '\0';
		at += strcspn(at, "\n") + 1) {
		unsigned long count;

		if (sscanf(at, "%lu records suppressed", &count) == 1)
			*ret_all += (double)count;
		else
			*ret_written += 1;
	}
	*ret_all += *ret_written;
	buffer_clear(&bytes);
	return rc;
}

static double percentile(struct times *times, double part)
{
	(void)bench_median(times->us, times->count); /* sorts */
	return times->us[(int)(part * (times->count - 1))];
}

static int measure_round(const struct bench *bench, struct times *quiet, struct times *stormy,
	struct sample *ret_samples, tsp_error *err)
{
	int lines = bench_count(bench, LINES);
	char *path = text_format("%s/storm-%d.log", bench->folder, bench->round);
	char *definitions = text_format(
		"{\"formatters\": {\"m\": {\"format\": \"%%(message)s\"}}, \"handlers\": {\"f\":"
		" {\"class\": \"file\", \"path\": \"%s\", \"formatter\": \"m\", \"filters\": [\"isActorLog\"]}},"
		" \"root\": {\"level\": \"warning\", \"handlers\": [\"f\"]}}",
		path != NULL ? path : "");
	struct run_options options = { .core = RAW_ANYWHERE, .log_definitions = definitions };
	tsp_system *system = NULL;
	double written, all;
	int rc = path != NULL && definitions != NULL ? run_open(&options, &system, err) :
						       tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc == TSP_OK)
		rc = measure_in(system, lines, quiet, stormy, err);
	run_close(system);
	if (rc == TSP_OK)
		rc = count_lines(path, &written, &all, err);
	if (rc == TSP_OK && (int)all != lines)
		rc = tsp_fail(err, TSP_EFAILED, "%d lines were logged, %d are accounted for", lines,
			(int)all);
	if (rc == TSP_OK) {
		ret_samples[0] = (struct sample){ percentile(stormy, 0.5), percentile(quiet, 0.5) };
		ret_samples[1] =
			(struct sample){ percentile(stormy, 0.99), percentile(quiet, 0.99) };
		ret_samples[2] = (struct sample){ all - written, all };
		ret_samples[3] = (struct sample){ stormy->count, 0 };
	}
	free(definitions);
	free(path);
	return rc;
}

static int log_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct times *quiet = malloc(sizeof(*quiet));
	struct times *stormy = malloc(sizeof(*stormy));
	int rc = TSP_ENOMEM;

	(void)variant;
	if (quiet != NULL && stormy != NULL)
		rc = measure_round(bench, quiet, stormy, ret_samples, err);
	else
		tsp_fail(err, rc, "out of memory");
	free(quiet);
	free(stormy);
	return rc;
}

const struct experiment log_experiments[] = {
	{ "log", 0, log_measure,
		{ { "ask beside a storm of 1 M records, median", "us", BOUND_RATIO, 1.25 },
			{ "  the same, 99 of 100 are faster", "us", BOUND_RATIO, 2 },
			{ "  records suppressed, raw: logged", "", BOUND_NONE, 0 },
			{ "  asks in that time", "", BOUND_NONE, 0 } } },
	{ 0 },
};
