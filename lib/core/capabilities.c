/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/requests.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/convention.h"
#include "core/fit.h"
#include "core/hosts.h"
#include "core/parcel.h"
#include "core/route.h"
#include "wire/builder.h"

/* All of them go into a HELLO, beside a few words. */
#define CAPABILITIES_LIMIT (FRAME_HELLO_LIMIT - 1024)

/* Names that the system itself sets (spec part 3.1); nobody may change them. */
static const char *const read_only[] = {
	"Thespian ActorSystem Name",
	"Thespian ActorSystem Version",
	"Thespian Generation",
	"Thespian Version",
	"Thespian Watch Supported",
	"Admin Port",
	NULL,
};

/* Which the start may set, and nobody later: they hold for processes that run already. */
static const char *const start_only[] = { "Host User", "Convention Address.IPv4", "Convention Keys",
	"Convention Listen", "Convention Advertise", NULL };

static const char too_big[] = "all together may take 63 KiB";

tsp_value admin_capability(const struct admin *admin, const char *name)
{
	return tsp_value_get((tsp_value){ admin->capabilities, admin->capabilities_size }, name);
}

static bool is_in(const char *const *names, tsp_text name)
{
	for (; *names != NULL; names++) {
		if (tsp_text_is(name, *names))
			return true;
	}
	return false;
}

/* The map with one member changed; value absent or null: without it. */
static int rebuild(struct admin *admin, tsp_text name, tsp_value value)
{
	tsp_value old = { admin->capabilities, admin->capabilities_size };
	enum tsp_kind kind = tsp_value_kind(value);
	tsp_builder *b = tsp_builder_new();
	uint8_t *bytes;
	size_t size;
	tsp_value key;
	tsp_value item;
	tsp_walk at = { 0 };
	int rc;

	if (b == NULL)
		return TSP_ENOMEM;
	tsp_begin_map(b);
	while (tsp_value_next(old, &at, &key, &item)) {
		tsp_text text = { NULL, 0 };

		(void)tsp_value_text(key, &text);
		if (text.size == name.size && memcmp(text.data, name.data, name.size) == 0)
			continue;
		builder_put_key(b, text);
		tsp_put_value(b, item);
	}
	if (kind != TSP_KIND_ABSENT && kind != TSP_KIND_NULL) {
		builder_put_key(b, name);
		tsp_put_value(b, value);
	}
	tsp_end(b);
	rc = builder_take(b, &bytes, &size);
	tsp_builder_free(b);
	if (rc < 0)
		return rc;
	if (size > CAPABILITIES_LIMIT) {
		free(bytes);
		return TSP_ETOOBIG;
	}
	free(admin->capabilities);
	admin->capabilities = bytes;
	admin->capabilities_size = size;
	return 0;
}

/* What the system itself reads of its capabilities. */
static void settings_read(struct admin *admin)
{
	tsp_text text = { NULL, 0 };

	bounds_read((tsp_value){ admin->capabilities, admin->capabilities_size }, &admin->bounds);
	if (admin->bounds.memory_limit == 0)
		admin->bounds.memory_limit = (size_t)admin->config.memory_limit;
	(void)tsp_value_text(admin_capability(admin, "Actor Host"), &text);
	admin->default_host = tsp_text_is(text, "shared") ? TSP_HOST_SHARED : TSP_HOST_OWN;
}

/* The generation: the first two numbers of the release. */
static void put_generation(tsp_builder *b)
{
	char *minor = NULL;
	long major = strtol(TSP_VERSION, &minor, 10);

	tsp_put_format(b, "[I, I]", (int64_t)major, (int64_t)strtol(minor + 1, NULL, 10));
}

static int put_common(struct admin *admin)
{
	tsp_builder *b = tsp_builder_new();
	int rc = b == NULL ? TSP_ENOMEM : 0;

	for (size_t i = 0; rc == 0 && read_only[i] != NULL; i++) {
		tsp_value value;

		tsp_builder_reset(b);
		switch (i) {
		case 0:
			tsp_put_string(b, admin->config.base);
			break;
		case 1:
			tsp_put_int(b, 2);
			break;
		case 2:
			put_generation(b);
			break;
		case 3:
			tsp_put_string(b, TSP_VERSION);
			break;
		case 4:
			tsp_put_bool(b, !admin->config.one_host);
			break;
		default:
			tsp_put_int(b, admin->config.port);
			break;
		}
		rc = tsp_builder_value(b, &value);
		if (rc == 0)
			rc = rebuild(admin, tsp_text_of(read_only[i]), value);
	}
	tsp_builder_free(b);
	return rc;
}

int capabilities_init(struct admin *admin, tsp_error *err)
{
	const char *json = admin->config.capabilities != NULL ? admin->config.capabilities : "{}";
	tsp_builder *b = tsp_builder_new();
	tsp_value value;
	int rc;

	if (b == NULL)
		return tsp_fail(err, TSP_ENOMEM, "no memory");
	rc = tsp_value_from_json(json, strlen(json), b, err);
	if (rc == 0)
		rc = tsp_builder_value(b, &value);
	if (rc == 0 && tsp_value_kind(value) != TSP_KIND_MAP)
		rc = tsp_fail(err, TSP_EUSAGE, "cannot read capabilities: not a JSON object");
	if (rc == 0 && bounds_check_all(value, err) < 0)
		rc = tsp_wrap(err, TSP_EUSAGE, "cannot use the capabilities");
	if (rc == 0)
		rc = builder_take(b, &admin->capabilities, &admin->capabilities_size);
	tsp_builder_free(b);
	if (rc < 0)
		return rc;
	rc = put_common(admin);
	if (rc < 0)
		return tsp_fail(err, rc == TSP_ETOOBIG ? TSP_EUSAGE : rc,
			"cannot use the capabilities: %s",
			rc == TSP_ETOOBIG ? too_big : tsp_error_sentence(rc));
	settings_read(admin);
	return 0;
}

/* Actors whose class no longer fits are asked to exit; their parents hear of it as of any exit. What
 * their creators required, and what a class checks itself, their stages look after. */
static void end_unfit(struct admin *admin)
{
	tsp_value capabilities = { admin->capabilities, admin->capabilities_size };
	const struct actor *actor;
	tsp_text missing;
	size_t at = 0;

	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL) {
		if (actor->class != NULL && actor->host != NULL &&
			!fit_class(capabilities, actor->class->requires, &missing))
			exit_request_send(admin, actor->number, admin->address);
	}
}

/* What waited for a bound that is wider now goes on. */
static void use_bounds(struct admin *admin)
{
	struct actor *actor;
	size_t at = 0;

	mailboxes_resume(admin);
	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL)
		actor_ready(admin, actor);
	for (struct list *h = admin->hosts.next; h != &admin->hosts; h = h->next)
		host_drain(admin, list_item(h, struct host, link));
}

void request_capability(struct admin *admin, const struct request *request)
{
	tsp_value value = tsp_value_get(request->value, "value");
	tsp_text name = { NULL, 0 };
	tsp_error err = { 0 };
	struct bounds bounds;
	tsp_value old;
	char *key;
	int rc;

	(void)tsp_value_text(tsp_value_get(request->value, "name"), &name);
	if (name.size == 0 || is_in(read_only, name) || is_in(start_only, name)) {
		request_failed(
			admin, request, TSP_EPERM, "the capability is read-only, or has no name");
		return;
	}
	if (bounds_check(name, value, &err) < 0) {
		request_failed(admin, request, TSP_EVALUE, err.text);
		return;
	}
	key = tsp_text_copy(name);
	old = key != NULL ? admin_capability(admin, key) : (tsp_value){ NULL, 0 };
	free(key);
	if (!tsp_value_equal(old, value) &&
		!(old.data == NULL && tsp_value_kind(value) == TSP_KIND_NULL)) {
		rc = rebuild(admin, name, value);
		if (rc < 0) {
			request_failed(admin, request, rc,
				rc == TSP_ETOOBIG ? too_big :
						    "the capabilities could not be changed");
			return;
		}
		bounds = admin->bounds;
		settings_read(admin);
		if (memcmp(&bounds, &admin->bounds, sizeof(bounds)) != 0)
			use_bounds(admin);
		for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next)
			host_tell(admin, list_item(at, struct host, link), NOTICE_CAPABILITIES,
				"capabilities",
				(tsp_value){ admin->capabilities, admin->capabilities_size });
		end_unfit(admin);
		convention_changed(admin);
	}
	notice_send(admin, request->from, admin->address, NOTICE_UPDATED, "{}");
}
