/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/workshop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/progress.h"
#include "source/compiler.h"

/* Shows the compiler's lines; a limit is a build that did not come to its end. */
static int verdict(const struct build_result *result, tsp_error *err)
{
	int rc = result->code == TSP_ELIMIT ? TSP_EBUILD : result->code;

	if (result->output && *result->output) {
		progress_close();
		text_print(stderr, tsp_text_of(result->output), true);
		if (result->output[strlen(result->output) - 1] != '\n')
			(void)fputc('\n', stderr);
	}
	if (rc < 0)
		(void)tsp_fail(
			err, rc, "%s", result->reason ? result->reason : tsp_error_sentence(rc));
	return rc;
}

int workshop_check(struct context *context, const struct archive *archive, tsp_error *err)
{
	struct build_result result = { 0 };
	struct build_limits limits;
	char *include = context_include_folder();
	int rc = include ? context_build_limits(context, &limits, err) :
			   tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0) {
		(void)build_check(archive, include, &limits, &result);
		rc = verdict(&result, err);
	}
	build_result_clear(&result);
	free(include);
	return rc;
}

/* A folder that nobody else can write to. */
static int make_bench(char **ret_folder, tsp_error *err)
{
	const char *temporary = getenv("TMPDIR");
	char *folder = text_format(
		"%s/thespian-XXXXXX", temporary && temporary[0] == '/' ? temporary : "/tmp");
	int rc = TSP_OK;

	if (!folder)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (!mkdtemp(folder)) {
		rc = tsp_fail_errno(err, "make a folder in", temporary ? temporary : "/tmp");
		free(folder);
		return rc;
	}
	*ret_folder = folder;
	return rc;
}

int workshop_build(struct context *context, const void *zip, size_t size, struct buffer *module,
	char ret_compiler[256], tsp_error *err)
{
	struct build_result result = { 0 };
	struct build_limits limits;
	struct compiler compiler;
	char *include = context_include_folder();
	char *folder = NULL;
	int rc = include ? context_build_limits(context, &limits, err) :
			   tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = make_bench(&folder, err);
	if (rc >= 0)
		rc = compiler_find(NULL, &compiler, err);
	if (rc >= 0) {
		(void)build_anew(zip, size, folder, include, &limits, &result);
		rc = verdict(&result, err);
	}
	if (rc >= 0)
		rc = file_read(result.path, module, err);
	if (rc >= 0)
		memcpy(ret_compiler, compiler.version, sizeof(compiler.version));
	if (folder)
		(void)file_remove_tree(folder, NULL); /* below TMPDIR, which is swept anyway */
	build_result_clear(&result);
	free(folder);
	free(include);
	return rc;
}
