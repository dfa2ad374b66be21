/* SPDX-License-Identifier: MIT */
/*
 * A Source Authority that accepts every source: a zip as it is, and that of a signed package without
 * a look at its signatures. For trying things out (the shell's use_simple_source_authority), in a system
 * that was started without an authority.
 *
 * It answers whatever it is asked with {registered: bool, reason?: text}, once it knows; where another
 * holds, it exits then.
 */
#include "config.h"

#include <thespian.h>

#include <stdlib.h>
#include <string.h>

#define PACKAGE_MARK "THESPIAN-SOURCE 1\n"

struct authority {
	bool registered;
	bool refused;
	char reason[200];
};

static int authority_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_register_source_authority(self);
}

/* What follows the empty line behind a package's signatures. */
static tsp_text zip_of(tsp_text data)
{
	size_t mark = strlen(PACKAGE_MARK);
	const char *end;

	if (data.size < mark || memcmp(data.data, PACKAGE_MARK, mark) != 0)
		return data;
	end = memmem(data.data, data.size, "\n\n", 2);
	if (end == NULL)
		return data;
	return (tsp_text){ end + 2, data.size - (size_t)(end + 2 - data.data) };
}

static int on_validate(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text hash = tsp_get_text(message, "sourceHash");
	tsp_text data = { NULL, 0 };
	char *copy = tsp_text_copy(hash);
	int rc = TSP_ENOMEM;

	(void)sender;
	if (copy != NULL && tsp_message_is_system(message) &&
		tsp_value_bytes(tsp_get(message, "sourceData"), &data)) {
		data = zip_of(data);
		rc = tsp_validated_source(self, copy, data.data, data.size, 0, NULL);
	}
	free(copy);
	return rc;
}

static int on_registered(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct authority *authority = tsp_state(self);

	(void)sender;
	if (tsp_message_is_system(message))
		authority->registered = true;
	return TSP_OK;
}

static int on_refused(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct authority *authority = tsp_state(self);
	tsp_text reason = tsp_get_text(message, "reason");
	size_t size = reason.size < sizeof(authority->reason) ? reason.size : sizeof(authority->reason) - 1;

	(void)sender;
	if (!tsp_message_is_system(message) || authority->registered)
		return TSP_OK;
	authority->refused = true;
	memcpy(authority->reason, reason.data, size);
	return TSP_OK;
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct authority *authority = tsp_state(self);

	if (tsp_message_is_system(message))
		return TSP_OK;
	if (authority->registered)
		return tsp_sendf(self, sender, NULL, "{s:b}", "registered", 1);
	if (!authority->refused)
		return TSP_DEFER;
	(void)tsp_sendf(self, sender, NULL, "{s:b, s:s}", "registered", 0, "reason", authority->reason);
	return tsp_exit(self);
}

static const tsp_handler handlers[] = { { "ValidateSource", on_validate }, { "Registered", on_registered },
	{ "RequestFailed", on_refused }, { 0 } };

static const tsp_class simple_source_authority = { .name = "SimpleSourceAuthority",
	.state_size = sizeof(struct authority),
	.init = authority_init,
	.handlers = handlers,
	.receive = on_other };

TSP_EXPORT(&simple_source_authority)
