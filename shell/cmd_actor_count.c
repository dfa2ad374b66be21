/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "shell/render.h"
#include "shell/roll.h"
#include "shell/shell.h"

static int actor_count_compare(const void *a, const void *b)
{
	tsp_text left = *(const tsp_text *)a;
	tsp_text right = *(const tsp_text *)b;
	size_t size = left.size < right.size ? left.size : right.size;
	int order = size > 0 ? memcmp(left.data, right.data, size) : 0;
	return order != 0 ? order : left.size < right.size ? -1 : left.size > right.size;
}

static void actor_count_show(struct output *output, tsp_text *classes, size_t count)
{
	qsort(classes, count, sizeof(*classes), actor_count_compare);
	output_begin(output, NULL, NULL);
	output_int(output, "actors", "Actors", (int64_t)count);
	output_list(output, "classes", count > 0 ? "Classes" : NULL);
	for (size_t i = 0; i < count;) {
		size_t same = 1;
		while (i + same < count &&
			actor_count_compare(&classes[i], &classes[i + same]) == 0)
			same++;
		output_begin(output, NULL, NULL);
		output_text(output, "class", "Class", classes[i]);
		output_int(output, "actors", "Actors", (int64_t)same);
		output_end(output);
		i += same;
	}
	output_end(output);
	output_end(output);
}

static int actor_count_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct roll roll;
	(void)call;
	int rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	tsp_text *classes = calloc(roll.count + 1, sizeof(*classes));
	if (classes == NULL) {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	} else {
		struct output *output = output_new(stdout, shell->form);
		for (size_t i = 0; i < roll.count; i++)
			classes[i] = roll_text(&roll.entries[i], "class");
		actor_count_show(output, classes, roll.count);
		rc = render_finish(output, err);
	}
	free(classes);
	roll_clear(&roll);
	return rc;
}

const struct command cmd_actor_count = {
	.name = "actorCount",
	.synopsis = "",
	.summary = "count the actors, by class",
	.details = "example: actorCount",
	.run = actor_count_run,
};
