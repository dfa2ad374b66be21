/* SPDX-License-Identifier: MIT */
/* doctor: looks at all that a deployment stands on, names each fault, and says its remedy. */
#include "config.h"

#include "director/doctor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"

#define WORDS_LIMIT 16

/* ---- What the checks share ------------------------------------------------------------------- */

void doctor_director(struct doctor *doctor, const char *otherwise, const char *const *words)
{
	const char *all[WORDS_LIMIT] = { "thespian-director" };
	size_t count = 1;

	if (!strcmp(doctor->context->folder_from, "option")) {
		all[count++] = "--dir";
		all[count++] = doctor->context->folder;
	}
	for (; *words && count < WORDS_LIMIT - 1; words++)
		all[count++] = *words;
	findings_command(&doctor->findings, otherwise, all);
}

void doctor_put_away(struct doctor *doctor, const char *path, const char *otherwise)
{
	char *aside = text_format("%s.broken", path);

	for (int i = 2; aside && access(aside, F_OK) == 0 && i < 1000; i++) {
		free(aside);
		aside = text_format("%s.broken.%d", path, i);
	}
	if (aside)
		findings_command(&doctor->findings, otherwise, WORDS("mv", path, aside));
	else
		doctor->findings.rc = TSP_ENOMEM;
	free(aside);
}

void doctor_own_folder(struct doctor *doctor, const char *path, const char *variable)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		findings_hint(&doctor->findings,
			"set %s to a folder that this user can reach, or unset it", variable);
	else if (S_ISDIR(status.st_mode) && status.st_uid == geteuid())
		findings_command(&doctor->findings, NULL, WORDS("chmod", "0700", path));
	else if (status.st_uid == geteuid() || geteuid() == 0)
		doctor_put_away(doctor, path, "a new one is made when it is needed");
	else
		findings_hint(&doctor->findings,
			"set %s to another folder, or have user %lu take this one away", variable,
			(unsigned long)status.st_uid);
}

const char *doctor_error_fault(struct doctor *doctor, const tsp_error *fault)
{
	const char *hint;
	tsp_text text = status_split(fault, &hint);

	findings_fault(&doctor->findings, "%.*s", (int)text.size, text.data);
	return hint;
}

bool doctor_reader_fault(struct doctor *doctor, const char *path, const tsp_error *fault)
{
	(void)doctor_error_fault(doctor, fault); /* readers say no remedy */
	if (access(path, F_OK) < 0 || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
		return false;
	findings_command(&doctor->findings, NULL, WORDS("chmod", "u+r", path));
	return true;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* in byte order, whatever the locale */
}

void doctor_each_file(struct doctor *doctor, const char *folder, const char *suffix,
	void (*see)(struct doctor *doctor, const char *path))
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, NULL, compare_names);
	size_t end = strlen(suffix);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		size_t size = strlen(name);
		char *path = NULL;

		if (name[0] != '.' && size > end && !strcmp(name + size - end, suffix))
			path = file_join(folder, name);
		if (path)
			see(doctor, path);
		free(path);
		free(entries[i]);
	}
	free(entries);
}

/* ---- The command ----------------------------------------------------------------------------- */

static const struct doctor_check {
	const char *name;
	void (*run)(struct doctor *doctor);
	bool in_folder; /* of no use without one */
} checks[] = {
	{ "folder", doctor_check_folder, false },
	{ "settings", doctor_check_settings, true },
	{ "host user", doctor_check_host_user, false },
	{ "groups", doctor_check_group_files, true },
	{ "disk", doctor_check_disk, false },
	{ "secret keys", doctor_check_secret_keys, false },
	{ "public keys", doctor_check_public_keys, true },
	{ "trust", doctor_check_trust, true },
	{ "packages", doctor_check_packages, true },
	{ "state", doctor_check_state, true },
	{ "audit", doctor_check_audit, true },
	{ "clock", doctor_check_clock, false },
	{ "compiler", doctor_check_compiler, false },
	{ "sandbox", doctor_check_sandbox, false },
	{ "cache", doctor_check_cache, false },
	{ "system", doctor_check_system, false },
	{ "leader", doctor_check_leader, false },
	{ "hosts", doctor_check_hosts, false },
};

static int doctor_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct doctor doctor = { .context = data };
	struct output *output;
	size_t faults;
	int rc = keys_init(err);

	(void)call; /* it has no arguments */
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		if (checks[i].in_folder && !doctor.folder_there)
			continue;
		context_tell(doctor.context, "checking: %s", checks[i].name);
		doctor.findings.check = checks[i].name;
		checks[i].run(&doctor);
	}
	faults = findings_faults(&doctor.findings);
	rc = doctor.findings.rc;
	if (rc >= 0) {
		output = context_output(doctor.context);
		findings_put(&doctor.findings, output);
		rc = output_finish(output);
	}
	if (rc < 0)
		(void)tsp_fail(err, rc, "cannot say what was found: %s", tsp_error_sentence(rc));
	findings_clear(&doctor.findings);
	folder_list_clear(&doctor.packages);
	trust_clear(&doctor.trust);
	return rc < 0 ? rc : faults > 0 ? STATUS_FAILED : STATUS_DONE;
}

const struct command doctor_command = {
	.name = "doctor",
	.synopsis = "",
	.summary = "look for faults, and say the remedy of each",
	.details =
		"Looks at the folder, its settings, keys, packages and state, the compiler, the sandbox of\n"
		"builds, the runtime folder, the port and the clock, and changes nothing. A system need not\n"
		"run. Each fault is a line, and a hint with its remedy: where that is a command, the hint is\n"
		"a line for the shell. Notes are no faults. Status 1 where there is a fault.",
	.args_min = 0,
	.args_max = 0,
	.run = doctor_run,
};
