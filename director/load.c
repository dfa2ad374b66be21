/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "director/client.h"
#include "director/commands.h"
#include "source/package.h"

static const struct option_spec load_options[] = {
	{ "allow-downgrade", 0, NULL, "also if it is older than what was accepted before",
		COMPLETE_NONE },
	{ 0 },
};

/* A file is what looks like one, or is there. */
static bool load_is_file(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') || (length > 4 && !strcmp(word + length - 4, ".tls")) ||
		(!package_group_ok(word) && access(word, F_OK) == 0);
}

static int load_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *word = call->argv[0];
	bool is_file = load_is_file(word);
	tsp_builder *request;
	char *path = NULL;
	char shown[160];
	int rc;

	text_quote(tsp_text_of(word), shown, sizeof(shown));
	if (!is_file && !package_group_ok(word))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot load '%s': neither a file nor the name of a group", shown);
	if (is_file) {
		rc = context_find_file(context, word, &path, err);
		if (rc < 0)
			return tsp_wrap(err, rc, "cannot load '%s'", shown);
	}
	rc = context_make_folder(context, err);
	request = rc >= 0 ? client_request(context) : NULL;
	if (request) {
		tsp_put_key(request, is_file ? "path" : "group");
		tsp_put_string(request, is_file ? path : word);
		tsp_put_key(request, "subject");
		tsp_put_string(request, shown);
		tsp_put_key(request, "allow_downgrade");
		tsp_put_bool(request, options_count(&call->options, "allow-downgrade") > 0);
		tsp_end(request);
	}
	if (rc >= 0)
		rc = client_run(context, CLIENT_START, context_load_timeout(context),
			"DirectorLoad", request, err);
	free(path);
	return rc;
}

const struct command load_command = {
	.name = "load",
	.synopsis = "GROUP | FILE [--allow-downgrade]",
	.summary = "load a package and let it take over from the version before",
	.details =
		"Waits until its actors have started. GROUP: the newest package in the folder that verifies.\n"
		"Starts the system if needed.",
	.options = load_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_GROUP_FILE },
	.run = load_run,
};
