/* SPDX-License-Identifier: MIT */
/*
 * An authority that asks for no signature. The first four bytes of a package say what it does with the
 * zip behind them: "ZIP:" accepts it, "XOR:" turns each byte round first, "BAD:" rejects, "MUM:" is silent.
 */
#include "actors.h"

#include <stdlib.h>
#include <string.h>

static int authority_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_register_source_authority(self);
}

static int turn_round(tsp_actor *self, const char *hash, tsp_text zip)
{
	uint8_t *bytes = malloc(zip.size + 1);
	int rc;

	if (bytes == NULL)
		return TSP_ENOMEM;
	for (size_t i = 0; i < zip.size; i++)
		bytes[i] = (uint8_t)zip.data[i] ^ 0x5a;
	rc = tsp_validated_source(self, hash, bytes, zip.size, 0, NULL);
	free(bytes);
	return rc;
}

static int on_validate(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));
	tsp_text data = { NULL, 0 };
	int rc = TSP_OK;

	(void)sender;
	if (!tsp_value_bytes(tsp_get(message, "sourceData"), &data) || data.size < 4)
		rc = tsp_validated_source(self, hash, NULL, 0, TSP_EUNTRUSTED, "too short");
	else if (memcmp(data.data, "ZIP:", 4) == 0)
		rc = tsp_validated_source(self, hash, data.data + 4, data.size - 4, 0, NULL);
	else if (memcmp(data.data, "XOR:", 4) == 0)
		rc = turn_round(self, hash, (tsp_text){ data.data + 4, data.size - 4 });
	else if (memcmp(data.data, "MUM:", 4) != 0)
		rc = tsp_validated_source(self, hash, NULL, 0, TSP_EREJECTED, "not to my taste");
	free(hash);
	return rc;
}

static const tsp_handler authority_handlers[] = { { "ValidateSource", on_validate }, { 0 } };

const tsp_class authority_class = {
	.name = "Authority", .init = authority_init, .handlers = authority_handlers
};
