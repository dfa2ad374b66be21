/* SPDX-License-Identifier: MIT */
/*
 * What a build takes from others and what shutting it in takes from the build: the 99th percentile of
 * asks while the compiler works on a bomb, next to asks before; a build, next to one that finds a
 * kernel without Landlock, which a filter of system calls pretends (P9, P10).
 */
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/text.h"
#include "bench.h"
#include "package.h"
#include "raw.h"
#include "run.h"
#include "source/builder.h"

#define ASKS	   4000
#define WARM_ASKS  500
#define ASK_MS	   10000
#define BURN_MS	   20000
#define BOMB_DEPTH 40
#define FIRES_MOST 2
#define BUILDS	   15
#define NO_CALL	   9999

/* ---- asks while a build burns ---- */

/* 2 to the power of 40 additions: the compiler ends when its memory or its time does. */
static int make_bomb(const struct bench *bench, int number, struct bench_package *package, tsp_error *err)
{
	struct package_claim claim = { .group = "bomb", .version = "1", .time = 1000000000 };
	struct buffer code;
	int rc;

	buffer_init(&code, 8192);
	rc = buffer_printf(&code, "/* %d %d */\n#define A0 1 + 1\n", bench->round, number);
	for (int i = 1; rc == TSP_OK && i <= BOMB_DEPTH; i++)
		rc = buffer_printf(&code, "#define A%d A%d + A%d\n", i, i - 1, i - 1);
	if (rc == TSP_OK)
		rc = buffer_printf(&code, "int bomb = A%d;\n", BOMB_DEPTH);
	rc = rc == TSP_OK ? package_sign(bench, &claim, NULL, &code, package, err) :
			    tsp_fail(err, rc, "out of memory");
	buffer_clear(&code);
	return rc;
}

/* A process that loads the bomb, as a deployment does beside all else. */
static pid_t light(tsp_system *system, const struct bench_package *bomb)
{
	pid_t pid = fork();

	if (pid == 0) {
		tsp_system *own = NULL;
		char hash[65];

		if (tsp_open_private(system, &own, NULL) == TSP_OK)
			(void)tsp_system_load(own, bomb->bytes, bomb->size, "bomb", BURN_MS * 2, hash, NULL,
				NULL);
		_exit(0);
	}
	return pid;
}

static bool burns(const char *pattern, int fires)
{
	glob_t found;
	bool all = glob(pattern, GLOB_NOSORT, NULL, &found) == 0 && found.gl_pathc >= (size_t)fires;

	globfree(&found);
	return all;
}

static int wait_for_fires(const struct bench *bench, int fires, tsp_error *err)
{
	clock_ns deadline = clock_after(clock_read(), BURN_MS);
	const struct timespec pause = { .tv_nsec = 10000000 };
	char *pattern = file_join(bench->folder, "cache/thespian/build-*/temporary/*");
	int rc = pattern != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	while (rc == TSP_OK && !burns(pattern, fires)) {
		if (clock_read() > deadline)
			rc = tsp_fail(err, TSP_ETIMEOUT, "cannot measure: no build has begun");
		(void)nanosleep(&pause, NULL);
	}
	free(pattern);
	return rc;
}

static int ask_many(tsp_system *system, tsp_address echo, int count, double *ret_p99_us, tsp_error *err)
{
	double *took = calloc((size_t)count, sizeof(*took));
	const tsp_value null = { (const uint8_t *)"\xf6", 1 };
	int rc = took != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	for (int i = 0; i < count && rc == TSP_OK; i++) {
		tsp_message *reply = NULL;
		clock_ns begin = clock_read();

		rc = tsp_ask(system, echo, "Ask", null, ASK_MS, &reply, err);
		took[i] = (double)(clock_read() - begin) / 1e3;
		tsp_message_free(reply);
	}
	if (rc == TSP_OK) {
		(void)bench_median(took, count); /* sorts them */
		*ret_p99_us = took[count * 99 / 100];
	}
	free(took);
	return rc;
}

static int ask_beside(const struct bench *bench, tsp_system *system, const struct bench_package *bombs,
	int fires, struct sample *ret_sample, tsp_error *err)
{
	tsp_address echo;
	pid_t lit[FIRES_MOST] = { 0 };
	int rc = run_create(system, "Echo", &echo, err);

	if (rc == TSP_OK)
		rc = ask_many(system, echo, WARM_ASKS, &ret_sample->raw, err);
	if (rc == TSP_OK)
		rc = ask_many(system, echo, bench_count(bench, ASKS), &ret_sample->raw, err);
	for (int i = 0; i < fires && rc == TSP_OK; i++)
		lit[i] = light(system, &bombs[i]);
	if (rc == TSP_OK)
		rc = wait_for_fires(bench, fires, err);
	if (rc == TSP_OK)
		rc = ask_many(system, echo, bench_count(bench, ASKS), &ret_sample->ours, err);
	if (rc == TSP_OK) /* it burned all the time */
		rc = wait_for_fires(bench, fires, err);
	for (int i = 0; i < fires; i++)
		if (lit[i] > 0) {
			(void)kill(lit[i], SIGKILL);
			(void)waitpid(lit[i], NULL, 0);
		}
	return rc;
}

static int fire_measure(
	const struct bench *bench, int fires, struct sample *ret_samples, tsp_error *err)
{
	char *authority = text_format("director:Authority=%s/director", bench->folder);
	struct run_options options = { .core = RAW_ANYWHERE, .authority = authority };
	struct bench_package bombs[FIRES_MOST] = { 0 };
	tsp_system *system = NULL;
	int rc = authority != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	for (int i = 0; i < fires && rc == TSP_OK; i++)
		rc = make_bomb(bench, i, &bombs[i], err);
	if (rc == TSP_OK)
		rc = run_open(&options, &system, err);
	if (rc == TSP_OK)
		rc = ask_beside(bench, system, bombs, fires, &ret_samples[0], err);
	run_close(system);
	for (int i = 0; i < FIRES_MOST; i++)
		package_clear(&bombs[i]);
	free(authority);
	return rc;
}

/* ---- what shutting a build in costs ---- */

/* Answers a system call with ENOSYS, for good; one that there is not: the filter costs the same and does nothing. */
static int without_call(unsigned number)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ?
		-1 :
		0;
}

/* A build, whatever is in a cache, in a process that lacks that system call. */
static int build_once(const struct bench *bench, const struct package *package, unsigned missing,
	double *ret_ms, tsp_error *err)
{
	clock_ns begin = clock_read();
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct build_result result = { 0 };
		char *folder = file_join(bench->folder, "anew");
		bool done = folder != NULL && without_call(missing) == 0 &&
			build_anew(package->zip, package->zip_size, folder, TSP_TEST_TOP "/lib",
				&build_default_limits, &result) == TSP_OK;

		_exit(done ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return tsp_fail_errno(err, "start", "a build");
	*ret_ms = (double)(clock_read() - begin) / 1e6;
	return status == 0 ? TSP_OK : tsp_fail(err, TSP_EFAILED, "cannot measure: the build failed");
}

static int shut_in_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	struct bench_package made = { 0 };
	struct package package;
	double shut_in[BUILDS], open[BUILDS];
	int count = bench_count(bench, BUILDS);
	int rc = package_make(bench, &made, err);

	(void)variant;
	if (rc == TSP_OK)
		rc = package_read(made.bytes, made.size, &package, err);
	for (int i = 0; i < count && rc == TSP_OK; i++) {
		rc = build_once(bench, &package, NO_CALL, &shut_in[i], err);
		if (rc == TSP_OK)
			rc = build_once(bench, &package, SYS_landlock_create_ruleset, &open[i], err);
	}
	if (rc == TSP_OK) {
		ret_samples[0].ours = bench_median(shut_in, count);
		ret_samples[0].raw = bench_median(open, count);
	}
	package_clear(&made);
	return rc;
}

const struct experiment build_experiments[] = {
	{ "build-beside", 1, fire_measure,
		{ { "ask, 99th percentile, beside a bomb", "us", BOUND_RATIO, 2.0 } } },
	{ "build-beside-two", 2, fire_measure,
		{ { "ask, 99th percentile, beside two of them", "us", BOUND_NONE, 0 } } },
	{ "build-shut-in", 0, shut_in_measure,
		{ { "build shut in, raw: without Landlock", "ms", BOUND_DIFFERENCE, 5 } } },
	{ 0 },
};
