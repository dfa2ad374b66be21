/* SPDX-License-Identifier: MIT */
/* Who hosts run as: so says the system that runs, and of one that would be started the setting othercaps. */
#include "config.h"

#include "director/doctor.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

#define HOST_USER "Host User" /* the capability, as thespian-admin(8) has it */
#define NAME_MOST 64
#define USER_MOST ((int64_t)UINT32_MAX - 1)

/* file: "PATH: ", or "" where nobody has said who. */
static void unknown_user(struct doctor *doctor, const char *file, const char *name)
{
	char shown[4 * NAME_MOST];

	findings_fault(&doctor->findings, "%scannot run hosts as '%s': there is no such user", file,
		text_quote(tsp_text_of(name), shown, sizeof(shown)));
	findings_hint(
		&doctor->findings, "make one, or name another in the capability '" HOST_USER "'");
}

/* The number of the user of this name or number; false: there is none, which is told. */
static bool find_user(struct doctor *doctor, tsp_value wish, const char *file, int64_t *ret_user)
{
	char name[NAME_MOST];
	const struct passwd *entry;
	tsp_text text;

	if (tsp_value_text(wish, &text)) {
		(void)snprintf(name, sizeof(name), "%.*s", (int)text.size, text.data);
		entry = text.size < sizeof(name) ? getpwnam(name) : NULL;
		if (entry)
			*ret_user = entry->pw_uid;
		else
			unknown_user(doctor, file, name);
		return entry != NULL;
	}
	if (tsp_value_int(wish, ret_user) && *ret_user >= 0 && *ret_user < USER_MOST)
		return true; /* it needs no name */
	findings_fault(&doctor->findings,
		"%scannot use the capability '" HOST_USER
		"': it is neither a name nor a number of a user",
		file);
	findings_hint(&doctor->findings, "correct it there, as thespian-admin(8) says");
	return false;
}

static void check_wish(struct doctor *doctor, tsp_value wish, const char *path)
{
	char *file = text_format("%s: ", path);
	int64_t user;

	if (!file) {
		doctor->findings.rc = TSP_ENOMEM;
	} else if (find_user(doctor, wish, file, &user)) {
		doctor->hosts_apart = user != (int64_t)geteuid();
		if (geteuid() != 0 && doctor->hosts_apart) {
			findings_fault(&doctor->findings,
				"%scannot run hosts as user %lld: only root can", file,
				(long long)user);
			findings_hint(&doctor->findings,
				"start the system as root, or without the capability '" HOST_USER
				"'");
		} else if (user == 0) {
			findings_note(&doctor->findings,
				"hosts run as root, as '%s' says: code of actors may do anything on this machine",
				path);
		}
	}
	free(file);
}

/* Those that root's hosts run as where nobody has said who. */
static void check_default(struct doctor *doctor)
{
	static const char *const names[] = { "thespian", "nobody" };

	for (size_t i = 0; geteuid() == 0 && i < sizeof(names) / sizeof(*names); i++) {
		const struct passwd *entry = getpwnam(names[i]);

		if (entry && entry->pw_uid != 0)
			doctor->hosts_apart = true;
	}
	if (geteuid() == 0 && !doctor->hosts_apart)
		unknown_user(doctor, "", names[0]);
}

void doctor_check_host_user(struct doctor *doctor)
{
	tsp_builder *builder = tsp_builder_new();
	char *path = text_format("%s/othercaps.cfg", doctor->context->folder);
	tsp_value wish = { 0 };

	if (!builder || !path)
		doctor->findings.rc = TSP_ENOMEM;
	else if (context_capability(doctor->context, HOST_USER, builder, &wish, NULL) >= 0 &&
		tsp_value_kind(wish) > TSP_KIND_NULL)
		check_wish(doctor, wish, path);
	else
		check_default(doctor);
	free(path);
	tsp_builder_free(builder);
}

void doctor_check_hosts(struct doctor *doctor)
{
	if (!doctor->hosts_apart)
		findings_note(&doctor->findings,
			"actors run as the user of their admin: hostile code in them is hindered, not walled off");
}
