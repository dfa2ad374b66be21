/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/system_key.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/status.h"

/* Who was stopped between the two files left the secret one alone. */
static int complete(const char *public_path, const struct secret_key *key, tsp_error *err)
{
	struct public_key public;
	int rc;

	if (access(public_path, F_OK) == 0)
		return TSP_OK;
	secret_key_public(key, &public);
	rc = public_key_create(public_path, &public, err);
	return rc == TSP_EEXIST ? TSP_OK : rc;
}

static int open_or_make(
	const char *path, const char *public_path, struct secret_key **ret_key, tsp_error *err)
{
	uint8_t id[KEY_ID_SIZE];
	int rc = secret_key_open(path, NULL, NULL, ret_key, err);

	if (rc != TSP_ENOENT)
		return rc;
	rc = keys_generate(path, public_path, NULL, id, err);
	if (rc == TSP_EEXIST && access(path, F_OK) < 0)
		return status_hint(
			err, "its secret half is lost: remove it, and a new pair is made");
	if (rc < 0 && rc != TSP_EEXIST) /* another one was faster */
		return rc;
	return secret_key_open(path, NULL, NULL, ret_key, err);
}

int system_key_open(const char *folder, struct secret_key **ret_key, tsp_error *err)
{
	char *path = file_join(folder, SYSTEM_KEY_SECRET);
	char *public_path = file_join(folder, SYSTEM_KEY_PUBLIC);
	struct secret_key *key = NULL;
	int rc = path && public_path ? open_or_make(path, public_path, &key, err) :
				       tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = complete(public_path, key, err);
	if (rc >= 0)
		*ret_key = key;
	else
		secret_key_free(key);
	free(path);
	free(public_path);
	return rc;
}
