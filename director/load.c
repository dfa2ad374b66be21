/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/status.h"
#include "cli/words.h"
#include "director/client.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/judge.h"
#include "director/requires.h"
#include "source/package.h"

static const struct option_spec load_options[] = {
	{ "allow-downgrade", 0, NULL, "also if it is older than what was accepted before",
		COMPLETE_NONE },
	{ "confirm", 0, "SECONDS", "the version before comes back unless 'confirm' follows",
		COMPLETE_NONE },
	{ "check", 0, "MESSAGE", "each actor must answer it before names change hands",
		COMPLETE_NONE },
	{ "settle", 0, "SECONDS", "how long canaries are watched (5)", COMPLETE_NONE },
	{ 0 },
};

/* A file is what looks like one, or is there. */
static bool load_is_file(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') || (length > 4 && !strcmp(word + length - 4, ".tls")) ||
		(!package_group_ok(word) && access(word, F_OK) == 0);
}

/* "TYPE JSON", or JSON alone, as the shell takes it. */
static int load_put_check(tsp_builder *request, const char *text, tsp_error *err)
{
	size_t size = words_type_size(text);
	const char *json = text + size + strspn(text + size, " \t\r\n");
	char *type = size > 0 ? strndup(text, size) : NULL;
	tsp_error why = { 0 };
	char shown[80];
	int rc;

	if (size > 0 && !type)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	tsp_put_key(request, "check");
	if (type)
		tsp_begin_typed(request, type);
	rc = tsp_value_from_json(json, strlen(json), request, &why);
	if (type)
		tsp_end(request);
	free(type);
	if (rc >= 0)
		return TSP_OK;
	(void)tsp_fail(err, TSP_EUSAGE, "cannot use '--check %s': not a type and JSON%s%s",
		text_quote(tsp_text_of(text), shown, sizeof(shown)), why.text[0] ? ": " : "",
		why.text);
	return status_hint(err, "as in --check 'Health {}'");
}

int load_put_options(tsp_builder *request, const struct options *options, tsp_error *err)
{
	const char *check = options_get(options, "check");
	int64_t confirm_ms = 0;
	int rc = options_get_ms(options, "confirm", &confirm_ms, err);

	tsp_put_key(request, "allow_downgrade");
	tsp_put_bool(request, options_count(options, "allow-downgrade") > 0);
	tsp_put_key(request, "confirm_ms");
	tsp_put_int(request, confirm_ms);
	if (rc >= 0 && check)
		rc = load_put_check(request, check, err);
	return rc;
}

int load_subject(const struct context *context, const char *word, char **ret_path, char shown[160],
	tsp_error *err)
{
	int rc;

	text_quote(tsp_text_of(word), shown, 160);
	*ret_path = NULL;
	if (!load_is_file(word)) {
		if (package_group_ok(word))
			return TSP_OK;
		return tsp_fail(err, TSP_EUSAGE,
			"cannot load '%s': neither a file nor the name of a group", shown);
	}
	rc = context_find_file(context, word, ret_path, err);
	return rc < 0 ? tsp_wrap(err, rc, "cannot load '%s'", shown) : TSP_OK;
}

/* Groups that come first, as far as the folder tells now; what is wrong is said by the Director. */
static size_t load_count_required(
	const struct context *context, const char *path, const char *group)
{
	struct trust trust = { 0 };
	struct folder_list list = { 0 };
	const struct folder_entry *newest = NULL;
	struct package_file file = { 0 };
	struct group_file rules = GROUP_FILE_EMPTY;
	struct require_list required = { 0 };
	enum rules_from from;
	char hint[300];
	int rc = keys_init(NULL);

	if (rc >= 0)
		rc = trust_open(context->folder, &trust, NULL);
	if (rc >= 0 && !path)
		rc = folder_list(context->folder, group, &trust, &list, NULL);
	if (rc >= 0 && !path)
		rc = judge_newest(context->folder, &list, group, &newest, NULL);
	if (rc >= 0)
		rc = package_file_open(path ? path : newest->path, &trust, &file, NULL);
	if (rc >= 0)
		rc = rules_read(
			context->folder, file.package.group, &file.package, &rules, &from, NULL);
	if (rc >= 0)
		(void)requires_resolve(context->folder, NULL, &trust, file.package.group, &rules,
			&required, hint, NULL); /* else none */
	free(required.items);
	group_clear(&rules);
	package_file_clear(&file);
	folder_list_clear(&list);
	trust_clear(&trust);
	return required.count;
}

int64_t load_timeout(struct context *context, const char *path, const char *group)
{
	int64_t builds = 1 + (int64_t)load_count_required(context, path, group);

	return builds * context_load_timeout(context);
}

static int load_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *word = call->argv[0];
	tsp_builder *request;
	char *path = NULL;
	char shown[160];
	int rc;

	if (context->fleet)
		return fleet_load(context, word, &call->options, err);
	rc = load_subject(context, word, &path, shown, err);
	if (rc >= 0)
		rc = context_make_folder(context, err);
	request = rc >= 0 ? client_request(context) : NULL;
	if (request) {
		tsp_put_key(request, path ? "path" : "group");
		tsp_put_string(request, path ? path : word);
		tsp_put_key(request, "subject");
		tsp_put_string(request, shown);
		rc = load_put_options(request, &call->options, err);
		tsp_end(request);
	}
	if (rc < 0)
		tsp_builder_free(request);
	else
		rc = client_run(context, CLIENT_START, load_timeout(context, path, word),
			"DirectorLoad", request, err);
	free(path);
	return rc;
}

const struct command load_command = {
	.name = "load",
	.synopsis = "GROUP | FILE [--allow-downgrade] [--confirm SECONDS] [--check MESSAGE] [--settle SECONDS]",
	.summary = "load a package and let it take over from the version before",
	.details =
		"Waits until its actors have started. GROUP: the newest package in the folder that verifies.\n"
		"Starts the system if needed. --check: each of its actors must answer MESSAGE (TYPE JSON) within\n"
		"10 s, else nothing changes. --confirm: unless 'confirm GROUP' follows in time, the version before\n"
		"comes back by itself.",
	.options = load_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_GROUP_FILE },
	.run = load_run,
};
