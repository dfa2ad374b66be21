/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "source/keyfile.h"

#define SUFFIX   "_tls.key"
#define KEYS_MAX 1000

static int is_key_file(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);
	return size > sizeof(SUFFIX) - 1 && entry->d_name[0] != '.' &&
		strcmp(entry->d_name + size - (sizeof(SUFFIX) - 1), SUFFIX) == 0;
}

int public_key_open(const char *path, struct public_key *ret_key, tsp_error *err)
{
	struct public_key key;
	int rc = keyfile_read_public(path, &key, err);
	if (rc < 0)
		return rc;
	key.path = strdup(path);
	if (!key.path)
		return tsp_fail(err, TSP_ENOMEM, "cannot read key '%s': out of memory", path);
	*ret_key = key;
	return 0;
}

int public_key_create(const char *path, const struct public_key *key, tsp_error *err)
{
	return keyfile_write_public(path, key, err);
}

/* In byte order, whatever the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int keyring_put(struct keyring *keyring, const char *path, tsp_error *err)
{
	struct public_key key;
	int rc = keyfile_read_public(path, &key, err);
	if (rc < 0)
		return rc;
	const struct public_key *twin = keyring_find(keyring, key.id);
	if (twin && memcmp(twin->key, key.key, sizeof(key.key)) != 0)
		return tsp_fail(err, TSP_EVALUE,
			"cannot read key '%s': '%s' is another key of the same id", path,
			twin->path);
	key.path = strdup(path);
	if (!key.path)
		return tsp_fail(err, TSP_ENOMEM, "cannot read key '%s': out of memory", path);
	keyring->keys[keyring->count++] = key;
	return 0;
}

/* Reads one file; with tell, what is wrong with it is no failure. */
static int keyring_see(struct keyring *keyring, const char *folder, const char *name,
	keyring_fault_fn *tell, void *data, tsp_error *err)
{
	tsp_error fault = { 0 };
	char *path = file_join(folder, name);
	if (!path)
		return tsp_fail(err, TSP_ENOMEM, "cannot read key '%s': out of memory", name);
	int rc = keyring_put(keyring, path, tell ? &fault : err);
	if (tell && rc < 0) {
		tell(data, path, &fault);
		rc = 0;
	}
	free(path);
	return rc;
}

int keyring_survey(const char *folder, keyring_fault_fn *tell, void *data,
	struct keyring *ret_keyring, tsp_error *err)
{
	struct keyring keyring = { NULL, 0 };
	struct dirent **names = NULL;
	int rc = 0;
	int count = scandir(folder, &names, is_key_file, compare_names);
	if (count < 0)
		return tsp_fail_errno(err, "read the keys in", folder);
	if (count > KEYS_MAX) {
		rc = tsp_fail(err, TSP_ELIMIT, "cannot read the keys in '%s': more than %d", folder,
			KEYS_MAX);
		goto out;
	}
	keyring.keys = calloc((size_t)count + 1, sizeof(*keyring.keys));
	if (!keyring.keys)
		rc = tsp_fail(
			err, TSP_ENOMEM, "cannot read the keys in '%s': out of memory", folder);
	for (int i = 0; i < count && rc == 0; i++)
		rc = keyring_see(&keyring, folder, names[i]->d_name, tell, data, err);
	if (rc == 0)
		*ret_keyring = keyring;
	else
		keyring_clear(&keyring);
out:
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return rc;
}

int keyring_open(const char *folder, struct keyring *ret_keyring, tsp_error *err)
{
	return keyring_survey(folder, NULL, NULL, ret_keyring, err);
}

void keyring_clear(struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->count; i++)
		free(keyring->keys[i].path);
	free(keyring->keys);
	keyring->keys = NULL;
	keyring->count = 0;
}

const struct public_key *keyring_find(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
	for (size_t i = 0; i < keyring->count; i++)
		if (memcmp(keyring->keys[i].id, id, KEY_ID_SIZE) == 0)
			return &keyring->keys[i];
	return NULL;
}
