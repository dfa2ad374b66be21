/* SPDX-License-Identifier: MIT */
/* Who does what to whom: what callers begin, and what fate has in store. */
#include "config.h"
#include "sim/sim.h"

#include <signal.h>
#include "wire/address.h"

const char *const sim_names[SIM_NAMES] = { "red", "green", "blue", "white", "Director" };

const struct profile sim_profiles[] = {
	{ .name = "plain", .shared = 40, .names = 6 },
	{ .name = "deaths", .deaths = 12, .fates = 20, .shared = 30, .names = 8, .losses = true },
	{ .name = "bounds", .deaths = 2, .fates = 15, .shared = 40, .names = 8, .bounds = true },
	{ .name = "names", .deaths = 5, .fates = 10, .shared = 30, .names = 40 },
	{ .name = "shared hosts", .deaths = 5, .fates = 8, .shared = 95, .names = 8 },
	{ .name = "allocation failures",
		.deaths = 2,
		.fates = 5,
		.shared = 50,
		.names = 15,
		.memory = true,
		.loads = true },
	{ .name = "everything",
		.deaths = 8,
		.fates = 15,
		.shared = 50,
		.names = 15,
		.bounds = true,
		.losses = true,
		.loads = true },
};
const size_t sim_profile_count = sizeof(sim_profiles) / sizeof(*sim_profiles);

void book_add(tsp_address address)
{
	sim->book[sim->book_count < SIM_BOOK ? sim->book_count++ : sim_draw(SIM_BOOK)] = address;
}

tsp_address name_address(const char *name)
{
	return (tsp_address){ SIM_SYSTEM, address_of_name(SIM_SYSTEM, tsp_text_of(name)) };
}

const char *name_draw(void)
{
	return sim_names[sim_draw(SIM_NAMES)];
}

/* Mostly one of the last ones, so that they meet again. */
tsp_address book_draw(void)
{
	size_t back;

	if (sim->book_count == 0 || sim_chance(8 + sim->profile->names))
		return name_address(name_draw());
	if (sim_chance(2))
		return (tsp_address){ 77, 7 };
	back = sim_draw(sim_chance(80) && sim->book_count > 8 ? 8 : sim->book_count);
	return sim->book[sim->book_count - 1 - back];
}

tsp_address target_for(enum work work, tsp_address otherwise)
{
	if (work >= WORK_GIVE && work <= WORK_FREE && sim->owner.number != 0 && sim_chance(75))
		return sim->owner;
	return otherwise;
}

int host_draw(void)
{
	if (sim_chance(10))
		return TSP_HOST_DEFAULT;
	return sim_chance(sim->profile->shared) ? TSP_HOST_SHARED : TSP_HOST_OWN;
}

const char *class_draw(void)
{
	static const char *const others[] = { "Needy", "Bad", "Fatal", "Busy", "None" };

	return sim_chance(85) ? "Any" : others[sim_draw(5)];
}

enum work work_draw(void)
{
	if (sim_chance(sim->profile->names))
		return (enum work)(WORK_TAKE + sim_draw(4));
	if (sim_chance(25))
		return WORK_PASS;
	switch (sim_draw(sim->profile->loads ? WORK_KINDS : WORK_LOAD)) {
	case WORK_FLOOD:
		return sim_chance(sim->profile->bounds ? 80 : 20) ? WORK_FLOOD : WORK_PASS;
	case WORK_BIG:
		return sim_chance(10) ? WORK_BIG : WORK_REPLY;
	case WORK_CRASH:
		return sim->profile->deaths > 0 || sim_chance(10) ? WORK_CRASH : WORK_FAIL;
	case WORK_TAKE:
	case WORK_GIVE:
	case WORK_HOLD:
	case WORK_FREE:
		return WORK_NOTED;
	default:
		break;
	}
	return (enum work)sim_draw(sim->profile->loads ? WORK_KINDS : WORK_TAKE);
}

static void load(struct sim_caller *caller)
{
	static const char package[] = "package.....";

	if (sim_chance(60))
		caller_request(caller, "LoadSource", false, "{s:B, s:s}", "data", package,
			8 + sim_draw(4), "info", "sim");
	else
		caller_request(caller, "UnloadSource", false, "{s:s}", "hash", "706163");
}

static void ask_morgue(struct sim_caller *caller)
{
	int shelf = (int)sim_draw(2);

	switch (sim_draw(8)) {
	case 0:
		caller_request(caller, "ListMorgue", true, "{s:i}", "shelf", shelf);
		break;
	case 1:
		caller_request(caller, "ShowMorgue", true, "{s:i, s:i}", "shelf", shelf, "id",
			(int)sim_draw(20));
		break;
	case 2:
		caller_request(caller, "DropMorgue", true, "{s:i, s:i}", "shelf", shelf, "id",
			(int)sim_draw(20));
		break;
	default:
		caller_send_again(caller);
		break;
	}
}

static void ask_admin(struct sim_caller *caller)
{
	static const char *const capabilities[] = { "Gold", "Silver", "Mailbox Messages" };

	switch (sim_draw(9)) {
	case 0:
		caller_request(caller, "Thespian_StatusReq", true, "{}");
		break;
	case 1:
		caller_request(caller, "ListActors", true, "{}");
		break;
	case 2:
		caller_request(caller, "UpdateCapability", true, "{s:s, s:i}", "name",
			capabilities[sim_draw(sim->profile->bounds ? 3 : 2)], "value",
			(int)sim_draw(5));
		break;
	case 3:
		caller_request(caller, "Resolve", true, "{s:s}", "name", name_draw());
		break;
	case 4:
		if (sim->profile->loads)
			load(caller);
		break;
	case 5:
		caller_restart(caller);
		break;
	case 6:
	case 7:
		ask_morgue(caller);
		break;
	default:
		if (sim_chance(30 + sim->profile->fates))
			caller_request(caller, "Kill", true, "{s:a, s:i, s:b}", "address",
				book_draw(), "grace_ms", (int)sim_draw(3) * 500, "others",
				sim_chance(50));
		break;
	}
}

static void act(struct sim_caller *caller)
{
	enum work work = work_draw();

	switch (sim_draw(12)) {
	case 0:
	case 1:
		caller_create(caller);
		break;
	case 2:
		ask_admin(caller);
		break;
	case 3:
		caller_tell(caller, book_draw(), WORK_EXIT_REQUEST, 0);
		break;
	case 4:
		caller_ask(caller, book_draw(), WORK_STATUS_REQUEST, 0);
		break;
	case 5:
		for (uint64_t i = sim_draw(20); i > 0; i--)
			caller_tell(caller, book_draw(), WORK_NOTHING, 0);
		break;
	case 6:
	case 7:
		caller_tell(caller, target_for(work, book_draw()), work, 4);
		break;
	default:
		caller_ask(caller, target_for(work, book_draw()), work, 4);
		break;
	}
}

static void fate(void)
{
	struct sim_host *host;

	if (sim_chance(6) && sim->caller_count > 1) {
		struct sim_caller *caller = caller_any();

		if (caller != NULL)
			caller_vanish(caller);
		caller_open();
		return;
	}
	if (sim_chance(10) && sim->profile->losses) {
		nursery_die();
		return;
	}
	if (sim->host_count == 0)
		return;
	host = sim->hosts[sim_draw(sim->host_count)];
	if (host->dead || !host->born)
		return;
	switch (sim_draw(6)) {
	case 0:
		host_die(host, sim_chance(80) ? SIGKILL : draw_status());
		break;
	case 1:
		host->busy_until = sim->now + (clock_ns)sim_draw(500) * CLOCK_MS;
		break;
	default:
		host_stop(host, sim_chance(40));
		break;
	}
}

void workload_step(void *data, uint64_t left)
{
	struct sim_caller *caller = caller_any();

	(void)data;
	if (sim->calm)
		return;
	if (sim_chance(sim->profile->fates))
		fate();
	if (caller != NULL)
		for (uint64_t i = 1 + sim_draw(3); i > 0; i--)
			act(caller);
	else if (sim->caller_count < SIM_CALLERS)
		caller_open();
	if (left > 0)
		sim_at(sim->now + (clock_ns)sim_draw(15) * sim_delay() + 1, workload_step, NULL,
			left - 1);
}
