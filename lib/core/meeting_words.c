/* SPDX-License-Identifier: MIT */
/* How a leader introduces two of its members: who is asked for agrees first, so that it expects who comes. */
#include "config.h"
#include "core/meeting.h"

#include <stdlib.h>
#include <string.h>
#include "core/convention.h"

void meeting_ask(struct admin *admin, const struct member *member)
{
	const struct member *leader = convention_leader(admin);

	if (leader != NULL)
		word_send(admin, leader->system, WORD_WHO, "{s:u}", "system", member->system);
}

static uint64_t system_of(const struct word *word)
{
	uint64_t system = 0;

	(void)tsp_value_uint(tsp_value_get(word->value, "system"), &system);
	return system;
}

static bool is_from_leader(const struct word *word)
{
	return word->member->leads || word->member->rank >= 0;
}

/* The one of ours that is meant; NULL: it is none, or the one who asks. */
static const struct member *member_meant(const struct admin *admin, const struct word *word)
{
	const struct member *member = member_by_system(admin, system_of(word));

	return member != NULL && member->registered && word->member->registered &&
			member != word->member ?
		member :
		NULL;
}

static void say_who(struct admin *admin, uint64_t to, enum system_word word, const struct member *who)
{
	word_send(admin, to, word, "{s:u,s:b,s:B,s:s}", "system", who->system, "known", 1, "key",
		who->key, (size_t)SYSTEM_KEY, "address", who->address != NULL ? who->address : "");
}

void meeting_hear_who(struct admin *admin, const struct word *word)
{
	const struct member *meant = member_meant(admin, word);

	if (meant != NULL)
		say_who(admin, meant->system, WORD_COMES, word->member);
	else
		word_send(admin, word->system, WORD_WHO_IS, "{s:u,s:b}", "system", system_of(word),
			"known", 0);
}

void meeting_hear_agrees(struct admin *admin, const struct word *word)
{
	const struct member *asker = member_meant(admin, word);

	if (asker != NULL)
		say_who(admin, asker->system, WORD_WHO_IS, word->member);
}

/* ---- What the two make of it ---- */

static bool read_key(const struct word *word, uint8_t key[SYSTEM_KEY])
{
	tsp_text bytes = { NULL, 0 };

	if (!tsp_value_bytes(tsp_value_get(word->value, "key"), &bytes) || bytes.size != SYSTEM_KEY)
		return false;
	memcpy(key, bytes.data, SYSTEM_KEY);
	return true;
}

/* The system of that key has come to life under that id. */
static struct member *known_as(struct admin *admin, struct member *member, uint64_t system)
{
	struct member *unknown;

	if (member->system != 0 && (member->registered || member->line != NULL))
		return NULL; /* we know better than a leader: its line will tell */
	member_gone(admin, member, "it has restarted");
	unknown = member_by_system(admin, system);
	if (table_put(&admin->members_by_system, system, member) < 0)
		return NULL;
	member->system = system;
	member->sent_number = 0;
	member->received = 0;
	member->unmet = true;
	member->heard = admin->now;
	if (unknown != NULL)
		meeting_merge(admin, member, unknown);
	return member;
}

/* Who was introduced; NULL: it cannot be. A leader that names another key for whom we know is not believed. */
static struct member *introduce(struct admin *admin, uint64_t system, const uint8_t key[SYSTEM_KEY])
{
	struct member *by_id = member_by_system(admin, system);
	struct member *by_key = member_of_key(admin, key);

	if (system == 0 || system == admin->config.system || (by_id != NULL && by_id->keyed))
		return by_id != NULL && by_id == by_key ? by_id : NULL;
	if (by_key != NULL)
		return known_as(admin, by_key, system);
	if (by_id != NULL)
		return member_set_key(admin, by_id, key) == 0 ? by_id : NULL;
	by_key = member_new(admin);
	if (by_key == NULL || member_set_key(admin, by_key, key) < 0) {
		if (by_key != NULL)
			member_free(admin, by_key);
		return NULL;
	}
	return known_as(admin, by_key, system);
}

static bool is_address(tsp_text text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	return text.size > 0 && text.size <= 255;
}

static struct member *read_introduced(struct admin *admin, const struct word *word)
{
	uint8_t key[SYSTEM_KEY];
	tsp_text address = { NULL, 0 };
	struct member *member =
		read_key(word, key) ? introduce(admin, system_of(word), key) : NULL;

	if (member == NULL)
		return NULL;
	member->introduced = true;
	(void)tsp_value_text(tsp_value_get(word->value, "address"), &address);
	if (member->line == NULL) {
		free(member->address);
		member->address = is_address(address) ? tsp_text_copy(address) : NULL;
	}
	return member;
}

void meeting_hear_comes(struct admin *admin, const struct word *word)
{
	struct member *member = is_from_leader(word) ? read_introduced(admin, word) : NULL;

	if (member == NULL)
		return;
	word_send(admin, word->system, WORD_AGREES, "{s:u}", "system", member->system);
	/* it cannot dial us: we dial it */
	if (admin->config.advertise == NULL && member->address != NULL && member->line == NULL &&
		!member->registered && member->meeting <= MEETING_ASKS)
		meeting_go(admin, member);
}

void meeting_hear_who_is(struct admin *admin, const struct word *word)
{
	struct member *member = member_by_system(admin, system_of(word));
	bool known = false;

	if (!is_from_leader(word) || member == NULL || member->meeting != MEETING_ASKS)
		return;
	(void)tsp_value_bool(tsp_value_get(word->value, "known"), &known);
	if (known)
		member = read_introduced(admin, word);
	else if (!member->keyed)
		member_gone(admin, member, "no member of the convention is it");
	if (known && member != NULL)
		meeting_go(admin, member);
}

/* ---- Who is none of us any more ---- */

void meeting_tell_expelled(struct admin *admin, const uint8_t key[SYSTEM_KEY])
{
	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		const struct member *member = list_item(at, struct member, link);

		if (member->registered && !member->leads)
			word_send(admin, member->system, WORD_EXPELLED, "{s:B}", "key", key,
				(size_t)SYSTEM_KEY);
	}
}

void meeting_hear_expelled(struct admin *admin, const struct word *word)
{
	uint8_t key[SYSTEM_KEY];
	struct member *member =
		is_from_leader(word) && read_key(word, key) ? member_of_key(admin, key) : NULL;

	if (member == NULL || member->registered || !member->introduced)
		return;
	member->introduced = false;
	member_gone(admin, member, "its key was expelled");
}
