/* SPDX-License-Identifier: MIT */
/* The last values of a rate as a line of small bars. */
#ifndef TSP_SHELL_SPARK_H
#define TSP_SHELL_SPARK_H

#include <stddef.h>

#define SPARK_SAMPLES 20
#define SPARK_TEXT    (3 * SPARK_SAMPLES + 1)

struct spark {
	float values[SPARK_SAMPLES]; /* the oldest first */
	size_t count;
};

void spark_add(struct spark *spark, double value);
/* As many characters as there are values, the highest of them as high as a line; returns out. Plain ASCII
 * where the environment names no UTF-8. */
char *spark_text(const struct spark *spark, char out[SPARK_TEXT]);

#endif
