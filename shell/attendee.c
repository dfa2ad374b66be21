/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/attendee.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/attendees.h"
#include "cli/status.h"

#define KEY_DIGITS 8

static tsp_text text_at(tsp_value member, const char *key)
{
	tsp_text text = { "", 0 };

	(void)tsp_value_text(tsp_value_get(member, key), &text);
	return text;
}

static tsp_address admin_at(tsp_value member)
{
	tsp_address admin = TSP_NOBODY;

	(void)tsp_value_address(tsp_value_get(member, "admin"), &admin);
	return admin;
}

static bool means(const char *text, tsp_value member)
{
	tsp_text key = text_at(member, "key");
	size_t size = strlen(text);
	char id[17];

	snprintf(id, sizeof(id), "%" PRIx64, admin_at(member).system);
	return strcmp(text, id) == 0 || tsp_text_is(text_at(member, "address"), text) ||
		(size >= KEY_DIGITS && size <= key.size && memcmp(text, key.data, size) == 0);
}

/* The places that could have been meant. */
static void hint_of(tsp_value members, tsp_error *err)
{
	struct buffer line;
	tsp_walk at = { 0 };
	tsp_value none, member;

	buffer_init(&line, 400);
	while (tsp_value_next(members, &at, &none, &member)) {
		tsp_text address = text_at(member, "address"), key = text_at(member, "key");

		(void)buffer_printf(&line, "%s%.*s%s%.8s", line.size > 0 ? ", " : "", (int)address.size,
			address.data, address.size > 0 ? " or " : "", key.data);
	}
	if (line.size > 0)
		(void)status_hint(err, "these are linked: %.*s", (int)line.size, (const char *)line.data);
	else
		(void)status_hint(err, "no other system is linked with this one");
	buffer_clear(&line);
}

int attendee_find(struct shell *shell, const char *text, tsp_address *ret_admin, tsp_error *err)
{
	tsp_message *status = NULL;
	tsp_value members, none, member;
	tsp_walk at = { 0 };
	char shown[80];
	int found = 0;
	int rc = attendees_ask(shell->system, shell->timeout_ms, &status, err);

	if (rc < 0)
		return rc;
	text_quote(tsp_text_of(text), shown, sizeof(shown));
	members = tsp_get(status, "conventionAttendees");
	while (tsp_value_next(members, &at, &none, &member)) {
		if (!means(text, member))
			continue;
		*ret_admin = admin_at(member);
		found++;
	}
	if (found > 1)
		rc = tsp_fail(err, TSP_EUSAGE, "cannot use '%s': more than one system has a key that begins so",
			shown);
	if (found == 0) {
		rc = tsp_fail(err, TSP_ENOENT, "cannot use '%s': no such system is linked with this one", shown);
		hint_of(members, err);
	}
	tsp_message_free(status);
	return rc;
}

static tsp_address name_at(const struct shell *shell, const char *name, uint64_t system)
{
	char text[SHELL_NAME_LIMIT + 20];

	snprintf(text, sizeof(text), "%s@%" PRIx64, name, system);
	return tsp_system_name_address(shell->system, text);
}

/* Each is asked, until one has it. */
static int find_holder(struct shell *shell, const char *name, tsp_address *ret_address, tsp_error *err)
{
	tsp_message *status = NULL;
	tsp_value none, member;
	tsp_walk at = { 0 };
	tsp_address holder;
	int rc = tsp_resolve(shell->system, name, shell->timeout_ms, &holder, err);

	*ret_address = tsp_system_name_address(shell->system, name);
	if (rc != TSP_ENOENT)
		return rc;
	rc = attendees_ask(shell->system, shell->timeout_ms, &status, err);
	if (rc < 0)
		return rc;
	rc = TSP_ENOENT;
	while (rc < 0 && tsp_value_next(tsp_get(status, "conventionAttendees"), &at, &none, &member)) {
		char text[SHELL_NAME_LIMIT + 20];

		snprintf(text, sizeof(text), "%s@%" PRIx64, name, admin_at(member).system);
		rc = tsp_resolve(shell->system, text, shell->timeout_ms, &holder, err);
		*ret_address = name_at(shell, name, admin_at(member).system);
	}
	tsp_message_free(status);
	return rc;
}

int attendee_name(struct shell *shell, const char *text, tsp_address *ret_address, tsp_error *err)
{
	const char *at = strchr(text, '@');
	char name[SHELL_NAME_LIMIT + 1];
	tsp_address admin;
	int rc;

	snprintf(name, sizeof(name), "%.*s", (int)(at - text), text);
	if (strcmp(at + 1, "*") == 0)
		return find_holder(shell, name, ret_address, err);
	rc = attendee_find(shell, at + 1, &admin, err);
	if (rc >= 0)
		*ret_address = name_at(shell, name, admin.system);
	return rc;
}
