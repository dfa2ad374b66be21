/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/convention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/loads.h"
#include "core/prospects.h"
#include "core/route.h"
#include "core/waiters.h"
#include "wire/builder.h"

#define HEARTBEAT_S 2
#define SUSPICION_S 6
#define GONE_S	    10
#define IDLE_S	    60
#define SEEN_LIMIT  64 /* bytes of an IP address */

static const char leaders_name[] = "Convention Address.IPv4";

static tsp_value our_capabilities(const struct admin *admin)
{
	return (tsp_value){ admin->capabilities, admin->capabilities_size };
}

/* Leaders one after the other, parted by commas; those before us are dialled, those behind us dial us. */
static int read_leaders(struct admin *admin, tsp_text all, tsp_error *err)
{
	int rank = 0;

	while (all.size > 0) {
		const char *comma = memchr(all.data, ',', all.size);
		tsp_text one = { all.data, comma != NULL ? (size_t)(comma - all.data) : all.size };
		int rc;

		all = comma != NULL ? (tsp_text){ comma + 1, all.size - one.size - 1 } :
				      (tsp_text){ NULL, 0 };
		while (one.size > 0 && one.data[0] == ' ')
			one = (tsp_text){ one.data + 1, one.size - 1 };
		while (one.size > 0 && one.data[one.size - 1] == ' ')
			one.size--;
		if (one.size == 0)
			continue;
		if (admin->config.advertise != NULL &&
			tsp_text_is(one, admin->config.advertise)) {
			admin->convention->own_rank = rank++;
			continue;
		}
		rc = prospect_add(admin, one, rank++, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int convention_begin(struct admin *admin, tsp_error *err)
{
	tsp_text leaders = { NULL, 0 };

	admin->convention = calloc(1, sizeof(*admin->convention));
	if (admin->convention == NULL)
		return tsp_fail(err, TSP_ENOMEM, "no memory for a convention");
	admin->convention->own_rank = -1;
	list_init(&admin->convention->prospects);
	list_init(&admin->convention->meetings);
	list_init(&admin->convention->watchers);
	if (!tsp_value_text(admin_capability(admin, leaders_name), &leaders))
		return 0;
	return read_leaders(admin, leaders, err);
}

void convention_clear(struct admin *admin)
{
	if (admin->convention == NULL)
		return;
	prospects_clear(admin);
	waiters_clear(&admin->convention->watchers);
	free(admin->convention);
	admin->convention = NULL;
}

static clock_ns seconds(const struct admin *admin, const char *name, double usual)
{
	tsp_value value = admin_capability(admin, name);
	double number = usual;

	(void)tsp_value_float(value, &number);
	if (!(number >= 0.05 && number <= 86400))
		number = usual;
	return (clock_ns)(number * (double)CLOCK_SECOND);
}

void convention_heartbeat(const struct admin *admin, struct heartbeat *ret)
{
	ret->period = seconds(admin, "Convention Heartbeat", HEARTBEAT_S) / 2;
	ret->suspected = seconds(admin, "Convention Suspicion", SUSPICION_S);
	ret->gone = seconds(admin, "Convention Gone", GONE_S);
	ret->idle = seconds(admin, "Convention Idle", IDLE_S);
}

struct member *convention_leader(const struct admin *admin)
{
	struct member *best = NULL;

	if (admin->convention == NULL || admin->convention->leader_count == 0)
		return NULL;
	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (!member->leads || !member->registered)
			continue;
		if (best == NULL || (member->rank >= 0 && (best->rank < 0 || member->rank < best->rank)))
			best = member;
	}
	return best;
}

/* ---- Who has registered, and who hears of it ---- */

static void tell_watcher(struct admin *admin, tsp_address watcher, const struct member *member,
	uint64_t system, bool added)
{
	notice_send(admin, watcher, admin->address, NOTICE_CONVENTION, "{s:a,s:v,s:b}",
		"remoteAdminAddress", (tsp_address){ system, 0 }, "remoteCapabilities",
		(tsp_value){ member->capabilities, member->capabilities_size }, "remoteAdded",
		(int)added);
}

static void tell_watchers(
	struct admin *admin, const struct member *member, uint64_t system, bool added)
{
	struct list *watchers = &admin->convention->watchers;

	for (struct list *at = watchers->next; at != watchers; at = at->next)
		tell_watcher(admin, list_item(at, struct waiter, link)->address, member, system,
			added);
}

static void say(struct admin *admin, enum log_level level, const struct member *member,
	const char *what, const char *more)
{
	char text[400];

	snprintf(text, sizeof(text), "system %016llx%s%s %s%s",
		(unsigned long long)member->system, member->address != NULL ? " at " : "",
		member->address != NULL ? member->address : "", what, more);
	admin->ops->log(admin->io, level, text);
}

static void send_register(struct admin *admin, struct member *member, const char *role)
{
	member->told = true;
	word_send(admin, member->system, WORD_REGISTER, "{s:v,s:s,s:u,s:s,s:s}", "capabilities",
		our_capabilities(admin), "address",
		admin->config.advertise != NULL ? admin->config.advertise : "", "actors",
		(uint64_t)admin->actors.count, "role", role, "from", member->from != NULL ? member->from : "");
}

void convention_met(struct admin *admin, struct member *member, uint64_t dial)
{
	const struct prospect *prospect = prospect_met(admin, dial, member);

	if (prospect == NULL)
		return; /* it has dialled us, and says what it wants */
	if (prospect->rank >= 0) {
		admin->convention->leader_count += !member->leads;
		member->leads = true;
		member->rank = prospect->rank;
	}
	send_register(admin, member, prospect->rank >= 0 ? "member" : "invite");
}

void convention_lost(struct admin *admin, struct member *member)
{
	prospect_lost(admin, member);
	if (!admin->in_shutdown)
		say(admin, LOG_LEVEL_INFO, member, "is not connected any more", "");
}

void convention_suspects(struct admin *admin, const struct member *member)
{
	say(admin, LOG_LEVEL_WARNING, member, "does not answer", "");
}

void convention_left(
	struct admin *admin, struct member *member, uint64_t system, const char *reason)
{
	bool registered = member->registered;

	member->registered = false;
	if (member->leads) {
		member->leads = false;
		admin->convention->leader_count--;
	}
	prospect_lost(admin, member);
	if (!registered)
		return;
	admin->ops->log(admin->io, LOG_LEVEL_WARNING, reason);
	tell_watchers(admin, member, system, false);
}

static int keep_capabilities(struct member *member, tsp_value capabilities)
{
	uint8_t *copy = malloc(capabilities.size);

	if (copy == NULL)
		return TSP_ENOMEM;
	memcpy(copy, capabilities.data, capabilities.size);
	free(member->capabilities);
	member->capabilities = copy;
	member->capabilities_size = capabilities.size;
	return 0;
}

static void keep_seen_as(struct member *member, tsp_value from)
{
	tsp_text text = { NULL, 0 };

	(void)tsp_value_text(from, &text);
	if (text.size >= SEEN_LIMIT)
		return;
	free(member->seen_as);
	member->seen_as = text.size > 0 ? tsp_text_copy(text) : NULL;
}

void convention_hear_register(struct admin *admin, const struct word *word)
{
	tsp_value capabilities = tsp_value_get(word->value, "capabilities");
	struct member *member = word->member;
	tsp_text role = { NULL, 0 };

	if (word->system != member->system ||
		tsp_value_kind(capabilities) != TSP_KIND_MAP ||
		keep_capabilities(member, capabilities) < 0)
		return;
	(void)tsp_value_uint(tsp_value_get(word->value, "actors"), &member->actors);
	(void)tsp_value_text(tsp_value_get(word->value, "role"), &role);
	keep_seen_as(member, tsp_value_get(word->value, "from"));
	if (tsp_text_is(role, "invite") && !prospects_lead(admin) && !member->leads) {
		member->leads = true;
		admin->convention->leader_count++;
	}
	if (!member->told)
		send_register(admin, member, tsp_text_is(role, "invite") ? "member" : "leader");
	if (member->registered)
		return;
	member->registered = true;
	member->since = admin->now;
	say(admin, LOG_LEVEL_INFO, member, "has joined", member->leads ? " and leads" : "");
	tell_watchers(admin, member, member->system, true);
	gifts_remind(admin, member->system);
}

void convention_hear_deregister(struct admin *admin, const struct word *word)
{
	if (word->system == word->member->system)
		member_gone(admin, word->member, "it has left");
}

void convention_changed(struct admin *admin)
{
	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (member->system != 0 && member->told)
			send_register(admin, member, member->leads ? "member" : "leader");
	}
}

void convention_end(struct admin *admin)
{
	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (member->line == NULL)
			continue;
		word_send(admin, member->system, WORD_DEREGISTER, "{}");
		member_gone(admin, member, "this system ends");
	}
}

/* ---- Requests ---- */

void convention_forget(struct admin *admin, tsp_address watcher)
{
	if (admin->convention != NULL)
		waiter_drop(&admin->convention->watchers, watcher);
}

/* Answered, if so. */
static bool has_no_links(struct admin *admin, const struct request *request)
{
	if (admin->ops->dial != NULL)
		return false;
	request_failed(admin, request, TSP_ENOCONVENTION,
		"this system links with no other: it has no keys");
	return true;
}

void request_notify_systems(struct admin *admin, const struct request *request)
{
	bool enable = true;

	(void)tsp_value_bool(tsp_value_get(request->value, "enable"), &enable);
	convention_forget(admin, request->from);
	if (!enable || has_no_links(admin, request))
		return;
	if (waiter_add(&admin->convention->watchers, request->from) < 0) {
		request_failed(admin, request, TSP_ENOMEM, "no memory for one more watcher");
		return;
	}
	for (struct list *at = admin->members.next; at != &admin->members; at = at->next) {
		const struct member *member = list_item(at, struct member, link);

		if (member->registered)
			tell_watcher(admin, request->from, member, member->system, true);
	}
}

void request_pre_register(struct admin *admin, const struct request *request)
{
	tsp_text remote = { NULL, 0 };
	tsp_error err = { 0 };

	(void)tsp_value_text(tsp_value_get(request->value, "remote"), &remote);
	if (!has_no_links(admin, request) &&
		prospect_add(admin, remote, -1, &err) < 0)
		request_failed(admin, request, err.code, err.text);
}

void request_deregister(struct admin *admin, const struct request *request)
{
	tsp_value remote = tsp_value_get(request->value, "remote");
	struct member *member = NULL;
	tsp_text text = { NULL, 0 };
	tsp_address address;

	if (has_no_links(admin, request))
		return;
	if (tsp_value_address(remote, &address))
		member = member_by_system(admin, address.system);
	else if (tsp_value_text(remote, &text))
		member = prospect_member(admin, text);
	if (member == NULL && !prospect_drop(admin, text, NULL)) {
		request_failed(admin, request, TSP_ENOENT, "no such system is here");
		return;
	}
	if (member == NULL)
		return;
	(void)prospect_drop(admin, text, member);
	word_send(admin, member->system, WORD_DEREGISTER, "{}");
	member_gone(admin, member, "it was let go");
}
