/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/folder.h"
#include "source/prebuilt.h"
#include "source/target.h"

static const struct option_spec tlsinfo_options[] = {
	{ "contents", 0, NULL, "list the files in it", COMPLETE_NONE },
	{ "cat", 0, "NAME", "print one file of it", COMPLETE_NONE },
	{ "extract", 0, "DIR", "write the zip and its signatures, for minisign and unzip",
		COMPLETE_PATH },
	{ 0 },
};

static int tlsinfo_unpack(
	const struct package *package, struct archive *ret_archive, tsp_error *err)
{
	return archive_read(
		package->zip, package->zip_size, &archive_default_limits, ret_archive, err);
}

static void tlsinfo_put_keys(
	struct output *output, const struct package *package, const struct trust *trust)
{
	output_list(output, "keys", "Keys");
	for (size_t i = 0; i < package->signature_count; i++) {
		const struct public_key *key = keyring_find(&trust->keyring, package->signatures[i].key_id);
		char id[KEY_ID_TEXT];

		output_begin(output, NULL, NULL);
		output_string(output, "id", "ID", key_id_text(package->signatures[i].key_id, id));
		output_bool(output, "known", "KNOWN", key != NULL);
		output_string(output, "file", "FILE", key ? trust_key_file(key) : NULL);
		output_end(output);
	}
	output_end(output);
}

/* The script that is an actor; modules that come along, and whether the one for this machine could run here. */
static void tlsinfo_put_manifest(struct output *output, const struct archive *archive)
{
	struct manifest manifest = { 0 };
	const struct archive_file *module;
	tsp_error why = { 0 };
	int rc = manifest_read_archive(archive, &manifest, &why);

	if (rc < 0)
		output_string(output, "problem", "Problem", why.text);
	else
		rc = prebuilt_fit(&manifest, archive, &module, &why);
	output_string(output, "script", "Script", manifest.script.file);
	output_list(output, "prebuilt", manifest.prebuilt_count ? "Prebuilt modules" : NULL);
	for (size_t i = 0; i < manifest.prebuilt_count; i++) {
		const struct manifest_prebuilt *entry = &manifest.prebuilt[i];
		bool ours = strcmp(entry->target, target_name()) == 0;
		char hash[13];

		output_begin(output, NULL, NULL);
		output_string(output, "target", "TARGET", entry->target);
		output_int(output, "abi", "ABI", entry->abi);
		output_string(
			output, NULL, "HASH", context_short_hash(tsp_text_of(entry->hash), hash));
		output_string(output, "hash", NULL, entry->hash);
		output_bool(output, "fits", "FITS", ours && rc >= 0);
		output_string(output, "misfit", "WHY NOT", ours && rc < 0 ? why.text : NULL);
		output_string(output, "compiler", "COMPILER", entry->compiler);
		output_list(output, "needed", NULL);
		for (size_t k = 0; k < entry->needed.count; k++)
			output_string(output, "", "", entry->needed.items[k]);
		output_end(output);
		output_end(output);
	}
	output_end(output);
	manifest_clear(&manifest);
}

/* The table of verdicts; files are counted only where the signature holds. */
static int tlsinfo_show(const struct context *context, const struct package_file *file,
	const struct trust *trust, bool verified, tsp_error *err)
{
	const struct package *package = &file->package;
	struct archive archive = { 0 };
	struct output *output;
	size_t bytes = 0;
	int rc = verified ? tlsinfo_unpack(package, &archive, err) : TSP_OK;

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < archive.count; i++)
		bytes += archive.files[i].size;
	output = context_output(context);
	output_begin(output, NULL, NULL);
	output_string(output, "file", "File", file->path);
	output_string(output, "format", "Format", "THESPIAN-SOURCE 1");
	output_bool(output, "trusted", "Trusted", verified);
	output_string(output, "group", "Group", package->group);
	output_string(output, "version", "Version", package->version);
	output_string(output, "time", "Time", package->time);
	output_int(output, "runtime", "Runtime", package->runtime);
	output_string(output, "hash", "Hash", package->hash);
	output_int(output, "size", "Size", (int64_t)file->bytes.size);
	if (verified) {
		output_int(output, "files", "Files", (int64_t)archive.count);
		output_int(output, "unpacked_size", "Unpacked", (int64_t)bytes);
	}
	tlsinfo_put_keys(output, package, trust);
	if (verified)
		tlsinfo_put_manifest(output, &archive);
	output_end(output);
	archive_clear(&archive);
	return output_finish(output);
}

static int tlsinfo_contents(
	const struct context *context, const struct package *package, tsp_error *err)
{
	struct archive archive = { 0 };
	struct output *output;
	int rc = tlsinfo_unpack(package, &archive, err);

	if (rc < 0)
		return rc;
	output = context_output(context);
	output_begin(output, NULL, NULL);
	output_list(output, "files", NULL);
	for (size_t i = 0; i < archive.count; i++) {
		output_begin(output, NULL, NULL);
		output_int(output, "size", "SIZE", (int64_t)archive.files[i].size);
		output_string(output, "name", "NAME", archive.files[i].name);
		output_bool(output, "executable", NULL, archive.files[i].executable);
		output_string(
			output, NULL, "MODE", archive.files[i].executable ? "executable" : NULL);
		output_end(output);
	}
	output_end(output);
	output_end(output);
	archive_clear(&archive);
	return output_finish(output);
}

/* Bytes as they are: they are the user's own file, and stdout may be one, too. */
static int tlsinfo_cat(const struct package *package, const char *name, tsp_error *err)
{
	struct archive archive = { 0 };
	const struct archive_file *file;
	char shown[160];
	int rc = tlsinfo_unpack(package, &archive, err);

	if (rc < 0)
		return rc;
	file = archive_find(&archive, name);
	if (!file)
		rc = tsp_fail(err, TSP_ENOENT, "cannot print '%s': the package has no such file",
			text_quote(tsp_text_of(name), shown, sizeof(shown)));
	else if (file->size > 0 && fwrite(file->bytes, 1, file->size, stdout) != file->size)
		rc = tsp_fail_errno(err, "write", "standard output");
	archive_clear(&archive);
	return rc;
}

static int tlsinfo_put_file(
	struct output *output, char *path, const void *bytes, size_t size, tsp_error *err)
{
	int rc;

	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = file_replace(path, bytes, size, 0644, err);
	if (rc >= 0)
		output_string(output, "", "", path);
	free(path);
	return rc;
}

/* GROUP-VERSION.zip with GROUP-VERSION.zip.minisig, which `minisign -V` takes by itself; further
 * signatures carry their key's id. */
static int tlsinfo_extract(const struct context *context, const struct package *package,
	const char *folder, tsp_error *err)
{
	struct output *output = NULL;
	char *zip = text_format("%s/%s-%s.zip", folder, package->group, package->version);
	int rc = zip ? file_make_folder(folder, 0755, err) :
		       tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc < 0)
		goto out;
	output = context_output(context);
	output_begin(output, NULL, NULL);
	output_list(output, "written", NULL);
	rc = tlsinfo_put_file(output, strdup(zip), package->zip, package->zip_size, err);
	for (size_t i = 0; rc >= 0 && i < package->signature_count; i++) {
		char *text = package_minisig(package, i);
		char id[KEY_ID_TEXT];

		key_id_text(package->signatures[i].key_id, id);
		rc = text ? tlsinfo_put_file(output,
				    i == 0 ? text_format("%s.minisig", zip) :
					     text_format("%s.%s.minisig", zip, id),
				    text, strlen(text), err) :
			    tsp_fail(err, TSP_ENOMEM, "out of memory");
		free(text);
	}
	output_end(output);
	output_end(output);
	if (rc >= 0) {
		rc = output_finish(output);
		output = NULL;
	}
out:
	output_drop(output);
	free(zip);
	return rc;
}

static int tlsinfo_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *name = options_get(&call->options, "cat");
	const char *folder = options_get(&call->options, "extract");
	bool contents = options_count(&call->options, "contents") > 0;
	struct trust trust = { 0 };
	struct package_file file = { 0 };
	char *path = NULL;
	char shown[160];
	int rc, verdict;

	if ((name != NULL) + (folder != NULL) + contents > 1)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run 'tlsinfo': one of --contents, --cat, --extract at a time");
	rc = context_find_file(context, call->argv[0], &path, err);
	if (rc >= 0)
		rc = context_trust(context, &trust, err);
	if (rc < 0)
		goto out;
	verdict = package_file_open(path, &trust, &file, err);
	rc = verdict;
	if (file.path && verdict < 0 && !name && !folder && !contents)
		rc = tlsinfo_show(context, &file, &trust, false, NULL);
	else if (verdict < 0)
		rc = verdict;
	else if (name)
		rc = tlsinfo_cat(&file.package, name, err);
	else if (folder)
		rc = tlsinfo_extract(context, &file.package, folder, err);
	else if (contents)
		rc = tlsinfo_contents(context, &file.package, err);
	else
		rc = tlsinfo_show(context, &file, &trust, true, err);
	if (verdict < 0)
		rc = tsp_wrap(err, verdict, "cannot trust '%s'",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)));
out:
	package_file_clear(&file);
	trust_clear(&trust);
	free(path);
	return rc;
}

const struct command tlsinfo_command = {
	.name = "tlsinfo",
	.synopsis = "FILE [--contents | --cat NAME | --extract DIR]",
	.summary = "verify a package and show what it is",
	.details =
		"Status 5 if no key of the director's folder verifies it; nothing of it is unpacked then.",
	.options = tlsinfo_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_PATH },
	.run = tlsinfo_run,
};
