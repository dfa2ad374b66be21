/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/prospects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "core/meeting.h"

#define PROSPECTS_LIMIT 256
#define ADDRESS_LIMIT	255
/* Waits between dials grow from the first to the last (spec part 4.6), never all at the same time. */
#define DELAY_FIRST (CLOCK_SECOND / 4)
#define DELAY_LAST  (45 * CLOCK_SECOND)

static struct prospect *find_address(const struct admin *admin, tsp_text address)
{
	struct list *all = &admin->convention->prospects;

	for (struct list *at = all->next; at != all; at = at->next) {
		struct prospect *prospect = list_item(at, struct prospect, link);

		if (tsp_text_is(address, prospect->address))
			return prospect;
	}
	return NULL;
}

static struct prospect *find_dial(const struct admin *admin, uint64_t dial)
{
	struct list *all = &admin->convention->prospects;

	for (struct list *at = all->next; dial != 0 && at != all; at = at->next) {
		struct prospect *prospect = list_item(at, struct prospect, link);

		if (prospect->dial == dial)
			return prospect;
	}
	return NULL;
}

const struct prospect *prospect_of_dial(const struct admin *admin, uint64_t dial)
{
	return find_dial(admin, dial);
}

static struct prospect *find_member(const struct admin *admin, const struct member *member)
{
	struct list *all = &admin->convention->prospects;

	for (struct list *at = all->next; at != all; at = at->next) {
		struct prospect *prospect = list_item(at, struct prospect, link);

		if (prospect->member == member)
			return prospect;
	}
	return NULL;
}

static const char *address_fault(tsp_text address)
{
	if (address.size == 0)
		return "it is empty";
	if (address.size > ADDRESS_LIMIT)
		return "it is longer than 255 bytes";
	for (size_t i = 0; i < address.size; i++)
		if ((unsigned char)address.data[i] <= ' ' || (unsigned char)address.data[i] > '~')
			return "it has a blank or a character in it that no address has";
	return NULL;
}

int prospect_add(struct admin *admin, tsp_text address, int rank, tsp_error *err)
{
	const char *fault = address_fault(address);
	struct prospect *prospect;
	char quoted[300];

	if (fault != NULL)
		return tsp_fail(err, TSP_EVALUE, "cannot dial '%s': %s",
			text_quote(address, quoted, sizeof(quoted)), fault);
	if (find_address(admin, address) != NULL)
		return 0;
	if (admin->convention->prospect_count >= PROSPECTS_LIMIT)
		return tsp_fail(err, TSP_ELIMIT, "more than %d systems to dial", PROSPECTS_LIMIT);
	prospect = calloc(1, sizeof(*prospect));
	if (prospect != NULL)
		prospect->address = tsp_text_copy(address);
	if (prospect == NULL || prospect->address == NULL) {
		free(prospect);
		return tsp_fail(err, TSP_ENOMEM, "no memory for one more system");
	}
	prospect->rank = rank;
	prospect->delay = DELAY_FIRST;
	prospect->at = admin->now;
	list_append(&admin->convention->prospects, &prospect->link);
	admin->convention->prospect_count++;
	admin->tick_at = 0;
	return 0;
}

static void prospect_free(struct prospect *prospect)
{
	list_remove(&prospect->link);
	free(prospect->address);
	free(prospect->reason);
	free(prospect);
}

bool prospect_drop(struct admin *admin, tsp_text address, const struct member *member)
{
	struct prospect *prospect =
		member != NULL ? find_member(admin, member) : find_address(admin, address);

	if (prospect == NULL)
		return false;
	prospect_free(prospect);
	admin->convention->prospect_count--;
	return true;
}

struct member *prospect_member(const struct admin *admin, tsp_text address)
{
	const struct prospect *prospect = find_address(admin, address);

	if (prospect != NULL && prospect->member != NULL)
		return prospect->member;
	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (member->system != 0 && member->address != NULL &&
			tsp_text_is(address, member->address))
			return member;
	}
	return NULL;
}

void prospects_clear(struct admin *admin)
{
	while (!list_empty(&admin->convention->prospects))
		prospect_free(list_item(admin->convention->prospects.next, struct prospect, link));
}

bool prospects_lead(const struct admin *admin)
{
	struct list *all = &admin->convention->prospects;

	for (struct list *at = all->next; at != all; at = at->next)
		if (list_item(at, struct prospect, link)->rank >= 0)
			return true;
	return false;
}

/* Up to a quarter more, so that those who have lost the same leader do not all come back at once. */
static clock_ns with_jitter(const struct admin *admin, clock_ns delay)
{
	uint64_t mix = (admin->config.system ^ (uint64_t)admin->now) * UINT64_C(0x9e3779b97f4a7c15);

	return delay + delay / 4 * (clock_ns)(mix >> 56) / 256;
}

void prospect_failed(struct admin *admin, uint64_t dial)
{
	struct prospect *prospect = find_dial(admin, dial);

	if (prospect == NULL)
		return;
	prospect->dial = 0;
	prospect->at = admin->now + with_jitter(admin, prospect->delay);
	prospect->delay += prospect->delay / 5;
	if (prospect->delay > DELAY_LAST)
		prospect->delay = DELAY_LAST;
	admin->tick_at = 0;
}

const struct prospect *prospect_met(struct admin *admin, uint64_t dial, struct member *member)
{
	struct prospect *prospect = find_dial(admin, dial);

	if (prospect == NULL) /* a line that was made for something else serves, too: no other will be dialled */
		prospect = find_member(admin, member);
	if (prospect == NULL)
		return NULL;
	if (prospect->dial == dial)
		prospect->dial = 0;
	prospect->member = member;
	prospect->delay = DELAY_FIRST;
	free(prospect->reason);
	prospect->reason = NULL;
	return prospect;
}

void prospect_is_us(struct admin *admin, uint64_t dial)
{
	struct prospect *prospect = find_dial(admin, dial);

	if (prospect == NULL)
		return;
	if (prospect->rank >= 0)
		admin->convention->own_rank = prospect->rank;
	prospect_free(prospect);
	admin->convention->prospect_count--;
}

void prospect_lost(struct admin *admin, const struct member *member)
{
	struct prospect *prospect = find_member(admin, member);

	if (prospect == NULL)
		return;
	prospect->at = admin->now + with_jitter(admin, prospect->delay);
	admin->tick_at = 0;
}

void admin_dial_failed(struct admin *admin, uint64_t dial, const char *reason, clock_ns now)
{
	struct prospect *prospect;

	admin->now = now;
	prospect = admin->convention != NULL ? find_dial(admin, dial) : NULL;
	if (prospect == NULL) {
		meeting_failed(admin, dial);
		return;
	}
	prospect_failed(admin, dial);
	if (prospect->reason == NULL || strcmp(prospect->reason, reason) != 0) {
		char text[500];

		snprintf(text, sizeof(text), "cannot link with '%s': %s", prospect->address, reason);
		admin->ops->log(admin->io, LOG_LEVEL_WARNING, text); /* once for each reason */
		free(prospect->reason);
		prospect->reason = strdup(reason);
	}
}

clock_ns prospects_tick(struct admin *admin)
{
	struct list *all;
	clock_ns next = CLOCK_NEVER;

	if (admin->convention == NULL || admin->ops->dial == NULL || admin->in_shutdown)
		return CLOCK_NEVER;
	all = &admin->convention->prospects;
	for (struct list *at = all->next; at != all; at = at->next) {
		struct prospect *prospect = list_item(at, struct prospect, link);

		if (prospect->dial != 0 ||
			(prospect->member != NULL && prospect->member->line != NULL))
			continue;
		if (prospect->at > admin->now) {
			next = prospect->at < next ? prospect->at : next;
			continue;
		}
		prospect->dial = ++admin->convention->last_dial;
		admin->ops->dial(admin->io, prospect->dial, prospect->address,
			prospect->member != NULL ? prospect->member->key : NULL);
	}
	return next;
}
