/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/folder.h"

static void avail_put(struct output *output, const struct folder_list *list, size_t index)
{
	const struct folder_entry *item = &list->items[index];
	bool newest = item == folder_newest(list, item->group);
	const char *base = strrchr(item->path, '/');
	char hash[13];

	context_short_hash(tsp_text_of(item->hash), hash);
	output_begin(output, NULL, NULL);
	output_string(output, "group", "GROUP", item->group[0] ? item->group : NULL);
	output_string(output, "version", "VERSION", item->group[0] ? item->version : NULL);
	output_string(output, NULL, "HASH", hash[0] ? hash : NULL);
	output_string(output, "hash", NULL, hash[0] ? item->hash : NULL);
	output_string(output, "file", "FILE", base ? base + 1 : item->path);
	output_string(output, "time", NULL, item->time[0] ? item->time : NULL);
	output_string(output, "key", "KEY", item->key[0] ? item->key : NULL);
	output_bool(output, "verified", NULL, item->code >= 0);
	output_bool(output, "newest", NULL, newest);
	output_bool(output, "development", NULL, item->development);
	output_string(output, "reason", NULL, item->reason);
	output_string(output, NULL, "REMARK",
		item->code < 0		  ? item->reason :
			item->development ? "development" :
			newest		  ? "newest" :
					    NULL);
	output_end(output);
}

static int avail_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *group = call->argc > 0 ? call->argv[0] : NULL;
	struct trust trust = { 0 };
	struct folder_list list = { 0 };
	struct output *output;
	char shown[80];
	int rc;

	rc = context_settings(context, err);
	if (rc >= 0)
		rc = context_trust(context, &trust, err);
	if (rc >= 0)
		rc = folder_list(context->folder, group, &trust, &list, err);
	if (rc < 0)
		goto out;
	if (group && list.count == 0) {
		rc = tsp_fail(err, TSP_ENOENT, "cannot list '%s': no package of this group in '%s'",
			text_quote(tsp_text_of(group), shown, sizeof(shown)), context->folder);
		goto out;
	}
	output = context_output(context);
	output_begin(output, NULL, NULL);
	output_list(output, "packages", NULL);
	for (size_t i = 0; i < list.count; i++)
		avail_put(output, &list, i);
	output_end(output);
	output_end(output);
	rc = output_finish(output);
out:
	folder_list_clear(&list);
	trust_clear(&trust);
	return rc;
}

const struct command avail_command = {
	.name = "avail",
	.synopsis = "[GROUP]",
	.summary = "list the packages in the folder",
	.details =
		"Newest first. A package that no key of the folder verifies is marked and never the newest.",
	.args_min = 0,
	.args_max = 1,
	.complete = { COMPLETE_GROUP },
	.run = avail_run,
};
