/* SPDX-License-Identifier: MIT */
/*
 * What became of each message and each creation. An actor's handler runs in this process, so that it is seen at
 * once where and how often something was handled.
 */
#include "config.h"
#include "test/sim/convention.h"

#include <string.h>
#include "core/parts.h"
#include "wire/address.h"
#include "wire/value.h"

struct sent {
	int from;
	unsigned life;
	int home; /* node of the target; -1: where it was found a place */
	unsigned home_life;
	clock_ns at;
	unsigned handled;
	unsigned returned;
	bool buried; /* a dead letter where its sender could not be told */
};

struct created {
	int from;
	unsigned life;
	bool answered;
	tsp_address address; /* TSP_NOBODY: it was refused */
	unsigned places;     /* where it lives now, a bit a node */
};

/* Of one start of a node: which systems its actors were told of. */
struct view {
	uint64_t seen[LIVES];
	int count;
};

static struct {
	struct sent sent[MESSAGES];
	uint32_t sent_count;
	struct created created[CREATIONS];
	uint32_t created_count;
	struct view views[NODES];
} ledger;

static int node_of(uint64_t system)
{
	for (int i = 0; i < world.count; i++)
		if (world.nodes[i].system == system)
			return i;
	return -1;
}


/* ---- The actors ---- */

struct tally {
	int64_t creation; /* its number + 1; 0: it was there from the beginning */
};

static int tally_init(tsp_actor *self, tsp_value argument)
{
	struct tally *tally = tsp_state(self);
	int node = node_of(tsp_my_system(self).system);

	if (!tsp_value_int(argument, &tally->creation) || tally->creation == 0 || node < 0)
		return TSP_OK;
	if (ledger.created[tally->creation - 1].places & (1U << node))
		fail("creation %d runs twice on s%d", (int)tally->creation, node);
	ledger.created[tally->creation - 1].places |= 1U << node;
	note("creation %d lives on s%d", (int)tally->creation, node);
	return TSP_OK;
}

static void tally_fini(tsp_actor *self)
{
	struct tally *tally = tsp_state(self);
	int node = node_of(tsp_my_system(self).system);

	if (tally->creation == 0 || node < 0)
		return;
	ledger.created[tally->creation - 1].places &= ~(1U << node);
	note("creation %d has ended on s%d", (int)tally->creation, node);
}

static int on_count(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct tally *state = tsp_state(self);
	int64_t number = tsp_get_int(message, "n", -1);

	if (state->creation != 0) /* what such an actor says goes a long way, and must not be taken for forged */
		(void)tsp_sendf(self, sender, "Counted", "{}");
	if (number < 0 || number >= (int64_t)ledger.sent_count)
		fail("a message that nobody has sent was handled");
	else if (++ledger.sent[number].handled > 1)
		fail("message %d was handled twice", (int)number);
	return TSP_OK;
}

static const tsp_handler tally_handlers[] = { { "Count", on_count }, { 0 } };
static const tsp_class tally = { .name = "Tally",
	.state_size = sizeof(struct tally),
	.init = tally_init,
	.fini = tally_fini,
	.handlers = tally_handlers };

static int watcher_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_notify_on_system_registration_changes(self, true);
}

/* Each change once: who is there does not come, and who is not does not go. */
static int on_update(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	uint64_t system = tsp_get_address(message, "remoteAdminAddress").system;
	int node = node_of(tsp_my_system(self).system);
	struct view *view;
	int at = 0;
	bool added = false;

	(void)sender;
	if (node < 0)
		return TSP_OK;
	(void)tsp_value_bool(tsp_get(message, "remoteAdded"), &added);
	view = &ledger.views[node];
	while (at < view->count && view->seen[at] != system)
		at++;
	note("s%d hears that %llx has %s", node, (unsigned long long)system, added ? "come" : "gone");
	if (world.loss > 0 && !added)
		fail("s%d took %llx for gone, which was not", node, (unsigned long long)system);
	if (added == (at < view->count))
		fail("s%d was told twice that %llx has %s", node, (unsigned long long)system,
			added ? "come" : "gone");
	else if (added)
		view->seen[view->count++] = system;
	else
		view->seen[at] = view->seen[--view->count];
	return TSP_OK;
}

static const tsp_handler watcher_handlers[] = { { "ActorSystemConventionUpdate", on_update }, { 0 } };
static const tsp_class watcher = {
	.name = "Watcher", .init = watcher_init, .handlers = watcher_handlers
};

const tsp_class *const ledger_classes[] = { &tally, &watcher, NULL };

/* ---- What callers send, and get ---- */

void ledger_clear(void)
{
	memset(&ledger, 0, sizeof(ledger));
}

static size_t slot_of(uint64_t reply)
{
	size_t slot = reply & (ADDRESS_CALLER_ACTORS - 1);

	return slot < MESSAGES ? slot : 0;
}

void ledger_send(int from, tsp_address to, int home)
{
	struct node *node = &world.nodes[from];
	uint32_t number = ledger.sent_count;
	uint64_t reply;

	if (number == MESSAGES || node->machine.caller.counter + 1 >= MESSAGES)
		return;
	ledger.sent[number] = (struct sent){ .from = from,
		.life = node->life,
		.home = home,
		.home_life = home >= 0 ? world.nodes[home].life : 0,
		.at = world.now };
	ledger.sent_count++;
	reply = machine_send(&node->machine, to, "Count", "{s:u}", "n", (uint64_t)number);
	node->message_of[slot_of(reply)] = number + 1;
}

void ledger_create(int from)
{
	struct node *node = &world.nodes[from];
	struct created *created = &ledger.created[ledger.created_count];
	uint64_t own = (node->machine.caller.lease << ADDRESS_LEASE_SHIFT) |
		++node->machine.caller.counter;
	tsp_builder *b = tsp_builder_new();
	tsp_value requirements, argument;
	tsp_builder *c = tsp_builder_new();
	uint64_t reply;

	if (ledger.created_count < CREATIONS) {
		*created = (struct created){ .from = from, .life = node->life };
		ledger.created_count++;
		tsp_put_format(b, "{s:b}", "camera", 1);
		tsp_put_format(c, "I", (int64_t)ledger.created_count);
		(void)tsp_builder_value(b, &requirements);
		(void)tsp_builder_value(c, &argument);
		reply = machine_request(&node->machine, "Create",
			"{s:u, s:s, s:s, s:i, s:e, s:e}", "number", own, "class", "Tally", "module",
			"test", "host", (int)TSP_HOST_SHARED, "argument", argument, "requirements",
			requirements);
		node->creation_of[slot_of(reply)] = ledger.created_count;
		note("s%d creates %d", from, (int)ledger.created_count);
	}
	tsp_builder_free(b);
	tsp_builder_free(c);
}

bool ledger_send_far(int from)
{
	struct created *created;

	if (ledger.created_count == 0)
		return false;
	created = &ledger.created[roll(ledger.created_count)];
	if (tsp_address_is_nobody(created->address))
		return false;
	ledger_send(from, created->address, -1);
	return true;
}

static void take_message(struct node *node, const tsp_message *message)
{
	size_t slot = slot_of(message->target.number);
	uint32_t number = node->message_of[slot];
	uint32_t creation = node->creation_of[slot];

	if (number > 0 && tsp_message_is(message, "PoisonMessage")) {
		ledger.sent[number - 1].returned++;
	} else if (creation > 0 && !ledger.created[creation - 1].answered) {
		struct created *created = &ledger.created[creation - 1];

		created->answered = true;
		if (tsp_message_is(message, "Created"))
			created->address = tsp_get_address(message, "address");
		note("creation %d: %.*s", (int)creation, (int)tsp_message_type(message).size,
			tsp_message_type(message).data);
	}
}

static void read_morgue(int node);

/* The morgue holds so many, then the oldest make room. */
static void read_morgue_in_time(struct node *node, int number)
{
	uint64_t dead = node->machine.admin->counters.dead_letters;

	if (node->stopped || dead - node->dead_read < MORGUE_ENTRIES / 2)
		return;
	node->dead_read = dead;
	read_morgue(number);
}

void ledger_take(int node)
{
	struct machine_caller *caller = &world.nodes[node].machine.caller;

	for (size_t i = 0; i < caller->count; i++) {
		take_message(&world.nodes[node], caller->inbox[i]);
		tsp_message_free(caller->inbox[i]);
	}
	caller->count = 0;
	read_morgue_in_time(&world.nodes[node], node);
}

void ledger_ended(int node)
{
	for (uint32_t i = 0; i < ledger.created_count; i++)
		ledger.created[i].places &= ~(1U << node);
	memset(&ledger.views[node], 0, sizeof(ledger.views[node]));
}

/* ---- The judgement ---- */

static bool is_one_start(int node, unsigned life)
{
	return world.nodes[node].up && world.nodes[node].life == life;
}

/* Its sender and its target live on, and no other node has lost anything since. */
static bool is_owed(const struct sent *sent)
{
	return is_one_start(sent->from, sent->life) && sent->at > world.last_end &&
		(sent->home < 0 || is_one_start(sent->home, sent->home_life));
}

static void bury(struct machine *machine, uint64_t id)
{
	uint64_t reply = machine_request(machine, "ShowMorgue", "{s:i, s:u}", "shelf",
		(int)TSP_MORGUE_DEAD, "id", id);
	tsp_value body;
	tsp_text type;
	uint64_t number = MESSAGES;

	if (machine_reply(machine, reply) == NULL ||
		!tsp_value_encoded(tsp_get(machine_reply(machine, reply), "body"), &body) ||
		value_split(body, &type, &body) < 0 || !tsp_text_is(type, "Count"))
		return;
	(void)tsp_value_uint(tsp_value_get(body, "n"), &number);
	if (number < ledger.sent_count)
		ledger.sent[number].buried = true;
}

static void read_morgue(int node)
{
	struct machine *machine = &world.nodes[node].machine;
	uint64_t ids[MESSAGES];
	int count = 0;
	tsp_walk at = { 0 };
	tsp_value entry;
	uint64_t reply = machine_request(
		machine, "ListMorgue", "{s:i}", "shelf", (int)TSP_MORGUE_DEAD);
	tsp_value entries = tsp_get(machine_reply(machine, reply), "entries");

	while (count < MESSAGES && tsp_value_next(entries, &at, NULL, &entry))
		(void)tsp_value_uint(tsp_value_get(entry, "id"), &ids[count++]);
	ledger_take(node);
	for (int i = 0; i < count; i++) {
		bury(machine, ids[i]);
		ledger_take(node);
	}
}

static void judge_messages(void)
{
	uint64_t both = 0;
	uint64_t lost = 0;
	uint32_t first = 0;

	for (uint32_t i = 0; i < ledger.sent_count; i++) {
		const struct sent *sent = &ledger.sent[i];

		/* whose outcome was unknown may be told of later */
		if (sent->handled + sent->returned > 1) {
			both += sent->handled + sent->returned - 1;
			note("message %d from s%d to s%d at %.3f: handled %u times, came back %u times",
				(int)i, sent->from, sent->home,
				(double)sent->at / (double)CLOCK_SECOND - 1000, sent->handled,
				sent->returned);
		}
		if (sent->handled > 0 || sent->returned > 0 || sent->buried || !is_owed(sent))
			continue;
		first = lost++ == 0 ? i : first;
		note("message %d from s%d to s%d at %.3f is lost", (int)i, sent->from, sent->home,
			(double)sent->at / (double)CLOCK_SECOND - 1000);
	}
	note("%d messages, %d outcomes too many, %d lost, %d unknown, %d dead letters",
		(int)ledger.sent_count, (int)both, (int)lost, (int)world.unknown,
		(int)world.dead_letters);
	if (both > world.unknown)
		fail("%d outcomes too many were told, %d were unknown", (int)both,
			(int)world.unknown);
	if (lost > 0)
		fail("%d messages are lost, the first %d, from s%d", (int)lost, (int)first,
			ledger.sent[first].from);
}

static void judge_creation(uint32_t number)
{
	const struct created *created = &ledger.created[number];
	bool here = is_one_start(created->from, created->life);
	unsigned places = 0;

	for (int i = 0; i < world.count; i++)
		places += created->places >> i & 1;
	if (places > 1)
		fail("creation %d lives %u times", (int)number + 1, places);
	if (places > 0 && !here)
		fail("creation %d lives, and the system of its birth does not", (int)number + 1);
	if (here && !created->answered)
		fail("creation %d was never answered", (int)number + 1);
	if (here && created->answered && places > 0 && tsp_address_is_nobody(created->address))
		fail("creation %d was refused, and lives", (int)number + 1);
}

/* Leaders have all the others, members all leaders, as they are now, and so were their actors told. */
static void judge_view(int node)
{
	const struct view *view = &ledger.views[node];
	int found = 0;
	int wanted = 0;

	for (int i = 0; i < world.count; i++) {
		bool owed = i != node && (world.nodes[node].leads || world.nodes[i].leads);

		wanted += owed;
		for (int at = 0; owed && at < view->count; at++)
			found += view->seen[at] == world.nodes[i].system;
	}
	if (found != wanted || view->count != wanted)
		fail("s%d knows %d systems, %d of them are right, of %d", node, view->count, found,
			wanted);
}

void ledger_judge(void)
{
	for (int i = 0; i < world.count; i++)
		judge_view(i);
	for (int i = 0; i < world.count; i++)
		read_morgue(i);
	for (uint32_t i = 0; i < ledger.created_count; i++)
		judge_creation(i);
	judge_messages();
}
