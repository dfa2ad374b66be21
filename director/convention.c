/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/convention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/endpoint.h"
#include "base/file.h"
#include "base/text.h"

#define PREFIX_LEAST 8

char *convention_folder(const struct context *context)
{
	return file_join(context->folder, "convention");
}

char *convention_address(tsp_text place)
{
	return convention_place(place, CONVENTION_PORT);
}

char *convention_place(tsp_text place, int port)
{
	struct endpoint endpoint;

	if (!endpoint_parse(place, &endpoint)) /* whoever uses it says so */
		return text_format("%.*s", (int)place.size, place.data);
	return endpoint_text(&endpoint, port);
}

int convention_leaders(const struct settings *settings, char **ret_text)
{
	const char *line = settings_get(settings, "convleader");
	char *all = NULL;

	while (line && *line) {
		size_t size = strcspn(line, "\n");
		char *one = size > 0 ? convention_address((tsp_text){ line, size }) : NULL;
		char *more = one ? text_format("%s%s%s", all ? all : "", all ? "," : "", one) : NULL;

		free(one);
		if (size > 0) {
			free(all);
			all = more;
			if (!all)
				return TSP_ENOMEM;
		}
		line += size + (line[size] == '\n');
	}
	*ret_text = all;
	return TSP_OK;
}

int convention_find(const char *folder, const char *text, struct pin *ret_pin, tsp_error *err)
{
	struct pin *pins;
	size_t count, found = 0;
	char key[PIN_TEXT], shown[80];
	int rc = pins_list(folder, &pins, &count, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		bool by_key = strlen(text) >= PREFIX_LEAST &&
			strncmp(pin_text(pins[i].key, key), text, strlen(text)) == 0;

		if (!by_key && strcmp(pins[i].name, text) != 0)
			continue;
		*ret_pin = pins[i];
		found++;
	}
	free(pins);
	text_quote(tsp_text_of(text), shown, sizeof(shown));
	if (found > 1)
		return tsp_fail(err, TSP_EUSAGE, "cannot tell which key '%s' is: %zu are so called",
			shown, found);
	if (found == 0)
		return tsp_fail(err, TSP_ENOENT, "cannot find a member '%s' in '%s'", shown, folder);
	return TSP_OK;
}

int64_t convention_now(void)
{
	return (int64_t)time(NULL);
}

int convention_check_name(const char *name, tsp_error *err)
{
	char shown[80];

	if (*name && strlen(name) < PIN_NAME && text_is_utf8(name, strlen(name)) &&
		strpbrk(name, "\n\r\t\033") == NULL)
		return TSP_OK;
	return tsp_fail(err, TSP_EUSAGE, "cannot use the name '%s': one line of at most %d bytes",
		text_quote(tsp_text_of(name), shown, sizeof(shown)), PIN_NAME - 1);
}
