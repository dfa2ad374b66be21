/* SPDX-License-Identifier: MIT */
/* The side of the birth: a place is looked for on other systems, and news from there are heard. */
#include "config.h"
#include "core/placement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/actors.h"
#include "core/convention.h"
#include "core/fit.h"
#include "core/hosts.h"
#include "core/modules.h"
#include "core/parcel.h"
#include "core/put.h"

#define TRIED_LIMIT 64
#define WHY_SIZE    600

/* Who could not take an actor, and why: what is said in the end names what was missing where. */
struct tried {
	size_t count;
	uint64_t systems[TRIED_LIMIT];
	int code; /* of the first refusal: ours */
	char why[WHY_SIZE];
};

static bool is_tried(const struct tried *tried, uint64_t system)
{
	for (size_t i = 0; tried != NULL && i < tried->count; i++)
		if (tried->systems[i] == system)
			return true;
	return false;
}

static void note_refusal(
	struct tried *tried, uint64_t system, int code, const char *reason, const char *detail)
{
	size_t at = strlen(tried->why);

	if (tried->count < TRIED_LIMIT)
		tried->systems[tried->count++] = system;
	if (tried->code == 0)
		tried->code = code;
	snprintf(tried->why + at, sizeof(tried->why) - at, "%s%016llx: %s%s%s", at > 0 ? "; " : "",
		(unsigned long long)system, reason, detail[0] != '\0' ? ": " : "", detail);
	text_mend(tried->why);
}

void placement_forget(struct actor *actor)
{
	struct abroad *abroad = actor->abroad;

	if (abroad == NULL)
		return;
	list_remove(&abroad->link);
	free(abroad->class_name);
	free(abroad->tried);
	free(abroad);
	actor->abroad = NULL;
}

struct abroad *abroad_new(struct actor *actor)
{
	struct abroad *abroad = calloc(1, sizeof(*abroad));

	if (abroad == NULL)
		return NULL;
	abroad->actor = actor;
	list_init(&abroad->link);
	actor->abroad = abroad;
	return abroad;
}

/* A class with a check is asked there, as far as we know that it has one. */
static bool fits(const struct member *member, const struct actor *actor, tsp_text *ret_missing)
{
	const struct creation *creation = actor->creation;

	return actor->abroad->checks ||
		fit_requirements(
			(tsp_value){ member->capabilities, member->capabilities_size },
			(tsp_value){ creation->requirements, creation->requirements_size },
			ret_missing);
}

/* The one with the fewest actors of those that meet what the creator requires. Who leads us comes last: it
 * knows of others, and asks them where it has no place itself. */
static struct member *choose(const struct admin *admin, const struct actor *actor)
{
	const struct abroad *abroad = actor->abroad;
	struct member *best = NULL;
	tsp_text missing;

	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (!member->registered || is_tried(abroad->tried, member->system) ||
			(abroad->here &&
				(member->leads || member->system == abroad->birth.system)))
			continue;
		if (member->leads ? best == NULL :
				    fits(member, actor, &missing) &&
					    (best == NULL || best->leads ||
						    member->actors < best->actors))
			best = member;
	}
	return best;
}

/* Elsewhere a source is asked for by all of its hash. */
static const char *full_hash(const struct admin *admin, const struct creation *creation)
{
	const struct module *module = module_find_source(admin, tsp_text_of(creation->hash));

	return module != NULL && module->loaded ? module->hash : creation->hash;
}

static void put_order(tsp_builder *b, const struct admin *admin, const struct actor *actor)
{
	const struct creation *creation = actor->creation;
	const struct abroad *abroad = actor->abroad;

	tsp_builder_reset(b);
	tsp_begin_typed(b, system_word_name(WORD_PLACE));
	tsp_begin_map(b);
	tsp_put_key(b, "child");
	tsp_put_address(b, actor_address(admin, actor));
	tsp_put_key(b, "parent");
	tsp_put_address(b, abroad->here ? abroad->parent : address_of(admin, actor->parent));
	put_member(b, "class", creation->class_name);
	if (creation->module_name != NULL)
		put_member(b, "module", creation->module_name);
	else
		put_member(b, "source", full_hash(admin, creation));
	if (actor->role != NULL)
		put_member(b, "role", actor->role);
	tsp_put_key(b, "host");
	tsp_put_int(b, creation->host);
	creation_put(b, creation);
	tsp_put_key(b, "tried");
	tsp_begin_list(b);
	for (size_t i = 0; i < abroad->tried->count; i++)
		tsp_put_uint(b, abroad->tried->systems[i]);
	tsp_end(b);
	tsp_end(b);
	tsp_end(b);
}

/* It waits for no module here any more. */
static void leave_module(struct admin *admin, struct actor *actor)
{
	struct module *module = actor->module;

	list_remove(&actor->creation->link);
	actor->class = NULL;
	actor->module = NULL;
	if (module == NULL)
		return;
	module->actors--;
	module_settle(admin, module);
}

/* An actor of another system that we, who lead, have no place for: that system hears where there may be one, and
 * sees to it itself. */
static void pass_on(struct admin *admin, struct actor *actor, const struct member *member)
{
	word_send(admin, actor->abroad->birth.system, WORD_PLACE_AT, "{s:a,s:u}", "child",
		actor->abroad->birth, "system", member->system);
}

static bool may_go(const struct admin *admin, const struct actor *actor, int code)
{
	return admin->convention != NULL && actor->creation != NULL &&
		!actor->creation->nowhere && !admin->in_shutdown &&
		admin->authority_order.actor != actor && admin->director_order.actor != actor &&
		(code == TSP_ECLASS || code == TSP_ECAPABILITY || code == TSP_ESOURCE ||
			code == TSP_EEXIST);
}

static void entrust(struct admin *admin, struct actor *actor, struct member *member)
{
	struct abroad *abroad = actor->abroad;

	abroad->member = member;
	abroad->system = member->system;
	list_remove(&abroad->link);
	list_append(&member->emigrants, &abroad->link);
	put_order(admin->builder, admin, actor);
	word_put(admin, member->system);
}

/* Asks the next one. False: there is none. */
static bool ask_next(struct admin *admin, struct actor *actor)
{
	struct abroad *abroad = actor->abroad;
	struct member *member = choose(admin, actor);

	if (member == NULL || abroad->tried->count >= TRIED_LIMIT)
		return false;
	member->actors++;
	if (abroad->here) {
		pass_on(admin, actor, member);
		actor->leaving = true;
		actor_forget(admin, actor);
		return true;
	}
	entrust(admin, actor, member);
	return true;
}

/* What those lack that were not even asked. */
static void note_misfits(const struct admin *admin, const struct actor *actor)
{
	struct tried *tried = actor->abroad->tried;

	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		const struct member *member = list_item(at, struct member, link);
		tsp_text missing = { NULL, 0 };
		char reason[200];

		if (!member->registered || is_tried(tried, member->system) ||
			fits(member, actor, &missing))
			continue;
		snprintf(reason, sizeof(reason), "capability '%.*s' is missing or differs there",
			(int)(missing.size < 120 ? missing.size : 120), missing.data);
		note_refusal(tried, member->system, TSP_ECAPABILITY, reason, "");
	}
}

static void give_up(struct admin *admin, struct actor *actor)
{
	struct tried *tried = actor->abroad->tried;
	char why[WHY_SIZE];
	int code;

	note_misfits(admin, actor);
	code = tried->code;
	memcpy(why, tried->why, sizeof(why));
	actor->creation->nowhere = true;
	if (!actor->abroad->here)
		placement_forget(actor);
	actor_failed(admin, actor, code, "no system of the convention has a place for it", why);
}

/* Whether there is somebody whom only we could ask. */
static bool knows_others(const struct admin *admin, uint64_t but)
{
	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		const struct member *member = list_item(at, struct member, link);

		if (member->registered && !member->leads && member->system != but)
			return true;
	}
	return false;
}

bool placement_elsewhere(
	struct admin *admin, struct actor *actor, int code, const char *reason, const char *detail)
{
	struct abroad *abroad = actor->abroad;
	const struct class_entry *class;

	if (!may_go(admin, actor, code) || (abroad == NULL && admin->members_by_system.count == 0))
		return false;
	if (abroad == NULL)
		abroad = abroad_new(actor);
	if (abroad == NULL)
		return false;
	if (abroad->tried == NULL)
		abroad->tried = calloc(1, sizeof(*abroad->tried));
	if (abroad->tried == NULL)
		return false;
	note_refusal(abroad->tried, admin->config.system, code, reason, detail);
	class = actor->module != NULL ?
		module_class_entry(actor->module, actor->creation->class_name) :
		NULL;
	abroad->checks = class != NULL && class->checks;
	if (actor->host != NULL)
		host_take_back(admin, actor);
	leave_module(admin, actor);
	if (ask_next(admin, actor))
		return true;
	if (abroad->here && !knows_others(admin, abroad->birth.system))
		return false; /* only our own word counts */
	give_up(admin, actor);
	return true;
}

void placement_read_tried(struct actor *actor, tsp_value systems)
{
	struct tried *tried = calloc(1, sizeof(*tried));
	tsp_walk at = { 0 };
	tsp_value item;

	actor->abroad->tried = tried;
	while (tried != NULL && tried->count < TRIED_LIMIT &&
		tsp_value_next(systems, &at, NULL, &item))
		if (tsp_value_uint(item, &tried->systems[tried->count]))
			tried->count++;
}

/* ---- News from where it was to live ---- */

/* The actor of ours that a word is about, if it comes from whom it was entrusted to. */
static struct actor *emigrant(struct admin *admin, const struct word *word)
{
	tsp_address child = TSP_NOBODY;
	struct actor *actor;

	(void)tsp_value_address(tsp_value_get(word->value, "child"), &child);
	actor = child.system == admin->config.system ? actor_find(admin, child) : NULL;
	if (actor == NULL || actor->abroad == NULL || actor->abroad->here ||
		actor->abroad->member != word->member)
		return NULL;
	return actor;
}

static void read_text(tsp_value map, const char *key, char *out, size_t size)
{
	tsp_text text = { NULL, 0 };

	(void)tsp_value_text(tsp_value_get(map, key), &text);
	snprintf(out, size, "%.*s", (int)(text.size < size ? text.size : size - 1),
		text.data != NULL ? text.data : "");
	text_mend(out);
}

void placement_hear_placed(struct admin *admin, const struct word *word)
{
	struct actor *actor = emigrant(admin, word);
	tsp_address child = TSP_NOBODY;

	(void)tsp_value_address(tsp_value_get(word->value, "child"), &child);
	if (child.system == admin->config.system && actor_find(admin, child) == NULL)
		word_send_by(admin, word->member, word->system, WORD_END_PLACED, "{s:a,s:i}", "child",
			child, "grace_ms", 5000); /* it was given up meanwhile */
	if (actor == NULL || actor->state != ACTOR_WAITING)
		return;
	actor->abroad->system = word->system;
	actor->abroad->class_name = strdup(actor->creation->class_name);
	free(actor->abroad->tried);
	actor->abroad->tried = NULL;
	actor->state = ACTOR_STARTING;
	actor_started(admin, actor);
	actor_ready(admin, actor);
}

void placement_hear_place_at(struct admin *admin, const struct word *word)
{
	struct actor *actor = emigrant(admin, word);
	struct member *member = NULL;
	uint64_t system = 0;

	if (actor == NULL || actor->state != ACTOR_WAITING || !word->member->leads)
		return;
	(void)tsp_value_uint(tsp_value_get(word->value, "system"), &system);
	if (system != word->system && !is_tried(actor->abroad->tried, system))
		member = member_towards(admin, system);
	if (member != NULL) {
		entrust(admin, actor, member);
		return;
	}
	note_refusal(actor->abroad->tried, word->system, TSP_ESTART, "it names no place", "");
	if (!ask_next(admin, actor))
		give_up(admin, actor);
}

void placement_hear_failed(struct admin *admin, const struct word *word)
{
	struct actor *actor = emigrant(admin, word);
	int64_t code = TSP_ESTART;
	char reason[300];
	char detail[300];

	if (actor == NULL || actor->state != ACTOR_WAITING ||
		is_tried(actor->abroad->tried, word->system))
		return;
	(void)tsp_value_int(tsp_value_get(word->value, "code"), &code);
	read_text(word->value, "reason", reason, sizeof(reason));
	read_text(word->value, "detail", detail, sizeof(detail));
	if (!may_go(admin, actor, (int)code)) { /* it has begun to live there, and failed */
		actor->creation->nowhere = true;
		placement_forget(actor);
		actor_failed(admin, actor, (int)code, reason, detail);
		return;
	}
	note_refusal(actor->abroad->tried, word->system, (int)code, reason, detail);
	if (!ask_next(admin, actor))
		give_up(admin, actor);
}

void placement_hear_ended(struct admin *admin, const struct word *word)
{
	struct actor *actor = emigrant(admin, word);
	int64_t status = -1;
	char reason[64];
	char detail[300];

	if (actor == NULL)
		return;
	(void)tsp_value_int(tsp_value_get(word->value, "status"), &status);
	read_text(word->value, "reason", reason, sizeof(reason));
	read_text(word->value, "detail", detail, sizeof(detail));
	actor_ended(admin, actor, reason, detail, status >= 0 && status <= 0xffff ? (int)status : -1);
}

void placement_end(struct admin *admin, const struct actor *actor, int64_t grace_ms)
{
	word_send_by(admin, actor->abroad->member, actor->abroad->system, WORD_END_PLACED, "{s:a,s:I}",
		"child", actor_address(admin, actor), "grace_ms", grace_ms);
}

/* What lived there is lost; what was to live there looks for another place. */
void placement_lose_emigrants(struct admin *admin, struct member *member, const char *reason)
{
	while (!list_empty(&member->emigrants)) {
		struct abroad *abroad = list_item(member->emigrants.next, struct abroad, link);
		struct actor *actor = abroad->actor;

		list_remove(&abroad->link);
		if (actor->state != ACTOR_WAITING) {
			actor_ended(admin, actor, "lost", reason, -1);
			continue;
		}
		note_refusal(abroad->tried, abroad->system, TSP_ESTART, reason, "");
		if (!ask_next(admin, actor))
			give_up(admin, actor);
	}
}
