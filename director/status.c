/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/status.h"
#include "director/client.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/view.h"
#include "source/sandbox.h"

struct report {
	struct client client;
	tsp_message *system;
	tsp_message *director;
	struct trust trust;
};

/* What trust.cfg says of a key, and what that makes of it. */
static void status_put_rule(
	const struct trust *trust, const struct public_key *signer, struct output *output)
{
	char id[KEY_ID_TEXT];
	const struct trust_key *key = trust_rules_key(&trust->rules, key_id_text(signer->id, id));
	const char *state = trust_key_state(trust, id);
	bool development = trust_key_is_development(signer);

	output_string(output, "expires", "EXPIRES", key && key->expires[0] ? key->expires : NULL);
	output_bool(output, "revoked", NULL, trust_rules_revoked(&trust->rules, id));
	output_string(output, "state", NULL, state);
	output_bool(output, "development", NULL, development);
	/* that a key signs is not remarkable */
	output_string(output, NULL, "REMARK",
		strncmp(state, "signs", 5) != 0 || !strcmp(state, "signs nothing") ? state :
			development ? "development" :
				      NULL);
}

static void status_put_keys(const struct report *report, struct output *output)
{
	output_list(output, "keys", "Keys");
	for (size_t i = 0; i < report->trust.keyring.count; i++) {
		const struct public_key *key = &report->trust.keyring.keys[i];
		char id[KEY_ID_TEXT];

		output_begin(output, NULL, NULL);
		output_string(output, "id", "ID", key_id_text(key->id, id));
		output_string(output, "file", "FILE", trust_key_file(key));
		status_put_rule(&report->trust, key, output);
		output_end(output);
	}
	output_end(output);
}

static void status_put_sources(const struct report *report, struct output *output)
{
	tsp_value key, source;
	tsp_walk at = { 0 };

	output_list(output, "sources", "Sources");
	while (tsp_value_next(tsp_get(report->system, "loadedSources"), &at, &key, &source)) {
		char digits[13];

		output_begin(output, NULL, NULL);
		output_text(output, "hash", NULL, view_text(source, "hash"));
		output_string(output, NULL, "HASH",
			context_short_hash(view_text(source, "hash"), digits));
		output_text(output, "info", "INFO", view_text(source, "info"));
		output_text(output, "state", "STATE", view_text(source, "state"));
		output_int(output, "actors", "ACTORS", view_int(source, "actors", 0));
		output_text(output, "module_hash", NULL, view_text(source, "module_hash"));
		output_string(output, NULL, "MODULE",
			context_short_hash(view_text(source, "module_hash"), digits));
		output_bool(output, "prebuilt", NULL, view_bool(source, "prebuilt"));
		output_string(
			output, NULL, "MADE", view_bool(source, "prebuilt") ? "prebuilt" : NULL);
		output_end(output);
	}
	output_end(output);
}

/* One entry of what needs attention. */
static void status_attend(struct output *output, tsp_text group, const char *what, tsp_text detail)
{
	char line[600];

	(void)snprintf(line, sizeof(line), "%.*s%s%s%s%.*s", (int)group.size, group.data,
		group.size ? ": " : "", what, detail.size ? ": " : "", (int)detail.size,
		detail.data);
	output_string(output, "", "", line);
}

static bool is_development(tsp_value version)
{
	return view_bool(version, "active") && view_bool(version, "development");
}

static void status_attend_group(struct output *output, tsp_value group)
{
	tsp_text name = view_text(group, "group");
	tsp_value key, version, actor;
	tsp_walk v = { 0 };

	if (view_text(group, "problem").size > 0)
		status_attend(output, name, "not brought back", view_text(group, "problem"));
	if (view_bool(group, "held"))
		status_attend(output, name, "held by rollback", TSP_TEXT(""));
	while (tsp_value_next(tsp_value_get(group, "versions"), &v, &key, &version)) {
		tsp_walk a = { 0 };

		if (is_development(version))
			status_attend(output, name, "a development version is active",
				view_text(version, "version"));
		if (view_text(version, "override").size > 0)
			status_attend(output, name, "unsigned group file",
				view_text(version, "override"));
		while (tsp_value_next(tsp_value_get(version, "actors"), &a, &key, &actor))
			if (tsp_text_is(view_text(actor, "state"), "given up"))
				status_attend(output, name, "an actor is given up",
					view_text(actor, "last_exit"));
	}
}

/* Whether code of actors is root's. */
static bool status_is_open(const struct report *report)
{
	return tsp_get_int(report->system, "hostUid", -1) == 0;
}

/* Whether there is nothing to say; the heading is then left out. */
static bool status_is_calm(const struct report *report)
{
	tsp_value key, group, version, actor;
	tsp_walk at = { 0 };

	if (report->trust.keyring.count == 0 || sandbox_level() == 0 || status_is_open(report))
		return false;
	while (tsp_value_next(tsp_get(report->director, "groups"), &at, &key, &group)) {
		tsp_walk v = { 0 };

		if (view_text(group, "problem").size > 0 || view_bool(group, "held"))
			return false;
		while (tsp_value_next(tsp_value_get(group, "versions"), &v, &key, &version)) {
			tsp_walk a = { 0 };

			if (view_text(version, "override").size > 0 || is_development(version))
				return false;
			while (tsp_value_next(tsp_value_get(version, "actors"), &a, &key, &actor))
				if (tsp_text_is(view_text(actor, "state"), "given up"))
					return false;
		}
	}
	return true;
}

static void status_put_attention(const struct report *report, struct output *output)
{
	tsp_value key, group;
	tsp_walk at = { 0 };

	output_list(output, "attention", status_is_calm(report) ? NULL : "Needs attention");
	if (report->trust.keyring.count == 0)
		status_attend(output, TSP_TEXT(""), "no key in the folder: every load is refused",
			TSP_TEXT(""));
	if (sandbox_level() == 0)
		status_attend(output, TSP_TEXT(""),
			"builds can read what their user can: this kernel has no Landlock",
			TSP_TEXT(""));
	if (status_is_open(report))
		status_attend(output, TSP_TEXT(""),
			"hosts run as root: the code of actors may do anything on this machine",
			TSP_TEXT(""));
	while (tsp_value_next(tsp_get(report->director, "groups"), &at, &key, &group))
		status_attend_group(output, group);
	output_end(output);
}

static void status_put_hosts(const struct report *report, struct output *output)
{
	tsp_text user = tsp_get_text(report->system, "hostUser");
	bool apart = tsp_get_bool(report->system, "hostsApart", false);

	output_text(output, "host_user", NULL, user);
	output_bool(output, "hosts_apart", NULL, apart);
	if (apart)
		output_say(output, "Hosts run as %.*s, apart from the admin", (int)user.size, user.data);
	else
		output_say(output,
			"Hosts run as %.*s, as the admin does: actors are hindered, not walled off",
			(int)user.size, user.data);
}

static int status_print(const struct report *report)
{
	const tsp_message *system = report->system;
	struct output *output = context_output(report->client.context);

	output_begin(output, NULL, NULL);
	output_text(output, "base", "Base", tsp_get_text(system, "base"));
	output_int(output, "port", "Port", report->client.port);
	output_int(output, "pid", "Process", client_pid(system));
	output_ms(output, "uptime_ms", "Up since", tsp_get_int(system, "uptime_ms", -1));
	output_int(output, "actors", "Actors", tsp_get_int(system, "actors", 0));
	output_string(output, "folder", "Folder", report->client.context->folder);
	output_int(output, "waiting_operations", "Waiting operations",
		tsp_get_int(report->director, "waiting_operations", 0));
	status_put_hosts(report, output);
	output_int(output, "sandbox", NULL, sandbox_level());
	if (sandbox_level() > 0)
		output_say(output, "Builds are shut in (Landlock %d)", sandbox_level());
	status_put_keys(report, output);
	status_put_sources(report, output);
	view_groups(output, tsp_get(report->director, "groups"));
	status_put_attention(report, output);
	output_end(output);
	return output_finish(output);
}

static int status_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct report report = { 0 };
	struct context *context = data;
	tsp_builder *request = NULL;
	int rc;

	(void)call; /* it has no arguments */
	if (context->fleet)
		return fleet_status(context, err);
	rc = client_open(context, CLIENT_ATTACH, DIRECTOR_TIMEOUT_MS, &report.client, err);
	if (rc < 0)
		return rc;
	request = client_request(context);
	if (!request) {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
		goto out;
	}
	tsp_end(request);
	rc = tsp_status(report.client.system, tsp_admin(report.client.system),
		report.client.timeout_ms, &report.system, err);
	if (rc >= 0)
		rc = client_ask(&report.client, "DirectorStatus", request, &report.director, err);
	if (rc >= 0)
		rc = client_verdict(report.director, err);
	if (rc >= 0)
		rc = context_trust(context, &report.trust, err);
	if (rc >= 0)
		rc = status_print(&report);
out:
	trust_clear(&report.trust);
	tsp_message_free(report.system);
	tsp_message_free(report.director);
	tsp_builder_free(request);
	client_close(&report.client);
	return rc;
}

const struct command status_command = {
	.name = "status",
	.synopsis = "",
	.summary = "show the system, its sources, keys and what needs attention",
	.args_min = 0,
	.args_max = 0,
	.run = status_run,
};
