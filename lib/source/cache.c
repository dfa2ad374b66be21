/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/cache.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "source/module.h"
#include "source/target.h"

#define HEADER_LIMIT ((size_t)4 * 1024 * 1024)
#define WORK_PREFIX  "build-" /* and the builder's process number, "-", six characters */

int cache_check(const char *folder, tsp_error *err)
{
	struct stat status;
	if (lstat(folder, &status) < 0)
		return tsp_fail_errno(err, "use the cache", folder);
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077))
		return tsp_fail(err, TSP_EPERM,
			"cannot use the cache '%s': not a folder of mode 0700 that "
			"belongs to us",
			folder);
	return 0;
}

/* A builder that was killed leaves its folder behind. */
static void sweep(const char *folder)
{
	DIR *stream = opendir(folder);
	struct dirent *entry;
	while (stream && (entry = readdir(stream))) {
		if (strncmp(entry->d_name, WORK_PREFIX, sizeof(WORK_PREFIX) - 1) != 0)
			continue;
		long pid = strtol(entry->d_name + sizeof(WORK_PREFIX) - 1, NULL, 10);
		if (pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
			continue;
		char *path = file_join(folder, entry->d_name);
		if (path)
			(void)file_remove_tree(path, NULL); /* another one may do it as well */
		free(path);
	}
	if (stream)
		closedir(stream);
}

int cache_open(const char *folder, tsp_error *err)
{
	int rc = file_make_folder(folder, 0700, err);
	if (rc == 0)
		rc = cache_check(folder, err);
	if (rc == 0)
		sweep(folder);
	return rc;
}

static void mix(crypto_generichash_state *state, const void *bytes, size_t size)
{
	uint64_t length = size; /* so that no two rows of parts give the same bytes */
	crypto_generichash_update(state, (const uint8_t *)&length, sizeof(length));
	crypto_generichash_update(state, bytes, size);
}

static void mix_text(crypto_generichash_state *state, const char *text)
{
	mix(state, text, strlen(text));
}

int cache_key(const void *zip, size_t size, const struct compiler *compiler, const char *include,
	char ret_key[CACHE_KEY_TEXT], tsp_error *err)
{
	uint8_t hash[(CACHE_KEY_TEXT - 1) / 2];
	crypto_generichash_state state;
	struct buffer header;
	char *path = file_join(include, "thespian.h");
	buffer_init(&header, HEADER_LIMIT);
	int rc = path ? file_read(path, &header, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc == 0) {
		crypto_generichash_init(&state, NULL, 0, sizeof(hash));
		mix(&state, zip, size);
		mix_text(&state, compiler->path);
		mix_text(&state, compiler->version);
		mix_text(&state, compiler_flags_text(compiler));
		/* The header is the ABI, and more exact than its number. */
		mix(&state, header.data, header.size);
		crypto_generichash_final(&state, hash, sizeof(hash));
		text_hex(hash, sizeof(hash), ret_key);
	}
	buffer_clear(&header);
	free(path);
	return rc;
}

void cache_key_prebuilt(const void *zip, size_t size, char ret_key[CACHE_KEY_TEXT])
{
	static const int abi = TSP_ABI;
	uint8_t hash[(CACHE_KEY_TEXT - 1) / 2];
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	mix(&state, zip, size);
	mix_text(&state, "prebuilt");
	mix_text(&state, target_name());
	mix(&state, &abi, sizeof(abi));
	crypto_generichash_final(&state, hash, sizeof(hash));
	text_hex(hash, sizeof(hash), ret_key);
}

char *cache_path(const char *folder, const char *key)
{
	return text_format("%s/%s.so", folder, key);
}

/* What pkg-config says may have changed since. */
static bool libraries_same(const struct sum *sum, const char *folder)
{
	struct compiler_libraries now;
	if (sum->libraries.count == 0)
		return true;
	if (compiler_libraries_find(&sum->libraries, folder, &now, NULL) < 0)
		return false;
	bool same = strcmp(now.sum, sum->flags) == 0;
	compiler_libraries_clear(&now);
	return same;
}

char *cache_find(const char *folder, const char *key)
{
	struct sum sum;
	tsp_error err;
	char *path = cache_path(folder, key);
	if (!path || sum_read(path, &sum, NULL) < 0)
		goto none;
	bool same = libraries_same(&sum, folder);
	sum_clear(&sum);
	if (!same)
		goto none;
	/* Looks at the hash too. */
	if (module_check(path, &err) == 0)
		return path;
	log_write(LOG_LEVEL_WARNING, "%s; building it again", err.text);
none:
	free(path);
	return NULL;
}

static int names_copy(const struct manifest_names *names, struct manifest_names *ret_copy)
{
	int rc = 0;
	for (size_t i = 0; i < names->count && rc == 0; i++)
		rc = manifest_names_add(ret_copy, names->items[i]);
	return rc;
}

static int make_sum(const char *module, const struct compiler_libraries *libraries,
	struct sum *ret_sum, tsp_error *err)
{
	struct buffer bytes;
	buffer_init(&bytes, MODULE_SIZE_LIMIT);
	int rc = file_read(module, &bytes, err);
	if (rc == 0) {
		sum_of(bytes.data, bytes.size, ret_sum->hash);
		memcpy(ret_sum->flags, libraries->sum, sizeof(ret_sum->flags));
		rc = names_copy(&libraries->names, &ret_sum->libraries);
		if (rc == 0)
			rc = names_copy(&libraries->needed, &ret_sum->needed);
		if (rc < 0)
			tsp_fail(err, rc, "out of memory");
	}
	buffer_clear(&bytes);
	return rc;
}

int cache_store(const char *folder, const char *key, const char *module,
	const struct compiler_libraries *libraries, char **ret_path, tsp_error *err)
{
	struct sum sum;
	memset(&sum, 0, sizeof(sum));
	char *path = cache_path(folder, key);
	int rc = path ? make_sum(module, libraries, &sum, err) :
			tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc < 0)
		goto out;
	/* The sum comes last: without it, or with another's, the module is not used. */
	if (chmod(module, 0600) < 0 || rename(module, path) < 0)
		rc = tsp_fail_errno(err, "put into the cache", path);
	if (rc == 0)
		rc = sum_write(path, &sum, err);
	if (rc == 0) {
		*ret_path = path;
		path = NULL;
	}
out:
	sum_clear(&sum);
	free(path);
	return rc;
}
