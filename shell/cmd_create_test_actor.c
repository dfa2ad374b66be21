/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/render.h"
#include "shell/shell.h"
#include "source/archive.h"

#define TEST_CLASS	 "TestActor"
#define TEST_INFO	 "TestActor of thespian-shell"
#define BUILD_TIMEOUT_MS 150000 /* a build's limit and 30 s more */

static const char test_manifest[] =
	"{ \"group\": \"testactor\", \"version\": \"1\", \"runtime\": 1 }\n";

static const char test_source[] =
	"#include <thespian.h>\n"
	"\n"
	"static int on_text(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{\n"
	"	tsp_text text = { 0 };\n"
	"\n"
	"	if (!tsp_value_text(tsp_message_value(message), &text) || tsp_message_is_system(message))\n"
	"		return TSP_OK;\n"
	"	if (tsp_text_is(text, \"create\"))\n"
	"		return tsp_sendf(self, sender, NULL, \"a\", tsp_create(self, \"TestActor\", NULL));\n"
	"	return tsp_sendf(self, sender, NULL, \"{s:t, s:a}\", \"echo\", text, \"address\",\n"
	"		tsp_my_address(self));\n"
	"}\n"
	"\n"
	"static const tsp_class test_actor = { .name = \"TestActor\", .receive = on_text };\n"
	"TSP_EXPORT(&test_actor)\n";

static int test_pack(uint8_t **ret_zip, size_t *ret_size, tsp_error *err)
{
	struct archive archive = { 0 };
	int rc = archive_add(
		&archive, "source.json", test_manifest, strlen(test_manifest), false, err);
	if (rc >= 0)
		rc = archive_add(
			&archive, "testactor.c", test_source, strlen(test_source), false, err);
	if (rc >= 0)
		rc = archive_write(&archive, ret_zip, ret_size, err);
	archive_clear(&archive);
	return rc;
}

static int test_load(struct shell *shell, char hash[65], tsp_error *err)
{
	int64_t timeout_ms = shell->timeout_ms > BUILD_TIMEOUT_MS ? shell->timeout_ms :
								    BUILD_TIMEOUT_MS;
	uint8_t *zip = NULL;
	size_t size = 0;
	char *lines = NULL;
	int rc = test_pack(&zip, &size, err);
	if (rc >= 0)
		rc = tsp_system_load(
			shell->system, zip, size, TEST_INFO, timeout_ms, hash, &lines, err);
	if (rc == TSP_ENOAUTHORITY || rc == TSP_EUNTRUSTED)
		(void)status_hint(err,
			"it is not signed: 'use_simple_source_authority' accepts it, in a system that "
			"was started without an authority");
	if (lines != NULL)
		text_print(stderr, tsp_text_of(lines), true);
	free(lines);
	free(zip);
	return rc;
}

static int test_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	tsp_address actor;
	char hash[65] = "";
	char text[CONTACT_TEXT];
	tsp_create_options options = { .source = hash };
	struct output *output;
	(void)call;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = test_load(shell, hash, err);
	if (rc >= 0)
		rc = tsp_system_create(
			system, TEST_CLASS, &options, shell->timeout_ms, &actor, err);
	if (rc < 0)
		return rc;
	shell_set_undo(
		shell, "kill #%d, then unload %.12s", contacts_add(&shell->contacts, actor), hash);
	output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "number", NULL, contacts_add(&shell->contacts, actor));
	render_address(shell, output, "address", NULL, actor);
	output_string(output, "source", NULL, hash);
	output_say(output, "%s", contacts_text(&shell->contacts, actor, text));
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_create_test_actor = {
	.name = "create_testActor",
	.synopsis = "",
	.summary = "load a small unsigned source and create its actor, which echoes",
	.details =
		"It answers the text create with the address of a child, any other text with that text and its\n"
		"own address. Needs an authority that takes what is not signed: use_simple_source_authority.\n"
		"example: create_testActor",
	.changes = true,
	.undo = "'kill' ends it, 'unload' takes its source away",
	.run = test_run,
};
