/* SPDX-License-Identifier: MIT */
#include "actors_requests.h"

#include <stdlib.h>

static int letters(tsp_actor *self, const tsp_message *message)
{
	return tsp_handle_dead_letters(self, tsp_get_bool(message, "enable", true));
}

static int capability(tsp_actor *self, const tsp_message *message)
{
	char *name = tsp_text_copy(tsp_get_text(message, "name"));
	int rc = tsp_update_capability(self, name, tsp_get(message, "value"));

	free(name);
	return rc;
}

static int stop(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	return tsp_system_shutdown(self);
}

static int load(tsp_actor *self, const tsp_message *message)
{
	tsp_text package = { NULL, 0 };
	char *info = tsp_text_copy(tsp_get_text(message, "info"));
	int rc = TSP_EVALUE;

	if (tsp_value_bytes(tsp_get(message, "package"), &package))
		rc = tsp_load_source(self, package.data, package.size, info);
	free(info);
	return rc;
}

static int unload(tsp_actor *self, const tsp_message *message)
{
	char *hash = tsp_text_copy(tsp_get_text(message, "hash"));
	int rc = tsp_unload_source(self, hash);

	free(hash);
	return rc;
}

static int verdict(tsp_actor *self, const tsp_message *message)
{
	char *hash = tsp_text_copy(tsp_get_text(message, "hash"));
	int rc = tsp_validated_source(self, hash, NULL, 0, TSP_EREJECTED, "not mine to say");

	free(hash);
	return rc;
}

static int sources(tsp_actor *self, const tsp_message *message)
{
	return tsp_notify_on_source_availability(self, tsp_get_bool(message, "enable", true));
}

static int authority(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	return tsp_register_source_authority(self);
}

static int children(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	return tsp_list_children(self);
}

/* Names{verb: take, give, keep, free; name, target}: of one name. */
static int names(tsp_actor *self, const tsp_message *message)
{
	char *name = tsp_text_copy(tsp_get_text(message, "name"));
	const char *const list[] = { name };
	tsp_address target = tsp_get_address(message, "target");
	tsp_text verb = tsp_get_text(message, "verb");
	int rc = TSP_EVALUE;

	if (tsp_text_is(verb, "take"))
		rc = tsp_take_names(self, list, 1);
	else if (tsp_text_is(verb, "give"))
		rc = tsp_give_names(self, list, &target, 1);
	else if (tsp_text_is(verb, "keep"))
		rc = tsp_keep_names(self, list, 1, tsp_get_int(message, "ms", 0));
	else if (tsp_text_is(verb, "free"))
		rc = tsp_free_names(self, list, 1);
	free(name);
	return rc;
}

static const struct {
	const char *what;
	int (*ask)(tsp_actor *self, const tsp_message *message);
} requests[] = {
	{ "letters", letters },
	{ "capability", capability },
	{ "stop", stop },
	{ "load", load },
	{ "unload", unload },
	{ "verdict", verdict },
	{ "sources", sources },
	{ "authority", authority },
	{ "children", children },
	{ "names", names },
};

int on_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text what = tsp_get_text(message, "what");
	int code = TSP_EVALUE;

	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		if (tsp_text_is(what, requests[i].what))
			code = requests[i].ask(self, message);
	}
	return tsp_sendf(self, sender, "Requested", "{s:i}", "code", code);
}
