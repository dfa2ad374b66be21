/* SPDX-License-Identifier: MIT */
/*
 * Sources that go from system to system (spec part 5.6): who creates elsewhere is asked there for the signed
 * package, which the other system's own authority judges. Many creations wait for one fetch.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "core/loads.h"
#include "core/member.h"
#include "core/placement.h"

#define FETCH_MS      60000
#define FETCHES_LIMIT 1000

/* A package that was asked for and has not come yet. */
struct fetch {
	struct list link; /* admin->fetches */
	char hash[HASH_TEXT];
	uint64_t system; /* who has it */
	clock_ns until;
};

static struct fetch *find(const struct admin *admin, const char *hash)
{
	for (struct list *at = admin->fetches.next; at != &admin->fetches; at = at->next)
		if (strcmp(list_item(at, struct fetch, link)->hash, hash) == 0)
			return list_item(at, struct fetch, link);
	return NULL;
}

static void fetch_end(struct admin *admin, struct fetch *fetch, const char *reason)
{
	char hash[HASH_TEXT];

	memcpy(hash, fetch->hash, sizeof(hash));
	list_remove(&fetch->link);
	free(fetch);
	admin->fetch_count--;
	if (reason != NULL)
		load_lacking(admin, hash, reason);
}

void packages_clear(struct admin *admin)
{
	while (!list_empty(&admin->fetches))
		fetch_end(admin, list_item(admin->fetches.next, struct fetch, link), NULL);
}

/* The capability AllowRemoteActorSources: yes, where nothing is said; no; or from a leader only. */
static const char *forbidden(const struct admin *admin, const struct member *member)
{
	tsp_value value = admin_capability(admin, "AllowRemoteActorSources");
	tsp_text text = { NULL, 0 };
	bool leader_only;

	if (value.data == NULL)
		return NULL;
	(void)tsp_value_text(value, &text);
	if (text.size == 3 && (text.data[0] | 32) == 'y' && (text.data[1] | 32) == 'e' &&
		(text.data[2] | 32) == 's')
		return NULL;
	leader_only = tsp_text_is(text, "LeaderOnly");
	if (leader_only && member->leads)
		return NULL;
	return leader_only ? "AllowRemoteActorSources takes sources from the leader only" :
			     "AllowRemoteActorSources does not take sources from other systems";
}

const char *package_fetch(struct admin *admin, const struct creation *creation)
{
	const struct abroad *abroad = creation->actor->abroad;
	const char *why = forbidden(admin, abroad->member);
	struct fetch *fetch;

	if (why != NULL)
		return why;
	if (strlen(creation->hash) != HASH_TEXT - 1)
		return "no loaded source has that hash";
	if (find(admin, creation->hash) != NULL)
		return NULL;
	if (admin->authority == 0 && !admin->authority_order.wanted)
		return "there is no source authority in this system";
	fetch = admin->fetch_count < FETCHES_LIMIT ? calloc(1, sizeof(*fetch)) : NULL;
	if (fetch == NULL)
		return "too many sources are being fetched already";
	memcpy(fetch->hash, creation->hash, sizeof(fetch->hash));
	fetch->system = abroad->birth.system;
	fetch->until = clock_after(admin->now, FETCH_MS);
	list_append(&admin->fetches, &fetch->link);
	admin->fetch_count++;
	admin->tick_at = 0;
	word_send(admin, fetch->system, WORD_FETCH, "{s:s}", "sourceHash", fetch->hash);
	return NULL;
}

bool package_is_fetched(const struct admin *admin, const char *hash)
{
	return find(admin, hash) != NULL;
}

void package_keep(struct module *module, const struct load *load)
{
	free(module->package);
	module->package = malloc(load->size);
	module->package_size = module->package != NULL ? load->size : 0;
	if (module->package != NULL)
		memcpy(module->package, load->bytes, load->size);
}

void placement_hear_fetch(struct admin *admin, const struct word *word)
{
	tsp_text hash = { NULL, 0 };
	const struct module *module;

	(void)tsp_value_text(tsp_value_get(word->value, "sourceHash"), &hash);
	if (hash.size != HASH_TEXT - 1)
		return;
	module = module_find_source(admin, hash);
	if (module == NULL || !module->loaded || module->package == NULL) {
		word_send(admin, word->system, WORD_LACKING, "{s:t,s:s}", "sourceHash", hash, "reason",
			module == NULL || !module->loaded ?
				"the system of its birth has no such source loaded any more" :
				"the system of its birth has not kept the package");
	} else {
		gift_note(admin, module->hash, word->system);
		word_send(admin, word->system, WORD_PACKAGE, "{s:t,s:B,s:s}", "sourceHash", hash,
			"data", module->package, module->package_size, "info",
			module->info != NULL ? module->info : "");
	}
}

static struct fetch *answered(struct admin *admin, const struct word *word)
{
	tsp_text hash = { NULL, 0 };

	(void)tsp_value_text(tsp_value_get(word->value, "sourceHash"), &hash);
	for (struct list *at = admin->fetches.next; at != &admin->fetches; at = at->next) {
		struct fetch *fetch = list_item(at, struct fetch, link);

		if (fetch->system == word->system && tsp_text_is(hash, fetch->hash))
			return fetch;
	}
	return NULL;
}

void placement_hear_package(struct admin *admin, const struct word *word)
{
	struct fetch *fetch = answered(admin, word);
	tsp_text bytes = { NULL, 0 };
	tsp_text info = { "", 0 };
	char hash[HASH_TEXT];

	if (fetch == NULL || !tsp_value_bytes(tsp_value_get(word->value, "data"), &bytes))
		return;
	(void)tsp_value_text(tsp_value_get(word->value, "info"), &info);
	load_hash(admin, bytes, hash);
	if (strcmp(hash, fetch->hash) != 0) {
		fetch_end(admin, fetch, "another source came than was asked for");
		return;
	}
	fetch_end(admin, fetch, NULL);
	load_package(admin, (tsp_address){ word->system, 0 }, bytes, info);
}

void placement_hear_lacking(struct admin *admin, const struct word *word)
{
	struct fetch *fetch = answered(admin, word);
	tsp_text reason = { NULL, 0 };
	char *text;

	if (fetch == NULL)
		return;
	(void)tsp_value_text(tsp_value_get(word->value, "reason"), &reason);
	text = tsp_text_copy(reason);
	fetch_end(admin, fetch, text != NULL ? text : "it has no such source");
	free(text);
}

clock_ns packages_tick(struct admin *admin)
{
	clock_ns next_time = CLOCK_NEVER;
	struct list *next;

	for (struct list *at = admin->fetches.next; at != &admin->fetches; at = next) {
		struct fetch *fetch = list_item(at, struct fetch, link);

		next = at->next;
		if (member_towards(admin, fetch->system) == NULL)
			fetch_end(admin, fetch, "the system that has the source has gone");
		else if (fetch->until <= admin->now)
			fetch_end(admin, fetch, "the source did not come in time");
		else if (fetch->until < next_time)
			next_time = fetch->until;
	}
	return next_time;
}
