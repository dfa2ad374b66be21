/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "cli/status.h"
#include "director/audit.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/view.h"

static const struct option_spec audit_options[] = {
	{ "verify", 0, NULL, "only check that no line was changed or taken out", COMPLETE_NONE },
	{ 0 },
};

static int put_line(void *data, size_t number, tsp_text line, bool holds)
{
	struct output *output = data;
	tsp_builder *builder = tsp_builder_new();
	tsp_value value = { 0 };
	char hash[13];

	if (!builder)
		return TSP_ENOMEM;
	if (tsp_value_from_json(line.data, line.size, builder, NULL) < 0 ||
		tsp_builder_value(builder, &value) < 0)
		value = (tsp_value){ 0 };
	output_begin(output, NULL, NULL);
	output_int(output, "line", "LINE", (int64_t)number);
	output_text(output, "time", "TIME", view_text(value, "time"));
	output_text(output, "verdict", "VERDICT", view_text(value, "verdict"));
	output_text(output, "group", "GROUP", view_text(value, "group"));
	output_text(output, "version", "VERSION", view_text(value, "version"));
	output_string(output, NULL, "HASH", context_short_hash(view_text(value, "hash"), hash));
	output_text(output, "hash", NULL, view_text(value, "hash"));
	output_text(output, "key", "KEY", view_text(value, "key"));
	output_text(output, "subject", NULL, view_text(value, "subject"));
	output_text(output, "reason", "REASON", view_text(value, "reason"));
	output_bool(output, "holds", NULL, holds);
	output_end(output);
	tsp_builder_free(builder);
	return TSP_OK;
}

static int audit_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	bool only = options_count(&call->options, "verify") > 0;
	struct output *output = context_output(context);
	struct audit_report report = { 0 };
	int rc;

	output_begin(output, NULL, NULL);
	output_list(output, "lines", NULL);
	rc = keys_init(err);
	if (rc >= 0)
		rc = audit_walk(context->folder, only ? NULL : put_line, output, &report, err);
	if (rc < 0) {
		output_drop(output);
		return rc;
	}
	output_end(output);
	output_int(output, "count", NULL, (int64_t)report.lines);
	output_bool(output, "holds", NULL, report.broken == 0);
	output_string(output, "last_hash", NULL, report.last);
	if (report.broken == 0)
		output_say(
			output, "%d lines, unbroken, last hash %s", (int)report.lines, report.last);
	output_end(output);
	rc = output_finish(output);
	if (rc < 0 || report.broken == 0)
		return rc;
	(void)tsp_fail(err, TSP_EFAILED,
		"cannot verify '%s/audit.log': line %d does not follow from the one before it",
		context->folder, (int)report.broken);
	return status_hint(err, "it, or what stood before it, was changed or taken out");
}

const struct command audit_command = {
	.name = "audit",
	.synopsis = "[--verify]",
	.summary = "show the log of verdicts on packages, and check that it is whole",
	.details =
		"Each line holds the hash of the line before it. Lines cut off at the end are seen by who\n"
		"noted the last hash.",
	.options = audit_options,
	.args_min = 0,
	.args_max = 0,
	.run = audit_run,
};
