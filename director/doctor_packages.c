/* SPDX-License-Identifier: MIT */
/* Packages, what the state files say of them, the audit log, and the clock that all of these have met. */
#include "config.h"

#include "director/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"
#include "director/audit.h"
#include "director/state.h"
#include "source/version.h"

#define CLOCK_SLACK ((int64_t)300)	/* s: as far as two machines may well be apart */
#define CLOCK_FIRST INT64_C(1735689600) /* 2025-01-01: before this program was written */
#define CLOCK_LAST  INT64_C(4102444800) /* 2100-01-01 */
#define CLOCK_TEXT  24

/* ---- Packages -------------------------------------------------------------------------------- */

void doctor_check_packages(struct doctor *doctor)
{
	const char *folder = doctor->context->folder;
	tsp_error fault = { 0 };

	if (!doctor->trusted)
		return; /* who signed cannot be judged until keys and rules are in order */
	if (folder_list(folder, NULL, &doctor->trust, &doctor->packages, &fault) < 0) {
		(void)doctor_reader_fault(doctor, folder, &fault);
		return;
	}
	for (size_t i = 0; i < doctor->packages.count; i++) {
		const struct folder_entry *entry = &doctor->packages.items[i];

		if (entry->code >= 0)
			continue;
		findings_fault(&doctor->findings, "cannot use package '%s': %s", entry->path,
			entry->reason);
		doctor_put_away(doctor, entry->path,
			entry->group[0] ? "or let its key sign: 'tlsinfo' shows it" :
					  "or bring it back whole");
	}
}

/* ---- States ---------------------------------------------------------------------------------- */

/* Whether the folder has the package; that it does not verify has been told. */
static bool has_package(const struct doctor *doctor, const char *hash)
{
	for (size_t i = 0; i < doctor->packages.count; i++)
		if (!strcmp(doctor->packages.items[i].hash, hash))
			return true;
	return false;
}

/* The active version cannot be started again. */
static void active_missing(struct doctor *doctor, const struct state *state)
{
	const struct state_entry *active = state_entries_find(&state->history, state->active);
	const struct folder_entry *newest = folder_newest(&doctor->packages, state->group);
	bool downgrade = newest && strcmp(newest->hash, state->mark.hash) != 0 &&
		version_compare(newest->version, state->mark.version) <= 0;
	char shown[13];

	findings_fault(&doctor->findings,
		"cannot bring back group '%s': the folder lacks its version %s (%s)", state->group,
		active ? active->version : "",
		context_short_hash(tsp_text_of(state->active), shown));
	if (newest)
		findings_hint(&doctor->findings,
			"put that package back, or load version %s: 'thespian-director load %s%s'",
			newest->version, state->group, downgrade ? " --allow-downgrade" : "");
	else
		findings_hint(&doctor->findings,
			"put that package back, or sign and load another of the group");
}

static void check_active(struct doctor *doctor, const struct state *state)
{
	const struct state_entry *before = state_before(state);
	char shown[13];

	if (state->active[0] && !has_package(doctor, state->active))
		active_missing(doctor, state);
	if (before && !has_package(doctor, before->hash))
		findings_note(&doctor->findings,
			"group '%s' cannot roll back: the folder lacks its version %s (%s)",
			state->group, before->version,
			context_short_hash(tsp_text_of(before->hash), shown));
}

static void check_group(struct doctor *doctor, const char *group)
{
	struct state state = { 0 };
	tsp_error fault = { 0 };
	char *path = text_format("%s/state/%s.json", doctor->context->folder, group);

	if (!path) {
		doctor->findings.rc = TSP_ENOMEM;
	} else if (state_read(doctor->context->folder, group, &state, &fault) >= 0) {
		if (doctor->trusted)
			check_active(doctor, &state);
		state_clear(&state);
	} else if (!doctor_reader_fault(doctor, path, &fault)) {
		doctor_put_away(
			doctor, path, "forgets the newest version accepted; better bring it back");
	}
	free(path);
}

static void for_each_group(
	struct doctor *doctor, void (*see)(struct doctor *doctor, const char *group))
{
	char **groups = NULL;
	size_t count = 0;
	tsp_error fault = { 0 };

	if (state_groups(doctor->context->folder, &groups, &count, &fault) < 0) {
		(void)doctor_reader_fault(doctor, doctor->context->folder, &fault);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		see(doctor, groups[i]);
		free(groups[i]);
	}
	free(groups);
}

void doctor_check_state(struct doctor *doctor)
{
	for_each_group(doctor, check_group);
}

/* ---- The audit log --------------------------------------------------------------------------- */

void doctor_check_audit(struct doctor *doctor)
{
	char *path = file_join(doctor->context->folder, "audit.log");
	struct audit_report report = { 0 };
	tsp_error fault = { 0 };

	if (!path) {
		doctor->findings.rc = TSP_ENOMEM;
	} else if (audit_walk(doctor->context->folder, NULL, NULL, &report, &fault) < 0) {
		if (!doctor_reader_fault(doctor, path, &fault))
			findings_hint(&doctor->findings, "see to its disk");
	} else if (report.broken > 0) {
		findings_fault(&doctor->findings,
			"cannot verify '%s': line %d does not follow from the one before it", path,
			(int)report.broken);
		doctor_put_away(doctor, path,
			"keep it: it, or what stood before, was changed or taken out");
	}
	free(path);
}

/* ---- The clock ------------------------------------------------------------------------------- */

static const char *time_text(int64_t seconds, char out[CLOCK_TEXT])
{
	time_t time = (time_t)seconds;
	struct tm utc;

	if (!gmtime_r(&time, &utc) || !strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc))
		(void)snprintf(out, CLOCK_TEXT, "%lld s", (long long)seconds);
	return out;
}

static void clock_fault(struct doctor *doctor, const char *what, const char *subject, int64_t then)
{
	char now_shown[CLOCK_TEXT], then_shown[CLOCK_TEXT];

	findings_fault(&doctor->findings,
		"cannot rely on the clock: it says %s, and %s '%s' is of %s",
		time_text((int64_t)time(NULL), now_shown), what, subject,
		time_text(then, then_shown));
	findings_hint(&doctor->findings,
		"set this clock ('timedatectl set-ntp true'), or, where "
		"it is right, %s",
		*what == 'p' ? "sign anew what another clock dated" : "wait, and load again");
}

static void check_newest_package(struct doctor *doctor)
{
	const struct folder_entry *newest = NULL;
	struct tm utc = { 0 };
	int64_t then;

	for (size_t i = 0; i < doctor->packages.count; i++) {
		const struct folder_entry *entry = &doctor->packages.items[i];

		/* written so that it sorts */
		if (entry->code >= 0 && (!newest || strcmp(entry->time, newest->time) > 0))
			newest = entry;
	}
	if (!newest || !strptime(newest->time, "%Y-%m-%dT%H:%M:%SZ", &utc))
		return;
	then = (int64_t)timegm(&utc);
	if (then > (int64_t)time(NULL) + CLOCK_SLACK)
		clock_fault(doctor, "package", newest->path, then);
}

static void check_newest_event(struct doctor *doctor, const char *group)
{
	struct state state = { 0 };
	int64_t then = 0;

	if (state_read(doctor->context->folder, group, &state, NULL) < 0)
		return; /* which has been told */
	for (size_t i = 0; i < state.events.count; i++)
		if (state.events.items[i].time > then)
			then = state.events.items[i].time;
	if (then > (int64_t)time(NULL) + CLOCK_SLACK)
		clock_fault(doctor, "the state of group", group, then);
	state_clear(&state);
}

void doctor_check_clock(struct doctor *doctor)
{
	int64_t now = (int64_t)time(NULL);
	char shown[CLOCK_TEXT];

	if (now < CLOCK_FIRST || now >= CLOCK_LAST) {
		findings_fault(&doctor->findings, "cannot rely on the clock: it says %s",
			time_text(now, shown));
		findings_hint(&doctor->findings, "set it: 'timedatectl set-ntp true'");
		return;
	}
	check_newest_package(doctor);
	if (doctor->folder_there)
		for_each_group(doctor, check_newest_event);
}
