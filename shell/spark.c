/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/spark.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SPARK_LEVELS 8

static bool spark_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
	}
	return false;
}

void spark_add(struct spark *spark, double value)
{
	if (spark->count == SPARK_SAMPLES)
		memmove(spark->values, spark->values + 1,
			--spark->count * sizeof(*spark->values));
	spark->values[spark->count++] = (float)value;
}

char *spark_text(const struct spark *spark, char out[SPARK_TEXT])
{
	static const char *const bars[SPARK_LEVELS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char plain[SPARK_LEVELS + 1] = "_.-:=+*#";
	bool utf8 = spark_is_utf8();
	float most = 0;
	size_t used = 0;
	for (size_t i = 0; i < spark->count; i++)
		most = spark->values[i] > most ? spark->values[i] : most;
	for (size_t i = 0; i < spark->count; i++) {
		float part = most > 0 ? spark->values[i] / most * (SPARK_LEVELS - 1) : 0;
		size_t level = part > 0 ? (size_t)(part + 0.5F) : 0;
		size_t size = utf8 ? strlen(bars[level]) : 1;
		memcpy(out + used, utf8 ? bars[level] : plain + level, size);
		used += size;
	}
	out[used] = '\0';
	return out;
}
