/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/launch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "director/convention.h"

static const char *const convention_names[] = { "Convention Address.IPv4", "Convention Keys",
	"Convention Listen", "Convention Advertise" };

static bool is_of_convention(tsp_text name)
{
	for (size_t i = 0; i < sizeof(convention_names) / sizeof(convention_names[0]); i++)
		if (tsp_text_is(name, convention_names[i]))
			return true;
	return false;
}

static void put_first_line(tsp_builder *all, const char *name, const char *setting, int port)
{
	char *place;

	if (!setting || !*setting)
		return;
	place = convention_place((tsp_text){ setting, strcspn(setting, "\n") }, port);
	tsp_put_key(all, name);
	tsp_put_string(all, place);
	free(place);
}

/* Who has keys, or is to have a leader, links with other systems. */
static int put_convention(
	const struct context *context, int port, tsp_builder *all, tsp_error *err)
{
	char *folder = convention_folder(context), *leaders = NULL, *path = NULL;
	int rc = folder ? convention_leaders(&context->settings, &leaders) : TSP_ENOMEM;

	path = rc >= 0 ? file_join(folder, "system.sec") : NULL;
	if (!path) {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	} else if (leaders || access(path, F_OK) == 0) {
		tsp_put_key(all, convention_names[1]);
		tsp_put_string(all, folder);
		put_first_line(
			all, convention_names[2], settings_get(&context->settings, "listen"), port);
		put_first_line(all, convention_names[3],
			settings_get(&context->settings, "advertise"), port);
	}
	if (leaders) {
		tsp_put_key(all, convention_names[0]);
		tsp_put_string(all, leaders);
	}
	free(path);
	free(leaders);
	free(folder);
	return rc;
}

/* Capabilities of a system that is started: what the settings say, and that it has a Director. port: also those
 * of its convention; 0: without. */
static int launch_capabilities(
	const struct context *context, int port, char **ret_json, tsp_error *err)
{
	const char *others = settings_get(&context->settings, "othercaps");
	tsp_builder *given = tsp_builder_new(), *all = tsp_builder_new();
	tsp_value value = { 0 }, key, item;
	tsp_walk at = { 0 };
	tsp_text name;
	char *key_text;
	int rc = given && all ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && others && *others)
		rc = tsp_value_from_json(others, strlen(others), given, err);
	if (rc >= 0 && others && *others)
		rc = tsp_builder_value(given, &value);
	if (rc < 0)
		goto out;
	tsp_begin_map(all);
	while (tsp_value_next(value, &at, &key, &item)) {
		if (!tsp_value_text(key, &name) || tsp_text_is(name, "DirectorFmt") ||
			is_of_convention(name))
			continue;
		key_text = tsp_text_copy(name);
		if (!key_text) {
			rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
			goto out;
		}
		tsp_put_key(all, key_text);
		tsp_put_value(all, item);
		free(key_text);
	}
	tsp_put_key(all, "DirectorFmt");
	tsp_begin_list(all);
	tsp_put_int(all, 1);
	tsp_end(all);
	if (port > 0)
		rc = put_convention(context, port, all, err);
	tsp_end(all);
	if (rc >= 0)
		rc = tsp_builder_value(all, &value);
	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_COMPACT, ret_json);
	if (rc < 0)
		(void)tsp_fail(err, rc, "cannot make the capabilities: %s", tsp_error_sentence(rc));
out:
	tsp_builder_free(given);
	tsp_builder_free(all);
	return rc;
}

/* What the environment does not say, the files do. */
static int launch_environment(const struct settings *settings, tsp_error *err)
{
	const char *file = settings_get(settings, "thesplogf");
	const char *size = settings_get(settings, "thesplogs");

	if ((file && setenv("THESPLOG_FILE", file, 0) < 0) ||
		(size && setenv("THESPLOG_FILE_MAXSIZE", size, 0) < 0))
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	return TSP_OK;
}

/* The log definitions of the settings; their folder is the one of the settings, else the director's. */
static int launch_definitions(const struct context *context, char **ret_json, tsp_error *err)
{
	const char *text = settings_get(&context->settings, "thesplog");
	const char *folder = settings_get(&context->settings, "thesplogd");
	tsp_builder *given = tsp_builder_new(), *all = tsp_builder_new();
	tsp_value value = { 0 }, key, item;
	tsp_walk at = { 0 };
	tsp_text name;
	int rc = given && all ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (!text || !*text)
		goto out;
	if (rc >= 0)
		rc = tsp_value_from_json(text, strlen(text), given, err);
	if (rc >= 0)
		rc = tsp_builder_value(given, &value);
	if (rc < 0)
		goto out;
	tsp_begin_map(all);
	while (tsp_value_next(value, &at, &key, &item)) {
		char *key_text = tsp_value_text(key, &name) ? tsp_text_copy(name) : NULL;

		if (key_text) {
			tsp_put_key(all, key_text);
			tsp_put_value(all, item);
		}
		free(key_text);
	}
	if (tsp_value_kind(tsp_value_get(value, "folder")) == TSP_KIND_ABSENT) {
		tsp_put_key(all, "folder");
		tsp_put_string(all, folder ? folder : context->folder);
	}
	tsp_end(all);
	rc = tsp_builder_value(all, &value);
	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_COMPACT, ret_json);
	if (rc < 0)
		(void)tsp_fail(err, rc, "cannot read 'thesplog.cfg': %s", tsp_error_sentence(rc));
out:
	tsp_builder_free(given);
	tsp_builder_free(all);
	return rc;
}

int launch_place(struct context *context, const char **ret_base, int *ret_port, tsp_error *err)
{
	int port;
	int rc = context_port(context, &port, err);
	const char *base = rc >= 0 ? settings_get(&context->settings, "thespbase") : NULL;

	if (rc < 0)
		return rc;
	if (!strcmp(base, "simpleSystemBase"))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use 'simpleSystemBase': it lives in one process only");
	*ret_base = base;
	*ret_port = port;
	return TSP_OK;
}

int launch_make(struct context *context, struct launch *ret_launch, tsp_error *err)
{
	struct launch launch = { 0 };
	int rc = launch_place(context, &launch.base, &launch.port, err);

	if (rc >= 0)
		rc = launch_environment(&context->settings, err);
	if (rc >= 0)
		rc = launch_capabilities(context, launch.port, &launch.capabilities, err);
	if (rc >= 0)
		rc = launch_definitions(context, &launch.definitions, err);
	if (rc < 0)
		goto out;
	launch.authority = text_format("director:Authority=%s", context->folder);
	launch.director = text_format("director:Director=%s", context->folder);
	if (!launch.authority || !launch.director) {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
		goto out;
	}
	*ret_launch = launch;
	launch = (struct launch){ 0 };
out:
	launch_clear(&launch);
	return rc;
}

int launch_try(struct context *context, const char *setting, tsp_error *err)
{
	tsp_open_options options = { .base = "simpleSystemBase" };
	char *capabilities = NULL, *definitions = NULL;
	tsp_system *system = NULL;
	int rc = context_settings(context, err);

	if (rc >= 0 && !strcmp(setting, "othercaps"))
		rc = launch_capabilities(context, 0, &capabilities, err);
	else if (rc >= 0)
		rc = launch_definitions(context, &definitions, err);
	(void)unsetenv("THESPLOG_FILE"); /* nothing is to be written */
	options.capabilities_json = capabilities;
	options.log_definitions = definitions;
	if (rc >= 0)
		rc = tsp_open(&options, &system, err);
	tsp_close(system);
	free(capabilities);
	free(definitions);
	return rc;
}

void launch_clear(struct launch *launch)
{
	free(launch->capabilities);
	free(launch->definitions);
	free(launch->authority);
	free(launch->director);
	*launch = (struct launch){ 0 };
}
