/* SPDX-License-Identifier: MIT */
/*
 * One package for all systems. With --canary the first of them get it, are watched for a while, and only then have
 * the others their turn; what went wrong anywhere takes it back everywhere.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/fleet.h"
#include "director/judge.h"
#include "director/view.h"

#define SETTLE_MS 5000 /* how long canaries are watched */
#define LOOK_MS	  500

/* ---- The package --------------------------------------------------------------------------------- */

/* As load finds it; it must verify here, too. */
static int read_package(struct context *context, const char *word, struct package_file *ret_file, tsp_error *err)
{
	const struct folder_entry *newest = NULL;
	struct folder_list list = { 0 };
	struct trust trust = { 0 };
	char *path = NULL;
	char shown[160];
	int rc = load_subject(context, word, &path, shown, err);

	if (rc < 0)
		return rc;
	rc = context_trust(context, &trust, err);
	if (rc >= 0 && !path) {
		rc = folder_list(context->folder, word, &trust, &list, err);
		if (rc >= 0)
			rc = judge_newest(context->folder, &list, word, &newest, err);
	}
	if (rc >= 0)
		rc = package_file_open(path ? path : newest->path, &trust, ret_file, err);
	if (rc < 0)
		(void)tsp_wrap(err, rc, "cannot load '%s'", shown);
	folder_list_clear(&list);
	trust_clear(&trust);
	free(path);
	return rc;
}

static int ask_with(struct fleet *fleet, const char *what, const char *type, tsp_builder *request, tsp_error *err)
{
	tsp_value value;
	int rc = request ? tsp_builder_value(request, &value) : TSP_ENOMEM;

	if (rc < 0)
		(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	else
		rc = fleet_ask(fleet, what, type, value, err);
	tsp_builder_free(request);
	return rc;
}

static int ask_for(struct fleet *fleet, const char *what, const char *type, const char *key, const char *text,
	tsp_error *err)
{
	tsp_builder *request = tsp_builder_new();

	if (request)
		tsp_put_format(request, "{s:s}", key, text);
	return ask_with(fleet, what, type, request, err);
}

static int send_package(struct fleet *fleet, const struct package_file *file, const struct options *options,
	tsp_error *err)
{
	tsp_builder *request = tsp_builder_new();
	char subject[160];
	int rc = TSP_ENOMEM;

	(void)snprintf(subject, sizeof(subject), "%s-%s.tls", file->package.group, file->package.version);
	if (request) {
		tsp_begin_map(request);
		tsp_put_key(request, "package");
		tsp_put_bytes(request, file->bytes.data, file->bytes.size);
		tsp_put_key(request, "subject");
		tsp_put_string(request, subject);
		rc = load_put_options(request, options, err);
		tsp_end(request);
	}
	if (rc < 0) {
		tsp_builder_free(request);
		return request ? rc : tsp_fail(err, rc, "out of memory");
	}
	return ask_with(fleet, "Loading", "DirectorLoad", request, err);
}

/* ---- Canaries -------------------------------------------------------------------------------------- */

/* Those that have taken another version on. */
static void note_changes(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++) {
		struct fleet_system *system = &fleet->systems[i];
		tsp_value results = fleet_said(system, "results"), key, result;
		tsp_walk at = { 0 };

		while (system->wanted && tsp_value_next(results, &at, &key, &result))
			if (!tsp_text_is(view_text(result, "action"), "already active"))
				system->changed = true;
	}
}

/* What is wrong with a group after a load of that hash; NULL: nothing. */
static const char *fault_of(tsp_value group, const char *hash)
{
	tsp_value versions = tsp_value_get(group, "versions"), key, version, actor;
	tsp_walk at = { 0 };

	if (!tsp_text_is(view_text(group, "active_hash"), hash))
		return "the version is not active any more";
	while (tsp_value_next(versions, &at, &key, &version)) {
		tsp_walk actors = { 0 };

		if (!tsp_text_is(view_text(version, "hash"), hash))
			continue;
		while (tsp_value_next(tsp_value_get(version, "actors"), &actors, &key, &actor))
			if (view_int(actor, "restarts", 0) > 0 ||
				!tsp_text_is(view_text(actor, "state"), "running"))
				return "an actor of it has ended by itself";
	}
	return NULL;
}

/* Looks once at all that are wanted; their answers to the load are put back. */
static int look(struct fleet *fleet, const struct package *package, tsp_message **aside, tsp_error *err)
{
	int rc;

	for (size_t i = 0; i < fleet->count; i++) {
		aside[i] = fleet->systems[i].answer;
		fleet->systems[i].answer = NULL;
	}
	rc = ask_for(fleet, "Watching", "DirectorList", "group", package->group, err);
	for (size_t i = 0; i < fleet->count; i++) {
		struct fleet_system *system = &fleet->systems[i];
		tsp_value group = tsp_value_at(fleet_said(system, "groups"), 0);
		const char *fault = system->answer && system->err.code >= 0 ? fault_of(group, package->hash) : NULL;

		if (fault)
			fleet_fail(system, TSP_EFAILED, "%s", fault);
		tsp_message_free(system->answer);
		system->answer = aside[i];
	}
	return rc;
}

static int watch(struct fleet *fleet, const struct package *package, int64_t settle_ms, tsp_error *err)
{
	tsp_message **aside = calloc(fleet->count, sizeof(*aside));
	clock_ns until = clock_after(clock_read(), settle_ms);
	int rc = aside ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	while (rc >= 0 && fleet_failed_wanted(fleet) == 0) {
		tsp_message *late = NULL;

		rc = look(fleet, package, aside, err);
		if (rc < 0 || clock_read() >= until)
			break;
		if (tsp_listen(fleet->client.system, LOOK_MS, &late, NULL) == TSP_EINTERRUPT) {
			rc = tsp_fail(err, TSP_EINTERRUPT, "interrupted while canaries were watched");
			(void)status_hint(err, "they have it: --fleet rollback %s", package->group);
		}
		tsp_message_free(late);
	}
	free(aside);
	return rc;
}

/* ---- The way back ------------------------------------------------------------------------------------ */

/* What had nothing before is unloaded. */
static int undo(struct fleet *fleet, const struct package *package, tsp_error *err)
{
	int rc = ask_for(fleet, "Rolling back", "DirectorRollback", "group", package->group, err);
	bool first = false;

	for (size_t i = 0; i < fleet->count; i++) {
		struct fleet_system *system = &fleet->systems[i];

		system->wanted = system->wanted && system->err.code == TSP_ENOENT;
		if (system->wanted) {
			system->err = (tsp_error){ 0 };
			first = true;
		}
	}
	if (rc >= 0 && first)
		rc = ask_for(fleet, "Unloading", "DirectorUnload", "what", package->hash, err);
	return rc;
}

static int take_back(struct fleet *fleet, const struct package *package, size_t *ret_stuck, tsp_error *err)
{
	tsp_error *before = calloc(fleet->count, sizeof(*before));
	int rc = before ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	for (size_t i = 0; i < fleet->count && rc >= 0; i++) {
		before[i] = fleet->systems[i].err;
		fleet->systems[i].wanted = fleet->systems[i].changed;
		if (fleet->systems[i].changed)
			fleet->systems[i].err = (tsp_error){ 0 };
	}
	if (rc >= 0)
		rc = undo(fleet, package, err);
	for (size_t i = 0; i < fleet->count && before; i++) {
		struct fleet_system *system = &fleet->systems[i];

		if (!system->changed) {
			system->outcome = system->err.code >= 0 ? "nothing was changed" : NULL;
		} else if (system->err.code < 0) {
			system->outcome = "loaded, and could not be taken back";
			(*ret_stuck)++;
		} else {
			system->outcome = "loaded, and taken back";
			system->err = before[i];
		}
	}
	free(before);
	return rc;
}

/* ---- The commands -------------------------------------------------------------------------------------- */

/* Those with an index from first to before end. */
static void want(struct fleet *fleet, size_t first, size_t end)
{
	for (size_t i = 0; i < fleet->count; i++)
		fleet->systems[i].wanted = i >= first && i < end;
}

/* The first of them, then the others, if all is well. */
static int load_in_steps(struct fleet *fleet, const struct package_file *file, const struct options *options,
	size_t canaries, tsp_error *err)
{
	int64_t settle_ms = SETTLE_MS;
	size_t stuck = 0;
	int rc = options_get_ms(options, "settle", &settle_ms, err);

	if (canaries > fleet->count)
		canaries = fleet->count;
	want(fleet, 0, canaries);
	if (rc >= 0)
		rc = send_package(fleet, file, options, err);
	note_changes(fleet);
	if (rc >= 0)
		rc = watch(fleet, &file->package, settle_ms, err);
	if (rc >= 0 && fleet_failed_wanted(fleet) == 0) {
		want(fleet, canaries, fleet->count);
		rc = send_package(fleet, file, options, err);
		note_changes(fleet);
	}
	if (rc < 0 || fleet_failed_wanted(fleet) == 0)
		return rc;
	rc = take_back(fleet, &file->package, &stuck, err);
	if (rc < 0)
		return rc;
	rc = fleet_print(fleet, err);
	if (stuck > 0 || rc < 0)
		return rc;
	return tsp_fail(err, TSP_EFAILED, "cannot load '%s' over the fleet: what had changed was taken back",
		file->package.group);
}

int fleet_load(struct context *context, const char *word, const struct options *options, tsp_error *err)
{
	struct package_file file = { 0 };
	struct fleet fleet = { 0 };
	bool shown = false;
	int rc = context_make_folder(context, err);

	if (rc >= 0)
		rc = keys_init(err);
	if (rc >= 0)
		rc = read_package(context, word, &file, err);
	if (rc >= 0)
		rc = fleet_open(context, CLIENT_START, load_timeout(context, file.path, NULL), &fleet, err);
	if (rc >= 0 && context->canary > 0) {
		rc = load_in_steps(&fleet, &file, options, (size_t)context->canary, err);
		shown = rc != TSP_OK;
	} else if (rc >= 0) {
		rc = send_package(&fleet, &file, options, err);
	}
	if (rc >= 0 && !shown)
		rc = fleet_print(&fleet, err);
	fleet_close(&fleet);
	package_file_clear(&file);
	return rc;
}

static void say_plan(struct fleet_system *system, const struct package *package, bool *changes)
{
	tsp_value group = tsp_value_at(fleet_said(system, "groups"), 0);
	tsp_text active = view_text(group, "active_hash");

	if (system->err.code < 0)
		return;
	if (tsp_text_is(active, package->hash)) {
		system->outcome = "already active";
		return;
	}
	*changes = true;
	system->outcome = active.size > 0 ? "would take over from the version that is active" :
					    "would be the first version of its group";
}

int fleet_plan(struct context *context, const char *word, tsp_error *err)
{
	struct package_file file = { 0 };
	struct fleet fleet = { 0 };
	bool changes = false;
	int rc = keys_init(err);

	if (rc >= 0)
		rc = read_package(context, word, &file, err);
	if (rc >= 0)
		rc = fleet_open(context, CLIENT_ATTACH, DIRECTOR_TIMEOUT_MS, &fleet, err);
	if (rc >= 0)
		rc = ask_for(&fleet, "Asking", "DirectorList", "group", file.package.group, err);
	for (size_t i = 0; i < fleet.count && rc >= 0; i++)
		say_plan(&fleet.systems[i], &file.package, &changes);
	if (rc >= 0)
		rc = fleet_print(&fleet, err);
	if (rc == TSP_OK && changes)
		rc = STATUS_CHANGES;
	fleet_close(&fleet);
	package_file_clear(&file);
	return rc;
}
