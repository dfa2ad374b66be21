/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "shell/render.h"
#include "shell/shell.h"

#define LOAD_SIZE_LIMIT ((size_t)64 * 1024 * 1024)
#define LOAD_TIMEOUT_MS 90000 /* a build's limit and 30 s more */

static int load_show(struct shell *shell, const char *hash, tsp_error *err)
{
	shell_set_undo(shell, "unload %.12s", hash);
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_string(output, "hash", NULL, hash);
	output_say(output, "loaded %s", hash);
	output_end(output);
	return render_finish(output, err);
}

static int load_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	const char *path = call->argv[0];
	const char *slash = strrchr(path, '/');
	tsp_system *system = NULL;
	struct buffer package;
	char *lines = NULL;
	char hash[65] = "";
	int64_t timeout_ms = shell->timeout_ms > LOAD_TIMEOUT_MS ? shell->timeout_ms :
								   LOAD_TIMEOUT_MS;
	buffer_init(&package, LOAD_SIZE_LIMIT);
	int rc = file_read(path, &package, err);
	if (rc >= 0)
		rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_system_load(system, package.data, package.size,
			slash != NULL ? slash + 1 : path, timeout_ms, hash, &lines, err);
	if (lines != NULL)
		text_print(stderr, tsp_text_of(lines), true);
	free(lines);
	buffer_clear(&package);
	return rc < 0 ? rc : load_show(shell, hash, err);
}

const struct command cmd_load = {
	.name = "load",
	.synopsis = "FILE",
	.summary = "load a signed package and wait for the verdict",
	.details = "example: load hello-1.tls",
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_PATH },
	.changes = true,
	.undo = "'unload' with its hash",
	.run = load_run,
};
