/* SPDX-License-Identifier: MIT */
/* The actors of the simulator: each does what the message says, and says so to the ledger. */
#include "config.h"
#include "sim/sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "core/cell.h"
#include "wire/address.h"

#define ABSENT	      ((tsp_value){ NULL, 0 })
#define MODULE_SOURCE "7061636b" /* what the packages of workload.c hash to begins so */

struct mind {
	int instance;
	bool poison_failed;
};

static struct instance *me(tsp_actor *self)
{
	struct mind *mind = tsp_state(self);

	return &sim->ledger.instances[mind->instance];
}

static int my_index(tsp_actor *self)
{
	return ((struct mind *)tsp_state(self))->instance;
}

/* ---- Sending ---- */

static void note_result(uint64_t id, int rc)
{
	struct entry *entry = ledger_find(id);

	entry->result = rc;
	sim_trace("message %d (%s) from %llx to %llx: %d", (int)id, work_names[entry->work],
		(unsigned long long)entry->from.number, (unsigned long long)entry->to.number, rc);
	if (rc < 0 && rc != TSP_EBACKLOG && rc != TSP_ETOOBIG &&
		!(rc == TSP_ENOMEM && sim->profile->memory))
		sim_fail("message %d is refused at the send: %d", (int)id, rc);
}

static void post_body(tsp_actor *self, tsp_address to, enum work work, bool noted, const char *type,
	const char *format, ...)
{
	uint64_t id = ledger_new(my_index(self), tsp_my_address(self), to, work)->id;
	tsp_builder *b = tsp_builder_new();
	tsp_value value = { NULL, 0 };
	va_list args;
	int rc;

	if (format != NULL) {
		va_start(args, format);
		tsp_put_vformat(b, format, args);
		va_end(args);
		assert(tsp_builder_value(b, &value) == 0);
		/* the id is put in here, so that all bodies have it alike */
	}
	ledger_find(id)->noted = noted;
	memory_arm(true);
	if (noted)
		rc = tsp_send_noted(self, id, to, type, value);
	else
		rc = tsp_send(self, to, type, value);
	memory_arm(false);
	tsp_builder_free(b);
	note_result(id, rc);
}

static uint64_t next_id(void)
{
	return sim->ledger.count + 1;
}

static void post(tsp_actor *self, tsp_address to, enum work work, int fuel, bool noted)
{
	post_body(self, to, work, noted, "Work", "{s:u, s:i, s:i}", "id", next_id(), "do",
		(int)work, "fuel", fuel);
}

static tsp_address somebody(tsp_actor *self, tsp_address sender)
{
	const struct instance *instance = me(self);

	switch (sim_draw(8)) {
	case 0: /* what is said to the admin is a request, and no message in our sense */
		return sender.number != 0 ? sender : book_draw();
	case 1:
		return tsp_my_address(self);
	case 2:
		if (instance->child_count > 0)
			return (tsp_address){ SIM_SYSTEM,
				instance->children[sim_draw(instance->child_count)] };
		return book_draw();
	default:
		return book_draw();
	}
}

static void pass(tsp_actor *self, tsp_address sender, int fuel)
{
	for (uint64_t i = 1 + sim_draw(3); i > 0; i--) {
		enum work work = fuel > 0 ? work_draw() : WORK_NOTHING;

		post(self, target_for(work, somebody(self, sender)), work, fuel - 1,
			sim_chance(20));
		if (host_point(sim->running))
			return;
	}
}

static void flood(tsp_actor *self, tsp_address sender)
{
	struct instance *instance = me(self);
	tsp_address to = somebody(self, sender);

	if (instance->flooded.number != 0 && sim_chance(60))
		to = instance->flooded; /* once more, when pauses have come */
	instance->flooded = to;
	if (sim_chance(60))
		post(self, to, WORK_SLOW, 0, false);
	if (sim_chance(70) && tsp_wakeup_after(self, (int64_t)sim_draw(80), ABSENT) == 0)
		instance->wakes++;
	for (uint64_t i = 50 + sim_draw(sim_chance(3) ? 3000 : 200); i > 0; i--) {
		post(self, to, WORK_NOTHING, 0, sim_chance(2));
		if (host_point(sim->running))
			return;
	}
}

static void send_big(tsp_actor *self, tsp_address sender)
{
	size_t size = sim_chance(1) ? ((size_t)64 << 20) - 60 - sim_draw(20) : sim_draw(400000);
	uint8_t *bytes = calloc(1, size);

	assert(bytes != NULL);
	post_body(self, somebody(self, sender), WORK_NOTHING, false, "Work", "{s:u, s:i, s:i, s:B}",
		"id", next_id(), "do", (int)WORK_NOTHING, "fuel", 0, "pad", bytes, size);
	free(bytes);
}

/* ---- What needs the admin ---- */

static void create(tsp_actor *self)
{
	static const char *const full[] = { "two:Any", "one:Bad", "none:Any", "one:Needy" };
	tsp_create_options options = { .host = (enum tsp_host)host_draw() };
	const char *class_name = sim_chance(80) ? class_draw() : full[sim_draw(4)];
	tsp_address child;

	if (sim_chance(5 + sim->profile->names / 2))
		options.name = name_draw();
	if (sim->profile->loads && sim_chance(15))
		options.source = MODULE_SOURCE;
	if (sim_chance(10))
		options.role = "worker";
	if (sim_chance(4) &&
		self->stage->counter < ADDRESS_COUNTER_MASK / 2) /* its lease runs out */
		self->stage->counter = ADDRESS_COUNTER_MASK - sim_draw(4);
	memory_arm(true);
	child = tsp_create(self, class_name, &options);
	memory_arm(false);
	sim_trace("actor %llx creates %s %llx", (unsigned long long)self->number, class_name,
		(unsigned long long)child.number);
	if (tsp_address_is_nobody(child))
		return;
	book_add(child);
	if (options.name == NULL)
		ledger_child(me(self), child.number);
	if (sim_chance(50))
		post(self, child, WORK_PASS, 1, sim_chance(50));
}

static void own_names(tsp_actor *self, enum work work)
{
	tsp_address targets[SIM_NAMES];
	const char *names[SIM_NAMES];
	size_t count = 1 + sim_draw(3);
	size_t first = sim_draw(SIM_NAMES);

	for (size_t i = 0; i < count; i++) {
		names[i] = sim_names[(first + i) % SIM_NAMES];
		targets[i] = sim_chance(20) ? tsp_my_address(self) : book_draw();
	}
	sim_trace("actor %llx: %s %d names from %s", (unsigned long long)self->number,
		work_names[work], (int)count, names[0]);
	if (work == WORK_TAKE)
		sim->owner = tsp_my_address(self);
	if (work == WORK_TAKE)
		(void)tsp_take_names(self, names, count);
	else if (work == WORK_GIVE)
		(void)tsp_give_names(self, names, targets, count);
	else if (work == WORK_HOLD)
		(void)tsp_keep_names(
			self, names, count, 1 + (int64_t)sim_draw(sim_chance(30) ? 20000 : 500));
	else
		(void)tsp_free_names(self, names, count);
}

static void load(tsp_actor *self)
{
	static const char package[] = "package.....";

	switch (sim_draw(5)) {
	case 0:
		(void)tsp_register_source_authority(self);
		break;
	case 1:
		(void)tsp_notify_on_source_availability(self, sim_chance(70));
		break;
	case 2:
		(void)tsp_unload_source(self, MODULE_SOURCE);
		break;
	default:
		(void)tsp_load_source(self, package, 8 + sim_draw(4), "sim");
		break;
	}
}

static void set_capability(tsp_actor *self)
{
	const uint8_t yes[] = { 0xf5 };
	const uint8_t null[] = { 0xf6 };

	(void)tsp_update_capability(self, "Gold", (tsp_value){ sim_chance(60) ? yes : null, 1 });
}

/* ---- Work ---- */

static int fail(tsp_actor *self)
{
	return tsp_fail_text(self, TSP_EVALUE, "as it was told");
}

static int do_simple(tsp_actor *self, enum work work, uint64_t id, tsp_address sender)
{
	struct entry *entry = ledger_find(id);

	switch (work) {
	case WORK_REPLY:
		if (sender.number != 0)
			post_body(self, sender, WORK_NOTHING, false, "Work", "{s:u, s:u, s:i, s:i}",
				"id", next_id(), "re", id, "do", (int)WORK_NOTHING, "fuel", 0);
		break;
	case WORK_FAIL_ONCE:
		return entry->failures == 0 ? fail(self) : TSP_OK;
	case WORK_FAIL:
		return fail(self);
	case WORK_CRASH:
		host_die(sim->running, draw_status());
		break;
	case WORK_DEFER:
		return entry->defers++ < 1 + (int)(id % 3) ? TSP_DEFER : TSP_OK;
	case WORK_KEEP:
		return TSP_DEFER;
	case WORK_WAKE:
		if (tsp_wakeup_after(self, (int64_t)sim_draw(300), ABSENT) == 0)
			me(self)->wakes++;
		break;
	case WORK_LEAVE:
		(void)tsp_exit(self);
		break;
	case WORK_SLOW:
		sim->running->busy_until = sim->now + (clock_ns)sim_draw(400) * CLOCK_MS;
		break;
	default:
		break;
	}
	return TSP_OK;
}

static int do_work(tsp_actor *self, enum work work, uint64_t id, tsp_address sender, int fuel)
{
	switch (work) {
	case WORK_PASS:
		pass(self, sender, fuel);
		break;
	case WORK_NOTED:
		if (sim_chance(20))
			post_body(self, somebody(self, sender), WORK_EMPTY, true, NULL, NULL);
		else
			post(self, somebody(self, sender), fuel > 0 ? work_draw() : WORK_NOTHING,
				fuel - 1, true);
		break;
	case WORK_CREATE:
		create(self);
		break;
	case WORK_ASK_EXIT:
		post_body(self, somebody(self, sender), WORK_EXIT_REQUEST, false,
			"ActorExitRequest", "{s:u, s:b}", "id", next_id(), "recursive",
			(int)sim_chance(80));
		break;
	case WORK_STATUS:
		post_body(self, somebody(self, sender), WORK_STATUS_REQUEST, false,
			"Thespian_StatusReq", "{s:u}", "id", next_id());
		break;
	case WORK_FLOOD:
		flood(self, sender);
		break;
	case WORK_BIG:
		send_big(self, sender);
		break;
	case WORK_TAKE:
	case WORK_GIVE:
	case WORK_HOLD:
	case WORK_FREE:
		own_names(self, work);
		break;
	case WORK_LETTERS:
		(void)tsp_handle_dead_letters(self, sim_chance(80));
		break;
	case WORK_LOAD:
		load(self);
		break;
	case WORK_CAPABILITY:
		set_capability(self);
		break;
	case WORK_CHILDREN:
		(void)tsp_list_children(self);
		break;
	default:
		return do_simple(self, work, id, sender);
	}
	return TSP_OK;
}

static int work(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	uint64_t id = (uint64_t)tsp_get_int(message, "id", 0);
	struct entry *entry = ledger_find(id);
	int rc;

	if (sim->running->dead)
		return TSP_OK;
	if (entry == NULL ||
		(!entry->again && !tsp_address_equal(entry->from, sender) &&
			!tsp_address_is_nobody(sender))) { /* nobody: it has gone since */
		sim_fail("message %d comes from somebody else", (int)id);
		return TSP_OK;
	}
	if (me(self)->exiting)
		sim_fail("actor %llx handles message %d after its exit request",
			(unsigned long long)self->number, (int)id);
	sim_trace("message %d (%s) is handled by %llx", (int)id, work_names[entry->work],
		(unsigned long long)self->number);
	if (!ledger_run(entry, my_index(self)))
		return TSP_OK;
	rc = host_point(sim->running) ? TSP_OK :
					do_work(self, (enum work)tsp_get_int(message, "do", 0), id,
						sender, (int)tsp_get_int(message, "fuel", 0));
	entry = ledger_find(id);
	if (host_point(sim->running)) {
		entry->died = true;
		return TSP_OK;
	}
	entry->deferred = rc == TSP_DEFER;
	if (rc < 0) {
		entry->failed = ++entry->failures == 2;
		return rc;
	}
	entry->failures = 0;
	entry->finished = rc == TSP_OK;
	return rc;
}

static int on_work(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	bool was = memory_arm(false);
	int rc = work(self, message, sender);

	memory_arm(was);
	return rc;
}

/* ---- What the system says ---- */

static int on_exit_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct entry *entry = ledger_find((uint64_t)tsp_get_int(message, "id", 0));
	bool was = memory_arm(false);

	if (!sim->running->dead) {
		sim_trace("actor %llx is asked to exit", (unsigned long long)self->number);
		if (me(self)->exiting)
			sim_fail("actor %llx hears of its exit twice",
				(unsigned long long)self->number);
		if (entry != NULL && ledger_run(entry, my_index(self)))
			entry->finished = true;
		me(self)->exiting = true;
		me(self)->spares = !tsp_get_bool(message, "recursive", true);
		if (!host_point(sim->running))
			pass(self, sender, 0);
		entry = ledger_find((uint64_t)tsp_get_int(message, "id", 0));
		if (sim->running->dead && entry != NULL) {
			entry->finished = false;
			entry->died = true;
		}
	}
	memory_arm(was);
	return TSP_OK;
}

/* Who holds a name also hears what was for who was created under it before. */
static bool is_mine(tsp_actor *self, const struct entry *entry)
{
	return tsp_address_equal(entry->from, tsp_my_address(self)) ||
		(entry->from.number & ADDRESS_NAME_BIT) != 0;
}

static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct mind *mind = tsp_state(self);
	tsp_value inner = { NULL, 0 };
	struct entry *entry;

	(void)sender;
	(void)tsp_value_encoded(tsp_get(message, "poisonMessage"), &inner);
	entry = ledger_find(body_id(inner.data, inner.size));
	if (sim->running->dead || entry == NULL || host_point(sim->running) || entry->again)
		return TSP_OK;
	if (entry->id % 16 == 0 && !mind->poison_failed) {
		mind->poison_failed = true;
		return TSP_EFAILED;
	}
	if (entry->id % 32 == 0 && mind->poison_failed) {
		mind->poison_failed = false;
		return TSP_EFAILED;
	}
	mind->poison_failed = false;
	if (!is_mine(self, entry))
		sim_fail("message %d goes back to somebody else", (int)entry->id);
	if (++entry->poisons > 1)
		sim_fail("message %d goes back twice", (int)entry->id);
	if (entry->finished)
		sim_fail("message %d goes back though it was handled", (int)entry->id);
	if (tsp_text_is(tsp_get_text(message, "outcome"), "failed") && !entry->failed &&
		!sim->profile->memory)
		sim_fail("message %d is said to have failed", (int)entry->id);
	return TSP_OK;
}

static int on_handled(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct entry *entry = ledger_find((uint64_t)tsp_get_int(message, "note", 0));
	tsp_text outcome = tsp_get_text(message, "outcome");

	(void)sender;
	if (sim->running->dead || host_point(sim->running))
		return TSP_OK;
	if (entry == NULL || !is_mine(self, entry)) {
		sim_fail("actor %llx hears of a note that is not its own",
			(unsigned long long)self->number);
		return TSP_OK;
	}
	if (++entry->handleds > 1)
		sim_fail("message %d is said to be handled twice", (int)entry->id);
	if (outcome.size < sizeof(entry->handled))
		memcpy(entry->handled, outcome.data, outcome.size);
	return TSP_OK;
}

static int on_child_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	bool was = memory_arm(false);

	(void)sender;
	if (!sim->running->dead && !host_point(sim->running))
		ledger_child_ended(me(self), tsp_get_address(message, "childAddress").number);
	memory_arm(was);
	return TSP_OK;
}

static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	bool was = memory_arm(false);

	(void)message;
	if (!sim->running->dead && !host_point(sim->running)) {
		if (--me(self)->wakes < 0)
			sim_fail("actor %llx is woken up once too often",
				(unsigned long long)self->number);
		if (me(self)->flooded.number != 0 && sim_chance(70))
			flood(self, sender);
	}
	memory_arm(was);
	return TSP_OK;
}

static int on_validate(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	bool was = memory_arm(false);
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));

	(void)sender;
	if (sim_chance(80))
		(void)tsp_validated_source(self, hash, "zip", 3, 0, NULL);
	else if (sim_chance(50))
		(void)tsp_validated_source(self, hash, NULL, 0, TSP_EUNTRUSTED, "a bad one");
	free(hash);
	memory_arm(was);
	return TSP_OK;
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	if (!sim->running->dead)
		(void)host_point(sim->running);
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "Work", on_work },
	{ "ActorExitRequest", on_exit_request },
	{ "PoisonMessage", on_poison },
	{ "Handled", on_handled },
	{ "ChildActorExited", on_child_exited },
	{ "WakeupMessage", on_wakeup },
	{ "ValidateSource", on_validate },
	{ 0 },
};

/* ---- Life ---- */

static int be_born(tsp_actor *self, tsp_value argument)
{
	struct mind *mind = tsp_state(self);
	bool was = memory_arm(false);

	(void)argument;
	if (!sim->running->dead) {
		if (ledger_instance(self->number) != NULL)
			sim_fail("actor %llx is born twice", (unsigned long long)self->number);
		mind->instance = ledger_born(self->number, sim->running->id, tsp_my_address(self),
			tsp_my_parent(self).number);
		sim_trace("actor %llx is born in host %d", (unsigned long long)self->number,
			(int)sim->running->id);
		book_add(tsp_my_address(self));
		(void)host_point(sim->running);
	}
	memory_arm(was);
	return TSP_OK;
}

static void leave(tsp_actor *self)
{
	if (!sim->running->dead)
		me(self)->alive = false;
}

static int busy_init(tsp_actor *self, tsp_value argument)
{
	bool was = memory_arm(false);
	int rc = be_born(self, argument);

	if (!sim->running->dead)
		pass(self, tsp_my_parent(self), 2);
	if (!sim->running->dead && sim_chance(30))
		create(self);
	memory_arm(was);
	return rc;
}

static int bad_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_fail_text(self, TSP_EVALUE, "no luck");
}

static int fatal_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	(void)self;
	if (!sim->running->dead)
		host_die(sim->running, draw_status());
	return TSP_OK;
}

static const tsp_requirement gold[] = { { "Gold", NULL }, { 0 } };

#define COMMON \
	.state_size = sizeof(struct mind), .handlers = handlers, .receive = on_other, .fini = leave

static const tsp_class any = { .name = "Any", .init = be_born, COMMON };
static const tsp_class needy = {
	.name = "Needy", .init = be_born, COMMON, .requires_capabilities = gold
};
static const tsp_class busy = { .name = "Busy", .init = busy_init, COMMON };
static const tsp_class judge = { .name = "Judge", .init = be_born, COMMON };
static const tsp_class bad = { .name = "Bad", .init = bad_init, COMMON };
static const tsp_class fatal = { .name = "Fatal", .init = fatal_init, COMMON };

const tsp_class *const sim_classes[] = { &any, &needy, &busy, &judge, &bad, &fatal, NULL };
