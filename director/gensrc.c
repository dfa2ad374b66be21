/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/gensrc.h"

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
#include "director/enclose.h"
#include "director/folder.h"
#include "director/gather.h"
#include "director/password.h"
#include "director/workshop.h"

static const struct option_spec gensrc_options[] = {
	{ "key", 'k', "FILE.sec", "secret key that signs (needed)", COMPLETE_PATH },
	{ "version", 0, "V", "version of the package; date: YYYYMMDDHHMM", COMPLETE_NONE },
	{ "tli", 0, "FILE", "group file; default SRCDIR/GROUP.tli", COMPLETE_PATH },
	{ "deps", 0, "FILE", "libraries by pkg-config's names, one a line", COMPLETE_PATH },
	{ "prebuilt", 0, NULL, "add the module as it is built here", COMPLETE_NONE },
	{ "prebuilt-from", 0, "FILE", "add the modules of another package of these sources",
		COMPLETE_PATH },
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

/* Compiles: to a module that goes along, else to see that it can be. */
static int gensrc_compile(struct gensrc *gensrc, tsp_error *err)
{
	const struct enclose enclose = { gensrc->context, &gensrc->manifest, &gensrc->archive };
	int rc;

	progress_step("check", gensrc->recipe.group);
	rc = gensrc->prebuilt ? enclose_built(&enclose, err) :
				workshop_check(gensrc->context, &gensrc->archive, err);

	if (rc >= 0 && gensrc->prebuilt_from)
		rc = enclose_from(&enclose, gensrc->prebuilt_from, err);
	return rc < 0 ? tsp_wrap(err, rc, "cannot package '%s'", gensrc->recipe.group) : rc;
}

/* All files of the package; clear with archive_clear. */
static int gensrc_archive(const struct recipe *recipe, struct manifest *manifest,
	char *const *patterns, size_t count, struct archive *archive, tsp_error *err)
{
	struct manifest again;
	char *text = NULL;
	int rc = gather_files(recipe->folder, patterns, count, manifest->executables.items,
		manifest->executables.count, archive, err);

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

int gensrc_gather(struct gensrc *gensrc, tsp_error *err)
{
	int rc = recipe_read(&gensrc->recipe, &gensrc->manifest, err);

	if (rc >= 0)
		rc = gensrc_archive(&gensrc->recipe, &gensrc->manifest, gensrc->patterns,
			gensrc->pattern_count, &gensrc->archive, err);
	if (rc >= 0)
		rc = gensrc_compile(gensrc, err);
	return rc;
}

int gensrc_sign(struct gensrc *gensrc, const struct secret_key *key, uint8_t **ret_bytes,
	size_t *ret_size, tsp_error *err)
{
	struct package_claim claim = { gensrc->recipe.group, gensrc->manifest.version,
		gensrc->time };
	uint8_t *zip = NULL;
	size_t zip_size;
	int rc;

	progress_step("zip", gensrc->recipe.group);
	rc = archive_write(&gensrc->archive, &zip, &zip_size, err);

	if (rc >= 0)
		rc = package_write(&claim, zip, zip_size, key, ret_bytes, ret_size, err);
	free(zip);
	return rc;
}

void gensrc_clear(struct gensrc *gensrc)
{
	archive_clear(&gensrc->archive);
	manifest_clear(&gensrc->manifest);
}

/* Signs what was gathered, writes and shows the package. */
static int gensrc_finish(struct gensrc *gensrc, const struct options *options, tsp_error *err)
{
	const char *given = options_get(options, "output");
	struct secret_key *key = NULL;
	uint8_t *bytes = NULL;
	size_t size;
	struct package package;
	char *path = NULL;
	int password_fd, *password_from;
	int rc = password_option(options, &password_fd, &password_from, err);

	if (rc >= 0)
		rc = secret_key_open(
			options_get(options, "key"), password_ask, password_from, &key, err);
	(void)progress_open(!gensrc->context->json);
	if (rc >= 0)
		rc = gensrc_sign(gensrc, key, &bytes, &size, err);
	progress_close();
	if (rc >= 0)
		rc = package_read(bytes, size, &package, err);
	if (rc < 0)
		goto out;
	path = given ? strdup(given) :
		       folder_package_path(gensrc->context->folder, package.group, package.version);
	rc = path ? gensrc_put(path, bytes, size, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc < 0)
		goto out;
	gensrc_hint_version(package.version);
	rc = gensrc_print(gensrc->context, path, &package);
out:
	secret_key_free(key);
	free(path);
	free(bytes);
	return rc;
}

static int gensrc_check_options(const struct command_call *call, tsp_error *err)
{
	const char *format = options_get(&call->options, "fmt");
	char shown[80];

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
	struct gensrc gensrc = {
		.context = data, .patterns = call->argv + 2, .pattern_count = (size_t)call->argc - 2
	};
	char version[65] = "";
	int rc = gensrc_check_options(call, err);

	if (rc >= 0)
		rc = gensrc_time(&gensrc.time, err);
	if (rc >= 0 && options_get(options, "version"))
		rc = gensrc_version(options_get(options, "version"), gensrc.time, version, err);
	if (rc >= 0)
		rc = keys_init(err);
	if (rc < 0)
		return rc;
	gensrc.recipe = (struct recipe){ call->argv[0], call->argv[1], version[0] ? version : NULL,
		options_get(options, "tli"), options_get(options, "deps") };
	gensrc.prebuilt = options_count(options, "prebuilt") > 0;
	gensrc.prebuilt_from = options_get(options, "prebuilt-from");
	(void)progress_open(!gensrc.context->json);
	rc = gensrc_gather(&gensrc, err);
	progress_close(); /* a password may be asked for */
	if (rc >= 0 && !options_get(options, "output"))
		rc = context_make_folder(gensrc.context, err);
	if (rc >= 0)
		rc = gensrc_finish(&gensrc, options, err);
	gensrc_clear(&gensrc);
	return rc;
}

const struct command gensrc_command = {
	.name = "gensrc",
	.synopsis = "--key FILE.sec [--version V] [--tli FILE] [--deps FILE] [--prebuilt] "
		    "[--prebuilt-from FILE] [--fmt 1] [-o FILE] [--password-fd FD] "
		    "GROUP SRCDIR [PATTERN...]",
	.summary = "package and sign the C files and the script of a folder",
	.details =
		"Files that match a PATTERN (default: all *.c and *.h; ** stands for any folders), and what\n"
		"'Executable' names, are checked by the compiler, zipped and signed. Nothing is written when\n"
		"they do not compile.\n"
		"SRCDIR/source.json may say: standard, definitions, libraries, sources, Executable.\n"
		"A module that goes along is used where it fits, also where there is no compiler; a package for\n"
		"several kinds of machines is made on each in turn, --prebuilt-from the one before.",
	.options = gensrc_options,
	.args_min = 2,
	.args_max = -1,
	.complete = { COMPLETE_GROUP, COMPLETE_PATH, COMPLETE_NONE },
	.run = gensrc_run,
};
