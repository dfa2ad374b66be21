/* SPDX-License-Identifier: MIT */
/* The other systems that we know, and the lines to them: opened, silent, gone. */
#include "config.h"
#include "core/member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/convention.h"
#include "core/meeting.h"
#include "core/parcel.h"
#include "core/placement.h"
#include "core/prospects.h"
#include "core/relay.h"

#define MEMBERS_LIMIT 20000
#define COPY_NS	      (3 * CLOCK_SECOND)

/* Keys are random: the first bytes of one find it, but for a second one that was made to. */
static uint64_t key_number(const uint8_t key[SYSTEM_KEY])
{
	uint64_t number;

	memcpy(&number, key, sizeof(number));
	return number;
}

struct member *member_by_system(const struct admin *admin, uint64_t system)
{
	return table_get(&admin->members_by_system, system);
}

struct member *member_of_key(const struct admin *admin, const uint8_t key[SYSTEM_KEY])
{
	struct member *member = table_get(&admin->members_by_key, key_number(key));

	return member != NULL && memcmp(member->key, key, SYSTEM_KEY) == 0 ? member : NULL;
}

struct member *member_towards(struct admin *admin, uint64_t system)
{
	struct member *member = member_by_system(admin, system);

	return member != NULL ? member : meeting_begin(admin, system);
}

struct member *member_new(struct admin *admin)
{
	struct member *member = admin->member_count < MEMBERS_LIMIT ? calloc(1, sizeof(*member)) : NULL;

	if (member == NULL)
		return NULL;
	admin->member_count++;
	member->rank = -1;
	list_init(&member->sent);
	list_init(&member->guests);
	list_init(&member->emigrants);
	list_init(&member->meetings);
	table_init(&member->spared);
	mailbox_init(&member->queue);
	list_append(&admin->members, &member->link);
	return member;
}

int member_set_key(struct admin *admin, struct member *member, const uint8_t key[SYSTEM_KEY])
{
	if (table_get(&admin->members_by_key, key_number(key)) != NULL ||
		table_put(&admin->members_by_key, key_number(key), member) < 0)
		return TSP_ENOMEM;
	memcpy(member->key, key, SYSTEM_KEY);
	member->keyed = true;
	return 0;
}

static struct member *member_with_key(struct admin *admin, const uint8_t key[SYSTEM_KEY])
{
	struct member *member = member_new(admin);

	if (member == NULL || member_set_key(admin, member, key) == 0)
		return member;
	member_free(admin, member);
	return NULL;
}

void member_free(struct admin *admin, struct member *member)
{
	while (!list_empty(&member->sent))
		parcel_free(list_item(member->sent.next, struct parcel, link));
	spared_clear(member);
	mailbox_clear(&member->queue);
	if (member->line != NULL) {
		link_forget_pauses(member->line);
		free(member->line);
	}
	list_remove(&member->link);
	list_remove(&member->meetings);
	free(member->address);
	free(member->from);
	free(member->seen_as);
	free(member->capabilities);
	free(member);
	admin->member_count--;
}

void members_clear(struct admin *admin)
{
	while (!list_empty(&admin->members))
		member_free(admin, list_item(admin->members.next, struct member, link));
	table_clear(&admin->members_by_key);
	table_clear(&admin->members_by_system);
}

void admin_system_words(
	const struct admin *admin, const uint8_t key[SYSTEM_KEY], struct system_words *ret)
{
	const struct member *member = member_of_key(admin, key);

	ret->membership = member != NULL ? member->membership : 0;
	ret->received = member != NULL ? member->received : 0;
	ret->system = member != NULL ? member->system : 0;
}

static void line_drop(struct admin *admin, struct member *member)
{
	struct link *line = member->line;

	if (line == NULL)
		return;
	relays_end(admin, member);
	member->line = NULL;
	member->told = false;
	link_forget_pauses(line);
	admin->ops->close(admin->io, line->peer);
	free(line);
}

void member_gone(struct admin *admin, struct member *member, const char *why)
{
	uint64_t system = member->system;
	char reason[200];

	if (system == 0)
		return;
	snprintf(reason, sizeof(reason), "system %016llx has gone: %s", (unsigned long long)system,
		why);
	line_drop(admin, member);
	if (member_by_system(admin, system) == member)
		(void)table_take(&admin->members_by_system, system);
	member->system = 0;
	member->membership++;
	member->introduced = false;
	meeting_over(admin, member);
	convention_left(admin, member, system, reason);
	placement_member_gone(admin, member, reason);
	member_give_up(admin, member, reason);
	admin->tick_at = 0;
	if (!member->keyed)
		member_free(admin, member);
}

/*
 * Both may have dialled at the same time. The line of the one whose id is greater stays, so that both sides
 * drop the same one; who dials again has lost his former line, and an answer to an earlier dial comes too late.
 */
static bool line_is_better(
	const struct admin *admin, const struct member *member, const struct system_hello *hello)
{
	bool ours = hello->dial != 0;

	if (member->line == NULL)
		return true;
	if (ours == (member->line_dial != 0))
		return !ours || hello->dial > member->line_dial;
	return ours == (admin->config.system > hello->system);
}

/*
 * Both take the greater number of what the two hellos say, or, where the pair lives under it for whose it is, one
 * more: no two beginnings have the same.
 */
static uint32_t next_membership(const struct member *member, const struct system_hello *hello)
{
	if (hello->membership > member->membership)
		return hello->membership + (hello->about != 0);
	if (hello->membership < member->membership)
		return member->membership + (hello->told.system != 0);
	return member->membership;
}

/* The pair as it was, or anew; *ret_received is what the other side has of it. */
static int pair_up(
	struct admin *admin, struct member *member, const struct system_hello *hello,
	uint64_t *ret_received)
{
	uint32_t membership = next_membership(member, hello);
	bool same = member->system == hello->system && member->membership == hello->membership &&
		(hello->about == 0 || hello->about == admin->config.system);
	bool introduced = member->introduced;

	/* what waits for the first line of a pair is for whoever is there */
	if (!same && !(member->unmet && member->system == hello->system))
		member_gone(admin, member,
			member->system == hello->system ? "it took us for gone" :
							  "it has restarted");
	member->introduced = introduced;
	if (member->system == 0) {
		struct member *unknown = member_by_system(admin, hello->system);

		if (table_put(&admin->members_by_system, hello->system, member) < 0)
			return TSP_ENOMEM;
		member->system = hello->system;
		member->sent_number = 0;
		member->received = 0;
		if (unknown != NULL)
			meeting_merge(admin, member, unknown);
	}
	member->membership = membership;
	member->acknowledged = same ? hello->told.received : 0;
	member->doubled = member->received - member->acknowledged;
	*ret_received = same ? hello->received : 0;
	return 0;
}

/* Another key for an id that lives is another system that says it is this one. */
static bool id_is_taken(
	const struct admin *admin, const struct member *member, const struct system_hello *hello)
{
	const struct member *other = member_by_system(admin, hello->system);

	return hello->system == admin->config.system || hello->system == 0 ||
		(other != NULL && other != member && other->keyed);
}

static struct link *line_new(
	struct admin *admin, struct member *member, void *peer, bool loose)
{
	struct link *line = calloc(1, sizeof(*line));

	if (line == NULL)
		return NULL;
	line->kind = LINK_SYSTEM;
	line->peer = peer;
	line->member = member;
	line->loose = loose;
	line->greeted = true;
	line->since = admin->now;
	list_init(&line->list);
	list_init(&line->pauses);
	return line;
}

/* What we have said when we dialled: of another start of that system, or from before it was taken for gone, it
 * says nothing any more. */
static bool still_holds(const struct member *member, const struct system_hello *hello)
{
	const struct system_words *told = &hello->told;

	return hello->dial == 0 ||
		(member->membership == told->membership &&
			(told->system == 0 || told->system == member->system));
}

/* A system that has restarted is dead, or silent, under its former id; one that is not is another machine. */
static bool is_copy(
	const struct admin *admin, const struct member *member, const struct system_hello *hello)
{
	return member->line != NULL && member->system != hello->system &&
		admin->now - member->heard < COPY_NS;
}

/* What the line is to be between; NULL with err: it is not wanted. */
static struct member *member_for(
	struct admin *admin, const struct system_hello *hello, tsp_error *err)
{
	struct member *member = member_of_key(admin, hello->key);

	if (admin->in_shutdown) {
		tsp_fail(err, TSP_ESHUTDOWN, "the system is shutting down");
		return NULL;
	}
	if (id_is_taken(admin, member, hello)) {
		tsp_fail(err, TSP_EPERM, "it says that it is a system that is here under another key");
		return NULL;
	}
	if (member != NULL && is_copy(admin, member, hello)) {
		tsp_fail(err, TSP_EPERM,
			"another system with the same key is linked: a machine was copied with its keys");
		return NULL;
	}
	if (member == NULL)
		member = member_with_key(admin, hello->key);
	if (member == NULL) {
		tsp_fail(err, TSP_ENOMEM, "no room for one more system");
		return NULL;
	}
	if (!still_holds(member, hello)) {
		tsp_fail(err, TSP_EEXIST, "it has gone, or come, while it was dialled");
		return NULL; /* the two would count from different beginnings */
	}
	/* where it has dialled us meanwhile, it is as below: else each refused what the other had taken */
	if (hello->dial != 0 && member->introduced && !member->registered &&
		(member->line == NULL || member->line_dial != 0) && member->dial != hello->dial &&
		prospect_of_dial(admin, hello->dial) == NULL) {
		tsp_fail(err, TSP_EEXIST, "it took too long: another way was tried");
		return NULL;
	}
	if (member->system == hello->system && !line_is_better(admin, member, hello)) {
		convention_met(admin, member, hello->dial);
		tsp_fail(err, TSP_EEXIST, "both have dialled: the other line stays");
		return NULL;
	}
	return member;
}

static void line_begin(struct admin *admin, struct member *member, struct link *line,
	const struct system_hello *hello)
{
	member->line = line;
	member->line_dial = hello->dial;
	member->heard = admin->now;
	member->suspected = false;
	member->unmet = false;
	member->relayed = hello->relayed;
	member->used = admin->now;
	meeting_over(admin, member);
	member->clock_difference_ms = hello->wall_ms -
		(admin->config.wall_ms + (admin->now - admin->born) / CLOCK_MS);
	free(member->address);
	member->address = hello->address.size > 0 ? tsp_text_copy(hello->address) : NULL;
	free(member->from);
	member->from = hello->from.size > 0 ? tsp_text_copy(hello->from) : NULL;
	admin->tick_at = 0;
}

static struct link *line_open(
	struct admin *admin, void *peer, const struct system_hello *hello, tsp_error *err)
{
	struct member *member = member_for(admin, hello, err);
	struct link *line = member != NULL ? line_new(admin, member, peer, hello->loose) : NULL;
	uint64_t received = 0;

	if (line == NULL)
		return NULL;
	line_drop(admin, member);
	if (pair_up(admin, member, hello, &received) < 0) {
		free(line);
		tsp_fail(err, TSP_ENOMEM, "no room for one more system");
		return NULL;
	}
	line_begin(admin, member, line, hello);
	member_go_on_with_all(admin, member);
	if (member_resume(admin, member, received) < 0) {
		member->line = NULL;
		free(line);
		member_gone(admin, member, "the two count from different beginnings"); /* else for ever */
		tsp_fail(err, TSP_EPROTOCOL, "it has what was never sent to it");
		return NULL;
	}
	convention_met(admin, member, hello->dial);
	return line;
}

struct link *admin_system_opened(struct admin *admin, void *peer, const struct system_hello *hello,
	clock_ns now, tsp_error *err)
{
	struct link *line;

	admin->now = now;
	if (hello->system == admin->config.system)
		prospect_is_us(admin, hello->dial);
	line = line_open(admin, peer, hello, err);
	if (line == NULL) {
		prospect_failed(admin, hello->dial);
		meeting_failed(admin, hello->dial);
	}
	return line;
}

void member_line_ended(struct admin *admin, struct link *line)
{
	struct member *member = line->member;

	if (member->line == line) {
		relays_end(admin, member);
		member->line = NULL;
		member->told = false;
		convention_lost(admin, member);
		meeting_lost(admin, member);
	}
	link_forget_pauses(line);
	free(line);
}

void admin_system_expelled(struct admin *admin, struct link *link, clock_ns now)
{
	uint8_t key[SYSTEM_KEY];

	admin->now = now;
	memcpy(key, link->member->key, SYSTEM_KEY);
	member_gone(admin, link->member, "its key was expelled");
	meeting_tell_expelled(admin, key);
}

void admin_system_heard(
	struct admin *admin, struct link *link, clock_ns round_trip, clock_ns now)
{
	admin->now = now;
	link->member->heard = now;
	link->member->suspected = false;
	link->member->round_trip = round_trip;
}

/* A frame that takes longer than silence may last is no silence. What the other side is asked for stays the same: else
 * it, which only sends, would hear nothing. */
void admin_system_flows(struct admin *admin, struct link *link, clock_ns now)
{
	admin->now = now;
	link->member->flowed = now;
	link->member->suspected = false;
}

clock_ns member_sign(const struct member *member)
{
	return member->flowed > member->heard ? member->flowed : member->heard;
}

/* In step with the period of the tick: a sign of life is asked for, and its want is judged. */
static void look_after(struct admin *admin, struct member *member, const struct heartbeat *beat)
{
	clock_ns silent = admin->now - member_sign(member);

	if (meeting_is_over(member))
		return;
	if (silent + beat->period > beat->gone) {
		char why[80];

		snprintf(why, sizeof(why), "silent for %lld s", (long long)(silent / CLOCK_SECOND));
		member_gone(admin, member, why);
		return;
	}
	if (silent > beat->suspected && !member->suspected) {
		member->suspected = true;
		convention_suspects(admin, member);
	}
	if (member->line != NULL && admin->now - member->heard >= beat->period &&
		admin->ops->ping != NULL)
		admin->ops->ping(admin->io, member->line->peer);
	member_acknowledge(admin, member);
	if (member->line != NULL && !meeting_is_due(member) && member->introduced &&
		!member->registered && admin->now - member->used > beat->idle)
		line_drop(admin, member);
}

clock_ns members_tick(struct admin *admin)
{
	struct heartbeat beat;
	struct list *next;

	if (admin->members_by_system.count == 0)
		return CLOCK_NEVER;
	if (admin->now < admin->beat_at)
		return admin->beat_at;
	convention_heartbeat(admin, &beat);
	for (struct list *at = admin->members.next; at != &admin->members; at = next) {
		struct member *member = list_item(at, struct member, link);

		next = at->next;
		if (member->system != 0)
			look_after(admin, member, &beat);
	}
	admin->beat_at = admin->now + beat.period;
	return admin->beat_at;
}
