/* SPDX-License-Identifier: MIT */
/*
 * crowd [MEMBERS]: TAP; two leaders and that many members of 3 to 8 actors find each other, lose their leader,
 * have a source everywhere, and get their leader back (issue 6: 9,000).
 */
#include "config.h"
#include "test/sim/crowd.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/convention.h"
#include "test/unit/machine_actors.h"

#define MEMBERS	     200
#define MEMBER_BYTES 8192
#define BEATS	     10 /* periods of the heartbeat that are looked at alone */
#define AT_ONCE	     50 /* creations */

struct crowd crowd;

static struct system *counted; /* whose core is at work */
static int tests;
static bool failed;

/* ---- What a leader's core has allocated ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);

static void *count(void *memory, int sign)
{
	if (counted != NULL && memory != NULL)
		counted->bytes += sign * (long)(malloc_usable_size(memory) + sizeof(size_t));
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return count(__real_malloc(size), 1);
}

void *__wrap_calloc(size_t items, size_t size)
{
	return count(__real_calloc(items, size), 1);
}

void *__wrap_realloc(void *memory, size_t size)
{
	(void)count(memory, -1);
	return count(__real_realloc(memory, size), 1);
}

char *__wrap_strdup(const char *text)
{
	return count(__real_strdup(text), 1);
}

void __wrap_free(void *memory)
{
	(void)count(memory, -1);
	__real_free(memory);
}

/* ---- The cores ---- */

static void receive(const struct job *job)
{
	size_t at = 0;

	while (at < job->bytes->size) {
		struct frame frame;
		long size = frame_get(job->bytes->data + at, job->bytes->size - at, FRAME_LIMIT,
			&frame, NULL);

		if (size <= 0 ||
			admin_receive(job->system->machine.admin, job->link, &frame, crowd.now) < 0)
			abort();
		at += (size_t)size;
	}
}

static void work(struct job *job)
{
	struct admin *admin = job->system->machine.admin;
	tsp_error err = { 0 };

	switch (job->kind) {
	case RUN:
		machine_run(&job->system->machine);
		return;
	case OPEN:
		job->link = admin_system_opened(admin, job->peer, job->hello, crowd.now, &err);
		return;
	case REFUSE:
		admin_dial_failed(admin, job->dial, "connection refused", crowd.now);
		return;
	case RECEIVE:
		receive(job);
		return;
	case HEARD:
		admin_system_heard(admin, job->link, STEP, crowd.now);
		return;
	case ENDED:
		admin_link_ended(admin, job->link, crowd.now);
		return;
	}
}

static void __attribute__((noinline)) at_leader(struct job *job)
{
	work(job);
}

/* The same while nothing is to happen but heartbeats: callgrind --toggle-collect=at_leader_beating. */
static void __attribute__((noinline)) at_leader_beating(struct job *job)
{
	work(job);
	__asm__ volatile(""); /* it stays a function of its own */
}

void crowd_do(struct job *job)
{
	if (job->system->leads) {
		counted = job->system;
		if (crowd.beating)
			at_leader_beating(job);
		else
			at_leader(job);
		counted = NULL;
	} else {
		work(job);
	}
}

void crowd_free(struct system *writer, struct buffer *bytes)
{
	counted = writer->leads ? writer : NULL;
	buffer_clear(bytes);
	counted = NULL;
}

static void step(void)
{
	crowd.now += STEP;
	for (int i = 0; i < crowd.count; i++)
		crowd.systems[i].machine.now = crowd.now;
	wires_step();
	for (int i = 0; i < crowd.count; i++) {
		struct job job = { .kind = RUN, .system = &crowd.systems[i] };

		if (crowd.systems[i].up)
			crowd_do(&job);
	}
}

static void start(struct system *system)
{
	struct admin_config config = { .cores = 1, .authority = "test:Parent" };
	char capabilities[100];

	system->life++;
	system->up = true;
	snprintf(capabilities, sizeof(capabilities),
		"{\"Convention Address.IPv4\": \"l0:1900,l1:1900\", \"member\": %d}",
		system->number);
	config.system = 0xa00000 + (uint64_t)system->number * 16 + (uint64_t)system->life;
	config.capabilities = capabilities;
	config.advertise = system->leads ? system->address : NULL;
	machine_open(&system->machine, &config, machine_classes);
	system->machine.now = crowd.now;
	for (int i = 0; i < system->actors; i++)
		(void)machine_create(&system->machine, "Echo", NULL, TSP_HOST_SHARED);
}

/* ---- What must hold ---- */

static void report(bool good, const char *what, clock_ns since, const char *more)
{
	failed = failed || !good;
	printf("%s %d - %s: %.1f s%s\n", good ? "ok" : "not ok", ++tests, what,
		(double)(crowd.now - since) / (double)CLOCK_SECOND, more);
	fflush(stdout);
}

/* Members and the other leader. */
static int registered(const struct system *system)
{
	const struct admin *admin = system->machine.admin;
	int found = 0;

	for (struct list *at = admin->members.next; at != &admin->members; at = at->next)
		found += list_item(at, struct member, link)->registered;
	return found;
}

static bool all_follow(int leader)
{
	for (int i = LEADERS; i < crowd.count; i++) {
		const struct member *leads = convention_leader(crowd.systems[i].machine.admin);

		if (leads == NULL || leads->system != crowd.systems[leader].machine.system)
			return false;
	}
	return true;
}

static bool is_whole(void)
{
	for (int i = 0; i < LEADERS; i++)
		if (!crowd.systems[i].up || registered(&crowd.systems[i]) != crowd.count - 1)
			return false;
	for (int i = LEADERS; i < crowd.count; i++)
		if (registered(&crowd.systems[i]) != LEADERS)
			return false;
	return all_follow(0);
}

static bool pass_until(bool (*holds)(void), int seconds)
{
	for (clock_ns end = crowd.now + seconds * CLOCK_SECOND; !holds() && crowd.now < end;)
		step();
	return holds();
}

static void form(void)
{
	clock_ns since = crowd.now;

	report(pass_until(is_whole, 60), "F090: the members have found both leaders", since, "");
}

static void weigh(const long *before)
{
	long most = 0;
	char text[60];

	for (int i = 0; i < LEADERS; i++) {
		long each = (crowd.systems[i].bytes - before[i]) / (crowd.count - 1);

		most = each > most ? each : most;
	}
	snprintf(text, sizeof(text), ", %ld bytes a member", most);
	report(most <= MEMBER_BYTES, "a member takes at most 8 KiB at its leader", crowd.now, text);
}

static void beat(void)
{
	clock_ns since = crowd.now;
	size_t dialled = crowd.dialled;

	crowd.beating = true;
	for (clock_ns end = crowd.now + BEATS * 2 * CLOCK_SECOND; crowd.now < end;)
		step();
	crowd.beating = false;
	report(is_whole() && crowd.dialled == dialled, "nobody is missed while hearts beat", since,
		", 10 periods");
}

static int created;

static void take_answers(struct machine *machine)
{
	for (size_t i = 0; i < machine->caller.count; i++) {
		created += tsp_message_is(machine->caller.inbox[i], "Created");
		tsp_message_free(machine->caller.inbox[i]);
	}
	machine->caller.count = 0;
}

/* What --fleet, and names at other systems, go by. */
static void list_all(void)
{
	struct machine *machine = &crowd.systems[0].machine;
	uint64_t reply = machine_request(machine, "Thespian_StatusReq", "{s:s}", "about", "convention");
	const tsp_message *status = machine_reply(machine, reply);
	size_t count = tsp_value_count(tsp_get(status, "conventionAttendees"));
	char text[60];

	snprintf(text, sizeof(text), ", %zu bytes", tsp_message_value(status).size);
	report(count == (size_t)crowd.count - 1, "the leader tells of all", crowd.now, text);
	take_answers(machine);
}

static bool second_leads(void)
{
	return all_follow(1);
}

static bool are_unharmed(void)
{
	for (int i = LEADERS; i < crowd.count; i++)
		if (crowd.systems[i].machine.admin->counters.actors_ended > 0)
			return false;
	return true;
}

/* By a loss of power: nobody hears of it. */
static void lose_leader(void)
{
	clock_ns since = crowd.now;
	struct system *leader = &crowd.systems[0];
	bool good;

	leader->up = false;
	machine_close(&leader->machine);
	good = pass_until(second_leads, 12);
	report(good && are_unharmed(), "the second one leads all, and no actor has ended", since, "");
}

/* ---- A source, everywhere ---- */

static void create_there(struct machine *machine, const char *hash, int member)
{
	uint64_t number = (machine->caller.lease << ADDRESS_LEASE_SHIFT) | ++machine->caller.counter;
	tsp_builder *b = tsp_builder_new();
	tsp_value requirements;

	tsp_put_format(b, "{s:i}", "member", member);
	if (tsp_builder_value(b, &requirements) < 0)
		abort();
	(void)machine_request(machine, "Create", "{s:u, s:s, s:s, s:e}", "number", number, "class",
		"Echo", "source", hash, "requirements", requirements);
	tsp_builder_free(b);
}

static bool have_all_created(void)
{
	take_answers(&crowd.systems[1].machine);
	return created == crowd.count - LEADERS;
}

static void load_everywhere(void)
{
	struct machine *machine = &crowd.systems[1].machine;
	clock_ns since = crowd.now;
	static char package[64 * 1024] = "good";
	uint64_t reply = machine_request(
		machine, "LoadSource", "{s:B, s:s}", "data", package, sizeof(package), "info", "x");
	char *hash = tsp_text_copy(tsp_get_text(machine_reply(machine, reply), "sourceHash"));
	bool good;

	take_answers(machine);
	for (int i = LEADERS; i < crowd.count; i++) {
		create_there(machine, hash, i);
		if (i % AT_ONCE == 0) {
			step();
			take_answers(machine);
		}
	}
	good = pass_until(have_all_created, 60);
	for (int i = LEADERS; i < crowd.count; i++)
		good = good && crowd.systems[i].machine.to_build_count == 0;
	report(good, "an actor of a source of 64 KiB runs on each member", since, "");
	free(hash);
}

int main(int argc, char **argv)
{
	int members = argc > 1 ? atoi(argv[1]) : MEMBERS;
	long before[LEADERS];
	clock_ns since;

	if (argc > 2 || members < 1 || members > CROWD_LIMIT) {
		fprintf(stderr, "usage: crowd [MEMBERS], at most %d\n", CROWD_LIMIT);
		return 2;
	}
	crowd.count = members + LEADERS;
	crowd.now = 1000 * CLOCK_SECOND;
	crowd.systems = calloc((size_t)crowd.count, sizeof(*crowd.systems));
	if (crowd.systems == NULL)
		return EXIT_FAILURE;
	printf("1..7\n# %d members\n", members);
	for (int i = 0; i < crowd.count; i++) {
		struct system *system = &crowd.systems[i];

		system->number = i;
		system->leads = i < LEADERS;
		system->actors = i < LEADERS ? 0 : 3 + i % 6;
		snprintf(system->address, sizeof(system->address), "l%d:1900", i);
		start(system);
	}
	for (int i = 0; i < LEADERS; i++)
		before[i] = crowd.systems[i].bytes;
	form();
	weigh(before);
	beat();
	list_all();
	lose_leader();
	load_everywhere();
	since = crowd.now;
	start(&crowd.systems[0]);
	report(pass_until(is_whole, 90), "the leader is back, and all follow it", since, "");
	for (int i = 0; i < crowd.count; i++)
		machine_close(&crowd.systems[i].machine);
	wires_clear();
	free(crowd.systems);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
