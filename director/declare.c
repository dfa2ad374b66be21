/* SPDX-License-Identifier: MIT */
/*
 * DefineGroup: a group file by message, for later loads. It decides what is started, so it is taken from local
 * callers and never from actors; the system says who is which. It is kept as DIR/state/GROUP.tli.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "director/actor.h"
#include "director/audit.h"

static const char *const keys[] = { "Actors", "AutoUnload", "TLS_Keep_Limit", "Drain", "Requires" };

/* The group file that the message holds, as JSON to be freed; NULL: none of its keys is there. */
static int read_rules(const tsp_message *message, char **ret_json, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	struct group_file rules = GROUP_FILE_EMPTY;
	struct json_file file = { 0 };
	char *json = NULL;
	tsp_value value;
	int rc;

	if (!builder)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	tsp_begin_map(builder);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		tsp_value member = tsp_get(message, keys[i]);

		if (tsp_value_kind(member) == TSP_KIND_ABSENT ||
			tsp_value_kind(member) == TSP_KIND_NULL)
			continue;
		tsp_put_key(builder, keys[i]);
		tsp_put_value(builder, member);
	}
	tsp_end(builder);
	rc = tsp_builder_value(builder, &value);
	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_PRETTY, &json);
	if (rc < 0)
		(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	if (rc >= 0)
		rc = json_parse("DefineGroup", json, strlen(json), &file, err);
	if (rc >= 0)
		rc = group_parse(&file, GROUP_AS_WRITTEN, &rules, err);
	if (rc >= 0 && tsp_value_count(value) > 0) {
		*ret_json = json;
		json = NULL;
	}
	group_clear(&rules);
	json_clear(&file);
	tsp_builder_free(builder);
	free(json);
	return rc;
}

/* json NULL: the package's own group file counts again. */
static int keep(
	const struct director *director, const char *group, const char *json, tsp_error *err)
{
	char *path = rules_path(director->folder, group, RULES_DECLARED);
	char *below = file_join(director->folder, "state");
	int rc = path && below ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && json) {
		rc = file_make_folder(below, 0700, err);
		if (rc >= 0)
			rc = file_replace(path, json, strlen(json), 0600, err);
	} else if (rc >= 0 && unlink(path) < 0 && errno != ENOENT) {
		rc = tsp_fail_errno(err, "remove", path);
	}
	free(path);
	free(below);
	return rc;
}

/* The operator's file would win: what is declared beside it would not be true. */
static int check_file(const struct director *director, const char *group, tsp_error *err)
{
	char *path = rules_path(director->folder, group, RULES_FILE);
	int rc = path ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && access(path, F_OK) == 0)
		rc = tsp_fail(err, TSP_EEXIST, "'%s' is there, and wins", path);
	free(path);
	return rc;
}

static int declare(tsp_actor *self, const tsp_message *message, const char *group, bool outside,
	tsp_error *err)
{
	const struct director *director = tsp_state(self);
	char *json = NULL;
	int rc;

	if (!outside)
		return tsp_fail(err, TSP_EPERM,
			"not permitted to an actor: what is started is decided outside");
	if (!package_group_ok(group))
		return tsp_fail(err, TSP_EVALUE, "not the name of a group");
	rc = read_rules(message, &json, err);
	if (rc >= 0)
		rc = check_file(director, group, err);
	if (rc >= 0)
		rc = audit_write(director->folder, json ? "declared" : "declaration withdrawn",
			NULL, group, NULL, err);
	if (rc >= 0)
		rc = keep(director, group, json, err);
	free(json);
	return rc;
}

int declare_group(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct director *director = tsp_state(self);
	struct asker *asker = asker_get(self, sender);
	char *group;
	const char *shown;
	tsp_error err = { 0 };

	if (asker && !asker_known(asker))
		return TSP_DEFER; /* it comes again behind the system's word */
	group = tsp_text_copy(tsp_get_text(message, "Group"));
	shown = group ? group : "";
	if (!asker) {
		(void)tsp_fail(&err, TSP_EBACKLOG, "too many wait already");
	} else if (declare(self, message, shown, asker->outside && !asker->foreign, &err) == TSP_EPERM) {
		tsp_log(self, "warning", "an actor wanted to declare group '%s'", shown);
		(void)audit_write(director->folder, "declaration refused", NULL, shown, err.text,
			NULL); /* the refusal stands without its record */
	}
	if (asker)
		asker_forget(director, asker);
	original_answer(self, sender, "DeclaredGroup", shown, NULL, &err);
	free(group);
	return TSP_OK;
}
