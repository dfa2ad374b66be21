/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/workshop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "source/compiler.h"

char *workshop_include_folder(void)
{
	char program[4096];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *folder = NULL, *header = NULL;

	if (size > 0) {
		char *slash;

		program[size] = '\0';
		slash = strrchr(program, '/');
		if (slash)
			*slash = '\0';
		folder = text_format("%s/../include", program);
		header = folder ? file_join(folder, "thespian.h") : NULL;
	}
	if (!header || access(header, R_OK) < 0) {
		free(folder);
		folder = strdup(TSP_INCLUDEDIR);
	}
	free(header);
	return folder;
}

/* Shows the compiler's lines; a limit is a build that did not come to its end. */
static int verdict(const struct build_result *result, tsp_error *err)
{
	int rc = result->code == TSP_ELIMIT ? TSP_EBUILD : result->code;

	if (result->output && *result->output) {
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
	char *include = workshop_include_folder();
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
	char *include = workshop_include_folder();
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
