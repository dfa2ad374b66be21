/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/password.h"
#include "source/package.h"

static const struct option_spec keygen_options[] = {
	{ "no-password", 0, NULL, "do not protect the secret key", COMPLETE_NONE },
	PASSWORD_OPTION,
	{ 0 },
};

static int keygen_print(
	const struct context *context, const char *secret, const char *public, const char *id)
{
	struct output *output = context_output(context);

	output_begin(output, NULL, NULL);
	output_string(output, "secret_key", NULL, secret);
	output_string(output, "public_key", NULL, public);
	output_string(output, "key_id", NULL, id);
	output_say(output, "secret key %s", secret);
	output_say(output, "public key %s", public);
	output_say(output, "key id %s", id);
	output_end(output);
	return output_finish(output);
}

static int keygen_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	bool protect = options_count(&call->options, "no-password") == 0;
	char password[PASSWORD_LIMIT];
	char shown[80], id_text[KEY_ID_TEXT];
	uint8_t id[KEY_ID_SIZE];
	int password_fd, *password_from;
	char *secret = NULL, *public = NULL;
	int rc;

	if (!package_group_ok(call->argv[0]))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot make key '%s': letters, digits and _ . - are allowed, 64 at most",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)));
	if (!protect && options_count(&call->options, "password-fd") > 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot make key '%s': one of --no-password and --password-fd at a time",
			call->argv[0]);
	rc = context_make_folder(context, err);
	if (rc >= 0)
		rc = keys_init(err);
	if (rc < 0)
		return rc;
	secret = text_format("%s.sec", call->argv[0]);
	public = text_format("%s/%s_tls.key", context->folder, call->argv[0]);
	if (!secret || !public) {
		rc = tsp_fail(
			err, TSP_ENOMEM, "cannot make key '%s': out of memory", call->argv[0]);
		goto out;
	}
	if (protect) {
		rc = password_option(&call->options, &password_fd, &password_from, err);
		if (rc >= 0)
			rc = password_ask_new(password_from, password, sizeof(password), err);
		if (rc == TSP_EUSAGE)
			(void)status_hint(err, "--no-password makes a key without one, --password-fd reads it");
		if (rc < 0)
			goto out;
	}
	rc = keys_generate(secret, public, protect ? password : NULL, id, err);
	if (rc >= 0)
		rc = keygen_print(context, secret, public, key_id_text(id, id_text));
out:
	explicit_bzero(password, sizeof(password));
	free(secret);
	free(public);
	return rc;
}

const struct command keygen_command = {
	.name = "keygen",
	.synopsis = "NAME [--no-password | --password-fd FD]",
	.summary = "make a pair of keys",
	.details =
		"NAME.sec, the secret key, goes into the current folder; NAME_tls.key, the public one,\n"
		"into the director's folder. Both are minisign's files. Nothing is ever overwritten.",
	.options = keygen_options,
	.args_min = 1,
	.args_max = 1,
	.run = keygen_run,
};
