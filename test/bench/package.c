/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "package.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "source/compiler.h"
#include "source/package.h"

#define EXAMPLE	     TSP_TEST_TOP "/share/example/hello/hello.c"
#define EXAMPLE_SIZE ((size_t)64 * 1024)
#define MANIFEST     "{\"group\": \"%s\", \"version\": \"%s\", \"runtime\": 1%s%s}\n"

/* The key of all rounds; its public half lies in the Director's folder. */
static int open_key(const struct bench *bench, struct secret_key **ret_key, tsp_error *err)
{
	char *secret = file_join(bench->folder, "bench.sec");
	char *public = file_join(bench->folder, "director/bench_tls.key");
	uint8_t id[KEY_ID_SIZE];
	int rc = secret != NULL && public != NULL ? keys_init(err) :
						    tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc == TSP_OK && access(secret, F_OK) < 0)
		rc = keys_generate(secret, public, NULL, id, err);
	if (rc == TSP_OK)
		rc = secret_key_open(secret, NULL, NULL, ret_key, err);
	free(secret);
	free(public);
	return rc;
}

/* A comment makes each one a source that no cache knows. */
static int read_example(const struct bench *bench, struct buffer *code, tsp_error *err)
{
	int rc = file_read(EXAMPLE, code, err);

	if (rc == TSP_OK)
		rc = buffer_printf(code, "/* round %d of %s */\n", bench->round, bench->folder);
	return rc;
}

int package_sign(const struct bench *bench, const struct package_claim *claim, const char *rules,
	const struct buffer *code, struct bench_package *package, tsp_error *err)
{
	struct archive archive = { NULL, 0 };
	struct secret_key *key = NULL;
	uint8_t *zip = NULL;
	size_t zip_size;
	char *manifest = text_format(MANIFEST, claim->group, claim->version,
		rules != NULL ? ", \"Group\": " : "", rules != NULL ? rules : "");
	int rc = manifest != NULL ?
		archive_add(&archive, MANIFEST_NAME, manifest, strlen(manifest), false, err) :
		tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc == TSP_OK)
		rc = archive_add(&archive, "hello.c", code->data, code->size, false, err);
	if (rc == TSP_OK)
		rc = archive_write(&archive, &zip, &zip_size, err);
	if (rc == TSP_OK)
		rc = open_key(bench, &key, err);
	if (rc == TSP_OK)
		rc = package_write(
			claim, zip, zip_size, key, &package->bytes, &package->size, err);
	secret_key_free(key);
	free(manifest);
	free(zip);
	archive_clear(&archive);
	return rc;
}

/* The builder's own command for these files. */
static int make_command(struct bench_package *package, tsp_error *err)
{
	struct manifest manifest = { 0 };
	struct manifest_names sources = { 0 };
	struct compiler compiler;
	struct compiler_job job = { .compiler = &compiler,
		.manifest = &manifest,
		.sources = &sources,
		.include = TSP_TEST_TOP "/lib",
		.tree = package->folder,
		.output = PACKAGE_OUTPUT };
	int rc = compiler_find(NULL, &compiler, err);

	if (rc == TSP_OK && manifest_names_add(&sources, "hello.c") < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc == TSP_OK && compiler_command(&job, &package->command) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	manifest_names_clear(&sources);
	return rc;
}

int package_unpack(const struct bench *bench, const struct buffer *code,
	struct bench_package *package, tsp_error *err)
{
	char *path;
	int rc;

	package->folder = file_join(bench->folder, "compile");
	path = file_join(bench->folder, "compile/hello.c");
	if (package->folder == NULL || path == NULL)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	else
		rc = file_make_folder(package->folder, 0700, err);
	if (rc == TSP_OK)
		rc = file_replace(path, code->data, code->size, 0600, err);
	if (rc == TSP_OK)
		rc = make_command(package, err);
	free(path);
	return rc;
}

int package_make(const struct bench *bench, struct bench_package *ret_package, tsp_error *err)
{
	struct package_claim claim = { .group = "hello", .version = "1", .time = 1000000000 };
	struct buffer code;
	int rc;

	buffer_init(&code, EXAMPLE_SIZE);
	rc = read_example(bench, &code, err);
	if (rc == TSP_OK)
		rc = package_sign(bench, &claim, NULL, &code, ret_package, err);
	if (rc == TSP_OK)
		rc = package_unpack(bench, &code, ret_package, err);
	buffer_clear(&code);
	return rc;
}

void package_clear(struct bench_package *package)
{
	free(package->bytes);
	free(package->folder);
	manifest_names_clear(&package->command);
	memset(package, 0, sizeof(*package));
}
