/* SPDX-License-Identifier: MIT */
/* What a build needs: the compiler, the sandbox, the cache. */
#include "config.h"

#include "director/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "source/archive.h"
#include "source/cache.h"
#include "source/compiler.h"
#include "source/sandbox.h"

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
			*ret_reason = text_format("%s%s%.*s", result.reason ? result.reason : "",
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
			"cannot build as '%s/othercaps.cfg' requires, in a sandbox: this kernel has no Landlock",
			doctor->context->folder);
		findings_hint(&doctor->findings,
			"boot a kernel of 5.13 or later with Landlock among 'lsm=', or take \"sandbox\" out there");
		return;
	}
	findings_note(&doctor->findings,
		"builds can read what their user can: this kernel has no Landlock");
}

/* ---- The cache ------------------------------------------------------------------------------- */

void doctor_check_cache(struct doctor *doctor)
{
	char *path = NULL;
	tsp_error fault = { 0 };

	/* else it lies in the runtime folder */
	if (build_cache_path(NULL, &path, NULL) >= 0) {
		int rc = cache_check(path, &fault);

		if (rc < 0 && rc != TSP_ENOENT) {
			(void)doctor_error_fault(doctor, &fault);
			doctor_own_folder(doctor, path, "XDG_CACHE_HOME");
		}
	}
	free(path);
}
