/* SPDX-License-Identifier: MIT */
/* The director's folder and the settings in it. */
#include "config.h"

#include "director/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "director/convention.h"
#include "director/group.h"
#include "director/launch.h"

#define DISK_SPARE ((uint64_t)1024 * 1024) /* what states, the audit log and settings may need */

/* ---- The folder ------------------------------------------------------------------------------ */

/* Whether those who get at a file of the folder may write it: a mode of the folder lets them in. */
static void check_writers(struct doctor *doctor, const char *path)
{
	struct stat folder, file;
	mode_t others = 0;

	if (stat(doctor->context->folder, &folder) < 0 || stat(path, &file) < 0)
		return; /* it has just gone */
	if (folder.st_mode & S_IXGRP)
		others |= S_IWGRP;
	if (folder.st_mode & S_IXOTH)
		others |= S_IWOTH;
	if ((file.st_mode & others) == 0)
		return;
	findings_fault(&doctor->findings,
		"cannot rely on '%s': others may write it, its mode is %04o", path,
		(unsigned)(file.st_mode & 07777));
	findings_command(&doctor->findings, NULL, WORDS("chmod", "go-w", path));
}

static void check_owner(struct doctor *doctor, const struct stat *status)
{
	const char *folder = doctor->context->folder;
	char user[24];

	if (status->st_uid == geteuid())
		return;
	(void)snprintf(user, sizeof(user), "%lu", (unsigned long)geteuid());
	findings_fault(&doctor->findings,
		"cannot rely on the folder '%s': it belongs to user %lu, and this is user %s",
		folder, (unsigned long)status->st_uid, user);
	if (geteuid() == 0)
		findings_command(&doctor->findings, NULL, WORDS("chown", user, folder));
	else
		findings_hint(&doctor->findings,
			"work as that user, or have root give it to you: chown %s", user);
}

static void check_mode(struct doctor *doctor, const struct stat *status)
{
	const char *folder = doctor->context->folder;
	unsigned mode = status->st_mode & 07777;

	if ((mode & 0700) != 0700) {
		findings_fault(&doctor->findings,
			"cannot use the folder '%s': its owner may not write there, its mode is %04o",
			folder, mode);
		findings_command(&doctor->findings, NULL, WORDS("chmod", "u+rwx", folder));
	} else if (faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) < 0 && errno == EROFS) {
		findings_fault(&doctor->findings,
			"cannot write into the folder '%s': its file system is read-only", folder);
		findings_hint(&doctor->findings,
			"mount it to be written; where it became read-only by itself, see the kernel's log");
	}
	if (mode & 022) {
		findings_fault(&doctor->findings,
			"cannot rely on the folder '%s': others may put keys there, its mode is %04o",
			folder, mode);
		findings_command(&doctor->findings, NULL, WORDS("chmod", "go-w", folder));
	}
}

void doctor_check_folder(struct doctor *doctor)
{
	const char *folder = doctor->context->folder;
	static const char *const suffixes[] = { ".cfg", ".tli", "_tls.key", ".log" };
	struct stat status;
	char *state;

	if (stat(folder, &status) < 0 && errno == ENOENT) {
		findings_fault(
			&doctor->findings, "cannot use the folder '%s': there is none", folder);
		findings_command(
			&doctor->findings, NULL, WORDS("mkdir", "-p", "-m", "0700", folder));
		return;
	}
	if (stat(folder, &status) < 0 || !S_ISDIR(status.st_mode)) {
		findings_fault(&doctor->findings, "cannot use the folder '%s': %s", folder,
			stat(folder, &status) < 0 ? strerror(errno) : "it is not a folder");
		findings_hint(
			&doctor->findings, "name another one, by --dir or THESPIAN_DIRECTOR_DIR");
		return;
	}
	doctor->folder_there = true;
	check_owner(doctor, &status);
	check_mode(doctor, &status);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		doctor_each_file(doctor, folder, suffixes[i], check_writers);
	state = file_join(folder, "state");
	if (state)
		check_writers(doctor, state);
	free(state);
}

/* ---- Settings -------------------------------------------------------------------------------- */

static void tell_setting(void *data, const char *file_name, const tsp_error *fault)
{
	struct doctor *doctor = data;
	const struct setting *setting = setting_find(file_name);
	char *path = file_join(doctor->context->folder, file_name);

	if (!path) {
		doctor->findings.rc = TSP_ENOMEM;
		return;
	}
	if (setting && !strcmp(setting->name, "trust"))
		goto out; /* doctor_check_trust knows more of it */
	if (doctor_reader_fault(doctor, path, fault))
		goto out;
	if (!setting)
		doctor_put_away(
			doctor, path, "'thespian-director config' shows the names there are");
	else if (setting->value_default)
		doctor_director(doctor, "its default; or what you meant",
			WORDS("config", setting->name, setting->value_default));
	else
		doctor_put_away(doctor, path, "or correct it at that place");
out:
	free(path);
}

static void check_base(struct doctor *doctor)
{
	const char *base = settings_get(&doctor->context->settings, "thespbase");

	if (strcmp(base, "simpleSystemBase") != 0)
		return;
	findings_fault(
		&doctor->findings, "cannot use 'simpleSystemBase': it lives in one process only");
	doctor_director(doctor, NULL, WORDS("config", "thespbase", "multiprocTCPBase"));
}

/* What parses may still be nothing that a system would start with. */
static void check_meaning(struct doctor *doctor, const char *name)
{
	const struct settings *settings = &doctor->context->settings;
	char *path = text_format("%s/%s.cfg", doctor->context->folder, name);
	struct build_limits limits;
	tsp_error fault = { 0 };
	int rc = TSP_OK;

	rc = launch_try(doctor->context, name, &fault);
	if (rc >= 0 && !strcmp(name, "othercaps"))
		rc = context_build_limits(doctor->context, &limits, &fault);
	if (!path) {
		doctor->findings.rc = TSP_ENOMEM;
	} else if (rc < 0 && settings_get(settings, name)) {
		findings_fault(&doctor->findings, "%s: %s", path, fault.text);
		findings_hint(&doctor->findings, "correct it there, as thespian-admin(8) says");
	}
	free(path);
}

static void note_without_keys(struct doctor *doctor)
{
	char *folder = convention_folder(doctor->context);
	char *path = folder ? file_join(folder, "system.sec") : NULL;

	if (path && access(path, F_OK) != 0 &&
		!settings_get(&doctor->context->settings, "convleader"))
		findings_note(&doctor->findings,
			"listen.cfg and advertise.cfg are without effect: this system links with no other");
	free(path);
	free(folder);
}

void doctor_check_settings(struct doctor *doctor)
{
	struct context *context = doctor->context;
	tsp_error fault = { 0 };

	if (settings_survey(context->folder, tell_setting, doctor, &context->settings, &fault) <
		0) {
		(void)doctor_reader_fault(doctor, context->folder, &fault);
		return;
	}
	if (context_use_settings(context, NULL) < 0)
		doctor->findings.rc = TSP_ENOMEM;
	check_base(doctor);
	check_meaning(doctor, "othercaps");
	check_meaning(doctor, "thesplog");
	if (settings_get(&context->settings, "listen") ||
		settings_get(&context->settings, "advertise"))
		note_without_keys(doctor);
}

static void check_group_file(struct doctor *doctor, const char *path)
{
	struct json_file file = { 0 };
	struct group_file group;
	tsp_error fault = { 0 };
	int rc = json_read(path, &file, &fault);

	if (rc >= 0)
		rc = group_parse(&file, GROUP_AS_WRITTEN, &group, &fault);
	if (rc >= 0)
		group_clear(&group);
	else if (!doctor_reader_fault(doctor, path, &fault))
		doctor_put_away(
			doctor, path, "the package has one, too; or correct it at that place");
	json_clear(&file);
}

void doctor_check_group_files(struct doctor *doctor)
{
	doctor_each_file(doctor, doctor->context->folder, ".tli", check_group_file);
}

/* ---- The disk -------------------------------------------------------------------------------- */

static void check_room(struct doctor *doctor, const char *folder)
{
	struct statvfs disk;

	if (statvfs(folder, &disk) < 0)
		return; /* not there yet; the checks of the folder say what is wrong */
	if (disk.f_files > 0 && disk.f_favail == 0)
		findings_fault(&doctor->findings,
			"cannot rely on the disk of '%s': no file can be made there any more",
			folder);
	else if ((uint64_t)disk.f_bavail * disk.f_frsize < DISK_SPARE)
		findings_fault(&doctor->findings,
			"cannot rely on the disk of '%s': it is full, %llu KiB are left", folder,
			(unsigned long long)disk.f_bavail * disk.f_frsize / 1024);
	else
		return;
	findings_hint(&doctor->findings, "make room: 'df %s' shows the disk", folder);
}

void doctor_check_disk(struct doctor *doctor)
{
	char *cache = NULL;

	check_room(doctor, doctor->context->folder);
	if (build_cache_path(NULL, &cache, NULL) >= 0)
		check_room(doctor, cache);
	free(cache);
}
