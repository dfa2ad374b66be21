/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/verdict.h"

#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/text.h"

/* Bytes of the character at text, 0 if it is none that may be shown. */
static size_t character_size(const char *text, size_t left)
{
	unsigned char first = (unsigned char)text[0];
	size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	if (size > left || (first < ' ' && first != '\n' && first != '\t') || first == 0x7F)
		return 0;
	return text_is_utf8(text, size) ? size : 0;
}

/* Files there go by their names alone: the linker complains of objects that nobody has seen. */
static void leave_folder_out(char *text, const char *folder)
{
	size_t size = strlen(folder);
	char *found = text;
	while ((found = strstr(found, folder)) != NULL) {
		size_t cut = size + (found[size] == '/');
		memmove(found, found + cut, strlen(found + cut) + 1);
	}
}

/* ---- Lines of other files ----------------------------------------------------------------------- */

/* How many bytes of the line are a place: "PATH:LINE:", "PATH:LINE:COLUMN:", or "PATH:". */
static size_t place_size(const char *line, size_t size)
{
	size_t at = 0;
	while (at < size && line[at] != ':')
		at++;
	if (at == size)
		return 0;
	for (at++; at < size && line[at] >= '0' && line[at] <= '9';) {
		size_t digits = strspn(line + at, "0123456789");
		if (at + digits >= size || line[at + digits] != ':')
			break;
		at += digits + 1;
	}
	return at;
}

/* A linker begins its lines with its own name, and shows no files' lines. */
static bool is_linker(const char *line, size_t place)
{
	size_t size = 0;
	while (size < place && line[size] != ':')
		size++;
	return place == size + 1 &&
		((size >= 3 && memcmp(line + size - 3, "/ld", 3) == 0) ||
			(size >= 3 && memcmp(line + size - 3, "-ld", 3) == 0) ||
			(size >= 4 && memcmp(line + size - 4, ".bfd", 4) == 0) ||
			(size >= 4 && memcmp(line + size - 4, ".lld", 4) == 0));
}

/* Whether a relative path leads out of where it begins; packages have no links. */
static bool leaves_tree(const char *path)
{
	size_t depth = 0;
	while (*path) {
		size_t size = strcspn(path, "/");
		if (size == 2 && memcmp(path, "..", 2) == 0) {
			if (depth == 0)
				return true;
			depth--;
		} else if (size > 0 && !(size == 1 && path[0] == '.')) {
			depth++;
		}
		path += size + (path[size] == '/');
	}
	return false;
}

static bool is_below(const char *path, const char *folder)
{
	size_t size = strlen(folder);
	return strncmp(path, folder, size) == 0 && (path[size] == '/' || size == 1);
}

/* Headers of the system and of the compiler; what else lies below /usr may be anything. */
static bool is_toolchain(const char *path)
{
	static const char *const folders[] = { "/usr/include", "/usr/local/include" };
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (is_below(path, folders[i]))
			return true;
	return strncmp(path, "/usr/lib/gcc", 12) == 0 ||
		((strncmp(path, "/usr/lib", 8) == 0 || is_below(path, "/usr/local/lib")) &&
			(strstr(path, "/include/") || strstr(path, "/include-fixed/")));
}

/* In the folder of thespian.h, or that itself, which may be a link. */
static bool is_ours(const char *path, const char *include)
{
	char *folder = realpath(include, NULL);
	char *joined = text_format("%s/thespian.h", include);
	char *header = joined ? realpath(joined, NULL) : NULL;
	bool ours = (folder && is_below(path, folder)) || (header && strcmp(path, header) == 0);
	free(header);
	free(joined);
	free(folder);
	return ours;
}

/* An absolute path is what it leads to: a link of the toolchain's may lead out of it. */
static bool is_known(const char *path, const char *include)
{
	char *real = realpath(path, NULL);
	bool known = real && (is_toolchain(real) || is_ours(real, include));
	free(real);
	return known;
}

/* Whether the place lies neither in the package's tree, whose files go by relative names, nor where the headers
 * of the toolchain and thespian.h are. */
static bool is_foreign(const char *line, size_t place, const char *include)
{
	static const char included[] = "In file included from "; /* names only */
	char *path;
	bool foreign;
	if (place == 0 || is_linker(line, place) ||
		strncmp(line, included, sizeof(included) - 1) == 0)
		return false;
	path = strndup(line, strcspn(line, ":"));
	foreign = !path || (path[0] == '/' ? !is_known(path, include) : leaves_tree(path));
	free(path);
	return foreign;
}

/*
 * A compiler that was made to look at another file (by #include, by .include, or by a #line that names
 * it) tells about it in words of that file, and quotes its lines: the place stays, the words do not.
 */
static void leave_foreign_out(char *text, const char *include, char *out)
{
	static const char said[] = " (not a file of the package: what is said of it is left out)\n";
	bool foreign = false;
	for (char *line = text; *line;) {
		size_t size = strcspn(line, "\n");
		size_t whole = size + (line[size] == '\n');
		size_t place = line[0] == ' ' ? 0 : place_size(line, size);
		/* what is indented belongs to the line before: a quotation */
		if (line[0] != ' ' && line[0] != '\t')
			foreign = is_foreign(line, place, include);
		if (!foreign) {
			memcpy(out, line, whole);
			out += whole;
		} else if (place > 0) {
			memcpy(out, line, place);
			memcpy(out + place, said, sizeof(said) - 1);
			out += place + sizeof(said) - 1;
		}
		line += whole;
	}
	*out = '\0';
}

/* Each line may grow by what is said instead. */
static char *without_foreign(char *text, const char *include)
{
	size_t lines = 1;
	char *out;
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	out = malloc(strlen(text) + lines * 80 + 1);
	if (out)
		leave_foreign_out(text, include, out);
	free(text);
	return out;
}

char *verdict_output(const struct run_outcome *outcome, const char *temporary, const char *include)
{
	const char *bytes = (const char *)outcome->output.data;
	size_t size = outcome->output.size;
	char *clean = malloc(size + 1);
	char *text = NULL;
	char *to = clean;
	if (!clean)
		return NULL;
	for (size_t at = 0; at < size;) {
		size_t step = character_size(bytes + at, size - at);
		if (step == 0)
			*to++ = '?';
		else
			memcpy(to, bytes + at, step);
		to += step;
		at += step ? step : 1;
	}
	*to = '\0';
	leave_folder_out(clean, temporary);
	clean = without_foreign(clean, include);
	if (!clean)
		return NULL;
	if (outcome->dropped == 0)
		return clean;
	text = text_format(
		"%s\n(%llu more bytes left out)\n", clean, (unsigned long long)outcome->dropped);
	free(clean);
	return text;
}

/* Which limit a compiler complains of; it does so in words only, since a child of it was killed. */
static const char *limit_hit(const struct run_outcome *outcome, const char *output)
{
	static const struct {
		const char *words;
		const char *limit;
	} table[] = {
		{ "CPU time limit exceeded", "processor time" },
		{ "File size limit exceeded", "size of a file" },
		{ "File too large", "size of a file" },
		{ "out of memory allocating", "memory" },
		{ "virtual memory exhausted", "memory" },
		{ "memory exhausted", "memory" },
		{ "Cannot allocate memory", "memory" },
		{ "LLVM ERROR: out of memory", "memory" },
		{ "std::bad_alloc", "memory" },
	};
	if (WIFSIGNALED(outcome->status) && WTERMSIG(outcome->status) == SIGXCPU)
		return "processor time";
	if (WIFSIGNALED(outcome->status) && WTERMSIG(outcome->status) == SIGXFSZ)
		return "size of a file";
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strstr(output, table[i].words))
			return table[i].limit;
	return NULL;
}

/* The first line that is an error, without its end. */
static tsp_text first_error(const char *output)
{
	static const char *const words[] = { "error: ", "undefined reference",
		"multiple definition", "error" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *found = output;
		while ((found = strstr(found, words[i])) != NULL) {
			const char *start = found;
			while (start > output && start[-1] != '\n')
				start--;
			if (strncmp(start, "collect2: ", 10) != 0) /* it knows no more than that */
				return (tsp_text){ start, strcspn(start, "\n") };
			found++;
		}
	}
	return (tsp_text){ output, strcspn(output, "\n") };
}

int verdict_fail(const struct run_outcome *outcome, const char *output,
	const struct build_limits *limits, tsp_error *err)
{
	char quoted[360];
	if (!output)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (outcome->timed_out)
		return tsp_fail(
			err, TSP_ELIMIT, "the compiler took longer than %d s", limits->wall_s);
	const char *limit = limit_hit(outcome, output);
	if (limit && strcmp(limit, "memory") == 0)
		return tsp_fail(err, TSP_ELIMIT, "the compiler needs more than %llu MiB of memory",
			(unsigned long long)(limits->memory >> 20));
	if (limit && strcmp(limit, "processor time") == 0)
		return tsp_fail(err, TSP_ELIMIT,
			"the compiler needs more than %d s of processor time", limits->cpu_s);
	if (limit)
		return tsp_fail(err, TSP_ELIMIT, "the compiler writes a file larger than %llu MiB",
			(unsigned long long)(limits->output >> 20));
	tsp_text line = first_error(output);
	if (line.size > 0)
		return tsp_fail(err, TSP_EBUILD, "cannot compile: %s",
			text_quote(line, quoted, sizeof(quoted)));
	if (WIFSIGNALED(outcome->status))
		return tsp_fail(err, TSP_EBUILD, "the compiler ended by signal %d",
			WTERMSIG(outcome->status));
	return tsp_fail(err, TSP_EBUILD, "the compiler failed with status %d",
		WEXITSTATUS(outcome->status));
}
