/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "source/package.h"

#define ZIP_FD    3
#define ANSWER_FD 4

/* What the build has to say to the operator: the process that asked for it has a log. */
static char warning[1024];

static void keep_warning(void *data, enum log_level level, const char *text)
{
	(void)data;
	if (level >= LOG_LEVEL_WARNING && !warning[0])
		snprintf(warning, sizeof(warning), "%s", text);
}

/* Answers in one piece; the reader waits for the end of file. */
static int answer(const struct build_result *result)
{
	tsp_value value;
	tsp_builder *builder = tsp_builder_new();
	if (!builder)
		return TSP_ENOMEM;
	tsp_begin_map(builder);
	tsp_put_key(builder, "code");
	tsp_put_int(builder, result->code);
	tsp_put_key(builder, "path");
	tsp_put_string(builder, result->path ? result->path : "");
	tsp_put_key(builder, "cached");
	tsp_put_bool(builder, result->cached);
	tsp_put_key(builder, "prebuilt");
	tsp_put_bool(builder, result->prebuilt);
	tsp_put_key(builder, "reason");
	tsp_put_string(builder, result->reason ? result->reason : "");
	tsp_put_key(builder, "output");
	tsp_put_string(builder, result->output ? result->output : "");
	tsp_put_key(builder, "warning");
	tsp_put_string(builder, warning);
	tsp_end(builder);
	int rc = tsp_builder_value(builder, &value);
	if (rc == 0)
		rc = file_write_all(ANSWER_FD, value.data, value.size);
	tsp_builder_free(builder);
	return rc;
}

int build_main(int argc, char **argv)
{
	struct build_result result;
	struct build_limits limits = build_default_limits;
	struct buffer zip;
	tsp_error err = { 0 };
	int first = argc > 1 && strcmp(argv[1], "--build") == 0 ? 2 : 1;
	memset(&result, 0, sizeof(result));
	buffer_init(&zip, PACKAGE_LIMIT);
	log_set_sink(keep_warning, NULL);

	int rc = keys_init(&err);
	if (rc == 0 &&
		(argc < first + 2 || argc > first + 3 ||
			(argc == first + 3 && build_limits_parse(argv[first + 2], &limits) < 0)))
		rc = tsp_fail(&err, TSP_EUSAGE, "cannot build: wants CACHE INCLUDE LIMITS");
	if (rc == 0)
		rc = file_read_fd(ZIP_FD, &zip, &err);
	if (rc == 0) {
		build_source(zip.data, zip.size, argv[first], argv[first + 1], &limits, &result);
	} else {
		result.code = rc;
		result.reason = strdup(err.text);
	}
	rc = answer(&result);
	build_result_clear(&result);
	buffer_clear(&zip);
	return rc < 0 ? 1 : 0;
}
