/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/context.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/folder.h"

static const struct option_spec context_options[] = {
	{ "dir", 0, "DIR", "folder of keys, settings and packages", COMPLETE_PATH },
	{ "port", 'p', "PORT", "admin port of the system", COMPLETE_NONE },
	{ "json", 'j', NULL, "print one JSON document", COMPLETE_NONE },
	{ "timeout", 't', "SECONDS", "longest wait for an answer", COMPLETE_NONE },
	{ "verbose", 'v', NULL, "say what is done", COMPLETE_NONE },
	{ "fleet", 0, NULL, "all systems of the convention, not the one here alone", COMPLETE_NONE },
	{ "canary", 0, "N", "of --fleet load: N systems first, the others if these are well", COMPLETE_NONE },
	{ 0 },
};

/* Whoever uses a key is to hear in time that it ends. */
static void warn_of_keys(const struct context *context)
{
	struct trust trust = { 0 };
	char sentence[80];

	if (context_trust(context, &trust, NULL) < 0)
		return; /* who needs them says what is wrong */
	for (size_t i = 0; i < trust.rules.key_count; i++)
		if (trust_key_ends(&trust, &trust.rules.keys[i], sentence, sizeof(sentence)))
			fprintf(stderr, "warning: %s\n", sentence);
	trust_clear(&trust);
}

static int context_prepare(void *data, const struct options *options, tsp_error *err)
{
	struct context *context = data;
	const char *dir = options_get(options, "dir");
	const char *environment = getenv("THESPIAN_DIRECTOR_DIR");
	char *chosen;
	int rc;

	context->json = options_count(options, "json") > 0;
	context->verbose = options_count(options, "verbose") > 0;
	context->fleet = options_count(options, "fleet") > 0;
	rc = options_get_int(options, "port", 1, 65535, &context->port_option, err);
	if (rc >= 0)
		rc = options_get_int(options, "canary", 1, 100000, &context->canary, err);
	if (rc >= 0)
		rc = options_get_ms(options, "timeout", &context->timeout_option_ms, err);
	if (rc < 0)
		return rc;
	if (dir && !*dir)
		return tsp_fail(err, TSP_EUSAGE, "cannot use '--dir': the folder's name is empty");
	if (dir)
		context->folder_from = "option";
	else if (environment && *environment)
		context->folder_from = "environment";
	else
		context->folder_from = "default";
	if (dir || *context->folder_from == 'e')
		chosen = strdup(dir ? dir : environment);
	else
		chosen = settings_default_folder();
	if (!chosen)
		return tsp_fail(err, TSP_ENOMEM, "cannot find the folder: out of memory");
	free(context->folder);
	context->folder = realpath(chosen, NULL);
	if (context->folder)
		free(chosen);
	else
		context->folder = chosen; /* it does not exist yet */
	if (err)			  /* else only candidates are asked for */
		warn_of_keys(context);
	return TSP_OK;
}

void context_clear(struct context *context)
{
	free(context->folder);
	if (context->settings_read)
		settings_clear(&context->settings);
	*context = (struct context){ 0 };
}

int context_use_settings(struct context *context, tsp_error *err)
{
	const char *said = getenv("THESPIAN_RUNTIME_DIR");
	const char *runtime = settings_get(&context->settings, "runtime");

	context->settings_read = true;
	if (runtime && !(said && *said) && setenv("THESPIAN_RUNTIME_DIR", runtime, 1) < 0)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	return TSP_OK;
}

int context_settings(struct context *context, tsp_error *err)
{
	int rc;

	if (context->settings_read)
		return TSP_OK;
	rc = settings_read(context->folder, &context->settings, err);
	return rc < 0 ? rc : context_use_settings(context, err);
}

int context_port(struct context *context, int *ret_port, tsp_error *err)
{
	int64_t port = context->port_option;
	int rc = context_settings(context, err);

	if (rc < 0)
		return rc;
	if (port == 0)
		(void)text_to_int(settings_get(&context->settings, "adminport"), 1, 65535,
			&port); /* was checked */
	*ret_port = (int)port;
	return TSP_OK;
}

int64_t context_timeout(const struct context *context, int64_t otherwise_ms)
{
	return context->timeout_option_ms > 0 ? context->timeout_option_ms : otherwise_ms;
}

int context_capability(struct context *context, const char *name, tsp_builder *builder,
	tsp_value *ret_value, tsp_error *err)
{
	tsp_value all = { 0 };
	int rc = context_settings(context, err);
	const char *others = rc >= 0 ? settings_get(&context->settings, "othercaps") : NULL;

	if (others && *others) {
		rc = tsp_value_from_json(others, strlen(others), builder, err);
		if (rc >= 0)
			rc = tsp_builder_value(builder, &all);
	}
	if (rc >= 0)
		*ret_value = tsp_value_get(all, name);
	return rc;
}

int context_build_limits(struct context *context, struct build_limits *ret_limits, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value limits = { 0 };
	int rc = builder ?
		context_capability(context, BUILD_LIMITS_CAPABILITY, builder, &limits, err) :
		tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = build_limits_read(limits, ret_limits, err);
	tsp_builder_free(builder);
	return rc;
}

char *context_include_folder(void)
{
	char program[4096];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *folder = NULL, *header = NULL;

	if (size > 0) {
		char *slash;

		program[size] = '\0';
		slash = strrchr(program, '/');
		if (slash)
			*slash = '\0';
		folder = text_format("%s/../include", program);
		header = folder ? file_join(folder, "thespian.h") : NULL;
	}
	if (!header || access(header, R_OK) < 0) {
		free(folder);
		folder = strdup(TSP_INCLUDEDIR);
	}
	free(header);
	return folder;
}

int64_t context_load_timeout(struct context *context)
{
	struct build_limits limits;

	if (context_build_limits(context, &limits, NULL) < 0)
		limits = build_default_limits; /* opening the system says what is wrong */
	return (int64_t)limits.wall_s * 1000 + DIRECTOR_BUILD_EXTRA_MS;
}

int context_make_folder(struct context *context, tsp_error *err)
{
	int rc = file_make_folder(context->folder, 0700, err);
	char *absolute;

	if (rc < 0)
		return rc;
	absolute = realpath(context->folder, NULL);
	if (!absolute)
		return tsp_fail_errno(err, "open", context->folder);
	free(context->folder);
	context->folder = absolute;
	return TSP_OK;
}

int context_trust(const struct context *context, struct trust *ret_trust, tsp_error *err)
{
	int rc = keys_init(err);

	return rc < 0 ? rc : trust_open(context->folder, ret_trust, err);
}

struct output *context_output(const struct context *context)
{
	return output_new(stdout, context->json ? OUTPUT_JSON : OUTPUT_TEXT);
}

int context_find_file(
	const struct context *context, const char *name, char **ret_path, tsp_error *err)
{
	char *below;

	if (access(name, F_OK) == 0) {
		*ret_path = realpath(name, NULL);
		return *ret_path ? TSP_OK : tsp_fail_errno(err, "open", name);
	}
	below = *name == '/' ? NULL : file_join(context->folder, name);
	if (below && access(below, F_OK) == 0) {
		*ret_path = below;
		return TSP_OK;
	}
	free(below);
	return tsp_fail_errno(err, "open", name);
}

void context_tell(const struct context *context, const char *format, ...)
{
	char line[512];
	va_list args;

	if (!context->verbose)
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_print(stderr, tsp_text_of(line), false);
	(void)fputc('\n', stderr);
}

char *context_short_hash(tsp_text hash, char out[13])
{
	size_t size = hash.size < PACKAGE_HASH_SHOWN ? hash.size : PACKAGE_HASH_SHOWN;

	if (size > 0)
		memcpy(out, hash.data, size);
	out[size] = '\0';
	return out;
}

/* ---- Completion ---------------------------------------------------------------------------- */

static void complete_groups(struct context *context, struct complete *into)
{
	struct trust trust = { 0 };
	struct folder_list list = { 0 };

	if (context_trust(context, &trust, NULL) < 0)
		return;
	if (folder_list(context->folder, NULL, &trust, &list, NULL) >= 0)
		for (size_t i = 0; i < list.count; i++)
			if (list.items[i].code >= 0)
				complete_add(into, list.items[i].group);
	folder_list_clear(&list);
	trust_clear(&trust);
}

static void context_complete(void *data, enum complete_kind kind, struct complete *into)
{
	struct context *context = data;

	if (!context->folder)
		return;
	switch (kind) {
	case COMPLETE_GROUP:
	case COMPLETE_GROUP_FILE:
		complete_groups(context, into);
		break;
	case COMPLETE_SETTING:
		for (size_t i = 0; i < SETTINGS_COUNT; i++)
			complete_add(into, settings_table[i].name);
		break;
	case COMPLETE_HASH:
	case COMPLETE_HASH_GROUP:
	case COMPLETE_ROLE:
		complete_loaded(context, kind, into);
		break;
	default:
		break;
	}
}

const struct program director_program = {
	.name = "thespian-director",
	.synopsis = "[--dir DIR] [--port PORT] [--json] [--timeout SECONDS] [-v] [--fleet [--canary N]] COMMAND [ARGS]",
	.summary = "Makes, signs, loads and replaces packages of actors.",
	.options = context_options,
	.commands = director_commands,
	.prepare = context_prepare,
	.permit = fleet_permit,
	.complete = context_complete,
};
