/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/runtime_path.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/client.h"
#include "director/commands.h"
#include "director/folder.h"
#include "director/view.h"
#include "director/workshop.h"
#include "source/cache.h"
#include "source/prebuilt.h"
#include "source/target.h"

#define FINDINGS  4
#define STATUS_MS ((int64_t)10000)

static const struct option_spec verify_options[] = {
	{ "rebuild", 0, NULL, "build it again and compare the modules", COMPLETE_NONE },
	{ 0 },
};

/* A module of the package that stands, or runs, somewhere. */
struct finding {
	const char *what; /* "prebuilt", "cache", "running" */
	char hash[SUM_TEXT];
	char *where; /* path or compiler; NULL: nothing to say */
};

struct verify {
	struct context *context;
	struct trust trust;
	struct package_file file;
	struct archive archive;
	struct manifest manifest;
	char hash[SUM_TEXT]; /* of what was built */
	char compiler[256];
	struct finding findings[FINDINGS];
	size_t count;
};

static void verify_clear(struct verify *verify)
{
	for (size_t i = 0; i < verify->count; i++)
		free(verify->findings[i].where);
	manifest_clear(&verify->manifest);
	archive_clear(&verify->archive);
	package_file_clear(&verify->file);
	trust_clear(&verify->trust);
}

static void add_finding(struct verify *verify, const char *what, tsp_text hash, const char *where)
{
	struct finding *finding = &verify->findings[verify->count];

	if (verify->count == FINDINGS || hash.size != SUM_TEXT - 1)
		return;
	finding->what = what;
	memcpy(finding->hash, hash.data, hash.size);
	finding->where = where ? strdup(where) : NULL; /* one that is not said is no harm */
	verify->count++;
}

static int find_prebuilt(struct verify *verify, tsp_error *err)
{
	const struct package *package = &verify->file.package;
	const struct manifest_prebuilt *entry;
	tsp_error cause = { 0 };
	int rc = archive_read(
		package->zip, package->zip_size, &archive_default_limits, &verify->archive, &cause);

	if (rc >= 0)
		rc = manifest_read_archive(&verify->archive, &verify->manifest, &cause);
	if (rc < 0)
		return tsp_fail(err, TSP_EBUILD, "%s", cause.text);
	entry = prebuilt_find(&verify->manifest, target_name());
	if (entry)
		add_finding(verify, "prebuilt", tsp_text_of(entry->hash), entry->compiler);
	return rc;
}

/* The file as it is, whatever its sum says: who changed the one may have changed the other. */
static int find_in_cache(struct verify *verify, const char *folder, const char *key, tsp_error *err)
{
	char *path = cache_path(folder, key);
	char hash[SUM_TEXT];
	struct buffer bytes;
	int rc;

	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	buffer_init(&bytes, MODULE_SIZE_LIMIT);
	rc = file_read(path, &bytes, err);
	if (rc >= 0)
		add_finding(
			verify, "cache", tsp_text_of(sum_of(bytes.data, bytes.size, hash)), path);
	buffer_clear(&bytes);
	free(path);
	return rc == TSP_ENOENT ? TSP_OK : rc;
}

/* The one that a system of this environment uses. */
static int find_folder(struct verify *verify, char **ret_folder, tsp_error *err)
{
	char *runtime = NULL;
	int rc = context_settings(verify->context, err);

	if (rc >= 0)
		rc = runtime_path(&runtime, err);
	if (rc >= 0)
		rc = build_cache_folder(runtime, ret_folder, err);
	free(runtime);
	return rc;
}

static int find_cached(struct verify *verify, tsp_error *err)
{
	const struct package *package = &verify->file.package;
	char *folder = NULL, *include = context_include_folder();
	char prebuilt[CACHE_KEY_TEXT], built[CACHE_KEY_TEXT];
	struct compiler compiler;
	int rc = include ? find_folder(verify, &folder, err) :
			   tsp_fail(err, TSP_ENOMEM, "out of memory");

	cache_key_prebuilt(package->zip, package->zip_size, prebuilt);
	if (rc >= 0)
		rc = find_in_cache(verify, folder, prebuilt, err);
	if (rc >= 0)
		rc = compiler_find(folder, &compiler, err);
	if (rc >= 0)
		rc = cache_key(package->zip, package->zip_size, &compiler, include, built, err);
	if (rc >= 0)
		rc = find_in_cache(verify, folder, built, err);
	free(folder);
	free(include);
	return rc;
}

/* That it cannot be compared is no verdict on the package, whatever the code is. */
static int fail_compare(const char *with, const tsp_error *cause, tsp_error *err)
{
	return tsp_fail(err, TSP_EFAILED, "no comparison with %s: %s", with, cause->text);
}

/* What the admin's nursery opened, where a system runs that has it loaded. */
static int find_running(struct verify *verify, tsp_error *err)
{
	struct client client = { 0 };
	tsp_message *status = NULL;
	tsp_value key, source;
	tsp_walk at = { 0 };
	tsp_error cause = { 0 };
	int rc = client_open(verify->context, CLIENT_ATTACH, STATUS_MS, &client, &cause);

	if (rc == TSP_ENOSYSTEM)
		return TSP_OK;
	if (rc >= 0)
		rc = tsp_status(client.system, tsp_admin(client.system), client.timeout_ms, &status,
			&cause);
	while (rc >= 0 && tsp_value_next(tsp_get(status, "loadedSources"), &at, &key, &source))
		if (tsp_text_is(view_text(source, "hash"), verify->file.package.hash))
			add_finding(verify, "running", view_text(source, "module_hash"), NULL);
	tsp_message_free(status);
	client_close(&client);
	return rc < 0 ? fail_compare("what runs", &cause, err) : rc;
}

static int rebuild(struct verify *verify, tsp_error *err)
{
	const struct package *package = &verify->file.package;
	struct buffer module;
	tsp_error cause = { 0 };
	int rc = find_prebuilt(verify, err);

	buffer_init(&module, MODULE_SIZE_LIMIT);
	if (rc >= 0)
		rc = workshop_build(verify->context, package->zip, package->zip_size, &module,
			verify->compiler, err);
	if (rc >= 0)
		sum_of(module.data, module.size, verify->hash);
	buffer_clear(&module);
	if (rc >= 0)
		rc = find_cached(verify, &cause);
	if (cause.code < 0 && rc < 0)
		return fail_compare("the cache", &cause, err);
	return rc < 0 ? rc : find_running(verify, err);
}

static bool is_same(const struct verify *verify, const struct finding *finding)
{
	return strcmp(finding->hash, verify->hash) == 0;
}

static void put_findings(struct output *output, const struct verify *verify)
{
	output_string(output, "rebuilt", "Rebuilt", verify->hash);
	output_string(output, "compiler", "Compiler", verify->compiler);
	output_list(output, "compared", verify->count ? "Compared" : NULL);
	for (size_t i = 0; i < verify->count; i++) {
		const struct finding *finding = &verify->findings[i];

		output_begin(output, NULL, NULL);
		output_string(output, "what", "WHAT", finding->what);
		output_string(output, "verdict", "VERDICT",
			is_same(verify, finding) ? "same" : "differs");
		output_string(output, "hash", "HASH", finding->hash);
		output_string(output, "where", "WHERE", finding->where);
		output_end(output);
	}
	output_end(output);
	if (verify->count == 0)
		output_say(output,
			"nothing to compare with: it is not in the cache, does not run, "
			"and brings no module along");
}

static int verify_print(const struct verify *verify, bool trusted, bool rebuilt)
{
	const struct package *package = &verify->file.package;
	struct output *output = context_output(verify->context);
	char id[KEY_ID_TEXT];

	output_begin(output, NULL, NULL);
	output_string(output, "file", "File", verify->file.path);
	output_bool(output, "trusted", "Trusted", trusted);
	output_string(output, "key", "Key",
		package->verified_by ? key_id_text(package->verified_by->id, id) : NULL);
	output_string(output, "group", "Group", package->group);
	output_string(output, "version", "Version", package->version);
	output_string(output, "hash", "Hash", package->hash);
	if (rebuilt)
		put_findings(output, verify);
	output_end(output);
	return output_finish(output);
}

static int fail_differs(const struct verify *verify, const char *shown, tsp_error *err)
{
	const struct finding *finding = verify->findings;

	while (is_same(verify, finding))
		finding++;
	(void)tsp_fail(err, TSP_EFAILED,
		"cannot verify '%s': its sources do not build to the module %s", shown,
		strcmp(finding->what, "prebuilt") == 0	    ? "in it" :
			strcmp(finding->what, "cache") == 0 ? "in the cache" :
							      "that runs");
	if (strcmp(finding->what, "prebuilt") == 0 && finding->where &&
		strcmp(finding->where, verify->compiler) != 0)
		return status_hint(err, "it was made by another compiler: %s", finding->where);
	return status_hint(err, "'tlsinfo' shows who signed it");
}

static int verify_file(
	struct verify *verify, const char *path, const char *shown, bool again, tsp_error *err)
{
	bool differs = false;
	int rc = package_file_open(path, &verify->trust, &verify->file, err);

	if (rc < 0) {
		if (verify->file.path)
			(void)verify_print(verify, false, false); /* the verdict matters more */
		return tsp_wrap(err, rc, "cannot trust '%s'", shown);
	}
	if (again)
		rc = rebuild(verify, err);
	if (rc < 0)
		return tsp_wrap(err, rc,
			rc == TSP_EBUILD ? "cannot rebuild '%s'" : "cannot verify '%s'", shown);
	rc = verify_print(verify, true, again);
	for (size_t i = 0; i < verify->count; i++)
		differs = differs || !is_same(verify, &verify->findings[i]);
	return rc >= 0 && differs ? fail_differs(verify, shown, err) : rc;
}

static int verify_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct verify verify = { .context = data };
	char shown[160];
	char *path = NULL;
	int rc = context_find_file(verify.context, call->argv[0], &path, err);

	if (rc >= 0)
		rc = context_trust(verify.context, &verify.trust, err);
	if (rc >= 0)
		rc = verify_file(&verify, path,
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)),
			options_count(&call->options, "rebuild") > 0, err);
	verify_clear(&verify);
	free(path);
	return rc;
}

const struct command verify_command = {
	.name = "verify",
	.synopsis = "[--rebuild] FILE",
	.summary = "judge a package; build it again and compare",
	.details =
		"Status 5 if no key of the director's folder verifies it. With --rebuild it is built in a fresh\n"
		"place and compared with the module in it, the one in the cache and the one that runs: status 1\n"
		"if one differs, 6 if it does not build.",
	.options = verify_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_PATH },
	.run = verify_run,
};
