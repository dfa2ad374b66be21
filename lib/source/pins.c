/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "source/pins.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/file.h"
#include "base/text.h"

#define FILE_LIMIT   4096
#define LEADERS_SIZE ((size_t)64 * 1024)

char *pin_text(const uint8_t key[PIN_KEY], char out[PIN_TEXT])
{
	return sodium_bin2hex(out, PIN_TEXT, key, PIN_KEY);
}

bool pin_parse(const char *text, uint8_t ret_key[PIN_KEY])
{
	size_t size = 0;
	const char *end = NULL;

	return strlen(text) == PIN_TEXT - 1 &&
		sodium_hex2bin(ret_key, PIN_KEY, text, PIN_TEXT - 1, NULL, &size, &end) == 0 &&
		size == PIN_KEY;
}

/* Who could write here could put his own key in, who could read it has ours. */
static int check_closed(const char *path, mode_t forbidden, tsp_error *err)
{
	struct stat info;

	if (lstat(path, &info) < 0)
		return tsp_fail_errno(err, "read", path);
	if (S_ISLNK(info.st_mode))
		return tsp_fail(err, TSP_EPERM, "cannot use '%s': it is a link", path);
	if (info.st_uid != geteuid() && info.st_uid != 0)
		return tsp_fail(err, TSP_EPERM, "cannot use '%s': it belongs to another user", path);
	if (info.st_mode & forbidden)
		return tsp_fail(err, TSP_EPERM, "cannot use '%s': others may %s it (chmod %s)", path,
			S_ISDIR(info.st_mode) ? "write in" : "read",
			S_ISDIR(info.st_mode) ? "0700" : "0600");
	return 0;
}

static int read_text(const char *path, char *out, size_t size, tsp_error *err)
{
	struct buffer buffer;
	int rc;

	buffer_init(&buffer, size - 1);
	rc = file_read(path, &buffer, err);
	if (rc == 0) {
		memcpy(out, buffer.data != NULL ? buffer.data : (const uint8_t *)"", buffer.size);
		out[buffer.size] = '\0';
	}
	if (buffer.data != NULL)
		sodium_memzero(buffer.data, buffer.size);
	buffer_clear(&buffer);
	return rc;
}

static int join(char **ret_path, const char *folder, const char *name, tsp_error *err)
{
	*ret_path = file_join(folder, name);
	return *ret_path != NULL ? 0 : tsp_fail(err, TSP_ENOMEM, "out of memory");
}

/* FOLDER/PLACE/KEY.key */
static int path_of(char **ret_path, const char *folder, const char *place,
	const uint8_t key[PIN_KEY], tsp_error *err)
{
	char text[PIN_TEXT];

	*ret_path = text_format("%s/%s/%s.key", folder, place, pin_text(key, text));
	return *ret_path != NULL ? 0 : tsp_fail(err, TSP_ENOMEM, "out of memory");
}

/* ---- Our own pair ---- */

static int write_key(const char *folder, const char *name, const uint8_t key[PIN_KEY], mode_t mode,
	tsp_error *err)
{
	char text[PIN_TEXT + 1];
	char *path;
	int rc = join(&path, folder, name, err);

	if (rc < 0)
		return rc;
	pin_text(key, text);
	text[PIN_TEXT - 1] = '\n';
	rc = file_create(path, text, PIN_TEXT, mode, err);
	sodium_memzero(text, sizeof(text));
	free(path);
	return rc;
}

static int create_own(const char *folder, tsp_error *err)
{
	struct pin_pair pair;
	int rc = file_make_folder(folder, 0700, err);

	if (rc < 0)
		return rc;
	randombytes_buf(pair.secret, sizeof(pair.secret));
	(void)crypto_scalarmult_base(pair.public, pair.secret);
	rc = write_key(folder, "system.sec", pair.secret, 0600, err);
	if (rc == 0)
		rc = write_key(folder, "system.key", pair.public, 0644, err);
	sodium_memzero(&pair, sizeof(pair));
	return rc == TSP_EEXIST ? 0 : rc; /* somebody else was faster */
}

int pins_own(const char *folder, bool create, struct pin_pair *ret_pair, tsp_error *err)
{
	char text[FILE_LIMIT];
	char *path;
	int rc = join(&path, folder, "system.sec", err);

	if (rc < 0)
		return rc;
	if (create && access(path, F_OK) < 0 && errno == ENOENT)
		rc = create_own(folder, err);
	if (rc == 0)
		rc = check_closed(folder, S_IWGRP | S_IWOTH, err);
	if (rc == 0)
		rc = check_closed(path, S_IRWXG | S_IRWXO, err);
	if (rc == 0)
		rc = read_text(path, text, sizeof(text), err);
	if (rc == 0) {
		text[strcspn(text, "\r\n")] = '\0';
		if (!pin_parse(text, ret_pair->secret) ||
			crypto_scalarmult_base(ret_pair->public, ret_pair->secret) != 0)
			rc = tsp_fail(err, TSP_EVALUE,
				"cannot use '%s': it holds no key of 64 hex digits", path);
		sodium_memzero(text, sizeof(text));
	}
	free(path);
	return rc;
}

/* ---- Members ---- */

static bool is_there(const char *folder, const char *place, const uint8_t key[PIN_KEY])
{
	char *path;
	bool there;

	if (path_of(&path, folder, place, key, NULL) < 0)
		return false;
	there = access(path, F_OK) == 0;
	free(path);
	return there;
}

int pins_judge(const char *folder, const uint8_t key[PIN_KEY])
{
	if (is_there(folder, "revoked", key))
		return -1;
	return is_there(folder, "members", key) ? 1 : 0;
}

static int write_pin(
	const char *folder, const char *place, const struct pin *pin, tsp_error *err)
{
	char *sub, *path, *text;
	int rc = join(&sub, folder, place, err);

	if (rc < 0)
		return rc;
	rc = file_make_folder(sub, 0700, err);
	free(sub);
	if (rc < 0 || path_of(&path, folder, place, pin->key, err) < 0)
		return rc < 0 ? rc : TSP_ENOMEM;
	text = text_format("name %s\nsince %" PRId64 "\n%s%s%s", pin->name, pin->since,
		pin->address[0] != '\0' ? "address " : "", pin->address,
		pin->address[0] != '\0' ? "\n" : "");
	rc = text != NULL ? file_replace(path, text, strlen(text), 0600, err) :
			    tsp_fail(err, TSP_ENOMEM, "out of memory");
	free(text);
	free(path);
	return rc;
}

static int drop(const char *folder, const char *place, const uint8_t key[PIN_KEY], tsp_error *err)
{
	char *path;
	int rc = path_of(&path, folder, place, key, err);

	if (rc == 0 && unlink(path) < 0 && errno != ENOENT)
		rc = tsp_fail_errno(err, "remove", path);
	free(path);
	return rc;
}

int pins_admit(const char *folder, const struct pin *pin, tsp_error *err)
{
	int rc = write_pin(folder, "members", pin, err);

	return rc == 0 ? drop(folder, "revoked", pin->key, err) : rc;
}

static void read_line(struct pin *pin, const char *line)
{
	if (strncmp(line, "name ", 5) == 0)
		snprintf(pin->name, sizeof(pin->name), "%s", line + 5);
	else if (strncmp(line, "since ", 6) == 0)
		pin->since = strtoll(line + 6, NULL, 10);
	else if (strncmp(line, "address ", 8) == 0)
		snprintf(pin->address, sizeof(pin->address), "%s", line + 8);
}

static int read_pin(
	const char *folder, const char *place, const uint8_t key[PIN_KEY], struct pin *pin)
{
	char text[FILE_LIMIT];
	char *path, *line, *rest = NULL;
	int rc = path_of(&path, folder, place, key, NULL);

	memset(pin, 0, sizeof(*pin));
	memcpy(pin->key, key, PIN_KEY);
	pin->revoked = strcmp(place, "revoked") == 0;
	if (rc < 0)
		return rc;
	rc = read_text(path, text, sizeof(text), NULL);
	free(path);
	if (rc < 0)
		return rc;
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		read_line(pin, line);
	return 0;
}

int pins_expel(const char *folder, const uint8_t key[PIN_KEY], tsp_error *err)
{
	char text[PIN_TEXT];
	struct pin pin;
	int rc = read_pin(folder, "members", key, &pin);

	if (rc < 0)
		return tsp_fail(err, TSP_ENOENT, "cannot expel '%s': it is no member", pin_text(key, text));
	rc = write_pin(folder, "revoked", &pin, err);
	return rc == 0 ? drop(folder, "members", key, err) : rc;
}

static int by_name(const void *a, const void *b)
{
	const struct pin *one = a;
	const struct pin *two = b;

	if (one->revoked != two->revoked)
		return one->revoked ? 1 : -1;
	return strcmp(one->name, two->name) != 0 ? strcmp(one->name, two->name) :
						   memcmp(one->key, two->key, PIN_KEY);
}

static int list_place(const char *folder, const char *place, struct pin **pins, size_t *count)
{
	char *path = file_join(folder, place);
	DIR *entries = path != NULL ? opendir(path) : NULL;
	const struct dirent *entry;

	free(path);
	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		char text[PIN_TEXT];
		uint8_t key[PIN_KEY];
		struct pin *more;

		if (strlen(entry->d_name) != PIN_TEXT + 3)
			continue;
		memcpy(text, entry->d_name, PIN_TEXT - 1);
		text[PIN_TEXT - 1] = '\0';
		if (!pin_parse(text, key))
			continue;
		more = reallocarray(*pins, *count + 1, sizeof(**pins));
		if (more == NULL) {
			closedir(entries);
			return TSP_ENOMEM;
		}
		*pins = more;
		if (read_pin(folder, place, key, &more[*count]) == 0)
			(*count)++;
	}
	if (entries != NULL)
		closedir(entries);
	return 0;
}

int pins_list(const char *folder, struct pin **ret_pins, size_t *ret_count, tsp_error *err)
{
	struct pin *pins = NULL;
	size_t count = 0;

	if (list_place(folder, "members", &pins, &count) < 0 ||
		list_place(folder, "revoked", &pins, &count) < 0) {
		free(pins);
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	if (count > 0)
		qsort(pins, count, sizeof(*pins), by_name);
	*ret_pins = pins;
	*ret_count = count;
	return 0;
}

/* ---- Leaders ---- */

int pins_leader(const char *folder, const char *address, uint8_t ret_key[PIN_KEY], tsp_error *err)
{
	char *text = malloc(LEADERS_SIZE);
	char *path = file_join(folder, "leaders");
	char *line, *rest = NULL;
	bool found = false;

	if (text != NULL && path != NULL && read_text(path, text, LEADERS_SIZE, NULL) == 0)
		for (line = strtok_r(text, "\n", &rest); line != NULL && !found;
			line = strtok_r(NULL, "\n", &rest)) {
			char *blank = strchr(line, ' ');

			if (blank == NULL)
				continue;
			*blank = '\0';
			found = strcmp(line, address) == 0 && pin_parse(blank + 1, ret_key);
		}
	free(text);
	free(path);
	return found ? 0 :
		       tsp_fail(err, TSP_ENOENT,
			       "no key is pinned for it: join it, or write a line into '%s/leaders'",
			       folder);
}

int pins_set_leader(
	const char *folder, const char *address, const uint8_t key[PIN_KEY], tsp_error *err)
{
	char *text = calloc(1, LEADERS_SIZE);
	char *path = file_join(folder, "leaders");
	char hex[PIN_TEXT];
	struct buffer out;
	char *line, *rest = NULL;
	int rc = text != NULL && path != NULL ? 0 : tsp_fail(err, TSP_ENOMEM, "out of memory");

	buffer_init(&out, LEADERS_SIZE - 1);
	if (rc == 0 && access(path, F_OK) == 0)
		rc = read_text(path, text, LEADERS_SIZE, err);
	for (line = rc == 0 ? strtok_r(text, "\n", &rest) : NULL; line != NULL && rc == 0;
		line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, address, strlen(address)) != 0 || line[strlen(address)] != ' ')
			rc = buffer_printf(&out, "%s\n", line);
	if (rc == 0)
		rc = buffer_printf(&out, "%s %s\n", address, pin_text(key, hex));
	if (rc == 0)
		rc = file_replace(path, out.data, out.size, 0600, err);
	buffer_clear(&out);
	free(text);
	free(path);
	return rc;
}
