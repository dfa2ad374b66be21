/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/message_text.h"
#include "shell/path.h"
#include "shell/render.h"
#include "shell/shell.h"

#define ASSERT_SHOWN 160 /* bytes of each value in the error */

/* Numbers are equal where they mean the same, 1 and 1.0. */
static bool assert_equal(tsp_value a, tsp_value b)
{
	double x;
	double y;
	bool whole = tsp_value_kind(a) == TSP_KIND_INT && tsp_value_kind(b) == TSP_KIND_INT;
	if (!whole && tsp_value_float(a, &x) && tsp_value_float(b, &y))
		return x == y;
	return tsp_value_equal(a, b);
}

static char *assert_show(tsp_value value, char out[ASSERT_SHOWN])
{
	char *json = NULL;
	if (tsp_value_kind(value) == TSP_KIND_ABSENT)
		snprintf(out, ASSERT_SHOWN, "not there");
	else if (tsp_value_to_json(value, TSP_JSON_COMPACT, &json) >= 0)
		text_quote(tsp_text_of(json), out, ASSERT_SHOWN);
	else
		snprintf(out, ASSERT_SHOWN, "too big to show");
	free(json);
	return out;
}

/* The value as it was typed: 'JSON' as in bash, too. */
static int assert_parse(
	struct shell *shell, const char *typed, struct message_text *ret_wanted, tsp_error *err)
{
	size_t size = strlen(typed);
	char *inner = NULL;
	if (size >= 2 && typed[0] == '\'' && typed[size - 1] == '\'') {
		inner = strndup(typed + 1, size - 2);
		if (inner == NULL)
			return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	int rc = message_text_parse(
		inner != NULL ? inner : typed, &shell->contacts, ret_wanted, err);
	free(inner);
	return rc;
}

static int assert_compare(
	struct shell *shell, const char *path, tsp_value value, tsp_value wanted, tsp_error *err)
{
	char is[ASSERT_SHOWN];
	char should[ASSERT_SHOWN];
	char shown[80];
	if (!assert_equal(value, wanted))
		return tsp_fail(err, TSP_EFAILED, "cannot assert '%s': it is %s, not %s",
			text_quote(tsp_text_of(path), shown, sizeof(shown)), assert_show(value, is),
			assert_show(wanted, should));
	struct output *output = output_new(stdout, shell->form);
	output_aside(output);
	output_begin(output, NULL, NULL);
	output_string(output, "path", NULL, path);
	output_value(output, "value", NULL, value);
	output_bool(output, "holds", NULL, true);
	output_end(output);
	return render_finish(output, err);
}

static int assert_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	const char *path = call->argv[0];
	struct message_text wanted = { 0 };
	tsp_value value = { 0 };
	tsp_builder *builder = tsp_builder_new();
	int rc = builder == NULL ? tsp_fail(err, TSP_ENOMEM, "out of memory") : TSP_OK;
	if (rc >= 0)
		rc = path_get(last_value(&shell->last), path, strlen(path), builder, &value, err);
	if (rc >= 0)
		rc = assert_parse(shell, call->argv[1], &wanted, err);
	if (rc >= 0 && wanted.type[0] != '\0')
		rc = tsp_fail(err, TSP_EUSAGE, "cannot assert '%s': '%s' is not one JSON value",
			path, wanted.type);
	if (rc >= 0)
		rc = assert_compare(shell, path, value, wanted.value, err);
	message_text_clear(&wanted);
	tsp_builder_free(builder);
	return rc;
}

const struct command cmd_assert = {
	.name = "assert",
	.synopsis = "JSON-PATH VALUE",
	.summary = "fail unless the last result has this value there",
	.details =
		"JSON-PATH leads into what the last command that printed something prints with --json: . is all of\n"
		"it, .name and .\"any name\" a member, [0] an entry: .actors[0].class. VALUE is JSON, also in '..',\n"
		"or bare words, taken as a text. Status 1, with both values, if it is not so. $last stays as it is.\n"
		"example: assert .name \"Ada\"",
	.args_min = 2,
	.args_max = 2,
	.raw_from = 1,
	.run = assert_run,
};
