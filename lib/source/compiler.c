/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/compiler.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "source/run.h"

#define STANDARD     "gnu17"
#define VERSION_FILE "compiler"

static const struct build_limits version_limits = {
	.cpu_s = 10,
	.wall_s = 20,
	.memory = (uint64_t)2 << 30,
	.output = 1 << 20,
	.messages = 4096,
};

/* Flags of every build; -fno-use-linker-plugin saves a seventh of the time. */
static const char *const flags_gcc[] = { "-shared", "-fPIC", "-O2", "-pipe",
	"-fno-use-linker-plugin", "-fmessage-length=0", NULL };
/* before its release 16 it knows no SOURCE_DATE_EPOCH, which run.c sets for the others */
static const char *const flags_clang[] = { "-shared", "-fPIC", "-O2", "-pipe", "-fmessage-length=0",
	"-Wno-builtin-macro-redefined", "-D__DATE__=\"Jan  1 1980\"", "-D__TIME__=\"00:00:00\"",
	NULL };
static const char *const flags_tcc[] = { "-shared", "-fPIC", "-O2", NULL };
static const char *const flags_text[] = {
	[COMPILER_GCC] = "gcc 2: shared PIC O2 no-plugin as-needed m",
	[COMPILER_CLANG] = "clang 2: shared PIC O2 as-needed m",
	[COMPILER_TCC] = "tcc 1: shared PIC O2 m",
};

static bool find_path(char out[64])
{
	static const char *const folders[] = { "/usr/bin", "/usr/local/bin", "/bin",
		"/opt/homebrew/bin" };
	static const char *const names[] = { "cc", "gcc", "clang", "tcc" };
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++) {
			snprintf(out, 64, "%s/%s", folders[f], names[n]);
			if (access(out, X_OK) == 0)
				return true;
		}
	return false;
}

static void set_version(struct compiler *compiler, tsp_text line)
{
	size_t size = line.size < sizeof(compiler->version) ? line.size :
							      sizeof(compiler->version) - 1;
	memcpy(compiler->version, line.data, size);
	compiler->version[size] = '\0';
	compiler->kind = strstr(compiler->version, "clang") ? COMPILER_CLANG :
		strncmp(compiler->version, "tcc", 3) == 0   ? COMPILER_TCC :
							      COMPILER_GCC;
}

static tsp_text first_line(const struct buffer *text)
{
	const char *start = (const char *)text->data;
	const char *end = text->size ? memchr(start, '\n', text->size) : NULL;
	return (tsp_text){ start, end ? (size_t)(end - start) : text->size };
}

static int ask_version(struct compiler *compiler, tsp_error *err)
{
	char *argv[] = { compiler->path,
		strcmp(strrchr(compiler->path, '/'), "/tcc") == 0 ? (char[]){ "-v" } :
								    (char[]){ "--version" },
		NULL };
	struct run_request request = {
		.argv = argv, .folder = "/", .temporary = "/tmp", .limits = &version_limits, .sandbox = -1
	};
	struct run_outcome outcome;
	int rc = run_program(&request, &outcome, err);
	if (rc < 0)
		return rc;
	if (outcome.status != 0 || outcome.output.size == 0)
		rc = tsp_fail(err, TSP_EBUILD,
			"cannot use compiler '%s': it does not tell its version", compiler->path);
	else
		set_version(compiler, first_line(&outcome.output));
	buffer_clear(&outcome.output);
	return rc;
}

/* What changes when another compiler is installed under the same name. */
static char *identity(const char *path)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return NULL;
	return text_format("%s %lld.%09ld %lld %llu\n", path, (long long)status.st_mtim.tv_sec,
		status.st_mtim.tv_nsec, (long long)status.st_size,
		(unsigned long long)status.st_ino);
}

static bool recall_version(const char *file, const char *known, struct compiler *compiler)
{
	struct buffer text;
	size_t size = strlen(known);
	buffer_init(&text, 4096);
	bool found = file_read(file, &text, NULL) == 0 && text.size > size + 1 &&
		memcmp(text.data, known, size) == 0 && text.data[text.size - 1] == '\n';
	if (found)
		set_version(compiler,
			(tsp_text){ (const char *)text.data + size, text.size - size - 1 });
	buffer_clear(&text);
	return found;
}

static void remember_version(const char *file, const char *known, const struct compiler *compiler)
{
	char *text = text_format("%s%s\n", known, compiler->version);
	if (text)
		(void)file_replace(
			file, text, strlen(text), 0600, NULL); /* asked again next time */
	free(text);
}

int compiler_find(const char *cache, struct compiler *ret_compiler, tsp_error *err)
{
	struct compiler compiler;
	memset(&compiler, 0, sizeof(compiler));
	if (!find_path(compiler.path))
		return tsp_fail(err, TSP_EBUILD,
			"cannot find a C compiler (cc, gcc, clang or tcc) in /usr/bin, "
			"/usr/local/bin, /bin");
	char *known = identity(compiler.path);
	char *file = cache ? file_join(cache, VERSION_FILE) : NULL;
	int rc = 0;
	if (!known || !file || !recall_version(file, known, &compiler)) {
		rc = ask_version(&compiler, err);
		if (rc == 0 && known && file)
			remember_version(file, known, &compiler);
	}
	free(known);
	free(file);
	if (rc == 0)
		*ret_compiler = compiler;
	return rc;
}

const char *compiler_flags_text(const struct compiler *compiler)
{
	return flags_text[compiler->kind];
}

static int add_all(struct manifest_names *command, const struct manifest_names *items)
{
	int rc = 0;
	for (size_t i = 0; i < items->count && rc == 0; i++)
		rc = manifest_names_add(command, items->items[i]);
	return rc;
}

static int add_joined(struct manifest_names *command, const char *start, const char *end)
{
	char *text = text_format("%s%s", start, end);
	int rc = text ? manifest_names_add(command, text) : TSP_ENOMEM;
	free(text);
	return rc;
}

/* Paths in messages and in __FILE__ are as in the package, wherever it is built. */
static int add_prefix_map(struct manifest_names *command, const char *folder, const char *shown)
{
	char *text = text_format("-ffile-prefix-map=%s=%s", folder, shown);
	int rc = text ? manifest_names_add(command, text) : TSP_ENOMEM;
	free(text);
	return rc;
}

static int add_fixed(struct manifest_names *command, const struct compiler_job *job)
{
	static const char *const *const flags[] = { [COMPILER_GCC] = flags_gcc,
		[COMPILER_CLANG] = flags_clang,
		[COMPILER_TCC] = flags_tcc };
	bool check = !job->output && job->compiler->kind != COMPILER_TCC;
	int rc = manifest_names_add(command, job->compiler->path);
	for (const char *const *at = flags[job->compiler->kind]; *at && rc == 0; at++)
		if (!check || strcmp(*at, "-shared") != 0)
			rc = manifest_names_add(command, *at);
	if (rc == 0 && check)
		rc = manifest_names_add(command, "-fsyntax-only");
	if (rc == 0)
		rc = add_joined(command,
			"-std=", job->manifest->standard ? job->manifest->standard : STANDARD);
	if (rc == 0 && job->compiler->kind != COMPILER_TCC)
		rc = add_prefix_map(command, job->include, "thespian");
	if (rc == 0 && job->compiler->kind != COMPILER_TCC)
		rc = add_prefix_map(command, job->tree, ".");
	for (size_t i = 0; i < job->manifest->definitions.count && rc == 0; i++)
		rc = add_joined(command, "-D", job->manifest->definitions.items[i]);
	return rc;
}

int compiler_command(const struct compiler_job *job, struct manifest_names *ret_command)
{
	struct manifest_names command = { NULL, 0 };
	bool link = job->output != NULL;
	int rc = add_fixed(&command, job);
	if (rc == 0 && job->libraries)
		rc = add_all(&command, &job->libraries->compile);
	if (rc == 0)
		rc = add_joined(&command, "-I", job->include);
	/* Quoted headers are found from the top of the tree too; <..> never is. */
	if (rc == 0)
		rc = manifest_names_add(
			&command, job->compiler->kind == COMPILER_TCC ? "-I." : "-iquote.");
	if (rc == 0 && (link || job->compiler->kind == COMPILER_TCC))
		rc = add_joined(&command, "-o", link ? job->output : "/dev/null");
	if (rc == 0)
		rc = add_all(&command, job->sources);
	if (rc == 0 && link && job->libraries)
		rc = add_all(&command, &job->libraries->link);
	if (rc == 0 && link && job->compiler->kind != COMPILER_TCC)
		rc = manifest_names_add(&command, "-Wl,--as-needed");
	if (rc == 0 && link)
		rc = manifest_names_add(&command, "-lm");
	if (rc == 0)
		rc = manifest_names_add(&command, ""); /* room for the NULL */
	if (rc < 0) {
		manifest_names_clear(&command);
		return rc;
	}
	free(command.items[--command.count]);
	command.items[command.count] = NULL;
	*ret_command = command;
	return 0;
}
