#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a class may ask beside having its handlers called: capabilities, a troupe, an end, first messages.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common

setup() {
	tsp_setup
	mkdir "$dir/modules" "$dir/source"
	write_module
	export THESPIAN_PATH=$dir/modules
	shell -c start > /dev/null
}

teardown() { tsp_teardown; }

shell() {
	thespian-shell -p "$port" --timeout 30 "$@" 3>&-
}

# ask ACTOR MESSAGE...: leaves the answer in $output.
ask() {
	run shell --json -c "ask $*"
	[ "$status" -eq 0 ] || return 1 # within wait_until nothing else ends it
	output=$(tail -n 1 <<< "$output")
}

# The numbers of processes of class $1, one a line.
pids() {
	shell --json -c actors | tail -n 1 | jq --arg class "$1" '.actors[] | select(.class == $class).pid'
}

count_is() {
	[ "$(pids "$1" | wc -l)" -eq "$2" ]
}

write_module() {
	cat > "$dir/source/classes.c" <<-'END'
	#include <signal.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <time.h>
	#include <thespian.h>
	#include <unistd.h>

	/* ---- capabilities ---- */

	static bool has_common(tsp_value capabilities, tsp_value requirements)
	{
		bool never = false;

		(void)tsp_value_bool(tsp_value_get(requirements, "Never"), &never);
		return !never && tsp_value_get(capabilities, "Thespian ActorSystem Name").data != NULL &&
			tsp_value_get(capabilities, "Thespian ActorSystem Version").data != NULL &&
			tsp_value_get(capabilities, "Thespian Generation").data != NULL &&
			tsp_value_get(capabilities, "Thespian Version").data != NULL;
	}

	struct told {
		char name[64];
		int64_t colour;
	};

	static int tell_init(tsp_actor *self, tsp_value argument)
	{
		struct told *told = tsp_state(self);

		(void)argument;
		(void)tsp_value_int(tsp_value_get(tsp_my_requirements(self), "Colour"), &told->colour);
		if (tsp_my_name(self) != NULL)
			(void)snprintf(told->name, sizeof(told->name), "%s", tsp_my_name(self));
		return TSP_OK;
	}

	static int on_tell(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		const struct told *told = tsp_state(self);

		return tsp_sendf(self, sender, NULL, "{s:s, s:I, s:b}", "name", told->name, "colour",
			told->colour, "fits", (int)tsp_capability_check(self, tsp_message_value(message)));
	}

	static const tsp_handler tell_handlers[] = { { "Tell", on_tell }, { 0 } };
	static const tsp_class common = { .name = "Common", .check = has_common, .state_size = sizeof(struct told),
		.init = tell_init, .handlers = tell_handlers };
	static const tsp_requirement needs[] = { { "Disk", "5" }, { "Net", NULL }, { 0 } };
	static const tsp_class needing = { .name = "Needing", .requires_capabilities = needs,
		.state_size = sizeof(struct told), .init = tell_init, .handlers = tell_handlers };

	/* ---- a troupe ---- */

	static void nap(int64_t ms)
	{
		struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

		nanosleep(&time, NULL);
	}

	static int on_work(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		nap(tsp_get_int(message, "ms", 0));
		return tsp_sendf(self, sender, "Worked", "{s:i}", "pid", (int)getpid());
	}

	/* Dies, but for the time that the file is there already. */
	static int on_die(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		char *file = tsp_text_copy(tsp_get_text(message, "unless"));
		bool there = file[0] != '\0' && access(file, F_OK) == 0;

		if (file[0] != '\0')
			fclose(fopen(file, "w"));
		free(file);
		if (!there)
			raise(SIGKILL);
		return tsp_sendf(self, sender, "Worked", "{s:i}", "pid", (int)getpid());
	}

	static tsp_address asker;

	static int on_long(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		asker = sender;
		tsp_troupe_work_in_progress(self, true);
		return tsp_wakeup_after(self, 1000, (tsp_value){ 0 });
	}

	static int on_wake(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message; (void)sender;
		tsp_troupe_work_in_progress(self, false);
		return tsp_sendf(self, asker, "Worked", "{s:i}", "pid", (int)getpid());
	}

	static const tsp_handler crew_handlers[] = { { "Work", on_work }, { "Die", on_die }, { "Long", on_long },
		{ "WakeupMessage", on_wake }, { 0 } };
	static const tsp_troupe ten = { 0 };
	static const tsp_class crew = { .name = "Crew", .handlers = crew_handlers, .troupe = &ten };

	/* Sends work to the crew, and says how long it took and how many processes did it. */
	struct foreman {
		tsp_address asker;
		int64_t left;
		int64_t since;
		int pids[100];
		int count;
	};

	static int64_t clock_ms(void)
	{
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		return now.tv_sec * 1000 + now.tv_nsec / 1000000;
	}

	static int on_begin(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct foreman *foreman = tsp_state(self);

		*foreman = (struct foreman){ .asker = sender, .left = tsp_get_int(message, "jobs", 1),
			.since = clock_ms() };
		for (int64_t i = 0; i < foreman->left; i++)
			(void)tsp_send(self, tsp_name_address(self, "crew"), "Work", tsp_message_value(message));
		return TSP_OK;
	}

	static int on_worked(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct foreman *foreman = tsp_state(self);
		int pid = (int)tsp_get_int(message, "pid", 0);
		int i;

		(void)sender;
		for (i = 0; i < foreman->count && foreman->pids[i] != pid; i++)
			;
		if (i == foreman->count && i < 100)
			foreman->pids[foreman->count++] = pid;
		if (--foreman->left > 0)
			return TSP_OK;
		return tsp_sendf(self, foreman->asker, NULL, "{s:I, s:i}", "ms", clock_ms() - foreman->since,
			"workers", foreman->count);
	}

	static const tsp_handler foreman_handlers[] = { { "Begin", on_begin }, { "Worked", on_worked }, { 0 } };
	static const tsp_class foreman = { .name = "Foreman", .state_size = sizeof(struct foreman),
		.handlers = foreman_handlers };

	/* ---- an end, and first messages ---- */

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_message_is_system(message))
			return TSP_OK;
		return tsp_sendf(self, sender, "Heard", "{s:v}", "setup", tsp_init_value(self, "Setup"));
	}

	static const tsp_transient first = { .exit_delay_ms = 1500 };
	static const tsp_transient last = { .exit_delay_ms = 1500, .idle = true };
	static const tsp_class fleeting = { .name = "Fleeting", .receive = on_any, .transient = &first };
	static const tsp_class idling = { .name = "Idling", .receive = on_any, .transient = &last };
	static const char *const types[] = { "Setup", "Address", NULL };
	static const tsp_init_messages order = { .types = types };
	static const tsp_class needy = { .name = "Needy", .receive = on_any, .init_messages = &order };

	TSP_EXPORT(&common, &needing, &crew, &foreman, &fleeting, &idling, &needy)
	END
	"$TSP_CC" -D_GNU_SOURCE -shared -fPIC -I"$TSP_SRCDIR/lib" -o "$dir/modules/classes.so" "$dir/source/classes.c"
}

@test "F080, F081: a class's check sees the common capabilities and the requirements" {
	run shell -c 'create classes:Common --name common'
	[ "$status" -eq 0 ]
	run shell -c 'create classes:Common --requires {"Never":true}'
	[ "$status" -ne 0 ]
	[[ $output == *"this system does not fit: the check of class 'Common' says no"* ]]
	run shell -c 'create classes:Foreman --requires {"Colour":7}'
	[ "$status" -ne 0 ]
	[[ $output == *"capability 'Colour' is missing or differs here"* ]]
	shell -c 'capability Colour 7'
	shell -c 'create classes:Foreman --requires {"Colour":7}'
}

@test "F082, F169: each capability that a class requires must be there, and true or equal" {
	run shell -c 'create classes:Needing'
	[[ $output == *"capability 'Disk' is missing or differs here"* ]]
	shell -c 'capability Disk 5'
	run shell -c 'create classes:Needing'
	[[ $output == *"capability 'Net' is missing or differs here"* ]]
	shell -c 'capability Net 5'
	shell -c 'create classes:Needing'
	shell -c 'capability Net 0'
	run shell -c 'create classes:Needing'
	[ "$status" -ne 0 ]
	shell -c 'capability Net true' -c 'capability Disk 6'
	run shell -c 'create classes:Needing'
	[[ $output == *"capability 'Disk' is missing or differs here"* ]]
}

@test "F083: a capability that goes ends who depends on it, and nobody else" {
	shell -c 'capability Colour 7' -c 'capability Disk 5' -c 'capability Net 1' > /dev/null
	shell -c 'create classes:Foreman --requires {"Colour":7}' -c 'create classes:Crew' \
		-c 'create classes:Needing' > /dev/null
	shell -c 'capability Colour 7' -c 'capability Other 1' > /dev/null
	count_is Foreman 1
	shell -c 'capability Colour 8' > /dev/null
	wait_until 10 count_is Foreman 0
	count_is Crew 1
	count_is Needing 1
	shell -c 'capability Net --remove' > /dev/null || shell -c 'capability Net 0' > /dev/null
	wait_until 10 count_is Needing 0
	count_is Crew 1
}

@test "F167, F168: init hears of requirements and name" {
	shell -c 'capability Colour 7' > /dev/null
	shell -c 'create classes:Common --name Ada --requires {"Colour":7}' > /dev/null
	ask Ada 'Tell {"Colour": 7}'
	json '.name == "Ada" and .colour == 7 and .fits'
	ask Ada 'Tell {"Colour": 8}'
	json '.fits | not'
	ask Ada 'Tell {"Colour": true}'
	json '.fits'
}

@test "F170: a name that is known comes before the class" {
	first=$(shell --json -c 'create classes:Common --name Ada' | tail -n 1 | jq -r .address)
	[ "$(shell --json -c 'create nonsense:Nothing --name Ada' | tail -n 1 | jq -r .address)" = "$first" ]
}

@test "F157, W49: ten workers are several times faster than one" {
	shell -c 'create classes:Crew --name crew' -c 'create classes:Foreman --name foreman' > /dev/null
	ask foreman 'Begin {"jobs": 52, "ms": 100}'
	json '.workers == 10'
	many=$(jq .ms <<< "$output")
	ask crew '"troupe:set_max_count=1"'
	json '. == "Set troupe max_count to 1"'
	only_one() { ask foreman 'Begin {"jobs": 4, "ms": 10}' && json '.workers == 1'; }
	wait_until 20 only_one
	ask foreman 'Begin {"jobs": 52, "ms": 100}'
	json --argjson many "$many" '.ms >= 5200 and .ms > 3 * $many'
}

@test "F157: a worker in the midst of its work gets no other" {
	shell -c 'create classes:Crew --name crew' -c 'create classes:Foreman --name foreman' > /dev/null
	ask crew '"troupe:set_max_count=1"'
	shell --json -c 'ask crew Long {}' > "$dir/long" &
	long=$!
	pending() { ask crew '"troupe:status?"' && [[ $output == *"Pending=$1"* ]]; }
	wait_until 10 count_is Crew 2
	shell --json -c 'ask crew Work {}' > "$dir/short" &
	short=$!
	wait_until 10 pending 1
	[ ! -s "$dir/short" ]
	wait "$long" "$short"
	[ "$(tail -n 1 "$dir/long" | jq .value.pid)" -eq "$(tail -n 1 "$dir/short" | jq .value.pid)" ]
}

@test "F158, F171: workers that die are replaced, their work is done by others, and once only twice" {
	leader=$(shell --json -c 'create classes:Crew --name crew' -c 'actors' | tail -n 1 | jq '.actors[].pid')
	ask crew "Die {\"unless\": \"$dir/died\"}"
	json '.["$type"] == "Worked"'
	run shell -c 'ask crew Die {"unless": ""}'
	[ "$status" -ne 0 ]
	[[ $output == *"two workers died of it"* ]]
	ask crew 'Work {}'
	json '.value.pid != '"$leader"
	kill -KILL "$(jq .value.pid <<< "$output")"
	ask crew 'Work {}'
	json '.["$type"] == "Worked"'
	ask crew '"troupe:status?"'
	[[ $output == *"Idle=2, Max=10, Troupers [1, 1 idle, 0 extra]: ["*"], Pending=0"* ]]
	count_is Crew 2
}

@test "F171: more than are to be idle are dismissed after 2 s; with the leader its workers go" {
	shell -c 'create classes:Crew --name crew' -c 'create classes:Foreman --name foreman' > /dev/null
	ask foreman 'Begin {"jobs": 10, "ms": 200}'
	count_is Crew 11
	wait_until 15 count_is Crew 3
	ask crew 'UpdateTroupeSettings {"idle_count": 1, "max_count": 3}'
	json '.value == {"idle_count": 1, "max_count": 3}'
	wait_until 15 count_is Crew 2
	shell -c 'tell crew ActorExitRequest {}'
	wait_until 10 count_is Crew 0
}

@test "F158: a troupe of a loaded source" {
	shell -c stop > /dev/null
	make_key alice
	echo '{ "Actors": { "Crew": { "OnLoad": { "GlobalName": "crew" } } } }' > "$dir/source/troupe.tli"
	thespian-director gensrc --key alice.sec --version 1 troupe "$dir/source" > /dev/null
	thespian-director load troupe
	ask crew 'Work {}'
	json '.["$type"] == "Worked"'
	# the Director starts the leader again under its name: workers of the one before are dismissed
	ask crew '"troupe:status?"'
	[[ $output == *"Troupers [1,"* ]]
	leader_pid() {
		shell --json -c actors | tail -n 1 | jq '.actors[] | select(.class == "Crew" and .name == "crew").pid'
	}
	old=$(leader_pid)
	kill -KILL "$old"
	again() {
		local now
		now=$(leader_pid)
		[ -n "$now" ] && [ "$now" != "$old" ] && ask crew 'Work {}' && json '.["$type"] == "Worked"'
	}
	wait_until 20 again
	wait_until 10 count_is Crew 2
	thespian-director shutdown > /dev/null
}

@test "F159: transient actors exit after their first message, or their last" {
	shell -c 'create classes:Fleeting --name fleeting' -c 'create classes:Idling --name idling' > /dev/null
	ask fleeting 'A {}'
	begun=$(now_ms)
	# the one that idles is kept awake for longer than the other lives
	while ((begun + 4000 > $(now_ms))); do
		ask idling 'A {}'
		sleep 0.1
	done
	count_is Fleeting 0
	count_is Idling 1
	wait_until 10 count_is Idling 0
	shell -c 'create classes:Fleeting' > /dev/null # without a message it stays
	count_is Fleeting 1
}

@test "F172: what comes before the first messages waits, in order" {
	shell -c 'create classes:Needy --name needy' > /dev/null
	shell --json -c 'ask needy Early {}' > "$dir/early" &
	early=$!
	waits() { shell --json -c 'status needy' | tail -n 1 | grep -q '"waiting":1'; }
	wait_until 10 waits
	shell -c 'tell needy Setup {"n": 1}' -c 'tell needy Setup {"n": 2}'
	[ ! -s "$dir/early" ]
	shell -c 'tell needy Address {}'
	wait "$early"
	output=$(tail -n 1 "$dir/early")
	json '.value.setup == {"n": 2}'
}

@test "F084, F157, F172, F173: the same in the simple base" {
	command -v pkg-config > /dev/null || skip "no pkg-config"
	export PKG_CONFIG_PATH=$TSP_BUILDDIR/share
	# shellcheck disable=SC2046,SC2086 # several words
	"$TSP_CC" -std=c17 -Wall -Wextra -o simple "$TSP_SRCDIR/test/cli/simple_classes.c" \
		$(pkg-config --cflags --libs thespian) $TSP_SANITIZERS
	run --separate-stderr timeout 60 ./simple # what it logs goes to standard error
	echo "$output $stderr"
	[ "$status" -eq 0 ]
	[ "$output" = "all is so" ]
}
