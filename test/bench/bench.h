/* SPDX-License-Identifier: MIT */
/*
 * make bench: what the system costs, next to what the bare machine costs for the same. Each
 * experiment measures both one right after the other; rounds of all experiments are interleaved, and
 * medians are judged.
 */
#ifndef TSP_BENCH_BENCH_H
#define TSP_BENCH_BENCH_H

#include "base/clock.h"
#include "base/error.h"

#define BENCH_FRAME   148 /* bytes of a message of 100 bytes on the wire */
#define BENCH_FIGURES 6	  /* of one experiment at most */

struct bench {
	const char *folder; /* for all that is made; removed at the end */
	bool quick;	    /* fewer repetitions */
	int round;
};

/* What must hold of the median. */
enum bound {
	BOUND_NONE,	  /* only shown */
	BOUND_RATIO,	  /* ours / raw at most */
	BOUND_SHARE,	  /* ours / raw at least */
	BOUND_DIFFERENCE, /* ours - raw at most */
	BOUND_MOST,	  /* ours at most */
	BOUND_LEAST,	  /* ours at least */
};

struct figure {
	const char *name;
	const char *unit;
	enum bound bound;
	double limit;
};

struct sample {
	double ours;
	double raw; /* 0: there is nothing to compare with */
};

struct experiment {
	const char *name;
	int variant; /* for measure */
	/* One sample a figure. */
	int (*measure)(
		const struct bench *bench, int variant, struct sample *ret_samples, tsp_error *err);
	struct figure figures[BENCH_FIGURES]; /* ended by one without a name */
};

/* A table of each file, ended by one without a name. */
extern const struct experiment ask_experiments[];
extern const struct experiment flow_experiments[];
extern const struct experiment flood_experiments[];
extern const struct experiment bulk_experiments[];
extern const struct experiment crowd_experiments[];
extern const struct experiment wakeup_experiments[];
extern const struct experiment create_experiments[];
extern const struct experiment memory_experiments[];
extern const struct experiment load_experiments[];
extern const struct experiment build_experiments[];
extern const struct experiment command_experiments[];
extern const struct experiment script_experiments[];
extern const struct experiment deployment_experiments[];
extern const struct experiment log_experiments[];
extern const struct experiment across_experiments[];

/* count, or as much less as a quick run asks for. */
int bench_count(const struct bench *bench, int count);
double bench_median(double *numbers, int count); /* sorts them */

#endif
