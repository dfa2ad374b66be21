/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/audit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

static void put_package(tsp_builder *builder, const struct package *package)
{
	tsp_put_key(builder, "group");
	tsp_put_string(builder, package->group);
	tsp_put_key(builder, "version");
	tsp_put_string(builder, package->version);
	tsp_put_key(builder, "hash");
	tsp_put_string(builder, package->hash);
	if (package->verified_by) {
		char id[KEY_ID_TEXT];

		tsp_put_key(builder, "key");
		tsp_put_string(builder, key_id_text(package->verified_by->id, id));
	}
}

static int audit_line(const char *what, const struct package *package, const char *subject,
	const char *reason, char **ret_line)
{
	tsp_builder *builder = tsp_builder_new();
	time_t now = time(NULL);
	struct tm utc;
	char stamp[24] = "";
	char shown[512];
	tsp_value value;
	char *json = NULL;
	int rc = TSP_ENOMEM;

	if (!builder)
		return rc;
	if (gmtime_r(&now, &utc))
		(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	tsp_begin_map(builder);
	tsp_put_key(builder, "time");
	tsp_put_string(builder, stamp);
	tsp_put_key(builder, "verdict");
	tsp_put_string(builder, what);
	tsp_put_key(builder, "subject");
	tsp_put_string(builder, text_quote(tsp_text_of(subject), shown, sizeof(shown)));
	if (package)
		put_package(builder, package);
	if (reason) {
		tsp_put_key(builder, "reason");
		tsp_put_string(builder, text_quote(tsp_text_of(reason), shown, sizeof(shown)));
	}
	tsp_end(builder);
	rc = tsp_builder_value(builder, &value);
	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_COMPACT, &json);
	if (rc >= 0) {
		*ret_line = text_format("%s\n", json);
		rc = *ret_line ? TSP_OK : TSP_ENOMEM;
	}
	free(json);
	tsp_builder_free(builder);
	return rc;
}

int audit_write(const char *folder, const char *what, const struct package *package,
	const char *subject, const char *reason, tsp_error *err)
{
	char *path = file_join(folder, "audit.log");
	char *line = NULL;
	int fd = -1;
	int rc = path ? audit_line(what, package, subject, reason, &line) : TSP_ENOMEM;

	if (rc < 0) {
		rc = tsp_fail(err, rc, "cannot write the audit log: %s", tsp_error_sentence(rc));
		goto out;
	}
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		rc = tsp_fail_errno(err, "open", path);
		goto out;
	}
	/* one write, so that the lines of two writers do not mix */
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		rc = tsp_fail_errno(err, "write", path);
out:
	if (fd >= 0)
		(void)close(fd); /* the data was written, or the error told */
	free(line);
	free(path);
	return rc;
}
