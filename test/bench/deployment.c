/* SPDX-License-Identifier: MIT */
/*
 * A Director's folder of 50 groups with four packages of 1 MB each: what it takes to list them, all
 * signatures checked, and to load the newest of each group, next to the compiler alone, two at once.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "bench.h"
#include "package.h"
#include "raw.h"

#define GROUPS	   50
#define VERSIONS   4
#define TABLE_LINE 72
#define TABLE_SIZE ((size_t)1360000) /* of base64's letters: 1 MB in a zip */
#define AVAILS	   5
#define DIRECTOR   TSP_TEST_BUILD "/bin/thespian-director"
#define PORT	   "1977" /* as in run.c */

/* A source that carries a table, as data is carried in C: no two have the same. */
static int write_code(struct buffer *code, uint64_t seed, tsp_error *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[TABLE_LINE + 1] = "";
	int rc = buffer_printf(code, "#include <thespian.h>\nconst char table[] =\n");

	for (size_t at = 0; rc == TSP_OK && at < TABLE_SIZE; at += TABLE_LINE) {
		for (size_t i = 0; i < TABLE_LINE; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			line[i] = letters[seed >> 58];
		}
		rc = buffer_printf(code, "\"%s\"\n", line);
	}
	if (rc == TSP_OK)
		rc = buffer_printf(code,
			";\nstatic int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
			"{\n	(void)message;\n"
			"	return tsp_sendf(self, sender, NULL, \"s\", table);\n}\n"
			"static const tsp_class one = { .name = \"One\", .receive = on_any };\n"
			"TSP_EXPORT(&one)\n");
	return rc == TSP_OK ? rc : tsp_fail(err, rc, "out of memory");
}

static int make_one(const struct bench *bench, const char *folder, int group, int version,
	struct bench_package *package, tsp_error *err)
{
	char *name = text_format("g%d", group), *number = text_format("%d", version);
	char *path = text_format("%s/g%d-%d.tls", folder, group, version);
	struct package_claim claim = { .group = name, .version = number, .time = 1000000000 };
	struct buffer code;
	int rc;

	buffer_init(&code, 2 * TABLE_SIZE);
	rc = name != NULL && number != NULL && path != NULL ?
		write_code(&code, (uint64_t)group << 8 | (uint64_t)version, err) :
		tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc == TSP_OK)
		rc = package_sign(bench, &claim, "{\"Actors\": {\"One\": {\"OnLoad\": {}}}}", &code,
			package, err);
	if (rc == TSP_OK)
		rc = file_replace(path, package->bytes, package->size, 0644, err);
	if (rc == TSP_OK)
		rc = package_unpack(bench, &code, package, err);
	buffer_clear(&code);
	free(path);
	free(number);
	free(name);
	return rc;
}

/* The packages of the first round are those of all. */
static int make_all(const struct bench *bench, const char *folder, tsp_error *err)
{
	char *trusted = file_join(bench->folder, "director/bench_tls.key");
	char *key = file_join(folder, "bench_tls.key");
	char *port = file_join(folder, "adminport.cfg");
	struct buffer bytes;
	int rc = trusted != NULL && key != NULL && port != NULL ?
		file_make_folder(folder, 0700, err) :
		tsp_fail(err, TSP_ENOMEM, "out of memory");

	for (int i = 0; rc == TSP_OK && i < GROUPS * VERSIONS; i++) {
		struct bench_package package = { 0 };

		rc = make_one(bench, folder, i / VERSIONS + 1, i % VERSIONS + 1, &package, err);
		package_clear(&package);
	}
	buffer_init(&bytes, 4096);
	if (rc == TSP_OK)
		rc = file_read(trusted, &bytes, err);
	if (rc == TSP_OK)
		rc = file_replace(port, PORT "\n", sizeof(PORT), 0644, err);
	if (rc == TSP_OK) /* the last one: with it the folder is ready */
		rc = file_replace(key, bytes.data, bytes.size, 0644, err);
	buffer_clear(&bytes);
	free(port);
	free(key);
	free(trusted);
	return rc;
}

static int director(const char *folder, const char *command, int count, double *ret_ms, tsp_error *err)
{
	const char *const argv[] = { DIRECTOR, "--dir", folder, command, NULL };

	return raw_command(argv, NULL, count, ret_ms, err);
}

/* Nothing of it was loaded or built before. */
static int refresh(const struct bench *bench, const char *folder, double *ret_ms, tsp_error *err)
{
	char *state = file_join(folder, "state"), *cache = file_join(bench->folder, "cache/thespian");
	double unused;
	int rc = state != NULL && cache != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc == TSP_OK && access(state, F_OK) == 0)
		rc = file_remove_tree(state, err);
	if (rc == TSP_OK && access(cache, F_OK) == 0)
		rc = file_remove_tree(cache, err);
	if (rc == TSP_OK)
		rc = director(folder, "refresh", 1, ret_ms, err);
	(void)director(folder, "shutdown", 1, &unused, NULL); /* it says so when it is wanted again */
	free(cache);
	free(state);
	return rc;
}

/* The builder's command for each number of a list, by xargs, into a file of its own. */
static int xargs(const struct bench_package *package, const char *list, char *output, double *ret_ms,
	tsp_error *err)
{
	char name[] = "xargs", from[] = "-a", at_once[] = "-P2", mark[] = "-I{}";
	char *path = strdup(list);
	char **argv = calloc(package->command.count + 6, sizeof(*argv));
	size_t count = 0;
	int rc = path != NULL && argv != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc == TSP_OK) {
		argv[count++] = name;
		argv[count++] = from;
		argv[count++] = path;
		argv[count++] = at_once;
		argv[count++] = mark;
		for (size_t i = 0; i < package->command.count; i++)
			argv[count++] = strcmp(package->command.items[i], PACKAGE_OUTPUT) == 0 ?
				output :
				package->command.items[i];
		rc = raw_command((const char *const *)argv, package->folder, 1, ret_ms, err);
	}
	free(argv);
	free(path);
	return rc;
}

/* The compiler for as many packages, two at once. */
static int compile(const struct bench *bench, const char *folder, double *ret_ms, tsp_error *err)
{
	struct bench_package package = { 0 };
	char *list = file_join(bench->folder, "numbers");
	char output[] = "../compiled-{}.so";
	struct buffer numbers;
	int rc = list != NULL ? make_one(bench, folder, 1, VERSIONS, &package, err) :
				tsp_fail(err, TSP_ENOMEM, "out of memory");

	buffer_init(&numbers, 4096);
	for (int i = 0; rc == TSP_OK && i < GROUPS; i++)
		rc = buffer_printf(&numbers, "%d\n", i);
	if (rc == TSP_OK)
		rc = file_replace(list, numbers.data, numbers.size, 0644, err);
	if (rc == TSP_OK)
		rc = xargs(&package, list, output, ret_ms, err);
	buffer_clear(&numbers);
	package_clear(&package);
	free(list);
	return rc;
}

static int deployment_measure(
	const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err)
{
	char *folder = file_join(bench->folder, "deployment");
	char *key = file_join(bench->folder, "deployment/bench_tls.key");
	int rc = folder != NULL && key != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	(void)variant;
	if (rc == TSP_OK && access(key, F_OK) < 0)
		rc = make_all(bench, folder, err);
	if (rc == TSP_OK)
		rc = director(folder, "avail", AVAILS, &ret_samples[0].ours, err);
	if (rc == TSP_OK)
		rc = refresh(bench, folder, &ret_samples[1].ours, err);
	if (rc == TSP_OK)
		rc = compile(bench, folder, &ret_samples[1].raw, err);
	free(key);
	free(folder);
	return rc;
}

const struct experiment deployment_experiments[] = {
	{ "deployment", 0, deployment_measure,
		{ { "avail of 200 packages of 1 MB", "ms", BOUND_MOST, 1000 },
			{ "refresh of 50 groups, raw: compilers alone", "ms", BOUND_RATIO, 2.0 } } },
	{ 0 },
};
