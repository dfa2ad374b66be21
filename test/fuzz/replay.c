/* SPDX-License-Identifier: MIT */
/*
 * Runs a harness over its corpus without a fuzzer, so that `make check` does it everywhere: each
 * file as it is, each cut of it, and each with one bit flipped. Folders may be given as arguments.
 */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define FILE_LIMIT    ((size_t)1024 * 1024)
#define CHANGED_LIMIT 1024 /* bytes of a file that are cut and flipped */

/* In memory of its exact size, for the sanitizer. */
static void run(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);

	FUZZ_CHECK(exact != NULL);
	if (size > 0)
		memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static int run_file(const char *path)
{
	struct buffer buffer;
	tsp_error err = { 0 };

	buffer_init(&buffer, FILE_LIMIT);
	if (file_read(path, &buffer, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	run(buffer.data, buffer.size);
	for (size_t at = 0; at < buffer.size && at < CHANGED_LIMIT; at++) {
		run(buffer.data, at);
		for (int bit = 0; bit < 8; bit++) {
			buffer.data[at] ^= (uint8_t)(1U << bit);
			run(buffer.data, buffer.size);
			buffer.data[at] ^= (uint8_t)(1U << bit);
		}
	}
	buffer_clear(&buffer);
	return 0;
}

static int run_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	int count = 0;
	int rc = 0;

	if (folder == NULL) {
		fprintf(stderr, "cannot open '%s'\n", path);
		return -1;
	}
	while (rc == 0 && (entry = readdir(folder)) != NULL) {
		char *file = entry->d_name[0] != '.' ? file_join(path, entry->d_name) : NULL;

		if (file != NULL) {
			rc = run_file(file);
			count++;
		}
		free(file);
	}
	closedir(folder);
	if (rc == 0 && count == 0) {
		fprintf(stderr, "cannot replay '%s': it is empty\n", path);
		rc = -1;
	}
	return rc;
}

int main(int argc, char **argv)
{
	const char *tree = getenv("TSP_SRCDIR");
	int rc = 0;

	if (argc > 1) {
		for (int i = 1; i < argc && rc == 0; i++)
			rc = run_folder(argv[i]);
		return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}

	char *folder =
		text_format("%s/test/fuzz/corpus/%s", tree != NULL ? tree : ".", fuzz_corpus);

	if (folder == NULL)
		return EXIT_FAILURE;
	rc = run_folder(folder);
	free(folder);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
