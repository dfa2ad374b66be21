/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "sim/sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *const work_names[] = { "nothing", "reply", "pass", "fail once", "fail", "crash",
	"defer", "keep", "noted", "wake", "create", "leave", "ask exit", "flood", "slow", "status",
	"big", "take", "give", "hold", "free", "letters", "load", "capability", "children", "-",
	"exit request", "status request", "empty" };

struct entry *ledger_new(int sender, tsp_address from, tsp_address to, enum work work)
{
	struct ledger *ledger = &sim->ledger;
	struct entry *entry;

	if (ledger->count == ledger->capacity) {
		ledger->capacity = ledger->capacity == 0 ? 1024 : 2 * ledger->capacity;
		ledger->entries =
			realloc(ledger->entries, ledger->capacity * sizeof(*ledger->entries));
		assert(ledger->entries != NULL);
	}
	entry = &ledger->entries[ledger->count++];
	memset(entry, 0, sizeof(*entry));
	entry->id = ledger->count;
	entry->sender = sender;
	entry->from = from;
	entry->to = to;
	entry->work = work;
	entry->instance = -1;
	return entry;
}

struct entry *ledger_find(uint64_t id)
{
	return id > 0 && id <= sim->ledger.count ? &sim->ledger.entries[id - 1] : NULL;
}

int ledger_born(uint64_t number, uint64_t host, tsp_address address, uint64_t parent)
{
	struct ledger *ledger = &sim->ledger;
	struct instance *instance;

	if (ledger->instance_count == ledger->instance_capacity) {
		ledger->instance_capacity =
			ledger->instance_capacity == 0 ? 64 : 2 * ledger->instance_capacity;
		ledger->instances = realloc(
			ledger->instances, ledger->instance_capacity * sizeof(*ledger->instances));
		assert(ledger->instances != NULL);
	}
	instance = &ledger->instances[ledger->instance_count++];
	memset(instance, 0, sizeof(*instance));
	instance->number = number;
	instance->host = host;
	instance->address = address;
	instance->parent = parent;
	instance->alive = true;
	table_init(&instance->order);
	assert(table_put(&ledger->by_number, number, (void *)(uintptr_t)ledger->instance_count) ==
		0);
	return (int)ledger->instance_count - 1;
}

struct instance *ledger_instance(uint64_t number)
{
	uintptr_t at = (uintptr_t)table_get(&sim->ledger.by_number, number);

	return at == 0 ? NULL : &sim->ledger.instances[at - 1];
}

void ledger_child(struct instance *parent, uint64_t number)
{
	size_t count = parent->child_count + 1;

	parent->children = realloc(parent->children, count * sizeof(*parent->children));
	parent->ends = realloc(parent->ends, count);
	assert(parent->children != NULL && parent->ends != NULL);
	parent->children[parent->child_count] = number;
	parent->ends[parent->child_count] = 0;
	parent->child_count = count;
}

void ledger_child_ended(struct instance *parent, uint64_t number)
{
	for (size_t i = 0; i < parent->child_count; i++) {
		if (parent->children[i] != number)
			continue;
		if (++parent->ends[i] > 1)
			sim_fail("actor %llx heard twice of the end of %llx",
				(unsigned long long)parent->number, (unsigned long long)number);
		return;
	}
}

static uint64_t order_key(const struct entry *entry)
{
	return (uint64_t)(entry->sender + 1000) * UINT64_C(0x9e3779b97f4a7c15) ^ entry->to.number;
}

bool ledger_run(struct entry *entry, int instance)
{
	struct instance *by = &sim->ledger.instances[instance];

	if (entry->again)
		return true;
	if (entry->result < 0)
		sim_fail("message %d was refused at the send (%d) and is handled", (int)entry->id,
			entry->result);
	if (entry->instance >= 0 && entry->instance != instance)
		sim_fail("message %d is handled by %llx, and was by %llx", (int)entry->id,
			(unsigned long long)by->number,
			(unsigned long long)sim->ledger.instances[entry->instance].number);
	else if (entry->finished || entry->failed || entry->died)
		sim_fail("message %d (%s) is handled again", (int)entry->id,
			work_names[entry->work]);
	else if (entry->poison_sent > 0 || entry->dead_sent > 0)
		sim_fail("message %d is handled after it went back", (int)entry->id);
	if (!(entry->to.number & UINT64_C(1) << 63) && entry->to.number != by->number)
		sim_fail("message %d for %llx is handled by %llx", (int)entry->id,
			(unsigned long long)entry->to.number, (unsigned long long)by->number);
	entry->instance = instance;
	entry->redelivered = entry->redelivered || entry->deferred;
	if (entry->runs++ == 0) {
		uintptr_t last = (uintptr_t)table_get(&by->order, order_key(entry));

		if (last > entry->id)
			sim_fail("message %d comes behind %d, which the same actor sent later",
				(int)entry->id, (int)last);
		assert(table_put(&by->order, order_key(entry), (void *)(uintptr_t)entry->id) == 0);
	}
	return sim->failure[0] == '\0';
}

void ledger_host_dead(uint64_t host)
{
	for (size_t i = 0; i < sim->ledger.instance_count; i++) {
		if (sim->ledger.instances[i].host == host)
			sim->ledger.instances[i].alive = false;
	}
}

void ledger_clear(void)
{
	struct ledger *ledger = &sim->ledger;

	for (size_t i = 0; i < ledger->instance_count; i++) {
		free(ledger->instances[i].children);
		free(ledger->instances[i].ends);
		table_clear(&ledger->instances[i].order);
	}
	free(ledger->instances);
	free(ledger->entries);
	table_clear(&ledger->by_number);
}
