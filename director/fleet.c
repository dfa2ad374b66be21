/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/attendees.h"
#include "cli/progress.h"
#include "cli/status.h"
#include "director/convention.h"
#include "director/view.h"

#define FLEET_HERE "here"
#define AWAY_HINT  "'thespian-director members' lists who may link, 'expel' takes one out"

/* ---- Who belongs to it ------------------------------------------------------------------------------ */

/* key: the text that it links with; of the one here "". */
static struct fleet_system *add(struct fleet *fleet, const char *name, tsp_text key, uint64_t system)
{
	struct fleet_system *grown = realloc(fleet->systems, (fleet->count + 1) * sizeof(*grown));
	struct fleet_system *added;
	char text[PIN_TEXT];

	if (!grown)
		return NULL;
	fleet->systems = grown;
	added = &grown[fleet->count++];
	*added = (struct fleet_system){ .system = system, .wanted = true };
	added->is_here = key.size == 0;
	(void)snprintf(text, sizeof(text), "%.*s", (int)key.size, key.data);
	(void)pin_parse(text, added->key); /* the admin's own text */
	(void)snprintf(added->name, sizeof(added->name), "%s", name);
	return added;
}

static const struct pin *pin_of(const struct pin *pins, size_t count, tsp_text text)
{
	uint8_t key[PIN_KEY];
	char copy[PIN_TEXT];

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)text.size, text.data);
	if (!pin_parse(copy, key))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (memcmp(key, pins[i].key, PIN_KEY) == 0)
			return &pins[i];
	return NULL;
}

/* By the pin's name, or its key where the name is none of its own. */
static void name_of(const struct pin *pin, tsp_text key, char out[PIN_NAME + 1])
{
	bool own = pin && pin->name[0] && strcmp(pin->name, PIN_INVITED) != 0;

	if (own)
		(void)snprintf(out, PIN_NAME + 1, "%s", pin->name);
	else
		(void)snprintf(out, PIN_NAME + 1, "%.*s", (int)(key.size < 16 ? key.size : 16), key.data);
}

static int add_linked(struct fleet *fleet, tsp_value attendees, const struct pin *pins, size_t count,
	bool *linked)
{
	tsp_walk at = { 0 };
	tsp_value key, attendee;

	while (tsp_value_next(attendees, &at, &key, &attendee)) {
		tsp_text text = view_text(attendee, "key");
		const struct pin *pin = pin_of(pins, count, text);
		tsp_address admin = TSP_NOBODY;
		char name[PIN_NAME + 1];

		if (!view_bool(attendee, "connected") ||
			!tsp_value_address(tsp_value_get(attendee, "admin"), &admin))
			continue;
		if (pin)
			linked[pin - pins] = true;
		name_of(pin, text, name);
		if (!add(fleet, name, text, admin.system))
			return TSP_ENOMEM;
	}
	return TSP_OK;
}

static int add_away(struct fleet *fleet, const struct pin *pins, size_t count, const bool *linked)
{
	for (size_t i = 0; i < count; i++) {
		struct fleet_system *system;
		char text[PIN_TEXT], name[PIN_NAME + 1];

		if (linked[i] || pins[i].revoked)
			continue;
		name_of(&pins[i], tsp_text_of(pin_text(pins[i].key, text)), name);
		system = add(fleet, name, tsp_text_of(text), 0);
		if (!system)
			return TSP_ENOMEM;
		(void)tsp_fail(&system->err, TSP_EFAILED, "it is not linked with the system here");
		(void)status_hint(&system->err, AWAY_HINT);
	}
	return TSP_OK;
}

static int by_name(const void *a, const void *b)
{
	const struct fleet_system *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static int find_systems(struct fleet *fleet, const tsp_message *status, tsp_error *err)
{
	char *folder = convention_folder(fleet->client.context);
	struct pin *pins = NULL;
	bool *linked = NULL;
	size_t count = 0;
	int rc = folder ? pins_list(folder, &pins, &count, NULL) : TSP_ENOMEM;

	if (rc == TSP_ENOENT)
		rc = TSP_OK; /* no convention: the one here is all there is */
	linked = calloc(count + 1, sizeof(*linked));
	if (rc >= 0 && (!linked || !add(fleet, FLEET_HERE, TSP_TEXT(""), tsp_admin(fleet->client.system).system)))
		rc = TSP_ENOMEM;
	if (rc >= 0)
		rc = add_linked(fleet, tsp_get(status, "conventionAttendees"), pins, count, linked);
	if (rc >= 0)
		rc = add_away(fleet, pins, count, linked);
	if (rc >= 0 && fleet->count > 2)
		qsort(fleet->systems + 1, fleet->count - 1, sizeof(*fleet->systems), by_name);
	free(linked);
	free(pins);
	free(folder);
	return rc < 0 ? tsp_fail(err, rc, "cannot list the convention: %s", tsp_error_sentence(rc)) : rc;
}

int fleet_open(struct context *context, enum client_start start, int64_t timeout_ms, struct fleet *fleet,
	tsp_error *err)
{
	tsp_message *status = NULL;
	int rc = client_open(context, start, timeout_ms, &fleet->client, err);

	if (rc >= 0)
		rc = attendees_ask(fleet->client.system, DIRECTOR_TIMEOUT_MS, &status, err);
	if (rc >= 0)
		rc = find_systems(fleet, status, err);
	tsp_message_free(status);
	return rc;
}

void fleet_close(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++) {
		tsp_message_free(fleet->systems[i].answer);
		free(fleet->systems[i].proof);
		free(fleet->systems[i].proof_key);
	}
	free(fleet->systems);
	client_close(&fleet->client);
	*fleet = (struct fleet){ 0 };
}

/* ---- Asking ------------------------------------------------------------------------------------------- */

void fleet_fail(struct fleet_system *system, int code, const char *format, ...)
{
	va_list args;
	char text[400];

	if (system->err.code < 0)
		return; /* the first is the one that is told */
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)tsp_fail(&system->err, code, "%s", text);
}

tsp_value fleet_said(const struct fleet_system *system, const char *key)
{
	return system->answer ? tsp_get(system->answer, key) : (tsp_value){ NULL, 0 };
}

static void take_answer(struct fleet_system *system, int rc, tsp_message *answer, const tsp_error *why)
{
	tsp_error err = { 0 };

	if (rc < 0 && strstr(why->text, "nobody holds")) {
		fleet_fail(system, TSP_EFAILED, "it has no Director");
	} else if (rc < 0) {
		fleet_fail(system, rc, "%s", why->text);
	} else if (!tsp_message_is(answer, "DirectorAnswer")) {
		fleet_fail(system, TSP_EPROTOCOL, "its Director gave an answer that is none");
	} else if (client_verdict(answer, &err) < 0 && system->err.code >= 0) {
		system->err = err;
	}
	tsp_message_free(system->answer);
	system->answer = answer;
}

/* The next one that is to be asked, from *at on; NULL: none. */
static struct fleet_system *next_wanted(struct fleet *fleet, size_t *at)
{
	while (*at < fleet->count) {
		struct fleet_system *system = &fleet->systems[(*at)++];

		if (system->wanted && system->system != 0 && system->err.code >= 0)
			return system;
	}
	return NULL;
}

static size_t wanted_count(struct fleet *fleet)
{
	size_t at = 0, count = 0;

	while (next_wanted(fleet, &at))
		count++;
	return count;
}

/* Those under way: which ask is whose. */
struct flights {
	uint64_t asks[TSP_ASK_LIMIT];
	struct fleet_system *systems[TSP_ASK_LIMIT];
	size_t count;
};

static void start_one(struct fleet *fleet, struct flights *flights, struct fleet_system *system,
	const char *type, tsp_value request)
{
	char name[40];
	tsp_error why = { 0 };
	uint64_t ask = 0;
	int rc;

	(void)snprintf(name, sizeof(name), "Director@%" PRIx64, system->system);
	rc = tsp_ask_start(fleet->client.system, tsp_system_name_address(fleet->client.system, name), type, request,
		fleet->client.timeout_ms, &ask, &why);
	if (rc < 0) {
		take_answer(system, rc, NULL, &why);
		return;
	}
	flights->asks[flights->count] = ask;
	flights->systems[flights->count++] = system;
}

static int finish_one(struct fleet *fleet, struct flights *flights, tsp_error *err)
{
	tsp_message *answer = NULL;
	tsp_error why = { 0 };
	uint64_t ask = 0;
	int rc = tsp_ask_finish(fleet->client.system, &ask, &answer, &why);

	if (rc == TSP_EINTERRUPT || rc == TSP_ENOSYSTEM)
		return tsp_fail(err, rc, "%s", why.text);
	for (size_t i = 0; i < flights->count; i++) {
		if (flights->asks[i] != ask)
			continue;
		take_answer(flights->systems[i], rc, answer, &why);
		flights->count--;
		flights->asks[i] = flights->asks[flights->count];
		flights->systems[i] = flights->systems[flights->count];
		return TSP_OK;
	}
	tsp_message_free(answer);
	return rc < 0 ? tsp_fail(err, rc, "%s", why.text) : TSP_OK;
}

int fleet_ask(struct fleet *fleet, const char *what, const char *type, tsp_value request, tsp_error *err)
{
	struct flights flights = { 0 };
	size_t at = 0, done = 0, total = wanted_count(fleet);
	struct fleet_system *system;
	int rc = TSP_OK;

	(void)progress_open(!fleet->client.context->json);
	while (rc >= 0 && done < total) {
		while (flights.count < TSP_ASK_LIMIT && (system = next_wanted(fleet, &at)) != NULL)
			start_one(fleet, &flights, system, type, request);
		if (flights.count > 0)
			rc = finish_one(fleet, &flights, err);
		done = total - flights.count;
		for (size_t rest = at; next_wanted(fleet, &rest) != NULL;)
			done--;
		progress_show(what, done, total, "systems");
	}
	progress_close();
	return rc;
}

/* ---- What came of it ------------------------------------------------------------------------------------ */

size_t fleet_failed(const struct fleet *fleet)
{
	size_t failed = 0;

	for (size_t i = 0; i < fleet->count; i++)
		failed += fleet->systems[i].err.code < 0;
	return failed;
}

size_t fleet_failed_wanted(const struct fleet *fleet)
{
	size_t failed = 0;

	for (size_t i = 0; i < fleet->count; i++)
		failed += fleet->systems[i].wanted && fleet->systems[i].err.code < 0;
	return failed;
}

static void say_results(struct output *output, const struct fleet_system *system)
{
	tsp_value results = fleet_said(system, "results"), key, result;
	tsp_walk at = { 0 };

	while (tsp_value_next(results, &at, &key, &result)) {
		tsp_text action = view_text(result, "action"), group = view_text(result, "group");
		tsp_text version = view_text(result, "version");
		char digits[13];

		output_say(output, "%s: %.*s %.*s %.*s %s", system->name, (int)action.size, action.data,
			(int)group.size, group.data, (int)version.size, version.data,
			context_short_hash(view_text(result, "hash"), digits));
	}
}

/* A line for each group: its active version, and how many of its actors run. */
static void say_groups(struct output *output, const struct fleet_system *system)
{
	tsp_value groups = fleet_said(system, "groups"), key, group, version, actor;
	tsp_walk at = { 0 };

	if (groups.data && tsp_value_count(groups) == 0)
		output_say(output, "%s: nothing is loaded", system->name);
	while (tsp_value_next(groups, &at, &key, &group)) {
		tsp_text name = view_text(group, "group"), active = { "nothing active", 14 };
		size_t running = 0, actors = 0;
		tsp_walk versions = { 0 };

		while (tsp_value_next(tsp_value_get(group, "versions"), &versions, &key, &version)) {
			tsp_walk a = { 0 };

			if (!view_bool(version, "active"))
				continue;
			active = view_text(version, "version");
			while (tsp_value_next(tsp_value_get(version, "actors"), &a, &key, &actor)) {
				actors++;
				running += tsp_text_is(view_text(actor, "state"), "running");
			}
		}
		output_say(output, "%s: %.*s %.*s, %zu of %zu actors running%s", system->name, (int)name.size,
			name.data, (int)active.size, active.data, running, actors,
			view_bool(group, "held") ? ", held" : "");
	}
}

static void put_system(struct output *output, const struct fleet_system *system)
{
	const char *hint;
	tsp_text error = status_split(&system->err, &hint);
	char id[17];

	(void)snprintf(id, sizeof(id), "%" PRIx64, system->system);
	output_begin(output, NULL, NULL);
	output_string(output, "name", NULL, system->name);
	output_string(output, "system", NULL, system->system ? id : NULL);
	output_bool(output, "ok", NULL, system->err.code >= 0);
	output_string(output, "outcome", NULL, system->outcome);
	if (system->err.code < 0) {
		output_int(output, "status", NULL, status_of(system->err.code));
		output_text(output, "error", NULL, error);
		output_string(output, "hint", NULL, hint);
	}
	if (fleet_said(system, "results").data)
		output_value(output, "results", NULL, fleet_said(system, "results"));
	if (fleet_said(system, "groups").data)
		output_value(output, "groups", NULL, fleet_said(system, "groups"));
	if (system->proof) {
		output_string(output, "file", NULL, system->proof);
		output_string(output, "key", NULL, system->proof_key);
		output_string(output, "key_id", NULL, system->proof_key_id);
		output_bool(output, "key_is_new", NULL, system->proof_key_new);
	}
	output_end(output);
}

static void say_system(struct output *output, const struct fleet_system *system)
{
	const char *hint;
	tsp_text error = status_split(&system->err, &hint);

	if (system->err.code >= 0 && !system->outcome) {
		say_results(output, system);
		say_groups(output, system);
	}
	if (system->outcome)
		output_say(output, "%s: %s", system->name, system->outcome);
	if (system->proof)
		output_say(output, "%s: %s by key %s%s", system->name, system->proof, system->proof_key_id,
			system->proof_key_new ? ", which was not known before" : "");
	if (system->err.code < 0) {
		output_say(output, "%s: FAILED: %.*s", system->name, (int)error.size, error.data);
		if (hint)
			output_say(output, "  hint: %s", hint);
	}
}

int fleet_print(const struct fleet *fleet, tsp_error *err)
{
	struct output *output = context_output(fleet->client.context);
	size_t failed = fleet_failed(fleet);
	const struct fleet_system *first = NULL;
	int rc;

	output_begin(output, NULL, NULL);
	output_int(output, "failed", NULL, (int64_t)failed);
	if (fleet->nonce)
		output_string(output, "nonce", NULL, fleet->nonce);
	output_list(output, "systems", NULL);
	for (size_t i = 0; i < fleet->count && output_form(output) == OUTPUT_JSON; i++)
		put_system(output, &fleet->systems[i]);
	output_end(output);
	for (size_t i = 0; i < fleet->count; i++) {
		say_system(output, &fleet->systems[i]);
		if (fleet->systems[i].err.code < 0 && !first)
			first = &fleet->systems[i];
	}
	if (fleet->nonce && failed < fleet->count)
		output_say(output, "nonce: %s", fleet->nonce);
	output_end(output);
	rc = output_finish(output);
	if (rc < 0 || failed == 0)
		return rc;
	if (failed == fleet->count)
		return tsp_fail(err, first->err.code, "no system of the fleet has done it");
	fprintf(stderr, "thespian-director: %zu of %zu systems failed\n", failed, fleet->count);
	return STATUS_PART;
}
