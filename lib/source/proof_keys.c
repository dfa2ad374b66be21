/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "source/proof_keys.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

#define PROOFS "proofs"

char *proof_key_path(const char *folder, const uint8_t system[PIN_KEY])
{
	char text[PIN_TEXT];

	return text_format("%s/" PROOFS "/%s.pub", folder, pin_text(system, text));
}

int proof_key_find(
	const char *folder, const uint8_t system[PIN_KEY], struct public_key *ret_key, tsp_error *err)
{
	char *path = proof_key_path(folder, system);
	int rc = path ? public_key_open(path, ret_key, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	free(path);
	return rc;
}

int proof_key_pin(
	const char *folder, const uint8_t system[PIN_KEY], const struct public_key *key, tsp_error *err)
{
	char *path = proof_key_path(folder, system), *sub = file_join(folder, PROOFS);
	int rc = path && sub ? file_make_folder(sub, 0700, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = public_key_create(path, key, err);
	free(path);
	free(sub);
	return rc;
}
