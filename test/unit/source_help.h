/* SPDX-License-Identifier: MIT */
/* What the tests of lib/source share: a folder of their own, small archives, other programs. */
#ifndef TSP_TEST_SOURCE_HELP_H
#define TSP_TEST_SOURCE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "source/archive.h"
#include "source/keys.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define INCLUDE_FOLDER TSP_TEST_TOP "/lib"

/* What the last call that failed said. */
static tsp_error err;

#define ok(call)                                          \
	do {                                              \
		if ((call) < 0)                           \
			fail_msg(#call ": %s", err.text); \
	} while (0)

/* A test group's folder: *state. */
static int folder_make(void **state)
{
	char *folder = strdup("/tmp/tsp-source-XXXXXX");
	if (keys_init(&err) < 0 || !mkdtemp(folder) || chdir(folder) < 0)
		return -1;
	*state = folder;
	return 0;
}

static int folder_remove(void **state)
{
	int rc = chdir("/");
	if (rc == 0)
		rc = file_remove_tree(*state, NULL);
	free(*state);
	return rc;
}

/* Runs a shell command in the folder; returns its status. */
static inline int shell(const char *command)
{
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline bool has_program(const char *name)
{
	char command[128];
	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", name);
	return shell(command) == 0;
}

static inline void write_file(const char *path, const void *bytes, size_t size)
{
	(void)unlink(path);
	ok(file_create(path, bytes, size, 0600, &err));
}

static inline struct buffer read_all(const char *path)
{
	struct buffer buffer;
	buffer_init(&buffer, (size_t)1 << 30);
	ok(file_read(path, &buffer, &err));
	return buffer;
}

#define MANIFEST "{\"group\": \"hello\", \"version\": \"1\", \"runtime\": 1}\n"
#define ACTOR                                                                                   \
	"#include <thespian.h>\n"                                                               \
	"static int receive(tsp_actor *self, const tsp_message *message, tsp_address sender)\n" \
	"{\n\t(void)self;\n\t(void)message;\n\t(void)sender;\n\treturn 0;\n}\n"                 \
	"static const tsp_class Hello = { .name = \"Hello\", .receive = receive };\n"           \
	"TSP_EXPORT(&Hello)\n"

static inline void add_text(struct archive *archive, const char *name, const char *text)
{
	ok(archive_add(archive, name, text, strlen(text), false, &err));
}

/* A zip of source.json and hello.c; free() it. */
static inline uint8_t *zip_of(const char *manifest, const char *code, size_t *ret_size)
{
	struct archive archive = { NULL, 0 };
	uint8_t *zip = NULL;
	add_text(&archive, "source.json", manifest);
	add_text(&archive, "hello.c", code);
	ok(archive_write(&archive, &zip, ret_size, &err));
	archive_clear(&archive);
	return zip;
}

#endif
