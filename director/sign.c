/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/folder.h"
#include "director/password.h"

static const struct option_spec sign_options[] = {
	{ "add", 'a', NULL, "add a signature to those that are there (needed)", COMPLETE_NONE },
	{ "key", 'k', "FILE.sec", "secret key that signs (needed)", COMPLETE_PATH },
	PASSWORD_OPTION,
	{ 0 },
};

/* Who signs answers for the contents: only a package of a key that is known is signed, whatever the
 * rules say of that key alone. */
static int sign_read(const struct context *context, const char *path, struct trust *trust,
	struct package_file *file, tsp_error *err)
{
	int rc = context_trust(context, trust, err);

	if (rc < 0)
		return rc;
	rc = package_file_open(path, trust, file, err);
	if (rc == TSP_EUNTRUSTED && file->path)
		rc = package_verify(&file->package, &trust->keyring, err);
	if (rc == TSP_EUNTRUSTED)
		return status_hint(err, "the public key of who signed it first belongs into '%s'",
			context->folder);
	return rc;
}

static int sign_print(const struct context *context, const char *path,
	const struct package *package, const struct secret_key *key)
{
	struct output *output = context_output(context);
	char id[KEY_ID_TEXT];

	key_id_text(secret_key_id(key), id);
	output_begin(output, NULL, NULL);
	output_string(output, "file", NULL, path);
	output_string(output, "hash", NULL, package->hash);
	output_string(output, "key_id", NULL, id);
	output_int(output, "signatures", NULL, (int64_t)package->signature_count + 1);
	output_say(output, "%s signed by key %s, %d signatures", path, id,
		(int)package->signature_count + 1);
	output_end(output);
	return output_finish(output);
}

static int sign_add(struct context *context, const char *path, const char *key_path,
	int *password_from, tsp_error *err)
{
	struct trust trust = { 0 };
	struct package_file file = { 0 };
	struct secret_key *key = NULL;
	uint8_t *bytes = NULL;
	size_t size = 0;
	struct stat status;
	int rc = sign_read(context, path, &trust, &file, err);

	if (rc >= 0)
		rc = secret_key_open(key_path, password_ask, password_from, &key, err);
	if (rc >= 0)
		rc = package_cosign(&file.package, key, &bytes, &size, err);
	if (rc >= 0)
		rc = file_replace(path, bytes, size,
			stat(path, &status) == 0 ? status.st_mode & 0777 : 0644, err);
	if (rc >= 0)
		rc = sign_print(context, path, &file.package, key);
	free(bytes);
	secret_key_free(key);
	package_file_clear(&file);
	trust_clear(&trust);
	return rc;
}

static int sign_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *key_path = options_get(&call->options, "key");
	char shown[160];
	char *path = NULL;
	int password_fd, *password_from;
	int rc = password_option(&call->options, &password_fd, &password_from, err);

	if (rc < 0)
		return rc;
	if (!options_count(&call->options, "add") || !key_path) {
		(void)tsp_fail(
			err, TSP_EUSAGE, "cannot run 'sign': --add and --key FILE.sec are needed");
		return status_hint(err, "'gensrc' makes a package with its first signature");
	}
	text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown));
	rc = context_find_file(context, call->argv[0], &path, err);
	if (rc >= 0)
		rc = sign_add(context, path, key_path, password_from, err);
	free(path);
	return rc < 0 ? tsp_wrap(err, rc, "cannot sign '%s'", shown) : rc;
}

const struct command sign_command = {
	.name = "sign",
	.synopsis = "--add --key FILE.sec [--password-fd FD] FILE",
	.summary = "add a signature to a package",
	.details = "For groups that need more than one key. The package's hash stays the same.",
	.options = sign_options,
	.args_min = 1,
	.args_max = 1,
	.complete = { COMPLETE_PATH },
	.run = sign_run,
};
