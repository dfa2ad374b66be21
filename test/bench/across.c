/* SPDX-License-Identifier: MIT */
/*
 * Two systems of one convention on this machine, linked over loopback, encrypted: questions and answers, messages
 * one way, large ones, and children that live at the other system. The baseline of an ask is a frame over TCP there
 * and back, and what the same ask takes within one system, which is the way through both ends.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "bench.h"
#include "raw.h"
#include "run.h"
#include "source/pins.h"

#define NEAR_PORT 1977
#define FAR_PORT  1978
#define ASKS	  20000
#define FLOW	  400000
#define WARM_FLOW 40000
#define SIZE	  (1 << 20)
#define BULK	  1000
#define WINDOW	  8
#define BIRTHS	  500
#define WARM	  20
#define LINK_MS	  10000

struct pair {
	tsp_system *near;
	tsp_system *far;
};

/* Each has the other's key, and the near one knows where to find the far one. */
static int pin_pair(const char *near, const char *far, const char *address, tsp_error *err)
{
	struct pin_pair near_keys, far_keys;
	struct pin pin = { .name = "bench" };
	int rc = pins_own(near, true, &near_keys, err);

	if (rc == TSP_OK)
		rc = pins_own(far, true, &far_keys, err);
	if (rc < 0)
		return rc;
	memcpy(pin.key, near_keys.public, sizeof(pin.key));
	rc = pins_admit(far, &pin, err);
	memcpy(pin.key, far_keys.public, sizeof(pin.key));
	if (rc == TSP_OK)
		rc = pins_admit(near, &pin, err);
	return rc < 0 ? rc : pins_set_leader(near, address, far_keys.public, err);
}

static int start_one(const char *capabilities, int port, tsp_system **ret_system, tsp_error *err)
{
	struct run_options options = { .core = RAW_ANYWHERE, .port = port, .capabilities = capabilities };

	if (capabilities == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	return run_open(&options, ret_system, err);
}

static void pair_close(struct pair *pair)
{
	run_close(pair->near);
	run_close(pair->far);
}

/* Until an actor can be made over there; that one is the first Echo. */
static int await_link(struct pair *pair, tsp_error *err)
{
	struct timespec pause = { .tv_nsec = 20000000 };
	tsp_address echo;
	clock_ns until = clock_read() + LINK_MS * CLOCK_MS;
	int rc;

	do {
		rc = run_create_far(pair->near, "Echo", &echo, err);
		(void)nanosleep(&pause, NULL);
	} while (rc < 0 && clock_read() < until);
	return rc;
}

static int pair_open(const struct bench *bench, struct pair *ret_pair, tsp_error *err)
{
	char *near = text_format("%s/keys-near", bench->folder), *far = text_format("%s/keys-far", bench->folder);
	char *address = text_format("127.0.0.1:%d", FAR_PORT);
	char *near_settings = text_format("{\"Convention Keys\": \"%s\", \"Convention Address.IPv4\": \"%s\"}", near,
		address);
	char *far_settings = text_format(
		"{\"Convention Keys\": \"%s\", \"Convention Listen\": \"%s\", \"far\": true}", far, address);
	int rc = near == NULL || far == NULL || address == NULL ? tsp_fail(err, TSP_ENOMEM, "out of memory") :
								  pin_pair(near, far, address, err);

	*ret_pair = (struct pair){ 0 };
	if (rc == TSP_OK)
		rc = start_one(far_settings, FAR_PORT, &ret_pair->far, err);
	if (rc == TSP_OK)
		rc = start_one(near_settings, NEAR_PORT, &ret_pair->near, err);
	if (rc == TSP_OK)
		rc = await_link(ret_pair, err);
	free(far_settings);
	free(near_settings);
	free(address);
	free(far);
	free(near);
	if (rc < 0)
		pair_close(ret_pair);
	return rc;
}

static int ask(const struct bench *bench, tsp_system *system, bool far, double *ret_us, tsp_error *err)
{
	tsp_address asker, echo;
	double seconds = 0, count = 1;
	int counts[] = { bench_count(bench, ASKS) / 20, bench_count(bench, ASKS) };
	int rc = far ? run_create_far(system, "Echo", &echo, err) : run_create(system, "Echo", &echo, err);

	if (rc == TSP_OK)
		rc = run_create(system, "Asker", &asker, err);
	for (int i = 0; i < 2 && rc == TSP_OK; i++)
		rc = run_go(system, asker, &seconds, &count, err, "{s:a, s:i}", "target", echo, "count", counts[i]);
	*ret_us = seconds * 1e6 / count;
	return rc;
}

static int ask_measure(const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	double local = 0, wire = 0;
	struct pair pair;
	int rc = pair_open(bench, &pair, err);

	(void)variant;
	if (rc < 0)
		return rc;
	rc = ask(bench, pair.near, true, &ret_samples[0].ours, err);
	if (rc == TSP_OK)
		rc = ask(bench, pair.near, false, &local, err);
	pair_close(&pair);
	if (rc == TSP_OK)
		rc = raw_tcp_round_trip(bench_count(bench, ASKS), &wire, err);
	ret_samples[0].raw = wire + local;
	return rc;
}

/* A source here sends so many to a sink there; the first count warms. *ret_rate: messages a second. */
static int carry(const struct bench *bench, const char *source_class, const char *sink_class, const int counts[2],
	double *ret_rate, tsp_error *err)
{
	tsp_address source, sink;
	double seconds = 1, messages = 0;
	struct pair pair;
	int rc = pair_open(bench, &pair, err);

	if (rc < 0)
		return rc;
	rc = run_create_far(pair.near, sink_class, &sink, err);
	if (rc == TSP_OK)
		rc = run_create(pair.near, source_class, &source, err);
	for (int i = 0; i < 2 && rc == TSP_OK; i++)
		rc = run_go(pair.near, source, &seconds, &messages, err, "{s:a, s:i, s:i, s:i}", "target", sink,
			"size", SIZE, "count", counts[i], "window", WINDOW);
	pair_close(&pair);
	*ret_rate = messages / seconds;
	return rc;
}

/* Of 100 bytes, whatever size is asked for. */
static int flow_measure(const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	const int counts[] = { WARM_FLOW, bench_count(bench, FLOW) };

	(void)variant;
	return carry(bench, "Source", "Sink", counts, &ret_samples[0].ours, err);
}

static int bulk_measure(const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	const int counts[] = { 2 * WINDOW, bench_count(bench, BULK) };
	int rc = carry(bench, "Hauler", "Dock", counts, &ret_samples[0].ours, err);

	(void)variant;
	ret_samples[0].ours *= SIZE;
	return rc < 0 ? rc : raw_seal((size_t)counts[1] * SIZE, &ret_samples[0].raw, err);
}

static int births(tsp_system *system, tsp_address breeder, int count, bool far, double *ret_us, tsp_error *err)
{
	double seconds = 0, born = 1;
	int rc = run_go(system, breeder, &seconds, &born, err, "{s:s, s:i, s:i, s:b}", "class", "Child", "count",
		count, "at_once", 1, "far", far);

	*ret_us = seconds * 1e6 / born;
	return rc;
}

static int create_measure(const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	int count = bench_count(bench, BIRTHS);
	double local = 0, wire = 0, warm;
	tsp_address breeder;
	struct pair pair;
	int rc = pair_open(bench, &pair, err);

	(void)variant;
	if (rc < 0)
		return rc;
	rc = run_create(pair.near, "Breeder", &breeder, err);
	for (int far = 0; far < 2 && rc == TSP_OK; far++) {
		rc = births(pair.near, breeder, WARM, far != 0, &warm, err);
		if (rc == TSP_OK)
			rc = births(pair.near, breeder, count, far != 0, far ? &ret_samples[0].ours : &local, err);
	}
	pair_close(&pair);
	if (rc == TSP_OK)
		rc = raw_tcp_round_trip(bench_count(bench, ASKS), &wire, err);
	/* the bound is three times the local one and one round trip */
	ret_samples[0].raw = local + wire / 3;
	return rc;
}

const struct experiment across_experiments[] = {
	{ "across-ask", 0, ask_measure, { { "ask across two systems", "us", BOUND_RATIO, 2.5 } } },
	{ "across-flow", 0, flow_measure, { { "one way across two systems", "/s", BOUND_LEAST, 3e5 } } },
	{ "across-bulk", 0, bulk_measure,
		{ { "messages of 1 MiB across, bytes; raw: the cipher", "/s", BOUND_SHARE, 0.6 } } },
	{ "across-create", 0, create_measure,
		{ { "create, hello, exit at the other system", "us", BOUND_RATIO, 3.0 } } },
	{ 0 },
};
