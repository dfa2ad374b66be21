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

char *verdict_output(const struct run_outcome *outcome, const char *temporary)
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
