/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/compiler.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "source/run.h"
#include "source/sum.h"

static const struct build_limits ask_limits = {
	.cpu_s = 10,
	.wall_s = 20,
	.memory = (uint64_t)1 << 30,
	.output = 1 << 20,
	.messages = 32768,
};

void compiler_libraries_clear(struct compiler_libraries *libraries)
{
	manifest_names_clear(&libraries->names);
	manifest_names_clear(&libraries->compile);
	manifest_names_clear(&libraries->link);
	manifest_names_clear(&libraries->needed);
	libraries->sum[0] = '\0';
}

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static int put_flag(struct compiler_libraries *libraries, const char *flag, tsp_error *err)
{
	int rc;
	if (begins(flag, "-l") && flag[2]) {
		rc = manifest_names_add(&libraries->link, flag);
		if (rc == 0)
			rc = manifest_names_add(&libraries->needed, flag + 2);
	} else if (begins(flag, "-L") || begins(flag, "-Wl,")) {
		rc = manifest_names_add(&libraries->link, flag);
	} else if (begins(flag, "-I") || begins(flag, "-D") || begins(flag, "-isystem") ||
		flag[0] == '/') {
		rc = manifest_names_add(&libraries->compile, flag);
	} else if (strcmp(flag, "-pthread") == 0) {
		rc = manifest_names_add(&libraries->compile, flag);
	} else {
		char quoted[120];
		return tsp_fail(err, TSP_EBUILD,
			"cannot use the libraries: pkg-config asks for '%s'",
			text_quote(tsp_text_of(flag), quoted, sizeof(quoted)));
	}
	return rc < 0 ? tsp_fail(err, rc, "out of memory") : 0;
}

/* Splits at blanks; a backslash keeps the next character. Changes the text. */
static int split_flags(char *text, struct compiler_libraries *libraries, tsp_error *err)
{
	int rc = 0;
	while (*text && rc == 0) {
		char *flag = text;
		char *to = text;
		while (*text && !strchr(" \t\r\n", *text)) {
			if (*text == '\\' && text[1])
				text++;
			*to++ = *text++;
		}
		if (*text)
			text++;
		bool empty = to == flag;
		*to = '\0';
		if (!empty)
			rc = put_flag(libraries, flag, err);
	}
	return rc;
}

static const char *find_program(void)
{
	static const char *const paths[] = { "/usr/bin/pkg-config", "/usr/bin/pkgconf",
		"/usr/local/bin/pkg-config", "/opt/homebrew/bin/pkg-config" };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

static int ask(const struct manifest_names *names, const char *temporary,
	struct run_outcome *ret_outcome, tsp_error *err)
{
	struct manifest_names command = { NULL, 0 };
	const char *program = find_program();
	if (!program)
		return tsp_fail(
			err, TSP_EBUILD, "cannot find pkg-config, which knows the libraries");
	int rc = manifest_names_add(&command, program);
	if (rc == 0)
		rc = manifest_names_add(&command, "--cflags");
	if (rc == 0)
		rc = manifest_names_add(&command, "--libs");
	for (size_t i = 0; i < names->count && rc == 0; i++)
		rc = manifest_names_add(&command, names->items[i]);
	if (rc == 0)
		rc = manifest_names_add(&command, ""); /* room for the NULL */
	if (rc < 0) {
		tsp_fail(err, rc, "out of memory");
	} else {
		free(command.items[--command.count]);
		command.items[command.count] = NULL;
		rc = run_program(&(struct run_request){ .argv = command.items,
					 .folder = "/",
					 .temporary = temporary,
					 .limits = &ask_limits,
					 .sandbox = -1 },
			ret_outcome, err);
	}
	manifest_names_clear(&command);
	return rc;
}

int compiler_libraries_find(const struct manifest_names *names, const char *temporary,
	struct compiler_libraries *ret_libraries, tsp_error *err)
{
	struct compiler_libraries libraries;
	struct run_outcome outcome;
	char quoted[300];
	memset(&libraries, 0, sizeof(libraries));
	if (names->count == 0) {
		*ret_libraries = libraries;
		return 0;
	}
	int rc = ask(names, temporary, &outcome, err);
	if (rc < 0)
		return rc;
	if (outcome.status != 0 || outcome.dropped || buffer_put(&outcome.output, "", 1) < 0) {
		tsp_text said = { (const char *)outcome.output.data, outcome.output.size };
		rc = tsp_fail(err, TSP_EBUILD, "cannot find the libraries: %s",
			text_quote(said, quoted, sizeof(quoted)));
		goto out;
	}
	sum_of(outcome.output.data, outcome.output.size, libraries.sum);
	for (size_t i = 0; i < names->count && rc == 0; i++)
		rc = manifest_names_add(&libraries.names, names->items[i]);
	if (rc == 0)
		rc = split_flags((char *)outcome.output.data, &libraries, err);
out:
	buffer_clear(&outcome.output);
	if (rc < 0)
		compiler_libraries_clear(&libraries);
	else
		*ret_libraries = libraries;
	return rc;
}
