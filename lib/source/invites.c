/* SPDX-License-Identifier: MIT */
/* Tokens by which a system joins: good once, and for a quarter of an hour. */
#include "config.h"
#include "source/pins.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/file.h"
#include "base/text.h"

#define PREFIX "tsj1-"

/* FOLDER/invites/HASH, in which the secret itself does not stand. */
static char *invite_path(const char *folder, const uint8_t secret[PIN_KEY])
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[33];

	crypto_hash_sha256(hash, secret, PIN_KEY);
	sodium_bin2hex(hex, sizeof(hex), hash, 16);
	return text_format("%s/invites/%s", folder, hex);
}

/* As the admin that judges it later sees the time. */
static int write_invite(
	const char *folder, const uint8_t secret[PIN_KEY], int64_t until, tsp_error *err)
{
	char *place = file_join(folder, "invites");
	char *path = invite_path(folder, secret);
	char text[32];
	int rc = place != NULL && path != NULL ? 0 : tsp_fail(err, TSP_ENOMEM, "out of memory");

	snprintf(text, sizeof(text), "%" PRId64 "\n", until);
	if (rc == 0)
		rc = file_make_folder(place, 0700, err);
	if (rc == 0)
		rc = file_create(path, text, strlen(text), 0600, err);
	free(place);
	free(path);
	return rc;
}

int pins_invite(const char *folder, int64_t now, char ret_token[INVITE_TEXT], tsp_error *err)
{
	uint8_t bytes[2 * PIN_KEY];
	struct pin_pair own;
	int rc = pins_own(folder, true, &own, err);

	if (rc < 0)
		return rc;
	memcpy(bytes, own.public, PIN_KEY);
	sodium_memzero(&own, sizeof(own));
	randombytes_buf(bytes + PIN_KEY, PIN_KEY);
	rc = write_invite(folder, bytes + PIN_KEY, now + INVITE_SECONDS, err);
	if (rc == 0) {
		memcpy(ret_token, PREFIX, sizeof(PREFIX));
		sodium_bin2base64(ret_token + sizeof(PREFIX) - 1, INVITE_TEXT - sizeof(PREFIX) + 1,
			bytes, sizeof(bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	}
	sodium_memzero(bytes, sizeof(bytes));
	return rc;
}

bool pins_token(const char *token, uint8_t ret_key[PIN_KEY], uint8_t ret_secret[PIN_KEY])
{
	uint8_t bytes[2 * PIN_KEY];
	size_t size = 0;
	bool good;

	if (strncmp(token, PREFIX, sizeof(PREFIX) - 1) != 0)
		return false;
	token += sizeof(PREFIX) - 1;
	good = sodium_base642bin(bytes, sizeof(bytes), token, strlen(token), NULL, &size, NULL,
		       sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
		size == sizeof(bytes);
	memcpy(ret_key, bytes, PIN_KEY);
	memcpy(ret_secret, bytes + PIN_KEY, PIN_KEY);
	sodium_memzero(bytes, sizeof(bytes));
	return good;
}

bool pins_burn(const char *folder, const uint8_t secret[PIN_KEY], int64_t now)
{
	char *path = invite_path(folder, secret);
	struct buffer text;
	bool good = false;

	buffer_init(&text, 31);
	if (path != NULL && file_read(path, &text, NULL) == 0 && buffer_put(&text, "", 1) == 0)
		good = strtoll((const char *)text.data, NULL, 10) > now;
	if (path == NULL || unlink(path) < 0)
		good = false;
	buffer_clear(&text);
	free(path);
	return good;
}

/* FOLDER/joining/KEY: who joins two leaders shows each of them its own. */
static char *joining_path(const char *folder, const uint8_t leader[PIN_KEY])
{
	char text[PIN_TEXT];

	return text_format("%s/joining/%s", folder, pin_text(leader, text));
}

bool pins_join_secret(
	const char *folder, const uint8_t leader[PIN_KEY], uint8_t ret_secret[PIN_KEY])
{
	char *path = joining_path(folder, leader);
	struct buffer text;
	bool good = false;

	buffer_init(&text, 256);
	if (path != NULL && file_read(path, &text, NULL) == 0 && text.size >= PIN_TEXT - 1 &&
		buffer_put(&text, "", 1) == 0) {
		text.data[PIN_TEXT - 1] = '\0';
		good = pin_parse((const char *)text.data, ret_secret);
	}
	buffer_clear(&text);
	free(path);
	return good;
}

int pins_set_join_secret(const char *folder, const uint8_t leader[PIN_KEY],
	const uint8_t secret[PIN_KEY], tsp_error *err)
{
	char *place = file_join(folder, "joining");
	char *path = joining_path(folder, leader);
	char hex[PIN_TEXT];
	int rc = place != NULL && path != NULL ? 0 : tsp_fail(err, TSP_ENOMEM, "out of memory");

	pin_text(secret, hex);
	if (rc == 0)
		rc = file_make_folder(place, 0700, err);
	if (rc == 0)
		rc = file_replace(path, hex, PIN_TEXT - 1, 0600, err);
	sodium_memzero(hex, sizeof(hex));
	free(place);
	free(path);
	return rc;
}

void pins_joined(const char *folder, const uint8_t leader[PIN_KEY])
{
	char *path = joining_path(folder, leader);

	if (path != NULL)
		(void)unlink(path);
	free(path);
}
