/* SPDX-License-Identifier: MIT */
/* sim [--seeds A..B] [--seed N [--trace]]: TAP, one test a profile; seed N runs profile N modulo their number. */
#include "config.h"
#include "sim/sim.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 500
#define SHOWN 5 /* failures of one profile that are shown */

struct range {
	uint64_t first;
	uint64_t last;
	bool trace;
};

static bool read_number(const char *text, const char **ret_end, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (ret_end != NULL)
		*ret_end = end;
	return errno == 0 && end != text && (ret_end != NULL || *end == '\0');
}

static bool read_options(int argc, char **argv, struct range *range)
{
	for (int i = 1; i < argc; i++) {
		const char *rest;

		if (strcmp(argv[i], "--trace") == 0) {
			range->trace = true;
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			if (!read_number(argv[++i], NULL, &range->first))
				return false;
			range->last = range->first;
		} else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
			if (!read_number(argv[++i], &rest, &range->first) ||
				strncmp(rest, "..", 2) != 0 ||
				!read_number(rest + 2, NULL, &range->last))
				return false;
		} else {
			return false;
		}
	}
	return range->first <= range->last;
}

static bool run_profile(size_t profile, const struct range *range)
{
	uint64_t failed = 0;
	uint64_t count = 0;

	for (uint64_t seed = range->first; seed <= range->last; seed++) {
		if (seed % sim_profile_count != profile)
			continue;
		count++;
		if (!sim_seed(seed, range->trace) && failed++ < SHOWN)
			printf("# seed %llu: %s\n", (unsigned long long)seed, sim->failure);
	}
	printf("%s %d - F061: %llu seeds: %s%s\n", failed > 0 ? "not ok" : "ok", (int)profile + 1,
		(unsigned long long)count, sim_profiles[profile].name,
		count == 0 ? " # SKIP no seed of it" : "");
	if (failed > 0)
		printf("# %llu failed; test/sim/sim --seed N --trace shows one\n",
			(unsigned long long)failed);
	fflush(stdout);
	return failed == 0;
}

int main(int argc, char **argv)
{
	struct range range = { .first = 1, .last = SEEDS };
	bool good = true;

	if (!read_options(argc, argv, &range)) {
		fprintf(stderr, "usage: sim [--seeds FIRST..LAST] [--seed N] [--trace]\n");
		return 2;
	}
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024 * 1024); /* seeds follow each other fast */
	(void)mallopt(M_TRIM_THRESHOLD, 512 * 1024 * 1024);
	printf("1..%d\n", (int)sim_profile_count);
	for (size_t i = 0; i < sim_profile_count; i++)
		good = run_profile(i, &range) && good;
	return good ? 0 : 1;
}
