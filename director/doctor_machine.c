/* SPDX-License-Identifier: MIT */
/* What a system needs of the machine: compiler, sandbox, folders of its user, a port. */
#include "config.h"

#include "director/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "source/archive.h"
#include "source/cache.h"
#include "source/compiler.h"
#include "source/sandbox.h"

#define ATTACH_MS ((int64_t)5000)

/* ---- The compiler ---------------------------------------------------------------------------- */

static const char trial_recipe[] = "{\"group\":\"doctor\",\"version\":\"none\",\"runtime\":1}\n";
static const char trial_source[] = "#include <stdio.h>\n"
				   "#include <thespian.h>\n"
				   "static const tsp_class trial = { .name = \"Trial\" };\n"
				   "TSP_EXPORT(&trial)\n";

/* The smallest package there is. */
static int make_trial(uint8_t **ret_zip, size_t *ret_size, tsp_error *err)
{
	struct archive archive = { 0 };
	int rc = archive_add(
		&archive, "source.json", trial_recipe, sizeof(trial_recipe) - 1, false, err);

	if (rc >= 0)
		rc = archive_add(
			&archive, "trial.c", trial_source, sizeof(trial_source) - 1, false, err);
	if (rc >= 0)
		rc = archive_write(&archive, ret_zip, ret_size, err);
	archive_clear(&archive);
	return rc;
}

/* Builds it as a load would, in a folder that goes again, so that no cache has it before or after. */
static int try_build(const struct build_limits *limits, char **ret_reason, tsp_error *err)
{
	const char *temporary = getenv("TMPDIR");
	char *folder = text_format(
		"%s/thespian-doctor-XXXXXX", temporary && temporary[0] == '/' ? temporary : "/tmp");
	char *include = context_include_folder();
	struct build_result result = { 0 };
	uint8_t *zip = NULL;
	size_t size = 0;
	int rc = folder && include ? make_trial(&zip, &size, err) :
				     tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && !mkdtemp(folder))
		rc = tsp_fail_errno(err, "make the folder", folder);
	if (rc >= 0) {
		rc = build_source(zip, size, folder, include, limits, &result);
		if (rc < 0)
			*ret_reason = text_format("%s%s%.*s", result.reason,
				*result.output ? ": " : "", (int)strcspn(result.output, "\n"),
				result.output);
		(void)file_remove_tree(folder, NULL); /* nobody would miss it */
	}
	build_result_clear(&result);
	free(zip);
	free(include);
	free(folder);
	return rc;
}

void doctor_check_compiler(struct doctor *doctor)
{
	struct build_limits limits = build_default_limits;
	struct compiler compiler;
	tsp_error fault = { 0 };
	char *reason = NULL;
	bool limited;
	int rc;

	if (compiler_find(NULL, &compiler, &fault) < 0) {
		findings_fault(&doctor->findings, "cannot build packages: %s", fault.text);
		findings_hint(&doctor->findings,
			"install a C compiler and the C library's headers (Debian: apt-get install gcc libc6-dev)");
		return;
	}
	if (doctor->context->settings_read)
		(void)context_build_limits(doctor->context, &limits, NULL); /* told before */
	limits.sandbox = false;						    /* told after */
	rc = try_build(&limits, &reason, &fault);
	if (rc >= 0)
		return;
	findings_fault(&doctor->findings, "cannot build a small package with '%s': %s",
		compiler.path, reason ? reason : fault.text);
	free(reason);
	reason = NULL;
	limited = try_build(&build_default_limits, &reason, NULL) >= 0;
	free(reason);
	if (limited)
		findings_hint(&doctor->findings,
			"raise the 'Build Limits' of '%s/othercaps.cfg': without them it builds",
			doctor->context->folder);
	else
		findings_hint(&doctor->findings,
			"repair the compiler, the C library's headers, or the folder for temporary files");
}

void doctor_check_sandbox(struct doctor *doctor)
{
	struct build_limits limits;

	if (sandbox_level() > 0)
		return;
	if (doctor->context->settings_read &&
		context_build_limits(doctor->context, &limits, NULL) >= 0 && limits.sandbox) {
		findings_fault(&doctor->findings,
			"cannot build packages: '%s/othercaps.cfg' requires a sandbox, and this kernel has no Landlock",
			doctor->context->folder);
		findings_hint(&doctor->findings,
			"boot a kernel of 5.13 or later with Landlock among 'lsm=', or take \"sandbox\" out there");
		return;
	}
	findings_note(&doctor->findings,
		"builds can read what their user can: this kernel has no Landlock");
}

/* ---- Folders of the user --------------------------------------------------------------------- */

/* The remedy for a folder that has to be ours alone. */
static void own_folder(struct doctor *doctor, const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid())
		findings_command(&doctor->findings, NULL, WORDS("chmod", "0700", path));
	else
		doctor_put_away(doctor, path, "a new one is made when it is needed");
}

void doctor_check_cache(struct doctor *doctor)
{
	char *path = NULL;
	tsp_error fault = { 0 };

	/* else it lies in the runtime folder */
	if (build_cache_path(NULL, &path, NULL) >= 0) {
		int rc = cache_check(path, &fault);

		if (rc < 0 && rc != TSP_ENOENT) {
			findings_fault(&doctor->findings, "%s", fault.text);
			own_folder(doctor, path);
		}
	}
	free(path);
}

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

/* ---- The port -------------------------------------------------------------------------------- */

/* Somebody who is no system of ours holds it. */
static void other_port(struct doctor *doctor, const tsp_error *fault)
{
	int port = 0;
	char other[16];

	(void)doctor_reader_fault(doctor, "", fault);
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
		(void)doctor_reader_fault(doctor, path, fault);
		if (*path == '/')
			own_folder(doctor, path);
		else
			findings_hint(&doctor->findings,
				"export THESPIAN_RUNTIME_DIR as a path that begins with /");
	} else if (rc == TSP_ETIMEOUT) {
		(void)doctor_reader_fault(doctor, "", fault);
		findings_hint(&doctor->findings,
			"it is busy or stopped: its log and 'ps' tell; else end it and 'thespian-director start'");
	} else {
		other_port(doctor, fault);
	}
}

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
		tsp_text text = status_split(&fault, &hint);

		findings_fault(&doctor->findings, "%.*s", (int)text.size, text.data);
		findings_hint(&doctor->findings, "%s", hint ? hint : "look at its log");
	}
	tsp_message_free(answer);
	tsp_builder_free(request);
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
	if (rc >= 0)
		check_director(doctor, &client);
	else if (rc != TSP_ENOSYSTEM || !strstr(fault.text, "no system answers"))
		attach_fault(doctor, rc, &fault);
	client_close(&client);
}

/* ---- What is not there yet ------------------------------------------------------------------- */

void doctor_check_leader(struct doctor *doctor)
{
	char *path;

	if (!doctor->context->settings_read ||
		!settings_get(&doctor->context->settings, "convleader"))
		return;
	path = file_join(doctor->context->folder, "convleader.cfg");
	findings_fault(&doctor->findings,
		"cannot start a system with a leader, as '%s/convleader.cfg' names one: conventions are not implemented",
		doctor->context->folder);
	if (path)
		doctor_put_away(doctor, path, NULL);
	free(path);
}

/* Whether hosts run under another user than their admin, so that what an actor does is walled off. */
static bool hosts_apart(const struct doctor *doctor)
{
	(void)doctor; /* no system does so yet */
	return false;
}

void doctor_check_hosts(struct doctor *doctor)
{
	if (!hosts_apart(doctor))
		findings_note(&doctor->findings,
			"actors run as the user of their admin (%s): hostile code in them is hindered, not walled off",
			geteuid() == 0 ? "root" : "without root nothing else can be");
}
