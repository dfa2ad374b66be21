/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/builder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "source/cache.h"
#include "source/module.h"
#include "source/prebuilt.h"
#include "source/run.h"
#include "source/sandbox.h"
#include "source/script.h"
#include "source/target.h"
#include "source/tree.h"
#include "source/verdict.h"

/* One build on its way; what is zero was not made yet. */
struct build {
	const char *include;
	const struct build_limits *limits;
	struct compiler compiler;
	struct manifest manifest;
	struct manifest_names sources;
	struct compiler_libraries libraries;
	struct tree tree;
	struct build_result *result;
};

void build_result_clear(struct build_result *result)
{
	free(result->path);
	free(result->reason);
	free(result->output);
	memset(result, 0, sizeof(*result));
}

static void build_clear(struct build *build)
{
	manifest_clear(&build->manifest);
	manifest_names_clear(&build->sources);
	compiler_libraries_clear(&build->libraries);
	tree_close(&build->tree);
}

/* Every way out of a build leads through here. */
static int result_set(struct build_result *result, int rc, const tsp_error *err)
{
	result->code = rc < 0 ? rc : 0;
	if (rc < 0)
		result->reason = strdup(err->text);
	if (!result->output)
		result->output = strdup("");
	return result->code;
}

int build_cache_path(const char *runtime_folder, char **ret_path, tsp_error *err)
{
	const char *home = getenv("HOME");
	const char *cache = getenv("XDG_CACHE_HOME");
	char *path;
	if (cache && cache[0] == '/')
		path = text_format("%s/thespian", cache);
	else if (home && home[0] == '/')
		path = text_format("%s/.cache/thespian", home);
	else if (runtime_folder)
		path = text_format("%s/cache", runtime_folder);
	else
		return tsp_fail(err, TSP_ENOENT, "neither XDG_CACHE_HOME nor HOME is set");
	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "cannot make the cache folder: out of memory");
	*ret_path = path;
	return 0;
}

int build_cache_folder(const char *runtime_folder, char **ret_path, tsp_error *err)
{
	char *path = NULL;
	int rc = build_cache_path(runtime_folder, &path, err);
	if (rc == 0)
		rc = cache_open(path, err);
	if (rc < 0)
		free(path);
	else
		*ret_path = path;
	return rc;
}

/* Puts the C file that makes an actor of the package's script beside the others. */
static int add_script(struct build *build, const struct archive *archive, tsp_error *err)
{
	struct buffer text;
	char *path = file_join(build->tree.files, SCRIPT_SOURCE);
	int rc = path ? 0 : tsp_fail(err, TSP_ENOMEM, "out of memory");

	buffer_init(&text, SIZE_MAX);
	if (rc == 0)
		rc = script_generate(archive, &build->manifest, &text, err);
	if (rc == 0)
		rc = file_create(path, text.data, text.size, 0600, err);
	if (rc == 0 &&
		(manifest_names_add(&build->sources, SCRIPT_SOURCE) < 0 ||
			manifest_names_add(&build->manifest.definitions, SCRIPT_DEFINITION) < 0))
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	buffer_clear(&text);
	free(path);
	return rc;
}

/* Unpacks below parent and learns what there is to compile. */
static int build_prepare(
	struct build *build, const struct archive *archive, const char *parent, tsp_error *err)
{
	int rc = manifest_read_archive(archive, &build->manifest, err);
	if (rc == 0)
		rc = manifest_list_sources(&build->manifest, archive, &build->sources, err);
	if (rc == 0)
		rc = tree_open(parent, archive, &build->tree, err);
	if (rc == 0 && build->manifest.script.file)
		rc = add_script(build, archive, err);
	if (rc == 0)
		rc = compiler_libraries_find(
			&build->manifest.libraries, build->tree.temporary, &build->libraries, err);
	return rc;
}

/* Folders outside of the toolchain that the package's libraries are in, as pkg-config says. */
static size_t add_folders(const struct manifest_names *flags, const char **paths, size_t room)
{
	size_t count = 0;
	for (size_t i = 0; i < flags->count && count < room; i++)
		if (strncmp(flags->items[i], "-I/", 3) == 0 ||
			strncmp(flags->items[i], "-L/", 3) == 0)
			paths[count++] = flags->items[i] + 2;
	return count;
}

/* The compiler reads the toolchain and the package, and writes into the package's tree only. */
static int build_shut_in(const struct build *build, int *ret_sandbox, tsp_error *err)
{
	static const char *const toolchain[] = { "/usr", "/bin", "/lib", "/lib32", "/lib64",
		"/libx32", "/etc/ld.so.cache", "/etc/alternatives", "/dev/null", "/dev/urandom" };
	const size_t fixed = sizeof(toolchain) / sizeof(toolchain[0]);
	const char *readable[64] = { NULL };
	const char *const writable[] = { build->tree.folder, "/dev/null", NULL };
	size_t room = sizeof(readable) / sizeof(readable[0]) - fixed - 3;
	size_t count;
	if (build->limits->sandbox && sandbox_level() == 0)
		return tsp_fail(err, TSP_EPERM,
			"a build is to be shut in, which this machine's kernel cannot (Landlock); the "
			"build limit 'sandbox': 'optional' would allow it all the same");
	/* in a tree that is not installed the header is a link to elsewhere */
	char *header = file_join(build->include, "thespian.h");
	if (!header)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	memcpy(readable, toolchain, sizeof(toolchain));
	readable[fixed] = build->include;
	readable[fixed + 1] = header;
	count = add_folders(&build->libraries.compile, readable + fixed + 2, room);
	(void)add_folders(&build->libraries.link, readable + fixed + 2 + count, room - count);
	int rc = sandbox_open(readable, writable, ret_sandbox, err);
	free(header);
	return rc;
}

/* Runs the compiler; output NULL: to check the syntax only. */
static int build_compile(struct build *build, const char *output, tsp_error *err)
{
	struct manifest_names command;
	struct run_outcome outcome;
	int sandbox = -1;
	struct compiler_job job = { .compiler = &build->compiler,
		.manifest = &build->manifest,
		.sources = &build->sources,
		.libraries = &build->libraries,
		.include = build->include,
		.tree = build->tree.files,
		.output = output };
	int rc = compiler_command(&job, &command);
	if (rc < 0)
		return tsp_fail(err, rc, "out of memory");
	rc = build_shut_in(build, &sandbox, err);
	if (rc == 0)
		rc = run_program(&(struct run_request){ .argv = command.items,
					 .folder = build->tree.files,
					 .temporary = build->tree.temporary,
					 .limits = build->limits,
					 .sandbox = sandbox },
			&outcome, err);
	if (sandbox >= 0)
		(void)close(sandbox); /* the child has its own */
	manifest_names_clear(&command);
	if (rc < 0)
		return rc;
	build->result->output = verdict_output(
		&outcome, build->tree.temporary, build->include);
	if (outcome.status != 0 || outcome.timed_out)
		rc = verdict_fail(&outcome, build->result->output, build->limits, err);
	buffer_clear(&outcome.output);
	return rc;
}

/* The rules of module.h; where the module lies for now is nobody's concern. */
static int check_built(struct build *build, tsp_error *err)
{
	tsp_error cause = { 0 };
	int rc = module_check_needed(build->tree.output, &build->libraries.needed, &cause);
	const char *why = strstr(cause.text, "': ");
	if (rc < 0)
		rc = tsp_fail(err, rc == TSP_EVALUE ? TSP_EBUILD : rc,
			"cannot use what was compiled: %s", why ? why + 3 : cause.text);
	return rc;
}

static int build_new(struct build *build, const void *zip, size_t size, const char *cache,
	const char *key, tsp_error *err)
{
	struct archive archive;
	int rc = archive_read(zip, size, &archive_default_limits, &archive, err);
	if (rc < 0)
		return rc;
	rc = build_prepare(build, &archive, cache, err);
	archive_clear(&archive);
	if (rc == 0)
		rc = build_compile(build, build->tree.output, err);
	if (rc == 0)
		rc = check_built(build, err);
	if (rc == 0)
		rc = cache_store(cache, key, build->tree.output, &build->libraries,
			&build->result->path, err);
	return rc;
}

/* Puts a module that fits into the cache; what it may need is what its entry says. */
static int keep_prebuilt(struct build *build, const struct archive_file *module, const char *cache,
	const char *key, tsp_error *err)
{
	static const struct archive none = { NULL, 0 };
	const struct manifest_prebuilt *entry = prebuilt_find(&build->manifest, target_name());
	int rc = prebuilt_permit(entry, &build->libraries.needed);
	if (rc < 0)
		return tsp_fail(err, rc, "out of memory");
	rc = tree_open(cache, &none, &build->tree, err);
	if (rc == 0)
		rc = file_create(build->tree.output, module->bytes, module->size, 0600, err);
	if (rc == 0)
		rc = cache_store(cache, key, build->tree.output, &build->libraries,
			&build->result->path, err);
	return rc;
}

/* 1: used; 0: there is none, or it does not fit, as ret_misfit says. */
static int build_prebuilt(struct build *build, const void *zip, size_t size, const char *cache,
	tsp_error *ret_misfit, tsp_error *err)
{
	char key[CACHE_KEY_TEXT];
	struct archive archive;
	const struct archive_file *module;
	cache_key_prebuilt(zip, size, key);
	int rc = archive_read(zip, size, &archive_default_limits, &archive, err);
	if (rc < 0)
		return rc;
	rc = manifest_read_archive(&archive, &build->manifest, err);
	if (rc == 0 && prebuilt_fit(&build->manifest, &archive, &module, ret_misfit) == 0) {
		rc = keep_prebuilt(build, module, cache, key, err);
		build->result->prebuilt = rc == 0;
	}
	archive_clear(&archive);
	build_clear(build);
	return rc < 0 ? rc : build->result->prebuilt;
}

/* A module of the package that was used before, if its libraries are still there. */
static bool find_prebuilt(struct build *build, const void *zip, size_t size, const char *cache)
{
	char key[CACHE_KEY_TEXT];
	struct buffer bytes;
	cache_key_prebuilt(zip, size, key);
	char *path = cache_find(cache, key);
	buffer_init(&bytes, MODULE_SIZE_LIMIT);
	if (path &&
		(file_read(path, &bytes, NULL) < 0 ||
			prebuilt_fit_libraries(bytes.data, bytes.size, NULL) < 0)) {
		free(path);
		path = NULL;
	}
	buffer_clear(&bytes);
	build->result->path = path;
	build->result->cached = build->result->prebuilt = path != NULL;
	return path != NULL;
}

static int fail_no_compiler(const tsp_error *cause, const tsp_error *misfit, tsp_error *err)
{
	if (!misfit->text[0])
		return tsp_fail(err, cause->code, "%s", cause->text);
	return tsp_fail(err, TSP_EBUILD,
		"there is no C compiler here, and the module in the package does not fit: %s",
		misfit->text);
}

/* What was used or built before, else what fits, else what the compiler makes. */
static int build_any(
	struct build *build, const void *zip, size_t size, const char *cache, tsp_error *err)
{
	char key[CACHE_KEY_TEXT];
	tsp_error cause = { 0 };
	tsp_error misfit = { 0 };
	if (find_prebuilt(build, zip, size, cache))
		return 0;
	int compiler = compiler_find(cache, &build->compiler, &cause);
	if (compiler == 0) {
		int rc = cache_key(zip, size, &build->compiler, build->include, key, err);
		if (rc < 0)
			return rc;
		build->result->path = cache_find(cache, key);
		build->result->cached = build->result->path != NULL;
		if (build->result->cached)
			return 0;
	}
	int rc = build_prebuilt(build, zip, size, cache, &misfit, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (compiler < 0)
		return fail_no_compiler(&cause, &misfit, err);
	return build_new(build, zip, size, cache, key, err);
}

static void build_begin(struct build *build, const char *include, const struct build_limits *limits,
	struct build_result *ret_result)
{
	memset(build, 0, sizeof(*build));
	memset(ret_result, 0, sizeof(*ret_result));
	build->include = include;
	build->limits = limits;
	build->result = ret_result;
}

int build_source(const void *zip, size_t size, const char *cache, const char *include,
	const struct build_limits *limits, struct build_result *ret_result)
{
	struct build build;
	tsp_error err = { 0 };
	build_begin(&build, include, limits, ret_result);
	int rc = cache_open(cache, &err);
	if (rc == 0)
		rc = build_any(&build, zip, size, cache, &err);
	build_clear(&build);
	return result_set(ret_result, rc, &err);
}

int build_anew(const void *zip, size_t size, const char *folder, const char *include,
	const struct build_limits *limits, struct build_result *ret_result)
{
	struct build build;
	char key[CACHE_KEY_TEXT];
	tsp_error err = { 0 };
	build_begin(&build, include, limits, ret_result);
	int rc = cache_open(folder, &err);
	if (rc == 0)
		rc = compiler_find(NULL, &build.compiler, &err);
	if (rc == 0)
		rc = cache_key(zip, size, &build.compiler, include, key, &err);
	if (rc == 0)
		rc = build_new(&build, zip, size, folder, key, &err);
	build_clear(&build);
	return result_set(ret_result, rc, &err);
}

int build_check(const struct archive *archive, const char *include,
	const struct build_limits *limits, struct build_result *ret_result)
{
	struct build build;
	tsp_error err = { 0 };
	const char *temporary = getenv("TMPDIR");
	build_begin(&build, include, limits, ret_result);

	int rc = compiler_find(NULL, &build.compiler, &err);
	if (rc == 0)
		rc = build_prepare(&build, archive,
			temporary && temporary[0] == '/' ? temporary : "/tmp", &err);
	if (rc == 0)
		rc = build_compile(&build, NULL, &err);
	build_clear(&build);
	return result_set(ret_result, rc, &err);
}
