/* SPDX-License-Identifier: MIT */
/*
 * Packages that were handed to other systems: an unload here ends what they have of it, unless their own operators
 * loaded it, too. It goes to those who fetched it and to nobody else, so that nothing goes round; who is not there is
 * told when it registers again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "core/loads.h"
#include "core/member.h"
#include "core/placement.h"

#define GIFTS_LIMIT 10000 /* the oldest is forgotten: what it was stays loaded there */

struct gift {
	struct list link; /* admin->gifts, oldest first */
	char hash[HASH_TEXT];
	uint64_t system;
	bool withdrawn; /* it was unloaded here, and that system was told, as far as it is known */
};

static void gift_free(struct admin *admin, struct gift *gift)
{
	list_remove(&gift->link);
	admin->gift_count--;
	free(gift);
}

static struct gift *find(const struct admin *admin, const char *hash, uint64_t system)
{
	for (struct list *at = admin->gifts.next; at != &admin->gifts; at = at->next) {
		struct gift *gift = list_item(at, struct gift, link);

		if (gift->system == system && strcmp(gift->hash, hash) == 0)
			return gift;
	}
	return NULL;
}

void gift_note(struct admin *admin, const char *hash, uint64_t system)
{
	struct gift *gift = find(admin, hash, system);

	if (gift != NULL) {
		gift->withdrawn = false;
		return;
	}
	if (admin->gift_count >= GIFTS_LIMIT)
		gift_free(admin, list_item(admin->gifts.next, struct gift, link));
	gift = calloc(1, sizeof(*gift));
	if (gift == NULL)
		return; /* as if it were forgotten */
	memcpy(gift->hash, hash, sizeof(gift->hash));
	gift->system = system;
	list_append(&admin->gifts, &gift->link);
	admin->gift_count++;
}

static void tell(struct admin *admin, struct gift *gift)
{
	word_send(admin, gift->system, WORD_UNLOADED, "{s:s}", "sourceHash", gift->hash);
}

void gifts_withdraw(struct admin *admin, const char *hash)
{
	for (struct list *at = admin->gifts.next; at != &admin->gifts; at = at->next) {
		struct gift *gift = list_item(at, struct gift, link);

		if (strcmp(gift->hash, hash) != 0 || gift->withdrawn)
			continue;
		gift->withdrawn = true;
		tell(admin, gift);
	}
}

void gifts_remind(struct admin *admin, uint64_t system)
{
	struct list *next;

	for (struct list *at = admin->gifts.next; at != &admin->gifts; at = next) {
		struct gift *gift = list_item(at, struct gift, link);

		next = at->next;
		if (gift->system != system || !gift->withdrawn)
			continue;
		tell(admin, gift);
		gift_free(admin, gift);
	}
}

void gifts_clear(struct admin *admin)
{
	while (!list_empty(&admin->gifts))
		gift_free(admin, list_item(admin->gifts.next, struct gift, link));
}

void placement_hear_unloaded(struct admin *admin, const struct word *word)
{
	tsp_text hash = { NULL, 0 };
	struct module *module;

	(void)tsp_value_text(tsp_value_get(word->value, "sourceHash"), &hash);
	module = hash.size == HASH_TEXT - 1 ? module_find_source(admin, hash) : NULL;
	if (module != NULL && module->loaded && module->fetched_from == word->system)
		module_unload(admin, module);
}
