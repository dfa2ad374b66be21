/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/client.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/json.h"
#include "director/proof.h"
#include "director/view.h"

#define DEFAULT_FILE "proof.json"

static const struct option_spec prove_options[] = {
	{ "nonce", 0, "TEXT", "a text of who asks, so that the proof cannot be an old one",
		COMPLETE_NONE },
	{ "output", 'o', "FILE", "where to write; default " DEFAULT_FILE ", with --fleet the folder proofs",
		COMPLETE_PATH },
	{ "check", 0, "FILE", "check a proof of another machine", COMPLETE_PATH },
	{ "key", 'k', "FILE", "public key of the system that is checked", COMPLETE_PATH },
	{ 0 },
};

struct prove {
	struct context *context;
	struct client client;
	tsp_message *system;
	tsp_message *director;
	struct proof proof;
};

/* ---- Making one ---------------------------------------------------------------------------- */

static int prove_ask(struct prove *prove, tsp_error *err)
{
	tsp_builder *request = client_request(prove->context);
	int rc = request ? client_open(prove->context, CLIENT_ATTACH, DIRECTOR_TIMEOUT_MS,
				   &prove->client, err) :
			   tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0) {
		tsp_end(request);
		rc = client_ask(&prove->client, "DirectorList", request, &prove->director, err);
	}
	if (rc >= 0)
		rc = client_verdict(prove->director, err);
	if (rc >= 0)
		rc = tsp_status(prove->client.system, tsp_admin(prove->client.system),
			prove->client.timeout_ms, &prove->system, err);
	tsp_builder_free(request);
	return rc;
}

static int prove_print(const struct prove *prove, const char *path, const struct public_key *key)
{
	struct output *output = context_output(prove->context);
	char *lines_path = text_format("%s.minisig", path);
	char id[KEY_ID_TEXT], system[17];

	proof_system_id(prove->system, system);
	output_begin(output, NULL, NULL);
	output_string(output, "file", NULL, path);
	output_string(output, "signature", NULL, lines_path);
	output_string(output, "key_id", NULL, key_id_text(key->id, id));
	output_string(output, "system", NULL, system);
	output_string(output, "time", NULL, prove->proof.time);
	output_string(output, "nonce", NULL, prove->proof.nonce);
	output_say(output, "%s of system %s, %s.minisig by key %s", path, system, path, id);
	output_end(output);
	free(lines_path);
	return output_finish(output);
}

static int prove_make(struct prove *prove, const char *path, tsp_error *err)
{
	struct proof_signed made = { 0 };
	int rc = prove_ask(prove, err);

	if (rc < 0)
		return rc;
	prove->proof.system = prove->system;
	prove->proof.groups = tsp_get(prove->director, "groups");
	rc = proof_make(&prove->proof, prove->context->folder, &made, err);
	if (rc >= 0)
		rc = proof_save(path, tsp_text_of(made.text), tsp_text_of(made.lines), err);
	if (rc >= 0)
		rc = prove_print(prove, path, &made.key);
	proof_signed_clear(&made);
	return rc;
}

/* ---- Checking one -------------------------------------------------------------------------- */

static void check_put_list(struct output *output, tsp_value document, const char *list_key,
	const char *label, const char *const *columns)
{
	tsp_value list = tsp_value_get(document, list_key), key, item;
	tsp_walk at = { 0 };

	output_list(output, list_key, tsp_value_count(list) > 0 ? label : NULL);
	while (tsp_value_next(list, &at, &key, &item)) {
		output_begin(output, NULL, NULL);
		for (size_t i = 0; columns[i]; i += 2)
			output_text(
				output, columns[i], columns[i + 1], view_text(item, columns[i]));
		output_int(output, "actors", "ACTORS", view_int(item, "actors", 0));
		output_end(output);
	}
	output_end(output);
}

static int check_print(
	const struct context *context, const char *path, const char *id, tsp_value document)
{
	static const char *const sources[] = { "group", "GROUP", "version", "VERSION", "hash",
		"HASH", "module_hash", "MODULE", "state", "STATE", NULL };
	static const char *const modules[] = { "name", "NAME", "module_hash", "MODULE", "path",
		"PATH", NULL };
	struct output *output = context_output(context);

	output_begin(output, NULL, NULL);
	output_string(output, "file", "File", path);
	output_string(output, "key_id", "Key", id);
	output_text(output, "system", "System", view_text(document, "system"));
	output_text(output, "machine", "Machine",
		view_text(tsp_value_get(document, "machine"), "name"));
	output_int(output, "port", "Port", view_int(document, "port", 0));
	output_text(output, "thespian", "Thespian", view_text(document, "thespian"));
	output_text(output, "time", "Time", view_text(document, "time"));
	output_text(output, "nonce", "Nonce", view_text(document, "nonce"));
	check_put_list(output, document, "sources", "Sources", sources);
	check_put_list(output, document, "modules", "Installed modules", modules);
	output_end(output);
	return output_finish(output);
}

static int check_files(const struct context *context, const char *path, const char *lines_path,
	const struct public_key *key, const char *nonce, tsp_error *err)
{
	struct json_file document = { 0 };
	struct buffer text, lines;
	char id[KEY_ID_TEXT];
	int rc;

	buffer_init(&text, PROOF_LIMIT);
	buffer_init(&lines, 4096);
	rc = file_read(path, &text, err);
	if (rc >= 0)
		rc = file_read(lines_path, &lines, err);
	if (rc >= 0)
		rc = proof_check((tsp_text){ (const char *)text.data, text.size },
			(tsp_text){ (const char *)lines.data, lines.size }, key, err);
	if (rc >= 0)
		rc = json_parse(path, (const char *)text.data, text.size, &document, err);
	if (rc >= 0)
		rc = proof_check_document(document.value, nonce, err);
	if (rc >= 0)
		rc = check_print(context, path, key_id_text(key->id, id), document.value);
	json_clear(&document);
	buffer_clear(&text);
	buffer_clear(&lines);
	return rc;
}

static int prove_check(const struct context *context, const struct options *options, tsp_error *err)
{
	const char *path = options_get(options, "check");
	char *lines_path = text_format("%s.minisig", path);
	struct public_key key = { .path = NULL };
	char shown[160];
	int rc = lines_path ? public_key_open(options_get(options, "key"), &key, err) :
			      tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = check_files(
			context, path, lines_path, &key, options_get(options, "nonce"), err);
	free(key.path);
	free(lines_path);
	return rc < 0 ? tsp_wrap(err, rc, "cannot believe '%s'",
				text_quote(tsp_text_of(path), shown, sizeof(shown))) :
			rc;
}

/* ---- The command --------------------------------------------------------------------------- */

static int prove_check_options(const struct context *context, const struct options *options, tsp_error *err)
{
	const char *nonce = options_get(options, "nonce");
	bool check = options_get(options, "check") != NULL;

	if (check != (options_get(options, "key") != NULL))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run 'prove': --check FILE and --key FILE belong together");
	if (check && context->fleet)
		return tsp_fail(err, TSP_EUSAGE, "cannot run 'prove': one of --check and --fleet at a time");
	if (check && options_get(options, "output"))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run 'prove': one of --check and --output at a time");
	if (nonce && !proof_nonce_ok(tsp_text_of(nonce)))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use the nonce: 1 to %d bytes of UTF-8 are expected", PROOF_NONCE);
	return TSP_OK;
}

static int prove_run(void *data, const struct command_call *call, tsp_error *err)
{
	const struct options *options = &call->options;
	const char *path = options_get(options, "output");
	struct prove prove = { .context = data, .proof.nonce = options_get(options, "nonce") };
	int rc = prove_check_options(prove.context, options, err);

	if (rc >= 0)
		rc = keys_init(err);
	if (rc < 0)
		return rc;
	if (prove.context->fleet)
		return fleet_prove(prove.context, prove.proof.nonce, path, err);
	if (options_get(options, "check"))
		return prove_check(prove.context, options, err);
	rc = prove_make(&prove, path ? path : DEFAULT_FILE, err);
	tsp_message_free(prove.system);
	tsp_message_free(prove.director);
	client_close(&prove.client);
	return rc < 0 ? tsp_wrap(err, rc, "cannot prove what runs") : rc;
}

const struct command prove_command = {
	.name = "prove",
	.synopsis = "[--nonce TEXT] [-o FILE] | --check FILE --key FILE [--nonce TEXT]",
	.summary = "write what runs here, hash by hash, signed by the system's key",
	.details =
		"FILE is a JSON document, FILE.minisig its signature, as minisign -V takes it. The key is\n"
		"DIR/system.sec, made when it is first needed; who checks needs DIR/system.pub. It signs no\n"
		"packages. --check: status 5 where the proof is not of that key, or has another nonce. --fleet:\n"
		"FILE is a folder, which gets NAME.json of each system, signed there and checked by the key that\n"
		"is pinned for it; where no nonce is given one is made.",
	.options = prove_options,
	.args_min = 0,
	.args_max = 0,
	.run = prove_run,
};
