/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/sum.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define SUM_LIMIT ((size_t)256 * 1024)

char *sum_of(const void *bytes, size_t size, char out[SUM_TEXT])
{
	uint8_t hash[(SUM_TEXT - 1) / 2];
	crypto_generichash(hash, sizeof(hash), bytes, size, NULL, 0);
	return text_hex(hash, sizeof(hash), out);
}

void sum_clear(struct sum *sum)
{
	manifest_names_clear(&sum->libraries);
	manifest_names_clear(&sum->needed);
}

static char *sum_path(const char *module)
{
	size_t size = strlen(module);
	if (size > 3 && strcmp(module + size - 3, ".so") == 0)
		size -= 3;
	return text_format("%.*s.sum", (int)size, module);
}

static int read_hash(const char *value, char out[SUM_TEXT])
{
	uint8_t bytes[(SUM_TEXT - 1) / 2];
	if (strlen(value) != SUM_TEXT - 1 || text_unhex(value, sizeof(bytes), bytes) < 0)
		return TSP_EVALUE;
	memcpy(out, value, SUM_TEXT);
	return 0;
}

static int read_line(struct sum *sum, const char *key, const char *value)
{
	if (strcmp(key, "hash") == 0)
		return read_hash(value, sum->hash);
	if (strcmp(key, "flags") == 0)
		return read_hash(value, sum->flags);
	if (strcmp(key, "library") == 0)
		return manifest_names_add(&sum->libraries, value);
	if (strcmp(key, "needed") == 0)
		return manifest_names_add(&sum->needed, value);
	return TSP_EVALUE;
}

/* Lines of "KEY VALUE"; changes the text. */
static int read_lines(char *text, struct sum *sum)
{
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strchr(line, ' ');
		if (!value)
			return TSP_EVALUE;
		*value++ = '\0';
		int rc = read_line(sum, line, value);
		if (rc < 0)
			return rc;
	}
	return sum->hash[0] ? 0 : TSP_EVALUE;
}

int sum_read(const char *module, struct sum *ret_sum, tsp_error *err)
{
	struct sum sum;
	struct buffer text;
	char *path = sum_path(module);
	buffer_init(&text, SUM_LIMIT);
	memset(&sum, 0, sizeof(sum));
	if (!path)
		return tsp_fail(
			err, TSP_ENOMEM, "cannot read the sum of '%s': out of memory", module);
	int rc = file_read(path, &text, err);
	if (rc == 0)
		rc = buffer_put(&text, "", 1);
	if (rc < 0)
		goto out;
	rc = read_lines((char *)text.data, &sum);
	if (rc < 0) {
		sum_clear(&sum);
		tsp_fail(err, rc, "cannot read '%s': not a sum of a module", path);
		goto out;
	}
	*ret_sum = sum;
out:
	buffer_clear(&text);
	free(path);
	return rc;
}

int sum_write(const char *module, const struct sum *sum, tsp_error *err)
{
	struct buffer text;
	char *path = sum_path(module);
	buffer_init(&text, SUM_LIMIT);
	int rc = path ? buffer_printf(&text, "hash %s\n", sum->hash) : TSP_ENOMEM;
	if (rc >= 0 && sum->flags[0])
		rc = buffer_printf(&text, "flags %s\n", sum->flags);
	for (size_t i = 0; i < sum->libraries.count && rc >= 0; i++)
		rc = buffer_printf(&text, "library %s\n", sum->libraries.items[i]);
	for (size_t i = 0; i < sum->needed.count && rc >= 0; i++)
		rc = buffer_printf(&text, "needed %s\n", sum->needed.items[i]);
	if (rc < 0)
		tsp_fail(err, rc, "cannot write the sum of '%s': %s", module,
			tsp_error_sentence(rc));
	else
		rc = file_replace(path, text.data, text.size, 0600, err);
	buffer_clear(&text);
	free(path);
	return rc;
}
