/* SPDX-License-Identifier: MIT */
/*
 * From a signed package to its actor's first answer, through the Director's authority: built, next to
 * the compiler alone with the same command; and, in a new system, from the cache (W37).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "bench.h"
#include "package.h"
#include "raw.h"
#include "run.h"

#define LOAD_MS	 30000
#define COMPILES 5
#define GREETING                        \
	(tsp_value)                     \
	{                               \
		(const uint8_t *)"\x63" \
				 "Ada", \
			4               \
	}

static int load_and_ask(tsp_system *system, const struct bench_package *package, tsp_error *err)
{
	tsp_create_options options = { 0 };
	tsp_message *reply = NULL;
	char hash[65];
	tsp_address greeter;
	int rc = tsp_system_load(
		system, package->bytes, package->size, "bench", LOAD_MS, hash, NULL, err);

	options.source = hash;
	if (rc == TSP_OK)
		rc = tsp_system_create(system, "Greeter", &options, LOAD_MS, &greeter, err);
	if (rc == TSP_OK)
		rc = tsp_ask(system, greeter, "Greet", GREETING, LOAD_MS, &reply, err);
	if (rc == TSP_OK && !tsp_message_is(reply, "Greeting"))
		rc = tsp_fail(err, TSP_EFAILED, "cannot measure: the loaded actor does not greet");
	tsp_message_free(reply);
	return rc;
}

/* In a system of its own; the clock runs from the load to the answer. */
static int load_once(const struct bench *bench, const struct bench_package *package, double *ret_ms,
	tsp_error *err)
{
	char *authority = text_format("director:Authority=%s/director", bench->folder);
	struct run_options options = { .core = RAW_ANYWHERE, .authority = authority };
	tsp_system *system = NULL;
	clock_ns begin;
	int rc = authority != NULL ? run_open(&options, &system, err) :
				     tsp_fail(err, TSP_ENOMEM, "out of memory");

	begin = clock_read();
	if (rc == TSP_OK)
		rc = load_and_ask(system, package, err);
	*ret_ms = (double)(clock_read() - begin) / 1e6;
	run_close(system);
	free(authority);
	return rc;
}

static int load_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct bench_package package = { 0 };
	int rc = package_make(bench, &package, err);

	(void)variant;
	if (rc == TSP_OK)
		rc = load_once(bench, &package, &ret_samples[0].ours, err);
	if (rc == TSP_OK)
		rc = raw_command((const char *const *)package.command.items, package.folder,
			bench_count(bench, COMPILES), &ret_samples[0].raw, err);
	if (rc == TSP_OK)
		rc = load_once(bench, &package, &ret_samples[1].ours, err);
	package_clear(&package);
	return rc;
}

const struct experiment load_experiments[] = {
	{ "load", 0, load_measure,
		{ { "load to first reply, raw: the compiler alone", "ms", BOUND_DIFFERENCE, 60 },
			{ "load to first reply, from the cache", "ms", BOUND_MOST, 40 } } },
	{ 0 },
};
