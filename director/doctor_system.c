/* SPDX-License-Identifier: MIT */
/* The system: its runtime folder and its port, the Director in it, the convention. */
#include "config.h"

#include "director/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/attendees.h"
#include "director/convention.h"

#define ATTACH_MS ((int64_t)5000)

/* ---- Folder and port ------------------------------------------------------------------------- */

/* What an error names: between its first quotes. */
static bool subject_of(const tsp_error *fault, char *out, size_t size)
{
	const char *open = strchr(fault->text, '\'');
	const char *close = open ? strstr(open, "': ") : NULL;

	if (!close || (size_t)(close - open) > size)
		return false;
	memcpy(out, open + 1, (size_t)(close - open - 1));
	out[close - open - 1] = '\0';
	return true;
}

/* Somebody who is no system of ours holds it. */
static void other_port(struct doctor *doctor, const tsp_error *fault)
{
	int port = 0;
	char other[16];

	(void)doctor_error_fault(doctor, fault);
	if (doctor->context->port_option || context_port(doctor->context, &port, NULL) < 0) {
		findings_hint(&doctor->findings, "end what listens there, or give another --port");
		return;
	}
	(void)snprintf(other, sizeof(other), "%d", port < 65535 ? port + 1 : 1024);
	doctor_director(doctor, "or end what listens there", WORDS("config", "adminport", other));
}

static void attach_fault(struct doctor *doctor, int rc, const tsp_error *fault)
{
	char path[sizeof(fault->text)];

	if (strstr(fault->text, "runtime folder") && subject_of(fault, path, sizeof(path))) {
		(void)doctor_error_fault(doctor, fault);
		if (*path == '/')
			doctor_own_folder(doctor, path, "THESPIAN_RUNTIME_DIR");
		else
			findings_hint(&doctor->findings,
				"export THESPIAN_RUNTIME_DIR as a path that begins with /");
	} else if (rc == TSP_ETIMEOUT) {
		(void)doctor_error_fault(doctor, fault);
		findings_hint(&doctor->findings,
			"it is busy or stopped: its log and 'ps' tell; else end it and 'thespian-director start'");
	} else {
		other_port(doctor, fault);
	}
}

/* ---- The system that runs -------------------------------------------------------------------- */

/* Whether the system at the port has a Director, and for this folder. */
static void check_director(struct doctor *doctor, struct client *client)
{
	tsp_builder *request = client_request(doctor->context);
	tsp_message *answer = NULL;
	tsp_error fault = { 0 };
	const char *hint;
	int rc;

	if (!request) {
		doctor->findings.rc = TSP_ENOMEM;
		return;
	}
	tsp_end(request);
	rc = client_ask(client, "DirectorStatus", request, &answer, &fault);
	if (rc >= 0)
		rc = client_verdict(answer, &fault);
	if (rc < 0) {
		hint = doctor_error_fault(doctor, &fault);
		findings_hint(&doctor->findings, "%s", hint ? hint : "look at its log");
	}
	tsp_message_free(answer);
	tsp_builder_free(request);
}

/* The host of ADDRESS:PORT or [ADDRESS]:PORT. */
static tsp_text host_of(tsp_text place)
{
	bool brackets = place.size > 0 && place.data[0] == '[';

	while (place.size > 0 && place.data[place.size - 1] != ':')
		place.size--;
	place.size -= place.size > 0;
	return brackets && place.size > 2 ? (tsp_text){ place.data + 1, place.size - 2 } : place;
}

/* What a leader sees of this system: nobody can know its address better. advertised: where it says it is. */
static void note_leader(struct doctor *doctor, tsp_value leader, tsp_text advertised)
{
	tsp_text host = host_of(advertised), address = TSP_TEXT("?"), seen = { NULL, 0 };
	bool other;

	(void)tsp_value_text(tsp_value_get(leader, "address"), &address);
	if (!tsp_value_text(tsp_value_get(leader, "seen_as"), &seen))
		return; /* it has dialled us */
	other = host.size != seen.size || memcmp(host.data, seen.data, host.size) != 0;
	if (advertised.size == 0)
		findings_note(&doctor->findings,
			"the leader '%.*s' sees this system at %.*s, and nobody can dial it: advertise.cfg is empty",
			(int)address.size, address.data, (int)seen.size, seen.data);
	else
		findings_note(&doctor->findings,
			"the leader '%.*s' sees this system at %.*s, and others dial it at %.*s%s", (int)address.size,
			address.data, (int)seen.size, seen.data, (int)advertised.size, advertised.data,
			other ? ": if that is no name of it, something has to forward there" : "");
}

/* Whether its hosts run under another user, and how its leaders see it. */
static void see_status(struct doctor *doctor, struct client *client)
{
	tsp_text advertised = { NULL, 0 };
	tsp_message *status = NULL, *systems = NULL;
	tsp_walk at = { 0 };
	tsp_value none, member;

	if (tsp_status(client->system, tsp_admin(client->system), client->timeout_ms, &status,
		    NULL) < 0)
		return;
	doctor->hosts_apart = tsp_get_bool(status, "hostsApart", false);
	(void)tsp_value_text(tsp_value_get(tsp_get(status, "capabilities"), "Convention Advertise"), &advertised);
	if (attendees_ask(client->system, client->timeout_ms, &systems, NULL) < 0)
		systems = NULL;
	while (systems && tsp_value_next(tsp_get(systems, "conventionAttendees"), &at, &none, &member)) {
		bool leads = false;

		if (tsp_value_bool(tsp_value_get(member, "leader"), &leads) && leads)
			note_leader(doctor, member, advertised);
	}
	tsp_message_free(systems);
	tsp_message_free(status);
}

void doctor_check_system(struct doctor *doctor)
{
	struct client client = { 0 };
	tsp_error fault = { 0 };
	int rc;

	if (context_settings(doctor->context, NULL) < 0 ||
		!strcmp(settings_get(&doctor->context->settings, "thespbase"), "simpleSystemBase"))
		return; /* both were told before */
	rc = client_open(doctor->context, CLIENT_ATTACH, ATTACH_MS, &client, &fault);
	if (rc >= 0) {
		check_director(doctor, &client);
		see_status(doctor, &client);
	} else if (rc != TSP_ENOSYSTEM || !strstr(fault.text, "no system answers")) {
		attach_fault(doctor, rc, &fault);
	}
	client_close(&client);
}

/* ---- What a system is to be ------------------------------------------------------------------ */

/* Whom a system that starts would dial has to have a key here. */
static void check_leader(struct doctor *doctor, const char *folder, tsp_text place)
{
	char *address = convention_address(place);
	uint8_t key[PIN_KEY];

	if (!address) {
		doctor->findings.rc = TSP_ENOMEM;
		return;
	}
	if (pins_leader(folder, address, key, NULL) < 0) {
		findings_fault(&doctor->findings,
			"cannot link with the leader '%s' of convleader.cfg: no key is pinned for it", address);
		findings_hint(&doctor->findings, "thespian-director join %s TOKEN", address);
	} else if (pins_judge(folder, key) <= 0) {
		findings_fault(&doctor->findings,
			"cannot link with the leader '%s' of convleader.cfg: its key is no member", address);
		findings_hint(&doctor->findings, "thespian-director join %s TOKEN", address);
	}
	free(address);
}

void doctor_check_leader(struct doctor *doctor)
{
	const char *line = doctor->context->settings_read ?
		settings_get(&doctor->context->settings, "convleader") :
		NULL;
	char *folder = convention_folder(doctor->context);

	if (!folder) {
		doctor->findings.rc = TSP_ENOMEM;
		return;
	}
	while (line && *line) {
		size_t size = strcspn(line, "\n");

		if (size > 0)
			check_leader(doctor, folder, (tsp_text){ line, size });
		line += size + (line[size] == '\n');
	}
	free(folder);
}
