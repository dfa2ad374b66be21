/* SPDX-License-Identifier: MIT */
/* F061, W15, W17: what must hold, always, when nothing moves any more, and at the end. */
#include "config.h"
#include "sim/sim.h"

#include <string.h>
#include "core/parts.h"
#include "core/cell.h"

#define MAILBOX_SLACK ((size_t)512 * 1024 * 1024) /* what the system itself may add */

void check_always(void)
{
	const struct admin *admin = sim->admin;

	if (admin->mailbox_bytes > admin->bounds.memory_limit + MAILBOX_SLACK)
		sim_fail("the mailboxes hold %zu bytes, the limit is %zu", admin->mailbox_bytes,
			admin->bounds.memory_limit);
	if (admin->counters.forged > 0 && !sim->profile->memory)
		sim_fail("an envelope is said to be forged");
}

/* ---- Nothing moves ---- */

static struct actor *actor_of(uint64_t number)
{
	return table_get(&sim->admin->actors, number);
}

static void check_mailboxes(void)
{
	const struct actor *actor;
	size_t at = 0;

	while ((actor = table_next(&sim->admin->actors, &at, NULL)) != NULL) {
		if (actor->sent_count > 0)
			sim_fail("actor %llx has %d messages that its host never ends",
				(unsigned long long)actor->number, (int)actor->sent_count);
		if (actor->mailbox != NULL && actor->mailbox->count != actor->kept_count)
			sim_fail("%d messages wait for actor %llx, which is idle",
				(int)(actor->mailbox->count - actor->kept_count),
				(unsigned long long)actor->number);
		if (actor->state != ACTOR_RUNNING)
			sim_fail("actor %llx never starts", (unsigned long long)actor->number);
	}
	for (struct list *n = sim->admin->name_list.next; n != &sim->admin->name_list;
		n = n->next) {
		const struct name *name = list_item(n, struct name, link);

		if (name->mailbox.count > 0 && (name->holder != NULL || !name->kept))
			sim_fail("%d messages wait for %s and nothing comes of it",
				(int)name->mailbox.count, name->text);
	}
	for (struct list *h = sim->admin->hosts.next; h != &sim->admin->hosts; h = h->next) {
		const struct host *host = list_item(h, struct host, link);

		if (host->sent_count > 0 || host->sent_bytes > 0)
			sim_fail("host %d has messages that it never ends", (int)host->id);
		if (host->actor_count == 0)
			sim_fail("host %d has no actor and does not end", (int)host->id);
	}
}

/* A parent that lives has heard of each child that does not, once. */
static void check_families(void)
{
	for (size_t i = 0; i < sim->ledger.instance_count; i++) {
		const struct instance *instance = &sim->ledger.instances[i];

		if (!instance->alive || instance->exiting)
			continue;
		if (actor_of(instance->number) == NULL)
			sim_fail("actor %llx lives, and the admin does not know it",
				(unsigned long long)instance->number);
		if (instance->wakes > 0)
			sim_fail("actor %llx waits for a wake-up in vain",
				(unsigned long long)instance->number);
		for (size_t c = 0; c < instance->child_count; c++) {
			if (actor_of(instance->children[c]) == NULL && instance->ends[c] == 0)
				sim_fail("actor %llx never heard of the end of %llx",
					(unsigned long long)instance->number,
					(unsigned long long)instance->children[c]);
		}
	}
}

static void check_orphans(void)
{
	const struct actor *actor;
	size_t at = 0;

	while ((actor = table_next(&sim->admin->actors, &at, NULL)) != NULL) {
		const struct instance *child = ledger_instance(actor->number);
		const struct instance *parent;

		if (child == NULL || !child->alive) {
			sim_fail("the admin knows actor %llx, which does not live",
				(unsigned long long)actor->number);
			continue;
		}
		if (child->parent == 0 || (child->parent & ADDRESS_NAME_BIT) != 0)
			continue;
		parent = ledger_instance(child->parent);
		if (parent != NULL && !parent->alive && !parent->spares)
			sim_fail("actor %llx lives, its parent %llx does not",
				(unsigned long long)actor->number,
				(unsigned long long)child->parent);
	}
}

/* Whether a message may rest where it is: put by, for a kept name, or for one who keeps much. */
static bool may_rest(const struct entry *entry)
{
	const struct name *name = table_get(&sim->admin->names, entry->to.number);
	const struct actor *actor = name != NULL ? name->holder : actor_of(entry->to.number);

	if (entry->deferred || (name != NULL && name->kept && name->holder == NULL))
		return true;
	return entry->accepted == 0 && actor != NULL && actor->mailbox != NULL &&
		(actor->mailbox->count > sim->admin->bounds.mailbox_messages / 2 ||
			actor->mailbox->bytes > sim->admin->bounds.mailbox_bytes / 2);
}

static void check_entry(const struct entry *entry)
{
	const struct instance *sender = entry->sender >= 0 ? &sim->ledger.instances[entry->sender] :
							     NULL;

	if (entry->result < 0 || entry->again || may_rest(entry))
		return;
	if (sender != NULL && sender->alive && entry->accepted == 0 && entry->runs == 0 &&
		entry->work < WORK_KINDS)
		sim_fail("message %d never leaves its host", (int)entry->id);
	if (entry->noted && sender != NULL && sender->alive && !sender->exiting &&
		entry->handleds != 1)
		sim_fail("message %d was noted and is handled %d times", (int)entry->id,
			entry->handleds);
}

/* Who asked for that has heard of it, or has gone. */
static void check_asks(enum ask_kind kind, const char *what)
{
	for (size_t i = 0; i < sim->caller_count; i++) {
		const struct sim_caller *caller = &sim->callers[i];

		for (size_t a = 0; a < caller->ask_count && !caller->gone; a++) {
			if (caller->asks[a].kind == kind && !caller->asks[a].ended)
				sim_fail("caller %d never hears of %s %llx", caller->index, what,
					(unsigned long long)caller->asks[a].reply);
		}
	}
}

void check_quiet(void)
{
	if (sim->profile->memory)
		return;
	check_asks(ASK_RESTART, "a restart");
	check_mailboxes();
	check_families();
	check_orphans();
	for (size_t i = 0; i < sim->ledger.count; i++)
		check_entry(&sim->ledger.entries[i]);
}

/* ---- The end ---- */

static void check_counters(void)
{
	const struct counters *counters = &sim->admin->counters;
	uint64_t ended = counters->finished + counters->poisoned + counters->returned +
		counters->unknown + counters->refused + counters->to_callers;

	if (counters->accepted != ended)
		sim_fail("%d messages accepted, %d ended", (int)counters->accepted, (int)ended);
	/* what comes of a child that there was no memory for is not accepted */
	if (counters->accepted != sim->ledger.accepted &&
		!(sim->profile->memory && counters->accepted < sim->ledger.accepted))
		sim_fail("%d messages came, %d are counted", (int)sim->ledger.accepted,
			(int)counters->accepted);
	/* what could not be kept for want of memory is unknown, too */
	if (counters->unknown != sim->ledger.unknown && !sim->profile->memory)
		sim_fail("of %d messages the outcome is unknown, %d are counted",
			(int)sim->ledger.unknown, (int)counters->unknown);
}

static void check_tables(void)
{
	const struct admin *admin = sim->admin;

	if (admin->mailbox_bytes != 0)
		sim_fail("%zu bytes are left in mailboxes", admin->mailbox_bytes);
	if (admin->actors.count != 0 || !list_empty(&admin->hosts))
		sim_fail("%zu actors are left", admin->actors.count);
	if (!list_empty(&admin->loads) || !list_empty(&admin->creations) ||
		!list_empty(&admin->restarts))
		sim_fail("loads or creations are left");
	if (admin->again_bytes != 0)
		sim_fail("%zu bytes are kept for restarts", admin->again_bytes);
	for (size_t i = 0; i < sim->host_count; i++) {
		if (!sim->hosts[i]->dead)
			sim_fail("host %d is left", (int)sim->hosts[i]->id);
	}
}

static bool outcome_is(const struct entry *entry, const char *outcome)
{
	return entry->poison_sent == 0 || strcmp(entry->outcome, outcome) == 0;
}

/* What the admin said of it, against what was to be said. */
static bool said_rightly(const struct entry *entry)
{
	bool back = entry->poison_sent > 0 || entry->dead_sent > 0;

	if (entry->to_caller > 0)
		return entry->to_caller == 1 && entry->sent == 0 && !back;
	if (entry->done > 0 && !entry->done_failed)
		return !back;
	if (entry->done > 0)
		return outcome_is(entry, "failed") && entry->dead_sent == 0;
	switch (entry->judged) {
	case JUDGED_CRASHED:
		return outcome_is(entry, "crashed") && entry->dead_sent == 0;
	case JUDGED_UNKNOWN:
		return !back || (entry->dead_unknown && outcome_is(entry, "returned"));
	case JUDGED_RETURNED:
		return outcome_is(entry, "returned") &&
			(!entry->dead_unknown || sim->profile->memory);
	default:
		return entry->sent == 0 || entry->judged == JUDGED_AGAIN ||
			entry->work == WORK_EMPTY;
	}
}

static bool handled_rightly(const struct entry *entry)
{
	if (entry->handleds == 0 || entry->work >= WORK_KINDS)
		return true;
	if (strcmp(entry->handled, "finished") == 0)
		return entry->finished || entry->to_caller > 0;
	if (strcmp(entry->handled, "failed") == 0)
		return !entry->finished;
	return !entry->finished || entry->judged == JUDGED_UNKNOWN;
}

/* What became of it, against what its handler did. */
static bool ended_rightly(const struct entry *entry)
{
	bool here = entry->accepted == 0; /* its host's own affair */

	if (entry->result < 0)
		return entry->accepted == 0 && entry->runs == 0;
	if (entry->finished)
		return here || (entry->done > 0 && !entry->done_failed) ||
			entry->judged == JUDGED_UNKNOWN;
	if (entry->failed)
		return here || entry->done_failed || entry->judged == JUDGED_UNKNOWN;
	if (entry->died)
		return here || entry->judged == JUDGED_CRASHED;
	if (entry->work < WORK_KINDS && entry->done > 0)
		return entry->done_failed && sim->profile->memory;
	return true;
}

static bool may_be_lost(const struct entry *entry)
{
	const struct sim_host *host;

	if (entry->sender < 0)
		return sim->callers[-1 - entry->sender].gone;
	host = host_by_id(sim->ledger.instances[entry->sender].host);
	return host == NULL || !host->orderly;
}

void check_end(void)
{
	check_tables();
	check_counters();
	if (!sim->profile->memory) {
		check_asks(ASK_RESTART, "a restart");
		check_asks(ASK_MORGUE, "what was sent again");
	}
	for (size_t i = 0; i < sim->ledger.count; i++) {
		const struct entry *entry = &sim->ledger.entries[i];

		if (entry->again)
			continue; /* as much as the sums can say of it */
		if (!said_rightly(entry))
			sim_fail("message %d (%s): the admin says %s, judged %d", (int)entry->id,
				work_names[entry->work],
				entry->poison_sent > 0 ? entry->outcome : "dead", entry->judged);
		if (!ended_rightly(entry))
			sim_fail("message %d (%s) ended otherwise than it was handled",
				(int)entry->id, work_names[entry->work]);
		if (!handled_rightly(entry))
			sim_fail("message %d (%s) is said to be %s", (int)entry->id,
				work_names[entry->work], entry->handled);
		if (entry->result == 0 && entry->accepted == 0 && entry->runs == 0 &&
			entry->work < WORK_KINDS && !may_be_lost(entry))
			sim_fail(
				"message %d (%s) is lost", (int)entry->id, work_names[entry->work]);
	}
}
