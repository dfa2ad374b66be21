/* SPDX-License-Identifier: MIT */
/*
 * What a leader knows of actors that it found a place for: born with one member, living with another. It passes
 * on what is sent to them and by them, and tells either side when the other one has gone.
 */
#include "config.h"
#include "core/placement.h"

#include <stdlib.h>
#include "wire/value.h"

#define PASSED_LIMIT 1000000

struct passed {
	tsp_address birth;
	struct member *by;     /* who sent it, and hears of it; NULL: it has gone, and the actor is to end */
	struct member *member; /* where it lives */
};

void placement_note(
	struct admin *admin, tsp_address address, struct member *by, struct member *member)
{
	uint64_t key = address_key(admin->config.system, address);
	struct passed *passed = table_get(&admin->passed_on, key);

	if (passed == NULL && admin->passed_on.count < PASSED_LIMIT) {
		passed = malloc(sizeof(*passed));
		if (passed != NULL && table_put(&admin->passed_on, key, passed) < 0) {
			free(passed);
			passed = NULL;
		}
	}
	if (passed == NULL)
		return;
	passed->birth = address;
	passed->by = by;
	passed->member = member;
}

static struct passed *find(const struct admin *admin, tsp_address address)
{
	if (admin->passed_on.count == 0)
		return NULL;
	return table_get(&admin->passed_on, address_key(admin->config.system, address));
}

struct member *placement_of(const struct admin *admin, tsp_address address)
{
	const struct passed *passed = find(admin, address);

	return passed != NULL ? passed->member : NULL;
}

static void forget(struct admin *admin, tsp_address address)
{
	free(table_take(&admin->passed_on, address_key(admin->config.system, address)));
}

bool placement_overhear(struct admin *admin, const struct member *from, const struct frame *frame,
	struct member **ret_member)
{
	const struct passed *passed;
	tsp_address child;
	tsp_text type;
	tsp_value value;
	bool ends;

	if (admin->passed_on.count == 0 || !(frame->flags & FRAME_SYSTEM) || frame->to.number != 0 ||
		value_split((tsp_value){ frame->body, frame->body_size }, &type, &value) < 0)
		return false;
	ends = tsp_text_is(type, system_word_name(WORD_PLACED_ENDED)) ||
		tsp_text_is(type, system_word_name(WORD_PLACE_FAILED));
	if (!ends && !tsp_text_is(type, system_word_name(WORD_PLACED)))
		return false;
	passed = tsp_value_address(tsp_value_get(value, "child"), &child) ? find(admin, child) : NULL;
	if (passed == NULL || passed->member != from)
		return false;
	*ret_member = passed->by;
	if (ends)
		forget(admin, child);
	return true;
}

void passed_on_gone(
	struct admin *admin, const struct member *member, uint64_t system, const char *reason)
{
	struct passed *passed;
	size_t at = 0;

	while ((passed = table_next(&admin->passed_on, &at, NULL)) != NULL) {
		if (passed->member == member) {
			word_send_by(admin, passed->by, passed->birth.system, WORD_PLACED_ENDED,
				"{s:a,s:s,s:s,s:i}", "child", passed->birth, "reason", "lost",
				"detail", reason, "status", -1);
			forget(admin, passed->birth);
		} else if (passed->by == member ||
			(passed->by != NULL && passed->birth.system == system)) {
			passed->by = NULL; /* until it has ended it may say something yet */
			word_send_by(admin, passed->member, passed->member->system, WORD_END_PLACED,
				"{s:a,s:i}", "child", passed->birth, "grace_ms", 5000);
		}
	}
}

void passed_on_clear(struct admin *admin)
{
	struct passed *passed;
	size_t at = 0;

	while ((passed = table_next(&admin->passed_on, &at, NULL)) != NULL)
		free(passed);
	table_clear(&admin->passed_on);
}
