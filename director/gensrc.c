/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/progress.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/folder.h"
#include "director/gather.h"
#include "director/password.h"
#include "director/recipe.h"
#include "source/builder.h"

static const struct option_spec gensrc_options[] = {
	{ "key", 'k', "FILE.sec", "secret key that signs (needed)", COMPLETE_PATH },
	{ "version", 0, "V", "version of the package; date: YYYYMMDDHHMM", COMPLETE_NONE },
	{ "tli", 0, "FILE", "group file; default SRCDIR/GROUP.tli", COMPLETE_PATH },
	{ "deps", 0, "FILE", "libraries by pkg-config's names, one a line", COMPLETE_PATH },
	{ "prebuilt", 0, NULL, "add built modules (not implemented)", COMPLETE_NONE },
	{ "fmt", 0, "1", "format of the package; there is only 1", COMPLETE_NONE },
	{ "output", 'o', "FILE", "where to write; default DIR/GROUP-VERSION.tls", COMPLETE_PATH },
	PASSWORD_OPTION,
	{ 0 },
};

/* Time of the package: SOURCE_DATE_EPOCH, else now. */
static int gensrc_time(int64_t *ret_time, tsp_error *err)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (!epoch || !*epoch) {
		*ret_time = time(NULL);
		return TSP_OK;
	}
	if (text_to_int(epoch, 0, 253402300799, ret_time) < 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use SOURCE_DATE_EPOCH: seconds since 1970 are expected");
	return TSP_OK;
}

/* The version as given, or the date; out has room for 65 bytes. */
static int gensrc_version(const char *given, int64_t now, char *out, tsp_error *err)
{
	char shown[80];
	struct tm utc;
	time_t seconds = now;

	if (!strcmp(given, "date")) {
		if (!gmtime_r(&seconds, &utc) || strftime(out, 65, "%Y%m%d%H%M", &utc) == 0)
			return tsp_fail(err, TSP_EVALUE, "cannot make a version of the date");
		return TSP_OK;
	}
	if (!package_version_ok(given))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use version '%s': letters, digits and _ . - + ~ are allowed, 64 at most",
			text_quote(tsp_text_of(given), shown, sizeof(shown)));
	(void)strcpy(out, given); /* at most 64 bytes, as was checked */
	return TSP_OK;
}

/* "1.0-rc1" is newer than "1.0": say how to write what is probably meant. */
static void gensrc_hint_version(const char *version)
{
	static const char *const words[] = { "rc", "beta", "alpha", "pre" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (const char *at = strcasestr(version, words[i]); at;
			at = strcasestr(at + 1, words[i])) {
			if (at == version ||
				(at[-1] != '-' && at[-1] != '.' && at[-1] != '_' &&
					!isdigit((unsigned char)at[-1])))
				continue;
			(void)fprintf(stderr,
				"hint: '%s' is newer than '%.*s'; with ~ before '%s' it is older\n",
				version, (int)(at - version - !isdigit((unsigned char)at[-1])),
				version, words[i]);
			return;
		}
	}
}

/* Folder of thespian.h: beside the programs, else where it is installed. free() it. */
static char *gensrc_include_folder(void)
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

/* Whether it compiles. The compiler's lines go to stderr. */
static int gensrc_check(
	struct context *context, const struct archive *archive, const char *group, tsp_error *err)
{
	struct build_result result = { 0 };
	struct build_limits limits;
	char *include = gensrc_include_folder();
	int rc;

	if (!include)
		return tsp_fail(err, TSP_ENOMEM, "cannot package '%s': out of memory", group);
	rc = context_build_limits(context, &limits, err);
	if (rc < 0)
		goto out;
	progress_step("check", group);
	rc = build_check(archive, include, &limits, &result);
	progress_close();
	if (rc == TSP_ELIMIT)
		rc = TSP_EBUILD;
	if (result.output && *result.output) {
		text_print(stderr, tsp_text_of(result.output), true);
		if (result.output[strlen(result.output) - 1] != '\n')
			(void)fputc('\n', stderr);
	}
	if (rc < 0)
		(void)tsp_fail(err, rc, "cannot package '%s': %s", group,
			result.reason ? result.reason : tsp_error_sentence(rc));
out:
	build_result_clear(&result);
	free(include);
	return rc;
}

/* All files of the package; clear with archive_clear. */
static int gensrc_archive(const struct recipe *recipe, struct manifest *manifest,
	char *const *patterns, size_t count, struct archive *archive, tsp_error *err)
{
	struct manifest again;
	char *text = NULL;
	int rc = gather_files(recipe->folder, patterns, count, archive, err);

	for (size_t i = 0; rc >= 0 && i < manifest->executables.count; i++)
		for (size_t k = 0; k < archive->count; k++)
			if (!strcmp(archive->files[k].name, manifest->executables.items[i]))
				archive->files[k].executable = true;
	if (rc >= 0)
		rc = manifest_write(manifest, &text, err);
	if (rc >= 0 && archive_find(archive, MANIFEST_NAME))
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot gather '%s': it is made, no pattern may match it", MANIFEST_NAME);
	if (rc >= 0)
		rc = archive_add(archive, MANIFEST_NAME, text, strlen(text), false, err);
	if (rc >= 0)
		rc = manifest_read_archive(archive, &again, err);
	if (rc >= 0)
		manifest_clear(&again);
	free(text);
	return rc;
}

/* Writes the package; the same bytes already there are fine. */
static int gensrc_put(const char *path, const uint8_t *bytes, size_t size, tsp_error *err)
{
	struct buffer there;
	int rc;

	buffer_init(&there, PACKAGE_LIMIT + 64 * 1024);
	rc = file_read(path, &there, NULL);
	if (rc == TSP_ENOENT) {
		rc = file_replace(path, bytes, size, 0644, err);
	} else if (rc < 0 || there.size != size || memcmp(there.data, bytes, size) != 0) {
		(void)tsp_fail(err, TSP_EEXIST,
			"cannot write '%s': it is there already with other content", path);
		rc = status_hint(err, "give another --version, or remove it first");
	}
	buffer_clear(&there);
	return rc;
}

static int gensrc_print(
	const struct context *context, const char *path, const struct package *package)
{
	struct output *output = context_output(context);
	char hash[13];

	output_begin(output, NULL, NULL);
	output_string(output, "file", NULL, path);
	output_string(output, "hash", NULL, package->hash);
	output_string(output, "group", NULL, package->group);
	output_string(output, "version", NULL, package->version);
	output_say(output, "%s %s", path, context_short_hash(tsp_text_of(package->hash), hash));
	output_end(output);
	return output_finish(output);
}

struct gensrc {
	struct context *context;
	const struct options *options;
	struct recipe recipe;
	char version[65];
	int64_t time;
	struct manifest manifest;
	struct archive archive;
};

static int gensrc_sign(struct gensrc *gensrc, tsp_error *err)
{
	const char *key_path = options_get(gensrc->options, "key");
	struct package_claim claim = { gensrc->recipe.group, gensrc->manifest.version,
		gensrc->time };
	struct secret_key *key = NULL;
	uint8_t *zip = NULL, *bytes = NULL;
	size_t zip_size, size;
	struct package package;
	char *path = NULL;
	int password_fd, *password_from;
	int rc = password_option(gensrc->options, &password_fd, &password_from, err);

	if (rc >= 0 && progress_open(!gensrc->context->json))
		progress_step("zip", claim.group);
	if (rc >= 0)
		rc = archive_write(&gensrc->archive, &zip, &zip_size, err);
	progress_close(); /* a password may be asked for */
	if (rc >= 0)
		rc = secret_key_open(key_path, password_ask, password_from, &key, err);
	if (rc >= 0)
		rc = package_write(&claim, zip, zip_size, key, &bytes, &size, err);
	if (rc >= 0)
		rc = package_read(bytes, size, &package, err);
	if (rc < 0)
		goto out;
	path = options_get(gensrc->options, "output") ?
		strdup(options_get(gensrc->options, "output")) :
		folder_package_path(gensrc->context->folder, claim.group, claim.version);
	rc = path ? gensrc_put(path, bytes, size, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc < 0)
		goto out;
	gensrc_hint_version(claim.version);
	rc = gensrc_print(gensrc->context, path, &package);
out:
	secret_key_free(key);
	free(path);
	free(bytes);
	free(zip);
	return rc;
}

static int gensrc_check_options(const struct command_call *call, tsp_error *err)
{
	const char *format = options_get(&call->options, "fmt");
	char shown[80];

	if (options_count(&call->options, "prebuilt"))
		return tsp_fail(err, TSP_ENOTIMPL, "cannot add built modules: not implemented");
	if (format && strcmp(format, "1") != 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot use '--fmt %s': the only format is 1",
			text_quote(tsp_text_of(format), shown, sizeof(shown)));
	if (!options_get(&call->options, "key")) {
		(void)tsp_fail(err, TSP_EUSAGE, "cannot run 'gensrc': --key FILE.sec is missing");
		return status_hint(err, "'keygen NAME' makes a pair of keys");
	}
	if (!package_group_ok(call->argv[0]))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot package '%s': letters, digits and _ . - are allowed in a group's name, 64 at most",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)));
	return TSP_OK;
}

static int gensrc_run(void *data, const struct command_call *call, tsp_error *err)
{
	const struct options *options = &call->options;
	struct gensrc gensrc = { .context = data, .options = options };
	int rc = gensrc_check_options(call, err);

	if (rc >= 0)
		rc = gensrc_time(&gensrc.time, err);
	if (rc >= 0 && options_get(options, "version"))
		rc = gensrc_version(
			options_get(options, "version"), gensrc.time, gensrc.version, err);
	if (rc >= 0)
		rc = keys_init(err);
	if (rc < 0)
		return rc;
	gensrc.recipe = (struct recipe){ call->argv[0], call->argv[1],
		gensrc.version[0] ? gensrc.version : NULL, options_get(options, "tli"),
		options_get(options, "deps") };
	rc = recipe_read(&gensrc.recipe, &gensrc.manifest, err);
	(void)progress_open(!gensrc.context->json);
	if (rc >= 0)
		rc = gensrc_archive(&gensrc.recipe, &gensrc.manifest, call->argv + 2,
			(size_t)call->argc - 2, &gensrc.archive, err);
	if (rc >= 0)
		rc = gensrc_check(gensrc.context, &gensrc.archive, gensrc.recipe.group, err);
	if (rc >= 0 && !options_get(options, "output"))
		rc = context_make_folder(gensrc.context, err);
	if (rc >= 0)
		rc = gensrc_sign(&gensrc, err);
	progress_close();
	archive_clear(&gensrc.archive);
	manifest_clear(&gensrc.manifest);
	return rc;
}

const struct command gensrc_command = {
	.name = "gensrc",
	.synopsis =
		"--key FILE.sec [--version V] [--tli FILE] [--deps FILE] [--prebuilt] [--fmt 1] [-o FILE] "
		"[--password-fd FD] "
		"GROUP SRCDIR [PATTERN...]",
	.summary = "package and sign the C files of a folder",
	.details =
		"Files that match a PATTERN (default: all *.c and *.h; ** stands for any folders) are checked\n"
		"by the compiler, zipped and signed. Nothing is written when they do not compile.\n"
		"SRCDIR/source.json may say: standard, definitions, libraries, sources, Executable.",
	.options = gensrc_options,
	.args_min = 2,
	.args_max = -1,
	.complete = { COMPLETE_GROUP, COMPLETE_PATH, COMPLETE_NONE },
	.run = gensrc_run,
};
