/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/archive.h"
#include "source/manifest.h"

char *rules_path(const char *folder, const char *group, enum rules_from from)
{
	if (from == RULES_PACKAGE)
		return NULL;
	return text_format(from == RULES_DECLARED ? "%s/state/%s.tli" : "%s/%s.tli", folder, group);
}

/* The group file inside; none: a package without actors of its own. The other files are the authority's to
 * look at, and not unpacked here: rules are read for each package of a sweep, again and again. */
static int read_inner_rules(
	const struct package *package, struct group_file *ret_rules, tsp_error *err)
{
	struct archive archive = { 0 };
	struct manifest manifest = { 0 };
	struct json_file file = { 0 };
	int rc = archive_read_first(
		package->zip, package->zip_size, &archive_default_limits, &archive, err);

	if (rc >= 0)
		rc = manifest_read(archive.files[0].bytes, archive.files[0].size, &manifest, err);
	if (rc >= 0) {
		const char *json = manifest.group_json ? manifest.group_json : "{}";

		rc = json_parse("source.json (Group)", json, strlen(json), &file, err);
	}
	if (rc >= 0)
		rc = group_parse(&file, GROUP_ENVIRONMENT, ret_rules, err);
	if (rc < 0 && rc != TSP_ENOMEM) {
		rc = TSP_EREJECTED; /* as the authority would say of the package */
		if (err)
			err->code = rc;
	}
	json_clear(&file);
	manifest_clear(&manifest);
	archive_clear(&archive);
	return rc;
}

/* TSP_ENOENT: there is no such file. */
static int read_file(const char *folder, const char *group, enum rules_from from,
	struct group_file *ret_rules, tsp_error *err)
{
	char *path = rules_path(folder, group, from);
	struct json_file file = { 0 };
	int rc = path ? json_read(path, &file, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = group_parse(&file, GROUP_ENVIRONMENT, ret_rules, err);
	json_clear(&file);
	free(path);
	return rc;
}

int rules_read(const char *folder, const char *group, const struct package *package,
	struct group_file *ret_rules, enum rules_from *ret_from, tsp_error *err)
{
	enum rules_from from = RULES_FILE;
	int rc = read_file(folder, group, from, ret_rules, err);

	if (rc == TSP_ENOENT) {
		from = RULES_DECLARED;
		rc = read_file(folder, group, from, ret_rules, err);
	}
	if (rc == TSP_ENOENT) {
		from = RULES_PACKAGE;
		rc = package ? read_inner_rules(package, ret_rules, err) :
			       tsp_fail(err, TSP_ENOENT, "the package of '%s' is not in the folder",
				       group);
	}
	if (rc < 0)
		return rc;
	if (err) /* a file that is not there was no failure */
		*err = (tsp_error){ 0 };
	*ret_from = from;
	return rc;
}
